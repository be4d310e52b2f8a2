/* SPDX-License-Identifier: Apache-2.0 */
/* Searching: one Hyperscan call per group that the bytes concern; hits become candidates. */
#include "inner.h"
#include <string.h>

void dp_candidates_begin(struct run *r)
{
	r->cand_n = 0;
	if (++r->epoch == 0) { // after four billion packets: forget all marks at once
		memset(r->seen, 0, r->cand_cap * sizeof(*r->seen));
		r->epoch = 1;
	}
}

void dp_candidate(struct run *r, uint32_t sig)
{
	if (r->seen[sig] == r->epoch)
		return;
	r->seen[sig] = r->epoch;
	r->cand[r->cand_n++] = sig; // room for every signature
}

struct scan {
	const struct sig_image *img;
	const struct sig_img_group *g;
	struct run *run;
	uint32_t hits;
};

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
	void *arg)
{
	struct scan *c = arg;
	const struct sig_img_pat *pat = &c->img->pat[c->g->pat + id];

	c->hits++;
	for (uint32_t i = 0; i < pat->hits_n; i++) {
		const uint32_t sig = c->img->hit[pat->hit + i];

		c->run->cnt[sig].prefilter++;
		dp_candidate(c->run, sig);
	}
	return 0;
}

void dp_scan(struct eval *e, uint32_t group, const uint8_t *p, uint32_t n, uint32_t fresh)
{
	struct scan c = {.img = e->img, .g = &e->img->group[group], .run = e->rs->run};
	uint32_t from = 0;

	// Bytes seen before are scanned again only as far as a literal could reach over the seam.
	if (!(c.g->flags & SIG_G_REGEX) && fresh >= c.g->max_len)
		from = fresh - (c.g->max_len - 1);
	if (from >= n)
		return;
	hs_scan(e->rs->db[group], (const char *)p + from, n - from, 0, c.run->scratch, on_hit, &c);
	e->d->ctx->cnt->detect_prefilter += c.hits;
}

// Ascending: that is the order of evaluation. Mostly a few dozen, often nearly sorted.
void dp_candidates_sort(struct run *r)
{
	static const uint32_t gaps[] = {4193, 1861, 701, 301, 132, 57, 23, 10, 4, 1};
	uint32_t *v = r->cand;

	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		const uint32_t gap = gaps[g];

		for (uint32_t i = gap; i < r->cand_n; i++) {
			const uint32_t x = v[i];
			uint32_t j = i;

			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
	}
}
