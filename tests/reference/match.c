/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"
#include <ctype.h>

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

static bool from(const struct ref_opt *o, int n, const unsigned char *d, int len, int cursor)
{
	if (n == 0)
		return true;
	if (o->kind == REF_CONTENT && o->negated) {
		for (int at = 0; at <= len; at++)
			if (stands(o, d, len, at, cursor))
				return false;
		return from(o + 1, n - 1, d, len, cursor);
	}
	if (o->kind == REF_CONTENT) {
		for (int at = 0; at <= len; at++)
			if (stands(o, d, len, at, cursor) && from(o + 1, n - 1, d, len, at + o->n))
				return true;
		return false;
	}
	if (o->kind == REF_BYTE_JUMP) {
		const int at = o->at + (o->relative ? cursor : 0);
		unsigned long v;

		if ((o->relative && at >= len) || !number_at(o, d, len, at, &v))
			return false;
		if ((long)v + at + o->n > len)
			return false;
		return from(o + 1, n - 1, d, len, at + o->n + (int)v);
	}
	return holds(o, d, len, cursor) && from(o + 1, n - 1, d, len, cursor);
}

bool ref_match(const struct ref_opt *opt, int n, const unsigned char *data, int len)
{
	return from(opt, n, data, len, 0);
}
