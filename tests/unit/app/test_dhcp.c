/* SPDX-License-Identifier: Apache-2.0 */
/* A DHCP acknowledgement, whole, short and cut at every byte. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_dhcp;

#define TC SIG_DIR_TO_CLIENT
#define OPTIONS                                                                                    \
	"\x35\x01\x05\x33\x04\0\0\x0e\x10\x3a\x04\0\0\x07\x08\x3d\x03\x01\xab\xcd\0\0"             \
	"\x06\x08\x0a\0\0\x01\x0a\0\0\x02\x0c\x03" "box\x37\x02\x01\x2c\xff"

static size_t ack(uint8_t *m)
{
	static const uint8_t head[] = {2, 1, 6, 0, 0, 0, 0, 7};

	memset(m, 0, 240);
	memcpy(m, head, sizeof(head));
	memcpy(m + 16, "\x0a\0\0\x05", 4);
	memcpy(m + 28, "\x02\0\0\0\0\x01", 6);
	memcpy(m + 236, "\x63\x82\x53\x63", 4);
	memcpy(m + 240, OPTIONS, sizeof(OPTIONS) - 1);
	return 240 + sizeof(OPTIONS) - 1;
}

static void records(void **s)
{
	uint8_t m[512];
	size_t n = ack(m);
	struct feed t;
	uint64_t v;

	feed_open(&t, &dp_app_dhcp, 17);
	feed_data(&t, TC, m, n, 0);
	assert_string_equal(feed_log(&t, 0),
		"type=reply id=7 client_mac=02:00:00:00:00:01 assigned_ip=10.0.0.5 dhcp_type=ack "
		"renewal_time=1800 client_id=ab:cd hostname=box");
	t.c.app_want = DP_APP_WANT_DHCP_EXTENDED;
	assert_string_equal(feed_log(&t, 0),
		"type=reply id=7 client_mac=02:00:00:00:00:01 assigned_ip=10.0.0.5 client_ip=0.0.0.0 "
		"relay_ip=0.0.0.0 next_server_ip=0.0.0.0 dhcp_type=ack lease_time=3600 "
		"renewal_time=1800 client_id=ab:cd dns_servers[ =10.0.0.1 =10.0.0.2 } "
		"hostname=box params[ =subnet_mask }");
	assert_true(dp_app_dhcp.number(&t.x, feed_tx(&t, 0), SIG_NUM_DHCP_LEASETIME, TC, 0, &v));
	assert_int_equal(v, 3600);
	assert_false(dp_app_dhcp.number(&t.x, feed_tx(&t, 0), SIG_NUM_DHCP_REBINDING_TIME, TC, 0, &v));
	m[242] = 1; // now a discovery: only extended records tell of it
	feed_data(&t, TC, m, n, 0);
	t.c.app_want = 0;
	assert_string_equal(feed_log(&t, 1), "");
	feed_close(&t);
}

static void cut(void **s)
{
	uint8_t m[512];
	size_t whole = ack(m);

	for (size_t n = 1; n <= whole; n++) {
		struct feed t;

		feed_open(&t, &dp_app_dhcp, 17);
		feed_data(&t, TC, m, n, 0);
		assert_false(t.failed); // the next one may be whole
		assert_int_equal(t.a.tx_live, n >= 240);
		if (n >= 240) {
			assert_int_equal(feed_event(&t, 0, SIG_EV_DHCP_TRUNCATED), n < whole);
			feed_log(&t, 0);
		}
		feed_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(records), cmocka_unit_test(cut)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
