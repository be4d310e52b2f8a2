/* SPDX-License-Identifier: Apache-2.0 */
#include "http1.h"

/** There is no text while the only header has neither name nor value. */
static struct dp_span text_at(const struct http_side *s, uint32_t at, uint32_t n)
{
	return (struct dp_span){n ? s->text.p + at : NULL, n};
}

struct dp_span http_header_name(const struct http_side *s, uint32_t i)
{
	return text_at(s, s->hdr[i].name, s->hdr[i].name_n);
}

struct dp_span http_header_value(const struct http_side *s, uint32_t i)
{
	return text_at(s, s->hdr[i].value, s->hdr[i].value_n);
}

static bool same_name(struct dp_span a, struct dp_span b)
{
	uint32_t i = 0, k = 0;

	for (;;) {
		while (i < a.n && a.p[i] == 0)
			i++;
		while (k < b.n && b.p[k] == 0)
			k++;
		if (i == a.n || k == b.n)
			return i == a.n && k == b.n;
		if (dp_lower(a.p[i++]) != dp_lower(b.p[k++]))
			return false;
	}
}

static bool find(const struct http_side *s, struct dp_span name, uint32_t *at)
{
	for (uint32_t i = 0; i < s->n_hdr; i++) {
		if (!s->hdr[i].orphan && same_name(http_header_name(s, i), name)) {
			*at = i;
			return true;
		}
	}
	return false;
}

bool http_header_get(const struct http_side *s, const char *name, struct dp_span *value)
{
	uint32_t i;

	if (!find(s, (struct dp_span){(const uint8_t *)name, (uint32_t)strlen(name)}, &i))
		return false;
	*value = http_header_value(s, i);
	return true;
}

/** Put value parts at the end of the text: the old value, a separator, more. */
static void extend(struct dp_ctx *c, struct http_side *s, struct http_header *h, const char *sep,
	struct dp_span more)
{
	uint32_t at = s->text.n, old = h->value_n;

	if (s->text.n + old + more.n > 4 * HTTP_FIELD_MAX * 16)
		return;
	if (h->value + old == s->text.n) {
		at = h->value; // it is the last: grow in place
	} else {
		// room first: the source may move
		for (uint32_t i = 0; i < old; i++) {
			uint8_t v = s->text.p[h->value + i];

			if (!dp_bytes_add(c, &s->text, &v, 1, UINT32_MAX))
				return;
		}
	}
	dp_bytes_add(c, &s->text, sep, (uint32_t)strlen(sep), UINT32_MAX);
	dp_bytes_add(c, &s->text, more.p, more.n, UINT32_MAX);
	h->value = at;
	h->value_n = s->text.n - at;
}

static struct http_header *add(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d)
{
	struct http_side *s = &t->side[d];

	if (s->n_hdr >= x->c->conf->app.http_headers_max) {
		if (!s->many)
			dp_tx_event(x, &t->tx, d, d ? SIG_EV_HTTP1_RES_MANY_HDR
						    : SIG_EV_HTTP1_REQ_MANY_HDR);
		s->many = true;
		return NULL;
	}
	if (s->n_hdr == s->cap_hdr) {
		uint32_t cap = s->cap_hdr ? s->cap_hdr * 2 : 16;
		size_t old = s->cap_hdr * sizeof(*s->hdr);
		struct http_header *h =
			s->hdr ? dp_slab_realloc(x->c->slab, DP_MEM_APP, s->hdr, old,
					 cap * sizeof(*h))
			       : dp_slab_alloc(x->c->slab, DP_MEM_APP, cap * sizeof(*h));

		if (!h)
			return NULL;
		s->hdr = h;
		s->cap_hdr = cap;
	}
	s->hdr[s->n_hdr] = (struct http_header){0};
	return &s->hdr[s->n_hdr++];
}

static bool token_char(uint8_t c)
{
	return c > 32 && c < 127 && !strchr("()<>@,;:\\\"/[]?={}", c);
}

/** A length, and what stands around it besides blanks. */
struct length {
	uint64_t value;
	bool odd_start, odd_end;
};

/** The first digits of the value. False: none, or too many. */
static bool length_of(struct dp_span v, struct length *l)
{
	uint32_t i = 0, from;

	*l = (struct length){0};
	v = dp_span_trim(v);
	while (i < v.n && (v.p[i] < '0' || v.p[i] > '9'))
		i++;
	if (i == v.n)
		return false;
	from = i;
	l->odd_start = i != 0;
	while (i < v.n && v.p[i] >= '0' && v.p[i] <= '9')
		i++;
	l->odd_end = i < v.n;
	for (; from < i; from++) {
		if (l->value > (UINT64_MAX - (uint64_t)(v.p[from] - '0')) / 10)
			return false;
		l->value = l->value * 10 + (uint64_t)(v.p[from] - '0');
	}
	return true;
}

/** Equal lengths are one length, however they are written; others are an attack. */
static bool same_length(struct dp_span a, struct dp_span b)
{
	struct length one, two;

	return length_of(a, &one) && length_of(b, &two) && one.value == two.value;
}

static void repeated(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, uint32_t i,
	struct dp_span value)
{
	struct http_side *s = &t->side[d];
	struct http_header *h = &s->hdr[i];

	if (h->repeats < HTTP_REPEAT_MAX) {
		if (!dp_span_is(http_header_name(s, i), "Content-Length"))
			extend(x->c, s, h, ", ", value);
		else if (!same_length(http_header_value(s, i), value))
			dp_tx_event(x, &t->tx, d, d ? SIG_EV_HTTP1_RES_DUP_CL
						    : SIG_EV_HTTP1_REQ_DUP_CL);
	}
	if (h->repeats++ == 0)
		dp_tx_event(x, &t->tx, d, d ? SIG_EV_HTTP1_RES_HDR_REPEAT
					    : SIG_EV_HTTP1_REQ_HDR_REPEAT);
}

static bool blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0;
}

static struct dp_span trim_blank(struct dp_span s)
{
	while (s.n && blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static void orphan(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span l)
{
	struct http_side *s = &t->side[d];
	struct http_header *h = add(x, t, d);

	dp_tx_event(x, &t->tx, d, d ? SIG_EV_HTTP1_RES_NO_COLON : SIG_EV_HTTP1_REQ_NO_COLON);
	if (!h)
		return;
	h->orphan = true;
	h->value = h->name = s->text.n;
	dp_bytes_add(x->c, &s->text, l.p, l.n, UINT32_MAX);
	h->value_n = s->text.n - h->value;
}

/** A whole field, unfolded. */
static void field(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span l)
{
	struct http_side *s = &t->side[d];
	struct dp_span name, value;
	struct http_header *h;
	uint32_t i = 0, colon;
	bool bad;

	while (i < l.n && l.p[i] != ':')
		i++;
	colon = i;
	if (colon == l.n) {
		orphan(x, t, d, l);
		return;
	}
	name = trim_blank((struct dp_span){l.p, colon});
	value = trim_blank((struct dp_span){l.p + colon + 1, l.n - colon - 1});
	bad = name.n != colon || name.n == 0;
	for (i = 0; i < name.n; i++)
		bad |= !token_char(name.p[i]);
	if (bad)
		dp_tx_event(x, &t->tx, d,
			d ? SIG_EV_HTTP1_RES_HDR_INVALID : SIG_EV_HTTP1_REQ_HDR_INVALID);
	if (find(s, name, &i)) {
		repeated(x, t, d, i, value);
		return;
	}
	h = add(x, t, d);
	if (!h)
		return;
	h->name = s->text.n;
	dp_bytes_add(x->c, &s->text, name.p, name.n, UINT32_MAX);
	h->name_n = s->text.n - h->name;
	h->value = s->text.n;
	dp_bytes_add(x->c, &s->text, value.p, value.n, UINT32_MAX);
	h->value_n = s->text.n - h->value;
}

void http_header_flush(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d)
{
	struct http_side *s = &t->side[d];

	if (!s->has_pending)
		return;
	s->has_pending = false;
	field(x, t, d, (struct dp_span){s->pending.p, s->pending.n});
	s->pending.n = 0;
}

void http_header_line(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span l)
{
	struct http_side *s = &t->side[d];

	if (l.n && (l.p[0] == ' ' || l.p[0] == '\t' || l.p[0] == 0)) {
		l = trim_blank(l);
		if (s->has_pending) {
			dp_bytes_add(x->c, &s->pending, " ", 1, 4 * HTTP_FIELD_MAX);
			dp_bytes_add(x->c, &s->pending, l.p, l.n, 4 * HTTP_FIELD_MAX);
			return;
		}
		dp_tx_event(x, &t->tx, d, d ? SIG_EV_HTTP1_RES_FOLDING : SIG_EV_HTTP1_REQ_FOLDING);
	}
	http_header_flush(x, t, d);
	dp_bytes_set(x->c, &s->pending, l.p, l.n, 4 * HTTP_FIELD_MAX);
	s->has_pending = true;
}

/** What is left of a value when zero bytes are taken out; into `out`, at most 63 bytes. */
static struct dp_span without_zeros(struct dp_span v, uint8_t out[64])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v.n && n < 63; i++)
		if (v.p[i])
			out[n++] = v.p[i];
	return (struct dp_span){out, n};
}

/** Rubbish around the digits is an event, not an end. */
static bool length_value(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span v,
	uint64_t *len)
{
	struct length l;
	const bool ok = length_of(v, &l);

	if (l.odd_start)
		dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_CL_EXTRA_START);
	if (l.odd_end)
		dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_CL_EXTRA_END);
	*len = ok ? l.value : 0;
	if (!ok && d)
		dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_RES_CL);
	else if (!ok)
		http_odd(t, HTTP_ODD_CL);
	return ok;
}

static void codings(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d)
{
	struct dp_span v;
	uint8_t clean[64];

	if (http_header_get(&t->side[d], "Content-Encoding", &v))
		t->side[d].codec = http_codec_open(x, t, d, without_zeros(v, clean));
}

void http_request_headers_done(struct dp_app_ctx *x, struct http_tx *t, uint64_t *len)
{
	struct http_side *s = &t->side[0];
	struct dp_span v, te;
	bool has_cl = http_header_get(s, "Content-Length", &v);

	http_host(x, t);
	s->kind = HTTP_BODY_NONE;
	*len = 0;
	if (http_header_get(s, "Transfer-Encoding", &te)) {
		const bool chunked = dp_span_find(te, "chunked") != UINT32_MAX;

		if (chunked)
			s->kind = HTTP_BODY_CHUNKED;
		if (chunked && has_cl)
			dp_tx_event(x, &t->tx, 0, SIG_EV_HTTP1_CHUNK_CL);
		if (!chunked || http_version(s->protocol) != 11)
			http_odd(t, HTTP_ODD_TE);
	} else if (has_cl && length_value(x, t, 0, v, len) && *len) {
		s->kind = HTTP_BODY_LENGTH;
	}
	if (http_header_get(s, "Authorization", &v) && !dp_span_starts(v, "basic") &&
		!dp_span_starts(v, "digest") && !dp_span_starts(v, "bearer"))
		http_odd(t, HTTP_ODD_AUTH);
	if (s->kind != HTTP_BODY_NONE)
		codings(x, t, SIG_DIR_TO_SERVER);
	if (t->is_post && http_header_get(s, "Content-Type", &v))
		t->mp = http_multipart_open(x, v);
}

void http_response_headers_done(struct dp_app_ctx *x, struct http_tx *t, uint64_t *len)
{
	struct http_side *s = &t->side[1];
	struct dp_span v, te, ct;
	uint8_t clean[64];
	bool has_cl = http_header_get(s, "Content-Length", &v);
	bool has_te = http_header_get(s, "Transfer-Encoding", &te);
	bool bodiless = (t->status >= 100 && t->status < 200) || t->status == 204 ||
			t->status == 304;

	if (has_te)
		te = without_zeros(te, clean);
	*len = 0;
	s->kind = HTTP_BODY_NONE;
	if (t->is_head)
		return;
	if (bodiless) {
		if (!has_te && (!has_cl || t->status == 304))
			return;
		if (t->status == 101)
			dp_tx_event(x, &t->tx, 1, SIG_EV_HTTP1_SWITCHING);
		// A length says that there may be content, also a length of nothing.
		dp_tx_event(x, &t->tx, 1, SIG_EV_HTTP1_RES_BODY_UNEXPECTED);
	}
	if (has_te && dp_span_find(te, "chunked") != UINT32_MAX) {
		if (!dp_span_is(te, "chunked"))
			dp_tx_event(x, &t->tx, 1, SIG_EV_HTTP1_RES_TE_ABNORMAL);
		if (http_version(s->protocol) != 11)
			dp_tx_event(x, &t->tx, 1, SIG_EV_HTTP1_RES_CHUNKED_OLD);
		s->kind = HTTP_BODY_CHUNKED;
	} else if (has_cl) {
		if (length_value(x, t, 1, v, len))
			s->kind = *len ? HTTP_BODY_LENGTH : HTTP_BODY_NONE;
		else
			s->kind = HTTP_BODY_CLOSE;
	} else {
		if (has_te)
			dp_tx_event(x, &t->tx, 1, SIG_EV_HTTP1_RES_TE);
		if (http_header_get(s, "Content-Type", &ct) &&
			dp_span_find(ct, "multipart/byteranges") != UINT32_MAX)
			dp_tx_event(x, &t->tx, 1, SIG_EV_HTTP1_RES_BYTERANGES);
		s->kind = HTTP_BODY_CLOSE;
	}
	codings(x, t, SIG_DIR_TO_CLIENT);
}
