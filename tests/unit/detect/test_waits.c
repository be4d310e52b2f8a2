/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures that wait on a transaction for their later buffers, with and without memory for it. */
#include "../stream/session.h"
#include "harness.h"
#include <dp/detect.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct talk {
	struct net n;
	struct dp_detect *d;
	struct dp_alert alerts[64];
	uint32_t seq;
};

static void begin(struct talk *t, const char *rules)
{
	struct dp_ruleset *rs = bench_ruleset(rules), *old = NULL;

	net_open(&t->n, true);
	t->n.conf.max_alerts = 64;
	assert_int_equal(dp_detect_create(&t->n.ctx, &t->d), 0);
	assert_int_equal(dp_detect_prepare(t->d, rs), 0);
	dp_detect_adopt(t->d, DP_LAYER_VENDOR, rs, 1, &old);
	assert_non_null(handshake(&t->n, 1000, 5000));
	t->seq = 1001;
}

static void end(struct talk *t)
{
	struct dp_ruleset *old = NULL;

	dp_app_flow_end(&t->n.ctx, t->n.table, t->n.p.flow);
	dp_detect_flow_free(t->d, t->n.p.flow);
	dp_detect_adopt(t->d, DP_LAYER_VENDOR, NULL, 0, &old);
	dp_ruleset_close(old);
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

int main(void)
{
	const struct CMUnitTest t[] = {cmocka_unit_test(test_waits)};

	return cmocka_run_group_tests(t, NULL, NULL);
}
