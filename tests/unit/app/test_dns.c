/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

extern const struct dp_app_desc dp_app_dns;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static const uint8_t query[] = "\x00\x1a\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x04test\x00"
			       "\x00\x01\x00\x01";
static const uint8_t answer[] =
	"\x00\x3a\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x03www\x04test\x00\x00\x01\x00\x01"
	"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x09\x00\x04\x01" "a\xc0\x10"
	"\xc0\x26\x00\x01\x00\x01\x00\x00\x00\x09\x00\x04\xc0\x00\x02\x01";

static void every_split(void **s)
{
	for (size_t step = 0; step < sizeof(answer); step++) {
		struct feed t;

		feed_open(&t, &dp_app_dns, 6);
		feed_data(&t, TS, query, sizeof(query) - 1, step);
		feed_data(&t, TC, answer, sizeof(answer) - 1, step);
		assert_false(t.failed);
		assert_int_equal(t.a.tx_next_id, 2);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_DNS_QUERY, TS, 0), "www.test");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_DNS_QUERY, TS, 1), "<absent>");
		assert_string_equal(feed_buf(&t, 1, SIG_BUF_DNS_ANSWERS_RRNAME, TC, 1), "a.test");
		assert_string_equal(feed_buf(&t, 1, SIG_BUF_DNS_RESPONSE_RRNAME, TC, 2), "a.test");
		assert_string_equal(feed_log(&t, 1),
			"version=3 type=response tx_id=1 id=4660 flags=8180 qr=1 rd=1 ra=1 opcode=0 "
			"rcode=NOERROR queries[ { rrname=www.test rrtype=A } } answers[ { "
			"rrname=www.test rrtype=CNAME ttl=9 rdata=a.test } { rrname=a.test rrtype=A ttl=9 "
			"rdata=192.0.2.1 } } grouped{ A[ =192.0.2.1 } CNAME[ =a.test } }");
		feed_close(&t);
	}
}

static void broken(void **s)
{
	static const uint8_t loop[] = "\x00\x12\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c"
				      "\x00\x01\x00\x01";

	for (size_t n = 0; n < sizeof(answer) - 1; n++) { // cut short anywhere, length mended
		uint8_t cut[sizeof(answer)];
		struct feed t;

		memcpy(cut, answer, sizeof(answer));
		cut[1] = (uint8_t)n;
		feed_open(&t, &dp_app_dns, 6);
		feed_data(&t, TC, cut, n + 2, 0);
		feed_close(&t);
	}
	struct feed t;

	feed_open(&t, &dp_app_dns, 6);
	feed_data(&t, TS, loop, sizeof(loop) - 1, 0);
	assert_true(feed_event(&t, 0, SIG_EV_DNS_LOOP));
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(broken)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
