/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a packet meets the stages. Inline, order is policy: what the shared table
 * condemns or exempts is settled before any byte is parsed, a flow already judged is not judged
 * again, and a verdict is final before anything is reported.
 */
#include "inner.h"
#include <stddef.h>
#include <string.h>

/** One in so many packets has its stages timed: two clock reads each would be felt otherwise. */
#define SAMPLE_MASK 63u

enum next { GO_ON, TO_REPORT };

static uint64_t cycles(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return 0;
#endif
}

/* ---- packets inside packets ---- */

/** Room for an inner packet, or NULL when it lies too deep. */
static struct dp_pkt *nest(struct dp_worker *w)
{
	struct dp_pkt *q;

	if (w->nested == MAX_NESTED)
		return NULL;
	q = &w->inner[w->nested++];
	q->alerts = w->alerts[w->nested];
	return q;
}

static void stages(struct dp_worker *w, struct dp_pkt *p);

static void begin(struct dp_pkt *p)
{
	p->verdict = DP_FORWARD;
	p->reason = DP_R_INSPECTED;
	p->reject = 0;
	p->drop_flow = 0;
	p->n_alerts = 0;
	p->alerts_lost = 0;
	p->has_blocker = p->tagged = false;
	p->flow = NULL;
	p->app_mem = 0;
	p->dir = 0;
}

static void unwrap_tunnel(struct dp_worker *w, struct dp_pkt *p)
{
	struct dp_pkt *q = nest(w);

	if (!q)
		return;
	begin(q);
	dp_decode_inner(&w->ctx, p, q);
	stages(w, q);
	w->nested--;
}

static void unwrap_fragment(struct dp_worker *w, struct dp_pkt *p)
{
	struct dp_span whole;
	struct dp_pkt *q;

	if (p->verdict == DP_DROP || dp_defrag_packet(w->defrag, &w->ctx, p, &whole) != DP_DEFRAG_DONE)
		return;
	q = nest(w);
	if (q) {
		begin(q);
		dp_decode_datagram(&w->ctx, p, q, whole.p, whole.n);
		stages(w, q);
		w->nested--;
	}
	dp_defrag_judged(w->defrag, &w->ctx, p->verdict == DP_DROP);
}

/* ---- stages, in order ---- */

static enum next stage_flow(struct dp_worker *w, struct dp_pkt *p)
{
	dp_flow_lookup(w->flows, &w->ctx, p);
	if (!p->flow)
		return GO_ON;
	if (w->ips)
		dp_respond_learn(p);
	if (p->flow->flags & DP_FF_DROP && w->ips) {
		dp_pkt_drop(p, DP_R_FLOW_DROP);
		return TO_REPORT;
	}
	if (p->flow->flags & (DP_FF_BYPASS | DP_FF_FAULT_BYPASS)) {
		p->reason = p->flow->flags & DP_FF_BYPASS ? DP_R_FLOW_PASSED : DP_R_FLOW_BYPASSED;
		w->ctx.cnt->bypass_local_pkts++;
		w->ctx.cnt->bypass_local_bytes += p->len;
		return TO_REPORT;
	}
	return GO_ON;
}

static enum next stage_stream(struct dp_worker *w, struct dp_pkt *p)
{
	// What will not leave is not data.
	if (!p->flow || p->ip_proto != 6 || p->verdict == DP_DROP)
		return GO_ON;
	dp_stream_packet(&w->ctx, w->flows, p);
	// What the tracker refuses was not inspected as data; header signatures still see it.
	return GO_ON;
}

static enum next stage_app(struct dp_worker *w, struct dp_pkt *p)
{
	if (p->flow && p->verdict != DP_DROP)
		dp_app_packet(&w->ctx, w->flows, p);
	return GO_ON;
}

static enum next stage_detect(struct dp_worker *w, struct dp_pkt *p)
{
	dp_detect_packet(w->detect, w->flows, p);
	return GO_ON;
}

static enum next stage_act(struct dp_worker *w, struct dp_pkt *p)
{
	if (!w->ips || p->verdict != DP_DROP)
		return GO_ON;
	if (p->drop_flow) {
		if (p->flow)
			p->flow->flags |= DP_FF_DROP | DP_FF_WAS_DROPPED;
		worker_table_condemn(w, p);
	}
	if (p->reject)
		dp_respond_packet(w->respond, &w->ctx, p);
	return GO_ON;
}

static enum next stage_report(struct dp_worker *w, struct dp_pkt *p)
{
	worker_report(w, p);
	dp_detect_done(w->detect, p);
	return GO_ON;
}

static void make_end(struct dp_worker *w, struct dp_flow *f, unsigned dir, struct dp_pkt *p);

/** Passive, what a direction said before its protocol changes is judged with the other's packet that
 *  acknowledged it; its own side would look at it too late. */
static enum next stage_change(struct dp_worker *w, struct dp_pkt *p)
{
	struct dp_pkt last;

	if (w->conf.inline_mode || !p->flow || !p->flow->app || !p->flow->app->change_pending ||
		p->flags & DP_PF_PSEUDO || p->verdict == DP_DROP)
		return GO_ON;
	make_end(w, p->flow, !p->dir, &last);
	last.ts_ns = p->ts_ns;
	last.pkt_src = DP_SRC_STREAM_LOG;
	dp_detect_flow_end(w->detect, w->flows, &last);
	worker_report(w, &last);
	dp_detect_done(w->detect, &last);
	return GO_ON;
}

static enum next stage_settle(struct dp_worker *w, struct dp_pkt *p)
{
	struct dp_flow *f = p->flow;

	if (!f)
		return GO_ON;
	dp_app_settle(&w->ctx, w->flows, p);
	// The packet that reached the depth is still judged; what follows is not looked at.
	if (w->conf.stream_bypass && !(p->flags & DP_PF_PSEUDO) &&
		(dp_stream_depth_reached(f, SIG_DIR_TO_SERVER) ||
			dp_stream_depth_reached(f, SIG_DIR_TO_CLIENT)))
		f->flags |= DP_FF_BYPASS;
	return GO_ON;
}

static const struct stage {
	enum next (*run)(struct dp_worker *w, struct dp_pkt *p);
	uint8_t slot; /**< enum dp_stage */
	bool report; /**< runs also for packets that an earlier stage settled */
} order[] = {
	{stage_flow, DP_STAGE_FLOW, false},
	{stage_stream, DP_STAGE_STREAM, false},
	{stage_app, DP_STAGE_APP, false},
	{stage_detect, DP_STAGE_DETECT, false},
	{stage_act, DP_STAGE_ACT, false},
	{stage_report, DP_STAGE_LOG, true},
	{stage_change, DP_STAGE_LOG, false},
	{stage_settle, DP_STAGE_LOG, true},
};

static void stages(struct dp_worker *w, struct dp_pkt *p)
{
	uint64_t t = w->sampling ? cycles() : 0;
	bool settled = false;

	// Hosts would discard it, or not all alike: nobody behind us shall have to decide.
	if (p->flags & DP_PF_DISCARD && w->conf.inline_mode)
		dp_pkt_drop(p, DP_R_DECODE_ERROR);
	// What is inside is judged first; its drop takes this packet along.
	if (p->inner_kind != DP_INNER_NONE)
		unwrap_tunnel(w, p);
	else if (p->flags & DP_PF_FRAG && p->ip_ver)
		unwrap_fragment(w, p);
	for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (settled && !order[i].report)
			continue;
		if (order[i].run(w, p) == TO_REPORT)
			settled = true;
		if (w->sampling) {
			uint64_t now = cycles();

			w->ctx.cnt->stage_cycles[order[i].slot] += now - t;
			t = now;
		}
	}
}

/** What the shared table says, before any parsing. True: the packet is settled. */
static bool by_table(struct dp_worker *w, struct dp_pkt *p)
{
	struct dp_key key;
	enum dp_act act = worker_table_check(w, p, &key);

	if (act == DP_ACT_NONE)
		return false;
	if (act == DP_ACT_BYPASS) {
		p->reason = DP_R_FLOW_BYPASSED;
		return true;
	}
	if (worker_table_reopened(w, p, &key))
		return false;
	dp_pkt_drop(p, DP_R_CONDEMNED);
	return true;
}

void worker_packet(struct dp_worker *w, struct dp_pkt *p)
{
	uint64_t t;

	begin(p);
	if (w->table && by_table(w, p))
		return;
	w->sampling = (w->sample++ & SAMPLE_MASK) == 0;
	t = w->sampling ? cycles() : 0;
	dp_decode(&w->ctx, p);
	if (w->sampling) {
		w->ctx.cnt->stage_cycles[DP_STAGE_DECODE] += cycles() - t;
		w->ctx.cnt->stage_samples++;
	}
	stages(w, p);
	if (p->verdict == DP_FORWARD && p->reason == DP_R_INSPECTED) {
		if (p->flags & DP_PF_INVALID)
			p->reason = DP_R_MALFORMED;
		else if (!p->ip_ver)
			p->reason = DP_R_NOT_IP;
	}
}

/* ---- the end of a flow ---- */

/** A packet that stands for "nothing more will come" in one direction. */
static void make_end(struct dp_worker *w, struct dp_flow *f, unsigned dir, struct dp_pkt *p)
{
	memset(p, 0, offsetof(struct dp_pkt, layer));
	begin(p);
	p->ts_ns = f->last_ns;
	p->wire = f->wire;
	p->flags = DP_PF_PSEUDO | DP_PF_EST | (f->ip_ver == 6 ? DP_PF_IPV6 : DP_PF_IPV4);
	p->ip_ver = f->ip_ver;
	p->ip_proto = f->ip_proto;
	p->pkt_src = DP_SRC_STREAM_END;
	p->src = f->addr[dir];
	p->dst = f->addr[!dir];
	p->sp = f->port[dir];
	p->dp = f->port[!dir];
	memcpy(p->vlan, f->vlan_seen, sizeof(p->vlan));
	p->n_vlan = f->n_vlan;
	p->recursion = f->recursion;
	p->flow = f;
	p->dir = (uint8_t)dir;
	p->alerts = w->alerts[MAX_NESTED];
}

void worker_look_again(struct dp_worker *w, struct dp_flow *f)
{
	struct dp_pkt p;

	if (f->flags & (DP_FF_DROP | DP_FF_BYPASS | DP_FF_FAULT_BYPASS))
		return;
	make_end(w, f, SIG_DIR_TO_CLIENT, &p);
	p.ts_ns = w->ctx.now_ns;
	p.pkt_src = DP_SRC_STREAM_LOG;
	dp_detect_packet(w->detect, w->flows, &p);
	p.reject = 0;     // there is no packet to answer
	stage_act(w, &p); // nor one to keep back: what follows is dropped
	worker_report(w, &p);
	dp_detect_done(w->detect, &p);
	dp_app_settle(&w->ctx, w->flows, &p);
}

/** Pieces between holes that are looked at when a flow ends; what is behind more of them is not. */
#define MAX_LAST_LOOKS 32u

/** How flows end, as the peer counts them: by state, and TCP by where its session stood. */
static void count_end(struct dp_counters *c, const struct dp_flow *f)
{
	uint64_t *const state[] = {&c->flow_end_new, &c->flow_end_est, &c->flow_end_closed,
		&c->flow_end_bypassed};
	uint64_t *const tcp[] = {&c->tcp_end_none, &c->tcp_end_syn_sent, &c->tcp_end_syn_recv,
		&c->tcp_end_est, &c->tcp_end_fin1, &c->tcp_end_fin2, &c->tcp_end_time_wait,
		&c->tcp_end_last_ack, &c->tcp_end_close_wait, &c->tcp_end_closing, &c->tcp_end_closed};
	const unsigned s = f->flags & DP_FF_BYPASS ? (unsigned)DP_FLOW_LOCAL_BYPASSED : f->state;

	if (s < sizeof(state) / sizeof(state[0]))
		++*state[s];
	if (f->ip_proto == 6 && f->tcp_state < sizeof(tcp) / sizeof(tcp[0]))
		++*tcp[f->tcp ? f->tcp_state : 0];
}

void worker_flow_end(void *arg, struct dp_flow *f, enum dp_flow_end_reason why)
{
	struct dp_worker *w = arg;
	// Bypassed because encrypted: the handshake may not have been judged in both directions.
	const uint32_t bypassed = f->app && f->app->left_alone ? f->flags & DP_FF_BYPASS : 0;

	f->flags &= ~bypassed;
	if (f->tcp && !(f->flags & (DP_FF_DROP | DP_FF_BYPASS | DP_FF_FAULT_BYPASS)) &&
		(f->app || dp_stream_unread(f, 0) || dp_stream_unread(f, 1))) {
		dp_stream_flush(f);
		for (unsigned dir = 0; dir < 2; dir++) {
			struct dp_pkt p;

			make_end(w, f, dir, &p);
			dp_app_packet(&w->ctx, w->flows, &p);
			dp_detect_flow_end(w->detect, w->flows, &p);
			worker_report(w, &p);
			dp_detect_done(w->detect, &p);
			dp_app_settle(&w->ctx, w->flows, &p);
			// Behind each hole there may be more.
			for (unsigned n = 0; n < MAX_LAST_LOOKS &&
				dp_stream_raw_pending(&w->ctx, f, (enum sig_dir)dir); n++) {
				make_end(w, f, dir, &p);
				dp_detect_flow_end(w->detect, w->flows, &p);
				worker_report(w, &p);
				dp_detect_done(w->detect, &p);
			}
		}
	}
	f->flags |= bypassed;
	count_end(w->ctx.cnt, f);
	worker_report_flow(w, f, why); // while the protocol is still known
	dp_app_flow_end(&w->ctx, w->flows, f);
	dp_detect_flow_free(w->detect, f);
	dp_stream_free(&w->ctx, f);
}
