/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket frames: the examples of RFC 6455 section 5.7 and RFC 7692 section 7.2.3, cut anywhere. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_websocket;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define UP(bytes) feed_data(&t, TS, bytes, sizeof(bytes) - 1, step)
#define DOWN(bytes) feed_data(&t, TC, bytes, sizeof(bytes) - 1, step)
#define PAYLOAD(tx, d) feed_buf(&t, tx, SIG_BUF_WEBSOCKET_PAYLOAD, d, 0)

static void plain(void **state)
{
	for (size_t step = 0; step < 6; step++) {
		struct feed t;
		uint64_t v;

		feed_open(&t, &dp_app_websocket, 6);
		UP("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
		assert_string_equal(PAYLOAD(0, TS), "Hello");
		assert_string_equal(PAYLOAD(0, TC), "<absent>");
		assert_true(dp_app_websocket.number(&t.x, feed_tx(&t, 0), SIG_NUM_WEBSOCKET_MASK, TS, 0,
			&v));
		assert_int_equal(v, 0x37fa213d);
		assert_string_equal(feed_log(&t, 0), "fin=1 mask=939139389 opcode=text");
		DOWN("\x01\x03Hel\x89\x01!\x80\x02lo");   // a ping between the parts
		assert_string_equal(PAYLOAD(1, TC), "Hel");
		assert_string_equal(PAYLOAD(2, TC), "!");
		assert_string_equal(PAYLOAD(3, TC), "Hello");
		DOWN("\x82\x7e\0\x02xy\x83\0");
		assert_string_equal(PAYLOAD(4, TC), "xy");
		assert_non_null(strstr(feed_log(&t, 5), "opcode=unknown-3"));
		feed_close(&t);
	}
}

static void compressed(void **state)
{
	for (size_t step = 0; step < 4; step++) {
		struct feed t;

		feed_open(&t, &dp_app_websocket, 6);
		DOWN("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00");
		assert_string_equal(PAYLOAD(0, TC), "Hello");
		DOWN("\xc1\x05\xf2\x00\x11\x00\x00");        // refers to the message before
		assert_string_equal(PAYLOAD(1, TC), "Hello");
		DOWN("\x41\x03\xf2\x00\x11\x80\x02\x00\x00"); // the same in two frames
		assert_string_equal(PAYLOAD(3, TC), "Hello");
		UP("\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"); // another window; a final block
		assert_string_equal(PAYLOAD(4, TS), "Hello");
		UP("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00");
		assert_string_equal(PAYLOAD(5, TS), "Hello");
		DOWN("\xc1\x02\xff\xff");                     // no deflate: as it came
		assert_int_equal(strlen(PAYLOAD(6, TC)), 2);
		feed_close(&t);
	}
}

static void limits(void **state)
{
	const size_t step = 0;
	struct feed t;

	feed_open(&t, &dp_app_websocket, 6);
	t.conf.ws_max_payload_bytes = 4;
	UP("\x82\x06" "abcdef\x82\x01z");
	assert_string_equal(PAYLOAD(0, TS), "abcd");
	assert_true(feed_event(&t, 0, SIG_EV_WEBSOCKET_SKIP));
	assert_string_equal(PAYLOAD(1, TS), "z");
	UP("\x02\x03" "abc\x80\x03" "def");
	assert_string_equal(PAYLOAD(3, TS), "abcd");
	assert_true(feed_event(&t, 3, SIG_EV_WEBSOCKET_REASSEMBLY));
	UP("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff" "abcdefgh");
	assert_string_equal(PAYLOAD(4, TS), "abcd");
	assert_false(t.failed);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain), cmocka_unit_test(compressed), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
