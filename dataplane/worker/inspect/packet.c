/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>

void in_packet_fill(struct in_worker *w, unsigned i, struct rte_mbuf *m, unsigned wire, unsigned side,
		uint64_t wall_ns)
{
	struct dp_pkt *p = &w->pkts[i];
	uint32_t len = m->pkt_len;

	memset(p, 0, sizeof(*p));
	p->buf = m;
	p->data = rte_pktmbuf_mtod(m, const uint8_t *);
	if (m->nb_segs > 1) {
		uint8_t *flat = w->scratch + (size_t)i * IN_FRAME_MAX;

		if (len > IN_FRAME_MAX)
			len = IN_FRAME_MAX;
		p->data = rte_pktmbuf_read(m, 0, len, flat);
		if (p->data == NULL) {
			p->data = flat;
			len = 0;
		}
	}
	p->len = len;
	p->wire_len = m->pkt_len;
	p->ts_ns = wall_ns;
	p->linktype = 1;
	p->wire = (uint8_t)wire;
	p->side = (uint8_t)side;
}

void in_packet_write_back(struct in_worker *w, unsigned i)
{
	struct dp_pkt *p = &w->pkts[i];
	struct rte_mbuf *m = p->buf;
	uint32_t at = 0;

	if (p->data == rte_pktmbuf_mtod(m, const uint8_t *))
		return;
	for (; m != NULL && at < p->len; m = m->next) {
		uint32_t n = m->data_len < p->len - at ? m->data_len : p->len - at;

		memcpy(rte_pktmbuf_mtod(m, uint8_t *), p->data + at, n);
		at += n;
	}
}

/* --- what the engine asks for ---------------------------------------------------------------- */

/*
 * The engine runs outside the handshake, where neither driver nor pool may be touched. It is given
 * buffers from a stock that in_flush and in_burst keep filled, and what it sends or frees waits in
 * `pending` and `trash` until the loop is inside again.
 */

static void *io_alloc(void *ctx, uint8_t wire, uint32_t len, uint8_t **data)
{
	struct in_worker *w = ctx;
	struct dp_flight *f = w->flight;
	struct rte_mbuf *m;

	(void)wire;
	if (f->n_stock == 0 || len > DP_MBUF_ROOM)
		return NULL;
	m = f->stock[--f->n_stock];
	*data = rte_pktmbuf_mtod(m, uint8_t *);
	return m;
}

static struct rte_mbuf *unhold(struct in_worker *w, struct rte_mbuf *m, unsigned *wire, unsigned *side,
		uint32_t *bytes)
{
	uint32_t at = ((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at;

	// A burst taken away by the guard may have been "held" by the engine: then it is gone.
	if (at >= DP_HELD_MAX || w->slot->held.pkt[at].buf != m)
		return NULL;
	*wire = w->slot->held.pkt[at].wire;
	*side = w->slot->held.pkt[at].side;
	*bytes = w->slot->held.pkt[at].bytes;
	return m;
}

static bool is_own(const struct rte_mbuf *m)
{
	return ((struct dp_mbuf_priv *)rte_mbuf_to_priv((struct rte_mbuf *)(uintptr_t)m))->held_at ==
			DP_NOT_HELD - 1;
}

static void throw_away(struct in_worker *w, struct rte_mbuf *m)
{
	struct dp_flight *f = w->flight;

	((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at = DP_NOT_HELD;
	// Full: the buffer is lost to this worker until its pool is rebuilt; never to the guard.
	if (f->n_trash < DP_TRASH_MAX)
		f->trash[f->n_trash++] = m;
}

static void queue(struct in_worker *w, struct rte_mbuf *m, uint8_t wire, uint8_t side, bool own,
		unsigned in_side, uint32_t bytes)
{
	if (own)
		w->flight->own[w->flight->n_own++] = m;
	w->pending[w->n_pending++] = (struct in_pending){
			.m = m,
			.wire = wire,
			.side = side,
			.own = own,
			.in_side = (uint8_t)in_side,
			.bytes = bytes,
	};
}

static void io_free(void *ctx, void *buf)
{
	struct in_worker *w = ctx;
	struct rte_mbuf *m = buf;
	unsigned wire, side;
	uint32_t bytes;

	if (is_own(m)) {
		throw_away(w, m);
	} else if (unhold(w, m, &wire, &side, &bytes) != NULL && w->n_pending < IN_PENDING_MAX) {
		// Held and now refused: `side` beyond the wire's two says that it does not leave.
		queue(w, m, (uint8_t)wire, 2, false, side, bytes);
	}
}

static int io_send(void *ctx, uint8_t wire, uint8_t side, void *buf, uint32_t len)
{
	struct in_worker *w = ctx;
	struct rte_mbuf *m = buf;
	unsigned in_wire = wire, in_side = !side;
	uint32_t bytes = len;
	bool own = is_own(m);

	if (!own && unhold(w, m, &in_wire, &in_side, &bytes) == NULL)
		return -ENOBUFS;
	if (w->n_pending == IN_PENDING_MAX || wire >= w->n_wires || side > 1 || in_wire != wire) {
		if (own)
			throw_away(w, m);
		return -ENOBUFS;
	}
	if (own)
		m->data_len = (uint16_t)(m->pkt_len = len);
	queue(w, m, wire, side, own, in_side, bytes);
	return 0;
}

void in_io_init(struct in_worker *w)
{
	w->io = (struct dp_io){.ctx = w, .alloc = io_alloc, .free = io_free, .send = io_send};
}
