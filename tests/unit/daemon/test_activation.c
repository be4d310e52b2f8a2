/* SPDX-License-Identifier: Apache-2.0 */
/** Every end an activation can have, and how restarts slow down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <ctl/activation.h>

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)

static void test_all_adopt(void **state)
{
	struct ctl_act_worker w[] = {{.pid = 1, .parent = true}, {.pid = 2, .adopted = 4},
		{.pid = 3, .adopted = 5}};
	struct ctl_activation a;

	ctl_activation_begin(&a, 5, 9, 100 * MS, 50 * MS);
	assert_int_equal(ctl_activation_step(&a, w, 3, 101 * MS), CTL_ACT_WAITING);
	assert_int_equal(a.workers, 2);
	assert_int_equal(a.adopted, 1);
	w[1].adopted = 6; // a later one counts as well
	assert_int_equal(ctl_activation_step(&a, w, 3, 102 * MS), CTL_ACT_DONE);
	assert_int_equal(a.done_ns, 102 * MS);
	w[1].failed = 5; // what happens later changes nothing
	assert_int_equal(ctl_activation_step(&a, w, 3, 500 * MS), CTL_ACT_DONE);
}

static void test_refused(void **state)
{
	struct ctl_act_worker w[] = {{.pid = 2, .adopted = 5}, {.pid = 3, .failed = 5, .error = "bad"}};
	struct ctl_act_worker parent = {.pid = 8, .parent = true, .failed = 7, .error = ""};
	struct ctl_activation a;

	ctl_activation_begin(&a, 5, 9, 0, 50 * MS);
	assert_int_equal(ctl_activation_step(&a, w, 2, 1), CTL_ACT_REFUSED);
	assert_string_equal(a.why, "worker 3: bad");
	ctl_activation_begin(&a, 6, 10, 0, 50 * MS);
	assert_int_equal(ctl_activation_step(&a, w, 2, 1), CTL_ACT_WAITING); // an older refusal
	ctl_activation_begin(&a, 7, 10, 0, 50 * MS);
	assert_int_equal(ctl_activation_step(&a, &parent, 1, 1), CTL_ACT_REFUSED);
	assert_string_equal(a.why, "inspection 8: refused");
}

static void test_late(void **state)
{
	struct ctl_act_worker w[] = {{.pid = 2, .adopted = 5}, {.pid = 3, .slot = 1, .adopted = 4}};
	struct ctl_activation a;

	ctl_activation_begin(&a, 5, 9, 0, 50 * MS);
	assert_int_equal(ctl_activation_step(&a, w, 2, 49 * MS), CTL_ACT_WAITING);
	assert_int_equal(ctl_activation_step(&a, w, 2, 50 * MS), CTL_ACT_LATE);
	assert_string_equal(a.why, "worker 3 (slot 1) did not answer within 50 ms");
	// The worker died: nobody is missing any more.
	ctl_activation_begin(&a, 5, 9, 0, 50 * MS);
	assert_int_equal(ctl_activation_step(&a, w, 1, 51 * MS), CTL_ACT_DONE);
}

static void test_nobody(void **state)
{
	struct ctl_activation a = {0};

	assert_int_equal(ctl_activation_step(&a, NULL, 0, 1), CTL_ACT_IDLE);
	ctl_activation_begin(&a, 0, 1, 0, S);
	assert_int_equal(ctl_activation_step(&a, NULL, 0, 1), CTL_ACT_DONE);
	assert_int_equal(a.workers, 0);
}

static void test_backoff(void **state)
{
	struct ctl_backoff b = {.last_start_ns = 1};
	unsigned before = 0;

	for (unsigned i = 1; i < CTL_BREAKER_FAILURES; i++) {
		unsigned ms = ctl_backoff_ended(&b, S);

		assert_true(ms >= before && ms <= CTL_BACKOFF_MAX_MS);
		before = ms;
	}
	assert_int_equal(ctl_backoff_ended(&b, S), CTL_BREAKER_S * 1000);
	assert_int_equal(b.trips, 1);
	ctl_backoff_ended(&b, 2 * S);
	ctl_backoff_ended(&b, 2 * S);
	b.last_start_ns = 3 * S; // ran long enough: as if nothing had been
	assert_int_equal(ctl_backoff_ended(&b, (3 + CTL_STEADY_S) * S), CTL_BACKOFF_FIRST_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_adopt),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
