/* SPDX-License-Identifier: Apache-2.0 */
/* What detection keeps on a transaction: signatures that wait, how far growing buffers were searched. */
#include "look.h"
#include <string.h>

#define WAIT_MAX 4096u

static size_t det_bytes(uint32_t cap)
{
	return sizeof(struct dp_tx_detect) + cap * sizeof(struct wait);
}

void dp_detect_tx_free(struct dp_ctx *ctx, struct dp_tx *tx)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		if (tx->det[dir])
			dp_slab_free(ctx->slab, DP_MEM_DETECT, tx->det[dir],
				det_bytes(tx->det[dir]->cap));
		tx->det[dir] = NULL;
	}
}

static struct dp_tx_detect *det_room(struct look *k, uint8_t dir, bool entry)
{
	struct dp_slab *slab = k->d->ctx->slab;
	struct dp_tx_detect *t = k->tx->det[dir];
	uint32_t cap;

	if (t && (!entry || t->n < t->cap))
		return t;
	cap = t ? (t->cap ? t->cap * 2 : 4) : entry ? 4 : 0;
	if (cap > WAIT_MAX)
		return NULL;
	if (!t) {
		t = dp_slab_zalloc(slab, DP_MEM_DETECT, det_bytes(cap));
	} else {
		struct dp_tx_detect *p = dp_slab_realloc(
			slab, DP_MEM_DETECT, t, det_bytes(t->cap), det_bytes(cap));

		if (!p)
			return NULL;
		t = p;
	}
	if (!t)
		return NULL;
	t->cap = cap;
	k->tx->det[dir] = t;
	return t;
}

struct wait *dp_wait_find(const struct look *k, const struct eval *e, uint8_t dir, uint32_t sig)
{
	struct dp_tx_detect *t = k->tx->det[dir];

	for (uint32_t i = 0; t && i < t->n; i++)
		if (t->w[i].sig == sig && t->w[i].layer == e->layer &&
			t->w[i].generation == k->d->layer[e->layer].generation)
			return &t->w[i];
	return NULL;
}

void dp_wait_keep(struct look *k, const struct eval *e, uint8_t dir, uint32_t sig,
	uint64_t matched, bool done)
{
	struct wait *w = dp_wait_find(k, e, dir, sig);
	struct dp_tx_detect *t;

	if (!w) {
		t = det_room(k, dir, true);
		if (!t) {
			k->d->ctx->cnt->detect_not_kept++;
			k->forgotten |= !done;
			return;
		}
		w = &t->w[t->n++];
		*w = (struct wait){.sig = sig,
			.layer = e->layer,
			.generation = k->d->layer[e->layer].generation};
	}
	w->matched = matched;
	w->done = done;
}

void dp_search_again(struct look *k)
{
	struct dp_tx_detect *t = k->tx->det[k->dir];

	k->tx->scanned[k->dir] = 0;
	if (t)
		t->grow_n = 0;
	k->again = true;
}

uint64_t dp_grown(const struct look *k, uint16_t buffer, uint16_t instance)
{
	const struct dp_tx_detect *t = k->tx->det[k->dir];

	for (unsigned i = 0; t && i < t->grow_n; i++)
		if (t->grow[i].buffer == buffer && t->grow[i].instance == instance)
			return t->grow[i].off;
	return 0;
}

void dp_grown_set(struct look *k, uint16_t buffer, uint16_t instance, uint64_t off)
{
	struct dp_tx_detect *t = det_room(k, k->dir, false);

	if (!t)
		return;
	for (unsigned i = 0; i < t->grow_n; i++)
		if (t->grow[i].buffer == buffer && t->grow[i].instance == instance) {
			t->grow[i].off = off;
			return;
		}
	if (t->grow_n < GROW_MAX) {
		t->grow[t->grow_n].buffer = buffer;
		t->grow[t->grow_n].instance = instance;
		t->grow[t->grow_n++].off = off;
	}
}
