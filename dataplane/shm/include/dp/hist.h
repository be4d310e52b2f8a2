/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Histogram of durations in shared memory: one writer with plain stores, any reader.
 *
 * Buckets: four per power of two, so a quantile is exact to 25 %. Values are nanoseconds.
 */
#ifndef DP_HIST_H
#define DP_HIST_H

#include <stdint.h>

#define DP_HIST_BUCKETS 160 /**< up to 2^40 ns: 18 minutes; longer ones land in the last */

struct dp_hist {
	uint64_t count, sum_ns, max_ns, last_ns;
	uint32_t bucket[DP_HIST_BUCKETS];
};

void dp_hist_add(struct dp_hist *h, uint64_t ns);
/** Upper bound of the bucket that holds the q-th quantile (0 < q <= 1); 0 when empty. */
uint64_t dp_hist_quantile_ns(const struct dp_hist *h, double q);

#endif
