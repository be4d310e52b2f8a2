/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"
#include <stdio.h>
#include <time.h>

static void version(struct dp_rec *r, uint16_t v)
{
	static const struct {
		uint16_t v;
		const char *name;
	} names[] = {{2, "SSLv2"}, {0x0200, "SSLv2"}, {0x0300, "SSLv3"}, {0x0301, "TLSv1"},
		{0x0302, "TLS 1.1"}, {0x0303, "TLS 1.2"}, {0x0304, "TLS 1.3"},
		{0xfb17, "TLS 1.3 draft-23-fb"}, {0xfb1a, "TLS 1.3 draft-26-fb"}};
	char text[32];

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].v == v) {
			dp_rec_cstr(r, "version", names[i].name);
			return;
		}
	}
	if ((v >> 8) == 0x7f && (v & 0xff) >= 16 && (v & 0xff) <= 28)
		snprintf(text, sizeof(text), "TLS 1.3 draft-%u", v & 0xff);
	else if ((v >> 8) == 0x7f && (v & 0xff) && (v & 0xff) < 16)
		snprintf(text, sizeof(text), "TLS 1.3 draft-<16");
	else
		snprintf(text, sizeof(text), "%u", v);
	dp_rec_cstr(r, "version", text);
}

static void when(struct dp_rec *r, const char *key, int64_t at)
{
	char text[32];
	time_t t = (time_t)at;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return;
	dp_rec_str(r, key, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm));
}

static void put(struct dp_rec *r, const char *key, const struct dp_bytes *b)
{
	if (b->n)
		dp_rec_str(r, key, b->p, b->n);
}

/** Room for names must leave enough for what comes behind them: a certificate may have any number. */
#define NAMES_LEAVE 16384u

static void cert(struct dp_rec *r, const struct tls_cert *k)
{
	struct dp_span s;
	uint32_t at = 0;

	put(r, "subject", &k->subject);
	put(r, "issuerdn", &k->issuer);
	if (k->names.n) {
		dp_rec_arr(r, "subjectaltname");
		while (tls_next(&k->names, 2, &at, &s))
			if (r->len + s.n + NAMES_LEAVE < r->cap)
				dp_rec_str(r, NULL, s.p, s.n);
		dp_rec_end(r);
	}
	put(r, "serial", &k->serial);
	dp_rec_cstr(r, "fingerprint", k->fingerprint);
}

static void alpns(struct dp_rec *r, const char *key, const struct dp_bytes *b)
{
	struct dp_span s;

	if (!b->n)
		return;
	dp_rec_arr(r, key);
	for (uint32_t i = 0; tls_item(b, 1, i, &s); i++)
		dp_rec_str(r, NULL, s.p, s.n);
	dp_rec_end(r);
}

static void ja3(struct dp_rec *r, const char *key, const struct tls_side *s)
{
	if (!s->ja3.n)
		return;
	dp_rec_obj(r, key);
	dp_rec_cstr(r, "hash", s->ja3_hash);
	put(r, "string", &s->ja3);
	dp_rec_end(r);
}

/** The first certificate, and all of them. */
static void der(struct dp_rec *r, const struct tls_cert *k)
{
	struct dp_span s;

	if (!tls_item(&k->chain, 4, 0, &s))
		return;
	dp_rec_b64(r, "certificate", s.p, s.n);
	dp_rec_arr(r, "chain");
	for (uint32_t i = 0; tls_item(&k->chain, 4, i, &s); i++)
		dp_rec_b64(r, NULL, s.p, s.n);
	dp_rec_end(r);
}

/** The numbers of one field of a JA3 text ("771,49196-49200,0-11,..."). */
static void numbers(struct dp_rec *r, const struct dp_bytes *text, unsigned field, const char *key)
{
	uint32_t at = 0, value = 0;
	bool digits = false;

	for (; field && at < text->n; at++)
		field -= text->p[at] == ',';
	if (key)
		dp_rec_arr(r, key);
	for (; at <= text->n; at++) {
		uint8_t c = at < text->n ? text->p[at] : ',';

		if (c >= '0' && c <= '9') {
			value = value * 10 + (uint32_t)(c - '0');
			digits = true;
			continue;
		}
		if (digits)
			dp_rec_u64(r, key ? NULL : "cipher", value);
		value = 0;
		digits = false;
		if (c == ',')
			break;
	}
	if (key)
		dp_rec_end(r);
}

static void hellos(struct dp_rec *r, const struct tls_tx *t)
{
	const struct dp_bytes *client = &t->side[0].ja3, *server = &t->side[1].ja3;

	if (t->client_hello) {
		dp_rec_obj(r, "client_handshake");
		version(r, t->best_version);
		numbers(r, client, 1, "ciphers");
		numbers(r, client, 2, "exts");
		dp_rec_arr(r, "sig_algs");
		for (uint32_t i = 0; i + 2 <= t->sigs.n; i += 2)
			dp_rec_u64(r, NULL, (uint64_t)(t->sigs.p[i] | t->sigs.p[i + 1] << 8));
		dp_rec_end(r);
		dp_rec_end(r);
	}
	if (t->server_hello) {
		dp_rec_obj(r, "server_handshake");
		version(r, t->version);
		numbers(r, server, 1, NULL);
		numbers(r, server, 2, "exts");
		dp_rec_end(r);
	}
}

void tls_log_alert(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r)
{
	const struct tls_tx *t = (const struct tls_tx *)tx;
	const struct tls_cert *server = &t->side[1].cert, *client = &t->side[0].cert;
	bool resumed = t->resumed || t->may_resume;

	if (!t->client_hello && !t->server_hello && !server->seen)
		return;
	if (server->seen)
		cert(r, server);
	if (resumed && !server->seen && t->server_hello && !t->v13)
		dp_rec_bool(r, "session_resumed", true);
	if (x->a->proto_orig)
		dp_rec_cstr(r, "from_proto", sig_proto_event_name[x->a->proto_orig]);
	put(r, "sni", &t->sni);
	version(r, t->version);
	if (server->seen) {
		when(r, "notbefore", server->not_before);
		when(r, "notafter", server->not_after);
	}
	if (x->c->app_want & DP_APP_WANT_JA3) {
		ja3(r, "ja3", &t->side[0]);
		ja3(r, "ja3s", &t->side[1]);
	}
	if (t->ja4[0] && x->c->app_want & DP_APP_WANT_JA4)
		dp_rec_cstr(r, "ja4", t->ja4);
	alpns(r, "client_alpns", &t->side[0].alpn);
	alpns(r, "server_alpns", &t->side[1].alpn);
	if (client->seen) {
		dp_rec_obj(r, "client");
		cert(r, client);
		when(r, "notbefore", client->not_before);
		when(r, "notafter", client->not_after);
		if (x->c->app_want & DP_APP_WANT_TLS_DER)
			der(r, client);
		dp_rec_end(r);
	}
	if (x->c->app_want & DP_APP_WANT_TLS_DER && server->seen)
		der(r, server);
	if (x->c->app_want & DP_APP_WANT_TLS_HELLO)
		hellos(r, t);
}

void tls_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r)
{
	const struct tls_tx *t = (const struct tls_tx *)tx;
	bool resumed = t->resumed || t->may_resume;

	// As the peer: a session without certificate is reported when it is of version 1.3, or resumed:
	// the server took the session up, or the client knows tickets and no certificate came.
	if (t->side[1].cert.seen || resumed || (t->server_hello && t->v13))
		tls_log_alert(x, tx, r);
}
