/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Chunks double from the one to the other: a one-rule set stays small. */
#define FIRST_CHUNK_BYTES (32u * 1024u)
#define CHUNK_BYTES (1024u * 1024u)

struct sig_arena_chunk {
	struct sig_arena_chunk *next;
	size_t pad; /* keeps data aligned to 16 */
	char data[];
};

void sig_arena_init(struct sig_arena *a)
{
	memset(a, 0, sizeof(*a));
}

void sig_arena_fini(struct sig_arena *a)
{
	while (a->chunk) {
		struct sig_arena_chunk *c = a->chunk;

		a->chunk = c->next;
		free(c);
	}
}

/* Large pieces get a chunk of their own behind the current one, which stays in use. */
static char *alloc_large(struct sig_arena *a, size_t bytes)
{
	struct sig_arena_chunk *c = malloc(sizeof(*c) + bytes);

	if (!c)
		longjmp(a->out_of_memory, 1);
	if (a->chunk) {
		c->next = a->chunk->next;
		a->chunk->next = c;
	} else {
		c->next = NULL;
		a->chunk = c;
		a->used = a->size = bytes;
	}
	a->total_bytes += bytes;
	return c->data;
}

static char *alloc_raw(struct sig_arena *a, size_t bytes)
{
	if (bytes > a->size - a->used) {
		size_t size = a->total_bytes < FIRST_CHUNK_BYTES ? FIRST_CHUNK_BYTES
			      : a->total_bytes < CHUNK_BYTES     ? a->total_bytes
								 : CHUNK_BYTES;
		struct sig_arena_chunk *c;

		if (bytes > size / 4)
			return alloc_large(a, bytes);
		c = malloc(sizeof(*c) + size);
		if (!c)
			longjmp(a->out_of_memory, 1);
		c->next = a->chunk;
		a->chunk = c;
		a->used = 0;
		a->size = size;
		a->total_bytes += size;
	}
	a->used += bytes;
	return a->chunk->data + a->used - bytes;
}

void *sig_arena_alloc(struct sig_arena *a, size_t bytes)
{
	size_t pad = (16 - a->used % 16) % 16;
	char *p;

	if (pad <= a->size - a->used)
		a->used += pad;
	p = alloc_raw(a, bytes);
	return memset(p, 0, bytes);
}

char *sig_arena_text(struct sig_arena *a, size_t bytes)
{
	return alloc_raw(a, bytes);
}

char *sig_arena_strndup(struct sig_arena *a, const char *s, size_t n)
{
	char *p = sig_arena_text(a, n + 1);

	if (n)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *sig_arena_strdup(struct sig_arena *a, const char *s)
{
	return sig_arena_strndup(a, s, strlen(s));
}

void *sig_arena_dup(struct sig_arena *a, const void *data, size_t bytes)
{
	void *p = sig_arena_alloc(a, bytes);

	if (bytes)
		memcpy(p, data, bytes);
	return p;
}

char *sig_arena_printf(struct sig_arena *a, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(buf))
		n = sizeof(buf) - 1;
	return sig_arena_strndup(a, buf, (size_t)n);
}

void *sig_arena_grow(struct sig_arena *a, void *array, size_t *cap, size_t used, size_t elem)
{
	size_t want = *cap ? *cap * 2 : 16;
	void *p;

	if (used < *cap)
		return array;
	p = realloc(array, want * elem);
	if (!p)
		longjmp(a->out_of_memory, 1);
	*cap = want;
	return p;
}
