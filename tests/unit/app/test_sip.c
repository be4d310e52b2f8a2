/* SPDX-License-Identifier: Apache-2.0 */
/* SIP and the SDP in it, cut at every byte. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_sip;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

#define SDP                                                                                        \
	"v=0\r\no=joe 1 2 IN IP4 192.0.2.1\r\ns=call one\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\n"     \
	"b=CT:9\r\nt=1 2\r\nr=7d 1h 0 25h\r\nt=3 4\r\na=sendrecv\r\na=tool:x\r\n"                   \
	"m=audio 30000 RTP/AVP 0 8\r\ni=first\r\na=rtpmap:0 pcmu/8000\r\nm=video 1 udp h\r\ni=two\r\n"

static const char invite[] = "INVITE sip:bob@b.test;x=1 SIP/2.0\r\n"
			     "v: SIP/2.0/UDP a;branch=z\r\nVIA: two\r\nFrom: \"A\" <sip:a@a>\r\n"
			     "t :  <sip:b@b> \r\n folded \r\nUser-Agent: ua 1\r\n"
			     "c: application/sdp\r\nl: 215\r\n\r\n" SDP;
static const char answer[] = "SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n";

static void is(struct feed *t, uint64_t tx, enum sig_buffer b, enum sig_dir d, uint32_t k,
	const char *want)
{
	assert_string_equal(feed_buf(t, tx, b, d, k), want);
}

static void every_split(void **s)
{
	assert_int_equal(strlen(SDP), 215);
	for (size_t step = 0; step < sizeof(invite); step++) {
		struct feed t;

		feed_open(&t, &dp_app_sip, 6);
		feed_text(&t, TS, invite, step);
		feed_text(&t, TC, answer, step);
		feed_text(&t, TS, invite, step);
		assert_false(t.failed);
		assert_int_equal(t.a.tx_next_id, 3);
		is(&t, 0, SIG_BUF_SIP_METHOD, TS, 0, "INVITE");
		is(&t, 0, SIG_BUF_SIP_METHOD, TC, 0, "<absent>");
		is(&t, 0, SIG_BUF_SIP_URI, TS, 0, "sip:bob@b.test;x=1");
		is(&t, 2, SIG_BUF_SIP_REQUEST_LINE, TS, 0, "INVITE sip:bob@b.test;x=1 SIP/2.0");
		is(&t, 0, SIG_BUF_SIP_VIA, TS, 1, "two");
		is(&t, 0, SIG_BUF_SIP_TO, TS, 0, "<sip:b@b> \r\n folded");
		is(&t, 0, SIG_BUF_SIP_CONTENT_LENGTH, TS, 0, "215");
		is(&t, 0, SIG_BUF_SDP_BANDWIDTH, TS, 1, "CT:9");
		is(&t, 0, SIG_BUF_SDP_BANDWIDTH, TS, 2, "<absent>");
		is(&t, 0, SIG_BUF_SDP_TIME, TS, 1, "3 4");
		is(&t, 0, SIG_BUF_SDP_ATTRIBUTE, TS, 1, "tool:x");
		is(&t, 0, SIG_BUF_SDP_MEDIA_INFO, TS, 1, "two");
		is(&t, 1, SIG_BUF_SIP_STAT_CODE, TC, 0, "486");
		is(&t, 1, SIG_BUF_SIP_STAT_MSG, TC, 0, "Busy Here");
		assert_string_equal(feed_log(&t, 1), "version=SIP/2.0 code=486 reason=Busy Here "
						     "response_line=SIP/2.0 486 Busy Here");
		assert_non_null(strstr(feed_log(&t, 0),
			"time_descriptions[ { time=1 2 repeat_time=7d 1h 0 25h } { time=3 4 } } "
			"attributes[ =sendrecv =tool:x } media_descriptions[ { media=audio 30000 "
			"RTP/AVP 0 8 media_info=first attributes[ =rtpmap:0 pcmu/8000 } } { media="
			"video 1 udp h media_info=two } } }"));
		feed_close(&t);
	}
}

static void datagrams(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_sip, 17);
	feed_text(&t, TS, invite, 0);
	feed_text(&t, TC, "SIP/2.0 200 OK\r\nTo: x\r\n", 0); // the end is missing
	assert_true(t.failed);
	assert_true(feed_event(&t, 0, SIG_EV_SIP_INCOMPLETE));
	feed_close(&t);
	feed_open(&t, &dp_app_sip, 17);
	feed_text(&t, TS, invite, 0);
	feed_text(&t, TC, "SIP/2.0 2x0 OK\r\n\r\n", 0);
	assert_true(feed_event(&t, 0, SIG_EV_SIP_INVALID));
	feed_close(&t);
}

static enum dp_probe probe(const char *text, uint8_t ip_proto)
{
	struct dp_app_in in = {.data = {(const uint8_t *)text, (uint32_t)strlen(text)}};
	enum dp_probe got;
	struct feed t;

	feed_open(&t, &dp_app_sip, ip_proto);
	got = dp_app_sip.probe(&t.x, &in);
	feed_close(&t);
	return got;
}

static void recognition(void **s)
{
	assert_int_equal(probe(invite, 17), DP_PROBE_YES);
	assert_int_equal(probe("INVITE sip:a SIP/2.0\r\nVia", 6), DP_PROBE_YES);
	assert_int_equal(probe("INVITE sip:a SI", 6), DP_PROBE_MORE);
	assert_int_equal(probe("INVI", 6), DP_PROBE_MORE);
	assert_int_equal(probe("INVITE sip:a SI", 17), DP_PROBE_NO);
	assert_int_equal(probe("NOTIFY * HTTP/1.1\r\nHost: a\r\n\r\n", 17), DP_PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_split), cmocka_unit_test(datagrams),
		cmocka_unit_test(recognition)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
