/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content codings: gzip, deflate (with or without the zlib wrapper), brotli and, where a site wants it,
 * lzma; up to four layers. What does not decode is passed on as it is, because a client may show it that
 * way too.
 */
#include "codec.h"
#include <brotli/decode.h>
#include <lzma.h>
#include <time.h>
#include <zlib.h>

#define OUT_BYTES 8192u
/* Calls of libraries for one piece of n bytes, all layers together: 4 MiB out, and 2,048 times the piece,
 * twice of what one layer of gzip can make of it. Who needs more is a bomb. */
#define CALLS_OF(n) (512u + (n) / 4u)
#define CLOCK_EVERY 16u        /* calls between two looks at the time */
#define LZMA_HEAD 13u          /* properties, dictionary, size (LZMA_alone) */
#define LZMA_DICT_MAX (16u << 20)
#define KEPT_BYTES 64u         /* by which a stream that is none has failed */

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
	uint8_t head[LZMA_HEAD], head_n;
	bool cut_dict;   /**< lzma: it named a larger dictionary than it gets */
	bool past;       /**< something was made of it, or more has come than is kept */
	uint8_t kept[KEPT_BYTES], kept_n; /**< what came so far */
	z_stream z;
	BrotliDecoderState *br;
	lzma_stream lz;
};

struct http_codec {
	struct dp_ctx *c;
	unsigned n;
	uint64_t in, out;
	uint64_t spent_ns; /**< with a limit of time */
	bool bomb;
	bool steep;        /**< a coding that alone makes more of little than a bomb needs */
	lzma_allocator lzma;
	struct layer layer[HTTP_LAYERS_MAX];
};

/** Windows of 2 MiB and more, which few need, have an account of their own, and its limit. */
static enum dp_mem account_of(size_t n)
{
	return n < (1u << 21) ? DP_MEM_APP : DP_MEM_WINDOW;
}

/** Blocks for the libraries come from the arena; each remembers its size. */
static void *arena_alloc(void *opaque, size_t n)
{
	struct dp_ctx *c = opaque;
	size_t *p = dp_slab_alloc(c->slab, account_of(n + 16), n + 16);

	if (!p)
		return NULL;
	p[0] = n + 16;
	return p + 2;
}

static void arena_free(void *opaque, void *p)
{
	struct dp_ctx *c = opaque;

	const size_t n = p ? ((size_t *)p - 2)[0] : 0;

	if (p)
		dp_slab_free(c->slab, account_of(n), (size_t *)p - 2, n);
}

static void *lzma_get(void *opaque, size_t items, size_t size)
{
	return arena_alloc(opaque, items * size);
}

static voidpf z_alloc(voidpf opaque, uInt items, uInt size)
{
	return arena_alloc(opaque, (size_t)items * size);
}

static void z_free(voidpf opaque, voidpf p)
{
	arena_free(opaque, p);
}

static uint64_t field_le(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/** With a dictionary of what the site allows, and no more than the whole content: what refers to bytes
 *  farther back is found when it comes. */
static bool lzma_start(struct http_codec *k, struct layer *l)
{
	const uint32_t limit = k->c->conf->app.http_lzma_bytes;
	const uint64_t named = field_le(l->head + 1, 4), whole = field_le(l->head + 5, 8);
	uint32_t dict = (uint32_t)named;
	uint8_t nothing;

	if (dict > limit)
		dict = limit;
	if (dict > LZMA_DICT_MAX)
		dict = LZMA_DICT_MAX;
	l->cut_dict = dict < named;
	if (dict > whole)
		dict = (uint32_t)whole;
	for (unsigned i = 0; i < 4; i++)
		l->head[1 + i] = (uint8_t)(dict >> 8 * i);
	k->lzma = (lzma_allocator){.alloc = lzma_get, .free = arena_free, .opaque = k->c};
	l->lz = (lzma_stream){.allocator = &k->lzma};
	if (lzma_alone_decoder(&l->lz, UINT64_MAX) != LZMA_OK)
		return false;
	l->lz.next_in = l->head;
	l->lz.avail_in = LZMA_HEAD;
	l->lz.next_out = &nothing;
	l->lz.avail_out = 1; // it reads nothing without room; the head makes nothing
	return lzma_code(&l->lz, LZMA_RUN) == LZMA_OK && l->lz.avail_in == 0;
}

static bool layer_start(struct http_codec *k, struct layer *l)
{
	int bits = l->coding == CODING_GZIP || l->raw ? -15 : 15;

	l->started = true;
	if (l->coding == CODING_BROTLI) {
		l->br = BrotliDecoderCreateInstance(arena_alloc, arena_free, k->c);
		return l->br != NULL;
	}
	if (l->coding == CODING_LZMA)
		return lzma_start(k, l);
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
	} else if (l->coding == CODING_LZMA) {
		lzma_end(&l->lz);
	} else {
		inflateEnd(&l->z);
	}
	l->started = false;
	l->br = NULL;
}

struct http_codec *http_codec_open(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d,
	struct dp_span encoding)
{
	uint8_t list[HTTP_LAYERS_MAX];
	unsigned n = http_codings(x, t, d, encoding, list);
	struct http_codec *k;

	if (n == 0)
		return NULL;
	k = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*k));
	if (!k)
		return NULL;
	k->c = x->c;
	k->n = n;
	for (unsigned i = 0; i < n; i++) {
		k->layer[i].coding = list[i];
		k->steep |= n > 1 || list[i] == CODING_BROTLI || list[i] == CODING_LZMA;
	}
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
	uint32_t calls, calls_max;
	uint64_t until_ns; /**< 0: no limit */
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/** No more of this message is decoded, and its file is not whole. */
static bool bomb(struct run *r)
{
	struct dp_file *f = r->t->side[r->d].file;

	if (!r->k->bomb)
		http_codec_event(r->x, r->t, r->d, SIG_EV_HTTP1_BOMB);
	r->k->bomb = true;
	if (f)
		dp_file_close(r->x->c, f, true);
	return false;
}

static bool too_much(struct run *r)
{
	return ++r->calls > r->calls_max ||
		(r->until_ns && r->calls % CLOCK_EVERY == 0 && clock_ns() > r->until_ns);
}

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
	if (l->coding == CODING_LZMA) {
		l->lz.next_in = p;
		l->lz.avail_in = n;
		l->lz.next_out = out;
		l->lz.avail_out = OUT_BYTES;
		lzma_ret rc = lzma_code(&l->lz, LZMA_RUN);

		*made = OUT_BYTES - (uint32_t)l->lz.avail_out;
		l->ended = rc == LZMA_STREAM_END;
		if (rc != LZMA_OK && rc != LZMA_STREAM_END && rc != LZMA_BUF_ERROR)
			return -1;
		return n - (int64_t)l->lz.avail_in;
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

static void broken(struct run *r, struct layer *l)
{
	http_codec_event(r->x, r->t, r->d, l->cut_dict ? SIG_EV_HTTP1_LZMA_MEMLIMIT : SIG_EV_HTTP1_GZIP_FAILED);
	l->failed = true;
}

static bool layer_data(struct run *r, unsigned depth, const uint8_t *p, uint32_t n);

/** What came did not fit, from its first byte to this piece: deflate may lack its wrapper, anything may
 *  not be coded at all. */
static bool anew(struct run *r, struct layer *l, unsigned depth, const uint8_t *p, uint32_t n)
{
	const uint32_t kept_n = l->kept_n;
	uint8_t kept[KEPT_BYTES];

	memcpy(kept, l->kept, kept_n);
	l->kept_n = 0;
	if (l->coding == CODING_DEFLATE && !l->raw) {
		layer_stop(l);
		l->raw = true;
	} else {
		broken(r, l);
	}
	return (!kept_n || layer_data(r, depth, kept, kept_n)) && (!n || layer_data(r, depth, p, n));
}

/** More has to come. */
static bool more_to_come(struct layer *l, const uint8_t *p, uint32_t n)
{
	l->past |= n > KEPT_BYTES - l->kept_n;
	if (!l->past) {
		memcpy(l->kept + l->kept_n, p, n);
		l->kept_n = (uint8_t)(l->kept_n + n);
	}
	return true;
}

/** Takes what its header needs of the piece. False: that is not all of it. */
static bool lzma_head(struct layer *l, const uint8_t **p, uint32_t *n)
{
	for (; l->head_n < LZMA_HEAD && *n; --*n)
		l->head[l->head_n++] = *(*p)++;
	return l->head_n == LZMA_HEAD;
}

static bool layer_data(struct run *r, unsigned depth, const uint8_t *p, uint32_t n)
{
	struct layer *l = &r->k->layer[r->k->n - 1 - depth];
	uint8_t out[OUT_BYTES];
	const uint8_t *from;
	uint32_t from_n;

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
	from = p;
	from_n = n;
	if (l->coding == CODING_LZMA && !l->failed && !lzma_head(l, &p, &n))
		return more_to_come(l, from, from_n);
	if (!l->failed && !l->started && !layer_start(r->k, l))
		return anew(r, l, depth, from, from_n);
	while (!l->failed) {
		uint32_t made = 0;

		if (too_much(r))
			return bomb(r);
		int64_t used = l->ended ? 0 : once(l, p, n, out, &made);

		if (used < 0 && !l->past) // nothing of what it seemed to make is content
			return anew(r, l, depth, from, from_n);
		l->past |= made != 0;
		if (made && !deliver(r, depth + 1, out, made))
			return false;
		if (used < 0) {
			broken(r, l);
			return true; // in the middle: the rest is noise
		}
		p += used;
		n -= (uint32_t)used;
		if (l->ended)
			return true; // what follows the end is not content
		if ((n == 0 && made < OUT_BYTES) || (used == 0 && made == 0))
			return more_to_come(l, from, from_n);
	}
	return deliver(r, depth + 1, p, n);
}

static bool deliver(struct run *r, unsigned depth, const uint8_t *p, uint32_t n)
{
	if (depth < r->k->n)
		return layer_data(r, depth, p, n);
	r->k->out += n;
	if (r->k->out > r->x->c->conf->app.http_bomb_bytes && r->k->out > HTTP_BOMB_RATIO * (r->k->in + 1))
		return bomb(r);
	// Behind the limit of a body decoding goes on only to see whether it is a bomb.
	return http_body_plain(r->x, r->t, r->d, p, n) || http_codec_watches(r->k);
}

bool http_codec_watches(const struct http_codec *k)
{
	return !k->bomb && k->steep && k->out <= k->c->conf->app.http_bomb_bytes;
}

void http_codec_data(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d,
	struct http_codec *k, const uint8_t *p, uint32_t n)
{
	const uint64_t limit_ns = x->c->conf->app.http_decode_us * UINT64_C(1000);
	const uint64_t start_ns = limit_ns ? clock_ns() : 0;
	struct run r = {.x = x, .t = t, .d = d, .k = k, .calls_max = CALLS_OF(n)};

	if (k->bomb || n == 0)
		return;
	if (limit_ns)
		r.until_ns = start_ns + (limit_ns > k->spent_ns ? limit_ns - k->spent_ns : 1);
	k->in += n;
	layer_data(&r, 0, p, n);
	if (limit_ns)
		k->spent_ns += clock_ns() - start_ns;
}

/** Content too short to be lzma is none. */
void http_codec_end(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct http_codec *k)
{
	struct run r = {.x = x, .t = t, .d = d, .k = k, .calls_max = CALLS_OF(KEPT_BYTES)};

	for (unsigned depth = 0; depth < k->n && !k->bomb; depth++) {
		struct layer *l = &k->layer[k->n - 1 - depth];

		if (l->coding == CODING_LZMA && !l->failed && l->head_n && l->head_n < LZMA_HEAD)
			anew(&r, l, depth, NULL, 0);
	}
}
