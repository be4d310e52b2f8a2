/* SPDX-License-Identifier: Apache-2.0 */
/** Options that both verbs share: where rules come from and what they refer to. */
#ifndef SIG_TOOLS_LOAD_H
#define SIG_TOOLS_LOAD_H

#include <getopt.h>
#include <sig/ruleset.h>

struct load_args {
	struct sig_load_options opts;
	struct sig_vars *vars;
};

enum { LOAD_VARS = 2000, LOAD_CLASS, LOAD_REF, LOAD_THRESHOLD, LOAD_SET, LOAD_DATA };

#define LOAD_LONG_OPTIONS                                                                          \
	{"vars", required_argument, NULL, LOAD_VARS},                                              \
		{"classification", required_argument, NULL, LOAD_CLASS},                           \
		{"reference", required_argument, NULL, LOAD_REF},                                  \
		{"threshold", required_argument, NULL, LOAD_THRESHOLD},                            \
		{"set", required_argument, NULL, LOAD_SET},                                        \
	{                                                                                          \
		"data", required_argument, NULL, LOAD_DATA                                         \
	}

#define LOAD_USAGE                                                                                 \
	"      --vars FILE           variables, JSON or YAML\n"                                    \
	"      --set NAME=VALUE      one variable\n"                                               \
	"      --classification FILE, --reference FILE, --threshold FILE\n"                        \
	"      --data DIR            where files named in rules are looked for\n"

/** 0, or -1: not an option of these, or a bad value (said on stderr). */
int load_take(struct load_args *a, int opt, const char *value);
void load_args_fini(struct load_args *a);
/** Exit status: 0, or 1 with a sentence on stderr. *set may be set either way. */
int load_rules(struct load_args *a, char **paths, size_t n, struct sig_ruleset **set);

#endif
