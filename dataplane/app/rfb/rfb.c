/* SPDX-License-Identifier: Apache-2.0 */
/* The handshake (RFC 6143 section 7.1 to 7.3), one step after the other, and the descriptor. */
#include "rfb.h"
#include <dp/frame.h>
#include <string.h>

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static int rfb_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct rfb_state));
	return *state ? 0 : -1;
}

static void rfb_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct rfb_state));
}

static void rfb_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct rfb_tx *tx = (struct rfb_tx *)t;
	struct rfb_state *s = x->a->state;

	if (s && s->tx == tx)
		s->tx = NULL;
	dp_bytes_free(x->c, &tx->name);
	dp_bytes_free(x->c, &tx->reason);
}

/** One message at the cursor. A step reads what it needs or leaves the cursor bad: more bytes are
 *  wanted then. It sets the next step. */
struct call {
	struct dp_app_ctx *x;
	struct rfb_state *s;
	struct dp_cur c;
	bool malformed;
};

static void raise(struct rfb_tx *tx, uint8_t to)
{
	for (unsigned d = 0; d < 2; d++)
		if (tx->tx.progress[d] < to)
			tx->tx.progress[d] = to;
}

static void event(struct call *k, enum sig_dir d, unsigned ev)
{
	dp_tx_event(k->x, k->s->tx ? &k->s->tx->tx : NULL, d, ev);
}

static void version(struct call *k, enum sig_dir d)
{
	const uint8_t *p = dp_cur_bytes(&k->c, 12);
	struct rfb_tx *tx = k->s->tx;

	if (!p)
		return;
	k->malformed = memcmp(p, "RFB ", 4) != 0 || p[7] != '.' || p[11] != '\n';
	if (k->malformed)
		return;
	memcpy(tx->version[d], p + 4, 3);
	memcpy(tx->version[d] + 3, p + 8, 3);
}

static void server_version(struct call *k)
{
	if (!k->s->tx)
		k->s->tx = dp_tx_add(k->x, sizeof(*k->s->tx));
	if (!k->s->tx) {
		k->malformed = true;
		return;
	}
	version(k, TC);
	k->s->tx->has |= RFB_H_SERVER;
	k->s->step = RFB_S_CLIENT_VERSION;
}

static void client_version(struct call *k)
{
	version(k, TS);
	k->s->tx->has |= RFB_H_CLIENT;
	// In 3.3 the server decides alone.
	k->s->step = memcmp(k->s->tx->version[TS], "003003", 6) == 0 ? RFB_S_SERVER_TYPE : RFB_S_TYPES;
}

static void types(struct call *k)
{
	uint8_t n = dp_cur_u8(&k->c);

	dp_cur_skip(&k->c, n);
	k->s->step = n ? RFB_S_CHOICE : RFB_S_REASON;
}

static void chosen(struct call *k, uint32_t type, enum sig_dir d, bool result_follows)
{
	if (k->c.bad)
		return;
	k->s->tx->type = type;
	k->s->tx->has |= RFB_H_TYPE;
	raise(k->s->tx, RFB_SECTYPE);
	if (type == 2) {
		k->s->step = RFB_S_CHALLENGE;
	} else if (type == 1) {
		k->s->step = result_follows ? RFB_S_RESULT : RFB_S_CLIENT_INIT;
	} else if (type == 0) {
		k->s->step = RFB_S_REASON;
	} else { // somebody's own: nothing more can be read
		k->s->step = RFB_S_SKIP;
		event(k, d, SIG_EV_RFB_UNIMPLEMENTED);
	}
}

static void choice(struct call *k)
{
	// Since 3.8 a result follows even where nothing was asked (section 7.2.1).
	chosen(k, dp_cur_u8(&k->c), TS, memcmp(k->s->tx->version[TS] + 3, "008", 3) >= 0);
}

static void server_type(struct call *k)
{
	chosen(k, dp_cur_be32(&k->c), TC, false);
}

static void secret(struct call *k, uint8_t out[16], uint16_t has, enum rfb_step next)
{
	const uint8_t *p = dp_cur_bytes(&k->c, 16);

	if (!p)
		return;
	memcpy(out, p, 16);
	k->s->tx->has |= has;
	k->s->step = (uint8_t)next;
}

static void challenge(struct call *k)
{
	secret(k, k->s->tx->challenge, RFB_H_CHALLENGE, RFB_S_RESPONSE);
}

static void response(struct call *k)
{
	secret(k, k->s->tx->response, RFB_H_RESPONSE, RFB_S_RESULT);
}

static void result(struct call *k)
{
	uint32_t v = dp_cur_be32(&k->c);

	if (k->c.bad)
		return;
	k->s->tx->result = v;
	k->s->tx->has |= RFB_H_RESULT;
	raise(k->s->tx, RFB_RESULT);
	if (v > 2)
		event(k, TC, SIG_EV_RFB_RESULT);
	k->s->step = v == 0 ? RFB_S_CLIENT_INIT : v <= 2 ? RFB_S_REASON : RFB_S_SKIP;
}

/** A text with its length before it. It is the last that is read: the rest may stay where it is. */
static void text(struct call *k, struct dp_bytes *out)
{
	uint32_t n = dp_cur_be32(&k->c), keep = n < RFB_TEXT_MAX ? n : RFB_TEXT_MAX;
	const uint8_t *p = dp_cur_bytes(&k->c, keep);

	if (k->c.bad)
		return;
	if (keep)
		dp_bytes_set(k->x->c, out, p, keep, RFB_TEXT_MAX);
}

static void reason(struct call *k)
{
	text(k, &k->s->tx->reason);
	if (k->c.bad)
		return;
	k->s->tx->has |= RFB_H_REASON;
	k->s->step = RFB_S_SKIP;
	raise(k->s->tx, RFB_DONE);
}

static void client_init(struct call *k)
{
	k->s->tx->shared = dp_cur_u8(&k->c);
	k->s->tx->has |= RFB_H_SHARED;
	k->s->step = RFB_S_SERVER_INIT;
}

static void server_init(struct call *k)
{
	struct rfb_tx *tx = k->s->tx;
	const uint8_t *format;

	tx->width = dp_cur_be16(&k->c);
	tx->height = dp_cur_be16(&k->c);
	format = dp_cur_bytes(&k->c, 16);
	text(k, &tx->name);
	if (k->c.bad || !format)
		return;
	memcpy(tx->format, format, sizeof(tx->format));
	tx->has |= RFB_H_SCREEN;
	raise(tx, RFB_DONE);
	k->s->step = RFB_S_SKIP;
}

static const struct {
	void (*read)(struct call *k);
	uint8_t dir; /* who speaks */
} step[] = {
	[RFB_S_SERVER_VERSION] = {server_version, TC}, [RFB_S_CLIENT_VERSION] = {client_version, TS},
	[RFB_S_TYPES] = {types, TC}, [RFB_S_CHOICE] = {choice, TS},
	[RFB_S_SERVER_TYPE] = {server_type, TC}, [RFB_S_CHALLENGE] = {challenge, TC},
	[RFB_S_RESPONSE] = {response, TS}, [RFB_S_RESULT] = {result, TC},
	[RFB_S_REASON] = {reason, TC}, [RFB_S_CLIENT_INIT] = {client_init, TS},
	[RFB_S_SERVER_INIT] = {server_init, TC},
};

/** Somebody speaks out of turn. What is left cannot be told apart any more. */
static void confused(struct call *k, enum sig_dir d)
{
	event(k, d, SIG_EV_RFB_CONFUSED);
	k->s->step = RFB_S_SKIP;
}

static int rfb_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct rfb_state *s = state;
	const enum sig_dir d = in->dir;
	uint32_t pos = 0;

	while (pos < in->data.n && s->step != RFB_S_SKIP) {
		struct call k = {.x = x, .s = s,
			.c = dp_cur_of(in->data.p + pos, in->data.n - pos)};
		const uint8_t at = s->step;
		const uint16_t had = s->tx ? s->tx->has : 0;
		uint32_t id;

		if (step[at].dir != d) {
			if (at == RFB_S_SERVER_VERSION)
				return DP_APP_ERROR;
			confused(&k, d);
			break;
		}
		if (at != RFB_S_SERVER_VERSION && !s->tx)
			return DP_APP_ERROR;
		step[at].read(&k);
		if (k.malformed) {
			event(&k, d, SIG_EV_RFB_MALFORMED);
			return DP_APP_ERROR;
		}
		if (k.c.bad) { // nothing was said yet
			s->step = at;
			if (s->tx)
				s->tx->has = had;
			*consumed = pos;
			return DP_APP_OK;
		}
		id = dp_frame_add(x, in, SIG_FRAME_RFB_PDU, pos, k.c.off);
		dp_frame_tx(x, d, id, s->tx ? &s->tx->tx : NULL);
		x->a->flush[d] = true;
		pos += k.c.off;
	}
	*consumed = in->data.n;
	return DP_APP_OK;
}

/** Pictures may have holes. */
static int rfb_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	return ((struct rfb_state *)state)->step == RFB_S_SKIP ? DP_APP_OK : DP_APP_ERROR;
}

static enum dp_buf_state rfb_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct rfb_tx *tx = (const struct rfb_tx *)t;

	if (instance || b != SIG_BUF_RFB_NAME || !(tx->has & RFB_H_SCREEN))
		return DP_BUF_ABSENT;
	*out = (struct dp_span){tx->name.p, tx->name.n};
	return DP_BUF_FULL;
}

static bool rfb_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	const struct rfb_tx *tx = (const struct rfb_tx *)t;
	const bool type = n == SIG_NUM_RFB_SECTYPE;

	*out = type ? tx->type : tx->result;
	return instance == 0 && (tx->has & (type ? RFB_H_TYPE : RFB_H_RESULT));
}

static const struct dp_app_pattern rfb_patterns[] = {
	{.dir = 2, .nocase = true, .len = 4, .bytes = "RFB "},
};
static const struct dp_app_buffer rfb_buffers[] = {{SIG_BUF_RFB_NAME, TC, RFB_DONE}};
static const struct dp_app_number rfb_numbers[] = {
	{SIG_NUM_RFB_SECTYPE, TS, RFB_SECTYPE}, {SIG_NUM_RFB_SECRESULT, TC, RFB_RESULT},
};

const struct dp_app_desc dp_app_rfb = {
	.proto = SIG_PROTO_RFB,
	.eve_type = "rfb",
	.tcp = true,
	.log_packet_dir = true,
	.patterns = rfb_patterns,
	.n_patterns = 1,
	.open = rfb_open,
	.close = rfb_close,
	.parse = rfb_parse,
	.gap = rfb_gap,
	.tx_free = rfb_tx_free,
	.complete = {RFB_DONE, RFB_DONE},
	.buffers = rfb_buffers,
	.n_buffers = 1,
	.numbers = rfb_numbers,
	.n_numbers = 2,
	.buffer = rfb_buffer,
	.number = rfb_number,
	.log = rfb_log,
};
