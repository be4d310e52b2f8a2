/* SPDX-License-Identifier: Apache-2.0 */
/* `sekisho rules plan`: what a policy changes, before it does. */
#include "common_args.h"

#include <sig/tools.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_word[] = {[SIG_CHG_ACTION] = "action", [SIG_CHG_ON] = "on",
	[SIG_CHG_OFF] = "off", [SIG_CHG_KEPT] = "kept", [SIG_CHG_SETTER] = "setter"};

static bool blocking(enum sig_action a)
{
	return a >= SIG_ACT_DROP && a <= SIG_ACT_REJECT_BOTH;
}

/* A rule that was off and came back for its state is told once, as kept. */
static bool told_otherwise(const struct sig_change *c)
{
	return c->kind == SIG_CHG_OFF && c->rule->enabled;
}

struct counts {
	int prevent, no_more, on, off, kept, setters;
};

static struct counts count(const struct sig_ruleset *set)
{
	struct counts n = {0};

	for (size_t i = 0; i < set->changes_n; i++) {
		const struct sig_change *c = &set->change[i];
		bool before = c->kind != SIG_CHG_ON && blocking(c->was);
		bool after = c->kind != SIG_CHG_OFF && blocking(c->is);

		if (told_otherwise(c))
			continue;
		n.prevent += !before && after;
		n.no_more += before && !after;
		n.on += c->kind == SIG_CHG_ON;
		n.off += c->kind == SIG_CHG_OFF;
		n.kept += c->kind == SIG_CHG_KEPT;
		n.setters += c->kind == SIG_CHG_SETTER;
	}
	return n;
}

static void print_change(const struct sig_change *c)
{
	const struct sig_rule *r = c->rule;

	printf("%u:%u:%u ", r->gid, r->sid, r->rev);
	switch (c->kind) {
	case SIG_CHG_OFF:
		printf("off (was %s)", sig_action_name[c->was]);
		break;
	case SIG_CHG_ON:
		printf("on, %s (was commented out)", sig_action_name[c->is]);
		break;
	case SIG_CHG_KEPT:
		printf("stays, silent and without action: others test the state it sets");
		break;
	case SIG_CHG_SETTER:
		printf("stays %s: it raises no alert and must not block", sig_action_name[c->is]);
		break;
	default:
		printf("%s -> %s", sig_action_name[c->was], sig_action_name[c->is]);
		break;
	}
	if (c->line)
		printf(" (line %u)", c->line);
	printf("  %s\n", r->msg);
}

static void print_text(const struct sig_common_args *a, const struct sig_ruleset *set)
{
	const struct counts n = count(set);

	for (size_t i = 0; i < set->changes_n && !a->quiet; i++) {
		if (!told_otherwise(&set->change[i]))
			print_change(&set->change[i]);
	}
	printf("%u rules in force: %d now prevent, %d prevent no longer, %d on, %d off, %d kept silent for "
	       "the state they set, %d setters left alone\n",
		set->loaded, n.prevent, n.no_more, n.on, n.off, n.kept, n.setters);
}

static void print_as_json(const struct sig_ruleset *set)
{
	const struct counts n = count(set);
	json_t *list = json_array();

	for (size_t i = 0; i < set->changes_n; i++) {
		const struct sig_change *c = &set->change[i];

		if (!told_otherwise(c))
			json_array_append_new(list,
				json_pack("{s:I, s:I, s:s, s:s, s:s, s:I, s:o}", "gid",
					(json_int_t)c->rule->gid, "sid", (json_int_t)c->rule->sid,
					"change", kind_word[c->kind], "was",
					sig_action_name[c->was], "is", sig_action_name[c->is],
					"policy_line", (json_int_t)c->line, "msg",
					sig_common_text(c->rule->msg)));
	}
	sig_common_print_json(json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "in_force",
		(int)set->loaded, "now_prevent", n.prevent, "prevent_no_longer", n.no_more, "on", n.on,
		"off", n.off, "kept", n.kept, "setters_left", n.setters, "changes", list));
}

/* A policy that is itself wrong decides nothing: say so, and fail. */
static int policy_errors(const struct sig_common_args *a, const struct sig_ruleset *set)
{
	int n = 0;

	for (size_t i = 0; i < set->errors_n; i++) {
		const struct sig_error *e = &set->error[i];

		if (strcmp(e->file, a->rules.opts.policy) != 0)
			continue;
		fprintf(stderr, "%s:%u:%u: at '%s': %s. Cure: %s\n", e->file, e->line, e->column,
			e->token, e->sentence, e->cure);
		n++;
	}
	return n;
}

int sig_cmd_plan(int argc, char **argv)
{
	static const char usage[] = "plan --policy FILE|NAME [--quiet] [--json] FILE|DIR...";
	struct sig_common_args a;
	struct sig_ruleset *set = NULL;
	int rc = sig_common_parse(&a, argc, argv, usage), load = 0;

	if (!rc && (!a.paths_n || !a.rules.opts.policy)) {
		fprintf(stderr, "usage: %s\n", usage);
		rc = 2;
	}
	if (!rc)
		set = sig_common_load(&a, a.path, a.paths_n, &load);
	if (!rc && (!set || load))
		rc = 1;
	if (!rc && policy_errors(&a, set))
		rc = 1;
	if (!rc && a.json)
		print_as_json(set);
	else if (!rc)
		print_text(&a, set);
	if (load)
		fprintf(stderr, "sekisho rules plan: rules or policy cannot be read\n");
	sig_ruleset_destroy(set);
	sig_common_fini(&a);
	return rc;
}
