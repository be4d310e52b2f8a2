/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requires: load the rule only where the engine can run it. Looked at before anything else of the
 * rule, because the rest may be written for another version.
 */
#include "kw.h"

#include <string.h>

/* The language we speak is that of this version of the peer. */
static const uint32_t identity[3] = {8, 0, 7};
static const char *const features[] = {
	"geoip", "ja3", "ja4", "hyperscan", "pcre_jit", "magic", "file_data", NULL};

enum verdict { MET, UNMET, BAD };

static bool read_version(struct sig_str t, uint32_t v[3])
{
	struct sig_str f[3];
	size_t n = sig_split(t, '.', f, 3);

	v[0] = v[1] = v[2] = 0;
	if (n > 3)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct sig_str part = f[i];
		uint64_t x;

		/* "8.0.1-dev" counts as 8.0.1 */
		if (!sig_take_u64(&part, &x) || x > UINT32_MAX || (part.n && part.s[0] != '-'))
			return false;
		v[i] = (uint32_t)x;
	}
	return true;
}

static int compare(const uint32_t v[3])
{
	for (int i = 0; i < 3; i++) {
		if (identity[i] != v[i])
			return identity[i] < v[i] ? -1 : 1;
	}
	return 0;
}

/* ">= 7.0.3 < 8": all of them. */
static enum verdict all_of(struct sig_str t)
{
	enum verdict result = MET;
	bool some = false;

	for (t = sig_trim(t); t.n; some = true) {
		uint32_t v[3];
		bool ge, le, gt = false, lt = false;
		struct sig_str word;
		int c;

		ge = sig_take(&t, ">=");
		le = !ge && sig_take(&t, "<=");
		gt = !ge && !le && sig_take(&t, ">");
		lt = !ge && !le && !gt && sig_take(&t, "<");
		if (!(ge || le || gt || lt) || !sig_word(&t, &word) || !read_version(word, v))
			return BAD;
		c = compare(v);
		if (!((ge && c >= 0) || (le && c <= 0) || (gt && c > 0) || (lt && c < 0)))
			result = UNMET;
	}
	return some ? result : BAD;
}

static enum verdict version(struct sig_str t)
{
	enum verdict result = UNMET;
	struct sig_str one;

	while (sig_next(&t, '|', &one)) {
		enum verdict v = all_of(one);

		if (v == BAD)
			return BAD;
		if (v == MET)
			result = MET;
	}
	return result;
}

static enum verdict one_requirement(struct sig_parser *p, struct sig_str f)
{
	struct sig_str word;

	if (!sig_word(&f, &word) || !f.n)
		return BAD;
	if (sig_is(word, "version"))
		return version(f);
	if (sig_is(word, "keyword")) {
		uintptr_t i = (uintptr_t)sig_intern_find(&p->set->keywords, f.s, f.n);

		return i && sig_keyword_table[i - 1].status == SIG_KW_SUPPORTED ? MET : UNMET;
	}
	if (sig_is(word, "feature")) {
		for (int i = 0; features[i]; i++) {
			if (sig_is_nocase(f, features[i]))
				return MET;
		}
	}
	return UNMET; /* a requirement that we do not know is not met */
}

static int evaluate(struct sig_parser *p, struct sig_str t)
{
	struct sig_str f, unmet = {NULL, 0};

	while (sig_next(&t, ',', &f)) {
		enum verdict v = one_requirement(p, f);

		if (v == BAD)
			return SIG_FAIL_AT(p, f,
				"write version >= 8.0.0, keyword NAME or feature NAME",
				"this is not a requirement");
		if (v == UNMET && !unmet.s)
			unmet = f;
	}
	if (unmet.s)
		return sig_skip(p, unmet.s, unmet.n,
			"nothing to do: the rule is for another engine or version",
			"a requirement is not met");
	return 0;
}

int sig_requires_prescan(struct sig_parser *p, struct sig_str options)
{
	static const char word[] = "requires";
	struct sig_str rest = options;
	const char *at;

	while ((at = memmem(rest.s, rest.n, word, sizeof(word) - 1))) {
		struct sig_str v;
		const char *end, *before = at;

		rest.n -= (size_t)(at + sizeof(word) - 1 - rest.s);
		rest.s = at + sizeof(word) - 1;
		while (before > options.s && sig_is_blank(before[-1]))
			before--;
		v = sig_trim(rest);
		end = v.n ? memchr(v.s, ';', v.n) : NULL;
		/* An option of its own: after a semicolon or at the start, a colon behind it. */
		if ((before > options.s && before[-1] != ';') || !end || !sig_take(&v, ":"))
			continue;
		v = sig_trim((struct sig_str){v.s, (size_t)(end - v.s)});
		if (evaluate(p, v))
			return -1;
	}
	return 0;
}

SIG_KW_FN(requires)
{
	return 0; /* done by sig_requires_prescan() */
}
