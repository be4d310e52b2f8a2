/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of one direction: runs without holes, in order, merged as holes are filled. */
#include "stream_priv.h"
#include <dp/decode.h>
#include <dp/policy.h>
#include <string.h>

/* A request of one packet has a block that just holds it: most flows never need more. */
#define BLK_MIN 256u
#define BLK_MAX ((uint32_t)(4u << 20) - (uint32_t)sizeof(struct blk))

static void blk_free(struct dp_ctx *c, struct half *h, struct blk *b)
{
	h->held_bytes -= b->cap;
	dp_slab_free(c->slab, DP_MEM_REASSEMBLY, b, sizeof(*b) + b->cap);
}

void half_free(struct dp_ctx *c, struct half *h)
{
	while (h->first != NULL) {
		struct blk *b = h->first;

		h->first = b->next;
		blk_free(c, h, b);
	}
	h->last = NULL;
	half_forget_segments(c, h);
}

struct blk *half_find(const struct half *h, uint64_t off)
{
	struct blk *b = h->first;

	if (h->last != NULL && off >= h->last->off)
		return off < h->last->off + h->last->len ? h->last : NULL;
	while (b != NULL && b->off + b->len <= off)
		b = b->next;
	return b;
}

static struct blk *blk_new(struct dp_ctx *c, struct half *h, uint64_t off, uint32_t n)
{
	uint32_t cap;
	struct blk *b;

	if (n > BLK_MAX)
		return NULL;
	// Growing by half from the second time on keeps what is copied in proportion.
	cap = h->first == NULL ? n : n + n / 2;
	if (cap > BLK_MAX)
		cap = BLK_MAX;
	cap = cap + (uint32_t)sizeof(*b) < BLK_MIN ? BLK_MIN : cap + (uint32_t)sizeof(*b);
	cap = (uint32_t)(dp_slab_round(cap) - sizeof(*b));
	b = dp_slab_alloc(c->slab, DP_MEM_REASSEMBLY, sizeof(*b) + cap);
	if (b == NULL)
		return NULL;
	b->next = NULL;
	b->off = off;
	b->head = b->len = 0;
	b->cap = cap;
	h->held_bytes += cap;
	return b;
}

/* Room for n more bytes at the end of b; b may move. NULL: no memory, b is as it was. */
static struct blk *blk_reserve(
	struct dp_ctx *c, struct half *h, struct blk *prev, struct blk *b, uint32_t n)
{
	struct blk *r;

	if (b->head + b->len + n <= b->cap)
		return b;
	if (b->len + n <= b->cap && b->head >= b->len) {
		memmove(b->data, b->data + b->head, b->len);
		b->head = 0;
		return b;
	}
	r = blk_new(c, h, b->off, b->len + n);
	if (r == NULL)
		return NULL;
	memcpy(r->data, b->data + b->head, b->len);
	r->len = b->len;
	r->next = b->next;
	if (prev != NULL)
		prev->next = r;
	else
		h->first = r;
	if (h->last == b)
		h->last = r;
	blk_free(c, h, b);
	return r;
}

void half_prune(struct dp_ctx *c, const struct dp_tcp *s, struct half *h)
{
	uint64_t keep = UINT64_MAX;
	uint32_t window = raw_window(c->conf, h == &s->half[1]);

	if (!(h->flags & HF_APP_OFF) && h->app_off < keep)
		keep = h->app_off;
	if (!(h->flags & HF_RAW_OFF)) {
		uint64_t from = h->raw_off > window ? h->raw_off - window : 0;

		if (from < keep)
			keep = from;
	}
	if (h->hold_off && h->hold_off - 1 < keep)
		keep = h->hold_off - 1;
	// Inline, what the receiver has not confirmed is kept to compare retransmissions with.
	if (c->conf->inline_mode && h->ack_off < keep)
		keep = h->ack_off;
	while (h->first != NULL && h->first->off < keep) {
		struct blk *b = h->first;

		if (b->off + b->len > keep) {
			uint32_t n = (uint32_t)(keep - b->off);

			b->head += n;
			b->len -= n;
			b->off += n;
			return;
		}
		h->first = b->next;
		if (h->first == NULL)
			h->last = NULL;
		blk_free(c, h, b);
	}
}

bool tcp_rewrite(struct dp_pkt *p, const uint8_t *at, const uint8_t *good, uint32_t n)
{
	struct dp_pkt *root = p->root != NULL ? p->root : p;
	const uint8_t *base = p->data + p->l4_off;
	uint8_t *w = (uint8_t *)(uintptr_t)at; // the I/O layer's buffers are writable
	uint8_t *csum = (uint8_t *)(uintptr_t)(base + 16);
	uint32_t start = (uint32_t)(at - base) & ~1u;
	uint32_t end = (uint32_t)(at - base) + n;
	uint32_t sum, span;
	uint16_t old;

	// Put together from fragments, it is a copy: what leaves is in the fragments.
	if (at < root->data || at + n > root->data + root->len)
		return false;
	// RFC 1624: new = ~(~old + ~m + m'), over the 16-bit words that change.
	span = (end + 1) & ~1u;
	if (p->l4_off + span > p->ip_off + (uint32_t)p->ip_total_len)
		span = end;
	memcpy(&old, csum, 2);
	sum = dp_csum_add(0, base + start, span - start);
	sum = (uint16_t)dp_csum_fold(sum); // complement of the old bytes
	sum += (uint16_t)~old;
	memcpy(w, good, n);
	sum = dp_csum_add(sum, base + start, span - start);
	old = dp_csum_fold(sum);
	memcpy(csum, &old, 2);
	p->flags |= DP_PF_MODIFIED;
	root->flags |= DP_PF_MODIFIED;
	return true;
}

static void overlap(struct tcp_ctx *x, struct half *h, struct blk *b, uint64_t off,
	uint64_t seg_off, uint64_t seg_end, const uint8_t *data, uint32_t n)
{
	uint8_t *old = b->data + b->head + (off - b->off);
	const struct dp_conf *conf = x->c->conf;

	x->c->cnt->tcp_overlap++;
	if (memcmp(old, data, n) == 0)
		return;
	x->c->cnt->tcp_overlap_diff++;
	tcp_event(x, SIG_SE_REASSEMBLY_OVERLAP_DIFFERENT_DATA);
	if (!conf->inline_mode) {
		half_overlap(h, b, seg_off, (uint32_t)(seg_end - seg_off), off, data, n);
	} else if (!conf->retransmission_replace || !tcp_rewrite(x->p, data, old, n)) {
		// The receiver shall see what we inspected, or nothing.
		dp_pkt_drop(x->p, DP_R_STREAM_ERROR);
	}
}

static bool no_room(struct tcp_ctx *x, struct half *h)
{
	x->c->cnt->tcp_segment_memcap++;
	x->c->cnt->tcp_insert_fail++;
	tcp_event(x, SIG_SE_REASSEMBLY_INSERT_MEMCAP);
	h->flags |= HF_MEMCAP;
	dp_policy_apply(x->c, x->p, x->c->conf->pol_reassembly_memcap, DP_R_STREAM_REASSEMBLY,
		DP_EX_REASSEMBLY_MEMCAP);
	return false;
}

/* Bytes that touch nothing stored: behind block `prev`, before prev->next. */
static bool store(struct tcp_ctx *x, struct half *h, struct blk *prev, uint64_t off,
	const uint8_t *data, uint32_t n, struct blk **stored)
{
	struct blk *b, *pp = NULL;

	if (x->p->num != 0 && x->p->num == x->c->conf->simulate.reassembly_memcap)
		return no_room(x, h);
	if (prev != NULL && prev->off + prev->len == off) {
		if (prev != h->first) {
			pp = h->first;
			while (pp->next != prev)
				pp = pp->next;
		}
		b = blk_reserve(x->c, h, pp, prev, n);
		if (b == NULL)
			return no_room(x, h);
		memcpy(b->data + b->head + b->len, data, n);
		b->len += n;
		*stored = b;
		return true;
	}
	b = blk_new(x->c, h, off, n);
	if (b == NULL)
		return no_room(x, h);
	memcpy(b->data, data, n);
	b->len = n;
	if (prev != NULL) {
		b->next = prev->next;
		prev->next = b;
	} else {
		b->next = h->first;
		h->first = b;
	}
	if (b->next == NULL)
		h->last = b;
	*stored = b;
	return true;
}

/* b reaches its successor: make them one. Without memory they stay two, which readers accept. */
static struct blk *join(struct dp_ctx *c, struct half *h, struct blk *b)
{
	while (b->next != NULL && b->off + b->len == b->next->off) {
		struct blk *n = b->next, *prev = NULL, *r;

		if (b != h->first) {
			prev = h->first;
			while (prev->next != b)
				prev = prev->next;
		}
		r = blk_reserve(c, h, prev, b, n->len);
		if (r == NULL)
			return b;
		b = r;
		memcpy(b->data + b->head + b->len, n->data + n->head, n->len);
		b->len += n->len;
		b->next = n->next;
		if (h->last == n)
			h->last = b;
		blk_free(c, h, n);
	}
	return b;
}

static void insert(struct tcp_ctx *x, struct half *h, uint64_t off, const uint8_t *data, uint32_t n)
{
	uint64_t seg_off = off, seg_end = off + n;
	struct blk *prev = NULL, *b = h->first;

	// In order at the end is what nearly every segment is.
	if (h->last != NULL && off >= h->last->off + h->last->len) {
		prev = h->last;
		b = NULL;
	}
	while (n != 0) {
		struct blk *got;
		uint32_t take = n;

		while (b != NULL && b->off + b->len <= off) {
			prev = b;
			b = b->next;
		}
		if (b != NULL && b->off <= off) {
			if (b->off + b->len - off < take)
				take = (uint32_t)(b->off + b->len - off);
			overlap(x, h, b, off, seg_off, seg_end, data, take);
			prev = b;
			b = b->next;
		} else {
			if (b != NULL && b->off - off < take)
				take = (uint32_t)(b->off - off);
			if (!store(x, h, prev, off, data, take, &got))
				return;
			got = join(x->c, h, got);
			prev = got;
			b = got->next;
			// what was joined may already hold the rest: look at it again as an overlap
			if (got->off + got->len > off + take) {
				b = got;
				prev = NULL;
			}
		}
		off += take;
		data += take;
		n -= take;
	}
}

static uint32_t within_depth(struct tcp_ctx *x, struct half *h, uint64_t off, uint32_t n)
{
	uint32_t depth = x->s->depth;

	if (depth == 0 || off + n <= depth)
		return n;
	if (!(h->flags & HF_DEPTH)) {
		h->flags |= HF_DEPTH;
		x->c->cnt->tcp_depth++;
		tcp_event(x, SIG_SE_REASSEMBLY_DEPTH_REACHED);
	}
	return off >= depth ? 0 : (uint32_t)(depth - off);
}

/* How far before the first byte that we met a session may still be sent again. */
#define REBASE_MAX (UINT32_C(1) << 20)

/*
 * Met in the middle, bytes from before what we saw first: lost on the way, or held back on purpose.
 * The receiver waits for them, so they are part of the stream, whose beginning moves. Signatures on
 * raw data see it from there; a parser cannot go back.
 */
static void rebase(struct tcp_ctx *x, struct half *h, uint32_t by)
{
	h->isn -= by;
	for (struct blk *b = h->first; b != NULL; b = b->next)
		b->off += by;
	for (unsigned i = 0; i < h->n_urg; i++)
		h->urg_at[i] += by;
	h->ref_off += by;
	h->fin_off += by;
	h->app_off += by;
	h->app_end += by;
	h->raw_off = h->raw_shown = 0;
	h->flags |= HF_RAW_FRESH;
	if (x->s->depth != 0)
		x->s->depth += by;
}

void half_segment(struct tcp_ctx *x, uint32_t seq, const uint8_t *data, uint32_t n)
{
	struct half *h = x->snd;
	uint64_t off, base;

	x->counted = true;
	if (x->c->conf->inline_mode && (x->s->flags & TF_MIDSTREAM) && seq_lt(seq, h->isn + 1) &&
		h->ack_off == 0 && h->isn + 1 - seq <= REBASE_MAX)
		rebase(x, h, h->isn + 1 - seq);
	off = half_off(h, seq);
	if ((h->flags & HF_APP_OFF) && (h->flags & HF_RAW_OFF)) {
		return;
	}
	if (seq_lt(seq, h->isn + 1) && off == 0) { // before the first byte
		uint32_t cut = h->isn + 1 - seq;

		tcp_event(x, SIG_SE_REASSEMBLY_SEGMENT_BEFORE_BASE_SEQ);
		if (cut >= n)
			return;
		data += cut;
		n -= cut;
	}
	// Bytes that both readers have passed and that are no longer kept
	base = h->first != NULL ? h->first->off : UINT64_MAX;
	// Before a beginning that has moved, unless the receiver has it.
	if (off < base && !(x->c->conf->inline_mode && off >= h->ack_off)) {
		uint64_t seen = (h->flags & HF_APP_OFF)   ? h->raw_off
				: (h->flags & HF_RAW_OFF) ? h->app_off
				: h->app_off < h->raw_off ? h->app_off
							  : h->raw_off;

		if (seen > base)
			seen = base;
		if (off + n <= seen) {
			tcp_event(x, SIG_SE_REASSEMBLY_SEGMENT_BEFORE_BASE_SEQ);
			x->p->flags |= DP_PF_RETRANSMISSION;
			return;
		}
		if (off < seen) {
			data += seen - off;
			n -= (uint32_t)(seen - off);
			off = seen;
		}
	}
	if ((h->flags & (HF_APP_OFF | HF_RAW_STOP)) == (HF_APP_OFF | HF_RAW_STOP)) {
		if (off >= h->raw_stop)
			return;
		if (off + n > h->raw_stop)
			n = (uint32_t)(h->raw_stop - off);
	}
	n = within_depth(x, h, off, n);
	if (n == 0)
		return;
	if (off + n > h->ref_off)
		h->ref_off = off + n;
	insert(x, h, off, data, n);
	half_note_segment(x, h, off, n);
	h->aside_off = off;
	h->aside_n = x->c->conf->raw_again ? n : 0;
	x->p->flags |= DP_PF_STREAM_ADD;
}
