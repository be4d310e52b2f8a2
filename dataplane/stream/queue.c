/* SPDX-License-Identifier: Apache-2.0 */
/* SYN and SYN/ACK packets with other numbers, kept until one of them is answered. */
#include "stream_priv.h"

void half_set_window(struct half *h, uint32_t win)
{
	h->window = win;
	if (win > h->max_window)
		h->max_window = win;
	h->next_win = h->last_ack + win;
}

static struct hs *queue(struct tcp_ctx *x)
{
	if (x->s->hs == NULL)
		x->s->hs = dp_slab_zalloc(x->c->slab, DP_MEM_STREAM, sizeof(struct hs));
	return x->s->hs;
}

static struct hs_alt alt_of(const struct dp_pkt *p)
{
	return (struct hs_alt){.seq = p->tcp.seq,
		.ack = p->tcp.ack,
		.ts = p->tcp.tsval,
		.win = p->tcp.win,
		.wscale = p->tcp.wscale,
		.has = (uint8_t)((p->tcp.has_wscale ? 1 : 0) | (p->tcp.has_ts ? 2 : 0))};
}

int tcp_queue_syn(struct tcp_ctx *x)
{
	struct hs *q = queue(x);
	uint32_t max = x->c->conf->max_syn_queued;

	if (q == NULL)
		return -1;
	for (unsigned i = 0; i < q->n_syn; i++)
		if (q->syn[i].seq == x->p->tcp.seq)
			return 0;
	if (q->n_syn >= HS_MAX || q->n_syn >= max)
		return refuse(x, SIG_SE_3WHS_SYN_FLOOD);
	q->syn[q->n_syn++] = alt_of(x->p);
	return 0;
}

int tcp_queue_synack(struct tcp_ctx *x)
{
	struct hs *q = queue(x);

	if (q == NULL)
		return -1;
	for (unsigned i = 0; i < q->n_synack; i++)
		if (q->synack[i].seq == x->p->tcp.seq && q->synack[i].ack == x->p->tcp.ack)
			return 0;
	if (q->n_synack >= HS_MAX || q->n_synack >= x->c->conf->max_synack_queued)
		return refuse(x, SIG_SE_3WHS_SYNACK_FLOOD);
	q->synack[q->n_synack++] = alt_of(x->p);
	return 0;
}

/* The server answered another of the client's SYNs: that one counts. */
void tcp_adopt_syn(struct tcp_ctx *x, uint32_t ack)
{
	struct hs *q = x->s->hs;

	for (unsigned i = 0; q != NULL && i < q->n_syn; i++) {
		const struct hs_alt *a = &q->syn[i];

		if (a->seq + 1 != ack)
			continue;
		x->rcv->isn = a->seq;
		x->rcv->next_seq = x->rcv->last_ack = a->seq + 1;
		x->f->tcp_isn = a->seq;
		x->snd->wscale = a->wscale;
		half_set_window(x->snd, a->win);
		x->s->flags &= ~(uint32_t)(TF_CLIENT_WSCALE | TF_TIMESTAMP);
		x->s->flags |=
			(a->has & 1 ? TF_CLIENT_WSCALE : 0u) | (a->has & 2 ? TF_TIMESTAMP : 0u);
		x->rcv->last_ts = a->ts;
		return;
	}
}

/* The client acknowledged another of the server's SYN/ACKs: that one counts. */
void tcp_adopt_synack(struct tcp_ctx *x)
{
	const struct hs *q = x->s->hs;

	for (unsigned i = 0; q != NULL && i < q->n_synack; i++) {
		const struct hs_alt *a = &q->synack[i];

		if (a->seq + 1 != x->p->tcp.ack || a->ack != x->p->tcp.seq)
			continue;
		x->rcv->isn = a->seq;
		x->rcv->next_seq = x->rcv->last_ack = a->seq + 1;
		x->rcv->last_ts = a->ts;
		half_set_window(x->snd, a->win);
		return;
	}
}
