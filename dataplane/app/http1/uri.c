/* SPDX-License-Identifier: Apache-2.0 */
#include "http1.h"

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = dp_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void http_authority(struct http_tx *t, struct dp_span s)
{
	uint32_t i;

	for (i = s.n; i > 0; i--) {
		if (s.p[i - 1] == '@') {
			s.p += i;
			s.n -= i;
			break;
		}
	}
	i = 0;
	if (s.n && s.p[0] == '[')
		while (i < s.n && s.p[i] != ']')
			i++;
	while (i < s.n && s.p[i] != ':')
		i++;
	t->u_host = (struct dp_span){s.p, i};
	if (i < s.n)
		t->u_port = (struct dp_span){s.p + i + 1, s.n - i - 1};
}

static uint32_t find(struct dp_span s, uint32_t from, const char *stops)
{
	while (from < s.n && !strchr(stops, s.p[from]))
		from++;
	return from;
}

/** strchr would find the terminator for a zero byte: such a byte stops nothing. */
static uint32_t until(struct dp_span s, uint32_t from, const char *stops)
{
	for (;;) {
		from = find(s, from, stops);
		if (from >= s.n || s.p[from])
			return from;
		from++;
	}
}

/** RFC 3986 appendix B, without judging the parts. */
void http_uri_split(struct http_tx *t)
{
	struct dp_span s = t->uri;
	uint32_t i, end;

	if (s.n == 0)
		return;
	if (t->is_connect) {
		http_authority(t, s);
		if (t->u_host.n && t->u_host.p[0] == '/')
			t->u_host = t->u_port = (struct dp_span){0};
		return;
	}
	if (s.p[0] != '/') { // absolute form: a scheme needs a colon
		i = until(s, 0, ":/?#");
		if (i < s.n && s.p[i] == ':' && i + 1 < s.n) {
			t->u_scheme = (struct dp_span){s.p, i};
			s.p += i + 1;
			s.n -= i + 1;
		}
	}
	if (t->u_scheme.n && s.n > 2 && s.p[0] == '/' && s.p[1] == '/') {
		end = until(s, 2, "/?#");
		http_authority(t, (struct dp_span){s.p + 2, end - 2});
		s.p += end;
		s.n -= end;
	}
	end = until(s, 0, "?#");
	t->u_path = (struct dp_span){s.p, end};
	if (end < s.n && s.p[end] == '?') {
		uint32_t q = until(s, end, "#");

		t->has_query = true;
		t->u_query = (struct dp_span){s.p + end + 1, q - end - 1};
		end = q;
	}
	if (end < s.n && s.p[end] == '#') {
		t->has_fragment = true;
		t->u_fragment = (struct dp_span){s.p + end + 1, s.n - end - 1};
	}
}

uint32_t http_unescape(uint8_t *p, uint32_t n)
{
	uint32_t o = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (p[i] == '%' && n - i > 2 && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			p[o++] = (uint8_t)(hex(p[i + 1]) << 4 | hex(p[i + 2]));
			i += 2;
		} else {
			p[o++] = p[i];
		}
	}
	return o;
}

static uint32_t slashes(uint8_t *p, uint32_t n)
{
	uint32_t o = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t c = p[i] == '\\' ? '/' : p[i];

		if (c == '/' && o && p[o - 1] == '/')
			continue;
		p[o++] = c;
	}
	return o;
}

/** RFC 3986 section 5.2.4. */
static uint32_t dots(uint8_t *p, uint32_t n)
{
	uint32_t o = 0, i = 0;

	while (i < n) {
		uint32_t end = i + 1;

		// a segment with the slash before it
		while (end < n && p[end] != '/')
			end++;
		if (p[i] == '/' && end - i == 2 && p[i + 1] == '.') {
			if (end == n)
				p[o++] = '/';
		} else if (p[i] == '/' && end - i == 3 && p[i + 1] == '.' && p[i + 2] == '.') {
			while (o && p[--o] != '/')
				;
			if (end == n)
				p[o++] = '/';
		} else {
			memmove(p + o, p + i, end - i);
			o += end - i;
		}
		i = end;
	}
	return o;
}

/** A site may want escapes undone twice, as some servers do; that there were any is remarkable. */
static void once_more(struct dp_app_ctx *x, struct http_tx *t, struct dp_bytes *b, uint32_t at)
{
	const uint32_t n = at + http_unescape(b->p + at, b->n - at);

	if (n != b->n)
		dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP1_DOUBLE_ENCODED);
	b->n = n;
}

void http_uri_normalise(struct dp_app_ctx *x, struct http_tx *t)
{
	const struct dp_app_conf *conf = &x->c->conf->app;
	struct dp_bytes *b = &t->norm;
	uint32_t at;

	if (t->is_connect) {
		dp_bytes_set(x->c, b, t->uri.p, t->uri.n, HTTP_FIELD_MAX);
		return;
	}
	dp_bytes_set(x->c, &t->path, t->u_path.p, t->u_path.n, HTTP_FIELD_MAX);
	if (t->path.n) {
		t->path.n = http_unescape(t->path.p, t->path.n);
		if (conf->http_double_path)
			once_more(x, t, &t->path, 0);
		t->path.n = slashes(t->path.p, t->path.n);
		t->path.n = dots(t->path.p, t->path.n);
		dp_bytes_set(x->c, b, t->path.p, t->path.n, HTTP_FIELD_MAX);
	}
	if (t->has_query) {
		dp_bytes_add(x->c, b, "?", 1, HTTP_FIELD_MAX);
		at = b->n;
		if (dp_bytes_add(x->c, b, t->u_query.p, t->u_query.n, HTTP_FIELD_MAX))
			b->n = at + http_unescape(b->p + at, b->n - at);
		if (conf->http_double_query && b->n > at)
			once_more(x, t, b, at);
	}
	if (t->has_fragment) {
		dp_bytes_add(x->c, b, "#", 1, HTTP_FIELD_MAX);
		dp_bytes_add(x->c, b, t->u_fragment.p, t->u_fragment.n, HTTP_FIELD_MAX);
	}
}
