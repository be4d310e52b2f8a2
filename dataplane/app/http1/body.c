/* SPDX-License-Identifier: Apache-2.0 */
#include "http1.h"

/** Somebody wants more of files than what is inspected: hashes, or the files themselves. The limits
 *  are HTTP/1's: a file in HTTP/2 is followed to its end, as with the peer. */
static bool whole_files(const struct dp_app_ctx *x)
{
	return x->c->file_hash || x->c->file_spool || x->a->proto != SIG_PROTO_HTTP1;
}

static uint32_t limit(const struct dp_app_ctx *x, enum sig_dir d)
{
	const struct dp_conf *c = x->c->conf;
	uint32_t n = d ? c->http_response_body_limit : c->http_request_body_limit;

	return n ? n : UINT32_MAX;
}

/** filename= of a Content-Disposition, quotes removed. */
static bool disposition_name(struct dp_span v, struct dp_span *name)
{
	uint32_t at = dp_span_find(v, "filename=");

	if (at == UINT32_MAX)
		return false;
	v.p += at + 9;
	v.n -= at + 9;
	if (v.n && v.p[0] == '"') {
		uint32_t end = 1;

		while (end < v.n && v.p[end] != '"')
			end++;
		*name = (struct dp_span){v.p + 1, end - 1};
	} else {
		uint32_t end = 0;

		while (end < v.n && v.p[end] != ';' && v.p[end] != ' ')
			end++;
		*name = (struct dp_span){v.p, end};
	}
	return name->n > 0;
}

/** "bytes 0-99/200" (RFC 9110 section 14.4); *whole_known: the size of all of it is told. */
static bool content_range(struct dp_span v, struct dp_range_spec *r, bool *whole_known)
{
	uint32_t i = 5, dash, slash;

	if (!dp_span_starts(v, "bytes"))
		return false;
	while (i < v.n && v.p[i] == ' ')
		i++;
	for (dash = i; dash < v.n && v.p[dash] != '-'; dash++)
		;
	if (dash >= v.n)
		return false;
	for (slash = dash + 1; slash < v.n && v.p[slash] != '/'; slash++)
		;
	if (slash >= v.n || !dp_span_u64((struct dp_span){v.p + i, dash - i}, &r->start) ||
		!dp_span_u64((struct dp_span){v.p + dash + 1, slash - dash - 1}, &r->end))
		return false;
	*whole_known = v.n - slash != 2 || v.p[slash + 1] != '*';
	if (!*whole_known)
		return true;
	return dp_span_u64((struct dp_span){v.p + slash + 1, v.n - slash - 1}, &r->total) &&
	       r->start <= r->end && r->end < r->total;
}

/** HTTP/2 lends its messages to this room, and has its own name for it. */
static void range_invalid(struct dp_app_ctx *x, struct dp_tx *tx)
{
	const bool quiet = tx->quiet;

	tx->quiet = false;
	dp_tx_event(x, tx, SIG_DIR_TO_CLIENT, x->a->proto == SIG_PROTO_HTTP2
			? (unsigned)SIG_EV_HTTP2_RANGE : (unsigned)SIG_EV_HTTP1_RANGE_INVALID);
	tx->quiet = quiet;
}

/** A part of a file: its place in the record, and it joins the others. */
static void ranged(struct dp_app_ctx *x, struct http_tx *t, struct dp_span name, struct dp_span v)
{
	struct http_side *s = &t->side[SIG_DIR_TO_CLIENT];
	struct dp_range_spec r = {.host = {t->host.p, t->host.n}, .path = {t->norm.p, t->norm.n},
		.name = name, .dir = SIG_DIR_TO_CLIENT};

	bool whole_known = true;

	if (!content_range(v, &r, &whole_known)) {
		if (!dp_span_starts(v, "bytes */"))
			range_invalid(x, &t->tx);
		return;
	}
	if (!whole_known || (r.start == 0 && r.end == r.total - 1))
		return; // a part of nobody knows what, or all of it
	s->file->start = r.start;
	s->file->end = r.end;
	s->file->ranged = true;
	if (!s->codec && !t->not_seen && t->norm.n)
		s->range = dp_range_open(x, &r);
}

static void close_file(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, bool truncated)
{
	struct http_side *s = &t->side[d];

	if (s->file)
		dp_file_close(x->c, s->file, truncated);
	if (s->range)
		dp_range_close(x, s->range, &t->tx);
	s->range = NULL;
}

static void open_file(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d)
{
	struct http_side *s = &t->side[d];
	struct dp_span name = {t->path.p, t->path.n}, v;
	struct dp_file *f;

	if (t->not_seen)
		name = (struct dp_span){(const uint8_t *)"/libhtp::request_uri_not_seen", 29};
	if (t->is_connect && !name.n)
		name = (struct dp_span){t->host.p, t->host.n};
	if (d == SIG_DIR_TO_CLIENT && http_header_get(s, "Content-Disposition", &v))
		disposition_name(v, &name);
	if (name.n > DP_FILE_NAME_MAX)
		dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_FILE_NAME_LONG);
	f = s->file = dp_file_open(x, &t->tx, d, name.p, name.n);
	if (!f)
		return;
	f->external = d == SIG_DIR_TO_CLIENT;
	if (d == SIG_DIR_TO_CLIENT && http_header_get(s, "Content-Range", &v))
		ranged(x, t, name, v);
}

bool http_body_plain(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, const uint8_t *p,
	uint32_t n)
{
	struct http_side *s = &t->side[d];
	uint32_t max = limit(x, d), keep = n;

	if (s->body_over && !whole_files(x)) {
		s->entity_len += n;
		close_file(x, t, d, true);
		return false;
	}
	if (t->mp && d == SIG_DIR_TO_SERVER) {
		if (!s->body_over)
			http_multipart_data(x, t, p, n);
	} else if (d == SIG_DIR_TO_CLIENT || t->is_post || t->is_put) {
		if (!s->file && !s->body_over)
			open_file(x, t, d);
	}
	s->entity_len += n;
	if (s->body.n + (uint64_t)n > max)
		keep = max - s->body.n;
	dp_bytes_add(x->c, &s->body, p, keep, max);
	if (s->file && s->file->external) {
		s->file->kept = s->body.p;
		s->file->kept_n = s->body.n;
	}
	if (s->file)
		dp_file_data(x->c, s->file, p, whole_files(x) ? n : keep);
	if (s->range)
		dp_range_data(x->c, s->range, p, whole_files(x) ? n : keep);
	if (s->body.n >= max && !s->body_over) {
		s->body_over = true;
		if (!whole_files(x) && s->entity_len > max)
			close_file(x, t, d, true);
	}
	return s->entity_len <= max || whole_files(x); // full, but perhaps there is no more
}

void http_body_data(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, const uint8_t *p,
	uint32_t n)
{
	struct http_side *s = &t->side[d];

	s->wire_len += n;
	s->wire_seen = true;
	if (s->body_over && !whole_files(x) && (!s->codec || s->entity_len > limit(x, d)) &&
		!(s->codec && http_codec_watches(s->codec))) {
		close_file(x, t, d, true);
		return;
	}
	if (s->codec)
		http_codec_data(x, t, d, s->codec, p, n);
	else
		http_body_plain(x, t, d, p, n);
}

void http_body_gap(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, uint32_t n)
{
	struct http_side *s = &t->side[d];

	s->wire_len += n;
	if (!s->file && !s->body_over && !s->wire_seen && !t->mp &&
		(d == SIG_DIR_TO_CLIENT || t->is_post || t->is_put))
		open_file(x, t, d);
	s->wire_seen = true;
	if (s->file)
		dp_file_gap(x->c, s->file, n);
	if (s->range) // what comes behind the hole may come again
		dp_range_close(x, s->range, &t->tx);
	s->range = NULL;
	if (s->codec) { // nothing after a hole can be decoded
		http_codec_free(x->c, s->codec);
		s->codec = NULL;
		s->body_over = true;
	}
}

void http_body_end(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, bool truncated)
{
	struct http_side *s = &t->side[d];

	if (s->codec) {
		http_codec_end(x, t, d, s->codec);
		http_codec_free(x->c, s->codec);
		s->codec = NULL;
	}
	if (t->mp && d == SIG_DIR_TO_SERVER)
		http_multipart_end(x, t);
	close_file(x, t, d, truncated || (s->file && s->file->gaps));
}
