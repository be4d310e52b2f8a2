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
	w->alerts[0] = calloc((size_t)(MAX_NESTED + 1) * w->conf.max_alerts, sizeof(*w->alerts[0]));
	if (!w->alerts[0])
		return -ENOMEM;
	for (unsigned i = 1; i <= MAX_NESTED; i++)
		w->alerts[i] = w->alerts[i - 1] + w->conf.max_alerts;
	rc = dp_slab_create(s->conf.memory_bytes, &ctx->slab);
	if (rc < 0)
		return rc;
	dp_slab_limit(ctx->slab, DP_MEM_FLOW, s->conf.flow_memcap);
	ctx->file_hash = s->conf.app.file_hash;
	ctx->file_spool = s->conf.app.file_store && s->conf.app.file_store_force &&
		(ctx->file_ring || !s->conf.on_wire);
	dp_slab_limit(ctx->slab, DP_MEM_STREAM, s->conf.stream_memcap);
	dp_slab_limit(ctx->slab, DP_MEM_REASSEMBLY, s->conf.reassembly_memcap);
	dp_slab_limit(ctx->slab, DP_MEM_DEFRAG, s->conf.defrag_memcap);
	dp_slab_limit(ctx->slab, DP_MEM_RANGE, s->conf.app.range_bytes);
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

void dp_worker_burst(struct dp_worker *w, struct dp_pkt *pkts, unsigned n, uint64_t now_ns)
{
	bool wire = w->conf.on_wire;

	w->ctx.now_ns = now_ns;
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
	}
	if (w->inspecting)
		*w->inspecting = DP_BURST;
	if (wire && now_ns > w->expired_ns + EXPIRE_EVERY_NS)
		housekeeping(w, now_ns, 256);
}

void dp_worker_idle(struct dp_worker *w, uint64_t now_ns)
{
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

static void record_files(struct dp_app_conf *to, const struct dp_app_conf *from)
{
	to->file_hash = from->file_hash;
	to->file_magic = from->file_magic;
	to->file_store = from->file_store;
	to->file_store_force = from->file_store_force;
	to->file_store_depth = from->file_store_depth;
	to->http_dump = from->http_dump;
	to->alert_http_body = from->alert_http_body;
	to->alert_ws_payload = from->alert_ws_payload;
	memcpy(to->http_custom, from->http_custom, sizeof(to->http_custom));
	to->mail_fields = from->mail_fields;
	to->mail_log_scheme = from->mail_log_scheme;
	to->mail_subject_md5 = from->mail_subject_md5;
	to->mail_body_md5 = from->mail_body_md5;
}

void dp_worker_reconfigure(struct dp_worker *w, const struct dp_conf *from)
{
	struct dp_conf *to = &w->conf;

	record_files(&to->app, &from->app);
	memcpy(to->xff_header, from->xff_header, sizeof(to->xff_header));
	to->app_want = from->app_want;
	to->app_unwanted = from->app_unwanted;
	to->log_payload_bytes = from->log_payload_bytes;
	to->log_packet = from->log_packet;
	to->log_anomaly_decode = from->log_anomaly_decode;
	to->log_anomaly_stream = from->log_anomaly_stream;
	to->log_flow = from->log_flow;
	to->log_drop = from->log_drop;
	to->log_app = from->log_app;
	to->log_tagged = from->log_tagged;
	to->log_frame = from->log_frame;
	to->log_arp = from->log_arp;
	to->log_anomaly_header = from->log_anomaly_header;
	to->log_frame_bytes = from->log_frame_bytes;
	to->mqtt_log_bytes = from->mqtt_log_bytes;
	to->mqtt_no_passwords = from->mqtt_no_passwords;
	dp_detect_wants(w->detect);
}

struct dp_detect *dp_worker_detect(struct dp_worker *w)
{
	return w->detect;
}

void dp_worker_set_mode(struct dp_worker *w, enum dp_layer_id layer, enum dp_mode mode)
{
	w->conf.mode[layer] = (uint8_t)mode;
}
