/* SPDX-License-Identifier: Apache-2.0 */
/* NFS: calls and answers of each version cut at every byte; files in pieces; holes; limits. */
#include "feed.h"
#include <dp/slab.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <sig/nfs.h>
#include <string.h>

extern const struct dp_app_desc dp_app_nfs;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

struct out {
	uint8_t b[8192];
	size_t n;
};

static void w(struct out *o, uint32_t v)
{
	const uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	memcpy(o->b + o->n, b, 4);
	o->n += 4;
}

static void words(struct out *o, unsigned n, const uint32_t *v)
{
	for (unsigned i = 0; i < n; i++)
		w(o, v[i]);
}

#define W(o, ...)                                                                                  \
	words(o, sizeof((const uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})

static void bytes(struct out *o, const void *p, uint32_t n)
{
	w(o, n);
	memcpy(o->b + o->n, p, n);
	o->n += n;
	while (o->n % 4)
		o->b[o->n++] = 0;
}

static void zeros(struct out *o, size_t n)
{
	memset(o->b + o->n, 0, n);
	o->n += n;
}

static void begin_call(struct out *o, uint32_t xid, uint32_t version, uint32_t procedure)
{
	struct out cred = {0};

	W(&cred, 7);
	bytes(&cred, "station", 7);
	W(&cred, 1000, 100, 0);
	o->n = 4; // room for the mark
	W(o, xid, 0, 2, 100003, version, procedure, 1);
	bytes(o, cred.b, (uint32_t)cred.n);
	W(o, 0, 0);
}

static void begin_answer(struct out *o, uint32_t xid)
{
	o->n = 4;
	W(o, xid, 1, 0, 0, 0, 0);
}

static void send(struct feed *t, struct out *o, enum sig_dir d, size_t step)
{
	struct out head = {0};

	w(&head, 0x80000000u | (uint32_t)(o->n - 4));
	memcpy(o->b, head.b, 4);
	if (t->f.ip_proto == 17)
		feed_data(t, d, o->b + 4, o->n - 4, 0);
	else
		feed_data(t, d, o->b, o->n, step);
}

static uint64_t num(struct feed *t, uint64_t tx, enum sig_number n)
{
	uint64_t v = 0;

	return t->d->number(&t->x, feed_tx(t, tx), n, TS, 0, &v) ? v : UINT64_MAX;
}

static void version3(void **s)
{
	for (size_t step = 0; step < 90; step++) {
		struct out o = {0};
		char text[1000];
		struct feed t;

		memset(text, 'x', sizeof(text));
		feed_open(&t, &dp_app_nfs, 6);
		begin_call(&o, 1, 3, 3);
		bytes(&o, "DIRDIRDI", 8);
		bytes(&o, "name", 4);
		send(&t, &o, TS, step);
		begin_answer(&o, 1);
		w(&o, 0);
		bytes(&o, "FILEFILEF", 9);
		W(&o, 0, 0);
		send(&t, &o, TC, step);
		assert_non_null(strstr(feed_log(&t, 0), "procedure=LOOKUP filename=name hhash="));
		assert_non_null(strstr(feed_log(&t, 0), "status=OK"));
		assert_int_equal(num(&t, 0, SIG_NUM_NFS_PROCEDURE), 3);
		assert_int_equal(num(&t, 0, SIG_NUM_NFS_PROCEDURE_NAME), SIG_NFS_LOOKUP);
		begin_call(&o, 2, 3, 6);
		bytes(&o, "FILEFILEF", 9);
		W(&o, 0, 0, 4096);
		send(&t, &o, TS, step);
		begin_answer(&o, 2);
		W(&o, 0, 0, 1000, 1);
		bytes(&o, text, 1000);
		send(&t, &o, TC, step);
		assert_non_null(strstr(feed_log(&t, 1), "filename=name"));
		assert_non_null(strstr(feed_log(&t, 1), "read{ first=1 last=1"));
		assert_int_equal(feed_tx(&t, 1)->files->size, 1000);
		assert_int_equal(feed_tx(&t, 1)->files->state, DP_FILE_CLOSED);
		begin_call(&o, 3, 3, 7);
		bytes(&o, "FILEFILEF", 9);
		W(&o, 0, 0, 999, 0);
		bytes(&o, text, 999);
		send(&t, &o, TS, step);
		assert_int_equal(feed_tx(&t, 2)->files->size, 999);
		assert_int_equal(feed_tx(&t, 2)->files->state, DP_FILE_OPEN);
		begin_call(&o, 4, 3, 21);
		bytes(&o, "FILEFILEF", 9);
		W(&o, 0, 0, 0);
		send(&t, &o, TS, step);
		begin_answer(&o, 4);
		W(&o, 0, 0, 0, 0, 0);
		send(&t, &o, TC, step);
		assert_int_equal(feed_tx(&t, 2)->files->state, DP_FILE_CLOSED);
		assert_int_equal(feed_tx(&t, 2)->progress[TC], 1);
		assert_false(t.failed);
		feed_close(&t);
	}
}

static void compound(struct out *o, uint32_t xid, uint32_t n)
{
	begin_call(o, xid, 4, 1);
	bytes(o, "tag", 3);
	W(o, 1, n + 2, 53); // minor version, operations, SEQUENCE
	zeros(o, 16);
	W(o, 1, 0, 0, 0, 22);
	bytes(o, "handle4", 7);
}

static void results(struct out *o, uint32_t xid, uint32_t n)
{
	begin_answer(o, xid);
	w(o, 0);
	bytes(o, "tag", 3);
	W(o, n + 2, 53, 0);
	zeros(o, 36);
	W(o, 22, 0);
}

static void version4(void **s)
{
	for (size_t step = 0; step < 70; step++) {
		struct out o = {0};
		char text[1000];
		struct feed t;

		memset(text, 'y', sizeof(text));
		feed_open(&t, &dp_app_nfs, 6);
		compound(&o, 1, 2); // OPEN, GETFH
		w(&o, 18);
		W(&o, 1, 2, 0, 0, 0);
		bytes(&o, "owner", 5);
		W(&o, 0, 0);
		bytes(&o, "paper", 5);
		w(&o, 10);
		send(&t, &o, TS, step);
		results(&o, 1, 2);
		W(&o, 18, 0);
		zeros(&o, 16 + 20 + 4);
		W(&o, 1, 0, 0, 10, 0);
		bytes(&o, "fh-paper", 8);
		send(&t, &o, TC, step);
		assert_int_equal(t.a.tx_next_id, 0);
		compound(&o, 2, 2); // PUTFH, READ
		w(&o, 22);
		bytes(&o, "fh-paper", 8);
		w(&o, 25);
		zeros(&o, 16);
		W(&o, 0, 0, 1000);
		send(&t, &o, TS, step);
		results(&o, 2, 2);
		W(&o, 22, 0, 25, 0, 1);
		bytes(&o, text, 1000);
		send(&t, &o, TC, step);
		assert_non_null(strstr(feed_log(&t, 0), "procedure=READ filename=paper"));
		assert_int_equal(feed_tx(&t, 0)->files->size, 1000);
		compound(&o, 3, 1); // WRITE
		w(&o, 38);
		zeros(&o, 16);
		W(&o, 0, 0, 2);
		bytes(&o, text, 500);
		send(&t, &o, TS, step);
		assert_non_null(strstr(feed_log(&t, 1), "procedure=WRITE"));
		assert_int_equal(feed_tx(&t, 1)->files->size, 500);
		assert_int_equal(feed_tx(&t, 1)->files->state, DP_FILE_CLOSED);
		compound(&o, 4, 1); // REMOVE
		w(&o, 28);
		bytes(&o, "paper", 5);
		send(&t, &o, TS, step);
		results(&o, 4, 1);
		W(&o, 28, 13);
		send(&t, &o, TC, step);
		assert_non_null(strstr(feed_log(&t, 2), "procedure=REMOVE filename=paper"));
		assert_non_null(strstr(feed_log(&t, 2), "status=ERR_ACCES"));
		assert_false(t.failed);
		feed_close(&t);
	}
}

static void version2(void **s)
{
	struct out o = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 17);
	begin_call(&o, 1, 2, 11);
	zeros(&o, 32);
	bytes(&o, "from", 4);
	zeros(&o, 32);
	bytes(&o, "to", 2);
	send(&t, &o, TS, 0);
	begin_answer(&o, 1);
	w(&o, 0);
	send(&t, &o, TC, 0);
	assert_non_null(strstr(feed_log(&t, 0), "procedure=RENAME"));
	assert_non_null(strstr(feed_log(&t, 0), "rename{ from=from to=to"));
	begin_call(&o, 2, 2, 6);
	zeros(&o, 32);
	W(&o, 0, 100, 100);
	send(&t, &o, TS, 0);
	begin_answer(&o, 2);
	w(&o, 0);
	zeros(&o, 20);
	w(&o, 7); // size of the file
	zeros(&o, 44);
	bytes(&o, "content", 7);
	send(&t, &o, TC, 0);
	assert_int_equal(feed_tx(&t, 1)->files->size, 7);
	assert_int_equal(feed_tx(&t, 1)->files->state, DP_FILE_CLOSED);
	feed_close(&t);
}

static void disorder(void **s)
{
	static const uint32_t offs[] = {4, 0, 8};
	struct out o = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 6);
	for (uint32_t i = 0; i < 3; i++) { // pieces come in another order
		begin_call(&o, i, 3, 7);
		bytes(&o, "F", 1);
		W(&o, 0, offs[i], 4, 0);
		bytes(&o, offs[i] == 0 ? "abcd" : offs[i] == 4 ? "efgh" : "ijkl", 4);
		send(&t, &o, TS, 0);
	}
	assert_int_equal(feed_tx(&t, 0)->files->size, 12);
	assert_memory_equal(feed_tx(&t, 0)->files->head, "abcdefghijkl", 12);
	begin_call(&o, 9, 3, 3);
	w(&o, 5000); // a handle that cannot be
	send(&t, &o, TS, 0);
	assert_true(feed_event(&t, 1, SIG_EV_NFS_MALFORMED));
	begin_call(&o, 10, 5, 3);
	send(&t, &o, TS, 0);
	assert_true(feed_event(&t, 1, SIG_EV_NFS_NONEXIST));
	feed_gap(&t, TS, 33);
	feed_data(&t, TS, "noise between", 13, 0);
	begin_call(&o, 11, 3, 0);
	send(&t, &o, TS, 1);
	assert_non_null(strstr(feed_log(&t, 2), "procedure=NULL"));
	assert_false(t.failed);
	feed_close(&t);
}

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

static void recognition(void **s)
{
	struct dp_app_in in = {0};
	struct out o = {0};
	struct feed t;

	feed_open(&t, &dp_app_nfs, 6);
	begin_call(&o, 1, 3, 0);
	o.b[0] = 0x80;
	o.b[3] = (uint8_t)(o.n - 4);
	for (in.data = (struct dp_span){o.b, 0}; in.data.n < 32; in.data.n++)
		assert_int_equal(dp_app_nfs.probe(&t.x, &in), DP_PROBE_MORE);
	assert_int_equal(dp_app_nfs.probe(&t.x, &in), DP_PROBE_YES);
	o.b[19] ^= 1; // another program
	assert_int_equal(dp_app_nfs.probe(&t.x, &in), DP_PROBE_NO);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(version3), cmocka_unit_test(version4),
		cmocka_unit_test(version2), cmocka_unit_test(disorder), cmocka_unit_test(fragments),
		cmocka_unit_test(short_fragments), cmocka_unit_test(long_records), cmocka_unit_test(length_lies), cmocka_unit_test(early_memory), cmocka_unit_test(written_again),
		cmocka_unit_test(limits), cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
