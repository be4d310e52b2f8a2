/* SPDX-License-Identifier: Apache-2.0 */
/** Settings of a site: looked at, applied on a running appliance, taken back. */
#include "cli.h"
#include "remote.h"

#include <ctl/settings.h>
#include <ctl/site.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTES_SHOWN 40u

/** FILE and --set of the command line, as the body of a request. NULL: they are wrong (said). */
static json_t *words(const char *verb, int argc, char **argv)
{
	json_t *v = json_object(), *set = json_array();
	bool bad = false;
	const char *one;

	while ((one = take_value(&argc, argv, "--set", &bad)) != NULL) {
		bad |= strchr(one, '=') == NULL;
		bad |= json_array_append_new(set, json_string(one)) != 0; // not UTF-8
	}
	bad |= argc > 2 || (argc == 2 && argv[1][0] == '-') || (argc == 1 && json_array_size(set) == 0);
	if (argc == 2 && !bad) {
		char *full = realpath(argv[1], NULL); // sekishod has another working directory

		bad = json_object_set_new(v, "yaml", json_string(full ? full : argv[1])) != 0;
		free(full);
	}
	json_object_set_new(v, "set", set);
	if (!bad)
		return v;
	fprintf(stderr, "usage: sekisho settings %s [FILE] [--set PATH=VALUE]... [--json]\n", verb);
	json_decref(v);
	return NULL;
}

static void print_notes(const json_t *notes)
{
	size_t i;
	json_t *n;

	json_array_foreach(notes, i, n) {
		if (i == NOTES_SHOWN) {
			printf("  and %zu more (--json)\n", json_array_size(notes) - i);
			return;
		}
		if (num(n, "line") > 0)
			printf("  line %.0f: ", num(n, "line"));
		else
			fputs("  ", stdout);
		printf("%s%s%s: %s\n", str(n, "key"), json_object_get(n, "value") ? " = " : "",
			str(n, "value"), str(n, "why"));
	}
}

static void print_counts(const json_t *v)
{
	size_t notes = json_array_size(json_object_get(v, "notes"));

	printf("%.0f settings in force, %.0f of other programs, %zu not in force%s\n", num(v, "applied"),
		num(v, "without_effect"), notes, notes ? ":" : "");
	print_notes(json_object_get(v, "notes"));
}

static void print_origin(const json_t *v)
{
	const char *yaml = json_string_value(json_object_get(v, "yaml"));
	size_t sets = json_array_size(json_object_get(v, "set"));

	if (num(v, "number") > 0)
		printf("settings %.0f: ", num(v, "number"));
	else
		fputs("settings of sekishod's command line: ", stdout);
	printf("%s", yaml ? yaml : "no file");
	if (sets)
		printf(", %zu on top", sets);
	putchar('\n');
}

static void print_settings(const json_t *v)
{
	const json_t *undo = json_object_get(v, "undo");

	print_origin(v);
	if (json_is_object(undo)) {
		fputs("  undo returns to ", stdout);
		print_origin(undo);
	}
	print_counts(v);
	if (num(v, "workers") > 0)
		printf("%.0f of %.0f workers have them\n", num(v, "have"), num(v, "workers"));
	else
		puts("no worker runs: the next one starts with them");
}

static int ask(const char *verb, const char *method, const char *path, json_t *body, bool json)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	char full[40];
	json_t *v;
	int rc;

	snprintf(full, sizeof(full), "settings %s", verb);
	rc = remote(full, method, path, text ? text : "", text ? strlen(text) : 0, NULL, &v);
	free(text);
	if (rc == CLI_OK && json)
		print_json(v);
	else if (rc == CLI_OK)
		print_settings(v);
	json_decref(v);
	json_decref(body);
	return rc;
}

/** A verb without words of its own. */
static int ask_plain(const char *verb, const char *method, const char *path, int argc, char **argv)
{
	bool json = take_flag(&argc, argv, "--json");

	if (argc > 1) {
		fprintf(stderr, "usage: sekisho settings %s [--json]\n", verb);
		return CLI_USAGE;
	}
	return ask(verb, method, path, NULL, json);
}

int cli_settings_show(int argc, char **argv)
{
	return ask_plain("show", "GET", "/v1/settings", argc, argv);
}

/** The text of the file that `body` names, into it. False: there is none (said). */
static bool add_text(json_t *body)
{
	const char *path = json_string_value(json_object_get(body, "yaml"));
	const char *why = NULL;
	char *text = NULL;
	size_t n = 0;
	FILE *f;

	if (path == NULL)
		return true;
	f = fopen(path, "rb");
	if (f != NULL)
		text = malloc(CTL_SETTINGS_YAML_MAX + 1);
	if (text != NULL)
		n = fread(text, 1, CTL_SETTINGS_YAML_MAX + 1, f);
	if (text == NULL || ferror(f))
		why = strerror(errno);
	else if (n > CTL_SETTINGS_YAML_MAX)
		why = "longer than 16 MiB";
	else if (memchr(text, 0, n) != NULL || json_object_set_new(body, "text", json_stringn(text, n)))
		why = "not UTF-8 text";
	if (why != NULL)
		fprintf(stderr, "sekisho settings apply: %s: %s; nothing was changed\n", path, why);
	free(text);
	if (f != NULL)
		fclose(f);
	return why == NULL;
}

int cli_settings_apply(int argc, char **argv)
{
	bool json = take_flag(&argc, argv, "--json");
	json_t *body = words("apply", argc, argv);

	if (body == NULL)
		return CLI_USAGE;
	if (add_text(body))
		return ask("apply", "POST", "/v1/settings", body, json);
	json_decref(body);
	return CLI_FAILED;
}

int cli_settings_undo(int argc, char **argv)
{
	return ask_plain("undo", "POST", "/v1/settings/undo", argc, argv);
}

int cli_settings_reset(int argc, char **argv)
{
	return ask_plain("reset", "POST", "/v1/settings/reset", argc, argv);
}

/** As sekishod reads them, without it. */
int cli_settings_check(int argc, char **argv)
{
	bool json = take_flag(&argc, argv, "--json");
	json_t *body = words("check", argc, argv), *v, *one;
	const char *yaml = json_string_value(json_object_get(body, "yaml"));
	struct ctl_site s;
	char err[400] = "";
	int rc = 0;
	size_t i;

	if (body == NULL)
		return CLI_USAGE;
	ctl_site_init(&s);
	dp_conf_wire(&s.conf);
	if (yaml != NULL)
		rc = ctl_site_load(&s, yaml, err, sizeof(err));
	json_array_foreach(json_object_get(body, "set"), i, one)
		if (rc == 0)
			rc = ctl_site_set(&s, json_string_value(one), err, sizeof(err));
	if (rc == 0 && yaml != NULL)
		rc = ctl_site_alone(&s, yaml, err, sizeof(err));
	if (rc) {
		fprintf(stderr, "sekisho settings check: %s\n", err[0] ? err : strerror(-rc));
	} else {
		v = json_pack("{s:b,s:i,s:i,s:o}", "ok", 1, "applied", (int)s.applied, "without_effect",
			(int)s.without_effect, "notes", ctl_site_notes(&s));
		if (json)
			print_json(v);
		else
			print_counts(v);
		json_decref(v);
	}
	ctl_site_fini(&s);
	json_decref(body);
	return rc ? CLI_FAILED : CLI_OK;
}
