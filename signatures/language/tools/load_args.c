/* SPDX-License-Identifier: Apache-2.0 */
#include "common_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_vars(struct sig_load_args *a, const char *path, bool yaml)
{
	struct sig_error e = {.sentence = "cannot be read", .cure = ""};
	const int rc = yaml ? sig_vars_load_yaml(a->vars, path, &e)
			    : sig_vars_load_json(a->vars, path, &e);

	if (rc)
		fprintf(stderr, "%s:%u:%u: %s. %s\n", path, e.line, e.column, e.sentence, e.cure);
	return rc ? -1 : 0;
}

static bool ends_in(const char *path, const char *end)
{
	const size_t n = strlen(path), m = strlen(end);

	return n > m && strcmp(path + n - m, end) == 0;
}

static int take_dialect(struct sig_load_args *a, const char *name)
{
	static const char *const names[] = {"auto", "suricata", "snort2", "snort3"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(name, names[i]) == 0) {
			a->opts.dialect = (enum sig_dialect)i;
			return 0;
		}
	}
	fprintf(stderr, "--dialect %s: write auto, suricata, snort2 or snort3\n", name);
	return -1;
}

static int take_set(struct sig_load_args *a, const char *text)
{
	const char *eq = strchr(text, '=');
	char *name;
	int rc;

	if (!eq) {
		fprintf(stderr, "--set %s: write NAME=VALUE\n", text);
		return -1;
	}
	name = strndup(text, (size_t)(eq - text));
	rc = name ? sig_vars_set(a->vars, name, eq + 1) : -1;
	free(name);
	if (rc)
		fprintf(stderr, "--set %s: not a variable's name\n", text);
	return rc ? -1 : 0;
}

int sig_load_take(struct sig_load_args *a, int opt, const char *value)
{
	if (!a->vars)
		a->vars = sig_vars_create();
	if (!a->vars)
		return -1;
	a->opts.vars = a->vars;
	switch (opt) {
	case SIG_LOAD_VARS:
		return take_vars(a, value, ends_in(value, ".yaml") || ends_in(value, ".yml"));
	case SIG_LOAD_SET:
		return take_set(a, value);
	case SIG_LOAD_CLASS:
		a->opts.classification = value;
		return 0;
	case SIG_LOAD_REF:
		a->opts.reference = value;
		return 0;
	case SIG_LOAD_THRESHOLD:
		a->opts.threshold = value;
		return 0;
	case SIG_LOAD_DATA:
		a->opts.data_dir = value;
		return 0;
	case SIG_LOAD_YAML:
		return take_vars(a, value, true);
	case SIG_LOAD_DIALECT:
		return take_dialect(a, value);
	case SIG_LOAD_POLICY:
		a->opts.policy = value;
		return 0;
	case SIG_LOAD_ENABLE:
		a->opts.enable = value;
		return 0;
	case SIG_LOAD_DISABLE:
		a->opts.disable = value;
		return 0;
	case SIG_LOAD_MODIFY:
		a->opts.modify = value;
		return 0;
	case SIG_LOAD_DROP:
		a->opts.drop = value;
		return 0;
	default:
		return -1;
	}
}

void sig_load_args_fini(struct sig_load_args *a)
{
	sig_vars_destroy(a->vars);
}

int sig_load_rules(struct sig_load_args *a, char **paths, size_t n, struct sig_ruleset **set)
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

void sig_error_print(FILE *f, const struct sig_error *e)
{
	fprintf(f, "%s:%u:%u: %s", e->file, e->line, e->column, sig_common_severity(e->severity));
	if (e->sid)
		fprintf(f, " sid %u", e->sid);
	if (*e->token)
		fprintf(f, " at '%s'", e->token);
	fprintf(f, ": %s", e->sentence);
	if (*e->cure)
		fprintf(f, ". Cure: %s", e->cure);
	putc('\n', f);
}

json_t *sig_error_json(const struct sig_error *e)
{
	return json_pack("{s:o, s:i, s:i, s:I, s:s, s:o, s:o, s:o}", "file",
		sig_common_text(e->file), "line", (int)e->line, "column", (int)e->column, "sid",
		(json_int_t)e->sid, "severity", sig_common_severity(e->severity), "word",
		sig_common_text(e->token), "reason", sig_common_text(e->sentence), "cure",
		sig_common_text(e->cure));
}

bool sig_any_refusal(const struct sig_ruleset *set)
{
	for (size_t i = 0; i < set->errors_n; i++) {
		if (set->error[i].severity == SIG_SEV_REFUSED)
			return true;
	}
	return false;
}
