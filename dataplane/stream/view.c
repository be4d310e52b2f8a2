/* SPDX-License-Identifier: Apache-2.0 */
/* What the two readers of a direction get to see, and when. */
#include "stream_priv.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Has this side reset the session? */
static bool has_reset(const struct dp_tcp *s, const struct half *h)
{
	return (s->flags & TF_CLOSED_BY_RST) && (h->flags & HF_RST);
}

/* Data counts up to here: all that arrived (inline, or at the end), else what was acknowledged. Who resets
 * gets no acknowledgement any more. */
static uint64_t limit_of(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h)
{
	if (c->conf->inline_mode || (s->flags & (TF_FLUSH | TF_ASYNC)) || has_reset(s, h))
		return UINT64_MAX;
	return h->ack_off;
}

/* Is whatever ends at `off` all there will ever be? */
static bool at_end(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h, uint64_t off)
{
	// Passive, as the peer: what a FIN says counts once the session is closed.
	if (c->conf->inline_mode && (h->flags & HF_FIN) && off >= h->fin_off)
		return true;
	if ((h->flags & HF_DEPTH) && s->depth != 0 && off >= s->depth)
		return false;
	if (h->last != NULL && off < h->last->off + h->last->len)
		return false; // more will be shown, at the latest when the flow ends
	if (s->flags & TF_FLUSH)
		return true;
	// A reset ends what its sender says. What the other side had under way is over with the flow.
	return s->state == DP_TCP_CLOSED && (!(s->flags & TF_CLOSED_BY_RST) || has_reset(s, h));
}

/* Behind a hole data counts when the receiver acknowledged it (so it has what we miss), or when
 * nothing more will come. */
static bool hole_passed(const struct dp_tcp *s, const struct half *h, uint64_t to)
{
	return (s->flags & TF_FLUSH) || h->ack_off >= to;
}

/* Passive, an acknowledgement counts with the next packet of its sender: what fills a hole may stand
 * behind it in the capture. */
static bool hole_open(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h)
{
	return !c->conf->inline_mode && !(s->flags & TF_FLUSH) && (h->flags & HF_UNHEARD);
}

static void span_of(const struct blk *b, uint64_t from, uint64_t to, struct dp_stream_view *v)
{
	uint64_t end = b->off + b->len;

	if (end > to)
		end = to;
	v->data.p = b->data + b->head + (from - b->off);
	v->data.n = (uint32_t)(end - from);
	v->off = from;
}

/*
 * Contiguous bytes from `from`; when there are none, whether a hole is known to stay one: *gap
 * bytes then, and the bytes behind it. False: nothing yet.
 */
static bool look(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h,
	uint64_t from, struct dp_stream_view *v)
{
	uint64_t limit = limit_of(c, s, h);
	const struct blk *b = half_find(h, from);
	uint64_t to;

	v->data = v->head = (struct dp_span){0};
	v->off = from;
	v->gap = 0;
	v->flags = 0;
	if (b != NULL && b->off <= from) {
		if (limit <= from)
			return false;
		span_of(b, from, limit, v);
		return v->data.n != 0;
	}
	// No byte at `from`. How far does the hole reach, and is it final?
	if (hole_open(c, s, h))
		return false;
	if (b != NULL && hole_passed(s, h, b->off)) {
		to = b->off;
	} else if (!(h->flags & (HF_DEPTH | HF_MEMCAP)) && h->ack_off > from && b == NULL) {
		// Acknowledged, never seen. An acknowledgement of what its sender has not come to
		// proves nothing: more may still be on its way, and at the end nothing is behind it.
		if (h->tail_off < h->ack_off)
			return false;
		to = h->ack_off;
	} else if (b != NULL && h->ack_off > from && !c->conf->inline_mode) {
		to = h->ack_off < b->off ? h->ack_off : b->off;
	} else {
		return false;
	}
	if (s->depth != 0 && to > s->depth)
		to = s->depth;
	if (to <= from || (h->flags & HF_DEPTH && s->depth != 0 && from >= s->depth))
		return false;
	v->gap = to - from > UINT32_MAX ? UINT32_MAX : (uint32_t)(to - from);
	v->flags |= DP_SF_GAP;
	v->off = from + v->gap;
	if (b != NULL && b->off == v->off && limit > b->off)
		span_of(b, b->off, limit, v);
	return true;
}

static void note_gap(struct dp_ctx *ctx, struct dp_flow *f, struct half *h, int dir)
{
	// What the end of a flow leaves unacknowledged is no hole: nobody says that the receiver
	// has it.
	if (f->tcp->flags & TF_FLUSH)
		return;
	if (h->flags & HF_GAP)
		return;
	h->flags |= HF_GAP;
	f->flags |= dir == SIG_DIR_TO_SERVER ? DP_FF_GAP_TS : DP_FF_GAP_TC;
}

/** What the parser had left, as far as it stands in one piece. */
static void head_of(const struct half *h, struct dp_stream_view *v)
{
	const struct blk *b = half_find(h, h->app_off);
	struct dp_stream_view w = {0};

	if (b == NULL || b->off > h->app_off)
		return;
	span_of(b, h->app_off, h->app_end, &w);
	if (h->app_off + w.data.n == h->app_end)
		v->head = w.data;
}

bool dp_stream_app_view(
	struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir, struct dp_stream_view *v)
{
	struct dp_tcp *s = f->tcp;
	struct half *h;
	uint64_t end;
	bool got, eof;

	if (s == NULL || ((h = &s->half[dir])->flags & HF_APP_OFF))
		return false;
	got = look(ctx, s, h, h->app_off, v);
	if (!got && h->app_end > h->app_off) {
		// The parser waits for more than it was shown; a hole there takes what it waits for
		// too.
		struct dp_stream_view w;

		if (look(ctx, s, h, h->app_end, &w) && (w.flags & DP_SF_GAP)) {
			w.gap += (uint32_t)(h->app_end - h->app_off);
			*v = w;
			head_of(h, v);
			got = true;
		}
	} else if (got && !(v->flags & DP_SF_GAP) && v->off + v->data.n <= h->app_end) {
		struct dp_stream_view w;

		if (look(ctx, s, h, v->off + v->data.n, &w) && (w.flags & DP_SF_GAP)) {
			w.gap += v->data.n;
			*v = w;
			head_of(h, v);
		}
	}
	end = v->off + v->data.n;
	eof = at_end(ctx, s, h, end);
	if (eof)
		v->flags |= DP_SF_EOF;
	if (h->flags & HF_DEPTH)
		v->flags |= DP_SF_DEPTH;
	if (v->off == 0)
		v->flags |= DP_SF_START;
	if (v->flags & DP_SF_GAP) {
		note_gap(ctx, f, h, dir);
		if (!(s->flags & TF_FLUSH))
			ctx->cnt->tcp_reassembly_gap++; // once, though raw signatures meet it too
		h->app_gap = v->gap;
		h->flags |= HF_APP_GAP;
	} else if (!(got && end > h->app_end) && !(eof && !(h->flags & HF_APP_EOF)) &&
		   !((h->flags & HF_DEPTH) && !(h->flags & HF_APP_DEPTH) && end >= s->depth)) {
		return false;
	}
	h->app_end = end;
	if (eof)
		h->flags |= HF_APP_EOF;
	if ((h->flags & HF_DEPTH) && end >= s->depth)
		h->flags |= HF_APP_DEPTH;
	return true;
}

void dp_stream_app_consume(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir, uint32_t n)
{
	struct half *h;

	if (f->tcp == NULL)
		return;
	h = &f->tcp->half[dir];
	if (h->flags & HF_APP_GAP) {
		h->app_off += h->app_gap;
		h->app_gap = 0;
		h->flags &= ~(uint32_t)HF_APP_GAP;
	}
	h->app_off += n;
	// Offered again from there, should the caller ask within the same packet.
	if (n != 0 && h->app_end > h->app_off)
		h->app_end = h->app_off;
	if (h->app_end < h->app_off)
		h->app_end = h->app_off;
}

static void readers_changed(struct dp_ctx *ctx, struct dp_flow *f, struct half *h)
{
	if ((h->flags & (HF_APP_OFF | HF_RAW_OFF)) == (HF_APP_OFF | HF_RAW_OFF))
		half_free(ctx, h);
	else
		half_prune(ctx, f->tcp, h);
}

void dp_stream_app_again(struct dp_flow *f, enum sig_dir dir)
{
	if (f->tcp != NULL)
		f->tcp->half[dir].app_end = f->tcp->half[dir].app_off;
}

void dp_stream_app_off(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir)
{
	if (f->tcp == NULL)
		return;
	f->tcp->half[dir].flags |= HF_APP_OFF;
	readers_changed(ctx, f, &f->tcp->half[dir]);
}

static uint64_t raw_bound(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h)
{
	uint64_t limit = limit_of(c, s, h);

	return (h->flags & HF_RAW_STOP) && h->raw_stop < limit ? h->raw_stop : limit;
}

/* Where raw inspection would stop now. */
static uint64_t raw_limit(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h)
{
	uint64_t limit = raw_bound(c, s, h);
	uint64_t end = h->last != NULL ? h->last->off + h->last->len : 0;

	return limit < end ? limit : end;
}

bool half_raw_ready(const struct dp_ctx *c, const struct dp_tcp *s, const struct half *h, int dir)
{
	uint64_t limit = raw_limit(c, s, h);
	uint32_t chunk = dir == SIG_DIR_TO_SERVER ? c->conf->chunk_ts : c->conf->chunk_tc;

	if ((h->flags & HF_RAW_OFF) || limit <= h->raw_off)
		return false;
	if (c->conf->inline_mode || (h->flags & (HF_TRIGGER | HF_DEPTH | HF_RAW_FRESH)) ||
		(s->flags & TF_FLUSH))
		return true;
	// The session is going down: no chunk will be collected any more, as the peer does it.
	if (s->state > DP_TCP_TIME_WAIT)
		return true;
	return limit - h->raw_off >= chunk;
}

/* The packet's own bytes and what stands around them, when they are not next in order. */
static bool aside_view(struct dp_ctx *ctx, const struct half *h, int dir, struct dp_stream_view *v,
	uint32_t *fresh)
{
	uint64_t window = raw_window(ctx->conf, dir), from = h->aside_off;
	const struct blk *b = h->aside_n ? half_find(h, h->aside_off) : NULL;

	if (b == NULL || b->off > from || (h->flags & HF_RAW_OFF))
		return false;
	from = from - b->off > window ? from - window : b->off;
	*v = (struct dp_stream_view){.flags = DP_SF_ASIDE};
	span_of(b, from, UINT64_MAX, v);
	*fresh = (uint32_t)(h->aside_off - from);
	return true;
}

static bool next_view(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir, struct dp_stream_view *v,
	uint32_t *fresh)
{
	struct dp_tcp *s = f->tcp;
	struct half *h;
	uint64_t from, limit, window = raw_window(ctx->conf, dir);
	struct blk *b;

	if (s == NULL || !half_raw_ready(ctx, s, &s->half[dir], dir))
		return false;
	h = &s->half[dir];
	limit = raw_bound(ctx, s, h);
	b = half_find(h, h->raw_off);
	if (b == NULL)
		return false;
	*v = (struct dp_stream_view){0};
	from = h->raw_off;
	if (b->off > from) { // a hole
		if (limit <= b->off || !hole_passed(s, h, b->off))
			return false;
		v->gap = (uint32_t)(b->off - from);
		v->flags |= DP_SF_GAP;
		note_gap(ctx, f, h, dir);
		from = h->raw_off = b->off;
		h->raw_gap = v->gap;
	}
	if (limit <= from)
		return false;
	if (from > b->off)
		from = from - b->off > window ? from - window : b->off;
	span_of(b, from, limit, v);
	*fresh = (uint32_t)(h->raw_off - from);
	if (at_end(ctx, s, h, v->off + v->data.n))
		v->flags |= DP_SF_EOF;
	if (h->flags & HF_DEPTH)
		v->flags |= DP_SF_DEPTH;
	if (v->off == 0)
		v->flags |= DP_SF_START;
	return true;
}

bool dp_stream_raw_view(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir,
	struct dp_stream_view *v, uint32_t *fresh)
{
	return next_view(ctx, f, dir, v, fresh) ||
		(f->tcp != NULL && aside_view(ctx, &f->tcp->half[dir], dir, v, fresh));
}

void dp_stream_raw_done(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir, uint64_t upto)
{
	struct half *h;

	if (f->tcp == NULL)
		return;
	h = &f->tcp->half[dir];
	if (upto > h->raw_off)
		h->raw_off = upto;
	h->flags &= ~(uint32_t)(HF_TRIGGER | HF_RAW_FRESH);
	h->raw_gap = 0;
	if ((h->flags & HF_RAW_STOP) && h->raw_off >= h->raw_stop) {
		h->flags |= HF_RAW_OFF;
		readers_changed(ctx, f, h);
		return;
	}
	half_prune(ctx, f->tcp, h);
}

/* Where the oldest byte stands that somebody still has to look at. */
static uint64_t base_of(const struct half *h)
{
	uint64_t base = UINT64_MAX;

	if (!(h->flags & HF_RAW_OFF))
		base = h->raw_off - h->raw_gap;
	if (!(h->flags & HF_APP_OFF) && h->app_off < base)
		base = h->app_off;
	return h->first->off < base ? h->first->off : base;
}

uint32_t dp_stream_copy(const struct dp_ctx *ctx, const struct dp_flow *f, enum sig_dir dir,
	uint8_t *out, uint32_t cap)
{
	const struct half *h = f->tcp ? &f->tcp->half[dir] : NULL;
	uint64_t limit, at;
	uint32_t n = 0;

	if (h == NULL || h->first == NULL)
		return 0;
	limit = limit_of(ctx, f->tcp, h);
	at = base_of(h);
	for (const struct blk *b = h->first; b != NULL && b->off < limit && n < cap; b = b->next) {
		struct dp_stream_view v;
		char hole[48];
		uint32_t k;

		if (b->off > at) {
			k = (uint32_t)snprintf(hole, sizeof(hole), "[%" PRIu64 " bytes missing]", b->off - at);
			k = k < cap - n ? k : cap - n;
			memcpy(out + n, hole, k);
			n += k;
		}
		span_of(b, b->off, limit, &v);
		k = v.data.n < cap - n ? v.data.n : cap - n;
		memcpy(out + n, v.data.p, k);
		n += k;
		at = b->off + v.data.n;
	}
	return n;
}

void dp_stream_raw_flush(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir)
{
	(void)ctx;
	if (f->tcp != NULL)
		f->tcp->half[dir].flags |= HF_TRIGGER;
}

void dp_stream_raw_off(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir)
{
	struct half *h;

	if (f->tcp == NULL)
		return;
	h = &f->tcp->half[dir];
	if (h->last != NULL && h->last->off + h->last->len > h->raw_off) {
		h->flags |= HF_RAW_STOP;
		h->raw_stop = h->last->off + h->last->len;
		return;
	}
	h->flags |= HF_RAW_OFF;
	readers_changed(ctx, f, h);
}

uint64_t dp_stream_edge(const struct dp_ctx *ctx, const struct dp_flow *f, enum sig_dir dir)
{
	return f->tcp ? raw_limit(ctx, f->tcp, &f->tcp->half[dir]) : 0;
}

uint64_t dp_stream_end(const struct dp_flow *f, enum sig_dir dir)
{
	const struct half *h = f->tcp ? &f->tcp->half[dir] : NULL;

	return h && h->last ? h->last->off + h->last->len : 0;
}

uint64_t dp_stream_app_offset(const struct dp_flow *f, enum sig_dir dir)
{
	const struct half *h = f->tcp ? &f->tcp->half[dir] : NULL;

	return !h || (h->flags & HF_APP_OFF) ? UINT64_MAX : h->app_off;
}

bool dp_stream_at(const struct dp_flow *f, enum sig_dir dir, uint64_t off, uint64_t edge,
	struct dp_stream_view *v)
{
	const struct blk *b = f->tcp ? half_find(&f->tcp->half[dir], off) : NULL;

	if (!b)
		return false;
	if (off < b->off)
		off = b->off;
	if (off >= edge)
		return false;
	*v = (struct dp_stream_view){0};
	span_of(b, off, edge, v);
	return v->data.n != 0;
}

void dp_stream_hold(struct dp_flow *f, enum sig_dir dir, uint64_t off)
{
	if (f->tcp)
		f->tcp->half[dir].hold_off = off + 1;
}

uint64_t dp_stream_raw_shown(const struct dp_flow *f, enum sig_dir dir)
{
	const struct half *h = f->tcp ? &f->tcp->half[dir] : NULL;

	return !h ? 0 : h->raw_shown > h->raw_off ? h->raw_shown : h->raw_off;
}

void dp_stream_rescan(struct dp_ctx *ctx, struct dp_flow *f)
{
	(void)ctx;
	if (f->tcp == NULL)
		return;
	for (int d = 0; d < 2; d++) {
		struct half *h = &f->tcp->half[d];

		if ((h->flags & HF_RAW_OFF) || h->first == NULL || h->first->off >= h->raw_off)
			continue;
		if (h->raw_shown < h->raw_off)
			h->raw_shown = h->raw_off;
		h->raw_off = h->first->off;
		h->flags |= HF_RAW_FRESH;
	}
}
