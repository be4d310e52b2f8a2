/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"
#include <string.h>

bool dp_span_starts(struct dp_span s, const char *text)
{
	uint32_t i = 0;

	for (; text[i]; i++)
		if (i >= s.n || dp_lower(s.p[i]) != dp_lower((uint8_t)text[i]))
			return false;
	return true;
}

bool dp_span_is(struct dp_span s, const char *text)
{
	return s.n == strlen(text) && dp_span_starts(s, text);
}

uint32_t dp_span_find(struct dp_span s, const char *text)
{
	uint32_t len = (uint32_t)strlen(text);

	for (uint32_t i = 0; s.n >= len && i <= s.n - len; i++)
		if (dp_span_starts((struct dp_span){s.p + i, s.n - i}, text))
			return i;
	return UINT32_MAX;
}

struct dp_span dp_span_trim(struct dp_span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool dp_span_u64(struct dp_span s, uint64_t *v)
{
	*v = 0;
	if (s.n == 0)
		return false;
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || *v > (UINT64_MAX >> 1) / 10 - 9)
			return false;
		*v = *v * 10 + (uint64_t)(s.p[i] - '0');
	}
	return true;
}

uint32_t dp_span_line(struct dp_span s, uint32_t *eol)
{
	const uint8_t *lf = s.n ? memchr(s.p, '\n', s.n) : NULL;
	uint32_t n;

	*eol = 0;
	if (!lf)
		return UINT32_MAX;
	n = (uint32_t)(lf - s.p);
	*eol = 1;
	if (n && s.p[n - 1] == '\r') {
		*eol = 2;
		n--;
	}
	return n;
}
