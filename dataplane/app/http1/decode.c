/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content codings: gzip, deflate (with or without the zlib wrapper) and brotli, up to two layers.
 * What does not decode is passed on as it is, because a client may show it that way too.
 */
#include "http1.h"
#include <brotli/decode.h>
#include <zlib.h>

#define OUT_BYTES 8192u
#define CALLS_MAX 4096u /* of one piece of input: 32 MiB out */

enum coding { CODING_GZIP, CODING_DEFLATE, CODING_BROTLI };

struct layer {
	uint8_t coding;
	bool raw;     /**< deflate without wrapper */
	bool failed;  /**< from now on passed through */
	bool ended;
	bool started;
	uint8_t gz;      /**< enum gz_state: where in the header */
	uint8_t gz_flags;
	uint16_t gz_n;   /**< bytes counted in that state */
	uint16_t gz_len; /**< of the extra field */
	z_stream z;
	BrotliDecoderState *br;
};

struct http_codec {
	struct dp_ctx *c;
	unsigned n;
	uint64_t in, out;
	bool bomb;
	struct layer layer[HTTP_LAYERS_MAX];
};

/** Blocks for zlib and brotli come from the arena; each remembers its size. */
static void *arena_alloc(void *opaque, size_t n)
{
	struct dp_ctx *c = opaque;
	size_t *p = n < (1u << 21) ? dp_slab_alloc(c->slab, DP_MEM_APP, n + 16) : NULL;

	if (!p)
		return NULL;
	p[0] = n + 16;
	return p + 2;
}

static void arena_free(void *opaque, void *p)
{
	struct dp_ctx *c = opaque;

	if (p)
		dp_slab_free(c->slab, DP_MEM_APP, (size_t *)p - 2, ((size_t *)p - 2)[0]);
}

static voidpf z_alloc(voidpf opaque, uInt items, uInt size)
{
	return arena_alloc(opaque, (size_t)items * size);
}

static void z_free(voidpf opaque, voidpf p)
{
	arena_free(opaque, p);
}

static bool layer_start(struct http_codec *k, struct layer *l)
{
	int bits = l->coding == CODING_GZIP || l->raw ? -15 : 15;

	l->started = true;
	if (l->coding == CODING_BROTLI) {
		l->br = BrotliDecoderCreateInstance(arena_alloc, arena_free, k->c);
		return l->br != NULL;
	}
	l->z = (z_stream){.zalloc = z_alloc, .zfree = z_free, .opaque = k->c};
	return inflateInit2(&l->z, bits) == Z_OK;
}

static void layer_stop(struct layer *l)
{
	if (!l->started)
		return;
	if (l->coding == CODING_BROTLI) {
		if (l->br)
			BrotliDecoderDestroyInstance(l->br);
	} else {
		inflateEnd(&l->z);
	}
	l->started = false;
	l->br = NULL;
}

static int coding_of(struct dp_span w)
{
	if (dp_span_is(w, "gzip") || dp_span_is(w, "x-gzip"))
		return CODING_GZIP;
	if (dp_span_is(w, "deflate") || dp_span_is(w, "x-deflate"))
		return CODING_DEFLATE;
	if (dp_span_is(w, "br"))
		return CODING_BROTLI;
	return -1;
}

/** Words of the value in order of application; the last is undone first. */
static unsigned words(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span v,
	uint8_t *list)
{
	unsigned n = 0;
	uint32_t i = 0;

	while (i < v.n) {
		uint32_t from = i;
		struct dp_span w;
		int c;

		while (i < v.n && v.p[i] != ',')
			i++;
		w = dp_span_trim((struct dp_span){v.p + from, i - from});
		i++;
		if (w.n == 0 || dp_span_is(w, "identity") || dp_span_is(w, "inflate"))
			continue;
		c = coding_of(w);
		if (c < 0 && dp_span_find(w, "gzip") != UINT32_MAX)
			c = CODING_GZIP;
		else if (c < 0 && dp_span_find(w, "deflate") != UINT32_MAX)
			c = CODING_DEFLATE;
		if (c < 0 || coding_of(w) < 0)
			dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_CE_ABNORMAL);
		if (c < 0)
			continue;
		if (n == x->c->conf->app.http_layers)
			dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_ENC_LAYERS);
		if (n == HTTP_LAYERS_MAX)
			break;
		list[n++] = (uint8_t)c;
	}
	return n;
}

struct http_codec *http_codec_open(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d,
	struct dp_span encoding)
{
	uint8_t list[HTTP_LAYERS_MAX];
	unsigned n = words(x, t, d, encoding, list);
	struct http_codec *k;

	if (n == 0)
		return NULL;
	k = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*k));
	if (!k)
		return NULL;
	k->c = x->c;
	k->n = n;
	for (unsigned i = 0; i < n; i++)
		k->layer[i].coding = list[i];
	return k;
}

void http_codec_free(struct dp_ctx *c, struct http_codec *k)
{
	for (unsigned i = 0; i < k->n; i++)
		layer_stop(&k->layer[i]);
	dp_slab_free(c->slab, DP_MEM_APP, k, sizeof(*k));
}

struct run {
	struct dp_app_ctx *x;
	struct http_tx *t;
	enum sig_dir d;
	struct http_codec *k;
};

static bool deliver(struct run *r, unsigned depth, const uint8_t *p, uint32_t n);

enum gz_state { GZ_FIXED, GZ_EXTRA_LEN, GZ_EXTRA, GZ_NAME, GZ_COMMENT, GZ_CRC, GZ_BODY, GZ_NOT };

static void gz_next(struct layer *l, enum gz_state from)
{
	static const struct {
		uint8_t flag, state;
	} parts[] = {{4, GZ_EXTRA_LEN}, {8, GZ_NAME}, {16, GZ_COMMENT}, {2, GZ_CRC}};

	l->gz_n = 0;
	for (unsigned i = 0; i < 4; i++) {
		if (parts[i].state > from && (l->gz_flags & parts[i].flag)) {
			l->gz = parts[i].state;
			return;
		}
	}
	l->gz = GZ_BODY;
}

/**
 * RFC 1952's header, read by ourselves: zlib refuses reserved flags and a wrong header checksum,
 * browsers do not. Returns the bytes that belong to it.
 */
static uint32_t skip_gz_header(struct layer *l, const uint8_t *p, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && l->gz < GZ_BODY) {
		uint8_t c = p[i++];

		switch (l->gz) {
		case GZ_FIXED:
			if ((l->gz_n == 0 && c != 0x1f) || (l->gz_n == 1 && c != 0x8b)) {
				l->gz = GZ_NOT;
				return i - 1;
			}
			if (l->gz_n == 3)
				l->gz_flags = c;
			if (++l->gz_n == 10)
				gz_next(l, GZ_FIXED);
			break;
		case GZ_EXTRA_LEN:
			l->gz_len = (uint16_t)(l->gz_n ? l->gz_len | c << 8 : c);
			if (++l->gz_n == 2) {
				l->gz = GZ_EXTRA;
				l->gz_n = 0;
				if (!l->gz_len)
					gz_next(l, GZ_EXTRA);
			}
			break;
		case GZ_EXTRA:
			if (++l->gz_n == l->gz_len)
				gz_next(l, GZ_EXTRA);
			break;
		case GZ_NAME:
		case GZ_COMMENT:
			if (c == 0)
				gz_next(l, l->gz);
			break;
		default:
			if (++l->gz_n == 2)
				gz_next(l, GZ_CRC);
		}
	}
	return i;
}

/** One call of the library. Returns bytes used of the input, -1 when it is not of this coding. */
static int64_t once(struct layer *l, const uint8_t *p, uint32_t n, uint8_t *out, uint32_t *made)
{
	if (l->coding == CODING_BROTLI) {
		size_t in_n = n, out_n = OUT_BYTES;
		BrotliDecoderResult rc =
			BrotliDecoderDecompressStream(l->br, &in_n, &p, &out_n, &out, NULL);

		*made = OUT_BYTES - (uint32_t)out_n;
		l->ended = rc == BROTLI_DECODER_RESULT_SUCCESS;
		if (rc == BROTLI_DECODER_RESULT_ERROR)
			return -1;
		return n - (int64_t)in_n;
	}
	l->z.next_in = (Bytef *)(uintptr_t)p;
	l->z.avail_in = n;
	l->z.next_out = out;
	l->z.avail_out = OUT_BYTES;
	int rc = inflate(&l->z, Z_SYNC_FLUSH);

	*made = OUT_BYTES - l->z.avail_out;
	l->ended = rc == Z_STREAM_END;
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return -1;
	return n - (int64_t)l->z.avail_in;
}

/** The first bytes did not fit: deflate may lack its wrapper, gzip may be anything. */
static bool retry(struct run *r, struct layer *l, uint32_t fresh)
{
	if (l->coding == CODING_DEFLATE && !l->raw && fresh) {
		layer_stop(l);
		l->raw = true;
		return layer_start(r->k, l);
	}
	return false;
}

static bool layer_data(struct run *r, unsigned depth, const uint8_t *p, uint32_t n)
{
	struct layer *l = &r->k->layer[r->k->n - 1 - depth];
	uint8_t out[OUT_BYTES];
	bool fresh;

	if (l->coding == CODING_GZIP && l->gz < GZ_BODY) {
		uint32_t head = skip_gz_header(l, p, n);

		if (l->gz < GZ_BODY)
			return true;
		if (l->gz == GZ_NOT) { // says gzip, is not: perhaps deflate
			l->coding = CODING_DEFLATE;
		} else {
			p += head;
			n -= head;
			if (n == 0)
				return true;
		}
	}
	fresh = !l->started;
	if (!l->started && !layer_start(r->k, l))
		l->failed = true;
	for (unsigned call = 0; call < CALLS_MAX && !l->failed; call++) {
		uint32_t made = 0;
		int64_t used = l->ended ? 0 : once(l, p, n, out, &made);

		// Bytes that are not compressed can still begin like a stream: nothing of that is content.
		if (used < 0 && fresh)
			made = 0;
		if (made && !deliver(r, depth + 1, out, made))
			return false;
		if (used < 0) {
			if (retry(r, l, fresh))
				continue;
			dp_tx_event(r->x, &r->t->tx, r->d, SIG_EV_HTTP1_GZIP_FAILED);
			l->failed = true;
			if (!fresh)
				return true; // broken in the middle: the rest is noise
			break;
		}
		fresh &= made == 0;
		p += used;
		n -= (uint32_t)used;
		if (l->ended)
			return true; // what follows the end is not content
		if (n == 0 && made < OUT_BYTES)
			return true;
		if (used == 0 && made == 0)
			return true;
	}
	return deliver(r, depth + 1, p, n);
}

static bool deliver(struct run *r, unsigned depth, const uint8_t *p, uint32_t n)
{
	if (depth < r->k->n)
		return layer_data(r, depth, p, n);
	r->k->out += n;
	if (r->k->out > r->x->c->conf->app.http_bomb_bytes && r->k->out > HTTP_BOMB_RATIO * (r->k->in + 1)) {
		if (!r->k->bomb)
			dp_tx_event(r->x, &r->t->tx, r->d, SIG_EV_HTTP1_BOMB);
		r->k->bomb = true;
		return false;
	}
	// Behind the limit of a body decoding goes on only to see whether it is a bomb.
	return http_body_plain(r->x, r->t, r->d, p, n) || http_codec_watches(r->k);
}

bool http_codec_watches(const struct http_codec *k)
{
	return !k->bomb && k->n > 1 && k->out <= k->c->conf->app.http_bomb_bytes;
}

void http_codec_data(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d,
	struct http_codec *k, const uint8_t *p, uint32_t n)
{
	struct run r = {x, t, d, k};

	if (k->bomb || n == 0)
		return;
	k->in += n;
	layer_data(&r, 0, p, n);
}

void http_codec_end(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct http_codec *k)
{
}
