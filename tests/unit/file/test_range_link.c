/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of one file that different workers see: two or three of them, in one process, by turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dp/hash.h>
#include <dp/range.h>
#include <dp/range_link.h>
#include <dp/slab.h>
#include <stdlib.h>
#include <string.h>

#include "link_bench.h"

/** In order and from the end, the last part on each of the workers; the first one joins. */
static void spread(void **state)
{
	for (unsigned back = 0; back < 2; back++) {
		for (unsigned last = 0; last < WORKERS; last++) {
			struct bench *b = bench_open(RING);
			unsigned away = 0;

			for (unsigned n = 0; n < PARTS; n++) {
				unsigned w = n == PARTS - 1 ? last : n % WORKERS;

				part(b, w, back ? PARTS - 1 - n : n);
				turns(b, 1);
			}
			turns(b, 20);
			check_whole(b, last, back ? 0 : PARTS - 1);
			assert_int_equal(b->s[last].tx[back ? 0 : PARTS - 1].files->data_len, DP_FILE_WINDOW_BYTES);
			for (unsigned w = 0; w < WORKERS; w++) {
				away += b->s[w].cnt.ranges_away;
				assert_int_equal(b->s[w].cnt.ranges_dropped, 0);
				assert_int_equal(b->s[w].cnt.ranges_joined, w == 0);
			}
			assert_true(away >= PARTS / 2);
			assert_true(b->s[last].looks >= (last || back ? 1 : 0));
			bench_close(b);
		}
	}
}

/** At the same time, in small pieces; nobody knows which part is the last. */
static void at_once(void **state)
{
	struct bench *b = bench_open(RING);
	struct dp_range *r[PARTS];
	unsigned found = 0;

	for (unsigned i = 0; i < PARTS; i++)
		assert_non_null(r[i] = part_open(b, i * 7 % WORKERS, i));
	for (uint32_t at = 0; at < PART_BYTES; at += 900) {
		for (unsigned i = 0; i < PARTS; i++)
			part_data(b, i * 7 % WORKERS, r[i], i, at, at + 900);
		turns(b, 5);
	}
	for (unsigned i = 0; i < PARTS; i++)
		dp_range_close(&b->s[i * 7 % WORKERS].x, r[i], &b->s[i * 7 % WORKERS].tx[i]);
	turns(b, 30);
	for (unsigned w = 0; w < WORKERS; w++)
		for (unsigned i = 0; i < PARTS; i++)
			if (b->s[w].tx[i].files) {
				found++;
				check_whole(b, w, i);
			}
	assert_int_equal(found, 1);
	bench_close(b);
}

/** What there is no room for is dropped and counted, and may come again. */
static void ring_full(void **state)
{
	struct bench *b = bench_open(32768);

	part(b, 0, 0);
	for (unsigned i = 1; i < PARTS; i++) { // nobody reads
		struct dp_range *r = part_open(b, 1, i);

		if (!r)
			continue;
		part_data(b, 1, r, i, 0, PART_BYTES);
		dp_range_close(&b->s[1].x, r, &b->s[1].tx[i]);
	}
	assert_in_range(b->s[1].cnt.ranges_dropped, PARTS - 5, PARTS);
	turns(b, 5);
	expire(b, UINT64_C(200000000));
	for (unsigned i = 0; i < PARTS; i++)
		assert_int_equal(b->s[1].tx[i].held[SIG_DIR_TO_CLIENT], 0);
	for (unsigned i = 1; i < PARTS; i++) {
		part(b, 1, i);
		turns(b, 2);
	}
	check_whole(b, 1, PARTS - 1);
	bench_close(b);
}

static const struct dp_file *lost_file(struct bench *b, unsigned w, unsigned i)
{
	const struct dp_file *f = b->s[w].tx[i].files;

	assert_int_equal(b->s[w].tx[i].held[SIG_DIR_TO_CLIENT], 0);
	if (f) {
		assert_int_equal(f->state, DP_FILE_TRUNCATED);
		assert_true(f->gaps);
	}
	return f;
}

/** The worker that joins dies: while a part is under way; while one waits; before the next comes. */
static void joiner_dies(void **state)
{
	struct bench *b = bench_open(RING);
	struct dp_range *r;

	part(b, 0, 0);
	part(b, 1, 1);
	turns(b, 3);
	part(b, 1, 2); // waits for its answer
	r = part_open(b, 2, 3);
	part_data(b, 2, r, 3, 0, 1000);
	side_die(b, 0);
	part_data(b, 2, r, 3, 1000, PART_BYTES);
	dp_range_close(&b->s[2].x, r, &b->s[2].tx[3]);
	assert_non_null(lost_file(b, 2, 3));
	side_open(b, 0);
	assert_int_equal(b->s[1].tx[2].held[SIG_DIR_TO_CLIENT], 1);
	expire(b, UINT64_C(200000000));
	assert_non_null(lost_file(b, 1, 2));
	assert_int_equal(b->s[1].looks, 2); // for the answer to part 1, and now
	assert_null(lost_file(b, 1, 1));
	part(b, 1, 4); // joins from now on, and says what was lost
	assert_non_null(lost_file(b, 1, 4));
	part(b, 2, 5);
	turns(b, 3);
	assert_null(lost_file(b, 2, 5));
	assert_int_equal(b->s[1].cnt.ranges_orphaned + b->s[2].cnt.ranges_orphaned, 3);
	for (unsigned i = 0; i < PARTS; i++) { // all of it once more
		if (i == 4 || i == 5)
			continue;
		part(b, 0, i);
		turns(b, 2);
	}
	turns(b, 10); // its beginning is more than a turn takes in
	assert_non_null(b->s[0].tx[PARTS - 1].files);
	assert_memory_equal(b->s[0].tx[PARTS - 1].files->sha256, b->sha256, 32);
	bench_close(b);
}

/** One that asks dies: what it had begun ends there, and its successor is not taken for it. */
static void asker_dies(void **state)
{
	struct bench *b = bench_open(RING);
	struct dp_range *r;

	part(b, 0, 0);
	r = part_open(b, 1, 1);
	part_data(b, 1, r, 1, 0, 5000);
	turns(b, 2);
	side_die(b, 1);
	side_open(b, 1);
	expire(b, UINT64_C(200000000));
	for (unsigned i = 1; i < PARTS - 1; i++) {
		part(b, 1, i);
		turns(b, 2);
	}
	part(b, 1, PARTS - 1); // completes it, and dies before it reads that
	for (unsigned i = 0; i < 10; i++)
		turn(b, 0);
	side_die(b, 1);
	side_open(b, 1);
	turns(b, 10);
	expire(b, UINT64_C(400000000));
	assert_int_equal(b->s[0].cnt.ranges_joined, 1);
	for (unsigned i = 0; i < PARTS; i++) { // and again
		part(b, i & 1, i);
		turns(b, 2);
	}
	check_whole(b, 1, PARTS - 1);
	bench_close(b);
}

/** The transaction goes, or waits too long. */
static void nobody_waits(void **state)
{
	struct bench *b = bench_open(RING);

	part(b, 0, 0);
	part(b, 1, 1);
	dp_range_release(&b->s[1].c, &b->s[1].tx[1]);
	assert_int_equal(b->s[1].tx[1].held[SIG_DIR_TO_CLIENT], 0);
	part(b, 2, 2);
	expire(b, 1);
	b->s[2].c.now_ns = UINT64_C(6000000000);
	part(b, 2, 3);
	dp_ranges_expire(&b->s[2].c);
	turns(b, 3);
	assert_int_equal(b->s[2].tx[2].held[SIG_DIR_TO_CLIENT], 0);
	for (unsigned i = 4; i < PARTS; i++) {
		part(b, i % WORKERS, i);
		turns(b, 2);
	}
	check_whole(b, (PARTS - 1) % WORKERS, PARTS - 1);
	bench_close(b);
}

/** The worker that joins is behind, and its ring has no room to say that a part is over: who waits goes on
 *  after a while, and it is said when there is room. Until then the part keeps others from growing the file. */
static void late_close(void **state)
{
	struct bench *b = bench_open(32768);
	struct dp_ev_ring *ring = dp_range_link_ring(b->link, 1, 0);
	const struct link_head fill = {.head = {.type = 99}, .life = b->s[1].c.range_life};
	struct dp_range *r;

	part(b, 0, 0);
	r = part_open(b, 1, 1);
	part_data(b, 1, r, 1, 0, 1000);
	turns(b, 1);
	while (dp_ev_ring_put(ring, &fill.head, sizeof(fill)))
		;
	dp_range_close(&b->s[1].x, r, &b->s[1].tx[1]);
	assert_int_equal(b->s[1].tx[1].held[SIG_DIR_TO_CLIENT], 1);
	b->s[1].c.now_ns = UINT64_C(2000000000);
	dp_ranges_expire(&b->s[1].c);
	turn(b, 1);
	assert_int_equal(b->s[1].tx[1].held[SIG_DIR_TO_CLIENT], 0);
	assert_int_equal(b->s[1].looks, 1);
	turn(b, 0);
	expire(b, UINT64_C(2100000000));
	for (unsigned i = 1; i < PARTS; i++) {
		part(b, 1, i);
		turns(b, 2);
	}
	turns(b, 20);
	check_whole(b, 1, PARTS - 1);
	bench_close(b);
}

/** A part comes for a file that is joined no more, and there is no memory to begin it again: the table must
 *  not say that it is joined here. */
static void forgotten_meanwhile(void **state)
{
	struct bench *b = bench_open(RING);
	uint8_t both[2][20], key[DP_RANGE_KEY_BYTES];
	struct dp_range *r;

	dp_hash_sha1(&b->path, 1, both[0]);
	memcpy(both[1], both[0], sizeof(both[0]));
	dp_hash_sha1(both, sizeof(both), key);
	part(b, 0, 0);
	r = part_open(b, 1, 1); // for worker 0, which has not read it yet
	b->s[0].c.now_ns = UINT64_C(1000) << 30;
	dp_ranges_expire(&b->s[0].c);
	dp_slab_limit(b->s[0].c.slab, DP_MEM_RANGE, 1);
	dp_range_abandon(&b->s[1].c, r);
	turns(b, 2);
	assert_int_equal(dp_range_link_owner(b->link, key, 2).slot, 2);
	bench_close(b);
}

/** Contents to be stored are in the ring of the worker that joins; what becomes of them is said by the one
 *  that judged the file. */
static void stored(void **state)
{
	for (unsigned keep = 0; keep < 2; keep++) {
		struct bench *b = bench_open(RING);
		const struct dp_ev_head *rec;
		struct dp_ev_file end = {0};
		uint64_t bytes = 0, id = 0;
		unsigned ends = 0;

		b->conf.app.file_store_force = keep;
		for (unsigned w = 0; w < WORKERS; w++)
			b->s[w].c.file_spool = true;
		for (unsigned i = 0; i < PARTS; i++) {
			part(b, i % 2, i);
			turns(b, 2);
		}
		assert_non_null(b->s[1].tx[PARTS - 1].files);
		dp_file_settle(&b->s[1].c, b->s[1].tx[PARTS - 1].files);
		assert_int_equal(b->s[1].tx[PARTS - 1].files->stored, keep);
		for (unsigned w = 0; w < WORKERS; w++) {
			for (; (rec = dp_ev_ring_peek(b->s[w].ring)) != NULL; dp_ev_ring_pop(b->s[w].ring)) {
				const struct dp_ev_file *f = (const void *)rec;

				if (rec->type != DP_EV_FILE)
					continue;
				if (f->what == DP_EV_FILE_DATA) {
					assert_int_equal(w, 0);
					assert_int_equal(f->offset, bytes);
					bytes += f->n;
					id = f->id;
				} else {
					end = *f;
					ends++;
				}
			}
		}
		assert_int_equal(bytes, TOTAL);
		assert_int_equal(ends, 1);
		assert_int_equal(end.what, keep ? DP_EV_FILE_KEEP : DP_EV_FILE_DISCARD);
		assert_int_equal(end.worker, 1);
		assert_int_equal(end.source, 1); // worker 0
		assert_int_equal(end.id, id);
		assert_int_equal(end.offset, TOTAL);
		assert_memory_equal(end.sha256, b->sha256, 32);
		bench_close(b);
	}
}

/** A worker that writes nonsense before it dies does no harm to others. */
static void nonsense(void **state)
{
	struct bench *b = bench_open(RING);
	struct dp_ev_ring *ring = dp_range_link_ring(b->link, 1, 0);
	uint8_t rec[1024];
	uint32_t x = 1;

	for (unsigned i = 0; i < 4; i++)
		part(b, 0, 2 * i); // holes
	for (unsigned n = 0; n < 20000; n++) {
		struct {
			struct dp_ev_head head;
			uint32_t life, part;
		} h = {.head = {.type = (uint16_t)(n % 5)}, .life = b->s[1].c.range_life, .part = n % 7};
		size_t len;

		for (unsigned i = 0; i < sizeof(rec); i++)
			rec[i] = (uint8_t)((x = x * 1103515245u + 12345u) >> 16);
		len = sizeof(h) + x % (sizeof(rec) - sizeof(h));
		if (n % 3) // of a sound one's life, and now and then a part that there is
			memcpy(rec, &h, sizeof(h));
		else
			memcpy(rec, &h.head, sizeof(h.head));
		if (h.head.type)
			dp_ev_ring_put(ring, (const struct dp_ev_head *)(const void *)rec, len);
		if (n % 16 == 0)
			part(b, 2, n / 16 % PARTS);
		turns(b, 1);
	}
	side_die(b, 1);
	side_open(b, 1);
	expire(b, UINT64_C(9000000000));
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spread),
		cmocka_unit_test(at_once),
		cmocka_unit_test(ring_full),
		cmocka_unit_test(joiner_dies),
		cmocka_unit_test(asker_dies),
		cmocka_unit_test(nobody_waits),
		cmocka_unit_test(late_close),
		cmocka_unit_test(forgotten_meanwhile),
		cmocka_unit_test(stored),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
