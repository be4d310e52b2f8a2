/* SPDX-License-Identifier: Apache-2.0 */
/* FTP, SSH, HTTP/2 and DCE/RPC, cut at every byte. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

extern const struct dp_app_desc dp_app_ftp, dp_app_ssh, dp_app_http2, dp_app_dcerpc;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static void is(struct feed *t, uint64_t tx, enum sig_buffer b, enum sig_dir d, uint32_t k,
	const char *want)
{
	assert_string_equal(feed_buf(t, tx, b, d, k), want);
}

static void ftp(void **s)
{
	for (size_t step = 0; step < 12; step++) {
		struct feed t;

		feed_open(&t, &dp_app_ftp, 6);
		feed_text(&t, TC, "220 ready\r\n", 0);
		feed_text(&t, TS, "USER joe\r\n", step);
		feed_text(&t, TC, "331 who\r\n", step);
		feed_text(&t, TS, "PASV\r\nxpwd\r\nRETR\r\n", step);
		feed_text(&t, TC, "227 x (10,0,0,1,4,5)\r\n", 0);
		is(&t, 0, SIG_BUF_FTP_COMPLETION_CODE, TC, 0, "220");
		is(&t, 1, SIG_BUF_FTP_COMMAND, TS, 0, "USER");
		is(&t, 1, SIG_BUF_FTP_COMMAND_DATA, TS, 0, "joe");
		is(&t, 1, SIG_BUF_FTP_REPLY, TC, 0, "who");
		is(&t, 2, SIG_BUF_FTP_COMMAND, TS, 0, "PASV");
		is(&t, 3, SIG_BUF_FTP_COMMAND, TS, 0, "PWD");
		assert_non_null(strstr(feed_log(&t, 2), "dynamic_port=1029"));
		assert_non_null(strstr(feed_log(&t, 2), "mode=passive"));
		assert_true(feed_event(&t, 4, SIG_EV_FTP_FILE_NO_NAME));
		feed_close(&t);
	}
}

/** A key exchange init whose lists are single letters; length known. */
static size_t kexinit(uint8_t *out)
{
	static const char lists[] = "abcdefgh";
	size_t n = 6;

	out[5] = 20;
	memset(out + n, 0, 16);
	n += 16;
	for (unsigned i = 0; i < 10; i++) {
		memset(out + n, 0, 4);
		out[n + 3] = i < 8;
		n += 4;
		if (i < 8)
			out[n++] = (uint8_t)lists[i];
	}
	memset(out + n, 0, 5 + 4);
	n += 5 + 4;
	memset(out, 0, 4);
	out[3] = (uint8_t)(n - 4);
	out[4] = 4;
	return n;
}

static void ssh(void **s)
{
	static const uint8_t newkeys[] = {0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	uint8_t kex[256];
	size_t n = kexinit(kex);

	for (size_t step = 0; step < 20; step++) {
		struct feed t;

		feed_open(&t, &dp_app_ssh, 6);
		feed_text(&t, TC, "SSH-2.0-srv_1 comment\r\n", step);
		feed_text(&t, TS, "SSH-1.99-cli\n", step);
		feed_data(&t, TS, kex, n, step);
		feed_data(&t, TC, kex, n, step);
		is(&t, 0, SIG_BUF_SSH_PROTO, TS, 0, "1.99");
		is(&t, 0, SIG_BUF_SSH_SOFTWARE, TC, 0, "srv_1");
		is(&t, 0, SIG_BUF_SSH_HASSH_STRING, TS, 0, "a;c;e;g");
		is(&t, 0, SIG_BUF_SSH_HASSH_SERVER_STRING, TC, 0, "a;d;f;h");
		is(&t, 0, SIG_BUF_SSH_HASSH, TS, 0, "1dcec95d22563622775f87b354bc5ccc");
		assert_false(t.a.encrypted);
		feed_data(&t, TS, newkeys, sizeof(newkeys), step);
		feed_data(&t, TC, newkeys, sizeof(newkeys), step);
		assert_true(t.a.encrypted);
		feed_close(&t);
	}
}

static void ssh_bad_banner(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_ssh, 6);
	feed_text(&t, TS, "hello\r\n", 0);
	assert_true(feed_event(&t, 0, SIG_EV_SSH_BANNER));
	feed_close(&t);
}

static void http2(void **s)
{
	/* SETTINGS (table size 4096); HEADERS with GET, https, /ab, an authority: the end */
	static const char client[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
				     "\0\0\6\4\0\0\0\0\0\0\1\0\0\x10\0"
				     "\0\0\x15\1\5\0\0\0\1\x82\x87\x44\3/ab\x41\x0cu@EXAM.t:443";
	static const char server[] = "\0\0\1\1\4\0\0\0\1\x88"
				     "\0\0\7\0\x9\0\0\0\1\2body\0\0";

	for (size_t step = 0; step < 40; step++) {
		struct feed t;

		feed_open(&t, &dp_app_http2, 6);
		feed_data(&t, TS, client, sizeof(client) - 1, step);
		feed_data(&t, TC, server, sizeof(server) - 1, step);
		assert_false(t.failed);
		is(&t, 1, SIG_BUF_HTTP_METHOD, TS, 0, "GET");
		is(&t, 1, SIG_BUF_HTTP_URI, TS, 0, "/ab");
		is(&t, 1, SIG_BUF_HTTP_HOST, TS, 0, "exam.t");
		assert_true(feed_event(&t, 1, SIG_EV_HTTP2_USERINFO));
		is(&t, 1, SIG_BUF_HTTP_STAT_CODE, TC, 0, "200");
		is(&t, 1, SIG_BUF_HTTP_RESPONSE_BODY, TC, 0, "body");
		is(&t, 1, SIG_BUF_HTTP2_HEADER_NAME, TS, 0, ":method");
		assert_non_null(strstr(feed_log(&t, 0), "settings_value=4096"));
		feed_close(&t);
	}
}

static void dcerpc(void **s)
{
	static const uint8_t bind[] = {5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 0, 16, 0,
		16, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0x78, 0x57, 0x34, 0x12, 0x34, 0x12, 0xcd,
		0xab, 0xef, 0, 1, 0x23, 0x45, 0x67, 0x89, 0xac, 1, 0, 0, 0};
	static const uint8_t request[] = {5, 0, 0, 3, 0x10, 0, 0, 0, 28, 0, 0, 0, 2, 0, 0, 0, 4, 0,
		0, 0, 0, 0, 26, 0, 's', 't', 'u', 'b'};
	uint8_t whole[72] = {0};

	memcpy(whole, bind, sizeof(bind));
	for (size_t step = 0; step < 30; step++) {
		struct feed t;

		feed_open(&t, &dp_app_dcerpc, 6);
		feed_data(&t, TS, whole, sizeof(whole), step);
		feed_data(&t, TS, request, sizeof(request), step);
		assert_non_null(strstr(feed_log(&t, 0), "12345778-1234-abcd-ef00-0123456789ac"));
		is(&t, 1, SIG_BUF_DCERPC_STUB_DATA, TS, 0, "stub");
		assert_non_null(strstr(feed_log(&t, 1), "opnum=26"));
		feed_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ftp),
		cmocka_unit_test(ssh),
		cmocka_unit_test(ssh_bad_banner),
		cmocka_unit_test(http2),
		cmocka_unit_test(dcerpc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
