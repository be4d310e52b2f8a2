/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"
#include <dp/slab.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

extern const struct dp_app_desc dp_app_http1;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static const char request[] = "GET /a/./b/..//c%41?q=%42+c#f HTTP/1.1\r\n"
			      "Host: WWW.Example.COM:8080\r\nCookie: a=b\r\nUser-Agent: test\r\n"
			      "X-Two: 1\r\nX-Two: 2\r\nFold: one\r\n two\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK fine\r\nServer: s\r\nTransfer-Encoding: chunked\r\n"
			       "Content-Type: text/html; charset=x\r\nSet-Cookie: k=v\r\n\r\n"
			       "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";

static void check_get(struct feed *t)
{
	assert_false(t->failed);
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_METHOD, TS, 0), "GET");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_URI, TS, 0), "/a/cA?q=B+c#f");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_URI_RAW, TS, 0), "/a/./b/..//c%41?q=%42+c#f");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_HOST, TS, 0), "www.example.com");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_HOST_RAW, TS, 0), "WWW.Example.COM:8080");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_HEADER, TS, 0),
		"Host: WWW.Example.COM:8080\r\nUser-Agent: test\r\nX-Two: 1, 2\r\nFold: one two\r\n");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_HEADER_NAMES, TS, 0),
		"\r\nHost\r\nCookie\r\nUser-Agent\r\nX-Two\r\nFold\r\n\r\n");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_COOKIE, TS, 0), "a=b");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_PROTOCOL, TS, 0), "HTTP/1.1");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_STAT_CODE, TC, 0), "200");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_STAT_MSG, TC, 0), "OK fine");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_RESPONSE_BODY, TC, 0), "hello world");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_FILE_DATA, TC, 0), "hello world");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_HTTP_COOKIE, TC, 0), "k=v");
	assert_true(feed_event(t, 0, SIG_EV_HTTP1_REQ_HDR_REPEAT));
	assert_true(feed_event(t, 0, SIG_EV_HTTP1_RES_CHUNK_EXT));
	assert_string_equal(feed_log(t, 0),
		"hostname=www.example.com http_port=8080 url=/a/./b/..//c%41?q=%42+c#f "
		"http_user_agent=test http_content_type=text/html http_method=GET "
		"protocol=HTTP/1.1 status=200 length=28");
	assert_int_equal(feed_tx(t, 0)->progress[0], 5);
	assert_int_equal(feed_tx(t, 0)->progress[1], 5);
}

static void every_split(void **s)
{
	for (size_t step = 0; step < sizeof(request); step++) {
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		feed_text(&t, TS, request, step);
		feed_text(&t, TC, response, step);
		check_get(&t);
		feed_close(&t);
	}
}

static void pipelined(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TS, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\n"
			  "Content-Length: 3\r\n\r\nabcGET /3 HTTP/1.0\r\n\r\n", 0);
	feed_text(&t, TC, "HTTP/1.1 304 Not\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
			  "Content-Length: 2\r\n\r\nxyHTTP/1.0 200 OK\r\n\r\nuntil close", 0);
	feed_eof(&t, TC);
	assert_int_equal(t.a.tx_next_id, 3);
	assert_string_equal(feed_buf(&t, 1, SIG_BUF_HTTP_REQUEST_BODY, TS, 0), "abc");
	assert_string_equal(feed_buf(&t, 1, SIG_BUF_FILE_NAME, TS, 0), "/2");
	assert_string_equal(feed_buf(&t, 1, SIG_BUF_HTTP_RESPONSE_BODY, TC, 0), "xy");
	assert_string_equal(feed_buf(&t, 2, SIG_BUF_HTTP_RESPONSE_BODY, TC, 0), "until close");
	assert_int_equal(feed_tx(&t, 2)->progress[1], 5);
	feed_close(&t);
}

static void gzip(void **s)
{
	static const uint8_t z[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9,
		0x57, 0x28, 0xcf, 0x2f, 0xca, 0x49, 1, 0, 0x85, 0x11, 0x4a, 0x0d, 11, 0, 0, 0};
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
				   "Content-Length: 31\r\n\r\n";

	for (size_t step = 0; step < 40; step++) {
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		feed_text(&t, TS, "GET /z HTTP/1.1\r\nHost: a\r\n\r\n", 0);
		feed_data(&t, TC, head, strlen(head), step);
		feed_data(&t, TC, z, sizeof(z), step);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_FILE_DATA, TC, 0), "hello world");
		feed_close(&t);
	}
}

static void multipart(void **s)
{
	static const char body[] = "--XX\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nnot a file"
				   "\r\n--XX\r\nContent-Disposition: form-data; name=\"f\"; "
				   "filename=\"up.txt\"\r\nContent-Type: text/plain\r\n\r\n"
				   "line\r\n-- almost\r\n--X\r\n--XX--\r\n";
	char head[256];

	snprintf(head, sizeof(head), "POST /u HTTP/1.1\r\nHost: a\r\nContent-Type: "
		"multipart/form-data; boundary=XX\r\nContent-Length: %zu\r\n\r\n", strlen(body));
	for (size_t step = 0; step < sizeof(body); step++) {
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		feed_text(&t, TS, head, 0);
		feed_text(&t, TS, body, step);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_FILE_NAME, TS, 0), "up.txt");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_FILE_DATA, TS, 0),
			"line\r\n-- almost\r\n--X");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_FILE_NAME, TS, 1), "<absent>");
		feed_close(&t);
	}
}

static void limits(void **s)
{
	static char big[70000];
	struct feed t;

	memset(big, 'a', sizeof(big) - 1);
	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TS, "GET /", 0);
	feed_text(&t, TS, big, 1000);
	assert_true(t.failed);
	assert_true(feed_event(&t, 0, SIG_EV_HTTP1_REQ_FIELD_LONG));
	feed_close(&t);

	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TS, "GET / HTTP/1.1\r\n", 0);
	for (int i = 0; i < 3000; i++) {
		char h[32];

		snprintf(h, sizeof(h), "H%d: v\r\n", i);
		feed_text(&t, TS, h, 0);
	}
	feed_text(&t, TS, "\r\n", 0);
	assert_true(feed_event(&t, 0, SIG_EV_HTTP1_REQ_MANY_HDR));
	feed_close(&t);

	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TS, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0);
	feed_text(&t, TC, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", 0);
	for (int i = 0; i < 10; i++)
		feed_text(&t, TC, big, 0);
	assert_int_equal(strlen(feed_buf(&t, 0, SIG_BUF_FILE_DATA, TC, 0)),
		t.conf.http_response_body_limit);
	feed_close(&t);
}

static void oddities(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TS, "GET /old\r\n", 0);
	feed_text(&t, TC, "<html>\n", 0);
	feed_eof(&t, TC);
	assert_string_equal(feed_buf(&t, 0, SIG_BUF_HTTP_URI, TS, 0), "/old");
	assert_string_equal(feed_buf(&t, 0, SIG_BUF_FILE_DATA, TC, 0), "<html>\n");
	feed_close(&t);

	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TC, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0);
	assert_true(feed_event(&t, 0, SIG_EV_HTTP1_RES_UNMATCHED));
	feed_close(&t);

	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TS, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 0);
	feed_text(&t, TC, "HTTP/1.1 200 go\r\n\r\n", 0);
	assert_true(t.a.change_pending);
	assert_string_equal(feed_buf(&t, 0, SIG_BUF_HTTP_URI, TS, 0), "h:443");
	feed_close(&t);

	feed_open(&t, &dp_app_http1, 6);
	feed_text(&t, TS, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0);
	feed_text(&t, TC, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 0);
	feed_gap(&t, TC, 4);
	feed_text(&t, TC, "xyz", 0);
	assert_false(t.failed);
	assert_true(feed_tx(&t, 0)->files->gaps);
	assert_int_equal(feed_tx(&t, 0)->progress[1], 5);
	feed_close(&t);
}

/** What is built for signatures, between parser and end of a packet, counts as what was parsed. */
static void memory(void **s)
{
	struct dp_pkt p = {.ip_proto = 17};
	struct feed t;
	uint64_t base;

	feed_open(&t, &dp_app_http1, 17);
	p.flow = &t.f;
	base = dp_slab_used(t.c.slab, DP_MEM_APP);
	dp_app_packet(&t.c, NULL, &p);
	feed_text(&t, TS, request, 0);
	assert_int_not_equal(feed_buf(&t, 0, SIG_BUF_HTTP_HEADER, TS, 0)[0], '<');
	dp_app_settle(&t.c, NULL, &p);
	assert_int_equal(t.cnt.mem_http, dp_slab_used(t.c.slab, DP_MEM_APP) - base);
	assert_true(t.cnt.mem_http > sizeof(request));
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split), cmocka_unit_test(pipelined), cmocka_unit_test(gzip),
		cmocka_unit_test(multipart), cmocka_unit_test(limits), cmocka_unit_test(oddities),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
