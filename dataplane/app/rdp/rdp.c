/* SPDX-License-Identifier: Apache-2.0 */
#include "rdp.h"
#include "../proto_detect.h"
#include <dp/slab.h>

#define PORT 3389
#define TPKT_HEADER 4u
#define TPKT_VERSION 3u
#define TLS_HEADER 5u
#define TLS_HANDSHAKE 22u
#define TLS_CIPHER 20u
#define CERTIFICATE 11u
#define X224_REQUEST 0xe0u
#define X224_CONFIRM 0xd0u
#define X224_DATA 0xf0u

static int rdp_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct rdp_state));
	return *state ? 0 : -1;
}

static void rdp_close(struct dp_app_ctx *x, void *state)
{
	dp_bytes_free(x->c, &((struct rdp_state *)state)->handshake);
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct rdp_state));
}

static void rdp_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dp_bytes_free(x->c, &((struct rdp_tx *)t)->raw);
}

/* ---- recognition ----------------------------------------------------------------------------- */

/** At its port every TPKT is RDP; elsewhere a connection request must carry RDP's cookie or
 *  negotiation, for others use TPKT too. */
static enum dp_probe rdp_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	static const uint8_t start[] = {TPKT_VERSION, 0};
	static const uint8_t cookie[] = "Cookie: mst";
	const uint8_t *p = in->data.p;
	uint32_t n = in->data.n;

	if (n == 0)
		return DP_PROBE_MORE;
	if (p[0] != TPKT_VERSION)
		return DP_PROBE_NO;
	if (dp_app_on_port(x, SIG_PROTO_RDP, PORT) || x->a->proto_dir[!in->dir] == SIG_PROTO_RDP)
		return DP_PROBE_YES;
	if (in->dir != SIG_DIR_TO_SERVER || memcmp(p, start, n < 2 ? n : 2) != 0 ||
		(n > 5 && p[5] != X224_REQUEST))
		return DP_PROBE_NO;
	if (n < 15)
		return DP_PROBE_MORE;
	if (p[11] == 1 && p[13] == 8 && p[14] == 0)
		return DP_PROBE_YES;
	if (memcmp(p + 11, cookie, n - 11 < sizeof(cookie) - 1 ? n - 11 : sizeof(cookie) - 1) != 0)
		return DP_PROBE_NO;
	return n < 11 + sizeof(cookie) - 1 ? DP_PROBE_MORE : DP_PROBE_YES;
}

/* ---- messages -------------------------------------------------------------------------------- */

/** Connection request or confirm of class 0, without options. */
static bool x224_sound(struct dp_span s, uint8_t code)
{
	return s.n >= 7 && s.p[0] != 0xff && s.p[0] >= 6 && s.p[0] < s.n && (s.p[1] & 0xf0) == code &&
		(s.p[1] & 0x0f) <= 1 && s.p[2] == 0 && s.p[3] == 0 && s.p[6] == 0;
}

int rdp_kind_of(struct dp_span s, enum sig_dir dir)
{
	struct dp_cur blocks;

	if (dir == SIG_DIR_TO_SERVER && x224_sound(s, X224_REQUEST))
		return RDP_REQUEST;
	if (dir == SIG_DIR_TO_CLIENT && x224_sound(s, X224_CONFIRM))
		return RDP_CONFIRM;
	if (s.n < 5 || s.p[0] != 2 || s.p[1] != X224_DATA || s.p[2] != 0x80 || s.p[3] != 0x7f)
		return -1;
	if (dir == SIG_DIR_TO_SERVER && s.p[4] == 0x65 && rdp_client_blocks(s, &blocks))
		return RDP_CONNECT;
	return dir == SIG_DIR_TO_CLIENT && s.p[4] == 0x66 ? RDP_CONNECT_ANSWER : -1;
}

static void keep(struct dp_app_ctx *x, enum sig_dir dir, enum rdp_kind kind, struct dp_span raw)
{
	struct rdp_tx *tx;

	if (x->a->tx_live >= RDP_TX_MAX)
		return; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return;
	tx->kind = (uint8_t)kind;
	dp_bytes_set(x->c, &tx->raw, raw.p, raw.n, RDP_HANDSHAKE_MAX);
	tx->tx.only_dir = (uint8_t)(1u << dir);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
}

/** Messages of the server's handshake, until its certificates are there. */
static void certificates(struct dp_app_ctx *x, struct rdp_state *st, struct dp_span more)
{
	struct dp_cur c;

	dp_bytes_add(x->c, &st->handshake, more.p, more.n, RDP_HANDSHAKE_MAX);
	c = dp_cur_of(st->handshake.p, st->handshake.n);
	dp_cur_skip(&c, st->seen);
	while (!st->done && dp_cur_left(&c) >= 4) {
		uint8_t type = dp_cur_u8(&c);
		struct dp_cur body = dp_cur_sub(&c, dp_cur_be24(&c));

		if (c.bad)
			break;
		if (type != CERTIFICATE) {
			st->seen = c.off;
			continue;
		}
		dp_cur_skip(&body, 3);
		keep(x, SIG_DIR_TO_CLIENT, RDP_TLS,
			(struct dp_span){body.p + body.off, dp_cur_left(&body)});
		st->done = true;
	}
	if (st->handshake.n >= RDP_HANDSHAKE_MAX)
		st->done = true;
	if (st->done)
		dp_bytes_free(x->c, &st->handshake);
}

/** Bytes taken, 0: more are needed, -1: that is not TLS. */
static int64_t tls_record(struct dp_app_ctx *x, struct rdp_state *st, enum sig_dir dir, struct dp_span s)
{
	uint32_t len;

	if (s.n < TLS_HEADER)
		return 0;
	len = (uint32_t)s.p[3] << 8 | s.p[4];
	if (s.p[0] < TLS_CIPHER || s.p[0] > TLS_CIPHER + 4 || s.p[1] != 3 || len > RDP_TLS_RECORD_MAX)
		return -1;
	if (s.n < TLS_HEADER + len)
		return 0;
	if (dir == SIG_DIR_TO_CLIENT && s.p[0] == TLS_HANDSHAKE)
		certificates(x, st, (struct dp_span){s.p + TLS_HEADER, len});
	else if (dir == SIG_DIR_TO_CLIENT && s.p[0] == TLS_CIPHER)
		st->done = true; // the rest is secret, and there was no certificate
	return TLS_HEADER + len;
}

static int64_t tpkt(struct dp_app_ctx *x, struct rdp_state *st, enum sig_dir dir, struct dp_span s)
{
	uint32_t len;
	int kind;

	if (s.p[0] == TLS_HANDSHAKE) {
		st->tls = true;
		return tls_record(x, st, dir, s);
	}
	if (s.p[0] != TPKT_VERSION)
		return -1;
	if (s.n < TPKT_HEADER)
		return 0;
	len = (uint32_t)s.p[2] << 8 | s.p[3];
	if (len < TPKT_HEADER)
		return -1;
	if (s.n < len)
		return 0;
	s = (struct dp_span){s.p + TPKT_HEADER, len - TPKT_HEADER};
	kind = rdp_kind_of(s, dir);
	if (kind >= 0)
		keep(x, dir, (enum rdp_kind)kind, s);
	if (kind == RDP_CONNECT_ANSWER)
		st->done = true;
	return len;
}

static int rdp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in, uint32_t *consumed)
{
	struct rdp_state *st = state;
	uint32_t at = 0;

	while (at < in->data.n && !st->done) {
		struct dp_span rest = {in->data.p + at, in->data.n - at};
		int64_t n = st->tls ? tls_record(x, st, in->dir, rest) : tpkt(x, st, in->dir, rest);

		if (n < 0)
			return DP_APP_ERROR;
		if (n == 0)
			break;
		at += (uint32_t)n;
	}
	*consumed = st->done ? in->data.n : at;
	return DP_APP_OK;
}

/** Behind what is read a hole does not matter. */
static int rdp_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	return ((struct rdp_state *)state)->done ? DP_APP_OK : DP_APP_ERROR;
}

const struct dp_app_desc dp_app_rdp = {
	.proto = SIG_PROTO_RDP,
	.eve_type = "rdp",
	.tcp = true,
	.probe = rdp_probe,
	.probe_any_port = true,
	.ports = {PORT},
	.open = rdp_open,
	.close = rdp_close,
	.parse = rdp_parse,
	.gap = rdp_gap,
	.tx_free = rdp_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.log_packet_dir = true,
	.log = rdp_log,
};
