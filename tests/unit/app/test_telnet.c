/* SPDX-License-Identifier: Apache-2.0 */
/* Telnet: options and lines as frames, cut at every byte; the login's prompts. */
#include "feed.h"
#include <dp/frame.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

extern const struct dp_app_desc dp_app_telnet;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

/** The direction's messages are these many bytes long, one after another; `c`: an option. */
static void expect(struct feed *t, enum sig_dir d, unsigned n, const uint32_t *len, const char *kinds)
{
	uint64_t off = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct dp_frame *pdu = dp_frame_by_id(&t->a, d, 2 * i + 1);
		const struct dp_frame *in = dp_frame_by_id(&t->a, d, 2 * i + 2);

		assert_true(pdu && in && pdu->type == SIG_FRAME_TELNET_PDU);
		assert_int_equal(in->type, kinds[i] == 'c' ? SIG_FRAME_TELNET_CTL : SIG_FRAME_TELNET_DATA);
		assert_int_equal(pdu->off, off);
		assert_int_equal(pdu->len, len[i]);
		off += len[i];
	}
}

static void every_split(void **s)
{
	for (size_t step = 0; step < 20; step++) {
		struct feed t;

		feed_open(&t, &dp_app_telnet, 6);
		feed_data(&t, TC, "\xff\xfd\x18\xff\xfa\x18\1\xff\xf0\xff\xf1login: ", 18, step);
		feed_data(&t, TS, "\xff\xfb\x18" "ann\r\n", 8, step);
		feed_text(&t, TC, "Password: ", step);
		feed_text(&t, TS, "secret\r\n", step);
		feed_text(&t, TC, "\r\nLogin incorrect\r\nname: ", step);
		feed_text(&t, TS, "bob\r\n", step);
		feed_text(&t, TC, "Password: ", step);
		feed_text(&t, TS, "x\r\n", step);
		feed_text(&t, TC, "Welcome: to a host\r\n", step);
		assert_false(t.failed);
		expect(&t, TC, 10, (const uint32_t[]){3, 6, 2, 7, 10, 2, 17, 6, 10, 20}, "cccddddddd");
		expect(&t, TS, 5, (const uint32_t[]){3, 5, 8, 5, 3}, "cdddd");
		feed_close(&t);
	}
}

static void odd(void **s)
{
	static uint8_t much[70000];
	struct feed t;

	feed_open(&t, &dp_app_telnet, 6);
	feed_data(&t, TS, much, sizeof(much), 3000);
	assert_false(t.failed);
	assert_true(t.pend_n[TS] < 65536);
	feed_gap(&t, TS, 10);
	feed_text(&t, TS, "after\r\n", 0);
	assert_false(t.failed);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(odd)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
