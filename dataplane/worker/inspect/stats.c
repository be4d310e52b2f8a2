/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <string.h>

#define PUBLISH_NS UINT64_C(20000000)

void in_stats_begin(struct in_worker *w)
{
	struct dp_counters *b = &w->base;

	*b = w->slot->stats[__atomic_load_n(&w->slot->stats_turn, __ATOMIC_ACQUIRE) & 1];
	// Gauges belong to one incarnation.
	b->mem_flow = b->mem_tcp = b->mem_reassembly = b->mem_defrag = b->mem_ftp = b->mem_http = 0;
	b->flow_active = b->mem_used = b->mem_peak = b->max_pkt_size = 0;
	memset(&w->counters, 0, sizeof(w->counters));
}

void in_stats_publish(struct in_worker *w, uint64_t now_ns)
{
	uint64_t turn = w->slot->stats_turn + 1;
	const uint64_t *base = (const uint64_t *)&w->base, *own = (const uint64_t *)&w->counters;
	uint64_t *out = (uint64_t *)&w->slot->stats[turn & 1];

	if (now_ns - w->published_ns < PUBLISH_NS)
		return;
	w->published_ns = now_ns;
	for (size_t i = 0; i < sizeof(struct dp_counters) / sizeof(uint64_t); i++)
		out[i] = base[i] + own[i];
	__atomic_store_n(&w->slot->stats_turn, turn, __ATOMIC_RELEASE);
}
