/* SPDX-License-Identifier: Apache-2.0 */
/* NFS: calls and answers of each version cut at every byte; files in pieces; recognition. */
#include "nfs_calls.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <sig/nfs.h>
#include <string.h>

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
		cmocka_unit_test(version2), cmocka_unit_test(disorder), cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
