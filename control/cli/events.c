/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "remote.h"

#include <ctl/client.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct printer {
	const char *type; /**< NULL: all */
	bool json;
	char *rest; /**< beginning of a line whose end has not come yet */
	size_t len;
};

static void endpoint(const json_t *e, const char *ip, const char *port, char out[64])
{
	if (json_object_get(e, port) != NULL)
		snprintf(out, 64, "%s:%.0f", str(e, ip), num(e, port));
	else
		snprintf(out, 64, "%s", str(e, ip));
}

/** What a line is about, in words. */
static void subject(const json_t *e, const char *type, char *out, size_t len)
{
	const json_t *a = json_object_get(e, "alert"), *x;
	char *text;

	out[0] = 0;
	if (strcmp(type, "alert") == 0) {
		snprintf(out, len, "%s [%.0f:%.0f:%.0f] %s", str(a, "action"), num(a, "gid"),
			num(a, "signature_id"), num(a, "rev"), str(a, "signature"));
	} else if (strcmp(type, "drop") == 0) {
		snprintf(out, len, "reason: %s", str(json_object_get(e, "drop"), "reason"));
	} else if (strcmp(type, "fault") == 0) {
		x = json_object_get(e, "fault");
		snprintf(out, len, "%s: %s", str(x, "what"), str(x, "detail"));
	} else if (strcmp(type, "flow") == 0) {
		x = json_object_get(e, "flow");
		snprintf(out, len, "%s, %.0f/%.0f packets, %.0f/%.0f bytes", str(x, "state"),
			num(x, "pkts_toserver"), num(x, "pkts_toclient"), num(x, "bytes_toserver"),
			num(x, "bytes_toclient"));
	} else if (strcmp(type, "stats") != 0) {
		x = json_object_get(e, type);
		text = x ? json_dumps(x, JSON_COMPACT) : NULL;
		snprintf(out, len, "%.*s", 120, text ? text : "");
		free(text);
	}
}

static void print_line(const struct printer *p, const char *line, size_t n)
{
	char what[400], from[64], to[64];
	const char *type;
	json_t *e;

	if (p->json && p->type == NULL) {
		printf("%.*s\n", (int)n, line);
		return;
	}
	e = json_loadb(line, n, 0, NULL);
	type = str(e, "event_type");
	if (e == NULL || (p->type != NULL && strcmp(type, p->type) != 0)) {
		json_decref(e);
		return;
	}
	if (p->json) {
		printf("%.*s\n", (int)n, line);
	} else {
		subject(e, type, what, sizeof(what));
		endpoint(e, "src_ip", "src_port", from);
		endpoint(e, "dest_ip", "dest_port", to);
		printf("%.23s  %-8s %s %s%s%s  %s\n", str(e, "timestamp"), type, str(e, "proto"), from,
			from[0] ? " -> " : "", to, what);
	}
	json_decref(e);
}

static int on_chunk(void *arg, const char *data, size_t n)
{
	struct printer *p = arg;
	char *grown = realloc(p->rest, p->len + n + 1), *at, *end;

	if (grown == NULL)
		return 1;
	p->rest = grown;
	memcpy(grown + p->len, data, n);
	p->len += n;
	grown[p->len] = 0;
	at = grown;
	while ((end = memchr(at, '\n', p->len - (size_t)(at - grown))) != NULL) {
		print_line(p, at, (size_t)(end - at));
		at = end + 1;
	}
	p->len -= (size_t)(at - grown);
	memmove(grown, at, p->len + 1);
	fflush(stdout);
	return ferror(stdout);
}

int cli_events(int argc, char **argv)
{
	bool bad = false, follow = take_flag(&argc, argv, "--follow");
	struct printer p = {.json = take_flag(&argc, argv, "--json")};
	const char *last = take_value(&argc, argv, "--last", &bad);
	char path[128], *end = NULL;
	long status = 0;
	unsigned long n;
	int rc;

	p.type = take_value(&argc, argv, "--type", &bad);
	n = last ? strtoul(last, &end, 10) : 20;
	if (bad || argc > 1 || (last && (*end || end == last))) {
		fputs("usage: sekisho events [--follow] [--last N] [--type T] [--json]\n", stderr);
		return CLI_USAGE;
	}
	snprintf(path, sizeof(path), "/v1/events?last=%lu%s", n, follow ? "&follow=1" : "");
	rc = ctl_stream(path, on_chunk, &p, &status);
	free(p.rest);
	if (rc == -ECONNREFUSED)
		return remote_unreachable("events");
	if (rc || status != 200) {
		fprintf(stderr, "sekisho events: %s\n", rc ? strerror(-rc) : "refused");
		return CLI_FAILED;
	}
	return CLI_OK;
}
