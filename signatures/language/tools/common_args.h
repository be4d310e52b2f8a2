/* SPDX-License-Identifier: Apache-2.0 */
/** Options that all verbs share, and loading with them. */
#ifndef SIG_COMMON_ARGS_H
#define SIG_COMMON_ARGS_H

#include <jansson.h>
#include <sig/load_args.h>

#define SIG_MAX_WHERE 16

struct sig_common_args {
	struct sig_load_args rules; /**< how they are read */
	bool json, strict, quiet, markdown, man;
	const char *where[SIG_MAX_WHERE];
	int where_n;
	const char **path; /**< points into argv */
	int paths_n;
};

/** Parse; 0, or 2 after a message on stderr. usage is one line. */
int sig_common_parse(struct sig_common_args *a, int argc, char **argv, const char *usage);
void sig_common_fini(struct sig_common_args *a);
/** sig_ruleset_load() with a message when a path cannot be read. NULL: nothing to work on. */
struct sig_ruleset *sig_common_load(
	struct sig_common_args *a, const char *const *paths, int n, int *rc);
/** Print and free. */
void sig_common_print_json(json_t *root);
/** Text as a JSON string; bytes that are not UTF-8 become U+FFFD. */
json_t *sig_common_text(const char *s);
const char *sig_common_severity(enum sig_severity s);

#endif
