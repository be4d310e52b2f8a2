/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datasets, reputation lists and file hash lists, and IP reputation. Each opened rule set has its
 * own copy, built when the image is opened; what signatures add at run time goes into spare room of
 * the same table, without asking for memory. That is the worker's own; what rules add and take out
 * is also marked in memory that all workers share (by set and value, shared_state.h), and asked there.
 */
#include "inner.h"
#include "sets.h"
#include "shared_state.h"
#include <sig/compare.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_ENTRIES 16384u
#define SPARE_BYTES (1u << 20)
/* Shared marks end a day after they were made or asked for. */
#define MARK_LIFE_NS (86400u * UINT64_C(1000000000))

static uint64_t hash_of(const uint8_t *p, uint32_t n)
{
	return sig_hash64(p, n) | 2;
}

static bool equal(const struct dset *s, uint32_t i, const uint8_t *p, uint32_t n)
{
	return s->e[i].n == n && memcmp(s->e[i].p, p, n) == 0;
}

static uint32_t put(struct dset *s, const uint8_t *p, uint16_t n, uint16_t rep)
{
	const uint64_t h = hash_of(p, n);
	uint32_t i = (uint32_t)(h >> 3) & s->mask;

	while (s->hash[i] > 1) {
		if (s->hash[i] == h && equal(s, i, p, n)) {
			s->e[i].rep = rep;
			return i;
		}
		i = (i + 1) & s->mask;
	}
	s->hash[i] = h;
	s->e[i].p = p;
	s->e[i].n = n;
	s->e[i].rep = rep;
	s->e[i].context_n = 0;
	s->used++;
	return i;
}

static void set_free(struct dset *s)
{
	if (!s)
		return;
	free(s->hash);
	free(s->e);
	free(s->spare);
	free(s);
}

static struct dset *set_open(const struct sig_image *img, const struct sig_img_set *d, bool grows)
{
	const uint8_t *p = (const uint8_t *)img->pool + d->data, *end = p + d->len;
	struct dset *s = calloc(1, sizeof(*s));
	uint32_t slots = 64;

	if (!s)
		return NULL;
	while (slots < (d->entries + (grows ? SPARE_ENTRIES : 0)) * 2u)
		slots *= 2;
	s->type = d->type;
	s->mask = slots - 1;
	s->max = slots / 2;
	s->hash = calloc(slots, sizeof(*s->hash));
	s->e = calloc(slots, sizeof(*s->e));
	s->spare = grows ? malloc(SPARE_BYTES) : NULL;
	if (!s->hash || !s->e || (grows && !s->spare)) {
		set_free(s);
		return NULL;
	}
	while (p < end) {
		uint16_t rep, n;
		uint32_t more, at;

		memcpy(&rep, p, 2);
		memcpy(&n, p + 2, 2);
		memcpy(&more, p + 4, 4);
		at = put(s, p + 8, n, rep);
		s->e[at].context = p + 8 + n;
		s->e[at].context_n = more;
		p += 8u + n + more;
	}
	return s;
}

int dp_sets_open(struct dp_ruleset *rs, char *err, size_t err_len)
{
	const struct sig_image *g = &rs->img;
	bool *grows;

	if (!g->sets_n)
		return 0;
	rs->set = calloc(g->sets_n, sizeof(*rs->set));
	grows = calloc(g->sets_n, sizeof(*grows));
	for (uint32_t i = 0; grows && i < g->ops_n; i++)
		if (g->op[i].kind == SIG_OPT_DATASET && g->op[i].sub >= SIG_SET_SET &&
			g->op[i].ref < g->sets_n)
			grows[g->op[i].ref] = true;
	for (uint32_t i = 0; rs->set && grows && i < g->sets_n; i++) {
		rs->set[i] = set_open(g, &g->set[i], grows[i]);
		if (!rs->set[i]) {
			free(grows);
			snprintf(err, err_len, "out of memory for data sets");
			return -ENOMEM;
		}
	}
	free(grows);
	return rs->set ? 0 : -ENOMEM;
}

void dp_sets_close(struct dp_ruleset *rs)
{
	for (uint32_t i = 0; rs->set && i < rs->img.sets_n; i++)
		set_free(rs->set[i]);
	free(rs->set);
	rs->set = NULL;
}

static bool locate(const struct dset *s, const uint8_t *p, uint32_t n, uint32_t *at)
{
	const uint64_t h = hash_of(p, n);

	for (uint32_t i = (uint32_t)(h >> 3) & s->mask; s->hash[i]; i = (i + 1) & s->mask)
		if (s->hash[i] == h && equal(s, i, p, n)) {
			*at = i;
			return true;
		}
	return false;
}

bool dp_set_has(const struct dset *s, const uint8_t *p, uint32_t n, uint16_t *rep)
{
	uint32_t i;

	if (!locate(s, p, n, &i))
		return false;
	if (rep)
		*rep = s->e[i].rep;
	return true;
}

bool dp_set_add(struct dset *s, const uint8_t *p, uint32_t n)
{
	if (dp_set_has(s, p, n, NULL))
		return false;
	if (!s->spare || n > UINT16_MAX || s->used >= s->max || n > SPARE_BYTES - s->spare_used)
		return false;
	memcpy(s->spare + s->spare_used, p, n);
	put(s, s->spare + s->spare_used, (uint16_t)n, 0);
	s->spare_used += n;
	s->changed = true;
	return true;
}

bool dp_set_remove(struct dset *s, const uint8_t *p, uint32_t n)
{
	uint32_t i;

	if (!locate(s, p, n, &i))
		return false;
	s->hash[i] = 1;
	s->changed = true;
	return true;
}

// Addresses are kept as sixteen bytes, IPv4 mapped; raw four or sixteen bytes come in.
static bool as_key(const struct dset *s, const uint8_t **p, uint32_t *n, uint8_t key[16])
{
	if (s->type != SIG_SETT_IPV4 && s->type != SIG_SETT_IP)
		return (s->type != SIG_SETT_MD5 || *n == 16) &&
			(s->type != SIG_SETT_SHA256 || *n == 32);
	if (*n == 16 && s->type == SIG_SETT_IP)
		return true;
	if (*n != 4)
		return false;
	memset(key, 0, 10);
	key[10] = key[11] = 0xff;
	memcpy(key + 12, *p, 4);
	*p = key;
	*n = 16;
	return true;
}

/* What is asked of one value: where the worker itself has it, and what all workers know of it. */
struct asked {
	struct dp_shared_state *all; /* NULL: nothing is shared, or rules do not change the set */
	uint64_t learnt, forgotten;
};

static struct asked keys(const struct dp_ruleset *rs, uint32_t set, const uint8_t *p, uint32_t n)
{
	struct asked a = {.all = rs->set[set]->spare ? rs->shared : NULL};
	// Another image reads the set's file again: what was taken out before is in it or not.
	uint64_t k[3] = {rs->img.set[set].hash, 0, rs->generation};

	if (!a.all)
		return a;
	k[1] = sig_hash64(p, n);
	a.learnt = sig_hash64(k, 2 * sizeof(k[0])) | 1;
	a.forgotten = sig_hash64(k, sizeof(k)) | 1;
	return a;
}

/** Returns whether the mark held. */
static bool change(const struct eval *e, struct marks *t, uint64_t key, enum mark_change how)
{
	const uint64_t now = e->d->ctx->now_ns;

	return dp_mark_count(t, key, now + MARK_LIFE_NS, now, how,
		       &e->d->ctx->cnt->detect_marks_evicted) != 0;
}

/** Who is asked for stays: what nobody asks for is the first to give way. */
static bool marked(const struct eval *e, struct marks *t, uint64_t key)
{
	const uint64_t now = e->d->ctx->now_ns, until = dp_mark_get(t, key, now);

	if (until && until - now < MARK_LIFE_NS / 2)
		change(e, t, key, MARK_RENEW);
	return until != 0;
}

/** *at: where the worker's own set has it; UINT32_MAX: another worker's rule put it there. */
static bool held(const struct eval *e, const struct sig_img_op *o, const uint8_t *p, uint32_t n,
	uint32_t *at)
{
	const struct asked a = keys(e->rs, o->ref, p, n);
	struct dset *s = e->rs->set[o->ref];

	if (!locate(s, p, n, at)) {
		*at = UINT32_MAX;
		return a.all && marked(e, &a.all->learnt, a.learnt) &&
			!marked(e, &a.all->forgotten, a.forgotten);
	}
	if (!a.all || !marked(e, &a.all->forgotten, a.forgotten))
		return true;
	dp_set_remove(s, p, n); // from here on the worker knows it without the mark
	return false;
}

bool dp_set_forgotten(const struct dp_ruleset *rs, uint32_t set, const uint8_t *p, uint32_t n)
{
	const struct asked a = keys(rs, set, p, n);

	return a.all && dp_mark_get(&a.all->forgotten, a.forgotten, rs->adopted_ns);
}

// The whole, then what stands behind each dot, with the dot and without it.
static bool held_domain(const struct eval *e, const struct sig_img_op *o, const uint8_t *p,
	uint32_t n, uint32_t *at)
{
	if (held(e, o, p, n, at))
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (p[i] == '.' && ((i && held(e, o, p + i, n - i, at)) ||
					   held(e, o, p + i + 1, n - i - 1, at)))
			return true;
	return false;
}

static bool ask(struct eval *e, const struct sig_img_op *o, const uint8_t *p, uint32_t n)
{
	const struct dset *s = e->rs->set[o->ref];
	uint32_t at;

	if (!(o->aux ? held_domain(e, o, p, n, &at) : held(e, o, p, n, &at)))
		return false;
	if (o->len && o->sub == SIG_SET_ISSET && at != UINT32_MAX)
		dp_context_set(e, e->img->pool + o->data, s->e[at].context, s->e[at].context_n);
	return true;
}

/** True for one of several workers that see the value at the same time. */
static bool learn(struct eval *e, const struct sig_img_op *o, const uint8_t *p, uint32_t n)
{
	const struct asked a = keys(e->rs, o->ref, p, n);
	struct dset *s = e->rs->set[o->ref];
	bool added, forgotten;
	uint32_t at;

	if (a.all ? held(e, o, p, n, &at) : locate(s, p, n, &at)) // mostly: nothing is written
		return false;
	added = dp_set_add(s, p, n);
	e->d->ctx->cnt->detect_sets_full += !added;
	if (!a.all)
		return added;
	forgotten = change(e, &a.all->forgotten, a.forgotten, MARK_CLEAR);
	return !change(e, &a.all->learnt, a.learnt, MARK_ADD) && (added || forgotten);
}

static bool forget(struct eval *e, const struct sig_img_op *o, const uint8_t *p, uint32_t n)
{
	const struct asked a = keys(e->rs, o->ref, p, n);
	bool had, learnt;
	uint32_t at;

	if (a.all && !held(e, o, p, n, &at))
		return false;
	had = dp_set_remove(e->rs->set[o->ref], p, n);
	if (!a.all)
		return had;
	learnt = change(e, &a.all->learnt, a.learnt, MARK_CLEAR);
	return !change(e, &a.all->forgotten, a.forgotten, MARK_SET) && (had || learnt);
}

int dp_test_set(struct eval *e, const struct sig_img_op *o, const uint8_t *p, uint32_t n)
{
	struct dset *s = e->rs->set[o->ref];
	uint8_t key[16];
	uint16_t rep;

	if (!as_key(s, &p, &n, key))
		return V_NO;
	if (o->kind == SIG_OPT_DATAREP)
		return dp_set_has(s, p, n, &rep) &&
				sig_op_holds(o->sub, rep, (uint64_t)o->num[0], 0) ?
			V_YES : V_NO;
	switch (o->sub) {
	case SIG_SET_ISSET:
		return ask(e, o, p, n) ? V_YES : V_NO;
	case SIG_SET_ISNOTSET:
		return ask(e, o, p, n) ? V_NO : V_YES;
	case SIG_SET_SET:
		return learn(e, o, p, n) ? V_YES : V_NO;
	default:
		return forget(e, o, p, n) ? V_YES : V_NO;
	}
}

int dp_rep_lookup(const struct sig_image *img, uint32_t cat, uint8_t ip_ver,
	const union dp_addr *a)
{
	const uint32_t v = (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 |
		(uint32_t)a->b[2] << 8 | a->b[3];
	uint32_t lo = 0, hi = img->reps_n;
	int best = -1;
	uint32_t width = UINT32_MAX;

	if (ip_ver != 4)
		return -1;
	while (lo < hi) { // first record that begins behind v
		const uint32_t mid = lo + (hi - lo) / 2;

		if (img->rep[mid].lo <= v)
			lo = mid + 1;
		else
			hi = mid;
	}
	// Networks nest at most 33 deep per category; the narrowest counts.
	for (uint32_t i = lo, seen = 0; i-- > 0 && seen < 4096; seen++) {
		const struct sig_img_rep *r = &img->rep[i];

		if (r->cat == cat && r->hi >= v && r->hi - r->lo <= width) {
			width = r->hi - r->lo;
			best = r->value;
			if (width == 0)
				break;
		}
	}
	return best;
}
