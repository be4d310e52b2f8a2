/* SPDX-License-Identifier: Apache-2.0 */
/* Frames (RFC 6455 section 5.2) and the descriptor. */
#include "websocket.h"
#include "../cursor.h"
#include <dp/frame.h>
#include <stdio.h>

#define WS_LOG_MAX 12288u /* bytes of a message that an alert shows: replacement signs may treble them */

static int ws_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct ws_state));
	return *state ? 0 : -1;
}

static void ws_close(struct dp_app_ctx *x, void *state)
{
	struct ws_state *s = state;

	ws_side_free(x->c, &s->side[0]);
	ws_side_free(x->c, &s->side[1]);
	dp_slab_free(x->c->slab, DP_MEM_APP, s, sizeof(*s));
}

static void ws_tx_free(struct dp_app_ctx *x, struct dp_tx *tx)
{
	dp_bytes_free(x->c, &((struct ws_tx *)tx)->payload);
}

struct ws_head {
	uint8_t head;
	bool masked;
	uint32_t mask, hdr;
	uint64_t len;
};

/** False: more bytes wanted. */
static bool header(struct dp_span s, struct ws_head *h)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);
	uint8_t len;

	h->head = dp_cur_u8(&c);
	len = dp_cur_u8(&c);
	h->masked = len & 0x80;
	h->len = len & 0x7f;
	if (h->len == 126) {
		h->len = dp_cur_be16(&c);
	} else if (h->len == 127) {
		uint64_t hi = dp_cur_be32(&c);

		h->len = hi << 32 | dp_cur_be32(&c);
	}
	h->mask = h->masked ? dp_cur_be32(&c) : 0;
	h->hdr = c.off;
	return !c.bad;
}

static void unmask(struct dp_bytes *b, uint32_t mask)
{
	const uint8_t key[4] = {(uint8_t)(mask >> 24), (uint8_t)(mask >> 16), (uint8_t)(mask >> 8),
		(uint8_t)mask};

	for (uint32_t i = 0; i < b->n; i++)
		b->p[i] ^= key[i & 3];
}

static void frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t at,
	const struct ws_head *h, uint32_t have, const struct dp_tx *tx)
{
	uint32_t id[3];

	id[0] = dp_frame_add(x, in, SIG_FRAME_WEBSOCKET_HEADER, at, h->hdr);
	id[1] = dp_frame_add(x, in, SIG_FRAME_WEBSOCKET_PDU, at, (int64_t)h->hdr + have);
	id[2] = dp_frame_add(x, in, SIG_FRAME_WEBSOCKET_DATA, at + h->hdr, have);
	for (unsigned i = 0; i < 3; i++)
		dp_frame_tx(x, in->dir, id[i], tx);
}

/** A frame whose header and first `have` bytes of payload are there. */
static void one(struct dp_app_ctx *x, struct ws_side *s, const struct dp_app_in *in, uint32_t at,
	const struct ws_head *h, uint32_t have)
{
	const enum sig_dir d = in->dir;
	struct ws_tx *tx = x->a->tx_live < WS_TX_MAX ? dp_tx_add(x, sizeof(*tx)) : NULL;
	bool limit;

	if (!tx) {
		frames(x, in, at, h, have, NULL);
		return;
	}
	tx->tx.only_dir = (uint8_t)(1u << d);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	tx->head = h->head;
	tx->masked = h->masked;
	tx->mask = h->mask;
	dp_bytes_set(x->c, &tx->payload, in->data.p + at + h->hdr, have,
		x->c->conf->ws_max_payload_bytes);
	if (h->masked)
		unmask(&tx->payload, h->mask);
	frames(x, in, at, h, have, &tx->tx);
	if (h->len > have)
		dp_tx_event(x, &tx->tx, d, SIG_EV_WEBSOCKET_SKIP);
	ws_payload(x, s, tx, &limit);
	if (limit)
		dp_tx_event(x, &tx->tx, d, SIG_EV_WEBSOCKET_REASSEMBLY);
	if (h->head & WS_FIN)
		x->a->flush[d] = true;
}

static int ws_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct ws_side *s = &((struct ws_state *)state)->side[in->dir];
	uint32_t pos = 0;

	x->a->need[in->dir] = 0;
	while (pos < in->data.n) {
		struct dp_span rest = {in->data.p + pos, in->data.n - pos};
		struct ws_head h;
		uint32_t have;

		if (s->skip) {
			uint32_t n = s->skip < rest.n ? (uint32_t)s->skip : rest.n;

			s->skip -= n;
			pos += n;
			continue;
		}
		if (!header(rest, &h))
			break;
		have = h.len < x->c->conf->ws_max_payload_bytes ? (uint32_t)h.len :
								  x->c->conf->ws_max_payload_bytes;
		if (rest.n - h.hdr < have) {
			x->a->need[in->dir] = h.hdr + have;
			break;
		}
		one(x, s, in, pos, &h, have);
		s->skip = h.len - have;
		pos += h.hdr + have;
	}
	*consumed = pos;
	return DP_APP_OK;
}

/** Only behind an upgrade; reserved bits that no extension uses are zero. */
static enum dp_probe ws_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	if (x->a->proto_expected != SIG_PROTO_WEBSOCKET)
		return DP_PROBE_NO;
	if (!in->data.n)
		return DP_PROBE_MORE;
	return in->data.p[0] & 0x30 ? DP_PROBE_NO : DP_PROBE_YES;
}

static enum dp_buf_state ws_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct ws_tx *tx = (const struct ws_tx *)t;

	if (instance || b != SIG_BUF_WEBSOCKET_PAYLOAD || !((t->only_dir >> dir) & 1))
		return DP_BUF_ABSENT;
	*out = (struct dp_span){tx->payload.p, tx->payload.n};
	return DP_BUF_FULL;
}

static bool ws_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	const struct ws_tx *tx = (const struct ws_tx *)t;

	if (instance || !((t->only_dir >> dir) & 1))
		return false;
	switch (n) {
	case SIG_NUM_WEBSOCKET_FLAGS:
		*out = tx->head & 0xf0;
		return true;
	case SIG_NUM_WEBSOCKET_OPCODE:
		*out = tx->head & 0x0f;
		return true;
	case SIG_NUM_WEBSOCKET_MASK:
		*out = tx->mask;
		return tx->masked;
	default:
		return false;
	}
}

static void ws_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	static const char *const names[16] = {"continuation", "text", "binary",
		[8] = "close", [9] = "ping", [10] = "pong"};
	const struct ws_tx *tx = (const struct ws_tx *)t;
	char text[16];

	dp_rec_bool(r, "fin", tx->head & WS_FIN);
	if (tx->masked)
		dp_rec_u64(r, "mask", tx->mask);
	if (names[tx->head & 15]) {
		dp_rec_cstr(r, "opcode", names[tx->head & 15]);
		return;
	}
	snprintf(text, sizeof(text), "unknown-%u", tx->head & 15u);
	dp_rec_cstr(r, "opcode", text);
}

static void ws_log_contents(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct ws_tx *tx = (const struct ws_tx *)t;
	const uint8_t forms = x->c->conf->app.alert_ws_payload;
	const uint32_t n = tx->payload.n < WS_LOG_MAX ? tx->payload.n : WS_LOG_MAX;

	if (forms & DP_LOG_PRINTABLE)
		dp_rec_text(r, "payload_printable", tx->payload.p, n);
	if (forms & DP_LOG_BASE64)
		dp_rec_b64(r, "payload_base64", tx->payload.p, n);
}

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
static const struct dp_app_buffer ws_buffers[] = {
	{SIG_BUF_WEBSOCKET_PAYLOAD, TS, 0}, {SIG_BUF_WEBSOCKET_PAYLOAD, TC, 0},
};
static const struct dp_app_number ws_numbers[] = {
	{SIG_NUM_WEBSOCKET_FLAGS, TS, 0}, {SIG_NUM_WEBSOCKET_FLAGS, TC, 0},
	{SIG_NUM_WEBSOCKET_MASK, TS, 0}, {SIG_NUM_WEBSOCKET_MASK, TC, 0},
	{SIG_NUM_WEBSOCKET_OPCODE, TS, 0}, {SIG_NUM_WEBSOCKET_OPCODE, TC, 0},
};

const struct dp_app_desc dp_app_websocket = {
	.proto = SIG_PROTO_WEBSOCKET,
	.eve_type = "websocket",
	.tcp = true,
	.log_packet_dir = true,
	.probe = ws_probe,
	.probe_any_port = true,
	.open = ws_open,
	.close = ws_close,
	.parse = ws_parse,
	.tx_free = ws_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = ws_buffers,
	.n_buffers = sizeof(ws_buffers) / sizeof(ws_buffers[0]),
	.numbers = ws_numbers,
	.n_numbers = sizeof(ws_numbers) / sizeof(ws_numbers[0]),
	.buffer = ws_buffer,
	.number = ws_number,
	.log = ws_log,
	.log_contents = ws_log_contents,
};
