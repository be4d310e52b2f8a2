/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Private to the compiler: serialized databases on disk, by the hash of what they were made from.
 * Any failure is a miss. Entries are written aside and renamed, so a reader never sees half of one.
 */
#ifndef SIG_COMPILE_CACHE_H
#define SIG_COMPILE_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct db_cache {
	char dir[512]; /**< empty: off */
};

/** dir as in struct sig_compile_opts. Makes the folder; off when that fails. */
void cache_init(struct db_cache *c, const char *dir);
/** malloc'd bytes, or NULL. */
char *cache_get(const struct db_cache *c, uint64_t key, size_t *size);
void cache_put(const struct db_cache *c, uint64_t key, const char *bytes, size_t size);
/** Keep the folder bounded: the least recently used entries go. */
void cache_trim(const struct db_cache *c);

#endif
