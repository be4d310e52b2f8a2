/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/slab.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Size classes: steps of 16 bytes up to 64, then four per power of two up to 32 MiB, so that every
 * block is 16-byte aligned. A class with an empty free list cuts a run of blocks from the untouched
 * end of the arena, so that neighbours in time are neighbours in memory. Blocks are never joined:
 * traffic returns to the same sizes.
 */
#define LINEAR_SHIFT 6
#define LINEAR_MAX ((size_t)1 << LINEAR_SHIFT)
#define LINEAR_CLASSES 4u
#define MAX_SHIFT 25
#define N_CLASSES (LINEAR_CLASSES + (MAX_SHIFT - LINEAR_SHIFT) * 4)
#define BLOCK_MAX ((size_t)4 << 20) /* but for DP_MEM_WINDOW */
#define RUN_BYTES ((size_t)16384)

struct free_block {
	struct free_block *next;
};

struct dp_slab {
	uint8_t *base;
	uint64_t size, brk; /* bytes; brk: first byte never handed out */
	struct free_block *free[N_CLASSES];
	uint64_t used[DP_MEM__COUNT], limit[DP_MEM__COUNT], fail[DP_MEM__COUNT];
	uint64_t used_all, peak_all;
};

static unsigned class_of(size_t n)
{
	unsigned shift;
	size_t step;

	if (n <= LINEAR_MAX)
		return n == 0 ? 0 : (unsigned)((n - 1) / 16);
	shift = (unsigned)(63 - __builtin_clzll((unsigned long long)(n - 1))); /* 2^shift < n */
	step = (size_t)1 << (shift - 2);
	return LINEAR_CLASSES + (shift - LINEAR_SHIFT) * 4 +
	       (unsigned)((n - 1 - ((size_t)1 << shift)) / step);
}

static size_t class_size(unsigned c)
{
	unsigned shift, q;

	if (c < LINEAR_CLASSES)
		return (c + 1) * (size_t)16;
	shift = (c - LINEAR_CLASSES) / 4 + LINEAR_SHIFT;
	q = (c - LINEAR_CLASSES) % 4 + 1;
	return ((size_t)1 << shift) + q * ((size_t)1 << (shift - 2));
}

int dp_slab_create(uint64_t bytes, struct dp_slab **slab)
{
	struct dp_slab *s = calloc(1, sizeof(*s));
	void *m;

	if (s == NULL)
		return -ENOMEM;
	m = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		-1, 0);
	if (m == MAP_FAILED) {
		int rc = -errno;

		free(s);
		return rc;
	}
	s->base = m;
	s->size = bytes;
	for (unsigned i = 0; i < DP_MEM__COUNT; i++)
		s->limit[i] = UINT64_MAX;
	*slab = s;
	return 0;
}

void dp_slab_destroy(struct dp_slab *s)
{
	if (s == NULL)
		return;
	munmap(s->base, s->size);
	free(s);
}

void dp_slab_limit(struct dp_slab *s, enum dp_mem what, uint64_t bytes)
{
	s->limit[what] = bytes != 0 ? bytes : UINT64_MAX;
}

static bool refill(struct dp_slab *s, unsigned c, size_t size)
{
	size_t run = size >= RUN_BYTES / 4 ? size : RUN_BYTES / size * size;

	if (s->size - s->brk < run) {
		run = size;
		if (s->size - s->brk < run)
			return false;
	}
	for (size_t at = run; at >= size; at -= size) {
		struct free_block *b = (struct free_block *)(void *)(s->base + s->brk + at - size);

		b->next = s->free[c];
		s->free[c] = b;
	}
	s->brk += run;
	return true;
}

void *dp_slab_alloc(struct dp_slab *s, enum dp_mem what, size_t n)
{
	unsigned c = class_of(n);
	struct free_block *b;
	size_t size;

	if (c >= N_CLASSES || (n > BLOCK_MAX && what != DP_MEM_WINDOW))
		goto fail;
	size = class_size(c);
	if (s->used[what] + size > s->limit[what])
		goto fail;
	if (s->free[c] == NULL && !refill(s, c, size))
		goto fail;
	b = s->free[c];
	s->free[c] = b->next;
	s->used[what] += size;
	s->used_all += size;
	if (s->used_all > s->peak_all)
		s->peak_all = s->used_all;
	return b;
fail:
	s->fail[what]++;
	return NULL;
}

void *dp_slab_zalloc(struct dp_slab *s, enum dp_mem what, size_t n)
{
	void *p = dp_slab_alloc(s, what, n);

	if (p != NULL)
		memset(p, 0, n);
	return p;
}

void dp_slab_free(struct dp_slab *s, enum dp_mem what, void *p, size_t n)
{
	unsigned c;
	size_t size;
	struct free_block *b = p;

	if (p == NULL)
		return;
	c = class_of(n);
	size = class_size(c);
	b->next = s->free[c];
	s->free[c] = b;
	s->used[what] -= size;
	s->used_all -= size;
}

void *dp_slab_realloc(struct dp_slab *s, enum dp_mem what, void *p, size_t old_n, size_t n)
{
	void *q;

	if (p != NULL && class_of(old_n) == class_of(n))
		return p;
	q = dp_slab_alloc(s, what, n);
	if (q == NULL)
		return NULL;
	if (p != NULL) {
		memcpy(q, p, old_n < n ? old_n : n);
		dp_slab_free(s, what, p, old_n);
	}
	return q;
}

size_t dp_slab_round(size_t n)
{
	return class_size(class_of(n));
}

uint64_t dp_slab_used(const struct dp_slab *s, enum dp_mem what)
{
	return s->used[what];
}

uint64_t dp_slab_used_all(const struct dp_slab *s)
{
	return s->used_all;
}

uint64_t dp_slab_peak_all(const struct dp_slab *s)
{
	return s->peak_all;
}

uint64_t dp_slab_failures(const struct dp_slab *s, enum dp_mem what)
{
	return s->fail[what];
}
