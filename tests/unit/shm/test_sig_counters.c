/* SPDX-License-Identifier: Apache-2.0 */
/** Counter files of signatures: found again by the next worker, refused when they are something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dp/sig_counters.h>
#include <errno.h>
#include <unistd.h>

struct place {
	char dir[40], path[80];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/sig-counters-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/signatures.1.7.0", p->dir);
	*state = p;
	return 0;
}

static int clear_place(void **state)
{
	struct place *p = *state;
	char cmd[80];

	snprintf(cmd, sizeof(cmd), "rm -r %s", p->dir);
	assert_int_equal(system(cmd), 0);
	free(p);
	return 0;
}

static void test_goes_on(void **state)
{
	struct place *p = *state;
	const struct dp_sig_file *r;
	struct dp_sig_file *f;
	uint64_t id;

	assert_int_equal(dp_sig_file_open(p->dir, 1, 7, 0, 100, &f), 0);
	assert_int_equal(f->n, 100);
	f->sig[99].matched = 5;
	id = f->id;
	assert_int_equal(dp_sig_file_read(p->path, &r), 0);
	assert_int_equal(r->sig[99].matched, 5);
	assert_int_equal(r->layer, 1);
	assert_int_equal(r->generation, 7);
	dp_sig_file_close(f);
	assert_int_equal(dp_sig_file_open(p->dir, 1, 7, 0, 100, &f), 0); // the next worker
	assert_true(f->id == id);
	f->sig[99].matched++;
	assert_int_equal(r->sig[99].matched, 6);
	dp_sig_file_close(f);
	dp_sig_file_close(r);
}

static void test_another_shape(void **state)
{
	struct place *p = *state;
	struct dp_sig_file *f;
	uint64_t id;

	assert_int_equal(dp_sig_file_open(p->dir, 1, 7, 0, 100, &f), 0);
	f->sig[0].matched = 1;
	id = f->id;
	dp_sig_file_close(f);
	assert_int_equal(dp_sig_file_open(p->dir, 1, 7, 0, 101, &f), 0);
	assert_false(f->id == id);
	assert_int_equal(f->sig[0].matched, 0);
	dp_sig_file_close(f);
}

static void test_foreign(void **state)
{
	struct place *p = *state;
	const struct dp_sig_file *r;
	struct dp_sig_file *f;

	assert_int_equal(dp_sig_file_read(p->path, &r), -ENOENT);
	assert_int_equal(dp_sig_file_open(p->dir, 1, 7, 0, 100, &f), 0);
	dp_sig_file_close(f);
	assert_int_equal(truncate(p->path, (off_t)dp_sig_file_bytes(100) - 1), 0);
	assert_int_equal(dp_sig_file_read(p->path, &r), -EBADMSG);
	assert_null(r);
	assert_int_equal(truncate(p->path, 10), 0);
	assert_int_equal(dp_sig_file_read(p->path, &r), -EBADMSG);
	assert_int_equal(dp_sig_file_open(p->dir, 1, 7, 0, 100, &f), 0); // a worker begins anew
	dp_sig_file_close(f);
	assert_int_equal(dp_sig_file_open("/nonexistent", 1, 7, 0, 1, &f), -ENOENT);
	assert_null(f);
	dp_sig_file_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_goes_on, make_place, clear_place),
		cmocka_unit_test_setup_teardown(test_another_shape, make_place, clear_place),
		cmocka_unit_test_setup_teardown(test_foreign, make_place, clear_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
