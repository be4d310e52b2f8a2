/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of a site, into a worker that runs: between bursts, once per change. */
#include "inner.h"

#include <stdlib.h>
#include <string.h>

/** What a worker was made with stays: its arena, its tables, and what kind of place it runs in. */
static void keep(struct dp_conf *next, const struct dp_conf *now)
{
	next->inline_mode = now->inline_mode;
	next->simulate_ips = now->simulate_ips;
	next->on_wire = now->on_wire;
	next->simulate = now->simulate;
	next->max_flows = now->max_flows;
	next->memory_bytes = now->memory_bytes;
	next->replay_seed = now->replay_seed;
	memcpy(next->mode, now->mode, sizeof(next->mode)); // an operator's, not a site's
	// Pointers of the process that wrote the settings mean nothing here.
	next->os_net = now->os_net;
	next->os_nets = now->os_nets;
	next->geoip_path = now->geoip_path;
}

bool worker_alerts_room(struct dp_worker *w, uint16_t max)
{
	struct dp_alert *all;

	if (max <= w->alerts_cap)
		return true;
	all = calloc((size_t)(MAX_NESTED + 1) * max, sizeof(*all));
	if (!all)
		return false;
	free(w->alerts[0]);
	for (unsigned i = 0; i <= MAX_NESTED; i++)
		w->alerts[i] = all + (size_t)i * max;
	w->alerts_cap = max;
	return true;
}

void worker_limits(struct dp_worker *w)
{
	const struct dp_conf *c = &w->conf;
	struct dp_slab *slab = w->ctx.slab;

	dp_slab_limit(slab, DP_MEM_FLOW, c->flow_memcap);
	dp_slab_limit(slab, DP_MEM_STREAM, c->stream_memcap);
	dp_slab_limit(slab, DP_MEM_REASSEMBLY, c->reassembly_memcap);
	dp_slab_limit(slab, DP_MEM_DEFRAG, c->defrag_memcap);
	dp_slab_limit(slab, DP_MEM_RANGE, c->app.range_bytes);
	// Few contents need a window so large; those who do must not take what all others live on.
	dp_slab_limit(slab, DP_MEM_WINDOW, c->memory_bytes / 4);
}

void dp_worker_reconfigure(struct dp_worker *w, const struct dp_conf *from)
{
	struct dp_conf next = *from;

	keep(&next, &w->conf);
	if (!next.max_alerts)
		next.max_alerts = 1;
	if (dp_detect_limits(w->detect, &next) || !worker_alerts_room(w, next.max_alerts))
		next.max_alerts = w->conf.max_alerts; // no memory for more: the rest holds all the same
	w->conf = next;
	worker_limits(w);
	dp_flow_table_timeouts(w->flows);
	dp_detect_wants(w->detect);
}
