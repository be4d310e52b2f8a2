/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Options of every verb that reads rules: where they come from and what they refer to. For
 * getopt_long; what is wrong with a value is said on stderr.
 */
#ifndef SIG_LOAD_ARGS_H
#define SIG_LOAD_ARGS_H

#include <getopt.h>
#include <jansson.h>
#include <sig/ruleset.h>
#include <stdio.h>

struct sig_load_args {
	struct sig_load_options opts;
	struct sig_vars *vars;
};

enum { SIG_LOAD_VARS = 2000, SIG_LOAD_CLASS, SIG_LOAD_REF, SIG_LOAD_THRESHOLD, SIG_LOAD_SET,
	SIG_LOAD_DATA, SIG_LOAD_POLICY, SIG_LOAD_ENABLE, SIG_LOAD_DISABLE, SIG_LOAD_MODIFY,
	SIG_LOAD_DROP, SIG_LOAD_YAML, SIG_LOAD_DIALECT };

/** `--data` is the former name of `--data-dir`. */
#define SIG_LOAD_LONG_OPTIONS                                                                      \
	{"vars", required_argument, NULL, SIG_LOAD_VARS},                                          \
		{"suricata-yaml", required_argument, NULL, SIG_LOAD_YAML},                         \
		{"set", required_argument, NULL, SIG_LOAD_SET},                                    \
		{"classification", required_argument, NULL, SIG_LOAD_CLASS},                       \
		{"reference", required_argument, NULL, SIG_LOAD_REF},                              \
		{"threshold", required_argument, NULL, SIG_LOAD_THRESHOLD},                        \
		{"policy", required_argument, NULL, SIG_LOAD_POLICY},                              \
		{"enable-conf", required_argument, NULL, SIG_LOAD_ENABLE},                         \
		{"disable-conf", required_argument, NULL, SIG_LOAD_DISABLE},                       \
		{"modify-conf", required_argument, NULL, SIG_LOAD_MODIFY},                         \
		{"drop-conf", required_argument, NULL, SIG_LOAD_DROP},                             \
		{"dialect", required_argument, NULL, SIG_LOAD_DIALECT},                            \
		{"data-dir", required_argument, NULL, SIG_LOAD_DATA},                              \
	{                                                                                          \
		"data", required_argument, NULL, SIG_LOAD_DATA                                     \
	}

#define SIG_LOAD_USAGE                                                                             \
	"      --vars FILE           variables, JSON or YAML\n"                                    \
	"      --suricata-yaml FILE  those of a site\n"                                            \
	"      --set NAME=VALUE      one variable\n"                                               \
	"      --classification FILE, --reference FILE, --threshold FILE\n"                        \
	"      --policy FILE|NAME    what prevents, alerts or is off (sekisho rules plan)\n"       \
	"      --enable-conf FILE, --disable-conf FILE, --modify-conf FILE, --drop-conf FILE\n"    \
	"                            lists in suricata-update's syntax\n"                          \
	"      --dialect NAME        suricata, snort2 or snort3; default: by what is written\n"    \
	"      --data-dir DIR        where files named in rules are looked for\n"

/** 0, or -1: not an option of these, or a bad value. */
int sig_load_take(struct sig_load_args *a, int opt, const char *value);
void sig_load_args_fini(struct sig_load_args *a);
/** Exit status: 0, or 1 with a sentence on stderr. *set may be set either way. */
int sig_load_rules(struct sig_load_args *a, char **paths, size_t n, struct sig_ruleset **set);

/** What is wrong with a rule: a line of text; an object {file, line, column, sid, severity, word, reason,
 *  cure}. */
void sig_error_print(FILE *f, const struct sig_error *e);
json_t *sig_error_json(const struct sig_error *e);
/** Was anything refused? What belongs to no rule (an unreadable path, a bad line of a list) counts. */
bool sig_any_refusal(const struct sig_ruleset *set);

#endif
