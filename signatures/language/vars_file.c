/* SPDX-License-Identifier: Apache-2.0 */
/* Variables from JSON and from the vars section of a suricata.yaml. */
#include "vars.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

static const char *const group_name[2] = {"address-groups", "port-groups"};

static int put_json_group(struct sig_vars *vars, const json_t *group, bool port)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)group, key, value) {
		char num[32];
		const char *text = json_string_value(value);
		int rc;

		if (!text && json_is_integer(value)) {
			snprintf(num, sizeof(num), "%lld", (long long)json_integer_value(value));
			text = num;
		}
		if (!text)
			return -EINVAL;
		rc = sig_vars_put(vars, key, text, port);
		if (rc)
			return rc;
	}
	return 0;
}

int sig_vars_load_json(struct sig_vars *vars, const char *path, struct sig_error *err)
{
	json_error_t je;
	json_t *root = json_load_file(path, 0, &je);
	const json_t *v;
	int rc = 0;

	if (!root) {
		*err = (struct sig_error){.severity = SIG_SEV_REFUSED,
			.file = path,
			.line = je.line > 0 ? (uint32_t)je.line : 0,
			.column = je.column > 0 ? (uint32_t)je.column : 0,
			.token = "",
			.sentence = "cannot be read as JSON",
			.cure = "write {\"vars\": {\"address-groups\": {\"HOME_NET\": \"...\"}}}"};
		return -EINVAL;
	}
	v = json_object_get(root, "vars");
	if (!v)
		v = root;
	for (int port = 0; port < 2 && !rc; port++) {
		const json_t *g = json_object_get(v, group_name[port]);

		if (json_is_object(g))
			rc = put_json_group(vars, g, port);
	}
	json_decref(root);
	if (rc)
		*err = (struct sig_error){.severity = SIG_SEV_REFUSED,
			.file = path,
			.token = "",
			.sentence = "a variable's value is neither text nor a number",
			.cure = "write the value in double quotes"};
	return rc;
}

/*
 * A walk over YAML events that keeps the path of mapping keys. Only scalars below
 * vars/address-groups, vars/port-groups and datasets are of interest; anything else is passed over.
 */
#define MAX_DEPTH 32
#define MAX_INCLUDES 8
struct walk {
	int depth; /* open collections */
	bool is_map[MAX_DEPTH];
	bool want_key[MAX_DEPTH];
	char key[MAX_DEPTH][128];
	const char *path;
	unsigned includes; /* how deep */
	struct sig_error *err;
};

static int load_yaml(
	struct sig_vars *vars, const char *path, unsigned includes, struct sig_error *err);

/* A file beside this one, or by its whole path. */
static int include(const struct walk *w, struct sig_vars *vars, const char *name)
{
	const char *slash = strrchr(w->path, '/');
	char path[4096];
	int rc;

	if (name[0] == '/' || !slash)
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - w->path), w->path, name);
	rc = load_yaml(vars, path, w->includes + 1, w->err);
	if (rc) // the path does not outlive this
		*w->err = (struct sig_error){.severity = SIG_SEV_REFUSED,
			.file = w->path,
			.token = "",
			.sentence = "includes a file that cannot be read",
			.cure = ""};
	return rc;
}

static int on_scalar(struct walk *w, struct sig_vars *vars, const char *text)
{
	int d = w->depth - 1;

	if (d == 1 && !w->is_map[1] && strcmp(w->key[0], "include") == 0)
		return include(w, vars, text);
	if (d < 0 || d >= MAX_DEPTH || !w->is_map[d])
		return 0;
	if (w->want_key[d]) {
		snprintf(w->key[d], sizeof(w->key[d]), "%s", text);
		w->want_key[d] = false;
		return 0;
	}
	w->want_key[d] = true;
	if (d == 0 && strcmp(w->key[0], "include") == 0)
		return include(w, vars, text);
	if (d == 2 && strcmp(w->key[0], "datasets") == 0) {
		char name[300];

		snprintf(name, sizeof(name), "datasets.%s.%s", w->key[1], w->key[2]);
		return sig_vars_put(vars, name, text, false);
	}
	if (d != 2 || strcmp(w->key[0], "vars") != 0)
		return 0;
	for (int port = 0; port < 2; port++) {
		if (strcmp(w->key[1], group_name[port]) == 0)
			return sig_vars_put(vars, w->key[2], text, port);
	}
	return 0;
}

static void on_open(struct walk *w, bool map)
{
	int d = w->depth++;

	if (d < MAX_DEPTH) {
		w->is_map[d] = map;
		w->want_key[d] = map;
	}
}

static void on_close(struct walk *w)
{
	int d = --w->depth - 1;

	if (d >= 0 && d < MAX_DEPTH && w->is_map[d])
		w->want_key[d] = true;
}

static int on_event(struct walk *w, struct sig_vars *vars, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(w, vars, (const char *)ev->data.scalar.value);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		on_open(w, ev->type == YAML_MAPPING_START_EVENT);
		return 0;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		on_close(w);
		return 0;
	case YAML_ALIAS_EVENT:
		return on_scalar(w, vars, "");
	default:
		return 0;
	}
}

int sig_vars_load_yaml(struct sig_vars *vars, const char *path, struct sig_error *err)
{
	return load_yaml(vars, path, 0, err);
}

static int load_yaml(
	struct sig_vars *vars, const char *path, unsigned includes, struct sig_error *err)
{
	struct walk w = {.path = path, .includes = includes, .err = err};
	yaml_parser_t parser;
	yaml_event_t ev;
	bool done = false;
	int rc = 0;
	FILE *f = includes > MAX_INCLUDES ? NULL : fopen(path, "rb");

	if (!f) {
		*err = (struct sig_error){.severity = SIG_SEV_REFUSED,
			.file = path,
			.token = "",
			.sentence = includes > MAX_INCLUDES ? "is included too deeply"
							    : "cannot be opened",
			.cure = ""};
		return includes > MAX_INCLUDES ? -EINVAL : -errno;
	}
	if (!yaml_parser_initialize(&parser)) {
		fclose(f);
		return -ENOMEM;
	}
	yaml_parser_set_input_file(&parser, f);
	while (!done && !rc) {
		if (!yaml_parser_parse(&parser, &ev)) {
			*err = (struct sig_error){.severity = SIG_SEV_REFUSED,
				.file = path,
				.line = (uint32_t)parser.problem_mark.line + 1,
				.column = (uint32_t)parser.problem_mark.column + 1,
				.token = "",
				.sentence = "is not valid YAML here",
				.cure = ""};
			rc = -EINVAL;
			break;
		}
		done = ev.type == YAML_STREAM_END_EVENT;
		rc = on_event(&w, vars, &ev);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&parser);
	fclose(f);
	return rc;
}
