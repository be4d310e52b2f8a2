/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

bool tls_next(const struct dp_bytes *b, unsigned prefix, uint32_t *at, struct dp_span *out)
{
	uint32_t len = 0;

	if (b->n - *at <= prefix)
		return false;
	memcpy(&len, b->p + *at, prefix); // host order: written by this room, little endian
	if (len > b->n - *at - prefix)
		return false;
	*out = (struct dp_span){b->p + *at + prefix, len};
	*at += prefix + len;
	return true;
}

bool tls_item(const struct dp_bytes *b, unsigned prefix, uint32_t index, struct dp_span *out)
{
	uint32_t at = 0;

	do {
		if (!tls_next(b, prefix, &at, out))
			return false;
	} while (index--);
	return true;
}

static enum dp_buf_state bytes(const struct dp_bytes *b, struct dp_span *out)
{
	*out = (struct dp_span){b->p, b->n};
	return b->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static enum dp_buf_state text(const char *s, struct dp_span *out)
{
	*out = (struct dp_span){(const uint8_t *)s, (uint32_t)strlen(s)};
	return out->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static enum dp_buf_state random_part(const struct tls_side *s, unsigned from, unsigned n,
	struct dp_span *out)
{
	*out = (struct dp_span){s->random + from, n};
	return s->has_random ? DP_BUF_FULL : DP_BUF_ABSENT;
}

enum dp_buf_state tls_buffer(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct tls_tx *t = (struct tls_tx *)tx;
	struct tls_side *s = &t->side[dir];

	switch (b) {
	case SIG_BUF_TLS_CERTS:
		return tls_item(&s->cert.chain, 4, instance, out) ? DP_BUF_FULL : DP_BUF_ABSENT;
	case SIG_BUF_TLS_SUBJECTALTNAME:
		return tls_item(&s->cert.names, 2, instance, out) ? DP_BUF_FULL : DP_BUF_ABSENT;
	case SIG_BUF_TLS_ALPN:
		return tls_item(&s->alpn, 1, instance, out) ? DP_BUF_FULL : DP_BUF_ABSENT;
	default:
		break;
	}
	if (instance)
		return DP_BUF_ABSENT;
	switch (b) {
	case SIG_BUF_TLS_SNI:
		return bytes(&t->sni, out);
	case SIG_BUF_TLS_CERT_SUBJECT:
		return bytes(&s->cert.subject, out);
	case SIG_BUF_TLS_CERT_ISSUER:
		return bytes(&s->cert.issuer, out);
	case SIG_BUF_TLS_CERT_SERIAL:
		return bytes(&s->cert.serial, out);
	case SIG_BUF_TLS_CERT_FINGERPRINT:
		return text(s->cert.fingerprint, out);
	case SIG_BUF_TLS_RANDOM:
		return random_part(s, 0, 32, out);
	case SIG_BUF_TLS_RANDOM_TIME:
		return random_part(s, 0, 4, out);
	case SIG_BUF_TLS_RANDOM_BYTES:
		return random_part(s, 4, 28, out);
	case SIG_BUF_JA3_STRING:
	case SIG_BUF_JA3S_STRING:
		return bytes(&s->ja3, out);
	case SIG_BUF_JA3_HASH:
	case SIG_BUF_JA3S_HASH:
		return text(s->ja3_hash, out);
	case SIG_BUF_JA4_HASH:
		return text(t->ja4, out);
	default:
		return DP_BUF_ABSENT;
	}
}

bool tls_number(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out)
{
	struct tls_tx *t = (struct tls_tx *)tx;
	const struct tls_cert *k = &t->side[dir].cert;

	if (n == SIG_NUM_TLS_VERSION && instance == 1) { // a draft of 1.3 is 1.3, too
		*out = 0x0304;
		return t->side[dir].version >> 8 == 0x7f;
	}
	if (instance)
		return false;
	switch (n) {
	case SIG_NUM_TLS_CERT_CHAIN_LEN:
		*out = k->chain_n;
		return k->chain_n > 0;
	case SIG_NUM_TLS_VERSION:
		*out = t->side[dir].version;
		return *out != 0;
	case SIG_NUM_TLS_CERT_NOTBEFORE:
		*out = (uint64_t)k->not_before;
		return k->seen;
	case SIG_NUM_TLS_CERT_NOTAFTER:
		*out = (uint64_t)k->not_after;
		return k->seen;
	default:
		return false;
	}
}
