/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dp/event.h>

static struct dp_ev_ring *new_ring(size_t bytes)
{
	struct dp_ev_ring *ring;
	void *mem = aligned_alloc(64, bytes);

	assert_non_null(mem);
	assert_int_equal(dp_ev_ring_init(mem, bytes, &ring), 0);
	return ring;
}

static void ring_refuses_bad_memory(void **state)
{
	struct dp_ev_ring *ring;
	_Alignas(64) static uint8_t mem[8192];

	assert_true(dp_ev_ring_init(mem + 1, 8000, &ring) < 0);
	assert_true(dp_ev_ring_init(mem, 4096, &ring) < 0);
	assert_int_equal(dp_ev_ring_init(mem, sizeof(mem), &ring), 0);
	assert_int_equal(ring->size, 4096);
}

static void ring_keeps_order_over_many_turns(void **state)
{
	struct dp_ev_ring *ring = new_ring(16384);
	uint8_t rec[1024];
	struct dp_ev_head *head = (struct dp_ev_head *)rec;
	uint32_t put = 0, got = 0;

	while (got < 5000) {
		const struct dp_ev_head *out;
		size_t len = sizeof(*head) + 4 + (put * 37) % 900;

		memset(rec, (int)put, sizeof(rec));
		*head = (struct dp_ev_head){0, DP_EV_APP, DP_EV_VERSION};
		memcpy(rec + sizeof(*head), &put, 4);
		if (dp_ev_ring_put(ring, head, len)) {
			put++;
			continue;
		}
		while ((out = dp_ev_ring_peek(ring)) != NULL) {
			uint32_t n;

			memcpy(&n, out + 1, 4);
			assert_int_equal(n, got);
			assert_int_equal(out->type, DP_EV_APP);
			assert_int_equal(out->len % DP_EV_ALIGN, 0);
			got++;
			dp_ev_ring_pop(ring);
		}
	}
	assert_true(ring->lost > 0);
	assert_int_equal(ring->lost, ring->lost_by_type[DP_EV_APP]);
	free(ring);
}

static void ring_counts_what_never_fits(void **state)
{
	struct dp_ev_ring *ring = new_ring(16384);
	struct dp_ev_head *big = calloc(1, DP_EV_MAX + 64);

	big->type = DP_EV_ALERT;
	assert_false(dp_ev_ring_put(ring, big, DP_EV_MAX + 8));
	assert_false(dp_ev_ring_put(ring, big, ring->size + 8));
	assert_false(dp_ev_ring_put(ring, big, 1));
	assert_int_equal(ring->lost_by_type[DP_EV_ALERT], 3);
	assert_null(dp_ev_ring_peek(ring));
	free(big);
	free(ring);
}

static void ring_survives_a_mad_producer(void **state)
{
	struct dp_ev_ring *ring = new_ring(16384);
	struct dp_ev_head rec = {0, DP_EV_FLOW, DP_EV_VERSION};

	assert_true(dp_ev_ring_put(ring, &rec, sizeof(rec)));
	assert_true(dp_ev_ring_put(ring, &rec, sizeof(rec)));
	((struct dp_ev_head *)ring->buf)->len = 0xfffffff8;
	assert_null(dp_ev_ring_peek(ring));
	assert_true(dp_ev_ring_put(ring, &rec, sizeof(rec)));
	assert_non_null(dp_ev_ring_peek(ring));
	free(ring);
}

static void tree_reads_back(void **state)
{
	uint8_t buf[256];
	uint32_t pos = 0;
	struct dp_rec r;
	struct dp_rec_tok t;

	dp_rec_init(&r, buf, sizeof(buf));
	dp_rec_obj(&r, "http");
	dp_rec_str(&r, "host", "a\0b", 3);
	dp_rec_u64(&r, "port", 80);
	dp_rec_i64(&r, "skew", -5);
	dp_rec_bool(&r, "tls", true);
	dp_rec_f64(&r, "ratio", 0.5);
	dp_rec_arr(&r, "list");
	dp_rec_cstr(&r, NULL, "x");
	dp_rec_end(&r);
	dp_rec_end(&r);
	assert_false(r.full);
	static const enum dp_rec_kind want[] = {DP_REC_OBJ, DP_REC_STR, DP_REC_U64, DP_REC_I64,
		DP_REC_BOOL, DP_REC_F64, DP_REC_ARR, DP_REC_STR, DP_REC_END, DP_REC_END};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(dp_rec_next(buf, r.len, &pos, &t));
		assert_int_equal(t.kind, want[i]);
		if (i == 1) {
			assert_int_equal(t.n, 3);
			assert_memory_equal(t.p, "a\0b", 3);
			assert_int_equal(t.key_len, 4);
			assert_memory_equal(t.key, "host", 4);
		} else if (i == 3) {
			assert_int_equal((int64_t)t.u64, -5);
		} else if (i == 5) {
			assert_true(t.f64 == 0.5);
		}
	}
	assert_false(dp_rec_next(buf, r.len, &pos, &t));
}

/** At every capacity: balanced, never beyond the buffer, and readable to the end. */
static void tree_stays_whole_when_full(void **state)
{
	for (uint32_t cap = 0; cap < 120; cap++) {
		uint8_t *buf = malloc(cap + 1);
		struct dp_rec r;
		struct dp_rec_tok t;
		uint32_t pos = 0;
		int depth = 0;

		dp_rec_init(&r, buf, cap);
		for (int i = 0; i < 4; i++) {
			dp_rec_obj(&r, "object");
			dp_rec_u64(&r, "n", 7);
			dp_rec_arr(&r, "array");
			dp_rec_cstr(&r, NULL, "text");
		}
		for (int i = 0; i < 8; i++)
			dp_rec_end(&r);
		assert_true(r.len <= cap);
		while (dp_rec_next(buf, r.len, &pos, &t))
			depth += t.kind == DP_REC_END ? -1 :
					(t.kind == DP_REC_OBJ || t.kind == DP_REC_ARR);
		assert_int_equal(pos, r.len);
		assert_int_equal(depth, 0);
		free(buf);
	}
}

static void tree_reader_refuses_garbage(void **state)
{
	uint8_t good[64];
	struct dp_rec r;
	struct dp_rec_tok t;

	dp_rec_init(&r, good, sizeof(good));
	dp_rec_str(&r, "key", "value", 5);
	for (uint32_t cut = 0; cut < r.len; cut++) {
		uint8_t *copy = malloc(cut + 1);
		uint32_t pos = 0;

		memcpy(copy, good, cut);
		assert_false(dp_rec_next(copy, cut, &pos, &t));
		free(copy);
	}
	for (uint32_t seed = 1; seed < 20000; seed++) {
		uint8_t bytes[24];
		uint32_t x = seed, pos = 0;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			x = x * 1664525u + 1013904223u;
			bytes[i] = (uint8_t)(x >> 24) & (i % 2 ? 0x1f : 0x0f);
		}
		while (dp_rec_next(bytes, sizeof(bytes), &pos, &t))
			assert_true(pos <= sizeof(bytes));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_refuses_bad_memory),
		cmocka_unit_test(ring_keeps_order_over_many_turns),
		cmocka_unit_test(ring_counts_what_never_fits),
		cmocka_unit_test(ring_survives_a_mad_producer),
		cmocka_unit_test(tree_reads_back),
		cmocka_unit_test(tree_stays_whole_when_full),
		cmocka_unit_test(tree_reader_refuses_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
