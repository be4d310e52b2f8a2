/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <stdio.h>
#include <string.h>

struct sig_ruleset *load_text(const char *text, enum sig_dialect dialect)
{
	struct sig_load_options opts = {.dialect = dialect};
	struct sig_ruleset *set;

	assert_int_equal(sig_ruleset_load_text("test.rules", text, strlen(text), &opts, &set), 0);
	assert_non_null(set);
	return set;
}

const struct sig_rule *load_one(const char *text, struct sig_ruleset **set)
{
	*set = load_text(text, SIG_DIALECT_SURICATA);
	for (size_t i = 0; i < (*set)->errors_n; i++) {
		if ((*set)->error[i].severity != SIG_SEV_WARNING)
			fprintf(stderr, "%s\n  %s\n", text, (*set)->error[i].sentence);
	}
	assert_int_equal((*set)->rules_n, 1);
	return (*set)->rule[0];
}

int body_loads(const char *proto, const char *body)
{
	char text[4096];
	struct sig_ruleset *set;
	int loaded;

	snprintf(text, sizeof(text), "alert %s any any -> any any (%s sid:1;)\n", proto, body);
	set = load_text(text, SIG_DIALECT_SURICATA);
	loaded = set->rules_n == 1;
	sig_ruleset_destroy(set);
	return loaded;
}

const struct sig_opt *find_opt(const struct sig_rule *r, enum sig_opt_kind kind)
{
	for (uint16_t i = 0; i < r->opts_n; i++) {
		if (r->opt[i].kind == kind)
			return &r->opt[i];
	}
	return NULL;
}
