/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One burst: receive into the flight record, inspect, send, account. Each step first says in the
 * record what is about to be done, so that the guard can finish it at any instruction.
 */
#include "inspect.h"

#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>

/** Attempts on a transmit queue that takes nothing: about 20 us, then the packet is lost. */
#define TX_TRIES 400
/** The stock is filled up when it falls to this. */
#define STOCK_LOW (DP_STOCK_MAX / 2)

bool in_owner(const struct in_worker *w)
{
	return __atomic_load_n(&w->slot->owner, __ATOMIC_RELAXED) == w->id;
}

/** The worker's half of the handshake: announce, fence, look. `lost` is the phase if it is refused. */
static bool enter(struct in_worker *w, enum dp_phase phase, enum dp_phase lost)
{
	if (!in_owner(w)) {
		// Not even announced: the flight record may be somebody else's by now.
		if (lost == DP_PHASE_LEFT)
			__atomic_store_n(&w->flight->phase, lost, __ATOMIC_RELEASE);
		return false;
	}
	__atomic_store_n(&w->flight->phase, phase, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&w->slot->owner, __ATOMIC_ACQUIRE) == w->id)
		return true;
	__atomic_store_n(&w->flight->phase, lost, __ATOMIC_RELEASE);
	return false;
}

static void leave(struct in_worker *w)
{
	__atomic_store_n(&w->flight->phase, DP_PHASE_IDLE, __ATOMIC_RELEASE);
}

/* --- sending --------------------------------------------------------------------------------- */

static bool add_tx(struct in_worker *w, unsigned side, struct rte_mbuf *m, int in_side,
		enum dp_reason why, uint32_t bytes)
{
	struct dp_flight *f = w->flight;
	uint32_t n = f->n_tx[side];

	if (n == DP_FLIGHT_TX_MAX)
		return false;
	f->tx[side][n] = m;
	f->tx_segs[side][n] = (uint8_t)m->nb_segs;
	w->tx_bytes[side][n] = bytes;
	w->tx_in_side[side][n] = (int8_t)in_side;
	w->tx_reason[side][n] = (uint8_t)why;
	f->n_tx[side] = n + 1;
	return true;
}

/** Account for one packet that was held and now leaves, or does not. */
static void log_release(struct in_worker *w, const struct in_pending *p)
{
	struct dp_lane *l = &w->slot->worker[p->wire][p->in_side];
	enum dp_reason r = p->side < 2 ? DP_R_RELEASED : DP_R_DEFRAG_ERROR;

	in_log_add(w, &l->reason_pkts[DP_R_HOLD], -1);
	in_log_add(w, &l->reason_bytes[DP_R_HOLD], -(int64_t)p->bytes);
	in_log_add(w, &l->reason_pkts[r], 1);
	in_log_add(w, &l->reason_bytes[r], p->bytes);
	if (p->side < 2) {
		in_log_add(w, &l->tx_pkts, 1);
		in_log_add(w, &l->tx_bytes, p->bytes);
	}
}

/** Pending packets of this wire join the record; the others, and what has no room, stay pending. */
static void take_pending(struct in_worker *w, unsigned wire)
{
	unsigned kept = 0;

	w->flight->n_own = 0;
	for (unsigned i = 0; i < w->n_pending; i++) {
		struct in_pending *p = &w->pending[i];
		bool fits = p->wire == wire && w->flight->n_log + 8 < DP_R__COUNT;

		if (fits && p->side < 2)
			fits = w->flight->n_tx[p->side] < DP_FLIGHT_TX_MAX - DP_BURST &&
					add_tx(w, p->side, p->m, p->own ? -1 : p->in_side,
							DP_R_RELEASED, p->bytes);
		else if (fits)
			fits = w->flight->n_trash < DP_TRASH_MAX;
		if (!fits) {
			if (p->own)
				w->flight->own[w->flight->n_own++] = p->m;
			w->pending[kept++] = *p;
			continue;
		}
		if (p->own) {
			struct dp_lane *l = &w->slot->worker[wire][p->side];

			in_log_add(w, &l->own_pkts, 1);
			in_log_add(w, &l->own_bytes, p->bytes);
			((struct dp_mbuf_priv *)rte_mbuf_to_priv(p->m))->held_at = DP_NOT_HELD;
			continue;
		}
		log_release(w, p);
		if (p->side == 2)
			w->flight->trash[w->flight->n_trash++] = p->m;
	}
	w->n_pending = kept;
}

/** What was sent and had been held is held no longer. */
static void clear_held(struct in_worker *w)
{
	struct dp_flight *f = w->flight;

	for (unsigned side = 0; side < 2; side++) {
		for (uint32_t i = 0; i < f->n_tx[side]; i++) {
			struct rte_mbuf *m = f->tx[side][i];
			uint32_t at;

			if (w->tx_reason[side][i] != DP_R_RELEASED || w->tx_in_side[side][i] < 0)
				continue;
			at = ((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at;
			w->slot->held.pkt[at].buf = NULL;
			w->slot->held.count--;
		}
	}
}

/** A packet that the twin port did not take: after the commit, its counters move. */
static void log_lost(struct in_worker *w, unsigned wire, unsigned side, uint32_t i)
{
	int in_side = w->tx_in_side[side][i];
	uint32_t bytes = w->tx_bytes[side][i];
	enum dp_reason why = w->seg->wire[wire].port[side].link_up ? DP_R_TX_FULL : DP_R_LINK_DOWN;
	struct dp_lane *l;

	if (in_side < 0) {
		l = &w->slot->worker[wire][side];
		in_log_add(w, &l->own_pkts, -1);
		in_log_add(w, &l->own_bytes, -(int64_t)bytes);
		return;
	}
	l = &w->slot->worker[wire][in_side];
	in_log_add(w, &l->reason_pkts[w->tx_reason[side][i]], -1);
	in_log_add(w, &l->reason_bytes[w->tx_reason[side][i]], -(int64_t)bytes);
	in_log_add(w, &l->reason_pkts[why], 1);
	in_log_add(w, &l->reason_bytes[why], bytes);
	in_log_add(w, &l->tx_pkts, -1);
	in_log_add(w, &l->tx_bytes, -(int64_t)bytes);
}

/** Send both lists. Bit i of lost[side][i / 32]: the port did not take it, and it was freed. */
static unsigned transmit(struct in_worker *w, unsigned wire, uint32_t lost[2][DP_FLIGHT_TX_MAX / 32])
{
	struct dp_flight *f = w->flight;
	unsigned n_lost = 0;

	for (unsigned side = 0; side < 2; side++) {
		uint32_t at = 0, tries = 0, n = f->n_tx[side];

		while (at < n) {
			uint16_t sent = rte_eth_tx_burst(w->port[wire][side], (uint16_t)w->index,
					(struct rte_mbuf **)&f->tx[side][at], (uint16_t)(n - at));

			at += sent;
			if (sent > 0) {
				tries = 0;
			} else if (++tries < TX_TRIES && n_lost == 0 &&
					w->seg->wire[wire].port[side].link_up) {
				rte_pause();
			} else {
				rte_pktmbuf_free(f->tx[side][at]);
				lost[side][at / 32] |= 1u << (at % 32);
				n_lost++;
				at++;
			}
		}
	}
	return n_lost;
}

static void free_trash(struct in_worker *w)
{
	struct dp_flight *f = w->flight;

	while (f->n_trash > 0)
		rte_pktmbuf_free(f->trash[--f->n_trash]);
}

static void fill_stock(struct in_worker *w)
{
	struct dp_flight *f = w->flight;

	while (f->n_stock < DP_STOCK_MAX) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);

		if (m == NULL)
			return;
		((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at = DP_NOT_HELD - 1;
		f->stock[f->n_stock++] = m;
	}
}

/** Inside, with lists and log complete: send, free, commit. */
static void conclude(struct in_worker *w, unsigned wire)
{
	uint32_t lost[2][DP_FLIGHT_TX_MAX / 32] = {0};
	unsigned n_lost;

	clear_held(w);
	n_lost = transmit(w, wire, lost);
	free_trash(w);
	if (w->flight->n_stock < STOCK_LOW)
		fill_stock(w);
	in_log_commit(w);
	if (n_lost == 0)
		return;
	in_log_begin(w);
	for (unsigned side = 0; side < 2; side++)
		for (uint32_t i = 0; i < w->flight->n_tx[side]; i++)
			if (lost[side][i / 32] & 1u << (i % 32))
				log_lost(w, wire, side, i);
	in_log_commit(w);
}

/* --- a burst --------------------------------------------------------------------------------- */

/**
 * What keeps a packet from inspection altogether. Flows (condemned, or bypassed after a fault) are
 * the engine's business, which asks the table before it parses anything; a payload that crashed a
 * worker must not even come so far when it is sent again in another flow.
 */
static void prejudge(struct in_worker *w, unsigned i, bool bypass)
{
	struct dp_pkt *p = &w->pkts[i];

	w->skip[i] = 1;
	if (bypass)
		p->reason = DP_R_OPERATOR_BYPASS;
	else if (dp_seg_poisoned(w->seg, dp_payload_digest(p->data, p->len)))
		p->reason = DP_R_FLOW_BYPASSED;
	else
		w->skip[i] = 0;
}

/** The engine sees runs of packets that nothing is known of yet. */
static void inspect(struct in_worker *w, unsigned wire, unsigned n, uint64_t wall_ns)
{
	struct dp_flight *f = w->flight;
	bool bypass = w->seg->wire[wire].bypass_until_ns != 0, missed = w->bypassed[wire] && !bypass;

	w->bypassed[wire] = bypass;
	memset(w->skip, 0, n);
	for (unsigned i = 0; i < n && (bypass || w->seg->n_digests != 0); i++) {
		prejudge(w, i, bypass);
		missed |= w->skip[i] && !bypass;
	}
	// What passed unseen must not make what follows it in its connection look invalid.
	if (missed)
		dp_worker_blind(w->engine);
	for (unsigned i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && w->skip[i + run] == w->skip[i]; run++)
			;
		if (w->skip[i])
			continue;
		f->base = i;
#ifdef SEKISHO_FAULT_INJECTION
		in_fault_inject(w, run);
#endif
		dp_worker_burst(w->engine, w->pkts + i, run, wall_ns);
		f->inspecting = DP_FLIGHT_MAX;
	}
	f->base = n;
	f->inspecting = 0;
}

struct tally {
	uint32_t pkts[DP_R__COUNT];
	uint64_t bytes[DP_R__COUNT];
	struct rte_mbuf *drop[DP_BURST], *held[DP_BURST];
	uint32_t held_bytes[DP_BURST];
	unsigned n_drop, n_held;
	uint64_t rx_bytes, tx_pkts, tx_bytes;
};

static void sort_one(struct in_worker *w, unsigned i, unsigned side, struct tally *t)
{
	struct dp_pkt *p = &w->pkts[i];
	struct rte_mbuf *m = w->flight->rx[i];
	uint32_t len = m->pkt_len;

	t->rx_bytes += len;
	if (p->verdict == DP_HELD && w->slot->held.count + t->n_held < DP_HELD_MAX) {
		t->held_bytes[t->n_held] = len;
		t->held[t->n_held++] = m;
	} else if (p->verdict == DP_DROP) {
		t->drop[t->n_drop++] = m;
	} else {
		if (p->verdict == DP_HELD)
			p->reason = DP_R_RESOURCE;
		if (p->flags & DP_PF_MODIFIED)
			in_packet_write_back(w, i);
		add_tx(w, !side, m, (int)side, p->reason, len);
		t->tx_pkts++;
		t->tx_bytes += len;
	}
	t->pkts[p->reason]++;
	t->bytes[p->reason] += len;
}

static void log_burst(struct in_worker *w, struct dp_lane *l, unsigned n, const struct tally *t)
{
	in_log_add(w, &l->rx_pkts, n);
	in_log_add(w, &l->rx_bytes, (int64_t)t->rx_bytes);
	in_log_add(w, &l->tx_pkts, (int64_t)t->tx_pkts);
	in_log_add(w, &l->tx_bytes, (int64_t)t->tx_bytes);
	for (unsigned r = 0; r < DP_R__COUNT; r++) {
		in_log_add(w, &l->reason_pkts[r], t->pkts[r]);
		in_log_add(w, &l->reason_bytes[r], (int64_t)t->bytes[r]);
	}
}

static void hold(struct in_worker *w, struct rte_mbuf *m, uint32_t bytes, unsigned wire, unsigned side)
{
	struct dp_held *h = &w->slot->held;

	while (h->pkt[w->next_held % DP_HELD_MAX].buf != NULL)
		w->next_held++;
	w->next_held %= DP_HELD_MAX;
	((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at = w->next_held;
	h->pkt[w->next_held].bytes = bytes;
	h->pkt[w->next_held].wire = (uint8_t)wire;
	h->pkt[w->next_held].side = (uint8_t)side;
	h->pkt[w->next_held].buf = m;
	h->count++;
}

enum in_result in_burst(struct in_worker *w, unsigned wire, unsigned side)
{
	struct dp_flight *f = w->flight;
	struct tally t;
	uint64_t wall_ns;
	unsigned n;

	if (!in_owner(w))
		return IN_LOST;
	memset(f->rx, 0, sizeof(f->rx));
	f->wire = (uint8_t)wire;
	f->side = (uint8_t)side;
	f->verdict_off = offsetof(struct dp_pkt, verdict);
	f->verdict_stride = sizeof(struct dp_pkt);
	if (!enter(w, DP_PHASE_RX, DP_PHASE_IDLE))
		return IN_LOST;
	n = rte_eth_rx_burst(w->port[wire][side], (uint16_t)w->index, (struct rte_mbuf **)f->rx, DP_BURST);
	if (n == 0) {
		leave(w);
		return IN_NOTHING;
	}
	f->n_rx = n;
	f->base = 0;
	f->inspecting = 0;
	__atomic_store_n(&f->phase, DP_PHASE_INSPECT, __ATOMIC_RELEASE);
	wall_ns = dp_wall_ns();
	for (unsigned i = 0; i < n; i++)
		in_packet_fill(w, i, f->rx[i], wire, side, wall_ns);
	inspect(w, wire, n, wall_ns);
	f->n_tx[0] = f->n_tx[1] = 0;
	in_log_begin(w);
	memset(&t, 0, sizeof(t));
	for (unsigned i = 0; i < n; i++)
		sort_one(w, i, side, &t);
	log_burst(w, &w->slot->worker[wire][side], n, &t);
	if (!enter(w, DP_PHASE_TX, DP_PHASE_LEFT))
		return IN_LOST;
	for (unsigned i = 0; i < t.n_held; i++)
		hold(w, t.held[i], t.held_bytes[i], wire, side);
	for (unsigned i = 0; i < t.n_drop; i++)
		rte_pktmbuf_free(t.drop[i]);
	conclude(w, wire);
	leave(w);
	return IN_SOME;
}

enum in_result in_flush(struct in_worker *w)
{
	struct dp_flight *f = w->flight;

	if (w->n_pending == 0 && f->n_stock >= STOCK_LOW && f->n_trash == 0)
		return in_owner(w) ? IN_NOTHING : IN_LOST;
	for (unsigned wire = 0; wire < w->n_wires; wire++) {
		if (!in_owner(w))
			return IN_LOST;
		// Nothing is in flight, but the lists below are for the guard as soon as TX is said.
		f->n_rx = 0;
		f->wire = (uint8_t)wire;
		f->n_tx[0] = f->n_tx[1] = 0;
		in_log_begin(w);
		if (!enter(w, DP_PHASE_POOL, DP_PHASE_IDLE))
			return IN_LOST;
		take_pending(w, wire);
		__atomic_store_n(&f->phase, DP_PHASE_TX, __ATOMIC_RELEASE);
		conclude(w, wire);
		leave(w);
	}
	return IN_SOME;
}
