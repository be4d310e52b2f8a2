/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"
#include "proto_detect.h"
#include "tx.h"
#include <dp/file.h>
#include <dp/frame.h>
#include <dp/policy.h>
#include <dp/range.h>
#include <dp/slab.h>
#include <string.h>

#define FEED_ROUNDS 64u /* parser calls per packet and direction: each must make progress */
#define TH_RST 0x04u

static struct dp_app_flow *flow_state(struct dp_ctx *c, struct dp_flow *f)
{
	if (!f->app) {
		f->app = dp_slab_zalloc(c->slab, DP_MEM_APP, sizeof(*f->app));
		if (f->app)
			f->app->first_dir = 2;
	}
	return f->app;
}

/** Counters of the memory that transactions of a protocol have. NULL: not counted apart. */
static uint64_t *memuse(struct dp_ctx *c, uint16_t proto)
{
	return proto == SIG_PROTO_FTP ? &c->cnt->mem_ftp :
	       proto == SIG_PROTO_HTTP1 ? &c->cnt->mem_http : NULL;
}

/** What the flow took and gave back since `before`; it may speak another protocol by now. */
static void account(struct dp_ctx *c, struct dp_app_flow *a, uint64_t before)
{
	const uint64_t now = dp_slab_used(c->slab, DP_MEM_APP);
	uint64_t *had = memuse(c, a->mem_proto), *has = memuse(c, a->proto);

	if (had)
		*had -= (uint64_t)a->mem;
	a->mem += (int64_t)(now - before);
	a->mem_proto = a->proto;
	if (has)
		*has += (uint64_t)a->mem;
}

static bool simulated_error(const struct dp_conf *conf, const struct dp_app_in *in)
{
	uint64_t at = conf->simulate.app_error[in->dir]; // offset plus 1

	return at != 0 && in->data.n != 0 && in->off + in->data.n >= at - 1;
}

/** One call of the parser. Returns bytes consumed, or -1 when the flow is finished with. */
static int64_t parse(struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_app_flow *a = x->a;
	uint32_t used = 0;
	int rc;

	if (a->failed || !a->desc || !a->desc->parse)
		return -1;
	if (in->eof)
		a->eof[in->dir] = true;
	if (in->gap) {
		rc = a->desc->gap ? a->desc->gap(x, a->state, in) : DP_APP_ERROR;
		if (rc != DP_APP_OK) {
			if (a->desc->proto < 64)
				x->c->cnt->app_gap[a->desc->proto]++;
			dp_feed_fail(x);
			return -1;
		}
		if (in->data.n == 0 && !in->eof)
			return 0;
	}
	if (simulated_error(x->c->conf, in)) {
		dp_feed_fail(x);
		return -1;
	}
	if (in->data.n < a->need[in->dir] && !in->eof)
		return 0;
	if (x->f->tcp)
		dp_frame_stream(x, in);
	rc = a->desc->parse(x, a->state, in, &used);
	if (used > in->data.n)
		used = in->data.n;
	a->fed[in->dir] += used;
	if (a->encrypted && !(x->f->flags & DP_FF_NOPAYLOAD)) {
		x->f->flags |= DP_FF_NOPAYLOAD;
		if (x->f->ip_proto == 6) {
			dp_stream_raw_off(x->c, x->f, 0);
			dp_stream_raw_off(x->c, x->f, 1);
		}
	}
	if (a->flush[in->dir]) {
		a->flush[in->dir] = false;
		if (x->f->ip_proto == 6)
			dp_stream_raw_flush(x->c, x->f, in->dir);
	}
	if (rc != DP_APP_OK) {
		dp_feed_fail(x);
		return -1;
	}
	return used;
}

/** The flow or its protocol is over in `dirs` (bit: enum sig_dir): nothing open there will progress. */
static void finish(struct dp_app_ctx *x, unsigned dirs)
{
	const struct dp_app_desc *d = x->a->desc;

	for (struct dp_tx *tx = d ? x->a->tx_first : NULL; tx; tx = tx->next) {
		for (unsigned dir = 0; dir < 2; dir++)
			if ((dirs >> dir & 1) && tx->progress[dir] < d->complete[dir])
				tx->progress[dir] = d->complete[dir];
		if (tx->held[0] | tx->held[1])
			dp_range_hurry(x->c, tx);
		for (struct dp_file *f = tx->files; f; f = f->next)
			if (dirs >> f->dir & 1)
				dp_file_close(x->c, f, true);
	}
}

static void feed_tcp(struct dp_app_ctx *x, enum sig_dir d)
{
	struct dp_app_flow *a = x->a;
	struct dp_stream_view v;

	for (unsigned round = 0; round < FEED_ROUNDS && !a->change_pending; round++) {
		struct dp_app_in in;
		int64_t used;

		if (!dp_stream_app_view(x->c, x->f, d, &v))
			return;
		in = (struct dp_app_in){.data = v.data, .off = v.off, .dir = d,
			.gap = v.flags & DP_SF_GAP ? v.gap : 0, .head = v.head,
			.eof = v.flags & DP_SF_EOF, .ts_ns = x->c->now_ns};
		if (in.gap && !a->detect_done[d]) {
			a->pm_done[d] = a->pp_done[d] = true;
			if (a->proto_dir[!d] && a->proto_dir[!d] != SIG_PROTO_FAILED) {
				a->proto_dir[d] = a->proto_dir[!d]; // its start is lost
				a->detect_done[d] = true;
				a->proto_news |= (uint8_t)(1u << d);
			} else if (dp_feed_bail(x)) {
				dp_feed_give_up(x);
			}
		}
		if (!a->detect_done[d]) {
			if (!dp_feed_detect(x, &in)) {
				if (a->proto == SIG_PROTO_FAILED) {
					dp_stream_app_off(x->c, x->f, 0);
					dp_stream_app_off(x->c, x->f, 1);
				}
				return;
			}
			// What the other side said first goes to the parser first.
			if (a->first_dir != d && !a->detect_done[!d]) {
				dp_stream_app_again(x->f, !d);
				feed_tcp(x, !d);
				if (a->change_pending)
					return;
				dp_stream_app_again(x->f, d);
				continue;
			}
		}
		used = parse(x, &in);
		if (used < 0) {
			dp_stream_app_off(x->c, x->f, d);
			return;
		}
		dp_stream_app_consume(x->c, x->f, d, (uint32_t)used);
		a->changing &= in.data.n == 0;
		if (a->change_pending) {
			finish(x, 3); // detection sees it as it is; dp_app_settle changes over
			return;
		}
		if (used == 0 && !in.gap)
			return;
	}
}

static void feed_udp(struct dp_app_ctx *x, struct dp_pkt *p)
{
	struct dp_app_flow *a = x->a;
	struct dp_app_in in = {.data = p->payload, .dir = p->dir, .ts_ns = p->ts_ns};
	enum sig_proto got;
	bool reverse;

	if (p->payload.n == 0) {
		if (!a->proto) {
			a->proto = SIG_PROTO_FAILED; // so far; the next one may say more
			a->proto_news = DP_NEWS_BOTH;
		}
		return;
	}
	if (!a->proto_dir[p->dir] && a->proto && a->proto != SIG_PROTO_FAILED)
		a->proto_dir[p->dir] = a->proto; // an answer to what was recognised
	if (!a->proto_dir[p->dir]) {
		got = dp_app_recognise(x, &in, &reverse);
		if (got && reverse && !a->desc) {
			dp_feed_swap(x, p);
			in.dir = p->dir;
		}
		if (got && !a->desc && a->proto != got) {
			if (!dp_feed_adopt(x, got))
				got = SIG_PROTO_UNKNOWN;
		}
		if (!a->proto || got)
			a->proto_news = DP_NEWS_BOTH;
		a->proto_dir[p->dir] = (uint16_t)(got ? got : SIG_PROTO_FAILED);
		if (!a->proto)
			a->proto = SIG_PROTO_FAILED;
	}
	if (!a->proto || a->proto == SIG_PROTO_FAILED)
		return;
	parse(x, &in);
	if (a->desc && a->desc->proto != SIG_PROTO_QUIC && a->failed) {
		// a datagram that does not parse says nothing about the next
		a->failed = false;
	}
}

static void both_directions(struct dp_app_ctx *x, struct dp_pkt *p)
{
	uint32_t swapped = p->flow->flags & DP_FF_SWAPPED;
	uint8_t dir = p->dir;

	// The flow ends: what each direction still has belongs to its own last packet.
	if (p->flags & DP_PF_PSEUDO) {
		feed_tcp(x, dir);
		finish(x, dir == SIG_DIR_TO_SERVER ? 1 : 3);
		return;
	}
	// Passive, as the peer: a reset ends its sender's side. What it acknowledges is read when more
	// comes, or when the flow ends.
	if ((p->tcp.flags & TH_RST) && !x->c->conf->inline_mode) {
		feed_tcp(x, dir);
		return;
	}
	// An acknowledgement releases what the other side sent before: that came first.
	feed_tcp(x, dir ^ 1);
	feed_tcp(x, dir);
	feed_tcp(x, dir ^ 1);
	if ((p->flow->flags & DP_FF_SWAPPED) != swapped) {
		p->dir ^= 1;
		feed_tcp(x, dir);
	}
}

/** The protocol of a direction is told with its next packet, whatever that carries: also an ICMP error. */
static void tell_news(struct dp_pkt *p)
{
	struct dp_app_flow *a = p->flow->app;

	if (!a || !((a->proto_news >> p->dir) & 1) || (p->flags & DP_PF_PSEUDO))
		return;
	a->proto_news &= (uint8_t)~(1u << p->dir);
	p->flags |= DP_PF_PROTO_NEWS;
}

void dp_app_packet(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_pkt *p)
{
	struct dp_app_ctx x = {.c = ctx, .f = p->flow, .table = t, .p = p};
	uint64_t errors = ctx->cnt->app_error, before;

	if (!p->flow || (p->flow->flags & (DP_FF_BYPASS | DP_FF_DROP)))
		return;
	if (p->flow->ip_proto != 6 && p->flow->ip_proto != 17)
		return;
	tell_news(p);
	if (p->ip_proto != p->flow->ip_proto)
		return; // an ICMP error that quotes the flow
	// A session that nobody has spoken in yet costs nothing here: most idle ones never will.
	if (!p->flow->app && p->flow->ip_proto == 6 &&
		!dp_stream_unread(p->flow, SIG_DIR_TO_SERVER) &&
		!dp_stream_unread(p->flow, SIG_DIR_TO_CLIENT))
		return;
	x.a = flow_state(ctx, p->flow);
	if (!x.a)
		return;
	before = dp_slab_used(ctx->slab, DP_MEM_APP);
	if (p->flow->ip_proto == 17)
		feed_udp(&x, p);
	else
		both_directions(&x, p);
	account(ctx, x.a, before);
	p->app_mem = dp_slab_used(ctx->slab, DP_MEM_APP) + 1;
	tell_news(p);
	if (ctx->cnt->app_error != errors)
		dp_policy_apply(ctx, p, (enum dp_policy)ctx->conf->pol_app_error,
			DP_R_APPLAYER_ERROR, DP_EX_APP_ERROR);
}

/** A site may want encrypted flows to be bypassed; what was seen is judged when they end. */
static void leave_alone(struct dp_app_ctx *x)
{
	const struct dp_app_flow *a = x->a;

	if (x->p->flags & DP_PF_PSEUDO || !a->left_alone || !a->desc || a->desc->proto >= 64 ||
		!x->c->conf->encrypt_bypass[a->desc->proto])
		return;
	x->f->flags |= DP_FF_BYPASS;
}

void dp_app_settle(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_pkt *p)
{
	struct dp_app_ctx x = {.c = ctx, .f = p->flow, .table = t, .p = p};
	// Detection builds buffers in between, which the transactions freed below give back.
	const uint64_t before = p->app_mem ? p->app_mem - 1 : dp_slab_used(ctx->slab, DP_MEM_APP);

	if (!p->flow || !p->flow->app)
		return;
	x.a = p->flow->app;
	dp_frames_settle(&x);
	dp_app_tx_sweep(&x, false);
	leave_alone(&x);
	if (x.a->change_pending) {
		dp_feed_change(&x);
		dp_stream_app_again(p->flow, SIG_DIR_TO_SERVER);
		dp_stream_app_again(p->flow, SIG_DIR_TO_CLIENT);
	}
	account(ctx, x.a, before);
}

void dp_app_flow_end(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_flow *f)
{
	struct dp_app_ctx x = {.c = ctx, .f = f, .table = t};
	struct dp_app_flow *a = f->app;

	if (!a)
		return;
	x.a = a;
	if (memuse(ctx, a->mem_proto))
		*memuse(ctx, a->mem_proto) -= (uint64_t)a->mem;
	if (a->proto == SIG_PROTO_FAILED) { // may be another to the end: counted as its record says it
		ctx->cnt->app_flow[SIG_PROTO_FAILED]++;
		ctx->cnt->app_flow_udp[SIG_PROTO_FAILED] += f->ip_proto == 17;
	}
	dp_frames_free(&x);
	if (a->desc) {
		dp_app_tx_sweep(&x, true);
		if (a->desc->close)
			a->desc->close(&x, a->state);
	}
	dp_slab_free(ctx->slab, DP_MEM_APP, a->carry, a->carry_cap);
	dp_slab_free(ctx->slab, DP_MEM_APP, a, sizeof(*a));
	f->app = NULL;
}
