/* SPDX-License-Identifier: Apache-2.0 */
/** Inside the language library: the variables of the rule header. */
#ifndef SIG_VARS_H
#define SIG_VARS_H

#include <sig/ruleset.h>

/* Also what the site says of datasets, by dotted path: no variable has a dot. */
struct sig_var {
	char *name, *value;
	bool port;
};
struct sig_vars {
	struct sig_var *var;
	size_t n, cap;
};

int sig_vars_put(struct sig_vars *vars, const char *name, const char *value, bool port);
const char *sig_vars_find(const struct sig_vars *vars, const char *name, size_t len, bool port);

#endif
