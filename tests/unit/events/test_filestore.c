/* SPDX-License-Identifier: Apache-2.0 */
/** The file store: whole files only, whatever got lost, quotas, and what records say of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <ctl/filestore.h>
#include <ftw.h>

static char dir[] = "/tmp/sekisho-store-XXXXXX";

static uint16_t worker;

static void send(struct ctl_filestore *s, uint8_t what, uint64_t id, uint64_t offset, const char *text,
		uint8_t name)
{
	struct {
		struct dp_ev_file f;
		char bytes[64];
	} r = {.f = {.head = {.type = DP_EV_FILE, .version = DP_EV_VERSION}, .id = id, .what = what,
		.offset = offset, .worker = worker}};

	r.f.n = (uint32_t)strlen(text);
	memcpy(r.bytes, text, r.f.n);
	memset(r.f.sha256, name, sizeof(r.f.sha256));
	r.f.head.len = (uint32_t)(sizeof(r.f) + r.f.n + 7) & ~7u;
	ctl_filestore_record(s, &r.f.head);
}

static bool has(uint8_t name, const char *text)
{
	char path[200], got[64];
	int at = snprintf(path, sizeof(path), "%s/%02x/", dir, name);
	size_t n;
	FILE *f;

	for (unsigned i = 0; i < 32; i++)
		at += snprintf(path + at, sizeof(path) - (size_t)at, "%02x", name);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	n = fread(got, 1, sizeof(got), f);
	fclose(f);
	return n == strlen(text) && memcmp(got, text, n) == 0;
}

static unsigned in_tmp(void)
{
	char cmd[100];
	unsigned n = 99;
	FILE *p;

	snprintf(cmd, sizeof(cmd), "ls %s/tmp | wc -l", dir);
	p = popen(cmd, "r");
	assert_non_null(p);
	assert_int_equal(fscanf(p, "%u", &n), 1);
	pclose(p);
	return n;
}

static void whole_files(void **state)
{
	struct ctl_filestore s;

	assert_int_equal(ctl_filestore_open(&s, dir, false, 0, 0), 0);
	send(&s, DP_EV_FILE_DATA, 1, 0, "abc", 0);
	send(&s, DP_EV_FILE_DATA, 2, 0, "other", 0);
	send(&s, DP_EV_FILE_DATA, 1, 3, "def", 0);
	send(&s, DP_EV_FILE_KEEP, 1, 6, "", 0x11);
	send(&s, DP_EV_FILE_DISCARD, 2, 5, "", 0x22);
	assert_true(has(0x11, "abcdef"));
	assert_null(s.last[0].why);
	send(&s, DP_EV_FILE_KEEP, 3, 0, "", 0x33); // nothing in it
	assert_true(has(0x33, ""));
	assert_int_equal(s.stored, 2);
	assert_int_equal(s.bytes, 6);
	assert_int_equal(in_tmp(), 0);
	// the same again
	send(&s, DP_EV_FILE_DATA, 4, 0, "abcdef", 0);
	send(&s, DP_EV_FILE_KEEP, 4, 6, "", 0x11);
	assert_int_equal(s.duplicates, 1);
	assert_int_equal(s.files, 2);
	ctl_filestore_close(&s);
}

static void lost_pieces(void **state)
{
	struct ctl_filestore s;

	assert_int_equal(ctl_filestore_open(&s, dir, false, 0, 0), 0);
	send(&s, DP_EV_FILE_DATA, 1, 3, "def", 0); // no beginning
	send(&s, DP_EV_FILE_KEEP, 1, 6, "", 0x44);
	assert_string_equal(s.last[0].why, "incomplete");
	send(&s, DP_EV_FILE_DATA, 2, 0, "abc", 0); // no end
	send(&s, DP_EV_FILE_KEEP, 2, 6, "", 0x44);
	assert_string_equal(s.last[0].why, "incomplete");
	send(&s, DP_EV_FILE_DATA, 3, 0, "abc", 0); // a hole
	send(&s, DP_EV_FILE_DATA, 3, 4, "ef", 0);
	send(&s, DP_EV_FILE_KEEP, 3, 6, "", 0x44);
	assert_string_equal(s.last[0].why, "incomplete");
	assert_false(has(0x44, "abc"));
	assert_int_equal(s.incomplete, 3);
	// a worker that died had begun a file of that number
	send(&s, DP_EV_FILE_DATA, 4, 0, "what was left", 0);
	send(&s, DP_EV_FILE_DATA, 4, 0, "new", 0);
	send(&s, DP_EV_FILE_KEEP, 4, 3, "", 0x55);
	assert_true(has(0x55, "new"));
	send(&s, DP_EV_FILE_DATA, 5, 0, "dead", 0);
	assert_int_equal(in_tmp(), 1);
	ctl_filestore_tidy(&s, 600);
	assert_int_equal(in_tmp(), 1);
	ctl_filestore_close(&s);
	assert_int_equal(ctl_filestore_open(&s, dir, false, 0, 0), 0);
	assert_int_equal(in_tmp(), 0);
	assert_int_equal(s.files, 3);
	ctl_filestore_close(&s);
}

/** The rings of two workers are drained in turn: each has its own last file. */
static void two_workers(void **state)
{
	struct ctl_filestore s;

	assert_int_equal(ctl_filestore_open(&s, dir, true, 0, 0), 0);
	worker = 1;
	send(&s, DP_EV_FILE_DATA, 1, 3, "def", 0); // no beginning
	send(&s, DP_EV_FILE_KEEP, 1, 6, "", 0x99);
	worker = 0;
	send(&s, DP_EV_FILE_DATA, 1, 0, "whole", 0);
	send(&s, DP_EV_FILE_KEEP, 1, 5, "", 0x9a);
	assert_string_equal(s.last[1].why, "incomplete");
	assert_false(s.last[1].expects);
	assert_null(s.last[0].why);
	assert_true(s.last[0].expects);
	ctl_filestore_close(&s);
}

static void quotas(void **state)
{
	struct ctl_filestore s;
	char path[200];

	assert_int_equal(ctl_filestore_open(&s, dir, false, 16, 5), 0);
	assert_int_equal(s.bytes, 9);
	send(&s, DP_EV_FILE_DATA, 1, 0, "12345678", 0);
	send(&s, DP_EV_FILE_KEEP, 1, 8, "", 0x66);
	assert_string_equal(s.last[0].why, "quota");
	send(&s, DP_EV_FILE_DATA, 2, 0, "12345678901234567", 0); // more than the store may ever hold
	assert_int_equal(in_tmp(), 0);
	send(&s, DP_EV_FILE_KEEP, 2, 17, "", 0x66);
	assert_string_equal(s.last[0].why, "quota");
	send(&s, DP_EV_FILE_DATA, 3, 0, "1234567", 0);
	send(&s, DP_EV_FILE_KEEP, 3, 7, "", 0x66);
	assert_null(s.last[0].why);
	send(&s, DP_EV_FILE_KEEP, 4, 0, "", 0x77);
	assert_null(s.last[0].why);
	send(&s, DP_EV_FILE_KEEP, 5, 0, "", 0x78);
	assert_string_equal(s.last[0].why, "quota"); // a sixth file
	assert_int_equal(s.refused, 3);
	snprintf(path, sizeof(path), "%s/33/%s", dir, "3333333333333333333333333333333333333333333333333333333333333333");
	assert_int_equal(unlink(path), 0); // somebody makes room
	for (unsigned i = 0; i < 128; i++)
		ctl_filestore_recount(&s);
	send(&s, DP_EV_FILE_KEEP, 7, 0, "", 0x79);
	assert_string_equal(s.last[0].why, "quota"); // not counted to the end
	for (unsigned i = 0; i < 128; i++)
		ctl_filestore_recount(&s);
	send(&s, DP_EV_FILE_KEEP, 6, 0, "", 0x78);
	assert_null(s.last[0].why);
	assert_int_equal(s.files, 5);
	assert_false(s.over);
	ctl_filestore_close(&s);
}

static int make(void **state)
{
	return mkdtemp(dir) == NULL;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

static int clear(void **state)
{
	return nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_files),
		cmocka_unit_test(lost_pieces),
		cmocka_unit_test(quotas),
		cmocka_unit_test(two_workers),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
