/* SPDX-License-Identifier: Apache-2.0 */
#include "common_args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	VARS = 256,
	SET,
	YAML,
	STRICT,
	JSON,
	QUIET,
	MARKDOWN,
	MAN,
	WHERE,
	DIALECT,
	CLASSES,
	REFERENCES,
	THRESHOLDS,
	ENABLE,
	DISABLE,
	MODIFY,
	DROP,
	DISABLED,
	DATA_DIR,
	POLICY
};

static const struct option options[] = {
	{"vars", required_argument, NULL, VARS},
	{"set", required_argument, NULL, SET},
	{"suricata-yaml", required_argument, NULL, YAML},
	{"strict", no_argument, NULL, STRICT},
	{"json", no_argument, NULL, JSON},
	{"quiet", no_argument, NULL, QUIET},
	{"markdown", no_argument, NULL, MARKDOWN},
	{"man", no_argument, NULL, MAN},
	{"where", required_argument, NULL, WHERE},
	{"dialect", required_argument, NULL, DIALECT},
	{"classification", required_argument, NULL, CLASSES},
	{"reference", required_argument, NULL, REFERENCES},
	{"threshold", required_argument, NULL, THRESHOLDS},
	{"enable-conf", required_argument, NULL, ENABLE},
	{"disable-conf", required_argument, NULL, DISABLE},
	{"modify-conf", required_argument, NULL, MODIFY},
	{"drop-conf", required_argument, NULL, DROP},
	{"disabled", no_argument, NULL, DISABLED},
	{"data-dir", required_argument, NULL, DATA_DIR},
	{"policy", required_argument, NULL, POLICY},
	{NULL, 0, NULL, 0},
};

static int set_variable(struct sig_common_args *a, const char *text)
{
	const char *eq = strchr(text, '=');
	char *name;
	int rc;

	if (!eq) {
		fprintf(stderr, "--set %s: write NAME=VALUE\n", text);
		return 2;
	}
	name = strndup(text, (size_t)(eq - text));
	rc = name ? sig_vars_set(a->vars, name, eq + 1) : -1;
	free(name);
	if (rc) {
		fprintf(stderr, "--set %s: not a variable's name\n", text);
		return 2;
	}
	return 0;
}

static int load_vars(struct sig_common_args *a, const char *path, bool yaml)
{
	struct sig_error e = {.sentence = "cannot be read", .cure = ""};
	int rc = yaml ? sig_vars_load_yaml(a->vars, path, &e)
		      : sig_vars_load_json(a->vars, path, &e);

	if (rc)
		fprintf(stderr, "%s:%u:%u: %s. %s\n", path, e.line, e.column, e.sentence, e.cure);
	return rc ? 2 : 0;
}

static int set_dialect(struct sig_common_args *a, const char *name)
{
	static const char *const names[] = {"auto", "suricata", "snort2", "snort3"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(name, names[i]) == 0) {
			a->load.dialect = (enum sig_dialect)i;
			return 0;
		}
	}
	fprintf(stderr, "--dialect %s: write auto, suricata, snort2 or snort3\n", name);
	return 2;
}

static int one_option(struct sig_common_args *a, int c)
{
	const char **const slot[] = {[CLASSES - CLASSES] = &a->load.classification,
		[REFERENCES - CLASSES] = &a->load.reference,
		[THRESHOLDS - CLASSES] = &a->load.threshold,
		[ENABLE - CLASSES] = &a->load.enable,
		[DISABLE - CLASSES] = &a->load.disable,
		[MODIFY - CLASSES] = &a->load.modify,
		[DROP - CLASSES] = &a->load.drop};

	switch (c) {
	case VARS:
		return load_vars(a, optarg, false);
	case YAML:
		return load_vars(a, optarg, true);
	case SET:
		return set_variable(a, optarg);
	case DIALECT:
		return set_dialect(a, optarg);
	case STRICT:
		a->strict = true;
		return 0;
	case JSON:
		a->json = true;
		return 0;
	case QUIET:
		a->quiet = true;
		return 0;
	case MARKDOWN:
		a->markdown = true;
		return 0;
	case MAN:
		a->man = true;
		return 0;
	case DISABLED:
		a->load.keep_disabled = true;
		return 0;
	case DATA_DIR:
		a->load.data_dir = optarg;
		return 0;
	case POLICY:
		a->load.policy = optarg;
		return 0;
	case WHERE:
		if (a->where_n == SIG_MAX_WHERE || !strchr(optarg, '=')) {
			fprintf(stderr, "--where %s: write KEY=VALUE, at most %d times\n", optarg,
				SIG_MAX_WHERE);
			return 2;
		}
		a->where[a->where_n++] = optarg;
		return 0;
	default:
		if (c >= CLASSES && c <= DROP) {
			*slot[c - CLASSES] = optarg;
			return 0;
		}
		return 2;
	}
}

int sig_common_parse(struct sig_common_args *a, int argc, char **argv, const char *usage)
{
	int c, rc = 0;

	memset(a, 0, sizeof(*a));
	a->vars = sig_vars_create();
	if (!a->vars)
		return 2;
	a->load.vars = a->vars;
	optind = 1;
	while (!rc && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = one_option(a, c);
	a->path = (const char **)(argv + optind);
	a->paths_n = argc - optind;
	if (rc)
		fprintf(stderr, "usage: %s\n", usage);
	return rc;
}

void sig_common_fini(struct sig_common_args *a)
{
	sig_vars_destroy(a->vars);
}

struct sig_ruleset *sig_common_load(
	struct sig_common_args *a, const char *const *paths, int n, int *rc)
{
	struct sig_ruleset *set;

	*rc = sig_ruleset_load(paths, (size_t)n, &a->load, &set);
	if (!set)
		fprintf(stderr, "out of memory\n");
	return set;
}

void sig_common_print_json(json_t *root)
{
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

json_t *sig_common_text(const char *s)
{
	json_t *t = json_string(s);
	char *copy;

	if (t)
		return t;
	copy = strdup(s);
	if (!copy)
		return json_null();
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	t = json_string(copy);
	free(copy);
	return t;
}

const char *sig_common_severity(enum sig_severity s)
{
	return s == SIG_SEV_REFUSED ? "refused" : s == SIG_SEV_SKIPPED ? "skipped" : "warning";
}
