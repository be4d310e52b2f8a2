/* SPDX-License-Identifier: Apache-2.0 */
#include "common_args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRICT = 256, JSON, QUIET, MARKDOWN, MAN, WHERE, DISABLED };

static const struct option options[] = {SIG_LOAD_LONG_OPTIONS,
	{"strict", no_argument, NULL, STRICT},
	{"json", no_argument, NULL, JSON},
	{"quiet", no_argument, NULL, QUIET},
	{"markdown", no_argument, NULL, MARKDOWN},
	{"man", no_argument, NULL, MAN},
	{"where", required_argument, NULL, WHERE},
	{"disabled", no_argument, NULL, DISABLED},
	{NULL, 0, NULL, 0}};

static int one_option(struct sig_common_args *a, int c)
{
	switch (c) {
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
		a->rules.opts.keep_disabled = true;
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
		return sig_load_take(&a->rules, c, optarg) ? 2 : 0;
	}
}

int sig_common_parse(struct sig_common_args *a, int argc, char **argv, const char *usage)
{
	int c, rc = 0;

	memset(a, 0, sizeof(*a));
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
	sig_load_args_fini(&a->rules);
}

struct sig_ruleset *sig_common_load(
	struct sig_common_args *a, const char *const *paths, int n, int *rc)
{
	struct sig_ruleset *set;

	*rc = sig_ruleset_load(paths, (size_t)n, &a->rules.opts, &set);
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
