/* SPDX-License-Identifier: Apache-2.0 */
#include "proto_detect.h"
#include "tx.h"
#include <dp/file.h>
#include <dp/frame.h>
#include <dp/policy.h>
#include <dp/slab.h>
#include <string.h>

#define FEED_ROUNDS 64u /* parser calls per packet and direction: each must make progress */

static struct dp_app_flow *flow_state(struct dp_ctx *c, struct dp_flow *f)
{
	if (!f->app) {
		f->app = dp_slab_zalloc(c->slab, DP_MEM_APP, sizeof(*f->app));
		if (f->app)
			f->app->first_dir = 2;
	}
	return f->app;
}

static void applayer_event(struct dp_app_ctx *x, enum sig_ev_applayer ev)
{
	x->a->proto_events |= UINT64_C(1) << ev;
}

static void fail(struct dp_app_ctx *x)
{
	struct dp_app_flow *a = x->a;

	if (a->failed)
		return;
	a->failed = true;
	x->f->flags |= DP_FF_APP_ERROR;
	x->c->cnt->app_error++;
	if (a->desc && a->desc->proto < 64) {
		x->c->cnt->app_err[a->desc->proto]++;
		x->c->cnt->app_err_udp[a->desc->proto] += x->f->ip_proto == 17;
	}
	// What was open will see no more: let it be inspected and logged as it is.
	for (struct dp_tx *tx = a->tx_first; tx; tx = tx->next)
		for (unsigned dir = 0; dir < 2 && a->desc; dir++)
			if (tx->progress[dir] < a->desc->complete[dir])
				tx->progress[dir] = a->desc->complete[dir];
}

/** Start the parser of `proto`. */
static bool adopt(struct dp_app_ctx *x, enum sig_proto proto)
{
	struct dp_app_flow *a = x->a;
	uint64_t txs = proto < 64 ? x->c->cnt->app_tx[proto] : 0;

	a->proto = (uint16_t)proto;
	if (proto < 64) {
		x->c->cnt->app_flow[proto]++;
		x->c->cnt->app_flow_udp[proto] += x->f->ip_proto == 17;
	}
	if (proto < 64 && x->c->conf->app_off[x->f->ip_proto != 6][proto] == DP_APP_DETECT_ONLY)
		return true;
	a->desc = dp_app_by_proto(proto);
	if (a->desc && a->desc->open && a->desc->open(x, &a->state)) {
		a->desc = NULL;
		a->state = NULL;
		return false;
	}
	if (proto < 64 && x->f->tcp && x->c->conf->app_depth_set[proto])
		dp_stream_set_depth(x->f, x->c->conf->app_depth[proto]);
	if (proto < 64)
		x->c->cnt->app_tx[proto] = txs; // one that stands for the whole flow is not counted
	return true;
}

/** Forget the protocol and its state (upgrade): everything still open is logged first. */
static void reset(struct dp_app_ctx *x)
{
	struct dp_app_flow *a = x->a;

	if (a->desc) {
		dp_app_tx_sweep(x, true);
		if (a->desc->close)
			a->desc->close(x, a->state);
	}
	dp_frames_free(x);
	a->desc = NULL;
	a->state = NULL;
	a->tx_next_id = 0;
	a->failed = false;
	memset(a->events, 0, sizeof(a->events));
	memset(a->ev_logged, 0, sizeof(a->ev_logged));
	memset(a->need, 0, sizeof(a->need));
	memset(a->probe_no, 0, sizeof(a->probe_no));
	for (unsigned d = 0; d < 2; d++) {
		a->pm_done[d] = a->pp_done[d] = a->detect_done[d] = false;
		a->proto_dir[d] = SIG_PROTO_UNKNOWN;
		a->fed[d] = 0;
		a->det_bytes[d] = 0;
	}
	a->first_dir = 2;
	a->proto = SIG_PROTO_UNKNOWN;
}

static void change_now(struct dp_app_ctx *x)
{
	struct dp_app_flow *a = x->a;
	uint16_t from = a->proto;

	reset(x);
	a->change_pending = false;
	a->proto_orig = from;
	a->proto_expected = a->change_to;
}

static void give_up(struct dp_app_ctx *x)
{
	x->a->proto = SIG_PROTO_FAILED;
	if (x->a->proto_expected == SIG_PROTO_TLS)
		applayer_event(x, SIG_EV_APPLAYER_NO_TLS);
	else if (x->a->proto_expected)
		applayer_event(x, SIG_EV_APPLAYER_UNEXPECTED);
}

/** Exchange client and server: the first packet seen was an answer. Datagrams only. */
static void swap_flow(struct dp_app_ctx *x, struct dp_pkt *p)
{
#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) t_ = (a);                                                            \
		(a) = (b);                                                                         \
		(b) = t_;                                                                          \
	} while (0)
	struct dp_flow *f = x->f;

	SWAP(f->addr[0], f->addr[1]);
	SWAP(f->port[0], f->port[1]);
	SWAP(f->pkts[0], f->pkts[1]);
	SWAP(f->bytes[0], f->bytes[1]);
	SWAP(f->min_ttl[0], f->min_ttl[1]);
	SWAP(f->max_ttl[0], f->max_ttl[1]);
	SWAP(f->env_len[0], f->env_len[1]);
	SWAP(f->env_side[0], f->env_side[1]);
	SWAP(f->last_ttl[0], f->last_ttl[1]);
	SWAP(f->last_tos[0], f->last_tos[1]);
	for (unsigned i = 0; i < sizeof(f->env[0]); i++)
		SWAP(f->env[0][i], f->env[1][i]);
#undef SWAP
	f->first_side ^= 1;
	f->flags ^= DP_FF_SWAPPED;
	if (!(f->flags & DP_FF_TS_SEEN) != !(f->flags & DP_FF_TC_SEEN))
		f->flags ^= DP_FF_TS_SEEN | DP_FF_TC_SEEN;
	p->dir ^= 1;
	if (!(p->flags & DP_PF_FIRST_TS) != !(p->flags & DP_PF_FIRST_TC))
		p->flags ^= DP_PF_FIRST_TS | DP_PF_FIRST_TC;
}

/** One direction has run on, the other is silent or too short to be known: it is not waited for. */
static bool one_sided(const struct dp_app_flow *a, unsigned d)
{
	const bool here = a->pm_done[d] && a->pp_done[d];
	const bool here_open = !a->pm_done[d] && !a->pp_done[d];

	if (a->det_bytes[d] > 2 * DP_APP_BAIL_BYTES)
		return true;
	if (a->det_bytes[d] <= DP_APP_BAIL_BYTES)
		return false;
	if (here && a->det_bytes[!d] == 0)
		return true;
	// The other side said a few bytes that no probe knows, and patterns want more of.
	return a->pp_done[!d] && !a->pm_done[!d] && (here || (here_open && d == SIG_DIR_TO_CLIENT));
}

/** Both directions tried and nothing found, or one has run on alone for too long. */
static bool bail(struct dp_app_ctx *x)
{
	const struct dp_app_flow *a = x->a;

	if (a->pm_done[0] && a->pp_done[0] && a->pm_done[1] && a->pp_done[1])
		return true;
	if (!one_sided(a, SIG_DIR_TO_SERVER) && !one_sided(a, SIG_DIR_TO_CLIENT))
		return false;
	applayer_event(x, SIG_EV_APPLAYER_DETECTION_SKIPPED);
	return true;
}

/** The other direction is known, this one says something else or nothing. */
static bool settle_direction(struct dp_app_ctx *x, enum sig_dir d, enum sig_proto got)
{
	struct dp_app_flow *a = x->a;

	if (got && a->proto_dir[!d] && a->proto_dir[!d] != SIG_PROTO_FAILED &&
		a->proto_dir[!d] != got) {
		applayer_event(x, SIG_EV_APPLAYER_MISMATCH_BOTH);
		if (a->fed[!d] == 0 && d == SIG_DIR_TO_CLIENT)
			got = a->proto_dir[!d];
	} else if (!got) {
		applayer_event(x, SIG_EV_APPLAYER_ONE_DIRECTION);
		got = SIG_PROTO_FAILED; // what it says goes to the parser that the other side chose
	}
	a->proto_dir[d] = (uint16_t)got;
	a->detect_done[d] = true;
	return true;
}

/** A session met in its middle, and its first speaker was the server. Nothing was parsed yet. */
static void turn_round(struct dp_app_ctx *x)
{
	struct dp_app_flow *a = x->a;

	dp_stream_swap(x->f);
	for (unsigned d = 0; d < 2; d++) {
		a->pm_done[d] = a->pp_done[d] = false;
		a->det_bytes[d] = a->probe_no[d] = 0;
		dp_stream_app_again(x->f, (enum sig_dir)d);
	}
	a->first_dir = 2;
}

/** Protocol of this direction; true when its bytes may go to the parser. */
static bool tcp_detect(struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_app_flow *a = x->a;
	enum sig_dir d = in->dir;
	enum sig_proto got;
	bool reverse = false;

	if (a->detect_done[d])
		return a->proto != SIG_PROTO_FAILED;
	if (in->data.n && a->first_dir == 2)
		a->first_dir = (uint8_t)d;
	if (in->data.n && x->table && dp_flow_expected(x->table, x->f) && x->f->expect_proto)
		got = (enum sig_proto)x->f->expect_proto;
	else
		got = dp_app_recognise(x, in, &reverse);
	if (!got && a->proto_dir[!d] && a->proto_dir[!d] != SIG_PROTO_FAILED) {
		if (in->data.n == 0 || !(a->pm_done[d] && a->pp_done[d]))
			return false;
		return settle_direction(x, d, got);
	}
	if (!got) {
		if (bail(x)) {
			give_up(x);
			a->detect_done[0] = a->detect_done[1] = true;
		}
		return false;
	}
	if (a->proto_dir[!d])
		return settle_direction(x, d, got);
	if (!(x->f->flags & DP_FF_EXPECTED) && reverse && (x->f->flags & DP_FF_MIDSTREAM)) {
		turn_round(x);
		return false; // the bytes come again in the other direction
	}
	a->proto_dir[d] = (uint16_t)got;
	a->detect_done[d] = true;
	if (a->proto_expected && a->proto_expected != got && a->proto_orig)
		applayer_event(x, a->proto_expected == SIG_PROTO_TLS ? SIG_EV_APPLAYER_NO_TLS
								      : SIG_EV_APPLAYER_UNEXPECTED);
	if (!adopt(x, got)) {
		a->proto = SIG_PROTO_FAILED;
		return false;
	}
	if (a->desc && a->desc->first_dir && !((a->desc->first_dir >> a->first_dir) & 1) &&
		!a->proto_orig) {
		applayer_event(x, SIG_EV_APPLAYER_WRONG_DIRECTION);
		fail(x);
	}
	return true;
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
			fail(x);
			return -1;
		}
		if (in->data.n == 0 && !in->eof)
			return 0;
	}
	if (simulated_error(x->c->conf, in)) {
		fail(x);
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
		fail(x);
		return -1;
	}
	return used;
}

/** The flow or its protocol is over: nothing open will progress further. */
static void finish(struct dp_app_ctx *x, unsigned dirs)
{
	const struct dp_app_desc *d = x->a->desc;

	for (struct dp_tx *tx = d ? x->a->tx_first : NULL; tx; tx = tx->next) {
		for (unsigned dir = 0; dir < 2; dir++)
			if ((dirs >> dir & 1) && tx->progress[dir] < d->complete[dir])
				tx->progress[dir] = d->complete[dir];
		for (struct dp_file *f = tx->files; f; f = f->next)
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
			.gap = v.flags & DP_SF_GAP ? v.gap : 0,
			.eof = v.flags & DP_SF_EOF, .ts_ns = x->c->now_ns};
		if (in.gap && !a->detect_done[d]) {
			a->pm_done[d] = a->pp_done[d] = true;
			if (a->proto_dir[!d] && a->proto_dir[!d] != SIG_PROTO_FAILED) {
				a->proto_dir[d] = a->proto_dir[!d]; // its start is lost
				a->detect_done[d] = true;
			} else if (bail(x)) {
				give_up(x);
			}
		}
		if (!a->detect_done[d]) {
			if (!tcp_detect(x, &in)) {
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

	if (p->payload.n == 0)
		return;
	if (!a->proto_dir[p->dir]) {
		got = dp_app_recognise(x, &in, &reverse);
		if (got && reverse && !a->desc) {
			swap_flow(x, p);
			in.dir = p->dir;
		}
		if (got && !a->desc && a->proto != got) {
			if (!adopt(x, got))
				got = SIG_PROTO_UNKNOWN;
			else if (!a->proto_dir[!p->dir])
				a->proto_dir[!p->dir] = (uint16_t)got;
		}
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
	// An acknowledgement releases what the other side sent before: that came first.
	feed_tcp(x, dir ^ 1);
	feed_tcp(x, dir);
	feed_tcp(x, dir ^ 1);
	if ((p->flow->flags & DP_FF_SWAPPED) != swapped) {
		p->dir ^= 1;
		feed_tcp(x, dir);
	}
}

void dp_app_packet(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_pkt *p)
{
	struct dp_app_ctx x = {.c = ctx, .f = p->flow, .table = t, .p = p};
	uint64_t errors = ctx->cnt->app_error;

	if (!p->flow || (p->flow->flags & (DP_FF_BYPASS | DP_FF_DROP)))
		return;
	if (p->flow->ip_proto != 6 && p->flow->ip_proto != 17)
		return;
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
	if (p->flow->ip_proto == 17)
		feed_udp(&x, p);
	else
		both_directions(&x, p);
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

	if (!p->flow || !p->flow->app)
		return;
	x.a = p->flow->app;
	dp_frames_settle(&x);
	dp_app_tx_sweep(&x, false);
	leave_alone(&x);
	if (x.a->change_pending) {
		change_now(&x);
		dp_stream_app_again(p->flow, SIG_DIR_TO_SERVER);
		dp_stream_app_again(p->flow, SIG_DIR_TO_CLIENT);
	}
}

void dp_app_flow_end(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_flow *f)
{
	struct dp_app_ctx x = {.c = ctx, .f = f, .table = t};
	struct dp_app_flow *a = f->app;

	if (!a)
		return;
	x.a = a;
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
