/* SPDX-License-Identifier: Apache-2.0 */
/* content: the byte pattern. Its modifiers are in kw_modifier.c. */
#include "kw.h"

#include <string.h>

struct decode {
	struct sig_str in;
	uint8_t *out;
	size_t n;
	size_t bad; /* offset of what is wrong */
};

/* |41 42| -> AB. Returns the offset behind the closing bar, 0 when it is wrong. */
static size_t decode_hex(struct decode *d, size_t i, const char **why)
{
	size_t opening = i;
	int high = -1;

	for (i++; i < d->in.n && d->in.s[i] != '|'; i++) {
		int v = sig_hex_digit(d->in.s[i]);

		d->bad = i;
		if (d->in.s[i] == ' ' && high < 0)
			continue;
		if (v < 0) {
			*why = d->in.s[i] == ' '
				       ? "a byte between bars needs two hexadecimal digits"
				       : "only hexadecimal digits and blanks may stand between "
					 "bars";
			return 0;
		}
		if (high < 0) {
			high = v;
		} else {
			d->out[d->n++] = (uint8_t)(high << 4 | v);
			high = -1;
		}
	}
	if (i == d->in.n) {
		d->bad = opening;
		*why = "the hexadecimal part is not closed with a bar";
		return 0;
	}
	if (high >= 0) {
		*why = "a byte between bars needs two hexadecimal digits";
		return 0;
	}
	return i + 1;
}

/* The bytes of a pattern as written between quotes. */
int sig_pattern_decode(struct sig_parser *p, struct sig_str t, struct sig_bytes *out)
{
	struct decode d = {.in = t, .out = sig_arena_alloc(p->arena, t.n + 1)};
	const char *why = NULL;

	for (size_t i = 0; i < t.n;) {
		if (t.s[i] == '|') {
			d.bad = i;
			i = decode_hex(&d, i, &why);
			if (!i)
				return sig_fail(p, t.s + d.bad, 1,
					"write bytes as |41 42 43|; a literal bar is |7C|", "%s",
					why);
		} else if (t.s[i] == '\\') {
			if (i + 1 == t.n || !strchr("\\\";:", t.s[i + 1]))
				return sig_fail(p, t.s + i, i + 1 < t.n ? 2 : 1,
					"write a backslash as \\\\ or |5C|",
					"only \\ \" ; and : can be escaped");
			d.out[d.n++] = (uint8_t)t.s[i + 1];
			i += 2;
		} else {
			d.out[d.n++] = (uint8_t)t.s[i++];
		}
	}
	if (!d.n)
		return sig_fail(p, NULL, 0, "write at least one byte", "the pattern is empty");
	if (d.n > UINT16_MAX)
		return sig_fail(
			p, NULL, 0, "split the pattern", "the pattern is longer than 65,535 bytes");
	*out = (struct sig_bytes){d.out, (uint32_t)d.n};
	return 0;
}

static struct sig_opt *add_content(struct sig_parser *p, const struct sig_arg *arg)
{
	struct sig_bytes pattern;
	struct sig_opt *o;

	if (sig_pattern_decode(p, arg->t, &pattern))
		return NULL;
	o = sig_opt_add_here(p, SIG_OPT_CONTENT);
	if (!o)
		return NULL;
	o->u.content.pattern = pattern;
	o->u.content.flags = arg->negated ? SIG_C_NEGATED : 0;
	o->u.content.depth.var = o->u.content.offset.var = SIG_VAR_NONE;
	o->u.content.distance.var = o->u.content.within.var = SIG_VAR_NONE;
	return o;
}

SIG_KW_FN(content)
{
	return add_content(p, arg) ? 0 : -1;
}

/* uricontent:"x" is content:"x"; http_uri; */
SIG_KW_FN(uricontent)
{
	struct sig_opt *o;
	uint16_t list;

	if (p->sticky)
		return sig_fail(p, NULL, 0, "use content inside the buffer, or pkt_data before it",
			"uricontent stands inside a sticky buffer");
	if (sig_need_proto(p, SIG_PROTO_HTTP_ANY))
		return -1;
	list = sig_list_get(p, SIG_BUF_HTTP_URI, NULL, false);
	if (list == SIG_LIST_NONE)
		return -1;
	p->cur = list;
	o = add_content(p, arg);
	p->cur = SIG_LIST_NONE;
	return o ? 0 : -1;
}

SIG_KW_FN(replace)
{
	struct sig_opt *o = sig_last_content(p);
	struct sig_bytes with;

	if (!o)
		return sig_fail(p, NULL, 0, "write the content before it",
			"replace needs a content before it");
	if (sig_pattern_decode(p, arg->t, &with))
		return -1;
	if (o->u.content.flags & (SIG_C_NEGATED | SIG_C_REPLACE))
		return sig_fail(p, NULL, 0, "replace a plain content, once",
			"replace cannot apply to a negated or already replaced content");
	if (p->list[o->list].buffer != SIG_BUF_PAYLOAD)
		return sig_fail(p, NULL, 0, "use it on the packet's payload",
			"replace works on packet payload only");
	if (with.len != o->u.content.pattern.len)
		return SIG_FAIL_AT(p, arg->t, "give exactly as many bytes as the content has",
			"replace has %u bytes, the content %u", with.len, o->u.content.pattern.len);
	o->u.content.replace = with;
	o->u.content.flags |= SIG_C_REPLACE;
	return 0;
}
