/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.3 hellos as they stand in CRYPTO frames, with their fingerprints. */
#include "../tls/tls.h"
#include "quic.h"
#include <dp/hash.h>
#include <stdio.h>

#define TEXT_MAX 8192u

static void put16(struct dp_app_ctx *x, struct dp_bytes *b, uint32_t v)
{
	uint8_t raw[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	dp_bytes_add(x->c, b, raw, 2, TEXT_MAX);
}

static void text(struct dp_app_ctx *x, struct dp_bytes *b, const char *s)
{
	dp_bytes_add(x->c, b, s, (uint32_t)strlen(s), TEXT_MAX);
}

static void number(struct dp_app_ctx *x, struct dp_bytes *b, bool first, unsigned v)
{
	char s[12];

	snprintf(s, sizeof(s), first ? "%u" : "-%u", v);
	text(x, b, s);
}

static void value(struct dp_app_ctx *x, struct quic_tx *tx, const void *p, uint32_t n)
{
	put16(x, &tx->exts, n);
	dp_bytes_add(x->c, &tx->exts, p, n, TEXT_MAX);
}

static void version_value(struct dp_app_ctx *x, struct quic_tx *tx, uint16_t v)
{
	char s[40];

	if (v >= 0x0301 && v <= 0x0304)
		snprintf(s, sizeof(s), "Tls1%u", v - 0x0301u);
	else
		snprintf(s, sizeof(s), "TlsVersion(%u / 0x%x)", v, v);
	value(x, tx, s, (uint32_t)strlen(s));
}

static unsigned names(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_cur c)
{
	struct dp_cur list = dp_cur_sub(&c, dp_cur_be16(&c));
	unsigned count = 0;

	while (dp_cur_left(&list)) {
		uint8_t type = dp_cur_u8(&list);
		struct dp_cur one = dp_cur_sub(&list, dp_cur_be16(&list));

		if (one.bad)
			break;
		value(x, tx, one.p, one.n);
		if (count++ == 0 && type == 0)
			dp_bytes_set(x->c, &tx->sni, one.p, one.n, TEXT_MAX);
	}
	return count;
}

static unsigned protocols(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_cur c,
	struct tls_ja4 *j)
{
	struct dp_cur list = dp_cur_sub(&c, dp_cur_be16(&c));
	unsigned count = 0;

	while (dp_cur_left(&list)) {
		struct dp_cur one = dp_cur_sub(&list, dp_cur_u8(&list));

		if (one.bad)
			break;
		value(x, tx, one.p, one.n);
		if (count++ == 0 && one.n) {
			j->alpn[0] = one.p[0];
			j->alpn[1] = one.p[one.n - 1];
		}
	}
	return count;
}

static unsigned versions(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_cur c,
	struct tls_ja4 *j, bool client)
{
	struct dp_cur list = client ? dp_cur_sub(&c, dp_cur_u8(&c)) : c;
	unsigned count = 0;

	while (dp_cur_left(&list) >= 2) {
		uint16_t v = dp_cur_be16(&list);

		version_value(x, tx, v);
		if (tls_version_known(v) && v > j->version)
			j->version = v;
		count++;
	}
	return count;
}

static unsigned signatures(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_cur c,
	struct tls_ja4 *j)
{
	struct dp_cur list = dp_cur_sub(&c, dp_cur_be16(&c));
	unsigned count = 0;
	char s[8];

	while (dp_cur_left(&list) >= 2) {
		uint16_t v = dp_cur_be16(&list);

		snprintf(s, sizeof(s), "%u", v);
		value(x, tx, s, (uint32_t)strlen(s));
		if (!tls_grease(v)) {
			if (j->n_sig < 128)
				j->sig[j->n_sig] = v;
			j->n_sig++;
		}
		count++;
	}
	return count;
}

struct lists {
	struct dp_cur groups, points;
	struct dp_bytes types; /**< extension types as JA3 has them */
};

static void extensions(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_cur c,
	struct tls_ja4 *j, struct lists *l, bool client)
{
	struct dp_cur all = dp_cur_sub(&c, dp_cur_be16(&c));
	unsigned n = 0;

	while (dp_cur_left(&all) >= 4) {
		uint16_t type = dp_cur_be16(&all);
		struct dp_cur e = dp_cur_sub(&all, dp_cur_be16(&all));
		uint32_t at = tx->exts.n + 2;
		unsigned count = 0;

		if (e.bad)
			return;
		if (tls_grease(type))
			continue;
		number(x, &l->types, n++ == 0, type);
		if (j->n_ext < 128)
			j->ext[j->n_ext] = type;
		j->n_ext++;
		put16(x, &tx->exts, type);
		put16(x, &tx->exts, 0);
		if (type == 0 && client) {
			j->sni = true;
			count = names(x, tx, e);
		} else if (type == 16) {
			count = protocols(x, tx, e, j);
		} else if (type == 43) {
			count = versions(x, tx, e, j, client);
		} else if (type == 13) {
			count = signatures(x, tx, e, j);
		} else if (type == 10) {
			l->groups = dp_cur_sub(&e, dp_cur_be16(&e));
		} else if (type == 11) {
			l->points = dp_cur_sub(&e, dp_cur_u8(&e));
		}
		if (tx->exts.n >= at + 2) {
			tx->exts.p[at] = (uint8_t)(count >> 8);
			tx->exts.p[at + 1] = (uint8_t)count;
		}
	}
}

/** Numbers of a list without GREASE, joined by dashes. */
static void join(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_cur c, unsigned width,
	struct tls_ja4 *count)
{
	bool first = true;

	while (dp_cur_left(&c) >= width) {
		uint16_t v = width == 2 ? dp_cur_be16(&c) : dp_cur_u8(&c);

		if (width == 2 && tls_grease(v))
			continue;
		number(x, b, first, v);
		first = false;
		if (count) {
			if (count->n_cipher < 128)
				count->cipher[count->n_cipher] = v;
			count->n_cipher++;
		}
	}
}

static void client(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_cur c)
{
	struct tls_ja4 j = {.version = dp_cur_be16(&c)};
	struct lists l = {0};
	struct dp_cur ciphers;

	dp_cur_skip(&c, 32);
	number(x, &tx->ja3, true, j.version);
	dp_cur_skip(&c, dp_cur_u8(&c));
	ciphers = dp_cur_sub(&c, dp_cur_be16(&c));
	dp_cur_skip(&c, dp_cur_u8(&c));
	text(x, &tx->ja3, ",");
	join(x, &tx->ja3, ciphers, 2, &j);
	text(x, &tx->ja3, ",");
	if (dp_cur_left(&c) >= 2)
		extensions(x, tx, c, &j, &l, true);
	dp_bytes_add(x->c, &tx->ja3, l.types.p, l.types.n, TEXT_MAX);
	text(x, &tx->ja3, ",");
	join(x, &tx->ja3, l.groups, 2, NULL);
	text(x, &tx->ja3, ",");
	join(x, &tx->ja3, l.points, 1, NULL);
	tls_ja4_text(&j, 'q', tx->ja4);
	dp_bytes_free(x->c, &l.types);
}

static void server(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_cur c)
{
	struct tls_ja4 j = {.version = 0};
	struct lists l = {0};

	number(x, &tx->ja3, true, dp_cur_be16(&c));
	dp_cur_skip(&c, 32);
	dp_cur_skip(&c, dp_cur_u8(&c));
	text(x, &tx->ja3, ",");
	number(x, &tx->ja3, true, dp_cur_be16(&c));
	text(x, &tx->ja3, ",");
	dp_cur_skip(&c, 1);
	if (dp_cur_left(&c) >= 2)
		extensions(x, tx, c, &j, &l, false);
	dp_bytes_add(x->c, &tx->ja3, l.types.p, l.types.n, TEXT_MAX);
	dp_bytes_free(x->c, &l.types);
}

bool quic_hello(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_span msg)
{
	struct dp_cur c = dp_cur_of(msg.p, msg.n);
	uint8_t type = dp_cur_u8(&c), md[16];

	dp_cur_skip(&c, 3);
	if (c.bad || type != (tx->dir == SIG_DIR_TO_SERVER ? 1 : 2))
		return false;
	if (type == 1)
		client(x, tx, c);
	else
		server(x, tx, c);
	dp_hash_md5(tx->ja3.p, tx->ja3.n, md);
	dp_hash_hex(md, 16, tx->ja3_hash);
	return true;
}
