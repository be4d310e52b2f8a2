/* SPDX-License-Identifier: Apache-2.0 */
/* Modifiers of the content before them. */
#include "kw.h"

#include <string.h>

/* Bounds of distance and within, as the peer has them. */
#define REL_LIMIT 1048576

static struct sig_opt *subject(struct sig_parser *p, const struct sig_keyword *kw)
{
	struct sig_opt *o = sig_last_content(p);

	if (!o)
		sig_fail(p, NULL, 0, "write it after the content it belongs to",
			"%s needs a content before it%s", kw->name,
			p->sticky ? " in this buffer" : "");
	return o;
}

static int twice(struct sig_parser *p, const struct sig_keyword *kw)
{
	return sig_fail(
		p, NULL, 0, "keep one of them", "%s is given twice for one content", kw->name);
}

SIG_KW_FN(nocase)
{
	struct sig_opt *o = subject(p, kw);

	if (!o)
		return -1;
	if (o->u.content.flags & SIG_C_NOCASE)
		return twice(p, kw);
	o->u.content.flags |= SIG_C_NOCASE;
	return 0;
}

SIG_KW_FN(rawbytes)
{
	struct sig_opt *o = subject(p, kw);

	if (!o)
		return -1;
	if (o->u.content.flags & SIG_C_RAWBYTES)
		return twice(p, kw);
	if (p->list[o->list].buffer != SIG_BUF_PAYLOAD)
		return sig_fail(p, NULL, 0, "remove it", "rawbytes applies to packet payload only");
	o->u.content.flags |= SIG_C_RAWBYTES;
	return 0;
}

/* What excludes a bound: flag set already -> sentence. */
static int check_bound(
	struct sig_parser *p, const struct sig_keyword *kw, uint32_t flag, uint32_t flags)
{
	bool relative = flag & SIG_C_RELATIVE;

	if (flags & SIG_C_STARTSWITH)
		return sig_fail(
			p, NULL, 0, "use one of the two", "%s contradicts startswith", kw->name);
	if (flags & flag)
		return twice(p, kw);
	if (relative && (flags & (SIG_C_DEPTH | SIG_C_OFFSET)))
		return sig_fail(p, NULL, 0, "use offset and depth, or distance and within",
			"%s (relative) does not go with offset or depth (absolute)", kw->name);
	if (!relative && (flags & SIG_C_RELATIVE))
		return sig_fail(p, NULL, 0, "use offset and depth, or distance and within",
			"%s (absolute) does not go with distance or within (relative)", kw->name);
	if ((flags & SIG_C_NEGATED) && (flags & SIG_C_FAST_PATTERN))
		return sig_fail(p, NULL, 0, "choose another content as fast pattern",
			"a negated content with a position cannot be the fast pattern");
	if (flags & SIG_C_FAST_ONLY)
		return sig_fail(p, NULL, 0, "remove 'only' from fast_pattern",
			"%s does not go with fast_pattern:only", kw->name);
	return 0;
}

/* depth, offset, distance, within: kw->id is the flag. */
SIG_KW_FN(bound)
{
	struct sig_opt *o = subject(p, kw);
	uint32_t flag = (uint32_t)kw->id;
	struct sig_content *c;
	struct sig_value v, *slot;
	bool relative = flag & SIG_C_RELATIVE;

	if (!o)
		return -1;
	c = &o->u.content;
	if (check_bound(p, kw, flag, c->flags) ||
		sig_value_parse(p, arg->t, relative ? -REL_LIMIT : 0,
			relative ? REL_LIMIT : UINT16_MAX, kw->name, &v))
		return -1;
	slot = flag == SIG_C_DEPTH      ? &c->depth
	       : flag == SIG_C_OFFSET   ? &c->offset
	       : flag == SIG_C_DISTANCE ? &c->distance
					: &c->within;
	if ((flag & (SIG_C_DEPTH | SIG_C_WITHIN)) && v.var == SIG_VAR_NONE &&
		v.num < (int64_t)c->pattern.len)
		return SIG_FAIL_AT(p, arg->t, "give at least the length of the pattern",
			"%s %lld is less than the %u bytes of the content", kw->name,
			(long long)v.num, c->pattern.len);
	*slot = v;
	c->flags |= flag;
	return 0;
}

SIG_KW_FN(startswith)
{
	struct sig_opt *o = subject(p, kw);

	if (!o)
		return -1;
	if (o->u.content.flags & SIG_C_STARTSWITH)
		return twice(p, kw);
	if (o->u.content.flags & (SIG_C_RELATIVE | SIG_C_DEPTH | SIG_C_OFFSET))
		return sig_fail(p, NULL, 0, "remove depth, offset, distance and within",
			"startswith already says where the content stands");
	o->u.content.flags |= SIG_C_STARTSWITH;
	return 0;
}

SIG_KW_FN(endswith)
{
	struct sig_opt *o = subject(p, kw);

	if (!o)
		return -1;
	if (o->u.content.flags & SIG_C_ENDSWITH)
		return twice(p, kw);
	o->u.content.flags |= SIG_C_ENDSWITH;
	return 0;
}

static int fast_chop(struct sig_parser *p, struct sig_str t, struct sig_content *c)
{
	struct sig_str f[2];
	uint32_t off, len;

	if (sig_split(t, ',', f, 2) != 2 || !sig_u32(f[0], UINT16_MAX, &off) ||
		!sig_u32(f[1], UINT16_MAX, &len) || !len)
		return SIG_FAIL_AT(p, t,
			"write fast_pattern, fast_pattern:only or fast_pattern:offset,length",
			"this is not an argument of fast_pattern");
	if (off + len > c->pattern.len)
		return SIG_FAIL_AT(p, t, "stay inside the pattern",
			"offset and length reach beyond the %u bytes of the content",
			c->pattern.len);
	c->chop_offset = (uint16_t)off;
	c->chop_len = (uint16_t)len;
	c->flags |= SIG_C_FAST_CHOP;
	return 0;
}

SIG_KW_FN(fast_pattern)
{
	struct sig_opt *o = subject(p, kw);
	const uint32_t placed = SIG_C_RELATIVE | SIG_C_DEPTH | SIG_C_OFFSET;
	struct sig_content *c;

	if (!o)
		return -1;
	c = &o->u.content;
	if ((c->flags & SIG_C_NEGATED) && (c->flags & placed))
		return sig_fail(p, NULL, 0, "choose another content",
			"a negated content with a position cannot be the fast pattern");
	for (size_t i = 0; i < p->opts_n; i++) {
		if (p->opt[i].kind == SIG_OPT_CONTENT &&
			(p->opt[i].u.content.flags & SIG_C_FAST_PATTERN))
			return sig_fail(p, NULL, 0, "keep it on one content",
				"fast_pattern is given twice in one rule");
	}
	if (p->list[o->list].buffer == SIG_BUF_BASE64_DATA)
		return sig_fail(p, NULL, 0, "choose a content in another buffer",
			"decoded data come after the prefilter: no fast pattern there");
	c->flags |= SIG_C_FAST_PATTERN;
	if (!arg->t.n)
		return 0;
	if (sig_is(arg->t, "only")) {
		if (c->flags & (placed | SIG_C_NEGATED))
			return sig_fail(p, NULL, 0, "remove 'only'",
				"fast_pattern:only does not go with a position or negation");
		c->flags |= SIG_C_FAST_ONLY;
		return 0;
	}
	return fast_chop(p, arg->t, c);
}

SIG_KW_FN(prefilter)
{
	if (!p->opts_n)
		return sig_fail(p, NULL, 0, "write it after the option it belongs to",
			"prefilter needs an option before it");
	if (p->opt[p->opts_n - 1].kind == SIG_OPT_CONTENT) {
		struct sig_arg none = {0};

		return sig_kw_fast_pattern(p, kw, &none);
	}
	return sig_opt_add(p, SIG_OPT_PREFILTER) ? 0 : -1;
}
