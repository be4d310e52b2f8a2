/* SPDX-License-Identifier: Apache-2.0 */
/** Running MD5, SHA-1 and SHA-256 of one file, in the worker's arena. Private to the room. */
#ifndef DP_FILE_DIGEST_H
#define DP_FILE_DIGEST_H

#include <dp/file.h>

struct dp_file_digest;

/** `want`: mask of enum dp_file_hash. NULL without memory. */
struct dp_file_digest *dp_digest_open(struct dp_ctx *c, uint8_t want);
void dp_digest_add(struct dp_file_digest *d, const uint8_t *p, uint32_t n);
/** Results into the file's md5, sha1, sha256 and their has_ marks. */
void dp_digest_final(struct dp_file_digest *d, struct dp_file *f);
void dp_digest_free(struct dp_ctx *c, struct dp_file_digest *d);

#endif
