/* SPDX-License-Identifier: Apache-2.0 */
/* Life of frames: made by parsers, held in the stream, logged, forgotten. */
#include "tx.h"
#include <dp/emit.h>
#include <dp/frame.h>
#include <dp/slab.h>
#include <stdio.h>
#include <string.h>

#define ROOM_FIRST 8u
#define PIECES_MAX 32u /* runs of bytes between holes that are printed */
#define PAYLOAD_MAX 4095u

static bool wanted(const struct dp_app_ctx *x, enum sig_frame type)
{
	const struct dp_ctx *c = x->c;

	if (c->conf->log_frame)
		return true;
	if (type == SIG_FRAME_STREAM)
		return (c->frame_streams >> (x->a->proto & 63)) & 1;
	return (c->frame_types[type >> 6] >> (type & 63)) & 1;
}

static struct dp_frame *room(struct dp_app_ctx *x, enum sig_dir dir)
{
	struct dp_slab *slab = x->c->slab;
	struct dp_frames *fs = x->a->frames;
	uint16_t cap;
	void *p;

	if (!fs)
		fs = x->a->frames = dp_slab_zalloc(slab, DP_MEM_APP, sizeof(*fs));
	if (!fs)
		return NULL;
	if (fs->dir[dir].n < fs->dir[dir].cap)
		return &fs->dir[dir].f[fs->dir[dir].n++];
	cap = fs->dir[dir].cap ? (uint16_t)(fs->dir[dir].cap * 2u) : ROOM_FIRST;
	if (cap > DP_FRAMES_MAX)
		return NULL;
	p = fs->dir[dir].f ? dp_slab_realloc(slab, DP_MEM_APP, fs->dir[dir].f,
				     fs->dir[dir].cap * sizeof(struct dp_frame),
				     cap * sizeof(struct dp_frame)) :
			     dp_slab_alloc(slab, DP_MEM_APP, cap * sizeof(struct dp_frame));
	if (!p)
		return NULL;
	fs->dir[dir].f = p;
	fs->dir[dir].cap = cap;
	return &fs->dir[dir].f[fs->dir[dir].n++];
}

static struct dp_frame *find(const struct dp_app_flow *a, enum sig_dir dir, uint32_t id)
{
	struct dp_frames *fs = a->frames;

	for (unsigned i = fs && id ? fs->dir[dir].n : 0; i-- > 0;)
		if (fs->dir[dir].f[i].id == id)
			return &fs->dir[dir].f[i];
	return NULL;
}

static struct dp_frame *same(const struct dp_app_flow *a, enum sig_dir dir, enum sig_frame type,
	uint64_t off)
{
	struct dp_frames *fs = a->frames;

	for (unsigned i = fs ? fs->dir[dir].n : 0; i-- > 0;)
		if (fs->dir[dir].f[i].off == off && fs->dir[dir].f[i].type == type)
			return &fs->dir[dir].f[i];
	return NULL;
}

/** Bytes behind the newest that this frame still needs. */
static uint64_t needs_from(const struct dp_frame *f, uint64_t end)
{
	const uint64_t back = end > DP_FRAME_KEEP ? end - DP_FRAME_KEEP : 0;

	return f->off > back ? f->off : back;
}

static void hold(struct dp_app_ctx *x, enum sig_dir dir)
{
	const struct dp_frames *fs = x->a->frames;
	const uint64_t end = dp_stream_end(x->f, dir);
	uint64_t from = UINT64_MAX;

	for (unsigned i = 0; fs && i < fs->dir[dir].n; i++) {
		const uint64_t at = needs_from(&fs->dir[dir].f[i], end);

		if (at < from)
			from = at;
	}
	dp_stream_hold(x->f, dir, from);
}

uint32_t dp_frame_add(struct dp_app_ctx *x, const struct dp_app_in *in, enum sig_frame type,
	uint32_t rel, int64_t len)
{
	const uint64_t off = in->off + rel;
	struct dp_frame *f;

	if (!wanted(x, type) || rel > in->data.n)
		return 0;
	f = same(x->a, in->dir, type, off);
	if (f) {
		if (len >= 0)
			f->len = len;
		return f->id;
	}
	f = room(x, in->dir);
	if (!f) {
		x->c->cnt->app_frames_lost++;
		return 0;
	}
	*f = (struct dp_frame){.off = off, .len = len, .tx_id = UINT64_MAX, .type = (uint8_t)type,
		.id = ++x->a->frames->dir[in->dir].last_id};
	if (x->f->tcp)
		hold(x, in->dir);
	return f->id;
}

void dp_frame_length(struct dp_app_ctx *x, enum sig_dir dir, uint32_t id, int64_t len)
{
	struct dp_frame *f = find(x->a, dir, id);

	if (f)
		f->len = len;
}

void dp_frame_end(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t id, uint32_t rel)
{
	struct dp_frame *f = find(x->a, in->dir, id);

	if (f && in->off + rel >= f->off)
		f->len = (int64_t)(in->off + rel - f->off);
}

void dp_frame_tx(struct dp_app_ctx *x, enum sig_dir dir, uint32_t id, const struct dp_tx *tx)
{
	struct dp_frame *f = find(x->a, dir, id);

	if (f && tx)
		f->tx_id = tx->id;
}

void dp_frame_stream(struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_frames *fs = x->a->frames;
	uint32_t id = fs ? fs->dir[in->dir].stream_id : 0;

	if (!id && in->data.n && wanted(x, SIG_FRAME_STREAM) && sig_frame_any(x->a->desc->proto)) {
		id = dp_frame_add(x, in, SIG_FRAME_STREAM, 0, -1);
		if (id)
			x->a->frames->dir[in->dir].stream_id = id;
	}
	if (id && in->eof)
		dp_frame_end(x, in, id, in->data.n);
}

const struct dp_frame *dp_frame_by_id(const struct dp_app_flow *a, enum sig_dir dir, uint32_t id)
{
	return find(a, dir, id);
}

/* ---- records -------------------------------------------------------------------------------- */

struct text {
	uint8_t at[PAYLOAD_MAX];
	uint32_t n, max;
};

static bool put(struct text *t, const void *p, uint64_t n)
{
	const uint32_t left = t->max - t->n;
	const uint32_t k = n < left ? (uint32_t)n : left;

	memcpy(t->at + t->n, p, k);
	t->n += k;
	return k == n;
}

static void put_missing(struct text *t, uint64_t n)
{
	char word[48];
	int k = snprintf(word, sizeof(word), "[%llu bytes missing]", (unsigned long long)n);

	put(t, word, (uint64_t)k);
}

static void gather(const struct dp_app_ctx *x, enum sig_dir dir, const struct dp_frame *f,
	bool whole, struct text *t)
{
	const uint64_t end = f->len >= 0 ? f->off + (uint64_t)f->len : UINT64_MAX;
	uint64_t at = f->off;
	struct dp_stream_view v;

	for (unsigned i = 0; i < PIECES_MAX && dp_stream_at(x->f, dir, at, end, &v); i++) {
		if (v.off > at)
			put_missing(t, v.off - at);
		if (!put(t, v.data.p, v.data.n))
			return;
		at = v.off + v.data.n;
	}
	if (whole && at < end)
		put_missing(t, end - at);
}

static void object(const struct dp_app_ctx *x, enum sig_dir dir, const struct dp_frame *f,
	struct dp_rec *r)
{
	struct text t;
	uint64_t len = (uint64_t)f->len;
	bool whole;

	t.n = 0;
	t.max = x->c->conf->log_frame_bytes;
	if (t.max > PAYLOAD_MAX)
		t.max = PAYLOAD_MAX;
	dp_rec_obj(r, "frame");
	dp_rec_cstr(r, "type", sig_frame_info[f->type].name);
	dp_rec_u64(r, "id", f->id);
	dp_rec_cstr(r, "direction", dir == SIG_DIR_TO_SERVER ? "toserver" : "toclient");
	if (x->f->tcp) {
		const uint64_t end = dp_stream_end(x->f, dir);

		dp_rec_u64(r, "stream_offset", f->off);
		if (f->len < 0)
			len = end > f->off ? end - f->off : 0;
		whole = f->len > 0 && f->off + len <= end;
		gather(x, dir, f, whole, &t);
	} else {
		const struct dp_span p = x->p->payload;
		const uint64_t left = p.n > f->off ? p.n - f->off : 0;

		if (f->len < 0)
			len = left;
		whole = len <= left;
		if (left)
			put(&t, p.p + f->off, whole ? len : left);
	}
	dp_rec_u64(r, "length", len);
	if (t.n) {
		dp_rec_payload(r, t.at, t.n);
		dp_rec_bool(r, "complete", whole);
	}
	if (f->tx_id != UINT64_MAX)
		dp_rec_u64(r, "tx_id", f->tx_id);
	dp_rec_end(r);
}

void dp_frame_tree(struct dp_ctx *ctx, const struct dp_pkt *p, uint32_t id, struct dp_rec *r)
{
	const struct dp_app_ctx x = {.c = ctx, .f = p->flow, .a = p->flow->app, .p = p};
	const struct dp_frame *f = x.a ? find(x.a, (enum sig_dir)p->dir, id) : NULL;

	if (f)
		object(&x, (enum sig_dir)p->dir, f, r);
}

static void log_frame(const struct dp_app_ctx *x, enum sig_dir dir, const struct dp_frame *f)
{
	struct dp_ev_app *ev;
	struct dp_rec r;

	if (!x->c->ring)
		return;
	ev = dp_app_record_begin(x, NULL, "frame", dir == SIG_DIR_TO_CLIENT, &r);
	object(x, dir, f, &r);
	dp_app_record_end(x, ev, &r);
}

/* ---- the end -------------------------------------------------------------------------------- */

static bool over(const struct dp_app_ctx *x, enum sig_dir dir, const struct dp_frame *f, bool end)
{
	const uint64_t read = dp_stream_app_offset(x->f, dir);

	if (end || read == UINT64_MAX)
		return true;
	// One at the parser's position may be reported again: it is known by its place.
	return f->len >= 0 && f->off < read &&
		f->off + (uint64_t)f->len <= dp_stream_edge(x->c, x->f, dir);
}

static bool log_due(const struct dp_app_ctx *x, enum sig_dir dir, const struct dp_frame *f, bool end)
{
	const uint64_t read = dp_stream_app_offset(x->f, dir);
	const int64_t have = read < f->off ? 0 : (int64_t)(read - f->off);

	return !f->logged && (end || have >= f->len || have >= (int64_t)DP_FRAME_CHUNK);
}

void dp_frames_settle(struct dp_app_ctx *x)
{
	struct dp_frames *fs = x->a->frames;
	const enum sig_dir dir = (enum sig_dir)x->p->dir;
	const bool udp = !x->f->tcp;
	const bool end = udp || (x->p->flags & DP_PF_PSEUDO) || x->f->tcp_state == DP_TCP_CLOSED;
	unsigned n = 0;

	if (!fs || fs->dir[dir].n == 0)
		return;
	for (unsigned i = 0; i < fs->dir[dir].n; i++) {
		struct dp_frame *f = &fs->dir[dir].f[i];

		if (x->c->conf->log_frame && log_due(x, dir, f, end || x->a->eof[dir])) {
			log_frame(x, dir, f);
			f->logged = true;
		}
		if (!over(x, dir, f, end))
			fs->dir[dir].f[n++] = *f;
	}
	fs->dir[dir].n = (uint16_t)n;
	if (!udp)
		hold(x, dir);
}

void dp_frames_free(struct dp_app_ctx *x)
{
	struct dp_frames *fs = x->a->frames;

	if (!fs)
		return;
	for (unsigned d = 0; d < 2; d++) {
		if (fs->dir[d].f)
			dp_slab_free(x->c->slab, DP_MEM_APP, fs->dir[d].f,
				fs->dir[d].cap * sizeof(struct dp_frame));
		dp_stream_hold(x->f, (enum sig_dir)d, UINT64_MAX);
	}
	dp_slab_free(x->c->slab, DP_MEM_APP, fs, sizeof(*fs));
	x->a->frames = NULL;
}
