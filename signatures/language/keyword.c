/* SPDX-License-Identifier: Apache-2.0 */
/* The keyword table. Its rows are in keywords_core.inc and keywords_app.inc. */
#include "kw.h"

#include <string.h>

#define E 'E'
#define I 'I'
#define N 'N'
#define NOVALUE SIG_KWF_NOVALUE
#define OPTVALUE SIG_KWF_OPTVALUE
#define QUOTED SIG_KWF_QUOTED
#define QUOTABLE SIG_KWF_QUOTABLE
#define NEGATABLE SIG_KWF_NEGATABLE
#define ONCE SIG_KWF_ONCE
#define PACKET SIG_KWF_PACKET
#define STICKY SIG_KWF_STICKY

#define KW(name, aliases, mark, flags, fn, id, section, doc)                                       \
	{name, aliases, mark, SIG_KW_SUPPORTED, flags, sig_kw_##fn, (int32_t)(id), section, doc},
#define REFUSED(name, aliases, mark, section, doc)                                                 \
	{name, aliases, mark, SIG_KW_REFUSED, OPTVALUE, NULL, 0, section, doc},

const struct sig_keyword sig_keyword_table[] = {
// What any rule uses first, then protocol by protocol.
#include "keywords_core.inc"

#include "keywords_app.inc"
};
const size_t sig_keyword_count = sizeof(sig_keyword_table) / sizeof(sig_keyword_table[0]);

static bool has_alias(const struct sig_keyword *kw, struct sig_str name)
{
	struct sig_str rest, word;

	if (!kw->aliases)
		return false;
	rest = (struct sig_str){kw->aliases, strlen(kw->aliases)};
	while (sig_word(&rest, &word)) {
		if (word.n == name.n && memcmp(word.s, name.s, name.n) == 0)
			return true;
	}
	return false;
}

const struct sig_keyword *sig_keyword_find(const char *name, size_t len)
{
	struct sig_str t = {name, len};

	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];

		if (sig_is(t, kw->name) || has_alias(kw, t))
			return kw;
	}
	return NULL;
}

/* Levenshtein distance, given up beyond limit; the longest keyword is 32 bytes. */
#define MAX_WORD 48
static size_t distance(const char *a, size_t an, const char *b, size_t bn, size_t limit)
{
	size_t row[MAX_WORD + 1];

	if (bn > MAX_WORD || (an > bn ? an - bn : bn - an) > limit)
		return limit + 1;
	for (size_t j = 0; j <= bn; j++)
		row[j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			size_t up = row[j],
			       cost = diagonal + (sig_lower(a[i - 1]) != sig_lower(b[j - 1]));

			diagonal = up;
			if (up + 1 < cost)
				cost = up + 1;
			row[j] = row[j - 1] + 1 < cost ? row[j - 1] + 1 : cost;
		}
	}
	return row[bn];
}

const struct sig_keyword *sig_keyword_guess(const char *name, size_t len)
{
	const struct sig_keyword *best = NULL;
	size_t limit = len < 5 ? 1 : len < 9 ? 2 : 3, best_d = limit + 1;

	if (len > MAX_WORD)
		return NULL;
	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];
		size_t d = distance(name, len, kw->name, strlen(kw->name), limit);

		if (d < best_d) {
			best = kw;
			best_d = d;
		}
	}
	return best;
}

void sig_keywords_intern(struct sig_intern *t)
{
	for (uintptr_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];
		struct sig_str rest, word;

		*sig_intern_at(t, kw->name, strlen(kw->name)) = (void *)(i + 1);
		if (!kw->aliases)
			continue;
		rest = (struct sig_str){kw->aliases, strlen(kw->aliases)};
		while (sig_word(&rest, &word))
			*sig_intern_at(t, word.s, word.n) = (void *)(i + 1);
	}
}
