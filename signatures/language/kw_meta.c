/* SPDX-License-Identifier: Apache-2.0 */
/* Options that describe the rule and have no effect on matching. */
#include "kw.h"

#include <string.h>

/* Take the escapes off; a backslash before any other character stays. */
static const char *unescape(struct sig_parser *p, struct sig_str t)
{
	char *out = sig_arena_text(p->arena, t.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < t.n; i++) {
		if (t.s[i] == '\\' && i + 1 < t.n && strchr("\\\";:", t.s[i + 1]))
			i++;
		out[n++] = t.s[i];
	}
	out[n] = '\0';
	return out;
}

/* Length of the UTF-8 sequence at s, 0 when it is not one (RFC 3629). */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80                   ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* Text that goes into events must be UTF-8: other bytes are taken as ISO 8859-1. */
static const char *to_utf8(struct sig_parser *p, const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = strlen(s), k = 0;
	char *out;

	for (size_t i = 0, step; i < n; i += step) {
		step = utf8_len(u + i, n - i);
		if (!step)
			break;
		k = i + step;
	}
	if (k == n)
		return s;
	out = sig_arena_text(p->arena, 2 * n + 1);
	k = 0;
	for (size_t i = 0; i < n;) {
		size_t step = utf8_len(u + i, n - i);

		if (!step) {
			out[k++] = (char)(0xc0 | u[i] >> 6);
			out[k++] = (char)(0x80 | (u[i] & 0x3f));
			i++;
		} else {
			memcpy(out + k, s + i, step);
			k += step;
			i += step;
		}
	}
	out[k] = '\0';
	return out;
}

SIG_KW_FN(msg)
{
	p->rule->msg = to_utf8(p, unescape(p, arg->t));
	return 0;
}

static int positive(struct sig_parser *p, const struct sig_keyword *kw, const struct sig_arg *arg,
	bool *seen, uint32_t min, uint32_t max, uint32_t *out)
{
	if (*seen)
		return sig_fail(p, NULL, 0, "keep one of them", "%s is given twice", kw->name);
	*seen = true;
	if (!sig_u32(arg->t, max, out) || *out < min)
		return SIG_FAIL_AT(p, arg->t, "write a whole number",
			"%s must be a number from %u to %u", kw->name, min, max);
	return 0;
}

SIG_KW_FN(sid)
{
	sig_place(p->in, p->kw_at, &p->rule->sid_line, &p->rule->sid_column);
	return positive(p, kw, arg, &p->seen_sid, 1, UINT32_MAX, &p->rule->sid);
}

SIG_KW_FN(rev)
{
	return positive(p, kw, arg, &p->seen_rev, 0, UINT32_MAX, &p->rule->rev);
}

SIG_KW_FN(gid)
{
	return positive(p, kw, arg, &p->seen_gid, 0, UINT32_MAX, &p->rule->gid);
}

SIG_KW_FN(priority)
{
	uint32_t v;

	if (!sig_u32(arg->t, 255, &v) || v < 1)
		return SIG_FAIL_AT(
			p, arg->t, "1 is the highest", "priority must be a number from 1 to 255");
	if (p->seen_priority)
		sig_warn(p, NULL, 0, "keep one of them",
			"priority is given twice: the higher one counts");
	if (!p->seen_priority || v < p->rule->priority)
		p->rule->priority = v;
	p->seen_priority = true;
	return 0;
}

SIG_KW_FN(classtype)
{
	const struct sig_class *c = sig_intern_find(&p->set->classes, arg->t.s, arg->t.n);
	struct sig_rule *r = p->rule;

	if (*r->classtype) {
		sig_warn(p, NULL, 0, "keep one of them",
			"classtype is given twice: the first counts");
		return 0;
	}
	r->classtype = sig_intern_text(p, arg->t);
	if (!c) {
		sig_warn(p, arg->t.s, arg->t.n,
			"define it in classification.config, or use a known class",
			"unknown classtype");
		return 0;
	}
	r->classtype_text = c->text;
	if (!p->seen_priority)
		r->priority = c->priority;
	return 0;
}

SIG_KW_FN(reference)
{
	struct sig_str rest = arg->t, type;
	const char *prefix;

	if (!sig_next(&rest, ',', &type) || !rest.s || !sig_trim(rest).n || !type.n)
		return SIG_FAIL_AT(p, arg->t, "write type,value as in reference:cve,2021-44228",
			"a reference has a type and a value");
	char *low = sig_arena_strndup(p->arena, type.s, type.n);

	for (char *c = low; *c; c++)
		*c = sig_lower(*c);
	prefix = sig_intern_find(&p->set->references, low, type.n);
	if (!prefix)
		sig_warn(p, type.s, type.n, "define it in reference.config",
			"unknown reference type");
	p->ref = sig_arena_grow(p->arena, p->ref, &p->refs_cap, p->refs_n, sizeof(*p->ref));
	p->ref[p->refs_n++] =
		(struct sig_reference){.type = sig_intern_str(&p->set->strings, low, type.n),
			.prefix = prefix ? prefix : "",
			.value = to_utf8(p, unescape(p, sig_trim(rest)))};
	return 0;
}

SIG_KW_FN(metadata)
{
	struct sig_str rest = arg->t, one;

	while (sig_next(&rest, ',', &one)) {
		struct sig_str key;

		if (!one.n || !sig_word(&one, &key))
			continue;
		p->meta = sig_arena_grow(
			p->arena, p->meta, &p->meta_cap, p->meta_n, sizeof(*p->meta));
		p->meta[p->meta_n++] =
			(struct sig_metadata){.key = to_utf8(p, sig_intern_text(p, key)),
				.value = to_utf8(p, sig_intern_text(p, one))};
	}
	return 0;
}

SIG_KW_FN(target)
{
	if (p->rule->target != SIG_TARGET_NONE)
		sig_warn(p, NULL, 0, "keep one of them", "target is given twice: the last counts");
	if (sig_is(arg->t, "src_ip"))
		p->rule->target = SIG_TARGET_SRC_IP;
	else if (sig_is(arg->t, "dest_ip"))
		p->rule->target = SIG_TARGET_DEST_IP;
	else
		return SIG_FAIL_AT(p, arg->t, "write src_ip or dest_ip", "this is not a target");
	return 0;
}

SIG_KW_FN(noalert)
{
	p->rule->flags |= SIG_R_NOALERT;
	return 0;
}

SIG_KW_FN(alert)
{
	if (p->rule->flags & SIG_R_NOALERT)
		return sig_fail(p, NULL, 0, "keep one of the two", "alert contradicts noalert");
	p->rule->flags |= SIG_R_ALERT;
	return 0;
}

/* Accepted by the peer without effect. */
SIG_KW_FN(ignored)
{
	return 0;
}
