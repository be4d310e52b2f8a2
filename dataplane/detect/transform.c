/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms of a buffer, into the worker's arena. Each reads `in` and never writes to it. */
#include "inner.h"
#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/** One digest context per algorithm, so that hashing a buffer asks for no memory. */
struct hashers {
	const EVP_MD *md[3];
	EVP_MD_CTX *ctx[3];
};

void dp_hashers_destroy(struct hashers *h)
{
	for (unsigned i = 0; h && i < 3; i++)
		EVP_MD_CTX_free(h->ctx[i]);
	free(h);
}

struct hashers *dp_hashers_create(void)
{
	struct hashers *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->md[0] = EVP_md5();
	h->md[1] = EVP_sha1();
	h->md[2] = EVP_sha256();
	for (unsigned i = 0; i < 3; i++) {
		h->ctx[i] = EVP_MD_CTX_new();
		if (!h->ctx[i]) {
			dp_hashers_destroy(h);
			return NULL;
		}
	}
	return h;
}

static bool hash(struct dp_detect *d, unsigned which, struct dp_span in, struct dp_span *out)
{
	struct hashers *h = d->hashers;
	uint8_t *p = dp_arena(d, 32);
	unsigned n = 0;

	if (!p || !EVP_DigestInit_ex(h->ctx[which], h->md[which], NULL) ||
		!EVP_DigestUpdate(h->ctx[which], in.p, in.n) ||
		!EVP_DigestFinal_ex(h->ctx[which], p, &n))
		return false;
	*out = (struct dp_span){p, n};
	return true;
}

static uint32_t strip(struct dp_span in, uint8_t *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < in.n; i++)
		if (!isspace(in.p[i]))
			p[n++] = in.p[i];
	return n;
}

static uint32_t fold_blanks(struct dp_span in, uint8_t *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < in.n; i++)
		if (!isspace(in.p[i]) || i == 0 || !isspace(in.p[i - 1]))
			p[n++] = in.p[i];
	return n;
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t url_decode(struct dp_span in, uint8_t *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < in.n; i++) {
		if (in.p[i] == '%' && i + 2 < in.n && hex(in.p[i + 1]) >= 0 && hex(in.p[i + 2]) >= 0) {
			p[n++] = (uint8_t)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2]));
			i += 2;
		} else {
			p[n++] = in.p[i] == '+' ? ' ' : in.p[i];
		}
	}
	return n;
}

// "Name: value" lines: only the name is lowered.
static void lower_names(struct dp_span in, uint8_t *p)
{
	bool name = true;

	for (uint32_t i = 0; i < in.n; i++) {
		if (in.p[i] == ':')
			name = false;
		else if (in.p[i] == '\n')
			name = true;
		p[i] = name ? (uint8_t)tolower(in.p[i]) : in.p[i];
	}
}

// Lines that begin with ':' are HTTP/2's pseudo headers.
static uint32_t strip_pseudo(struct dp_span in, uint8_t *p)
{
	uint32_t n = 0, i = 0;

	while (i < in.n) {
		const uint8_t *nl = memchr(in.p + i, '\n', in.n - i);
		const uint32_t end = nl ? (uint32_t)(nl - in.p) + 1 : in.n;

		if (in.p[i] != ':') {
			memcpy(p + n, in.p + i, end - i);
			n += end - i;
		}
		i = end;
	}
	return n;
}

/* Second-level labels under which anybody may register, for the commonest country domains: the
 * registered domain is then three labels long. A full public suffix list is not shipped. */
static bool public_second(const uint8_t *p, uint32_t n)
{
	static const char *const labels[] = {"co", "com", "org", "net", "gov", "edu", "ac", "or", "ne",
		"go", "gob", "mil", "nom", "ltd", "plc", "sch", "govt"};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strlen(labels[i]) == n && memcmp(labels[i], p, n) == 0)
			return true;
	return false;
}

static bool domain(struct dp_span in, bool tld, struct dp_span *out)
{
	uint32_t dot[3], n = 0, labels;

	for (uint32_t i = in.n; i-- > 0 && n < 3;)
		if (in.p[i] == '.')
			dot[n++] = i;
	if (in.n == 0)
		return false;
	// A public suffix of two labels: "co.uk" and the like, under a two-letter country.
	labels = n >= 1 && in.n - dot[0] - 1 == 2 &&
			public_second(in.p + (n >= 2 ? dot[1] + 1 : 0), dot[0] - (n >= 2 ? dot[1] + 1 : 0)) ?
		2 : 1;
	if (!tld)
		labels++;
	if (n < labels) {
		if (tld || n + 1 < labels)
			return false;
		*out = in;
		return true;
	}
	*out = (struct dp_span){in.p + dot[labels - 1] + 1, in.n - dot[labels - 1] - 1};
	return true;
}

static bool inflate_it(struct dp_detect *d, const struct sig_img_xf *x, struct dp_span in, int bits,
	struct dp_span *out)
{
	const uint32_t cap = x->bytes > 0 && x->bytes < 1 << 20 ? (uint32_t)x->bytes : 1 << 16;
	uint8_t *p = dp_arena(d, cap);
	z_stream z = {0};
	int rc;

	// Rare and explicit in a rule; zlib takes its state from the heap.
	if (!p || inflateInit2(&z, bits) != Z_OK)
		return false;
	z.next_in = (Bytef *)(uintptr_t)in.p;
	z.avail_in = in.n;
	z.next_out = p;
	z.avail_out = cap;
	rc = inflate(&z, Z_FINISH);
	*out = (struct dp_span){p, cap - z.avail_out};
	inflateEnd(&z);
	return out->n > 0 && (rc == Z_STREAM_END || rc == Z_BUF_ERROR || rc == Z_OK);
}

static bool subslice(const struct sig_img_xf *x, struct dp_span in, struct dp_span *out)
{
	int64_t from = x->offset < 0 ? (int64_t)in.n + x->offset : x->offset;
	int64_t to = in.n;

	if (x->bytes_set)
		to = x->bytes < 0 ? (int64_t)in.n + x->bytes : from + x->bytes;
	if (x->truncate) {
		if (from < 0)
			from = 0;
		if (to > in.n)
			to = in.n;
	}
	if (from < 0 || to > in.n || from >= to)
		return false;
	*out = (struct dp_span){in.p + from, (uint32_t)(to - from)};
	return true;
}

static bool pcre_cut(struct eval *e, const struct sig_img_xf *x, struct dp_span in,
	struct dp_span *out)
{
	pcre2_code *code = e->rs->re[x->regex];
	const PCRE2_SIZE *ov;
	int rc;

	if (!code)
		return false;
	*out = in; // as the peer: where the expression finds nothing the buffer stays as it is
	rc = pcre2_match(code, in.p, in.n, 0, 0, e->d->md, e->d->mc);
	if (rc < 2)
		return true;
	ov = pcre2_get_ovector_pointer(e->d->md);
	if (ov[2] == PCRE2_UNSET || ov[3] < ov[2])
		return true;
	*out = (struct dp_span){in.p + ov[2], (uint32_t)(ov[3] - ov[2])};
	return true;
}

static bool base64(struct dp_detect *d, const struct sig_img_xf *x, struct dp_span in,
	struct dp_span *out)
{
	uint32_t n = in.n, from = x->offset > 0 ? (uint32_t)x->offset : 0;
	uint8_t *p;

	if (from >= n)
		return false;
	n -= from;
	if (x->bytes_set && x->bytes > 0 && (uint32_t)x->bytes < n)
		n = (uint32_t)x->bytes;
	p = dp_arena(d, n);
	if (!p)
		return false;
	*out = (struct dp_span){p, dp_base64(in.p + from, n, p, n, x->mode)};
	if (out->n == 0)
		*out = in; // as the peer: what does not decode stays as it is
	return true;
}

static uint32_t bytewise(const struct sig_img_xf *x, const char *pool, struct dp_span in,
	uint8_t *p)
{
	const uint8_t *key = (const uint8_t *)pool + x->data;

	switch (x->kind) {
	case SIG_XF_TO_LOWERCASE:
		for (uint32_t i = 0; i < in.n; i++)
			p[i] = (uint8_t)tolower(in.p[i]);
		return in.n;
	case SIG_XF_TO_UPPERCASE:
		for (uint32_t i = 0; i < in.n; i++)
			p[i] = (uint8_t)toupper(in.p[i]);
		return in.n;
	case SIG_XF_XOR:
		for (uint32_t i = 0; i < in.n; i++)
			p[i] = in.p[i] ^ key[i % x->len];
		return in.n;
	case SIG_XF_STRIP_WHITESPACE:
		return strip(in, p);
	case SIG_XF_COMPRESS_WHITESPACE:
		return fold_blanks(in, p);
	case SIG_XF_URL_DECODE:
		return url_decode(in, p);
	case SIG_XF_STRIP_PSEUDO_HEADERS:
		return strip_pseudo(in, p);
	case SIG_XF_HEADER_LOWERCASE:
		lower_names(in, p);
		return in.n;
	default: // dotprefix
		p[0] = '.';
		memcpy(p + 1, in.p, in.n);
		return in.n + 1;
	}
}

bool dp_transform(struct eval *e, const struct sig_img_xf *x, struct dp_span in,
	struct dp_span *out)
{
	uint8_t *p;

	switch (x->kind) {
	case SIG_XF_TO_MD5:
		return hash(e->d, 0, in, out);
	case SIG_XF_TO_SHA1:
		return hash(e->d, 1, in, out);
	case SIG_XF_TO_SHA256:
		return hash(e->d, 2, in, out);
	case SIG_XF_DOMAIN:
		return domain(in, false, out);
	case SIG_XF_TLD:
		return domain(in, true, out);
	case SIG_XF_FROM_BASE64:
		return base64(e->d, x, in, out);
	case SIG_XF_PCREXFORM:
		return pcre_cut(e, x, in, out);
	case SIG_XF_GUNZIP:
		return inflate_it(e->d, x, in, 15 + 16, out);
	case SIG_XF_ZLIB_DEFLATE:
		return inflate_it(e->d, x, in, 15, out);
	case SIG_XF_SUBSLICE:
		return subslice(x, in, out);
	default:
		p = dp_arena(e->d, in.n + 1);
		if (!p)
			return false;
		*out = (struct dp_span){p, bytewise(x, e->img->pool, in, p)};
		return true;
	}
}
