/* SPDX-License-Identifier: Apache-2.0 */
/* Which worker joins a file: what the workers' common table says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dp/range_link.h>

/** The table: many keys, more than a bucket has room for, and the dead. */
static void owners(void **state)
{
	struct dp_range_link *l;
	unsigned listed = 0;
	uint8_t key[DP_RANGE_KEY_BYTES] = {0};

	assert_int_equal(dp_range_link_create(2, 4096, &l), 0);
	dp_range_link_begin(l, 0);
	dp_range_link_begin(l, 1);
	for (unsigned i = 1; i < 20; i++) { // all in one bucket
		struct dp_range_owner o;

		key[1] = (uint8_t)i;
		o = dp_range_link_owner(l, key, i & 1);
		assert_int_equal(o.slot, i & 1);
		assert_false(o.orphan);
		listed += o.listed;
		o = dp_range_link_owner(l, key, !(i & 1));
		assert_int_equal(o.slot, o.listed ? (i & 1) : !(i & 1));
	}
	assert_int_equal(listed, 7);
	key[1] = 2;
	dp_range_link_release(l, key, 1); // not its own
	assert_int_equal(dp_range_link_owner(l, key, 1).slot, 0);
	dp_range_link_end(l, 0);
	assert_true(dp_range_link_owner(l, key, 1).orphan);
	assert_false(dp_range_link_owner(l, key, 1).orphan);
	assert_int_equal(dp_range_link_owner(l, key, 1).slot, 1);
	key[1] = 30; // in the place of another of the dead
	assert_true(dp_range_link_owner(l, key, 1).listed);
	dp_range_link_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(owners)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
