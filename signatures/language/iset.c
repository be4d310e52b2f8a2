/* SPDX-License-Identifier: Apache-2.0 */
#include "iset.h"

#include <stdlib.h>
#include <string.h>

/* Sets live in the arena while an expression is evaluated; results are cached, so few are made. */
void sig_iset_add(struct sig_arena *a, struct sig_iset *s, sig_u128 lo, sig_u128 hi)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		struct sig_interval *r = sig_arena_alloc(a, cap * sizeof(*r));

		if (s->n)
			memcpy(r, s->r, s->n * sizeof(*r));
		s->r = r;
		s->cap = cap;
	}
	s->r[s->n++] = (struct sig_interval){lo, hi};
}

void sig_iset_add_all(struct sig_arena *a, struct sig_iset *s, const struct sig_iset *other)
{
	for (size_t i = 0; i < other->n; i++)
		sig_iset_add(a, s, other->r[i].lo, other->r[i].hi);
}

static int by_lo(const void *pa, const void *pb)
{
	const struct sig_interval *a = pa, *b = pb;

	return a->lo < b->lo ? -1 : a->lo > b->lo;
}

void sig_iset_normalise(struct sig_iset *s)
{
	size_t k = 0;

	if (s->n < 2)
		return;
	qsort(s->r, s->n, sizeof(*s->r), by_lo);
	for (size_t i = 1; i < s->n; i++) {
		/* hi + 1 would wrap for the last address: then everything is inside already. */
		if (s->r[k].hi == (sig_u128)-1 || s->r[i].lo <= s->r[k].hi + 1) {
			if (s->r[i].hi > s->r[k].hi)
				s->r[k].hi = s->r[i].hi;
		} else {
			s->r[++k] = s->r[i];
		}
	}
	s->n = k + 1;
}

void sig_iset_minus(struct sig_arena *a, const struct sig_iset *x, const struct sig_iset *y,
	struct sig_iset *out)
{
	size_t j = 0;

	for (size_t i = 0; i < x->n; i++) {
		sig_u128 lo = x->r[i].lo, hi = x->r[i].hi;
		bool left = true;

		while (j < y->n && y->r[j].hi < lo)
			j++;
		for (size_t k = j; left && k < y->n && y->r[k].lo <= hi; k++) {
			if (y->r[k].lo > lo)
				sig_iset_add(a, out, lo, y->r[k].lo - 1);
			left = y->r[k].hi < hi;
			lo = y->r[k].hi + 1;
		}
		if (left)
			sig_iset_add(a, out, lo, hi);
	}
}
