/* SPDX-License-Identifier: Apache-2.0 */
/** A growing hash table from text to a pointer. Keys are borrowed (arena text). */
#ifndef SIG_INTERN_H
#define SIG_INTERN_H

#include "arena.h"

#include <stdbool.h>

struct sig_intern_slot {
	const char *key;
	uint32_t len, hash;
	void *value;
};
struct sig_intern {
	struct sig_arena *arena; /**< jumps there when out of memory */
	struct sig_intern_slot *slot;
	size_t slots, used;
};

void sig_intern_init(struct sig_intern *t, struct sig_arena *a);
void sig_intern_fini(struct sig_intern *t);
/**
 * Place of the value for a key, inserted as NULL when absent. A new key is copied into the arena.
 * The place is valid until the next call.
 */
void **sig_intern_at(struct sig_intern *t, const char *key, size_t len);
/** Value or NULL; inserts nothing. */
void *sig_intern_find(const struct sig_intern *t, const char *key, size_t len);
/** The arena's only copy of a string. */
const char *sig_intern_str(struct sig_intern *t, const char *s, size_t len);

#endif
