/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>

/** Attempts on a transmit queue that takes nothing: about 20 us, then the packet is lost. */
#define TX_TRIES 400

unsigned gd_send(struct gd *g, unsigned slot, unsigned wire, unsigned out_side,
		struct rte_mbuf **pkts, unsigned n)
{
	uint16_t port = g->port[wire][out_side].id;
	unsigned at = 0, lost = 0, tries = 0;

	while (at < n) {
		uint16_t sent = rte_eth_tx_burst(port, (uint16_t)slot, pkts + at, (uint16_t)(n - at));

		at += sent;
		if (sent > 0) {
			tries = 0;
		} else if (++tries < TX_TRIES && lost == 0 && g->port[wire][out_side].link) {
			rte_pause();
		} else {
			// One packet may be at fault (too long for the port); the rest gets its chance.
			rte_pktmbuf_free(pkts[at]);
			pkts[at++] = NULL;
			lost++;
		}
	}
	return lost;
}

static enum dp_reason judge(struct gd *g, unsigned wire, unsigned side, const struct rte_mbuf *m,
		enum dp_reason why, uint64_t wall_ns)
{
	struct dp_key key;

	if (!dp_table_idle(g->table) &&
			dp_key_of_frame(&key, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, NULL) == 0 &&
			dp_table_check(g->table, &key, wall_ns) == DP_ACT_DROP)
		return DP_R_CONDEMNED;
	if (g->seg->wire[wire].fail_closed && why != DP_R_OPERATOR_BYPASS)
		return DP_R_SHED;
	return why;
}

void gd_forward_burst(struct gd *g, unsigned slot, unsigned wire, unsigned side,
		struct rte_mbuf **pkts, unsigned n, enum dp_reason why)
{
	struct dp_lane *lane = &g->seg->slot[slot].guard[wire][side];
	struct rte_mbuf *out[DP_HELD_MAX];
	uint32_t bytes[DP_HELD_MAX];
	uint64_t wall_ns = dp_table_idle(g->table) ? 0 : dp_wall_ns();
	unsigned n_out = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t len = pkts[i]->pkt_len;
		enum dp_reason r = judge(g, wire, side, pkts[i], why, wall_ns);

		lane->rx_pkts++;
		lane->rx_bytes += len;
		if (dp_reason_info[r].verdict == DP_FORWARD) {
			bytes[n_out] = len;
			out[n_out++] = pkts[i];
			continue;
		}
		lane->reason_pkts[r]++;
		lane->reason_bytes[r] += len;
		rte_pktmbuf_free(pkts[i]);
	}
	if (n_out == 0)
		return;
	// The link's state is looked at now and then; the port knows better, so it is always tried.
	// gd_send marks what it could not send by NULL; what it sent it leaves alone.
	gd_send(g, slot, wire, !side, out, n_out);
	for (unsigned i = 0; i < n_out; i++) {
		enum dp_reason r = out[i] != NULL			? why
				   : g->port[wire][!side].link ? DP_R_TX_FULL
							       : DP_R_LINK_DOWN;

		lane->reason_pkts[r]++;
		lane->reason_bytes[r] += bytes[i];
		lane->tx_pkts += out[i] != NULL;
		lane->tx_bytes += out[i] != NULL ? bytes[i] : 0;
	}
}

unsigned gd_forward(struct gd *g, unsigned slot)
{
	bool all = gd_bypassed(g, 0);
	unsigned total = 0;

	for (unsigned w = 0; w < g->opt.n_wires; w++) {
		enum dp_reason why = all || g->seg->wire[w].bypass_until_ns ? DP_R_OPERATOR_BYPASS
									     : DP_R_TAKEOVER;

		for (unsigned side = 0; side < 2; side++) {
			struct rte_mbuf *pkts[DP_FLIGHT_MAX];
			uint16_t n = rte_eth_rx_burst(
					g->port[w][side].id, (uint16_t)slot, pkts, DP_FLIGHT_MAX);

			if (n > 0)
				gd_forward_burst(g, slot, w, side, pkts, n, why);
			total += n;
		}
	}
	if (g->seg->slot[slot].polled_ns < g->seg->slot[slot].taken_ns)
		g->seg->slot[slot].polled_ns = dp_mono_ns();
	return total;
}
