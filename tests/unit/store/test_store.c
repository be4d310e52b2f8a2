/* SPDX-License-Identifier: Apache-2.0 */
/** Generations: what is current and previous survives a restart; the oldest images go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ctl/store.h>
#include <unistd.h>

static void test_generations(void **state)
{
	char dir[] = "/tmp/ctl-store-XXXXXX", path[320], cmd[64];
	struct ctl_store s;
	uint32_t g;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(ctl_store_open(&s, dir), 0);
	assert_int_equal(s.layer[0].current, 0);
	for (uint32_t i = 1; i <= 9; i++) {
		assert_int_equal(ctl_store_add(&s, 0, "image", 5, &g), 0);
		assert_int_equal(g, i);
		assert_int_equal(ctl_store_commit(&s, 0, g, 4), 0);
	}
	ctl_store_path(&s, 0, 9, path);
	assert_int_equal(ctl_store_add_file(&s, 1, path, &g), 0);
	assert_int_equal(g, 1);
	assert_int_equal(ctl_store_open(&s, dir), 0); // as after a restart
	assert_int_equal(s.layer[0].current, 9);
	assert_int_equal(s.layer[0].previous, 8);
	assert_int_equal(s.layer[0].mode, 4);
	assert_int_equal(s.layer[1].current, 0);
	assert_int_equal(s.layer[1].newest, 1);
	ctl_store_path(&s, 0, 4, path);
	assert_int_not_equal(access(path, F_OK), 0);
	ctl_store_path(&s, 0, 5, path);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(ctl_store_commit(&s, 0, 8, 4), 0); // rollback
	assert_int_equal(s.layer[0].previous, 9);
	ctl_store_discard(&s, 0, 9);
	assert_int_equal(ctl_store_open(&s, dir), 0);
	assert_int_equal(s.layer[0].current, 8);
	assert_int_equal(s.layer[0].previous, 0); // its image is gone
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
}

static void test_layers(void **state)
{
	assert_int_equal(ctl_layer_by_name("vendor"), 0);
	assert_int_equal(ctl_layer_by_name("verdict"), 2);
	assert_int_equal(ctl_layer_by_name("other"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
