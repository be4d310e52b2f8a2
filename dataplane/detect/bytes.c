/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers read out of a buffer: byte_test, byte_jump, byte_extract, byte_math, entropy, base64. */
#include "inner.h"
#include <dp/base64.h>
#include <math.h>
#include <string.h>

int64_t dp_num(const struct insp *x, const struct sig_img_op *o, unsigned i)
{
	return o->var[i] == SIG_VAR_NONE ? o->num[i] : x->e->vars[o->var[i]];
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

#define TEXT_MAX 23 /* bytes of a number in text */

/** As strtoull over at most n bytes: blanks, sign, prefix, digits up to the first foreign byte. That
 *  one counts among those looked at. */
static bool read_text(const uint8_t *p, uint32_t n, unsigned base, uint64_t *out, uint32_t *looked)
{
	uint32_t i = 0, first;
	bool minus = false;
	uint64_t v = 0;

	while (i < n && (p[i] == ' ' || (p[i] >= 9 && p[i] <= 13)))
		i++;
	if (i < n && (p[i] == '+' || p[i] == '-'))
		minus = p[i++] == '-';
	if ((base == 16 || base == 0) && i + 2 < n && p[i] == '0' && (p[i + 1] | 0x20) == 'x' &&
		digit(p[i + 2]) < 16) {
		i += 2;
		base = 16;
	} else if (base == 0) {
		base = i < n && p[i] == '0' ? 8 : 10;
	}
	for (first = i; i < n && (unsigned)digit(p[i]) < base; i++) {
		if (v > (UINT64_MAX - (unsigned)digit(p[i])) / base)
			return false;
		v = v * base + (unsigned)digit(p[i]);
	}
	*out = minus ? 0 - v : v;
	*looked = i < n ? i + 1 : i;
	return i > first;
}

/** n 0: the digits that are there. */
static bool read_string(struct insp *x, const struct sig_img_op *o, int64_t at, int64_t n,
	uint64_t *out)
{
	const int64_t left = (int64_t)x->len - at, most = left < TEXT_MAX ? left : TEXT_MAX;
	uint32_t looked;

	if (n > TEXT_MAX || !read_text(x->buf + at, (uint32_t)(n ? n : most), o->aux, out, &looked))
		return false;
	if (n == 0)
		dp_looked(x, at + looked);
	return true;
}

static bool little_endian(const struct insp *x, const struct sig_img_op *o)
{
	struct eval *e = x->e;

	if (!(o->flags & SIG_B_DCE))
		return o->flags & SIG_B_LITTLE;
	// The header's data representation decides; parsers tell by dcerpc's own number when they can.
	if (e->a && e->a->desc && e->tx && e->a->desc->test) {
		int r = e->a->desc->test(&e->ax, e->tx, SIG_OPT_BYTE_TEST, e->dir, NULL, 0);

		if (r >= 0)
			return r == 1;
	}
	return true;
}

// The number at p; what byte order or base the option says.
static bool read_number(struct insp *x, const struct sig_img_op *o, int64_t at, int64_t n,
	uint64_t *out)
{
	const uint8_t *p;
	uint64_t v = 0;

	if (at < 0 || n < 0 || at > (int64_t)x->len || n > (int64_t)x->len - at)
		return false;
	dp_looked(x, at + n);
	if (o->flags & SIG_B_STRING)
		return read_string(x, o, at, n, out);
	if (n > 8)
		return false;
	p = x->buf + at;
	if (little_endian(x, o)) {
		for (int64_t i = n; i-- > 0;)
			v = v << 8 | p[i];
	} else {
		for (int64_t i = 0; i < n; i++)
			v = v << 8 | p[i];
	}
	*out = v;
	return true;
}

static uint64_t masked(const struct sig_img_op *o, uint64_t v)
{
	if (!(o->flags & SIG_B_BITMASK) || o->x == 0)
		return v;
	return (v & o->x) >> __builtin_ctzll(o->x);
}

// Where the number stands. A relative test without a byte behind the cursor has no place.
static bool place(const struct insp *x, const struct sig_img_op *o, int64_t *at)
{
	*at = dp_num(x, o, 1);
	if (o->flags & SIG_B_RELATIVE) {
		*at += x->pos;
		return *at < (int64_t)x->len && *at >= 0;
	}
	if (o->flags & SIG_B_END)
		*at += x->len;
	return true;
}

bool dp_byte_test(struct insp *x, const struct sig_img_op *o)
{
	const uint64_t want = (uint64_t)dp_num(x, o, 2);
	int64_t at;
	uint64_t v;
	bool hit;

	if (!place(x, o, &at) || !read_number(x, o, at, dp_num(x, o, 0), &v))
		return false;
	v = masked(o, v);
	switch (o->sub) {
	case SIG_BT_EQ:
		hit = v == want;
		break;
	case SIG_BT_LT:
		hit = v < want;
		break;
	case SIG_BT_GT:
		hit = v > want;
		break;
	case SIG_BT_LE:
		hit = v <= want;
		break;
	case SIG_BT_GE:
		hit = v >= want;
		break;
	case SIG_BT_AND:
		hit = (v & want) != 0;
		break;
	default:
		hit = (v ^ want) != 0;
		break;
	}
	return hit != ((o->flags & SIG_B_NEGATED) != 0);
}

// Without a number to read the cursor may stand behind the last byte.
static bool place_to_jump(const struct insp *x, const struct sig_img_op *o, int64_t *at)
{
	*at = dp_num(x, o, 1) + (o->flags & SIG_B_RELATIVE ? x->pos : 0);
	return *at >= 0 && *at <= (int64_t)x->len;
}

bool dp_byte_jump(struct insp *x, const struct sig_img_op *o)
{
	const int64_t n = dp_num(x, o, 0);
	int64_t at, to;
	uint64_t v = 0;

	if (n > 0 ? !place(x, o, &at) || !read_number(x, o, at, n, &v) : !place_to_jump(x, o, &at))
		return false;
	v = masked(o, v);
	v *= o->len ? o->len : 1;
	if ((o->flags & SIG_B_ALIGN) && v % 4)
		v += 4 - v % 4;
	if (v > INT32_MAX)
		return false;
	to = (int64_t)v + dp_num(x, o, 2);
	if (o->flags & SIG_B_FROM_END)
		to += x->len;
	else if (!(o->flags & SIG_B_FROM_BEGINNING))
		to += at + n;
	if (to < 0)
		to = 0;
	if (to > (int64_t)x->len)
		return false;
	dp_looked(x, to);
	x->pos = (uint32_t)to;
	return true;
}

bool dp_byte_extract(struct insp *x, const struct sig_img_op *o)
{
	const int64_t n = dp_num(x, o, 0);
	int64_t at;
	uint64_t v;

	if (!place(x, o, &at) || !read_number(x, o, at, n, &v))
		return false;
	v = masked(o, v);
	if (o->num[2] > 1)
		v *= (uint64_t)o->num[2];
	if (o->num[3] && v % (uint64_t)o->num[3])
		v += (uint64_t)o->num[3] - v % (uint64_t)o->num[3];
	x->pos = (uint32_t)(at + n);
	x->e->vars[o->out] = (int64_t)v;
	return true;
}

bool dp_byte_math(struct insp *x, const struct sig_img_op *o)
{
	const uint64_t r = (uint64_t)dp_num(x, o, 2);
	const int64_t n = dp_num(x, o, 0);
	int64_t at;
	uint64_t v;

	if (!place(x, o, &at) || !read_number(x, o, at, n, &v))
		return false;
	switch (o->sub) {
	case SIG_MATH_ADD:
		v += r;
		break;
	case SIG_MATH_SUB:
		v -= r;
		break;
	case SIG_MATH_MUL:
		v *= r;
		break;
	case SIG_MATH_DIV:
		if (r == 0)
			return false;
		v /= r;
		break;
	case SIG_MATH_SHL:
		v = r < 64 ? v << r : 0;
		break;
	default:
		v = r < 64 ? v >> r : 0;
		break;
	}
	v = masked(o, v);
	x->pos = (uint32_t)(at + n);
	x->e->vars[o->out] = (int64_t)v;
	return true;
}

bool dp_entropy(struct insp *x, const struct sig_img_op *o)
{
	uint32_t count[256] = {0};
	int64_t from = dp_num(x, o, 0);
	double h = 0, a, b;
	uint32_t n;

	if (from < 0 || from >= (int64_t)x->len)
		return false;
	n = x->len - (uint32_t)from;
	if (o->num[1] > 0) {
		if (o->num[1] > (int64_t)n)
			return false;
		n = (uint32_t)o->num[1];
	}
	for (uint32_t i = 0; i < n; i++)
		count[x->buf[from + i]]++;
	for (unsigned c = 0; c < 256; c++)
		if (count[c]) {
			const double q = (double)count[c] / n;

			h -= q * log2(q);
		}
	if (o->ref)
		dp_entropy_note(x->e, o->ref - 1, h);
	memcpy(&a, &o->x, sizeof(a));
	memcpy(&b, &o->num[2], sizeof(b));
	switch (o->sub) {
	case SIG_OP_EQ:
		return fabs(h - a) < 1e-9;
	case SIG_OP_NE:
		return fabs(h - a) >= 1e-9;
	case SIG_OP_LT:
		return h < a;
	case SIG_OP_LE:
		return h <= a;
	case SIG_OP_GT:
		return h > a;
	case SIG_OP_GE:
		return h >= a;
	case SIG_OP_RANGE:
		return h > a && h < b;
	default:
		return h <= a || h >= b;
	}
}

uint32_t dp_base64(const uint8_t *in, uint32_t n, uint8_t *out, uint32_t cap, unsigned mode)
{
	uint32_t acc = 0, got = 0, digits = 0;

	for (uint32_t i = 0; i < n; i++) {
		const int v = dp_base64_digit(in[i]);

		if (v < 0) {
			if (in[i] == '=')
				break;
			if (mode == SIG_B64_STRICT)
				return 0;
			// RFC 2045: foreign bytes are skipped; RFC 4648: they end it, blanks excepted
			if (mode == SIG_B64_RFC2045 || in[i] == ' ')
				continue;
			break;
		}
		acc = acc << 6 | (uint32_t)v;
		digits++;
		if (digits % 4 == 0) {
			for (unsigned k = 0; k < 3 && got < cap; k++)
				out[got++] = (uint8_t)(acc >> (16 - 8 * k));
			acc = 0;
		}
	}
	if (digits % 4 == 1 && mode == SIG_B64_STRICT)
		return 0;
	if (digits % 4 >= 2) {
		acc <<= 6 * (4 - digits % 4);
		for (unsigned k = 0; k < digits % 4 - 1 && got < cap; k++)
			out[got++] = (uint8_t)(acc >> (16 - 8 * k));
	}
	return got;
}
