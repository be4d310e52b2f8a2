/* SPDX-License-Identifier: Apache-2.0 */
/* What of several contents becomes one expression, and when. */
#include <errno.h>
#include <setjmp.h>
#include <sig/compile.h>
#include <sig/image.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct built {
	uint8_t *p;
	struct sig_image img;
};

static void build(struct built *b, const char *rule)
{
	const struct sig_compile_opts o = {.cache_dir = "", .threads = 1};
	struct sig_compile_report rep;
	struct sig_ruleset *set = NULL;
	struct stat st;
	char err[256];
	int fd = memfd_create("t", MFD_CLOEXEC);

	assert_int_equal(sig_ruleset_load_text("t", rule, strlen(rule), NULL, &set), 0);
	if (set->loaded != 1)
		fail_msg("refused: %s", rule);
	assert_int_equal(sig_compile(set, &o, fd, &rep), 0);
	assert_int_equal(fstat(fd, &st), 0);
	b->p = aligned_alloc(64, ((size_t)st.st_size + 63) & ~(size_t)63);
	assert_non_null(b->p);
	assert_int_equal(pread(fd, b->p, (size_t)st.st_size, 0), st.st_size);
	if (sig_image_open_mem(b->p, (size_t)st.st_size, &b->img, err, sizeof(err)))
		fail_msg("%s", err);
	close(fd);
	sig_compile_report_fini(&rep);
	sig_ruleset_destroy(set);
}

static const struct {
	const char *header, *options, *text; /* text "": a literal */
} cases[] = {
	// Fixed places, sorted, whatever their order in the rule; of several families.
	{"udp any any -> any 53", "content:\"|01 02|\"; offset:4; depth:2; content:\"|00 00|\"; depth:2;",
		"^\\x00\\x00.{2}\\x01\\x02"},
	{"udp any any -> any 53", "content:\"|01|\"; offset:2; depth:1; content:\"|00 01|\"; distance:1; "
		"within:2; content:\"|07|dq\"; distance:0;", "^.{2}\\x01.\\x00\\x01.*\\x07dq"},
	// A distance that goes back overlaps nothing when places are fixed.
	{"udp any any -> any 53", "content:\"|05 06|\"; offset:8; depth:2; content:\"|09|\"; distance:-6; "
		"within:1;", "^.{4}\\x09.{3}\\x05\\x06"},
	// From the first byte when nothing stands before it, also behind a negated content.
	{"udp any any -> any 53", "content:!\"|22|\"; content:\"|00 04|\"; distance:8; within:2; "
		"content:\"|07 08|\"; distance:1; within:2;", "^.{8}\\x00\\x04.\\x07\\x08"},
	{"udp any any -> any 53", "content:\"|01 02|\"; depth:2; content:\"ab\"; nocase; distance:1; within:5;",
		"^\\x01\\x02.{1,4}(?i:ab)"},
	// Anywhere; a gap that varies widely is any.
	{"udp any any -> any 53", "content:\"|01 02 83 94 a5|\"; content:\"|07 08 89 9a ab|\"; distance:2; within:90;",
		"\\x01\\x02\\x83\\x94\\xa5.{2,}\\x07\\x08\\x89\\x9a\\xab"},
	// Tests that move the cursor by a known way, or only forward.
	{"udp any any -> any 53", "content:\"|01 02|\"; depth:2; byte_extract:2,1,x,relative; content:\"|03 04|\"; "
		"within:2;", "^\\x01\\x02.{3}\\x03\\x04"},
	{"udp any any -> any 53", "content:\"|01 02 03|\"; depth:3; byte_jump:1,0,relative; content:\"|04 05 06|\"; "
		"within:3;", "^\\x01\\x02\\x03.{1,}\\x04\\x05\\x06"},
	{"udp any any -> any 53", "content:\"|01 02|\"; depth:2; pcre:\"/^.{7}/sR\"; content:\"|04 05|\"; within:2;",
		"^\\x01\\x02.{7}\\x04\\x05"},
	// ... but not one that may begin behind any line end, or only reads like such a skip.
	{"udp any any -> any 53", "content:\"|01 02|\"; depth:2; pcre:\"/^.{7}/smR\"; content:\"|04 05|\"; within:2;",
		"^\\x01\\x02.*\\x04\\x05"},
	{"udp any any -> any 53", "content:\"|01 02|\"; depth:2; pcre:\"/^.{+7}/sR\"; content:\"|04 05|\"; within:2;",
		"^\\x01\\x02.*\\x04\\x05"},
	// A relative expression is searched for wherever the cursor may be, or not at all.
	{"udp any any -> any any", "content:\"|00 01|\"; pcre:\"/^abcdef/R\";", "(?:\\x00\\x01)(?:abcdef)"},
	{"udp any any -> any any", "content:\"|00|a\"; nocase; pcre:\"/^[^x]bcd\\[+/R\";",
		"(?i:\\x00\\x61)(?:[^x]bcd\\[+)"},
	{"udp any any -> any any", "content:\"|00 01|\"; pcre:\"/^abcdef/Rm\";", "abcdef"},
	{"udp any any -> any any", "content:\"|00 01|\"; byte_jump:1,0,relative; pcre:\"/^abcdef/R\";", "abcdef"},
	{"udp any any -> any any", "content:\"|00 00 00 00|\"; byte_jump:1,0,relative; pcre:\"/^abcdef/R\";", ""},
	{"udp any any -> any any", "content:\"|00 01|\"; pcre:\"/(?:^|x)abcdef/R\";", ""},
	{"udp any any -> any any", "content:\"|00 01|\"; pcre:\"/^\\babcdef/R\";", ""},
	// Where it may have moved back, what follows says nothing together with what was before.
	{"udp any any -> any 53", "content:\"|01 02 03|\"; depth:3; byte_jump:1,0,relative,from_beginning; "
		"content:\"|04|\"; within:1;", "^\\x01\\x02\\x03"},
	{"udp any any -> any 53", "content:\"|01 02 03|\"; depth:3; byte_jump:1,0,relative,post_offset -9; "
		"content:\"|04|\"; within:1;", "^\\x01\\x02\\x03"},
	// The end, and the size.
	{"udp any any -> any 53", "content:\"|01 02|\"; depth:2; content:\"|04 05|\"; endswith;",
		"\\x04\\x05\\z"},
	{"udp any any -> any 53", "dsize:4; content:\"|01 02|\"; depth:2; content:\"|03 04|\"; distance:0; within:2;",
		"^\\x01\\x02\\x03\\x04\\z"},
	// What would come behind the end is left out.
	{"tcp any any -> any 4444", "content:\"|01 02|\"; depth:2; content:\"|03 04|\"; distance:0; within:2; "
		"endswith; content:\"|05 06|\"; offset:9; depth:2;", "^\\x01\\x02\\x03\\x04\\z"},
	// A rare literal at every port is left alone.
	{"udp any any -> any any", "content:\"qzjxkvwyqzjxk\"; content:\"|01 02|\"; distance:1; within:2;", ""},
	// Raw bytes of a transaction's signature, when its buffers say little.
	{"http any any -> any any", "http.method; content:\"GET\"; pkt_data; content:\"x-qzjxk-9\";",
		"x\\x2dqzjxk\\x2d9"},
	{"http any any -> any any", "http.uri; content:\"/qzjxk-9\"; pkt_data; content:\"x-qzjxk-9\";", ""},
	{"http any any -> any any", "file.data; content:\"abc\"; pkt_data; content:\"x-qzjxk-9\";", ""},
};

static void test_texts(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct built b;
		char rule[512];

		snprintf(rule, sizeof(rule), "alert %s (msg:\"t\"; %s sid:1;)\n", cases[i].header,
			cases[i].options);
		build(&b, rule);
		if (strcmp(sig_img_str(&b.img, b.img.sig[0].pf_text), cases[i].text) != 0)
			fail_msg("%s: searched by \"%s\"", cases[i].options,
				sig_img_str(&b.img, b.img.sig[0].pf_text));
		free(b.p);
	}
}

static void expect_ports(const char *header, uint32_t sport, uint32_t dport)
{
	struct built b;
	char rule[256];

	snprintf(rule, sizeof(rule), "alert tcp %s (msg:\"t\"; content:\"qzjxkvwy\"; sid:1;)\n", header);
	build(&b, rule);
	assert_true(b.img.groups_n > 0);
	for (uint32_t i = 0; i < b.img.groups_n; i++) {
		const struct sig_img_group *g = &b.img.group[i];

		assert_int_equal(g->sport == SIG_IMG_NONE ? 0 : b.img.pr[b.img.ports[g->sport].first].lo,
			sport);
		assert_int_equal(g->dport == SIG_IMG_NONE ? 0 : b.img.pr[b.img.ports[g->dport].first].lo,
			dport);
	}
	free(b.p);
}

static void test_ports(void **state)
{
	expect_ports("any any -> any any", 0, 0);
	expect_ports("any any -> any 139", 0, 139);
	expect_ports("any 21 -> any any", 21, 0);
	expect_ports("any 21 -> any 139", 0, 139);
	expect_ports("any 21 -> any 1024:", 21, 0);
	expect_ports("any any <> any 139", 0, 0);
	expect_ports("any any -> any !139", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
