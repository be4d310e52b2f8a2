/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <dp/segment.h>

static char dir[] = "/tmp/sekisho-segment-XXXXXX";
static const struct dp_seg_shape shape = {
	.n_wires = 2, .n_slots = 2, .table_slots = 256, .ring_bytes = 65536,
	.file_ring_bytes = 131072};

static void create_publish_open(void **state)
{
	struct dp_seg *a, *b;

	assert_int_equal(dp_seg_open(dir, &b), -ENOENT);
	assert_int_equal(dp_seg_create(dir, &shape, &a), 0);
	assert_int_equal(dp_seg_open(dir, &b), -ENOENT);
	assert_int_equal(dp_seg_publish(dir), 0);
	assert_int_equal(dp_seg_open(dir, &b), 0);
	assert_non_null(dp_seg_table(b));
	assert_int_equal(dp_seg_ring(b, 1)->size, 65536);
	a->slot[1].worker[1][1].rx_pkts = 7;
	assert_int_equal(b->slot[1].worker[1][1].rx_pkts, 7);
	dp_seg_close(a);
	dp_seg_close(b);
}

static void damaged_files_are_refused(void **state)
{
	static const struct { size_t at; uint8_t value; int rc; } damage[] = {
		{0, 'x', -EBADMSG},
		{offsetof(struct dp_seg, version), 99, -EPROTO},
		{offsetof(struct dp_seg, bytes) + 5, 1, -EBADMSG},
		{offsetof(struct dp_seg, n_slots), 200, -EBADMSG},
		{offsetof(struct dp_seg, ring_off) + 6, 1, -EBADMSG},
		{offsetof(struct dp_seg, table_off) + 6, 1, -EBADMSG},
	};
	char path[128];
	struct dp_seg *seg;

	snprintf(path, sizeof(path), "%s/" DP_SEG_NAME, dir);
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		int fd;

		assert_int_equal(dp_seg_create(dir, &shape, &seg), 0);
		assert_int_equal(dp_seg_publish(dir), 0);
		dp_seg_close(seg);
		fd = open(path, O_RDWR);
		assert_int_equal(pwrite(fd, &damage[i].value, 1, (off_t)damage[i].at), 1);
		close(fd);
		assert_int_equal(dp_seg_open(dir, &seg), damage[i].rc);
	}
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(dp_seg_open(dir, &seg), -EBADMSG);
}

static void processes_have_ids_of_their_own(void **state)
{
	struct dp_seg *seg;
	uint64_t first;
	unsigned n = 0;

	assert_int_equal(dp_seg_create(dir, &shape, &seg), 0);
	struct dp_proc *p = dp_seg_proc_claim(seg, DP_ROLE_WORKER, 1);
	assert_non_null(p);
	first = p->id;
	assert_ptr_equal(dp_seg_proc(seg, first), p);
	p->id = 0;
	assert_null(dp_seg_proc(seg, first));
	assert_null(dp_seg_proc(seg, 0));
	while ((p = dp_seg_proc_claim(seg, DP_ROLE_PARENT, 0)) != NULL) {
		assert_true(p->id != first);
		n++;
	}
	assert_int_equal(n, DP_MAX_PROCS);
	dp_seg_close(seg);
}

static void mailbox(void **state)
{
	struct dp_seg *seg;
	struct dp_mail m;

	assert_int_equal(dp_seg_create(dir, &shape, &seg), 0);
	assert_int_equal(dp_mail_read(seg, 1, &m), 0);
	assert_int_equal(m.generation, 0);
	assert_int_equal(dp_mail_post(seg, 1, "/some/image.img", 42, 0), 1);
	assert_int_equal(dp_mail_post(seg, 1, "/some/other.img", 43, 0), 2);
	assert_int_equal(dp_mail_read(seg, 1, &m), 0);
	assert_string_equal(m.path, "/some/other.img");
	assert_int_equal(m.image_generation, 43);
	seg->mail[1].seq |= 1;
	assert_int_equal(dp_mail_read(seg, 1, &m), -EAGAIN);
	dp_seg_close(seg);
}

static void histogram_quantiles(void **state)
{
	struct dp_hist h = {0};

	assert_int_equal(dp_hist_quantile_ns(&h, 0.5), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		dp_hist_add(&h, i * 1000);
	uint64_t median = dp_hist_quantile_ns(&h, 0.5);
	assert_true(median >= 500000 && median <= 640000);
	assert_int_equal(dp_hist_quantile_ns(&h, 1.0), 1000000);
	for (uint64_t v = 0; v < 63; v++)
		dp_hist_add(&h, UINT64_C(1) << v);
	dp_hist_add(&h, UINT64_MAX);
	assert_int_equal(h.max_ns, UINT64_MAX);
}

static void settings(void **state)
{
	char text[16] = "as it was", got[16] = "";
	struct dp_seg *seg;
	uint64_t seq, posted;

	assert_int_equal(dp_seg_create(dir, &shape, &seg), 0);
	assert_int_equal(dp_seg_conf_read(seg, got, sizeof(got), &seq), -ENOENT);
	assert_int_equal(dp_seg_conf_post(seg, text, DP_SEG_CONF_MAX + 1, &posted), -E2BIG);
	assert_int_equal(dp_seg_conf_post(seg, text, sizeof(text), &posted), 0);
	assert_int_equal(dp_seg_conf_read(seg, got, 8, &seq), -EPROTO); // another layout
	assert_int_equal(dp_seg_conf_read(seg, got, sizeof(got), &seq), 0);
	assert_string_equal(got, text);
	assert_int_equal(seq, posted);
	seg->conf.seq |= 1; // its writer died in the middle
	assert_int_equal(dp_seg_conf_read(seg, got, sizeof(got), &seq), -EAGAIN);
	assert_int_equal(dp_seg_conf_post(seg, text, sizeof(text), &posted), 0);
	assert_int_equal(dp_seg_conf_read(seg, got, sizeof(got), &seq), 0);
	assert_true(seq == posted && seq > 2);
	seg->conf.version[0] ^= 1; // another build's
	assert_int_equal(dp_seg_conf_read(seg, got, sizeof(got), &seq), -EPROTO);
	assert_non_null(dp_seg_file_ring(seg, 1));
	assert_int_equal(dp_seg_file_ring(seg, 1)->size, 131072);
	dp_seg_close(seg);
}

static int make_dir(void **state)
{
	return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/" DP_SEG_NAME, dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/" DP_SEG_NAME ".new", dir);
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_publish_open),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(processes_have_ids_of_their_own),
		cmocka_unit_test(mailbox),
		cmocka_unit_test(settings),
		cmocka_unit_test(histogram_quantiles),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
