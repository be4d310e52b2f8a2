/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory of one rule set: allocated piece by piece, freed as a whole.
 * An allocation never returns NULL: when memory is gone it jumps to `out_of_memory`, which the
 * owner must have armed with setjmp() before the first allocation.
 */
#ifndef SIG_ARENA_H
#define SIG_ARENA_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

struct sig_arena_chunk;
struct sig_arena {
	struct sig_arena_chunk *chunk;
	size_t used, size, total_bytes;
	jmp_buf out_of_memory;
};

void sig_arena_init(struct sig_arena *a);
void sig_arena_fini(struct sig_arena *a);
/** Zeroed, aligned for any type. */
void *sig_arena_alloc(struct sig_arena *a, size_t bytes);
/** Not zeroed, not aligned: for text. */
char *sig_arena_text(struct sig_arena *a, size_t bytes);
char *sig_arena_strndup(struct sig_arena *a, const char *s, size_t n);
char *sig_arena_strdup(struct sig_arena *a, const char *s);
void *sig_arena_dup(struct sig_arena *a, const void *data, size_t bytes);
char *sig_arena_printf(struct sig_arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** Grow a malloc'ed array of `*cap` elements so that one more fits; jumps when it cannot. */
void *sig_arena_grow(struct sig_arena *a, void *array, size_t *cap, size_t used, size_t elem);

#endif
