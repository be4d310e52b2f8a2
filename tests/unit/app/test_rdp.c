/* SPDX-License-Identifier: Apache-2.0 */
/* RDP: requests, answers and certificates cut at every byte, bodies cut short, recognition. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

extern const struct dp_app_desc dp_app_rdp;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define SEND(t, d, bytes, step) send(t, d, bytes, sizeof(bytes) - 1, step)

static size_t tpkt(uint8_t *out, const void *body, size_t n)
{
	memcpy(out, (const uint8_t[]){3, 0, (uint8_t)((n + 4) >> 8), (uint8_t)(n + 4)}, 4);
	memcpy(out + 4, body, n);
	return n + 4;
}

static void send(struct feed *t, enum sig_dir d, const void *body, size_t n, size_t step)
{
	uint8_t b[700];

	feed_data(t, d, b, tpkt(b, body, n), step);
}

/* Cookie of "ann", negotiation with restricted administration. */
#define REQUEST "\x24\xe0\0\0\0\0\0" "Cookie: mstshash=ann\r\n" "\1\1\x08\0\x0b\0\0\0"
#define CONFIRM "\x0e\xd0\0\0\x12\x34\0" "\2\3\x08\0\1\0\0\0"
#define REFUSED "\x0e\xd0\0\0\x12\x34\0" "\3\0\x08\0\5\0\0\0"
#define HEAD "\2\xf0\x80\x7f\x65\x82\1\x14" "GCC" "\0\5\0\x14\x7c\0\1" "Duca"

/** A client's description of itself: `n` of its bytes. */
static size_t connect_request(uint8_t *out, size_t n)
{
	static const uint8_t core[] = {0x01, 0xc0, 0xd8, 0, 4, 0, 8, 0, 0x20, 3, 0x58, 2, 1, 0xca, 3, 0xaa,
		9, 4, 0, 0, 0x28, 0x0a, 0, 0, 'B', 0, 0xe9, 0, 'X', 0};
	uint8_t b[240] = {0};

	memcpy(b, core, sizeof(core));
	b[56] = 4;  // keyboard
	b[64] = 12; // function keys
	b[132] = 1;
	b[133] = 0xca; // colours
	b[134] = 1;    // product
	b[140] = 24;
	b[144] = 1;
	b[216] = 3; // channels
	b[217] = 0xc0;
	b[218] = 20;
	b[220] = 1;
	memcpy(b + 224, "cliprdr", 7);
	memcpy(out, HEAD, sizeof(HEAD) - 1);
	out[sizeof(HEAD) - 1] = 0x80;
	out[sizeof(HEAD)] = (uint8_t)n;
	memcpy(out + sizeof(HEAD) + 1, b, n);
	return sizeof(HEAD) + 1 + n;
}

static void every_split(void **s)
{
	uint8_t b[400];

	for (size_t step = 0; step < 60; step++) {
		struct feed t;

		feed_open(&t, &dp_app_rdp, 6);
		SEND(&t, TS, REQUEST, step);
		SEND(&t, TC, CONFIRM, step);
		send(&t, TS, b, connect_request(b, 236), step);
		SEND(&t, TC, "\2\xf0\x80\x7f\x66\1\2", step);
		assert_int_equal(t.a.tx_next_id, 4);
		assert_non_null(strstr(feed_log(&t, 0), "event_type=initial_request cookie=ann flags"));
		assert_non_null(strstr(feed_log(&t, 0), "restricted_admin_mode_required"));
		assert_non_null(strstr(feed_log(&t, 1), "extended_client_data"));
		assert_non_null(strstr(feed_log(&t, 1), "protocol=ssl"));
		assert_non_null(strstr(feed_log(&t, 2), "version=v5"));
		assert_non_null(strstr(feed_log(&t, 2), "desktop_width=800 "));
		assert_non_null(strstr(feed_log(&t, 2), "color_depth=24"));
		assert_non_null(strstr(feed_log(&t, 2), "keyboard_layout=en-US"));
		assert_non_null(strstr(feed_log(&t, 2), "client_name=B\xc3\xa9X"));
		assert_non_null(strstr(feed_log(&t, 2), "keyboard_type=enhanced"));
		assert_non_null(strstr(feed_log(&t, 2), "support_errinfo_pdf"));
		assert_non_null(strstr(feed_log(&t, 2), "cliprdr"));
		assert_non_null(strstr(feed_log(&t, 3), "event_type=connect_response"));
		// What follows is secret.
		feed_data(&t, TS, "anything", 8, step);
		feed_gap(&t, TC, 20);
		feed_data(&t, TC, "anything", 8, step);
		assert_false(t.failed);
		assert_int_equal(t.a.tx_next_id, 4);
		feed_close(&t);
	}
}

/** A description cut anywhere is read as far as it goes, or not at all. */
static void cut(void **s)
{
	uint8_t b[400];

	for (size_t n = 0; n <= 236; n++) {
		struct feed t;

		feed_open(&t, &dp_app_rdp, 6);
		send(&t, TS, b, connect_request(b, n), 0);
		assert_non_null(strstr(feed_log(&t, 0), "event_type=connect_request"));
		assert_true(!strstr(feed_log(&t, 0), "client{") == (n < 216));
		feed_close(&t);
	}
	for (size_t n = 0; n < sizeof(REQUEST) - 1; n++) {
		struct feed t;
		uint8_t r[sizeof(REQUEST)];

		memcpy(r, REQUEST, sizeof(r));
		feed_open(&t, &dp_app_rdp, 6);
		send(&t, TS, r, n, 0);
		assert_int_equal(t.a.tx_next_id, 0);
		if (n > 7) { // as long as it says it is
			r[0] = (uint8_t)(n - 1);
			send(&t, TS, r, n, 0);
			assert_non_null(strstr(feed_log(&t, 0), "initial_request"));
			assert_true(!strstr(feed_log(&t, 0), "cookie") == (n < 29));
		}
		feed_close(&t);
	}
}

/* Records of a handshake: one message in two records, certificates with serials 0x0a1b and 5. */
#define CERT1 "\x30\x0d\x30\x0b\xa0\3\2\1\2\2\2\x0a\x1b\x30\0"
#define CERT2 "\x30\x07\x30\x05\2\1\5\x30\0"
static const char hello[] = "\x16\3\3\0\6" "\2\0\0\2\3\3" "\x16\3\3\0\6" "\x0b\0\0\x21\0\0";
static const char certs[] = "\x16\3\3\0\x1f" "\x1e" "\0\0\x0f" CERT1 "\0\0\x09" CERT2;

static void certificates(void **s)
{
	for (size_t step = 0; step < 50; step++) {
		struct feed t;

		feed_open(&t, &dp_app_rdp, 6);
		SEND(&t, TS, REQUEST, step);
		SEND(&t, TC, CONFIRM, step);
		feed_data(&t, TS, "\x16\3\3\0\4\1\0\0\0", 9, step);
		feed_data(&t, TC, hello, sizeof(hello) - 1, step);
		assert_int_equal(t.a.tx_next_id, 2);
		feed_data(&t, TC, certs, sizeof(certs) - 1, step);
		assert_int_equal(t.a.tx_next_id, 3);
		assert_non_null(strstr(feed_log(&t, 2), "tls_handshake"));
		assert_non_null(strstr(feed_log(&t, 2), "a1b"));
		assert_non_null(strstr(feed_log(&t, 2), "=5"));
		feed_close(&t);
	}
}

static void faults(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_rdp, 6);
	SEND(&t, TC, REFUSED, 0);
	assert_non_null(strstr(feed_log(&t, 0), "error_code=5 reason=hybrid required by server"));
	for (unsigned i = 0; i < 600; i++)
		SEND(&t, TS, REQUEST, 0);
	assert_int_equal(t.a.tx_next_id, 256);
	assert_false(t.failed);
	feed_data(&t, TS, "\3\0\0\3", 4, 0);
	assert_true(t.failed);
	feed_close(&t);
	feed_open(&t, &dp_app_rdp, 6);
	feed_data(&t, TS, "GET /", 5, 0);
	assert_true(t.failed);
	feed_close(&t);
	feed_open(&t, &dp_app_rdp, 6);
	feed_data(&t, TC, "\x16\3\3\xff\xff", 5, 0);
	assert_true(t.failed);
	feed_close(&t);
	feed_open(&t, &dp_app_rdp, 6);
	SEND(&t, TS, REQUEST, 0);
	feed_gap(&t, TS, 4);
	assert_true(t.failed);
	feed_close(&t);
}

/** Thousands of small messages before the certificates: each is read once. */
static void long_handshake(void **s)
{
	struct feed t;
	clock_t start = clock();

	for (unsigned i = 0; i < 4; i++) {
		feed_open(&t, &dp_app_rdp, 6);
		for (unsigned k = 0; k < 16000; k++)
			feed_data(&t, TC, "\x16\3\3\0\4\2\0\0\0", 9, 0);
		assert_int_equal(t.a.tx_next_id, 0);
		feed_data(&t, TC, "\x16\3\3\0\x0c\2\0\0\0\x0b\0\0\x08\0\0\5\0", 17, 0);
		feed_data(&t, TC, "\x16\3\3\0\4\0\2\x30\0", 9, 0);
		assert_int_equal(t.a.tx_next_id, 1);
		feed_close(&t);
	}
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 1.0);
}

static enum dp_probe probe(const void *p, size_t n, uint16_t port)
{
	struct dp_app_in in = {.data = {p, (uint32_t)n}};
	enum dp_probe r;
	struct feed t;

	feed_open(&t, &dp_app_rdp, 6);
	t.f.port[1] = port;
	r = dp_app_rdp.probe(&t.x, &in);
	feed_close(&t);
	return r;
}

static void recognition(void **s)
{
	uint8_t b[100];
	size_t n = tpkt(b, REQUEST, sizeof(REQUEST) - 1);

	assert_int_equal(probe(b, 1, 3389), DP_PROBE_YES);
	assert_int_equal(probe("GET", 3, 3389), DP_PROBE_NO);
	for (size_t i = 0; i < 22; i++)
		assert_int_equal(probe(b, i, 4000), DP_PROBE_MORE);
	assert_int_equal(probe(b, n, 4000), DP_PROBE_YES);
	n = tpkt(b, "\x0e\xe0\0\0\0\0\0" "\1\0\x08\0\1\0\0\0", 15);
	assert_int_equal(probe(b, n, 4000), DP_PROBE_YES);
	n = tpkt(b, "\x11\xe0\0\0\0\1\0\xc1\2\1\0\xc2\2\1\2\xc0\1\x0a", 18); // of an S7 controller
	assert_int_equal(probe(b, n, 102), DP_PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(cut),
		cmocka_unit_test(certificates), cmocka_unit_test(long_handshake),
		cmocka_unit_test(faults), cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
