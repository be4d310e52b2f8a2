/* SPDX-License-Identifier: Apache-2.0 */
#include "http1.h"
#include <dp/frame.h>

/** What one step of a direction's machine says. */
enum step { STEP_ON, STEP_WAIT, STEP_ERROR };

struct input {
	struct dp_app_ctx *x;
	struct http_conn *k;
	const struct dp_app_in *in;
	uint32_t pos;
};

static struct dp_span rest(const struct input *i)
{
	return (struct dp_span){i->in->data.p + i->pos, i->in->data.n - i->pos};
}

static int http_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct http_conn));
	return *state ? 0 : -1;
}

static void http_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct http_conn));
}

static void side_free(struct dp_ctx *c, struct http_side *s)
{
	dp_bytes_free(c, &s->line);
	dp_bytes_free(c, &s->raw);
	dp_bytes_free(c, &s->text);
	dp_bytes_free(c, &s->pending);
	dp_bytes_free(c, &s->cooked);
	dp_bytes_free(c, &s->names);
	dp_bytes_free(c, &s->start);
	dp_bytes_free(c, &s->one);
	dp_bytes_free(c, &s->body);
	if (s->hdr)
		dp_slab_free(c->slab, DP_MEM_APP, s->hdr, s->cap_hdr * sizeof(*s->hdr));
	if (s->codec)
		http_codec_free(c, s->codec);
	if (s->range)
		dp_range_abandon(c, s->range);
	memset(s, 0, sizeof(*s));
}

void http_tx_release(struct dp_app_ctx *x, struct http_tx *t)
{
	side_free(x->c, &t->side[0]);
	side_free(x->c, &t->side[1]);
	dp_bytes_free(x->c, &t->path);
	dp_bytes_free(x->c, &t->norm);
	dp_bytes_free(x->c, &t->host);
	if (t->mp)
		http_multipart_free(x->c, t->mp);
}

static void http_tx_free(struct dp_app_ctx *x, struct dp_tx *tx)
{
	struct http_tx *t = (struct http_tx *)tx;
	struct http_conn *k = x->a->state;

	for (unsigned d = 0; d < 2; d++)
		if (k && k->at[d] == t)
			k->at[d] = NULL;
	http_tx_release(x, t);
}

/** The next line without its end, which is passed; at the end of the stream what is left counts as
 *  one. WAIT: not complete yet. */
static enum step line(struct input *i, struct http_tx *t, struct dp_span *l, uint32_t *whole)
{
	struct dp_span s = rest(i);
	uint32_t eol, n = dp_span_line(s, &eol);

	if (n == UINT32_MAX) {
		if (s.n > i->x->c->conf->app.http_field_max) {
			dp_tx_event(i->x, t ? &t->tx : NULL, i->in->dir,
				i->in->dir ? SIG_EV_HTTP1_RES_FIELD_LONG
					   : SIG_EV_HTTP1_REQ_FIELD_LONG);
			return STEP_ERROR;
		}
		if (!i->in->eof || s.n == 0)
			return STEP_WAIT;
		n = s.n;
		eol = 0;
	}
	*l = (struct dp_span){s.p, n};
	*whole = n + eol;
	i->pos += n + eol;
	return STEP_ON;
}

/** What a client takes for the end of a line: LF, CR LF, CR alone, and an odd CR behind LF. An
 *  empty line is one with nothing but those. Sets whole to the bytes passed; WAIT when the next
 *  byte decides. */
static enum step client_line(struct input *i, struct http_tx *t, struct dp_span *l, uint32_t *whole)
{
	struct dp_span s = rest(i);
	uint32_t from = 0, end, eol;

	while (from < s.n && s.p[from] == '\r')
		from++;
	if (from == s.n)
		goto more;
	if (from && s.p[from] == '\n') {
		end = 0;
		eol = from + 1;
		from = 0;
	} else {
		for (end = from; end < s.n && s.p[end] != '\n' && s.p[end] != '\r'; end++)
			;
		for (eol = 0; end + eol < s.n && s.p[end + eol] == '\r'; eol++)
			;
		if (end + eol == s.n)
			goto more;
		if (s.p[end + eol] == '\n')
			eol++;
		else
			eol = 1; // CR alone
	}
	*l = (struct dp_span){s.p + from, end - from};
	*whole = end + eol;
	i->pos += *whole;
	return STEP_ON;
more:
	return line(i, t, l, whole);
}

/** A single blank counts as an empty line when something other than a line end follows. */
static bool lone_blank(const struct input *i, struct dp_span l)
{
	struct dp_span s = rest(i);

	return l.n == 1 && (l.p[0] == ' ' || l.p[0] == '\t') && s.n && s.p[0] != '\n' &&
	       s.p[0] != '\r' && l.p[1] == '\n';
}

static void finish_side(struct input *i, struct http_tx *t, enum sig_dir d, bool truncated)
{
	http_body_end(i->x, t, d, truncated);
	t->tx.progress[d] = HTTP_P_DONE;
	i->x->a->flush[d] = true;
	dp_frame_end(i->x, i->in, i->k->frame[d], i->pos);
	i->k->frame[d] = 0;
}

static void begin_body(struct input *i, struct http_tx *t, enum sig_dir d, uint64_t len)
{
	struct http_conn *k = i->k;

	t->tx.progress[d] = HTTP_P_BODY;
	switch (t->side[d].kind) {
	case HTTP_BODY_LENGTH:
		k->left[d] = len;
		k->state[d] = HTTP_S_BODY;
		break;
	case HTTP_BODY_CHUNKED:
		k->state[d] = HTTP_S_CHUNK_LEN;
		break;
	case HTTP_BODY_CLOSE:
		k->left[d] = UINT64_MAX;
		k->state[d] = HTTP_S_BODY;
		break;
	default:
		k->state[d] = HTTP_S_FINISH;
	}
}

/** After a request line without protocol: do header lines follow all the same? */
static bool header_follows(struct dp_span s)
{
	bool blank = false;

	for (uint32_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == ':')
			return i > 0;
		if (c == ' ' || c == '\t')
			blank = true;
		else if (c == '\r' || c == '\n' || blank)
			return false;
	}
	return false;
}

static enum step request_line(struct input *i)
{
	struct http_conn *k = i->k;
	struct dp_span l;
	struct http_tx *t;
	uint32_t whole;
	enum step st = line(i, NULL, &l, &whole);

	if (st != STEP_ON)
		return st;
	if (l.n == 0)
		return STEP_ON;
	if (i->x->a->tx_live >= i->x->c->conf->app.http_tx_max)
		return STEP_ERROR;
	t = dp_tx_add(i->x, sizeof(*t));
	if (!t)
		return STEP_ERROR;
	k->at[0] = t;
	k->frame[0] = dp_frame_add(i->x, i->in, SIG_FRAME_HTTP1_REQUEST, i->pos - whole, -1);
	dp_frame_tx(i->x, SIG_DIR_TO_SERVER, k->frame[0], &t->tx);
	dp_bytes_set(i->x->c, &t->side[0].line, l.p, l.n, HTTP_FIELD_MAX);
	if (whole == l.n)
		dp_tx_event(i->x, &t->tx, 0, SIG_EV_HTTP1_REQ_LINE_INCOMPLETE);
	http_request_line(i->x, t);
	http_uri_split(t);
	http_uri_normalise(i->x, t);
	t->tx.progress[0] = HTTP_P_LINE;
	k->state[0] = HTTP_S_HEADERS;
	if (t->v09) {
		if (header_follows(rest(i))) {
			dp_tx_event(i->x, &t->tx, 0, SIG_EV_HTTP1_REQ_NO_PROTOCOL);
			t->v09 = false;
		} else {
			http_host(i->x, t);
			k->state[0] = HTTP_S_FINISH;
		}
	}
	return STEP_ON;
}

static enum step headers(struct input *i, enum sig_dir d)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[d];
	const uint8_t *from = i->in->data.p + i->pos;
	struct dp_span l;
	uint32_t whole;
	uint64_t len = 0;
	enum step st = d ? client_line(i, t, &l, &whole) : line(i, t, &l, &whole);

	if (st == STEP_WAIT && i->in->eof)
		l.n = 0; // nothing more: the headers end here
	else if (st != STEP_ON)
		return st;
	else
		dp_bytes_add(i->x->c, &t->side[d].raw, from, whole, 1u << 20);
	if (l.n && !(d && lone_blank(i, l))) {
		http_header_line(i->x, t, d, l);
		return STEP_ON;
	}
	http_header_flush(i->x, t, d);
	if (k->state[d] == HTTP_S_TRAILER) {
		k->state[d] = HTTP_S_FINISH;
		return STEP_ON;
	}
	t->tx.progress[d] = HTTP_P_HEADERS;
	if (d == SIG_DIR_TO_SERVER)
		http_request_headers_done(i->x, t, &len);
	else
		http_response_headers_done(i->x, t, &len);
	begin_body(i, t, d, len);
	return STEP_ON;
}

/** Interim answers leave the transaction waiting for the real one; upgrades leave HTTP. */
static enum step response_headers(struct input *i)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[1];
	struct dp_span v;
	enum step st = headers(i, SIG_DIR_TO_CLIENT);

	if (st != STEP_ON || t->tx.progress[1] < HTTP_P_HEADERS)
		return st;
	if (t->status == 100 && k->state[1] == HTTP_S_FINISH && !i->in->eof) {
		if (t->continue_seen)
			dp_tx_event(i->x, &t->tx, 1, SIG_EV_HTTP1_SECOND_100);
		t->continue_seen = true;
		side_free(i->x->c, &t->side[1]);
		t->tx.progress[1] = HTTP_P_START;
		k->state[1] = HTTP_S_LINE;
	} else if (t->status == 101 && k->state[1] == HTTP_S_FINISH) {
		if (http_header_get(&t->side[1], "Upgrade", &v)) {
			if (dp_span_find(v, "h2c") != UINT32_MAX) {
				http_carry(i->x, t);
				dp_app_change(i->x, SIG_PROTO_HTTP2);
			} else if (dp_span_find(v, "websocket") != UINT32_MAX) {
				dp_app_change(i->x, SIG_PROTO_WEBSOCKET);
			}
		}
		if (!i->x->a->change_pending)
			k->state[0] = HTTP_S_TUNNEL;
	} else if (t->is_connect && t->status >= 200 && t->status < 300) {
		dp_app_change(i->x, SIG_PROTO_UNKNOWN);
		k->state[1] = HTTP_S_FINISH;
	}
	return st;
}

static struct http_tx *waiting_tx(struct input *i)
{
	for (struct dp_tx *tx = i->x->a->tx_first; tx; tx = tx->next)
		if (tx->id >= i->k->next_res && tx->progress[1] < HTTP_P_DONE)
			return (struct http_tx *)tx;
	return NULL;
}

static struct http_tx *unseen_tx(struct input *i)
{
	struct http_tx *t;

	if (i->x->a->tx_live >= i->x->c->conf->app.http_tx_max)
		return NULL;
	t = dp_tx_add(i->x, sizeof(*t));
	if (!t)
		return NULL;
	t->not_seen = true;
	t->tx.progress[0] = HTTP_P_DONE;
	dp_tx_event(i->x, &t->tx, 1, SIG_EV_HTTP1_RES_UNMATCHED);
	return t;
}

static enum step response_line(struct input *i)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[1];
	struct dp_span l;
	uint32_t whole;
	enum step st;

	if (i->pos == i->in->data.n)
		return STEP_WAIT;
	if (!t)
		t = waiting_tx(i);
	if (!t)
		t = unseen_tx(i);
	if (!t)
		return STEP_ERROR;
	k->at[1] = t;
	st = http_not_status(rest(i)) ? line(i, t, &l, &whole) : client_line(i, t, &l, &whole);
	if (st == STEP_WAIT && t->tx.progress[1] == HTTP_P_BODY && http_not_status(rest(i))) {
		l = rest(i); // the last line of such content need not end
		whole = l.n;
		i->pos = i->in->data.n;
	} else if (st != STEP_ON) {
		return st;
	}
	if (l.n == 0)
		return STEP_ON;
	if (!k->frame[1]) {
		k->frame[1] = dp_frame_add(i->x, i->in, SIG_FRAME_HTTP1_RESPONSE, i->pos - whole, -1);
		dp_frame_tx(i->x, SIG_DIR_TO_CLIENT, k->frame[1], &t->tx);
	}
	if (http_not_status(l)) {
		struct dp_span next = rest(i);

		if (next.n > 1 && (next.p[0] == 'H' || l.n <= 2))
			return STEP_ON;
		// Content without a head: to the end of what came together.
		t->side[1].kind = HTTP_BODY_CLOSE;
		t->tx.progress[1] = HTTP_P_BODY;
		http_body_data(i->x, t, 1, l.p, whole);
		if (i->pos == i->in->data.n)
			k->state[1] = HTTP_S_FINISH;
		return STEP_ON;
	}
	dp_bytes_set(i->x->c, &t->side[1].line, l.p, l.n, HTTP_FIELD_MAX);
	http_status_line(i->x, t);
	t->tx.progress[1] = HTTP_P_LINE;
	k->state[1] = HTTP_S_HEADERS;
	return STEP_ON;
}

static enum step body(struct input *i, enum sig_dir d, enum http_state next)
{
	struct http_conn *k = i->k;
	struct dp_span s = rest(i);
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

static enum step chunk_len(struct input *i, enum sig_dir d)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[d];
	struct dp_span l;
	uint32_t whole;
	int64_t v;
	bool ext = false;
	enum step st = line(i, t, &l, &whole);

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

static enum step chunk_end(struct input *i, enum sig_dir d)
{
	struct http_tx *t = i->k->at[d];
	struct dp_span l;
	uint32_t whole;
	enum step st = line(i, t, &l, &whole);

	if (st != STEP_ON)
		return st;
	t->side[d].wire_len += whole;
	i->k->state[d] = HTTP_S_CHUNK_LEN;
	return STEP_ON;
}

/** Bytes behind a complete message that are more of it; 0: none, UINT32_MAX: what is there does not
 *  tell yet. A client takes for content what is no status line, line by line. */
static uint32_t surplus(const struct input *i, enum sig_dir d)
{
	struct dp_span s = rest(i), word;
	uint32_t a = 0, b, eol;

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
	while (a < s.n && (s.p[a] == ' ' || (s.p[a] >= '\t' && s.p[a] <= '\r')))
		a++;
	for (b = a; b < s.n && s.p[b] != ' ' && !(s.p[b] >= '\t' && s.p[b] <= '\r'); b++)
		;
	word = (struct dp_span){s.p + a, b - a};
	return word.n && !http_method_known(word) ? s.n : 0;
}

/** What follows a complete message in the same bytes: the next one, or more of this one. */
static enum step finish(struct input *i, enum sig_dir d)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[d];
	struct dp_span s = rest(i);
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
	finish_side(i, t, d, false);
	if (d)
		k->next_res = t->tx.id + 1;
	k->at[d] = NULL;
	k->state[d] = d && t->status == 101 ? HTTP_S_TUNNEL : HTTP_S_LINE;
	return i->x->a->change_pending ? STEP_WAIT : STEP_ON;
}

static enum step step(struct input *i)
{
	enum sig_dir d = i->in->dir;

	switch (i->k->state[d]) {
	case HTTP_S_LINE:
		return d ? response_line(i) : request_line(i);
	case HTTP_S_HEADERS:
		return d ? response_headers(i) : headers(i, d);
	case HTTP_S_TRAILER:
		return headers(i, d);
	case HTTP_S_BODY:
		return body(i, d, HTTP_S_FINISH);
	case HTTP_S_CHUNK_LEN:
		return chunk_len(i, d);
	case HTTP_S_CHUNK_DATA:
		return body(i, d, HTTP_S_CHUNK_END);
	case HTTP_S_CHUNK_END:
		return chunk_end(i, d);
	case HTTP_S_FINISH:
		return finish(i, d);
	default:
		i->pos = i->in->data.n;
		return STEP_WAIT;
	}
}

static int http_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct input i = {.x = x, .k = state, .in = in};
	enum sig_dir d = in->dir;
	enum step st;

	do {
		st = step(&i);
	} while (st == STEP_ON && (i.pos < in->data.n || i.k->state[d] == HTTP_S_FINISH));
	*consumed = i.pos;
	if (st == STEP_ERROR)
		return DP_APP_ERROR;
	if (in->eof && i.k->at[d]) {
		struct http_tx *t = i.k->at[d];
		bool cut = t->side[d].kind != HTTP_BODY_CLOSE;

		finish_side(&i, t, d, cut);
		i.k->at[d] = NULL;
		i.k->state[d] = HTTP_S_LINE;
	}
	return DP_APP_OK;
}

/** Content may have holes; anything else cannot be understood after one. */
static int http_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct http_conn *k = state;
	enum sig_dir d = in->dir;
	uint64_t *left = &k->left[d];

	if (k->state[d] == HTTP_S_TUNNEL)
		return DP_APP_OK;
	if (k->state[d] == HTTP_S_LINE) { // a message, or some, went by unseen
		if (in->data.n == 0)
			return DP_APP_OK;
		dp_tx_event(x, x->a->tx_last, d, SIG_EV_HTTP1_INVALID_GAP);
		return DP_APP_OK;
	}
	if (k->state[d] == HTTP_S_BODY && *left < in->gap) { // its end is in the hole
		struct input i = {.x = x, .k = k, .in = in};
		struct http_tx *t = k->at[d];

		http_body_gap(x, t, d, (uint32_t)*left);
		finish_side(&i, t, d, true);
		if (d)
			k->next_res = t->tx.id + 1;
		k->at[d] = NULL;
		k->state[d] = HTTP_S_LINE;
		return DP_APP_OK;
	}
	if ((k->state[d] != HTTP_S_BODY && k->state[d] != HTTP_S_CHUNK_DATA) || *left < in->gap) {
		dp_tx_event(x, k->at[d] ? &k->at[d]->tx : NULL, d, SIG_EV_HTTP1_INVALID_GAP);
		return DP_APP_ERROR;
	}
	http_body_gap(x, k->at[d], d, in->gap);
	if (*left != UINT64_MAX)
		*left -= in->gap;
	return DP_APP_OK;
}

#define METHOD(name)                                                                               \
	{.dir = 0, .len = sizeof(name " ") - 1, .bytes = name " "},                               \
	{                                                                                          \
		.dir = 0, .len = sizeof(name "\t") - 1, .bytes = name "\t"                         \
	}

static const struct dp_app_pattern http_patterns[] = {
	METHOD("GET"), METHOD("PUT"), METHOD("POST"), METHOD("HEAD"), METHOD("TRACE"),
	METHOD("OPTIONS"), METHOD("CONNECT"), METHOD("DELETE"), METHOD("PATCH"),
	METHOD("PROPFIND"), METHOD("PROPPATCH"), METHOD("MKCOL"), METHOD("COPY"), METHOD("MOVE"),
	METHOD("LOCK"), METHOD("UNLOCK"), METHOD("CHECKOUT"), METHOD("UNCHECKOUT"),
	METHOD("CHECKIN"), METHOD("UPDATE"), METHOD("LABEL"), METHOD("REPORT"),
	METHOD("MKWORKSPACE"), METHOD("MKACTIVITY"), METHOD("MERGE"), METHOD("INVALID"),
	METHOD("VERSION-CONTROL"), METHOD("BASELINE-CONTROL"),
	{.dir = 1, .len = 8, .bytes = "HTTP/0.9"},
	{.dir = 1, .len = 8, .bytes = "HTTP/1.0"},
	{.dir = 1, .len = 8, .bytes = "HTTP/1.1"},
};

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
static const struct dp_app_buffer http_buffers[] = {
	{SIG_BUF_HTTP_METHOD, TS, HTTP_P_LINE},
	{SIG_BUF_HTTP_URI, TS, HTTP_P_LINE},
	{SIG_BUF_HTTP_URI_RAW, TS, HTTP_P_LINE},
	{SIG_BUF_HTTP_REQUEST_LINE, TS, HTTP_P_LINE},
	{SIG_BUF_HTTP_REQUEST_BODY, TS, HTTP_P_BODY},
	{SIG_BUF_HTTP_REQUEST_HEADER, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HEADER, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HEADER, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HEADER_RAW, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HEADER_RAW, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HEADER_NAMES, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HEADER_NAMES, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_COOKIE, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_COOKIE, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_USER_AGENT, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HOST, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_HOST_RAW, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_ACCEPT, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_ACCEPT_ENC, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_ACCEPT_LANG, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_REFERER, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_CONNECTION, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_CONNECTION, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_CONTENT_TYPE, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_CONTENT_TYPE, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_CONTENT_LEN, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_CONTENT_LEN, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_START, TS, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_START, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_PROTOCOL, TS, HTTP_P_LINE},
	{SIG_BUF_HTTP_PROTOCOL, TC, HTTP_P_LINE},
	{SIG_BUF_HTTP_LOCATION, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_SERVER, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_STAT_CODE, TC, HTTP_P_LINE},
	{SIG_BUF_HTTP_STAT_MSG, TC, HTTP_P_LINE},
	{SIG_BUF_HTTP_RESPONSE_LINE, TC, HTTP_P_LINE},
	{SIG_BUF_HTTP_RESPONSE_HEADER, TC, HTTP_P_HEADERS},
	{SIG_BUF_HTTP_RESPONSE_BODY, TC, HTTP_P_BODY},
	{SIG_BUF_FILE_DATA, TS, HTTP_P_BODY},
	{SIG_BUF_FILE_DATA, TC, HTTP_P_BODY},
	{SIG_BUF_FILE_NAME, TS, HTTP_P_BODY},
	{SIG_BUF_FILE_NAME, TC, HTTP_P_BODY},
	{SIG_BUF_FILE_MAGIC, TS, HTTP_P_BODY},
	{SIG_BUF_FILE_MAGIC, TC, HTTP_P_BODY},
};

static const struct dp_app_number http_numbers[] = {
	{SIG_NUM_URILEN, TS, HTTP_P_LINE},
	{SIG_NUM_URILEN_RAW, TS, HTTP_P_LINE},
	{SIG_NUM_FILESIZE, TS, HTTP_P_BODY},
	{SIG_NUM_FILESIZE, TC, HTTP_P_BODY},
};

static bool http_forwarded(const struct dp_app_ctx *x, struct dp_tx *tx, const char *header,
	struct dp_span *out)
{
	const struct http_tx *t = (const struct http_tx *)tx;

	(void)x;
	return http_header_get(&t->side[SIG_DIR_TO_SERVER], header, out);
}

static const struct dp_app_state http_states[] = {
	{"request_line", SIG_DIR_TO_SERVER, HTTP_P_LINE},
	{"request_headers", SIG_DIR_TO_SERVER, HTTP_P_HEADERS},
	{"request_body", SIG_DIR_TO_SERVER, HTTP_P_BODY},
	{"request_trailer", SIG_DIR_TO_SERVER, HTTP_P_TRAILER},
	{"response_line", SIG_DIR_TO_CLIENT, HTTP_P_LINE},
	{"response_headers", SIG_DIR_TO_CLIENT, HTTP_P_HEADERS},
	{"response_body", SIG_DIR_TO_CLIENT, HTTP_P_BODY},
	{"response_trailer", SIG_DIR_TO_CLIENT, HTTP_P_TRAILER},
	{NULL, 0, 0},
};

const struct dp_app_desc dp_app_http1 = {
	.proto = SIG_PROTO_HTTP1,
	.eve_type = "http",
	.tcp = true,
	.patterns = http_patterns,
	.n_patterns = sizeof(http_patterns) / sizeof(http_patterns[0]),
	.open = http_open,
	.close = http_close,
	.parse = http_parse,
	.gap = http_gap,
	.tx_free = http_tx_free,
	.log_tx_id = true,
	.complete = {HTTP_P_DONE, HTTP_P_DONE},
	.states = http_states,
	.buffers = http_buffers,
	.n_buffers = sizeof(http_buffers) / sizeof(http_buffers[0]),
	.numbers = http_numbers,
	.n_numbers = sizeof(http_numbers) / sizeof(http_numbers[0]),
	.buffer = http_buffer,
	.number = http_number,
	.log = http_log,
	.forwarded = http_forwarded,
	.log_alert = http_log_brief,
};
