/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is small on the wire and large behind a decoder: bombs in every coding and in layers of them, and
 * the settings that bound them. Memory, the work for a piece and what is kept stay bounded.
 */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>

#include <brotli/encode.h>
#include <cmocka.h>
#include <dp/slab.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define BLOCK 4096u         /**< what a packet or two bring */
#define MEMORY (3u << 20)   /**< of one flow */
#define WINDOWS (40u << 20) /* beside it, of two layers of brotli, which may ask for 16 MiB each */
#define SECONDS 4.0
#define ROOM (64u << 20)

extern const struct dp_app_desc dp_app_http1, dp_app_http2;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

struct blob {
	uint8_t *p;
	size_t n;
};

static struct blob blob(size_t room)
{
	struct blob b = {malloc(room), 0};

	assert_non_null(b.p);
	return b;
}

/** g, d, r (deflate without wrapper), b, l: one layer of that coding around `in`. */
static struct blob coded(struct blob in, char coding)
{
	size_t room = in.n + in.n / 8 + 4096;
	struct blob out = blob(room);

	if (coding == 'b') {
		out.n = room;
		assert_true(BrotliEncoderCompress(5, 24, BROTLI_MODE_GENERIC, in.n, in.p, &out.n, out.p));
	} else if (coding == 'l') {
		lzma_stream s = LZMA_STREAM_INIT;
		lzma_options_lzma o;

		assert_false(lzma_lzma_preset(&o, 1)); // a dictionary of 1 MiB
		assert_int_equal(lzma_alone_encoder(&s, &o), LZMA_OK);
		s.next_in = in.p;
		s.avail_in = in.n;
		s.next_out = out.p;
		s.avail_out = room;
		assert_int_equal(lzma_code(&s, LZMA_FINISH), LZMA_STREAM_END);
		out.n = room - s.avail_out;
		lzma_end(&s);
	} else {
		z_stream z = {0};

		assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, coding == 'g' ? 31 : coding == 'r' ? -15 : 15,
			9, Z_DEFAULT_STRATEGY), Z_OK);
		z.next_in = in.p;
		z.avail_in = (uInt)in.n;
		z.next_out = out.p;
		z.avail_out = (uInt)room;
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		out.n = room - z.avail_out;
		deflateEnd(&z);
	}
	return out;
}

/** In the order of `codings`, the first innermost. Consumes `in`. */
static struct blob layers(struct blob in, const char *codings)
{
	for (; *codings; codings++) {
		struct blob out = coded(in, *codings);

		free(in.p);
		in = out;
	}
	return in;
}

static struct blob zeros(size_t n)
{
	struct blob b = {calloc(1, n), n};

	assert_non_null(b.p);
	return b;
}

static const char *name_of(char coding)
{
	return coding == 'g' ? "gzip" : coding == 'b' ? "br" : coding == 'l' ? "lzma" : "deflate";
}

/** An answer with that body, fed in pieces; t stays open. Returns the longest time for a piece. */
static double answer(struct feed *t, struct blob body, const char *codings, size_t step)
{
	char head[300], list[100] = "";
	double worst = 0;

	for (const char *c = codings; *c; c++) {
		strcat(list, c == codings ? "" : ", ");
		strcat(list, name_of(*c));
	}
	feed_text(t, TS, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 0);
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Encoding: %s\r\n\r\n",
		body.n, list);
	feed_text(t, TC, head, 0);
	for (size_t at = 0; at < body.n; at += step) {
		const clock_t start = clock();
		double took;

		feed_data(t, TC, body.p + at, body.n - at < step ? body.n - at : step, 0);
		took = (double)(clock() - start) / CLOCKS_PER_SEC;
		worst = took > worst ? took : worst;
	}
	return worst;
}

static const struct dp_file *file_of(struct feed *t)
{
	return feed_tx(t, 0)->files;
}

static void every_coding(void **state)
{
	static const struct {
		const char *codings;
		bool bomb, many;
	} way[] = {{"g", false, false}, {"d", false, false}, {"r", false, false}, {"b", true, false},
		{"l", false, false}, {"gg", true, false}, {"bb", true, false}, {"gb", true, false},
		{"bg", true, false}, {"lg", true, false}, {"gl", true, false}, {"ggg", true, true},
		{"bgd", true, true}, {"gbgb", true, true}};

	for (unsigned i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		struct blob b = layers(zeros(ROOM), way[i].codings);
		const clock_t start = clock();
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		t.conf.app.http_lzma_layers = 1;
		answer(&t, b, way[i].codings, BLOCK);
		// gzip alone makes a thousand of one at most, lzma seven; a third coding is one more than is ordinary.
		if (feed_event(&t, 0, SIG_EV_HTTP1_BOMB) != way[i].bomb ||
			feed_event(&t, 0, SIG_EV_HTTP1_ENC_LAYERS) != way[i].many)
			fail_msg("%s: bomb %d, layers %d", way[i].codings,
				feed_event(&t, 0, SIG_EV_HTTP1_BOMB), feed_event(&t, 0, SIG_EV_HTTP1_ENC_LAYERS));
		assert_true(dp_slab_peak_all(t.c.slab) < (strchr(way[i].codings, 'b') ? WINDOWS : MEMORY));
		assert_true((double)(clock() - start) / CLOCKS_PER_SEC < SECONDS);
		feed_close(&t);
		free(b.p);
	}
}

/** Files that somebody wants whole are decoded behind the limit of what is inspected, too. */
static void wanted_files(void **state)
{
	static const char *const way[] = {"b", "l", "gg", "gb"};

	for (unsigned i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		struct blob b = layers(zeros(ROOM), way[i]);
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		t.conf.app.http_lzma_layers = 1;
		t.c.file_hash = DP_FILE_SHA256;
		answer(&t, b, way[i], BLOCK);
		assert_true(feed_event(&t, 0, SIG_EV_HTTP1_BOMB));
		assert_int_equal(file_of(&t)->state, DP_FILE_TRUNCATED);
		assert_true(file_of(&t)->size < 16u << 20);
		feed_close(&t);
		free(b.p);
	}
}

/** Much that is harmless comes first, so that the ratio of all allows gigabytes: a piece has its own. */
static void behind_harmless(void **state)
{
	static const char *const way[] = {"gg", "gb", "b"};

	for (unsigned i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		struct blob in = zeros(ROOM), b;
		struct feed t;

		for (uint32_t k = 0, x = 1; k < 1u << 20; k++)
			in.p[k] = (uint8_t)((x = x * 1103515245u + 12345u) >> 16);
		b = layers(in, way[i]);
		feed_open(&t, &dp_app_http1, 6);
		t.c.file_hash = DP_FILE_SHA256;
		answer(&t, b, way[i], 1400);
		assert_true(feed_event(&t, 0, SIG_EV_HTTP1_BOMB));
		assert_in_range(file_of(&t)->size, 1u << 20, 16u << 20);
		feed_close(&t);
		free(b.p);
	}
}

/** compression-bomb-limit: so much is never a bomb. */
static void bomb_limit(void **state)
{
	struct blob b = layers(zeros(3u << 20), "gg");

	for (unsigned mib = 1; mib <= 4; mib++) {
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		t.conf.app.http_bomb_bytes = mib << 20;
		answer(&t, b, "gg", BLOCK);
		assert_int_equal(feed_event(&t, 0, SIG_EV_HTTP1_BOMB), mib < 3);
		feed_close(&t);
	}
	free(b.p);
}

/** response-body-decompress-layer-limit: what is ordinary; 0 is no limit. */
static void layer_limit(void **state)
{
	struct blob text = blob(100), b;

	text.n = (size_t)snprintf((char *)text.p, 100, "what is inside of three");
	b = layers(text, "gbd");
	for (uint8_t limit = 0; limit <= 4; limit++) {
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		t.conf.app.http_layers = limit;
		answer(&t, b, "gbd", 7);
		assert_int_equal(feed_event(&t, 0, SIG_EV_HTTP1_ENC_LAYERS), limit != 0 && limit < 3);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_HTTP_RESPONSE_BODY, TC, 0), "what is inside of three");
		feed_close(&t);
	}
	free(b.p);
}

/** decompression-time-limit: of a whole message. */
static void time_limit(void **state)
{
	struct blob b = layers(zeros(ROOM), "g");

	for (unsigned us = 0; us <= 1; us++) {
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		t.c.file_hash = DP_FILE_SHA256; // to the end
		t.conf.app.http_decode_us = us;
		answer(&t, b, "g", BLOCK);
		assert_int_equal(feed_event(&t, 0, SIG_EV_HTTP1_BOMB), us);
		assert_int_equal(file_of(&t)->state, us ? DP_FILE_TRUNCATED : DP_FILE_CLOSED);
		if (!us)
			assert_int_equal(file_of(&t)->size, ROOM);
		feed_close(&t);
	}
	free(b.p);
}

/** lzma-enabled: off, one layer, two; what is refused is not looked into, and said. */
static void lzma_layers(void **state)
{
	static const struct {
		const char *codings;
		uint8_t layers;
		int event; /* -1: none */
	} way[] = {{"l", 0, SIG_EV_HTTP1_LZMA_DISABLED}, {"l", 1, -1}, {"lg", 1, -1}, {"gl", 1, -1},
		{"ll", 1, SIG_EV_HTTP1_BOMB}, {"ll", 2, -1}};

	for (unsigned i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		for (size_t step = 1; step < 100; step += 98) {
			struct blob text = blob(100), b;
			bool found;
			struct feed t;

			text.n = (size_t)snprintf((char *)text.p, 100, "a text in lzma, a text in lzma, a text");
			b = layers(text, way[i].codings);
			feed_open(&t, &dp_app_http1, 6);
			t.conf.app.http_lzma_layers = way[i].layers;
			answer(&t, b, way[i].codings, step);
			found = strstr(feed_buf(&t, 0, SIG_BUF_HTTP_RESPONSE_BODY, TC, 0), "a text in") != NULL;
			assert_int_equal(found, way[i].event < 0);
			assert_int_equal(feed_event(&t, 0, SIG_EV_HTTP1_LZMA_DISABLED),
				way[i].event == SIG_EV_HTTP1_LZMA_DISABLED);
			assert_int_equal(feed_event(&t, 0, SIG_EV_HTTP1_BOMB), way[i].event == SIG_EV_HTTP1_BOMB);
			assert_false(feed_event(&t, 0, SIG_EV_HTTP1_GZIP_FAILED));
			feed_close(&t);
			free(b.p);
		}
	}
}

/** lzma-memlimit: content that refers farther back than what may be kept; broken content. */
static void lzma_memory(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		struct blob in = blob(600000), b;
		struct feed t;

		for (uint32_t k = 0, x = 1; k < 300000; k++)
			in.p[k] = in.p[k + 300000] = (uint8_t)((x = x * 1103515245u + 12345u) >> 16);
		in.n = 600000;
		b = layers(in, "l");
		if (i == 2)
			memset(b.p + 2000, 0xff, 3000);
		feed_open(&t, &dp_app_http1, 6);
		t.c.file_hash = DP_FILE_SHA256;
		t.conf.app.http_lzma_layers = 1;
		if (i == 1)
			t.conf.app.http_lzma_bytes = 65536;
		answer(&t, b, "l", BLOCK);
		assert_int_equal(feed_event(&t, 0, SIG_EV_HTTP1_LZMA_MEMLIMIT), i == 1);
		assert_int_equal(feed_event(&t, 0, SIG_EV_HTTP1_GZIP_FAILED), i == 2);
		if (i == 0)
			assert_int_equal(file_of(&t)->size, 600000);
		else
			assert_true(file_of(&t)->size < 600000);
		if (i == 1)
			assert_true(dp_slab_peak_all(t.c.slab) < 1u << 20);
		feed_close(&t);
		free(b.p);
	}
}

/** HTTP/2 says it by its own names. */
static void http2(void **state)
{
	static const char *const codings[] = {"b", "gg", "x"};
	static const char *const names[] = {"br", "gzip, gzip", "gzip"};

	for (unsigned i = 0; i < 3; i++) {
		struct blob b = i == 2 ? zeros(5000) : layers(zeros(ROOM), codings[i]);
		uint8_t head[100] = {0, 0, 0, 1, 4, 0, 0, 0, 1}, frame[9 + BLOCK];
		const size_t len = strlen(names[i]);
		struct feed t;

		feed_open(&t, &dp_app_http2, 6);
		feed_data(&t, TS, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24, 0);
		feed_data(&t, TS, "\0\0\0\4\0\0\0\0\0" "\0\0\5\1\5\0\0\0\1" "\x82\x84\x86\x41\0", 9 + 9 + 5, 0);
		feed_data(&t, TC, "\0\0\0\4\0\0\0\0\0", 9, 0);
		head[2] = (uint8_t)(4 + len);
		head[9] = 0x88; // :status 200
		memcpy(head + 10, "\x0f\x0b", 2); // content-encoding, not indexed
		head[12] = (uint8_t)len;
		memcpy(head + 13, names[i], len);
		feed_data(&t, TC, head, 13 + len, 0);
		for (size_t at = 0; at < b.n; at += BLOCK) {
			const size_t n = b.n - at < BLOCK ? b.n - at : BLOCK;

			memcpy(frame, (uint8_t[]){0, (uint8_t)(n >> 8), (uint8_t)n, 0, n < BLOCK, 0, 0, 0, 1}, 9);
			memcpy(frame + 9, b.p + at, n);
			feed_data(&t, TC, frame, 9 + n, 0);
		}
		bool bomb = false, broken = false;

		for (const struct dp_tx *tx = t.a.tx_first; tx; tx = tx->next) {
			bomb |= dp_tx_has_event(tx, SIG_EV_HTTP2_BOMB);
			broken |= dp_tx_has_event(tx, SIG_EV_HTTP2_DECOMPRESSION);
		}
		assert_int_equal(bomb, i < 2);
		assert_int_equal(broken, i == 2);
		assert_true(dp_slab_peak_all(t.c.slab) < WINDOWS);
		feed_close(&t);
		free(b.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_coding),
		cmocka_unit_test(wanted_files),
		cmocka_unit_test(behind_harmless),
		cmocka_unit_test(bomb_limit),
		cmocka_unit_test(layer_limit),
		cmocka_unit_test(time_limit),
		cmocka_unit_test(lzma_layers),
		cmocka_unit_test(lzma_memory),
		cmocka_unit_test(http2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
