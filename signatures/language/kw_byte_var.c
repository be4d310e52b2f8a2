/* SPDX-License-Identifier: Apache-2.0 */
/* byte_extract and byte_math: read a number and keep it under a name. */
#include "kw_byte.h"

#include <string.h>

#define MAX_FIELDS 16
#define MAX_BINARY 8

SIG_KW_FN(byte_extract)
{
	struct sig_str f[MAX_FIELDS];
	size_t n = sig_split(arg->t, ',', f, MAX_FIELDS);
	struct sig_byte_extract b = {0};
	struct sig_byte_words w = {.multiplier = 1, .allowed = SIG_BW_ALIGN_N | SIG_BW_MULTIPLIER};
	struct sig_opt *o;

	if (n < 3 || n > MAX_FIELDS)
		return SIG_FAIL_AT(p, arg->t,
			"write byte_extract:bytes,offset,name[,relative][,...]",
			"byte_extract needs at least three arguments");
	if (sig_value_parse(p, f[0], 0, 23, "the number of bytes", &b.nbytes) ||
		sig_value_parse(p, f[1], -UINT16_MAX, UINT16_MAX, "the offset", &b.offset))
		return -1;
	for (size_t i = 3; i < n; i++) {
		if (sig_byte_word(p, f[i], &w))
			return -1;
	}
	if (sig_byte_words_check(p, &w, &b.nbytes, MAX_BINARY))
		return -1;
	if (w.align && (w.flags & SIG_B_STRING))
		return sig_fail(p, NULL, 0, "remove align", "align does not go with string");
	o = sig_opt_add_here(p, SIG_OPT_BYTE_EXTRACT);
	if (!o)
		return -1;
	b.flags = w.flags;
	b.base = w.base;
	b.multiplier = w.multiplier;
	b.align = w.align;
	b.bitmask = w.bitmask;
	b.var = sig_var_make(p, f[2]);
	o->u.byte_extract = b;
	return b.var == SIG_VAR_NONE ? -1 : 0;
}

/* Arguments of byte_math that come as "name value". */
struct math_args {
	struct sig_byte_math b;
	struct sig_str result;
	unsigned seen; /* 1 bytes, 2 offset, 4 oper, 8 rvalue, 16 result */
};

static int math_oper(struct sig_parser *p, struct sig_str v, struct sig_byte_math *b)
{
	static const struct sig_word_value ops[] = {{"+", SIG_MATH_ADD}, {"-", SIG_MATH_SUB},
		{"*", SIG_MATH_MUL}, {"/", SIG_MATH_DIV}, {"<<", SIG_MATH_SHL},
		{">>", SIG_MATH_SHR}, {NULL, 0}};
	int64_t op;

	if (!sig_lookup(ops, v, &op))
		return SIG_FAIL_AT(
			p, v, "write +, -, *, /, << or >>", "this is not an operator of byte_math");
	b->op = (enum sig_math_op)op;
	return 0;
}

/* 1: not one of these words. */
static int math_arg(struct sig_parser *p, struct sig_str t, struct math_args *m)
{
	static const char *const names[] = {"bytes", "offset", "oper", "rvalue", "result"};
	struct sig_str word, v = t;
	size_t i;

	if (!sig_word(&v, &word))
		return sig_fail(p, NULL, 0, "remove the extra comma", "an argument is empty");
	for (i = 0; i < 5 && !sig_is(word, names[i]); i++)
		;
	if (i == 5)
		return 1;
	if (m->seen & 1u << i)
		return SIG_FAIL_AT(p, word, "keep one of them", "this argument is given twice");
	m->seen |= 1u << i;
	switch (i) {
	case 0:
		return sig_value_parse(p, v, 1, 10, "the number of bytes", &m->b.nbytes);
	case 1:
		return sig_value_parse(p, v, -UINT16_MAX, UINT16_MAX, "the offset", &m->b.offset);
	case 2:
		return math_oper(p, v, &m->b);
	case 3:
		return sig_value_parse(p, v, 0, UINT32_MAX, "rvalue", &m->b.rvalue);
	default:
		m->result = v;
		return 0;
	}
}

static int math_constant(struct sig_parser *p, const struct sig_byte_math *b)
{
	bool shift = b->op == SIG_MATH_SHL || b->op == SIG_MATH_SHR;

	if (b->op == SIG_MATH_DIV && b->rvalue.var == SIG_VAR_NONE && b->rvalue.num == 0)
		return sig_fail(p, NULL, 0, "divide by something else", "division by zero");
	if (shift && b->rvalue.var == SIG_VAR_NONE && b->rvalue.num > 63)
		return sig_fail(p, NULL, 0, "shift by less than 64 bits", "the shift is too wide");
	return 0;
}

SIG_KW_FN(byte_math)
{
	struct math_args m = {0};
	struct sig_byte_words w = {.multiplier = 1};
	struct sig_str rest = arg->t, f;
	struct sig_opt *o;

	while (sig_next(&rest, ',', &f)) {
		int rc = math_arg(p, f, &m);

		if (rc < 0 || (rc && sig_byte_word(p, f, &w)))
			return -1;
	}
	if (m.seen != 31)
		return SIG_FAIL_AT(p, arg->t,
			"write byte_math:bytes N, offset N, oper +, rvalue N, result name[, ...]",
			"bytes, offset, oper, rvalue and result are all needed");
	if (sig_byte_words_check(p, &w, &m.b.nbytes, 4) || math_constant(p, &m.b))
		return -1;
	o = sig_opt_add_here(p, SIG_OPT_BYTE_MATH);
	if (!o)
		return -1;
	m.b.flags = w.flags;
	m.b.base = w.base;
	m.b.bitmask = w.bitmask;
	m.b.var = sig_var_make(p, m.result);
	o->u.byte_math = m.b;
	return m.b.var == SIG_VAR_NONE ? -1 : 0;
}
