/* SPDX-License-Identifier: Apache-2.0 */
#include "http2.h"

#define TABLE_MAX 65536u /* dynamic table that an encoder may ask for */
#define HEAD 16u         /* keeps the size of a block for the slab, and its alignment */

static void *mem_alloc(size_t n, void *arg)
{
	struct h2_state *s = arg;
	uint8_t *p = dp_slab_alloc(s->slab, DP_MEM_APP, n + HEAD);

	if (!p)
		return NULL;
	memcpy(p, &n, sizeof(n));
	return p + HEAD;
}

static void mem_free(void *q, void *arg)
{
	struct h2_state *s = arg;
	uint8_t *p = q;
	size_t n;

	if (!p)
		return;
	memcpy(&n, p - HEAD, sizeof(n));
	dp_slab_free(s->slab, DP_MEM_APP, p - HEAD, n + HEAD);
}

static void *mem_calloc(size_t a, size_t b, void *arg)
{
	void *p = b && a > SIZE_MAX / b ? NULL : mem_alloc(a * b, arg);

	return p ? memset(p, 0, a * b) : NULL;
}

static void *mem_realloc(void *q, size_t n, void *arg)
{
	uint8_t *p = q;
	void *fresh = mem_alloc(n, arg);
	size_t old;

	if (!fresh || !p)
		return fresh;
	memcpy(&old, p - HEAD, sizeof(old));
	memcpy(fresh, p, old < n ? old : n);
	mem_free(p, arg);
	return fresh;
}

int h2_hpack_open(struct h2_state *s)
{
	s->mem = (nghttp2_mem){s, mem_alloc, mem_free, mem_calloc, mem_realloc};
	for (int d = 0; d < 2; d++) {
		if (nghttp2_hd_inflate_new2(&s->dir[d].hpack, &s->mem))
			return -1;
		nghttp2_hd_inflate_change_table_size(s->dir[d].hpack, TABLE_MAX);
	}
	return 0;
}

void h2_hpack_close(struct h2_state *s)
{
	for (int d = 0; d < 2; d++)
		if (s->dir[d].hpack)
			nghttp2_hd_inflate_del(s->dir[d].hpack);
}

/** Dynamic table size updates stand first in a block (RFC 7541 section 6.3). */
static void sizes(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, struct dp_span b)
{
	struct dp_cur c = dp_cur_of(b.p, b.n);

	while (dp_cur_left(&c) && (c.p[c.off] & 0xe0) == 0x20) {
		uint64_t v = dp_cur_u8(&c) & 0x1f;
		unsigned shift = 0;
		uint8_t more = v == 0x1f ? 0x80 : 0;

		while (more && !c.bad && shift < 35) {
			uint8_t byte = dp_cur_u8(&c);

			v += (uint64_t)(byte & 0x7f) << shift;
			shift += 7;
			more = byte & 0x80;
		}
		if (shift >= 35)
			dp_tx_event(x, &tx->h.tx, d, SIG_EV_HTTP2_INT_OVERFLOW);
		if (!c.bad)
			h2_table_size(x, tx, d, (uint32_t)v);
	}
}

bool h2_block(struct dp_app_ctx *x, struct h2_state *s, struct h2_tx *tx, enum sig_dir d,
	struct dp_span b)
{
	nghttp2_hd_inflater *hpack = s->dir[d].hpack;

	if (tx)
		sizes(x, tx, d, b);
	for (;;) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t n = nghttp2_hd_inflate_hd2(hpack, &nv, &flags, b.p, b.n, 1);

		if (n < 0)
			return false;
		if (n) { // an empty block has no bytes to point into
			b.p += n;
			b.n -= (uint32_t)n;
		}
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) && tx && nv.namelen < H2_TEXT_MAX &&
			nv.valuelen < H2_TEXT_MAX)
			h2_field(x, tx, d, (struct dp_span){nv.name, (uint32_t)nv.namelen},
				(struct dp_span){nv.value, (uint32_t)nv.valuelen});
		if (flags & NGHTTP2_HD_INFLATE_FINAL) {
			nghttp2_hd_inflate_end_headers(hpack);
			return true;
		}
		if (n == 0 && !(flags & NGHTTP2_HD_INFLATE_EMIT))
			return b.n == 0;
	}
}
