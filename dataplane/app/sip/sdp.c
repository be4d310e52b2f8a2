/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as sound in each line follows the peer: it is stricter than RFC 4566 in places. */
#include "sip.h"
#include "../text.h"
#include <arpa/inet.h>

/** Rest of a line being checked; `bad` sticks. */
struct field {
	struct dp_span s;
	bool bad;
};

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool alpha(uint8_t c)
{
	return dp_lower(c) >= 'a' && dp_lower(c) <= 'z';
}

static bool alnum(uint8_t c)
{
	return digit(c) || alpha(c);
}

static bool text_char(uint8_t c)
{
	return alnum(c) || c == ' ' || c == '\t';
}

static bool token(uint8_t c)
{
	return c == 0x21 || (c >= 0x23 && c <= 0x27) || c == '*' || c == '+' || c == '-' ||
		c == '.' || alnum(c) || (c >= 0x5e && c <= 0x7e);
}

static bool uri_char(uint8_t c)
{
	return token(c) || (c && strchr("@:;=?,/", c));
}

static bool time_char(uint8_t c)
{
	return digit(c) || (c && strchr("dhms-", c));
}

static bool addr_char(uint8_t c)
{
	return digit(c) || (dp_lower(c) >= 'a' && dp_lower(c) <= 'f') || c == '.' || c == ':';
}

static struct dp_span take(struct field *f, bool (*class)(uint8_t), uint32_t least)
{
	struct dp_span out = {f->s.p, 0};

	while (f->s.n && class(f->s.p[0])) {
		f->s.p++;
		f->s.n--;
		out.n++;
	}
	f->bad |= out.n < least;
	return out;
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool eat(struct field *f, const char *lit)
{
	uint32_t n = (uint32_t)strlen(lit);

	if (f->s.n < n || memcmp(f->s.p, lit, n) != 0)
		return false;
	f->s.p += n;
	f->s.n -= n;
	return true;
}

static bool whole(struct dp_span v, bool (*class)(uint8_t))
{
	struct field f = {v, false};

	take(&f, class, 0);
	return f.s.n == 0;
}

static bool ok_any(struct dp_span v)
{
	return true;
}

static bool ok_version(struct dp_span v)
{
	return v.n == 1 && v.p[0] == '0';
}

static bool ok_text(struct dp_span v)
{
	return whole(v, text_char);
}

static bool ok_uri(struct dp_span v)
{
	return whole(v, uri_char);
}

static bool ok_origin(struct dp_span v)
{
	static bool (*const class[])(uint8_t) = {token, digit, digit, alpha, alnum};
	struct field f = {v, false};

	for (unsigned i = 0; i < 5; i++) {
		take(&f, class[i], 0);
		take(&f, blank, 1);
	}
	return !f.bad;
}

/** Optional "/number" from 1 to 255 without leading zero. */
static bool slash_number(struct field *f)
{
	struct dp_span d;
	uint64_t v;

	if (!eat(f, "/"))
		return false;
	d = take(f, digit, 1);
	f->bad |= !dp_span_u64(d, &v) || d.p[0] == '0' || v > 255;
	return true;
}

static bool ok_connection(struct dp_span v)
{
	struct field f = {v, false};
	struct in6_addr addr;
	struct dp_span a;
	char text[INET6_ADDRSTRLEN];
	bool ttl;

	take(&f, alpha, 0);
	take(&f, blank, 1);
	take(&f, alnum, 0);
	take(&f, blank, 1);
	a = take(&f, addr_char, 1);
	if (f.bad || a.n >= sizeof(text))
		return false;
	memcpy(text, a.p, a.n);
	text[a.n] = 0;
	ttl = slash_number(&f);
	slash_number(&f);
	if (f.bad || f.s.n)
		return false;
	if (inet_pton(AF_INET6, text, &addr) == 1)
		return true;
	if (inet_pton(AF_INET, text, &addr) != 1)
		return false;
	return (addr.s6_addr[0] & 0xf0) != 0xe0 || ttl; // multicast has a lifetime
}

static bool ok_bandwidth(struct dp_span v)
{
	struct field f = {v, false};

	if (!eat(&f, "CT:") && !eat(&f, "AS:") && !eat(&f, "TIAS:"))
		return false;
	take(&f, digit, 1);
	return !f.bad && f.s.n == 0;
}

static bool ok_time(struct dp_span v)
{
	struct field f = {v, false};

	take(&f, digit, 1);
	take(&f, blank, 1);
	take(&f, digit, 1);
	return !f.bad && f.s.n == 0;
}

/** Four times: repeats and zones. */
static bool ok_times(struct dp_span v)
{
	struct field f = {v, false};

	for (unsigned i = 0; i < 4; i++) {
		if (i)
			take(&f, blank, 1);
		take(&f, time_char, 0);
	}
	return !f.bad && f.s.n == 0;
}

static bool ok_attribute(struct dp_span v)
{
	struct field f = {v, false};

	take(&f, alpha, 0);
	return f.s.n == 0 || f.s.p[0] == ':';
}

static bool ok_media(struct dp_span v)
{
	struct field f = {v, false};
	struct dp_span port;
	uint64_t n;

	if (!eat(&f, "audio") && !eat(&f, "video") && !eat(&f, "text") && !eat(&f, "application") &&
		!eat(&f, "message"))
		return false;
	take(&f, blank, 1);
	port = take(&f, digit, 1);
	if (eat(&f, "/"))
		take(&f, digit, 1);
	take(&f, blank, 1);
	if (f.bad || !dp_span_u64(port, &n) || n > 65535)
		return false;
	if (!eat(&f, "udp") && !eat(&f, "RTP/AVP") && !eat(&f, "RTP/SAVP"))
		return false;
	do {
		take(&f, blank, 1);
		take(&f, alnum, 1);
	} while (!f.bad && f.s.n);
	return !f.bad;
}

char sdp_next(struct dp_span *region, struct dp_span *value)
{
	uint32_t eol, n = dp_span_line(*region, &eol);
	char c;

	if (n == UINT32_MAX || n < 2 || region->p[1] != '=')
		return 0;
	c = (char)region->p[0];
	*value = (struct dp_span){region->p + 2, n - 2};
	if (value->n && memchr(value->p, '\r', value->n))
		return 0;
	region->p += n + eol;
	region->n -= n + eol;
	return c;
}

/** Consume the next line if it is `type` and sound. */
static bool line(struct dp_span *rest, char type, bool (*sound)(struct dp_span), struct dp_span *out)
{
	struct dp_span after = *rest, v;

	if (sdp_next(&after, &v) != type || !sound(v))
		return false;
	*rest = after;
	*out = v;
	return true;
}

static struct dp_span region(const uint8_t *from, struct dp_span rest)
{
	return (struct dp_span){from, (uint32_t)(rest.p - from)};
}

static bool media(struct dp_span *rest)
{
	struct dp_span v;

	if (!line(rest, 'm', ok_media, &v))
		return false;
	line(rest, 'i', ok_text, &v);
	line(rest, 'c', ok_connection, &v);
	while (line(rest, 'b', ok_bandwidth, &v))
		;
	line(rest, 'k', ok_any, &v);
	while (line(rest, 'a', ok_attribute, &v))
		;
	return true;
}

bool sdp_read(struct dp_span rest, struct sdp *s)
{
	const uint8_t *from;
	struct dp_span v;

	memset(s, 0, sizeof(*s));
	if (!line(&rest, 'v', ok_version, &v) || !line(&rest, 'o', ok_origin, &s->origin) ||
		!line(&rest, 's', ok_text, &s->name))
		return false;
	line(&rest, 'i', ok_text, &s->info);
	line(&rest, 'u', ok_uri, &s->uri);
	line(&rest, 'e', ok_any, &s->email);
	line(&rest, 'p', ok_any, &s->phone);
	line(&rest, 'c', ok_connection, &s->connection);
	from = rest.p;
	while (line(&rest, 'b', ok_bandwidth, &v))
		;
	s->bandwidths = region(from, rest);
	from = rest.p;
	while (line(&rest, 't', ok_time, &v))
		line(&rest, 'r', ok_times, &v);
	s->times = region(from, rest);
	if (s->times.n == 0)
		return false;
	line(&rest, 'z', ok_times, &s->zone);
	line(&rest, 'k', ok_any, &s->key);
	from = rest.p;
	while (line(&rest, 'a', ok_attribute, &v))
		;
	s->attributes = region(from, rest);
	from = rest.p;
	while (media(&rest))
		;
	s->media = region(from, rest);
	s->ok = true;
	return true;
}
