/* SPDX-License-Identifier: Apache-2.0 */
/** Sums over worker files, restarts of control, reboots and images; lists out of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ctl/rule_stats.h>
#include <errno.h>
#include <unistd.h>

static const struct ctl_rule_key keys[] = {{0, 1, 10}, {0, 1, 11}, {0, 3, 10}};

static struct dp_sig_file *worker_file(uint64_t id)
{
	struct dp_sig_file *f = calloc(1, dp_sig_file_bytes(3));

	f->id = id;
	f->n = 3;
	return f;
}

static uint64_t matched(struct ctl_rule_stats *s, unsigned i)
{
	return ctl_rule_stats_get(s, keys[i], 0)->c.matched;
}

static void take(struct ctl_rule_stats *s, const struct dp_sig_file *f, uint64_t now_s)
{
	ctl_rule_stats_round(s);
	assert_int_equal(ctl_rule_stats_take(s, f, keys, now_s), 0);
	ctl_rule_stats_round_end(s);
}

static void test_sums(void **state)
{
	char path[] = "/tmp/rule-stats-XXXXXX";
	struct dp_sig_file *a = worker_file(0xfedcba9876543210), *b = worker_file(2);
	struct ctl_rule_stats s;

	close(mkstemp(path));
	unlink(path);
	assert_int_equal(ctl_rule_stats_load(&s, path), 0);
	a->sig[0] = (struct dp_sig_counters){9, 5, 2, 700, 3, 1000000000};
	take(&s, a, 100);
	a->sig[0].matched = 3;
	take(&s, a, 101);
	take(&s, a, 102); // nothing new
	assert_int_equal(matched(&s, 0), 3);
	assert_int_equal(matched(&s, 1), 0);
	assert_int_equal(ctl_rule_stats_save(&s, path), 0);
	a->sig[0].matched = 4; // while control was away
	a->sig[1].matched = 1;
	ctl_rule_stats_fini(&s);

	assert_int_equal(ctl_rule_stats_load(&s, path), 0);
	assert_int_equal(matched(&s, 0), 3);
	assert_int_equal(ctl_rule_stats_get(&s, keys[0], 999)->since_s, 100);
	take(&s, a, 103);
	assert_int_equal(matched(&s, 0), 4);
	assert_int_equal(matched(&s, 1), 1);
	assert_int_equal(ctl_rule_stats_save(&s, path), 0);
	ctl_rule_stats_fini(&s);

	assert_int_equal(ctl_rule_stats_load(&s, path), 0); // after a reboot: other files
	b->sig[0].matched = 10;
	b->sig[2].matched = 7;
	take(&s, b, 104);
	assert_int_equal(matched(&s, 0), 14);
	assert_int_equal(matched(&s, 1), 1);
	assert_int_equal(matched(&s, 2), 7);
	ctl_rule_stats_fini(&s);
	unlink(path);
	free(a);
	free(b);
}

static void test_many(void **state)
{
	struct ctl_rule_stats s = {0};

	for (uint32_t i = 1; i <= 50000; i++)
		assert_non_null(ctl_rule_stats_get(&s, (struct ctl_rule_key){i % 3, 1, i}, i));
	assert_int_equal(s.n, 50000);
	for (uint32_t i = 1; i <= 50000; i++)
		assert_int_equal(ctl_rule_stats_get(&s, (struct ctl_rule_key){i % 3, 1, i}, 0)->since_s, i);
	ctl_rule_stats_fini(&s);
}

static void test_bad_file(void **state)
{
	static const char *const text[] = {"something else\n", "", "sekisho-rule-counters 1\nr 1 2\n",
		"sekisho-rule-counters 1\nc 0 1 1 1 1 1\n",
		"sekisho-rule-counters 1\ns 5 3\nc 3 1 1 1 1 1\n"};
	char path[] = "/tmp/rule-stats-XXXXXX";
	struct ctl_rule_stats s;

	close(mkstemp(path));
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		FILE *f = fopen(path, "w");

		fputs(text[i], f);
		fclose(f);
		assert_int_equal(ctl_rule_stats_load(&s, path), -EBADMSG);
		assert_int_equal(s.n, 0);
	}
	assert_int_equal(ctl_rule_stats_save(&s, "/nonexistent/x"), -ENOENT);
	unlink(path);
}

static json_t *item(uint32_t sid, struct dp_sig_counters c, uint64_t since)
{
	struct ctl_rule_item it = {.rev = 1, .layer = "vendor", .msg = "m"};

	it.s.key = (struct ctl_rule_key){0, 1, sid};
	it.s.c = c;
	it.s.since_s = since;
	return ctl_rule_item_json(&it);
}

static json_int_t sid_of(const json_t *list, size_t i)
{
	return json_integer_value(json_object_get(json_array_get(list, i), "sid"));
}

static void test_lists(void **state)
{
	json_t *all = json_array(), *out;
	size_t young;

	json_array_append_new(all, item(1, (struct dp_sig_counters){.prefilter = 100, .evaluated = 10,
		.cycles = 500, .sampled = 5}, 50)); // costs 1000
	json_array_append_new(all, item(2, (struct dp_sig_counters){.evaluated = 3, .matched = 3,
		.cycles = 3000, .sampled = 1, .last_ns = UINT64_C(200) * 1000000000}, 50)); // 9000
	json_array_append_new(all, item(3, (struct dp_sig_counters){0}, 150));
	out = ctl_rule_top(all, ctl_rule_order("cost"), 10);
	assert_int_equal(json_array_size(out), 2); // what cost nothing is not a top
	assert_int_equal(sid_of(out, 0), 2);
	json_decref(out);
	out = ctl_rule_top(all, ctl_rule_order("misses"), 1);
	assert_int_equal(json_array_size(out), 1);
	assert_int_equal(sid_of(out, 0), 1);
	json_decref(out);
	assert_null(ctl_rule_order("beauty"));
	out = ctl_rule_unused(all, 100, &young);
	assert_int_equal(json_array_size(out), 1);
	assert_int_equal(sid_of(out, 0), 1);
	assert_int_equal(young, 1); // 3 is there since 150
	json_decref(out);
	out = ctl_rule_unused(all, 201, &young);
	assert_int_equal(json_array_size(out), 3); // 2 matched last at 200
	json_decref(out);
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_bad_file),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
