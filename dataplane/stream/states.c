/* SPDX-License-Identifier: Apache-2.0 */
/* Established sessions and their end. */
#include "stream_priv.h"

static int est_synack(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	if (x->p->dir == SIG_DIR_TO_SERVER)
		return refuse(x, SIG_SE_EST_SYNACK_TOSERVER);
	// Taken for one-sided by what the client sent too early: now the other side is known.
	if (x->c->conf->inline_mode && (x->s->flags & TF_ASYNC) && x->snd->first == NULL &&
		seq_gt(t->ack, x->rcv->isn) && seq_leq(t->ack, x->rcv->next_seq)) {
		x->s->flags &= ~(uint32_t)TF_ASYNC;
		x->snd->isn = t->seq;
		x->snd->next_seq = x->snd->last_ack = t->seq + 1;
		x->snd->next_win = t->seq + 1 + x->snd->window;
		x->rcv->last_ack = t->ack;
		if (!t->has_ts)
			x->s->flags &= ~(uint32_t)TF_TIMESTAMP;
		x->snd->flags &= ~(uint32_t)HF_TS;
		return 0;
	}
	if (t->ack != x->rcv->last_ack)
		return refuse(x, SIG_SE_EST_SYNACK_RESEND_WITH_DIFFERENT_ACK);
	if (t->seq != x->snd->isn)
		return refuse(x, SIG_SE_EST_SYNACK_RESEND_WITH_DIFF_SEQ);
	if (x->s->flags & TF_3WHS_DONE)
		return refuse(x, SIG_SE_EST_SYNACK_RESEND);
	return 0;
}

static int est_syn(struct tcp_ctx *x)
{
	if (x->p->dir == SIG_DIR_TO_CLIENT)
		return refuse(x, SIG_SE_EST_SYN_TOCLIENT);
	if (x->p->tcp.seq != x->snd->isn)
		return refuse(x, SIG_SE_EST_SYN_RESEND_DIFF_SEQ);
	if (x->s->flags & TF_3WHS_DONE)
		return refuse(x, SIG_SE_EST_SYN_RESEND);
	return 0;
}

/* Does the segment lie where the receiver will look at it? */
static bool in_window(const struct tcp_ctx *x, uint32_t extra)
{
	uint32_t end = x->p->tcp.seq + x->p->payload.n;

	if (x->s->flags & (TF_MIDSTREAM | TF_ASYNC))
		return true;
	// A receiver takes what starts within its window; some senders run over the edge.
	if (x->c->conf->inline_mode && seq_leq(x->p->tcp.seq, x->snd->next_win))
		return true;
	return seq_leq(end, x->snd->next_win + extra) ||
	       // a zero-window probe carries one byte beyond the edge (RFC 9293 §3.8.6.1)
	       (x->p->payload.n == 1 && x->snd->window == 0 && x->p->tcp.seq == x->snd->next_seq);
}

static bool is_probe(const struct tcp_ctx *x)
{
	return x->p->payload.n == 1 && x->snd->window == 0 && x->p->tcp.seq == x->snd->next_win;
}

static int est_ack(struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	if (tcp_check_ack(x) != 0)
		return refuse(x, SIG_SE_EST_INVALID_ACK);
	if (!(x->s->flags & (TF_ASYNC | TF_MIDSTREAM)) &&
		seq_lt(p->tcp.seq + p->payload.n, x->snd->last_ack) && !tcp_is_unseen(x)) {
		if (p->payload.n == 0 && p->tcp.seq + 1 == x->snd->last_ack)
			return 0;
		return refuse(x, SIG_SE_EST_PKT_BEFORE_LAST_ACK);
	}
	if (!in_window(x, 0))
		return refuse(x, SIG_SE_EST_PACKET_OUT_OF_WINDOW);
	if (is_probe(x) && !x->c->conf->inline_mode) {
		tcp_update_ack(x);
		return 0;
	}
	tcp_accept(x);
	if (p->dir == SIG_DIR_TO_CLIENT) // the server has seen the handshake's last packet
		x->s->flags |= TF_3WHS_DONE;
	return 0;
}

static int est_fin(struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	if (seq_lt(p->tcp.seq + p->payload.n, x->snd->last_ack) ||
		(seq_gt(p->tcp.seq, x->snd->last_ack + x->snd->window) &&
			!(x->s->flags & (x->c->conf->inline_mode ? TF_MIDSTREAM | TF_ASYNC : TF_MIDSTREAM))))
		return refuse(x, SIG_SE_FIN_OUT_OF_WINDOW);
	if (tcp_check_ack(x) != 0)
		return refuse(x, SIG_SE_FIN_INVALID_ACK);
	tcp_accept(x);
	tcp_set_state(x, p->dir == SIG_DIR_TO_SERVER ? DP_TCP_CLOSE_WAIT : DP_TCP_FIN_WAIT1);
	return 0;
}

int tcp_established(struct tcp_ctx *x)
{
	uint8_t fl = x->p->tcp.flags;

	if (fl & TH_RST)
		return tcp_close_by_rst(x);
	if ((fl & (TH_SYN | TH_FIN)) == (TH_SYN | TH_FIN))
		return refuse(x, SIG_SE_FIN_SYN);
	if (fl & TH_FIN)
		return est_fin(x);
	if ((fl & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK))
		return est_synack(x);
	if (fl & TH_SYN)
		return est_syn(x);
	return fl & TH_ACK ? est_ack(x) : 0;
}

/*
 * After the first FIN. One row per state: what each refusal is called, and where a FIN of the other
 * side or the acknowledgement of a FIN leads.
 */
struct closing {
	enum sig_pkt_event bad_ack, ack_out, fin_out, before_ack;
	enum dp_tcp_state on_fin, on_fin_ack, on_ack;
};
#define NO_EVENT SIG_EVENT__COUNT

static const struct closing closing[] = {
	[DP_TCP_FIN_WAIT1] = {SIG_SE_FIN1_INVALID_ACK, SIG_SE_FIN1_ACK_WRONG_SEQ,
		SIG_SE_FIN1_FIN_WRONG_SEQ, NO_EVENT, DP_TCP_CLOSING, DP_TCP_TIME_WAIT,
		DP_TCP_FIN_WAIT2},
	[DP_TCP_FIN_WAIT2] = {SIG_SE_FIN2_INVALID_ACK, SIG_SE_FIN2_ACK_WRONG_SEQ,
		SIG_SE_FIN2_FIN_WRONG_SEQ, NO_EVENT, DP_TCP_TIME_WAIT, DP_TCP_TIME_WAIT,
		DP_TCP_FIN_WAIT2},
	[DP_TCP_CLOSE_WAIT] = {SIG_SE_CLOSEWAIT_INVALID_ACK, SIG_SE_CLOSEWAIT_ACK_OUT_OF_WINDOW,
		SIG_SE_CLOSEWAIT_FIN_OUT_OF_WINDOW, SIG_SE_CLOSEWAIT_PKT_BEFORE_LAST_ACK,
		DP_TCP_LAST_ACK, DP_TCP_LAST_ACK, DP_TCP_CLOSE_WAIT},
	[DP_TCP_CLOSING] = {SIG_SE_CLOSING_INVALID_ACK, SIG_SE_CLOSING_ACK_WRONG_SEQ,
		SIG_SE_CLOSING_ACK_WRONG_SEQ, NO_EVENT, DP_TCP_CLOSING, DP_TCP_TIME_WAIT,
		DP_TCP_TIME_WAIT},
	[DP_TCP_LAST_ACK] = {SIG_SE_LASTACK_INVALID_ACK, SIG_SE_LASTACK_ACK_WRONG_SEQ,
		SIG_SE_LASTACK_ACK_WRONG_SEQ, NO_EVENT, DP_TCP_LAST_ACK, DP_TCP_LAST_ACK,
		DP_TCP_CLOSED},
	[DP_TCP_TIME_WAIT] = {SIG_SE_TIMEWAIT_INVALID_ACK, SIG_SE_TIMEWAIT_ACK_WRONG_SEQ,
		SIG_SE_TIMEWAIT_ACK_WRONG_SEQ, NO_EVENT, DP_TCP_TIME_WAIT, DP_TCP_TIME_WAIT,
		DP_TCP_CLOSED},
};

/* What the server has sent already goes beyond its FIN: it comes late, or is not its. */
static bool fin_behind_data(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	if (x->s->state != DP_TCP_CLOSE_WAIT || p->dir != SIG_DIR_TO_CLIENT ||
		(p->payload.n != 0 && seq_leq(p->tcp.seq + p->payload.n, x->snd->next_seq)))
		return false;
	return seq_lt(p->tcp.seq, x->snd->next_seq);
}

static int closing_fin(struct tcp_ctx *x, const struct closing *k)
{
	const struct dp_pkt *p = x->p;
	bool again = x->snd->flags & HF_FIN;

	// Inline its data is data: it may fill a hole.
	if (again && !(x->c->conf->inline_mode && p->payload.n != 0)) { // resent
		x->p->flags |= DP_PF_RETRANSMISSION;
		if (x->s->state == DP_TCP_CLOSE_WAIT && p->dir == SIG_DIR_TO_SERVER &&
			seq_lt(p->tcp.seq + p->payload.n, x->snd->last_ack))
			tcp_event(x, k->fin_out); // it was acknowledged already
		if (p->payload.n != 0)
			tcp_event(x, SIG_SE_PKT_RETRANSMISSION);
		tcp_update_ack(x);
		return 0;
	}
	if (seq_lt(p->tcp.seq + p->payload.n, x->snd->last_ack) ||
		(seq_gt(p->tcp.seq, x->snd->last_ack + x->snd->window) &&
			!(x->s->flags & (TF_MIDSTREAM | TF_ASYNC))))
		return refuse(x, k->fin_out);
	if (fin_behind_data(x)) {
		if (!x->c->conf->inline_mode)
			return refuse(x, k->fin_out);
		tcp_event(x, k->fin_out); // the receiver judges by what it has in hand
	}
	if (tcp_check_ack(x) != 0)
		return refuse(x, k->bad_ack);
	tcp_accept(x);
	if (again)
		return 0;
	tcp_set_state(x, p->tcp.flags & TH_ACK && x->rcv->last_ack == x->rcv->next_seq
				 ? k->on_fin_ack
				 : k->on_fin);
	return 0;
}

static int closing_ack(struct tcp_ctx *x, const struct closing *k)
{
	const struct dp_pkt *p = x->p;

	if (tcp_check_ack(x) != 0)
		return refuse(x, k->bad_ack);
	if (k->before_ack != NO_EVENT && seq_lt(p->tcp.seq + p->payload.n, x->snd->last_ack - 1))
		return refuse(x, k->before_ack);
	if (!in_window(x, 1) ||
		(x->s->state >= DP_TCP_TIME_WAIT && x->s->state != DP_TCP_CLOSE_WAIT &&
			seq_gt(p->tcp.seq, x->snd->next_seq)))
		return refuse(x, k->ack_out);
	tcp_accept(x);
	// Everything of the side that closed has arrived, its FIN included. The last acknowledgement is the
	// client's.
	if ((x->s->state != DP_TCP_LAST_ACK || p->dir == SIG_DIR_TO_SERVER) &&
		(x->rcv->flags & HF_FIN) && seq_geq(x->rcv->last_ack, x->rcv->next_seq))
		tcp_set_state(x, k->on_ack);
	return 0;
}

int tcp_closing_states(struct tcp_ctx *x)
{
	const struct closing *k = &closing[x->s->state];
	uint8_t fl = x->p->tcp.flags;

	if (fl & TH_RST)
		return tcp_close_by_rst(x);
	if (fl & TH_SYN)
		return refuse(x, SIG_SE_SHUTDOWN_SYN_RESEND);
	if (fl & TH_FIN)
		return closing_fin(x, k);
	return fl & TH_ACK ? closing_ack(x, k) : 0;
}
