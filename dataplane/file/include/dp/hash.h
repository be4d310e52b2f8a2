/* SPDX-License-Identifier: Apache-2.0 */
/** Digests of bytes at hand, without touching the heap. Any thread. */
#ifndef DP_HASH_H
#define DP_HASH_H

#include <stddef.h>
#include <stdint.h>

void dp_hash_md5(const void *p, size_t n, uint8_t out[16]);
void dp_hash_sha1(const void *p, size_t n, uint8_t out[20]);
void dp_hash_sha256(const void *p, size_t n, uint8_t out[32]);
/** MD5 of bytes that come in pieces. Private members; no clean-up. */
struct dp_hash_md5_run {
	uint64_t state[16];
};
void dp_hash_md5_begin(struct dp_hash_md5_run *r);
void dp_hash_md5_add(struct dp_hash_md5_run *r, const void *p, size_t n);
void dp_hash_md5_end(struct dp_hash_md5_run *r, uint8_t out[16]);
/** Lower-case hexadecimal of `n` bytes and a NUL: 2n + 1 bytes at out. */
void dp_hash_hex(const uint8_t *p, size_t n, char *out);

#endif
