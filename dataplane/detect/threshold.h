/* SPDX-License-Identifier: Apache-2.0 */
/** The table of counts: of one worker, or in memory that all share. */
#ifndef DP_DETECT_THRESHOLD_H
#define DP_DETECT_THRESHOLD_H

#include <stdbool.h>
#include <stdint.h>

#define TH_BUCKETS 4096u /* power of two */
#define TH_WIDE 16u

struct th_entry {
	uint64_t key; /* 0 free */
	uint64_t first_ns, last_ns;
	uint64_t until_s; /* rate_filter: new action up to this second; 0 not now */
	uint64_t next; /* backoff: count that alerts next */
	uint32_t count;
	uint32_t pad;
};

/** Claimed (marks.h) as long as one of its entries is looked at. */
struct th_bucket {
	_Alignas(64) uint32_t claim;
	struct th_entry entry[TH_WIDE];
};

/** Zeroed memory is an empty table. */
struct thresholds {
	bool used;
	struct th_bucket bucket[TH_BUCKETS];
};

#endif
