/* SPDX-License-Identifier: Apache-2.0 */
/* Searching: one Hyperscan call per group that the bytes concern; hits become candidates. */
#include "search.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_BYTES 256u

struct scan {
	struct eval *e;
	const struct sig_image *img;
	const struct sig_img_group *g;
	struct run *run;
	const uint32_t *max;
	uint64_t base; /**< of the scanned bytes in what contents count from */
	uint64_t start; /**< of the bytes that were given */
	uint32_t hits;
	bool payload; /**< expressions over payload: some may be of transactions */
	bool recalls; /**< what is found is to be remembered */
	bool pieces;  /**< of expressions */
};

/** Expressions of a group that begin where contents count from: how far such a beginning may reach. */
static uint32_t group_reach(const struct sig_image *g, const struct sig_img_group *q)
{
	uint32_t reach = 0;

	for (uint32_t p = q->pat; p < q->pat + q->pats_n; p++)
		for (uint32_t h = g->pat[p].hit; h < g->pat[p].hit + g->pat[p].hits_n; h++) {
			const struct sig_img_sig *s = &g->sig[g->hit[h]];

			if (*sig_img_str(g, s->pf_text) && s->pf_reach != SIG_IMG_NONE &&
				s->pf_reach > reach)
				reach = s->pf_reach;
		}
	return reach;
}

int dp_hits_build(struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	const uint32_t n = g->h->sec[SIG_SEC_HIT].count;

	rs->hit_max = malloc((n + 1) * sizeof(*rs->hit_max));
	rs->reach = calloc(g->groups_n + 1, sizeof(*rs->reach));
	if (!rs->hit_max || !rs->reach)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		rs->hit_max[i] = sig_search_end(g, &g->sig[g->hit[i]]);
	for (uint32_t i = 0; i < g->groups_n; i++)
		if (g->group[i].flags & SIG_G_REGEX)
			rs->reach[i] = group_reach(g, &g->group[i]);
	return 0;
}

// The bytes begin later than contents count from: an expression that begins with the place of a
// content is not found in them. The few whose place may still lie in them are candidates unasked.
static void take_anchored(struct eval *e, uint32_t group, uint64_t start)
{
	const struct sig_image *g = e->img;
	const struct sig_img_group *q = &g->group[group];

	for (uint32_t p = q->pat; p < q->pat + q->pats_n; p++)
		for (uint32_t h = g->pat[p].hit; h < g->pat[p].hit + g->pat[p].hits_n; h++) {
			const struct sig_img_sig *s = &g->sig[g->hit[h]];

			if (*sig_img_str(g, s->pf_text) && s->pf_reach != SIG_IMG_NONE &&
				s->pf_reach > start)
				dp_candidate(e, g->hit[h]);
		}
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
	void *arg)
{
	struct scan *c = arg;
	const struct sig_img_pat *pat = &c->img->pat[c->g->pat + id];

	c->hits++;
	for (uint32_t i = 0; i < pat->hits_n; i++) {
		const uint32_t sig = c->img->hit[pat->hit + i];

		if (c->base + to > c->max[pat->hit + i])
			continue;
		c->run->gate[sig].hits += COUNTING;
		// The piece that was found may stand anywhere, the rest of it only where no byte is left.
		if (c->pieces && c->img->sig[sig].pf_reach != SIG_IMG_NONE &&
			c->img->sig[sig].pf_reach <= c->start)
			continue;
		if (c->recalls)
			dp_recall_add(c->e, sig);
		if (c->payload && c->img->sig[sig].cls == SIG_CLS_TX)
			dp_wake(c->e, sig);
		else
			dp_candidate(c->e, sig);
	}
	return 0;
}

// Hyperscan 5.4 fails (HS_UNKNOWN_ERROR) on buffers of up to 34 bytes with some databases of short
// literals, measured on one group of the ET set; behind zeroes the same bytes are searched well. A
// hit that reaches into the zeroes names a candidate too many, no more. Expressions may ask where
// the bytes end: there all are candidates, as when nothing helps: slow, but nothing is missed.
static void scan_short(struct eval *e, uint32_t group, const uint8_t *p, uint32_t n, struct scan *c)
{
	char padded[SHORT_BYTES] = {0};

	if (!(c->g->flags & SIG_G_REGEX) && n <= SHORT_BYTES / 2) {
		memcpy(padded, p, n);
		if (hs_scan(e->rs->db[group], padded, sizeof(padded), 0, c->run->scratch, on_hit, c) ==
			HS_SUCCESS)
			return;
	}
	for (uint32_t i = 0; i < c->g->pats_n; i++)
		on_hit(i, 0, 0, 0, c);
}

/** Behind a seam a match is looked for as far back as it could begin, and a few bytes for what it asks
 *  of those before it. */
#define BEFORE 4u

/** Where the search begins. */
static uint32_t first_byte(const struct sig_img_group *q, const struct seek *k)
{
	const uint32_t back = q->flags & SIG_G_REGEX ? q->max_len + BEFORE : q->max_len - 1;

	if (k->old == 0 || ((q->flags & SIG_G_REGEX) && !(q->flags & SIG_G_PARTS)))
		return 0;
	if (q->max_len == SIG_IMG_NONE || k->old < back)
		return 0;
	return k->old - back;
}

void dp_scan(struct eval *e, uint32_t group, const struct seek *k)
{
	struct scan c = {.e = e, .img = e->img, .g = &e->img->group[group], .run = e->rs->run,
		.max = e->rs->hit_max, .start = k->start};
	uint32_t from;

	if (c.g->flags & (k->parts ? SIG_G_WHOLE : SIG_G_PARTS))
		return;
	from = first_byte(c.g, k);
	if (k->start && k->start < e->rs->reach[group])
		take_anchored(e, group, k->start);
	if (from >= k->n)
		return;
	c.base = k->start + from;
	c.payload = (c.g->flags & SIG_G_REGEX) && c.g->scope != SIG_SCOPE_BUFFER;
	c.pieces = (c.g->flags & SIG_G_PARTS) && k->start;
	c.recalls = e->recalls && c.g->scope == SIG_SCOPE_STREAM;
	if (hs_scan(e->rs->db[group], (const char *)k->p + from, k->n - from, 0, c.run->scratch, on_hit,
		    &c) != HS_SUCCESS)
		scan_short(e, group, k->p + from, k->n - from, &c);
	e->d->ctx->cnt->detect_prefilter += c.hits;
}
