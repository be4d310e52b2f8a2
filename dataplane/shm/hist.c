/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/hist.h>

static unsigned bucket_of(uint64_t ns)
{
	unsigned top, b;

	if (ns < 4)
		return (unsigned)ns;
	top = 63u - (unsigned)__builtin_clzll(ns);
	b = top * 4 + (unsigned)((ns >> (top - 2)) & 3) - 4;
	return b < DP_HIST_BUCKETS ? b : DP_HIST_BUCKETS - 1;
}

static uint64_t bucket_top(unsigned b)
{
	if (b < 4)
		return b;
	return ((uint64_t)((b & 3) + 5) << ((b >> 2) - 1)) - 1;
}

void dp_hist_add(struct dp_hist *h, uint64_t ns)
{
	h->count++;
	h->sum_ns += ns;
	h->last_ns = ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->bucket[bucket_of(ns)]++;
}

uint64_t dp_hist_quantile_ns(const struct dp_hist *h, double q)
{
	uint64_t total = 0, want, seen = 0;

	for (unsigned i = 0; i < DP_HIST_BUCKETS; i++)
		total += h->bucket[i];
	if (total == 0)
		return 0;
	want = (uint64_t)(q * (double)total);
	if (want == 0)
		want = 1;
	for (unsigned i = 0; i < DP_HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= want)
			return bucket_top(i) < h->max_ns ? bucket_top(i) : h->max_ns;
	}
	return h->max_ns;
}
