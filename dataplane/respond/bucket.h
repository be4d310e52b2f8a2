/* SPDX-License-Identifier: Apache-2.0 */
/** Token buckets: one for the worker, and a small table of them by destination address. */
#ifndef DP_RESPOND_BUCKET_H
#define DP_RESPOND_BUCKET_H

#include <dp/packet.h>

#define BUCKET_HOSTS 1024u /**< slots; two addresses that share one share its rate: stricter */

struct bucket {
	uint64_t last_ns;
	uint32_t tokens; /**< thousandths */
};

/** Take one token; `rate` per second, burst twice that. */
static inline bool bucket_take(struct bucket *b, uint32_t rate, uint64_t now_ns)
{
	uint64_t burst = (uint64_t)rate * 2000;
	uint64_t add = now_ns > b->last_ns ? (now_ns - b->last_ns) / 1000000 * rate : 0;
	uint64_t tokens = b->last_ns ? b->tokens + add : burst;

	if (tokens > burst)
		tokens = burst;
	if (add || !b->last_ns)
		b->last_ns = now_ns;
	b->tokens = (uint32_t)tokens;
	if (tokens < 1000)
		return false;
	b->tokens -= 1000;
	return true;
}

static inline uint32_t bucket_slot(const union dp_addr *a)
{
	uint64_t h = a->q[0] ^ (a->q[1] * UINT64_C(0x9e3779b97f4a7c15));

	h *= UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 40) % BUCKET_HOSTS;
}

#endif
