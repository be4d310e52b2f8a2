/* SPDX-License-Identifier: Apache-2.0 */
/* What others ask a session: numbers for a reset, state, log record, release. */
#include "stream_priv.h"

void dp_stream_reset_numbers(
	const struct dp_flow *f, const struct dp_pkt *p, struct dp_stream_rst *out)
{
	const struct dp_tcp *s = f->tcp;
	const struct dp_tcp_view *t = &p->tcp;

	*out = (struct dp_stream_rst){0};
	if (s == NULL)
		return;
	// What each side expects next is what has really been let through to it. The packet in hand
	// will be dropped, so the tracker's view, which already includes it, steps back to its
	// first byte.
	out->seq_to_server = s->half[SIG_DIR_TO_SERVER].next_seq;
	out->seq_to_client = s->half[SIG_DIR_TO_CLIENT].next_seq;
	if (p->ip_proto == 6 && p->l4_hdr_len != 0 && !(p->flags & DP_PF_PSEUDO)) {
		uint32_t end = t->seq + p->payload.n + (t->flags & TH_FIN ? 1 : 0) +
			       (t->flags & TH_SYN ? 1 : 0);
		uint32_t *expected =
			p->dir == SIG_DIR_TO_SERVER ? &out->seq_to_server : &out->seq_to_client;

		if (end == *expected && seq_lt(t->seq, end))
			*expected = t->seq;
	}
	out->ack_to_server = out->seq_to_client;
	out->ack_to_client = out->seq_to_server;
	out->win = 0;
}

enum dp_tcp_state dp_stream_state(const struct dp_flow *f)
{
	return f->tcp != NULL ? (enum dp_tcp_state)f->tcp_state : DP_TCP_NONE;
}

uint64_t dp_stream_bytes(const struct dp_flow *f, enum sig_dir dir)
{
	const struct half *h;

	if (f->tcp == NULL)
		return 0;
	h = &f->tcp->half[dir];
	return (uint32_t)(h->next_seq - h->isn);
}

void dp_stream_set_depth(struct dp_flow *f, uint32_t bytes)
{
	if (f->tcp != NULL)
		f->tcp->depth = bytes;
}

bool dp_stream_depth_reached(const struct dp_flow *f, enum sig_dir dir)
{
	return f->tcp != NULL && f->tcp->depth != 0 && (f->tcp->half[dir].flags & HF_DEPTH);
}

void dp_stream_flush(struct dp_flow *f)
{
	if (f->tcp == NULL)
		return;
	f->tcp->flags |= TF_FLUSH;
	f->tcp->half[0].aside_n = f->tcp->half[1].aside_n = 0;
}

bool dp_stream_unread(const struct dp_flow *f, enum sig_dir dir)
{
	const struct half *h;
	uint64_t end;

	if (f->tcp == NULL)
		return false;
	h = &f->tcp->half[dir];
	end = h->last != NULL ? h->last->off + h->last->len : 0;
	return (!(h->flags & HF_APP_OFF) && end > h->app_off) ||
	       (!(h->flags & HF_RAW_OFF) && end > h->raw_off);
}

bool dp_stream_acked_unread(const struct dp_flow *f, enum sig_dir dir)
{
	const struct half *h = f->tcp != NULL ? &f->tcp->half[dir] : NULL;

	return h != NULL && !(h->flags & HF_APP_OFF) && h->ack_off > h->app_end;
}

bool dp_stream_raw_pending(const struct dp_ctx *ctx, const struct dp_flow *f, enum sig_dir dir)
{
	return f->tcp != NULL && half_raw_ready(ctx, f->tcp, &f->tcp->half[dir], dir);
}

void dp_stream_swap(struct dp_flow *f)
{
	static const uint32_t pair[][2] = {{DP_FF_GAP_TS, DP_FF_GAP_TC},
		{DP_FF_APP_DONE_TS, DP_FF_APP_DONE_TC},
		{DP_FF_DROP_LOGGED_TS, DP_FF_DROP_LOGGED_TC}};
	struct dp_tcp *s = f->tcp;
	struct half h;

	dp_flow_swap(f);
	f->flags |= DP_FF_SEARCH_TS | DP_FF_SEARCH_TC; // it was searched as the other direction
	for (unsigned i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		if (!(f->flags & pair[i][0]) != !(f->flags & pair[i][1]))
			f->flags ^= pair[i][0] | pair[i][1];
	if (s == NULL)
		return;
	h = s->half[0];
	s->half[0] = s->half[1];
	s->half[1] = h;
	f->tcp_isn = s->half[0].isn;
}

void dp_stream_flow_log(const struct dp_flow *f, struct dp_ev_flow *ev)
{
	const struct dp_tcp *s = f->tcp;

	ev->exception = f->exceptions;
	ev->midstream = f->flags & DP_FF_MIDSTREAM ? 1 : 0;
	if (s == NULL)
		return;
	ev->tcp_flags_ts = s->half[0].tcp_flags;
	ev->tcp_flags_tc = s->half[1].tcp_flags;
	ev->tcp_state = f->tcp_state;
	ev->tcp_gap_ts = s->half[0].flags & HF_GAP ? 1 : 0;
	ev->tcp_gap_tc = s->half[1].flags & HF_GAP ? 1 : 0;
	ev->tcp_urgent[0] = s->half[0].n_urg;
	ev->tcp_urgent[1] = s->half[1].n_urg;
	ev->tcp_regions = UINT64_C(1) | UINT64_C(1) << 32;
}

void dp_stream_free(struct dp_ctx *ctx, struct dp_flow *f)
{
	struct dp_tcp *s = f->tcp;

	if (s == NULL)
		return;
	half_free(ctx, &s->half[0]);
	half_free(ctx, &s->half[1]);
	dp_slab_free(ctx->slab, DP_MEM_STREAM, s->hs, sizeof(struct hs));
	dp_slab_free(ctx->slab, DP_MEM_STREAM, s, sizeof(*s));
	f->tcp = NULL;
}
