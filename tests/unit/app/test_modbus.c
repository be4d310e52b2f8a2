/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus: functions cut at every byte, what is wrong with them, pairing, floods, the keyword. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <sig/image.h>
#include <sig/rule.h>
#include <string.h>
#include <time.h>

extern const struct dp_app_desc dp_app_modbus;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static void send(struct feed *t, enum sig_dir d, uint8_t id, const void *p, size_t n, size_t step)
{
	uint8_t b[300] = {0, id, 0, 0, (uint8_t)((n + 1) >> 8), (uint8_t)(n + 1), 1};

	memcpy(b + 7, p, n);
	feed_data(t, d, b, n + 7, step);
}

#ifdef __SANITIZE_ADDRESS__
#define SECONDS 15.0
#else
#define SECONDS 1.5
#endif

#define SEND(t, d, id, step, ...)                                                                  \
	send(t, d, id, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), step)

static int fits(struct feed *t, uint64_t tx, struct sig_modbus m)
{
	struct sig_img_op op = {.len = sizeof(m)};
	struct dp_test_arg a = {.op = &op, .data = &m};

	return t->d->test(&t->x, feed_tx(t, tx), SIG_OPT_MODBUS, TS, &a, sizeof(a));
}

#define EQ(v) {.op = SIG_OP_EQ, .a = v}

static void every_split(void **s)
{
	for (size_t step = 0; step < 24; step++) {
		struct feed t;

		feed_open(&t, &dp_app_modbus, 6);
		SEND(&t, TS, 1, step, 1, 0, 19, 0, 19);
		SEND(&t, TC, 1, step, 1, 3, 0xcd, 0x6b, 5);
		SEND(&t, TS, 2, step, 16, 0, 1, 0, 2, 4, 0, 10, 1, 2);
		SEND(&t, TC, 2, step, 16, 0, 1, 0, 2);
		SEND(&t, TS, 3, step, 23, 0, 3, 0, 6, 0, 14, 0, 1, 2, 0, 255);
		SEND(&t, TC, 3, step, 0x97, 2);
		SEND(&t, TS, 4, step, 22, 0, 4, 0, 0xf2, 0, 0x25);
		SEND(&t, TC, 4, step, 22, 0, 4, 0, 0xf2, 0, 0x25);
		assert_int_equal(t.a.tx_next_id, 4);
		for (uint64_t i = 0; i < 4; i++) {
			assert_int_equal(feed_tx(&t, i)->events[0], 0);
			assert_int_equal(feed_tx(&t, i)->progress[TC], 1);
		}
		assert_non_null(strstr(feed_log(&t, 0), "read{ address=19 quantity=19"));
		assert_non_null(strstr(feed_log(&t, 1), "write{ address=1 quantity=2"));
		assert_non_null(strstr(feed_log(&t, 2), "exception{ raw=2 code=IllegalDataAddr"));
		assert_non_null(strstr(feed_log(&t, 3), "and_mask=242 or_mask=37"));
		feed_close(&t);
	}
}

static void keyword(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_modbus, 6);
	SEND(&t, TS, 1, 0, 16, 0, 1, 0, 2, 4, 0, 10, 1, 2);
	SEND(&t, TS, 2, 0, 15, 0, 0, 0, 10, 2, 0, 2);
	SEND(&t, TS, 3, 0, 8, 0, 4, 0, 0);
	SEND(&t, TS, 4, 0, 66, 1);
	assert_int_equal(fits(&t, 0, (struct sig_modbus){.function = 16}), 1);
	assert_int_equal(fits(&t, 0, (struct sig_modbus){.function = 15}), 0);
	assert_int_equal(fits(&t, 0, (struct sig_modbus){.kind = SIG_MB_ACCESS, .write = true,
		.table = SIG_MBT_HOLDING, .address_set = true, .address = EQ(3), .value_set = true,
		.value = EQ(0x102)}), 1);
	assert_int_equal(fits(&t, 0, (struct sig_modbus){.kind = SIG_MB_ACCESS, .write = true,
		.address_set = true, .address = EQ(4)}), 0);
	assert_int_equal(fits(&t, 1, (struct sig_modbus){.kind = SIG_MB_ACCESS, .write = true,
		.table = SIG_MBT_COILS, .address_set = true, .address = EQ(10), .value_set = true,
		.value = EQ(1)}), 1);
	assert_int_equal(fits(&t, 1, (struct sig_modbus){.kind = SIG_MB_ACCESS, .write = false}), 0);
	assert_int_equal(fits(&t, 2, (struct sig_modbus){.function = 8, .subfunction_set = true,
		.subfunction = 4}), 1);
	assert_int_equal(fits(&t, 2, (struct sig_modbus){.function = 8, .subfunction_set = true}), 0);
	assert_int_equal(fits(&t, 3, (struct sig_modbus){.kind = SIG_MB_CATEGORY,
		.category = SIG_MBC_USER_DEFINED}), 1);
	assert_int_equal(fits(&t, 3, (struct sig_modbus){.kind = SIG_MB_CATEGORY, .negated = true,
		.category = SIG_MBC_USER_DEFINED}), 0);
	assert_int_equal(fits(&t, 0, (struct sig_modbus){.unit_set = true, .unit = EQ(1)}), 1);
	assert_int_equal(fits(&t, 0, (struct sig_modbus){.unit_set = true, .unit = EQ(2)}), 0);
	feed_close(&t);
}

static void faults(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_modbus, 6);
	SEND(&t, TC, 1, 0, 1, 1, 1);
	assert_true(feed_event(&t, 0, SIG_EV_MODBUS_UNSOLICITED));
	SEND(&t, TS, 2, 0, 3, 0, 0, 0, 126);
	assert_true(feed_event(&t, 1, SIG_EV_MODBUS_VALUE));
	SEND(&t, TC, 2, 0, 3, 2, 0, 0);
	assert_true(feed_event(&t, 1, SIG_EV_MODBUS_MISMATCH));
	SEND(&t, TS, 3, 0, 3, 0);
	assert_true(feed_event(&t, 2, SIG_EV_MODBUS_LENGTH));
	SEND(&t, TS, 4, 0, 99, 0);
	assert_true(feed_event(&t, 3, SIG_EV_MODBUS_FUNCTION));
	SEND(&t, TS, 5, 0, 8, 0, 1, 0, 0);
	SEND(&t, TC, 5, 0, 0x88, 3);
	assert_true(feed_event(&t, 4, SIG_EV_MODBUS_EXCEPTION));
	feed_data(&t, TS, "\0\6\0\1\0\2\1\7", 8, 1);
	assert_true(feed_event(&t, 5, SIG_EV_MODBUS_PROTOCOL_ID));
	feed_data(&t, TS, "\0\7\0\0\0\1\1", 7, 0);
	assert_true(feed_event(&t, 6, SIG_EV_MODBUS_LENGTH));
	for (unsigned i = 0; i < 600; i++)
		SEND(&t, TS, 9, 0, 7);
	assert_int_equal(t.a.tx_next_id, 501);
	assert_true(feed_event(&t, 500, SIG_EV_MODBUS_FLOODED));
	assert_false(t.failed);
	feed_gap(&t, TC, 5);
	feed_data(&t, TC, "lost and gone", 13, 0);
	assert_false(t.failed);
	feed_close(&t);
}

/** Answers to nothing, while many requests wait, do not have each of those read again. */
static void answers_to_none(void **s)
{
	static uint8_t block[99 * 660];
	struct feed t;
	clock_t start;

	feed_open(&t, &dp_app_modbus, 6);
	for (unsigned i = 0; i < 500; i++)
		SEND(&t, TS, 1, 0, 16, 0, 1, 0, 2, 4, 0, 10, 1, 2);
	for (unsigned i = 0; i < sizeof(block) / 9; i++)
		memcpy(block + 9 * i, "\1\0\0\0\0\3\1\x83\1", 9);
	start = clock();
	for (unsigned i = 0; i < 40; i++)
		feed_data(&t, TC, block, sizeof(block), 0);
	assert_int_equal(t.a.tx_next_id, 501);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < SECONDS);
	SEND(&t, TC, 1, 0, 16, 0, 1, 0, 2);
	assert_int_equal(feed_tx(&t, 0)->progress[TC], 1);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(keyword),
		cmocka_unit_test(faults), cmocka_unit_test(answers_to_none)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
