/* SPDX-License-Identifier: Apache-2.0 */
#include "sip.h"
#include "../text.h"

/** Position in the message; `rc` sticks. */
struct scan {
	const uint8_t *p;
	uint32_t n, off;
	enum sip_rc rc;
};

static bool alpha(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool alnum(uint8_t c)
{
	return alpha(c) || (c >= '0' && c <= '9');
}

static bool in(uint8_t c, const char *set)
{
	return c && strchr(set, c);
}

static bool token(uint8_t c)
{
	return alnum(c) || in(c, "!%'*+-._`~");
}

static bool uri_char(uint8_t c)
{
	return token(c) || in(c, "#@:;=?&$,/()[]");
}

static bool version_char(uint8_t c)
{
	return alnum(c) || c == '.' || c == '/';
}

static bool reason_char(uint8_t c)
{
	return c >= 0x20 && c != 0x7f;
}

/** Bytes of one class, at least `least`. The end of the data before another byte: MORE. */
static struct sip_part run(struct scan *s, bool (*class)(uint8_t), uint32_t least)
{
	struct sip_part out = {s->off, 0};

	while (s->rc == SIP_OK && s->off < s->n && class(s->p[s->off]))
		s->off++;
	out.n = s->off - out.off;
	if (s->rc == SIP_OK && s->off == s->n)
		s->rc = SIP_MORE;
	else if (s->rc == SIP_OK && out.n < least)
		s->rc = SIP_BAD;
	return out;
}

static void lit(struct scan *s, const char *want)
{
	for (; *want && s->rc == SIP_OK; want++, s->off++) {
		if (s->off == s->n)
			s->rc = SIP_MORE;
		else if (s->p[s->off] != (uint8_t)*want)
			s->rc = SIP_BAD;
	}
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/** One header line with its folded lines; the value without blanks at its end. */
static void header(struct scan *s, struct sip_part *name, struct sip_part *value)
{
	*name = run(s, token, 1);
	run(s, blank, 0);
	lit(s, ":");
	while (s->rc == SIP_OK && s->off < s->n && blank(s->p[s->off]))
		s->off++;
	*value = (struct sip_part){s->off, 0};
	for (; s->rc == SIP_OK; s->off++) {
		if (s->off == s->n) {
			s->rc = SIP_MORE;
		} else if (s->p[s->off] == '\n') {
			if (s->off + 1 == s->n)
				s->rc = SIP_MORE;
			else if (s->p[s->off - 1] != '\r')
				s->rc = SIP_BAD;
			else if (!blank(s->p[s->off + 1]))
				break;
		} else if (!blank(s->p[s->off]) && s->p[s->off] != '\r') {
			value->n = s->off + 1 - value->off;
		}
	}
	if (s->rc == SIP_OK)
		s->off++;
}

static const char *long_name(struct dp_span n)
{
	static const struct {
		char c;
		const char *name;
	} compact[] = {{'c', "Content-Type"}, {'e', "Content-Encoding"}, {'f', "From"},
		{'i', "Call-ID"}, {'k', "Supported"}, {'l', "Content-Length"}, {'m', "Contact"},
		{'s', "Subject"}, {'t', "To"}, {'v', "Via"}};

	for (unsigned i = 0; n.n == 1 && i < sizeof(compact) / sizeof(compact[0]); i++)
		if (dp_lower(n.p[0]) == (uint8_t)compact[i].c)
			return compact[i].name;
	return NULL;
}

static bool named(struct dp_span n, const char *want)
{
	const char *full = long_name(n);

	return full ? !strcmp(full, want) : dp_span_is(n, want);
}

static void headers(struct scan *s, struct sip_msg *m)
{
	struct sip_part name, value;
	uint64_t v;

	m->headers.off = s->off;
	m->content_length = UINT32_MAX;
	for (uint32_t i = 0; s->rc == SIP_OK && i < SIP_HEADERS_MAX; i++) {
		if (s->off == s->n || (s->p[s->off] == '\r' && s->off + 1 == s->n)) {
			s->rc = SIP_MORE;
			return;
		}
		if (s->p[s->off] == '\r' && s->p[s->off + 1] == '\n') {
			m->headers.n = s->off - m->headers.off;
			s->off += 2;
			return;
		}
		header(s, &name, &value);
		if (s->rc == SIP_OK && named((struct dp_span){s->p + name.off, name.n}, "Content-Length") &&
			dp_span_u64((struct dp_span){s->p + value.off, value.n}, &v))
			m->content_length = v < SIP_MSG_MAX ? (uint32_t)v : SIP_MSG_MAX;
	}
	if (s->rc == SIP_OK)
		s->rc = SIP_BAD;
}

static void first_line(struct scan *s, bool request, struct sip_msg *m)
{
	m->request = request;
	if (request) {
		m->method = run(s, alpha, 1);
		lit(s, " ");
		m->uri = run(s, uri_char, 1);
		lit(s, " ");
		m->version = run(s, version_char, 1);
	} else {
		m->version = run(s, version_char, 1);
		lit(s, " ");
		m->code = (struct sip_part){s->off, 3};
		for (unsigned i = 0; i < 3 && s->rc == SIP_OK; i++, s->off++) {
			if (s->off == s->n)
				s->rc = SIP_MORE;
			else if (s->p[s->off] < '0' || s->p[s->off] > '9')
				s->rc = SIP_BAD;
		}
		lit(s, " ");
		m->reason = run(s, reason_char, 0);
	}
	m->line.n = s->rc == SIP_OK ? s->off : 0;
	lit(s, "\r\n");
}

enum sip_rc sip_message(const uint8_t *p, uint32_t n, bool request, bool stream, struct sip_msg *m)
{
	struct scan s = {p, n, 0, SIP_OK};
	uint32_t left;

	memset(m, 0, sizeof(*m));
	first_line(&s, request, m);
	if (s.rc == SIP_OK)
		headers(&s, m);
	if (s.rc != SIP_OK)
		return s.rc;
	left = n - s.off;
	m->body = (struct sip_part){s.off, left};
	if (stream)
		m->body.n = m->content_length == UINT32_MAX ? 0 : m->content_length;
	if (m->body.n > left)
		return m->body.n >= SIP_MSG_MAX ? SIP_BAD : SIP_MORE;
	m->total = s.off + m->body.n;
	return SIP_OK;
}

bool sip_header(const struct sip_tx *tx, const char *name, uint32_t k, struct dp_span *out)
{
	struct dp_span all = sip_span(tx, tx->m.headers);
	struct scan s = {tx->raw.p, tx->m.headers.off + all.n + 2, tx->m.headers.off, SIP_OK};

	if (all.n == 0 || s.n > tx->raw.n)
		return false;
	while (s.off < tx->m.headers.off + all.n) {
		struct sip_part nm, value;

		header(&s, &nm, &value);
		if (s.rc != SIP_OK)
			return false;
		if (named(sip_span(tx, nm), name) && k-- == 0) {
			*out = sip_span(tx, value);
			return true;
		}
	}
	return false;
}
