/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes recorded from a client and a server of our own; argv[1] is their folder. */
#include "feed.h"
#include <dp/slab.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

extern const struct dp_app_desc dp_app_tls;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static const char *folder;

/** Pieces as the fuzz targets take them: u8 direction, u16 length, bytes. */
static void handshake(struct feed *t, const char *name, size_t step)
{
	static uint8_t all[65536];
	char path[4096];
	size_t n, at = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(all, 1, sizeof(all), f);
	fclose(f);
	feed_open(t, &dp_app_tls, 6);
	while (n - at > 3) {
		size_t len = (size_t)all[at + 1] | (size_t)all[at + 2] << 8;

		feed_data(t, all[at] & 1, all + at + 3, len, step);
		at += 3 + len;
	}
	assert_false(t->failed);
}

static void tls12(void **s)
{
	for (size_t step = 0; step < 300; step += step < 20 ? 1 : 37) {
		struct feed t;

		handshake(&t, "tls12", step);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_TLS_SNI, TS, 0), "seed.test");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_TLS_CERT_SUBJECT, TC, 0),
			"C=XX, O=Test, CN=seed.test");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_TLS_SUBJECTALTNAME, TC, 0), "seed.test");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_TLS_SUBJECTALTNAME, TC, 1), "192.0.2.1");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_TLS_ALPN, TS, 1), "http/1.1");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_TLS_ALPN, TC, 0), "h2");
		assert_int_equal(strlen(feed_buf(&t, 0, SIG_BUF_JA3_HASH, TS, 0)), 32);
		assert_non_null(strstr(feed_log(&t, 0), "version=TLS 1.2"));
		assert_false(t.a.encrypted); // raw signatures see the handshake to its end
		feed_data(&t, TS, "\x17\x03\x03\0\1x", 6, 0);
		assert_true(t.a.encrypted);
		feed_close(&t);
	}
}

static void tls13(void **s)
{
	struct feed t;

	handshake(&t, "tls13", 0);
	assert_memory_equal(feed_buf(&t, 0, SIG_BUF_JA4_HASH, TS, 0), "t13d", 4);
	assert_string_equal(feed_buf(&t, 0, SIG_BUF_TLS_CERT_SUBJECT, TC, 0), "<absent>");
	assert_non_null(strstr(feed_log(&t, 0), "version=TLS 1.3"));
	assert_true(t.a.encrypted);
	feed_close(&t);
}

/** A message of 400 KB is kept until it is whole, and no longer. */
static void long_message(void **s)
{
	enum { RECORDS = 40, EACH = 10000 };
	static uint8_t rec[5 + EACH] = {22, 3, 3, EACH >> 8, EACH & 255};
	const uint32_t len = RECORDS * EACH - 4;
	struct feed t;
	uint64_t base;

	feed_open(&t, &dp_app_tls, 6);
	base = dp_slab_used(t.c.slab, DP_MEM_APP);
	for (unsigned i = 0; i < RECORDS; i++) {
		const uint8_t head[4] = {11, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};

		assert_true(i < 2 || dp_slab_used(t.c.slab, DP_MEM_APP) > base + i * EACH);
		if (i == 0)
			memcpy(rec + 5, head, 4);
		else
			memset(rec + 5, 0, 4);
		feed_data(&t, TC, rec, sizeof(rec), 0);
	}
	assert_true(dp_slab_used(t.c.slab, DP_MEM_APP) < base + 70000);
	assert_false(t.failed);
	feed_close(&t);
}

/** A message that memory is refused for is passed by; what follows it is read. */
static void no_memory(void **s)
{
	enum { LEN = 12000, HELLO = 44 };
	static uint8_t rec[5 + 4 + LEN + HELLO] = {22, 3, 3, (LEN + 4 + HELLO) >> 8,
		(LEN + 4 + HELLO) & 255, 11, 0, LEN >> 8, LEN & 255};
	static const uint8_t hello[] = {2, 0, 0, 40, 3, 3};
	struct feed t;

	memset(rec + 9, 0x77, LEN);
	memcpy(rec + 9 + LEN, hello, sizeof(hello));
	for (size_t step = 0; step <= 3000; step += 1000) {
		feed_open(&t, &dp_app_tls, 6);
		dp_slab_limit(t.c.slab, DP_MEM_APP, dp_slab_used(t.c.slab, DP_MEM_APP) + 6000);
		feed_data(&t, TC, rec, sizeof(rec), step);
		assert_false(feed_event(&t, 0, SIG_EV_TLS_HANDSHAKE));
		assert_int_not_equal(feed_buf(&t, 0, SIG_BUF_TLS_RANDOM, TC, 0)[0], '<');
		feed_close(&t);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tls12), cmocka_unit_test(tls13),
		cmocka_unit_test(long_message), cmocka_unit_test(no_memory)};

	if (argc < 2) {
		puts("skipped: no folder of handshakes given");
		return 77;
	}
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
