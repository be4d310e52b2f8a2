/* SPDX-License-Identifier: Apache-2.0 */
/* Steps over content: by length, in chunks, to the end, and what stands behind it. */
#include "step.h"

enum step http_step_body(struct input *i, enum sig_dir d, enum http_state next)
{
	struct http_conn *k = i->k;
	struct dp_span s = http_rest(i);
	uint32_t n = s.n < k->left[d] ? s.n : (uint32_t)k->left[d];

	if (n) {
		i->pos += n;
		if (k->left[d] != UINT64_MAX)
			k->left[d] -= n;
		http_body_data(i->x, k->at[d], d, s.p, n);
	}
	if (k->left[d] == 0) {
		k->state[d] = (uint8_t)next;
		return STEP_ON;
	}
	return STEP_WAIT;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = dp_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** RFC 9112 section 7.1, blanks allowed before; -1: not a length. */
static int64_t chunk_length(struct dp_span l, bool *ext)
{
	uint64_t v = 0;
	uint32_t i = 0, digits = 0;

	while (i < l.n && (l.p[i] == ' ' || (l.p[i] >= '\t' && l.p[i] <= '\r') || l.p[i] == 0))
		i++;
	for (; i < l.n && hex_digit(l.p[i]) >= 0; i++, digits++) {
		if (v >> 31)
			return -1;
		v = v << 4 | (uint64_t)hex_digit(l.p[i]);
	}
	*ext = false;
	for (uint32_t k = i; k < l.n; k++)
		*ext |= l.p[k] == ';';
	return digits ? (int64_t)v : -1;
}

enum step http_step_chunk_len(struct input *i, enum sig_dir d)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[d];
	struct dp_span l;
	uint32_t whole;
	int64_t v;
	bool ext = false;
	enum step st = http_take_line(i, t, &l, &whole);

	if (st != STEP_ON)
		return st;
	t->side[d].wire_len += whole;
	if (l.n == 0)
		return STEP_ON;
	v = chunk_length(l, &ext);
	if (ext)
		dp_tx_event(i->x, &t->tx, d, d ? SIG_EV_HTTP1_RES_CHUNK_EXT
					       : SIG_EV_HTTP1_REQ_CHUNK_EXT);
	if (v < 0) {
		dp_tx_event(i->x, &t->tx, d, d ? SIG_EV_HTTP1_RES_CHUNK_LEN
					       : SIG_EV_HTTP1_REQ_CHUNK_LEN);
		if (d == SIG_DIR_TO_SERVER)
			return STEP_ERROR;
		t->side[d].wire_len -= whole;
		i->pos -= whole;
		k->left[d] = UINT64_MAX; // a client would take the rest for content
		k->state[d] = HTTP_S_BODY;
		return STEP_ON;
	}
	k->left[d] = (uint64_t)v;
	k->state[d] = v ? HTTP_S_CHUNK_DATA : HTTP_S_TRAILER;
	if (!v)
		t->tx.progress[d] = HTTP_P_TRAILER;
	return STEP_ON;
}

enum step http_step_chunk_end(struct input *i, enum sig_dir d)
{
	struct http_tx *t = i->k->at[d];
	struct dp_span l;
	uint32_t whole;
	enum step st = http_take_line(i, t, &l, &whole);

	if (st != STEP_ON)
		return st;
	t->side[d].wire_len += whole;
	i->k->state[d] = HTTP_S_CHUNK_LEN;
	return STEP_ON;
}

static bool blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/** A line that begins with no method is more of the request before it: behind the next it may be one. */
static uint32_t unasked(const struct input *i, struct dp_span s)
{
	uint32_t a = 0, b;
	const uint8_t *lf;

	while (a < s.n && blank(s.p[a]))
		a++;
	for (b = a; b < s.n && !blank(s.p[b]); b++)
		;
	if (a == s.n || (b < s.n && http_method_known((struct dp_span){s.p + a, b - a})))
		return 0;
	lf = memchr(s.p + a, '\n', s.n - a);
	if (lf)
		return (uint32_t)(lf - s.p) + 1;
	return i->in->eof || s.n > i->x->c->conf->app.http_field_max ? s.n : UINT32_MAX;
}

/** Bytes behind a complete message that are more of it; 0: none, UINT32_MAX: what is there does not
 *  tell yet. A client takes for content what is no status line, line by line. */
static uint32_t surplus(const struct input *i, enum sig_dir d)
{
	struct dp_span s = http_rest(i);
	uint32_t b, eol;

	if (s.n == 0 || i->x->a->change_pending)
		return 0;
	if (d) {
		if (!http_not_status(s))
			return 0;
		b = dp_span_line(s, &eol);
		if (b != UINT32_MAX)
			return b + eol;
		return i->in->eof || s.n >= 4 ? s.n : UINT32_MAX;
	}
	return unasked(i, s);
}

/** What follows a complete message in the same bytes: the next one, or more of this one. */
enum step http_step_finish(struct input *i, enum sig_dir d)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[d];
	struct dp_span s = http_rest(i);
	uint32_t more = surplus(i, d);

	if (more == UINT32_MAX)
		return STEP_WAIT;
	if (more) {
		dp_tx_event(i->x, &t->tx, d, d ? SIG_EV_HTTP1_RES_BODY_UNEXPECTED
					       : SIG_EV_HTTP1_REQ_BODY_UNEXPECTED);
		i->pos += more;
		http_body_data(i->x, t, d, s.p, more);
		return STEP_ON;
	}
	http_finish_side(i, t, d, false);
	if (d == SIG_DIR_TO_SERVER) {
		k->asked = true;
		if (!t->is_connect) // a tunnel is no request, and what is none is told of with the refusal
			http_odd_tell(i->x, t);
	}
	if (d)
		k->next_res = t->tx.id + 1;
	k->at[d] = NULL;
	k->state[d] = d && t->status == 101 ? HTTP_S_TUNNEL : HTTP_S_LINE;
	return i->x->a->change_pending ? STEP_WAIT : STEP_ON;
}
