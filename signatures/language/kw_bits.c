/* SPDX-License-Identifier: Apache-2.0 */
/* State that rules set and test: flowbits, flowint, flowvar, xbits, hostbits. */
#include "kw.h"

#include <string.h>

static const struct sig_word_value commands[] = {
	{"set", SIG_BIT_SET},
	{"unset", SIG_BIT_UNSET},
	{"toggle", SIG_BIT_TOGGLE},
	{"isset", SIG_BIT_ISSET},
	{"isnotset", SIG_BIT_ISNOTSET},
	{NULL, 0},
};

static int command(struct sig_parser *p, struct sig_str t, enum sig_bit_cmd *cmd)
{
	int64_t v;

	if (!sig_lookup(commands, t, &v))
		return SIG_FAIL_AT(
			p, t, "write set, unset, isset, isnotset or noalert", "unknown command");
	*cmd = (enum sig_bit_cmd)v;
	if (*cmd <= SIG_BIT_TOGGLE)
		p->rule->flags |= SIG_R_SETS_STATE;
	return 0;
}

static int check_name(struct sig_parser *p, struct sig_str t)
{
	if (!t.n)
		return sig_fail(p, NULL, 0, "name it after the comma", "the name is missing");
	for (size_t i = 0; i < t.n; i++) {
		if (sig_is_blank(t.s[i]))
			return SIG_FAIL_AT(p, t, "use _ or . in place of the blank",
				"a name cannot contain a blank");
	}
	return 0;
}

static int names(struct sig_parser *p, struct sig_str t, struct sig_bits_named *b)
{
	const char *name[64];
	struct sig_str one;

	while (sig_next(&t, '|', &one)) {
		if (b->n == 64)
			return SIG_FAIL_AT(p, one, "use fewer", "more than 64 names");
		if (check_name(p, one))
			return -1;
		name[b->n++] = sig_intern_text(p, one);
	}
	b->name = sig_arena_dup(p->arena, name, b->n * sizeof(name[0]));
	if (b->n > 1 && b->cmd < SIG_BIT_ISSET)
		return sig_fail(p, NULL, 0, "write one flowbits option per name",
			"a|b is for isset and isnotset only");
	return 0;
}

static bool is_noalert(struct sig_parser *p, const struct sig_arg *arg)
{
	if (!sig_is(arg->t, "noalert"))
		return false;
	p->rule->flags |= SIG_R_NOALERT;
	return true;
}

SIG_KW_FN(flowbits)
{
	struct sig_bits_named b = {0};
	struct sig_str rest = arg->t, cmd;
	struct sig_opt *o;

	if (is_noalert(p, arg))
		return 0;
	sig_next(&rest, ',', &cmd);
	if (sig_is(cmd, "noalert"))
		return SIG_FAIL_AT(p, arg->t, "write flowbits:noalert", "noalert takes no name");
	if (command(p, cmd, &b.cmd))
		return -1;
	if (!rest.s)
		return SIG_FAIL_AT(p, arg->t, "write flowbits:set,name", "the name is missing");
	if (names(p, sig_trim(rest), &b))
		return -1;
	o = sig_opt_add(p, SIG_OPT_FLOWBITS);
	if (o)
		o->u.bits_named = b;
	return o ? 0 : -1;
}

static int flowint_value(struct sig_parser *p, struct sig_str t, struct sig_flowint *x)
{
	static const struct sig_word_value ops[] = {{"=", SIG_FI_ASSIGN}, {"+", SIG_FI_ADD},
		{"-", SIG_FI_SUB}, {"==", SIG_FI_EQ}, {"!=", SIG_FI_NE}, {"<", SIG_FI_LT},
		{"<=", SIG_FI_LE}, {">", SIG_FI_GT}, {">=", SIG_FI_GE}, {NULL, 0}};
	struct sig_str f[2];
	int64_t op;

	if (sig_split(t, ',', f, 2) != 2 || !sig_lookup(ops, f[0], &op))
		return SIG_FAIL_AT(p, t,
			"write flowint:name,+,1 or flowint:name,>,5 or flowint:name,isset",
			"this is not an operation of flowint");
	x->op = (enum sig_flowint_op)op;
	if (x->op <= SIG_FI_SUB)
		p->rule->flags |= SIG_R_SETS_STATE;
	if (sig_u32(f[1], UINT32_MAX, &x->value))
		return 0;
	if (!f[1].n || sig_is_digit(f[1].s[0]) || f[1].s[0] == '-')
		return SIG_FAIL_AT(p, f[1],
			"write a number up to 4294967295 or another flowint's name",
			"this is not a value");
	x->other = sig_intern_text(p, f[1]);
	return 0;
}

SIG_KW_FN(flowint)
{
	struct sig_flowint x = {0};
	struct sig_str rest = arg->t, name;
	struct sig_opt *o;

	sig_next(&rest, ',', &name);
	if (check_name(p, name))
		return -1;
	if (!rest.s)
		return SIG_FAIL_AT(p, arg->t, "write flowint:name,operation[,value]",
			"the operation is missing");
	rest = sig_trim(rest);
	x.name = sig_intern_text(p, name);
	if (sig_is(rest, "isset"))
		x.op = SIG_FI_ISSET;
	else if (sig_is(rest, "notset") || sig_is(rest, "isnotset"))
		x.op = SIG_FI_ISNOTSET;
	else if (flowint_value(p, rest, &x))
		return -1;
	o = sig_opt_add(p, SIG_OPT_FLOWINT);
	if (o)
		o->u.flowint = x;
	return o ? 0 : -1;
}

/* flowvar:name,value and pktvar:name,value; kw->id is the kind. */
SIG_KW_FN(flowvar)
{
	struct sig_str rest = arg->t, name;
	struct sig_opt *o;

	sig_next(&rest, ',', &name);
	if (check_name(p, name))
		return -1;
	if (!rest.s)
		return SIG_FAIL_AT(p, arg->t, "write name,\"value\"", "the value is missing");
	rest = sig_trim(rest);
	o = sig_opt_add(p, (enum sig_opt_kind)kw->id);
	if (!o)
		return -1;
	if (sig_take(&rest, "!"))
		o->u.flowvar.negated = true;
	if (rest.n >= 2 && rest.s[0] == '"' && rest.s[rest.n - 1] == '"')
		rest = (struct sig_str){rest.s + 1, rest.n - 2};
	o->u.flowvar.name = sig_intern_text(p, name);
	o->u.flowvar.content = (struct sig_bytes){
		(const uint8_t *)sig_arena_strndup(p->arena, rest.s, rest.n), (uint32_t)rest.n};
	return 0;
}

static int xbits_words(struct sig_parser *p, struct sig_str rest, struct sig_xbits *x, bool *track)
{
	static const struct sig_word_value tracks[] = {{"ip_src", SIG_XB_IP_SRC},
		{"ip_dst", SIG_XB_IP_DST}, {"ip_pair", SIG_XB_IP_PAIR}, {"tx", SIG_XB_TX},
		{NULL, 0}};
	struct sig_str f, word;
	int64_t v;

	while (sig_next(&rest, ',', &f)) {
		struct sig_str whole = f;

		if (!sig_word(&f, &word))
			return SIG_FAIL_AT(
				p, whole, "remove the extra comma", "an argument is empty");
		if (sig_is(word, "track") && sig_lookup(tracks, f, &v)) {
			x->track = (enum sig_xbits_track)v;
			*track = true;
		} else if (sig_is(word, "expire") && sig_u32(f, UINT32_MAX, &x->expire_s) &&
			   x->expire_s) {
			if (x->cmd >= SIG_BIT_ISSET)
				sig_warn(p, whole.s, whole.n, "give expire where the bit is set",
					"expire has no effect on a test");
		} else {
			return SIG_FAIL_AT(p, whole,
				"write track ip_src, ip_dst, ip_pair or tx, and expire SECONDS",
				"xbits does not know this argument");
		}
	}
	return 0;
}

SIG_KW_FN(xbits)
{
	struct sig_xbits x = {.expire_s = 30};
	struct sig_str rest = arg->t, cmd, name;
	bool track = false;
	struct sig_opt *o;

	if (is_noalert(p, arg))
		return 0;
	sig_next(&rest, ',', &cmd);
	if (command(p, cmd, &x.cmd))
		return -1;
	if (!sig_next(&rest, ',', &name) || check_name(p, name))
		return p->failed ? -1
				 : SIG_FAIL_AT(p, arg->t, "write xbits:set,name,track ip_src",
					   "the name is missing");
	if (xbits_words(p, rest, &x, &track))
		return -1;
	if (!track)
		return SIG_FAIL_AT(
			p, arg->t, "add track ip_src, ip_dst, ip_pair or tx", "track is missing");
	x.name = sig_intern_text(p, name);
	o = sig_opt_add(p, SIG_OPT_XBITS);
	if (o)
		o->u.xbits = x;
	return o ? 0 : -1;
}

/* Default expiry 300 s, as the peer has it for hostbits. */
SIG_KW_FN(hostbits)
{
	struct sig_xbits x = {.expire_s = 300, .track = SIG_XB_IP_SRC};
	struct sig_str f[3];
	size_t n = sig_split(arg->t, ',', f, 3);
	struct sig_opt *o;

	if (is_noalert(p, arg))
		return 0;
	if (command(p, f[0], &x.cmd))
		return -1;
	if (n < 2 || n > 3)
		return SIG_FAIL_AT(p, arg->t, "write hostbits:set,name[,src|dst]",
			"hostbits takes a command "
			"and a name");
	if (check_name(p, f[1]))
		return -1;
	if (n == 3 && sig_is(f[2], "dst"))
		x.track = SIG_XB_IP_DST;
	else if (n == 3 && sig_is(f[2], "both")) // reserved by the peer, which refuses it, too
		return SIG_FAIL_AT(p, f[2],
			"write src and dst in two hostbits, or xbits with track ip_pair for a bit of the pair",
			"a bit is of one host, not of both");
	else if (n == 3 && !sig_is(f[2], "src"))
		return SIG_FAIL_AT(p, f[2], "write src or dst", "this is not a side");
	x.name = sig_intern_text(p, f[1]);
	o = sig_opt_add(p, SIG_OPT_HOSTBITS);
	if (o)
		o->u.xbits = x;
	return o ? 0 : -1;
}
