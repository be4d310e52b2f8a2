/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enable, disable, modify and drop lists in suricata-update's syntax. Lines:
 *   2019401  1:2019401   group:NAME   group:GLOB   filename:GLOB   re:REGEX
 *   metadata: key value   classtype: name
 * modify.conf: a matcher, then "from" "to" (a regex and its replacement).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "parser.h"

#include <errno.h>
#include <fnmatch.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { BY_SID, BY_REGEX, BY_GROUP, BY_METADATA, BY_CLASSTYPE };
enum list { ENABLE, DISABLE, MODIFY, DROP, LISTS };

struct matcher {
	enum kind kind;
	uint32_t gid, sid;
	const char *text, *text2; /* glob; metadata key and value; class */
	pcre2_code *regex;
	pcre2_code *from; /* MODIFY */
	const char *to;
};
struct list_of {
	struct matcher *m;
	size_t n, cap;
};
struct sig_lists {
	struct list_of list[LISTS];
	enum list current;
	pcre2_match_data *data;
	char rewritten[65536]; /* a rule that modify lines may not outgrow: a set's longest have 8 KiB */
};

static pcre2_code *compile(struct sig_parser *p, struct sig_str t, uint32_t options)
{
	PCRE2_SIZE at;
	int error;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)t.s, t.n, options, &error, &at, NULL);

	if (!code)
		SIG_FAIL_AT(p, t, "correct the expression (PCRE2 syntax)",
			"the expression is not valid");
	return code;
}

/* One word, or text in double quotes with \" inside. */
static bool take_quoted(struct sig_parser *p, struct sig_str *rest, struct sig_str *out)
{
	char *copy, *end;

	*rest = sig_trim(*rest);
	if (!rest->n)
		return false;
	if (rest->s[0] != '"')
		return sig_word(rest, out);
	copy = end = sig_arena_text(p->arena, rest->n);
	for (size_t i = 1; i < rest->n; i++) {
		if (rest->s[i] == '"') {
			*out = (struct sig_str){copy, (size_t)(end - copy)};
			rest->s += i + 1;
			rest->n -= i + 1;
			return true;
		}
		if (rest->s[i] == '\\' && i + 1 < rest->n && rest->s[i + 1] == '"')
			i++;
		*end++ = rest->s[i];
	}
	return false;
}

static int read_sid(struct sig_parser *p, struct sig_str t, struct matcher *m)
{
	struct sig_str f[2];
	size_t n = sig_split(t, ':', f, 2);

	m->kind = BY_SID;
	m->gid = 1;
	if (n > 2 || (n == 2 && !sig_u32(f[0], UINT32_MAX, &m->gid)) ||
		!sig_u32(f[n == 2], UINT32_MAX, &m->sid))
		return SIG_FAIL_AT(p, t,
			"write a sid, gid:sid, group:NAME, re:REGEX, classtype:NAME or "
			"metadata: key value",
			"this selects no rules");
	return 0;
}

/* The part of a line that selects rules. *rest is what follows, for modify lists. */
static int read_matcher(struct sig_parser *p, struct sig_str *rest, bool whole, struct matcher *m)
{
	struct sig_str t = *rest, w;

	if (sig_take(&t, "re:")) {
		struct sig_str re = sig_trim(t);

		m->kind = BY_REGEX;
		if (!whole && !sig_word(&t, &re))
			return SIG_FAIL_AT(p, t, "write re:REGEX", "the expression is missing");
		m->regex = compile(p, re, PCRE2_CASELESS);
		*rest = t;
		return m->regex ? 0 : -1;
	}
	if (sig_take(&t, "group:") || sig_take(&t, "filename:")) {
		m->kind = BY_GROUP;
	} else if (sig_take(&t, "classtype:")) {
		m->kind = BY_CLASSTYPE;
	} else if (sig_take(&t, "metadata:")) {
		struct sig_str key;

		m->kind = BY_METADATA;
		if (!sig_word(&t, &key) || (whole ? !t.n : !sig_word(&t, &w)))
			return SIG_FAIL_AT(
				p, *rest, "write metadata: key value", "the value is missing");
		m->text = sig_intern_text(p, key);
		m->text2 = sig_intern_text(p, whole ? t : w);
		*rest = t;
		return 0;
	} else if (!sig_word(&t, &w)) {
		return SIG_FAIL_AT(p, *rest, "write a sid", "the line is empty");
	} else {
		*rest = t;
		return read_sid(p, w, m);
	}
	if (!sig_word(&t, &w))
		return SIG_FAIL_AT(p, *rest, "name it after the colon", "the name is missing");
	m->text = sig_intern_text(p, w);
	*rest = t;
	return 0;
}

static int list_line(struct sig_parser *p, struct sig_str t)
{
	struct sig_lists *lists = p->set->lists;
	struct list_of *l = &lists->list[lists->current];
	struct matcher m = {0};
	struct sig_str from, to;

	if (lists->current == MODIFY)
		sig_take(&t, "modifysid ");
	if (read_matcher(p, &t, lists->current != MODIFY, &m))
		return -1;
	if (lists->current == MODIFY) {
		if (!take_quoted(p, &t, &from) || !take_quoted(p, &t, &to)) {
			pcre2_code_free(m.regex);
			return SIG_FAIL_AT(
				p, t, "write: SID \"from\" \"to\"", "from and to are missing");
		}
		m.from = compile(p, from, 0);
		m.to = sig_intern_text(p, to);
		if (!m.from) {
			pcre2_code_free(m.regex);
			return -1;
		}
	}
	l->m = sig_arena_grow(p->arena, l->m, &l->cap, l->n, sizeof(*l->m));
	l->m[l->n++] = m;
	return 0;
}

int sig_lists_load(struct sig_set *set)
{
	const char *const path[LISTS] = {
		set->opts.enable, set->opts.disable, set->opts.modify, set->opts.drop};
	int rc = 0;

	if (!path[0] && !path[1] && !path[2] && !path[3])
		return 0;
	set->lists = calloc(1, sizeof(*set->lists));
	if (!set->lists)
		return -ENOMEM;
	set->lists->data = pcre2_match_data_create(16, NULL);
	if (!set->lists->data)
		return -ENOMEM;
	for (int i = 0; i < LISTS && !rc; i++) {
		set->lists->current = (enum list)i;
		if (path[i])
			rc = sig_config_read(set, path[i], list_line);
	}
	return rc;
}

void sig_lists_free(struct sig_set *set)
{
	if (!set->lists)
		return;
	for (int i = 0; i < LISTS; i++) {
		for (size_t k = 0; k < set->lists->list[i].n; k++) {
			pcre2_code_free(set->lists->list[i].m[k].regex);
			pcre2_code_free(set->lists->list[i].m[k].from);
		}
		free(set->lists->list[i].m);
	}
	pcre2_match_data_free(set->lists->data);
	free(set->lists);
}

/* Value of an option that takes a plain word, found without parsing the whole rule. */
static struct sig_str option_value(struct sig_str rule, const char *name)
{
	struct sig_str t = rule;
	const char *at;

	while (t.n && (at = memmem(t.s, t.n, name, strlen(name)))) {
		const char *before = at;
		struct sig_str v = {at + strlen(name), t.n - (size_t)(at + strlen(name) - t.s)};
		const char *end;

		t = v;
		while (before > rule.s && sig_is_blank(before[-1]))
			before--;
		v = sig_trim(v);
		if (before == rule.s || (before[-1] != ';' && before[-1] != '(') ||
			!sig_take(&v, ":"))
			continue;
		end = memchr(v.s, ';', v.n);
		if (end)
			return sig_trim((struct sig_str){v.s, (size_t)(end - v.s)});
	}
	return (struct sig_str){"", 0};
}

/* The whole value, or its first words: "policy balanced-ips" has "policy balanced-ips drop". */
static bool value_is(struct sig_str value, const char *want)
{
	size_t n = strlen(want);

	return value.n >= n && strncasecmp(value.s, want, n) == 0 &&
	       (value.n == n || sig_is_blank(value.s[n]));
}

static bool metadata_has(struct sig_str rule, const struct matcher *m)
{
	struct sig_str v = option_value(rule, "metadata"), one, key;

	while (v.n && sig_next(&v, ',', &one)) {
		if (sig_word(&one, &key) && sig_is_nocase(key, m->text) && value_is(one, m->text2))
			return true;
	}
	return false;
}

bool sig_group_is(const char *file, const char *glob)
{
	const char *base = strrchr(file, '/');
	char name[256];
	size_t n;

	base = base ? base + 1 : file;
	n = strnlen(base, sizeof(name) - 1);
	memcpy(name, base, n);
	name[n] = '\0';
	if (fnmatch(glob, file, 0) == 0 || fnmatch(glob, name, 0) == 0)
		return true;
	if (n > 6 && strcmp(name + n - 6, ".rules") == 0)
		name[n - 6] = '\0';
	return fnmatch(glob, name, 0) == 0;
}

static bool matches(
	const struct sig_lists *l, const struct matcher *m, const char *file, struct sig_str rule)
{
	uint32_t gid = 1, sid;

	switch (m->kind) {
	case BY_SID:
		sig_u32(option_value(rule, "gid"), UINT32_MAX, &gid);
		return sig_u32(option_value(rule, "sid"), UINT32_MAX, &sid) && sid == m->sid &&
		       gid == m->gid;
	case BY_REGEX:
		return pcre2_match(m->regex, (PCRE2_SPTR)rule.s, rule.n, 0, 0, l->data, NULL) >= 0;
	case BY_GROUP:
		return sig_group_is(file, m->text);
	case BY_METADATA:
		return metadata_has(rule, m);
	default:
		return sig_is(option_value(rule, "classtype"), m->text);
	}
}

static bool any_matches(
	const struct sig_lists *l, enum list which, const char *file, struct sig_str rule)
{
	for (size_t i = 0; i < l->list[which].n; i++) {
		if (matches(l, &l->list[which].m[i], file, rule))
			return true;
	}
	return false;
}

/* Python's \1 and \g<name> in the replacement become PCRE2's ${1} and ${name}. */
static char *replacement(struct sig_arena *a, const char *to)
{
	char *out = sig_arena_text(a, 3 * strlen(to) + 1), *end = out;

	for (; *to; to++) {
		if (to[0] == '\\' && sig_is_digit(to[1])) {
			*end++ = '$';
			*end++ = '{';
			*end++ = *++to;
			*end++ = '}';
		} else if (to[0] == '$') {
			*end++ = '$';
			*end++ = '$';
		} else {
			*end++ = *to;
		}
	}
	*end = '\0';
	return out;
}

/** The rule as the list rewrites it; NULL: as it was, or *fault says why it cannot be done. */
static const char *modify(struct sig_set *set, const struct matcher *m, struct sig_str rule,
	const char **fault)
{
	struct sig_lists *l = set->lists;
	PCRE2_SIZE len = sizeof(l->rewritten);
	char *to = replacement(&set->arena, m->to);
	int rc = pcre2_substitute(m->from, (PCRE2_SPTR)rule.s, rule.n, 0, PCRE2_SUBSTITUTE_GLOBAL,
		l->data, NULL, (PCRE2_SPTR)to, strlen(to), (PCRE2_UCHAR *)l->rewritten, &len);

	if (rc == PCRE2_ERROR_NOMEMORY)
		*fault = sig_arena_printf(&set->arena,
			"the modify list makes this rule longer than %zu bytes", sizeof(l->rewritten));
	else if (rc < 0)
		*fault = sig_arena_printf(&set->arena,
			"the modify list cannot rewrite this rule (PCRE2 error %d)", rc);
	return rc > 0 ? sig_arena_strndup(&set->arena, l->rewritten, len) : NULL;
}

void sig_lists_apply(struct sig_set *set, const char *file, const char *text, size_t len,
	bool enabled, struct sig_filter_result *out)
{
	struct sig_lists *l = set->lists;
	struct sig_str rule = {text, len};

	*out = (struct sig_filter_result){.enabled = enabled};
	if (enabled && any_matches(l, DISABLE, file, rule))
		out->enabled = false;
	if (!out->enabled && any_matches(l, ENABLE, file, rule))
		out->enabled = true;
	out->drop = any_matches(l, DROP, file, rule);
	for (size_t i = 0; i < l->list[MODIFY].n && !out->fault; i++) {
		const struct matcher *m = &l->list[MODIFY].m[i];
		const char *changed =
			matches(l, m, file, rule) ? modify(set, m, rule, &out->fault) : NULL;

		if (changed) {
			out->text = changed;
			rule = (struct sig_str){changed, strlen(changed)};
		}
	}
}
