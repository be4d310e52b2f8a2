/* SPDX-License-Identifier: Apache-2.0 */
/* The image reader refuses whatever is not whole, and survives images made wrong on purpose. */
#include "harness.h"
#include <errno.h>
#include <setjmp.h>
#include <sig/frame.h>
#include <sig/image.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char rules[] =
	"alert tcp $HOME_NET any -> any [80,8000:8080] (msg:\"a\"; content:\"hello\"; nocase; "
	"pcre:\"/w(or)ld/\"; flowbits:set,x; reference:url,example.org; metadata:k v; sid:1;)\n"
	"drop http any any -> any any (msg:\"b\"; http.uri; to_lowercase; content:\"/x\"; "
	"http.host; content:\"evil\"; bsize:4; threshold:type limit,track by_src,count 1,seconds 60; "
	"sid:2;)\n"
	"alert dns any any -> any any (msg:\"c\"; dns.query; dotprefix; content:\".bad.example\"; "
	"endswith; sid:3;)\n";

struct mem {
	uint8_t *p;
	size_t n;
};

static struct mem make(void)
{
	struct mem m = {0};
	struct stat st;
	int fd = bench_image(rules);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	m.n = (size_t)st.st_size;
	m.p = aligned_alloc(64, (m.n + 63) & ~(size_t)63);
	assert_non_null(m.p);
	assert_int_equal(pread(fd, m.p, m.n, 0), (ssize_t)m.n);
	close(fd);
	return m;
}

static int open_mem(const struct mem *m, char *err)
{
	struct sig_image img;

	return sig_image_open_mem(m->p, m->n, &img, err, 256);
}

static void test_whole(void **state)
{
	struct mem m = make();
	struct sig_image img;
	char err[256];

	assert_int_equal(sig_image_open_mem(m.p, m.n, &img, err, sizeof(err)), 0);
	assert_int_equal(img.sigs_n, 3);
	assert_int_equal(img.sig[sig_image_find(&img, 1, 2)].action, SIG_ACT_DROP);
	assert_int_equal(sig_image_find(&img, 0, 99), SIG_IMG_NONE);
	assert_string_equal(sig_img_str(&img, img.sig[sig_image_find(&img, 0, 1)].msg), "a");
	free(m.p);
}

static void test_deterministic(void **state)
{
	struct mem a = make(), b = make();

	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.p, b.p, a.n);
	free(a.p);
	free(b.p);
}

static void test_truncated(void **state)
{
	struct mem m = make();
	const size_t whole = m.n;
	char err[256];

	for (m.n = 0; m.n < whole; m.n += m.n < sizeof(struct sig_img_header) ? 7 : 211) {
		err[0] = 0;
		assert_int_equal(open_mem(&m, err), -EBADMSG);
		assert_non_null(strstr(err, "truncated"));
	}
	free(m.p);
}

static void test_every_byte_counts(void **state)
{
	struct mem m = make();
	char err[256];

	for (size_t i = 0; i < m.n; i++) {
		m.p[i] ^= 0x40;
		err[0] = 0;
		assert_true(open_mem(&m, err) < 0);
		assert_true(err[0] != 0);
		m.p[i] ^= 0x40;
	}
	assert_int_equal(open_mem(&m, err), 0);
	free(m.p);
}

static void test_foreign(void **state)
{
	struct mem m = make();
	struct sig_img_header *h = (void *)m.p;
	char err[256];

	h->version++;
	assert_int_equal(open_mem(&m, err), -EPROTO);
	assert_non_null(strstr(err, "version"));
	h->version--;
	h->endian = 0x04030201;
	assert_int_equal(open_mem(&m, err), -EPROTO);
	h->endian = SIG_IMG_ENDIAN;
	h->magic[0] = 0x7f;
	assert_int_equal(open_mem(&m, err), -EBADMSG);
	assert_non_null(strstr(err, "not a signature image"));
	free(m.p);
}

// Wrong in a record, right in the checksum: refused, or harmless to use.
static void test_mutations(void **state)
{
	struct mem m = make();
	uint8_t *copy = aligned_alloc(64, (m.n + 63) & ~(size_t)63);
	uint64_t x = 88172645463325252u;
	unsigned refused = 0;

	assert_non_null(copy);
	for (unsigned i = 0; i < 20000; i++) {
		struct mem w = {copy, m.n};
		char err[256];

		memcpy(copy, m.p, m.n);
		for (unsigned k = 0; k < 1 + i % 3; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			copy[sizeof(struct sig_img_header) + x % (m.n - sizeof(struct sig_img_header))] =
				(uint8_t)(x >> 32);
		}
		sig_image_sum(copy, m.n, ((struct sig_img_header *)copy)->sum);
		refused += open_mem(&w, err) != 0;
	}
	assert_true(refused > 0);
	free(copy);
	free(m.p);
}

static void *section(const struct mem *m, enum sig_img_section k)
{
	return m->p + ((struct sig_img_header *)m->p)->sec[k].off;
}

/** The checksum is right; what the image says is refused, and why. */
static void refused(const struct mem *m, const char *why)
{
	char err[256] = "";

	sig_image_sum(m->p, m->n, ((struct sig_img_header *)m->p)->sum);
	assert_int_equal(open_mem(m, err), -EBADMSG);
	assert_non_null(strstr(err, why));
}

// The tables of ports are as long as these say: no range may end before it begins, none be too wide.
static void test_port_ranges(void **state)
{
	struct mem m = make();
	const struct sig_img_header *h = (const void *)m.p;
	struct sig_img_port_range *r = section(&m, SIG_SEC_PR), was;
	struct sig_img_group *g = section(&m, SIG_SEC_GROUP);
	const struct sig_img_ports *p = section(&m, SIG_SEC_PORTS);
	uint32_t i = 0;

	assert_true(h->sec[SIG_SEC_PR].count > 0);
	while (i < h->sec[SIG_SEC_GROUP].count && g[i].dport == SIG_IMG_NONE)
		i++;
	assert_true(i < h->sec[SIG_SEC_GROUP].count);
	r += p[g[i].dport].first;
	was = *r;
	*r = (struct sig_img_port_range){.lo = 80, .hi = 79};
	refused(&m, "ports");
	*r = (struct sig_img_port_range){.lo = 1, .hi = 1000};
	refused(&m, "groups");
	g[i].sport = g[i].dport;
	g[i].dport = SIG_IMG_NONE;
	refused(&m, "groups");
	*r = was;
	sig_image_sum(m.p, m.n, ((struct sig_img_header *)m.p)->sum);
	assert_int_equal(open_mem(&m, (char[256]){0}), 0);
	free(m.p);
}

static void test_files(void **state)
{
	struct sig_image img;
	char err[256];

	assert_int_equal(sig_image_open("/nonexistent/x.img", &img, err, sizeof(err)), -ENOENT);
	assert_int_equal(sig_image_open("/dev/null", &img, err, sizeof(err)), -EINVAL);
}

/** The fuzzer's seed is an image of today: one of another version would be refused at its first word. */
static void test_seed_of_the_fuzzer(void **state)
{
	struct sig_image img;
	char err[256] = "";

	assert_int_equal(sig_image_open(SEED, &img, err, sizeof(err)), 0);
	assert_int_equal(img.sigs_n, 3);
	sig_image_close(&img);
}

static void test_frame_names(void **state)
{
	enum sig_proto p;
	enum sig_frame f;

	assert_true(sig_frame_find(SIG_PROTO_UNKNOWN, "http1.request", &p, &f));
	assert_true(p == SIG_PROTO_HTTP1 && f == SIG_FRAME_HTTP1_REQUEST);
	assert_true(sig_frame_find(SIG_PROTO_HTTP_ANY, "response", &p, &f));
	assert_true(p == SIG_PROTO_HTTP1 && f == SIG_FRAME_HTTP1_RESPONSE);
	assert_true(sig_frame_find(SIG_PROTO_SMB, "smb2.data", &p, &f));
	assert_true(p == SIG_PROTO_SMB && f == SIG_FRAME_SMB2_DATA);
	assert_true(sig_frame_find(SIG_PROTO_SSH, "ssh.record.hdr", &p, &f));
	assert_true(f == SIG_FRAME_SSH_RECORD_HDR);
	assert_true(sig_frame_find(SIG_PROTO_SSH, "record.hdr", &p, &f));
	assert_true(sig_frame_find(SIG_PROTO_SMTP, "smtp.stream", &p, &f));
	assert_true(p == SIG_PROTO_SMTP && f == SIG_FRAME_STREAM);
	assert_false(sig_frame_find(SIG_PROTO_UNKNOWN, "stream", &p, &f));
	assert_false(sig_frame_find(SIG_PROTO_FTP, "stream", &p, &f));
	assert_false(sig_frame_find(SIG_PROTO_UNKNOWN, "smtp.", &p, &f));
	assert_false(sig_frame_find(SIG_PROTO_UNKNOWN, "smtp.nothing", &p, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_port_ranges),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_seed_of_the_fuzzer),
		cmocka_unit_test(test_frame_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
