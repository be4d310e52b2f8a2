/* SPDX-License-Identifier: Apache-2.0 */
/* NTP: fields of requests and answers, recognition, what is too short. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_ntp;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static uint64_t number(struct feed *t, uint64_t tx, enum sig_number n, enum sig_dir dir)
{
	uint64_t v = 0;

	return t->d->number(&t->x, feed_tx(t, tx), n, dir, 0, &v) ? v : UINT64_MAX;
}

static void fields(void **s)
{
	uint8_t m[68] = {0x23};
	struct feed t;

	feed_open(&t, &dp_app_ntp, 17);
	feed_data(&t, TS, m, 48, 0);
	m[0] = 0x1c;
	m[1] = 2;
	memcpy(m + 12, "\xc0\0\2\1", 4);
	feed_data(&t, TC, m, 68, 0); // with an authenticator
	assert_int_equal(t.a.tx_next_id, 2);
	assert_int_equal(number(&t, 0, SIG_NUM_NTP_VERSION, TS), 4);
	assert_int_equal(number(&t, 0, SIG_NUM_NTP_MODE, TS), 3);
	assert_int_equal(number(&t, 0, SIG_NUM_NTP_MODE, TC), UINT64_MAX);
	assert_int_equal(number(&t, 1, SIG_NUM_NTP_VERSION, TC), 3);
	assert_int_equal(number(&t, 1, SIG_NUM_NTP_STRATUM, TC), 2);
	assert_string_equal(feed_buf(&t, 1, SIG_BUF_NTP_REFERENCE_ID, TC, 0), "\xc0");
	assert_string_equal(feed_buf(&t, 1, SIG_BUF_NTP_REFERENCE_ID, TS, 0), "<absent>");
	assert_non_null(strstr(feed_log(&t, 1), "version=3 mode=4 stratum=2 reference_id=3221225985"));
	for (unsigned i = 0; i < 600; i++)
		feed_data(&t, TS, m, 48, 0);
	assert_int_equal(t.a.tx_next_id, 256);
	assert_false(t.failed);
	feed_data(&t, TC, m, 47, 0);
	assert_true(t.failed && feed_event(&t, 255, SIG_EV_NTP_MALFORMED));
	feed_close(&t);
}

static void recognition(void **s)
{
	uint8_t m[48] = {0x23};
	struct dp_app_in in = {.data = {m, 48}};
	struct feed t;

	feed_open(&t, &dp_app_ntp, 17);
	t.f.port[0] = 40000;
	t.f.port[1] = 123;
	assert_int_equal(dp_app_ntp.probe(&t.x, &in), DP_PROBE_YES);
	in.data.n = 47;
	assert_int_equal(dp_app_ntp.probe(&t.x, &in), DP_PROBE_NO);
	in.data.n = 48;
	for (unsigned v = 0; v < 8; v++) {
		m[0] = (uint8_t)(v << 3 | 3);
		assert_true((dp_app_ntp.probe(&t.x, &in) == DP_PROBE_YES) == (v == 3 || v == 4));
	}
	t.f.port[0] = 123; // an answer comes first
	t.f.port[1] = 40000;
	m[0] = 0x24;
	assert_int_equal(dp_app_ntp.probe(&t.x, &in), DP_PROBE_YES_REVERSE);
	m[0] = 0x23;
	assert_int_equal(dp_app_ntp.probe(&t.x, &in), DP_PROBE_NO);
	t.f.port[0] = 5000;
	assert_int_equal(dp_app_ntp.probe(&t.x, &in), DP_PROBE_NO);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(fields), cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
