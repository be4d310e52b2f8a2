/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler: the same image however it was made, classes, what is searched for. */
#include <errno.h>
#include <setjmp.h>
#include <sig/compile.h>
#include <sig/image.h>
#include <sig/rule.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char rules[] =
	"alert tcp any any -> any any (msg:\"1\"; content:\"GET /\"; content:\"qzjxk\"; sid:1;)\n"
	"alert tcp any any -> any any (msg:\"2\"; dsize:9; content:\"abcdef\"; sid:2;)\n"
	"alert tcp any any -> any any (msg:\"3\"; content:\"abcdef\"; depth:9; sid:3;)\n"
	"alert http any any -> any any (msg:\"4\"; http.uri; content:\"/gate\"; http.method; "
	"content:\"POST\"; sid:4;)\n"
	"alert http any any -> any any (msg:\"5\"; http.uri; content:\"/gate\"; http.method; "
	"content:\"POST\"; fast_pattern; sid:5;)\n"
	"alert ip 192.0.2.1 any -> any any (msg:\"6\"; sid:6;)\n"
	"alert tcp any any -> any 99 (msg:\"7\"; content:\"ab\"; sid:7;)\n"
	"alert tcp any any -> any any (msg:\"8\"; pcre:\"/xyz[0-9]+abc/\"; sid:8;)\n"
	"alert pkthdr any any -> any any (msg:\"9\"; decode-event:ipv4.trunc_pkt; sid:9;)\n"
	"pass tcp any any -> any any (msg:\"10\"; content:\"abcdef\"; sid:10;)\n"
	"alert tcp any any -> any any (msg:\"11\"; content:\"abcdef\"; flowbits:set,a; sid:11;)\n"
	"alert tcp any any -> any any (msg:\"12\"; content:\"abcdef\"; flowbits:isset,a; sid:12;)\n";

struct built {
	uint8_t *p;
	size_t n;
	struct sig_image img;
	struct sig_compile_report rep;
};

static void build(struct built *b, const char *cache, bool child)
{
	const struct sig_compile_opts o = {.cache_dir = cache};
	struct sig_ruleset *set = NULL;
	struct stat st;
	char err[256];
	int fd = memfd_create("t", MFD_CLOEXEC);

	assert_int_equal(sig_ruleset_load_text("t", rules, strlen(rules), NULL, &set), 0);
	assert_int_equal(set->loaded, 12);
	assert_int_equal(child ? sig_compile_child(set, &o, fd, &b->rep) :
				 sig_compile(set, &o, fd, &b->rep), 0);
	assert_int_equal(fstat(fd, &st), 0);
	b->n = (size_t)st.st_size;
	b->p = aligned_alloc(64, (b->n + 63) & ~(size_t)63);
	assert_non_null(b->p);
	assert_int_equal(pread(fd, b->p, b->n, 0), (ssize_t)b->n);
	if (sig_image_open_mem(b->p, b->n, &b->img, err, sizeof(err)))
		fail_msg("%s", err);
	close(fd);
	sig_ruleset_destroy(set);
}

static void drop(struct built *b)
{
	sig_compile_report_fini(&b->rep);
	free(b->p);
}

static const struct sig_img_sig *sig(const struct built *b, uint32_t sid)
{
	return &b->img.sig[sig_image_find(&b->img, 0, sid)];
}

static void test_same_image(void **state)
{
	char dir[] = "/tmp/sekisho-cache-XXXXXX", cmd[128];
	struct built a, b, c, d;

	assert_non_null(mkdtemp(dir));
	build(&a, "", false);
	build(&b, dir, false);
	build(&c, dir, true);
	build(&d, "/proc/no-such-folder", false);
	assert_true(b.rep.cache_misses > 0);
	assert_int_equal(b.rep.cache_hits, 0);
	assert_true(b.rep.cache_misses < b.rep.groups); // both ways of a rule search alike: one database
	assert_int_equal(c.rep.cache_misses, 0);
	assert_int_equal(c.rep.cache_hits, b.rep.cache_misses);
	assert_int_equal(a.n, b.n);
	assert_int_equal(a.n, c.n);
	assert_int_equal(a.n, d.n);
	assert_memory_equal(a.p, b.p, a.n);
	assert_memory_equal(a.p, c.p, a.n);
	assert_memory_equal(a.p, d.p, a.n);
	drop(&a);
	drop(&b);
	drop(&c);
	drop(&d);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
}

static void test_classes(void **state)
{
	struct built b;

	build(&b, "", false);
	assert_int_equal(sig(&b, 1)->cls, SIG_CLS_STREAM);
	assert_int_equal(sig(&b, 2)->cls, SIG_CLS_PACKET);
	assert_int_equal(sig(&b, 3)->cls, SIG_CLS_PKT_STREAM);
	assert_int_equal(sig(&b, 4)->cls, SIG_CLS_TX);
	assert_int_equal(sig(&b, 6)->cls, SIG_CLS_IPONLY);
	assert_int_equal(sig(&b, 9)->cls, SIG_CLS_DECODE);
	drop(&b);
}

static void expect_pattern(const struct built *b, uint32_t sid, const char *want)
{
	const struct sig_img_sig *s = sig(b, sid);

	assert_true(s->flags & SIG_F_PREFILTER);
	assert_int_equal(s->pf_len, strlen(want));
	assert_memory_equal(b->img.pool + b->img.op[s->pf_op].data + s->pf_off, want, s->pf_len);
}

static void test_choice(void **state)
{
	struct built b;

	build(&b, "", false);
	expect_pattern(&b, 1, "qzjxk"); // rare, though not longer
	expect_pattern(&b, 4, "/gate"); // not the method that every form uses
	expect_pattern(&b, 5, "POST");  // unless the author says so
	assert_false(sig(&b, 7)->flags & SIG_F_PREFILTER); // too short for payload
	assert_true(*sig_img_str(&b.img, sig(&b, 7)->why_always));
	assert_int_equal(b.img.op[sig(&b, 8)->pf_op].kind, SIG_OPT_PCRE);
	drop(&b);
}

static void test_order(void **state)
{
	struct built b;

	build(&b, "", false);
	assert_int_equal(b.img.sig[0].sid, 10); // pass first
	assert_true(sig(&b, 11) < sig(&b, 12)); // setter before reader
	assert_true(sig(&b, 12) < sig(&b, 1));	// readers before those without state
	drop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_image),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
