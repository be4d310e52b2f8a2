/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields that are not plain numbers, and stream_size. */
#include "kw.h"

#include <string.h>

/* TCP flag letters; 1 and 2 are the old names of CWR and ECE. */
static int flag_bit(char c)
{
	static const char letters[] = "FSRPAUEC";
	const char *at = c ? strchr(letters, c >= 'a' ? c - 32 : c) : NULL;

	if (at)
		return 1 << (at - letters);
	return c == '1' ? 0x80 : c == '2' ? 0x40 : c == '0' ? 0 : -1;
}

static int flag_letters(struct sig_parser *p, struct sig_str t, uint16_t *out)
{
	for (size_t i = 0; i < t.n; i++) {
		int bit = flag_bit(t.s[i]);

		if (bit < 0)
			return sig_fail(p, t.s + i, 1,
				"the flags are F S R P A U E C, or 0 for none",
				"this is not a TCP flag");
		*out |= (uint16_t)bit;
	}
	return 0;
}

/* A + * ! before or after the letters. */
static bool take_mode(struct sig_str *t, enum sig_bits_mode *mode)
{
	static const char marks[] = "+*!";
	static const enum sig_bits_mode modes[] = {SIG_BITS_ALL, SIG_BITS_ANY, SIG_BITS_NOT};
	const char *at;

	*mode = SIG_BITS_EXACT;
	if (!t->n)
		return false;
	at = memchr(marks, t->s[0], 3);
	if (at) {
		t->s++;
		t->n--;
	} else {
		at = memchr(marks, t->s[t->n - 1], 3);
		if (!at)
			return true;
		t->n--;
	}
	*mode = modes[at - marks];
	*t = sig_trim(*t);
	return t->n > 0;
}

SIG_KW_FN(tcp_flags)
{
	struct sig_str f[2];
	size_t n = sig_split(arg->t, ',', f, 2);
	struct sig_bits b = {0};
	struct sig_opt *o;

	if (n > 2 || !take_mode(&f[0], &b.mode))
		return SIG_FAIL_AT(p, arg->t, "write flags:SA or flags:S,CE",
			"this is not a set of TCP flags");
	if (flag_letters(p, f[0], &b.value))
		return -1;
	if (n == 2) {
		if (f[1].n && f[1].s[0] == '!') {
			f[1].s++;
			f[1].n--;
		}
		if (flag_letters(p, f[1], &b.ignore))
			return -1;
	}
	o = sig_opt_add(p, SIG_OPT_TCP_FLAGS);
	if (o)
		o->u.bits = b;
	return o ? 0 : -1;
}

SIG_KW_FN(fragbits)
{
	struct sig_bits b = {0};
	struct sig_str t = arg->t;
	struct sig_opt *o;

	if (!take_mode(&t, &b.mode))
		return SIG_FAIL_AT(
			p, arg->t, "write fragbits:M or fragbits:!D", "no fragment bit is named");
	for (size_t i = 0; i < t.n; i++) {
		char c = sig_lower(t.s[i]);

		if (c != 'm' && c != 'd' && c != 'r')
			return sig_fail(p, t.s + i, 1,
				"the bits are M (more), D (do not fragment), R (reserved)",
				"this is not a fragment bit");
		b.value |= c == 'm' ? 1 : c == 'd' ? 2 : 4;
	}
	o = sig_opt_add(p, SIG_OPT_FRAGBITS);
	if (o)
		o->u.bits = b;
	return o ? 0 : -1;
}

SIG_KW_FN(ipopts)
{
	static const struct sig_word_value known[] = {{"any", 0}, {"rr", 0}, {"eol", 0}, {"nop", 0},
		{"ts", 0}, {"sec", 0}, {"esec", 0}, {"lsrr", 0}, {"lsrre", 0}, {"ssrr", 0},
		{"satid", 0}, {"cipso", 0}, {"rtralt", 0}, {"qs", 0}, {NULL, 0}};
	struct sig_opt *o;
	int64_t v;

	if (!sig_lookup(known, arg->t, &v))
		return SIG_FAIL_AT(p, arg->t,
			"write any, rr, eol, nop, ts, sec, esec, lsrr, ssrr, satid, "
			"cipso, rtralt or qs",
			"unknown IP option");
	o = sig_opt_add(p, SIG_OPT_IPOPTS);
	if (o)
		o->u.text = sig_intern_text(p, arg->t);
	return o ? 0 : -1;
}

SIG_KW_FN(sameip)
{
	return sig_opt_add(p, SIG_OPT_SAMEIP) ? 0 : -1;
}

SIG_KW_FN(csum)
{
	bool valid = sig_is_nocase(arg->t, "valid");
	struct sig_opt *o;

	if (!valid && !sig_is_nocase(arg->t, "invalid"))
		return SIG_FAIL_AT(
			p, arg->t, "write valid or invalid", "%s: unknown state", kw->name);
	o = sig_opt_add(p, SIG_OPT_CSUM);
	if (o)
		o->u.csum = (struct sig_csum){(enum sig_csum_kind)kw->id, valid};
	return o ? 0 : -1;
}

SIG_KW_FN(geoip)
{
	static const struct sig_word_value sides[] = {{"src", SIG_SIDE_SRC}, {"dst", SIG_SIDE_DST},
		{"any", SIG_SIDE_ANY}, {"both", SIG_SIDE_BOTH}, {NULL, 0}};
	const char *country[64];
	struct sig_geoip g = {.side = SIG_SIDE_ANY};
	struct sig_str rest = arg->t, f;
	bool first = true;
	struct sig_opt *o;
	int64_t v;

	while (sig_next(&rest, ',', &f)) {
		if (first && sig_lookup(sides, f, &v)) {
			g.side = (enum sig_side)v;
			first = false;
			continue;
		}
		first = false;
		if (sig_take(&f, "!"))
			g.negated = true;
		if (f.n != 2 || g.n == 64)
			return SIG_FAIL_AT(p, f, "write two capital letters, as in geoip:src,DE,FR",
				"this is not a country code");
		country[g.n++] = sig_intern_text(p, f);
	}
	if (!g.n)
		return SIG_FAIL_AT(
			p, arg->t, "name a country, as in geoip:src,DE", "no country is named");
	g.country = sig_arena_dup(p->arena, country, g.n * sizeof(country[0]));
	o = sig_opt_add(p, SIG_OPT_GEOIP);
	if (o)
		o->u.geoip = g;
	return o ? 0 : -1;
}

/* The header can say it too: narrow the addresses to one family. */
SIG_KW_FN(l3_proto)
{
	bool v4 = sig_is(arg->t, "ip4") || sig_is(arg->t, "ipv4");
	bool v6 = sig_is(arg->t, "ip6") || sig_is(arg->t, "ipv6");
	const char *all = v4 ? "0.0.0.0/0" : "::/0";

	if (!v4 && !v6)
		return SIG_FAIL_AT(p, arg->t, "write ip4 or ip6", "this is not a network protocol");
	if (!p->rule->src->any)
		return sig_skip(p, p->kw_at, strlen(kw->name),
			"write the addresses of one family in the header",
			"l3_proto together with a source address is not supported");
	p->rule->src = sig_addrs_parse(p, (struct sig_str){all, strlen(all)});
	return p->rule->src ? 0 : -1;
}

static bool lookup_compare(struct sig_str t, enum sig_op *op)
{
	static const struct sig_word_value ops[] = {{"=", SIG_OP_EQ}, {"!=", SIG_OP_NE},
		{"<", SIG_OP_LT}, {">", SIG_OP_GT}, {"<=", SIG_OP_LE}, {">=", SIG_OP_GE},
		{NULL, 0}};
	int64_t v;

	if (!sig_lookup(ops, t, &v))
		return false;
	*op = (enum sig_op)v;
	return true;
}

SIG_KW_FN(stream_size)
{
	static const struct sig_word_value sides[] = {{"client", SIG_SS_CLIENT},
		{"server", SIG_SS_SERVER}, {"both", SIG_SS_BOTH}, {"either", SIG_SS_EITHER},
		{"to_server", SIG_SS_CLIENT}, {"to_client", SIG_SS_SERVER}, {NULL, 0}};
	struct sig_stream_size s;
	struct sig_str f[3];
	struct sig_opt *o;
	int64_t side;

	if (sig_split(arg->t, ',', f, 3) != 3)
		return SIG_FAIL_AT(p, arg->t, "write stream_size:server,>,1000",
			"stream_size takes a side, an operator and a number");
	if (!sig_lookup(sides, f[0], &side))
		return SIG_FAIL_AT(
			p, f[0], "write client, server, both or either", "this is not a side");
	s.side = (enum sig_size_side)side;
	if (!lookup_compare(f[1], &s.op))
		return SIG_FAIL_AT(
			p, f[1], "write =, !=, <, >, <= or >=", "this is not an operator");
	if (!sig_u32(f[2], UINT32_MAX, &s.value))
		return SIG_FAIL_AT(p, f[2], "write a number of bytes", "this is not a number");
	o = sig_opt_add(p, SIG_OPT_STREAM_SIZE);
	if (o)
		o->u.stream_size = s;
	return o ? 0 : -1;
}

/* value/mask: no netfilter here, so the mark is kept for who asks and has no effect. */
SIG_KW_FN(nfq_set_mark)
{
	struct sig_str f[2];
	size_t n = sig_split(arg->t, '/', f, 2);
	struct sig_mask m = {.not_mask = UINT32_MAX};
	struct sig_opt *o;

	if (n > 2 || !sig_u32(f[0], UINT32_MAX, &m.mask) ||
		(n == 2 && !sig_u32(f[1], UINT32_MAX, &m.not_mask)))
		return SIG_FAIL_AT(
			p, arg->t, "write mark/mask, as in 0x10/0xff", "this is not a mark");
	o = sig_opt_add(p, SIG_OPT_NFQ_SET_MARK);
	if (o)
		o->u.mask = m;
	return o ? 0 : -1;
}
