/* SPDX-License-Identifier: Apache-2.0 */
/* What workers share: processes that change marks and counts at the same time, and one that dies inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marks.h"
#include "shared_state.h"

#define PROCS 4
#define ROUNDS 20000u
#define KEYS 64u

static uint64_t key(uint64_t n)
{
	return n << 8 | 1;
}

static void marks_hold_until(void **state)
{
	struct dp_shared_state *s = dp_shared_state_anonymous();
	struct marks *t = &s->bits;

	assert_int_equal(dp_mark_get(t, key(1), 10), 0);
	assert_int_equal(dp_mark_change(t, key(1), 100, 10, MARK_SET), 0);
	assert_int_equal(dp_mark_get(t, key(1), 99), 100);
	assert_int_equal(dp_mark_get(t, key(1), 100), 0);
	assert_int_equal(dp_mark_change(t, key(1), 200, 50, MARK_SET), 100);
	assert_int_equal(dp_mark_change(t, key(1), 0, 50, MARK_CLEAR), 200);
	assert_int_equal(dp_mark_get(t, key(1), 50), 0);
	assert_int_equal(dp_mark_change(t, key(1), MARK_FOR_EVER, 50, MARK_TOGGLE), 0);
	assert_true(dp_mark_get(t, key(1), 50) == MARK_FOR_EVER);
	assert_true(dp_mark_change(t, key(1), 70, 50, MARK_TOGGLE) == MARK_FOR_EVER);
	assert_int_equal(dp_mark_get(t, key(1), 50), 0);
	dp_shared_state_close(s);
}

// Keys of one bucket: the one that ends first gives way.
static void a_full_bucket(void **state)
{
	struct dp_shared_state *s = dp_shared_state_anonymous();
	struct marks *t = &s->bits;

	uint64_t evicted = 0;

	for (uint64_t i = 0; i < MARK_WIDE; i++)
		dp_mark_count(t, key(7 + i * MARK_BUCKETS), 1000 + i, 1, MARK_SET, &evicted);
	assert_int_equal(evicted, 0);
	dp_mark_count(t, key(7 + MARK_WIDE * MARK_BUCKETS), 5000, 1, MARK_SET, &evicted);
	assert_int_equal(dp_mark_get(t, key(7 + MARK_WIDE * MARK_BUCKETS), 1), 5000);
	assert_int_equal(dp_mark_get(t, key(7), 1), 0);
	assert_int_equal(dp_mark_get(t, key(7 + MARK_BUCKETS), 1), 1001);
	assert_int_equal(evicted, 1);
	// One that was asked for ends later; what does not hold any more is not renewed.
	assert_int_equal(dp_mark_count(t, key(7 + MARK_BUCKETS), 6000, 1, MARK_RENEW, &evicted), 1001);
	assert_int_equal(dp_mark_count(t, key(7), 6000, 1, MARK_RENEW, &evicted), 0);
	assert_int_equal(dp_mark_get(t, key(7), 1), 0);
	assert_int_equal(evicted, 1);
	dp_mark_count(t, key(7), 5500, 1, MARK_ADD, &evicted);
	assert_int_equal(dp_mark_get(t, key(7), 1), 5500);
	assert_int_equal(dp_mark_get(t, key(7 + MARK_BUCKETS), 1), 6000);
	assert_int_equal(dp_mark_get(t, key(7 + 2 * MARK_BUCKETS), 1), 0);
	assert_int_equal(evicted, 2);
	// What has ended makes room.
	assert_int_equal(dp_mark_count(t, key(7 + 2 * MARK_BUCKETS), 9000, 1004, MARK_ADD, &evicted), 0);
	assert_int_equal(dp_mark_get(t, key(7 + 2 * MARK_BUCKETS), 1004), 9000);
	assert_int_equal(evicted, 2);
	dp_shared_state_close(s);
}

/** Each key is added by all at once: one of them is told that it was not there. */
static void add_is_for_one(void **state)
{
	struct dp_shared_state *s = dp_shared_state_anonymous();
	uint32_t *firsts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned lost = 0;

	for (int p = 0; p < PROCS; p++) {
		if (fork() != 0)
			continue;
		for (uint64_t i = 1; i <= ROUNDS; i++)
			if (dp_mark_change(&s->learnt, key(i), MARK_FOR_EVER, 1, MARK_ADD) == 0)
				__atomic_fetch_add(firsts, 1, __ATOMIC_RELAXED);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	// One that lost its processor inside a claim is overruled: then two may be first, once.
	assert_in_range(*firsts, ROUNDS, ROUNDS + PROCS);
	for (uint64_t i = 1; i <= ROUNDS; i++)
		lost += dp_mark_get(&s->learnt, key(i), 1) == 0;
	assert_int_equal(lost, 0);
	munmap(firsts, 4096);
	dp_shared_state_close(s);
}

/** A reader never sees the time of another mark: those of odd keys end with 1, those of even with 2. */
static void readers_are_not_misled(void **state)
{
	struct dp_shared_state *s = dp_shared_state_anonymous();
	struct marks *t = &s->bits;
	unsigned wrong = 0;
	pid_t writer = fork();

	if (writer == 0) { // more keys than a bucket has places, so that they evict each other
		for (uint64_t i = 0;; i = (i + 1) % (4 * MARK_WIDE))
			dp_mark_change(t, key(3 + i * MARK_BUCKETS), 1000000 + 2 + (i & 1), 1, MARK_SET);
	}
	for (unsigned n = 0; n < 100 * ROUNDS / 10; n++) {
		const uint64_t i = n % (4 * MARK_WIDE);
		const uint64_t until = dp_mark_get(t, key(3 + i * MARK_BUCKETS), 1);

		wrong += until != 0 && (until & 1) != (i & 1);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	assert_int_equal(wrong, 0);
	dp_shared_state_close(s);
}

static void the_dead_hold_nothing(void **state)
{
	struct dp_shared_state *s = dp_shared_state_anonymous();
	struct mark_bucket *b = &s->bits.bucket[5];
	pid_t dies = fork();

	if (dies == 0) {
		dp_bucket_claim(&b->claim);
		_exit(0);
	}
	waitpid(dies, NULL, 0);
	assert_int_equal(b->claim, 1);
	dp_mark_change(&s->bits, key(5), 100, 1, MARK_SET);
	assert_int_equal(dp_mark_get(&s->bits, key(5), 1), 100);
	assert_int_equal(b->claim, 0); // and the next one need not wait
	dp_shared_state_close(s);
}

static void a_file_outlives_its_makers(void **state)
{
	char dir[] = "/tmp/sekisho-state-XXXXXX", path[80];
	struct dp_shared_state *a, *b;
	struct stat st;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/signature-state", dir);
	assert_int_equal(dp_shared_state_open(dir, &a), 0);
	dp_mark_change(&a->bits, key(9), MARK_FOR_EVER, 1, MARK_SET);
	assert_int_equal(dp_shared_state_open(dir, &b), 0);
	assert_true(dp_mark_get(&b->bits, key(9), 1) != 0);
	dp_shared_state_close(a);
	dp_shared_state_close(b);
	assert_int_equal(dp_shared_state_open(dir, &a), 0);
	assert_true(dp_mark_get(&a->bits, key(9), 1) != 0);
	dp_shared_state_close(a);
	// Of another layout, or cut short: begun anew.
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "\377\377", 2, offsetof(struct dp_shared_head, version)), 2);
	close(fd);
	assert_int_equal(dp_shared_state_open(dir, &a), 0);
	assert_int_equal(dp_mark_get(&a->bits, key(9), 1), 0);
	dp_shared_state_close(a);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(dp_shared_state_open(dir, &a), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, sizeof(struct dp_shared_state));
	dp_shared_state_close(a);
	unlink(path);
	rmdir(dir);
	assert_true(dp_shared_state_open(dir, &a) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_hold_until),
		cmocka_unit_test(a_full_bucket),
		cmocka_unit_test(add_is_for_one),
		cmocka_unit_test(readers_are_not_misled),
		cmocka_unit_test(the_dead_hold_nothing),
		cmocka_unit_test(a_file_outlives_its_makers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
