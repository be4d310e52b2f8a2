/* SPDX-License-Identifier: Apache-2.0 */
#include "pieces.h"

static void release(struct dp_app_ctx *x, struct dp_pieces *s)
{
	struct dp_piece *k = s->early;

	s->early = k->next;
	s->early_n--;
	dp_bytes_free(x->c, &k->data);
	dp_slab_free(x->c->slab, DP_MEM_APP, k, sizeof(*k));
}

void dp_pieces_deliver(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d)
{
	uint64_t known = s->tracked - off;

	if (d.n <= known)
		return;
	if (s->f)
		dp_file_data(x->c, s->f, d.p + known, d.n - (uint32_t)known);
	s->tracked = off + d.n;
}

void dp_pieces_keep(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d,
	uint32_t max)
{
	struct dp_piece *k = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*k)), **at = &s->early;

	if (!k)
		return;
	k->off = off;
	dp_bytes_add(x->c, &k->data, d.p, d.n, max);
	while (*at && (*at)->off <= off)
		at = &(*at)->next;
	k->next = *at;
	*at = k;
	s->early_n++;
	s->cur = k;
}

void dp_pieces_more(struct dp_app_ctx *x, struct dp_pieces *s, struct dp_span d, uint32_t max)
{
	if (s->cur)
		dp_bytes_add(x->c, &s->cur->data, d.p, d.n, max);
	else
		dp_pieces_deliver(x, s, s->tracked, d);
}

void dp_pieces_drain(struct dp_app_ctx *x, struct dp_pieces *s)
{
	struct dp_piece *k;

	while ((k = s->early) && k != s->cur && k->off <= s->tracked) {
		dp_pieces_deliver(x, s, k->off, (struct dp_span){k->data.p, k->data.n});
		release(x, s);
	}
}

void dp_pieces_free(struct dp_app_ctx *x, struct dp_pieces *s)
{
	while (s->early)
		release(x, s);
	s->cur = NULL;
}
