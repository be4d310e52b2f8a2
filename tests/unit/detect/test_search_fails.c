/* SPDX-License-Identifier: Apache-2.0 */
/* The search of Hyperscan fails: slow, but nothing is missed. */
#include <hs_runtime.h>
#include <stdbool.h>

static unsigned asked, padded;
static bool padding_helps;

static hs_error_t failing(const hs_database_t *db, const char *p, unsigned n, unsigned flags,
	hs_scratch_t *scratch, match_event_handler on, void *arg)
{
	asked++;
	if (n != 256 || !padding_helps)
		return HS_UNKNOWN_ERROR;
	padded++;
	return hs_scan(db, p, n, flags, scratch, on, arg);
}
#define hs_scan failing
#include "prefilter.c"
#undef hs_scan

#include "harness.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool hit(struct bench *b, const char *text, uint32_t n)
{
	char payload[1000];
	uint8_t frame[2048];
	struct dp_pkt p;

	memset(payload, '-', sizeof(payload));
	memcpy(payload + n - strlen(text), text, strlen(text));
	bench_udp(&p, frame, payload, n);
	bench_run(b, &p);
	return bench_hit(b, &p, 7);
}

static void test_fails(void **state)
{
	static const uint32_t size[] = {20, 128, 129, 1000};
	struct bench *b = bench_create();

	assert_true(bench_rules(b, "alert udp any any -> any any (msg:\"t\"; content:\"evil\"; sid:7;)\n"));
	for (unsigned help = 0; help < 2; help++) {
		padding_helps = help;
		for (unsigned i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
			assert_true(hit(b, "evil", size[i]));
			assert_false(hit(b, "good", size[i]));
		}
	}
	assert_int_equal(padded, 4);
	assert_true(asked >= 16);
	bench_destroy(b);
}

int main(void)
{
	const struct CMUnitTest t[] = {cmocka_unit_test(test_fails)};

	return cmocka_run_group_tests(t, NULL, NULL);
}
