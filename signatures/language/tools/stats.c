/* SPDX-License-Identifier: Apache-2.0 */
/* `sekisho rules stats` */
#include "common_args.h"
#include "field.h"

#include <sig/keyword.h>
#include <sig/tools.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One table: name -> count. Names live in the rule set or in constants. */
struct counter {
	const char *title;
	json_t *count;
};
enum { ACTION, PROTO, CLASS, KEYWORD, BUFFER, FEATURE, TABLES };

static void add(struct counter *c, const char *name)
{
	json_t *n = json_object_get(c->count, *name ? name : "(none)");

	if (n)
		json_integer_set(n, json_integer_value(n) + 1);
	else
		json_object_set_new(c->count, *name ? name : "(none)", json_integer(1));
}

static void count_options(struct counter *c, const struct sig_rule *r)
{
	uint64_t seen[8] = {0};

	for (uint16_t i = 0; i < r->opts_n; i++) {
		uint16_t k = r->opt[i].keyword;

		if (seen[k / 64 % 8] & (uint64_t)1 << (k % 64))
			continue;
		seen[k / 64 % 8] |= (uint64_t)1 << (k % 64);
		add(&c[KEYWORD], sig_keyword_table[k].name);
	}
	for (uint16_t i = 0; i < r->lists_n; i++) {
		bool again = false;

		for (uint16_t k = 0; k < i; k++)
			again |= r->list[k].buffer == r->list[i].buffer;
		if (!again)
			add(&c[BUFFER], sig_buffer_info[r->list[i].buffer].name);
	}
}

static bool has_content(const struct sig_rule *r, bool *pcre)
{
	bool content = false;

	*pcre = false;
	for (uint16_t i = 0; i < r->opts_n; i++) {
		content |= r->opt[i].kind == SIG_OPT_CONTENT &&
			   !(r->opt[i].u.content.flags & SIG_C_NEGATED);
		*pcre |= r->opt[i].kind == SIG_OPT_PCRE;
	}
	return content;
}

static void count_rule(struct counter *c, const struct sig_rule *r)
{
	bool pcre, content = has_content(r, &pcre);

	add(&c[ACTION], sig_action_name[r->action]);
	add(&c[PROTO], sig_field_proto(r));
	add(&c[CLASS], r->classtype);
	count_options(c, r);
	if (r->flags & SIG_R_NOALERT)
		add(&c[FEATURE], "noalert");
	if (r->flags & SIG_R_SETS_STATE)
		add(&c[FEATURE], "sets state");
	if (r->flags & SIG_R_IP_ONLY)
		add(&c[FEATURE], "addresses only");
	if (r->flags & SIG_R_TX)
		add(&c[FEATURE], "looks at transactions");
	if (r->flags & SIG_R_PAYLOAD)
		add(&c[FEATURE], "looks at payload");
	if (r->flags & SIG_R_FILE)
		add(&c[FEATURE], "looks at files");
	if (pcre && !content)
		add(&c[FEATURE], "regular expression without literal");
	if (!pcre && !content && r->lists_n)
		add(&c[FEATURE], "buffer without pattern");
}

struct row {
	const char *name;
	json_int_t n;
};
static int by_count(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void print_table(const struct counter *c)
{
	size_t n = json_object_size(c->count), i = 0;
	struct row *row = calloc(n ? n : 1, sizeof(*row));
	const char *key;
	json_t *value;

	if (!row)
		return;
	json_object_foreach (c->count, key, value)
		row[i++] = (struct row){key, json_integer_value(value)};
	qsort(row, n, sizeof(*row), by_count);
	printf("\n%s\n", c->title);
	for (i = 0; i < n; i++)
		printf("  %8lld  %s\n", (long long)row[i].n, row[i].name);
	free(row);
}

int sig_cmd_stats(int argc, char **argv)
{
	struct counter c[TABLES] = {{"by action", NULL}, {"by protocol", NULL}, {"by class", NULL},
		{"by keyword", NULL}, {"by buffer", NULL}, {"by nature", NULL}};
	static const char *const keys[TABLES] = {
		"action", "protocol", "class", "keyword", "buffer", "nature"};
	struct sig_common_args a;
	struct sig_ruleset *set;
	json_t *root;
	int rc = sig_common_parse(&a, argc, argv, "stats [--json] FILE|DIR..."), load;

	set = rc ? NULL : sig_common_load(&a, a.path, a.paths_n, &load);
	if (!set) {
		sig_common_fini(&a);
		return rc ? rc : 1;
	}
	root = json_pack("{s:i, s:i, s:i}", "loaded", (int)set->loaded, "skipped",
		(int)set->skipped, "refused", (int)set->refused);
	for (int i = 0; i < TABLES; i++) {
		c[i].count = json_object();
		json_object_set_new(root, keys[i], c[i].count);
	}
	for (size_t i = 0; i < set->rules_n; i++)
		count_rule(c, set->rule[i]);
	if (a.json) {
		sig_common_print_json(root);
	} else {
		printf("%u rules loaded, %u skipped, %u refused\n", set->loaded, set->skipped,
			set->refused);
		for (int i = 0; i < TABLES; i++)
			print_table(&c[i]);
		json_decref(root);
	}
	sig_ruleset_destroy(set);
	sig_common_fini(&a);
	return load ? 1 : 0;
}
