/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int take_vars(struct load_args *a, const char *path)
{
	struct sig_error e = {0};
	const size_t n = strlen(path);
	const bool yaml = (n > 5 && strcmp(path + n - 5, ".yaml") == 0) ||
		(n > 4 && strcmp(path + n - 4, ".yml") == 0);
	const int rc = yaml ? sig_vars_load_yaml(a->vars, path, &e) :
			      sig_vars_load_json(a->vars, path, &e);

	if (rc)
		fprintf(stderr, "sekisho: %s:%u: %s\n", path, e.line,
			e.sentence ? e.sentence : strerror(-rc));
	return rc ? -1 : 0;
}

static int take_yaml(struct load_args *a, const char *path)
{
	struct sig_error e = {0};
	const int rc = sig_vars_load_yaml(a->vars, path, &e);

	if (rc)
		fprintf(stderr, "sekisho: %s:%u: %s\n", path, e.line,
			e.sentence ? e.sentence : strerror(-rc));
	return rc ? -1 : 0;
}

static int take_dialect(struct load_args *a, const char *name)
{
	static const char *const names[] = {"auto", "suricata", "snort2", "snort3"};

	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0) {
			a->opts.dialect = (enum sig_dialect)i;
			return 0;
		}
	return -1;
}

static int take_set(struct load_args *a, const char *text)
{
	const char *eq = strchr(text, '=');
	char name[128];

	if (!eq || (size_t)(eq - text) >= sizeof(name))
		return -1;
	memcpy(name, text, (size_t)(eq - text));
	name[eq - text] = 0;
	return sig_vars_set(a->vars, name, eq + 1) ? -1 : 0;
}

int load_take(struct load_args *a, int opt, const char *value)
{
	if (!a->vars)
		a->vars = sig_vars_create();
	if (!a->vars)
		return -1;
	a->opts.vars = a->vars;
	switch (opt) {
	case LOAD_VARS:
		return take_vars(a, value);
	case LOAD_SET:
		return take_set(a, value);
	case LOAD_CLASS:
		a->opts.classification = value;
		return 0;
	case LOAD_REF:
		a->opts.reference = value;
		return 0;
	case LOAD_THRESHOLD:
		a->opts.threshold = value;
		return 0;
	case LOAD_DATA:
		a->opts.data_dir = value;
		return 0;
	case LOAD_YAML:
		return take_yaml(a, value);
	case LOAD_DIALECT:
		return take_dialect(a, value);
	case LOAD_POLICY:
		a->opts.policy = value;
		return 0;
	case LOAD_ENABLE:
		a->opts.enable = value;
		return 0;
	case LOAD_DISABLE:
		a->opts.disable = value;
		return 0;
	case LOAD_MODIFY:
		a->opts.modify = value;
		return 0;
	case LOAD_DROP:
		a->opts.drop = value;
		return 0;
	default:
		return -1;
	}
}

void load_args_fini(struct load_args *a)
{
	sig_vars_destroy(a->vars);
}

int load_rules(struct load_args *a, char **paths, size_t n, struct sig_ruleset **set)
{
	const int rc = sig_ruleset_load((const char *const *)paths, n, &a->opts, set);

	// A policy of which a line is wrong decides other things than its author thinks.
	for (size_t i = 0; rc == 0 && a->opts.policy && i < (*set)->errors_n; i++) {
		const struct sig_error *e = &(*set)->error[i];

		if (strcmp(e->file, a->opts.policy) != 0)
			continue;
		fprintf(stderr, "sekisho: %s:%u:%u: at '%s': %s. Cure: %s\n", e->file, e->line,
			e->column, e->token, e->sentence, e->cure);
		return 1;
	}
	if (rc == 0)
		return 0;
	if (*set && (*set)->errors_n)
		fprintf(stderr, "sekisho: %s: %s\n", (*set)->error[0].file,
			(*set)->error[0].sentence);
	else
		fprintf(stderr, "sekisho: cannot load the rules: %s\n", strerror(-rc));
	return 1;
}
