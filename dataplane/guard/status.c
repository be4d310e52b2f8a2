/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

/** Bounded text; what does not fit is cut, and the document then does not parse. */
struct text {
	char *out;
	size_t size, len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->out + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
	if (t->len >= t->size)
		t->len = t->size - 1;
}

static void add_hist(struct text *t, const char *name, const struct dp_hist *h)
{
	add(t, "\"%s\":{\"count\":%" PRIu64 ",\"median_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64
	       ",\"max_ns\":%" PRIu64 "}",
			name, h->count, dp_hist_quantile_ns(h, 0.5), dp_hist_quantile_ns(h, 0.99),
			h->max_ns);
}

static void add_lane(struct text *t, const char *name, const struct dp_lane *l)
{
	bool first = true;

	add(t, "\"%s\":{\"rx_pkts\":%" PRIu64 ",\"rx_bytes\":%" PRIu64 ",\"tx_pkts\":%" PRIu64
	       ",\"own_pkts\":%" PRIu64 ",\"reasons\":{",
			name, l->rx_pkts, l->rx_bytes, l->tx_pkts, l->own_pkts);
	for (unsigned r = 0; r < DP_R__COUNT; r++) {
		if (l->reason_pkts[r] == 0)
			continue;
		add(t, "%s\"%s\":%" PRIu64, first ? "" : ",", dp_reason_info[r].name,
				l->reason_pkts[r]);
		first = false;
	}
	add(t, "}}");
}

static void add_wires(struct gd *g, struct text *t)
{
	for (unsigned w = 0; w < g->opt.n_wires; w++) {
		const struct dp_seg_wire *wire = &g->seg->wire[w];

		add(t, "%s{\"name\":\"%s\",\"fail\":\"%s\",\"bypass\":%s,\"ports\":[", w ? "," : "",
				wire->name, wire->fail_closed ? "closed" : "open",
				wire->bypass_until_ns ? "true" : "false");
		for (unsigned side = 0; side < 2; side++)
			add(t, "%s{\"name\":\"%s\",\"driver\":\"%s\",\"iface\":\"%s\",\"link\":%s}",
					side ? "," : "", wire->port[side].name, wire->port[side].driver,
					wire->port[side].iface,
					g->port[w][side].link ? "true" : "false");
		add(t, "]}");
	}
}

/** Buffers out of the pool of a slot that is ours, and whether each is where it must be. */
static void add_audit(struct gd *g, unsigned slot, struct text *t)
{
	const struct dp_slot *s = &g->seg->slot[slot];
	const struct dp_flight *f = &s->flight;
	uint32_t max = DP_HELD_MAX + DP_STOCK_MAX + DP_TRASH_MAX + DP_OWN_MAX + 1024, n;
	struct rte_mbuf **held = calloc(max, sizeof(*held));

	if (held == NULL)
		return;
	n = gd_ports_held(g, slot, held, 1024);
	if (g->slot[slot].worker != 0) {
		for (uint32_t i = 0; i < DP_HELD_MAX; i++)
			for (struct rte_mbuf *m = s->held.pkt[i].buf; m != NULL && n < max; m = m->next)
				held[n++] = m;
		for (uint32_t i = 0; i < f->n_stock && i < DP_STOCK_MAX && n < max; i++)
			held[n++] = f->stock[i];
		for (uint32_t i = 0; i < f->n_own && i < DP_OWN_MAX && n < max; i++)
			held[n++] = f->own[i];
		for (uint32_t i = 0; i < f->n_trash && i < DP_TRASH_MAX; i++)
			for (struct rte_mbuf *m = f->trash[i]; m != NULL && n < max; m = m->next)
				held[n++] = m;
	}
	add(t, ",\"audit\":{\"held\":%u,\"missing\":%d}", n,
			dp_pool_audit(&g->slot[slot].pool, held, n));
	free(held);
}

static void add_slots(struct gd *g, struct text *t, bool audit)
{
	static const char *const mode[] = {"guard", "worker", "taking"};

	for (unsigned i = 0; i < g->opt.n_slots; i++) {
		const struct dp_slot *s = &g->seg->slot[i];
		const struct dp_proc *p = dp_seg_proc(g->seg, g->slot[i].worker);

		add(t, "%s{\"slot\":%u,\"owner\":\"%s\",\"worker_pid\":%d,\"version\":\"%.31s\",\"grants\":%" PRIu64
		       ",\"takeovers\":%" PRIu64 ",\"deaths\":%" PRIu64 ",\"stalls\":%" PRIu64
		       ",\"replacements\":%" PRIu64 ",\"bypasses\":%" PRIu64 ",\"kills\":%" PRIu64
		       ",\"recovered_pkts\":%" PRIu64 ",\"resent_pkts\":%" PRIu64 ",\"rebuilds\":%" PRIu64
		       ",\"pool\":{\"size\":%u,\"free\":%u,\"missing\":%" PRIu64 "}",
				i ? "," : "", i, mode[g->slot[i].mode], p ? p->pid : 0,
				p ? p->version : "", s->grants,
				s->takeovers, s->deaths, s->stalls, s->replacements, s->bypasses, s->kills,
				s->recovered_pkts, s->resent_pkts, s->rebuilds, g->slot[i].pool.n,
				dp_pool_free(&g->slot[i].pool), s->pool_missing);
		if (audit && g->slot[i].mode == GD_FORWARDING)
			add_audit(g, i, t);
		add(t, ",\"lanes\":[");
		for (unsigned w = 0; w < g->opt.n_wires; w++) {
			for (unsigned side = 0; side < 2; side++) {
				add(t, "%s{\"wire\":%u,\"side\":%u,", w || side ? "," : "", w, side);
				add_lane(t, "worker", &s->worker[w][side]);
				add(t, ",");
				add_lane(t, "guard", &s->guard[w][side]);
				add(t, "}");
			}
		}
		add(t, "]}");
	}
}

int gd_status_json(struct gd *g, bool audit, char *out, size_t size)
{
	struct text t = {out, size, 0};
	const struct dp_seg *seg = g->seg;

	add(&t, "{\"ok\":true,\"version\":\"%s\",\"pid\":%d,\"uptime_ns\":%" PRIu64
		",\"bypass\":%s,\"crashes\":%" PRIu64 ",\"restarts\":%" PRIu64
		",\"breaker_trips\":%" PRIu64 ",\"poison_pkts\":%" PRIu64 ",",
			SEKISHO_VERSION, seg->guard_pid, dp_mono_ns() - seg->guard_start_ns,
			gd_bypassed(g, 0) ? "true" : "false", seg->crashes, seg->restarts,
			seg->breaker_trips, seg->poison_pkts);
	add_hist(&t, "takeover", &seg->takeover);
	add(&t, ",");
	add_hist(&t, "rebuild", &seg->rebuild);
	add(&t, ",");
	add_hist(&t, "restart", &seg->restart);
	add(&t, ",\"wires\":[");
	add_wires(g, &t);
	add(&t, "],\"slots\":[");
	add_slots(g, &t, audit);
	add(&t, "]}\n");
	return (int)t.len;
}
