/* SPDX-License-Identifier: Apache-2.0 */
/* Initial secrets and packet protection (RFC 9001 section 5) without touching the heap: libcrypto's
 * block cipher and digest on the stack; only HMAC, HKDF, counter mode and GHASH stand here. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "quic.h"
#include <openssl/aes.h>
#include <openssl/sha.h>

struct salt {
	uint32_t first, last;
	uint8_t salt[20];
};

static const struct salt salts[] = {
	{QUIC_V1, QUIC_V1, {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6,
		0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
	{0xff000021, 0xff000022, {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
	{QUIC_V2, QUIC_V2, {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe,
		0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}},
	{0xff00001d, 0xff000020, {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86,
		0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99}},
	{0xff000017, 0xff00001c, {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2,
		0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02}},
};

/** RFC 2104 over two pieces. */
static void hmac(const uint8_t *key, size_t n, const void *a, size_t an, const void *b, size_t bn,
	uint8_t out[32])
{
	uint8_t pad[64] = {0};
	SHA256_CTX c;

	memcpy(pad, key, n);
	for (int i = 0; i < 64; i++)
		pad[i] ^= 0x36;
	SHA256_Init(&c);
	SHA256_Update(&c, pad, 64);
	SHA256_Update(&c, a, an);
	SHA256_Update(&c, b, bn);
	SHA256_Final(out, &c);
	for (int i = 0; i < 64; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	SHA256_Init(&c);
	SHA256_Update(&c, pad, 64);
	SHA256_Update(&c, out, 32);
	SHA256_Final(out, &c);
}

/** HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context; n <= 32. */
static void expand(const uint8_t secret[32], const char *label, uint8_t *out, uint8_t n)
{
	uint8_t info[64] = {0, n, 0}, t[32], one = 1;
	size_t len = strlen(label), at = 3;

	info[2] = (uint8_t)(len + 6);
	memcpy(info + at, "tls13 ", 6);
	memcpy(info + at + 6, label, len);
	at += 6 + len;
	info[at++] = 0;
	hmac(secret, 32, info, at, &one, 1, t);
	memcpy(out, t, n);
}

bool quic_keys_derive(uint32_t version, struct dp_span dcid, struct quic_keys keys[2])
{
	static const char *const who[] = {"client in", "server in"};
	bool v2 = version == QUIC_V2;
	uint8_t initial[32], secret[32];
	const uint8_t *salt = NULL;

	for (unsigned i = 0; i < sizeof(salts) / sizeof(salts[0]); i++)
		if (version >= salts[i].first && version <= salts[i].last)
			salt = salts[i].salt;
	if (!salt)
		return false;
	hmac(salt, 20, dcid.p, dcid.n, "", 0, initial);
	for (int d = 0; d < 2; d++) {
		expand(initial, who[d], secret, 32);
		expand(secret, v2 ? "quicv2 key" : "quic key", keys[d].key, 16);
		expand(secret, v2 ? "quicv2 iv" : "quic iv", keys[d].iv, 12);
		expand(secret, v2 ? "quicv2 hp" : "quic hp", keys[d].hp, 16);
	}
	return true;
}

/** z = z * h in GF(2^128) as GCM has it (NIST SP 800-38D section 6.3), two words, big endian. */
static void gf_mul(uint64_t z[2], const uint64_t h[2])
{
	uint64_t r0 = 0, r1 = 0, v0 = h[0], v1 = h[1];

	for (int i = 0; i < 128; i++) {
		uint64_t bit = (i < 64 ? z[0] >> (63 - i) : z[1] >> (127 - i)) & 1;
		uint64_t low = v1 & 1;

		r0 ^= v0 & (0 - bit);
		r1 ^= v1 & (0 - bit);
		v1 = v1 >> 1 | v0 << 63;
		v0 = v0 >> 1 ^ (UINT64_C(0xe1) << 56 & (0 - low));
	}
	z[0] = r0;
	z[1] = r1;
}

static uint64_t be64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static void ghash(uint64_t z[2], const uint64_t h[2], const uint8_t *p, uint32_t n)
{
	while (n) {
		uint8_t block[16] = {0};
		uint32_t k = n < 16 ? n : 16;

		memcpy(block, p, k);
		z[0] ^= be64(block);
		z[1] ^= be64(block + 8);
		gf_mul(z, h);
		p += k;
		n -= k;
	}
}

/** AES-128-GCM. 0, or -1 when the tag (16 bytes after the ciphertext) is wrong. */
static int gcm_open(const uint8_t key[16], const uint8_t nonce[12], struct dp_span aad,
	const uint8_t *in, uint32_t n, uint8_t *out)
{
	uint8_t counter[16] = {0}, block[16], zero[16] = {0};
	uint64_t h[2], z[2] = {0, 0};
	unsigned bad = 0;
	AES_KEY k;

	AES_set_encrypt_key(key, 128, &k);
	AES_encrypt(zero, block, &k);
	h[0] = be64(block);
	h[1] = be64(block + 8);
	ghash(z, h, aad.p, aad.n);
	ghash(z, h, in, n);
	z[0] ^= (uint64_t)aad.n * 8;
	z[1] ^= (uint64_t)n * 8;
	gf_mul(z, h);
	memcpy(counter, nonce, 12);
	counter[15] = 1;
	AES_encrypt(counter, block, &k);
	for (int i = 0; i < 16; i++)
		bad |= in[n + i] ^ block[i] ^ (uint8_t)(z[i / 8] >> (56 - 8 * (i & 7)));
	if (bad)
		return -1;
	for (uint32_t at = 0, count = 2; at < n; at += 16, count++) {
		counter[14] = (uint8_t)(count >> 8);
		counter[15] = (uint8_t)count;
		AES_encrypt(counter, block, &k);
		for (uint32_t i = 0; i < 16 && at + i < n; i++)
			out[at + i] = in[at + i] ^ block[i];
	}
	return 0;
}

int quic_decrypt(const struct quic_keys *k, const struct quic_header *h, struct dp_span packet,
	uint8_t *out)
{
	uint8_t mask[16], head[256], nonce[12];
	const uint8_t *p = packet.p + h->payload;
	uint32_t pn_len, pn = 0, n;
	AES_KEY hp;

	/* the sample starts four bytes after the packet number does (section 5.4.2) */
	if (h->len < 4 + 16 || h->payload + 4 > sizeof(head))
		return -1;
	AES_set_encrypt_key(k->hp, 128, &hp);
	AES_encrypt(p + 4, mask, &hp);
	memcpy(head, packet.p, h->payload + 4);
	head[0] ^= mask[0] & 0x0f;
	pn_len = (head[0] & 3) + 1u;
	for (uint32_t i = 0; i < pn_len; i++) {
		head[h->payload + i] ^= mask[1 + i];
		pn = pn << 8 | head[h->payload + i];
	}
	if (h->len < pn_len + 16)
		return -1;
	memcpy(nonce, k->iv, 12);
	for (int i = 0; i < 4; i++)
		nonce[11 - i] ^= (uint8_t)(pn >> (8 * i));
	n = h->len - pn_len - 16;
	if (gcm_open(k->key, nonce, (struct dp_span){head, h->payload + pn_len}, p + pn_len, n, out))
		return -1;
	return (int)n;
}
