/* SPDX-License-Identifier: Apache-2.0 */
/* Structure of a mail: header fields, nested parts (RFC 2045, 2046, 2183, 2231). */
#include "smtp.h"
#include <stdio.h>

struct mime *mime_open(struct dp_app_ctx *x)
{
	struct mime *m = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*m));

	if (!m)
		return NULL;
	m->in_headers = true;
	m->text = x->c->conf->app.mail_urls; // RFC 2045 section 5.2: text unless it says otherwise
	return m;
}

void mime_free(struct dp_ctx *c, struct mime *m)
{
	for (unsigned i = 0; i < MIME_DEPTH_MAX; i++)
		dp_bytes_free(c, &m->boundary[i]);
	for (unsigned i = 0; i < MIME_FIELDS; i++)
		dp_bytes_free(c, &m->value[i]);
	dp_bytes_free(c, &m->field);
	dp_bytes_free(c, &m->received.b);
	dp_bytes_free(c, &m->name);
	dp_bytes_free(c, &m->next_boundary);
	dp_bytes_free(c, &m->line);
	dp_bytes_free(c, &m->urls.b);
	dp_bytes_free(c, &m->attachments.b);
	dp_slab_free(c->slab, DP_MEM_APP, m->md5, sizeof(*m->md5));
	dp_slab_free(c->slab, DP_MEM_APP, m, sizeof(*m));
}

/** Value of `key` among "; key=value" parameters; `from` advances. */
static bool parameter(struct dp_span v, const char *key, struct dp_span *out)
{
	uint32_t at = 0, klen = (uint32_t)strlen(key);

	while (at < v.n) {
		struct dp_span p;

		while (at < v.n && v.p[at] != ';')
			at++;
		at++;
		while (at < v.n && (v.p[at] == ' ' || v.p[at] == '\t'))
			at++;
		if (at >= v.n)
			return false;
		p = (struct dp_span){v.p + at, v.n - at};
		if (!dp_span_starts(p, key) || p.n <= klen || p.p[klen] != '=')
			continue;
		p.p += klen + 1;
		p.n -= klen + 1;
		if (p.n && p.p[0] == '"') {
			uint32_t end = 1;

			while (end < p.n && p.p[end] != '"')
				end++;
			*out = (struct dp_span){p.p + 1, end - 1};
		} else {
			uint32_t end = 0;

			while (end < p.n && p.p[end] != ';' && p.p[end] != ' ')
				end++;
			*out = (struct dp_span){p.p, end};
		}
		return true;
	}
	return false;
}

/** A name, whole or in the numbered pieces of RFC 2231. */
static bool file_name(struct dp_app_ctx *x, struct mime *m, struct dp_span v, const char *key)
{
	char piece[32];
	struct dp_span s;

	if (parameter(v, key, &s)) {
		dp_bytes_set(x->c, &m->name, s.p, s.n, MIME_NAME_MAX);
		return true;
	}
	snprintf(piece, sizeof(piece), "%s*", key);
	if (parameter(v, piece, &s)) {
		dp_bytes_set(x->c, &m->name, s.p, s.n, MIME_NAME_MAX);
		return true;
	}
	m->name.n = 0;
	for (unsigned i = 0; i < 64; i++) {
		snprintf(piece, sizeof(piece), "%s*%u", key, i);
		if (!parameter(v, piece, &s)) {
			snprintf(piece, sizeof(piece), "%s*%u*", key, i);
			if (!parameter(v, piece, &s))
				break;
		}
		dp_bytes_add(x->c, &m->name, s.p, s.n, MIME_NAME_MAX);
	}
	return m->name.n > 0;
}

static void content_type(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span v)
{
	struct mime *m = t->mime;
	struct dp_span s;

	m->text = x->c->conf->app.mail_urls && (dp_span_starts(v, "text/plain") || dp_span_starts(v, "text/html"));
	m->message = dp_span_starts(v, "message/rfc822");
	m->multipart = dp_span_starts(v, "multipart/");
	if (m->multipart && parameter(v, "boundary", &s)) {
		if (s.n > MIME_BOUNDARY_MAX) {
			dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_MIME_BOUNDARY);
			s.n = MIME_BOUNDARY_MAX;
		}
		dp_bytes_set(x->c, &m->next_boundary, s.p, s.n, MIME_BOUNDARY_MAX);
	}
	if (m->name.n == 0)
		file_name(x, m, v, "name");
}

static void transfer_encoding(const struct dp_app_conf *c, struct mime *m, struct dp_span v)
{
	m->coding = MIME_PLAIN;
	if (dp_span_starts(v, "base64") && c->mail_base64)
		m->coding = MIME_BASE64;
	else if (dp_span_starts(v, "quoted-printable") && c->mail_qp)
		m->coding = MIME_QP;
}

/** Fields of the mail itself, not of its parts. */
static void top_field(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span name, struct dp_span v)
{
	static const char *const names[MIME_FIELDS] = {"from", "to", "cc", "subject", "date",
		"message-id", "x-mailer", "reply-to", "bcc", "user-agent", "x-originating-ip",
		"in-reply-to", "references", "importance", "priority", "sensitivity",
		"organization", "content-md5"};
	struct mime *m = t->mime;

	for (unsigned i = 0; i < MIME_FIELDS; i++) {
		if (!dp_span_is(name, names[i]))
			continue;
		if (m->value[i].n && i <= MIME_X_MAILER)
			dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_DUPLICATE);
		else if (!m->value[i].n)
			dp_bytes_set(x->c, &m->value[i], v.p, v.n, MIME_FIELD_MAX);
	}
	if (dp_span_is(name, "received"))
		smtp_list_add(x->c, &m->received, v, MIME_FIELD_MAX);
}

static void field_done(struct dp_app_ctx *x, struct smtp_tx *t)
{
	struct mime *m = t->mime;
	struct dp_span l = {m->field.p, m->field.n}, name, v;
	uint32_t colon = 0;

	m->field.n = 0;
	while (colon < l.n && l.p[colon] != ':')
		colon++;
	if (colon >= l.n)
		return;
	name = dp_span_trim((struct dp_span){l.p, colon});
	v = dp_span_trim((struct dp_span){l.p + colon + 1, l.n - colon - 1});
	if (!m->top_done)
		top_field(x, t, name, v);
	if (dp_span_is(name, "content-type"))
		content_type(x, t, v);
	else if (dp_span_is(name, "content-transfer-encoding"))
		transfer_encoding(&x->c->conf->app, m, v);
	else if (dp_span_is(name, "content-disposition"))
		file_name(x, m, v, "filename");
}

static void part_begin(const struct dp_app_ctx *x, struct mime *m)
{
	m->in_headers = true;
	m->any_field = false;
	m->text = x->c->conf->app.mail_urls;
	m->multipart = m->message = false;
	m->coding = MIME_PLAIN;
	m->name.n = 0;
	m->eol = 0;
	m->quad_n = 0;
	m->bad64 = false;
}

static void headers_done(struct dp_app_ctx *x, struct smtp_tx *t)
{
	struct mime *m = t->mime;

	field_done(x, t);
	m->in_headers = false;
	if (!m->top_done) {
		m->top_done = true;
		t->tx.progress[0] = SMTP_P_HEADERS;
		if (x->c->conf->app.mail_body_md5 || (x->c->app_want & DP_APP_WANT_BODY_MD5))
			m->md5 = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*m->md5));
	}
	if (m->multipart && m->next_boundary.n && m->depth < MIME_DEPTH_MAX) {
		dp_bytes_set(x->c, &m->boundary[m->depth++], m->next_boundary.p,
			m->next_boundary.n, MIME_BOUNDARY_MAX);
		m->next_boundary.n = 0;
		m->name.n = 0;
		return;
	}
	if (m->message) { // a mail within: its own header follows
		part_begin(x, m);
		return;
	}
	if (m->name.n && m->parts < MIME_PARTS_MAX) {
		struct dp_span s = {m->name.p, m->name.n};

		m->parts++;
		m->file = dp_file_open(x, &t->tx, SIG_DIR_TO_SERVER, s.p, s.n);
		smtp_list_add(x->c, &m->attachments, s, MIME_FIELD_MAX);
	}
}

/** Which open multipart this delimiter line belongs to; -1: none. */
static int delimiter(const struct mime *m, struct dp_span l, bool *end)
{
	for (unsigned i = m->depth; i > 0; i--) {
		const struct dp_bytes *b = &m->boundary[i - 1];

		if (l.n < b->n + 2 || memcmp(l.p + 2, b->p, b->n) != 0)
			continue;
		*end = l.n >= b->n + 4 && !memcmp(l.p + 2 + b->n, "--", 2);
		return (int)i - 1;
	}
	return -1;
}

static void header_line(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span l)
{
	struct mime *m = t->mime;

	if (l.n == 0) {
		headers_done(x, t);
		return;
	}
	if ((l.p[0] == ' ' || l.p[0] == '\t') && m->field.n) {
		// A space joins (RFC 5322 section 2.2.3); a tab vanishes, as the peer's records show.
		uint32_t cut = l.p[0] == '\t';

		if (!dp_bytes_add(x->c, &m->field, l.p + cut, l.n - cut, MIME_FIELD_MAX))
			dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_MIME_HDR_VALUE);
		return;
	}
	field_done(x, t);
	if (!memchr(l.p, ':', l.n)) {
		if (!m->any_field && !m->top_done) {
			// no header at all: content from the first line on
			headers_done(x, t);
			mime_content(x, t, l, 2);
		} else {
			dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_MIME_MALFORMED);
		}
		return;
	}
	m->any_field = true;
	dp_bytes_set(x->c, &m->field, l.p, l.n, MIME_FIELD_MAX);
}

/** Of everything behind the mail's own header, as it was sent. */
static void body_md5(struct mime *m, struct dp_span l, uint8_t eol)
{
	if (!m->has_body_md5)
		dp_hash_md5_begin(m->md5);
	m->has_body_md5 = true;
	dp_hash_md5_add(m->md5, l.p, l.n);
	dp_hash_md5_add(m->md5, "\r\n" + (eol == 1), eol);
}

bool mime_in_base64(const struct mime *m)
{
	return !m->in_headers && m->coding == MIME_BASE64 && !m->multipart && m->file != NULL;
}

void mime_line(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span l, uint8_t eol, bool start)
{
	struct mime *m = t->mime;
	bool end;
	int at;

	if (m->md5)
		body_md5(m, l, eol);
	if (start && m->depth && l.n >= 2 && l.p[0] == '-' && l.p[1] == '-') {
		at = delimiter(m, l, &end);
		if (at >= 0) {
			if (m->in_headers)
				headers_done(x, t);
			mime_content_end(x, t, false);
			m->depth = (uint8_t)(end ? at : at + 1);
			part_begin(x, m);
			if (end) // epilogue: nothing of interest until an outer delimiter
				m->in_headers = false;
			return;
		}
	}
	if (m->in_headers)
		header_line(x, t, l);
	else
		mime_content(x, t, l, eol);
}

void mime_end(struct dp_app_ctx *x, struct smtp_tx *t, bool cut)
{
	struct mime *m = t->mime;

	if (m->ended)
		return;
	m->ended = true;
	if (m->in_headers)
		headers_done(x, t);
	mime_content_end(x, t, cut);
	if (m->has_body_md5) {
		dp_hash_md5_end(m->md5, m->body_md5);
		dp_hash_hex(m->body_md5, sizeof(m->body_md5), m->body_md5_text);
	}
}
