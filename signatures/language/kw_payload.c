/* SPDX-License-Identifier: Apache-2.0 */
/* Other tests of a buffer: isdataat, bsize, absent, entropy; and rpc. */
#include "kw.h"

#include <stdlib.h>
#include <string.h>

SIG_KW_FN(isdataat)
{
	struct sig_isdataat d = {0};
	struct sig_str rest = arg->t, f;
	bool first = true;
	struct sig_opt *o;

	while (sig_next(&rest, ',', &f)) {
		if (first) {
			if (sig_take(&f, "!")) {
				d.flags |= SIG_B_NEGATED;
				f = sig_trim(f);
			}
			if (sig_value_parse(p, f, 0, UINT16_MAX, "the position", &d.at))
				return -1;
		} else if (sig_is(f, "relative")) {
			d.flags |= SIG_B_RELATIVE;
		} else if (sig_is(f, "rawbytes")) {
			d.rawbytes = true;
		} else {
			return SIG_FAIL_AT(p, f, "write relative or rawbytes",
				"isdataat does not know this argument");
		}
		first = false;
	}
	o = sig_opt_add_here(p, SIG_OPT_ISDATAAT);
	if (o)
		o->u.isdataat = d;
	return o ? 0 : -1;
}

SIG_KW_FN(bsize)
{
	struct sig_cmp cmp;
	struct sig_opt *o;

	if (sig_cmp_parse(p, arg->t, UINT64_MAX, NULL, &cmp))
		return -1;
	if (!p->sticky)
		return sig_fail(p, NULL, 0,
			"write it after a sticky buffer; for the payload use dsize",
			"bsize needs a sticky buffer before it");
	o = sig_opt_add_here(p, SIG_OPT_BSIZE);
	if (o)
		o->u.cmp = cmp;
	return o ? 0 : -1;
}

SIG_KW_FN(absent)
{
	struct sig_opt *o;
	bool or_else = false;

	if (arg->t.n) {
		if (!sig_is(arg->t, "or_else"))
			return SIG_FAIL_AT(p, arg->t, "write absent or absent:or_else",
				"absent does not know this argument");
		or_else = true;
	}
	if (!p->sticky)
		return sig_fail(p, NULL, 0, "write it after a sticky buffer",
			"absent needs a sticky buffer");
	if (p->list[p->cur].opts_n)
		return sig_fail(p, NULL, 0, "write it right after the buffer",
			"absent must come first in its buffer");
	o = sig_opt_add_here(p, SIG_OPT_ABSENT);
	if (o)
		o->u.absent.or_else = or_else;
	return o ? 0 : -1;
}

/* [<>=!]number, or a range; numbers may have a fraction. */
static int entropy_value(struct sig_parser *p, struct sig_str t, struct sig_entropy *e)
{
	static const struct sig_word_value ops[] = {{"<=", SIG_OP_LE}, {">=", SIG_OP_GE},
		{"!=", SIG_OP_NE}, {"<", SIG_OP_LT}, {">", SIG_OP_GT}, {"=", SIG_OP_EQ},
		{"!", SIG_OP_NE}, {NULL, 0}};
	char buf[64], *end;

	e->op = SIG_OP_EQ;
	for (const struct sig_word_value *w = ops; w->word; w++) {
		if (sig_take(&t, w->word)) {
			e->op = (enum sig_op)w->value;
			break;
		}
	}
	t = sig_trim(t);
	if (t.n >= sizeof(buf))
		return SIG_FAIL_AT(p, t, "write a number from 0 to 8", "this is not an entropy");
	memcpy(buf, t.s, t.n);
	buf[t.n] = '\0';
	e->a = strtod(buf, &end);
	if (end != buf && (strncmp(end, "<>", 2) == 0 || *end == '-')) {
		e->b = strtod(end + (*end == '-' ? 1 : 2), &end);
		e->op = e->op == SIG_OP_NE ? SIG_OP_NRANGE : SIG_OP_RANGE;
	}
	/* The comparisons are written so that a NaN fails them. */
	if (end == buf || *end || !(e->a >= 0 && e->a <= 8) || !(e->b >= 0 && e->b <= 8))
		return SIG_FAIL_AT(p, t, "write a number from 0 to 8", "this is not an entropy");
	return 0;
}

static int entropy_arg(struct sig_parser *p, struct sig_str f, struct sig_entropy *e, bool *value)
{
	struct sig_str word, v = f;

	if (!sig_word(&v, &word))
		return sig_fail(p, NULL, 0, "remove the extra comma", "an argument is empty");
	if (sig_is(word, "bytes")) {
		if (!sig_u32(v, UINT16_MAX, &e->bytes))
			return SIG_FAIL_AT(p, v, "write a number", "this is not a number of bytes");
	} else if (sig_is(word, "offset")) {
		return sig_value_parse(p, v, 0, UINT16_MAX, "the offset", &e->offset);
	} else if (sig_is(word, "value")) {
		*value = true;
		return entropy_value(p, v, e);
	} else {
		return SIG_FAIL_AT(p, f, "write entropy: value > 7, bytes N, offset N",
			"entropy does not know this argument");
	}
	return 0;
}

SIG_KW_FN(entropy)
{
	struct sig_entropy e = {.offset.var = SIG_VAR_NONE};
	struct sig_str rest = arg->t, f;
	bool value = false;
	struct sig_opt *o;

	while (sig_next(&rest, ',', &f)) {
		if (entropy_arg(p, f, &e, &value))
			return -1;
	}
	if (!value)
		return SIG_FAIL_AT(p, arg->t, "add value, as in entropy: value > 7",
			"entropy needs a value to compare with");
	if (p->sticky)
		e.shown = (uint32_t)p->list[p->cur].buffer + 1;
	o = sig_opt_add_here(p, SIG_OPT_ENTROPY);
	if (o)
		o->u.entropy = e;
	return o ? 0 : -1;
}

/* rpc:program[,version|*][,procedure|*] */
SIG_KW_FN(rpc)
{
	struct sig_str f[3];
	size_t n = sig_split(arg->t, ',', f, 3);
	struct sig_rpc r = {.version_any = true, .procedure_any = true};
	struct sig_opt *o;

	if (n > 3 || !sig_u32(f[0], UINT32_MAX, &r.program))
		return SIG_FAIL_AT(p, arg->t,
			"write rpc:program,version,procedure; * stands for any",
			"this is not an RPC call");
	if (n > 1 && !sig_is(f[1], "*")) {
		r.version_any = false;
		if (!sig_u32(f[1], UINT32_MAX, &r.version))
			return SIG_FAIL_AT(p, f[1], "write a number or *", "this is not a version");
	}
	if (n > 2 && !sig_is(f[2], "*")) {
		r.procedure_any = false;
		if (!sig_u32(f[2], UINT32_MAX, &r.procedure))
			return SIG_FAIL_AT(
				p, f[2], "write a number or *", "this is not a procedure");
	}
	o = sig_opt_add(p, SIG_OPT_RPC);
	if (o)
		o->u.rpc = r;
	return o ? 0 : -1;
}
