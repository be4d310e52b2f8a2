/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL session, cut at every byte. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_pgsql;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define SEND(t, d, m, step) feed_data(t, d, m, sizeof(m) - 1, step)

static const char ssl[] = "\0\0\0\x08\x04\xd2\x16\x2f";
static const char start[] = "\0\0\0\x1e\0\3\0\0user\0joe\0database\0db\0\0";
static const char salt[] = "R\0\0\0\x0c\0\0\0\5a\xff" "b\0";
static const char password[] = "p\0\0\0\x09md5x\0";
static const char welcome[] = "R\0\0\0\x08\0\0\0\0S\0\0\0\x11TimeZone\0UTC\0"
			      "K\0\0\0\x0c\0\0\0\1\0\0\0\2Z\0\0\0\5I";
static const char query[] = "Q\0\0\0\x0dselect 1\0";
static const char rows[] = "T\0\0\0\6\0\2D\0\0\0\x11\0\2\0\0\0\3abc\xff\xff\xff\xff"
			   "D\0\0\0\x10\0\2\0\0\0\1x\0\0\0\1yC\0\0\0\x0dSELECT 2\0Z\0\0\0\5I";
static const char fails[] = "E\0\0\0\x13SERROR\0C22012\0\0Z\0\0\0\5I";
static const char copy[] = "d\0\0\0\7rowd\0\0\0\5xc\0\0\0\4";
static const char bye[] = "X\0\0\0\4";

static void every_split(void **s)
{
	for (size_t step = 0; step < sizeof(rows); step++) {
		struct feed t;

		feed_open(&t, &dp_app_pgsql, 6);
		SEND(&t, TS, ssl, step);
		SEND(&t, TC, "N", step);
		SEND(&t, TS, start, step);
		SEND(&t, TC, salt, step);
		SEND(&t, TS, password, step);
		SEND(&t, TC, welcome, step);
		SEND(&t, TS, query, step);
		SEND(&t, TC, rows, step);
		SEND(&t, TS, query, step);
		SEND(&t, TC, fails, step);
		SEND(&t, TS, copy, step);
		SEND(&t, TC, "Z\0\0\0\5I", step);
		SEND(&t, TS, bye, step);
		assert_false(t.failed);
		assert_int_equal(t.a.tx_next_id, 7);
		assert_string_equal(feed_log(&t, 0),
			"tx_id=1 request{ message=SSL Request } response{ ssl_accepted=0 }");
		assert_string_equal(feed_log(&t, 1),
			"tx_id=2 request{ protocol_version=3.0 startup_parameters{ user=joe "
			"optional_parameters[ { database=db } } } } response{ "
			"authentication_md5_password=a\xff" "b }");
		assert_string_equal(feed_log(&t, 2),
			"tx_id=3 request{ password_redacted=1 } response{ "
			"message=authentication_ok parameter_status[ { time_zone=UTC } } "
			"process_id=1 secret_key=2 }");
		assert_string_equal(feed_buf(&t, 3, SIG_BUF_PGSQL_QUERY, TS, 0), "select 1");
		assert_string_equal(feed_log(&t, 3),
			"tx_id=4 request{ simple_query=select 1 } response{ field_count=2 "
			"command_completed=SELECT 2 data_rows=2 data_size=5 }");
		assert_non_null(strstr(feed_log(&t, 4), "severity_localizable=ERROR code=22012"));
		assert_string_equal(feed_log(&t, 5), "tx_id=6 request{ copy_data_in{ msg_count=2 "
						     "data_size=4 } message=copy_done }");
		assert_non_null(strstr(feed_log(&t, 6), "message=termination_message"));
		assert_int_equal(feed_tx(&t, 6)->progress[TC], 1);
		feed_close(&t);
	}
}

static void upgrade_and_holes(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_pgsql, 6);
	SEND(&t, TS, ssl, 0);
	SEND(&t, TC, "S", 0);
	assert_true(t.a.change_pending);
	feed_close(&t);
	feed_open(&t, &dp_app_pgsql, 6);
	SEND(&t, TS, query, 0);
	SEND(&t, TC, "D\0\0\0\x11\0\1", 0);
	feed_gap(&t, TC, 11);
	SEND(&t, TC, "C\0\0\0\x0dSELECT 2\0", 0);
	feed_gap(&t, TC, 5);
	SEND(&t, TC, "lost\0\0", 0);
	SEND(&t, TC, "Z\0\0\0\5I", 0);
	assert_false(t.failed);
	assert_int_equal(feed_tx(&t, 0)->progress[TC], 1);
	assert_non_null(strstr(feed_log(&t, 0), "command_completed=SELECT 2"));
	SEND(&t, TS, "Q\0\0\0\1xxxx", 0);
	assert_true(feed_event(&t, 0, SIG_EV_PGSQL_REQUEST));
	feed_close(&t);
}

static enum dp_probe probe(const char *p, size_t n)
{
	struct dp_app_in in = {.data = {(const uint8_t *)p, (uint32_t)n}};
	enum dp_probe got;
	struct feed t;

	feed_open(&t, &dp_app_pgsql, 6);
	got = dp_app_pgsql.probe(&t.x, &in);
	feed_close(&t);
	return got;
}

static void recognition(void **s)
{
	assert_int_equal(probe(ssl, 8), DP_PROBE_YES);
	assert_int_equal(probe(ssl, 5), DP_PROBE_MORE);
	assert_int_equal(probe(start, sizeof(start) - 1), DP_PROBE_YES);
	assert_int_equal(probe(start, 20), DP_PROBE_MORE);
	assert_int_equal(probe(query, sizeof(query) - 1), DP_PROBE_NO);
	assert_int_equal(probe("\0\0\0\x09\0\3\0\0\0", 9), DP_PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split),
		cmocka_unit_test(upgrade_and_holes), cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
