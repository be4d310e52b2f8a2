/* SPDX-License-Identifier: Apache-2.0 */
/** Requests to sekishod, with the messages and exit codes of the command line. */
#ifndef SEKISHO_CLI_REMOTE_H
#define SEKISHO_CLI_REMOTE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** Body as JSON in *answer (caller's reference). CLI_OK, CLI_FAILED or CLI_UNREACHABLE, told. */
int remote(const char *verb, const char *method, const char *path, const void *body, size_t n,
	const char *type, json_t **answer);
int remote_unreachable(const char *verb);
/** Removes `name` from argv when it stands there. */
bool take_flag(int *argc, char **argv, const char *name);
/** Removes `name VALUE`; NULL when absent. *bad is set when the value is missing. */
const char *take_value(int *argc, char **argv, const char *name, bool *bad);
void print_json(const json_t *v);
double num(const json_t *v, const char *key);
const char *str(const json_t *v, const char *key);

#endif
