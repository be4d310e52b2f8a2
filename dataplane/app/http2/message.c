/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a stream in the shape that HTTP/1 gives them. */
#include "http2.h"

static bool is(struct dp_span s, const char *text)
{
	return dp_span_is(s, text);
}

static bool room(struct dp_app_ctx *x, struct http_side *s)
{
	uint32_t cap = s->cap_hdr ? s->cap_hdr * 2 : 16;
	struct http_header *h;

	if (s->n_hdr < s->cap_hdr)
		return true;
	if (cap > H2_FIELDS_MAX)
		return false;
	h = s->hdr ? dp_slab_realloc(x->c->slab, DP_MEM_APP, s->hdr, s->cap_hdr * sizeof(*h),
			     cap * sizeof(*h))
		   : dp_slab_alloc(x->c->slab, DP_MEM_APP, cap * sizeof(*h));
	if (!h)
		return false;
	s->hdr = h;
	s->cap_hdr = cap;
	return true;
}

void h2_field(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, struct dp_span name,
	struct dp_span value)
{
	struct http_side *s = &tx->h.side[d];
	struct dp_bytes *cookie = &tx->side[d].cookie;
	struct http_header *h;
	uint8_t mark[5] = {0};

	if ((!name.n && !value.n) || !room(x, s) || s->text.n + (uint64_t)name.n + value.n > H2_TEXT_MAX)
		return;
	h = &s->hdr[s->n_hdr++];
	memset(h, 0, sizeof(*h));
	h->name = s->text.n;
	h->name_n = name.n;
	dp_bytes_add(x->c, &s->text, name.p, name.n, H2_TEXT_MAX);
	h->value = s->text.n;
	h->value_n = value.n;
	dp_bytes_add(x->c, &s->text, value.p, value.n, H2_TEXT_MAX);
	if (s->text.n != h->value + value.n) {
		s->n_hdr--;
		return;
	}
	dp_bytes_add(x->c, &tx->side[d].order, mark, sizeof(mark), H2_TEXT_MAX);
	if (is(name, d == SIG_DIR_TO_SERVER ? "cookie" : "set-cookie")) {
		if (cookie->n)
			dp_bytes_add(x->c, cookie, "; ", 2, H2_TEXT_MAX);
		dp_bytes_add(x->c, cookie, value.p, value.n, H2_TEXT_MAX);
	}
}

void h2_table_size(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, uint32_t size)
{
	uint8_t mark[5] = {1};

	memcpy(mark + 1, &size, 4);
	dp_bytes_add(x->c, &tx->side[d].order, mark, sizeof(mark), H2_TEXT_MAX);
}

/** Authority without user and port, lower case; what the two ways to say it disagree about. */
static void host(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d)
{
	struct http_side *s = &tx->h.side[d];
	struct dp_span v, h;
	const uint8_t *at;
	bool authority = http_header_get(s, ":authority", &v), has = http_header_get(s, "host", &h);

	if (authority && has && (v.n != h.n || (v.n && memcmp(v.p, h.p, v.n))))
		dp_tx_event(x, &tx->h.tx, d, SIG_EV_HTTP2_AUTHORITY_HOST);
	if (!authority) {
		if (!has)
			return;
		v = h;
	}
	tx->h.u_host = v;
	at = v.n ? memchr(v.p, '@', v.n) : NULL;
	if (at) {
		dp_tx_event(x, &tx->h.tx, d, SIG_EV_HTTP2_USERINFO);
		v.n -= (uint32_t)(at + 1 - v.p);
		v.p = at + 1;
	}
	tx->h.host.n = 0;
	for (uint32_t i = 0; i < v.n && (v.p[i] != ':' || v.p[0] == '['); i++) {
		uint8_t c = dp_lower(v.p[i]);

		dp_bytes_add(x->c, &tx->h.host, &c, 1, HTTP_FIELD_MAX);
	}
}

static void first_line(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d)
{
	struct http_side *s = &tx->h.side[d];
	struct dp_span method = {0}, path = {0}, status = {0};

	http_header_get(s, ":method", &method);
	http_header_get(s, ":path", &path);
	http_header_get(s, ":status", &status);
	s->line.n = 0;
	if (status.n) {
		dp_bytes_add(x->c, &s->line, "HTTP/2 ", 7, H2_TEXT_MAX);
		dp_bytes_add(x->c, &s->line, status.p, status.n, H2_TEXT_MAX);
		s->protocol = (struct dp_span){s->line.p, 6};
		dp_bytes_add(x->c, &s->line, "\r\n", 2, H2_TEXT_MAX);
		tx->h.status_text = (struct dp_span){s->line.p + 7, s->line.n - 9};
		tx->h.status = 0;
		for (uint32_t i = 0; i < status.n && i < 3; i++)
			tx->h.status = (uint16_t)(tx->h.status * 10 + (status.p[i] & 15));
		return;
	}
	if (!method.n && !path.n)
		return;
	dp_bytes_add(x->c, &s->line, method.p, method.n, H2_TEXT_MAX);
	dp_bytes_add(x->c, &s->line, " ", 1, H2_TEXT_MAX);
	dp_bytes_add(x->c, &s->line, path.p, path.n, H2_TEXT_MAX);
	dp_bytes_add(x->c, &s->line, " HTTP/2\r\n", 9, H2_TEXT_MAX);
	if (s->line.n != method.n + path.n + 10)
		return;
	tx->h.method = (struct dp_span){s->line.p, method.n};
	tx->h.uri = (struct dp_span){s->line.p + method.n + 1, path.n};
	s->protocol = (struct dp_span){s->line.p + s->line.n - 8, 6};
	dp_bytes_set(x->c, &tx->h.norm, path.p, path.n, H2_TEXT_MAX);
	tx->h.is_head = is(method, "HEAD");
	tx->h.is_post = tx->h.is_put = true; /* whatever a client sends is a file */
}

void h2_message(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d)
{
	struct http_side *s = &tx->h.side[d];
	uint64_t len;

	if (tx->side[d].blocks >= H2_BLOCKS_MAX)
		return; // gathered anew with each block: not without end
	if (tx->side[d].blocks++) { // behind an interim answer, or at the end: there is more to search
		tx->h.tx.scanned[d] = tx->h.tx.grown[d] = 0;
		s->cooked_ok = s->names_ok = s->start_ok = false;
		s->cooked.n = s->names.n = s->start.n = 0;
	}
	s->raw.n = 0;
	for (uint32_t i = 0; i < s->n_hdr; i++) {
		struct dp_span n = http_header_name(s, i), v = http_header_value(s, i);

		dp_bytes_add(x->c, &s->raw, n.p, n.n, H2_TEXT_MAX);
		dp_bytes_add(x->c, &s->raw, ": ", 2, H2_TEXT_MAX);
		dp_bytes_add(x->c, &s->raw, v.p, v.n, H2_TEXT_MAX);
		dp_bytes_add(x->c, &s->raw, "\r\n", 2, H2_TEXT_MAX);
	}
	first_line(x, tx, d);
	if (tx->h.tx.progress[d] >= HTTP_P_BODY)
		return; /* trailers */
	/* its events are HTTP/1's */
	tx->h.tx.quiet = true;
	if (d == SIG_DIR_TO_CLIENT && !s->codec)
		http_response_headers_done(x, &tx->h, &len);
	tx->h.tx.quiet = false;
	if (d == SIG_DIR_TO_SERVER)
		host(x, tx, d);
	h2_doh_fields(x, tx, d);
	tx->h.tx.progress[d] = HTTP_P_BODY;
}

void h2_data(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, struct dp_span data)
{
	tx->h.tx.quiet = true;
	http_body_data(x, &tx->h, d, data.p, data.n);
	tx->h.tx.quiet = false;
}

void h2_end(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d)
{
	tx->h.tx.quiet = true;
	http_body_end(x, &tx->h, d, false);
	tx->h.tx.quiet = false;
	h2_doh_end(x, tx, d);
	tx->h.tx.progress[d] = HTTP_P_DONE;
	if (tx->h.tx.progress[!d] >= HTTP_P_DONE)
		tx->h.tx.progress[0] = tx->h.tx.progress[1] = H2_P_CLOSED;
}
