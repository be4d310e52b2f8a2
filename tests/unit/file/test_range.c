/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a file in any order are joined to the file, and how much is joined in a turn is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dp/hash.h>
#include <dp/range.h>
#include <dp/slab.h>
#include <stdlib.h>
#include <string.h>

#include "growth.h"

#define PARTS 200u
#define PART_BYTES 25000u

struct bench {
	struct dp_conf conf;
	struct dp_counters cnt;
	struct dp_ctx c;
	struct dp_flow f;
	struct dp_app_flow a;
	struct dp_app_ctx x;
	struct dp_tx tx[PARTS];
	uint8_t path; /**< of the resource */
	uint8_t *body;
	uint8_t sha256[32];
};

static struct bench *bench_open(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	dp_conf_default(&b->conf);
	assert_int_equal(dp_slab_create(UINT64_C(1) << 30, &b->c.slab), 0);
	b->c.conf = &b->conf;
	b->c.cnt = &b->cnt;
	b->c.file_hash = DP_FILE_SHA256;
	b->f.app = &b->a;
	b->x = (struct dp_app_ctx){.c = &b->c, .f = &b->f, .a = &b->a};
	b->body = malloc(PARTS * PART_BYTES);
	for (uint32_t i = 0; i < PARTS * PART_BYTES; i++)
		b->body[i] = (uint8_t)(i * 2654435761u >> 13);
	dp_hash_sha256(b->body, PARTS * PART_BYTES, b->sha256);
	return b;
}

static void bench_close(struct bench *b)
{
	for (unsigned i = 0; i < PARTS; i++)
		dp_file_free_all(&b->c, &b->tx[i].files);
	dp_ranges_clear(&b->c);
	assert_int_equal(dp_slab_used_all(b->c.slab), 0);
	dp_slab_destroy(b->c.slab);
	free(b->body);
	free(b);
}

static struct dp_range *part_open(struct bench *b, unsigned i)
{
	struct dp_range_spec s = {.host = {&b->path, 1}, .path = {&b->path, 1}, .name = {&b->path, 1},
		.start = i * PART_BYTES, .end = (i + 1) * PART_BYTES - 1, .total = PARTS * PART_BYTES,
		.dir = SIG_DIR_TO_CLIENT};

	return dp_range_open(&b->x, &s);
}

static void part(struct bench *b, unsigned i)
{
	struct dp_range *r = part_open(b, i);

	assert_non_null(r);
	dp_range_data(&b->c, r, b->body + i * PART_BYTES, PART_BYTES);
	dp_range_close(&b->x, r, &b->tx[i]);
}

static void check_whole(struct bench *b, const struct dp_file *f)
{
	assert_non_null(f);
	assert_null(f->next);
	assert_int_equal(f->state, DP_FILE_CLOSED);
	assert_int_equal(f->size, PARTS * PART_BYTES);
	assert_memory_equal(f->sha256, b->sha256, 32);
}

/** 200 parts, the first of them last: 5 MB wait, and no turn joins more than its share. */
static void bounded(void **state)
{
	struct bench *b = bench_open();
	const struct growth *g;
	uint64_t had, turns = 0;
	struct dp_flow *f;

	for (unsigned i = PARTS - 1; i > 0; i--)
		part(b, i);
	dp_ranges_turn(&b->c, DP_RANGE_TURN_BYTES);
	part(b, 0);
	assert_int_equal(b->tx[0].held[SIG_DIR_TO_CLIENT], 1);
	assert_null(b->tx[0].files);
	assert_int_equal(b->cnt.ranges_late, 1);
	do {
		g = b->c.ranges->queue;
		assert_non_null(g);
		had = g->file->size;
		dp_ranges_turn(&b->c, DP_RANGE_TURN_BYTES);
		f = dp_ranges_work(&b->c);
		if (!f)
			assert_in_range(g->file->size - had, 1, DP_RANGE_TURN_BYTES + CHUNK_BYTES);
		turns++;
	} while (!f);
	assert_ptr_equal(f, &b->f);
	assert_in_range(turns, PARTS * PART_BYTES / (DP_RANGE_TURN_BYTES + CHUNK_BYTES), 100);
	assert_int_equal(b->tx[0].held[SIG_DIR_TO_CLIENT], 0);
	check_whole(b, b->tx[0].files);
	assert_int_equal(b->cnt.ranges_joined, 1);
	assert_null(dp_ranges_work(&b->c));
	bench_close(b);
}

static void any_order(void **state)
{
	struct bench *b = bench_open();
	unsigned order[PARTS], seed = 7;
	struct dp_file *whole = NULL;

	for (unsigned i = 0; i < PARTS; i++)
		order[i] = i;
	for (unsigned i = PARTS - 1; i > 0; i--) {
		unsigned j = (seed = seed * 1103515245u + 12345u) / 65536 % (i + 1), k = order[i];

		order[i] = order[j];
		order[j] = k;
	}
	for (unsigned i = 0; i < PARTS; i++) {
		dp_ranges_turn(&b->c, DP_RANGE_TURN_BYTES);
		part(b, order[i]);
		dp_ranges_work(&b->c);
	}
	dp_ranges_turn(&b->c, UINT64_MAX);
	while (dp_ranges_work(&b->c))
		;
	for (unsigned i = 0; i < PARTS; i++)
		if (b->tx[i].files) {
			assert_null(whole);
			whole = b->tx[i].files;
		}
	check_whole(b, whole);
	bench_close(b);
}

/** A part grows the file while pieces before and behind it wait for a turn: nothing comes twice. */
static void while_it_grows(void **state)
{
	struct bench *b = bench_open();
	struct dp_range *r;

	for (unsigned i = PARTS - 1; i > 100; i--)
		part(b, i);
	for (unsigned i = 50; i > 0; i--)
		part(b, i);
	part(b, 0); // 1 MB is queued
	r = part_open(b, 51);
	dp_ranges_turn(&b->c, DP_RANGE_TURN_BYTES);
	dp_ranges_work(&b->c);
	dp_range_data(&b->c, r, b->body + 51 * PART_BYTES, PART_BYTES);
	dp_range_close(&b->x, r, &b->tx[51]);
	for (unsigned i = 52; i <= 100; i++)
		part(b, i);
	dp_ranges_turn(&b->c, UINT64_MAX);
	while (dp_ranges_work(&b->c))
		;
	check_whole(b, b->tx[100].files);
	bench_close(b);
}

/** The transaction's end: joined at once in replay; on a wire a bounded part, and the file says so. */
static void hurried(void **state)
{
	for (unsigned wire = 0; wire < 2; wire++) {
		struct bench *b = bench_open();

		b->conf.on_wire = wire;
		for (unsigned i = PARTS - 1; i < PARTS; i--)
			part(b, i);
		dp_range_hurry(&b->c, &b->tx[0]);
		assert_int_equal(b->tx[0].held[SIG_DIR_TO_CLIENT], 0);
		assert_int_equal(b->cnt.ranges_joined, !wire);
		assert_int_equal(b->cnt.ranges_cut, wire);
		if (wire)
			assert_int_equal(b->tx[0].files->state, DP_FILE_TRUNCATED);
		else
			check_whole(b, b->tx[0].files);
		bench_close(b);
	}
}

/** However many transactions end in one turn, on a wire it stays bounded; the next one has as much again. */
static void hurried_together(void **state)
{
	struct bench *b = bench_open();

	b->conf.on_wire = true;
	for (b->path = 0; b->path < 6; b->path++) {
		struct dp_range *r;

		for (unsigned i = PARTS - 1; i > 0; i--)
			part(b, i);
		dp_ranges_turn(&b->c, 0);
		r = part_open(b, 0);
		dp_range_data(&b->c, r, b->body, PART_BYTES);
		dp_range_close(&b->x, r, &b->tx[b->path]);
		assert_int_equal(b->tx[b->path].held[SIG_DIR_TO_CLIENT], 1);
	}
	for (unsigned turn = 0; turn < 2; turn++) {
		uint64_t joined = 0;

		dp_ranges_turn(&b->c, 0);
		for (unsigned i = 3 * turn; i < 3 * turn + 3; i++) {
			dp_range_hurry(&b->c, &b->tx[i]);
			assert_int_equal(b->tx[i].held[SIG_DIR_TO_CLIENT], 0);
			assert_int_equal(b->tx[i].files->state, DP_FILE_TRUNCATED);
			joined += b->tx[i].files->size - PART_BYTES;
		}
		assert_in_range(joined, DP_RANGE_HURRY_BYTES / 2, DP_RANGE_HURRY_BYTES + CHUNK_BYTES);
	}
	assert_int_equal(b->cnt.ranges_cut, 6);
	bench_close(b);
}

/** Nobody waits any more, or nobody ever asked again: memory comes back in turns, too. */
static void released(void **state)
{
	struct bench *b = bench_open();
	uint64_t used, turns = 0;

	for (unsigned i = PARTS - 1; i < PARTS; i--)
		part(b, i);
	dp_range_release(&b->c, &b->tx[0]);
	b->tx[0].held[SIG_DIR_TO_CLIENT] = 0;
	for (unsigned i = PARTS - 1; i > 0; i--) // again, never whole
		part(b, i);
	b->c.now_ns = UINT64_C(1000) << 30;
	dp_ranges_expire(&b->c);
	assert_int_equal(b->cnt.ranges_forgotten, 1);
	for (used = dp_slab_used(b->c.slab, DP_MEM_RANGE); b->c.ranges->trash || b->c.ranges->queue; turns++) {
		dp_ranges_turn(&b->c, DP_RANGE_TURN_BYTES);
		assert_null(dp_ranges_work(&b->c));
		assert_true(used - dp_slab_used(b->c.slab, DP_MEM_RANGE) < (1u << 20));
		used = dp_slab_used(b->c.slab, DP_MEM_RANGE);
	}
	assert_true(turns > 5);
	bench_close(b);
}

/** A large part whose file became whole without it: its memory comes back in turns, too. */
static void in_vain(void **state)
{
	struct bench *b = bench_open();
	const struct dp_range_spec s = {.host = {&b->path, 1}, .path = {&b->path, 1}, .name = {&b->path, 1},
		.start = PART_BYTES, .end = PARTS * PART_BYTES - 1, .total = PARTS * PART_BYTES,
		.dir = SIG_DIR_TO_CLIENT};
	struct dp_range *r = dp_range_open(&b->x, &s);
	uint64_t used, turns = 0;

	dp_range_data(&b->c, r, b->body + PART_BYTES, (PARTS - 2) * PART_BYTES);
	for (unsigned i = 0; i < PARTS; i++)
		part(b, i);
	check_whole(b, b->tx[PARTS - 1].files);
	used = dp_slab_used(b->c.slab, DP_MEM_RANGE);
	assert_true(used > 4u << 20);
	dp_range_close(&b->x, r, &b->tx[1]);
	assert_true(used - dp_slab_used(b->c.slab, DP_MEM_RANGE) < 65536);
	for (; b->c.ranges->trash; turns++) {
		dp_ranges_turn(&b->c, DP_RANGE_TURN_BYTES);
		dp_ranges_work(&b->c);
	}
	assert_true(turns > 5);
	assert_null(b->tx[1].files);
	bench_close(b);
}

/** Where memory is short, what nobody works on makes room. */
static void short_of_memory(void **state)
{
	struct bench *b = bench_open();

	dp_slab_limit(b->c.slab, DP_MEM_RANGE, 1u << 20);
	for (b->path = 0; b->path < 4; b->path++) {
		for (unsigned i = 30; i > 0; i--)
			part(b, i);
		assert_true(dp_slab_used(b->c.slab, DP_MEM_RANGE) <= 1u << 20);
	}
	assert_int_equal(b->cnt.ranges_dropped, 0);
	assert_int_equal(b->cnt.ranges_forgotten, 3);
	for (unsigned i = 100; i > 30; i--) { // more of the last than there is room for
		struct dp_range *r;

		b->path = 3;
		r = part_open(b, i);
		if (!r)
			continue;
		dp_range_data(&b->c, r, b->body + i * PART_BYTES, PART_BYTES);
		dp_range_close(&b->x, r, &b->tx[i]);
	}
	assert_true(b->cnt.ranges_dropped > 10);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounded),
		cmocka_unit_test(any_order),
		cmocka_unit_test(while_it_grows),
		cmocka_unit_test(hurried),
		cmocka_unit_test(hurried_together),
		cmocka_unit_test(released),
		cmocka_unit_test(in_vain),
		cmocka_unit_test(short_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
