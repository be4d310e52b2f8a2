/* SPDX-License-Identifier: Apache-2.0 */
/* From frames to messages: fragments (RFC 6455 section 5.4), compression (RFC 7692 section 7.2.2). */
#include "websocket.h"

#define OUT_BYTES 8192u
#define CALLS_MAX 64u

/** zlib's blocks come from the worker's memory; each remembers its size. */
static voidpf z_alloc(voidpf opaque, uInt items, uInt size)
{
	struct dp_ctx *c = opaque;
	const size_t n = (size_t)items * size + 16;
	size_t *p = n < (1u << 21) ? dp_slab_alloc(c->slab, DP_MEM_APP, n) : NULL;

	if (!p)
		return NULL;
	p[0] = n;
	return p + 2;
}

static void z_free(voidpf opaque, voidpf p)
{
	struct dp_ctx *c = opaque;

	if (p)
		dp_slab_free(c->slab, DP_MEM_APP, (size_t *)p - 2, ((size_t *)p - 2)[0]);
}

static bool z_ready(struct dp_ctx *c, struct ws_side *s)
{
	if (s->z_open)
		return true;
	s->z = (z_stream){.zalloc = z_alloc, .zfree = z_free, .opaque = c};
	s->z_open = inflateInit2(&s->z, -15) == Z_OK;
	return s->z_open;
}

/** One piece of compressed bytes, appended to `out`. The window stays for the next message. */
static void unpack(struct dp_app_ctx *x, struct ws_side *s, const uint8_t *p, uint32_t n,
	struct dp_bytes *out)
{
	uint8_t buf[OUT_BYTES];

	s->z.next_in = (uint8_t *)(uintptr_t)p;
	s->z.avail_in = n;
	for (unsigned i = 0; i < CALLS_MAX; i++) {
		int rc;

		s->z.next_out = buf;
		s->z.avail_out = sizeof(buf);
		rc = inflate(&s->z, Z_SYNC_FLUSH);
		dp_bytes_add(x->c, out, buf, (uint32_t)(sizeof(buf) - s->z.avail_out),
			x->c->conf->ws_max_payload_bytes);
		if (rc == Z_STREAM_END)
			inflateReset(&s->z); // the sender closed its stream: a new one begins
		if ((rc != Z_OK && rc != Z_STREAM_END) || (!s->z.avail_in && s->z.avail_out))
			return;
	}
}

static void decompress(struct dp_app_ctx *x, struct ws_side *s, struct ws_tx *tx)
{
	static const uint8_t tail[4] = {0, 0, 0xff, 0xff};
	struct dp_bytes plain = {0};

	if (!z_ready(x->c, s))
		return;
	unpack(x, s, tx->payload.p, tx->payload.n, &plain);
	unpack(x, s, tail, sizeof(tail), &plain);
	if (!plain.n)
		return; // not what it says: left as it came
	dp_bytes_free(x->c, &tx->payload);
	tx->payload = plain;
}

void ws_payload(struct dp_app_ctx *x, struct ws_side *s, struct ws_tx *tx, bool *limit)
{
	const bool fin = tx->head & WS_FIN;
	bool packed = tx->head & WS_PACKED;

	*limit = false;
	if (tx->head & WS_CONTROL)
		return; // stands between the parts of another message
	if (!fin || s->open) {
		if (!s->open)
			s->packed = packed;
		s->open = true;
		*limit = !dp_bytes_add(x->c, &s->parts, tx->payload.p, tx->payload.n,
			x->c->conf->ws_max_payload_bytes);
		packed = s->packed;
	}
	if (!fin)
		return;
	if (s->open) {
		dp_bytes_free(x->c, &tx->payload);
		tx->payload = s->parts;
		s->parts = (struct dp_bytes){0};
		s->open = false;
	}
	if (packed)
		decompress(x, s, tx);
}

void ws_side_free(struct dp_ctx *c, struct ws_side *s)
{
	dp_bytes_free(c, &s->parts);
	if (s->z_open)
		inflateEnd(&s->z);
}
