/* SPDX-License-Identifier: Apache-2.0 */
/* Who reads a stream in tests, checked as it reads. Include cmocka.h before it. */
#ifndef TEST_READERS_H
#define TEST_READERS_H

#include "session.h"

static inline uint32_t rnd(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

/* Everything a reader gets from one direction, holes as '?'. */
struct reader {
	uint8_t b[70000];
	uint32_t n, gaps;
	bool eof;
};

static inline void read_app(struct net *n, struct dp_flow *f, int dir, struct reader *r)
{
	struct dp_stream_view v;

	while (dp_stream_app_view(&n->ctx, f, (enum sig_dir)dir, &v)) {
		if (v.flags & DP_SF_GAP) {
			memset(r->b + r->n, '?', v.gap);
			r->n += v.gap;
			r->gaps++;
		}
		assert_int_equal(v.off, r->n);
		if (v.data.n != 0)
			memcpy(r->b + r->n, v.data.p, v.data.n);
		r->n += v.data.n;
		r->eof |= (v.flags & DP_SF_EOF) != 0;
		dp_stream_app_consume(&n->ctx, f, (enum sig_dir)dir, v.data.n);
	}
}

static inline void read_raw(struct net *n, struct dp_flow *f, int dir, struct reader *r)
{
	struct dp_stream_view v;
	uint32_t fresh;

	while (dp_stream_raw_view(&n->ctx, f, (enum sig_dir)dir, &v, &fresh)) {
		r->n += v.gap;
		assert_int_equal(v.off + fresh, r->n);
		memcpy(r->b + r->n, v.data.p + fresh, v.data.n - fresh);
		r->n += v.data.n - fresh;
		dp_stream_raw_done(&n->ctx, f, (enum sig_dir)dir, v.off + v.data.n);
	}
}

#endif
