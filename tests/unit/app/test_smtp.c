/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

extern const struct dp_app_desc dp_app_smtp;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT

static const char mail[] =
	"From: \"A, B\" <a@x.test>\r\nTo: c@x.test,\r\n d@x.test\r\nSubject: hi\r\n there\r\n"
	"Content-Type: multipart/mixed; boundary=\"bb\"\r\n\r\npreamble\r\n--bb\r\n"
	"Content-Type: text/plain\r\n\r\nsee http://evil.test/a?b now\r\n..dot\r\n--bb\r\n"
	"Content-Type: application/x; name=\"n.bin\"\r\nContent-Transfer-Encoding: base64\r\n"
	"Content-Disposition: attachment; filename=\"f.bin\"\r\n\r\naGVsbG8g\r\nd29ybGQ=\r\n--bb\r\n"
	"Content-Disposition: attachment; filename*0=\"q\"; filename*1=\".txt\"\r\n"
	"Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db soft=\r\nline\r\nlast\r\n"
	"--bb--\r\nepilogue\r\n.\r\n";

static void check(struct feed *t)
{
	assert_false(t->failed);
	assert_string_equal(feed_buf(t, 0, SIG_BUF_SMTP_HELO, TS, 0), "me.test");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_SMTP_MAIL_FROM, TS, 0), "<a@x.test>");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_SMTP_RCPT_TO, TS, 1), "<d@x.test>");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_EMAIL_SUBJECT, TS, 0), "hi there");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_EMAIL_URL, TS, 0), "evil.test/a?b");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_FILE_NAME, TS, 0), "f.bin");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_FILE_DATA, TS, 0), "hello world");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_FILE_NAME, TS, 1), "q.txt");
	assert_string_equal(feed_buf(t, 0, SIG_BUF_FILE_DATA, TS, 1), "a=b softline\r\nlast");
	assert_string_equal(feed_log(t, 0),
		"helo=me.test mail_from=<a@x.test> rcpt_to[ =<c@x.test> =<d@x.test> } } email{ "
		"from=\"A, B\" <a@x.test> to[ =c@x.test =d@x.test } status=PARSE_DONE "
		"attachment[ =f.bin =q.txt } url[ =evil.test/a?b }");
	assert_int_equal(feed_tx(t, 0)->progress[0], 5);
}

static void every_split(void **s)
{
	for (size_t step = 0; step < 120; step++) {
		struct feed t;

		feed_open(&t, &dp_app_smtp, 6);
		feed_text(&t, TC, "220 ready\r\n", step);
		feed_text(&t, TS, "EHLO me.test\r\n", step);
		feed_text(&t, TC, "250-hello\r\n250 PIPELINING\r\n", step);
		feed_text(&t, TS, "MAIL FROM:<a@x.test> SIZE=1\r\nRCPT TO: <c@x.test>\r\n"
				  "RCPT TO:<d@x.test>\r\nDATA\r\n", step);
		feed_text(&t, TC, "250 a\r\n250 b\r\n250 c\r\n354 go\r\n", step);
		feed_text(&t, TS, mail, step);
		feed_text(&t, TC, "250 ok\r\n", step);
		check(&t);
		assert_int_equal(t.a.tx_next_id, 1);
		feed_close(&t);
	}
}

static void chunked(void **s)
{
	for (size_t step = 0; step < 60; step++) {
		struct feed t;

		feed_open(&t, &dp_app_smtp, 6);
		feed_text(&t, TC, "220 ready\r\n", 0);
		feed_text(&t, TS, "HELO a\r\nBDAT 23\r\nSubject: one\r\n\r\nhttp://BDAT 12 LAST\r\n"
				  "two.test/ x\n", step);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_EMAIL_SUBJECT, TS, 0), "one");
		assert_int_equal(feed_tx(&t, 0)->progress[0], 4);
		feed_close(&t);
	}
}

/** A mail in chunks is given up in the middle of a line: the next one begins with a line of its own. */
static void chunk_given_up(void **s)
{
	char chunk[5000];
	struct feed t;

	memset(chunk, 'a', sizeof(chunk));
	for (size_t n = 6; n <= sizeof(chunk); n += sizeof(chunk) - 6) {
		feed_open(&t, &dp_app_smtp, 6);
		feed_text(&t, TC, "220 ready\r\n", 0);
		feed_text(&t, TS, n == 6 ? "HELO a\r\nMAIL FROM:<a@x>\r\nBDAT 6\r\n"
					 : "HELO a\r\nMAIL FROM:<a@x>\r\nBDAT 5000\r\n", 0);
		feed_data(&t, TS, chunk, n, 0);
		feed_text(&t, TS, "RSET\r\nMAIL FROM:<b@x>\r\nDATA\r\n.\r\n", 0);
		assert_int_equal(feed_tx(&t, 1)->progress[0], 4);
		feed_text(&t, TS, "MAIL FROM:<c@x>\r\nBDAT 12 LAST\r\nSubject: x\r\n", 0);
		assert_string_equal(feed_buf(&t, 2, SIG_BUF_SMTP_MAIL_FROM, TS, 0), "<c@x>");
		assert_string_equal(feed_buf(&t, 2, SIG_BUF_EMAIL_SUBJECT, TS, 0), "x");
		feed_close(&t);
	}
}

static void replies(void **s)
{
	struct feed t;

	feed_open(&t, &dp_app_smtp, 6);
	feed_text(&t, TC, "220 x\r\n", 0);
	feed_text(&t, TS, "EHLO a\r\nSTARTTLS\r\n", 0);
	feed_text(&t, TC, "250 ok\r\n220 go\r\n", 0);
	assert_true(t.a.change_pending);
	assert_int_equal(t.a.change_to, SIG_PROTO_TLS);
	feed_close(&t);

	feed_open(&t, &dp_app_smtp, 6);
	feed_text(&t, TS, "EHLO a\r\n", 0);
	assert_true(feed_event(&t, 0, SIG_EV_SMTP_NO_WELCOME));
	feed_text(&t, TC, "220 x\r\n250 ok\r\n", 0);
	feed_text(&t, TS, "DATA\r\n", 0);
	feed_text(&t, TC, "554 no\r\n", 0);
	assert_true(feed_event(&t, 0, SIG_EV_SMTP_DATA_REJECTED));
	feed_text(&t, TS, "MAIL FROM:<late@x>\r\n", 0);
	assert_string_equal(feed_buf(&t, 0, SIG_BUF_SMTP_MAIL_FROM, TS, 0), "<late@x>");
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split),
		cmocka_unit_test(chunked),
		cmocka_unit_test(chunk_given_up),
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
