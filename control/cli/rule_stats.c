/* SPDX-License-Identifier: Apache-2.0 */
/** `sekisho rules top` and `rules unused`: of the appliance, or of a replay (--stats FILE). */
#include "cli.h"
#include "remote.h"

#include <ctl/rule_stats.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIMIT 20ul

/** Items of a file that `replay --rule-stats` wrote. NULL: said why. */
static json_t *from_file(const char *verb, const char *path)
{
	json_error_t e;
	json_t *doc = json_load_file(path, 0, &e), *all = json_object_get(doc, "rules");

	if (!json_is_array(all))
		fprintf(stderr, "sekisho %s: %s: %s\n", verb, path,
			doc ? "not made by replay --rule-stats" : e.text);
	else
		json_incref(all);
	json_decref(doc);
	return json_is_array(all) ? all : NULL;
}

static void when(const json_t *v, const char *none, char out[24])
{
	const time_t t = (time_t)json_integer_value(v);
	struct tm tm;

	if (json_is_integer(v) && gmtime_r(&t, &tm))
		strftime(out, 24, "%Y-%m-%d %H:%M", &tm);
	else
		snprintf(out, 24, "%s", none);
}

static void print_table(const json_t *rules, double total)
{
	const json_t *v;
	size_t i;

	printf("%12s %12s %12s %10s %8s %6s  %-16s  %s\n", "hits", "evaluations", "matches",
		"cycles", "cost Mc", "share", "last match", "signature");
	json_array_foreach(rules, i, v) {
		char last[24];

		when(json_object_get(v, "last_match"), "never", last);
		printf("%12.0f %12.0f %12.0f %10.0f %8.1f %5.1f%%  %-16s  %.0f:%.0f %s%s%s\n",
			num(v, "prefilter"), num(v, "evaluated"), num(v, "matched"), num(v, "cycles"),
			num(v, "cost") / 1e6, total > 0 ? 100 * num(v, "cost") / total : 0.0, last,
			num(v, "gid"), num(v, "sid"), str(v, "msg"), *str(v, "layer") ? "  " : "",
			str(v, "layer"));
	}
}

static int bad_order(const char *by)
{
	fprintf(stderr, "sekisho rules top: --by %s: expected cost, matches, misses, evaluations or "
		"hits\n", by);
	return CLI_USAGE;
}

int cli_rules_top(int argc, char **argv)
{
	bool bad = false, json = take_flag(&argc, argv, "--json");
	const char *by = take_value(&argc, argv, "--by", &bad);
	const char *limit = take_value(&argc, argv, "--limit", &bad);
	const char *layer = take_value(&argc, argv, "--layer", &bad);
	const char *file = take_value(&argc, argv, "--stats", &bad);
	const unsigned long n = limit ? strtoul(limit, NULL, 10) : LIMIT;
	const char *key = ctl_rule_order(by ? by : "cost");
	json_t *doc = NULL, *rules = NULL, *v;
	double total = 0;
	char path[160];
	int rc = CLI_OK;
	size_t i;

	if (bad || argc > 1 || n == 0) {
		fputs("usage: sekisho rules top [--by cost|matches|misses|evaluations|hits] [--limit N]\n"
			"       [--layer L | --stats FILE] [--json]\n", stderr);
		return CLI_USAGE;
	}
	if (key == NULL)
		return bad_order(by);
	if (file != NULL) {
		json_t *all = from_file("rules top", file);

		if (all == NULL)
			return CLI_FAILED;
		json_array_foreach(all, i, v)
			total += num(v, "cost");
		rules = ctl_rule_top(all, key, n);
		json_decref(all);
		doc = json_pack("{s:O}", "rules", rules);
	} else {
		snprintf(path, sizeof(path), "/v1/rules/top?by=%s&limit=%lu%s%.40s", by ? by : "cost", n,
			layer ? "&layer=" : "", layer ? layer : "");
		rc = remote("rules top", "GET", path, NULL, 0, NULL, &doc);
		rules = json_incref(json_object_get(doc, "rules"));
		total = num(doc, "cost");
	}
	if (rc == CLI_OK && json)
		print_json(doc);
	else if (rc == CLI_OK)
		print_table(rules, total);
	json_decref(rules);
	json_decref(doc);
	return rc;
}

/** "30d", "12h", "10m", "90s" or days without unit; 0: not understood. */
static unsigned long seconds_of(const char *text)
{
	static const struct {
		char unit;
		unsigned long s;
	} unit[] = {{0, 86400}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}, {'w', 604800}};
	char *end;
	const unsigned long v = strtoul(text, &end, 10);

	for (size_t i = 0; end != text && i < sizeof(unit) / sizeof(unit[0]); i++)
		if (*end == unit[i].unit && (*end == 0 || end[1] == 0) && v < 1000000)
			return v * unit[i].s;
	return 0;
}

static void print_unused(const json_t *doc)
{
	const json_t *rules = json_object_get(doc, "rules"), *v;
	size_t i;

	json_array_foreach(rules, i, v) {
		char last[24], since[24];

		when(json_object_get(v, "last_match"), "never", last);
		when(json_object_get(v, "since"), "unknown", since);
		printf("%.0f:%.0f  last match %s, here since %s, %.0f evaluations  %s%s%s\n",
			num(v, "gid"), num(v, "sid"), last, since, num(v, "evaluated"), str(v, "msg"),
			*str(v, "layer") ? "  " : "", str(v, "layer"));
	}
	printf("%zu of %.0f signatures have not matched", json_array_size(rules),
		num(doc, "signatures"));
	if (num(doc, "younger") > 0)
		printf("; %.0f more have not been here so long", num(doc, "younger"));
	putchar('\n');
}

int cli_rules_unused(int argc, char **argv)
{
	bool bad = false, json = take_flag(&argc, argv, "--json");
	const char *since = take_value(&argc, argv, "--since", &bad);
	const char *layer = take_value(&argc, argv, "--layer", &bad);
	const char *file = take_value(&argc, argv, "--stats", &bad);
	const unsigned long s = seconds_of(since ? since : "30d");
	json_t *doc = NULL;
	char path[160];
	int rc = CLI_OK;

	if (bad || argc > 1 || s == 0) {
		fputs("usage: sekisho rules unused [--since 30d] [--layer L | --stats FILE] [--json]\n",
			stderr);
		return CLI_USAGE;
	}
	if (file != NULL) {
		json_t *all = from_file("rules unused", file);
		size_t young;

		if (all == NULL)
			return CLI_FAILED;
		// A capture has its own time: what matched in it at all was used.
		doc = json_pack("{s:I,s:i,s:o}", "signatures", (json_int_t)json_array_size(all), "younger",
			0, "rules", ctl_rule_unused(all, 0, &young));
		json_decref(all);
	} else {
		snprintf(path, sizeof(path), "/v1/rules/unused?seconds=%lu%s%.40s", s,
			layer ? "&layer=" : "", layer ? layer : "");
		rc = remote("rules unused", "GET", path, NULL, 0, NULL, &doc);
	}
	if (rc == CLI_OK && json)
		print_json(doc);
	else if (rc == CLI_OK)
		print_unused(doc);
	json_decref(doc);
	return rc;
}
