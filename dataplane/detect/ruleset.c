/* SPDX-License-Identifier: Apache-2.0 */
/* Opening an image for detection: databases in place, regexes compiled, tables built. */
#include "search.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fail(char *err, size_t n, int code, const char *what)
{
	if (err && n)
		snprintf(err, n, "%s", what);
	return code;
}

static size_t round64(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

// One mapping holds all databases, each deserialized where it will stay.
static int open_databases(struct dp_ruleset *rs, char *err, size_t err_len)
{
	const struct sig_image *g = &rs->img;
	size_t total = 0, at = 0, n;

	if (!g->groups_n)
		return 0;
	rs->db = calloc(g->groups_n, sizeof(*rs->db));
	if (!rs->db)
		return fail(err, err_len, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < g->groups_n; i++) {
		const struct sig_img_group *q = &g->group[i];

		if (hs_serialized_database_size((const char *)g->db + q->db, q->db_size, &n) !=
			HS_SUCCESS)
			return fail(err, err_len, -EBADMSG, "a Hyperscan database is not one");
		total += round64(n);
	}
	rs->db_mem = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (rs->db_mem == MAP_FAILED) {
		rs->db_mem = NULL;
		return fail(err, err_len, -ENOMEM, "no memory for the Hyperscan databases");
	}
	rs->db_bytes = total;
	for (uint32_t i = 0; i < g->groups_n; i++) {
		const struct sig_img_group *q = &g->group[i];
		const char *bytes = (const char *)g->db + q->db;
		hs_error_t rc;

		rs->db[i] = (hs_database_t *)((char *)rs->db_mem + at);
		rc = hs_deserialize_database_at(bytes, q->db_size, rs->db[i]);
		if (rc == HS_DB_PLATFORM_ERROR)
			return fail(err, err_len, -EPROTO,
				"compiled for another processor; compile the rules on this machine");
		if (rc == HS_DB_VERSION_ERROR)
			return fail(err, err_len, -EPROTO,
				"compiled with another Hyperscan; compile the rules again");
		if (rc != HS_SUCCESS)
			return fail(err, err_len, -EBADMSG, "a Hyperscan database is not one");
		hs_serialized_database_size(bytes, q->db_size, &n);
		at += round64(n);
	}
	return 0;
}

/**
 * Could bytes behind a match, or that there are none, have changed it? Assertions say so; what is
 * merely written like one costs a second search, no more.
 */
static bool looks_ahead(const struct sig_img_regex *r, const char *text)
{
	for (uint32_t i = 0; i < r->len; i++) {
		const char c = text[i], next = i + 1 < r->len ? text[i + 1] : 0;

		if (c == '\\') {
			if (next && strchr("bBzZX", next))
				return true;
			i++;
		} else if (c == '$' || (c == '^' && (r->options & PCRE2_MULTILINE)) ||
			(c == '(' && (next == '*' ||
				(next == '?' && i + 2 < r->len && !strchr(":P", text[i + 2]))))) {
			return true;
		}
	}
	return r->options & PCRE2_ENDANCHORED;
}

static int open_regexes(struct dp_ruleset *rs, char *err, size_t err_len)
{
	const struct sig_image *g = &rs->img;

	if (!g->regexes_n)
		return 0;
	rs->re = calloc(g->regexes_n, sizeof(*rs->re));
	rs->re_ahead = calloc(g->regexes_n, sizeof(*rs->re_ahead));
	if (!rs->re || !rs->re_ahead)
		return fail(err, err_len, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < g->regexes_n; i++) {
		const struct sig_img_regex *r = &g->regex[i];
		PCRE2_SIZE where;
		int code;

		rs->re[i] = pcre2_compile((PCRE2_SPTR)g->pool + r->data, r->len, r->options, &code,
			&where, NULL);
		if (!rs->re[i]) {
			if (err && err_len)
				snprintf(err, err_len, "expression %u does not compile: code %d at %zu",
					i, code, where);
			return -EBADMSG;
		}
		pcre2_jit_compile(rs->re[i], PCRE2_JIT_COMPLETE); // without it, interpreted
		rs->re_ahead[i] = looks_ahead(r, g->pool + r->data);
	}
	return 0;
}

static int finish_open(struct dp_ruleset *rs, char *err, size_t err_len)
{
	int rc = open_databases(rs, err, err_len);

	if (rc == 0)
		rc = open_regexes(rs, err, err_len);
	if (rc == 0)
		rc = dp_sets_open(rs, err, err_len);
	if (rc == 0)
		rc = dp_names_build(rs);
	if (rc == 0)
		rc = dp_hits_build(rs);
	if (rc == 0) {
		rc = dp_tables_build(rs);
		if (rc)
			fail(err, err_len, rc, "no room for the tables of ports");
	}
	return rc;
}

int dp_ruleset_open_fd(int fd, struct dp_ruleset **out, char *err, size_t err_len)
{
	struct dp_ruleset *rs = calloc(1, sizeof(*rs));
	int rc;

	*out = NULL;
	if (!rs)
		return fail(err, err_len, -ENOMEM, "out of memory");
	rc = sig_image_open_fd(fd, &rs->img, err, err_len);
	if (rc == 0)
		rc = finish_open(rs, err, err_len);
	if (rc) {
		dp_ruleset_close(rs);
		return rc;
	}
	*out = rs;
	return 0;
}

int dp_ruleset_open(const char *path, struct dp_ruleset **out, char *err, size_t err_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	*out = NULL;
	if (fd < 0) {
		rc = -errno;
		return fail(err, err_len, rc, strerror(-rc));
	}
	rc = dp_ruleset_open_fd(fd, out, err, err_len);
	close(fd);
	return rc;
}

static void run_free(struct run *r)
{
	if (!r)
		return;
	hs_free_scratch(r->scratch);
	free(r->gate);
	free(r->place);
	free(r->place_memo);
	free(r->cand);
	free(r->woken);
	free(r->src_memo);
	free(r->dst_memo);
	free(r->sp_memo);
	free(r->dp_memo);
	free(r->own);
	dp_geo_close(r->geo);
	free(r);
}

void dp_ruleset_close(struct dp_ruleset *rs)
{
	if (!rs)
		return;
	run_free(rs->run);
	for (uint32_t i = 0; rs->re && i < rs->img.regexes_n; i++)
		pcre2_code_free(rs->re[i]);
	free(rs->re);
	free(rs->re_ahead);
	dp_sets_close(rs);
	dp_tables_free(rs);
	free(rs->name);
	free(rs->hit_max);
	free(rs->reach);
	if (rs->db_mem)
		munmap(rs->db_mem, rs->db_bytes);
	free(rs->db);
	sig_image_close(&rs->img);
	free(rs);
}

const struct sig_image *dp_ruleset_image(const struct dp_ruleset *rs)
{
	return &rs->img;
}

uint32_t dp_ruleset_count(const struct dp_ruleset *rs)
{
	return rs->img.sigs_n;
}

static bool asks_country(const struct sig_image *g)
{
	for (uint32_t i = 0; i < g->ops_n; i++)
		if (g->op[i].kind == SIG_OPT_GEOIP)
			return true;
	return false;
}

uint8_t dp_ruleset_file_hashes(const struct dp_ruleset *rs)
{
	static const uint8_t bit[] = {[SIG_HASH_MD5] = DP_FILE_MD5, [SIG_HASH_SHA1] = DP_FILE_SHA1,
		[SIG_HASH_SHA256] = DP_FILE_SHA256};
	const struct sig_image *g = &rs->img;
	uint8_t all = 0;

	for (uint32_t i = 0; i < g->ops_n; i++)
		if (g->op[i].kind == SIG_OPT_FILEHASH && g->op[i].sub < sizeof(bit))
			all |= bit[g->op[i].sub];
	return all;
}

bool dp_ruleset_lacks_countries(const struct dp_ruleset *rs)
{
	return rs->run && !rs->run->geo && asks_country(&rs->img);
}

int dp_detect_prepare(struct dp_detect *d, struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	struct run *r;

	if (rs->run)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->groups_n; i++)
		if (hs_alloc_scratch(rs->db[i], &r->scratch) != HS_SUCCESS) {
			run_free(r);
			return -ENOMEM;
		}
	r->cand_cap = g->sigs_n;
	r->cand = calloc(g->sigs_n + 1, sizeof(*r->cand));
	r->woken = calloc(g->sigs_n + 1, sizeof(*r->woken));
	r->src_memo = calloc(g->addrs_n + 1, sizeof(*r->src_memo));
	r->dst_memo = calloc(g->addrs_n + 1, sizeof(*r->dst_memo));
	r->sp_memo = calloc(g->ports_n + 1, sizeof(*r->sp_memo));
	r->dp_memo = calloc(g->ports_n + 1, sizeof(*r->dp_memo));
	r->cnt = r->own = calloc(g->sigs_n + 1, sizeof(*r->own));
	if (!r->cand || !r->woken || !r->src_memo || !r->dst_memo || !r->sp_memo || !r->dp_memo || !r->cnt ||
		dp_gates_build(r, g)) {
		run_free(r);
		return -ENOMEM;
	}
	if (asks_country(g)) // without a database those rules do not match
		dp_geo_open(d->ctx->conf->geoip_path, &r->geo);
	rs->file_hashes = dp_ruleset_file_hashes(rs);
	for (uint32_t i = 0; i < rs->img.ops_n; i++)
		rs->stores |= rs->img.op[i].kind == SIG_OPT_FILESTORE;
	rs->run = r;
	return 0;
}

void dp_ruleset_count_in(struct dp_ruleset *rs, struct dp_sig_counters *at)
{
	if (rs->run)
		rs->run->cnt = at;
}

void dp_ruleset_settle(struct dp_ruleset *rs)
{
	for (uint32_t i = 0; rs->run && i < rs->img.sigs_n; i++)
		dp_sig_settle(rs->run, i);
}
