/* SPDX-License-Identifier: Apache-2.0 */
/* Frames (RFC 9113 section 6) and the descriptor. */
#include "http2.h"
#include <dp/frame.h>
#include <sig/rule.h>

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define FRAME_HDR 9u
#define MAGIC "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define MAGIC_LEN 24u

struct frame {
	uint32_t len, stream;
	uint8_t type, flags;
	enum sig_dir dir;
};

void h2_close(struct dp_app_ctx *x, void *state)
{
	struct h2_state *s = state;

	h2_hpack_close(s);
	dp_bytes_free(x->c, &s->dir[0].block);
	dp_bytes_free(x->c, &s->dir[1].block);
	dp_slab_free(x->c->slab, DP_MEM_APP, s, sizeof(*s));
}

int h2_open(struct dp_app_ctx *x, void **state)
{
	struct h2_state *s = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*s));

	if (!s)
		return -1;
	s->slab = x->c->slab;
	if (h2_hpack_open(s)) {
		h2_close(x, s);
		return -1;
	}
	*state = s;
	if (x->a->carry)
		h2_carry(x);
	return 0;
}

void h2_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct h2_tx *tx = (struct h2_tx *)t;

	for (int d = 0; d < 2; d++) {
		dp_bytes_free(x->c, &tx->side[d].order);
		dp_bytes_free(x->c, &tx->side[d].cookie);
		dp_slab_free(x->c->slab, DP_MEM_APP, tx->side[d].setting,
			H2_SETTINGS_MAX * sizeof(struct h2_setting));
	}
	h2_doh_free(x, tx);
	http_tx_release(x, &tx->h);
}

struct h2_tx *h2_stream(struct dp_app_ctx *x, uint32_t id)
{
	struct h2_tx *tx;

	for (struct dp_tx *t = id ? x->a->tx_last : NULL; t; t = t->prev)
		if (((struct h2_tx *)t)->stream == id)
			return (struct h2_tx *)t;
	if (x->a->tx_live >= H2_STREAMS_MAX) {
		dp_tx_event(x, x->a->tx_last, TS, SIG_EV_HTTP2_MANY_STREAMS);
		return NULL;
	}
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return NULL;
	tx->stream = id;
	if (id == 0)
		tx->h.tx.progress[0] = tx->h.tx.progress[1] = H2_P_CLOSED;
	return tx;
}

static void remember(struct h2_tx *tx, const struct frame *f, enum h2_note_kind kind,
	uint32_t value)
{
	struct h2_side *s = &tx->side[f->dir];

	if (s->n_note < H2_NOTES_MAX)
		s->note[s->n_note++] = (struct h2_note){f->type, (uint8_t)kind, value};
}

void h2_note_headers(struct h2_tx *tx, enum sig_dir d)
{
	remember(tx, &(struct frame){.type = H2_HEADERS, .dir = d}, H2_NOTE_NONE, 0);
}

void h2_settings(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, struct dp_span data)
{
	struct h2_side *s = &tx->side[d];
	struct dp_cur c = dp_cur_of(data.p, data.n);

	remember(tx, &(struct frame){.type = H2_SETTINGS, .dir = d}, H2_NOTE_NONE, 0);
	if (data.n % 6)
		dp_tx_event(x, &tx->h.tx, d, SIG_EV_HTTP2_FRAME_DATA);
	if (!s->setting)
		s->setting = dp_slab_zalloc(x->c->slab, DP_MEM_APP,
			H2_SETTINGS_MAX * sizeof(*s->setting));
	while (s->setting && s->n_setting < H2_SETTINGS_MAX && dp_cur_left(&c) >= 6) {
		s->setting[s->n_setting].id = dp_cur_be16(&c);
		s->setting[s->n_setting++].value = dp_cur_be32(&c);
	}
}

/** The block is complete: decode it, and say so to the message. */
static bool block_done(struct dp_app_ctx *x, struct h2_state *s, enum sig_dir d)
{
	struct h2_dir *w = &s->dir[d];
	struct h2_tx *tx = h2_stream(x, w->block_stream);
	bool ok = h2_block(x, s, tx, d, (struct dp_span){w->block.p, w->block.n});

	w->in_block = false;
	w->block.n = 0;
	if (!tx)
		return ok;
	if (!ok)
		dp_tx_event(x, &tx->h.tx, d, SIG_EV_HTTP2_HEADER);
	h2_message(x, tx, d);
	if (w->block_push) { // a request told by the server, whose answer's own fields are yet to come
		tx->h.tx.progress[TS] = HTTP_P_DONE;
		tx->h.tx.progress[TC] = HTTP_P_START;
	}
	if (w->block_end)
		h2_end(x, tx, d);
	return ok;
}

static bool headers(struct dp_app_ctx *x, struct h2_state *s, const struct frame *f,
	struct dp_cur c)
{
	struct h2_dir *w = &s->dir[f->dir];
	uint32_t pad = f->flags & H2_PADDED ? dp_cur_u8(&c) : 0, target = f->stream;
	struct h2_tx *tx;

	if (f->type == H2_PUSH_PROMISE)
		target = dp_cur_be32(&c) & 0x7fffffff;
	tx = h2_stream(x, target);
	if (f->type == H2_HEADERS && (f->flags & H2_HAS_PRIORITY)) {
		dp_cur_skip(&c, 4);
		if (tx)
			remember(tx, f, H2_NOTE_PRIORITY, dp_cur_u8(&c));
		else
			dp_cur_skip(&c, 1);
	} else if (tx) {
		remember(tx, f, H2_NOTE_NONE, 0);
	}
	if (c.bad || pad > dp_cur_left(&c)) {
		dp_tx_event(x, tx ? &tx->h.tx : NULL, f->dir, SIG_EV_HTTP2_FRAME_DATA);
		return true;
	}
	if (tx && f->type == H2_HEADERS && tx->h.tx.progress[f->dir] >= HTTP_P_DONE)
		dp_tx_event(x, &tx->h.tx, f->dir, SIG_EV_HTTP2_ID_REUSE);
	w->in_block = true;
	w->block_stream = target;
	w->block_push = f->type == H2_PUSH_PROMISE;
	w->block_end = f->type == H2_HEADERS && (f->flags & H2_END_STREAM);
	w->block.n = 0;
	dp_bytes_add(x->c, &w->block, c.p + c.off, dp_cur_left(&c) - pad, H2_BLOCK_MAX);
	return f->flags & H2_END_HEADERS ? block_done(x, s, f->dir) : true;
}

static bool continuation(struct dp_app_ctx *x, struct h2_state *s, const struct frame *f,
	struct dp_cur c)
{
	struct h2_dir *w = &s->dir[f->dir];
	struct h2_tx *tx = h2_stream(x, w->in_block ? w->block_stream : f->stream);

	if (tx)
		remember(tx, f, H2_NOTE_NONE, 0);
	if (!w->in_block)
		return true;
	if (!dp_bytes_add(x->c, &w->block, c.p, c.n, H2_BLOCK_MAX))
		dp_tx_event(x, tx ? &tx->h.tx : NULL, f->dir, SIG_EV_HTTP2_REASSEMBLY);
	return f->flags & H2_END_HEADERS ? block_done(x, s, f->dir) : true;
}

/** A frame whose payload is all here; DATA comes another way. False: the connection is lost. */
static bool frame(struct dp_app_ctx *x, struct h2_state *s, const struct frame *f, struct dp_cur c)
{
	struct h2_tx *tx;

	if (f->type == H2_HEADERS || f->type == H2_PUSH_PROMISE)
		return headers(x, s, f, c);
	if (f->type == H2_CONTINUATION)
		return continuation(x, s, f, c);
	if (f->type == H2_SETTINGS && f->len == 0)
		return true; /* an acknowledgement says nothing */
	tx = h2_stream(x, f->stream);
	if (!tx)
		return true;
	switch (f->type) {
	case H2_SETTINGS:
		h2_settings(x, tx, f->dir, (struct dp_span){c.p, c.n});
		break;
	case H2_PRIORITY:
		dp_cur_skip(&c, 4);
		remember(tx, f, H2_NOTE_PRIORITY, dp_cur_u8(&c));
		break;
	case H2_RST_STREAM:
		remember(tx, f, H2_NOTE_ERROR, dp_cur_be32(&c));
		if (f->stream) {
			h2_end(x, tx, TS);
			h2_end(x, tx, TC);
		}
		break;
	case H2_GOAWAY:
		dp_cur_skip(&c, 4);
		remember(tx, f, H2_NOTE_ERROR, dp_cur_be32(&c));
		break;
	case H2_WINDOW_UPDATE:
		remember(tx, f, H2_NOTE_WINDOW, dp_cur_be32(&c) & 0x7fffffff);
		break;
	default:
		remember(tx, f, H2_NOTE_NONE, 0);
		return true;
	}
	if (c.bad)
		dp_tx_event(x, &tx->h.tx, f->dir, SIG_EV_HTTP2_FRAME_LENGTH);
	return true;
}

static void data_begin(struct dp_app_ctx *x, struct h2_state *s, const struct frame *f, uint8_t pad)
{
	struct h2_dir *w = &s->dir[f->dir];
	uint32_t extra = f->flags & H2_PADDED ? 1u + pad : 0;
	struct h2_tx *tx = h2_stream(x, f->stream);

	w->data_stream = f->stream;
	w->data_end = f->flags & H2_END_STREAM;
	w->pad_left = extra ? pad : 0;
	w->data_left = f->len > extra ? f->len - extra : 0;
	if (f->len < extra) {
		w->pad_left = f->len ? f->len - 1 : 0;
		dp_tx_event(x, tx ? &tx->h.tx : NULL, f->dir, SIG_EV_HTTP2_FRAME_DATA);
	}
	if (tx)
		remember(tx, f, H2_NOTE_NONE, 0);
	if (!f->stream) // content is nobody's (RFC 9113 section 6.1)
		dp_tx_event(x, tx ? &tx->h.tx : NULL, f->dir, SIG_EV_HTTP2_DATA_STREAM_ZERO);
	if (tx && w->data_end && !w->data_left)
		h2_end(x, tx, f->dir);
}

static uint32_t min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/** What is left of the frame before: body, padding, or what nobody wants. */
static void leftovers(struct dp_app_ctx *x, struct h2_state *s, enum sig_dir d, struct dp_cur *c)
{
	struct h2_dir *w = &s->dir[d];
	uint32_t n;

	if (w->data_left && dp_cur_left(c)) {
		struct h2_tx *tx = w->data_stream ? h2_stream(x, w->data_stream) : NULL;

		n = min(w->data_left, dp_cur_left(c));
		w->data_left -= n;
		if (tx && tx->stream)
			h2_data(x, tx, d, (struct dp_span){c->p + c->off, n});
		if (tx && !w->data_left && w->data_end)
			h2_end(x, tx, d);
		dp_cur_skip(c, n);
	}
	if (!w->data_left) {
		n = min(w->pad_left, dp_cur_left(c));
		w->pad_left -= n;
		dp_cur_skip(c, n);
		n = min(w->skip, dp_cur_left(c));
		w->skip -= n;
		dp_cur_skip(c, n);
	}
}

/** 1: the client's greeting is behind, 0: more bytes wanted, -1: it is not one. */
static int magic(struct dp_app_ctx *x, struct h2_dir *w, enum sig_dir d, struct dp_cur *c)
{
	uint32_t n = min(dp_cur_left(c), MAGIC_LEN);

	if (d == TC || w->magic_done)
		return 1;
	if (memcmp(c->p + c->off, MAGIC, n) != 0) {
		dp_app_event(x, d, SIG_EV_HTTP2_CLIENT_MAGIC);
		return -1;
	}
	if (n < MAGIC_LEN)
		return 0;
	dp_cur_skip(c, MAGIC_LEN);
	w->magic_done = true;
	return 1;
}

static void note_frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t at,
	const struct frame *f)
{
	const struct dp_tx *t = x->a->tx_last; // a frame of the connection has just made its own
	uint32_t id[3];

	id[0] = dp_frame_add(x, in, SIG_FRAME_HTTP2_HDR, at, FRAME_HDR);
	id[1] = dp_frame_add(x, in, SIG_FRAME_HTTP2_DATA, at + FRAME_HDR, f->len);
	id[2] = dp_frame_add(x, in, SIG_FRAME_HTTP2_PDU, at, FRAME_HDR + (int64_t)f->len);
	if (!(id[0] | id[1] | id[2]))
		return;
	while (t && f->stream && ((const struct h2_tx *)t)->stream != f->stream)
		t = t->prev;
	for (unsigned i = 0; i < 3; i++)
		dp_frame_tx(x, in->dir, id[i], t);
}

int h2_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct h2_state *s = state;
	struct h2_dir *w = &s->dir[in->dir];
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	int ok;

	x->a->need[in->dir] = 0;
	*consumed = 0;
	if (!dp_cur_left(&c))
		return DP_APP_OK;
	ok = magic(x, w, in->dir, &c);
	if (ok <= 0)
		return ok ? DP_APP_ERROR : DP_APP_OK;
	for (;;) {
		struct frame f = {.dir = in->dir};
		struct dp_cur head, body;

		leftovers(x, s, in->dir, &c);
		*consumed = c.off;
		if (dp_cur_left(&c) < FRAME_HDR)
			return DP_APP_OK;
		head = c;
		f.len = dp_cur_be24(&head);
		f.type = dp_cur_u8(&head);
		f.flags = dp_cur_u8(&head);
		f.stream = dp_cur_be32(&head) & 0x7fffffff;
		if (f.type == H2_DATA) {
			if ((f.flags & H2_PADDED) && dp_cur_left(&head) < 1)
				return DP_APP_OK;
			note_frames(x, in, c.off, &f);
			if (f.len > H2_LONG_FRAME) {
				struct h2_tx *tx = h2_stream(x, f.stream);

				dp_tx_event(x, tx ? &tx->h.tx : NULL, in->dir, SIG_EV_HTTP2_LONG_FRAME);
			}
			data_begin(x, s, &f, f.flags & H2_PADDED && f.len ? dp_cur_u8(&head) : 0);
			c = head;
			continue;
		}
		if (f.len > H2_LONG_FRAME) {
			struct h2_tx *tx = h2_stream(x, f.stream);

			note_frames(x, in, c.off, &f);
			dp_tx_event(x, tx ? &tx->h.tx : NULL, in->dir, SIG_EV_HTTP2_LONG_FRAME);
			w->skip = f.len;
			c = head;
			continue;
		}
		if (dp_cur_left(&head) < f.len) {
			x->a->need[in->dir] = FRAME_HDR + f.len;
			return DP_APP_OK;
		}
		body = dp_cur_sub(&head, f.len);
		ok = frame(x, s, &f, body);
		note_frames(x, in, c.off, &f);
		c = head;
		if (!ok)
			return DP_APP_ERROR;
	}
}

/** A server's SETTINGS: the first frame after an upgrade (RFC 9113 section 3.4). */
static enum dp_probe h2_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	const uint8_t *p = in->data.p;

	if (in->dir != TC || (x->a->proto_dir[TS] && x->a->proto_dir[TS] != SIG_PROTO_HTTP2))
		return DP_PROBE_NO;
	if (x->a->proto_expected != SIG_PROTO_HTTP2 && x->a->proto_dir[TS] != SIG_PROTO_HTTP2)
		return DP_PROBE_NO;
	if (in->data.n < FRAME_HDR)
		return DP_PROBE_MORE;
	return p[0] == 0 && p[3] == H2_SETTINGS && p[2] % 6 == 0 ? DP_PROBE_YES : DP_PROBE_NO;
}

static const struct dp_app_pattern h2_patterns[] = {
	{.dir = TS, .len = MAGIC_LEN, .bytes = MAGIC},
};

static const struct dp_app_buffer h2_buffers[] = {H2_BUFFERS};
static const struct dp_app_number h2_numbers[] = {H2_NUMBERS};

const struct dp_app_desc dp_app_http2 = {
	.proto = SIG_PROTO_HTTP2,
	.eve_type = "http",
	.tcp = true,
	.patterns = h2_patterns,
	.n_patterns = sizeof(h2_patterns) / sizeof(h2_patterns[0]),
	.probe = h2_probe,
	.probe_any_port = true,
	H2_PARSER,
	.buffers = h2_buffers,
	.n_buffers = sizeof(h2_buffers) / sizeof(h2_buffers[0]),
	.numbers = h2_numbers,
	.n_numbers = sizeof(h2_numbers) / sizeof(h2_numbers[0]),
	.buffer = h2_buffer,
	.number = h2_number,
};
