/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xbits and hostbits: bits by name and address, shared by all workers. Those that track a transaction
 * are the worker's own: its flows are on no other.
 */
#include "inner.h"
#include "shared_state.h"
#include <stdlib.h>
#include <string.h>

struct marks *dp_marks_create(void)
{
	struct marks *t;

	if (posix_memalign((void **)&t, 64, sizeof(*t)))
		return NULL;
	memset(t, 0, sizeof(*t));
	return t;
}

void dp_marks_destroy(struct marks *t)
{
	free(t);
}

void dp_marks_reset(struct marks *t)
{
	if (t->used)
		memset(t, 0, sizeof(*t));
}

static uint64_t bit_key(const struct eval *e, const struct sig_img_op *o)
{
	struct {
		uint64_t name;
		union dp_addr a, b;
		uint64_t tx;
	} k = {.name = o->x};
	const union dp_addr *s = &e->p->src, *d = &e->p->dst;

	switch (o->aux) {
	case SIG_XB_IP_SRC:
		k.a = *s;
		break;
	case SIG_XB_IP_DST:
		k.a = *d;
		break;
	case SIG_XB_IP_PAIR: // either order
		if (memcmp(s, d, sizeof(*s)) > 0) {
			k.a = *d;
			k.b = *s;
		} else {
			k.a = *s;
			k.b = *d;
		}
		k.tx = 1;
		break;
	default:
		k.tx = e->tx ? e->tx->id + 2 : 2;
		k.a.q[0] = e->f ? e->f->id : 0;
		break;
	}
	return sig_hash64(&k, sizeof(k)) | 1;
}

static struct marks *table(const struct eval *e, const struct sig_img_op *o)
{
	struct dp_shared_state *all = e->d->ctx->shared;

	return all && o->aux != SIG_XB_TX ? &all->bits : e->d->bits;
}

bool dp_bits_test(const struct eval *e, const struct sig_img_op *o)
{
	return dp_mark_get(table(e, o), bit_key(e, o), e->d->ctx->now_ns) != 0;
}

void dp_bits_change(struct eval *e, const struct sig_img_op *o)
{
	const uint64_t now = e->d->ctx->now_ns;
	const uint64_t expire_ns = (uint64_t)o->num[0] * UINT64_C(1000000000);
	const uint64_t until = expire_ns ? now + expire_ns : MARK_FOR_EVER;
	const enum mark_change how = o->sub == SIG_BIT_TOGGLE ? MARK_TOGGLE :
		o->sub == SIG_BIT_SET			      ? MARK_SET :
								MARK_CLEAR;

	dp_mark_count(table(e, o), bit_key(e, o), until, now, how,
		&e->d->ctx->cnt->detect_marks_evicted);
}
