/* SPDX-License-Identifier: Apache-2.0 */
#include "pieces.h"

static void release(struct dp_app_ctx *x, struct dp_pieces *s)
{
	struct dp_piece *k = s->early;

	s->early = k->next;
	s->early_n--;
	*s->kept -= (uint32_t)sizeof(*k) + k->data.n;
	dp_bytes_free(x->c, &k->data);
	dp_slab_free(x->c->slab, DP_MEM_APP, k, sizeof(*k));
}

static void deliver(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d)
{
	uint64_t known = s->tracked - off;

	if (d.n <= known)
		return;
	if (s->f)
		dp_file_data(x->c, s->f, d.p + known, d.n - (uint32_t)known);
	s->tracked = off + d.n;
}

void dp_pieces_deliver(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d)
{
	s->drop = false;
	s->at = off + d.n;
	deliver(x, s, off, d);
}

void dp_pieces_drop(struct dp_pieces *s)
{
	s->drop = true;
}

/** To a piece that waits. Behind bytes that were not kept nothing is. */
static bool add(struct dp_app_ctx *x, struct dp_pieces *s, struct dp_piece *k, struct dp_span d,
	uint32_t max)
{
	uint32_t room = *s->kept < DP_PIECES_BYTES ? DP_PIECES_BYTES - *s->kept : 0, before = k->data.n;

	if (!k->cut)
		dp_bytes_add(x->c, &k->data, d.p, d.n < room ? d.n : room, max);
	*s->kept += k->data.n - before;
	k->cut += d.n - (k->data.n - before);
	return !k->cut;
}

bool dp_pieces_keep(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d,
	uint32_t max)
{
	struct dp_piece *k = NULL, **at = &s->early;

	if (*s->kept < DP_PIECES_BYTES)
		k = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*k));
	s->drop = !k;
	if (!k)
		return false;
	*s->kept += (uint32_t)sizeof(*k);
	k->off = off;
	while (*at && (*at)->off <= off)
		at = &(*at)->next;
	k->next = *at;
	*at = k;
	s->early_n++;
	s->cur = k;
	return add(x, s, k, d, max);
}

bool dp_pieces_more(struct dp_app_ctx *x, struct dp_pieces *s, struct dp_span d, uint32_t max)
{
	if (s->cur)
		return add(x, s, s->cur, d, max);
	if (!s->drop) {
		deliver(x, s, s->at, d);
		s->at += d.n;
	}
	return !s->drop;
}

static void hole(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t to)
{
	if (to <= s->tracked)
		return;
	if (s->f)
		dp_file_gap(x->c, s->f, to - s->tracked);
	s->tracked = to;
}

void dp_pieces_gap(struct dp_app_ctx *x, struct dp_pieces *s, uint32_t n)
{
	if (s->cur)
		s->cur->cut += n;
	else if (!s->drop)
		hole(x, s, s->at += n);
}

void dp_pieces_jump(struct dp_app_ctx *x, struct dp_pieces *s)
{
	s->cur = NULL;
	hole(x, s, s->early->off);
	dp_pieces_drain(x, s);
}

void dp_pieces_drain(struct dp_app_ctx *x, struct dp_pieces *s)
{
	struct dp_piece *k;

	while ((k = s->early) && k != s->cur && k->off <= s->tracked) {
		deliver(x, s, k->off, (struct dp_span){k->data.p, k->data.n});
		if (k->cut)
			hole(x, s, k->off + k->data.n + k->cut);
		release(x, s);
	}
}

void dp_pieces_free(struct dp_app_ctx *x, struct dp_pieces *s)
{
	while (s->early)
		release(x, s);
	s->cur = NULL;
}
