/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on named pipes in pieces of every size, and cut at every byte, by every command that writes. */
#include "feed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <sig/app_event.h>
#include <string.h>

extern const struct dp_app_desc dp_app_smb;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define SMB1 1u
#define STUB "stub-of-the-call"

struct out {
	uint8_t b[2048];
	size_t n;
};

static void raw(struct out *o, const void *p, size_t n)
{
	assert_true(o->n + n <= sizeof(o->b));
	memcpy(o->b + o->n, p, n);
	o->n += n;
}

static void le(struct out *o, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		raw(o, &(uint8_t){i < sizeof(v) ? (uint8_t)(v >> (8 * i)) : 0}, 1);
}

static void zeros(struct out *o, unsigned n)
{
	le(o, 0, n);
}

/** A message of that version: header and `body` in a NetBIOS record. */
static void send(struct feed *t, enum sig_dir dir, unsigned ver, unsigned cmd, unsigned mid, uint32_t status,
	const struct out *body)
{
	struct out o = {0};
	size_t n = (ver == SMB1 ? 32 : 64) + body->n;

	raw(&o, (uint8_t[]){0, 0, (uint8_t)(n >> 8), (uint8_t)n}, 4);
	if (ver == SMB1) {
		raw(&o, "\xffSMB", 4);
		le(&o, cmd, 1);
		le(&o, status, 4);
		le(&o, dir == TC ? 0x88 : 0x08, 1);
		le(&o, 0x4001, 2);
		zeros(&o, 12);
		le(&o, 1, 2);
		le(&o, 9, 2);
		le(&o, 7, 2);
		le(&o, mid, 2);
	} else {
		raw(&o, "\xfeSMB\x40\0\0\0", 8);
		le(&o, status, 4);
		le(&o, cmd, 2);
		le(&o, 1, 2);
		le(&o, dir == TC, 4);
		zeros(&o, 4);
		le(&o, mid, 8);
		zeros(&o, 4);
		le(&o, 1, 4);
		le(&o, 7, 8);
		zeros(&o, 16);
	}
	raw(&o, body->b, body->n);
	feed_data(t, dir, o.b, o.n, 0);
}

static const uint8_t guid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/** A pipe whose name tells nothing, on IPC$. */
static void open_pipe(struct feed *t, unsigned ver)
{
	static const uint8_t path[] = "\\\0\\\0a\0\\\0I\0P\0C\0$\0";
	struct out o = {0};

	feed_open(t, &dp_app_smb, 6);
	if (ver == SMB1) {
		raw(&o, "\x04\xff\0\0\0\0\0\1\0\x0e\0\0\\\\a\\IPC$\0?????\0", 27);
		send(t, TS, ver, 0x75, 1, 0, &o);
		o.n = 0;
		raw(&o, "\x03\xff\0\0\0\1\0\5\0IPC\0\0", 14);
		send(t, TC, ver, 0x75, 1, 0, &o);
		o.n = 0;
		raw(&o, "\x18\xff\0\0\0\0\3\0", 8);
		zeros(&o, 28 + 8 + 5);
		raw(&o, "\3\0\\ab", 5);
		send(t, TS, ver, 0xa2, 2, 0, &o);
		o.n = 0;
		raw(&o, "\x22\xff\0\0\0\0\x34\x12", 8);
		zeros(&o, 4 + 32 + 4 + 16 + 12);
		send(t, TC, ver, 0xa2, 2, 0, &o);
		return;
	}
	le(&o, 9, 2);
	le(&o, 0, 2);
	le(&o, 72, 2);
	le(&o, sizeof(path) - 1, 2);
	raw(&o, path, sizeof(path) - 1);
	send(t, TS, ver, 3, 1, 0, &o);
	o.n = 0;
	raw(&o, "\x10\0\2\0", 4);
	zeros(&o, 12);
	send(t, TC, ver, 3, 1, 0, &o);
	o.n = 0;
	le(&o, 57, 2);
	zeros(&o, 42);
	le(&o, 64 + 56, 2);
	le(&o, 4, 2);
	zeros(&o, 8);
	raw(&o, "a\0b\0", 4);
	send(t, TS, ver, 5, 2, 0, &o);
	o.n = 0;
	le(&o, 89, 2);
	zeros(&o, 62);
	raw(&o, guid, 16);
	zeros(&o, 8);
	send(t, TC, ver, 5, 2, 0, &o);
}

/** The whole of a call: a bind, and a request in two fragments. */
static void calls(struct out *o)
{
	raw(o, "\5\0\x0b\3\x10\0\0\0\x48\0\0\0\1\0\0\0\xb8\x10\xb8\x10\0\0\0\0\1\0\0\0\0\0\1\0", 32);
	raw(o, guid, 16);
	raw(o, "\1\0\0\0", 4);
	zeros(o, 20);
	raw(o, "\5\0\0\1\x10\0\0\0\x20\0\0\0\2\0\0\0\0\0\0\0\0\0\x1a\0", 24);
	raw(o, STUB, 8);
	raw(o, "\5\0\0\2\x10\0\0\0\x20\0\0\0\2\0\0\0\0\0\0\0\0\0\x1a\0", 24);
	raw(o, STUB + 8, 8);
}

enum way { ANDX, ANDX_RAW, WRITE, TRANS, SMB2_WRITE, SMB2_IOCTL };

static void write_piece(struct feed *t, enum way way, unsigned mid, const void *p, size_t n)
{
	struct out o = {0};

	switch (way) {
	case ANDX:
	case ANDX_RAW:
		raw(&o, "\x0c\xff\0\0\0\x34\x12", 7);
		zeros(&o, 8);
		le(&o, way == ANDX_RAW ? 0x0c : 0x08, 2);
		zeros(&o, 4);
		n += way == ANDX_RAW ? 2 : 0;
		le(&o, n, 2);
		le(&o, 32 + 27, 2);
		le(&o, n, 2);
		if (way == ANDX_RAW) {
			n -= 2;
			le(&o, n, 2);
		}
		break;
	case WRITE:
		raw(&o, "\5\x34\x12", 3);
		le(&o, n, 2);
		zeros(&o, 6);
		le(&o, n + 3, 2);
		le(&o, 1, 1);
		le(&o, n, 2);
		break;
	case TRANS:
		raw(&o, "\x10\0\0", 3);
		le(&o, n, 2);
		zeros(&o, 14);
		le(&o, 0, 2);
		le(&o, 0, 2);
		le(&o, n, 2);
		le(&o, 32 + 1 + 32 + 2 + 7, 2);
		raw(&o, "\2\0\x26\0\x34\x12", 6);
		le(&o, n + 7, 2);
		raw(&o, "\\PIPE\\\0", 7);
		break;
	case SMB2_WRITE:
		le(&o, 49, 2);
		le(&o, 112, 2);
		le(&o, n, 4);
		zeros(&o, 8);
		raw(&o, guid, 16);
		zeros(&o, 16);
		break;
	case SMB2_IOCTL:
		le(&o, 57, 4);
		le(&o, 0x0011c017, 4);
		raw(&o, guid, 16);
		le(&o, 120, 4);
		le(&o, n, 4);
		zeros(&o, 24);
		break;
	}
	raw(&o, p, n);
	send(t, TS, way >= SMB2_WRITE ? 2 : SMB1, (unsigned[]){0x2f, 0x2f, 0x0b, 0x25, 9, 11}[way], mid, 0, &o);
}

/** The request as signatures see it: one, of two fragments. */
static void expect(struct feed *t)
{
	uint64_t n = 0, calls = 0;

	for (struct dp_tx *tx = t->a.tx_first; tx; tx = tx->next) {
		if (!t->d->number(&t->x, tx, SIG_NUM_DCERPC_OPNUM, TS, 0, &n))
			continue;
		calls++;
		assert_int_equal(n, 0x1a);
		assert_string_equal(feed_buf(t, tx->id, SIG_BUF_DCERPC_STUB_DATA, TS, 0), STUB);
		assert_non_null(strstr(feed_log(t, tx->id), "frag_cnt=2"));
		assert_non_null(strstr(feed_log(t, tx->id), "uuid=04030201-0605-0807-090a-0b0c0d0e0f10"));
	}
	assert_int_equal(calls, 1);
	for (struct dp_tx *tx = t->a.tx_first; tx; tx = tx->next)
		assert_false(feed_event(t, tx->id, SIG_EV_SMB_MALFORMED));
	assert_false(t->failed);
}

static void in_pieces_of(enum way way, size_t step)
{
	unsigned ver = way >= SMB2_WRITE ? 2 : SMB1, mid = 10;
	struct out all = {0};
	struct feed t;

	calls(&all);
	open_pipe(&t, ver);
	for (size_t at = 0; at < all.n; at += step) {
		write_piece(&t, way, mid++, all.b + at, all.n - at < step ? all.n - at : step);
	}
	expect(&t);
	feed_close(&t);
}

static void pieces(void **s)
{
	for (size_t step = 1; step <= 136; step++)
		for (enum way w = ANDX; w <= SMB2_IOCTL; w++)
			in_pieces_of(w, step);
}

/** A piece that the server refused is sent again. */
static void cuts(void **s)
{
	struct out all = {0}, none = {0};

	calls(&all);
	for (size_t cut = 1; cut < all.n; cut++)
		for (enum way w = ANDX; w <= SMB2_WRITE; w = w == ANDX ? SMB2_WRITE : SMB2_IOCTL) {
			unsigned ver = w == ANDX ? SMB1 : 2;
			struct feed t;

			open_pipe(&t, ver);
			write_piece(&t, w, 10, all.b, cut);
			if (cut != 71 && cut != 103 && cut != 135) { // or a PDU would be whole, and seen
				write_piece(&t, w, 11, all.b + cut, 1);
				send(&t, TC, ver, ver == SMB1 ? 0x2f : 9, 11, 0xc0000022u, &none);
			}
			write_piece(&t, w, 12, all.b + cut, all.n - cut);
			expect(&t);
			feed_close(&t);
		}
}

/** What is no PDU, and what never ends, is told of. */
static void bad(void **s)
{
	struct out all = {0}, o = {0};
	struct feed t;
	bool told = false;

	calls(&all);
	open_pipe(&t, SMB1);
	write_piece(&t, ANDX, 10, all.b, 50);
	raw(&o, "\3\x34\x12\0\0\0\0\0\0", 9);
	send(&t, TS, SMB1, 4, 11, 0, &o);
	for (struct dp_tx *tx = t.a.tx_first; tx; tx = tx->next)
		told |= feed_event(&t, tx->id, SIG_EV_SMB_MALFORMED);
	assert_true(told);
	feed_close(&t);
	open_pipe(&t, SMB1);
	write_piece(&t, ANDX, 10, "\5\0", 2);
	assert_false(feed_event(&t, 1, SIG_EV_SMB_MALFORMED));
	write_piece(&t, ANDX, 11, "\xff", 1);
	assert_true(feed_event(&t, 1, SIG_EV_SMB_MALFORMED));
	feed_close(&t);
}

/** More pipes than are kept, and more bytes. */
static void bounded(void **s)
{
	static uint8_t big[1800] = "\5\0\0\3\x10\0\0\0\xff\xff\0\0\1\0\0\0";
	bool count = false, size = false;
	struct out o = {0};
	struct feed t;

	open_pipe(&t, 2);
	for (unsigned i = 0; i < 36 * 300; i++) {
		o.n = 0;
		le(&o, 49, 2);
		le(&o, 112, 2);
		le(&o, sizeof(big), 4);
		zeros(&o, 8);
		le(&o, i % 300 < 200 || i < 36 * 200 ? i % 200 : i, 8);
		zeros(&o, 8 + 16);
		raw(&o, big, sizeof(big));
		send(&t, TS, 2, 9, 10 + i, 0, &o);
	}
	for (struct dp_tx *tx = t.a.tx_first; tx; tx = tx->next) {
		count |= feed_event(&t, tx->id, SIG_EV_SMB_WRITE_QUEUE_CNT);
		size |= feed_event(&t, tx->id, SIG_EV_SMB_WRITE_QUEUE_SIZE);
	}
	assert_true(count);
	assert_true(size);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(cuts),
		cmocka_unit_test(bad),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
