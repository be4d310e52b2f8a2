/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the search has found in a stream whose segments are judged one by one. A signature whose parts
 * lie in several segments is asked about the window before the new bytes as well; that window is not
 * searched again, so the signatures whose search was found in it are kept until it has passed them.
 * A search tells one place of each expression only, which may not be its last: until the window has
 * passed all that was searched with it. What cannot be kept makes the next look search all of the
 * window (DP_FF_SEARCH_TS, _TC), which finds it again.
 */
#include "search.h"
#include <string.h>

#define RECALL_MIN 4u
#define RECALL_MAX 64u /* of a direction; what is beyond makes the window be searched again */

struct recalled {
	uint64_t upto; /**< was found before this offset of the stream */
	uint32_t sig, generation;
	uint8_t layer, told, pad[6];
};

struct recall {
	uint32_t n, cap;
	struct recalled v[];
};

static size_t bytes_of(uint32_t cap)
{
	return sizeof(struct recall) + cap * sizeof(struct recalled);
}

static struct recall *of_flow(const struct eval *e)
{
	return e->f && e->f->det ? e->f->det->recall[e->dir] : NULL;
}

static uint64_t end_of(const struct eval *e)
{
	return e->sv->off + e->sv->data.n;
}

static uint32_t again(unsigned dir)
{
	return dir == SIG_DIR_TO_SERVER ? DP_FF_SEARCH_TS : DP_FF_SEARCH_TC;
}

/** NULL: there is no room for one more. */
static struct recall *with_room(struct eval *e)
{
	struct dp_slab *slab = e->d->ctx->slab;
	struct dp_flow_detect *fd = dp_flow_state(e, true);
	struct recall *r = fd ? fd->recall[e->dir] : NULL, *p;
	uint32_t cap;

	if (!fd || (r && r->n < r->cap))
		return r;
	if (r && r->cap >= RECALL_MAX)
		return NULL;
	cap = r ? 4 * r->cap : RECALL_MIN;
	if (r)
		p = dp_slab_realloc(slab, DP_MEM_DETECT, r, bytes_of(r->cap), bytes_of(cap));
	else
		p = dp_slab_zalloc(slab, DP_MEM_DETECT, bytes_of(cap));
	if (!p)
		return NULL;
	p->cap = cap;
	fd->recall[e->dir] = p;
	return p;
}

void dp_recall_missed(struct dp_flow *f, unsigned dir)
{
	f->flags |= again(dir);
}

bool dp_recall_all(struct dp_flow *f, unsigned dir, const struct dp_stream_view *v)
{
	if (v->flags & DP_SF_ASIDE)
		return true;
	if (!(f->flags & again(dir)))
		return false;
	f->flags &= ~again(dir);
	return true;
}

/** Does it still stand in the window, and is it of the rules in force? */
static bool holds(const struct eval *e, const struct recalled *x)
{
	return x->upto > e->sv->off && x->generation == e->d->layer[x->layer].generation;
}

static struct recalled *find(const struct eval *e, uint32_t sig, bool told)
{
	struct recall *r = of_flow(e);

	for (uint32_t i = 0; r && i < r->n; i++)
		if (r->v[i].sig == sig && r->v[i].layer == e->layer && r->v[i].told == told &&
			r->v[i].generation == e->d->layer[e->layer].generation)
			return &r->v[i];
	return NULL;
}

static bool keep(struct eval *e, uint32_t sig, bool told)
{
	struct recalled *x = find(e, sig, told);
	struct recall *r;

	if (x) {
		x->upto = end_of(e);
		return true;
	}
	r = with_room(e);
	if (!r)
		return false;
	r->v[r->n++] = (struct recalled){.upto = end_of(e), .sig = sig, .layer = e->layer, .told = told,
		.generation = e->d->layer[e->layer].generation};
	return true;
}

void dp_recall_add(struct eval *e, uint32_t sig)
{
	if (dp_could_concern(e, sig) && !keep(e, sig, false))
		dp_recall_missed(e->f, e->dir);
}

void dp_recall_tell(struct eval *e, uint32_t sig)
{
	keep(e, sig, true); // without room it is told with each segment
}

bool dp_recall_told(const struct eval *e, uint32_t sig)
{
	const struct recalled *x = find(e, sig, true);

	return x && holds(e, x);
}

void dp_recall(struct eval *e)
{
	struct recall *r = of_flow(e);
	uint32_t n = 0;

	e->recalls = !(e->sv->flags & DP_SF_ASIDE);
	if (!r || !e->recalls)
		return;
	for (uint32_t i = 0; i < r->n; i++) {
		const struct recalled x = r->v[i];

		if (!holds(e, &x) || (x.layer == e->layer && e->sv_old == 0 && !x.told))
			continue; // gone, or found again
		r->v[n++] = x;
		if (x.layer != e->layer || x.told)
			continue;
		if (e->img->sig[x.sig].cls == SIG_CLS_TX)
			dp_wake(e, x.sig);
		else
			dp_candidate(e, x.sig);
	}
	r->n = n;
}

void dp_recalls_free(struct dp_detect *d, struct dp_flow_detect *fd)
{
	for (unsigned dir = 0; dir < 2; dir++)
		if (fd->recall[dir])
			dp_slab_free(d->ctx->slab, DP_MEM_DETECT, fd->recall[dir],
				bytes_of(fd->recall[dir]->cap));
}
