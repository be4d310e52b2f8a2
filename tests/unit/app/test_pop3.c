/* SPDX-License-Identifier: Apache-2.0 */
/* POP3 (and TFTP, which is one datagram): commands, replies of one line and many, holes. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_pop3, dp_app_tftp;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define UP(text) feed_text(&t, TS, text, step)
#define DOWN(text) feed_text(&t, TC, text, step)

static void session(void **state)
{
	for (size_t step = 0; step < 8; step++) {
		struct feed t;

		feed_open(&t, &dp_app_pop3, 6);
		DOWN("+OK ready <1@x>\r\n");
		assert_non_null(strstr(feed_log(&t, 0), "success=1 status=OK header=ready <1@x> data[ }"));
		assert_null(strstr(feed_log(&t, 0), "request"));
		UP("USER joe\r\npass secret word\r\n");
		DOWN("+OK\r\n-ERR no\r\n");
		assert_non_null(strstr(feed_log(&t, 1), "command=USER args[ =joe"));
		assert_non_null(strstr(feed_log(&t, 2), "success=0 status=ERR header=no"));
		assert_true(feed_event(&t, 2, SIG_EV_POP3_COMMAND)); // small letters
		assert_non_null(strstr(feed_log(&t, 2), "command=pass args[ =secret =word"));
		UP("LIST\r\nLIST 2\r\n");
		DOWN("+OK 2 messages\r\n1 10\r\n..2 20\r\n.\r\n+OK 2 20\r\n");
		assert_non_null(strstr(feed_log(&t, 3), "data[ =1 10 =.2 20 }"));
		assert_non_null(strstr(feed_log(&t, 4), "header=2 20 data[ }"));
		UP("RETR 1\r\n");
		DOWN("+OK\r\nSubject: x\r\n\r\nmail\r\n");
		assert_int_equal(feed_tx(&t, 5)->progress[TC], 0);
		DOWN(".\r\n");
		assert_int_equal(feed_tx(&t, 5)->progress[TC], 1);
		assert_non_null(strstr(feed_log(&t, 5), "data[ }"));
		UP("WHAT\r\n");
		assert_true(feed_event(&t, 6, SIG_EV_POP3_COMMAND));
		feed_close(&t);
	}
}

static void secrets(void **state)
{
	const size_t step = 0;
	struct feed t;

	feed_open(&t, &dp_app_pop3, 6);
	DOWN("+OK\r\n");
	UP("AUTH PLAIN\r\n");
	DOWN("+ \r\n");
	UP("AGpvZQBzZWNyZXQ=\r\n");
	DOWN("+OK in\r\n");
	assert_non_null(strstr(feed_log(&t, 2), "command=<SASL DATA>"));
	UP("STLS\r\n");
	DOWN("+OK go\r\n");
	assert_true(t.a.change_pending && t.a.change_to == SIG_PROTO_TLS);
	feed_close(&t);
}

static void holes(void **state)
{
	const size_t step = 0;
	struct feed t;

	feed_open(&t, &dp_app_pop3, 6);
	DOWN("+OK\r\n");
	UP("RETR 1\r\n");
	DOWN("+OK\r\nbegin\r\n");
	feed_gap(&t, TC, 100);
	DOWN("rest of a line\r\n.\r\n");
	assert_int_equal(feed_tx(&t, 1)->progress[TC], 1);
	feed_gap(&t, TS, 10);
	UP("half\r\nNOOP\r\n");
	assert_int_equal(t.a.tx_next_id, 3);
	DOWN("nonsense\r\n");
	assert_true(t.failed);
	feed_close(&t);
}

static void tftp(void **state)
{
	struct feed t;

	feed_open(&t, &dp_app_tftp, 17);
	feed_data(&t, TS, "\0\1boot.img\0OCTET", 17, 0);
	feed_data(&t, TS, "\0\2up\0netascii\0blksize\0", 23, 0);
	feed_data(&t, TS, "\0\1x\0strange", 12, 0);
	feed_data(&t, TS, "\0\1unended", 9, 0);
	feed_data(&t, TS, "\0\3\0\1data", 8, 0);
	assert_int_equal(t.a.tx_next_id, 2);
	assert_string_equal(feed_log(&t, 0), "packet=read file=boot.img mode=octet");
	assert_string_equal(feed_log(&t, 1), "packet=write file=up mode=netascii");
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session), cmocka_unit_test(secrets), cmocka_unit_test(holes),
		cmocka_unit_test(tftp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
