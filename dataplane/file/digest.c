/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's low-level functions work in memory that the caller owns; the EVP ones, which replace
 * them, allocate from the heap for every context.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "digest.h"
#include <dp/hash.h>
#include <dp/slab.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

struct dp_file_digest {
	uint8_t want;
	MD5_CTX md5;
	SHA_CTX sha1;
	SHA256_CTX sha256;
};

struct dp_file_digest *dp_digest_open(struct dp_ctx *c, uint8_t want)
{
	struct dp_file_digest *d = dp_slab_alloc(c->slab, DP_MEM_FILE, sizeof(*d));

	if (!d)
		return NULL;
	d->want = want;
	MD5_Init(&d->md5);
	SHA1_Init(&d->sha1);
	SHA256_Init(&d->sha256);
	return d;
}

void dp_digest_add(struct dp_file_digest *d, const uint8_t *p, uint32_t n)
{
	if (d->want & DP_FILE_MD5)
		MD5_Update(&d->md5, p, n);
	if (d->want & DP_FILE_SHA1)
		SHA1_Update(&d->sha1, p, n);
	if (d->want & DP_FILE_SHA256)
		SHA256_Update(&d->sha256, p, n);
}

void dp_digest_final(struct dp_file_digest *d, struct dp_file *f)
{
	f->has_md5 = d->want & DP_FILE_MD5;
	f->has_sha1 = d->want & DP_FILE_SHA1;
	f->has_sha256 = d->want & DP_FILE_SHA256;
	MD5_Final(f->md5, &d->md5);
	SHA1_Final(f->sha1, &d->sha1);
	SHA256_Final(f->sha256, &d->sha256);
}

void dp_digest_free(struct dp_ctx *c, struct dp_file_digest *d)
{
	dp_slab_free(c->slab, DP_MEM_FILE, d, sizeof(*d));
}

void dp_hash_md5(const void *p, size_t n, uint8_t out[16])
{
	MD5_CTX c;

	MD5_Init(&c);
	MD5_Update(&c, p, n);
	MD5_Final(out, &c);
}

_Static_assert(sizeof(MD5_CTX) <= sizeof(struct dp_hash_md5_run), "room for the state");

void dp_hash_md5_begin(struct dp_hash_md5_run *r)
{
	MD5_Init((MD5_CTX *)(void *)r->state);
}

void dp_hash_md5_add(struct dp_hash_md5_run *r, const void *p, size_t n)
{
	MD5_Update((MD5_CTX *)(void *)r->state, p, n);
}

void dp_hash_md5_end(struct dp_hash_md5_run *r, uint8_t out[16])
{
	MD5_Final(out, (MD5_CTX *)(void *)r->state);
}

void dp_hash_sha1(const void *p, size_t n, uint8_t out[20])
{
	SHA_CTX c;

	SHA1_Init(&c);
	SHA1_Update(&c, p, n);
	SHA1_Final(out, &c);
}

void dp_hash_sha256(const void *p, size_t n, uint8_t out[32])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, p, n);
	SHA256_Final(out, &c);
}

void dp_hash_hex(const uint8_t *p, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * n] = 0;
}
