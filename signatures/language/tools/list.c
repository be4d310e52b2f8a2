/* SPDX-License-Identifier: Apache-2.0 */
/* `sekisho rules list` */
#include "common_args.h"
#include "field.h"

#include <sig/tools.h>
#include <stdio.h>
#include <string.h>

static bool selected(const struct sig_common_args *a, const struct sig_rule *r)
{
	for (int i = 0; i < a->where_n; i++) {
		const char *eq = strchr(a->where[i], '=');
		bool not = eq > a->where[i] && eq[-1] == '!';

		if ((sig_field_is(r, a->where[i], (size_t)(eq - a->where[i] - not ), eq + 1) > 0) ==
			not )
			return false;
	}
	return true;
}

static json_t *rule_json(const struct sig_rule *r)
{
	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:I, s:s, s:b, s:b, s:o, s:I}", "sid",
		(json_int_t)r->sid, "gid", (json_int_t)r->gid, "rev", (json_int_t)r->rev, "action",
		sig_action_name[r->action], "proto", sig_field_proto(r), "classtype", r->classtype,
		"priority", (json_int_t)r->priority, "msg", r->msg, "noalert",
		(int)!!(r->flags & SIG_R_NOALERT), "enabled", (int)r->enabled, "file",
		sig_common_text(r->file), "line", (json_int_t)r->line);
}

int sig_cmd_list(int argc, char **argv)
{
	static const char usage[] =
		"list [--where KEY=VALUE | KEY!=VALUE]... [--json] [--disabled] FILE|DIR...";
	struct sig_common_args a;
	struct sig_ruleset *set;
	json_t *all = NULL;
	int rc = sig_common_parse(&a, argc, argv, usage), load;

	set = rc ? NULL : sig_common_load(&a, a.path, a.paths_n, &load);
	if (!set) {
		sig_common_fini(&a);
		return rc ? rc : 1;
	}
	if (a.json)
		all = json_array();
	for (size_t i = 0; i < set->rules_n; i++) {
		const struct sig_rule *r = set->rule[i];

		if (!selected(&a, r))
			continue;
		if (a.json)
			json_array_append_new(all, rule_json(r));
		else
			printf("%s%u:%u:%u %s %s [%s] %s\n", r->enabled ? "" : "# ", r->gid, r->sid,
				r->rev, sig_action_name[r->action], sig_field_proto(r),
				r->classtype, r->msg);
	}
	if (a.json)
		sig_common_print_json(all);
	sig_ruleset_destroy(set);
	sig_common_fini(&a);
	return load ? 1 : 0;
}
