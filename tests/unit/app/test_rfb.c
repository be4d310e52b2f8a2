/* SPDX-License-Identifier: Apache-2.0 */
/* RFB handshakes of 3.3, 3.7 and 3.8, cut at every byte. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_rfb;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define UP(bytes) feed_data(&t, TS, bytes, sizeof(bytes) - 1, step)
#define DOWN(bytes) feed_data(&t, TC, bytes, sizeof(bytes) - 1, step)
#define SCREEN "\5\0\3\x20\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\4desk"

static void asks(void **state)
{
	for (size_t step = 0; step < 9; step++) {
		struct feed t;
		uint64_t v;

		feed_open(&t, &dp_app_rfb, 6);
		DOWN("RFB 003.008\n");
		UP("RFB 003.007\n");
		DOWN("\2\1\2");
		UP("\2");
		DOWN("0123456789abcdef");
		UP("ghijklmnopqrstuv");
		assert_int_equal(feed_tx(&t, 0)->progress[TC], 1);
		DOWN("\0\0\0\0");
		UP("\1");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_RFB_NAME, TC, 0), "<absent>");
		DOWN(SCREEN);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_RFB_NAME, TC, 0), "desk");
		assert_true(dp_app_rfb.number(&t.x, feed_tx(&t, 0), SIG_NUM_RFB_SECTYPE, TC, 0, &v));
		assert_int_equal(v, 2);
		assert_non_null(strstr(feed_log(&t, 0), "client_protocol_version{ major=003 minor=007"));
		assert_non_null(strstr(feed_log(&t, 0), "challenge=30313233"));
		assert_non_null(strstr(feed_log(&t, 0), "security_result=OK"));
		assert_non_null(strstr(feed_log(&t, 0), "screen_shared=1"));
		assert_non_null(strstr(feed_log(&t, 0), "width=1280 height=800"));
		UP("\3\0\0\0");
		DOWN("pictures");
		assert_int_equal(t.a.tx_next_id, 1);
		assert_false(t.failed);
		feed_close(&t);
	}
}

static void other_ways(void **state)
{
	const size_t step = 0;
	struct feed t;

	feed_open(&t, &dp_app_rfb, 6); // 3.3: the server decides, and refuses
	DOWN("RFB 003.003\n");
	UP("RFB 003.003\n");
	DOWN("\0\0\0\0\0\0\0\4busy");
	assert_non_null(strstr(feed_log(&t, 0), "server_security_failure_reason=busy"));
	feed_close(&t);
	feed_open(&t, &dp_app_rfb, 6); // 3.8 without password: a result all the same
	DOWN("RFB 003.008\n");
	UP("RFB 003.008\n");
	DOWN("\1\1");
	UP("\1");
	DOWN("\0\0\0\0");
	UP("\0");
	DOWN(SCREEN);
	assert_string_equal(feed_buf(&t, 0, SIG_BUF_RFB_NAME, TC, 0), "desk");
	feed_close(&t);
	feed_open(&t, &dp_app_rfb, 6); // a maker's own way
	DOWN("RFB 003.889\n");
	UP("RFB 003.008\n");
	DOWN("\1\x1e");
	UP("\x1e");
	assert_true(feed_event(&t, 0, SIG_EV_RFB_UNIMPLEMENTED));
	UP("whatever");
	assert_false(t.failed);
	feed_close(&t);
}

static void wrong(void **state)
{
	const size_t step = 0;
	struct feed t;

	feed_open(&t, &dp_app_rfb, 6);
	DOWN("RFB 003x008\n");
	assert_true(t.failed && feed_event(&t, 0, SIG_EV_RFB_MALFORMED));
	feed_close(&t);
	feed_open(&t, &dp_app_rfb, 6);
	DOWN("RFB 003.008\n");
	DOWN("\1\2");
	assert_true(feed_event(&t, 0, SIG_EV_RFB_CONFUSED));
	feed_close(&t);
	feed_open(&t, &dp_app_rfb, 6);
	UP("RFB 003.008\n");
	assert_true(t.failed);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks), cmocka_unit_test(other_ways), cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
