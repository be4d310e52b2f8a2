/* SPDX-License-Identifier: Apache-2.0 */
#include "cases.h"
#include "harness.h"
#include <setjmp.h>
#include <sig/image.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NS UINT64_C(1000000000)

static bool fires(struct bench *b, const char *options, const void *payload, uint32_t n)
{
	char text[1024];
	uint8_t frame[2048];
	struct dp_pkt p;

	const bool igmp = strncmp(options, "igmp.", 5) == 0;

	snprintf(text, sizeof(text), "alert %s any any -> any any (msg:\"t\"; %s sid:7; rev:1;)\n",
		igmp ? "ip" : "udp", options);
	if (!bench_rules(b, text))
		fail_msg("refused: %s", options);
	bench_udp(&p, frame, payload, n);
	if (igmp) { // a header that is the text
		p.ip_proto = 2;
		p.l4_off = (uint16_t)(p.l4_off + 8);
		p.l4_hdr_len = (uint16_t)n;
	}
	bench_run(b, &p);
	return bench_hit(b, &p, 7);
}

static void test_keywords(void **state)
{
	struct bench *b = bench_create();

	for (unsigned i = 0; i < keyword_cases_n; i++) {
		const struct keyword_case *c = &keyword_cases[i];
		const unsigned n = c->n ? c->n : (unsigned)strlen(c->payload);

		if (fires(b, c->options, c->payload, n) != c->hit)
			fail_msg("%s on \"%s\": expected %s", c->options, c->payload,
				c->hit ? "a match" : "no match");
	}
	bench_destroy(b);
}

static unsigned send(struct bench *b, const char *payload)
{
	uint8_t frame[2048];
	struct dp_pkt p;

	bench_udp(&p, frame, payload, (uint32_t)strlen(payload));
	return bench_run(b, &p);
}

static void expect_counts(const char *threshold, const unsigned *want, unsigned n)
{
	struct bench *b = bench_create();
	char text[512];

	snprintf(text, sizeof(text),
		"alert udp any any -> any any (msg:\"t\"; content:\"attack\"; %s sid:7; rev:1;)\n",
		threshold);
	assert_true(bench_rules(b, text));
	for (unsigned i = 0; i < n; i++) {
		b->ctx.now_ns += NS;
		assert_int_equal(send(b, "attack"), want[i]);
	}
	bench_destroy(b);
}

static void test_thresholds(void **state)
{
	expect_counts("threshold:type limit,track by_src,count 2,seconds 60;",
		(unsigned[]){1, 1, 0, 0}, 4);
	expect_counts("threshold:type threshold,track by_src,count 3,seconds 60;",
		(unsigned[]){0, 0, 1, 0, 0, 1}, 6);
	expect_counts("threshold:type both,track by_dst,count 2,seconds 60;",
		(unsigned[]){0, 1, 0, 0}, 4);
	expect_counts("detection_filter:track by_src,count 2,seconds 60;",
		(unsigned[]){0, 0, 1, 1}, 4);
	// The time is over: counting starts again.
	expect_counts("threshold:type limit,track by_src,count 1,seconds 2;",
		(unsigned[]){1, 0, 0, 1}, 4);
}

static void test_order_and_pass(void **state)
{
	struct bench *b = bench_create();
	uint8_t frame[256];
	struct dp_pkt p;

	assert_true(bench_rules(b,
		"alert udp any any -> any any (msg:\"low\"; content:\"xyz1\"; priority:3; sid:1;)\n"
		"alert udp any any -> any any (msg:\"high\"; content:\"xyz1\"; priority:1; sid:2;)\n"
		"drop udp any any -> any any (msg:\"drop\"; content:\"xyz1\"; priority:4; sid:3;)\n"
		"pass udp any any -> any any (msg:\"pass\"; content:\"good\"; sid:4;)\n"));
	bench_udp(&p, frame, "xyz1", 4);
	assert_int_equal(bench_run(b, &p), 3);
	assert_int_equal(bench_sid(b, &p, 0), 3);
	assert_int_equal(bench_sid(b, &p, 1), 2);
	assert_int_equal(bench_sid(b, &p, 2), 1);
	assert_int_equal(p.verdict, DP_FORWARD); // a capture without simulated IPS
	bench_udp(&p, frame, "xyz1good", 8);
	assert_int_equal(bench_run(b, &p), 0);
	assert_int_equal(p.reason, DP_R_PASS_RULE);
	b->conf.simulate_ips = true;
	bench_udp(&p, frame, "xyz1", 4);
	bench_run(b, &p);
	assert_int_equal(p.verdict, DP_DROP);
	assert_int_equal(p.reason, DP_R_RULES);
	b->conf.mode[DP_LAYER_VENDOR] = DP_MODE_ALERT;
	bench_udp(&p, frame, "xyz1", 4);
	assert_int_equal(bench_run(b, &p), 3);
	assert_int_equal(p.verdict, DP_FORWARD);
	b->conf.mode[DP_LAYER_VENDOR] = DP_MODE_OFF;
	bench_udp(&p, frame, "xyz1", 4);
	assert_int_equal(bench_run(b, &p), 0);
	bench_destroy(b);
}

static void test_limit_of_alerts(void **state)
{
	struct bench *b = bench_create();
	uint8_t frame[256];
	struct dp_pkt p;

	b->conf.max_alerts = 2;
	assert_true(bench_rules(b,
		"alert udp any any -> any any (msg:\"1\"; content:\"abcd\"; sid:1;)\n"
		"alert udp any any -> any any (msg:\"2\"; content:\"abcd\"; sid:2;)\n"
		"alert udp any any -> any any (msg:\"3\"; content:\"abcd\"; noalert; sid:3;)\n"
		"alert udp any any -> any any (msg:\"4\"; content:\"abcd\"; sid:4;)\n"));
	bench_udp(&p, frame, "abcd", 4);
	assert_int_equal(bench_run(b, &p), 2);
	assert_int_equal(p.alerts_lost, 1);
	bench_destroy(b);
}

static void test_addresses_and_ports(void **state)
{
	static const struct {
		const char *head;
		bool hit;
	} c[] = {{"udp 10.0.0.0/8 any -> any 53", true}, {"udp !10.0.0.0/8 any -> any 53", false},
		{"udp any 1111 -> 192.0.2.1 any", true}, {"udp any any -> any !53", false},
		{"udp any any -> any [50:60,!53]", false}, {"udp any any -> any [50:60]", true},
		{"tcp any any -> any any", false}, {"ip any any -> any any", true},
		{"udp 192.0.2.1 any <> 10.0.0.1 any", true}, {"udp 192.0.2.1 any -> 10.0.0.1 any", false},
		{"icmp any any -> any any", false}, {"pkthdr any any -> any any", true}};

	for (unsigned i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct bench *b = bench_create();
		char text[256];

		snprintf(text, sizeof(text), "alert %s (msg:\"t\"; sid:7;)\n", c[i].head);
		assert_true(bench_rules(b, text));
		if ((send(b, "x") == 1) != c[i].hit)
			fail_msg("%s", c[i].head);
		bench_destroy(b);
	}
}

static void test_counters(void **state)
{
	struct bench *b = bench_create();
	const struct dp_sig_counters *k;
	uint32_t n;

	assert_true(bench_rules(b,
		"alert udp any any -> any any (msg:\"1\"; content:\"abcd\"; content:\"z\"; sid:1;)\n"));
	send(b, "abcd");
	send(b, "abcdz");
	k = dp_detect_sig_counters(b->d, DP_LAYER_VENDOR, &n);
	assert_int_equal(n, 1);
	assert_int_equal(k[0].prefilter, 2);
	assert_int_equal(k[0].evaluated, 2);
	assert_int_equal(k[0].matched, 1);
	bench_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_order_and_pass),
		cmocka_unit_test(test_limit_of_alerts),
		cmocka_unit_test(test_addresses_and_ports),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
