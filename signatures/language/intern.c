/* SPDX-License-Identifier: Apache-2.0 */
#include "intern.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 32 bit: keys are short words. */
static uint32_t hash_text(const char *s, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 16777619u;
	return h;
}

void sig_intern_init(struct sig_intern *t, struct sig_arena *a)
{
	memset(t, 0, sizeof(*t));
	t->arena = a;
}

void sig_intern_fini(struct sig_intern *t)
{
	free(t->slot);
	t->slot = NULL;
}

static struct sig_intern_slot *probe(
	const struct sig_intern *t, const char *key, size_t len, uint32_t hash)
{
	size_t i = hash & (t->slots - 1);

	while (t->slot[i].key) {
		struct sig_intern_slot *s = &t->slot[i];

		if (s->hash == hash && s->len == len && memcmp(s->key, key, len) == 0)
			return s;
		i = (i + 1) & (t->slots - 1);
	}
	return &t->slot[i];
}

static void enlarge(struct sig_intern *t)
{
	struct sig_intern_slot *old = t->slot;
	size_t old_n = t->slots;

	t->slot = calloc(old_n ? old_n * 2 : 64, sizeof(*t->slot));
	if (!t->slot) {
		t->slot = old;
		longjmp(t->arena->out_of_memory, 1);
	}
	t->slots = old_n ? old_n * 2 : 64;
	for (size_t i = 0; i < old_n; i++) {
		if (old[i].key)
			*probe(t, old[i].key, old[i].len, old[i].hash) = old[i];
	}
	free(old);
}

static struct sig_intern_slot *slot_at(struct sig_intern *t, const char *key, size_t len)
{
	uint32_t hash = hash_text(key, len);
	struct sig_intern_slot *s;

	if (t->used * 2 >= t->slots)
		enlarge(t);
	s = probe(t, key, len, hash);
	if (!s->key) {
		s->key = sig_arena_strndup(t->arena, key, len);
		s->len = (uint32_t)len;
		s->hash = hash;
		t->used++;
	}
	return s;
}

void **sig_intern_at(struct sig_intern *t, const char *key, size_t len)
{
	return &slot_at(t, key, len)->value;
}

void *sig_intern_find(const struct sig_intern *t, const char *key, size_t len)
{
	if (!t->slots)
		return NULL;
	return probe(t, key, len, hash_text(key, len))->value;
}

const char *sig_intern_str(struct sig_intern *t, const char *s, size_t len)
{
	return slot_at(t, s, len)->key;
}
