/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: frames, segments and objects, cut at every byte; faults in each layer. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <dp/slab.h>
#include <string.h>

extern const struct dp_app_desc dp_app_dnp3;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

/** Bit by bit, so that the parser's table is checked against something else. */
static void crc(uint8_t *out, const uint8_t *p, size_t n)
{
	uint16_t v = 0;

	for (; n; n--, p++) {
		v ^= *p;
		for (unsigned i = 0; i < 8; i++)
			v = (uint16_t)(v & 1 ? v >> 1 ^ 0xa6bc : v >> 1);
	}
	out[0] = (uint8_t)~v;
	out[1] = (uint8_t)(~v >> 8);
}

static size_t frame(uint8_t *out, bool up, const uint8_t *data, size_t n)
{
	const uint8_t head[8] = {0x05, 0x64, (uint8_t)(5 + n), up ? 0xc4 : 0x44, up ? 2 : 3, 0,
		up ? 3 : 2, 0};
	size_t len = 10;

	memcpy(out, head, 8);
	crc(out + 8, out, 8);
	for (size_t i = 0; i < n; i += 16) {
		size_t k = n - i < 16 ? n - i : 16;

		memcpy(out + len, data + i, k);
		crc(out + len + k, out + len, k);
		len += k + 2;
	}
	return len;
}

static void send(struct feed *t, enum sig_dir d, const void *data, size_t n, size_t step)
{
	uint8_t buf[300];

	feed_data(t, d, buf, frame(buf, d == TS, data, n), step);
}

#define SEND(t, d, step, ...)                                                                      \
	send(t, d, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), step)

static uint64_t num(struct feed *t, uint64_t tx, enum sig_number n, enum sig_dir d)
{
	uint64_t v = 0;

	return t->d->number(&t->x, feed_tx(t, tx), n, d, 0, &v) ? v : UINT64_MAX;
}

static void every_split(void **s)
{
	for (size_t step = 0; step < 48; step++) {
		struct feed t;

		feed_open(&t, &dp_app_dnp3, 6);
		SEND(&t, TS, step, 0xc0, 0xc7, 3, 12, 1, 0x28, 1, 0, 1, 0, 3, 1, 100, 0, 0, 0, 100, 0,
			0, 0, 0);
		SEND(&t, TC, step, 0x41, 0xc7, 129, 0x10, 2, 30);
		SEND(&t, TC, step, 0x82, 4, 0, 4, 5, 0xfe, 0xff, 7, 0, 1, 1, 0, 0, 8, 0xff, 1);
		SEND(&t, TS, step, 0xc3, 0xc0, 0); // a confirmation is not kept
		SEND(&t, TC, step, 0xc0, 0xf0, 130, 0, 0, 60, 1, 6);
		assert_false(t.failed);
		assert_int_equal(t.a.tx_next_id, 3);
		assert_int_equal(num(&t, 0, SIG_NUM_DNP3_FUNC, TS), 3);
		assert_int_equal(num(&t, 0, SIG_NUM_DNP3_FUNC, TC), UINT64_MAX);
		assert_int_equal(num(&t, 0, SIG_NUM_DNP3_IND, TS), UINT64_MAX);
		assert_int_equal(num(&t, 1, SIG_NUM_DNP3_IND, TC), 0x1002);
		assert_int_equal(num(&t, 2, SIG_NUM_DNP3_FUNC, TC), 130);
		assert_non_null(strstr(feed_log(&t, 0), "op_type=3"));
		assert_non_null(strstr(feed_log(&t, 0), "ontime=100"));
		assert_non_null(strstr(feed_log(&t, 0), "complete=1"));
		assert_non_null(strstr(feed_log(&t, 1), "value=-2"));
		assert_non_null(strstr(feed_log(&t, 1), "index=8"));
		assert_non_null(strstr(feed_log(&t, 1), "=need_time =object_unknown"));
		assert_non_null(strstr(feed_log(&t, 1), "complete=1"));
		assert_non_null(strstr(feed_log(&t, 2), "type=unsolicited_response"));
		feed_close(&t);
	}
}

/** A message whose last octets are missing is kept, and said not to be complete. */
static void cut(void **s)
{
	static const uint8_t file[] = {0xc0, 0xc1, 129, 0, 0, 70, 4, 0x5b, 1, 15, 0, 1, 0, 0, 0, 9, 0,
		0, 0, 0, 4, 4, 0, 0, 'o', 'k', 120, 4, 7, 1, 5, 0};

	for (size_t n = 1; n <= sizeof(file); n++) {
		struct feed t;

		feed_open(&t, &dp_app_dnp3, 6);
		send(&t, TC, file, n, 0);
		assert_false(t.failed);
		if (n < 5) {
			assert_true(dp_app_has_event(&t.a, SIG_EV_DNP3_LEN_SMALL));
		} else {
			const char *log = feed_log(&t, 0);
			bool whole = n == 5 || n == 26 || n == sizeof(file);

			assert_non_null(strstr(log, whole ? "complete=1" : "complete=0"));
			assert_true(!strstr(log, "optional_text=ok") == (n < 26));
		}
		feed_close(&t);
	}
}

static void faults(void **s)
{
	uint8_t buf[300];
	struct feed t;
	size_t n;

	feed_open(&t, &dp_app_dnp3, 6);
	SEND(&t, TS, 0, 0xc0, 0xc1, 1, 1, 2, 0, 0, 3, 60, 2, 6); // names points, no data
	assert_non_null(strstr(feed_log(&t, 0), "complete=1"));
	SEND(&t, TS, 0, 0xc1, 0xc2, 2, 99, 1, 7, 1, 5);
	assert_true(feed_event(&t, 1, SIG_EV_DNP3_OBJECT));
	SEND(&t, TS, 0, 0xc2, 0xc3, 2, 1, 1, 1, 0, 0, 0, 0xff);
	assert_true(feed_event(&t, 2, SIG_EV_DNP3_MANY_POINTS));
	n = frame(buf, true, (const uint8_t[]){0xc2, 0xc3, 1}, 3);
	buf[n - 1] ^= 1;
	feed_data(&t, TS, buf, n, 0);
	assert_true(feed_event(&t, 2, SIG_EV_DNP3_TRANSPORT_CRC));
	feed_gap(&t, TS, 5);
	feed_data(&t, TS, "\x05\x64zz", 4, 0);
	SEND(&t, TS, 1, 0xc4, 0xc4, 1, 60, 1, 6);
	assert_false(t.failed);
	assert_int_equal(t.a.tx_next_id, 4);
	n = frame(buf, true, (const uint8_t[]){0xc2, 0xc3, 1}, 3);
	buf[9] ^= 1;
	feed_data(&t, TS, buf, n, 0);
	assert_true(feed_event(&t, 3, SIG_EV_DNP3_LINK_CRC));
	assert_true(t.failed);
	feed_close(&t);
}

static void limits(void **s)
{
	uint8_t data[250] = {0x40, 0xc0, 129, 0, 0};
	struct feed t;

	feed_open(&t, &dp_app_dnp3, 6);
	for (unsigned i = 0; i < 65; i++) {
		data[0] = (uint8_t)((i ? 0 : 0x40) | (i & 63));
		send(&t, TC, data, sizeof(data), 0);
	}
	assert_true(feed_event(&t, 0, SIG_EV_DNP3_REASSEMBLY));
	for (unsigned i = 0; i < 500; i++)
		SEND(&t, TS, 0, 0xc0, 0xc0, 1, 60, 1, 6);
	assert_true(feed_event(&t, 500, SIG_EV_DNP3_FLOODED));
	assert_false(feed_event(&t, 499, SIG_EV_DNP3_FLOODED));
	feed_close(&t);
}

/** Messages of many stations that never end: those that hold memory longest are over first. */
static void long_messages(void **s)
{
	uint8_t data[250] = {0x40, 0xc0, 129, 0, 0}, b[300];
	struct feed t;

	feed_open(&t, &dp_app_dnp3, 6);
	for (unsigned station = 0; station < 400; station++) {
		for (unsigned i = 0; i < 60; i++) {
			data[0] = (uint8_t)((i ? 0 : 0x40) | i);
			size_t n = frame(b, false, data, sizeof(data));

			b[4] = (uint8_t)station;
			b[5] = (uint8_t)(station >> 8);
			crc(b + 8, b, 8);
			feed_data(&t, TC, b, n, 0);
		}
		feed_sweep(&t);
	}
	assert_true(dp_slab_peak_all(t.c.slab) < 3u << 20);
	assert_true(feed_event(&t, 399, SIG_EV_DNP3_FLOODED));
	assert_false(t.failed);
	feed_close(&t);
	feed_open(&t, &dp_app_dnp3, 6); // and the same in one packet
	for (unsigned i = 0; i < 60 * 400; i++) {
		data[0] = (uint8_t)((i % 60 ? 0 : 0x40) | i % 60 | (i % 60 == 59 ? 0x80 : 0));
		send(&t, TC, data, sizeof(data), 0);
	}
	assert_true(dp_slab_peak_all(t.c.slab) < 5u << 20);
	feed_close(&t);
}

static void recognition(void **s)
{
	uint8_t buf[300];
	struct dp_app_in in = {
		.data = {buf, (uint32_t)frame(buf, true, (const uint8_t[]){0xc0, 0xc0, 1}, 3)}};
	struct feed t;

	feed_open(&t, &dp_app_dnp3, 6);
	assert_int_equal(dp_app_dnp3.probe(&t.x, &in), DP_PROBE_YES);
	in.dir = TC;
	assert_int_equal(dp_app_dnp3.probe(&t.x, &in), DP_PROBE_YES_REVERSE);
	for (in.data.n = 1; in.data.n < 10; in.data.n++)
		assert_int_equal(dp_app_dnp3.probe(&t.x, &in), DP_PROBE_MORE);
	buf[8] ^= 1;
	t.f.port[1] = 80;
	assert_int_equal(dp_app_dnp3.probe(&t.x, &in), DP_PROBE_NO);
	t.f.port[1] = 20000;
	assert_int_equal(dp_app_dnp3.probe(&t.x, &in), DP_PROBE_YES_REVERSE);
	in.data = (struct dp_span){(const uint8_t *)"DNP3 here", 9};
	assert_int_equal(dp_app_dnp3.probe(&t.x, &in), DP_PROBE_YES);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(cut),
		cmocka_unit_test(faults), cmocka_unit_test(limits), cmocka_unit_test(long_messages),
		cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
