/* SPDX-License-Identifier: Apache-2.0 */
/* On a wire: what each layer sees of a stream under way when another gets new rules or is switched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire.h"

// Each layer remembers its own.
static void test_layers(void **state)
{
	struct dp_ruleset *old = NULL;
	struct wire w;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; " TWO " sid:1;)\n");
	adopt(&w, DP_LAYER_JSIG, bench_ruleset("alert tcp any any -> any any (msg:\"t\"; "
		"content:\"one\"; content:\"two\"; distance:0; sid:2;)\n"), 7);
	assert_int_equal(up(&w, "qwertyuiop one"), 0);
	assert_int_equal(up(&w, "two"), 1);
	assert_int_equal(up(&w, "asdfghjk"), 1);
	assert_int_equal(up(&w, "zz"), 0);
	dp_detect_adopt(w.d, DP_LAYER_JSIG, NULL, 0, &old);
	dp_ruleset_close(old);
	wire_close(&w);
}

// New rules see what is kept of the stream, also when no memory tells whether they have.
static void test_new_rules(void **state)
{
	for (unsigned memory = 0; memory < 2; memory++) {
		struct wire w;

		wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; " TWO " sid:1;)\n");
		if (!memory)
			dp_slab_limit(w.n.ctx.slab, DP_MEM_DETECT, 1);
		assert_int_equal(up(&w, "qwertyuiop zz"), 0);
		adopt(&w, DP_LAYER_VENDOR, bench_ruleset("alert tcp any any -> any any (msg:\"t\"; "
			"content:\"zz\"; content:\"asdfghjk\"; distance:0; sid:3;)\n"), 2);
		assert_int_equal(up(&w, "mm"), 0);
		assert_int_equal(up(&w, "asdfghjk"), 1);
		assert_int_equal(up(&w, "mm"), 0);
		wire_close(&w);
	}
}

static void drop_layer(struct wire *w, enum dp_layer_id layer)
{
	struct dp_ruleset *old = NULL;

	dp_detect_adopt(w->d, layer, NULL, 0, &old);
	dp_ruleset_close(old);
}

static void mode(struct wire *w, enum dp_layer_id layer, enum dp_mode to)
{
	const bool was_on = w->n.conf.mode[layer] != DP_MODE_OFF;

	w->n.conf.mode[layer] = (uint8_t)to;
	if (was_on != (to != DP_MODE_OFF))
		dp_detect_switched(w->d, layer, !was_on);
}

// New rules in one layer: another does not see again what it has seen, and loses nothing.
static void test_other_layer(void **state)
{
	static const char site[] = "alert tcp any any -> any any (msg:\"t\"; content:\"zz\"; sid:2;)\n";

	for (unsigned wire = 0; wire < 2; wire++) {
		struct wire w;

		wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; content:\"qwertyuiop\"; sid:1;)\n"
			"alert tcp any any -> any any (msg:\"t\"; content:\"abcd\"; base64_decode:bytes 4,"
			"relative; base64_data; content:\"sec\"; sid:4;)\n"
			"alert tcp any any -> any any (msg:\"t\"; content:\"abcd\"; content:\"late\"; sid:5;)\n");
		w.n.conf.raw_again = !wire;
		assert_int_equal(up(&w, "qwertyuiop zz abcdc2Vj"), 2);
		adopt(&w, DP_LAYER_JSIG, bench_ruleset(site), 7);
		assert_int_equal(up(&w, ""), 1); // that of the site alone
		assert_int_equal(w.alerts[0].layer, DP_LAYER_JSIG);
		if (wire) {
			assert_int_equal(up(&w, "late"), 1);
			adopt(&w, DP_LAYER_JSIG, bench_ruleset(site), 8);
			assert_int_equal(up(&w, "qwertyuiop"), 2);
		}
		drop_layer(&w, DP_LAYER_JSIG);
		wire_close(&w);
	}
}

// A layer that was off is shown what it missed and what is still kept, once it is on again.
static void test_switched(void **state)
{
	struct wire w;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; content:\"qwertyuiop\"; sid:1;)\n"
		"alert ip 10.0.0.0/8,192.168.0.0/16,172.16.0.0/12 any -> any any (msg:\"t\"; sid:3;)\n");
	adopt(&w, DP_LAYER_JSIG, bench_ruleset("alert tcp any any -> any any (msg:\"t\"; "
		"content:\"zz\"; sid:2;)\n"), 7);
	mode(&w, DP_LAYER_JSIG, DP_MODE_OFF);
	assert_int_equal(up(&w, "qwertyuiop zz"), 1);
	mode(&w, DP_LAYER_JSIG, DP_MODE_ALERT);
	assert_int_equal(up(&w, "mm"), 1);
	assert_int_equal(w.alerts[0].layer, DP_LAYER_JSIG);
	assert_int_equal(up(&w, "mm"), 0);
	drop_layer(&w, DP_LAYER_JSIG);
	wire_close(&w);
}

int main(void)
{
	const struct CMUnitTest t[] = {
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_new_rules),
		cmocka_unit_test(test_other_layer),
		cmocka_unit_test(test_switched),
	};

	return cmocka_run_group_tests(t, NULL, NULL);
}
