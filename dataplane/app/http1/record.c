/* SPDX-License-Identifier: Apache-2.0 */
#include "http1.h"

#define HTTP_LOG_NAME_MAX 256u /* the peer's limits */
#define HTTP_LOG_VALUE_MAX 2048u
#define HTTP_LOG_BODY_MAX 12288u /* both bodies in both forms leave room in a record */

static void str(struct dp_rec *r, const char *key, struct dp_span s)
{
	dp_rec_str(r, key, s.p, s.n);
}

static void range(struct dp_rec *r, struct dp_span v)
{
	struct dp_span a, b;
	uint32_t i = 5, dash = 0, slash = 0;
	uint64_t n;

	dp_rec_obj(r, "content_range");
	str(r, "raw", v);
	if (dp_span_starts(v, "bytes")) {
		while (i < v.n && v.p[i] == ' ')
			i++;
		for (uint32_t k = i; k < v.n; k++) {
			if (v.p[k] == '-' && !dash)
				dash = k;
			if (v.p[k] == '/' && !slash)
				slash = k;
		}
		if (slash > dash && dash > i) {
			a = (struct dp_span){v.p + i, dash - i};
			b = (struct dp_span){v.p + dash + 1, slash - dash - 1};
			if (dp_span_u64(a, &n))
				dp_rec_u64(r, "start", n);
			if (dp_span_u64(b, &n))
				dp_rec_u64(r, "end", n);
		}
		if (slash && dp_span_u64((struct dp_span){v.p + slash + 1, v.n - slash - 1}, &n))
			dp_rec_u64(r, "size", n);
	}
	dp_rec_end(r);
}

static void log_request(const struct http_tx *t, struct dp_rec *r)
{
	struct dp_span v;

	if (t->host.n)
		dp_rec_str(r, "hostname", t->host.p, t->host.n);
	if (t->port)
		dp_rec_u64(r, "http_port", t->port);
	if (t->not_seen)
		dp_rec_cstr(r, "url", "/libhtp::request_uri_not_seen");
	else if (t->uri.n)
		str(r, "url", t->uri);
	if (http_header_get(&t->side[0], "User-Agent", &v))
		str(r, "http_user_agent", v);
	if (http_header_get(&t->side[0], "X-Forwarded-For", &v))
		str(r, "xff", v);
}

static void log_response(const struct http_tx *t, struct dp_rec *r)
{
	struct dp_span v;
	uint32_t n;

	if (http_header_get(&t->side[1], "Content-Type", &v)) {
		for (n = 0; n < v.n && v.p[n] != ';'; n++)
			;
		dp_rec_str(r, "http_content_type", v.p, n);
	}
	if (http_header_get(&t->side[1], "Content-Range", &v))
		range(r, v);
}

/** All headers, or those that a site lists, in the order of the message. */
static void log_headers(const struct http_side *s, const char *key, const char *only, struct dp_rec *r)
{
	char word[258];

	dp_rec_arr(r, key);
	for (uint32_t i = 0; i < s->n_hdr; i++) {
		struct dp_span n = http_header_name(s, i), v = http_header_value(s, i);

		if (only) {
			if (n.n > sizeof(word) - 3)
				continue;
			word[0] = ',';
			for (uint32_t k = 0; k < n.n; k++)
				word[k + 1] = (char)dp_lower(n.p[k]);
			word[n.n + 1] = ',';
			word[n.n + 2] = 0;
			if (!n.n || memchr(word, 0, n.n) || !strstr(only, word))
				continue;
		}
		dp_rec_obj(r, "");
		dp_rec_str(r, "name", n.p, n.n < HTTP_LOG_NAME_MAX ? n.n : HTTP_LOG_NAME_MAX);
		dp_rec_str(r, "value", v.p, v.n < HTTP_LOG_VALUE_MAX ? v.n : HTTP_LOG_VALUE_MAX);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

void http_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r)
{
	const struct http_tx *t = (const struct http_tx *)tx;
	const struct dp_app_conf *c = &x->c->conf->app;

	http_log_brief(x, tx, r);
	for (unsigned d = 0; d < 2; d++) {
		bool all = c->http_dump >> d & 1;

		if (all || c->http_custom[0])
			log_headers(&t->side[d], d ? "response_headers" : "request_headers",
				all ? NULL : c->http_custom, r);
	}
}

void http_log_brief(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r)
{
	const struct http_tx *t = (const struct http_tx *)tx;
	struct dp_span v;

	log_request(t, r);
	log_response(t, r);
	if (http_header_get(&t->side[0], "Referer", &v))
		str(r, "http_refer", v);
	if (t->method.n)
		str(r, "http_method", t->method);
	if (t->side[0].protocol.n)
		str(r, "protocol", t->side[0].protocol);
	if (t->status_text.n) {
		if (t->status)
			dp_rec_u64(r, "status", t->status);
		else
			str(r, "status_string", t->status_text);
		if (t->status >= 300 && t->status < 400 &&
			http_header_get(&t->side[1], "Location", &v))
			str(r, "redirect", v);
	}
	dp_rec_u64(r, "length", t->side[1].wire_len);
}

void http_log_contents(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r)
{
	static const char *const key[2][2] = {{"http_request_body", "http_request_body_printable"},
		{"http_response_body", "http_response_body_printable"}};
	const struct http_tx *t = (const struct http_tx *)tx;
	const uint8_t forms = x->c->conf->app.alert_http_body;

	for (unsigned d = 0; d < 2; d++) {
		const struct dp_bytes *b = &t->side[d].body;
		const uint32_t n = b->n < HTTP_LOG_BODY_MAX ? b->n : HTTP_LOG_BODY_MAX;

		if (n && forms & DP_LOG_BASE64)
			dp_rec_b64(r, key[d][0], b->p, n);
		if (n && forms & DP_LOG_PRINTABLE)
			dp_rec_printable(r, key[d][1], b->p, n);
	}
}
