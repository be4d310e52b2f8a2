/* SPDX-License-Identifier: Apache-2.0 */
/* Captures of every kind, read back; then cut at every byte and with every byte changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dp/capture.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char path[64];
static int fd = -1;

static void put_file(const void *data, size_t n)
{
	if (fd >= 0)
		close(fd);
	fd = memfd_create("capture", 0);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
}

/** Read everything; returns packets read, or -1000 - packets on a broken end, or the open error. */
static int read_all(struct dp_capture_rec *last)
{
	char err[256] = "";
	struct dp_capture *c;
	struct dp_capture_rec rec;
	int rc = dp_capture_open(path, &c, err, sizeof(err)), n = 0;
	unsigned sum = 0;

	if (rc < 0) {
		assert_true(err[0] != 0);
		return rc;
	}
	while ((rc = dp_capture_next(c, &rec, err, sizeof(err))) > 0) {
		for (uint32_t i = 0; i < rec.len; i++)
			sum += rec.data[i]; // every byte is readable
		assert_true(rec.wire_len >= rec.len);
		if (last)
			*last = rec;
		n++;
	}
	if (rc < 0)
		assert_true(err[0] != 0);
	dp_capture_close(c);
	return rc < 0 ? -1000 - n : n + (int)(sum & 0);
}

struct out {
	uint8_t b[2048];
	size_t n;
	int big; /**< write in the other byte order */
};

static void o16(struct out *o, unsigned v)
{
	o->b[o->n++] = (uint8_t)(o->big ? v >> 8 : v);
	o->b[o->n++] = (uint8_t)(o->big ? v : v >> 8);
}

static void o32(struct out *o, uint32_t v)
{
	o16(o, o->big ? v >> 16 : v & 0xffff);
	o16(o, o->big ? v & 0xffff : v >> 16);
}

static void o_bytes(struct out *o, const void *p, size_t n)
{
	memcpy(o->b + o->n, p, n);
	o->n += n;
}

static void pcap(struct out *o, uint32_t magic, int big, unsigned extra)
{
	*o = (struct out){.big = big};
	o32(o, magic);
	o16(o, 2);
	o16(o, 4);
	o32(o, 0);
	o32(o, 0);
	o32(o, 65535);
	o32(o, 1);
	for (unsigned i = 0; i < 3; i++) {
		o32(o, 1000 + i);
		o32(o, 7);
		o32(o, 14 + i);
		o32(o, 60);
		for (unsigned k = 0; k < extra; k++)
			o->b[o->n++] = 0;
		for (unsigned k = 0; k < 14 + i; k++)
			o->b[o->n++] = (uint8_t)k;
	}
}

static void block(struct out *o, uint32_t type, const struct out *body)
{
	uint32_t len = 12 + (uint32_t)body->n;

	assert_int_equal(body->n % 4, 0);
	o32(o, type);
	o32(o, len);
	o_bytes(o, body->b, body->n);
	o32(o, len);
}

static void pcapng(struct out *o, int big)
{
	struct out b = {.big = big};

	*o = (struct out){.big = big};
	o32(&b, 0x1a2b3c4d);
	o16(&b, 1);
	o16(&b, 0);
	o32(&b, 0xffffffff);
	o32(&b, 0xffffffff);
	block(o, 0x0a0d0d0a, &b);
	b.n = 0; // interface 0: Ethernet, nanoseconds
	o16(&b, 1);
	o16(&b, 0);
	o32(&b, 0);
	o16(&b, 9);
	o16(&b, 1);
	o_bytes(&b, "\x09\0\0\0", 4);
	o32(&b, 0);
	block(o, 1, &b);
	b.n = 0; // interface 1: raw IP, default resolution
	o16(&b, 101);
	o16(&b, 0);
	o32(&b, 0);
	block(o, 1, &b);
	b.n = 0; // unknown block in between
	o32(&b, 42);
	block(o, 0x0bad, &b);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t ticks = i ? UINT64_C(5000000) : UINT64_C(5000000123);

		b.n = 0;
		o32(&b, i);
		o32(&b, (uint32_t)(ticks >> 32));
		o32(&b, (uint32_t)ticks);
		o32(&b, 6);
		o32(&b, 99);
		o_bytes(&b, "packet\0\0", 8);
		block(o, 6, &b);
	}
	b.n = 0; // simple packet
	o32(&b, 4);
	o_bytes(&b, "abcd", 4);
	block(o, 3, &b);
}

static void reads_every_kind(void **state)
{
	struct dp_capture_rec r;
	struct out o;

	pcap(&o, 0xa1b2c3d4, 0, 0);
	put_file(o.b, o.n);
	assert_int_equal(read_all(&r), 3);
	assert_int_equal(r.ts_ns, UINT64_C(1002000007000));
	assert_int_equal(r.len, 16);
	assert_int_equal(r.wire_len, 60);
	pcap(&o, 0xa1b23c4d, 1, 0);
	put_file(o.b, o.n);
	assert_int_equal(read_all(&r), 3);
	assert_int_equal(r.ts_ns, UINT64_C(1002000000007));
	pcap(&o, 0xa1b2cd34, 0, 8);
	put_file(o.b, o.n);
	assert_int_equal(read_all(&r), 3);
	for (int big = 0; big < 2; big++) {
		struct dp_capture *c;
		char err[128];

		pcapng(&o, big);
		put_file(o.b, o.n);
		assert_int_equal(dp_capture_open(path, &c, err, sizeof(err)), 0);
		assert_int_equal(dp_capture_next(c, &r, err, sizeof(err)), 1);
		assert_int_equal(r.linktype, 1);
		assert_int_equal(r.ts_ns, UINT64_C(5000000123));
		assert_int_equal(r.wire_len, 99);
		assert_memory_equal(r.data, "packet", 6);
		assert_int_equal(dp_capture_next(c, &r, err, sizeof(err)), 1);
		assert_int_equal(r.linktype, 101);
		assert_int_equal(r.ts_ns, UINT64_C(5000000000));
		assert_int_equal(dp_capture_next(c, &r, err, sizeof(err)), 1);
		assert_int_equal(r.len, 4);
		assert_int_equal(dp_capture_next(c, &r, err, sizeof(err)), 0);
		dp_capture_close(c);
	}
}

static void cut_and_changed(void **state)
{
	struct out o;

	for (int kind = 0; kind < 4; kind++) {
		if (kind < 2)
			pcap(&o, 0xa1b2c3d4, kind, 0);
		else
			pcapng(&o, kind - 2);
		for (size_t n = 0; n < o.n; n++) {
			put_file(o.b, n);
			assert_true(read_all(NULL) < 3 || kind >= 2);
		}
		for (size_t at = 0; at < o.n; at++) {
			uint8_t was = o.b[at];

			for (unsigned v = 0; v < 256; v += 51) {
				o.b[at] = (uint8_t)v;
				put_file(o.b, o.n);
				read_all(NULL);
			}
			o.b[at] = was;
		}
	}
}

static void refuses_what_is_no_capture(void **state)
{
	char err[256];
	struct dp_capture *c;

	assert_int_equal(dp_capture_open("/nonexistent/x.pcap", &c, err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "/nonexistent/x.pcap"));
	assert_int_equal(dp_capture_open("/tmp", &c, err, sizeof(err)), -EINVAL);
	put_file("GET / HTTP/1.1\r\nHost: example\r\n\r\n", 33);
	assert_int_equal(dp_capture_open(path, &c, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "neither pcap nor pcapng"));
	put_file("", 0);
	assert_int_equal(dp_capture_open(path, &c, err, sizeof(err)), -EINVAL);
}

static void writes_what_it_reads(void **state)
{
	char name[] = "/tmp/sekisho-capture-XXXXXX", err[128];
	struct dp_capture_writer *w;
	struct dp_capture_rec r;
	int t = mkstemp(name);

	assert_true(t >= 0);
	close(t);
	assert_int_equal(dp_capture_create(name, 1, &w, err, sizeof(err)), 0);
	assert_int_equal(dp_capture_write(w, UINT64_C(1700000000123456000), "frame", 5, 60), 0);
	assert_int_equal(dp_capture_finish(w), 0);
	snprintf(path, sizeof(path), "%s", name);
	assert_int_equal(read_all(&r), 1);
	assert_int_equal(r.ts_ns, UINT64_C(1700000000123456000));
	assert_int_equal(r.wire_len, 60);
	unlink(name);
	assert_true(dp_capture_create("/nonexistent/out.pcap", 1, &w, err, sizeof(err)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind),
		cmocka_unit_test(cut_and_changed),
		cmocka_unit_test(refuses_what_is_no_capture),
		cmocka_unit_test(writes_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
