/* SPDX-License-Identifier: Apache-2.0 */
/* EtherNet/IP and CIP: messages cut at every byte, numbers, paths, holes, floods. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_enip;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static size_t pdu(uint8_t *out, uint8_t command, uint32_t session, const void *body, size_t n)
{
	memset(out, 0, 24);
	out[0] = command;
	out[2] = (uint8_t)n;
	out[3] = (uint8_t)(n >> 8);
	memcpy(out + 4, &session, 4);
	memcpy(out + 24, body, n);
	return 24 + n;
}

static void send(struct feed *t, enum sig_dir d, uint8_t command, const void *body, size_t n,
	size_t step)
{
	uint8_t b[600];

	feed_data(t, d, b, pdu(b, command, 9, body, n), step);
}

/** CIP as unconnected data. */
static void cip(struct feed *t, enum sig_dir d, const void *p, size_t n, size_t step)
{
	uint8_t b[500] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0, (uint8_t)n, 0};

	memcpy(b + 16, p, n);
	send(t, d, 0x6f, b, 16 + n, step);
}

#define CIP(t, d, step, ...)                                                                       \
	cip(t, d, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), step)

static uint64_t num(struct feed *t, uint64_t tx, enum sig_number n, enum sig_dir d, uint32_t k)
{
	uint64_t v = 0;

	return t->d->number(&t->x, feed_tx(t, tx), n, d, k, &v) ? v : UINT64_MAX;
}

static void identity(struct feed *t, size_t step)
{
	static const uint8_t id[] = {1, 0, 0x0c, 0, 40, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 1, 0, 14, 0, 58, 0, 4, 3, 48, 0, 4, 3, 2, 1, 6, 'P', 'L', 'C', '-', '7', '0', 3};

	send(t, TS, 0x63, "", 0, step);
	send(t, TC, 0x63, id, sizeof(id), step);
}

static void every_split(void **s)
{
	for (size_t step = 0; step < 60; step++) {
		struct feed t;

		feed_open(&t, &dp_app_enip, 6);
		send(&t, TS, 0x65, "\1\0\0\0", 4, step);
		send(&t, TC, 0x65, "\1\0\0\0", 4, step);
		identity(&t, step);
		CIP(&t, TS, step, 10, 2, 0x20, 2, 0x24, 1, 2, 0, 6, 0, 14, 0, 14, 3, 0x20, 1, 0x25, 0, 4, 1,
			3, 2, 0x21, 0, 0xac, 0, 2, 0, 1, 0, 7, 0);
		CIP(&t, TC, step, 0x8a, 0, 0, 0, 2, 0, 6, 0, 10, 0, 0x8e, 0, 0, 0, 0x83, 0, 5, 1, 7, 1);
		assert_false(t.failed);
		assert_int_equal(t.a.tx_next_id, 3);
		assert_int_equal(num(&t, 0, SIG_NUM_ENIP_PROTOCOL_VERSION, TS, 0), 1);
		assert_int_equal(num(&t, 1, SIG_NUM_ENIP_COMMAND, TC, 0), 0x63);
		assert_int_equal(num(&t, 1, SIG_NUM_ENIP_SERIAL, TC, 0), 0x01020304);
		assert_int_equal(num(&t, 1, SIG_NUM_ENIP_REVISION, TC, 0), 0x403);
		assert_int_equal(num(&t, 1, SIG_NUM_ENIP_STATE, TC, 0), 3);
		assert_int_equal(num(&t, 1, SIG_NUM_ENIP_SERIAL, TS, 0), UINT64_MAX);
		assert_string_equal(feed_buf(&t, 1, SIG_BUF_ENIP_PRODUCT_NAME, TC, 0), "PLC-70");
		assert_int_equal(num(&t, 2, SIG_NUM_CIP_CLASS, TS, 0), 2);
		assert_int_equal(num(&t, 2, SIG_NUM_CIP_CLASS, TS, 2), 0xac);
		assert_int_equal(num(&t, 2, SIG_NUM_CIP_INSTANCE, TS, 1), 0x104);
		assert_int_equal(num(&t, 2, SIG_NUM_CIP_ATTRIBUTE, TS, 1), 7);
		assert_int_equal(num(&t, 2, SIG_NUM_CIP_STATUS, TC, 2), 5);
		assert_int_equal(num(&t, 2, SIG_NUM_CIP_EXTENDEDSTATUS, TC, 0), 0x107);
		assert_non_null(strstr(feed_log(&t, 2), "service=Multiple Service Packet"));
		assert_non_null(strstr(feed_log(&t, 2), "class_name=unknown-172"));
		assert_non_null(strstr(feed_log(&t, 2), "status=Path Destination Unknown"));
		assert_non_null(strstr(feed_log(&t, 1), "vendor_id=Rockwell"));
		feed_close(&t);
	}
}

/** Bodies cut at every byte say so, and nothing is read of them. */
static void cut(void **s)
{
	static const uint8_t whole[] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0, 8, 0, 14, 3, 0x20, 1,
		0x24, 1, 0x30, 7};

	for (size_t n = 0; n <= sizeof(whole); n++) {
		struct feed t;

		feed_open(&t, &dp_app_enip, 6);
		send(&t, TS, 0x6f, whole, n, 0);
		assert_true(feed_event(&t, 0, SIG_EV_ENIP_PDU) == (n < sizeof(whole)));
		assert_true((num(&t, 0, SIG_NUM_CIP_ATTRIBUTE, TS, 0) == 7) == (n == sizeof(whole)));
		feed_close(&t);
	}
}

static void pairing(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_enip, 6);
	send(&t, TS, 0, "", 0, 0);     // no answer to this
	send(&t, TS, 0x04, "", 0, 0);
	send(&t, TC, 0x04, "", 0, 0);  // the first is over with it
	assert_int_equal(feed_tx(&t, 0)->progress[TC], 1);
	assert_int_equal(feed_tx(&t, 1)->progress[TC], 1);
	send(&t, TC, 0x64, "\0", 2, 0); // to nothing
	assert_int_equal(feed_tx(&t, 2)->only_dir, 1u << TC);
	feed_gap(&t, TS, 10);
	feed_data(&t, TS, "rest of something lost by the network", 37, 0);
	assert_int_equal(t.a.tx_next_id, 3);
	send(&t, TS, 0x04, "", 0, 0);
	assert_int_equal(t.a.tx_next_id, 4);
	for (unsigned i = 0; i < 1100; i++)
		send(&t, TS, 0x04, "", 0, 0);
	assert_true(feed_event(&t, 0, SIG_EV_ENIP_MANY_TX));
	assert_int_equal(t.a.tx_next_id, 1024);
	feed_close(&t);
}

/** Parts that overlap are no parts: many offsets onto one long list would be read as often. */
static void parts_in_order(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_enip, 6);
	CIP(&t, TS, 0, 10, 2, 0x20, 2, 0x24, 1, 2, 0, 6, 0, 6, 0, 3, 2, 0x20, 1, 0x24, 1, 1, 0, 7, 0);
	assert_true(feed_event(&t, 0, SIG_EV_ENIP_PDU));
	assert_int_equal(num(&t, 0, SIG_NUM_CIP_ATTRIBUTE, TS, 0), UINT64_MAX);
	CIP(&t, TS, 0, 10, 2, 0x20, 2, 0x24, 1, 1, 0, 4, 0, 3, 2, 0x20, 1, 0x24, 1, 1, 0, 7, 0);
	assert_false(feed_event(&t, 1, SIG_EV_ENIP_PDU));
	assert_int_equal(num(&t, 1, SIG_NUM_CIP_ATTRIBUTE, TS, 0), 7);
	feed_close(&t);
}

/** Lists of attributes count as memory with the messages they come from. */
static void long_lists(void **s)
{
	enum { N = 30000 };
	static uint8_t body[16 + 8 + 2 * N], b[24 + sizeof(body)];
	static const uint8_t head[] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0, (8 + 2 * N) & 255,
		(8 + 2 * N) >> 8, 3, 2, 0x20, 1, 0x24, 1, N & 255, N >> 8};
	struct feed t;
	size_t n;

	memcpy(body, head, sizeof(head));
	n = pdu(b, 0x6f, 9, body, sizeof(body));
	feed_open(&t, &dp_app_enip, 6);
	for (unsigned i = 0; i < 8; i++)
		feed_data(&t, TS, b, n, 0);
	assert_int_equal(num(&t, 0, SIG_NUM_CIP_ATTRIBUTE, TS, N - 1), 0);
	assert_int_equal(t.a.tx_next_id, 6);
	assert_true(feed_event(&t, 0, SIG_EV_ENIP_MANY_TX));
	feed_sweep(&t);
	feed_data(&t, TS, b, n, 0); // what was freed is not counted any more
	assert_int_equal(t.a.tx_next_id, 7);
	feed_close(&t);
}

static void recognition(void **s)
{
	uint8_t b[100];
	struct dp_app_in in = {.data = {b, (uint32_t)pdu(b, 0x65, 0, "\1\0\0\0", 4)}};
	struct feed t;

	feed_open(&t, &dp_app_enip, 6);
	assert_int_equal(dp_app_enip.probe(&t.x, &in), DP_PROBE_YES);
	t.f.port[1] = 80;
	assert_int_equal(dp_app_enip.probe(&t.x, &in), DP_PROBE_YES);
	in.data.n = (uint32_t)pdu(b, 0x63, 0, "", 0);
	assert_int_equal(dp_app_enip.probe(&t.x, &in), DP_PROBE_NO);
	t.f.port[1] = 44818;
	assert_int_equal(dp_app_enip.probe(&t.x, &in), DP_PROBE_YES);
	b[0] = 0x50;
	assert_int_equal(dp_app_enip.probe(&t.x, &in), DP_PROBE_NO);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(cut),
		cmocka_unit_test(pairing), cmocka_unit_test(parts_in_order), cmocka_unit_test(long_lists), cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
