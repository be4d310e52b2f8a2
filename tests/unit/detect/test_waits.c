/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures wait for: later buffers of a transaction, later pieces of a frame. */
#include "../stream/session.h"
#include "harness.h"
#include <dp/detect.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct talk {
	struct net n;
	struct dp_detect *d;
	struct dp_alert alerts[64];
	uint32_t seq;
};

static void adopt(struct talk *t, enum dp_layer_id layer, const char *rules, uint32_t generation)
{
	struct dp_ruleset *rs = rules ? bench_ruleset(rules) : NULL, *old = NULL;

	if (rs)
		assert_int_equal(dp_detect_prepare(t->d, rs), 0);
	dp_detect_adopt(t->d, layer, rs, generation, &old);
	dp_ruleset_close(old);
}

static void begin(struct talk *t, const char *rules)
{

	net_open(&t->n, true);
	t->n.conf.max_alerts = 64;
	assert_int_equal(dp_detect_create(&t->n.ctx, &t->d), 0);
	adopt(t, DP_LAYER_VENDOR, rules, 1);
	assert_non_null(handshake(&t->n, 1000, 5000));
	t->seq = 1001;
}

static void end(struct talk *t)
{
	dp_app_flow_end(&t->n.ctx, t->n.table, t->n.p.flow);
	dp_detect_flow_free(t->d, t->n.p.flow);
	adopt(t, DP_LAYER_VENDOR, NULL, 0);
	adopt(t, DP_LAYER_JSIG, NULL, 0);
	net_close(&t->n);
	dp_detect_destroy(t->d);
}

static unsigned up(struct talk *t, const char *text)
{
	struct dp_pkt *p = &t->n.p;
	const uint32_t n = (uint32_t)strlen(text);

	memset(p, 0, sizeof(*p));
	p->alerts = t->alerts;
	seg(&t->n, 0, 0x18, t->seq, 5001, text, n);
	t->seq += n;
	dp_app_packet(&t->n.ctx, t->n.table, p);
	p->n_alerts = 0;
	dp_detect_packet(t->d, t->n.table, p);
	dp_detect_done(t->d, p);
	return p->n_alerts;
}

static const char rules[] =
	"alert http any any -> any any (msg:\"t\"; http.uri; content:\"/abc\"; fast_pattern; "
	"http.host; content:\"evil\"; sid:1;)\n"
	"alert http any any -> any any (msg:\"t\"; http.uri; content:\"/abc\"; fast_pattern; "
	"http.request_body; content:\"late\"; sid:2;)\n";

static void test_waits(void **state)
{
	for (unsigned room = 0; room < 2; room++) {
		struct talk t;

		memset(&t, 0, sizeof(t));
		begin(&t, rules);
		if (!room)
			dp_slab_limit(t.n.ctx.slab, DP_MEM_DETECT, 1);
		assert_int_equal(up(&t, "POST /abc HTTP/1.1\r\n"), 0);
		assert_int_equal(up(&t, "Host: evil.example\r\nContent-Length: 30\r\n\r\n"), 1);
		if (room) {
			assert_int_equal(t.n.ctx.cnt->detect_not_kept, 0);
			assert_int_equal(up(&t, "0123456789"), 0);
			assert_int_equal(up(&t, "late------"), 1);
		} else {
			assert_true(t.n.ctx.cnt->detect_not_kept > 0);
			up(&t, "0123456789"); // sid 1 may be told of again
			assert_true(up(&t, "late------") >= 1);
		}
		end(&t);
	}
}

#define FRAME "alert http any any -> any any (msg:\"t\"; frame:http1.stream; "
static const char post[] = "POST /abc HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n";

// Pieces of a frame: what was found in one counts when the rest comes in another, and is told once.
static void test_frame(void **state)
{
	struct talk t;
	char line[301];

	memset(&t, 0, sizeof(t));
	memset(line, '-', 300);
	line[300] = 0;
	begin(&t, FRAME "content:\"needle\"; fast_pattern; content:\"later\"; sid:1;)\n"
		FRAME "content:\"needle\"; content:!\"nothing\"; sid:2;)\n"
		FRAME "content:!\"nothing\"; sid:3;)\n");
	assert_int_equal(up(&t, post), 1); // sid 3
	assert_int_equal(up(&t, "needle"), 1);
	assert_int_equal(up(&t, line), 0);
	assert_int_equal(up(&t, "later"), 1);
	assert_int_equal(up(&t, line), 0);
	adopt(&t, DP_LAYER_JSIG, FRAME "content:\"needle\"; sid:4;)\n", 5); // of one layer
	assert_int_equal(up(&t, line), 1);
	assert_int_equal(t.alerts[0].layer, DP_LAYER_JSIG);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(up(&t, line), 0);
	for (unsigned i = 0; i < 8; i++)
		up(&t, line); // sid 3 once more
	assert_int_equal(up(&t, "later"), 0); // too late
	assert_int_equal(up(&t, "needle"), 3);
	end(&t);
}

// More signatures than a frame notes: its window is searched again.
static void test_crowded(void **state)
{
	char rules[2048], word[16];
	struct talk t;
	size_t at = 0;

	for (unsigned i = 0; i < 12; i++)
		at += (size_t)snprintf(rules + at, sizeof(rules) - at,
			FRAME "content:\"needle\"; fast_pattern; content:\"x%uy\"; sid:%u;)\n", i, i + 1);
	memset(&t, 0, sizeof(t));
	begin(&t, rules);
	assert_int_equal(up(&t, post), 0);
	assert_int_equal(up(&t, "needle"), 0);
	for (unsigned i = 0; i < 12; i++) {
		snprintf(word, sizeof(word), "x%uy", i);
		assert_true(up(&t, word) >= 1);
	}
	end(&t);
}

int main(void)
{
	const struct CMUnitTest t[] = {cmocka_unit_test(test_waits), cmocka_unit_test(test_frame),
		cmocka_unit_test(test_crowded)};

	return cmocka_run_group_tests(t, NULL, NULL);
}
