/* SPDX-License-Identifier: Apache-2.0 */
/* A Hyperscan database per group: literals as literals, the few expressions that stand in for one
 * in prefilter mode (PCRE2 has the last word anyway). Groups are compiled side by side. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "build.h"
#include "cache.h"
#include <ctype.h>
#include <errno.h>
#include <hs/hs.h>
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_REGEX_BYTES 400 /* expressions beyond these three are what compiles for seconds */
#define MAX_REPEAT 64
#define MAX_REPEATS 4

struct result {
	uint32_t as; /* the first group with equal patterns: one database serves both */
	char *bytes;
	size_t size;
	bool cached;
	char why[128];
};

struct kept {
	uint64_t key;
	char *bytes;
	size_t size;
	bool cached;
};

struct work {
	struct build *b;
	struct db_cache cache;
	struct result *res;
	uint32_t *order; /* groups to compile, largest first */
	uint32_t n;
	atomic_uint next, done;
};

unsigned regex_hs_flags(uint32_t o)
{
	unsigned f = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY | HS_FLAG_PREFILTER;

	if (o & PCRE2_CASELESS)
		f |= HS_FLAG_CASELESS;
	if (o & PCRE2_DOTALL)
		f |= HS_FLAG_DOTALL;
	if (o & PCRE2_MULTILINE)
		f |= HS_FLAG_MULTILINE;
	return f;
}

// Bounded repeats multiply states: their number and size are what makes Hyperscan slow.
static bool modest_repeats(const char *p)
{
	unsigned n = 0;

	for (; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			continue;
		}
		if (*p != '{' || !isdigit((unsigned char)p[1]))
			continue;
		char *end;
		unsigned long lo = strtoul(p + 1, &end, 10), hi = lo;

		if (*end == ',' && isdigit((unsigned char)end[1]))
			hi = strtoul(end + 1, &end, 10);
		if (lo > MAX_REPEAT || hi > MAX_REPEAT || (hi > 16 && ++n > MAX_REPEATS))
			return false;
	}
	return true;
}

bool regex_known(const char *pattern, uint32_t options, struct width *w)
{
	hs_expr_info_t *info = NULL;
	hs_compile_error_t *err = NULL;

	if (hs_expression_info(pattern, regex_hs_flags(options), &info, &err) != HS_SUCCESS) {
		hs_free_compile_error(err);
		return false;
	}
	*w = (struct width){info->min_width, info->max_width};
	free(info);
	return true;
}

bool regex_fits(const char *pattern, uint32_t options, struct width *w)
{
	if (strlen(pattern) > MAX_REGEX_BYTES || !modest_repeats(pattern) ||
		(options & (PCRE2_EXTENDED | PCRE2_UTF)))
		return false;
	return regex_known(pattern, options, w) && w->min >= 2; // less says yes to everything
}

static uint64_t group_key(const struct build *b, const struct sig_img_group *g)
{
	const struct sig_img_pat *pat = (const void *)b->sec[SIG_SEC_PAT].p;
	const uint8_t *pool = b->sec[SIG_SEC_POOL].p;
	hs_platform_info_t hp = {0};
	char ver[64];
	uint64_t h;

	hs_populate_platform(&hp);
	snprintf(ver, sizeof(ver), "1 %.40s %x %llx", hs_version(), hp.tune,
		(unsigned long long)hp.cpu_features);
	h = sig_hash64(ver, strlen(ver)) ^ (g->flags & SIG_G_REGEX);
	for (uint32_t i = g->pat; i < g->pat + g->pats_n; i++) {
		uint64_t part[4] = {h, pat[i].flags, pat[i].len,
			sig_hash64(pool + pat[i].data, pat[i].len)};

		h = sig_hash64(part, sizeof(part));
	}
	return h;
}

static hs_error_t compile_one(const struct build *b, const struct sig_img_group *g,
	hs_database_t **db, hs_compile_error_t **err)
{
	const struct sig_img_pat *pat = (const struct sig_img_pat *)b->sec[SIG_SEC_PAT].p + g->pat;
	const char *pool = (const char *)b->sec[SIG_SEC_POOL].p;
	const char **expr = calloc(g->pats_n, sizeof(*expr));
	unsigned *flags = calloc(g->pats_n, sizeof(*flags)), *ids = calloc(g->pats_n, sizeof(*ids));
	size_t *lens = calloc(g->pats_n, sizeof(*lens));
	hs_error_t rc = HS_NOMEM;

	for (uint32_t i = 0; expr && flags && ids && lens && i < g->pats_n; i++) {
		expr[i] = pool + pat[i].data;
		lens[i] = pat[i].len;
		ids[i] = i;
		if (g->flags & SIG_G_REGEX)
			flags[i] = regex_hs_flags(pat[i].flags);
		else
			flags[i] = HS_FLAG_SINGLEMATCH | (pat[i].flags ? HS_FLAG_CASELESS : 0);
	}
	if (expr && flags && ids && lens)
		rc = g->flags & SIG_G_REGEX ?
			hs_compile_multi(expr, flags, ids, g->pats_n, HS_MODE_BLOCK, NULL, db, err) :
			hs_compile_lit_multi(
				expr, flags, ids, lens, g->pats_n, HS_MODE_BLOCK, NULL, db, err);
	free(expr);
	free(flags);
	free(ids);
	free(lens);
	return rc;
}

static struct sig_img_group only(const struct sig_img_group *g, uint32_t i)
{
	struct sig_img_group one = *g;

	one.pat += i;
	one.pats_n = 1;
	return one;
}

static void try_each(const struct build *b, const struct sig_img_group *g)
{
	const struct sig_img_pat *pat = (const struct sig_img_pat *)b->sec[SIG_SEC_PAT].p + g->pat;
	const uint32_t *hit = (const uint32_t *)b->sec[SIG_SEC_HIT].p;
	const struct sig_img_sig *sig = (const void *)b->sec[SIG_SEC_SIG].p;

	for (uint32_t i = 0; i < g->pats_n; i++) {
		const struct sig_img_group one = only(g, i);
		hs_compile_error_t *err = NULL;
		hs_database_t *db = NULL;

		*b->current = sig[hit[pat[i].hit]].order + 1;
		if (compile_one(b, &one, &db, &err) == HS_SUCCESS)
			hs_free_database(db);
		else
			hs_free_compile_error(err);
	}
	*b->current = 0;
}

/** Each group asks for its own: no two share a key. */
static bool take_kept(const struct build *b, uint64_t key, struct result *r)
{
	for (uint32_t i = 0; i < b->kept_n; i++)
		if (b->kept[i].key == key && b->kept[i].bytes) {
			r->bytes = b->kept[i].bytes;
			r->size = b->kept[i].size;
			r->cached = b->kept[i].cached;
			b->kept[i].bytes = NULL;
			return true;
		}
	return false;
}

void kept_free(struct build *b)
{
	for (uint32_t i = 0; i < b->kept_n; i++)
		free(b->kept[i].bytes);
	free(b->kept);
	b->kept = NULL;
	b->kept_n = 0;
}

/** Rules were set aside: only their groups have to be compiled again. */
static void keep_round(struct build *b, struct result *res, uint32_t n)
{
	const struct sig_img_group *g = (const void *)b->sec[SIG_SEC_GROUP].p;
	struct kept *k = calloc(n + 1, sizeof(*k));
	uint32_t m = 0;

	for (uint32_t i = 0; k && i < n; i++)
		if (res[i].bytes) {
			k[m++] = (struct kept){g[i].key, res[i].bytes, res[i].size, res[i].cached};
			res[i].bytes = NULL;
		}
	b->kept = k;
	b->kept_n = k ? m : 0;
}

static void run_group(struct work *w, uint32_t i)
{
	struct sig_img_group *g = (struct sig_img_group *)w->b->sec[SIG_SEC_GROUP].p + i;
	struct result *r = &w->res[i];
	hs_compile_error_t *err = NULL;
	hs_database_t *db = NULL;

	if (take_kept(w->b, g->key, r))
		return;
	r->bytes = cache_get(&w->cache, g->key, &r->size);
	r->cached = r->bytes != NULL;
	if (r->cached)
		return;
	if (w->b->careful && (g->flags & SIG_G_REGEX))
		try_each(w->b, g);
	if (compile_one(w->b, g, &db, &err) != HS_SUCCESS) {
		snprintf(r->why, sizeof(r->why), "%s", err ? err->message : "out of memory");
		hs_free_compile_error(err);
		return;
	}
	if (hs_serialize_database(db, &r->bytes, &r->size) != HS_SUCCESS) {
		r->bytes = NULL;
		snprintf(r->why, sizeof(r->why), "cannot serialize");
	}
	hs_free_database(db);
	if (r->bytes)
		cache_put(&w->cache, g->key, r->bytes, r->size);
}

static void *worker(void *arg)
{
	struct work *w = arg;

	for (;;) {
		unsigned i = atomic_fetch_add(&w->next, 1);

		if (i >= w->n)
			return NULL;
		run_group(w, w->order[i]);
		atomic_fetch_add(&w->done, 1);
	}
}

static int by_weight(const void *pa, const void *pb, void *arg)
{
	const struct sig_img_group *g = arg;
	const uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	// One expression costs about as much as a hundred literals.
	const uint64_t wa = (uint64_t)g[a].pats_n * (g[a].flags & SIG_G_REGEX ? 100 : 1);
	const uint64_t wb = (uint64_t)g[b].pats_n * (g[b].flags & SIG_G_REGEX ? 100 : 1);

	if (wa != wb)
		return wa > wb ? -1 : 1;
	return a < b ? -1 : 1;
}

static void run_all(struct work *w)
{
	pthread_t t[64];
	unsigned n = w->b->careful ? 1 : w->b->opts->threads, started = 0;

	if (n == 0)
		n = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	if (n > w->n)
		n = w->n;
	if (n > 64)
		n = 64;
	for (unsigned i = 1; i < n; i++)
		if (pthread_create(&t[started], NULL, worker, w) == 0)
			started++;
	for (;;) { // this thread works too, and tells
		unsigned i = atomic_fetch_add(&w->next, 1);

		if (i >= w->n)
			break;
		run_group(w, w->order[i]);
		report_progress(w->b, "databases", atomic_fetch_add(&w->done, 1) + 1, w->n);
	}
	for (unsigned i = 0; i < started; i++)
		pthread_join(t[i], NULL);
}

static int store(struct build *b, struct result *res, uint32_t n)
{
	struct sig_img_group *g = (struct sig_img_group *)b->sec[SIG_SEC_GROUP].p;
	struct vec *v = &b->sec[SIG_SEC_DB];

	for (uint32_t i = 0; i < n; i++) {
		size_t pad = (SIG_IMG_ALIGN - v->n % SIG_IMG_ALIGN) % SIG_IMG_ALIGN;
		uint8_t *at;

		if (res[i].as != i) {
			g[i].db = g[res[i].as].db;
			g[i].db_size = g[res[i].as].db_size;
			continue;
		}
		at = vec_grow(v, pad + res[i].size);
		if (!at)
			return -ENOMEM;
		memcpy(at + pad, res[i].bytes, res[i].size);
		g[i].db = v->n - res[i].size;
		g[i].db_size = res[i].size;
		if (res[i].cached)
			b->rep->cache_hits++;
		else
			b->rep->cache_misses++;
	}
	return 0;
}

static void set_aside(struct build *b, const struct sig_img_pat *p, const char *why)
{
	const uint32_t *hit = (const uint32_t *)b->sec[SIG_SEC_HIT].p + p->hit;
	const struct sig_img_sig *sig = (const void *)b->sec[SIG_SEC_SIG].p;

	for (uint32_t i = 0; i < p->hits_n; i++) {
		if (b->plain[hit[i]])
			continue;
		b->plain[hit[i]] = true;
		build_search_fault(b, b->set->rule[sig[hit[i]].order], why);
	}
}

/**
 * No database comes of this group's expressions: the rules of those that Hyperscan refuses alone do
 * without one, or of all when it takes each.
 */
static void find_refused(struct build *b, const struct sig_img_group *g, const char *why)
{
	const struct sig_img_pat *pat = (const struct sig_img_pat *)b->sec[SIG_SEC_PAT].p + g->pat;
	bool found = false;

	for (uint32_t i = 0; i < g->pats_n; i++) {
		const struct sig_img_group one = only(g, i);
		hs_compile_error_t *err = NULL;
		hs_database_t *db = NULL;

		if (compile_one(b, &one, &db, &err) == HS_SUCCESS) {
			hs_free_database(db);
			continue;
		}
		set_aside(b, &pat[i], err ? err->message : why);
		hs_free_compile_error(err);
		found = true;
	}
	for (uint32_t i = 0; i < g->pats_n && !found; i++)
		set_aside(b, &pat[i], why);
}

/** -EAGAIN: rules were set aside, choose again. */
static int judge(struct build *b, const struct result *res, uint32_t n)
{
	const struct sig_img_group *g = (const void *)b->sec[SIG_SEC_GROUP].p;
	int rc = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (res[i].as != i || res[i].bytes)
			continue;
		if (!(g[i].flags & SIG_G_REGEX))
			return -EIO;
		find_refused(b, &g[i], res[i].why);
		rc = -EAGAIN;
	}
	return rc;
}

/** What may stand in for each other: payload of both directions, or of TCP and UDP. */
static void find_equal(struct work *w, struct sig_img_group *g, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		g[i].key = group_key(w->b, &g[i]);
		w->res[i].as = i;
		for (uint32_t k = 0; k < i && w->res[i].as == i; k++)
			if (g[k].key == g[i].key && g[k].pats_n == g[i].pats_n &&
				((g[k].flags ^ g[i].flags) & SIG_G_REGEX) == 0)
				w->res[i].as = k;
		if (w->res[i].as == i)
			w->order[w->n++] = i;
	}
}

int compile_groups(struct build *b)
{
	struct sig_img_group *g = (struct sig_img_group *)b->sec[SIG_SEC_GROUP].p;
	const uint32_t n = build_count(b, SIG_SEC_GROUP, sizeof(*g));
	struct work w = {.b = b};
	int rc;

	cache_init(&w.cache, b->opts->cache_dir);
	w.res = calloc(n + 1, sizeof(*w.res));
	w.order = calloc(n + 1, sizeof(*w.order));
	if (!w.res || !w.order) {
		rc = -ENOMEM;
		goto out;
	}
	find_equal(&w, g, n);
	if (w.n)
		qsort_r(w.order, w.n, sizeof(*w.order), by_weight, g);
	run_all(&w);
	kept_free(b); // what nobody asked for
	rc = judge(b, w.res, n);
	if (rc == 0)
		rc = store(b, w.res, n);
	else if (rc == -EAGAIN)
		keep_round(b, w.res, n);
	if (b->rep->cache_misses)
		cache_trim(&w.cache);
out:
	for (uint32_t i = 0; w.res && i < n; i++)
		free(w.res[i].bytes);
	free(w.res);
	free(w.order);
	return rc;
}
