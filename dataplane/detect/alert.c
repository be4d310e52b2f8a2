/* SPDX-License-Identifier: Apache-2.0 */
/* From matches to alerts and actions: order, thresholds, policy, verdict. */
#include "inner.h"
#include <string.h>

/** Of the four actions that an order knows: pass, drop, reject, alert. */
enum { PASSES, DROPS, REJECTS, ALERTS };

static unsigned kind_of(uint8_t action)
{
	switch (action) {
	case SIG_ACT_PASS:
		return PASSES;
	case SIG_ACT_DROP:
		return DROPS;
	case SIG_ACT_ALERT:
	case SIG_ACT_CONFIG:
		return ALERTS;
	default:
		return REJECTS;
	}
}

static bool blocks(uint8_t action)
{
	return kind_of(action) == DROPS || kind_of(action) == REJECTS;
}

static bool concerns(const struct dp_tx *tx, unsigned dir)
{
	return !tx->only_dir || (tx->only_dir >> dir & 1);
}

/** Was none opened behind it that this direction could be about? */
static bool last_of(const struct dp_tx *tx, unsigned dir)
{
	while ((tx = tx->next) != NULL)
		if (concerns(tx, dir))
			return false;
	return true;
}

/**
 * A packet signature knows no transaction. The one that is next to be inspected is shown with its
 * alert when the signature names a protocol over UDP, or (guess_tx) when it is the last one opened.
 */
static struct dp_tx *likely_tx(const struct eval *e)
{
	const struct dp_conf *c = e->d->ctx->conf;
	const struct dp_app_flow *a = e->f ? e->f->app : NULL;
	const unsigned dir = e->p ? e->p->dir : 0;
	struct dp_tx *tx;

	if (!a || !a->desc)
		return NULL;
	for (tx = a->tx_first; tx; tx = tx->next)
		if (!tx->inspected[dir] && concerns(tx, dir))
			break;
	if (!tx || tx->guessed == c->guess_tx_max)
		return NULL;
	if (!(e->s->app && e->f->ip_proto == 17) && !(c->guess_tx && last_of(tx, dir)))
		return NULL;
	tx->guessed++;
	return tx;
}

void dp_matched(struct eval *e, uint8_t flags)
{
	struct dp_detect *d = e->d;
	const struct sig_img_sig *s = e->s;
	struct dp_alert a = {.sig = (uint32_t)(s - e->img->sig),
		.layer = e->layer,
		.action = s->action,
		.flags = flags,
		.tx_id = e->tx ? e->tx->id : e->frame ? e->frame->tx_id : UINT64_MAX,
		.frame = e->frame ? e->frame->id : 0,
		.num = d->eval_num++};
	const struct dp_tx *tx = e->tx;

	dp_sig_count(&e->rs->run->cnt[a.sig].matched);
	e->rs->run->cnt[a.sig].last_ns = d->ctx->now_ns;
	dp_vars_keep(e);
	for (uint32_t i = 0; i < s->post_n; i++)
		dp_post(e, &e->img->op[s->post + i]);
	if (d->repl_n)
		dp_replace(e);
	if (s->action == SIG_ACT_CONFIG)
		return;
	if (blocks(a.action) && !e->p->has_blocker) {
		e->p->has_blocker = true;
		e->p->blocker = a;
	}
	if (d->queue_n == d->queue_cap) {
		d->queue_lost++;
		return;
	}
	if (!tx && !e->frame && !(flags & DP_ALERT_TX)) {
		tx = likely_tx(e);
		if (tx) {
			a.flags |= e->f->ip_proto == 17 ? DP_ALERT_TX : DP_ALERT_TX | DP_ALERT_GUESSED;
			a.tx_id = tx->id;
		}
	}
	d->queue[d->queue_n++] = a;
}

static bool before(const uint8_t *rank, const struct dp_alert *a, const struct dp_alert *b)
{
	const uint8_t ra = rank[kind_of(a->action)], rb = rank[kind_of(b->action)];

	if (ra != rb)
		return ra < rb;
	if (a->layer != b->layer)
		return a->layer < b->layer;
	if (a->sig != b->sig)
		return a->sig < b->sig;
	return a->num < b->num;
}

// Shell's method: most packets have a few, some a thousand, and the C library may allocate.
static void sort_queue(const uint8_t *rank, struct dp_alert *q, uint32_t n)
{
	uint32_t gap = 1;

	while (gap < n / 3)
		gap = 3 * gap + 1;
	for (; gap > 0; gap /= 3)
		for (uint32_t i = gap; i < n; i++) {
			const struct dp_alert a = q[i];
			uint32_t j = i;

			for (; j >= gap && before(rank, &a, &q[j - gap]); j -= gap)
				q[j] = q[j - gap];
			q[j] = a;
		}
}

// The peer's rule: transaction, address and protocol matches concern the flow; stream rules do when
// the match was in the stream; packet rules concern the packet. On a wire a drop always ends the
// flow: letting the rest of a connection through after its attack was cut out helps nobody.
static bool concerns_flow(const struct dp_detect *d, const struct sig_img_sig *s,
	const struct dp_alert *a, bool drop)
{
	if (drop && d->ctx->conf->on_wire)
		return true;
	if (s->flags & SIG_F_FLOW_ACTION)
		return true;
	return (s->flags & SIG_F_FLOW_IF_STATEFUL) &&
		(a->flags & (DP_ALERT_STREAM | DP_ALERT_STATE));
}

static void reject_bits(struct dp_pkt *p, uint8_t action)
{
	if (action == SIG_ACT_REJECT || action == SIG_ACT_REJECT_SRC || action == SIG_ACT_REJECT_BOTH)
		p->reject |= 1;
	if (action == SIG_ACT_REJECT_DST || action == SIG_ACT_REJECT_BOTH)
		p->reject |= 2;
}

/** True: a pass rule has settled the packet, nothing behind it counts. */
static bool act(struct dp_detect *d, struct dp_pkt *p, const struct sig_img_sig *s,
	const struct dp_alert *a)
{
	const struct dp_conf *c = d->ctx->conf;
	const uint8_t mode = c->mode[a->layer];

	if (a->action == SIG_ACT_PASS) {
		if (mode < DP_MODE_ALERT)
			return false;
		if (p->verdict == DP_DROP) // an earlier action stays
			return true;
		p->reason = DP_R_PASS_RULE;
		if (p->flow && concerns_flow(d, s, a, false))
			p->flow->flags |= DP_FF_PASS;
		return true;
	}
	if (!blocks(a->action) || mode != DP_MODE_PREVENT || !(c->on_wire || c->simulate_ips))
		return false;
	dp_pkt_drop(p, a->flags & DP_ALERT_RATE ? DP_R_THRESHOLD : DP_R_RULES);
	reject_bits(p, a->action);
	if (p->flow && concerns_flow(d, s, a, true))
		p->drop_flow = 1;
	return false;
}

static void keep(struct dp_detect *d, struct dp_pkt *p, const struct dp_alert *a)
{
	if (p->n_alerts >= d->ctx->conf->max_alerts || !p->alerts) {
		p->alerts_lost++;
		return;
	}
	p->alerts[p->n_alerts++] = *a;
	d->ctx->cnt->detect_alerts++;
	if (p->flow)
		p->flow->flags |= DP_FF_ALERTED;
}

// In the order of the queue each match is thinned, then acts, then is kept: what is thinned away
// takes no place, and what finds no place has used up its threshold and acted all the same.
void dp_alerts_finish(struct dp_detect *d, struct dp_pkt *p)
{
	sort_queue(d->ctx->conf->action_rank, d->queue, d->queue_n);
	for (uint32_t i = 0; i < d->queue_n; i++) {
		struct dp_alert *a = &d->queue[i];
		const struct sig_image *img = &d->layer[a->layer].rs->img;
		const struct sig_img_sig *s = &img->sig[a->sig];
		const uint8_t action = a->action;
		const int r = p->ip_ver ? dp_threshold(d, img, s, a->layer, p, &a->action) : TH_ALERT;
		bool settled = false;

		if (a->action != action)
			a->flags |= DP_ALERT_RATE;
		if (r != TH_DENY) {
			if (s->flags & SIG_F_TAG)
				dp_tag_add(d, p, img, s);
			settled = act(d, p, s, a);
		}
		if (r != TH_ALERT || (s->flags & SIG_F_NOALERT))
			d->ctx->cnt->detect_suppressed++;
		else if (a->action != SIG_ACT_PASS || (s->flags & SIG_F_ALERT && action == SIG_ACT_PASS))
			keep(d, p, a);
		if (settled)
			break;
	}
	p->alerts_lost = (uint16_t)(p->alerts_lost + d->queue_lost);
	d->queue_n = d->queue_lost = 0;
	p->tagged = !(p->flags & DP_PF_PSEUDO) && dp_tags_packet(d, p);
}
