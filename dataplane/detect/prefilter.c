/* SPDX-License-Identifier: Apache-2.0 */
/* Searching: one Hyperscan call per group that the bytes concern; hits become candidates. */
#include "inner.h"
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
	uint32_t hits;
};

/** Where the literal of a signature must end at the latest, counted as its content does. */
static uint32_t latest_end(const struct sig_image *g, const struct sig_img_sig *s)
{
	const struct sig_img_op *o = s->pf_op == SIG_IMG_NONE ? NULL : &g->op[s->pf_op];
	const uint32_t behind = o ? o->len - s->pf_off - s->pf_len : 0;

	if (!o || o->kind != SIG_OPT_CONTENT || !(o->flags & SIG_C_DEPTH) ||
		(o->flags & SIG_C_RELATIVE) || o->var[0] != SIG_VAR_NONE || o->num[0] < behind ||
		o->num[0] >= UINT32_MAX || s->pf_off + (uint64_t)s->pf_len > o->len)
		return UINT32_MAX;
	return (uint32_t)o->num[0] - behind;
}

int dp_hits_build(struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	const uint32_t n = g->h->sec[SIG_SEC_HIT].count;

	rs->hit_max = malloc((n + 1) * sizeof(*rs->hit_max));
	if (!rs->hit_max)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		rs->hit_max[i] = latest_end(g, &g->sig[g->hit[i]]);
	return 0;
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
		dp_candidate(c->e, sig);
	}
	return 0;
}

// Hyperscan 5.4 fails (HS_UNKNOWN_ERROR) on buffers of up to 34 bytes with some databases of short
// literals, measured on one group of the ET set; behind zeroes the same bytes are searched well. A
// hit that reaches into the zeroes names a candidate too many, no more.
static void scan_short(struct eval *e, uint32_t group, const uint8_t *p, uint32_t n, struct scan *c)
{
	char padded[SHORT_BYTES] = {0};

	if (n > SHORT_BYTES / 2)
		return;
	memcpy(padded, p, n);
	hs_scan(e->rs->db[group], padded, sizeof(padded), 0, c->run->scratch, on_hit, c);
}

void dp_scan(struct eval *e, uint32_t group, const uint8_t *p, uint32_t n, uint32_t fresh,
	uint64_t start)
{
	struct scan c = {.e = e, .img = e->img, .g = &e->img->group[group], .run = e->rs->run,
		.max = e->rs->hit_max};
	uint32_t from = 0;

	// Bytes seen before are scanned again only as far as a literal could reach over the seam.
	if (!(c.g->flags & SIG_G_REGEX) && fresh >= c.g->max_len)
		from = fresh - (c.g->max_len - 1);
	if (from >= n)
		return;
	c.base = start + from;
	if (hs_scan(e->rs->db[group], (const char *)p + from, n - from, 0, c.run->scratch, on_hit, &c) !=
		HS_SUCCESS)
		scan_short(e, group, p + from, n - from, &c);
	e->d->ctx->cnt->detect_prefilter += c.hits;
}
