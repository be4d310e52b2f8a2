/* SPDX-License-Identifier: Apache-2.0 */
/* From nothing to an established session: three ways, four ways, midstream, one-sided. */
#include "stream_priv.h"
#include <dp/policy.h>
#include <string.h>

#define MIDSTREAM_WSCALE 14 /* unknown: the largest there is (RFC 7323 §2.3) */
#define MIDSTREAM_BACK (UINT32_C(1) << 20)

static bool open_session(struct tcp_ctx *x)
{
	const struct dp_conf *conf = x->c->conf;
	struct dp_tcp *s = NULL;

	if (x->p->num == 0 || x->p->num != conf->simulate.ssn_memcap)
		s = dp_slab_zalloc(x->c->slab, DP_MEM_STREAM, sizeof(*s));
	if (s == NULL) {
		x->c->cnt->tcp_ssn_memcap++;
		dp_policy_apply(x->c, x->p, conf->pol_stream_memcap, DP_R_STREAM_MEMCAP,
			DP_EX_STREAM_MEMCAP);
		return false;
	}
	s->depth = conf->stream_depth;
	s->blind = x->c->blind;
	for (int i = 0; i < 2; i++)
		s->half[i].os = (uint8_t)(conf->inline_mode ? DP_OS_FIRST
				: dp_os_of(conf, x->f->ip_ver, &x->f->addr[!i]));
	x->f->tcp = x->s = s;
	x->snd = &s->half[x->p->dir];
	x->rcv = &s->half[!x->p->dir];
	x->c->cnt->tcp_sessions++;
	return true;
}

static void start_clock(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	if (!t->has_ts)
		return;
	x->snd->flags |= t->tsval == 0 ? HF_ZERO_TS | HF_TS : HF_TS;
	x->snd->last_ts = t->tsval;
	x->snd->last_ts_ns = x->p->ts_ns;
}

/* `snd` starts with this SYN. */
static void start_half(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	x->snd->isn = t->seq;
	x->snd->next_seq = t->seq + 1;
	x->snd->last_ack = t->seq + 1;
	start_clock(x);
}

/* RFC 7413: with a cookie the SYN may carry data that counts. */
static bool has_tfo(const struct dp_pkt *p)
{
	const uint8_t *h = p->data + p->l4_off;
	uint32_t off = 20;

	while (off + 1 < p->tcp.hdr_len && h[off] != 0) {
		if (h[off] == 1) {
			off++;
			continue;
		}
		if (h[off] == 34)
			return true;
		// RFC 6994 experiment 0xf989: what was used before the option had its number
		if (h[off] == 254 && off + 3 < p->tcp.hdr_len && h[off + 1] >= 4 &&
			h[off + 2] == 0xf9 && h[off + 3] == 0x89)
			return true;
		if (h[off + 1] < 2)
			break;
		off += h[off + 1];
	}
	return false;
}

static int none_syn(struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	if (!open_session(x))
		return -1;
	start_half(x);
	half_set_window(x->rcv, p->tcp.win); // no scaling on a SYN
	if (p->tcp.has_auth)
		x->s->flags |= TF_SIGNED;
	if (p->tcp.has_wscale) {
		x->s->flags |= TF_CLIENT_WSCALE;
		x->rcv->wscale = p->tcp.wscale;
	}
	if (p->tcp.has_ts)
		x->s->flags |= TF_TIMESTAMP;
	x->f->tcp_isn = p->tcp.seq;
	// Some servers take a SYN's data without a cookie too: the SYN/ACK will tell. (In a capture
	// it is packet data, as with the peer.)
	if (p->payload.n != 0 && (x->c->conf->on_wire || has_tfo(p))) {
		x->s->flags |= TF_TFO;
		half_segment(x, p->tcp.seq + 1, p->payload.p, p->payload.n);
		x->snd->next_seq += p->payload.n;
	}
	tcp_set_state(x, DP_TCP_SYN_SENT);
	return 0;
}

/* A SYN/ACK whose SYN we missed: its sender is the server. */
static int none_synack(struct tcp_ctx *x)
{
	struct dp_pkt *p = x->p;

	dp_flow_swap(x->f);
	p->dir = !p->dir;
	if (!open_session(x))
		return -1;
	x->s->flags |= TF_MIDSTREAM;
	x->f->flags |= DP_FF_MIDSTREAM;
	start_half(x);
	x->rcv->isn = p->tcp.ack - 1;
	x->rcv->next_seq = x->rcv->last_ack = p->tcp.ack;
	x->snd->wscale = MIDSTREAM_WSCALE;
	x->rcv->wscale = p->tcp.has_wscale ? p->tcp.wscale : 0;
	half_set_window(x->rcv, (uint32_t)p->tcp.win << x->rcv->wscale);
	half_set_window(x->snd, x->rcv->window);
	if (p->tcp.has_ts)
		x->s->flags |= TF_TIMESTAMP;
	x->f->tcp_isn = x->rcv->isn;
	tcp_set_state(x, DP_TCP_SYN_RECV);
	return 0;
}

/* Data or an acknowledgement from the middle: take what it says as the state of both sides. */
static int none_middle(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	if (!open_session(x))
		return -1;
	x->s->flags |= TF_MIDSTREAM;
	x->f->flags |= DP_FF_MIDSTREAM;
	x->snd->isn = t->seq - 1;
	x->snd->next_seq = x->snd->last_ack = t->seq;
	// What came before may be on its way again: nobody said yet that it has arrived.
	if (x->c->conf->inline_mode)
		x->snd->last_ack -= MIDSTREAM_BACK;
	if (t->has_auth)
		x->s->flags |= TF_SIGNED;
	x->rcv->isn = t->ack - 1;
	x->rcv->next_seq = x->rcv->last_ack = t->ack;
	x->snd->wscale = x->rcv->wscale = MIDSTREAM_WSCALE;
	half_set_window(x->rcv, (uint32_t)t->win << MIDSTREAM_WSCALE);
	half_set_window(x->snd, x->rcv->window);
	start_clock(x);
	if (t->has_ts)
		x->s->flags |= TF_TIMESTAMP;
	x->f->tcp_isn = x->snd->isn;
	tcp_set_state(x, DP_TCP_ESTABLISHED);
	tcp_accept(x);
	return 0;
}

int tcp_none(struct tcp_ctx *x)
{
	const struct dp_conf *conf = x->c->conf;
	uint8_t fl = x->p->tcp.flags;
	bool middle = conf->midstream || conf->async_oneside;

	if (fl & TH_RST)
		return refuse(x, SIG_SE_RST_BUT_NO_SESSION);
	if (fl & TH_FIN) // with SYN, too: fin_syn is said of a session
		tcp_event(x, SIG_SE_FIN_BUT_NO_SESSION);
	else if ((fl & (TH_SYN | TH_ACK)) == TH_SYN)
		return none_syn(x);
	if (!(fl & (TH_ACK | TH_FIN)))
		return -1;
	dp_policy_apply(x->c, x->p, conf->pol_midstream, DP_R_STREAM_MIDSTREAM, DP_EX_MIDSTREAM);
	if (!middle || !(fl & TH_ACK) || (x->f->flags & (DP_FF_DROP | DP_FF_BYPASS)))
		return -1;
	x->c->cnt->tcp_midstream++;
	if (fl & TH_SYN)
		return none_synack(x);
	return none_middle(x);
}

static int synack(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;
	struct dp_tcp *s = x->s;

	if (s->flags & TF_4WHS) {
		if (t->ack != x->rcv->isn + 1)
			return refuse(x, SIG_SE_4WHS_SYNACK_WITH_WRONG_ACK);
		if (t->seq != x->snd->isn)
			return refuse(x, SIG_SE_4WHS_SYNACK_WITH_WRONG_SYN);
	} else if (x->p->dir == SIG_DIR_TO_SERVER) {
		return refuse(x, SIG_SE_3WHS_SYNACK_IN_WRONG_DIRECTION);
	}
	tcp_adopt_syn(x, t->ack);
	if (t->ack != x->rcv->next_seq && x->c->conf->inline_mode && (s->flags & TF_TFO) &&
		seq_gt(t->ack, x->rcv->isn) && seq_lt(t->ack, x->rcv->next_seq)) {
		// Not all of the SYN's data was taken. It stays the first copy of what comes again.
		x->rcv->next_seq = t->ack;
	} else if (t->ack != x->rcv->next_seq) {
		if (!(s->flags & TF_TFO) || t->ack != x->rcv->isn + 1)
			return refuse(x, SIG_SE_3WHS_SYNACK_WITH_WRONG_ACK);
		// The cookie was not accepted: the data of the SYN will come again.
		tcp_event(x, SIG_SE_3WHS_SYNACK_TFO_DATA_IGNORED);
		half_free(x->c, x->rcv);
		x->rcv->next_seq = x->rcv->isn + 1;
		x->rcv->ref_off = x->rcv->app_off = x->rcv->raw_off = 0;
	}
	start_half(x);
	// Scaling and timestamps hold when both offer them (RFC 7323 §1.3).
	if ((s->flags & TF_CLIENT_WSCALE) && t->has_wscale) {
		x->rcv->wscale = t->wscale;
		s->flags |= TF_SERVER_WSCALE;
	} else {
		x->snd->wscale = x->rcv->wscale = 0;
	}
	if (!t->has_ts)
		s->flags &= ~(uint32_t)TF_TIMESTAMP;
	half_set_window(x->snd, x->snd->window);
	x->rcv->last_ack = t->ack;
	if (s->flags & TF_TFO)
		x->rcv->ack_off = half_off(x->rcv, t->ack);
	half_set_window(x->rcv, t->win);
	tcp_set_state(x, DP_TCP_SYN_RECV);
	if (x->p->payload.n != 0 && (x->c->conf->inline_mode || (s->flags & TF_TFO))) {
		half_segment(x, t->seq + 1, x->p->payload.p, x->p->payload.n);
		x->snd->next_seq += x->p->payload.n;
	}
	return 0;
}

/* Only one side is seen: its SYN, then its acknowledgement of what we did not see. */
static int async_ack(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	const struct dp_conf *conf = x->c->conf;

	// Inline the other direction may take another way: what we see is judged. Where an older
	// session had the same ports, its server may still be there: then only the SYN/ACK counts.
	if (x->p->dir != SIG_DIR_TO_SERVER || (conf->inline_mode && (x->f->flags & DP_FF_REUSED)) ||
		!(conf->inline_mode || conf->async_oneside))
		return 0;
	if (t->seq != x->snd->next_seq)
		return refuse(x, SIG_SE_3WHS_ASYNC_WRONG_SEQ);
	x->s->flags |= TF_ASYNC;
	x->rcv->isn = t->ack - 1;
	x->rcv->next_seq = x->rcv->last_ack = t->ack;
	// As the peer: as if the other side's window were what this side says, unscaled.
	x->snd->window = conf->inline_mode ? x->rcv->window : t->win;
	tcp_set_state(x, DP_TCP_ESTABLISHED);
	tcp_accept(x);
	return 0;
}

/* A client throws away any answer to its SYN that echoes a timestamp it did not send (RFC 7323
 * §4.2; Linux tcp_rcv_synsent_state_process), a reset too. Resent SYNs carry later ones: ten
 * minutes of the fastest clock in use, 1 ms. */
#define SYN_TS_SPAN 600000u

static bool echoes_syn(const struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	if (x->p->dir != SIG_DIR_TO_CLIENT || !(t->flags & TH_ACK) || !t->has_ts || t->tsecr == 0 ||
		!(x->s->flags & TF_TIMESTAMP) || !(x->rcv->flags & HF_TS))
		return true;
	// Passive, the session may be back here after a reset that did not count: only answers are asked.
	if (!x->c->conf->inline_mode && !(t->flags & (TH_SYN | TH_RST | TH_FIN)))
		return true;
	return t->tsecr - x->rcv->last_ts <= SYN_TS_SPAN;
}

/* The same SYN once more. Inline its data is compared with what it had at first. */
static int syn_again(struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;
	uint32_t end = p->tcp.seq + 1 + p->payload.n;

	if (p->payload.n == 0 || !(x->s->flags & TF_TFO) || !x->c->conf->inline_mode)
		return 0;
	half_segment(x, p->tcp.seq + 1, p->payload.p, p->payload.n);
	if (seq_gt(end, x->snd->next_seq))
		x->snd->next_seq = end;
	return 0;
}

int tcp_syn_sent(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	if (!echoes_syn(x))
		return refuse(x, SIG_SE_PKT_INVALID_TIMESTAMP);

	if (t->flags & TH_RST) {
		// From the server it must acknowledge the SYN (RFC 9293 §3.10.7.3).
		if (x->p->dir == SIG_DIR_TO_CLIENT && (t->flags & TH_ACK) &&
			t->ack != x->rcv->next_seq && t->ack != x->rcv->isn + 1 &&
			(x->c->conf->inline_mode || t->seq != 0))
			return -1;
		if (x->p->dir == SIG_DIR_TO_CLIENT && !(t->flags & TH_ACK) &&
			x->c->conf->inline_mode)
			return -1;
		// Passive, as the peer: a server that has said nothing has number zero.
		if (x->p->dir == SIG_DIR_TO_CLIENT && !x->c->conf->inline_mode && t->seq != x->snd->next_seq)
			return -1;
		if (x->p->dir == SIG_DIR_TO_SERVER && t->ack != 0 && tcp_check_ack(x) != 0)
			return refuse(x, SIG_SE_RST_INVALID_ACK);
		if (x->p->dir == SIG_DIR_TO_SERVER && t->seq != x->snd->isn &&
			t->seq != x->snd->next_seq)
			return -1;
		x->counted = true;
		tcp_reset(x);
		return 0;
	}
	if (t->flags & TH_FIN)
		return 0;
	if ((t->flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK))
		return synack(x);
	if (t->flags & TH_SYN) {
		if (x->p->dir == SIG_DIR_TO_SERVER)
			return t->seq == x->snd->isn ? syn_again(x) : tcp_queue_syn(x);
		// Both open at once (RFC 9293 §3.5, figure 7).
		x->s->flags |= TF_4WHS;
		start_half(x);
		if (t->has_wscale)
			x->rcv->wscale = t->wscale;
		half_set_window(x->rcv, t->win);
		return 0;
	}
	return t->flags & TH_ACK ? async_ack(x) : 0;
}

static void establish(struct tcp_ctx *x)
{
	tcp_set_state(x, DP_TCP_ESTABLISHED);
	if (x->s->hs != NULL) {
		dp_slab_free(x->c->slab, DP_MEM_STREAM, x->s->hs, sizeof(struct hs));
		x->s->hs = NULL;
	}
	tcp_accept(x);
}

/* The least that the handshake's last packet must acknowledge. Inline a SYN/ACK's data may have come
 * with it, which the client takes or leaves. */
static uint32_t least_ack(const struct tcp_ctx *x)
{
	return x->c->conf->inline_mode ? x->rcv->isn + 1 : x->rcv->next_seq;
}

static int syn_recv_ack(struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;
	const struct dp_tcp_view *t = &p->tcp;

	if (p->dir == SIG_DIR_TO_SERVER)
		tcp_adopt_synack(x);
	if (x->s->flags & TF_4WHS) {
		if (t->seq != x->snd->next_seq)
			return refuse(x, SIG_SE_4WHS_WRONG_SEQ);
		if (t->ack != x->rcv->next_seq)
			return refuse(x, SIG_SE_4WHS_INVALID_ACK);
		establish(x);
		return 0;
	}
	if (p->dir == SIG_DIR_TO_CLIENT && !(x->s->flags & TF_MIDSTREAM)) {
		// The server goes on although we saw no acknowledgement: right if it acknowledges
		// more.
		if (seq_gt(t->ack, x->rcv->next_seq) ||
			((x->s->flags & TF_TFO) && p->payload.n != 0 &&
				t->seq == x->snd->next_seq)) {
			if (tcp_check_ack(x) != 0)
				return -1;
			establish(x);
			return 0;
		}
		// A server may speak before the client's last packet of the handshake reaches it,
		// or us (CVE-2018-6794): the client takes it, so we look at it.
		if (p->payload.n != 0 && t->ack == x->rcv->next_seq &&
			seq_geq(t->seq, x->snd->isn + 1) && seq_leq(t->seq, x->snd->next_seq)) {
			tcp_accept(x);
			return 0;
		}
		if (p->payload.n != 0)
			return refuse(x, SIG_SE_3WHS_ACK_DATA_INJECT);
		return refuse(x, SIG_SE_3WHS_ACK_IN_WRONG_DIR);
	}
	if (t->seq == x->snd->next_seq) {
		if (seq_lt(t->ack, least_ack(x)) || tcp_check_ack(x) != 0) {
			x->s->flags |= TF_EVASION;
			return refuse(x, SIG_SE_3WHS_RIGHT_SEQ_WRONG_ACK_EVASION);
		}
		establish(x);
		return 0;
	}
	// Its SYN had data, and it says again where that began.
	if (x->c->conf->inline_mode && (x->s->flags & TF_TFO) && seq_gt(t->seq, x->snd->isn) &&
		seq_lt(t->seq, x->snd->next_seq) && seq_geq(t->ack, least_ack(x))) {
		establish(x);
		return 0;
	}
	// The packet between was lost to us: the numbers must still be in the window.
	if (seq_gt(t->seq, x->snd->next_seq) && seq_leq(t->seq, x->snd->next_win) &&
		seq_geq(t->ack, least_ack(x)) && tcp_check_ack(x) == 0) {
		establish(x);
		return 0;
	}
	if (x->s->flags & TF_MIDSTREAM) {
		establish(x);
		return 0;
	}
	return refuse(x, SIG_SE_3WHS_WRONG_SEQ_WRONG_ACK);
}

static int syn_recv_synack(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	if (x->s->flags & TF_4WHS) { // the other side's half of it
		if (t->ack != x->rcv->isn + 1)
			return refuse(x, SIG_SE_4WHS_SYNACK_WITH_WRONG_ACK);
		return 0;
	}
	if (x->p->dir == SIG_DIR_TO_SERVER)
		return refuse(x, SIG_SE_3WHS_SYNACK_TOSERVER_ON_SYN_RECV);
	if (t->ack != x->rcv->last_ack) {
		struct hs *q = x->s->hs;

		for (unsigned i = 0; q != NULL && i < q->n_syn; i++)
			if (q->syn[i].seq + 1 == t->ack) {
				tcp_set_state(x, DP_TCP_SYN_SENT);
				return synack(x);
			}
		return refuse(x, SIG_SE_3WHS_SYNACK_RESEND_WITH_DIFFERENT_ACK);
	}
	if (t->seq != x->snd->isn) {
		tcp_event(x, SIG_SE_3WHS_SYNACK_RESEND_WITH_DIFF_SEQ);
		return tcp_queue_synack(x);
	}
	if (x->p->payload.n != 0 && x->c->conf->inline_mode)
		half_segment(x, t->seq + 1, x->p->payload.p, x->p->payload.n);
	return 0;
}

int tcp_syn_recv(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;

	if (t->flags & TH_RST)
		return tcp_close_by_rst(x);
	if (t->flags & TH_FIN)
		return tcp_established(x);
	if ((t->flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK))
		return syn_recv_synack(x);
	if (t->flags & TH_SYN) {
		if (x->p->dir == SIG_DIR_TO_CLIENT)
			return refuse(x, SIG_SE_3WHS_SYN_TOCLIENT_ON_SYN_RECV);
		if (t->seq != x->snd->isn)
			return refuse(x, SIG_SE_3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV);
		return 0;
	}
	return t->flags & TH_ACK ? syn_recv_ack(x) : 0;
}
