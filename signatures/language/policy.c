/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy says of rules by property whether they prevent, alert or are off. Its lines:
 *
 *     prevent|alert|off [CONDITION...]     of the lines that fit a rule the last one decides
 *     vendor NAME                          what the vendor's metadata say for this policy; rules
 *                                          that it does not mention are off
 *
 * Conditions (all of a line must hold): sid:N gid:N class:NAME severity:N|NAME tag:NAME group:GLOB
 * msg:GLOB metadata:KEY=VALUE action:WORD re:REGEX (to the end of the line).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy.h"

#include <fnmatch.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum cond_kind { C_SID, C_GID, C_CLASS, C_SEVERITY, C_META, C_GROUP, C_MSG, C_ACTION, C_REGEX };

struct cond {
	enum cond_kind kind;
	uint32_t n;
	const char *key, *value;
	pcre2_code *re;
};

struct line {
	enum sig_policy_act act;
	const char *vendor; /* act is the metadata's */
	struct cond *cond;
	size_t conds_n, conds_cap;
	uint32_t number;
	bool names_sid;
};

struct sig_policy {
	struct line *line;
	size_t lines_n, lines_cap;
	pcre2_match_data *data;
};

static const char *const builtin[] = {
	"connectivity-ips", "balanced-ips", "security-ips", "max-detect-ips"};

static bool is_builtin(const char *name, const char **full)
{
	const size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++) {
		if (strcmp(name, builtin[i]) == 0 ||
			(strncmp(name, builtin[i], n) == 0 && strcmp(builtin[i] + n, "-ips") == 0)) {
			*full = builtin[i];
			return true;
		}
	}
	return false;
}

static int read_number(struct sig_parser *p, struct sig_str v, struct cond *c)
{
	if (!sig_u32(v, UINT32_MAX, &c->n))
		return SIG_FAIL_AT(p, v, "write a number", "this is not a number");
	return 0;
}

static int read_metadata(
	struct sig_parser *p, struct sig_str word, struct sig_str v, struct cond *c)
{
	struct sig_str key;

	c->kind = C_META;
	if (!sig_next(&v, '=', &key) || !key.n || !v.n)
		return SIG_FAIL_AT(p, word, "write metadata:KEY=VALUE", "the value is missing");
	c->key = sig_intern_text(p, key);
	c->value = sig_intern_text(p, sig_trim(v));
	return 0;
}

static int read_regex(struct sig_parser *p, struct sig_str v, struct cond *c)
{
	PCRE2_SIZE at;
	int error;

	c->kind = C_REGEX;
	c->re = pcre2_compile((PCRE2_SPTR)v.s, v.n, PCRE2_CASELESS, &error, &at, NULL);
	if (!c->re)
		return SIG_FAIL_AT(p, v, "correct the expression (PCRE2 syntax)",
			"the expression is not valid");
	return 0;
}

static int read_cond(struct sig_parser *p, struct sig_str *rest, struct cond *c)
{
	static const struct {
		const char *word;
		enum cond_kind kind;
	} texts[] = {{"classtype:", C_CLASS}, {"class:", C_CLASS}, {"group:", C_GROUP},
		{"filename:", C_GROUP}, {"msg:", C_MSG}, {"action:", C_ACTION}};
	struct sig_str w, word, whole = sig_trim(*rest);

	*c = (struct cond){0};
	if (sig_take(&whole, "re:")) {
		*rest = (struct sig_str){whole.s + whole.n, 0};
		return read_regex(p, whole, c);
	}
	if (!sig_word(rest, &w))
		return -1;
	word = w;
	if (sig_take(&w, "sid:"))
		return c->kind = C_SID, read_number(p, w, c);
	if (sig_take(&w, "gid:"))
		return c->kind = C_GID, read_number(p, w, c);
	if (sig_take(&w, "metadata:"))
		return read_metadata(p, word, w, c);
	if (sig_take(&w, "tag:")) {
		*c = (struct cond){.kind = C_META, .key = "tag", .value = sig_intern_text(p, w)};
		return 0;
	}
	if (sig_take(&w, "severity:") || sig_take(&w, "priority:")) {
		if (sig_u32(w, UINT32_MAX, &c->n))
			return c->kind = C_SEVERITY, 0;
		*c = (struct cond){.kind = C_META, .key = "signature_severity",
			.value = sig_intern_text(p, w)};
		return 0;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!sig_take(&w, texts[i].word))
			continue;
		c->kind = texts[i].kind;
		c->value = sig_intern_text(p, w);
		return w.n ? 0 : SIG_FAIL_AT(p, word, "name it after the colon", "the name is missing");
	}
	return SIG_FAIL_AT(p, w,
		"write sid:, gid:, class:, severity:, tag:, group:, msg:, metadata:KEY=VALUE, action: "
		"or re:",
		"this selects no rules");
}

static int read_conds(struct sig_parser *p, struct sig_str t, struct line *l)
{
	for (t = sig_trim(t); t.n; t = sig_trim(t)) {
		struct cond c;

		if (read_cond(p, &t, &c))
			return -1;
		l->cond = sig_arena_grow(p->arena, l->cond, &l->conds_cap, l->conds_n, sizeof(c));
		l->cond[l->conds_n++] = c;
		l->names_sid = l->names_sid || c.kind == C_SID;
	}
	return 0;
}

static void free_line(struct line *l)
{
	for (size_t i = 0; i < l->conds_n; i++)
		pcre2_code_free(l->cond[i].re);
	free(l->cond);
}

static int policy_line(struct sig_parser *p, struct sig_str t)
{
	static const struct sig_word_value acts[] = {
		{"prevent", SIG_PA_PREVENT}, {"alert", SIG_PA_ALERT}, {"off", SIG_PA_OFF}, {NULL, 0}};
	struct sig_policy *pol = p->set->policy;
	struct line l = {.number = p->in->piece->line};
	struct sig_str word, name;
	int64_t act;

	if (!sig_word(&t, &word))
		return 0;
	if (sig_is(word, "vendor")) {
		if (!sig_word(&t, &name))
			return SIG_FAIL_AT(p, word, "write vendor balanced-ips",
				"the name of the policy is missing");
		l.vendor = sig_intern_text(p, name);
		is_builtin(l.vendor, &l.vendor);
	} else if (sig_lookup(acts, word, &act)) {
		l.act = (enum sig_policy_act)act;
	} else {
		return SIG_FAIL_AT(p, word, "begin a line with prevent, alert, off or vendor",
			"this is no decision");
	}
	if (read_conds(p, t, &l)) {
		free_line(&l);
		return -1;
	}
	pol->line = sig_arena_grow(p->arena, pol->line, &pol->lines_cap, pol->lines_n, sizeof(l));
	pol->line[pol->lines_n++] = l;
	return 0;
}

int sig_policy_load(struct sig_set *set)
{
	const char *name = set->opts.policy;
	struct line *l;

	if (!name)
		return 0;
	set->policy = calloc(1, sizeof(*set->policy));
	if (!set->policy || !(set->policy->data = pcre2_match_data_create(8, NULL)))
		return -12;
	if (access(name, F_OK) && is_builtin(name, &name)) {
		set->policy->line = sig_arena_grow(&set->arena, set->policy->line,
			&set->policy->lines_cap, 0, sizeof(*l));
		set->policy->line[set->policy->lines_n++] = (struct line){.vendor = name};
		return 0;
	}
	return sig_config_read(set, name, policy_line);
}

void sig_policy_free(struct sig_set *set)
{
	if (!set->policy)
		return;
	for (size_t i = 0; i < set->policy->lines_n; i++)
		free_line(&set->policy->line[i]);
	free(set->policy->line);
	pcre2_match_data_free(set->policy->data);
	free(set->policy);
}

static bool metadata_is(const struct sig_rule *r, const char *key, const char *value)
{
	for (uint32_t i = 0; i < r->metadata_n; i++) {
		if (strcasecmp(r->metadata[i].key, key) == 0 &&
			strcasecmp(r->metadata[i].value, value) == 0)
			return true;
	}
	return false;
}

static bool holds(const struct sig_policy *pol, const struct cond *c, const struct sig_rule *r)
{
	switch (c->kind) {
	case C_SID:
		return r->sid == c->n;
	case C_GID:
		return r->gid == c->n;
	case C_CLASS:
		return strcasecmp(r->classtype, c->value) == 0;
	case C_SEVERITY:
		return r->priority == c->n;
	case C_META:
		return metadata_is(r, c->key, c->value);
	case C_GROUP:
		return sig_group_is(r->file, c->value);
	case C_MSG:
		return fnmatch(c->value, r->msg, FNM_CASEFOLD) == 0;
	case C_ACTION:
		return strcmp(sig_action_name[r->action], c->value) == 0;
	default:
		return pcre2_match(c->re, (PCRE2_SPTR)r->text, strlen(r->text), 0, 0, pol->data,
			       NULL) >= 0;
	}
}

/* "balanced-ips drop" of "metadata:policy balanced-ips drop". */
static enum sig_policy_act vendor_says(const struct sig_rule *r, const char *policy)
{
	const size_t n = strlen(policy);

	for (uint32_t i = 0; i < r->metadata_n; i++) {
		const char *v = r->metadata[i].value;

		if (strcasecmp(r->metadata[i].key, "policy") != 0 || strncasecmp(v, policy, n) != 0 ||
			(v[n] && !sig_is_blank(v[n])))
			continue;
		v += n + strspn(v + n, " \t");
		return strcasecmp(v, "drop") == 0 || strcasecmp(v, "block") == 0 ||
				       strcasecmp(v, "reject") == 0 ?
			       SIG_PA_PREVENT :
			       SIG_PA_ALERT;
	}
	return SIG_PA_OFF;
}

static bool fits(const struct sig_policy *pol, const struct line *l, const struct sig_rule *r)
{
	for (size_t i = 0; i < l->conds_n; i++) {
		if (!holds(pol, &l->cond[i], r))
			return false;
	}
	return true;
}

struct sig_decision sig_policy_decide(const struct sig_set *set, const struct sig_rule *r)
{
	const struct sig_policy *pol = set->policy;

	for (size_t i = pol->lines_n; i-- > 0;) {
		const struct line *l = &pol->line[i];

		if (fits(pol, l, r))
			return (struct sig_decision){l->vendor ? vendor_says(r, l->vendor) : l->act,
				l->vendor || l->names_sid, l->number};
	}
	return (struct sig_decision){SIG_PA_KEEP, false, 0};
}

void sig_policy_note(struct sig_set *set, const struct sig_rule *r, enum sig_change_kind kind,
	enum sig_action was, uint32_t line)
{
	set->change = sig_arena_grow(&set->arena, set->change, &set->changes_cap, set->changes_n,
		sizeof(*set->change));
	set->change[set->changes_n++] = (struct sig_change){r, kind, was, r->action, line};
}

static bool blocks(enum sig_action a)
{
	return a >= SIG_ACT_DROP && a <= SIG_ACT_REJECT_BOTH;
}

void sig_policy_act(struct sig_set *set, struct sig_rule *r, struct sig_decision d, bool was_enabled)
{
	const enum sig_action was = r->action;
	enum sig_change_kind kind = was_enabled ? SIG_CHG_ACTION : SIG_CHG_ON;

	if (d.act == SIG_PA_PREVENT && was == SIG_ACT_ALERT) {
		// A rule without alert works for others: blocking is theirs.
		if (r->flags & SIG_R_NOALERT)
			kind = was_enabled ? SIG_CHG_SETTER : SIG_CHG_ON;
		else
			r->action = SIG_ACT_DROP;
	} else if (d.act == SIG_PA_ALERT && blocks(was)) {
		r->action = SIG_ACT_ALERT;
	}
	if (r->action != was || kind != SIG_CHG_ACTION)
		sig_policy_note(set, r, kind, was, d.line);
}
