/* SPDX-License-Identifier: Apache-2.0 */
/** REST over a Unix socket. */
#include "daemon.h"

#include <ctl/client.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_BODY (UINT64_C(3) << 30)

void http_answer(struct evhttp_request *req, int code, json_t *body)
{
	struct evbuffer *out = evbuffer_new();
	char *text = json_dumps(body, JSON_COMPACT);

	json_decref(body);
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), NULL, NULL);
	if (out == NULL || text == NULL) {
		evhttp_send_error(req, 500, NULL);
	} else {
		evbuffer_add_printf(out, "%s\n", text);
		evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
			"application/json");
		evhttp_send_reply(req, code, NULL, out);
	}
	free(text);
	if (out != NULL)
		evbuffer_free(out);
}

static void on_gone(struct evhttp_connection *c, void *arg)
{
	*(struct evhttp_request **)arg = NULL;
}

void http_wait(struct evhttp_request **req)
{
	if (*req != NULL)
		evhttp_connection_set_closecb(evhttp_request_get_connection(*req), on_gone, req);
}

void http_error(struct evhttp_request *req, int code, const char *fmt, ...)
{
	char text[2200];
	va_list ap;
	json_t *v;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v = json_pack("{s:b,s:o}", "ok", 0, "error", json_stringn_nocheck(text, strlen(text)));
	http_answer(req, code, v);
}

static const char *parameter(struct evkeyvalq *q, const char *key)
{
	return evhttp_find_header(q, key);
}

static json_t *body_json(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);

	return json_loadb(n ? (const char *)evbuffer_pullup(in, -1) : "", n, 0, NULL);
}

static void get_status(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	http_answer(req, 200, status_json(d));
}

static void get_counters(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	http_answer(req, 200, status_counters(d));
}

static void get_rules(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	http_answer(req, 200, json_pack("{s:o}", "layers", status_rules(d)));
}

static void get_events(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	const char *last = parameter(q, "last"), *follow = parameter(q, "follow"), *line;
	uint64_t n = last ? strtoull(last, NULL, 10) : 20, at;
	struct evbuffer *out;

	drain_round(d); // what a worker has written by now belongs to the answer
	if (follow != NULL && strcmp(follow, "0") != 0) {
		if (!drain_follow(d, req, n))
			http_error(req, 503, "%u clients follow already", FOLLOWERS);
		return;
	}
	out = evbuffer_new();
	if (out == NULL) {
		http_error(req, 500, "out of memory");
		return;
	}
	at = d->last.next > n ? d->last.next - n : 0;
	if (at < ctl_last_oldest(&d->last))
		at = ctl_last_oldest(&d->last);
	for (; (line = ctl_last_get(&d->last, at)) != NULL; at++)
		evbuffer_add_printf(out, "%s\n", line);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
		"application/x-ndjson");
	evhttp_send_reply(req, 200, NULL, out);
	evbuffer_free(out);
}

/** {"on":true,"seconds":600,"wire":"name"}: the guard does it; it works without us as well. */
static void post_bypass(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	json_t *body = body_json(req), *on = json_object_get(body, "on");
	const char *wire = json_string_value(json_object_get(body, "wire"));
	json_int_t seconds = json_integer_value(json_object_get(body, "seconds"));
	char line[200], *answer = NULL;
	int n, rc;

	if (!json_is_boolean(on)) {
		http_error(req, 400, "expected {\"on\": true or false, \"seconds\", \"wire\"}");
		json_decref(body);
		return;
	}
	n = snprintf(line, sizeof(line), "bypass %s", json_is_true(on) ? "on" : "off");
	if (json_is_true(on) && seconds > 0)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %lld", (long long)seconds);
	if (wire != NULL && strpbrk(wire, " \n") == NULL && strlen(wire) < 40)
		snprintf(line + n, sizeof(line) - (size_t)n, " wire %s", wire);
	json_decref(body);
	rc = ctl_guard_command(d->opt.run_dir, line, &answer);
	if (rc) {
		http_error(req, 503, "the guard does not answer: %s", strerror(-rc));
		return;
	}
	log_info("msg=\"operator command\" command=\"%s\"", line);
	body = json_loads(answer, 0, NULL);
	free(answer);
	rc = json_is_true(json_object_get(body, "ok")) ? 200 : 400;
	http_answer(req, rc, body ? body : json_object());
}

/** -1: not a layer's name (answered). */
static int layer_of(struct evhttp_request *req, const char *name)
{
	int layer = name ? ctl_layer_by_name(name) : 1;

	if (layer < 0)
		http_error(req, 400, "layer '%s': expected vendor, jsig or verdict", name);
	return layer;
}

/** enum dp_mode + 1; -1: no such mode (answered). */
static int mode_of(struct evhttp_request *req, const char *name, uint32_t keep)
{
	static const char *const mode[] = {"off", "shadow", "alert", "prevent"};

	for (int i = 0; name != NULL && i < 4; i++)
		if (strcmp(name, mode[i]) == 0)
			return i + 1;
	if (name == NULL)
		return (int)keep;
	http_error(req, 400, "mode '%s': expected off, shadow, alert or prevent", name);
	return -1;
}

/** Body: an image, or {"layer","mode","files":[...],"strict"}. */
static void post_activate(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	const char *type = evhttp_find_header(evhttp_request_get_input_headers(req), "Content-Type");
	json_t *body = NULL, *files;
	int layer, mode;

	if (type != NULL && strcmp(type, "application/octet-stream") == 0) {
		layer = layer_of(req, parameter(q, "layer"));
		mode = layer < 0 ? -1 : mode_of(req, parameter(q, "mode"),
			d->store.layer[layer].mode);
		if (mode >= 0)
			activate_upload(d, (unsigned)layer, (uint32_t)mode, req);
		return;
	}
	body = body_json(req);
	files = json_object_get(body, "files");
	layer = layer_of(req, json_string_value(json_object_get(body, "layer")));
	mode = layer < 0 ? -1 : mode_of(req, json_string_value(json_object_get(body, "mode")),
		d->store.layer[layer].mode);
	if (mode >= 0 && json_array_size(files) == 0)
		http_error(req, 400, "expected an image, or {\"layer\", \"files\": [paths]}");
	else if (mode >= 0)
		compile_files(d, (unsigned)layer, (uint32_t)mode, files,
			json_is_true(json_object_get(body, "strict")), req);
	json_decref(body);
}

static void post_rollback(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	int layer = layer_of(req, parameter(q, "layer"));

	if (layer < 0)
		return;
	if (d->store.layer[layer].previous == 0) {
		http_error(req, 409, "layer %s has no earlier generation", ctl_layer_name[layer]);
		return;
	}
	activate(d, (unsigned)layer, d->store.layer[layer].previous, d->store.layer[layer].mode, NULL,
		req);
}

static void get_settings(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	http_answer(req, 200, settings_json(d));
}

static void post_settings(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	json_t *body = body_json(req);

	settings_apply(d, body, req);
	json_decref(body);
}

static void post_undo(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	settings_undo(d, req);
}

static void post_reset(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	settings_reset(d, req);
}

/** -1: all; -2: no such layer (answered). */
static int some_layer(struct evhttp_request *req, const char *name)
{
	const int layer = name ? layer_of(req, name) : -1;

	return name && layer < 0 ? -2 : layer;
}

static void get_top(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	const char *by = parameter(q, "by"), *limit = parameter(q, "limit");
	const char *key = ctl_rule_order(by ? by : "cost");
	int layer = some_layer(req, parameter(q, "layer"));

	if (layer == -2)
		return;
	if (key == NULL)
		http_error(req, 400, "by '%s': expected cost, matches, misses, evaluations or hits", by);
	else
		http_answer(req, 200, rule_stats_top(d, layer, key,
			limit ? strtoull(limit, NULL, 10) : 0));
}

static void get_unused(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q)
{
	const char *since = parameter(q, "seconds");
	int layer = some_layer(req, parameter(q, "layer"));

	if (layer != -2)
		http_answer(req, 200, rule_stats_unused(d, layer,
			since ? strtoull(since, NULL, 10) : 30 * 86400));
}

static const struct {
	enum evhttp_cmd_type method;
	const char *path;
	void (*run)(struct daemon *d, struct evhttp_request *req, struct evkeyvalq *q);
} routes[] = {
	{EVHTTP_REQ_GET, "/v1/status", get_status},
	{EVHTTP_REQ_GET, "/v1/counters", get_counters},
	{EVHTTP_REQ_GET, "/v1/events", get_events},
	{EVHTTP_REQ_GET, "/v1/rules", get_rules},
	{EVHTTP_REQ_GET, "/v1/rules/top", get_top},
	{EVHTTP_REQ_GET, "/v1/rules/unused", get_unused},
	{EVHTTP_REQ_GET, "/v1/settings", get_settings},
	{EVHTTP_REQ_POST, "/v1/settings", post_settings},
	{EVHTTP_REQ_POST, "/v1/settings/undo", post_undo},
	{EVHTTP_REQ_POST, "/v1/settings/reset", post_reset},
	{EVHTTP_REQ_POST, "/v1/bypass", post_bypass},
	{EVHTTP_REQ_POST, "/v1/rules/activate", post_activate},
	{EVHTTP_REQ_POST, "/v1/rules/rollback", post_rollback},
};

static void on_request(struct evhttp_request *req, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = evhttp_uri_get_path(uri), *query = evhttp_uri_get_query(uri);
	struct evkeyvalq q = {0};
	bool known = false;

	evhttp_parse_query_str(query ? query : "", &q);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (path == NULL || strcmp(path, routes[i].path) != 0)
			continue;
		known = true;
		if (evhttp_request_get_command(req) != routes[i].method)
			continue;
		routes[i].run(arg, req, &q);
		evhttp_clear_headers(&q);
		return;
	}
	http_error(req, known ? 405 : 404, known ? "not with this method" : "no such resource");
	evhttp_clear_headers(&q);
}

int http_open(struct daemon *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct evconnlistener *l;
	mode_t mask;

	if ((size_t)snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", d->opt.run_dir,
			CTL_API_SOCKET) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	unlink(a.sun_path);
	d->http = evhttp_new(d->base);
	if (d->http == NULL)
		return -ENOMEM;
	evhttp_set_max_body_size(d->http, MAX_BODY);
	evhttp_set_allowed_methods(d->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
	evhttp_set_gencb(d->http, on_request, d);
	mask = umask(0117); // root and the group only
	l = evconnlistener_new_bind(d->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
		16, (struct sockaddr *)&a, sizeof(a));
	umask(mask);
	if (l == NULL)
		return -errno;
	return evhttp_bind_listener(d->http, l) == NULL ? -ENOMEM : 0;
}

void http_close(struct daemon *d)
{
	char path[320];

	if (d->http != NULL)
		evhttp_free(d->http);
	snprintf(path, sizeof(path), "%s/%s", d->opt.run_dir, CTL_API_SOCKET);
	unlink(path);
}
