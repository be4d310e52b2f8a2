/* SPDX-License-Identifier: Apache-2.0 */
#include "ber.h"
#include <stdio.h>
#include <string.h>

enum dp_ber_rc dp_ber_next(struct dp_span *s, struct dp_ber *e)
{
	uint32_t head = 2, len;

	*e = (struct dp_ber){0};
	if (s->n == 0)
		return DP_BER_END;
	e->tag = s->p[0];
	if ((e->tag & 0x1f) == 0x1f)
		return DP_BER_BAD;
	if (s->n < 2)
		return DP_BER_MORE;
	len = s->p[1];
	if (len & 0x80) {
		unsigned more = len & 0x7f;

		if (more == 0 || more > 4)
			return DP_BER_BAD;
		if (s->n < 2 + more)
			return DP_BER_MORE;
		len = 0;
		for (unsigned i = 0; i < more; i++)
			len = len << 8 | s->p[2 + i];
		head += more;
	}
	if (len > UINT32_MAX - head)
		return DP_BER_BAD;
	e->whole = (struct dp_span){s->p, head + len};
	if (s->n < head + len)
		return DP_BER_MORE;
	e->body = (struct dp_span){s->p + head, len};
	s->p += head + len;
	s->n -= head + len;
	return DP_BER_OK;
}

bool dp_ber_take(struct dp_span *s, uint8_t tag, struct dp_ber *e)
{
	struct dp_span after = *s;

	if (s->n == 0 || s->p[0] != tag || dp_ber_next(&after, e) != DP_BER_OK)
		return false;
	*s = after;
	return true;
}

bool dp_ber_i64(struct dp_span body, int64_t *v)
{
	uint64_t u;

	if (body.n == 0 || body.n > 8)
		return false;
	u = body.p[0] & 0x80 ? UINT64_MAX : 0;
	for (uint32_t i = 0; i < body.n; i++)
		u = u << 8 | body.p[i];
	*v = (int64_t)u;
	return true;
}

bool dp_ber_take_int(struct dp_span *s, uint8_t tag, int64_t *v)
{
	struct dp_ber e;

	return dp_ber_take(s, tag, &e) && dp_ber_i64(e.body, v);
}

uint32_t dp_ber_oid(struct dp_span body, char *out, uint32_t size)
{
	uint32_t n = 0, digits = 0;
	uint64_t v = 0;
	bool first = true;

	out[0] = 0;
	if (body.n == 0 || (body.p[body.n - 1] & 0x80))
		return 0;
	for (uint32_t i = 0; i < body.n; i++) {
		int w;

		if (v >> 57 || ++digits > 10) // beyond 64 bits, or written as if it were
			return 0;
		v = v << 7 | (body.p[i] & 0x7f);
		if (body.p[i] & 0x80)
			continue;
		if (first) {
			uint64_t top = v < 80 ? v / 40 : 2;

			w = snprintf(out, size, "%llu.%llu", (unsigned long long)top,
				(unsigned long long)(v - top * 40));
		} else {
			w = snprintf(out + n, size - n, ".%llu", (unsigned long long)v);
		}
		if (w < 0 || (uint32_t)w >= size - n)
			return n;
		n += (uint32_t)w;
		first = false;
		digits = 0;
		v = 0;
	}
	return n;
}
