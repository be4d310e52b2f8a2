/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The verbs of `sekisho`. One table says what exists: help, completion and dispatch read it.
 * A verb gets argv[0] = its own name and returns the exit status.
 */
#ifndef SEKISHO_CLI_H
#define SEKISHO_CLI_H

#include <stdbool.h>

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,      /**< understood, tried, did not succeed */
	CLI_USAGE = 2,       /**< the command line is wrong */
	CLI_UNREACHABLE = 3, /**< no daemon answers */
};

struct cli_verb {
	const char *group; /**< "rules", "settings", "lab", or NULL for a verb of its own */
	const char *name;
	const char *args;  /**< synopsis after the name */
	const char *text;  /**< one line */
	const char *words; /**< options and words for completion, blank-separated */
	int (*run)(int argc, char **argv);
};

extern const struct cli_verb cli_verbs[]; /**< ends with name NULL */

int cli_replay(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_events(int argc, char **argv);
int cli_bypass(int argc, char **argv);
int cli_counters(int argc, char **argv);
int cli_settings_show(int argc, char **argv);
int cli_settings_check(int argc, char **argv);
int cli_settings_apply(int argc, char **argv);
int cli_settings_undo(int argc, char **argv);
int cli_settings_reset(int argc, char **argv);
int cli_rules_check(int argc, char **argv);
int cli_rules_keywords(int argc, char **argv);
int cli_rules_activate(int argc, char **argv);
int cli_rules_rollback(int argc, char **argv);
int cli_rules_show(int argc, char **argv);
int cli_rules_top(int argc, char **argv);
int cli_rules_unused(int argc, char **argv);
int cli_lab_up(int argc, char **argv);
int cli_lab_down(int argc, char **argv);

#endif
