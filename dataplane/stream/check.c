/* SPDX-License-Identifier: Apache-2.0 */
/* Would the end host take this packet? RFC 9293 §3.10.7, RFC 5961, RFC 7323, with the peer's names.
 */
#include "stream_priv.h"

#define NS_PER_S UINT64_C(1000000000)
/* RFC 7323 §5.5: a timestamp older than 24 days says nothing any more. */
#define PAWS_LIMIT_NS (24 * 24 * 3600 * NS_PER_S)

/* Of p's acknowledgement of what `rcv` sent. */
int tcp_check_ack(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;
	const struct half *h = x->rcv;

	if (!(t->flags & TH_ACK))
		return 0;
	if (x->s->flags & (TF_ASYNC | TF_MIDSTREAM))
		return 0;
	if (seq_leq(t->ack, h->last_ack)) { // an old one: late, or a duplicate
		// Older than any window, or than the session: the receiver discards the segment
		// (RFC 5961 §5.2).
		uint32_t back = h->last_ack - (h->isn + 1);

		if (back > h->max_window)
			back = h->max_window;
		if (x->c->conf->inline_mode && seq_lt(t->ack, h->last_ack - back))
			return refuse(x, SIG_SE_PKT_INVALID_ACK);
		return 0;
	}
	// Inline all that the other side sent went past us: what it did not, nobody can acknowledge.
	if (x->c->conf->inline_mode && seq_gt(t->ack, h->next_seq))
		return refuse(x, SIG_SE_PKT_INVALID_ACK);
	if (seq_leq(t->ack, h->next_win) || seq_leq(t->ack, h->next_seq))
		return 0;
	return refuse(x, SIG_SE_PKT_INVALID_ACK);
}

/* Passive: systems that take a reset anywhere in their window, or behind what they expect, as the peer
 * knows them. */
static bool receiver_resets(const struct tcp_ctx *x, uint32_t end)
{
	switch (x->snd->os) {
	case DP_OS_LINUX:
	case DP_OS_OLD_LINUX:
	case DP_OS_SOLARIS:
	case DP_OS_OLD_SOLARIS:
		return seq_geq(end, x->snd->last_ack) &&
		       seq_lt(x->p->tcp.seq, x->snd->next_seq + x->snd->window);
	case DP_OS_HPUX11:
		return seq_geq(x->p->tcp.seq, x->snd->next_seq);
	default:
		return false;
	}
}

/* Only a reset at exactly the next expected byte ends a connection for sure (RFC 5961 §3.2);
 * midstream we may not know that byte. */
int tcp_check_rst(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;
	uint32_t end = t->seq + x->p->payload.n;

	if ((t->flags & TH_ACK) && t->ack != 0 && tcp_check_ack(x) != 0)
		return refuse(x, SIG_SE_RST_INVALID_ACK);
	if (x->s->flags & (TF_ASYNC | TF_MIDSTREAM)) {
		if (seq_geq(t->seq, x->snd->last_ack) || seq_geq(t->seq, x->snd->next_seq))
			return 0;
	}
	if (t->seq == x->snd->next_seq || t->seq == x->snd->last_ack)
		return 0;
	// A FIN that was seen counts one, whether the sender of the reset knows it or not.
	if ((x->snd->flags & HF_FIN) && t->seq + 1 == x->snd->next_seq)
		return 0;
	return receiver_resets(x, end) ? 0 : -1;
}

/* PAWS (RFC 7323 §5): a segment whose timestamp runs backwards is an old duplicate. */
int tcp_check_timestamp(struct tcp_ctx *x)
{
	const struct dp_tcp_view *t = &x->p->tcp;
	struct half *h = x->snd;

	if (!(x->s->flags & TF_TIMESTAMP) || !t->has_ts || (t->flags & TH_SYN))
		return 0;
	// RFC 7323 section 5.2 exempts resets; the peer does not.
	if ((t->flags & TH_RST) && x->c->conf->inline_mode)
		return 0;
	if (h->flags & HF_ZERO_TS) { // started with zero, as old stacks do
		h->flags &= ~(uint32_t)HF_ZERO_TS;
		h->last_ts = t->tsval;
	}
	// One tick back is let pass, as Linux does (TCP_PAWS_WINDOW).
	if ((h->flags & HF_TS) && (int32_t)(t->tsval - h->last_ts) < -1 &&
		x->p->ts_ns < h->last_ts_ns + PAWS_LIMIT_NS)
		return refuse(x, SIG_SE_PKT_INVALID_TIMESTAMP);
	// Only a segment that covers the last byte acknowledged may move the clock (RFC 7323 §4.3), so
	// that what was overtaken on the way is not thrown away.
	if (!(h->flags & HF_TS) || (int32_t)(t->tsval - h->last_ts) > 0) {
		if (seq_leq(t->seq, h->last_ack)) {
			h->last_ts = t->tsval;
			h->last_ts_ns = x->p->ts_ns;
			h->flags |= HF_TS;
		}
	}
	return 0;
}

/* RFC 9293 §3.8.4: one byte before what is expected next, usually already sent, or none. */
bool tcp_is_keepalive(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	if (x->rcv->flags & HF_KEEPALIVE)
		return false;
	if (p->payload.n > 1 || (p->tcp.flags & (TH_SYN | TH_FIN | TH_RST)) ||
		!(p->tcp.flags & TH_ACK))
		return false;
	// Its byte is garbage. Inline it must be one that the receiver has for sure, and will
	// discard.
	if (p->payload.n != 0 && x->c->conf->inline_mode && x->snd->last_ack != x->snd->next_seq)
		return false;
	return p->tcp.ack == x->rcv->next_seq && p->tcp.seq == x->snd->next_seq - 1 &&
	       x->snd->next_seq != x->snd->isn + 1;
}

bool tcp_is_keepalive_ack(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	if (!(x->rcv->flags & HF_KEEPALIVE) || p->payload.n != 0 ||
		(p->tcp.flags & (TH_SYN | TH_FIN | TH_RST)) || p->tcp.win == 0)
		return false;
	return p->tcp.ack == x->rcv->next_seq && p->tcp.seq == x->snd->next_seq;
}

/* A pure acknowledgement of the past that shrinks the window by what had been promised: forged, or
 * overtaken. It would make good data look out of window. */
bool tcp_is_bad_window_update(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;
	const struct half *h = x->rcv; // whose window it would set
	uint32_t win;

	if (x->s->state < DP_TCP_ESTABLISHED || x->s->state == DP_TCP_CLOSED)
		return false;
	if (p->payload.n != 0 || (p->tcp.flags & (TH_SYN | TH_FIN | TH_RST)))
		return false;
	if (x->s->flags & TF_MIDSTREAM)
		return false;
	win = (uint32_t)p->tcp.win << h->wscale;
	if (win >= h->window)
		return false;
	return seq_gt(p->tcp.ack, h->next_seq) && seq_gt(p->tcp.seq, x->snd->next_seq) &&
	       (int32_t)(p->tcp.ack - h->next_seq) > (int32_t)win;
}

bool tcp_is_outdated_ack(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	return p->payload.n == 0 &&
	       (p->tcp.flags & (TH_ACK | TH_SYN | TH_FIN | TH_RST)) == TH_ACK &&
	       seq_lt(p->tcp.ack, x->rcv->last_ack) && seq_leq(p->tcp.seq, x->snd->next_seq) &&
	       x->s->state >= DP_TCP_ESTABLISHED;
}

/* A capture may hold an acknowledgement before the data it is for; then nobody has shown them yet. */
bool tcp_is_unseen(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	return !x->c->conf->inline_mode && p->payload.n != 0 &&
	       half_off(x->snd, p->tcp.seq + p->payload.n) > x->snd->sent_off;
}

/* All of it was acknowledged before: the receiver throws it away. */
bool tcp_is_spurious(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;

	if (tcp_is_unseen(x))
		return false;

	return p->payload.n != 0 && x->s->state >= DP_TCP_ESTABLISHED &&
	       !(x->s->flags & TF_ASYNC) && seq_leq(p->tcp.seq + p->payload.n, x->snd->last_ack) &&
	       !(p->payload.n == 1 && p->tcp.seq == x->snd->next_seq - 1);
}

/* A segment that arrives with this little left comes from much farther away than the rest of its
 * conversation, or was meant to die between us and the receiver. Hosts start at 32 or more, and no
 * path takes so much that honest ones come this low behind others of the same sender. */
#define TTL_LOW 10

/*
 * Inline: would hosts discard it in whatever state, or some and others not? Then it is not data, and
 * it is not let through either, so that no receiver has to decide. Never true for a first SYN's sake.
 */
bool tcp_is_dubious(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;
	const struct dp_tcp_view *t = &p->tcp;

	// Which of two counts is a matter of taste: Linux takes the last, others the first.
	if (dp_pkt_event(p, SIG_DE_TCP_OPT_DUPLICATE))
		return true;
	// Past the handshake everything acknowledges (RFC 9293 §3.10.7.4, fifth).
	if (x->s != NULL && !(t->flags & (TH_SYN | TH_RST | TH_ACK)))
		return true;
	// Signed when the session is not, or the other way round: discarded where signatures are
	// checked (RFC 2385 §2.0, RFC 5925 §7.5).
	if (x->s != NULL && (t->flags & (TH_SYN | TH_ACK)) != TH_SYN &&
		t->has_auth != ((x->s->flags & TF_SIGNED) != 0))
		return true;
	return p->ttl < TTL_LOW && x->f->max_ttl[p->dir] >= p->ttl + TTL_LOW;
}

/* Data behind the end of the stream, or an end before data that was seen: what the receiver makes of
 * it depends on what it has in hand. A sender never does either. */
bool tcp_breaks_end(const struct tcp_ctx *x)
{
	const struct dp_pkt *p = x->p;
	const struct half *h = x->snd;
	uint32_t end = p->tcp.seq + p->payload.n;

	if (p->tcp.flags & (TH_SYN | TH_RST))
		return false;
	if (h->flags & HF_FIN) {
		uint64_t off = half_off(h, end);

		return off > h->fin_off ? p->payload.n != 0 || (p->tcp.flags & TH_FIN)
					: (p->tcp.flags & TH_FIN) && off < h->fin_off;
	}
	return (p->tcp.flags & TH_FIN) && seq_lt(end, h->next_seq);
}
