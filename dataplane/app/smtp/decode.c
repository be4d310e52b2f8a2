/* SPDX-License-Identifier: Apache-2.0 */
/* Content of a leaf part: transfer encodings undone, files fed, links found. */
#include "smtp.h"
#include <dp/base64.h>

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = dp_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Where the peer ends a link: brackets of a wiki's address belong to it.
static bool url_char(uint8_t c)
{
	return c != ' ' && c != '\t' && c != '"' && c != '\'' && c != '<' && c != '>' && c != ']';
}

/** Links of the schemes that a site lists; the line is at hand, decoded. */
static void links(struct dp_app_ctx *x, struct mime *m)
{
	const struct dp_app_conf *c = &x->c->conf->app;
	const unsigned schemes = sizeof(c->mail_schemes) / sizeof(c->mail_schemes[0]);

	for (unsigned i = 0; i < schemes && c->mail_schemes[i][0]; i++) {
		const uint32_t len = (uint32_t)strlen(c->mail_schemes[i]);
		struct dp_span s = {m->line.p, m->line.n};

		for (;;) {
			uint32_t at = dp_span_find(s, c->mail_schemes[i]), n = len;
			uint32_t skip = c->mail_log_scheme ? 0 : len;

			if (at == UINT32_MAX)
				break;
			s.p += at;
			s.n -= at;
			while (n < s.n && url_char(s.p[n]))
				n++;
			if (n > len)
				smtp_list_add(x->c, &m->urls,
					(struct dp_span){s.p + skip, n - skip}, MIME_URLS_BYTES);
			s.p += n;
			s.n -= n;
		}
	}
	m->line.n = 0;
}

static void decoded(struct dp_app_ctx *x, struct mime *m, const uint8_t *p, uint32_t n)
{
	if (m->file)
		dp_file_data(x->c, m->file, p, n);
	if (!m->text)
		return;
	for (uint32_t i = 0; i < n; i++) {
		if (p[i] == '\n' || m->line.n >= SMTP_LINE_MAX)
			links(x, m);
		if (p[i] != '\n' && p[i] != '\r')
			dp_bytes_add(x->c, &m->line, p + i, 1, SMTP_LINE_MAX + 1);
	}
}

static void base64_line(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span l)
{
	struct mime *m = t->mime;
	uint8_t out[3072];
	uint32_t o = 0;

	for (uint32_t i = 0; i < l.n; i++) {
		int v = dp_base64_digit(l.p[i]);

		if (l.p[i] == '=') {
			if (m->quad_n == 2) {
				out[o++] = (uint8_t)(m->quad >> 4);
			} else if (m->quad_n == 3) {
				out[o++] = (uint8_t)(m->quad >> 10);
				out[o++] = (uint8_t)(m->quad >> 2);
			}
			m->quad = m->quad_n = 0;
			continue;
		}
		if (v < 0) {
			if (l.p[i] != ' ' && l.p[i] != '\t' && l.p[i] != '\r' && !m->bad64) {
				m->bad64 = true;
				dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_MIME_BASE64);
			}
			continue;
		}
		m->quad = m->quad << 6 | (uint32_t)v;
		if (++m->quad_n == 4) {
			out[o++] = (uint8_t)(m->quad >> 16);
			out[o++] = (uint8_t)(m->quad >> 8);
			out[o++] = (uint8_t)m->quad;
			m->quad = m->quad_n = 0;
		}
		if (o > sizeof(out) - 4) {
			decoded(x, m, out, o);
			o = 0;
		}
	}
	if (o)
		decoded(x, m, out, o);
}

/** RFC 2045 section 6.7; a trailing "=" joins lines. */
static void qp_line(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span l, uint8_t eol)
{
	struct mime *m = t->mime;
	uint8_t out[SMTP_LINE_MAX + 2];
	uint32_t o = 0;

	while (eol && l.n && (l.p[l.n - 1] == ' ' || l.p[l.n - 1] == '\t'))
		l.n--;
	if (m->eol)
		decoded(x, m, (const uint8_t *)"\r\n" + (m->eol == 1), m->eol);
	for (uint32_t i = 0; i < l.n; i++) {
		if (o >= SMTP_LINE_MAX) {
			decoded(x, m, out, o);
			o = 0;
		}
		if (l.p[i] != '=') {
			out[o++] = l.p[i];
		} else if (i + 1 == l.n && eol) {
			eol = 0;
		} else if (l.n - i > 2 && hex(l.p[i + 1]) >= 0 && hex(l.p[i + 2]) >= 0) {
			out[o++] = (uint8_t)(hex(l.p[i + 1]) << 4 | hex(l.p[i + 2]));
			i += 2;
		} else {
			if (m->file) // texts are full of it
				dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_MIME_QP);
			out[o++] = '=';
		}
	}
	if (o)
		decoded(x, m, out, o);
	m->eol = eol;
}

void mime_content(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span l, uint8_t eol)
{
	struct mime *m = t->mime;

	if (m->multipart || (!m->file && !m->text))
		return;
	switch (m->coding) {
	case MIME_BASE64:
		base64_line(x, t, l);
		break;
	case MIME_QP:
		qp_line(x, t, l, eol);
		break;
	default:
		// the end of a line belongs to the delimiter if one follows
		if (m->eol)
			decoded(x, m, (const uint8_t *)"\r\n" + (m->eol == 1), m->eol);
		if (l.n)
			decoded(x, m, l.p, l.n);
		m->eol = eol;
	}
}

void mime_content_end(struct dp_app_ctx *x, struct smtp_tx *t, bool cut)
{
	struct mime *m = t->mime;

	if (m->coding == MIME_BASE64 && m->quad_n >= 2 && m->file) {
		uint8_t rest[2] = {(uint8_t)(m->quad_n == 2 ? m->quad >> 4 : m->quad >> 10),
			(uint8_t)(m->quad >> 2)};

		decoded(x, m, rest, m->quad_n - 1);
		m->quad_n = 0;
	}
	if (m->line.n)
		links(x, m);
	if (m->file)
		dp_file_close(x->c, m->file, cut);
	m->file = NULL;
}
