/* SPDX-License-Identifier: Apache-2.0 */
/* Which protocol a flow is of: found, changed, given up, or the other way round than it seemed. */
#include "feed.h"
#include "proto_detect.h"
#include "tx.h"
#include <dp/frame.h>
#include <dp/slab.h>
#include <string.h>

static void applayer_event(struct dp_app_ctx *x, enum sig_ev_applayer ev)
{
	x->a->proto_events |= UINT64_C(1) << ev;
}

void dp_feed_fail(struct dp_app_ctx *x)
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
bool dp_feed_adopt(struct dp_app_ctx *x, enum sig_proto proto)
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
		if (proto < 64)
			x->c->cnt->app_alloc[proto]++;
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

void dp_feed_change(struct dp_app_ctx *x)
{
	struct dp_app_flow *a = x->a;
	uint16_t from = a->proto;

	reset(x);
	a->change_pending = false;
	a->changing = true;
	a->proto_orig = from;
	a->proto_expected = a->change_to;
}

void dp_feed_give_up(struct dp_app_ctx *x)
{
	x->a->proto = SIG_PROTO_FAILED;
	x->a->proto_news = DP_NEWS_BOTH;
	if (x->a->proto_expected == SIG_PROTO_TLS)
		applayer_event(x, SIG_EV_APPLAYER_NO_TLS);
	else if (x->a->proto_expected)
		applayer_event(x, SIG_EV_APPLAYER_UNEXPECTED);
}

/** Exchange client and server: the first packet seen was an answer. Datagrams only. */
void dp_feed_swap(struct dp_app_ctx *x, struct dp_pkt *p)
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
bool dp_feed_bail(struct dp_app_ctx *x)
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
static bool settle_direction(struct dp_app_ctx *x, const struct dp_app_in *in, enum sig_proto got)
{
	struct dp_app_flow *a = x->a;
	enum sig_dir d = in->dir;

	if (got && a->proto_dir[!d] && a->proto_dir[!d] != SIG_PROTO_FAILED &&
		a->proto_dir[!d] != got) {
		applayer_event(x, SIG_EV_APPLAYER_MISMATCH_BOTH);
		if (a->fed[!d] == 0 && d == SIG_DIR_TO_CLIENT)
			got = a->proto_dir[!d];
	} else if (!got && a->desc && !a->desc->parse) {
		got = SIG_PROTO_UNKNOWN; // known by one side, and nobody reads the other
	} else if (!got && in->eof && in->data.n < DP_APP_WORD) {
		got = SIG_PROTO_UNKNOWN; // it has ended before it could say anything
	} else if (!got) {
		applayer_event(x, SIG_EV_APPLAYER_ONE_DIRECTION);
		got = SIG_PROTO_FAILED; // what it says goes to the parser that the other side chose
	}
	a->proto_dir[d] = (uint16_t)got;
	a->detect_done[d] = true;
	a->proto_news |= (uint8_t)(1u << d);
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
bool dp_feed_detect(struct dp_app_ctx *x, const struct dp_app_in *in)
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
		return settle_direction(x, in, got);
	}
	if (!got) {
		if (dp_feed_bail(x)) {
			dp_feed_give_up(x);
			a->detect_done[0] = a->detect_done[1] = true;
		}
		return false;
	}
	if (a->proto_dir[!d])
		return settle_direction(x, in, got);
	if (!(x->f->flags & DP_FF_EXPECTED) && reverse && (x->f->flags & DP_FF_MIDSTREAM)) {
		turn_round(x);
		return false; // the bytes come again in the other direction
	}
	a->proto_dir[d] = (uint16_t)got;
	a->detect_done[d] = true;
	a->proto_news |= (uint8_t)(1u << d);
	if (a->proto_expected && a->proto_expected != got && a->proto_orig) {
		applayer_event(x, SIG_EV_APPLAYER_UNEXPECTED);
		if (a->proto_expected == SIG_PROTO_TLS)
			applayer_event(x, SIG_EV_APPLAYER_NO_TLS);
	}
	if (!dp_feed_adopt(x, got)) {
		a->proto = SIG_PROTO_FAILED;
		a->proto_news = DP_NEWS_BOTH;
		return false;
	}
	if (a->desc && a->desc->first_dir && !((a->desc->first_dir >> a->first_dir) & 1) &&
		!a->proto_orig) {
		applayer_event(x, SIG_EV_APPLAYER_WRONG_DIRECTION);
		dp_feed_fail(x);
	}
	return true;
}
