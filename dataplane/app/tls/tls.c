/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"
#include <dp/frame.h>
#include <sig/rule.h>

#define RECORD_MAX 18432u /* 2^14 and 2048 (RFC 5246 section 6.2.3) */

enum { ALERT_WARNING = 1 };
enum { REC_CCS = 20, REC_ALERT, REC_HANDSHAKE, REC_DATA, REC_HEARTBEAT };
enum { HS_CLIENT_HELLO = 1, HS_SERVER_HELLO = 2, HS_CERTIFICATE = 11,
	HS_SERVER_KEY = 12, HS_CERT_REQUEST = 13, HS_HELLO_DONE = 14, HS_CLIENT_KEY = 16 };

static int tls_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_tx_add(x, sizeof(struct tls_tx));
	return *state ? 0 : -1;
}

static void tls_close(struct dp_app_ctx *x, void *state)
{
}

static void tls_tx_free(struct dp_app_ctx *x, struct dp_tx *tx)
{
	struct tls_tx *t = (struct tls_tx *)tx;

	dp_bytes_free(x->c, &t->sni);
	dp_bytes_free(x->c, &t->sigs);
	for (unsigned d = 0; d < 2; d++) {
		struct tls_side *s = &t->side[d];

		dp_bytes_free(x->c, &s->hs);
		dp_bytes_free(x->c, &s->session_id);
		dp_bytes_free(x->c, &s->alpn);
		dp_bytes_free(x->c, &s->ja3);
		dp_bytes_free(x->c, &s->cert.subject);
		dp_bytes_free(x->c, &s->cert.issuer);
		dp_bytes_free(x->c, &s->cert.serial);
		dp_bytes_free(x->c, &s->cert.names);
		dp_bytes_free(x->c, &s->cert.chain);
	}
	if (x->a->state == t)
		x->a->state = NULL;
}

static void raise(struct tls_tx *t, enum sig_dir d, uint8_t to)
{
	if (t->tx.progress[d] < to)
		t->tx.progress[d] = to;
}

/** All that a record tells has been seen. */
static void reportable(struct tls_tx *t)
{
	raise(t, SIG_DIR_TO_CLIENT, TLS_TC_HANDSHAKE);
	raise(t, SIG_DIR_TO_SERVER, TLS_TS_HANDSHAKE);
}

static void message(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, uint8_t type,
	struct dp_cur c)
{
	tls_note_message(t, d, type);
	switch (type) {
	case HS_CLIENT_HELLO:
		if (d == SIG_DIR_TO_SERVER) {
			tls_client_hello(x, t, c);
			raise(t, d, TLS_TS_HELLO);
		}
		break;
	case HS_SERVER_HELLO:
		if (d == SIG_DIR_TO_CLIENT) {
			tls_server_hello(x, t, c);
			raise(t, d, TLS_TC_HELLO);
		}
		break;
	case HS_CERTIFICATE:
		tls_certificates(x, t, d, c);
		raise(t, d, d ? TLS_TC_CERT : TLS_TS_CERT);
		break;
	case HS_HELLO_DONE:
		if (d == SIG_DIR_TO_CLIENT && t->side[d].cert.seen && !t->cert_asked)
			reportable(t);
		break;
	case HS_CERT_REQUEST:
		t->cert_asked |= d == SIG_DIR_TO_CLIENT;
		break;
	case HS_CLIENT_KEY:
		if (d == SIG_DIR_TO_SERVER && t->cert_asked && t->side[d].cert.seen)
			reportable(t);
		break;
	default:
		break;
	}
	x->a->flush[d] = true;
}

/** Kinds of handshake messages that the peer looks at or steps over (RFC 5246, 6066, 5077). */
static bool known_kind(uint8_t type)
{
	return type <= 2 || type == 4 || (type >= 11 && type <= 16) || (type >= 20 && type <= 22);
}

/** Messages may be spread over records, and a record may hold several. */
static void handshake(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, const uint8_t *p,
	uint32_t n)
{
	struct tls_side *s = &t->side[d];

	if (s->cipher)
		return; // encrypted
	while (n) {
		uint32_t m, len = 0;

		if (s->hs_skip) {
			m = n < s->hs_skip ? n : s->hs_skip;
			s->hs_skip -= m;
			p += m;
			n -= m;
			continue;
		}
		m = s->hs.n < 4 ? 4 - s->hs.n : 0;
		if (m == 0) {
			len = (uint32_t)s->hs.p[1] << 16 | (uint32_t)s->hs.p[2] << 8 | s->hs.p[3];
			if (!known_kind(s->hs.p[0])) {
				dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HANDSHAKE);
				s->hs_skip = len;
				s->hs_unknown = true;
				s->hs.n = 0;
				continue;
			}
			if (len > TLS_HANDSHAKE_MAX) {
				dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HANDSHAKE_LENGTH);
				s->hs_skip = len;
				s->hs.n = 0;
				continue;
			}
			m = len + 4 - s->hs.n;
		}
		m = m < n ? m : n;
		if (!dp_bytes_add(x->c, &s->hs, p, m, TLS_HANDSHAKE_MAX + 4)) {
			if (s->hs.n < 4)
				return;
			s->hs_skip = len + 4 - s->hs.n; // no memory: the next message is found again
			dp_bytes_free(x->c, &s->hs);
			continue;
		}
		p += m;
		n -= m;
		if (s->hs.n < 4)
			continue;
		len = (uint32_t)s->hs.p[1] << 16 | (uint32_t)s->hs.p[2] << 8 | s->hs.p[3];
		if (s->hs.n == len + 4) {
			s->hs_more = n != 0;
			message(x, t, d, s->hs.p[0], dp_cur_of(s->hs.p + 4, len));
			dp_bytes_free(x->c, &s->hs); // it may have been a long one
		}
	}
}

static void encrypted_from_here(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d)
{
	struct tls_side *s = &t->side[d];

	if (s->cipher)
		return;
	s->cipher = true;
	dp_bytes_free(x->c, &s->hs);
}

/** Part of a record's content; `first`: it begins here. */
static void content(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, struct dp_span s,
	bool first, uint32_t record)
{
	switch (t->side[d].record_type) {
	case REC_CCS:
		// In TLS 1.3 it is only for show, but nothing in the clear follows it either.
		if (first)
			encrypted_from_here(x, t, d);
		break;
	case REC_HANDSHAKE:
		if (first && t->side[d].hs_unknown) {
			t->side[d].hs_unknown = false;
			t->side[d].hs_skip = 0;
		}
		handshake(x, t, d, s.p, s.n);
		break;
	case REC_DATA:
		encrypted_from_here(x, t, d);
		raise(t, d, d ? TLS_TC_DONE : TLS_TS_DONE);
		x->a->left_alone |= t->server_hello; // early data comes before the handshake's end
		// Up to here raw signatures see packets, also those of TLS 1.2 that end the handshake.
		x->a->encrypted |= t->server_hello || t->side[!d].cipher;
		break;
	case REC_ALERT:
		// In the clear and fatal: there will be no more handshake. One that only warns (an unknown
		// name) is followed by the certificate.
		if (first && !t->side[d].cipher && !(s.n && s.p[0] == ALERT_WARNING))
			reportable(t);
		break;
	case REC_HEARTBEAT:
		if (first)
			tls_heartbeat(x, t, d, s, record);
		break;
	default:
		break;
	}
}

/** Version 2 framing (two-byte length with the high bit set): only the client's hello. */
static int sslv2(struct dp_app_ctx *x, struct tls_tx *t, const struct dp_app_in *in,
	uint32_t *pos)
{
	const uint8_t *p = in->data.p + *pos;
	uint32_t n = in->data.n - *pos, len;

	len = (uint32_t)(p[0] & 0x7f) << 8 | p[1];
	if (n - 2 < len) {
		x->a->need[in->dir] = len + 2;
		return 0;
	}
	if (len < 3) {
		dp_tx_event(x, &t->tx, in->dir, SIG_EV_TLS_SSLV2_HEADER);
		return -1;
	}
	dp_frame_add(x, in, SIG_FRAME_TLS_SSL2_HDR, *pos, 3);
	dp_frame_add(x, in, SIG_FRAME_TLS_SSL2_PDU, *pos, (int64_t)len + 2);
	if (p[2] == 1 && in->dir == SIG_DIR_TO_SERVER) {
		t->version = (uint16_t)(p[3] << 8 | p[4]);
		t->side[0].record_version = t->side[0].version = t->version;
		t->client_hello = true;
		raise(t, SIG_DIR_TO_SERVER, TLS_TS_HELLO);
	} else if (p[2] == 4) {
		t->version = t->side[1].version = 2;
		t->server_hello = true;
		encrypted_from_here(x, t, SIG_DIR_TO_SERVER);
		encrypted_from_here(x, t, SIG_DIR_TO_CLIENT);
		x->a->encrypted = true;
	}
	*pos += len + 2;
	return 1;
}

static void record_frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t at,
	uint8_t type, uint32_t len)
{
	dp_frame_add(x, in, SIG_FRAME_TLS_PDU, at, 5 + (int64_t)len);
	dp_frame_add(x, in, SIG_FRAME_TLS_HDR, at, 5);
	dp_frame_add(x, in, SIG_FRAME_TLS_DATA, at + 5, len);
	if (type == REC_ALERT)
		dp_frame_add(x, in, SIG_FRAME_TLS_ALERT, at + 5, len);
	else if (type == REC_HEARTBEAT)
		dp_frame_add(x, in, SIG_FRAME_TLS_HEARTBEAT, at + 5, len);
}

/** Not a record. Versions 1.0 and 1.1 knew of types to come: what came is stepped over. A side that
 *  speaks something else was told of by detection; it is told of again unless it begins as records of
 *  version 2 do. */
static int unknown_record(struct dp_app_ctx *x, struct tls_tx *t, const struct dp_app_in *in,
	uint32_t *pos)
{
	const struct tls_side *s = &t->side[in->dir];
	if (!s->record_version && (in->data.p[*pos] & 0xc0) &&
		(x->a->proto_events >> SIG_EV_APPLAYER_MISMATCH_BOTH & 1))
		return -1;
	dp_tx_event(x, &t->tx, in->dir, SIG_EV_TLS_RECORD_TYPE);
	if (s->version != 0x0301 && s->version != 0x0302)
		return -1;
	*pos = in->data.n;
	return 0;
}

static bool known_version(uint16_t v)
{
	switch (v >> 8) {
	case 3:
		return (v & 0xff) <= 4;
	case 0x7f: // drafts of version 1.3
		return (v & 0xff) >= 1 && (v & 0xff) <= 28;
	case 0xfb:
		return ((v & 0xff) >= 20 && (v & 0xff) <= 23) || (v & 0xff) == 26;
	default:
		return false;
	}
}

/** Until a side's hello the version in front of its records counts, from there on the one that was said
 *  in the hello (RFC 8446 section 5.1); one that nobody knows is told of once. */
static bool version_fits(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, uint16_t record)
{
	struct tls_side *s = &t->side[d];
	const bool hello = d == SIG_DIR_TO_CLIENT ? t->server_hello : t->client_hello;

	if (known_version(hello && s->version > 2 ? s->version : record))
		return true;
	if (!hello || !s->bad_version)
		dp_tx_event(x, &t->tx, d, SIG_EV_TLS_RECORD_VERSION);
	s->bad_version = true;
	return hello;
}

static int record_begin(struct dp_app_ctx *x, struct tls_tx *t, const struct dp_app_in *in,
	uint32_t *pos)
{
	struct tls_side *s = &t->side[in->dir];
	const uint8_t *p = in->data.p + *pos;
	uint32_t n = in->data.n - *pos, len;

	if (n < 5) {
		x->a->need[in->dir] = 5;
		return 0;
	}
	if ((p[0] & 0x80) && !s->record_version)
		return sslv2(x, t, in, pos);
	len = (uint32_t)p[3] << 8 | p[4];
	if (p[0] < REC_CCS || p[0] > REC_HEARTBEAT)
		return unknown_record(x, t, in, pos);
	if (!version_fits(x, t, in->dir, (uint16_t)(p[1] << 8 | p[2])))
		return -1;
	if (len > RECORD_MAX || len == 0)
		dp_tx_event(x, &t->tx, in->dir, SIG_EV_TLS_RECORD_LENGTH);
	if (len > RECORD_MAX)
		return -1;
	s->record_type = p[0];
	s->record_version = (uint16_t)(p[1] << 8 | p[2]);
	s->record_left = len;
	if (!t->version || (in->dir == SIG_DIR_TO_CLIENT && !t->server_hello))
		t->version = s->record_version;
	if (in->dir == SIG_DIR_TO_CLIENT ? !t->server_hello : !t->client_hello)
		s->version = s->record_version;
	record_frames(x, in, *pos, p[0], len);
	*pos += 5;
	return 1;
}

static int tls_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct tls_tx *t = state;
	enum sig_dir d = in->dir;
	uint32_t pos = 0;

	x->a->need[d] = 0;
	*consumed = in->data.n;
	if (!t)
		return DP_APP_OK; // everything said and freed
	while (pos < in->data.n) {
		struct tls_side *s = &t->side[d];
		bool first = s->record_left == 0;
		uint32_t n, whole;

		if (first) {
			int rc = record_begin(x, t, in, &pos);

			if (rc < 0)
				return DP_APP_ERROR;
			if (rc == 0)
				break;
			if (s->record_left == 0)
				continue;
		}
		whole = s->record_left;
		n = in->data.n - pos < whole ? in->data.n - pos : whole;
		// short records are looked at whole
		if (first && n < whole && n < 3 && !in->eof) {
			pos -= 5;
			s->record_left = 0;
			x->a->need[d] = 8;
			break;
		}
		content(x, t, d, (struct dp_span){in->data.p + pos, n}, first, whole);
		s->record_left -= n;
		pos += n;
	}
	*consumed = pos;
	if (x->a->eof[0] && x->a->eof[1]) {
		raise(t, SIG_DIR_TO_SERVER, TLS_TS_DONE);
		raise(t, SIG_DIR_TO_CLIENT, TLS_TC_DONE);
	}
	return DP_APP_OK;
}

static int tls_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct tls_tx *t = state;

	if (!t || x->a->encrypted)
		return DP_APP_OK;
	if (t->side[in->dir].record_left >= in->gap &&
		t->side[in->dir].record_type != REC_HANDSHAKE) {
		t->side[in->dir].record_left -= in->gap;
		return DP_APP_OK;
	}
	return DP_APP_ERROR;
}

/** A record header with a hello in it, or version 2's. */
static enum dp_probe tls_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	const uint8_t *p = in->data.p;
	uint32_t n = in->data.n;
	uint8_t hello = in->dir == SIG_DIR_TO_SERVER ? 1 : 2;

	if (n < 6)
		return DP_PROBE_MORE;
	if (p[0] == 0x16 && p[1] == 3 && p[2] <= 4)
		return p[5] == hello || p[5] == 0 || p[5] == 4 || p[5] == 11 ? DP_PROBE_YES
									      : DP_PROBE_NO;
	if (p[0] == 0x15 && p[1] == 3 && p[2] <= 4 && p[3] == 0 && p[4] == 2)
		return DP_PROBE_YES;
	if ((p[0] & 0x80) && p[2] == 1 && hello == 1 &&
		((p[3] == 0 && p[4] == 2) || (p[3] == 3 && p[4] <= 4)))
		return DP_PROBE_YES;
	return DP_PROBE_NO;
}

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
static const struct dp_app_buffer tls_buffers[] = {
	{SIG_BUF_TLS_SNI, TS, TLS_TS_HELLO},
	{SIG_BUF_TLS_CERT_SUBJECT, TS, TLS_TS_CERT},
	{SIG_BUF_TLS_CERT_SUBJECT, TC, TLS_TC_CERT},
	{SIG_BUF_TLS_CERT_ISSUER, TS, TLS_TS_CERT},
	{SIG_BUF_TLS_CERT_ISSUER, TC, TLS_TC_CERT},
	{SIG_BUF_TLS_CERT_SERIAL, TS, TLS_TS_CERT},
	{SIG_BUF_TLS_CERT_SERIAL, TC, TLS_TC_CERT},
	{SIG_BUF_TLS_CERT_FINGERPRINT, TS, TLS_TS_CERT},
	{SIG_BUF_TLS_CERT_FINGERPRINT, TC, TLS_TC_CERT},
	{SIG_BUF_TLS_CERTS, TS, TLS_TS_CERT},
	{SIG_BUF_TLS_CERTS, TC, TLS_TC_CERT},
	{SIG_BUF_TLS_SUBJECTALTNAME, TC, TLS_TC_CERT},
	{SIG_BUF_TLS_ALPN, TS, TLS_TS_HELLO},
	{SIG_BUF_TLS_ALPN, TC, TLS_TC_HELLO},
	{SIG_BUF_TLS_RANDOM, TS, TLS_TS_HELLO},
	{SIG_BUF_TLS_RANDOM, TC, TLS_TC_HELLO},
	{SIG_BUF_TLS_RANDOM_TIME, TS, TLS_TS_HELLO},
	{SIG_BUF_TLS_RANDOM_TIME, TC, TLS_TC_HELLO},
	{SIG_BUF_TLS_RANDOM_BYTES, TS, TLS_TS_HELLO},
	{SIG_BUF_TLS_RANDOM_BYTES, TC, TLS_TC_HELLO},
	{SIG_BUF_JA3_HASH, TS, TLS_TS_HELLO},
	{SIG_BUF_JA3_STRING, TS, TLS_TS_HELLO},
	{SIG_BUF_JA3S_HASH, TC, TLS_TC_HELLO},
	{SIG_BUF_JA3S_STRING, TC, TLS_TC_HELLO},
	{SIG_BUF_JA4_HASH, TS, TLS_TS_HELLO},
};

static const struct dp_app_number tls_numbers[] = {
	{SIG_NUM_TLS_CERT_CHAIN_LEN, TS, TLS_TS_CERT},
	{SIG_NUM_TLS_CERT_CHAIN_LEN, TC, TLS_TC_CERT},
	{SIG_NUM_TLS_VERSION, TS, TLS_TS_HELLO},
	{SIG_NUM_TLS_VERSION, TC, TLS_TC_HELLO},
	{SIG_NUM_TLS_CERT_NOTBEFORE, TC, TLS_TC_CERT},
	{SIG_NUM_TLS_CERT_NOTAFTER, TC, TLS_TC_CERT},
};

static const struct dp_app_state tls_states[] = {
	{"client_in_progress", SIG_DIR_TO_SERVER, TLS_TS_START},
	{"client_hello_done", SIG_DIR_TO_SERVER, TLS_TS_HELLO},
	{"client_cert_done", SIG_DIR_TO_SERVER, TLS_TS_CERT},
	{"client_handshake_done", SIG_DIR_TO_SERVER, TLS_TS_HANDSHAKE},
	{"client_finished", SIG_DIR_TO_SERVER, TLS_TS_DONE},
	{"server_in_progress", SIG_DIR_TO_CLIENT, TLS_TC_START},
	{"server_hello", SIG_DIR_TO_CLIENT, TLS_TC_HELLO},
	{"server_cert_done", SIG_DIR_TO_CLIENT, TLS_TC_CERT},
	{"server_hello_done", SIG_DIR_TO_CLIENT, TLS_TC_HELLO_DONE},
	{"server_handshake_done", SIG_DIR_TO_CLIENT, TLS_TC_HANDSHAKE},
	{"server_finished", SIG_DIR_TO_CLIENT, TLS_TC_DONE},
	{NULL, 0, 0},
};

const struct dp_app_desc dp_app_tls = {
	.proto = SIG_PROTO_TLS,
	.eve_type = "tls",
	.tcp = true,
	.probe = tls_probe,
	.probe_any_port = true,
	.first_dir = 1u << SIG_DIR_TO_SERVER,
	.open = tls_open,
	.close = tls_close,
	.parse = tls_parse,
	.gap = tls_gap,
	.tx_free = tls_tx_free,
	.complete = {TLS_TS_DONE, TLS_TC_DONE},
	.states = tls_states,
	.log_at = {TLS_TS_HANDSHAKE, TLS_TC_HANDSHAKE},
	.buffers = tls_buffers,
	.n_buffers = sizeof(tls_buffers) / sizeof(tls_buffers[0]),
	.numbers = tls_numbers,
	.n_numbers = sizeof(tls_numbers) / sizeof(tls_numbers[0]),
	.buffer = tls_buffer,
	.number = tls_number,
	.test = tls_test,
	.tests = {SIG_OPT_SSL_VERSION, SIG_OPT_SSL_STATE, SIG_OPT_TLS_CERT_EXPIRED,
		SIG_OPT_TLS_CERT_VALID},
	.log = tls_log,
	.log_alert = tls_log_alert,
	.record_ends_events = true,
	.late_events = 1u << SIG_EV_TLS_HEARTBEAT | 1u << SIG_EV_TLS_HEARTBEAT_INVALID |
		1u << SIG_EV_TLS_HEARTBEAT_OVERFLOW | 1u << SIG_EV_TLS_HEARTBEAT_LEAK,
};
