/* SPDX-License-Identifier: Apache-2.0 */
/* On a wire: signatures over several segments, each of which is judged when it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

// Whatever part of the signature is searched for: a match may begin in one segment and end in another.
static void expect_split(const char *options)
{
	struct wire w;
	char rule[512];

	snprintf(rule, sizeof(rule), "alert tcp any any -> any any (msg:\"t\"; %s sid:1;)\n", options);
	wire_open(&w, rule);
	assert_int_equal(up(&w, "zz qwertyuiop one"), 0);
	assert_int_equal(up(&w, "nothing here"), 0);
	assert_int_equal(up(&w, "asdfghjk two"), 1);
	// It is told once, however long it stays in the window.
	assert_int_equal(up(&w, "nothing here"), 0);
	assert_int_equal(up(&w, "or there"), 0);
	// Another one is another one, though the window still holds the first.
	assert_int_equal(up(&w, "qwertyuiop asdfghjk"), 1);
	assert_int_equal(up(&w, "nothing again"), 0);
	wire_close(&w);
}

static void test_split(void **state)
{
	expect_split("content:\"qwertyuiop\"; fast_pattern; content:\"asdfghjk\";");
	expect_split("content:\"qwertyuiop\"; content:\"asdfghjk\"; fast_pattern;");
	expect_split("content:\"qwertyuiop\"; content:\"asdfghjk\"; distance:0;");
	expect_split("content:\"asdfghjk\"; content:\"qwertyuiop\";");
	expect_split("content:\"qwertyuiop\"; pcre:\"/[a-z]dfg[a-z]jk/R\";");
	expect_split("content:\"qwertyuiop\"; content:\"ghjk\"; distance:0; isdataat:!40,relative;");
}

static void test_once(void **state)
{
	struct wire w;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; content:\"qwertyuiop\"; sid:1;)\n"
		"alert tcp any any -> any any (msg:\"t\"; content:\"|00 00|\"; depth:2; content:\"qwertyu\"; "
		"distance:4; within:9; sid:2;)\n");
	assert_int_equal(up(&w, "one"), 0);
	assert_int_equal(up(&w, "qwerty"), 0);
	assert_int_equal(up(&w, "uiop"), 1);
	assert_int_equal(up(&w, "x"), 0);
	assert_int_equal(up(&w, "qwertyuiop"), 1);
	assert_int_equal(up(&w, "qwertyuiop"), 1);
	assert_int_equal(up(&w, "x"), 0);
	wire_close(&w);
}

// Bound to the beginning of the stream, which the window still holds when the rest comes.
static void test_bound(void **state)
{
	struct wire w;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; flow:only_stream; content:\"ab\"; depth:2; "
		"content:\"cd\"; distance:3; within:2; content:\"ef\"; offset:8; depth:3; sid:1;)\n");
	assert_int_equal(up(&w, "ab"), 0);
	assert_int_equal(up(&w, "123"), 0);
	assert_int_equal(up(&w, "cd"), 0);
	assert_int_equal(up(&w, "4"), 0);
	assert_int_equal(up(&w, "ef"), 1);
	assert_int_equal(up(&w, "ab123cd4ef"), 0);
	wire_close(&w);
}

/** One signature, one answer for each segment. */
static void expect(const char *options, const char *const *segment, const unsigned *alerts, unsigned n)
{
	struct wire w;
	char rule[512];

	snprintf(rule, sizeof(rule), "alert tcp any any -> any any (msg:\"t\"; %s sid:1;)\n", options);
	wire_open(&w, rule);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(up(&w, segment[i]), alerts[i]);
	wire_close(&w);
}

// What an expression or an absence asks of the bytes behind a match may come later than the match.
static void test_ahead(void **state)
{
	static const char *const bar[] = {"qwertyuiop foo", "bar", "x"};
	static const char *const end[] = {"qwertyuiop bar", "x", "y", "z"};
	static const unsigned second[] = {0, 1, 0, 0};

	expect("content:\"qwertyuiop\"; pcre:\"/foo(?=bar)/\";", bar, second, 3);
	expect("content:\"qwertyuiop\"; pcre:\"/bar\\B/\";", end, second, 4);
	expect("content:\"qwertyuiop\"; content:!\"bar\"; endswith;", end, second, 4);
	expect("content:\"qwertyuiop\"; pcre:!\"/bar$/\";", end, second, 4);
	expect("content:\"qwertyuiop\"; pcre:!\"/bar(?!x)/\";", end, second, 4);
}

// Other lists beside the payload change nothing: what was told once is old.
static void test_lists(void **state)
{
	static const char *const plain[] = {"qwertyuiop zz", "x", "qwertyuiop", "y"};
	static const unsigned both[] = {1, 0, 1, 0};
	static const char *const coded[] = {"qwertyuiop c2Vj", "cmV0IHN0dWZm", "IGFuZCBt", "b3Jl"};
	static const unsigned second[] = {0, 1, 0, 0};

	expect("content:\"qwertyuiop\"; tcp.hdr; content:\"|00 50|\";", plain, both, 4);
	expect("content:\"qwertyuiop \"; base64_decode:relative; base64_data; content:\"secret\";",
		coded, second, 4);
	expect("content:\"qwertyuiop \"; base64_decode:bytes 12,relative; base64_data; "
		"content:\"secret\";", coded, second, 4);
}

// What is true of every window is told of once in a window, not with each segment.
static void test_absence(void **state)
{
	static const char *const options[] = {"content:!\"qwertyuiop\";", "pcre:!\"/qwertyuiop/\";",
		"content:!\"qwertyuiop\"; content:!\"asdf\";", "entropy:value < 8;",
		"content:\"nothing\"; entropy:value < 8;"};
	char line[101];

	memset(line, '-', sizeof(line));
	memcpy(line, "nothing", 7);
	line[100] = 0;
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct wire w;
		char rule[256];
		unsigned alerts = 0;

		snprintf(rule, sizeof(rule), "alert tcp any any -> any any (msg:\"t\"; %s sid:1;)\n", options[i]);
		wire_open(&w, rule);
		for (unsigned n = 0; n < 30; n++)
			alerts += up(&w, line);
		assert_int_equal(alerts, 2); // 3,000 bytes
		if (strstr(options[i], "qwertyuiop")) {
			assert_int_equal(up(&w, "qwertyuiop"), 0);
			for (unsigned n = 0; n < 40; n++)
				alerts += up(&w, line);
			assert_int_equal(alerts, 3); // from where it has passed
		}
		wire_close(&w);
	}
}

// A later option that fails is no reason to move what it does not hang on.
static void test_no_work(void **state)
{
	struct wire w;
	char many[1024];

	memset(many, 'q', sizeof(many));
	many[sizeof(many) - 1] = 0;
	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; content:\"qqqqq\"; "
		"content:\"qq\"; byte_test:1,=,0,0; sid:1;)\n");
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(up(&w, many), 0);
	assert_int_equal(up(&w, "q"), 0);
	assert_true(w.n.ctx.cnt->detect_candidates >= 5);
	assert_int_equal(w.n.ctx.cnt->detect_budget, 0);
	wire_close(&w);
}

// Signatures that no search finds: those that need payload are gathered when there is some, not for
// the packets that only open, acknowledge or end a connection.
static void test_bare(void **state)
{
	struct wire w;
	const struct near *near;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; dsize:!5; sid:1;)\n"
		"alert tcp any any -> any any (msg:\"t\"; window:3; sid:2;)\n");
	near = &w.d->layer[DP_LAYER_VENDOR].rs->run->near[0];
	assert_int_equal(up(&w, ""), 0);
	assert_true(near->filled);
	assert_int_equal(near->n, 1);
	assert_int_equal(up(&w, "a"), 1);
	assert_int_equal(near->n, 2);
	assert_int_equal(up(&w, ""), 0);
	assert_int_equal(up(&w, "a"), 1);
	wire_close(&w);
}

/* ---- cut anywhere -------------------------------------------------------------------------- */

// Their searches: literals, expressions with and without a bound, with and without a place.
static const char *const shapes[] = {
	"content:\"abcd\"; content:\"efgh\"; distance:0;",
	"content:\"ab\"; content:\"cd\"; distance:2; within:6; content:\"ef\"; distance:0;",
	"content:\"zz\"; content:\"abcd\"; distance:0; content:\"efgh\"; distance:10;",
	"content:\"q\"; depth:1; content:\"abcd\"; distance:0; content:\"efgh\"; distance:0;",
	"content:\"abcd\"; offset:3; depth:9; content:\"efgh\"; distance:3; within:12;",
	"content:\"abcd\"; distance:4; within:20; content:\"efgh\"; distance:0;",
	"content:\"ab\"; pcre:\"/^c[a-z]{2,9}h/R\";",
	"content:\"ab\"; pcre:\"/^[a-z]+h[0-9]/R\";",
	"pcre:\"/ab.{3,9}ef/\";",
	"pcre:\"/ab[^x]+xy[0-9]+ef/\";",
	"pcre:\"/^q.{0,40}abcd/\";",
	"pcre:\"/\\bcdef\\B/\";",
	"content:\"xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy\";",
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static uint32_t draw(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

static void fill_text(uint32_t *seed, char *to, uint32_t n)
{
	static const char *const word[] = {"abcd", "efgh", "ab", "cd", "ef", "zz", "xy", "cdef", "h1", "q", " ",
		"........", "xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy", "xy9ef"};
	uint32_t at = (uint32_t)sprintf(to, "%s", draw(seed, 2) ? "q---abcd" : draw(seed, 2) ? "----abcd--efgh" : "");

	while (at < n) {
		const char *w = word[draw(seed, sizeof(word) / sizeof(word[0]))];
		const uint32_t left = draw(seed, 4) ? n - at : 0, m = (uint32_t)strlen(w);

		if (left < m) {
			to[at++] = '-';
			continue;
		}
		memcpy(to + at, w, m);
		at += m;
	}
	to[n] = 0;
}

/** Signatures that the text raises, a bit each, cut into segments of at most `most` bytes. */
static uint32_t raised(struct dp_ruleset *rs, uint32_t seed, const char *text, uint32_t most)
{
	uint32_t left = (uint32_t)strlen(text), seen = 0;
	struct wire w;

	wire_begin(&w, rs);
	while (left) {
		uint32_t n = most >= left ? left : 1 + draw(&seed, most);
		char part[1024];

		memcpy(part, text, n);
		part[n] = 0;
		for (unsigned a = up(&w, part); a > 0; a--)
			seen |= 1u << w.d->layer[DP_LAYER_VENDOR].rs->img.sig[w.alerts[a - 1].sig].sid;
		text += n;
		left -= n;
	}
	wire_end(&w);
	return seen;
}

// As long as the window holds all of it, it makes no difference where the segments end.
static void test_cut(void **state)
{
	struct dp_ruleset *rs;
	char rules[4096];
	uint32_t seed = 7, some = 0;
	size_t at = 0;

	for (unsigned i = 0; i < SHAPES; i++)
		at += (size_t)snprintf(rules + at, sizeof(rules) - at,
			"alert tcp-stream any any -> any %s (msg:\"t\"; %s sid:%u;)\n", i & 1 ? "80" : "any", shapes[i],
			i + 1);
	rs = bench_ruleset(rules);
	for (unsigned round = 0; round < 200; round++) {
		char text[801];
		const uint32_t n = 20 + draw(&seed, 780);
		uint32_t whole;

		fill_text(&seed, text, n);
		whole = raised(rs, seed, text, 801);
		some |= whole;
		for (uint32_t most = 1; most < 400; most = 3 * most + 2)
			assert_int_equal(raised(rs, seed, text, most), whole);
	}
	dp_ruleset_close(rs);
	assert_int_equal(some, (1u << (SHAPES + 1)) - 2); // each was raised by some text
}

// More signatures wait for their second part than are remembered: the window is searched again.
static void test_many(void **state)
{
	char rules[16384];
	struct wire w;
	size_t at = 0;

	for (unsigned i = 0; i < 100; i++)
		at += (size_t)snprintf(rules + at, sizeof(rules) - at,
			"alert tcp any any -> any any (msg:\"t\"; content:\"qwertyuiop\"; fast_pattern; "
			"content:\"x%uy\"; sid:%u;)\n", i, i + 1);
	wire_open(&w, rules);
	assert_int_equal(up(&w, "qwertyuiop"), 0);
	for (unsigned i = 0; i < 100; i += 9) {
		char text[16];

		snprintf(text, sizeof(text), "x%uy", i);
		assert_int_equal(up(&w, text), 1);
	}
	wire_close(&w);
}

/* ---- searched, and not remembered ------------------------------------------------------------ */


// The window is searched again as long as there is no memory for what is found in it.
static void test_no_memory(void **state)
{
	struct wire w;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; " TWO " sid:1;)\n");
	dp_slab_limit(w.n.ctx.slab, DP_MEM_DETECT, 1);
	assert_int_equal(up(&w, "zz qwertyuiop one"), 0);
	assert_null(w.f->det);
	assert_int_equal(up(&w, "nothing here"), 0);
	assert_int_equal(up(&w, "asdfghjk two"), 1);
	assert_int_equal(up(&w, "qwertyuiop three"), 0);
	assert_int_equal(up(&w, "nothing here"), 0);
	dp_slab_limit(w.n.ctx.slab, DP_MEM_DETECT, 0);
	assert_int_equal(up(&w, "nor there"), 0);
	assert_non_null(w.f->det);
	assert_int_equal(w.f->flags & (DP_FF_SEARCH_TS | DP_FF_SEARCH_TC), 0);
	assert_int_equal(up(&w, "asdfghjk four"), 1);
	wire_close(&w);
}

// No memory for more than the first few.
static void test_no_room(void **state)
{
	char rules[4096];
	struct wire w;
	size_t at = 0;

	for (unsigned i = 0; i < 12; i++)
		at += (size_t)snprintf(rules + at, sizeof(rules) - at,
			"alert tcp any any -> any any (msg:\"t\"; content:\"qwertyui%c\"; fast_pattern; "
			"content:\"x%uy\"; sid:%u;)\n", 'a' + (int)i, i, i + 1);
	wire_open(&w, rules);
	assert_int_equal(up(&w, "qwertyuia"), 0);
	dp_slab_limit(w.n.ctx.slab, DP_MEM_DETECT, dp_slab_used(w.n.ctx.slab, DP_MEM_DETECT));
	for (unsigned i = 1; i < 12; i++) {
		char text[16];

		snprintf(text, sizeof(text), "qwertyui%c", 'a' + (int)i);
		assert_int_equal(up(&w, text), 0);
	}
	for (unsigned i = 0; i < 12; i++) {
		char text[16];

		snprintf(text, sizeof(text), "x%uy", i);
		assert_int_equal(up(&w, text), 1);
	}
	wire_close(&w);
}

// A packet that is not to be inspected shows its bytes to the next one.
static void test_not_inspected(void **state)
{
	struct wire w;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; " TWO " sid:1;)\n");
	assert_int_equal(up_as(&w, "qwertyuiop", DP_PF_NOPKT_INSPECT), 0);
	assert_int_equal(up_as(&w, "zz", DP_PF_NOPKT_INSPECT), 0);
	assert_int_equal(up(&w, "asdfghjk"), 1);
	assert_int_equal(up(&w, "zz"), 0);
	wire_close(&w);
}

// Client and server change places after a part was searched as if the client had sent it.
static void test_turned(void **state)
{
	struct wire w;

	wire_open(&w, "alert tcp any any -> any any (msg:\"t\"; flow:to_client; " TWO " sid:1;)\n");
	assert_int_equal(up(&w, "qwertyuiop"), 0);
	dp_stream_swap(w.f);
	assert_int_equal(up(&w, "asdfghjk"), 1);
	assert_int_equal(up(&w, "zz"), 0);
	wire_close(&w);
}

// A number of as many digits as there are is as new as its digits.
static void test_digits(void **state)
{
	static const char *const later[] = {"zz len=", "9 x", "y"};
	static const unsigned second[] = {0, 1, 0};
	static const char *const now[] = {"zz len=9 x", "y", "len=3"};
	static const unsigned first[] = {1, 0, 0};

	expect("content:\"len=\"; byte_test:0,>,5,0,string,dec,relative;", later, second, 3);
	expect("content:\"len=\"; byte_test:0,>,5,0,string,dec,relative;", now, first, 3);
}

int main(void)
{
	const struct CMUnitTest t[] = {
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_not_inspected),
		cmocka_unit_test(test_turned),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_absence),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_no_work),
		cmocka_unit_test(test_bare),
	};

	return cmocka_run_group_tests(t, NULL, NULL);
}
