/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>

static bool same(const struct ref_opt *o, unsigned char a, unsigned char b)
{
	return o->nocase ? tolower(a) == tolower(b) : a == b;
}

/** Does the content stand at `at`, where its own words allow it, with the cursor at `cursor`? */
static bool stands(const struct ref_opt *o, const unsigned char *d, int len, int at, int cursor)
{
	const int end = at + o->n;

	if (at < 0 || end > len)
		return false;
	for (int i = 0; i < o->n; i++)
		if (!same(o, d[at + i], o->bytes[i]))
			return false;
	if (o->startswith && at != 0)
		return false;
	if (o->endswith && end != len)
		return false;
	if (o->has_offset && at < o->offset)
		return false;
	if (o->has_depth && end > (o->has_offset ? o->offset : 0) + o->depth)
		return false;
	if (o->relative) {
		const int from = cursor + (o->has_distance ? o->distance : 0);

		if (at < from)
			return false;
		if (o->has_within && end > from + o->within)
			return false;
	}
	return true;
}

static bool word(unsigned char c)
{
	return isalnum(c) || c == '_';
}

/** Does the expression match from `at` on, when its bytes begin at `base`? */
static bool expression_stands(const struct ref_opt *o, const unsigned char *d, int len, int base, int at)
{
	const int lit = at + o->skip;

	if (lit + o->n > len)
		return false;
	if (o->before == '^' && at != base && !(o->lines && d[at - 1] == '\n'))
		return false;
	if (o->before == 'b' && (at > base && word(d[at - 1])) == (at < len && word(d[at])))
		return false;
	for (int i = at; i < lit; i++)
		if (!o->any_dot && d[i] == '\n')
			return false;
	for (int i = 0; i < o->n; i++)
		if (!same(o, d[lit + i], o->bytes[i]))
			return false;
	return true;
}

static bool number_at(const struct ref_opt *o, const unsigned char *d, int len, int at,
	unsigned long *v)
{
	*v = 0;
	if (at < 0 || at + o->n > len)
		return false;
	for (int i = 0; i < o->n; i++)
		*v = *v << 8 | d[o->little ? at + o->n - 1 - i : at + i];
	return true;
}

static bool holds(const struct ref_opt *o, const unsigned char *d, int len, int cursor)
{
	const int at = o->at + (o->relative ? cursor : 0);
	unsigned long v;
	bool r;

	switch (o->kind) {
	case REF_ISDATAAT:
		// The position just behind the last byte counts when it is relative.
		r = o->relative ? at <= len : at < len;
		return r != o->negated;
	case REF_DSIZE:
		return o->op == '<' ? len < o->value : o->op == '>' ? len > o->value : len == o->value;
	default: // byte_test
		if ((o->relative && at >= len) || !number_at(o, d, len, at, &v))
			return false;
		r = o->op == '<' ? v < (unsigned long)o->value :
			o->op == '>' ? v > (unsigned long)o->value :
			o->op == '&' ? (v & (unsigned long)o->value) != 0 :
				       v == (unsigned long)o->value;
		return r != o->negated;
	}
}

struct search {
	const struct ref_opt *opt;
	int n;
	const unsigned char *d;
	int len;
	// Per option and cursor: tried before, in vain. Nothing else decides, so once is enough; without
	// it five loose contents over sixty equal bytes take minutes.
	unsigned char vain[REF_OPTS_MAX * (REF_LEN_MAX + 1)];
};

static bool from(struct search *s, int i, int cursor);

static bool content(struct search *s, int i, int cursor)
{
	const struct ref_opt *o = &s->opt[i];

	for (int at = 0; at <= s->len; at++) {
		if (!stands(o, s->d, s->len, at, cursor))
			continue;
		if (o->negated)
			return false;
		if (from(s, i + 1, at + o->n))
			return true;
	}
	return o->negated && from(s, i + 1, cursor);
}

static bool expression(struct search *s, int i, int cursor)
{
	const struct ref_opt *o = &s->opt[i];
	const int base = o->relative ? cursor : 0;

	for (int at = base; at <= s->len; at++) {
		if (!expression_stands(o, s->d, s->len, base, at))
			continue;
		if (o->negated)
			return false;
		if (from(s, i + 1, at + o->skip + o->n))
			return true;
	}
	return o->negated && from(s, i + 1, cursor);
}

static bool jump(struct search *s, int i, int cursor)
{
	const struct ref_opt *o = &s->opt[i];
	const int at = o->at + (o->relative ? cursor : 0);
	unsigned long v;

	if ((o->relative && at >= s->len) || !number_at(o, s->d, s->len, at, &v))
		return false;
	if ((long)v + at + o->n > s->len)
		return false;
	return from(s, i + 1, at + o->n + (int)v);
}

/** Do the options from the i-th on hold with the cursor there (0 to len)? */
static bool from(struct search *s, int i, int cursor)
{
	unsigned char *vain;
	bool found;

	if (i == s->n)
		return true;
	vain = &s->vain[i * (s->len + 1) + cursor];
	if (*vain)
		return false;
	if (s->opt[i].kind == REF_CONTENT)
		found = content(s, i, cursor);
	else if (s->opt[i].kind == REF_PCRE)
		found = expression(s, i, cursor);
	else if (s->opt[i].kind == REF_BYTE_JUMP)
		found = jump(s, i, cursor);
	else
		found = holds(&s->opt[i], s->d, s->len, cursor) && from(s, i + 1, cursor);
	*vain = !found;
	return found;
}

bool ref_match(const struct ref_opt *opt, int n, const unsigned char *data, int len)
{
	struct search s;

	assert(n <= REF_OPTS_MAX && len <= REF_LEN_MAX);
	s.opt = opt;
	s.n = n;
	s.d = data;
	s.len = len;
	memset(s.vain, 0, (size_t)n * (size_t)(len + 1));
	return from(&s, 0, 0);
}
