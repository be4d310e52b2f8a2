/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that look at addresses only, found by address instead of one by one. Each is filed under
 * the narrower of its two sides: IPv4 space is cut where any of their ranges begins or ends, and each
 * piece knows its signatures. What is wide on both sides, works both ways, or is asked for an IPv6
 * packet comes from a plain list. A candidate's whole header is checked as ever; this only leaves out
 * what cannot match. Built when an image is opened.
 */
#include "inner.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** A side that covers more addresses than this is not worth filing under. */
#define WIDE (UINT64_C(1) << 28)

struct edge {
	uint32_t at;
	uint32_t sig;
	bool begins;
};

struct edges {
	struct edge *e;
	uint32_t n, cap;
};

static int add_edge(struct edges *x, uint32_t at, uint32_t sig, bool begins)
{
	if (x->n == x->cap) {
		const uint32_t cap = x->cap ? x->cap * 2 : 1024;
		struct edge *e = realloc(x->e, cap * sizeof(*e));

		if (!e)
			return -ENOMEM;
		x->e = e;
		x->cap = cap;
	}
	x->e[x->n++] = (struct edge){at, sig, begins};
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->sig < y->sig ? -1 : x->sig > y->sig;
}

static uint64_t coverage(const struct sig_image *g, uint32_t set)
{
	const struct sig_img_addrs *s;
	uint64_t sum = 0;

	if (set == SIG_IMG_NONE)
		return UINT64_MAX;
	s = &g->addrs[set];
	for (uint32_t i = 0; i < s->n4; i++)
		sum += (uint64_t)g->a4[s->v4 + i].hi - g->a4[s->v4 + i].lo + 1;
	return sum;
}

static int file_under(const struct sig_image *g, uint32_t set, uint32_t sig, struct edges *x)
{
	const struct sig_img_addrs *s = &g->addrs[set];
	int rc = 0;

	for (uint32_t i = 0; i < s->n4 && rc == 0; i++) {
		const struct sig_img_range4 *r = &g->a4[s->v4 + i];

		rc = add_edge(x, r->lo, sig, true);
		if (rc == 0 && r->hi != UINT32_MAX)
			rc = add_edge(x, r->hi + 1, sig, false);
	}
	return rc;
}

/** The signatures in force, changed edge by edge; few at a time. */
static int toggle(struct sig_run *now, const struct edge *e)
{
	for (uint32_t i = 0; i < now->n; i++) {
		if (now->sig[i] == e->sig) {
			if (!e->begins)
				now->sig[i] = now->sig[--now->n];
			return 0;
		}
	}
	if (!e->begins)
		return 0;
	return dp_run_append(now, e->sig);
}

static int sweep(struct addr_index *x, struct edges *edges)
{
	struct sig_run now = {0};
	int rc = 0;

	if (edges->n)
		qsort(edges->e, edges->n, sizeof(*edges->e), by_place);
	x->at = malloc((edges->n + 1) * sizeof(*x->at));
	x->first = malloc((edges->n + 2) * sizeof(*x->first));
	if (!x->at || !x->first)
		return -ENOMEM;
	x->at[0] = 0;
	x->first[0] = 0;
	x->n = 1; // the piece before the first edge holds nothing
	for (uint32_t i = 0; i < edges->n && rc == 0;) {
		const uint32_t at = edges->e[i].at;

		x->first[x->n] = x->pool.n;
		for (; i < edges->n && edges->e[i].at == at && rc == 0; i++)
			rc = toggle(&now, &edges->e[i]);
		x->at[x->n++] = at;
		for (uint32_t k = 0; k < now.n && rc == 0; k++)
			rc = dp_run_append(&x->pool, now.sig[k]);
	}
	x->first[x->n] = x->pool.n;
	free(now.sig);
	return rc;
}

int dp_addrs_build(struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	struct edges edges[2] = {0};
	int rc = 0;

	for (uint32_t i = 0; i < rs->iponly.n && rc == 0; i++) {
		const uint32_t sig = rs->iponly.sig[i];
		const struct sig_img_sig *s = &g->sig[sig];
		const uint64_t src = coverage(g, s->src), dst = coverage(g, s->dst);

		if ((s->flags & SIG_F_BOTH_WAYS) || (src > WIDE && dst > WIDE))
			rc = dp_run_append(&rs->ip_wide, sig);
		else
			rc = file_under(g, src <= dst ? s->src : s->dst, sig, &edges[src > dst]);
	}
	for (unsigned side = 0; side < 2 && rc == 0; side++)
		rc = sweep(&rs->by_addr[side], &edges[side]);
	free(edges[0].e);
	free(edges[1].e);
	return rc;
}

void dp_addrs_free(struct dp_ruleset *rs)
{
	for (unsigned side = 0; side < 2; side++) {
		free(rs->by_addr[side].at);
		free(rs->by_addr[side].first);
		free(rs->by_addr[side].pool.sig);
	}
	free(rs->ip_wide.sig);
}

struct sig_run dp_addrs_find(const struct addr_index *x, const union dp_addr *a)
{
	const uint32_t v = (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 |
		(uint32_t)a->b[2] << 8 | a->b[3];
	uint32_t lo = 0, hi = x->n;

	if (!x->n)
		return (struct sig_run){0};
	while (hi - lo > 1) { // the last piece that begins at or before v
		const uint32_t mid = lo + (hi - lo) / 2;

		if (x->at[mid] <= v)
			lo = mid;
		else
			hi = mid;
	}
	return (struct sig_run){x->pool.sig + x->first[lo], x->first[lo + 1] - x->first[lo]};
}
