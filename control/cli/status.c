/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "remote.h"

#include <ctl/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void age(double s, char out[32])
{
	if (s < 120)
		snprintf(out, 32, "%.0f s", s);
	else if (s < 7200)
		snprintf(out, 32, "%.0f min", s / 60);
	else if (s < 172800)
		snprintf(out, 32, "%.1f h", s / 3600);
	else
		snprintf(out, 32, "%.1f days", s / 86400);
}

static void print_wires(const json_t *wires)
{
	size_t i, k;
	json_t *w, *p;

	json_array_foreach(wires, i, w) {
		printf("wire %-12s fail-%s%s\n", str(w, "name"), str(w, "fail"),
			json_is_true(json_object_get(w, "bypass")) ? ", BYPASSED" : "");
		json_array_foreach(json_object_get(w, "ports"), k, p) {
			const json_t *a = json_object_get(p, "account");

			printf("  %-12s %-10s %-12s link %-4s received %.0f, forwarded %.0f, dropped %.0f\n",
				str(p, "name"), str(p, "driver"), str(p, "iface"),
				json_is_true(json_object_get(p, "link")) ? "up" : "down", num(a, "received"),
				num(a, "forwarded"), num(a, "dropped"));
		}
	}
}

static void print_account(const json_t *v)
{
	const json_t *a = json_object_get(v, "account"), *f = json_object_get(v, "fail_open");
	const char *name;
	json_t *n;

	if (a == NULL)
		return;
	printf("packets     %.0f received = %.0f forwarded + %.0f dropped + %.0f held (difference %.0f)\n",
		num(a, "received"), num(a, "forwarded"), num(a, "dropped"), num(a, "held"),
		num(a, "difference"));
	json_object_foreach(json_object_get(a, "reasons"), name, n)
		printf("  %-26s %.0f\n", name, json_number_value(n));
	printf("fail-open   %.0f takeovers, %.0f crashes, %.0f restarts, %.0f packets recovered, "
		"%.0f poisonous\n", num(f, "takeovers"), num(f, "crashes"), num(f, "restarts"),
		num(f, "recovered_pkts"), num(f, "poison_pkts"));
}

static void print_status(const json_t *v)
{
	const json_t *g = json_object_get(v, "guard"), *b = json_object_get(v, "bypass");
	const json_t *e = json_object_get(v, "events");
	bool inspecting = json_is_true(json_object_get(v, "inspecting"));
	char up[32];
	size_t i;
	json_t *w;

	age(num(v, "uptime_s"), up);
	printf("control     %s, pid %.0f, up %s\n", str(v, "version"), num(v, "pid"), up);
	age(num(g, "uptime_s"), up);
	if (json_is_true(json_object_get(g, "running")))
		printf("guard       %s, pid %.0f, up %s\n", str(g, "version"), num(g, "pid"), up);
	else
		puts("guard       NOT RUNNING");
	if (json_is_true(json_object_get(b, "on")))
		printf("inspection  BYPASSED by the operator%s\n",
			num(b, "seconds_left") < 0 ? " until switched off" : ", for a time");
	else
		printf("inspection  %s\n", inspecting ? "on" : "OFF: the guard forwards by itself");
	json_array_foreach(json_object_get(v, "workers"), i, w)
		printf("worker %-4.0f pid %.0f, %s%s\n", num(w, "slot"), num(w, "pid"), str(w, "state"),
			json_is_true(json_object_get(w, "polling")) ? ", polling" : "");
	json_array_foreach(json_object_get(v, "layers"), i, w)
		if (num(w, "generation") > 0)
			printf("layer %-8s generation %.0f, %.0f signatures, mode %s\n", str(w, "layer"),
				num(w, "generation"), num(w, "signatures"), str(w, "mode"));
	print_wires(json_object_get(v, "wires"));
	print_account(v);
	printf("events      %.0f written, %.0f lost, to %s\n", num(e, "lines"), num(e, "lost"),
		str(e, "file"));
}

int cli_status(int argc, char **argv)
{
	bool json = take_flag(&argc, argv, "--json");
	json_t *v;
	int rc;

	if (argc > 1) {
		fprintf(stderr, "sekisho status: unexpected '%s'\n", argv[1]);
		return CLI_USAGE;
	}
	rc = remote("status", "GET", "/v1/status", NULL, 0, NULL, &v);
	if (rc == CLI_OK && json)
		print_json(v);
	else if (rc == CLI_OK)
		print_status(v);
	json_decref(v);
	return rc;
}

int cli_counters(int argc, char **argv)
{
	bool json = take_flag(&argc, argv, "--json"), all = take_flag(&argc, argv, "--all");
	const char *name;
	json_t *v, *n;
	int rc;

	if (argc > 1) {
		fprintf(stderr, "sekisho counters: unexpected '%s'\n", argv[1]);
		return CLI_USAGE;
	}
	rc = remote("counters", "GET", "/v1/counters", NULL, 0, NULL, &v);
	if (rc == CLI_OK && json) {
		print_json(v);
	} else if (rc == CLI_OK) {
		json_object_foreach(v, name, n)
			if (json_is_integer(n) && (all || json_integer_value(n)))
				printf("%-36s %lld\n", name, (long long)json_integer_value(n));
		json_object_foreach(json_object_get(v, "reasons"), name, n)
			if (all || json_integer_value(n))
				printf("reason %-29s %lld\n", name, (long long)json_integer_value(n));
	}
	json_decref(v);
	return rc;
}

/** 90, 90s, 10m, 2h; 0: not a duration. */
static long seconds_of(const char *text)
{
	char *end;
	long v = strtol(text, &end, 10);
	long unit = *end == 0 || strcmp(end, "s") == 0 ? 1 : strcmp(end, "m") == 0 ? 60 :
		strcmp(end, "h") == 0 ? 3600 : 0;

	return end == text || v <= 0 || v > 31536000 / (unit ? unit : 1) ? 0 : v * unit;
}

/** The guard takes the same command without sekishod. */
static int ask_guard(bool on, long seconds, const char *wire, bool json)
{
	char line[160], *answer = NULL;
	int n = snprintf(line, sizeof(line), "bypass %s", on ? "on" : "off");

	if (seconds)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %ld", seconds);
	if (wire != NULL)
		snprintf(line + n, sizeof(line) - (size_t)n, " wire %.40s", wire);
	if (ctl_guard_command(ctl_run_dir(), line, &answer)) {
		fprintf(stderr, "sekisho bypass: neither sekishod nor the guard answers in %s\n",
			ctl_run_dir());
		return CLI_UNREACHABLE;
	}
	json_t *v = json_loads(answer, 0, NULL);
	bool ok = json_is_true(json_object_get(v, "ok"));

	if (!ok)
		fprintf(stderr, "sekisho bypass: %s\n", str(v, "error"));
	else if (json)
		puts(answer);
	else
		printf("bypass is %s (told to the guard itself: sekishod does not answer)\n",
			on ? "on" : "off");
	json_decref(v);
	free(answer);
	return ok ? CLI_OK : CLI_FAILED;
}

int cli_bypass(int argc, char **argv)
{
	bool json = take_flag(&argc, argv, "--json"), bad = false, on;
	const char *for_text = take_value(&argc, argv, "--for", &bad);
	const char *wire = take_value(&argc, argv, "--wire", &bad);
	long seconds = for_text ? seconds_of(for_text) : 0;
	struct ctl_reply r;
	json_t *body, *v;
	char *text;
	int rc;

	on = argc == 2 && strcmp(argv[1], "on") == 0;
	if (bad || argc != 2 || (!on && strcmp(argv[1], "off") != 0) || (for_text && seconds == 0) ||
			(for_text && !on)) {
		fputs("usage: sekisho bypass on [--for 10m] [--wire NAME] | off [--wire NAME]\n", stderr);
		return CLI_USAGE;
	}
	body = json_pack("{s:b,s:I}", "on", on, "seconds", (json_int_t)seconds);
	if (wire != NULL)
		json_object_set_new(body, "wire", json_string(wire));
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	rc = ctl_request("POST", "/v1/bypass", text, strlen(text), NULL, &r);
	free(text);
	if (rc) {
		ctl_reply_free(&r);
		return ask_guard(on, seconds, wire, json);
	}
	v = r.body ? json_loads(r.body, 0, NULL) : NULL;
	rc = r.status == 200 ? CLI_OK : CLI_FAILED;
	if (rc)
		fprintf(stderr, "sekisho bypass: %s\n", str(v, "error"));
	else if (json)
		print_json(v);
	else
		printf("bypass is %s%s%s\n", on ? "on" : "off", for_text ? " for " : "",
			for_text ? for_text : "");
	json_decref(v);
	ctl_reply_free(&r);
	return rc;
}
