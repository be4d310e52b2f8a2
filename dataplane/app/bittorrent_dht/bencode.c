/* SPDX-License-Identifier: Apache-2.0 */
#include "bencode.h"
#include <string.h>

static bool digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

/** Digits without needless zeros, then `end`. */
static bool number(struct dp_cur *c, uint8_t end, int64_t *out)
{
	bool minus = false, zero;
	uint64_t v = 0;
	unsigned n = 0;
	uint8_t b = dp_cur_u8(c);

	if (b == '-' && end == 'e') {
		minus = true;
		b = dp_cur_u8(c);
	}
	zero = b == '0';
	for (; !c->bad && digit(b) && n < 18; n++, b = dp_cur_u8(c))
		v = v * 10 + (b - '0');
	if (n == 0 || b != end || (zero && (n > 1 || minus)))
		c->bad = true;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return !c->bad;
}

static bool string(struct dp_cur *c, struct dp_span *s)
{
	int64_t n;

	if (!number(c, ':', &n) || n > dp_cur_left(c)) {
		c->bad = true;
		return false;
	}
	s->n = (uint32_t)n;
	s->p = dp_cur_bytes(c, s->n);
	return true;
}

/** Pass over everything up to the end of the list or dictionary that has just begun. */
static bool skip_open(struct dp_cur *c)
{
	unsigned depth = 1;
	struct dp_span s;
	int64_t v;

	while (depth && !c->bad) {
		uint8_t b = dp_cur_left(c) ? c->p[c->off] : 0;

		if (digit(b)) {
			string(c, &s);
			continue;
		}
		dp_cur_skip(c, 1);
		if (b == 'e')
			depth--;
		else if (b == 'i')
			number(c, 'e', &v);
		else if ((b == 'l' || b == 'd') && depth < BENCODE_DEPTH)
			depth++;
		else
			c->bad = true;
	}
	return !c->bad;
}

bool dp_ben_next(struct dp_cur *c, struct dp_ben *o)
{
	uint8_t b;

	*o = (struct dp_ben){0};
	if (c->bad || dp_cur_left(c) == 0)
		return false;
	b = c->p[c->off];
	if (digit(b)) {
		o->kind = DP_BEN_BYTES;
		return string(c, &o->body);
	}
	dp_cur_skip(c, 1);
	if (b == 'i') {
		o->kind = DP_BEN_INT;
		return number(c, 'e', &o->number);
	}
	if (b != 'l' && b != 'd') {
		c->bad = true;
		return false;
	}
	o->kind = b == 'l' ? DP_BEN_LIST : DP_BEN_DICT;
	o->body.p = c->p + c->off;
	if (!skip_open(c))
		return false;
	o->body.n = (uint32_t)(c->p + c->off - 1 - o->body.p);
	return true;
}

bool dp_ben_pair(struct dp_cur *c, struct dp_span *key, struct dp_ben *value)
{
	struct dp_span before = *key;
	struct dp_ben k;
	uint32_t n;

	if (!dp_ben_next(c, &k))
		return false;
	n = before.n < k.body.n ? before.n : k.body.n;
	if (k.kind != DP_BEN_BYTES || (before.p && (memcmp(before.p, k.body.p, n) > 0 ||
			(memcmp(before.p, k.body.p, n) == 0 && before.n >= k.body.n)))) {
		c->bad = true;
		return false;
	}
	*key = k.body;
	if (!dp_ben_next(c, value))
		c->bad = true;
	return !c->bad;
}
