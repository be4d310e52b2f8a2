/* SPDX-License-Identifier: Apache-2.0 */
#include "remote.h"
#include "cli.h"

#include <ctl/client.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int remote_unreachable(const char *verb)
{
	fprintf(stderr, "sekisho %s: no sekishod answers in %s (is it running? SEKISHO_RUN_DIR)\n", verb,
		ctl_run_dir());
	return CLI_UNREACHABLE;
}

/** After a change that failed: what is in force all the same, when the answer tells. */
static void say_what_runs(const json_t *answer)
{
	const json_t *r = json_object_get(answer, "running");

	if (r != NULL)
		fprintf(stderr, "  layer %s keeps generation %lld, %lld signatures\n",
			json_string_value(json_object_get(r, "layer")),
			(long long)json_integer_value(json_object_get(r, "generation")),
			(long long)json_integer_value(json_object_get(r, "signatures")));
}

int remote(const char *verb, const char *method, const char *path, const void *body, size_t n,
		const char *type, json_t **answer)
{
	struct ctl_reply r;
	int rc = ctl_request(method, path, body, n, type, &r);

	*answer = NULL;
	if (rc == -ECONNREFUSED)
		return remote_unreachable(verb);
	if (rc) {
		fprintf(stderr, "sekisho %s: %s\n", verb, strerror(-rc));
		ctl_reply_free(&r);
		return CLI_FAILED;
	}
	*answer = r.body ? json_loadb(r.body, r.len, 0, NULL) : NULL;
	if (*answer == NULL || r.status >= 300) {
		const char *why = json_string_value(json_object_get(*answer, "error"));

		fprintf(stderr, "sekisho %s: %s\n", verb, why ? why : "the answer is not understood");
		say_what_runs(*answer);
		rc = CLI_FAILED;
	}
	ctl_reply_free(&r);
	return rc;
}

bool take_flag(int *argc, char **argv, const char *name)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], name) != 0)
			continue;
		memmove(argv + i, argv + i + 1, (size_t)(*argc - i) * sizeof(*argv));
		--*argc;
		return true;
	}
	return false;
}

const char *take_value(int *argc, char **argv, const char *name, bool *bad)
{
	for (int i = 1; i < *argc; i++) {
		const char *value;

		if (strcmp(argv[i], name) != 0)
			continue;
		if (i + 1 >= *argc) {
			*bad = true;
			return NULL;
		}
		value = argv[i + 1];
		memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 1) * sizeof(*argv));
		*argc -= 2;
		return value;
	}
	return NULL;
}

void print_json(const json_t *v)
{
	json_dumpf(v, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
}

double num(const json_t *v, const char *key)
{
	return json_number_value(json_object_get(v, key));
}

const char *str(const json_t *v, const char *key)
{
	const char *s = json_string_value(json_object_get(v, key));

	return s ? s : "";
}
