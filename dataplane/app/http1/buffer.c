/* SPDX-License-Identifier: Apache-2.0 */
#include "http1.h"

static enum dp_buf_state whole(struct dp_span s, struct dp_span *out)
{
	*out = s;
	return s.n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static bool is_cookie(const struct http_side *s, uint32_t i, enum sig_dir d)
{
	return dp_span_is(http_header_name(s, i), d ? "Set-Cookie" : "Cookie");
}

static void add(struct dp_ctx *c, struct dp_bytes *b, struct dp_span s)
{
	dp_bytes_add(c, b, s.p, s.n, 1u << 20);
}

static void add_field(struct dp_ctx *c, struct dp_bytes *b, const struct http_side *s, uint32_t i)
{
	add(c, b, http_header_name(s, i));
	dp_bytes_add(c, b, ": ", 2, 1u << 20);
	add(c, b, http_header_value(s, i));
	dp_bytes_add(c, b, "\r\n", 2, 1u << 20);
}

static struct dp_span cooked(struct dp_ctx *c, struct http_side *s, enum sig_dir d)
{
	for (uint32_t i = 0; i < s->n_hdr && !s->cooked_ok; i++)
		if (!is_cookie(s, i, d))
			add_field(c, &s->cooked, s, i);
	s->cooked_ok = true;
	return (struct dp_span){s->cooked.p, s->cooked.n};
}

static struct dp_span names(struct dp_ctx *c, struct http_side *s)
{
	if (!s->names_ok && s->n_hdr) {
		dp_bytes_add(c, &s->names, "\r\n", 2, 1u << 20);
		for (uint32_t i = 0; i < s->n_hdr; i++) {
			add(c, &s->names, http_header_name(s, i));
			dp_bytes_add(c, &s->names, "\r\n", 2, 1u << 20);
		}
		dp_bytes_add(c, &s->names, "\r\n", 2, 1u << 20);
	}
	s->names_ok = true;
	return (struct dp_span){s->names.p, s->names.n};
}

static struct dp_span start(struct dp_ctx *c, struct http_side *s)
{
	if (!s->start_ok && s->line.n) {
		add(c, &s->start, (struct dp_span){s->line.p, s->line.n});
		if (s->line.p[s->line.n - 1] != '\n')
			dp_bytes_add(c, &s->start, "\r\n", 2, 1u << 20);
		for (uint32_t i = 0; i < s->n_hdr; i++)
			add_field(c, &s->start, s, i);
		if (s->n_hdr) // as the peer ends it
			dp_bytes_add(c, &s->start, "\r\n", 2, 1u << 20);
	}
	s->start_ok = true;
	return (struct dp_span){s->start.p, s->start.n};
}

static enum dp_buf_state field(const struct http_side *s, const char *name, struct dp_span *out)
{
	struct dp_span v;

	if (!http_header_get(s, name, &v))
		return DP_BUF_ABSENT;
	*out = v;
	return DP_BUF_FULL;
}

/** One header per instance, "Name: value". */
static enum dp_buf_state one(struct dp_ctx *c, struct http_side *s, uint32_t i, struct dp_span *out)
{
	if (i >= s->n_hdr)
		return DP_BUF_ABSENT;
	s->one.n = 0;
	add(c, &s->one, http_header_name(s, i));
	dp_bytes_add(c, &s->one, ": ", 2, 1u << 20);
	add(c, &s->one, http_header_value(s, i));
	*out = (struct dp_span){s->one.p, s->one.n};
	return DP_BUF_FULL;
}

/** Inspection of a growing body waits for a first large piece, as the peer's does; inline nothing
 *  waits, because what is not inspected now is gone. */
static enum dp_buf_state body(const struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d,
	struct dp_span *out)
{
	const struct dp_conf *c = x->c->conf;
	const struct http_side *s = &t->side[d];
	uint32_t min = d ? c->http_response_inspect_min : c->http_request_inspect_min;
	bool over = t->tx.progress[d] >= HTTP_P_TRAILER || s->body_over;

	*out = (struct dp_span){s->body.p, s->body.n};
	if (s->body.n == 0)
		return over ? DP_BUF_ABSENT : DP_BUF_LATER;
	if (!over && !c->inline_mode && s->body.n < min)
		return DP_BUF_LATER;
	return over ? DP_BUF_FULL : DP_BUF_PART;
}

static struct dp_file *nth_file(struct http_tx *t, enum sig_dir d, uint32_t instance)
{
	struct dp_file *f = t->tx.files;

	for (; f; f = f->next)
		if (f->dir == d && instance-- == 0)
			break;
	return f;
}

/** Beginnings of files that parts were put together to, behind the body that is one of them. HTTP/1 in
 *  captures is as with the peer, who looks at the parts alone. */
static enum dp_buf_state joined(const struct dp_app_ctx *x, const struct http_tx *t, uint32_t n,
	struct dp_span *out)
{
	const struct dp_file *f = t->tx.files;

	if (x->a->proto == SIG_PROTO_HTTP1 && !x->c->conf->on_wire)
		return DP_BUF_ABSENT;
	for (; f; f = f->next)
		if (f->joined && f->data_len && n-- == 0)
			break;
	if (!f)
		return DP_BUF_ABSENT;
	*out = (struct dp_span){f->data, f->data_len};
	return DP_BUF_FULL;
}

static enum dp_buf_state file_buffer(const struct dp_app_ctx *x, struct http_tx *t,
	enum sig_buffer b, enum sig_dir d, uint32_t instance, struct dp_span *out)
{
	struct dp_file *f;
	const char *magic;

	if (b == SIG_BUF_FILE_DATA && d == SIG_DIR_TO_CLIENT)
		return instance ? joined(x, t, instance - 1, out) : body(x, t, d, out);
	f = nth_file(t, d, instance);
	if (!f)
		return t->tx.progress[d] >= HTTP_P_DONE ? DP_BUF_ABSENT : DP_BUF_LATER;
	switch (b) {
	case SIG_BUF_FILE_DATA:
		*out = (struct dp_span){f->data, f->data_len};
		return f->state == DP_FILE_OPEN ? DP_BUF_PART : DP_BUF_FULL;
	case SIG_BUF_FILE_NAME:
		return whole((struct dp_span){f->name, f->name_len}, out);
	default:
		magic = dp_file_magic(x->c, f);
		if (!magic)
			return f->state == DP_FILE_OPEN ? DP_BUF_LATER : DP_BUF_ABSENT;
		return whole((struct dp_span){(const uint8_t *)magic, f->magic_len}, out);
	}
}

static enum dp_buf_state host_raw(struct http_tx *t, struct dp_span *out)
{
	if (t->u_host.n)
		return whole(t->u_host, out);
	return field(&t->side[0], "Host", out);
}

/** Buffers of either direction that are one header field. */
static const char *field_name(enum sig_buffer b, enum sig_dir d)
{
	switch (b) {
	case SIG_BUF_HTTP_COOKIE:
		return d ? "Set-Cookie" : "Cookie";
	case SIG_BUF_HTTP_USER_AGENT:
		return "User-Agent";
	case SIG_BUF_HTTP_ACCEPT:
		return "Accept";
	case SIG_BUF_HTTP_ACCEPT_ENC:
		return "Accept-Encoding";
	case SIG_BUF_HTTP_ACCEPT_LANG:
		return "Accept-Language";
	case SIG_BUF_HTTP_REFERER:
		return "Referer";
	case SIG_BUF_HTTP_CONNECTION:
		return "Connection";
	case SIG_BUF_HTTP_CONTENT_TYPE:
		return "Content-Type";
	case SIG_BUF_HTTP_CONTENT_LEN:
		return "Content-Length";
	case SIG_BUF_HTTP_LOCATION:
		return "Location";
	case SIG_BUF_HTTP_SERVER:
		return "Server";
	default:
		return NULL;
	}
}

enum dp_buf_state http_buffer(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
	enum sig_dir d, uint32_t instance, struct dp_span *out)
{
	struct http_tx *t = (struct http_tx *)tx;
	struct http_side *s = &t->side[d];
	const char *name = field_name(b, d);

	if (b == SIG_BUF_FILE_DATA || b == SIG_BUF_FILE_NAME || b == SIG_BUF_FILE_MAGIC)
		return file_buffer(x, t, b, d, instance, out);
	if (b == SIG_BUF_HTTP_REQUEST_HEADER || b == SIG_BUF_HTTP_RESPONSE_HEADER)
		return one(x->c, s, instance, out);
	if (instance)
		return DP_BUF_ABSENT;
	if (name)
		return field(s, name, out);
	switch (b) {
	case SIG_BUF_HTTP_METHOD:
		return whole(t->method, out);
	case SIG_BUF_HTTP_URI:
		return whole((struct dp_span){t->norm.p, t->norm.n}, out);
	case SIG_BUF_HTTP_URI_RAW:
		if (t->not_seen) // as records name it
			return whole((struct dp_span){(const uint8_t *)"/libhtp::request_uri_not_seen", 29}, out);
		return whole(t->uri, out);
	case SIG_BUF_HTTP_REQUEST_LINE:
	case SIG_BUF_HTTP_RESPONSE_LINE:
		return whole((struct dp_span){s->line.p, s->line.n}, out);
	case SIG_BUF_HTTP_REQUEST_BODY:
	case SIG_BUF_HTTP_RESPONSE_BODY:
		return body(x, t, d, out);
	case SIG_BUF_HTTP_HEADER:
		return whole(cooked(x->c, s, d), out);
	case SIG_BUF_HTTP_HEADER_RAW:
		return whole((struct dp_span){s->raw.p, s->raw.n}, out);
	case SIG_BUF_HTTP_HEADER_NAMES:
		return whole(names(x->c, s), out);
	case SIG_BUF_HTTP_START:
		return whole(start(x->c, s), out);
	case SIG_BUF_HTTP_HOST:
		return whole((struct dp_span){t->host.p, t->host.n}, out);
	case SIG_BUF_HTTP_HOST_RAW:
		return host_raw(t, out);
	case SIG_BUF_HTTP_PROTOCOL:
		return whole(s->protocol, out);
	case SIG_BUF_HTTP_STAT_CODE:
		return whole(t->status_text, out);
	case SIG_BUF_HTTP_STAT_MSG:
		return whole(t->message, out);
	default:
		return DP_BUF_ABSENT;
	}
}

bool http_number(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out)
{
	struct http_tx *t = (struct http_tx *)tx;
	struct dp_file *f;

	switch (n) {
	case SIG_NUM_URILEN:
		*out = t->norm.n;
		return instance == 0 && t->norm.n;
	case SIG_NUM_URILEN_RAW:
		*out = t->uri.n;
		return instance == 0 && t->uri.n;
	case SIG_NUM_FILESIZE:
		f = nth_file(t, dir, instance);
		if (!f)
			return false;
		*out = f->size;
		return true;
	default:
		return false;
	}
}
