/* SPDX-License-Identifier: Apache-2.0 */
/* Which host a request names, in its target and in its header, and whether that can be one. */
#include "http1.h"
#include <arpa/inet.h>

#define NAME_MAX 255u  /* RFC 1035 section 2.3.4 */
#define LABEL_MAX 63u

/** What stands where "host[:port]" is expected. */
struct place {
	struct dp_span host;
	bool any;   /**< there is something that could be a host */
	bool port_ok;
	uint32_t port; /**< 0: none given, or no number */
};

static bool label_char(uint8_t c)
{
	if (c < 0x80)
		return c == '-' || c == '_' || (c >= '0' && c <= '9') ||
		       (dp_lower(c) >= 'a' && dp_lower(c) <= 'z');
	// letters and digits of ISO 8859-1
	return (c >= 0xc0 && c != 0xd7 && c != 0xf7) || c == 0xaa || c == 0xb5 || c == 0xba ||
	       c == 0xb2 || c == 0xb3 || c == 0xb9 || (c >= 0xbc && c <= 0xbe);
}

static bool literal_valid(struct dp_span h)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr a;

	if (h.n < 4 || h.n - 2 >= sizeof(text))
		return false;
	memcpy(text, h.p + 1, h.n - 2);
	text[h.n - 2] = 0;
	return inet_pton(AF_INET6, text, &a) == 1;
}

/** Labels of letters, digits, hyphens and underscores, or an IPv6 literal in brackets. */
static bool host_valid(struct dp_span h)
{
	uint32_t label = 0;

	if (h.n == 0 || h.n > NAME_MAX || h.p[0] == '.')
		return false;
	if (h.p[0] == '[' && h.p[h.n - 1] == ']')
		return literal_valid(h);
	for (uint32_t i = 0; i < h.n; i++) {
		if (h.p[i] == '.') {
			if (i && h.p[i - 1] == '.')
				return false;
			label = 0;
		} else if (++label > LABEL_MAX || !label_char(h.p[i])) {
			return false;
		}
	}
	return true;
}

static bool port_value(struct dp_span s, uint32_t *port)
{
	uint64_t v;

	if (!dp_span_u64(s, &v) || v == 0 || v > 65535)
		return false;
	*port = (uint32_t)v;
	return true;
}

static uint32_t blanks(struct dp_span s, uint32_t i)
{
	while (i < s.n && s.p[i] == ' ')
		i++;
	return i;
}

static bool ends_host(uint8_t c)
{
	return c == '/' || c == '?' || c == '#' || c == ':';
}

/** As the peer reads it: blanks around host and port are not part of them, and what comes behind a
 *  port's first word is not looked at. */
static struct place place_of(struct dp_span s)
{
	struct place at = {.port_ok = true};
	uint32_t i, from, end;

	if (!s.n) // and perhaps nowhere
		return at;
	from = i = blanks(s, s.n > 1 && s.p[0] == '/' && s.p[1] == '/' ? 2 : 0);
	if (i < s.n && s.p[i] == '[') {
		while (i < s.n && s.p[i] != ']' && s.p[i] != '/' && s.p[i] != '?' && s.p[i] != '#')
			i++;
		i += i < s.n && s.p[i] == ']';
	} else {
		while (i < s.n && !ends_host(s.p[i]))
			i++;
	}
	for (end = i; end > from && s.p[end - 1] == ' '; end--)
		;
	at.host = (struct dp_span){s.p + from, end - from};
	at.any = i > from;
	if (i == s.n)
		return at;
	if (s.p[i] != ':') {
		at.port_ok = false; // "[::1]x"
		return at;
	}
	from = end = blanks(s, i + 1);
	while (end < s.n && s.p[end] != ' ' && s.p[end] != '/' && s.p[end] != '?' && s.p[end] != '#')
		end++;
	at.port_ok = port_value((struct dp_span){s.p + from, end - from}, &at.port);
	return at;
}

/** Escapes undone, dots at the end taken off: so it must be a name. */
static bool target_valid(struct dp_span h)
{
	uint8_t plain[NAME_MAX + 1];
	uint32_t n;

	if (h.n > NAME_MAX)
		return false;
	memcpy(plain, h.p, h.n);
	n = http_unescape(plain, h.n);
	while (n && plain[n - 1] == '.')
		n--;
	return host_valid((struct dp_span){plain, n});
}

void http_target_host(struct http_tx *t)
{
	struct dp_span s = t->uri;
	uint32_t i, end;
	struct place at;

	if (t->is_connect) {
		at = place_of(s);
		if (at.any && (!host_valid(at.host) || !at.port_ok))
			http_odd(t, HTTP_ODD_URI_HOST);
		return;
	}
	if (!t->u_scheme.n)
		return;
	s.p += t->u_scheme.n + 1;
	s.n -= t->u_scheme.n + 1;
	if (s.n > 2 && s.p[0] == '/' && s.p[1] == '/' && s.p[2] != '/') {
		s.p += 2;
		s.n -= 2;
		for (end = 0; end < s.n && (!ends_host(s.p[end]) || s.p[end] == ':'); end++)
			;
		for (i = end; i > 0 && s.p[i - 1] != '@'; i--)
			;
		s.p += i; // the user is not part of the host
		s.n = end - i;
	}
	for (end = 0; end < s.n && (!ends_host(s.p[end]) || s.p[end] == ':'); end++)
		;
	at = place_of((struct dp_span){s.p, end});
	if (at.any && (!target_valid(at.host) || !at.port_ok))
		http_odd(t, HTTP_ODD_URI_HOST);
}

static void host_set(struct dp_app_ctx *x, struct http_tx *t, struct dp_span h)
{
	dp_bytes_set(x->c, &t->host, h.p, h.n, HTTP_FIELD_MAX);
	for (uint32_t i = 0; i < t->host.n; i++)
		t->host.p[i] = dp_lower(t->host.p[i]);
	// a name may end in the root's dot
	while (t->host.n && t->host.p[t->host.n - 1] == '.')
		t->host.n--;
}

void http_host(struct dp_app_ctx *x, struct http_tx *t)
{
	struct dp_span v, uri_host = t->u_host, uri_port = t->u_port;
	bool has = http_header_get(&t->side[0], "Host", &v);
	uint32_t port = 0;
	struct place at;

	if (uri_host.n) {
		host_set(x, t, uri_host);
		port_value(dp_span_trim(uri_port), &t->port);
	}
	if (!has) {
		if (http_version(t->side[0].protocol) == 11)
			http_odd(t, HTTP_ODD_NO_HOST);
		return;
	}
	at = place_of(v);
	if (at.any && (!host_valid(at.host) || !at.port_ok))
		http_odd(t, HTTP_ODD_HOST);
	t->u_host = t->u_port = (struct dp_span){0};
	http_authority(t, dp_span_trim(v));
	port_value(dp_span_trim(t->u_port), &port);
	if (!uri_host.n) {
		host_set(x, t, dp_span_trim(t->u_host));
		t->port = port;
	} else {
		bool same = t->u_host.n == uri_host.n;

		for (uint32_t i = 0; same && i < uri_host.n; i++)
			same = dp_lower(uri_host.p[i]) == dp_lower(t->u_host.p[i]);
		if (!same || (t->port && port && t->port != port))
			http_odd(t, HTTP_ODD_AMBIGUOUS);
	}
	t->u_host = uri_host;
	t->u_port = uri_port;
}

static const uint8_t odd_event[HTTP_ODD__COUNT] = {
	[HTTP_ODD_TE] = SIG_EV_HTTP1_REQ_TE,
	[HTTP_ODD_CL] = SIG_EV_HTTP1_REQ_CL,
	[HTTP_ODD_NO_HOST] = SIG_EV_HTTP1_NO_HOST,
	[HTTP_ODD_AMBIGUOUS] = SIG_EV_HTTP1_HOST_AMBIGUOUS,
	[HTTP_ODD_URI_HOST] = SIG_EV_HTTP1_URI_HOST_INVALID,
	[HTTP_ODD_HOST] = SIG_EV_HTTP1_HDR_HOST_INVALID,
	[HTTP_ODD_AUTH] = SIG_EV_HTTP1_AUTH_UNRECOGNIZED,
};

void http_odd(struct http_tx *t, enum http_odd what)
{
	if (t->cut)
		return;
	t->odd |= (uint8_t)(1u << what);
	dp_tx_mark(&t->tx, odd_event[what]);
}

void http_odd_tell(struct dp_app_ctx *x, struct http_tx *t)
{
	for (unsigned i = 0; i < HTTP_ODD__COUNT; i++)
		if ((t->odd >> i) & 1)
			dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, odd_event[i]);
}
