/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/json.h>
#include <dp/event.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 65536u

static const char hex_digit[16] = "0123456789abcdef";

void ctl_json_reset(struct ctl_json *j)
{
	j->len = 0;
	j->failed = false;
}

void ctl_json_fini(struct ctl_json *j)
{
	free(j->buf);
	*j = (struct ctl_json){0};
}

char *ctl_json_room(struct ctl_json *j, size_t n)
{
	size_t cap = j->cap ? j->cap : FIRST_CAP;
	char *buf;

	if (j->cap - j->len >= n && j->buf != NULL)
		return j->buf + j->len;
	while (cap - j->len < n)
		cap *= 2;
	buf = j->failed ? NULL : realloc(j->buf, cap);
	if (buf == NULL) {
		j->failed = true;
		return NULL;
	}
	j->buf = buf;
	j->cap = cap;
	return buf + j->len;
}

/** A value follows anything but an opening or a key: then a comma goes between. */
static void comma(struct ctl_json *j)
{
	char last = j->len ? j->buf[j->len - 1] : '\n';

	if (last != '{' && last != '[' && last != ':' && last != '\n' && ctl_json_room(j, 1))
		j->buf[j->len++] = ',';
}

static void literal(struct ctl_json *j, const char *s, size_t n)
{
	char *p = ctl_json_room(j, n);

	if (p != NULL) {
		memcpy(p, s, n);
		j->len += n;
	}
}

static void key_or_comma(struct ctl_json *j, const char *key)
{
	size_t n;
	char *p;

	comma(j);
	if (key == NULL)
		return;
	n = strlen(key);
	p = ctl_json_room(j, n + 3);
	if (p == NULL)
		return;
	p[0] = '"';
	memcpy(p + 1, key, n);
	p[n + 1] = '"';
	p[n + 2] = ':';
	j->len += n + 3;
}

/** 0: as it is; 'u': \u00hh; anything else: a backslash and that. RFC 8259, section 7. */
static char escape_of(uint8_t c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return c < 0x20 ? 'u' : 0;
	}
}

static char *put_escaped(char *p, uint8_t c)
{
	char e = escape_of(c);

	if (e == 0) {
		*p++ = (char)c;
		return p;
	}
	*p++ = '\\';
	*p++ = e;
	if (e == 'u') {
		*p++ = '0';
		*p++ = '0';
		*p++ = hex_digit[c >> 4];
		*p++ = hex_digit[c & 15];
	}
	return p;
}

/** ASCII that stands for itself in a string. */
static const uint8_t is_plain[256] = {
	[0x20 ... 0x21] = 1, [0x23 ... 0x5b] = 1, [0x5d ... 0x7f] = 1};

/** Quoted, as text (UTF-8 was checked) or with every byte above ASCII as \\xhh. */
static void quoted(struct ctl_json *j, const uint8_t *s, size_t n, bool text)
{
	char *p = ctl_json_room(j, 6 * n + 2);

	if (p == NULL)
		return;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		size_t plain = i;

		while (plain < n && is_plain[s[plain]])
			plain++;
		if (plain > i) {
			memcpy(p, s + i, plain - i);
			p += plain - i;
			if (plain == n)
				break;
			i = plain;
		}
		if (text || s[i] < 0x80) {
			p = put_escaped(p, s[i]);
		} else {
			memcpy(p, "\\\\x", 3);
			p[3] = hex_digit[s[i] >> 4];
			p[4] = hex_digit[s[i] & 15];
			p += 5;
		}
	}
	*p++ = '"';
	j->len = (size_t)(p - j->buf);
}

bool ctl_utf8_valid(const uint8_t *p, size_t n)
{
	bool good = true;

	for (size_t i = 0; i < n && good;) // nearly all is ASCII: no call for that
		i += p[i] < 0x80 ? 1 : dp_utf8_step(p + i, n - i, &good);
	return good;
}

void ctl_json_key_bytes(struct ctl_json *j, const void *key, size_t n)
{
	size_t at;

	comma(j);
	at = j->len;
	quoted(j, key, n, ctl_utf8_valid(key, n));
	// Many readers of JSON refuse a NUL in a name.
	for (char *p; n && memchr(key, 0, n) && !j->failed && (p = memmem(j->buf + at, j->len - at, "\\u0000", 6)) != NULL;)
		memcpy(p, "\\u0001", 6);
	literal(j, ":", 1);
}

void ctl_json_obj(struct ctl_json *j, const char *key)
{
	key_or_comma(j, key);
	literal(j, "{", 1);
}

void ctl_json_arr(struct ctl_json *j, const char *key)
{
	key_or_comma(j, key);
	literal(j, "[", 1);
}

void ctl_json_end_obj(struct ctl_json *j)
{
	literal(j, "}", 1);
}

void ctl_json_end_arr(struct ctl_json *j)
{
	literal(j, "]", 1);
}

void ctl_json_str(struct ctl_json *j, const char *key, const char *s)
{
	ctl_json_bytes(j, key, s, strlen(s));
}

void ctl_json_bytes(struct ctl_json *j, const char *key, const void *p, size_t n)
{
	key_or_comma(j, key);
	quoted(j, p, n, ctl_utf8_valid(p, n));
}

void ctl_json_printable(struct ctl_json *j, const char *key, const void *bytes, size_t n)
{
	const uint8_t *s = bytes;
	char *p;

	key_or_comma(j, key);
	p = ctl_json_room(j, 2 * n + 2);
	if (p == NULL)
		return;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		bool keep = (s[i] >= 0x20 && s[i] < 0x7f) || s[i] == '\r' || s[i] == '\n';

		p = put_escaped(p, keep ? s[i] : '.');
	}
	*p++ = '"';
	j->len = (size_t)(p - j->buf);
}

void ctl_json_hex(struct ctl_json *j, const char *key, const void *bytes, size_t n)
{
	const uint8_t *s = bytes;
	char *p;

	key_or_comma(j, key);
	p = ctl_json_room(j, 2 * n + 2);
	if (p == NULL)
		return;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		*p++ = hex_digit[s[i] >> 4];
		*p++ = hex_digit[s[i] & 15];
	}
	*p++ = '"';
	j->len = (size_t)(p - j->buf);
}

size_t ctl_base64(char *out, const uint8_t *p, size_t n)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *o = out;

	for (; n >= 3; n -= 3, p += 3, o += 4) {
		o[0] = digit[p[0] >> 2];
		o[1] = digit[(p[0] & 3) << 4 | p[1] >> 4];
		o[2] = digit[(p[1] & 15) << 2 | p[2] >> 6];
		o[3] = digit[p[2] & 63];
	}
	if (n) {
		uint8_t second = n == 2 ? p[1] : 0;

		o[0] = digit[p[0] >> 2];
		o[1] = digit[(p[0] & 3) << 4 | second >> 4];
		o[2] = n == 2 ? digit[(second & 15) << 2] : '=';
		o[3] = '=';
		o += 4;
	}
	return (size_t)(o - out);
}

void ctl_json_b64(struct ctl_json *j, const char *key, const void *bytes, size_t n)
{
	char *p;

	key_or_comma(j, key);
	p = ctl_json_room(j, n / 3 * 4 + 6);
	if (p == NULL)
		return;
	*p++ = '"';
	p += ctl_base64(p, bytes, n);
	*p++ = '"';
	j->len = (size_t)(p - j->buf);
}

static void digits(struct ctl_json *j, uint64_t v, bool negative)
{
	char tmp[24];
	size_t n = sizeof(tmp);

	do {
		tmp[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	if (negative)
		tmp[--n] = '-';
	literal(j, tmp + n, sizeof(tmp) - n);
}

void ctl_json_u64(struct ctl_json *j, const char *key, uint64_t v)
{
	key_or_comma(j, key);
	digits(j, v, false);
}

void ctl_json_i64(struct ctl_json *j, const char *key, int64_t v)
{
	key_or_comma(j, key);
	digits(j, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
}

void ctl_json_bool(struct ctl_json *j, const char *key, bool v)
{
	key_or_comma(j, key);
	literal(j, v ? "true" : "false", v ? 4 : 5);
}

void ctl_json_f64(struct ctl_json *j, const char *key, double v)
{
	char tmp[40];
	int n = 0;

	// As few digits as read back to the same number: 15 often do, 17 always.
	for (int digits = 15; isfinite(v) && digits <= 17; digits++) {
		n = snprintf(tmp, sizeof(tmp), "%.*g", digits, v);
		if (strtod(tmp, NULL) == v)
			break;
	}

	key_or_comma(j, key);
	if (n <= 0)
		literal(j, "null", 4);
	else
		literal(j, tmp, (size_t)n);
}

void ctl_json_null(struct ctl_json *j, const char *key)
{
	key_or_comma(j, key);
	literal(j, "null", 4);
}

void ctl_json_raw(struct ctl_json *j, const char *key, const char *json, size_t n)
{
	key_or_comma(j, key);
	literal(j, json, n);
}

void ctl_json_newline(struct ctl_json *j)
{
	literal(j, "\n", 1);
}
