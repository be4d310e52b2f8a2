/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of Initial packets: RFC 9000 section 19, and Google's STREAM with its tagged hello. */
#include "quic.h"
#include <dp/hash.h>

#define RANGES_MAX 512u /* of one ACK */
#define TAGS_MAX 128u
#define VALUE_MAX 4096u

static void ack(struct dp_cur *c, bool ecn)
{
	uint64_t n;

	quic_varint(c); /* largest */
	quic_varint(c); /* delay */
	n = quic_varint(c);
	quic_varint(c); /* first range */
	if (n > RANGES_MAX)
		c->bad = true;
	while (n-- && !c->bad) {
		quic_varint(c);
		quic_varint(c);
	}
	for (int i = 0; ecn && i < 3; i++)
		quic_varint(c);
}

/** Mark [from, to) as present; ranges stay sorted and apart. False: too many pieces. */
static bool mark(struct quic_crypto *k, uint16_t from, uint16_t to)
{
	unsigned i = 0, j;

	while (i < k->n && k->to[i] < from)
		i++;
	for (j = i; j < k->n && k->from[j] <= to; j++) {
		if (k->from[j] < from)
			from = k->from[j];
		if (k->to[j] > to)
			to = k->to[j];
	}
	if (j == i) {
		if (k->n == QUIC_RANGES)
			return false;
		memmove(&k->from[i + 1], &k->from[i], (k->n - i) * sizeof(k->from[0]));
		memmove(&k->to[i + 1], &k->to[i], (k->n - i) * sizeof(k->to[0]));
		k->n++;
	} else if (j > i + 1) {
		memmove(&k->from[i + 1], &k->from[j], (k->n - j) * sizeof(k->from[0]));
		memmove(&k->to[i + 1], &k->to[j], (k->n - j) * sizeof(k->to[0]));
		k->n -= j - i - 1;
	}
	k->from[i] = from;
	k->to[i] = to;
	return true;
}

/** A whole handshake message in one frame has to be a hello of that side. */
static bool other_message(const struct quic_tx *tx, uint64_t off, struct dp_span d)
{
	return off == 0 && d.n >= 4 && d.p[0] != (tx->dir == SIG_DIR_TO_SERVER ? 1 : 2) &&
	       d.n - 4 >= ((uint32_t)d.p[1] << 16 | (uint32_t)d.p[2] << 8 | d.p[3]);
}

static void crypto(struct dp_app_ctx *x, struct quic_state *s, struct quic_tx *tx, uint64_t off,
	struct dp_span d)
{
	static const uint8_t zero[256];
	struct quic_crypto *k = &s->crypto[tx->dir];
	uint32_t end = (uint32_t)off + d.n, len;

	if (off > QUIC_CRYPTO_MAX || d.n > QUIC_CRYPTO_MAX - off) {
		dp_tx_event(x, &tx->tx, tx->dir, SIG_EV_QUIC_CRYPTO_LONG);
		return;
	}
	while (k->data.n < end) {
		uint32_t n = end - k->data.n;

		if (!dp_bytes_add(x->c, &k->data, zero, n < 256 ? n : 256, QUIC_CRYPTO_MAX))
			return;
	}
	if (d.n == 0 || !mark(k, (uint16_t)off, (uint16_t)end))
		return;
	memcpy(k->data.p + off, d.p, d.n);
	if (s->hello[tx->dir] || k->from[0] != 0 || k->to[0] < 4)
		return;
	len = 4 + ((uint32_t)k->data.p[1] << 16 | (uint32_t)k->data.p[2] << 8 | k->data.p[3]);
	if (len <= k->to[0])
		s->hello[tx->dir] = quic_hello(x, tx, (struct dp_span){k->data.p, len});
}

static void cyu(struct dp_app_ctx *x, struct quic_tx *tx, uint32_t version,
	const uint8_t tag[][4], unsigned n)
{
	struct quic_cyu *c;
	uint8_t md[16], number[3] = {(uint8_t)(version >> 8), (uint8_t)version, ','};

	if (tx->n_cyu == QUIC_CYU_MAX)
		return;
	c = &tx->cyu[tx->n_cyu++];
	dp_bytes_add(x->c, &c->text, number, 3, VALUE_MAX);
	for (unsigned i = 0; i < n; i++) {
		uint32_t len = 4;

		while (len && tag[i][len - 1] == 0)
			len--;
		if (i)
			dp_bytes_add(x->c, &c->text, "-", 1, VALUE_MAX);
		dp_bytes_add(x->c, &c->text, tag[i], len, VALUE_MAX);
	}
	dp_hash_md5(c->text.p, c->text.n, md);
	dp_hash_hex(md, 16, c->hash);
}

/** Client hello: tag, count, then (tag, end offset) pairs and the values one after the other. */
static void tags(struct dp_app_ctx *x, struct quic_tx *tx, uint32_t version, struct dp_span d)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);
	uint8_t tag[TAGS_MAX][4];
	uint32_t end[TAGS_MAX], from = 0;
	const uint8_t *p = dp_cur_bytes(&c, 4);
	unsigned n;

	if (!p || memcmp(p, "CHLO", 4))
		return;
	n = dp_cur_le16(&c);
	dp_cur_skip(&c, 2);
	if (n > TAGS_MAX)
		return;
	for (unsigned i = 0; i < n; i++) {
		p = dp_cur_bytes(&c, 4);
		end[i] = dp_cur_le32(&c);
		if (!p)
			return;
		memcpy(tag[i], p, 4);
	}
	for (unsigned i = 0; i < n; i++) {
		if (end[i] < from)
			return;
		p = dp_cur_bytes(&c, end[i] - from);
		if (!p)
			return;
		if (!memcmp(tag[i], "SNI\0", 4))
			dp_bytes_set(x->c, &tx->sni, p, end[i] - from, VALUE_MAX);
		else if (!memcmp(tag[i], "UAID", 4))
			dp_bytes_set(x->c, &tx->ua, p, end[i] - from, VALUE_MAX);
		from = end[i];
	}
	if (quic_is_google(version))
		cyu(x, tx, version, (const uint8_t(*)[4])tag, n);
}

/** 1FDOOOSS: finished, length present, bytes of offset, bytes of stream id. */
static void stream(struct dp_app_ctx *x, struct quic_tx *tx, uint32_t version, uint8_t type,
	struct dp_cur *c)
{
	uint32_t off = (type & 0x1c) >> 2, n;
	const uint8_t *p;

	dp_cur_skip(c, (type & 3u) + 1);
	dp_cur_skip(c, off ? off + 1 : 0);
	n = type & 0x20 ? dp_cur_be16(c) : dp_cur_left(c);
	p = dp_cur_bytes(c, n);
	if (p)
		tags(x, tx, version, (struct dp_span){p, n});
}

/** Google's hello in a frame of its own kind: offset, length, tags. */
static void crypto_stream(struct dp_app_ctx *x, struct quic_tx *tx, uint32_t version,
	struct dp_cur *c)
{
	uint64_t n;
	const uint8_t *p;

	quic_varint(c);
	n = quic_varint(c);
	p = n <= UINT32_MAX ? dp_cur_bytes(c, (uint32_t)n) : NULL;
	c->bad |= !p;
	if (p)
		tags(x, tx, version, (struct dp_span){p, (uint32_t)n});
}

int quic_frames(struct dp_app_ctx *x, struct quic_state *s, struct quic_tx *tx,
	uint32_t version, struct dp_span d)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);

	while (dp_cur_left(&c)) {
		uint8_t type = dp_cur_u8(&c);
		uint64_t off, n;
		const uint8_t *p;

		if (type & 0x80) {
			stream(x, tx, version, type, &c);
		} else if (type == 2 || type == 3) {
			ack(&c, type == 3);
		} else if (type == 6) {
			off = quic_varint(&c);
			n = quic_varint(&c);
			p = n <= UINT32_MAX ? dp_cur_bytes(&c, (uint32_t)n) : NULL;
			if (!p || other_message(tx, off, (struct dp_span){p, (uint32_t)n}))
				return -1;
			crypto(x, s, tx, off, (struct dp_span){p, (uint32_t)n});
		} else if (type == 8) {
			crypto_stream(x, tx, version, &c);
		} else if (type > 1) {
			return 0; /* nothing that is known here may follow */
		}
		if (c.bad)
			return -1;
	}
	return 0;
}
