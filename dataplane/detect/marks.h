/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Marks: 64-bit keys that hold until a time. A fixed table for one worker or for all of them, in
 * memory that workers share: who asks takes no lock, who changes claims one bucket for some dozens of
 * cycles.
 *
 * A claim is bounded: a worker that died inside, or sleeps there, is overruled after about ten
 * microseconds. The worst that follows is one mark that is lost or counted once too often.
 */
#ifndef DP_DETECT_MARKS_H
#define DP_DETECT_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#define MARK_BUCKETS 4096u /* power of two */
#define MARK_WIDE 15u      /* marks of a bucket, which then is four cache lines */
#define MARK_FOR_EVER UINT64_MAX

struct mark {
	uint64_t key;      /* 0: never used */
	uint64_t until_ns; /* holds while this is in the future */
};
struct mark_bucket {
	_Alignas(64) uint32_t claim;
	uint32_t pad[3];
	struct mark mark[MARK_WIDE];
};
/** Zeroed memory is an empty table. */
struct marks {
	_Alignas(64) bool used;
	struct mark_bucket bucket[MARK_BUCKETS];
};

enum mark_change {
	MARK_SET,    /**< set, or hold until another time */
	MARK_CLEAR,
	MARK_TOGGLE,
	MARK_ADD,    /**< set when it does not hold */
	MARK_RENEW,  /**< hold until another time, if it holds */
};

/** Until when the mark holds; 0: it does not. */
uint64_t dp_mark_get(const struct marks *t, uint64_t key, uint64_t now_ns);
/** Returns what dp_mark_get would have said before. */
uint64_t dp_mark_change(struct marks *t, uint64_t key, uint64_t until_ns, uint64_t now_ns,
	enum mark_change how);
/** The same; *evicted grows by one when another mark that held gave way: that which ended first. */
uint64_t dp_mark_count(struct marks *t, uint64_t key, uint64_t until_ns, uint64_t now_ns,
	enum mark_change how, uint64_t *evicted);

/** Claim a bucket; always returns. */
void dp_bucket_claim(uint32_t *claim);
void dp_bucket_release(uint32_t *claim);

#endif
