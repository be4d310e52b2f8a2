/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory of one worker: one arena, mapped at start, cut into size classes. No system call and no
 * lock after creation. Everything a packet may need comes from here, with an account per purpose
 * so that each has its own limit (the peer's memcaps) and its own policy when it is hit.
 */
#ifndef DP_SLAB_H
#define DP_SLAB_H

#include <stddef.h>
#include <stdint.h>

enum dp_mem { DP_MEM_FLOW, DP_MEM_STREAM, DP_MEM_REASSEMBLY, DP_MEM_DEFRAG, DP_MEM_APP,
	DP_MEM_FILE, DP_MEM_RANGE, DP_MEM_WINDOW, DP_MEM_DETECT, DP_MEM__COUNT };

struct dp_slab;

/** `bytes` of address space, MAP_NORESERVE: pages cost only once touched. */
int dp_slab_create(uint64_t bytes, struct dp_slab **slab);
void dp_slab_destroy(struct dp_slab *s);
void dp_slab_limit(struct dp_slab *s, enum dp_mem what, uint64_t bytes);

/** Not zeroed. NULL when the arena or the account is exhausted (counted). n <= 4 MiB, of DP_MEM_WINDOW 32 MiB. */
void *dp_slab_alloc(struct dp_slab *s, enum dp_mem what, size_t n);
void *dp_slab_zalloc(struct dp_slab *s, enum dp_mem what, size_t n);
/** Keeps min(old_n, n) bytes. On failure NULL and the old block stays. */
void *dp_slab_realloc(struct dp_slab *s, enum dp_mem what, void *p, size_t old_n, size_t n);
/** `n` as given at allocation. p may be NULL. */
void dp_slab_free(struct dp_slab *s, enum dp_mem what, void *p, size_t n);

/** Bytes that a block of `n` really has: what fits for the same price. */
size_t dp_slab_round(size_t n);

uint64_t dp_slab_used(const struct dp_slab *s, enum dp_mem what);
uint64_t dp_slab_used_all(const struct dp_slab *s);
uint64_t dp_slab_peak_all(const struct dp_slab *s);
uint64_t dp_slab_failures(const struct dp_slab *s, enum dp_mem what);

#endif
