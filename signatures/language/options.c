/* SPDX-License-Identifier: Apache-2.0 */
/* Options: keyword[:value]; one after the other, each handed to its keyword's function. */
#include "parser.h"
#include "snort.h"

#include <string.h>

/*
 * End of an option: an unescaped semicolon. In Suricata's text a semicolon inside quotes must be
 * escaped as well; Snort's may stand there.
 */
static const char *option_end(const struct sig_parser *p, struct sig_str t)
{
	bool quoted = false;

	for (size_t i = 0; i < t.n; i++) {
		bool escaped = i > 0 && t.s[i - 1] == '\\';

		if (t.s[i] == '"' && !escaped && p->dialect == SIG_DIALECT_SNORT3)
			quoted = !quoted;
		else if (t.s[i] == ';' && !escaped && !quoted)
			return t.s + i;
	}
	return NULL;
}

static int split_value(
	struct sig_parser *p, const struct sig_keyword *kw, struct sig_str v, struct sig_arg *arg)
{
	bool quoted_ok = kw->flags & (SIG_KWF_QUOTED | SIG_KWF_QUOTABLE);

	arg->t = v;
	if ((kw->flags & SIG_KWF_NEGATABLE) && v.n && v.s[0] == '!') {
		arg->negated = true;
		v = sig_trim((struct sig_str){v.s + 1, v.n - 1});
	}
	if (quoted_ok && v.n && v.s[0] == '"') {
		if (v.n < 2 || v.s[v.n - 1] != '"' ||
			(v.n > 3 && v.s[v.n - 2] == '\\' && v.s[v.n - 3] != '\\'))
			return SIG_FAIL_AT(p, v,
				"close the quotes; write \\; for a semicolon and \\\" for a "
				"quote inside them",
				"the quotes of %s are not closed", kw->name);
		arg->quoted = true;
		arg->t = (struct sig_str){v.s + 1, v.n - 2};
		return 0;
	}
	if (kw->flags & SIG_KWF_QUOTED)
		return SIG_FAIL_AT(p, v, "write the value in double quotes",
			"the value of %s must be in quotes", kw->name);
	if (kw->flags & SIG_KWF_NEGATABLE)
		arg->t = v;
	return 0;
}

static int check_value(
	struct sig_parser *p, const struct sig_keyword *kw, struct sig_str value, bool present)
{
	if (present && (kw->flags & SIG_KWF_NOVALUE))
		return sig_fail(p, p->kw_at, strlen(kw->name),
			"remove the colon and what follows it", "%s takes no value", kw->name);
	if ((!present || !value.n) && !(kw->flags & (SIG_KWF_NOVALUE | SIG_KWF_OPTVALUE)))
		return sig_fail(p, p->kw_at, strlen(kw->name),
			"give it one: see sekisho-signatures(7)", "%s needs a value", kw->name);
	return 0;
}

static int check_once(struct sig_parser *p, const struct sig_keyword *kw)
{
	uint64_t bit = (uint64_t)1 << (p->kw_index % 64);
	uint64_t *word = &p->once[p->kw_index / 64 % 8];

	if ((kw->flags & SIG_KWF_ONCE) && (*word & bit))
		return sig_fail(p, p->kw_at, strlen(kw->name), "keep one of them",
			"%s is given twice", kw->name);
	*word |= bit;
	return 0;
}

static int unknown_keyword(struct sig_parser *p, struct sig_str name)
{
	const struct sig_keyword *near = sig_keyword_guess(name.s, name.n);
	const char *cure = "see `sekisho rules keywords` for all keywords";

	if (!name.n)
		return sig_fail(p, name.s, 1, "remove the extra semicolon or write the keyword",
			"there is an option without a keyword");
	if (near)
		cure = sig_arena_printf(p->arena, "did you mean %s?", near->name);
	return SIG_FAIL_AT(p, name, cure, "unknown keyword");
}

int sig_option_run(struct sig_parser *p, struct sig_str name, struct sig_str value, bool present)
{
	uintptr_t found = (uintptr_t)sig_intern_find(&p->set->keywords, name.s, name.n);
	const struct sig_keyword *kw = found ? &sig_keyword_table[found - 1] : NULL;
	struct sig_arg arg = {.present = present};

	if (p->dialect != SIG_DIALECT_SURICATA) {
		int rc = sig_snort_option(p, name, value, present);

		if (rc != 1)
			return rc;
	}
	p->kw_at = name.s;
	if (!kw)
		return unknown_keyword(p, name);
	p->kw = kw;
	if (kw->status == SIG_KW_REFUSED)
		return sig_skip(p, name.s, name.n, "remove it, or keep the rule for another engine",
			"keyword not supported");
	p->kw_index = (uint16_t)(found - 1);
	if (check_value(p, kw, value, present) || check_once(p, kw))
		return -1;
	if (present && split_value(p, kw, value, &arg))
		return -1;
	if ((kw->flags & SIG_KWF_PACKET) && !p->packet_at) {
		p->packet_at = name.s;
		p->packet_kw = kw;
	}
	if (kw->parse(p, kw, &arg))
		return -1;
	if (sig_keyword_idle(kw, p->set->opts.offers))
		sig_warn(p, name.s, name.n, "see `sekisho rules keywords`: it is idle",
			"nothing here answers this keyword");
	return 0;
}

static int one_option(struct sig_parser *p, struct sig_str t)
{
	const char *colon = memchr(t.s, ':', t.n);
	struct sig_str name = t, value = {t.s + t.n, 0};

	if (colon) {
		name.n = (size_t)(colon - t.s);
		value = sig_trim((struct sig_str){colon + 1, t.n - name.n - 1});
	}
	name = sig_trim(name);
	return sig_option_run(p, name, value, colon != NULL);
}

int sig_options_parse(struct sig_parser *p, struct sig_str rest)
{
	rest = sig_trim(rest);
	while (rest.n) {
		const char *end = option_end(p, rest);
		struct sig_str one;

		if (!end)
			return sig_fail(p, rest.s, rest.n > 40 ? 40 : rest.n,
				"end every option with a semicolon; "
				"inside quotes write \\;",
				"the last option is not ended");
		one = sig_trim((struct sig_str){rest.s, (size_t)(end - rest.s)});
		rest = sig_trim((struct sig_str){end + 1, rest.n - (size_t)(end + 1 - rest.s)});
		if (one_option(p, one))
			return -1;
	}
	return 0;
}
