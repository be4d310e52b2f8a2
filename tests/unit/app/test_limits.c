/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a parser does with much more than anybody sends in good faith: endless lines, lengths that
 * promise gigabytes, nesting, floods of transactions (decompression bombs: test_bombs.c). Memory and time stay
 * bounded, nothing waits for bytes that a stream could not keep, and the event says what it was.
 */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <dp/slab.h>

/* Rows say only what differs from zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define MANY (2u << 20)     /**< bytes of each flood */
#define BLOCK 4096u         /**< what a packet or two bring */
#define MEMORY (3u << 20)   /**< of one flow, unless a row says why it may be more */
#define PENDING (5u << 18)   /**< bytes that a parser may leave to the stream */
#define SECONDS 4.0

#define DESC(id) extern const struct dp_app_desc dp_app_##id;
DESC(http1) DESC(http2) DESC(smtp) DESC(ftp) DESC(pop3) DESC(sip) DESC(ssh) DESC(tls) DESC(dns)
DESC(mqtt) DESC(smb) DESC(dcerpc) DESC(pgsql) DESC(ldap) DESC(snmp) DESC(krb5) DESC(rfb) DESC(websocket)
DESC(quic) DESC(ike) DESC(dhcp) DESC(dnp3) DESC(nfs) DESC(enip) DESC(modbus) DESC(tftp)

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define S(text) (text), sizeof(text) - 1

struct bomb {
	const char *what;
	const struct dp_app_desc *d;
	bool udp;
	uint8_t dir;
	const char *open;  /**< once */
	size_t open_n;
	const char *unit;  /**< again and again */
	size_t unit_n;
	int event;         /**< of the protocol, that must be raised; -1: any, or none */
	const char *other; /**< what the other side said before; NULL: nothing */
	size_t other_n;
	uint32_t memory;   /**< 0: MEMORY */
};

static bool raised(const struct feed *t, unsigned event)
{
	if (dp_app_has_event(&t->a, event))
		return true;
	for (const struct dp_tx *tx = t->a.tx_first; tx; tx = tx->next)
		if (dp_tx_has_event(tx, event))
			return true;
	return false;
}

/** One flood. NULL, or what was wrong. */
static const char *run(const struct bomb *b, uint8_t *block)
{
	static char wrong[200];
	clock_t start = clock();
	bool event = b->event < 0;
	struct feed t;
	size_t at = 0;

	feed_open(&t, b->d, b->udp ? 17 : 6);
	wrong[0] = 0;
	if (b->other)
		feed_data(&t, !b->dir, b->other, b->other_n, 0);
	if (b->open_n)
		feed_data(&t, b->dir, b->open, b->open_n, 0);
	for (size_t sent = 0; sent < MANY && !t.failed && !wrong[0]; sent += BLOCK) {
		size_t n = b->udp ? (BLOCK / b->unit_n) * b->unit_n : BLOCK;

		for (size_t i = 0; i < n; i++, at++)
			block[i] = (uint8_t)b->unit[at % b->unit_n];
		feed_data(&t, b->dir, block, n, b->udp ? b->unit_n : 0);
		event = event || raised(&t, (unsigned)b->event);
		feed_sweep(&t);
		if (t.pend_n[b->dir] > PENDING)
			snprintf(wrong, sizeof(wrong), "%u bytes wait", t.pend_n[b->dir]);
		if (dp_slab_peak_all(t.c.slab) > (b->memory ? b->memory : MEMORY))
			snprintf(wrong, sizeof(wrong), "%lu bytes of memory after %zu",
				(unsigned long)dp_slab_peak_all(t.c.slab), sent);
	}
	event = event || raised(&t, (unsigned)b->event);
	if (!wrong[0] && !event)
		snprintf(wrong, sizeof(wrong), "event %d is not raised", b->event);
	if (!wrong[0] && (double)(clock() - start) / CLOCKS_PER_SEC > SECONDS)
		snprintf(wrong, sizeof(wrong), "%.1f s", (double)(clock() - start) / CLOCKS_PER_SEC);
	feed_close(&t);
	return wrong[0] ? wrong : NULL;
}

static void floods(const struct bomb *list, size_t n)
{
	uint8_t *block = malloc(BLOCK);
	unsigned bad = 0;

	for (size_t i = 0; i < n; i++) {
		const char *wrong = run(&list[i], block);

		if (wrong) {
			bad++;
			print_error("%s: %s\n", list[i].what, wrong);
		}
	}
	free(block);
	assert_int_equal(bad, 0);
}

/* --- the same for all: bytes without end or sense, in either direction ------------------------- */

static void every_parser(void **state)
{
	static const struct {
		const char *what, *unit;
		size_t n;
	} fill[] = {{"letters", S("A")}, {"zeros", S("\0")}, {"line ends", S("\r\n")}, {"blanks", S(" ")},
		{"ones", S("\xff")}, {"lines", S("Ab: c\r\n")}};
	unsigned bad = 0;
	uint8_t *block = malloc(BLOCK);

	for (unsigned i = 0; dp_app_registry[i]; i++) {
		const struct dp_app_desc *d = dp_app_registry[i];

		if (!d->parse)
			continue; // recognised only
		for (size_t k = 0; k < 2 * sizeof(fill) / sizeof(fill[0]); k++) {
			struct bomb b = {.d = d, .udp = !d->tcp, .dir = k & 1, .unit = fill[k / 2].unit,
				.unit_n = fill[k / 2].n, .event = -1};
			const char *wrong;

			if (b.udp) {
				b.unit = "\xff\0A\r\nAb: c\r\n\0\0\0\1\1\1\1\1\1\1\1\1\1\1\1\1";
				b.unit_n = 20;
			}
			wrong = run(&b, block);
			if (!wrong)
				continue;
			bad++;
			print_error("protocol %u, %s to %s: %s\n", d->proto, fill[k / 2].what,
				k & 1 ? "client" : "server", wrong);
		}
	}
	free(block);
	assert_int_equal(bad, 0);
}

#define HTTP_OPEN "GET / HTTP/1.1\r\nHost: a\r\n"
#define HTTP_ANSWER "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static void text_protocols(void **state)
{
	static const struct bomb list[] = {
		{"http request line", &dp_app_http1, 0, TS, S("GET /"), S("a"), -1},
		{"http repeated field", &dp_app_http1, 0, TS, S(HTTP_OPEN), S("Ab: c\r\n"), SIG_EV_HTTP1_REQ_HDR_REPEAT},
		{"http field without end", &dp_app_http1, 0, TS, S(HTTP_OPEN "X: "), S("v"),
			SIG_EV_HTTP1_REQ_FIELD_LONG},
		{"http folded field", &dp_app_http1, 0, TS, S(HTTP_OPEN "X: y\r\n"), S(" more\r\n"), -1},
		{"http requests", &dp_app_http1, 0, TS, "", 0, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), -1},
		{"http answers", &dp_app_http1, 0, TC, "", 0, S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), -1},
		{"http body", &dp_app_http1, 0, TC, S("HTTP/1.1 200 OK\r\n\r\n"), S("body"), -1, S(HTTP_OPEN "\r\n")},
		{"http tiny chunks", &dp_app_http1, 0, TC, S(HTTP_ANSWER), S("1\r\na\r\n"), -1, S(HTTP_OPEN "\r\n")},
		{"http chunk length", &dp_app_http1, 0, TC, S(HTTP_ANSWER), S("0"), -1, S(HTTP_OPEN "\r\n")},
		{"http chunk extension", &dp_app_http1, 0, TC, S(HTTP_ANSWER "1;"), S("x"), -1, S(HTTP_OPEN "\r\n")},
		{"http trailer", &dp_app_http1, 0, TC, S(HTTP_ANSWER "0\r\n"), S("Ab: c\r\n"), -1, S(HTTP_OPEN "\r\n")},
		{"http multipart", &dp_app_http1, 0, TS, S("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n"
			"Content-Type: multipart/form-data; boundary=b\r\n\r\n"),
			S("--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nx\r\n"), -1},
		{"http multipart field", &dp_app_http1, 0, TS, S("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
			"9999999\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nX: "), S("v"), -1},
		{"smtp command", &dp_app_smtp, 0, TS, S("MAIL FROM:"), S("a"), SIG_EV_SMTP_COMMAND_LONG},
		{"smtp reply", &dp_app_smtp, 0, TC, S("220 "), S("a"), -1},
		{"smtp recipients", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\n"), S("RCPT TO:<c@d>\r\n"), -1},
		{"smtp mails", &dp_app_smtp, 0, TS, "", 0, S("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRSET\r\n"), -1},
		{"smtp header fields", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\nDATA\r\n"), S("Received: from x\r\n"),
			-1, S("220 x\r\n250 x\r\n354 x\r\n")},
		{"smtp field without end", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\nDATA\r\nSubject: a\r\n"),
			S(" more of it\r\n"), -1, S("220 x\r\n250 x\r\n354 x\r\n")},
		{"smtp line of a mail", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\nDATA\r\n\r\n"), S("x"),
			SIG_EV_SMTP_MIME_LINE, S("220 x\r\n250 x\r\n354 x\r\n")},
		{"smtp nested mails", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\nDATA\r\n"
			"Content-Type: multipart/mixed; boundary=b\r\n\r\n"),
			S("--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"), -1, S("220 x\r\n250 x\r\n354 x\r\n")},
		{"smtp attachments", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\nDATA\r\n"
			"Content-Type: multipart/mixed; boundary=b\r\n\r\n"),
			S("--b\r\nContent-Type: a/b; name=x.bin\r\n\r\ncontent\r\n"), -1, S("220 x\r\n250 x\r\n354 x\r\n")},
		{"smtp links", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\nDATA\r\n\r\n"),
			S("http://a.test/b http://c.test/d\r\n"), -1, S("220 x\r\n250 x\r\n354 x\r\n")},
		{"smtp bdat", &dp_app_smtp, 0, TS, S("MAIL FROM:<a@b>\r\n"), S("BDAT 1\r\nx"), -1},
		{"ftp command", &dp_app_ftp, 0, TS, S("USER "), S("a"), SIG_EV_FTP_REQUEST_LONG},
		{"ftp reply", &dp_app_ftp, 0, TC, S("220 "), S("a"), SIG_EV_FTP_RESPONSE_LONG, S("USER a\r\n")},
		{"ftp commands", &dp_app_ftp, 0, TS, "", 0, S("LIST\r\n"), SIG_EV_FTP_MANY_TX},
		{"ftp reply of many lines", &dp_app_ftp, 0, TC, S("220-a\r\n"), S(" more\r\n"), -1, S("USER a\r\n")},
		{"pop3 command", &dp_app_pop3, 0, TS, S("USER "), S("a"), -1},
		{"pop3 reply", &dp_app_pop3, 0, TC, S("+OK "), S("a"), -1, S("USER a\r\n")},
		{"pop3 commands", &dp_app_pop3, 0, TS, "", 0, S("NOOP\r\n"), SIG_EV_POP3_MANY_TX},
		{"pop3 reply of many lines", &dp_app_pop3, 0, TC, S("+OK\r\n"), S("more\r\n"), -1, S("RETR 1\r\n")},
		{"sip line", &dp_app_sip, 0, TS, S("INVITE sip:a SIP/2.0\r\nVia: "), S("a"), -1},
		{"sip fields", &dp_app_sip, 0, TS, S("INVITE sip:a SIP/2.0\r\n"), S("Via: a\r\n"), -1},
		{"sip messages", &dp_app_sip, 0, TS, "", 0, S("OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"), -1},
		{"ssh banner", &dp_app_ssh, 0, TS, S("SSH-2.0-"), S("a"), SIG_EV_SSH_LONG_BANNER},
		{"ssh key exchange", &dp_app_ssh, 0, TS, S("SSH-2.0-a\r\n\x00\x00\xff\xf0\x04\x14"), S("\0\0\xff\xf0"), -1},
	};

	floods(list, sizeof(list) / sizeof(list[0]));
}

#define H2_MAGIC "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

static void binary_protocols(void **state)
{
	static const struct bomb list[] = {
		{"http2 settings", &dp_app_http2, 0, TS, S(H2_MAGIC), S("\0\0\6\4\0\0\0\0\0\0\3\0\0\0\1"), -1},
		{"http2 pings", &dp_app_http2, 0, TS, S(H2_MAGIC), S("\0\0\x8\6\0\0\0\0\0abcdefgh"), -1},
		{"http2 streams", &dp_app_http2, 0, TS, S(H2_MAGIC), S("\0\0\1\1\4\0\0\0\1\x82\0\0\1\1\4\0\0\0\3\x82"), -1},
		{"http2 block without end", &dp_app_http2, 0, TS, S(H2_MAGIC "\0\0\1\1\0\0\0\0\1\x82"),
			S("\0\0\x8\x9\0\0\0\0\1\0\1a\3bcd\x82"), -1},
		{"http2 long frame", &dp_app_http2, 0, TS, S(H2_MAGIC "\xff\xff\xff\1\4\0\0\0\1"), S("\x82"), -1},
		{"http2 data", &dp_app_http2, 0, TS, S(H2_MAGIC), S("\0\0\4\0\0\0\0\0\1abcd"), -1},
		{"tls record", &dp_app_tls, 0, TS, S("\x16\3\1\xff\xff\1\xff\xff\xff\3\3"), S("\0"), -1},
		{"tls handshake of many records", &dp_app_tls, 0, TC, S(""), S("\x16\3\3\0\5\x0b\xff\xff\xff\0"), -1},
		{"tls certificates", &dp_app_tls, 0, TC, S("\x16\3\3\x40\0\x0b\xff\xff\xf0\xff\xff\xed"),
			S("\0\0\4\x30\x02\x30\0"), -1},
		{"tls certificate of one piece", &dp_app_tls, 0, TC,
			S("\x16\3\3\x40\0\x0b\xff\xff\xf0\xff\xff\xed\xff\xff\xea"), S("\x30\x84\0\xff\xff\xff"), -1},
		{"tls alerts", &dp_app_tls, 0, TC, S(""), S("\x15\3\3\0\2\1\0"), -1},
		{"dns over tcp", &dp_app_dns, 0, TS, S("\xff\xff\0\1\1\0\xff\xff\xff\xff\xff\xff\xff\xff"), S("\0\0\1\0\1"), -1},
		{"dns messages", &dp_app_dns, 0, TS, "", 0, S("\0\x12\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"), -1},
		{"dns datagrams", &dp_app_dns, 1, TS, "", 0, S("\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"), -1},
		{"dns pointer to itself", &dp_app_dns, 1, TS, "", 0, S("\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"),
			SIG_EV_DNS_LOOP},
		{"mqtt length", &dp_app_mqtt, 0, TS, S("\x10\xff\xff\xff\x7f\0\4MQTT\4\2\0\0"), S("\0\5abcde"), -1},
		{"mqtt publishes", &dp_app_mqtt, 0, TS, S("\x10\x0c\0\4MQTT\4\2\0\0\0\0"), S("\x32\6\0\1a\0\1x"),
			SIG_EV_MQTT_MANY_TX, NULL, 0, 8u << 20}, // a thousand that wait are ordinary
		{"mqtt topics", &dp_app_mqtt, 0, TS, S("\x10\x0c\0\4MQTT\4\2\0\0\0\0\x82\x80\x80\x7c\0\1"), S("\0\1a\0"), -1},
		{"smb length", &dp_app_smb, 0, TS, S("\0\xff\xff\xff\xfeSMB"), S("A"), -1},
		{"smb chain", &dp_app_smb, 0, TS, S("\0\xff\xff\xff"),
			S("\xfeSMB\x40\0\0\0\0\0\0\0\x0d\0\1\0\0\0\0\0\x40\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), -1},
		{"smb requests", &dp_app_smb, 0, TS, "", 0,
			S("\0\0\0\x44\xfeSMB\x40\0\0\0\0\0\0\0\x0d\0\1\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0"), -1},
		{"smb1 requests", &dp_app_smb, 0, TS, "", 0,
			S("\0\0\0\x23\xffSMB\x2b\0\0\0\0\x18\1\x48\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), -1},
		{"dcerpc fragments", &dp_app_dcerpc, 0, TS, S("\5\0\x0b\3\x10\0\0\0\x48\0\0\0\1\0\0\0\xb8\x10\xb8\x10\0\0\0\0"
			"\1\0\0\0\0\0\1\0\1\2\3\4\5\6\7\x8\x9\x0a\x0b\x0c\x0d\x0e\x0f\x10\1\0\0\0\4\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f"
			"\xe8\x8\0\x2b\x10\x48\x60\2\0\0\0"),
			S("\5\0\0\0\x10\0\0\0\x20\0\0\0\2\0\0\0\x8\0\0\0\0\0\1\0abcdefgh"), -1},
		{"pgsql length", &dp_app_pgsql, 0, TS, S("\x7f\xff\xff\xff\0\3\0\0user\0"), S("a"), -1},
		{"pgsql query", &dp_app_pgsql, 0, TS, S("\0\0\0\x0f\0\3\0\0user\0a\0\0Q\x7f\xff\xff\xffSELECT "), S("a"), -1},
		{"pgsql queries", &dp_app_pgsql, 0, TS, S("\0\0\0\x10\0\3\0\0user\0a\0\0"), S("Q\0\0\0\x6x\0"), -1},
		{"ldap length", &dp_app_ldap, 0, TS, S("\x30\x84\x7f\xff\xff\xff\2\1\1"), S("\x30\x80"), -1},
		{"ldap requests", &dp_app_ldap, 0, TS, "", 0, S("\x30\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0"), -1},
		{"ldap nested filter", &dp_app_ldap, 0, TS, S("\x30\x82\x40\0\2\1\2\x63\x82\x3f\xf0\4\0\x0a\1\0\x0a\1\0\2\1\0\2\1\0"
			"\1\1\0"), S("\xa2\x82\x30\0"), -1},
		{"snmp nesting", &dp_app_snmp, 1, TS, "", 0, S("\x30\x84\x30\x84\x30\x84\x30\x84\x30\x84\x30\x84\x30\x84\x30\x84"), -1},
		{"krb5 record", &dp_app_krb5, 0, TS, S("\x7f\xff\xff\xff\x6a\x84\x7f\xff\xff\xf0"), S("\x30"), -1},
		{"rfb desktop's name", &dp_app_rfb, 0, TC, S("RFB 003.003\n\0\0\0\1\5\0\3\x20\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x8\0\0"
			"\0\0\0\xff\xff\xff\xff"), S("a"), -1, S("RFB 003.003\n\1")},
		{"rfb reason", &dp_app_rfb, 0, TC, S("RFB 003.003\n\0\0\0\0\xff\xff\xff\xff"), S("a"), -1, S("RFB 003.003\n")},
		{"websocket length", &dp_app_websocket, 0, TC, S("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), S("a"), -1},
		{"websocket fragments", &dp_app_websocket, 0, TC, S("\1\1a"), S("\0\1a"), -1},
		{"websocket pings", &dp_app_websocket, 0, TC, S(""), S("\x89\0"), -1},
		{"ike payloads", &dp_app_ike, 1, TS, "", 0, S("abcdefgh\0\0\0\0\0\0\0\0\x29\x20\x22\x08\0\0\0\0\0\0\0\x30\x29\0\0\4"
			"\x29\0\0\4\x29\0\0\4\x29\0\0\4\x29\0\0\4"), -1},
		{"dnp3 frames", &dp_app_dnp3, 0, TS, S(""), S("\5\x64\5\xc0\1\0\0\4\xe9\x21"), -1},
		{"nfs record", &dp_app_nfs, 0, TS, S("\x7f\xff\xff\xff\0\0\0\1\0\0\0\0\0\0\0\2\0\1\x86\xa3\0\0\0\3\0\0\0\7"), S("a"), -1},
		{"nfs fragments", &dp_app_nfs, 0, TS, S(""), S("\0\0\0\4abcd"), -1},
		{"enip length", &dp_app_enip, 0, TS, S("\x6f\0\xff\xff\0\0\0\0\0\0\0\0abcdefgh\0\0\0\0"), S("a"), -1},
		{"enip requests", &dp_app_enip, 0, TS, S(""), S("\4\0\0\0\0\0\0\0\0\0\0\0abcdefgh\0\0\0\0"), -1},
		{"modbus requests", &dp_app_modbus, 0, TS, S(""), S("\0\1\0\0\0\6\1\3\0\0\0\1"), SIG_EV_MODBUS_FLOODED},
		{"tftp requests", &dp_app_tftp, 1, TS, "", 0, S("\0\1a\0octet\0"), -1},
		{"dhcp options", &dp_app_dhcp, 1, TS, "", 0, S("\1\1\6\0abcd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), -1},
		{"quic crypto", &dp_app_quic, 1, TS, "", 0, S("\xc0\0\0\0\1\10abcdefgh\0\0\x40\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), -1},
	};

	floods(list, sizeof(list) / sizeof(list[0]));
}

static void many_fields(void **state)
{
	struct feed t;
	char line[40];

	feed_open(&t, &dp_app_http1, 6);
	for (unsigned d = 0; d < 2; d++) {
		feed_text(&t, d, d ? "HTTP/1.1 200 OK\r\n" : HTTP_OPEN, 0);
		for (unsigned i = 0; i < 20000; i++) {
			snprintf(line, sizeof(line), "Name%u: value\r\n", i);
			feed_text(&t, d, line, 0);
		}
		assert_true(feed_event(&t, 0, d ? SIG_EV_HTTP1_RES_MANY_HDR : SIG_EV_HTTP1_REQ_MANY_HDR));
		feed_text(&t, d, "\r\n", 0);
	}
	assert_true(dp_slab_peak_all(t.c.slab) < MEMORY);
	feed_close(&t);
}

/** max-tx: so many requests may wait for their answers. */
static void waiting_requests(void **state)
{
	for (unsigned n = 3; n <= 5; n++) {
		struct feed t;

		feed_open(&t, &dp_app_http1, 6);
		t.conf.app.http_tx_max = 4;
		for (unsigned i = 0; i < n; i++)
			feed_text(&t, TS, HTTP_OPEN "\r\n", 0);
		assert_int_equal(t.a.tx_next_id, n < 4 ? n : 4);
		assert_int_equal(t.failed, n > 4);
		feed_close(&t);
	}
}

/** A large field in HPACK's table, named by one byte, thousands of times in one block. */
static void hpack(void **state)
{
	uint8_t *block = malloc(70000);
	size_t n = 9;
	struct feed t;

	feed_open(&t, &dp_app_http2, 6);
	feed_data(&t, TS, S(H2_MAGIC), 0);
	memcpy(block + n, "\x40\1a\x7f\x81\x1e", 6); // literal, indexed: a = 4,000 bytes
	n += 6;
	memset(block + n, 'v', 4000);
	n += 4000;
	memset(block + n, 0xbe, 12000); // and again, from the table
	n += 12000;
	memcpy(block, (uint8_t[]){0, (uint8_t)((n - 9) >> 8), (uint8_t)(n - 9), 1, 5, 0, 0, 0, 1}, 9);
	for (unsigned i = 0; i < 40 && !t.failed; i++) {
		block[8] = (uint8_t)(2 * i + 1);
		feed_data(&t, TS, block, n, BLOCK);
	}
	assert_true(dp_slab_peak_all(t.c.slab) < 64u << 20); // 40 open streams, 256 KiB of fields each at most
	feed_close(&t);
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_parser),
		cmocka_unit_test(text_protocols),
		cmocka_unit_test(binary_protocols),
		cmocka_unit_test(many_fields),
		cmocka_unit_test(waiting_requests),
		cmocka_unit_test(hpack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
