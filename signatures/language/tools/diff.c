/* SPDX-License-Identifier: Apache-2.0 */
/* `sekisho rules diff` */
#include "common_args.h"
#include "field.h"

#include <sig/keyword.h>
#include <sig/tools.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_sid(const void *pa, const void *pb)
{
	const struct sig_rule *a = *(const struct sig_rule *const *)pa;
	const struct sig_rule *b = *(const struct sig_rule *const *)pb;

	if (a->gid != b->gid)
		return a->gid < b->gid ? -1 : 1;
	return a->sid < b->sid ? -1 : a->sid > b->sid;
}

static const struct sig_rule **sorted(const struct sig_ruleset *set)
{
	const struct sig_rule **r = calloc(set->rules_n ? set->rules_n : 1, sizeof(*r));

	if (r && set->rules_n) {
		memcpy(r, set->rule, set->rules_n * sizeof(*r));
		qsort(r, set->rules_n, sizeof(*r), by_sid);
	}
	return r;
}

/* Start of the options: what stands before is the header. */
static size_t header_len(const char *text)
{
	const char *open = strchr(text, '(');

	return open ? (size_t)(open - text) : strlen(text);
}

/* Past the action word. */
static const char *after_action(const char *text)
{
	return text + strcspn(text, " \t");
}

static bool same_header(const struct sig_rule *a, const struct sig_rule *b)
{
	const char *x = after_action(a->text), *y = after_action(b->text);
	size_t n = header_len(x);

	return n == header_len(y) && strncmp(x, y, n) == 0;
}

/* The options that decide what matches: kinds and keywords in order, then the text. */
static bool same_options(const struct sig_rule *a, const struct sig_rule *b)
{
	if (a->opts_n != b->opts_n || a->lists_n != b->lists_n)
		return false;
	for (uint16_t i = 0; i < a->opts_n; i++) {
		if (a->opt[i].kind != b->opt[i].kind || a->opt[i].keyword != b->opt[i].keyword ||
			a->opt[i].list != b->opt[i].list)
			return false;
	}
	return true;
}

static json_t *changes(const struct sig_rule *a, const struct sig_rule *b)
{
	json_t *c = json_array();

	if (a->action != b->action)
		json_array_append_new(c, json_sprintf("action %s -> %s", sig_action_name[a->action],
						 sig_action_name[b->action]));
	if (a->rev != b->rev)
		json_array_append_new(c, json_sprintf("rev %u -> %u", a->rev, b->rev));
	if (!same_header(a, b))
		json_array_append_new(c, json_string("header"));
	if (strcmp(a->msg, b->msg) != 0)
		json_array_append_new(c, json_string("msg"));
	if (strcmp(a->classtype, b->classtype) != 0)
		json_array_append_new(
			c, json_sprintf("classtype %s -> %s", a->classtype, b->classtype));
	if (a->priority != b->priority)
		json_array_append_new(
			c, json_sprintf("priority %u -> %u", a->priority, b->priority));
	if ((a->flags ^ b->flags) & SIG_R_NOALERT)
		json_array_append_new(c,
			json_string(b->flags & SIG_R_NOALERT ? "noalert set" : "noalert removed"));
	if (a->enabled != b->enabled)
		json_array_append_new(c, json_string(b->enabled ? "enabled" : "disabled"));
	if (!same_options(a, b))
		json_array_append_new(c, json_string("detection options"));
	if (json_array_size(c) == 0 && strcmp(a->text, b->text) != 0)
		json_array_append_new(c, json_string("values or wording of options"));
	return c;
}

/* Would the change make traffic drop that passed before? */
static bool blocks(const struct sig_rule *r)
{
	return r->enabled && r->action >= SIG_ACT_DROP && r->action <= SIG_ACT_REJECT_BOTH;
}

struct result {
	json_t *added, *removed, *changed;
	int now_blocking, no_longer_blocking;
};

static json_t *entry(const struct sig_rule *r)
{
	return json_pack("{s:I, s:I, s:I, s:s, s:s}", "gid", (json_int_t)r->gid, "sid",
		(json_int_t)r->sid, "rev", (json_int_t)r->rev, "action", sig_action_name[r->action],
		"msg", r->msg);
}

static void note_policy(struct result *d, const struct sig_rule *a, const struct sig_rule *b)
{
	bool before = a && blocks(a), after = b && blocks(b);

	d->now_blocking += !before && after;
	d->no_longer_blocking += before && !after;
}

static void compare(struct result *d, const struct sig_rule *const *a, size_t an,
	const struct sig_rule *const *b, size_t bn)
{
	size_t i = 0, k = 0;

	while (i < an || k < bn) {
		int order = i == an ? 1 : k == bn ? -1 : by_sid(&a[i], &b[k]);

		if (order < 0) {
			json_array_append_new(d->removed, entry(a[i]));
			note_policy(d, a[i++], NULL);
		} else if (order > 0) {
			json_array_append_new(d->added, entry(b[k]));
			note_policy(d, NULL, b[k++]);
		} else {
			json_t *c = changes(a[i], b[k]), *e;

			if (json_array_size(c)) {
				e = entry(b[k]);
				json_object_set(e, "changes", c);
				json_array_append_new(d->changed, e);
			}
			json_decref(c);
			note_policy(d, a[i++], b[k++]);
		}
	}
}

static void print_list(const char *sign, const json_t *list)
{
	size_t i, k;
	json_t *e, *c;

	json_array_foreach ((json_t *)list, i, e) {
		printf("%s %lld:%lld:%lld %s %s", sign,
			(long long)json_integer_value(json_object_get(e, "gid")),
			(long long)json_integer_value(json_object_get(e, "sid")),
			(long long)json_integer_value(json_object_get(e, "rev")),
			json_string_value(json_object_get(e, "action")),
			json_string_value(json_object_get(e, "msg")));
		json_array_foreach (json_object_get(e, "changes"), k, c)
			printf("%s %s", k ? "," : ":", json_string_value(c));
		putchar('\n');
	}
}

static void print_result(const struct sig_common_args *a, struct result *d)
{
	json_t *root;

	if (!a->json) {
		print_list("+", d->added);
		print_list("-", d->removed);
		print_list("~", d->changed);
		printf("%zu added, %zu removed, %zu changed; %d now block, %d no longer block\n",
			json_array_size(d->added), json_array_size(d->removed),
			json_array_size(d->changed), d->now_blocking, d->no_longer_blocking);
	}
	root = json_pack("{s:o, s:o, s:o, s:i, s:i}", "added", d->added, "removed", d->removed,
		"changed", d->changed, "now_blocking", d->now_blocking, "no_longer_blocking",
		d->no_longer_blocking);
	if (a->json)
		sig_common_print_json(root);
	else
		json_decref(root);
}

static int diff_sets(const struct sig_common_args *a, const struct sig_ruleset *old,
	const struct sig_ruleset *new)
{
	struct result d = {json_array(), json_array(), json_array(), 0, 0};
	const struct sig_rule **x = sorted(old), **y = sorted(new);

	if (x && y)
		compare(&d, x, old->rules_n, y, new->rules_n);
	free(x);
	free(y);
	print_result(a, &d);
	return 0;
}

int sig_cmd_diff(int argc, char **argv)
{
	static const char usage[] = "diff [--json] [--disabled] OLD NEW (a file or directory each)";
	struct sig_ruleset *set[2] = {NULL, NULL};
	struct sig_common_args a;
	int rc = sig_common_parse(&a, argc, argv, usage), load[2] = {0, 0};

	if (!rc && a.paths_n != 2) {
		fprintf(stderr, "usage: %s\n", usage);
		rc = 2;
	}
	for (int i = 0; i < 2 && !rc; i++)
		set[i] = sig_common_load(&a, a.path + i, 1, &load[i]);
	if (set[0] && set[1] && !load[0] && !load[1])
		rc = diff_sets(&a, set[0], set[1]);
	else if (!rc)
		rc = 1;
	for (int i = 0; i < 2; i++) {
		if (load[i])
			fprintf(stderr, "%s: cannot be read\n", a.path[i]);
		sig_ruleset_destroy(set[i]);
	}
	sig_common_fini(&a);
	return rc;
}
