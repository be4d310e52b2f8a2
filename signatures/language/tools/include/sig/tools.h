/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The verbs of `sekisho rules` that need nothing but rule text. Each behaves like a main(): argv[0]
 * is the verb, output goes to stdout, errors to stderr, the result is the exit status
 * (0 good, 1 the answer is no, 2 wrong usage).
 */
#ifndef SIG_TOOLS_H
#define SIG_TOOLS_H

#include <sig/keyword.h>

/** check FILE|DIR... : what loads, what does not, where and why. --strict fails on any refusal. Rules
 *  with what `offers` denies (NULL: nothing) load with a warning. */
int sig_cmd_check(int argc, char **argv, sig_offers_fn *offers);
/** keywords : the table of all keywords; --markdown writes the table of docs/signatures.md. */
int sig_cmd_keywords(int argc, char **argv, sig_offers_fn *offers);
/** stats FILE... : rules by action, protocol, class, keyword, buffer. */
int sig_cmd_stats(int argc, char **argv);
/** list FILE... --where key=value : one line per rule that satisfies all conditions. */
int sig_cmd_list(int argc, char **argv);
/** plan --policy P FILE... : what the policy changes. */
int sig_cmd_plan(int argc, char **argv);
/** diff A B : rules added, removed, changed. */
int sig_cmd_diff(int argc, char **argv);

#endif
