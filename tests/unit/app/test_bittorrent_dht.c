/* SPDX-License-Identifier: Apache-2.0 */
/* BitTorrent DHT: the messages of BEP 5, what is not bencoded soundly, every byte changed. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct dp_app_desc dp_app_bittorrent_dht;

#define TS SIG_DIR_TO_SERVER
#define ID20 "20:abcdefghij0123456789"
#define QUERY "d1:ad2:id" ID20 "12:implied_porti1e9:info_hash" ID20 "4:porti6881e5:token8:aoeusnthe" \
	"1:q13:announce_peer1:t2:aa1:v4:UT021:y1:qe"
#define NODES "5:nodes26:abcdefghij0123456789\x0a\0\0\1\x1a\xe1"
#define ANSWER "d1:rd2:id" ID20 NODES "6:valuesl6:\xc0\0\2\7\0\x50" "e" "e1:t2:aa1:y1:re"
#define ERROR "d1:eli201e13:Generic Error" "e1:t2:aa1:y1:ee"

/** Record of the only message; NULL: it is malformed. */
static const char *record(const void *p, size_t n)
{
	static char text[4096];
	struct feed t;
	bool bad;

	feed_open(&t, &dp_app_bittorrent_dht, 17);
	feed_data(&t, TS, p, n, 0);
	bad = t.failed;
	if (t.a.tx_next_id == 1)
		snprintf(text, sizeof(text), "%s", feed_log(&t, 0));
	else
		text[0] = '\0';
	assert_true(!bad || feed_event(&t, 0, SIG_EV_BITTORRENT_DHT_MALFORMED));
	feed_close(&t);
	return bad ? NULL : text;
}

#define RECORD(m) record(m, sizeof(m) - 1)

static void messages(void **s)
{
	assert_non_null(strstr(RECORD(QUERY), "transaction_id=6161 client_version=55543032"));
	assert_non_null(strstr(RECORD(QUERY), "request_type=announce_peer"));
	assert_non_null(strstr(RECORD(QUERY), "port=6881 token=616f6575736e7468"));
	assert_non_null(strstr(RECORD(ANSWER), "ip=10.0.0.1"));
	assert_non_null(strstr(RECORD(ANSWER), "port=6881"));
	assert_non_null(strstr(RECORD(ANSWER), "ip=192.0.2.7"));
	assert_non_null(strstr(RECORD(ERROR), "num=201 msg=Generic Error"));
	assert_string_equal(RECORD("\x41\0another protocol"), ""); // µTP on the same ports
}

static void unsound(void **s)
{
	assert_null(RECORD("d1:ad2:id" ID20 "e1:q4:ping1:y1:qe"));                 // no transaction
	assert_null(RECORD("d1:ad2:id" ID20 "e1:t2:aa1:q4:ping1:y1:qe"));          // keys do not rise
	assert_null(RECORD("d1:ad2:id" ID20 "e1:q4:ping1:t2:aa1:y1:xe"));          // neither q, r nor e
	assert_null(RECORD("d1:ad2:idi7ee1:q4:ping1:t2:aa1:y1:qe"));               // id is a number
	assert_null(RECORD("d1:ad2:id" ID20 "4:porti65536ee1:q4:ping1:t2:aa1:y1:qe"));
	assert_null(RECORD("d1:ad2:id" ID20 "4:porti-0ee1:q4:ping1:t2:aa1:y1:qe"));
	assert_null(RECORD("d1:ad2:id" ID20 "4:porti007ee1:q4:ping1:t2:aa1:y1:qe"));
	assert_null(RECORD("d1:ad2:id99999999999999999999:"));
	assert_null(RECORD("d1:ad1:lllllllllllllllllllleeeeeeeeeeeeeeee"));
	assert_null(RECORD("d1:el13:Generic Errore1:t2:aa1:y1:ee"));               // no number
	for (size_t n = 6; n < sizeof(QUERY) - 1; n++) {
		char *exact = malloc(n);

		memcpy(exact, QUERY, n);
		assert_null(record(exact, n));
		free(exact);
	}
	for (size_t i = 0; i < sizeof(ANSWER) - 1; i++) {
		char m[sizeof(ANSWER)] = ANSWER;

		for (unsigned v = 0; v < 256; v++) {
			m[i] = (char)v;
			record(m, sizeof(m) - 1);
		}
	}
}

static void flood(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_bittorrent_dht, 17);
	for (unsigned i = 0; i < 600; i++)
		feed_data(&t, TS, QUERY, sizeof(QUERY) - 1, 0);
	assert_int_equal(t.a.tx_next_id, 256);
	assert_false(t.failed);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages), cmocka_unit_test(unsound), cmocka_unit_test(flood)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
