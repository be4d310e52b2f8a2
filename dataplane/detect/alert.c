/* SPDX-License-Identifier: Apache-2.0 */
/* From matches to alerts and actions: order, thresholds, policy, verdict. */
#include "inner.h"
#include <string.h>

static uint8_t rank(uint8_t action)
{
	switch (action) {
	case SIG_ACT_PASS:
		return 0;
	case SIG_ACT_DROP:
		return 1;
	case SIG_ACT_ALERT:
	case SIG_ACT_CONFIG:
		return 3;
	default:
		return 2;
	}
}

void dp_matched(struct eval *e, uint8_t flags)
{
	struct dp_detect *d = e->d;
	const struct sig_img_sig *s = e->s;
	struct dp_alert *a;

	e->rs->run->cnt[s - e->img->sig].matched++;
	e->rs->run->cnt[s - e->img->sig].last_ns = d->ctx->now_ns;
	for (uint32_t i = 0; i < s->post_n; i++)
		dp_post(e, &e->img->op[s->post + i]);
	if (s->action == SIG_ACT_CONFIG)
		return;
	if (d->queue_n == DP_PKT_MAX_ALERTS) {
		d->queue_lost++;
		return;
	}
	a = &d->queue[d->queue_n++];
	*a = (struct dp_alert){.sig = (uint32_t)(s - e->img->sig),
		.layer = e->layer,
		.action = s->action,
		.flags = flags,
		.tx_id = e->tx ? e->tx->id : UINT64_MAX,
		.num = d->eval_num++};
}

static bool before(const struct dp_alert *a, const struct dp_alert *b)
{
	const uint8_t ra = rank(a->action), rb = rank(b->action);

	if (ra != rb)
		return ra < rb;
	if (a->layer != b->layer)
		return a->layer < b->layer;
	if (a->sig != b->sig)
		return a->sig < b->sig;
	return a->num < b->num;
}

static void sort_queue(struct dp_alert *q, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		const struct dp_alert a = q[i];
		uint32_t j = i;

		for (; j > 0 && before(&a, &q[j - 1]); j--)
			q[j] = q[j - 1];
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

static void act(struct dp_detect *d, struct dp_pkt *p, const struct sig_img_sig *s,
	const struct dp_alert *a, bool *passed)
{
	const struct dp_conf *c = d->ctx->conf;
	const uint8_t mode = c->mode[a->layer];
	const bool drops = rank(a->action) == 1 || rank(a->action) == 2;

	if (a->action == SIG_ACT_PASS) {
		if (p->verdict == DP_DROP || mode < DP_MODE_ALERT)
			return;
		*passed = true;
		p->reason = DP_R_PASS_RULE;
		if (p->flow && concerns_flow(d, s, a, false))
			p->flow->flags |= DP_FF_PASS;
		return;
	}
	if (!drops || *passed || mode != DP_MODE_PREVENT)
		return;
	if (c->on_wire || c->simulate_ips) {
		dp_pkt_drop(p, DP_R_RULES);
		reject_bits(p, a->action);
		if (p->flow && concerns_flow(d, s, a, true))
			p->drop_flow = 1;
	}
}

void dp_alerts_finish(struct dp_detect *d, struct dp_pkt *p)
{
	const uint32_t max = d->ctx->conf->max_alerts ? d->ctx->conf->max_alerts : 15;
	bool passed = false;

	sort_queue(d->queue, d->queue_n);
	for (uint32_t i = 0; i < d->queue_n; i++) {
		struct dp_alert *a = &d->queue[i];
		const struct sig_image *img = &d->layer[a->layer].rs->img;
		const struct sig_img_sig *s = &img->sig[a->sig];
		int r = dp_threshold(d, img, s, a->layer, p, &a->action);

		if (r != TH_DENY)
			act(d, p, s, a, &passed);
		if (passed)
			break;
		if (r != TH_ALERT || (s->flags & SIG_F_NOALERT)) {
			d->ctx->cnt->detect_suppressed++;
			continue;
		}
		if (p->n_alerts >= max || p->n_alerts >= DP_PKT_MAX_ALERTS || !p->alerts) {
			p->alerts_lost++;
			continue;
		}
		p->alerts[p->n_alerts++] = *a;
		if (p->flow)
			p->flow->flags |= DP_FF_ALERTED;
	}
	p->alerts_lost = (uint16_t)(p->alerts_lost + d->queue_lost);
	d->queue_n = d->queue_lost = 0;
}
