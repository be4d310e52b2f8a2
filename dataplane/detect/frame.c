/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of frames. A frame is looked at when it is whole, when it ends, and while it is under
 * way: passive each time DP_FRAME_CHUNK more bytes are there, inline with each new piece, which is
 * then seen together with that many bytes before it. Those are not searched again: the frame notes the
 * signatures whose search was found in it. On a wire it notes as well of what was told, and nothing is
 * told again as long as some of the bytes that it was told of are still shown. Bytes are those that the stream keeps; behind
 * a hole they are a piece of their own, as every other piece at its place in the frame.
 */
#include "search.h"
#include <string.h>

#define PIECES_MAX 32u

struct piece {
	struct dp_span s;
	uint64_t start; /**< in the frame */
	bool end;       /**< the frame ends with it */
};

struct look {
	struct dp_detect *d;
	struct dp_pkt *p;
	struct dp_frame *f;
	uint64_t edge; /**< bytes count up to here */
	uint64_t from; /**< bytes of the frame are shown from here */
	uint64_t old;  /**< and were searched up to here, 0: not at all */
	bool once;     /**< not with each piece */
	struct piece piece[PIECES_MAX];
	uint32_t n;
};

void dp_frames_wanted(struct dp_detect *d)
{
	struct dp_ctx *c = d->ctx;

	c->frame_types[0] = c->frame_types[1] = c->frame_streams = 0;
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		const struct dp_ruleset *rs = d->layer[i].rs;

		if (!rs)
			continue;
		c->frame_types[0] |= rs->frame_types[0];
		c->frame_types[1] |= rs->frame_types[1];
		c->frame_streams |= rs->frame_streams;
	}
}

static uint64_t end_of(const struct dp_frame *f)
{
	return f->len < 0 ? UINT64_MAX : f->off + (uint64_t)f->len;
}

/** Is there a reason to look, and from where? */
static bool due(struct look *k, bool final, uint64_t *from)
{
	struct dp_frame *f = k->f;
	const bool inl = k->d->ctx->conf->inline_mode;
	const uint64_t end = end_of(f), upto = k->edge < end ? k->edge : end;
	const uint64_t back = inl && f->seen > DP_FRAME_CHUNK ? f->seen - DP_FRAME_CHUNK :
			      inl ? 0 : f->seen;
	const bool fresh = upto > f->off + f->seen;

	*from = f->off + back;
	// Inline the end of the stream is one more look at what stands before it, as at the peer.
	if (inl && f->type == SIG_FRAME_STREAM && f->len >= 0 && !f->ended && upto > *from)
		return true;
	if (f->len >= 0 && f->seen >= (uint64_t)f->len)
		return false;
	if (!fresh && !(inl && final && !f->ended && upto > *from))
		return false;
	if (inl || final || upto == end)
		return true;
	return upto - (f->off + f->seen) >= DP_FRAME_CHUNK;
}

static void pieces(struct look *k, uint64_t from)
{
	struct dp_frame *f = k->f;
	const uint64_t end = end_of(f), upto = k->edge < end ? k->edge : end;
	struct dp_stream_view v;

	k->n = 0;
	if (!k->p->flow->tcp) {
		const struct dp_span p = k->p->payload;

		k->piece[k->n++] = (struct piece){.s = {p.p + f->off, (uint32_t)(upto - f->off)},
			.end = upto == end || f->len < 0};
		f->seen = upto - f->off;
		return;
	}
	while (k->n < PIECES_MAX && dp_stream_at(k->p->flow, (enum sig_dir)k->p->dir, from, upto, &v)) {
		from = v.off + v.data.n;
		k->piece[k->n++] = (struct piece){.s = v.data, .start = v.off - f->off,
			.end = from == end};
		if (from - f->off > f->seen)
			f->seen = from - f->off;
	}
}

/** How much of it was searched when it was shown before. */
static uint32_t old_of(const struct look *k, const struct piece *q)
{
	const uint64_t old = k->old > q->start ? k->old - q->start : 0;

	return old < q->s.n ? (uint32_t)old : q->s.n;
}

static struct dp_frame_note *note_of(struct look *k, const struct eval *e, uint32_t sig, bool make)
{
	const uint32_t generation = k->d->layer[e->layer].generation;
	struct dp_frame *f = k->f;

	for (unsigned i = 0; i < f->notes; i++)
		if (f->note[i].sig == sig && f->note[i].layer == e->layer &&
			f->note[i].generation == generation)
			return &f->note[i];
	if (!make || f->notes == DP_FRAME_NOTES)
		return NULL;
	f->note[f->notes] = (struct dp_frame_note){.sig = sig, .generation = generation, .layer = e->layer};
	return &f->note[f->notes++];
}

/** The search has found candidates from the n-th on; what it found before is a candidate again. */
static void remember(struct look *k, struct eval *e, uint32_t n)
{
	const struct run *r = e->rs->run;

	if (k->f->len >= 0 && k->f->seen >= (uint64_t)k->f->len && !k->f->notes)
		return; // whole at once
	for (uint32_t i = n; i < r->cand_n; i++)
		if (!note_of(k, e, r->cand[i], true))
			k->f->crowded = true;
	for (unsigned i = 0; i < k->f->notes; i++)
		if (note_of(k, e, k->f->note[i].sig, false) == &k->f->note[i])
			dp_candidate(e, k->f->note[i].sig);
}

static bool told(struct look *k, const struct eval *e, uint32_t sig)
{
	struct dp_frame_note *n = k->once ? note_of(k, e, sig, true) : NULL;

	if (!n)
		return false;
	if (n->told > k->from)
		return true;
	n->told = k->f->seen;
	return false;
}

static void search(struct look *k, struct eval *e)
{
	const uint8_t dir = k->p->dir;
	uint32_t g = e->rs->buf[SIG_BUF_FRAME][dir].first;

	for (uint32_t n = e->rs->buf[SIG_BUF_FRAME][dir].n; n > 0; n--, g++) {
		const struct sig_img_group *q = &e->img->group[g];

		for (uint32_t i = 0; i < k->n; i++) {
			const uint32_t used = e->d->arena_n;
			struct dp_span s = k->piece[i].s;
			bool ok = true;

			for (unsigned x = 0; ok && x < q->xf_n; x++)
				ok = dp_transform(e, &e->img->xf[q->xf + x], s, &s);
			if (ok)
				dp_scan(e, g, &(struct seek){.p = s.p, .n = s.n,
					.old = q->xf_n ? 0 : old_of(k, &k->piece[i]),
					.start = q->xf_n ? 0 : k->piece[i].start});
			e->d->arena_n = used;
		}
	}
}

static bool in_piece(struct look *k, struct eval *e, const struct sig_img_list *l)
{
	for (uint32_t i = 0; i < k->n; i++) {
		const struct piece *q = &k->piece[i];
		const uint32_t used = e->d->arena_n;
		struct dp_span s = q->s;
		bool ok = true;

		for (unsigned x = 0; ok && x < l->xf_n; x++)
			ok = dp_transform(e, &e->img->xf[l->xf + x], s, &s);
		ok = ok && dp_inspect(e, l, s.p, s.n, l->xf_n ? 0 : q->start, q->end);
		e->d->arena_n = used;
		if (ok)
			return true;
	}
	return false;
}

/** A list on something else: what the frame's transaction or the packet has of it now. */
static bool elsewhere(struct eval *e, const struct sig_img_list *l)
{
	struct dp_span s;
	uint64_t start;
	enum dp_buf_state st;

	if (l->buffer == SIG_BUF_STREAM && e->sv)
		return dp_inspect(e, l, e->sv->data.p, e->sv->data.n, 0, true);
	for (uint32_t i = 0; i < PIECES_MAX; i++) {
		st = dp_fetch(e, l->buffer, e->dir, i, l->xf, l->xf_n, &s, &start);
		if (st != DP_BUF_FULL && st != DP_BUF_PART)
			return i == 0 && (l->flags & (SIG_L_ABSENT | SIG_L_OR_ELSE));
		if (!(l->flags & SIG_L_ABSENT) &&
			dp_inspect(e, l, s.p, s.n, start, st == DP_BUF_FULL))
			return true;
	}
	return false;
}

static bool matches(struct look *k, struct eval *e)
{
	const struct sig_img_sig *s = e->s;
	bool mine = false;

	for (uint32_t i = s->list; i < s->list + s->lists_n; i++) {
		const struct sig_img_list *l = &e->img->list[i];

		if (l->flags & SIG_L_B64)
			continue;
		if (l->buffer != SIG_BUF_FRAME) {
			if (!elsewhere(e, l))
				return false;
			continue;
		}
		if (l->instance != k->f->type)
			continue; // another frame's part: the peer, too, takes either
		if (!in_piece(k, e, l))
			return false;
		mine = true;
	}
	for (uint32_t i = 0; mine && i < s->tx_n; i++)
		mine = e->tx && dp_test_tx(e, &e->img->op[s->tx + i]) == V_YES;
	return mine;
}

/** Does the signature ask for this type at all? Cheaper than its header. */
static bool about(const struct eval *e, const struct sig_img_sig *s, uint8_t type)
{
	for (uint32_t i = s->list; i < s->list + s->lists_n; i++)
		if (e->img->list[i].buffer == SIG_BUF_FRAME && e->img->list[i].instance == type)
			return true;
	return false;
}

static void run(struct look *k, struct eval *e)
{
	struct run *r = e->rs->run;
	const struct sig_run *always = &e->rs->frame_always[e->a->proto][e->dir];
	const uint8_t flags = DP_ALERT_FRAME | DP_ALERT_STATE |
		(k->f->tx_id != UINT64_MAX ? DP_ALERT_TX : 0);
	uint32_t n;

	dp_candidates_begin(e, true);
	for (uint32_t i = 0; i < always->n; i++)
		dp_candidate(e, always->sig[i]);
	n = r->cand_n;
	search(k, e);
	if (k->d->ctx->conf->inline_mode && k->p->flow->tcp)
		remember(k, e, n);
	dp_candidates_sort(r);
	for (uint32_t i = 0; i < r->cand_n; i++) {
		e->s = &e->img->sig[r->cand[i]];
		if (!about(e, e->s, k->f->type) || !dp_app_matches(e->s->app, e->a) ||
			!dp_header_ok(e, r) || !dp_tests_ok(e))
			continue;
		r->cnt[r->cand[i]].evaluated++;
		e->d->ctx->cnt->detect_candidates++;
		if (e->s->vars_n)
			memset(e->vars, 0, e->s->vars_n * sizeof(*e->vars));
		if (matches(k, e) && !told(k, e, r->cand[i]))
			dp_matched(e, flags);
	}
}

static bool asked_for(const struct dp_ruleset *rs, const struct dp_app_flow *a, uint8_t type)
{
	if (type == SIG_FRAME_STREAM)
		return (rs->frame_streams >> (a->proto & 63)) & 1;
	return (rs->frame_types[type >> 6] >> (type & 63)) & 1;
}

static struct dp_tx *transaction(const struct dp_app_flow *a, uint64_t id)
{
	struct dp_tx *tx = id == UINT64_MAX ? NULL : a->tx_first;

	while (tx && tx->id != id)
		tx = tx->next;
	return tx;
}

/** What earlier looks at the frame are good for now. */
static void begin(struct look *k, uint64_t from)
{
	const struct dp_conf *c = k->d->ctx->conf;
	struct dp_frame *f = k->f;
	const bool same_rules = f->rules_ns == k->d->swap_ns;

	k->from = from - f->off;
	k->once = c->inline_mode && !c->raw_again && k->p->flow->tcp;
	k->old = c->inline_mode && same_rules && !f->crowded ? f->seen : 0;
	f->crowded = false;
	for (unsigned i = 0, n = f->notes; !same_rules && i < n; i++) { // those of rules that are gone
		if (i == 0)
			f->notes = 0;
		if (f->note[i].generation == k->d->layer[f->note[i].layer].generation)
			f->note[f->notes++] = f->note[i];
	}
	f->rules_ns = k->d->swap_ns;
}

static void look_at(struct look *k, struct dp_flow_table *t, bool final)
{
	const struct dp_app_flow *a = k->p->flow->app;
	uint64_t from;

	if (!due(k, final, &from))
		return;
	begin(k, from);
	pieces(k, from);
	k->f->ended = final || (k->f->type == SIG_FRAME_STREAM && k->f->len >= 0);
	for (unsigned i = 0; k->n && i < DP_LAYER__COUNT; i++) {
		const struct dp_ruleset *rs = k->d->layer[i].rs;
		struct eval e;

		if (!rs || !rs->run || k->d->ctx->conf->mode[i] == DP_MODE_OFF ||
			!asked_for(rs, a, k->f->type))
			continue;
		dp_eval_init(&e, k->d, i, t, k->p);
		e.frame = k->f;
		e.tx = transaction(a, k->f->tx_id);
		if (k->d->sv_live)
			e.sv = &k->d->sv;
		run(k, &e);
	}
}

void dp_detect_frames(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p, bool final)
{
	struct dp_frames *fs = p->flow->app->frames;
	struct look k = {.d = d, .p = p};

	if (p->flow->tcp)
		k.edge = dp_stream_edge(d->ctx, p->flow, (enum sig_dir)p->dir);
	else
		k.edge = p->payload.n;
	final = final || !p->flow->tcp || p->flow->tcp_state == DP_TCP_CLOSED;
	for (unsigned i = 0; i < fs->dir[p->dir].n; i++) {
		k.f = &fs->dir[p->dir].f[i];
		look_at(&k, t, final);
	}
}
