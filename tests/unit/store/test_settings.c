/* SPDX-License-Identifier: Apache-2.0 */
/** Applied settings: what is current and previous survives a restart, the file may go, older ones do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ctl/settings.h>
#include <errno.h>
#include <unistd.h>

static char dir[] = "/tmp/ctl-settings-XXXXXX";

static void copied(const struct ctl_settings *s, uint32_t number, const char *want)
{
	struct ctl_settings_item item;
	char text[64] = "";
	FILE *f;

	assert_int_equal(ctl_settings_get(s, number, &item), 0);
	assert_non_null(strstr(item.origin, "/site.yaml"));
	f = fopen(item.yaml, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, want);
	assert_int_equal(item.sets, 2);
	assert_string_equal(item.set[1], "c=d=e");
	ctl_settings_item_fini(&item);
}

static void test_numbers(void **state)
{
	const char *const set[] = {"a=b", "c=d=e"};
	struct ctl_settings_item item;
	struct ctl_settings s;
	uint32_t n;

	assert_int_equal(ctl_settings_open(&s, dir), 0);
	assert_int_equal(s.current, 0);
	assert_int_equal(ctl_settings_get(&s, 0, &item), -ENOENT);
	for (uint32_t i = 1; i <= 4; i++) {
		char text[8];

		snprintf(text, sizeof(text), "v: %u", i);
		assert_int_equal(ctl_settings_add(&s, "/x/site.yaml", text, strlen(text), set, 2, &n), 0);
		assert_int_equal(n, i);
		assert_int_equal(ctl_settings_commit(&s, n), 0);
	}
	assert_int_equal(ctl_settings_open(&s, dir), 0); // as after a restart
	assert_int_equal(s.current, 4);
	copied(&s, 4, "v: 4");
	assert_int_equal(ctl_settings_back(&s), 0);
	assert_int_equal(ctl_settings_get(&s, 4, &item), -ENOENT);
	assert_int_equal(ctl_settings_commit(&s, 0), 0); // to the command line's
	assert_int_equal(ctl_settings_open(&s, dir), 0);
	assert_int_equal(s.current, 0);
	for (uint32_t i = 3; i > 0; i--) {
		assert_int_equal(ctl_settings_previous(&s, &n), 0);
		assert_int_equal(n, i);
		assert_int_equal(ctl_settings_back(&s), 0);
		assert_int_equal(s.current, i);
		copied(&s, i, i == 3 ? "v: 3" : i == 2 ? "v: 2" : "v: 1");
	}
	assert_int_equal(ctl_settings_back(&s), 0); // to the command line's
	assert_int_equal(s.current, 0);
	assert_int_equal(ctl_settings_back(&s), -ENOENT);
	assert_int_equal(ctl_settings_get(&s, 1, &item), -ENOENT);
}

// Not for ever: the oldest steps are forgotten, with their copies.
static void test_many(void **state)
{
	const char *const set[] = {"a=b"};
	struct ctl_settings_item item;
	struct ctl_settings s;
	uint32_t n, first = 0;
	unsigned back = 0;

	assert_int_equal(ctl_settings_open(&s, dir), 0);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(ctl_settings_add(&s, NULL, NULL, 0, set, 1, &n), 0);
		assert_int_equal(ctl_settings_commit(&s, n), 0);
		first = first ? first : n;
	}
	assert_int_equal(ctl_settings_get(&s, first, &item), -ENOENT);
	assert_int_equal(ctl_settings_open(&s, dir), 0);
	assert_int_equal(s.current, n);
	while (ctl_settings_back(&s) == 0)
		back++;
	assert_int_equal(back, CTL_SETTINGS_BACK);
	assert_int_equal(s.current, n - CTL_SETTINGS_BACK);
	assert_int_equal(ctl_settings_commit(&s, 0), 0);
}

// As versions before this one wrote it: in force, in force before.
static void test_former(void **state)
{
	const char *const set[] = {"a=b"};
	struct ctl_settings s;
	uint32_t a, b;
	char path[64];
	FILE *f;

	assert_int_equal(ctl_settings_open(&s, dir), 0);
	assert_int_equal(ctl_settings_add(&s, NULL, NULL, 0, set, 1, &a), 0);
	assert_int_equal(ctl_settings_add(&s, NULL, NULL, 0, set, 1, &b), 0);
	snprintf(path, sizeof(path), "%s/settings/current", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%u %u\n", b, a);
	fclose(f);
	assert_int_equal(ctl_settings_open(&s, dir), 0);
	assert_int_equal(s.current, b);
	assert_int_equal(ctl_settings_back(&s), 0);
	assert_int_equal(s.current, a);
	assert_int_equal(ctl_settings_back(&s), -ENOENT);
}

static void test_refused(void **state)
{
	const char *set[CTL_SETTINGS_MAX + 1];
	struct ctl_settings_item item;
	struct ctl_settings s;
	uint32_t n;

	for (unsigned i = 0; i <= CTL_SETTINGS_MAX; i++)
		set[i] = "a=b";
	assert_int_equal(ctl_settings_open(&s, dir), 0);
	assert_int_equal(ctl_settings_add(&s, "a", "b", CTL_SETTINGS_YAML_MAX + 1, NULL, 0, &n), -E2BIG);
	assert_int_equal(ctl_settings_add(&s, "\xff", "b", 1, NULL, 0, &n), -EINVAL);
	assert_int_equal(ctl_settings_add(&s, NULL, NULL, 0, set, CTL_SETTINGS_MAX + 1, &n), -E2BIG);
	assert_int_equal(ctl_settings_commit(&s, 99), -ENOENT);
	assert_int_equal(ctl_settings_add(&s, NULL, NULL, 0, set, CTL_SETTINGS_MAX, &n), 0);
	assert_int_equal(ctl_settings_get(&s, n, &item), 0);
	assert_null(item.yaml);
	assert_int_equal(item.sets, CTL_SETTINGS_MAX);
	ctl_settings_item_fini(&item);
	ctl_settings_discard(&s, n);
	assert_int_equal(ctl_settings_get(&s, n, &item), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_former),
		cmocka_unit_test(test_refused),
	};
	char cmd[64];
	int rc;

	if (mkdtemp(dir) == NULL)
		return 1;
	rc = cmocka_run_group_tests_name("settings", tests, NULL, NULL);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return system(cmd) ? 1 : rc;
}
