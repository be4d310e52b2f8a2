/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"
#include <dp/slab.h>

/* What a piece of memory costs of a turn's budget beside its bytes: a line that is not in the cache. */
#define CHUNK_COST 256u

static void unlist(struct dp_ranges *r, struct growth *g)
{
	if (!g->at)
		return;
	*g->at = g->next;
	if (g->next)
		g->next->at = g->at;
	else if (r->queue_end == &g->next)
		r->queue_end = g->at;
	g->next = NULL;
	g->at = NULL;
}

void dp_growth_enqueue(struct dp_ranges *r, struct growth *g)
{
	if (g->at)
		return;
	g->at = r->queue_end;
	*r->queue_end = g;
	r->queue_end = &g->next;
}

/** The file is somebody's, or gone: what is left is memory, freed as time allows. */
void dp_growth_discard(struct dp_ctx *c, struct growth *g)
{
	struct dp_ranges *r = c->ranges;

	unlist(r, g);
	g->file = NULL;
	r->windows -= g->windowed;
	g->windowed = false;
	if (!g->pieces) {
		dp_slab_free(c->slab, DP_MEM_RANGE, g, sizeof(*g));
		return;
	}
	g->at = &r->trash;
	g->next = r->trash;
	if (g->next)
		g->next->at = &g->next;
	r->trash = g;
}

void dp_piece_discard(struct dp_ctx *c, struct piece *p)
{
	struct growth *g = NULL;
	struct chunk *k;

	p->next = NULL;
	// What says where the memory is takes less than a piece of it, where there is no other.
	while (!g) {
		g = dp_slab_alloc(c->slab, DP_MEM_RANGE, sizeof(*g));
		k = g ? NULL : p->first;
		if (k) {
			p->first = k->next;
			dp_slab_free(c->slab, DP_MEM_RANGE, k, sizeof(*k));
		} else if (!g) {
			dp_slab_free(c->slab, DP_MEM_RANGE, p, sizeof(*p));
			return;
		}
	}
	*g = (struct growth){.pieces = p};
	dp_growth_discard(c, g);
}

static void spend(struct dp_ranges *r, uint32_t n)
{
	r->budget -= n < r->budget ? n : r->budget;
}

/** Memory back from what is over, at most `max` chunks of it. */
void dp_growth_scrap(struct dp_ctx *c, uint32_t max)
{
	struct dp_ranges *r = c->ranges;
	struct growth *g;
	struct piece *p;
	struct chunk *k;

	while (max && (g = r->trash) != NULL) {
		p = g->pieces;
		for (; max && (k = p->first) != NULL; max--) {
			p->first = k->next;
			dp_slab_free(c->slab, DP_MEM_RANGE, k, sizeof(*k));
			spend(r, CHUNK_COST);
		}
		if (p->first)
			return;
		g->pieces = p->next;
		dp_slab_free(c->slab, DP_MEM_RANGE, p, sizeof(*p));
		if (g->pieces)
			continue;
		unlist(r, g);
		dp_slab_free(c->slab, DP_MEM_RANGE, g, sizeof(*g));
	}
}

void dp_piece_insert(struct growth *g, struct piece *p)
{
	struct piece **at = &g->pieces;

	while (*at && (*at)->start < p->start)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	g->n_pieces++;
}

/** A chunk's worth of the piece that is next. */
static void join_chunk(struct dp_ctx *c, struct growth *g, struct piece *p)
{
	struct chunk *k = p->first;
	const uint64_t skip = g->file->size - p->start;
	const uint32_t cut = skip < k->n ? (uint32_t)skip : k->n;

	dp_file_data(c, g->file, k->data + cut, k->n - cut);
	spend(c->ranges, k->n - cut + CHUNK_COST);
	p->first = k->next;
	p->start += k->n;
	p->n -= k->n;
	dp_slab_free(c->slab, DP_MEM_RANGE, k, sizeof(*k));
}

/** The file has grown to pieces that were kept: they are next. False: the turn is over before them. */
bool dp_growth_merge(struct dp_ctx *c, struct growth *g)
{
	struct piece *p;

	while ((p = g->pieces) != NULL && p->start <= g->file->size) {
		for (; p->first; join_chunk(c, g, p))
			if (!c->ranges->budget)
				return false;
		g->pieces = p->next;
		g->n_pieces--;
		dp_slab_free(c->slab, DP_MEM_RANGE, p, sizeof(*p));
	}
	return true;
}

/** Does the file with its pieces reach that far without a hole? */
bool dp_growth_reaches(const struct growth *g, uint64_t total)
{
	uint64_t at = g->file->size;

	for (const struct piece *p = g->pieces; p && p->start <= at && at < total; p = p->next)
		if (p->n > at - p->start)
			at = p->start + p->n;
	return at >= total;
}

bool dp_growth_hand_over(struct dp_ctx *c, struct growth *g, bool truncated)
{
	struct dp_app_ctx x = {.c = c, .f = g->by.f};

	dp_file_close(c, g->file, truncated);
	if (g->by.guest && !dp_guest_answer(c, &g->by, g->file))
		return false;
	c->cnt->ranges_joined += !truncated;
	c->cnt->ranges_cut += truncated;
	if (g->by.tx) {
		x.a = x.f->app;
		g->by.tx->held[g->file->dir]--;
		dp_file_attach(&x, g->by.tx, g->file);
	} else {
		dp_file_free(c, g->file);
	}
	dp_growth_discard(c, g);
	return true;
}

void dp_ranges_turn(struct dp_ctx *c, uint64_t bytes)
{
	if (!c->ranges)
		return;
	c->ranges->budget = c->ranges->intake = bytes;
	c->ranges->hurry = DP_RANGE_HURRY_BYTES;
}

struct dp_flow *dp_ranges_work(struct dp_ctx *c)
{
	struct dp_ranges *r = c->ranges;
	struct growth *g;

	if (!r)
		return NULL;
	if (c->range_link) {
		struct dp_flow *f = dp_link_work(c);

		if (f)
			return f;
	}
	dp_growth_scrap(c, (uint32_t)(r->budget / CHUNK_COST < 64 ? r->budget / CHUNK_COST : 64));
	while (r->budget && (g = r->queue) != NULL) {
		struct dp_flow *f = g->by.f;

		// Who grows it knows its size; what it gets beside comes when that is done.
		if (!g->appending && !dp_growth_merge(c, g))
			break;
		if (!g->full) {
			unlist(r, g);
			continue;
		}
		if (!dp_growth_hand_over(c, g, false)) {
			unlist(r, g); // behind the others, whose rings have room
			dp_growth_enqueue(r, g);
			break;
		}
		if (f)
			return f;
	}
	return NULL;
}

/** The next of those that a transaction waits for. */
static struct growth *awaited(const struct dp_ctx *c, const struct dp_tx *tx)
{
	struct growth *g = c->ranges ? c->ranges->queue : NULL;

	while (g && g->by.tx != tx)
		g = g->next;
	return g;
}

void dp_range_hurry(struct dp_ctx *c, struct dp_tx *tx)
{
	struct growth *g;

	while ((g = awaited(c, tx)) != NULL) {
		const uint64_t left = c->ranges->budget;
		bool whole;

		c->ranges->budget = c->conf->on_wire ? c->ranges->hurry : UINT64_MAX;
		whole = dp_growth_merge(c, g);
		if (c->conf->on_wire)
			c->ranges->hurry = c->ranges->budget;
		c->ranges->budget = left;
		dp_growth_hand_over(c, g, !whole);
	}
	if (c->range_link)
		dp_away_release(c, tx);
}

void dp_range_release(struct dp_ctx *c, struct dp_tx *tx)
{
	struct growth *g;

	while ((g = awaited(c, tx)) != NULL) {
		g->by.tx = NULL;
		g->by.f = NULL;
	}
	if (c->range_link)
		dp_away_release(c, tx);
}
