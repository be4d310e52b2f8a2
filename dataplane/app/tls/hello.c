/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"
#include <dp/hash.h>
#include <stdio.h>

enum {
	EXT_SNI = 0, EXT_GROUPS = 10, EXT_POINTS = 11, EXT_SIGS = 13, EXT_ALPN = 16,
	EXT_TICKET = 35, EXT_VERSIONS = 43,
};

#define JA3_MAX 8192u

/** RFC 8701: values that only keep others honest. */
bool tls_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && (v >> 8) == (v & 0xff);
}

static void num(struct dp_app_ctx *x, struct dp_bytes *b, uint32_t v, char sep)
{
	char text[12];
	int n = snprintf(text, sizeof(text), "%u", v);

	if (b->n && b->p[b->n - 1] != ',')
		dp_bytes_add(x->c, b, &sep, 1, JA3_MAX);
	dp_bytes_add(x->c, b, text, (uint32_t)n, JA3_MAX);
}

static void comma(struct dp_app_ctx *x, struct dp_bytes *b)
{
	dp_bytes_add(x->c, b, ",", 1, JA3_MAX);
}

/** A list of 16-bit numbers joined by hyphens, GREASE left out. */
static void list16(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_cur c)
{
	while (dp_cur_left(&c) >= 2) {
		uint16_t v = dp_cur_be16(&c);

		if (!tls_grease(v))
			num(x, b, v, '-');
	}
}

static void ja3_hash(struct tls_side *s)
{
	uint8_t md[16];

	if (!s->ja3.n)
		return;
	dp_hash_md5(s->ja3.p, s->ja3.n, md);
	dp_hash_hex(md, 16, s->ja3_hash);
}

/** A length in a hello that leads out of what holds it. */
static void bad_length(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d)
{
	dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HANDSHAKE_LENGTH);
}

/** RFC 6066 section 3; a name is at most as long as names are (RFC 1035), though what claims to be
 *  one is kept a little longer, for signatures. */
static void sni(struct dp_app_ctx *x, struct tls_tx *t, struct dp_cur c)
{
	uint16_t len;
	uint8_t type;

	if (dp_cur_left(&c) == 0)
		return;
	dp_cur_skip(&c, 2);
	type = dp_cur_u8(&c);
	if (!c.bad && type != 0) {
		dp_tx_event(x, &t->tx, 0, SIG_EV_TLS_SNI_TYPE);
		return;
	}
	len = dp_cur_be16(&c);
	if (c.bad) {
		bad_length(x, t, SIG_DIR_TO_SERVER);
		return;
	}
	if (len == 0 || len > 255 || len > dp_cur_left(&c))
		dp_tx_event(x, &t->tx, 0, SIG_EV_TLS_SNI_LENGTH);
	else if (t->sni.n)
		dp_tx_event(x, &t->tx, 0, SIG_EV_TLS_SNI_MANY);
	if (len <= dp_cur_left(&c) && !t->sni.n)
		dp_bytes_set(x->c, &t->sni, dp_cur_bytes(&c, len), len, 1024);
}

/** Whether the list in an extension is as long as its prefix of `width` bytes says. */
static bool list_fits(struct dp_cur c, unsigned width, bool even)
{
	uint32_t n;

	if (dp_cur_left(&c) == 0)
		return true;
	n = width == 1 ? dp_cur_u8(&c) : dp_cur_be16(&c);
	return !c.bad && n <= dp_cur_left(&c) && !(even && n & 1);
}

static bool ext_fits(uint16_t type, struct dp_cur c, bool server)
{
	switch (type) {
	case EXT_GROUPS:
	case EXT_ALPN:
		return list_fits(c, 2, false);
	case EXT_SIGS:
		return list_fits(c, 2, true);
	case EXT_POINTS:
		return list_fits(c, 1, false);
	case EXT_VERSIONS:
		return server ? dp_cur_left(&c) != 1 : list_fits(c, 1, false);
	default:
		return true;
	}
}

/** The next extension. False: there is none, or its length is wrong, which is told. */
static bool next_ext(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, struct dp_cur *list,
	uint16_t *type, struct dp_cur *e)
{
	uint16_t len;

	if (dp_cur_left(list) == 0)
		return false;
	*type = dp_cur_be16(list);
	len = dp_cur_be16(list);
	*e = dp_cur_sub(list, len);
	if (list->bad) {
		bad_length(x, t, d);
		return false;
	}
	if (!ext_fits(*type, *e, d == SIG_DIR_TO_CLIENT))
		bad_length(x, t, d);
	return true;
}

/** The list of extensions behind a hello: what is there of it. */
static struct dp_cur ext_list(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d,
	struct dp_cur *c)
{
	uint16_t n;

	if (dp_cur_left(c) < 2)
		return dp_cur_sub(c, 0); // they may be absent
	n = dp_cur_be16(c);
	if (n <= dp_cur_left(c))
		return dp_cur_sub(c, n);
	bad_length(x, t, d);
	return dp_cur_sub(c, dp_cur_left(c));
}

static void alpn(struct dp_app_ctx *x, struct tls_side *s, struct dp_cur c, struct tls_ja4 *j)
{
	bool first = s->alpn.n == 0;

	dp_cur_skip(&c, 2);
	while (dp_cur_left(&c)) {
		uint8_t len = dp_cur_u8(&c);
		const uint8_t *p = dp_cur_bytes(&c, len);

		if (!p || !len)
			return;
		if (first && j) {
			j->alpn[0] = p[0];
			j->alpn[1] = p[len - 1];
		}
		first = false;
		dp_bytes_add(x->c, &s->alpn, &len, 1, 4096);
		dp_bytes_add(x->c, &s->alpn, p, len, 4096);
	}
}

static void collect(uint16_t *list, unsigned *n, uint16_t v)
{
	if (*n < 128)
		list[*n] = v;
	++*n;
}

static void collect_list(uint16_t *list, unsigned *n, struct dp_cur c)
{
	while (dp_cur_left(&c) >= 2) {
		uint16_t v = dp_cur_be16(&c);

		if (!tls_grease(v))
			collect(list, n, v);
	}
}

bool tls_version_known(uint16_t v)
{
	return v == 2 || (v >= 0x0300 && v <= 0x0304) || (v >= 0x7f10 && v <= 0x7f1c);
}

/** The highest of those that are a version: experiments are noise to JA4, late drafts are not. */
static uint16_t best_version(struct dp_cur c)
{
	uint16_t best = 0;
	uint8_t len = dp_cur_u8(&c);

	(void)len;
	while (dp_cur_left(&c) >= 2) {
		uint16_t v = dp_cur_be16(&c);

		if (tls_version_known(v) && v > best)
			best = v;
	}
	return best;
}

/** What the client likes best: the first that is a version, as noise may stand before it. */
static uint16_t first_version(struct dp_cur c)
{
	(void)dp_cur_u8(&c);
	while (dp_cur_left(&c) >= 2) {
		uint16_t v = dp_cur_be16(&c);

		if (v == 2 || (v >> 8 == 3 && (v & 0xff) <= 4) || v >> 8 == 0x7f)
			return v;
	}
	return 0;
}

struct parts {
	struct dp_cur groups, points;
	struct dp_bytes exts;
};

static void client_ext(struct dp_app_ctx *x, struct tls_tx *t, uint16_t type, struct dp_cur c,
	struct parts *k, struct tls_ja4 *j)
{
	uint16_t v;

	switch (type) {
	case EXT_SNI:
		j->sni = true;
		sni(x, t, c);
		break;
	case EXT_GROUPS:
		v = dp_cur_be16(&c);
		k->groups = dp_cur_sub(&c, v < dp_cur_left(&c) ? v : dp_cur_left(&c));
		break;
	case EXT_POINTS:
		v = dp_cur_u8(&c);
		k->points = dp_cur_sub(&c, v < dp_cur_left(&c) ? v : dp_cur_left(&c));
		break;
	case EXT_SIGS:
		dp_cur_skip(&c, 2);
		collect_list(j->sig, &j->n_sig, c);
		break;
	case EXT_ALPN:
		alpn(x, &t->side[0], c, j);
		break;
	case EXT_TICKET:
		t->may_resume = true;
		t->ticket = dp_cur_left(&c) > 0;
		break;
	case EXT_VERSIONS:
		v = best_version(c);
		if (v)
			j->version = v;
		v = first_version(c);
		if (v)
			t->side[0].version = v;
		break;
	default:
		break;
	}
}

static void client_exts(struct dp_app_ctx *x, struct tls_tx *t, struct dp_cur c, struct parts *k,
	struct tls_ja4 *j)
{
	struct dp_cur e;
	uint16_t type;

	while (next_ext(x, t, SIG_DIR_TO_SERVER, &c, &type, &e)) {
		if (!tls_grease(type)) {
			num(x, &k->exts, type, '-');
			collect(j->ext, &j->n_ext, type);
		}
		client_ext(x, t, type, e, k, j);
	}
}

static void points(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_cur c)
{
	while (dp_cur_left(&c))
		num(x, b, dp_cur_u8(&c), '-');
}

/** RFC 5246 section 7.4.1.2. */
void tls_client_hello(struct dp_app_ctx *x, struct tls_tx *t, struct dp_cur c)
{
	struct tls_side *s = &t->side[0];
	struct parts k = {0};
	struct tls_ja4 j = {0};
	uint16_t version = dp_cur_be16(&c), n;
	const uint8_t *random = dp_cur_bytes(&c, 32);
	uint8_t sid = dp_cur_u8(&c);
	const uint8_t *id = dp_cur_bytes(&c, sid);
	struct dp_cur ciphers;

	if (t->client_hello)
		return; // the answer to a retry request: the first one counts
	n = dp_cur_be16(&c);
	ciphers = dp_cur_sub(&c, n);
	dp_cur_skip(&c, dp_cur_u8(&c)); // ways to compress
	if (c.bad || n & 1)
		bad_length(x, t, SIG_DIR_TO_SERVER);
	if (c.bad)
		return;
	t->client_hello = true;
	t->version = j.version = s->version = version;
	memcpy(s->random, random, 32);
	s->has_random = true;
	dp_bytes_set(x->c, &s->session_id, id, sid, 255);
	collect_list(j.cipher, &j.n_cipher, ciphers);
	num(x, &s->ja3, version, '-');
	comma(x, &s->ja3);
	list16(x, &s->ja3, ciphers);
	comma(x, &s->ja3);
	client_exts(x, t, ext_list(x, t, SIG_DIR_TO_SERVER, &c), &k, &j);
	dp_bytes_add(x->c, &s->ja3, k.exts.p, k.exts.n, JA3_MAX);
	comma(x, &s->ja3);
	list16(x, &s->ja3, k.groups);
	comma(x, &s->ja3);
	points(x, &s->ja3, k.points);
	dp_bytes_free(x->c, &k.exts);
	ja3_hash(s);
	tls_ja4_text(&j, 't', t->ja4);
	t->best_version = j.version;
	if (x->c->app_want & DP_APP_WANT_TLS_HELLO)
		dp_bytes_set(x->c, &t->sigs, j.sig,
			(j.n_sig < 128 ? j.n_sig : 128) * (uint32_t)sizeof(j.sig[0]), sizeof(j.sig));
	if (j.version == 0x0304)
		t->version = 0x0303; // offered, not yet agreed
}

static void server_exts(struct dp_app_ctx *x, struct tls_tx *t, struct dp_cur c,
	struct dp_bytes *exts)
{
	struct dp_cur e;
	uint16_t type;

	while (next_ext(x, t, SIG_DIR_TO_CLIENT, &c, &type, &e)) {
		num(x, exts, type, '-');
		if (type == EXT_VERSIONS && dp_cur_left(&e) >= 2) {
			t->version = t->side[1].version = dp_cur_be16(&e);
			t->v13 = true;
		} else if (type == EXT_ALPN) {
			alpn(x, &t->side[1], e, NULL);
		}
	}
}

void tls_server_hello(struct dp_app_ctx *x, struct tls_tx *t, struct dp_cur c)
{
	struct tls_side *s = &t->side[1];
	struct dp_bytes exts = {0};
	uint16_t version = dp_cur_be16(&c), cipher;
	const uint8_t *random = dp_cur_bytes(&c, 32);
	bool draft = (version >> 8) == 0x7f;
	uint8_t sid = draft ? 0 : dp_cur_u8(&c);
	const uint8_t *id = dp_cur_bytes(&c, sid);

	cipher = dp_cur_be16(&c);
	if (!draft)
		dp_cur_skip(&c, 1);
	if (c.bad || t->server_hello) {
		if (c.bad)
			bad_length(x, t, SIG_DIR_TO_CLIENT);
		return;
	}
	t->server_hello = true;
	t->version = s->version = version;
	t->v13 = draft;
	memcpy(s->random, random, 32);
	s->has_random = true;
	server_exts(x, t, ext_list(x, t, SIG_DIR_TO_CLIENT, &c), &exts);
	if (!t->v13 && sid && dp_bytes_is(&t->side[0].session_id, id, sid))
		t->resumed = true;
	num(x, &s->ja3, version, '-');
	comma(x, &s->ja3);
	num(x, &s->ja3, cipher, '-');
	comma(x, &s->ja3);
	dp_bytes_add(x->c, &s->ja3, exts.p, exts.n, JA3_MAX);
	dp_bytes_free(x->c, &exts);
	ja3_hash(s);
}
