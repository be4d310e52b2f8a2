/* SPDX-License-Identifier: Apache-2.0 */
#include "inner.h"
#include <dp/range.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int worker_init(struct dp_worker *w, const struct dp_worker_setup *s)
{
	struct dp_ctx *ctx = &w->ctx;
	int rc;

	w->conf = s->conf;
	w->ips = s->conf.on_wire || s->conf.simulate_ips;
	w->table = s->table;
	w->inspecting = s->inspecting;
	*ctx = (struct dp_ctx){.conf = &w->conf, .cnt = s->counters, .ring = s->ring, .file_ring = s->file_ring, .io = s->io,
		.worker = s->worker, .shared = s->shared, .ev_buf = w->ev_buf};
	ctx->app_want = w->conf.app_want & ~w->conf.app_unwanted;
	if (!w->conf.max_alerts)
		w->conf.max_alerts = 1;
	if (!worker_alerts_room(w, w->conf.max_alerts))
		return -ENOMEM;
	rc = dp_slab_create(s->conf.memory_bytes, &ctx->slab);
	if (rc < 0)
		return rc;
	worker_limits(w);
	ctx->file_hash = s->conf.app.file_hash;
	ctx->file_spool = s->conf.app.file_store && s->conf.app.file_store_force &&
		(ctx->file_ring || !s->conf.on_wire);
	if ((rc = dp_flow_table_create(ctx, worker_flow_end, w, &w->flows)) < 0 ||
		(rc = dp_defrag_create(ctx, &w->defrag)) < 0 ||
		(rc = dp_respond_create(ctx, &w->respond)) < 0)
		return rc;
	return dp_detect_create(ctx, &w->detect);
}

int dp_worker_create(const struct dp_worker_setup *s, struct dp_worker **out)
{
	struct dp_worker *w;
	int rc;

	if (!s->counters)
		return -EINVAL;
	if (posix_memalign((void **)&w, 64, sizeof(*w)) != 0)
		return -ENOMEM;
	memset(w, 0, sizeof(*w));
	rc = worker_init(w, s);
	if (rc < 0) {
		dp_worker_destroy(w);
		return rc;
	}
	*out = w;
	return 0;
}

void dp_worker_link(struct dp_worker *w, struct dp_range_link *link)
{
	dp_ranges_link(&w->ctx, link);
}

void dp_worker_destroy(struct dp_worker *w)
{
	if (!w)
		return;
	if (w->flows)
		dp_flow_table_destroy(w->flows);
	if (w->ctx.slab)
		dp_ranges_clear(&w->ctx);
	if (w->detect)
		dp_detect_destroy(w->detect);
	dp_defrag_destroy(&w->ctx, w->defrag);
	dp_respond_destroy(&w->ctx, w->respond);
	dp_slab_destroy(w->ctx.slab);
	free(w->alerts[0]);
	free(w);
}

#define REPLAY_FLOWS 65536u

/** End flows and datagrams whose time has come; a bounded share on a wire, all in replay. */
static void housekeeping(struct dp_worker *w, uint64_t now_ns, unsigned budget)
{
	struct dp_counters *c = w->ctx.cnt;

	w->ctx.now_ns = now_ns;
	w->expired_ns = now_ns;
	// In a capture flows end when their ports are used again, or with it, as with the peer; only a
	// table that fills up is swept by time.
	if (w->conf.on_wire || dp_flow_count(w->flows) > REPLAY_FLOWS)
		dp_flow_expire(w->flows, &w->ctx, budget);
	dp_defrag_expire(w->defrag, &w->ctx, budget);
	dp_ranges_expire(&w->ctx);
	if (w->conf.on_wire)
		dp_detect_idle(w->detect, 2048);
	c->flow_active = dp_flow_count(w->flows);
	c->mem_used = dp_slab_used_all(w->ctx.slab);
	c->mem_flow = dp_slab_used(w->ctx.slab, DP_MEM_FLOW);
	c->mem_tcp = dp_slab_used(w->ctx.slab, DP_MEM_STREAM);
	c->mem_reassembly = dp_slab_used(w->ctx.slab, DP_MEM_REASSEMBLY);
	c->mem_defrag = dp_slab_used(w->ctx.slab, DP_MEM_DEFRAG);
	c->mem_peak = dp_slab_peak_all(w->ctx.slab);
}

/** How often timeouts are looked at: they are whole seconds. */
#define EXPIRE_EVERY_NS UINT64_C(100000000)

/** Files that are joined over several turns; who waited for one looks at it. */
static void join_ranges(struct dp_worker *w)
{
	struct dp_flow *f;

	while ((f = dp_ranges_work(&w->ctx)) != NULL)
		worker_look_again(w, f);
}

void dp_worker_burst(struct dp_worker *w, struct dp_pkt *pkts, unsigned n, uint64_t now_ns)
{
	bool wire = w->conf.on_wire;

	w->ctx.now_ns = now_ns;
	dp_ranges_turn(&w->ctx, DP_RANGE_TURN_BYTES);
	for (unsigned i = 0; i < n; i++) {
		struct dp_pkt *p = &pkts[i];

		if (i + 1 < n)
			__builtin_prefetch(pkts[i + 1].data);
		if (!wire) {
			// Time in a capture is the packets'; it may stand still or go back.
			w->ctx.now_ns = p->ts_ns;
			if (p->ts_ns > w->expired_ns + EXPIRE_EVERY_NS)
				housekeeping(w, p->ts_ns, UINT32_MAX);
		}
		if (w->inspecting)
			*w->inspecting = i;
		w->nested = 0;
		w->ctx.cnt->rx_pkts++;
		w->ctx.cnt->rx_bytes += p->wire_len;
		p->alerts = w->alerts[0];
		p->root = NULL;
		worker_packet(w, p);
		w->ctx.cnt->reason_pkts[p->reason]++;
		w->ctx.cnt->reason_bytes[p->reason] += p->wire_len;
		if (!wire) { // a turn is a packet: the bound shows, and is tested
			join_ranges(w);
			dp_ranges_turn(&w->ctx, DP_RANGE_TURN_BYTES);
		}
	}
	if (w->inspecting)
		*w->inspecting = DP_BURST;
	if (wire)
		join_ranges(w);
	if (wire && now_ns > w->expired_ns + EXPIRE_EVERY_NS)
		housekeeping(w, now_ns, 256);
}

void dp_worker_idle(struct dp_worker *w, uint64_t now_ns)
{
	w->ctx.now_ns = now_ns;
	dp_ranges_turn(&w->ctx, DP_RANGE_IDLE_BYTES);
	join_ranges(w);
	if (now_ns > w->expired_ns + EXPIRE_EVERY_NS)
		housekeeping(w, now_ns, 4096);
}

static void flush_one(void *arg, struct dp_flow *f)
{
	struct dp_worker *w = arg;

	dp_flow_end(w->flows, f, DP_FLOW_END_SHUTDOWN);
}

void dp_worker_flush(struct dp_worker *w, uint64_t now_ns)
{
	w->ctx.now_ns = now_ns;
	dp_ranges_turn(&w->ctx, UINT64_MAX);
	join_ranges(w);
	dp_flow_each(w->flows, flush_one, w);
	dp_defrag_clear(w->defrag, &w->ctx);
	dp_ranges_clear(&w->ctx);
	housekeeping(w, now_ns, UINT32_MAX);
	w->expired_ns = 0; // the next capture may lie in the past of this one
}

void dp_worker_blind(struct dp_worker *w)
{
	w->ctx.blind++;
}

int dp_worker_prepare(struct dp_worker *w, struct dp_ruleset *rs)
{
	return dp_detect_prepare(w->detect, rs);
}

void dp_worker_adopt(struct dp_worker *w, enum dp_layer_id layer, struct dp_ruleset *rs,
	uint32_t generation, struct dp_ruleset **old)
{
	w->rs[layer] = rs;
	w->generation[layer] = generation;
	dp_detect_adopt(w->detect, layer, rs, generation, old);
}

struct dp_detect *dp_worker_detect(struct dp_worker *w)
{
	return w->detect;
}

void dp_worker_set_mode(struct dp_worker *w, enum dp_layer_id layer, enum dp_mode mode)
{
	const bool was_on = w->conf.mode[layer] != DP_MODE_OFF, on = mode != DP_MODE_OFF;

	w->conf.mode[layer] = (uint8_t)mode;
	if (was_on != on)
		dp_detect_switched(w->detect, layer, on);
}
