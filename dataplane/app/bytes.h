/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Owned byte string on a worker's slab, account DP_MEM_APP. Zeroed is empty. When memory is
 * refused the string keeps what it has: a parser sees less, it never fails for that.
 */
#ifndef DP_APP_BYTES_H
#define DP_APP_BYTES_H

#include <dp/ctx.h>
#include <dp/slab.h>
#include <string.h>

struct dp_bytes {
	uint8_t *p;
	uint32_t n, cap;
};

static inline void dp_bytes_free(struct dp_ctx *c, struct dp_bytes *b)
{
	dp_slab_free(c->slab, DP_MEM_APP, b->p, b->cap);
	*b = (struct dp_bytes){0};
}

/** Append up to `max` bytes in all; what is beyond is left out. False when anything was. */
static inline bool dp_bytes_add(struct dp_ctx *c, struct dp_bytes *b, const void *p, uint32_t n,
	uint32_t max)
{
	bool all = true;

	if (b->n >= max)
		return n == 0;
	if (n > max - b->n) {
		n = max - b->n;
		all = false;
	}
	if (n == 0)
		return all;
	if (b->n + n > b->cap) {
		uint32_t cap = b->cap ? b->cap : 32;
		uint8_t *q;

		while (cap < b->n + n)
			cap *= 2;
		q = b->p ? dp_slab_realloc(c->slab, DP_MEM_APP, b->p, b->cap, cap)
			 : dp_slab_alloc(c->slab, DP_MEM_APP, cap);
		if (!q)
			return false;
		b->p = q;
		b->cap = cap;
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
	return all;
}

static inline bool dp_bytes_set(struct dp_ctx *c, struct dp_bytes *b, const void *p, uint32_t n,
	uint32_t max)
{
	b->n = 0;
	return dp_bytes_add(c, b, p, n, max);
}

static inline bool dp_bytes_is(const struct dp_bytes *b, const void *p, uint32_t n)
{
	return b->n == n && (n == 0 || memcmp(b->p, p, n) == 0);
}

#endif
