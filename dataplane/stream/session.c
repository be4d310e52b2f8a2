/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the stage, and what is common to all states. */
#include "stream_priv.h"
#include <dp/decode.h>
#include <dp/policy.h>
#include <string.h>

static void set_dirs(struct tcp_ctx *x)
{
	x->snd = &x->s->half[x->p->dir];
	x->rcv = &x->s->half[!x->p->dir];
}

void tcp_set_state(struct tcp_ctx *x, enum dp_tcp_state state)
{
	static const uint8_t flow_state[] = {
		[DP_TCP_NONE] = DP_FLOW_NEW,
		[DP_TCP_SYN_SENT] = DP_FLOW_NEW,
		[DP_TCP_SYN_RECV] = DP_FLOW_NEW,
		[DP_TCP_ESTABLISHED] = DP_FLOW_ESTABLISHED,
		[DP_TCP_FIN_WAIT1] = DP_FLOW_ESTABLISHED,
		[DP_TCP_FIN_WAIT2] = DP_FLOW_ESTABLISHED,
		[DP_TCP_TIME_WAIT] = DP_FLOW_CLOSED,
		[DP_TCP_LAST_ACK] = DP_FLOW_CLOSED,
		[DP_TCP_CLOSE_WAIT] = DP_FLOW_ESTABLISHED,
		[DP_TCP_CLOSING] = DP_FLOW_ESTABLISHED,
		[DP_TCP_CLOSED] = DP_FLOW_CLOSED,
	};
	struct dp_flow *f = x->f;

	x->s->state = (uint8_t)state;
	if (state >= DP_TCP_ESTABLISHED && state != DP_TCP_CLOSED)
		f->flags |= DP_FF_EST;
	if (state == DP_TCP_ESTABLISHED) {
		if (!(x->s->flags & (TF_MIDSTREAM | TF_ASYNC)))
			f->flags |= DP_FF_HANDSHAKE;
	}
	if (x->s->flags & TF_CLOSED_BY_RST)
		state = DP_TCP_CLOSED;
	f->tcp_state = (uint8_t)state;
	dp_flow_set_state(x->t, f, (enum dp_flow_end_state)flow_state[state]);
}

/*
 * Whether the receiver takes a reset depends on what it has in hand. Inline the session therefore
 * counts as over (timeouts, its ports may be used again), but what still comes is judged as before:
 * a receiver that took the reset ignores it.
 */
void tcp_reset(struct tcp_ctx *x)
{
	if (x->s->state != DP_TCP_CLOSED)
		x->s->before_rst = x->s->state;
	x->snd->flags |= HF_RST;
	x->s->flags |= TF_CLOSED_BY_RST;
	tcp_set_state(x, x->c->conf->inline_mode ? (enum dp_tcp_state)x->s->state : DP_TCP_CLOSED);
}

void tcp_update_ack(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;
	struct half *h = x->rcv;

	if (!(t->flags & TH_ACK))
		return;
	if (seq_gt(t->ack, h->last_ack)) {
		uint64_t off = half_off(h, t->ack);

		h->last_ack = t->ack;
		// Acknowledged but never seen: the capture, or we, missed it.
		if (seq_lt(h->next_seq, t->ack))
			h->next_seq = t->ack;
		if ((h->flags & HF_FIN) && off > h->fin_off)
			off = h->fin_off;
		if (off > h->ack_off)
			h->ack_off = off;
		if (h->ack_off > h->ref_off)
			h->ref_off = h->ack_off;
	}
	h->window = (uint32_t)t->win << h->wscale;
	if (h->window > h->max_window)
		h->max_window = h->window;
	if (seq_gt(h->last_ack + h->window, h->next_win))
		h->next_win = h->last_ack + h->window;
}

/* Note the urgent byte's place. False: no room, it stays in the stream. */
static bool note_urgent(struct tcp_ctx *x, uint64_t at)
{
	struct half *h = x->snd;

	for (unsigned i = 0; i < h->n_urg; i++)
		if (h->urg_at[i] == at)
			return true; // sent again
	if (h->n_urg == MAX_URGENT || (h->n_urg != 0 && h->urg_at[h->n_urg - 1] > at)) {
		tcp_event(x, SIG_SE_REASSEMBLY_URGENT_OOB_LIMIT_REACHED);
		return false;
	}
	h->urg_at[h->n_urg++] = at;
	x->c->cnt->tcp_urgent_oob++;
	return true;
}

/* The byte that the urgent pointer stands behind is out of band for every common stack (RFC 6093):
 * the application does not read it in the stream, so neither do we. */
static void urgent(struct tcp_ctx *x, uint32_t seq)
{
	const struct dp_pkt *p = x->p;
	uint32_t at = p->tcp.urp;

	x->c->cnt->tcp_urg++;
	x->counted = true;
	switch (x->c->conf->urgent_policy) {
	case 2:
		dp_policy_apply(x->c, x->p, DP_POL_DROP_PACKET, DP_R_STREAM_URGENT, 0);
		return;
	case 3:
		return; // leaves a hole
	case 0:
		if (at == 0 || at > p->payload.n ||
			!note_urgent(x, half_wire_off(x->snd, seq + at - 1)))
			break;
		if (at > 1)
			half_segment(x, seq, p->payload.p, at - 1);
		if (at < p->payload.n)
			half_segment(x, seq + at, p->payload.p + at, p->payload.n - at);
		return;
	default:
		break;
	}
	half_segment(x, seq, p->payload.p, p->payload.n);
}

/*
 * How far the sender itself has come. An acknowledgement beyond that is of bytes that nobody has seen
 * sent: they may be on their way, or never come, and then nothing stands behind the hole either. What
 * ends a session beyond a hole shows no more than that; any other packet of a sender that has fallen
 * behind its acknowledgements shows that it went on, as the peer reads it.
 */
static void follow_tail(struct tcp_ctx *x, uint32_t seq, uint32_t end)
{
	struct half *h = x->snd;
	const uint64_t from = half_off(h, seq), to = half_off(h, end);

	if (from <= h->tail_off || (x->s->state == DP_TCP_ESTABLISHED &&
					   !(x->p->tcp.flags & TH_FIN) && h->tail_off < h->ack_off))
		h->tail_off = to > h->tail_off ? to : h->tail_off;
}

void tcp_accept(struct tcp_ctx *x)
{
	struct dp_pkt *p = x->p;
	struct half *h = x->snd;
	uint32_t seq = p->tcp.seq + (p->tcp.flags & TH_SYN ? 1 : 0);
	uint32_t end = seq + p->payload.n;

	tcp_update_ack(x);
	x->rcv->flags &= (uint32_t)~HF_UNHEARD;
	h->flags |= HF_UNHEARD;
	if (p->payload.n != 0) {
		if (p->tcp.flags & TH_URG)
			urgent(x, seq);
		else
			half_segment(x, seq, p->payload.p, p->payload.n);
	}
	if ((p->tcp.flags & TH_FIN) && !(h->flags & HF_FIN)) {
		h->flags |= HF_FIN;
		h->fin_off = half_off(h, end);
		end++;
	}
	if (seq_gt(end, h->next_seq))
		h->next_seq = end;
	if (half_off(h, end) > h->sent_off)
		h->sent_off = half_off(h, end);
	follow_tail(x, seq, end);
}

int tcp_close_by_rst(struct tcp_ctx *x)
{
	if (tcp_check_rst(x) != 0)
		return -1;
	tcp_update_ack(x);
	// No stack delivers what stands in a reset.
	if (x->p->payload.n != 0 && x->s->state >= DP_TCP_ESTABLISHED && !x->c->conf->inline_mode)
		half_segment(x, x->p->tcp.seq, x->p->payload.p, x->p->payload.n);
	x->counted = true;
	tcp_reset(x);
	return 0;
}

static int dispatch(struct tcp_ctx *x);

static bool is_synack(const struct dp_pkt *p)
{
	return (p->tcp.flags & (TH_SYN | TH_ACK | TH_FIN)) == (TH_SYN | TH_ACK);
}

static int closed(struct tcp_ctx *x)
{
	if (x->p->tcp.flags & TH_RST)
		return 0;
	// Its sender goes on: somebody else sent the reset, and the receiver may not have taken it. Before
	// the handshake was over there is no conversation that could go on, but what was refused may be
	// asked for once more, and granted.
	if ((x->snd->flags & HF_RST) && !(x->rcv->flags & HF_RST) &&
		(x->s->before_rst >= DP_TCP_ESTABLISHED ||
			(x->s->before_rst == DP_TCP_SYN_SENT && is_synack(x->p)))) {
		x->s->flags &= (uint32_t)~TF_CLOSED_BY_RST;
		tcp_set_state(x, x->s->before_rst);
		return dispatch(x);
	}
	// Data that was on its way when the reset came is still part of the conversation.
	if (!(x->s->flags & TF_CLOSED_BY_RST))
		tcp_update_ack(x);
	return 0;
}

static int dispatch(struct tcp_ctx *x)
{
	switch (x->s->state) {
	case DP_TCP_SYN_SENT:
		return tcp_syn_sent(x);
	case DP_TCP_SYN_RECV:
		return tcp_syn_recv(x);
	case DP_TCP_ESTABLISHED:
		return tcp_established(x);
	case DP_TCP_CLOSED:
		return closed(x);
	default:
		return tcp_closing_states(x);
	}
}

/* True: the packet needs no state. */
static bool shortcut(struct tcp_ctx *x)
{
	if (tcp_is_keepalive(x)) {
		x->snd->flags |= HF_KEEPALIVE;
		x->counted = true;
		return true;
	}
	if (tcp_is_keepalive_ack(x)) {
		x->rcv->flags &= ~(uint32_t)HF_KEEPALIVE;
		return true;
	}
	x->snd->flags &= ~(uint32_t)HF_KEEPALIVE;
	x->rcv->flags &= ~(uint32_t)HF_KEEPALIVE;
	if (tcp_is_bad_window_update(x)) {
		tcp_event(x, SIG_SE_PKT_BAD_WINDOW_UPDATE);
		return true;
	}
	if (tcp_is_outdated_ack(x))
		return true;
	if (tcp_is_spurious(x)) {
		tcp_event(x, SIG_SE_PKT_SPURIOUS_RETRANSMISSION);
		x->p->flags |= DP_PF_SPURIOUS | DP_PF_RETRANSMISSION;
		if (x->s->state == DP_TCP_CLOSE_WAIT)
			tcp_event(x, SIG_SE_CLOSEWAIT_PKT_BEFORE_LAST_ACK);
		x->counted = true; // the receiver has it
		if (!(x->p->tcp.flags & (TH_FIN | TH_RST | TH_SYN))) {
			tcp_update_ack(x);
			return true;
		}
	}
	return false;
}

static void count(struct tcp_ctx *x)
{
	uint8_t fl = x->p->tcp.flags;

	if ((fl & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK))
		x->c->cnt->tcp_synack++;
	else if (fl & TH_SYN)
		x->c->cnt->tcp_syn++;
	if (fl & TH_RST)
		x->c->cnt->tcp_rst++;
}

static void after_rst(struct tcp_ctx *x)
{
	// The side that sent the reset goes on as if nothing had been: somebody else sent it.
	const struct dp_pkt *p = x->p;

	if (!(x->snd->flags & HF_RST) || (p->tcp.flags & TH_RST))
		return;
	// Inline every packet has been judged all along; only what would have been data is remarkable.
	if (x->c->conf->inline_mode) {
		if (p->payload.n != 0 && p->tcp.seq == x->snd->next_seq)
			tcp_event(x, SIG_SE_SUSPECTED_RST_INJECT);
		return;
	}
	tcp_event(x, SIG_SE_SUSPECTED_RST_INJECT);
	x->snd->flags &= ~(uint32_t)HF_RST;
	x->s->flags &= ~(uint32_t)TF_CLOSED_BY_RST;
}

/* What the stages behind must know about this packet. */
static void mark(struct tcp_ctx *x)
{
	struct dp_pkt *p = x->p;
	struct dp_tcp *s = x->s;

	if (s->state >= DP_TCP_ESTABLISHED) {
		p->flags |= DP_PF_STREAM_EST;
		// The bare acknowledgement that completes a handshake still belongs to it, as with the
		// peer; data that come with it belong to the connection.
		if ((x->f->flags & DP_FF_EST) && p->payload.n)
			p->flags |= DP_PF_EST;
	}
	if ((x->snd->flags & (HF_FIN | HF_RST)) || s->state == DP_TCP_CLOSED)
		p->flags |= DP_PF_STREAM_EOF;
	if (half_raw_ready(x->c, s, x->snd, p->dir))
		p->flags |= DP_PF_DETECT_STREAM;
	if (x->f->flags & DP_FF_NOPAYLOAD)
		p->flags |= DP_PF_NOPAYLOAD_INSPECT;
}

/*
 * Which bytes an urgent pointer takes out of the stream depends on what the application has read when
 * it arrives. Nobody can know that here, so it goes, and every byte stays in its place.
 */
static void clear_urgent(struct tcp_ctx *x)
{
	struct dp_pkt *p = x->p;
	const uint8_t *tcp = p->data + p->l4_off;
	uint8_t flags = tcp[13] & (uint8_t)~TH_URG;
	static const uint8_t none[2] = {0, 0};

	if (!(p->tcp.flags & TH_URG))
		return;
	x->c->cnt->tcp_urg++;
	if (!tcp_rewrite(p, tcp + 13, &flags, 1) || !tcp_rewrite(p, tcp + 18, none, 2))
		dp_pkt_drop(p, DP_R_STREAM_URGENT);
}

/* Inline: what was neither refused nor accounted for must not pass either. */
static bool is_loose(const struct tcp_ctx *x, int rc)
{
	bool lenient = x->s != NULL && (x->s->flags & (TF_MIDSTREAM | TF_ASYNC));

	if (x->s == NULL)
		return false;
	if (rc != 0)
		return !lenient || x->p->payload.n != 0;
	return x->p->payload.n != 0 && !x->counted;
}

static bool established_before(const struct dp_flow *f)
{
	return f->tcp != NULL && f->tcp_state >= DP_TCP_ESTABLISHED;
}

/*
 * Others forwarded packets of this flow while we looked away, so what we know of both windows may
 * be old. From here on numbers that do not fit are no reason to drop, as with a session that was
 * met in its middle; a handshake that was under way starts over as one.
 */
static void after_blindness(struct tcp_ctx *x)
{
	x->s->blind = x->c->blind;
	x->s->flags |= TF_MIDSTREAM;
	if (x->s->state >= DP_TCP_ESTABLISHED)
		return;
	dp_stream_free(x->c, x->f);
	x->s = NULL;
}

void dp_stream_packet(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_pkt *p)
{
	struct tcp_ctx x = {.c = ctx, .t = t, .f = p->flow, .p = p, .s = p->flow->tcp};
	int rc;

	if (x.s != NULL)
		x.s->half[p->dir].aside_n = 0;
	if (established_before(x.f))
		p->flags |= DP_PF_EST;
	if (ctx->conf->checksum_check &&
		(!dp_pkt_l4_csum_ok(p) || (ctx->conf->inline_mode && !dp_pkt_ip_csum_ok(p)))) {
		ctx->cnt->tcp_invalid_checksum++;
		return;
	}
	count(&x);
	if (x.s != NULL && x.s->blind != ctx->blind)
		after_blindness(&x);
	if (ctx->conf->inline_mode && ctx->conf->stream_drop_invalid && tcp_is_dubious(&x)) {
		ctx->cnt->tcp_dubious++;
		dp_pkt_drop(p, DP_R_STREAM_ERROR);
		return;
	}
	if (ctx->conf->urgent_policy == DP_URG_CLEAR)
		clear_urgent(&x);
	if (!(p->tcp.flags & TH_ACK) && p->tcp.ack != 0)
		tcp_event(&x, SIG_SE_PKT_BROKEN_ACK);
	if (x.s == NULL) {
		rc = tcp_none(&x);
		x.s = x.f->tcp;
		if (x.s != NULL) {
			set_dirs(&x);
			x.snd->tcp_flags |= p->tcp.flags;
		}
	} else {
		set_dirs(&x);
		x.snd->tcp_flags |= p->tcp.flags;
		rc = tcp_check_timestamp(&x);
		if (rc == 0 && !shortcut(&x))
			rc = ctx->conf->inline_mode && tcp_breaks_end(&x) ? -1 : dispatch(&x);
		after_rst(&x);
	}
	if (ctx->conf->inline_mode && ctx->conf->stream_drop_invalid && is_loose(&x, rc))
		dp_pkt_drop(p, DP_R_STREAM_ERROR);
	if (x.s != NULL)
		mark(&x);
}
