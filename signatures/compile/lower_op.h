/* SPDX-License-Identifier: Apache-2.0 */
/** Options as operations of the image: what those of several kinds share. */
#ifndef SIG_COMPILE_LOWER_OP_H
#define SIG_COMPILE_LOWER_OP_H

#include "build.h"
#include <string.h>

static inline void lower_data(struct build *b, struct sig_img_op *o, const void *p, size_t n,
	size_t align)
{
	o->data = build_bytes(b, p, n, align);
	o->len = (uint32_t)n;
}

static inline void lower_text(struct build *b, struct sig_img_op *o, const char *s)
{
	o->data = build_str(b, s);
	o->len = s ? (uint32_t)strlen(s) : 0;
}

static inline uint64_t lower_name(const char *s)
{
	return sig_hash64(s, strlen(s));
}

static inline void lower_compare(struct build *b, struct sig_img_op *o, const struct sig_cmp *c)
{
	o->sub = (uint8_t)c->op;
	o->num[0] = (int64_t)c->a;
	o->num[1] = (int64_t)c->b;
	if (c->set_n)
		lower_data(b, o, c->set, c->set_n * sizeof(uint64_t), 8);
}

/** lower_app.c: what lower_op() leaves to it. */
int lower_app(struct build *b, const struct sig_opt *q, struct sig_img_op *o);

#endif
