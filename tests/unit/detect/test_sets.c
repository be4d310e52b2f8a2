/* SPDX-License-Identifier: Apache-2.0 */
/* Values that rules put into sets and take out, on two workers that share what they know. */
#include "harness.h"
#include <dp/shared_state.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR (UINT64_C(3600) * 1000000000)

enum { SET = 1, ISSET, UNSET };
#define SETS(more) \
	"alert udp any any -> any 1 (msg:\"t\"; ip.src; dataset:set,v,type ipv4" more "; sid:1;)\n" \
	"alert udp any any -> any 2 (msg:\"t\"; ip.src; dataset:isset,v,type ipv4" more "; sid:2;)\n" \
	"alert udp any any -> any 3 (msg:\"t\"; ip.src; dataset:unset,v,type ipv4" more "; sid:3;)\n"

struct two {
	struct dp_shared_state *all;
	struct bench *w[2];
};

static void adopt(struct bench *b, const char *rules, uint32_t generation)
{
	struct dp_ruleset *rs = bench_ruleset(rules), *old = NULL;

	assert_int_equal(dp_detect_prepare(b->d, rs), 0);
	dp_detect_adopt(b->d, DP_LAYER_VENDOR, rs, generation, &old);
	dp_ruleset_close(old);
	b->rs = rs;
}

static void begin(struct two *t, const char *rules)
{
	t->all = dp_shared_state_anonymous();
	assert_non_null(t->all);
	for (unsigned i = 0; i < 2; i++) {
		t->w[i] = bench_create();
		t->w[i]->ctx.shared = t->all;
		adopt(t->w[i], rules, 1);
	}
}

static void end(struct two *t)
{
	for (unsigned i = 0; i < 2; i++)
		bench_destroy(t->w[i]);
	dp_shared_state_close(t->all);
}

/** A packet from this address meets the rule of the port on one of the workers. */
static bool hit(struct bench *b, uint16_t port, uint32_t addr)
{
	struct dp_pkt p;
	uint8_t buf[64];

	bench_udp(&p, buf, "x", 1);
	p.dp = port;
	memcpy(p.src.b, &addr, sizeof(addr));
	memcpy(buf + 12, &addr, sizeof(addr));
	return bench_run(b, &p) == 1;
}

static void test_next_image(void **state)
{
	struct two t;

	begin(&t, SETS(""));
	assert_true(hit(t.w[0], SET, 7));
	assert_true(hit(t.w[0], SET, 8));
	assert_true(hit(t.w[1], ISSET, 7));
	assert_true(hit(t.w[1], UNSET, 7));
	// The worker that learnt it has not been asked since.
	adopt(t.w[0], SETS(""), 2);
	adopt(t.w[1], SETS(""), 2);
	assert_false(hit(t.w[0], ISSET, 7));
	assert_false(hit(t.w[1], ISSET, 7));
	assert_true(hit(t.w[0], ISSET, 8));
	assert_true(hit(t.w[1], ISSET, 8));
	assert_true(hit(t.w[1], SET, 7));
	assert_true(hit(t.w[0], ISSET, 7));
	end(&t);
}

static unsigned lines_of(const char *path, const char *what)
{
	FILE *f = fopen(path, "r");
	char line[80];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, what) != NULL;
	if (f)
		fclose(f);
	return n;
}

static void test_saved(void **state)
{
	char dir[] = "/tmp/sekisho-sets-XXXXXX", err[200] = "";
	struct two t;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	begin(&t, SETS(",save v.list"));
	assert_true(hit(t.w[0], SET, 0x01010101));
	assert_true(hit(t.w[0], SET, 0x02020202));
	assert_true(hit(t.w[1], UNSET, 0x01010101));
	assert_int_equal(dp_ruleset_save_sets(t.w[0]->rs, true, err, sizeof(err)), 0);
	assert_int_equal(lines_of("v.list", "2.2.2.2"), 1);
	assert_int_equal(lines_of("v.list", "1.1.1.1"), 0);
	end(&t);
	unlink("v.list");
	unlink("v.list.lock");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

// What all workers know ends a day after it was last asked for; the worker's own values stay.
static void test_ends(void **state)
{
	struct two t;

	begin(&t, SETS(""));
	assert_true(hit(t.w[0], SET, 7));
	assert_true(hit(t.w[0], SET, 8));
	for (unsigned i = 0; i < 10; i++) {
		t.w[1]->ctx.now_ns += 10 * HOUR;
		assert_true(hit(t.w[1], ISSET, 7));
	}
	assert_false(hit(t.w[1], ISSET, 8));
	assert_true(hit(t.w[0], ISSET, 8));
	end(&t);
}

// A flood of names: what is asked for stays, what gives way or is not taken is counted.
static void test_flood(void **state)
{
	struct two t;
	unsigned still = 0;

	begin(&t, SETS(""));
	for (uint32_t a = 1; a <= 100; a++)
		assert_true(hit(t.w[0], SET, a));
	for (uint32_t a = 1; a <= 100; a++) {
		assert_true(hit(t.w[1], UNSET, a));
		assert_false(hit(t.w[0], ISSET, a));
	}
	for (uint32_t a = 1000; a < 101000; a++) {
		t.w[0]->ctx.now_ns += 1000;
		hit(t.w[0], SET, a);
	}
	assert_true(t.w[0]->cnt.detect_sets_full > 80000);
	assert_true(t.w[0]->cnt.detect_marks_evicted > 30000);
	t.w[1]->ctx.now_ns = t.w[0]->ctx.now_ns;
	for (uint32_t a = 100900; a < 101000; a++)
		still += hit(t.w[1], ISSET, a);
	assert_int_equal(still, 100); // the newest
	for (uint32_t a = 1; a <= 100; a++)
		assert_false(hit(t.w[0], ISSET, a));
	end(&t);
}

int main(void)
{
	const struct CMUnitTest t[] = {
		cmocka_unit_test(test_next_image),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(t, NULL, NULL);
}
