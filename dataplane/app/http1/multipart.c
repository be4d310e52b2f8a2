/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/form-data uploads (RFC 7578): each part that names a file becomes one. Bytes are held
 * back only as far as they might be the start of a delimiter.
 */
#include "http1.h"

#define BOUNDARY_MAX 200u
#define PART_HEADER_MAX 4096u
#define PARTS_MAX 256u

enum mp_state { MP_PREAMBLE, MP_HEADERS, MP_CONTENT, MP_END };

struct http_multipart {
	uint8_t state; /**< enum mp_state */
	uint32_t delim_n;
	uint8_t delim[BOUNDARY_MAX + 4]; /**< CR LF -- boundary */
	struct dp_bytes held;            /**< not yet judged */
	struct dp_file *file;
	unsigned parts;
};

struct http_multipart *http_multipart_open(struct dp_app_ctx *x, struct dp_span ct)
{
	uint32_t at = dp_span_find(ct, "boundary="), n = 0;
	struct http_multipart *m;

	if (!dp_span_starts(ct, "multipart/form-data") || at == UINT32_MAX)
		return NULL;
	ct.p += at + 9;
	ct.n -= at + 9;
	if (ct.n && ct.p[0] == '"') {
		ct.p++;
		ct.n--;
		while (n < ct.n && ct.p[n] != '"')
			n++;
	} else {
		while (n < ct.n && ct.p[n] != ';' && ct.p[n] != ' ' && ct.p[n] != ',')
			n++;
	}
	if (n == 0 || n > BOUNDARY_MAX)
		return NULL;
	m = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*m));
	if (!m)
		return NULL;
	memcpy(m->delim, "\r\n--", 4);
	memcpy(m->delim + 4, ct.p, n);
	m->delim_n = n + 4;
	// The first delimiter may stand at the very start, without a line end before it.
	dp_bytes_add(x->c, &m->held, "\r\n", 2, UINT32_MAX);
	return m;
}

void http_multipart_free(struct dp_ctx *c, struct http_multipart *m)
{
	dp_bytes_free(c, &m->held);
	dp_slab_free(c->slab, DP_MEM_APP, m, sizeof(*m));
}

static void part_headers(struct dp_app_ctx *x, struct http_tx *t, struct dp_span h)
{
	struct http_multipart *m = t->mp;

	while (h.n) {
		uint32_t eol, n = dp_span_line(h, &eol);
		struct dp_span l = {h.p, n}, name;
		uint32_t at;

		if (n == UINT32_MAX)
			break;
		h.p += n + eol;
		h.n -= n + eol;
		if (!dp_span_starts(l, "content-disposition:"))
			continue;
		at = dp_span_find(l, "filename=");
		if (at == UINT32_MAX || m->parts >= PARTS_MAX)
			continue;
		name = (struct dp_span){l.p + at + 9, l.n - at - 9};
		if (name.n && name.p[0] == '"') {
			name.p++;
			name.n--;
		}
		for (at = 0; at < name.n && name.p[at] != '"' && name.p[at] != ';'; at++)
			;
		name.n = at;
		if (name.n == 0)
			continue;
		m->parts++;
		m->file = dp_file_open(x, &t->tx, SIG_DIR_TO_SERVER, name.p, name.n);
	}
}

static void part_end(struct dp_app_ctx *x, struct http_multipart *m, bool cut)
{
	if (m->file)
		dp_file_close(x->c, m->file, cut);
	m->file = NULL;
}

static uint32_t find(const struct dp_bytes *b, const uint8_t *what, uint32_t n)
{
	const uint8_t *at = b->n >= n ? memmem(b->p, b->n, what, n) : NULL;

	return at ? (uint32_t)(at - b->p) : UINT32_MAX;
}

static void drop(struct dp_bytes *b, uint32_t n)
{
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

/** Content up to the delimiter, or all that cannot belong to one. True: delimiter passed. */
static bool content(struct dp_app_ctx *x, struct http_multipart *m)
{
	uint32_t at = find(&m->held, m->delim, m->delim_n), n = at;

	if (at == UINT32_MAX)
		n = m->held.n >= m->delim_n ? m->held.n - m->delim_n + 1 : 0;
	if (m->file && n)
		dp_file_data(x->c, m->file, m->held.p, n);
	if (n)
		drop(&m->held, n);
	return at != UINT32_MAX;
}

void http_multipart_data(struct dp_app_ctx *x, struct http_tx *t, const uint8_t *p, uint32_t n)
{
	struct http_multipart *m = t->mp;
	uint32_t at;

	dp_bytes_add(x->c, &m->held, p, n, 1u << 22);
	for (unsigned round = 0; round < 2 * PARTS_MAX; round++) {
		switch (m->state) {
		case MP_PREAMBLE:
		case MP_CONTENT:
			if (!content(x, m) || m->held.n < m->delim_n + 2)
				return;
			part_end(x, m, false);
			m->state = !memcmp(m->held.p + m->delim_n, "--", 2) ? MP_END : MP_HEADERS;
			drop(&m->held, m->delim_n);
			break;
		case MP_HEADERS:
			at = find(&m->held, (const uint8_t *)"\r\n\r\n", 4);
			if (at == UINT32_MAX) {
				if (m->held.n > PART_HEADER_MAX) {
					dp_tx_event(x, &t->tx, 0, SIG_EV_HTTP1_MP_HEADER);
					m->state = MP_END;
				}
				return;
			}
			part_headers(x, t, (struct dp_span){m->held.p, at + 2});
			m->state = MP_CONTENT;
			// an empty part: its delimiter begins with the last CR LF of the headers
			drop(&m->held, at + 2);
			if (m->held.n >= 2 && (m->held.n < 2 + m->delim_n ||
				memcmp(m->held.p, m->delim, m->delim_n) != 0))
				drop(&m->held, 2);
			break;
		default:
			m->held.n = 0;
			return;
		}
	}
}

void http_multipart_end(struct dp_app_ctx *x, struct http_tx *t)
{
	struct http_multipart *m = t->mp;

	if (m->state == MP_CONTENT && m->file)
		dp_file_data(x->c, m->file, m->held.p, m->held.n);
	part_end(x, m, true);
	m->state = MP_END;
}
