/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker that stopped, at whatever instruction, had in its hands. Its record may be read here
 * because the worker is dead, or outside the driver and without its slot.
 */
#include "guard.h"

#include <string.h>

#include <rte_mbuf.h>

static bool is_buffer(const struct dp_pool *pool, const void *p)
{
	const struct rte_mbuf *first = pool->all[0], *last = pool->all[pool->n - 1];

	// The record is a dying process's word: only what can be one of the pool's buffers counts.
	return p != NULL && ((p >= (const void *)first && p <= (const void *)last) ||
					(p >= (const void *)last && p <= (const void *)first));
}

/** Packets up to the one under inspection were judged; those judged DROP stay dropped. */
static bool was_dropped(const struct dp_slot *s, uint32_t i)
{
	const struct dp_flight *f = &s->flight;
	uint64_t at = f->verdict_off + (uint64_t)i * f->verdict_stride;

	return i < (uint64_t)f->base + f->inspecting && f->verdict_stride != 0 && at < DP_DESK_BYTES &&
			s->desk[at] == DP_DROP;
}

static void forward_received(struct gd *g, unsigned slot, uint32_t n_rx)
{
	struct dp_slot *s = &g->seg->slot[slot];
	const struct dp_flight *f = &s->flight;
	struct dp_lane *lane = &s->guard[f->wire][f->side];
	struct rte_mbuf *out[DP_FLIGHT_MAX];
	unsigned n = 0;

	for (uint32_t i = 0; i < n_rx && i < DP_FLIGHT_MAX; i++) {
		struct rte_mbuf *m = f->rx[i];

		if (!is_buffer(&g->slot[slot].pool, m))
			break;
		if (f->phase != DP_PHASE_RX && was_dropped(s, i)) {
			lane->rx_pkts++;
			lane->rx_bytes += m->pkt_len;
			lane->reason_pkts[DP_R_RULES]++;
			lane->reason_bytes[DP_R_RULES] += m->pkt_len;
			rte_pktmbuf_free(m);
			continue;
		}
		out[n++] = m;
	}
	s->recovered_pkts += n;
	gd_forward_burst(g, slot, f->wire, f->side, out, n, DP_R_RECOVERED);
}

/** The record says what the counters become; a counter outside of the slot is not believed. */
static void redo_log(struct dp_seg *seg, unsigned slot)
{
	struct dp_slot *s = &seg->slot[slot];
	uint64_t from = (uint64_t)((uint8_t *)s->worker - (uint8_t *)seg);

	for (uint32_t i = 0; i < s->flight.n_log; i++) {
		const struct dp_flight_log *l = &s->flight.log[i];

		if (i >= sizeof(s->flight.log) / sizeof(s->flight.log[0]) || l->at_off < from ||
				l->at_off + 8 > from + sizeof(s->worker) || l->at_off % 8 != 0)
			return;
		*(uint64_t *)((uint8_t *)seg + l->at_off) = l->value;
	}
}

/** A held packet that was being sent is held no longer: its log entry says so. */
static void release_held(struct dp_slot *s, struct rte_mbuf *m)
{
	uint32_t at = ((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at;

	if (at < DP_HELD_MAX && s->held.pkt[at].buf == m)
		s->held.pkt[at].buf = NULL;
}

/** Interrupted while sending: everything goes out once more, save what was visibly freed. */
static void send_again(struct gd *g, unsigned slot)
{
	struct dp_slot *s = &g->seg->slot[slot];
	const struct dp_flight *f = &s->flight;

	for (unsigned side = 0; side < 2; side++) {
		struct rte_mbuf *out[DP_FLIGHT_TX_MAX];
		unsigned n = 0;

		for (uint32_t i = 0; i < f->n_tx[side] && i < DP_FLIGHT_TX_MAX; i++) {
			struct rte_mbuf *m = f->tx[side][i];

			if (!is_buffer(&g->slot[slot].pool, m))
				continue;
			release_held(s, m);
			// Freeing a chain takes it apart: what is left of it was sent.
			if (m->nb_segs == f->tx_segs[side][i])
				out[n++] = m;
		}
		gd_send(g, slot, f->wire, side, out, n);
		s->resent_pkts += n;
	}
	redo_log(g->seg, slot);
}

void gd_recover_flight(struct gd *g, unsigned slot)
{
	struct dp_flight *f = &g->seg->slot[slot].flight;
	bool dead = g->slot[slot].dead;
	uint32_t phase = __atomic_load_n(&f->phase, __ATOMIC_ACQUIRE);

	g->slot[slot].flight_done = true;
	if (f->wire >= g->opt.n_wires || f->side > 1)
		return;
	switch (phase) {
	case DP_PHASE_INSPECT:
	case DP_PHASE_LEFT:
		forward_received(g, slot, f->n_rx);
		break;
	case DP_PHASE_RX:
		if (dead)
			forward_received(g, slot, DP_FLIGHT_MAX);
		break;
	case DP_PHASE_TX:
		if (dead)
			send_again(g, slot);
		break;
	case DP_PHASE_COMMIT:
		if (dead)
			redo_log(g->seg, slot);
		break;
	default:
		break;
	}
	if (dead)
		__atomic_store_n(&f->phase, DP_PHASE_IDLE, __ATOMIC_RELEASE);
}

void gd_recover_held(struct gd *g, unsigned slot)
{
	struct dp_slot *s = &g->seg->slot[slot];
	struct dp_held *h = &s->held;

	for (uint32_t i = 0; i < DP_HELD_MAX; i++) {
		struct rte_mbuf *m = h->pkt[i].buf;
		unsigned wire = h->pkt[i].wire, side = h->pkt[i].side;
		struct dp_lane *w;

		if (!is_buffer(&g->slot[slot].pool, m) || wire >= g->opt.n_wires || side > 1)
			continue;
		// It was received and counted as held by the worker: it leaves that account here and
		// joins the guard's as received and recovered.
		w = &s->worker[wire][side];
		w->reason_pkts[DP_R_HOLD]--;
		w->reason_bytes[DP_R_HOLD] -= h->pkt[i].bytes;
		w->rx_pkts--;
		w->rx_bytes -= h->pkt[i].bytes;
		gd_forward_burst(g, slot, wire, side, &m, 1, DP_R_RECOVERED);
		h->pkt[i].buf = NULL;
		s->recovered_pkts++;
	}
	h->count = 0;
}
