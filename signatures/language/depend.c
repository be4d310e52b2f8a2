/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that a list disables but that set state which enabled rules test: without them those rules
 * would be silent. They stay, as rules that neither alert nor block.
 */
#include "parser.h"
#include "policy.h"

#include <stdio.h>
#include <string.h>

/* flowbits, flowint, and xbits with hostbits, which share one store, are three name spaces. */
struct name {
	char space;
	const char *text;
	bool set; /* sets it; false: tests it */
};

static size_t key_of(char *key, size_t size, const struct name *n)
{
	int len = snprintf(key, size, "%c%s", n->space, n->text);

	return (size_t)len < size ? (size_t)len : size - 1;
}

/* The i-th name of an option. False when there is none. */
static bool name_of(const struct sig_opt *o, uint32_t i, struct name *n)
{
	switch (o->kind) {
	case SIG_OPT_FLOWBITS:
		if (i >= o->u.bits_named.n || o->u.bits_named.cmd == SIG_BIT_ISNOTSET)
			return false;
		*n = (struct name){
			'f', o->u.bits_named.name[i], o->u.bits_named.cmd < SIG_BIT_ISSET};
		return true;
	case SIG_OPT_XBITS:
	case SIG_OPT_HOSTBITS:
		if (i || o->u.xbits.cmd == SIG_BIT_ISNOTSET)
			return false;
		*n = (struct name){'x', o->u.xbits.name, o->u.xbits.cmd < SIG_BIT_ISSET};
		return true;
	case SIG_OPT_FLOWINT:
		if (i || o->u.flowint.op == SIG_FI_ISNOTSET)
			return false;
		*n = (struct name){'i', o->u.flowint.name, o->u.flowint.op <= SIG_FI_SUB};
		return true;
	default:
		return false;
	}
}

static void note_tests(struct sig_intern *needed, const struct sig_rule *r)
{
	char key[512];
	struct name n;

	for (uint16_t k = 0; k < r->opts_n; k++) {
		for (uint32_t i = 0; name_of(&r->opt[k], i, &n); i++) {
			if (!n.set)
				*sig_intern_at(needed, key, key_of(key, sizeof(key), &n)) = needed;
		}
	}
}

/* The first name that the rule sets and others need, or NULL. */
static const char *needed_name(const struct sig_intern *needed, const struct sig_rule *r)
{
	char key[512];
	struct name n;

	for (uint16_t k = 0; k < r->opts_n; k++) {
		for (uint32_t i = 0; name_of(&r->opt[k], i, &n); i++) {
			if (n.set && sig_intern_find(needed, key, key_of(key, sizeof(key), &n)))
				return n.text;
		}
	}
	return NULL;
}

static void keep(struct sig_set *set, struct sig_pending *p, const char *name)
{
	struct sig_error e = {.severity = SIG_SEV_WARNING,
		.file = p->rule->file,
		.line = p->rule->line,
		.column = p->rule->column,
		.sid = p->rule->sid,
		.token = name,
		.cure = "disable the rules that test it as well",
		.sentence =
			"kept, silent and without action: enabled rules test the state it sets"};

	const enum sig_action was = p->rule->action;

	p->rule->action = SIG_ACT_ALERT;
	p->rule->flags |= SIG_R_NOALERT;
	p->rule->enabled = true;
	set->file[p->file].disabled--;
	set->pub.disabled--;
	if (!p->listed && !sig_set_admit(set, p->rule))
		return;
	if (!p->listed)
		sig_set_append(set, p->rule);
	set->file[p->file].loaded++;
	set->pub.loaded++;
	sig_set_error(set, &e);
	if (set->policy)
		sig_policy_note(set, p->rule, SIG_CHG_KEPT, was, 0);
}

void sig_depend_resolve(struct sig_set *set)
{
	struct sig_intern needed;
	bool again = set->pending_n > 0;

	if (!again)
		return;
	sig_intern_init(&needed, &set->arena);
	for (size_t i = 0; i < set->rules_n; i++) {
		if (set->rule[i]->enabled)
			note_tests(&needed, set->rule[i]);
	}
	while (again) {
		again = false;
		for (size_t i = 0; i < set->pending_n; i++) {
			struct sig_pending *p = &set->pending[i];
			const char *name = p->rule ? needed_name(&needed, p->rule) : NULL;

			if (!name)
				continue;
			keep(set, p, name);
			note_tests(&needed, p->rule);
			p->rule = NULL;
			again = true;
		}
	}
	sig_intern_fini(&needed);
}
