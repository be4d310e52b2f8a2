/* SPDX-License-Identifier: Apache-2.0 */
/* LDAP requests and answers, cut at every byte. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_ldap;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

/* Message 2: dc=x, subtree, (objectClass=*), attributes cn and sn, one critical control. */
static const char search[] = "\x30\x42\x02\x01\x02\x63\x2c\x04\x04" "dc=x\x0a\x01\x02\x0a\x01\x00\x02\x01\x05"
			     "\x02\x01\x06\x01\x01\xff\x87\x0bobjectClass\x30\x08\x04\x02" "cn\x04\x02sn"
			     "\xa0\x0f\x30\x0d\x04\x05" "1.2.3\x01\x01\xff\x04\x01\x05";
static const char entry[] = "\x30\x28\x02\x01\x02\x64\x23\x04\x09" "cn=a,dc=x\x30\x16\x30\x0c\x04\x02" "cn\x31\x06"
			    "\x04\x01" "a\x04\x01" "b\x30\x06\x04\x02sn\x31\x00";
static const char done[] = "\x30\x13\x02\x01\x02\x65\x0e\x0a\x01\x04\x04\x04" "dc=x\x04\x03why";
static const char notice[] = "\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00";
static const char starttls[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037";
static const char go[] = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";

#define SEND(t, d, m, step) feed_data(t, d, m, sizeof(m) - 1, step)

static void is(struct feed *t, uint64_t tx, enum sig_buffer b, enum sig_dir d, uint32_t k,
	const char *want)
{
	assert_string_equal(feed_buf(t, tx, b, d, k), want);
}

static uint64_t num(struct feed *t, uint64_t tx, enum sig_number n, enum sig_dir d, uint32_t k)
{
	uint64_t v = 0;

	return t->d->number(&t->x, feed_tx(t, tx), n, d, k, &v) ? v : UINT64_MAX;
}

static void every_split(void **s)
{
	for (size_t step = 0; step < sizeof(search); step++) {
		struct feed t;

		feed_open(&t, &dp_app_ldap, 6);
		SEND(&t, TS, search, step);
		assert_int_equal(feed_tx(&t, 0)->progress[TC], 0);
		SEND(&t, TC, entry, step);
		SEND(&t, TC, done, step);
		assert_false(t.failed);
		assert_int_equal(feed_tx(&t, 0)->progress[TC], 1);
		is(&t, 0, SIG_BUF_LDAP_REQUEST_DN, TS, 0, "dc=x");
		is(&t, 0, SIG_BUF_LDAP_REQUEST_ATTRIBUTE_TYPE, TS, 1, "sn");
		is(&t, 0, SIG_BUF_LDAP_REQUEST_ATTRIBUTE_TYPE, TS, 2, "<absent>");
		is(&t, 0, SIG_BUF_LDAP_RESPONSES_DN, TC, 0, "cn=a,dc=x");
		is(&t, 0, SIG_BUF_LDAP_RESPONSES_MESSAGE, TC, 1, "why");
		is(&t, 0, SIG_BUF_LDAP_RESPONSES_ATTRIBUTE_TYPE, TC, 1, "sn");
		assert_int_equal(num(&t, 0, SIG_NUM_LDAP_REQUEST_OPERATION, TS, 0), 3);
		assert_int_equal(num(&t, 0, SIG_NUM_LDAP_RESPONSES_OPERATION, TC, 1), 5);
		assert_int_equal(num(&t, 0, SIG_NUM_LDAP_RESPONSES_COUNT, TC, 0), 2);
		assert_int_equal(num(&t, 0, SIG_NUM_LDAP_RESPONSES_RESULT, TC, 0), 4);
		assert_string_equal(feed_log(&t, 0),
			"request{ message_id=2 operation=search_request search_request{ base_object=dc=x "
			"scope=2 deref_alias=0 size_limit=5 time_limit=6 types_only=1 filter{ "
			"type=present value=objectClass } attributes[ =cn =sn } } controls[ { "
			"control_type=1.2.3 criticality=1 control_value=05 } } } responses[ { "
			"operation=search_result_entry search_result_entry{ base_object=cn=a,dc=x "
			"attributes[ { type=cn values[ =a =b } } { type=sn } } } } { "
			"operation=search_result_done search_result_done{ "
			"result_code=size_limit_exceeded matched_dn=dc=x message=why } } }");
		feed_close(&t);
	}
}

static void unasked(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_ldap, 6);
	SEND(&t, TC, notice, 0);
	assert_false(feed_event(&t, 0, SIG_EV_LDAP_NO_REQUEST));
	assert_non_null(strstr(feed_log(&t, 0), "{ message_id=0 operation=extended_response"));
	SEND(&t, TC, done, 0);
	assert_true(feed_event(&t, 1, SIG_EV_LDAP_NO_REQUEST));
	feed_data(&t, TC, "\x30\x03\x02\x01\x07", 5, 0);
	assert_true(feed_event(&t, 1, SIG_EV_LDAP_INVALID));
	assert_true(t.failed);
	feed_close(&t);
}

static void upgrade(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_ldap, 6);
	SEND(&t, TS, starttls, 3);
	assert_false(t.a.change_pending);
	SEND(&t, TC, go, 3);
	assert_true(t.a.change_pending);
	assert_int_equal(t.a.change_to, SIG_PROTO_TLS);
	feed_close(&t);
}

static void recognition(void **s)
{
	struct dp_app_in in = {.data = {(const uint8_t *)search, sizeof(search) - 1}};
	struct feed t;

	feed_open(&t, &dp_app_ldap, 6);
	assert_int_equal(dp_app_ldap.probe(&t.x, &in), DP_PROBE_YES);
	in.dir = TC;
	assert_int_equal(dp_app_ldap.probe(&t.x, &in), DP_PROBE_YES_REVERSE);
	in.data.n = 9;
	assert_int_equal(dp_app_ldap.probe(&t.x, &in), DP_PROBE_MORE);
	in.data = (struct dp_span){(const uint8_t *)"\x30\x80\x02\x01", 4};
	assert_int_equal(dp_app_ldap.probe(&t.x, &in), DP_PROBE_NO);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(unasked),
		cmocka_unit_test(upgrade), cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
