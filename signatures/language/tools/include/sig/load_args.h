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

enum { LOAD_VARS = 2000, LOAD_CLASS, LOAD_REF, LOAD_THRESHOLD, LOAD_SET, LOAD_DATA, LOAD_POLICY,
	LOAD_ENABLE, LOAD_DISABLE, LOAD_MODIFY, LOAD_DROP, LOAD_YAML, LOAD_DIALECT };

#define LOAD_LONG_OPTIONS                                                                          \
	{"vars", required_argument, NULL, LOAD_VARS},                                              \
		{"classification", required_argument, NULL, LOAD_CLASS},                           \
		{"reference", required_argument, NULL, LOAD_REF},                                  \
		{"threshold", required_argument, NULL, LOAD_THRESHOLD},                            \
		{"set", required_argument, NULL, LOAD_SET},                                        \
		{"suricata-yaml", required_argument, NULL, LOAD_YAML},                             \
		{"policy", required_argument, NULL, LOAD_POLICY},                                  \
		{"enable-conf", required_argument, NULL, LOAD_ENABLE},                             \
		{"disable-conf", required_argument, NULL, LOAD_DISABLE},                           \
		{"modify-conf", required_argument, NULL, LOAD_MODIFY},                             \
		{"drop-conf", required_argument, NULL, LOAD_DROP},                                 \
		{"dialect", required_argument, NULL, LOAD_DIALECT},                                \
		{"data-dir", required_argument, NULL, LOAD_DATA},                                  \
	{                                                                                          \
		"data", required_argument, NULL, LOAD_DATA                                         \
	}

#define LOAD_USAGE                                                                                 \
	"      --vars FILE           variables, JSON or YAML\n"                                    \
	"      --set NAME=VALUE      one variable\n"                                               \
	"      --classification FILE, --reference FILE, --threshold FILE\n"                        \
	"      --policy FILE|NAME    what prevents, alerts or is off (sekisho rules plan)\n"      \
	"      --enable-conf FILE, --disable-conf FILE, --modify-conf FILE, --drop-conf FILE\n"   \
	"                            lists in suricata-update's syntax\n"                         \
	"      --dialect NAME        suricata, snort2 or snort3; default: by what is written\n"   \
	"      --data DIR            where files named in rules are looked for\n"

/** 0, or -1: not an option of these, or a bad value (said on stderr). */
int load_take(struct load_args *a, int opt, const char *value);
void load_args_fini(struct load_args *a);
/** Exit status: 0, or 1 with a sentence on stderr. *set may be set either way. */
int load_rules(struct load_args *a, char **paths, size_t n, struct sig_ruleset **set);

#endif
