/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of packets and streams. */
#include "search.h"
#include <stddef.h>
#include <string.h>

void dp_eval_init(struct eval *e, struct dp_detect *d, unsigned layer, struct dp_flow_table *t,
	struct dp_pkt *p)
{
	memset(e, 0, offsetof(struct eval, vars));
	e->d = d;
	e->rs = d->layer[layer].rs;
	e->img = &e->rs->img;
	e->layer = (uint8_t)layer;
	e->t = t;
	e->p = p;
	e->f = p->flow;
	e->dir = p->flow ? p->dir : SIG_DIR_TO_SERVER;
	e->a = p->flow ? p->flow->app : NULL;
	e->ax = (struct dp_app_ctx){.c = d->ctx, .f = p->flow, .a = e->a, .table = t, .p = p};
}

bool dp_tests_ok(struct eval *e)
{
	for (uint32_t i = 0; i < e->s->match_n; i++)
		if (dp_test_match(e, &e->img->op[e->s->match + i]) != V_YES)
			return false;
	return true;
}

static bool payload_lists(struct eval *e, const uint8_t *p, uint32_t n, uint64_t start, bool end)
{
	for (uint32_t i = e->s->list; i < e->s->list + e->s->lists_n; i++) {
		const struct sig_img_list *l = &e->img->list[i];
		struct dp_span out = {p, n};
		bool ok = true;

		if (l->buffer != SIG_BUF_PAYLOAD && l->buffer != SIG_BUF_STREAM)
			continue;
		for (unsigned k = 0; ok && k < l->xf_n; k++)
			ok = dp_transform(e, &e->img->xf[l->xf + k], out, &out);
		if (!ok || !dp_inspect(e, l, out.p, out.n, start, end))
			return false;
	}
	return true;
}

/** Of the lists of the signature one is over the payload, as it is. */
static bool one_plain_list(const struct eval *e)
{
	unsigned n = 0;

	for (uint32_t i = e->s->list; i < e->s->list + e->s->lists_n; i++) {
		const struct sig_img_list *l = &e->img->list[i];

		if (l->buffer != SIG_BUF_PAYLOAD && l->buffer != SIG_BUF_STREAM)
			continue;
		if (n++ || l->xf_n)
			return false;
	}
	return n == 1;
}

static bool judged_by_segment(const struct eval *e)
{
	const struct dp_conf *c = e->d->ctx->conf;

	return c->inline_mode && !c->raw_again && !(e->sv->flags & DP_SF_ASIDE);
}

/**
 * In the window of a stream. What lies wholly in bytes that earlier packets have shown was reported
 * with them: the match has to go further. (Of several lists over the window none may do so alone.)
 * What matches for what the window lacks or is as a whole goes nowhere, and of several lists nobody
 * knows which one is new: they are told again when none of the bytes that they were told of is left,
 * which is about as often as passive.
 */
static bool stream_lists(struct eval *e)
{
	const uint64_t start = e->d->ctx->conf->inline_mode ? e->sv->off : 0;
	const bool alone = one_plain_list(e);
	bool ok;

	e->past = alone ? e->sv_fresh : 0;
	ok = payload_lists(e, e->sv->data.p, e->sv->data.n, start, true);
	e->past = 0;
	e->thin = ok && judged_by_segment(e) && (e->by_all || !alone);
	return ok && !(e->thin && dp_recall_told(e, (uint32_t)(e->s - e->img->sig)));
}

/** The stream first, then the packet where the signature asks for it or no stream will follow. */
static bool payload_ok(struct eval *e)
{
	const struct dp_pkt *p = e->p;
	const struct sig_img_sig *s = e->s;
	bool ok;

	if ((s->flags & SIG_F_NEED_STREAM) && e->sv && e->sv->data.n && stream_lists(e)) {
		e->in_stream = true;
		return true;
	}
	if ((s->flags & SIG_F_NEED_STREAM) && !(s->flags & SIG_F_NEED_PACKET) &&
		(p->flags & DP_PF_STREAM_ADD))
		return false;
	if ((p->flags & DP_PF_NOPAYLOAD_INSPECT) || (p->flags & DP_PF_PSEUDO))
		return false;
	if ((s->flags & SIG_F_NEED_PAYLOAD) && p->payload.n == 0)
		return false;
	e->d->repl_on = dp_replace_possible(e);
	ok = payload_lists(e, p->payload.p, p->payload.n, 0, true);
	e->d->repl_on = false;
	return ok;
}

static bool other_lists(struct eval *e)
{
	for (uint32_t i = e->s->list; i < e->s->list + e->s->lists_n; i++) {
		const struct sig_img_list *l = &e->img->list[i];
		bool hit = false;

		if (l->buffer == SIG_BUF_PAYLOAD || l->buffer == SIG_BUF_STREAM || (l->flags & SIG_L_B64))
			continue;
		for (uint32_t k = 0; !hit; k++) {
			struct dp_span out;
			uint64_t start;

			if (dp_fetch(e, l->buffer, e->dir, k, l->xf, l->xf_n, &out, &start) != DP_BUF_FULL) {
				hit = k == 0 && (l->flags & (SIG_L_ABSENT | SIG_L_OR_ELSE));
				break;
			}
			hit = !(l->flags & SIG_L_ABSENT) && dp_inspect(e, l, out.p, out.n, start, true);
		}
		if (!hit)
			return false;
	}
	return true;
}

static bool run_signature(struct eval *e, struct run *r, uint32_t i)
{
	const struct sig_img_sig *s = &e->img->sig[i];
	const bool sampled = dp_sampled(r);
	uint64_t t0 = 0;
	bool ok;

	e->s = s;
	e->d->repl_n = 0;
	e->in_stream = false;
	dp_vars_begin(e->d);
	if ((e->p->flags & DP_PF_PSEUDO) && !(s->flags & SIG_F_NEED_STREAM))
		return false;
	if (!dp_header_ok(e, r) || (s->app != SIG_PROTO_UNKNOWN && !dp_app_matches(s->app, e->a)))
		return false;
	if ((s->flags & SIG_F_NO_PAYLOAD) && (dp_dsize(e->p) || e->sv))
		return false;
	if ((s->flags & SIG_F_NEED_PAYLOAD) &&
		(e->p->payload.n == 0 || (e->p->flags & DP_PF_NOPAYLOAD_INSPECT)) &&
		!(e->sv && (s->flags & SIG_F_NEED_STREAM)))
		return false;
	dp_sig_count(&r->cnt[i].evaluated);
	dp_sig_settle(r, i);
	e->d->ctx->cnt->detect_candidates++;
	if (s->vars_n)
		memset(e->vars, 0, s->vars_n * sizeof(*e->vars));
	if (sampled)
		t0 = __builtin_ia32_rdtsc();
	ok = dp_tests_ok(e) && (!(s->flags & SIG_F_PAYLOAD) || payload_ok(e)) && other_lists(e);
	if (sampled) {
		r->cnt[i].cycles += __builtin_ia32_rdtsc() - t0;
		r->cnt[i].sampled++;
	}
	if (!ok)
		return false;
	if (e->in_stream && e->thin)
		dp_recall_tell(e, i);
	dp_matched(e, e->in_stream ? DP_ALERT_STREAM : 0);
	return true;
}

static void run_list(struct eval *e, struct run *r, const struct sig_run *x)
{
	for (uint32_t i = 0; i < x->n; i++)
		run_signature(e, r, x->sig[i]);
}

static enum port_class class_of(const struct dp_pkt *p)
{
	if (!p->ip_ver)
		return PC_NONIP;
	return p->ip_proto == 6 ? PC_TCP : p->ip_proto == 17 ? PC_UDP : PC_OTHER;
}

static uint32_t first_of_port(const struct port_groups *x, uint16_t port)
{
	uint32_t lo = 0, hi = x->n;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (x->v[mid].port < port)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void scan_scope(struct eval *e, unsigned scope, const struct seek *k)
{
	const uint32_t first = e->rs->scope[scope][e->dir].first;

	for (uint32_t i = 0; i < e->rs->scope[scope][e->dir].n; i++)
		dp_scan(e, first + i, k);
	for (unsigned side = 0; side < 2; side++) {
		const struct port_groups *x = &e->rs->by_port[scope][e->dir][side];
		const uint16_t port = side ? e->p->sp : e->p->dp;

		for (uint32_t i = first_of_port(x, port); i < x->n && x->v[i].port == port; i++)
			dp_scan(e, x->v[i].group, k);
	}
}

/**
 * Passive, each byte is shown once and together with others. Inline a segment is shown behind what came
 * before it: that was searched then, and what was found there is remembered, because it may now be
 * followed by what it lacked. Contents in the stream count from where stream_lists() says.
 */
static void search_stream(struct eval *e)
{
	struct seek k = {.p = e->sv->data.p, .n = e->sv->data.n};

	if (e->d->ctx->conf->inline_mode) {
		k.parts = true;
		k.start = e->sv->off;
		dp_recall(e);
		k.old = e->sv_old;
	}
	scan_scope(e, SIG_SCOPE_STREAM, &k);
	e->recalls = false;
}

static void search(struct eval *e)
{
	const struct dp_pkt *p = e->p;
	const bool payload = p->payload.n && !(p->flags & (DP_PF_NOPAYLOAD_INSPECT | DP_PF_PSEUDO));
	const enum port_class pc = class_of(p);
	const struct seek k = {.p = p->payload.p, .n = p->payload.n};

	if (pc == PC_TCP) {
		if (e->sv)
			search_stream(e);
		if (payload) {
			scan_scope(e, SIG_SCOPE_TCP_PKT, &k);
			if (!(p->flags & DP_PF_STREAM_ADD))
				scan_scope(e, SIG_SCOPE_STREAM, &k);
		}
	} else if (payload) {
		scan_scope(e, pc == PC_UDP ? SIG_SCOPE_UDP : SIG_SCOPE_OTHER, &k);
	}
}

/** It began while the layer was switched off. */
static bool missed(const struct layer *l, const struct dp_flow *f)
{
	return l->on_ns && f->start_ns >= l->off_ns && f->start_ns < l->on_ns;
}

// Once per flow and direction; for flows older than the image, with their next packet.
static bool addresses_due(struct eval *e)
{
	const struct layer *l = &e->d->layer[e->layer];
	struct dp_flow_detect *fd;

	if (!e->rs->iponly.n || !e->p->ip_ver)
		return false;
	if (!e->f || (e->p->flags & (DP_PF_FIRST_TS | DP_PF_FIRST_TC)))
		return true;
	if (e->f->start_ns >= l->since_ns && !missed(l, e->f))
		return false;
	fd = dp_flow_state(e, true);
	if (!fd || fd->ip_gen[e->dir] == l->generation)
		return false;
	fd->ip_gen[e->dir] = l->generation;
	return true;
}

static void run_addresses(struct eval *e, struct run *r)
{
	struct sig_run src, dst;

	if (e->p->ip_ver != 4) {
		run_list(e, r, &e->rs->iponly);
		return;
	}
	src = dp_addrs_find(&e->rs->by_addr[0], &e->p->src);
	dst = dp_addrs_find(&e->rs->by_addr[1], &e->p->dst);
	run_list(e, r, &src);
	run_list(e, r, &dst);
	run_list(e, r, &e->rs->ip_wide);
}

static bool any_decoder_event(const struct dp_pkt *p)
{
	return p->events[0] | p->events[1] | p->events[2];
}

static void run_layer(struct dp_detect *d, struct eval *e)
{
	struct run *r = e->rs->run;
	const struct dp_pkt *p = e->p;

	r->memo_epoch = (r->memo_epoch + 1) & (UINT32_MAX >> 1);
	dp_candidates_begin(e, false);
	r->woken_n = 0;
	if (any_decoder_event(p))
		run_list(e, r, &e->rs->decode);
	if (p->flags & DP_PF_NOPKT_INSPECT) {
		if (e->sv && d->ctx->conf->inline_mode)
			dp_recall_missed(e->f, e->dir);
		return;
	}
	if ((p->flags & DP_PF_PSEUDO) && !e->sv)
		return; // no packet: only stream data can be asked about
	if (!(p->flags & DP_PF_PSEUDO) && addresses_due(e))
		run_addresses(e, r);
	if (p->flags & DP_PF_PROTO_NEWS)
		run_list(e, r, &e->rs->pdonly);
	dp_candidates_always(e, class_of(p));
	search(e);
	dp_candidates_sort(r);
	for (uint32_t i = 0; i < r->cand_n; i++)
		run_signature(e, r, r->cand[i]);
}

static uint64_t new_protocol_events(struct dp_detect *d, struct dp_pkt *p)
{
	struct dp_flow *f = p->flow;
	struct eval e = {.d = d, .f = f, .p = p};
	struct dp_flow_detect *fd;
	uint64_t fresh;

	if (!f || !f->app || !f->app->proto_events)
		return 0;
	fd = dp_flow_state(&e, true);
	if (!fd)
		return 0;
	fresh = f->app->proto_events & ~fd->proto_events_seen;
	fd->proto_events_seen = f->app->proto_events;
	return fresh;
}

static bool live(const struct dp_detect *d, unsigned layer)
{
	return d->layer[layer].rs && d->layer[layer].rs->run &&
		d->ctx->conf->mode[layer] != DP_MODE_OFF;
}

static void packet_rules(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p)
{
	const uint64_t events = new_protocol_events(d, p);
	struct dp_stream_view sv;
	uint32_t fresh = 0;
	bool all = false;
	const bool raw = p->flow && p->flow->tcp && p->ip_proto == 6 &&
		dp_stream_raw_view(d->ctx, p->flow, (enum sig_dir)p->dir, &sv, &fresh);

	if (raw && sv.data.n)
		all = dp_recall_all(p->flow, p->dir, &sv);
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		uint32_t seen = fresh;
		struct eval e;

		if (!live(d, i))
			continue;
		dp_eval_init(&e, d, i, t, p);
		e.new_proto_events = events;
		if (raw && sv.data.n && dp_meet_view(p, i, &sv, &seen)) {
			e.sv = &sv;
			e.sv_fresh = d->ctx->conf->raw_again ? 0 : seen;
			e.sv_old = all ? 0 : seen;
		}
		run_layer(d, &e);
	}
	if (raw) {
		dp_meet_done(p->flow, p->dir, &sv);
		d->sv = sv;
		d->sv_live = sv.data.n > 0 && !(sv.flags & DP_SF_ASIDE);
	}
}

// Signatures that join a transaction's parts with raw bytes need those bytes while it is there: a
// message that has just ended is reason enough not to wait for a whole chunk (as the peer does it).
static void hurry_stream(struct dp_detect *d, struct dp_pkt *p)
{
	const struct dp_app_flow *a = p->flow ? p->flow->app : NULL;

	if (!a || !a->desc || a->desc->raw_waits || !p->flow->tcp || d->ctx->conf->inline_mode)
		return;
	for (const struct dp_tx *tx = a->tx_first; tx; tx = tx->next)
		if (!tx->inspected[p->dir] && dp_tx_complete(a->desc, tx, p->dir)) {
			dp_stream_raw_flush(d->ctx, p->flow, (enum sig_dir)p->dir);
			return;
		}
}

static void one_direction(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p, bool final)
{
	d->arena_n = d->cache_n = 0;
	d->sv_live = false;
	dp_pktvars_reset(d);
	dp_meet(d, p);
	hurry_stream(d, p);
	packet_rules(d, t, p);
	if (p->flow && p->flow->app && p->flow->app->frames)
		dp_detect_frames(d, t, p, final);
	if (p->flow && p->flow->app && p->flow->app->desc)
		dp_detect_txs(d, t, p, p->dir, final);
	dp_alerts_finish(d, p);
}

void dp_detect_done(struct dp_detect *d, struct dp_pkt *p)
{
	if (d->sv_live)
		dp_stream_raw_done(d->ctx, p->flow, (enum sig_dir)p->dir, d->sv.off + d->sv.data.n);
	d->sv_live = false;
}

void dp_detect_packet(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p)
{
	if (p->flow && (p->flow->flags & (DP_FF_PASS | DP_FF_BYPASS)))
		return;
	one_direction(d, t, p, false);
}

void dp_detect_flow_end(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p)
{
	struct dp_flow *f = p->flow;

	if (!f || (f->flags & (DP_FF_PASS | DP_FF_BYPASS)))
		return;
	one_direction(d, t, p, true);
}
