/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which layer sees which bytes of a stream. A connection that is older than what a layer looks for
 * now, or that it did not look at while it was switched off, shows that layer once what is still kept
 * of the stream. The views of the stream are the same for all layers; one that has seen their bytes
 * is told so, or not asked.
 */
#include "search.h"

/** When the layer began to look for what it looks for now. */
static uint64_t begun_ns(const struct layer *l)
{
	return l->since_ns > l->on_ns ? l->since_ns : l->on_ns;
}

void dp_meet(struct dp_detect *d, struct dp_pkt *p)
{
	struct eval e = {.d = d, .f = p->flow, .p = p};
	struct dp_flow_detect *fd;
	uint64_t met;

	if (!p->flow || !p->flow->tcp || p->flow->start_ns >= d->swap_ns)
		return;
	fd = dp_flow_state(&e, true);
	if (!fd) { // nothing would remember that it was done: the window alone, with each packet
		dp_recall_missed(p->flow, p->dir);
		return;
	}
	if (fd->rescanned_ns == d->swap_ns)
		return;
	met = fd->rescanned_ns > p->flow->start_ns ? fd->rescanned_ns : p->flow->start_ns;
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		if (begun_ns(&d->layer[i]) > met)
			for (unsigned dir = 0; dir < 2; dir++)
				fd->unshown[dir] |= (uint8_t)(1u << i);
	fd->rescanned_ns = d->swap_ns;
	dp_stream_rescan(d->ctx, p->flow);
}

bool dp_meet_view(const struct dp_pkt *p, unsigned layer, const struct dp_stream_view *v, uint32_t *fresh)
{
	const struct dp_flow_detect *fd = p->flow->det;
	uint64_t shown;

	if (!fd || (v->flags & DP_SF_ASIDE) || (fd->unshown[p->dir] >> layer & 1))
		return true;
	shown = dp_stream_raw_shown(p->flow, (enum sig_dir)p->dir);
	if (shown >= v->off + v->data.n)
		return false;
	if (shown > v->off + *fresh)
		*fresh = (uint32_t)(shown - v->off);
	return true;
}

void dp_meet_done(struct dp_flow *f, unsigned dir, const struct dp_stream_view *v)
{
	struct dp_flow_detect *fd = f->det;

	// Behind a hole more of what others have seen may follow.
	if (fd && v->off + v->data.n >= dp_stream_raw_shown(f, (enum sig_dir)dir))
		fd->unshown[dir] = 0;
}

uint64_t dp_meet_soon(struct dp_detect *d)
{
	// Flows of this moment are older; before the first packet there is none.
	return d->swap_ns = d->ctx->now_ns ? d->ctx->now_ns + 1 : 0;
}

void dp_detect_switched(struct dp_detect *d, enum dp_layer_id layer, bool on)
{
	struct layer *l = &d->layer[layer];

	if (on)
		l->on_ns = dp_meet_soon(d);
	else
		l->off_ns = d->ctx->now_ns;
}
