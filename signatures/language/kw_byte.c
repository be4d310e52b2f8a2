/* SPDX-License-Identifier: Apache-2.0 */
/* byte_test and byte_jump: read a number, compare it or move by it. */
#include "kw_byte.h"

#define MAX_FIELDS 16
#define MAX_BINARY 8

static int read_words(
	struct sig_parser *p, const struct sig_str *f, size_t n, struct sig_byte_words *w)
{
	for (size_t i = 0; i < n; i++) {
		if (sig_byte_word(p, f[i], w))
			return -1;
	}
	return 0;
}

static int read_op(struct sig_parser *p, struct sig_str t, struct sig_byte_test *b)
{
	static const struct sig_word_value ops[] = {{"=", SIG_BT_EQ}, {"==", SIG_BT_EQ},
		{"<", SIG_BT_LT}, {">", SIG_BT_GT}, {"<=", SIG_BT_LE}, {">=", SIG_BT_GE},
		{"&", SIG_BT_AND}, {"^", SIG_BT_XOR}, {NULL, 0}};
	struct sig_str op = t;
	int64_t v = SIG_BT_EQ;

	if (sig_take(&op, "!")) {
		b->flags |= SIG_B_NEGATED;
		op = sig_trim(op);
	}
	if ((op.n || !(b->flags & SIG_B_NEGATED)) && !sig_lookup(ops, op, &v))
		return SIG_FAIL_AT(p, t,
			"write <, >, =, <=, >=, & or ^, with ! before it to negate",
			"this is not an operator of byte_test");
	b->op = (enum sig_test_op)v;
	return 0;
}

static int read_test_value(struct sig_parser *p, struct sig_str t, struct sig_value *v)
{
	uint64_t x;

	v->var = SIG_VAR_NONE;
	if (t.n && t.s[0] != '-' && sig_u64(t, &x)) {
		v->num = (int64_t)x;
		return 0;
	}
	return sig_value_parse(p, t, INT64_MIN, INT64_MAX, "the value to compare with", v);
}

SIG_KW_FN(byte_test)
{
	struct sig_str f[MAX_FIELDS];
	size_t n = sig_split(arg->t, ',', f, MAX_FIELDS);
	struct sig_byte_test b = {0};
	struct sig_byte_words w = {.multiplier = 1};
	struct sig_opt *o;

	if (n < 4 || n > MAX_FIELDS)
		return SIG_FAIL_AT(p, arg->t,
			"write byte_test:bytes,operator,value,offset[,relative][,...]",
			"byte_test needs at least four arguments");
	if (sig_value_parse(p, f[0], 0, 23, "the number of bytes", &b.nbytes) ||
		read_op(p, f[1], &b) || read_test_value(p, f[2], &b.value) ||
		sig_value_parse(p, f[3], INT32_MIN, INT32_MAX, "the offset", &b.offset) ||
		read_words(p, f + 4, n - 4, &w) ||
		sig_byte_words_check(p, &w, &b.nbytes, MAX_BINARY))
		return -1;
	b.flags |= w.flags;
	b.base = w.base;
	b.bitmask = w.bitmask;
	o = sig_opt_add_here(p, SIG_OPT_BYTE_TEST);
	if (o)
		o->u.byte_test = b;
	return o ? 0 : -1;
}

SIG_KW_FN(byte_jump)
{
	struct sig_str f[MAX_FIELDS];
	size_t n = sig_split(arg->t, ',', f, MAX_FIELDS);
	struct sig_byte_jump b = {0};
	struct sig_byte_words w = {.multiplier = 1,
		.allowed = SIG_BW_ALIGN | SIG_BW_MULTIPLIER | SIG_BW_FROM,
		.post_offset.var = SIG_VAR_NONE};
	struct sig_opt *o;

	if (n < 2 || n > MAX_FIELDS)
		return SIG_FAIL_AT(p, arg->t, "write byte_jump:bytes,offset[,relative][,...]",
			"byte_jump needs at least two arguments");
	if (sig_value_parse(p, f[0], 0, 23, "the number of bytes", &b.nbytes) ||
		sig_value_parse(p, f[1], -UINT16_MAX, UINT16_MAX, "the offset", &b.offset) ||
		read_words(p, f + 2, n - 2, &w) ||
		sig_byte_words_check(p, &w, &b.nbytes, MAX_BINARY))
		return -1;
	b.flags = w.flags;
	b.base = w.base;
	b.multiplier = w.multiplier;
	b.post_offset = w.post_offset;
	b.bitmask = w.bitmask;
	o = sig_opt_add_here(p, SIG_OPT_BYTE_JUMP);
	if (o)
		o->u.byte_jump = b;
	return o ? 0 : -1;
}
