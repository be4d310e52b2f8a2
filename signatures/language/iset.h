/* SPDX-License-Identifier: Apache-2.0 */
/** Sets of numbers as sorted closed intervals: addresses of both families and ports. */
#ifndef SIG_ISET_H
#define SIG_ISET_H

#include "arena.h"

#include <stdbool.h>

typedef unsigned __int128 sig_u128; /* a number, not a structure */

struct sig_interval {
	sig_u128 lo, hi;
};
struct sig_iset {
	struct sig_interval *r;
	size_t n, cap;
};

void sig_iset_add(struct sig_arena *a, struct sig_iset *s, sig_u128 lo, sig_u128 hi);
void sig_iset_add_all(struct sig_arena *a, struct sig_iset *s, const struct sig_iset *other);
/** Sort and merge; the other functions want their inputs so. */
void sig_iset_normalise(struct sig_iset *s);
/** out = a minus b. out must be empty and distinct. */
void sig_iset_minus(struct sig_arena *a, const struct sig_iset *x, const struct sig_iset *y,
	struct sig_iset *out);

#endif
