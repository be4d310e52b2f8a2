/* SPDX-License-Identifier: Apache-2.0 */
/* NFS: records in fragments, longer than what is waited for, or with lengths that lie; memory and limits. */
#include "nfs_calls.h"
#include <dp/slab.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static void fragments(void **s)
{
	struct out o = {0}, f = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 6);
	begin_call(&o, 1, 3, 3);
	bytes(&o, "D", 1);
	bytes(&o, "split", 5);
	w(&f, 20);
	memcpy(f.b + f.n, o.b + 4, 20);
	f.n += 20;
	w(&f, 0x80000000u | (uint32_t)(o.n - 24));
	memcpy(f.b + f.n, o.b + 24, o.n - 24);
	f.n += o.n - 24;
	feed_data(&t, TS, f.b, f.n, 3);
	assert_non_null(strstr(feed_log(&t, 0), "filename=split"));
	feed_close(&t);
}

/** Into `f` behind what is there: `n` bytes as a fragment. */
static size_t fragment(uint8_t *f, const void *p, size_t n, bool last)
{
	const uint8_t mark[4] = {last ? 0x80 : 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	memcpy(f, mark, 4);
	memcpy(f + 4, p, n);
	return n + 4;
}

/** Fragments may be as short as they like: it is the record that has a least length. */
static void short_fragments(void **s)
{
	static const size_t some[] = {0, 1, 3, 8, 20};
	uint8_t b[2000];

	for (size_t step = 0; step < 20; step++) {
		struct out o = {0};
		struct feed t;
		size_t n = 0, at = 4;

		feed_open(&t, &dp_app_nfs, 6);
		begin_call(&o, 1, 3, 3);
		bytes(&o, "D", 1);
		bytes(&o, "split", 5);
		for (unsigned i = 0; i < 5; at += some[i++])
			n += fragment(b + n, o.b + at, some[i], false);
		n += fragment(b + n, o.b + at, o.n - at, true);
		feed_data(&t, TS, b, n, step);
		assert_non_null(strstr(feed_log(&t, 0), "filename=split"));
		begin_call(&o, 2, 3, 0);
		send(&t, &o, TS, step);
		assert_non_null(strstr(feed_log(&t, 1), "procedure=NULL"));
		assert_false(t.failed);
		feed_data(&t, TS, "\0\0\0\3abc\x80\0\0\4defg", 15, 0);
		assert_true(t.failed);
		feed_close(&t);
	}
}

enum { BIG = 300000 };

/** A write of BIG bytes, without mark. */
static size_t big_write(uint8_t *out)
{
	struct out o = {0};

	begin_call(&o, 1, 3, 7);
	bytes(&o, "F", 1);
	W(&o, 0, 0, BIG, 0, BIG);
	memcpy(out, o.b + 4, o.n - 4);
	memset(out + o.n - 4, 'x', BIG);
	return o.n - 4 + BIG;
}

/** Records over what is waited for: cut in their header, or in fragments. */
static void long_records(void **s)
{
	static uint8_t record[BIG + 200], b[BIG + 400];
	const size_t len = big_write(record);
	struct out o = {0};
	struct feed t;
	size_t n;

	for (size_t step = 10; step < 5000; step *= 7) {
		feed_open(&t, &dp_app_nfs, 6);
		n = fragment(b, record, len, true);
		feed_data(&t, TS, b, 100, step);
		feed_data(&t, TS, b + 100, n - 100, 0);
		assert_int_equal(feed_tx(&t, 0)->files->size, BIG);
		assert_false(feed_tx(&t, 0)->files->gaps);
		feed_close(&t);
	}
	for (size_t step = 0; step < 100000; step += 33333) {
		feed_open(&t, &dp_app_nfs, 6);
		n = fragment(b, record, len - 10, false);
		n += fragment(b + n, record + len - 10, 10, true);
		feed_data(&t, TS, b, n, step);
		assert_int_equal(feed_tx(&t, 0)->files->size, BIG); // counted, but not kept, to its end
		assert_true(feed_tx(&t, 0)->files->gaps);
		begin_call(&o, 2, 3, 0);
		send(&t, &o, TS, step);
		assert_non_null(strstr(feed_log(&t, 1), "procedure=NULL"));
		feed_close(&t);
	}
	feed_open(&t, &dp_app_nfs, 6);
	n = fragment(b, record, 100, false);
	feed_data(&t, TS, b, 50, 0);
	feed_gap(&t, TS, 20);
	feed_data(&t, TS, b + 70, n - 70, 0);
	feed_data(&t, TS, b, fragment(b, record + 100, 50, true), 0);
	assert_int_equal(t.a.tx_next_id, 0); // with a hole it says nothing
	begin_call(&o, 2, 3, 0);
	send(&t, &o, TS, 0);
	assert_non_null(strstr(feed_log(&t, 0), "procedure=NULL"));
	feed_close(&t);
}

/** More data than the record has room for: what follows is no part of the file. */
static void length_lies(void **s)
{
	static uint8_t b[BIG + 4];
	struct out o = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 6);
	begin_call(&o, 1, 3, 7);
	bytes(&o, "F", 1);
	W(&o, 0, 0, 5000, 0, 5000);
	zeros(&o, 20);
	send(&t, &o, TS, o.n - 10);
	begin_call(&o, 2, 3, 0);
	memcpy(b, (const uint8_t[]){0x80, BIG >> 16, BIG >> 8 & 255, BIG & 255}, 4);
	memcpy(b + 4, o.b + 4, o.n - 4);
	feed_data(&t, TS, b, sizeof(b) - 1000, 0);
	feed_data(&t, TS, b + sizeof(b) - 1000, 1000, 0);
	assert_int_equal(feed_tx(&t, 0)->files->size, 20);
	send(&t, &o, TS, 0);
	assert_non_null(strstr(feed_log(&t, 1), "procedure=NULL"));
	feed_close(&t);
}

/** What was written already comes again, in segments: it is not appended. */
static void written_again(void **s)
{
	struct out o = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 6);
	for (uint32_t i = 0; i < 3; i++) {
		begin_call(&o, i, 3, 7);
		bytes(&o, "F", 1);
		W(&o, 0, i == 2 ? 400 : 0, 1000, 0, 1000);
		zeros(&o, 1000);
		send(&t, &o, TS, 150);
	}
	assert_int_equal(feed_tx(&t, 0)->files->size, 1400);
	assert_false(feed_tx(&t, 0)->files->gaps);
	feed_close(&t);
}

/** Pieces that wait have a limit for all files of a flow; what finds no room is a hole, not an end. */
static void early_memory(void **s)
{
	enum { FILES = 40, PIECES = 8, PIECE = 250000 };
	static uint8_t b[PIECE + 300];
	struct out o = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 6);
	for (uint32_t i = 0; i < FILES * PIECES; i++) {
		const uint32_t name = i / PIECES;

		begin_call(&o, i, 3, 7);
		bytes(&o, &name, 4);
		W(&o, 0, 1000 + i % PIECES * PIECE, PIECE, 0, PIECE);
		memcpy(b, o.b + 4, o.n - 4);
		feed_data(&t, TS, (const uint8_t[]){0x80, (uint8_t)((o.n - 4 + PIECE) >> 16),
			(uint8_t)((o.n - 4 + PIECE) >> 8), (uint8_t)(o.n - 4 + PIECE)}, 4, 0);
		feed_data(&t, TS, b, o.n - 4 + PIECE, 100000);
	}
	assert_true(dp_slab_peak_all(t.c.slab) < 24u << 20);
	for (uint32_t i = 0; i < FILES; i++) {
		begin_call(&o, FILES * PIECES + i, 3, 21);
		bytes(&o, &i, 4);
		W(&o, 0, 0, 0);
		send(&t, &o, TS, 0);
		assert_int_equal(feed_tx(&t, i)->files->state, DP_FILE_TRUNCATED);
	}
	assert_int_equal(feed_tx(&t, 0)->files->size, 1000 + PIECES * PIECE);
	feed_close(&t);
}

static void limits(void **s)
{
	struct out o = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 6);
	t.conf.nfs_max_tx = 10;
	for (uint32_t i = 0; i < 14; i++) {
		begin_call(&o, i, 3, 0);
		send(&t, &o, TS, 0);
	}
	assert_true(feed_event(&t, 0, SIG_EV_NFS_MANY_TX));
	assert_false(feed_event(&t, 9, SIG_EV_NFS_MANY_TX));
	feed_data(&t, TS, "\xff\xff\xff\xff", 4, 0);
	assert_true(t.failed);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(fragments),
		cmocka_unit_test(short_fragments), cmocka_unit_test(long_records),
		cmocka_unit_test(length_lies), cmocka_unit_test(early_memory),
		cmocka_unit_test(written_again), cmocka_unit_test(limits)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
