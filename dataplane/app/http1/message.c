/* SPDX-License-Identifier: Apache-2.0 */
/* Steps over lines and header fields: where a message begins, and what comes behind its header. */
#include "step.h"
#include <dp/frame.h>

/** A single blank counts as an empty line when something other than a line end follows. */
static bool lone_blank(const struct input *i, struct dp_span l)
{
	struct dp_span s = http_ahead(i);

	return l.n == 1 && (l.p[0] == ' ' || l.p[0] == '\t') && s.n && s.p[0] != '\n' &&
	       s.p[0] != '\r' && l.p[1] == '\n';
}

void http_finish_side(struct input *i, struct http_tx *t, enum sig_dir d, bool truncated)
{
	http_body_end(i->x, t, d, truncated);
	t->tx.progress[d] = HTTP_P_DONE;
	i->x->a->flush[d] = true;
	dp_frame_end(i->x, i->in, i->k->frame[d], i->pos);
	i->k->frame[d] = 0;
}

static struct http_tx *http_tx_open(struct input *i)
{
	if (i->x->a->tx_live >= i->x->c->conf->app.http_tx_max)
		return NULL;
	return dp_tx_add(i->x, sizeof(struct http_tx));
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

enum step http_step_request_line(struct input *i)
{
	struct http_conn *k = i->k;
	struct dp_span l;
	struct http_tx *t;
	uint32_t whole;
	enum step st = http_take_line(i, NULL, &l, &whole);

	k->asking = st == STEP_WAIT && http_rest(i).n;
	if (st != STEP_ON)
		return st;
	if (l.n == 0)
		return STEP_ON;
	t = k->at[0] ? k->at[0] : http_tx_open(i);
	if (!t)
		return STEP_ERROR;
	k->at[0] = t;
	k->frame[0] = dp_frame_add(i->x, i->in, SIG_FRAME_HTTP1_REQUEST, i->pos - whole, -1);
	dp_frame_tx(i->x, SIG_DIR_TO_SERVER, k->frame[0], &t->tx);
	dp_bytes_set(i->x->c, &t->side[0].line, l.p, l.n, HTTP_FIELD_MAX);
	http_request_line(i->x, t);
	http_uri_split(t);
	http_target_host(t);
	http_odd_tell(i->x, t);
	http_uri_normalise(i->x, t);
	t->tx.progress[0] = HTTP_P_LINE;
	k->state[0] = HTTP_S_HEADERS;
	if (t->v09) {
		if (header_follows(http_ahead(i))) {
			dp_tx_event(i->x, &t->tx, 0, SIG_EV_HTTP1_REQ_NO_PROTOCOL);
			t->v09 = false;
		} else {
			http_host(i->x, t);
			k->state[0] = HTTP_S_FINISH;
		}
	}
	return STEP_ON;
}

/** The line before the one of `n` bytes ended in LF alone: a CR behind it is part of that end. */
static bool after_lf(const struct http_side *s, uint32_t n)
{
	const struct dp_bytes *r = &s->raw;

	return n == 3 && r->n >= n + 2 && r->p[r->n - n - 1] == '\n' && r->p[r->n - n - 2] != '\r';
}

void http_header_piece(struct input *i)
{
	const struct dp_app_in *in = i->in;

	if (i->in_header && i->k->at[0] && in->off + in->data.n > i->k->shown)
		http_odd_tell(i->x, i->k->at[0]);
	i->in_header = false;
}

enum step http_step_headers(struct input *i, enum sig_dir d)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[d];
	const uint8_t *from = i->in->data.p + i->pos;
	struct dp_span l;
	uint32_t whole;
	uint64_t len = 0;
	const bool some = i->pos < i->in->data.n;
	enum step st = d ? http_take_client_line(i, t, &l, &whole) : http_take_line(i, t, &l, &whole);

	i->in_header |= some && !d;
	if (st == STEP_WAIT && i->in->eof) {
		l.n = 0; // nothing more: the headers end here
		t->cut = !d && k->state[d] == HTTP_S_HEADERS;
	} else if (st != STEP_ON) {
		return st;
	} else {
		dp_bytes_add(i->x->c, &t->side[d].raw, from, whole, 1u << 20);
	}
	if (d && st == STEP_ON && l.n == 0 && whole > 2 && !after_lf(&t->side[d], whole))
		return STEP_ON; // CR CR LF: no end of an answer's fields, and none of them
	if (l.n && !(d && lone_blank(i, l))) {
		http_header_line(i->x, t, d, l);
		return STEP_ON;
	}
	http_header_flush(i->x, t, d);
	http_header_piece(i);
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

/** 101: to what the server named, or a tunnel. */
static void upgrade(struct input *i, struct http_tx *t)
{
	struct dp_span v;
	bool fine = true;

	if (http_header_get(&t->side[1], "Upgrade", &v)) {
		if (dp_span_find(v, "h2c") != UINT32_MAX) {
			fine = dp_app_change(i->x, SIG_PROTO_HTTP2);
			if (fine)
				http_carry(i->x, t);
		} else if (dp_span_find(v, "websocket") != UINT32_MAX) {
			fine = dp_app_change(i->x, SIG_PROTO_WEBSOCKET);
		}
	}
	if (!fine)
		dp_tx_event(i->x, &t->tx, SIG_DIR_TO_CLIENT, SIG_EV_HTTP1_FAILED_CHANGE);
	if (!i->x->a->change_pending)
		i->k->state[0] = HTTP_S_TUNNEL;
}

/** Of an interim answer its line remains, to be looked at, until the next line takes its place. */
static void interim(struct input *i, struct http_tx *t)
{
	struct http_side *s = &t->side[1];
	const struct dp_bytes line = s->line;
	const struct dp_span protocol = s->protocol;

	if (t->continue_seen)
		dp_tx_event(i->x, &t->tx, 1, SIG_EV_HTTP1_SECOND_100);
	t->continue_seen = true;
	memset(&s->line, 0, sizeof(s->line));
	http_side_free(i->x->c, s);
	s->line = line;
	s->protocol = protocol;
	s->start_ok = true; // nothing, as its fields are gone
	t->tx.progress[1] = HTTP_P_LINE;
	i->k->state[1] = HTTP_S_LINE;
}

/** Interim answers leave the transaction waiting for the real one; upgrades leave HTTP. */
enum step http_step_response_headers(struct input *i)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[1];
	enum step st = http_step_headers(i, SIG_DIR_TO_CLIENT);

	if (st != STEP_ON || t->tx.progress[1] < HTTP_P_HEADERS)
		return st;
	if (t->status == 100 && k->state[1] == HTTP_S_FINISH && !i->in->eof) {
		interim(i, t);
	} else if (t->status == 101 && k->state[1] == HTTP_S_FINISH) {
		upgrade(i, t);
	} else if (t->is_connect && t->status >= 200 && t->status < 300) {
		dp_app_change(i->x, SIG_PROTO_UNKNOWN);
		k->state[1] = HTTP_S_FINISH;
	} else if (t->is_connect) {
		http_odd_tell(i->x, t);
	}
	return st;
}

struct http_tx *http_awaited(const struct dp_app_ctx *x, const struct http_conn *k)
{
	for (struct dp_tx *tx = x->a->tx_first; tx; tx = tx->next)
		if (tx->id >= k->next_res && tx->progress[1] < HTTP_P_DONE)
			return (struct http_tx *)tx;
	return NULL;
}

/** An answer that nobody waits for. */
static struct http_tx *unseen_tx(struct input *i)
{
	struct http_tx *t = http_tx_open(i);

	if (!t)
		return NULL;
	if (i->k->asking) { // to a request whose line is not over
		i->k->at[0] = t;
		dp_tx_event(i->x, &t->tx, 1, SIG_EV_HTTP1_REQ_LINE_INCOMPLETE);
		return t;
	}
	t->not_seen = true;
	t->tx.progress[0] = HTTP_P_DONE;
	dp_tx_event(i->x, &t->tx, 1, SIG_EV_HTTP1_RES_UNMATCHED);
	return t;
}

enum step http_step_response_line(struct input *i)
{
	struct http_conn *k = i->k;
	struct http_tx *t = k->at[1];
	struct dp_span l;
	uint32_t whole;
	enum step st;

	if (i->pos == i->in->data.n)
		return STEP_WAIT;
	if (!t)
		t = http_awaited(i->x, k);
	if (!t)
		t = unseen_tx(i);
	if (!t)
		return STEP_ERROR;
	k->at[1] = t;
	st = http_not_status(http_rest(i)) ? http_take_line(i, t, &l, &whole)
					: http_take_client_line(i, t, &l, &whole);
	if (st != STEP_ON)
		return st;
	if (l.n == 0)
		return STEP_ON;
	if (!k->frame[1]) {
		k->frame[1] = dp_frame_add(i->x, i->in, SIG_FRAME_HTTP1_RESPONSE, i->pos - whole, -1);
		dp_frame_tx(i->x, SIG_DIR_TO_CLIENT, k->frame[1], &t->tx);
	}
	if (http_not_status(l)) {
		const struct dp_span next = http_ahead(i);

		if (next.n > 1 && (next.p[0] == 'H' || l.n <= 2))
			return STEP_ON;
		// Content without a head: to the end of what came together.
		t->side[1].kind = HTTP_BODY_CLOSE;
		t->tx.progress[1] = HTTP_P_BODY;
		http_body_data(i->x, t, 1, l.p, whole);
		if (next.n == 0)
			k->state[1] = HTTP_S_FINISH;
		return STEP_ON;
	}
	if (t->continue_seen) { // what was searched was the interim line
		t->tx.scanned[1] = t->tx.grown[1] = 0;
		t->side[1].start_ok = false;
	}
	dp_bytes_set(i->x->c, &t->side[1].line, l.p, l.n, HTTP_FIELD_MAX);
	http_status_line(i->x, t);
	t->tx.progress[1] = HTTP_P_LINE;
	k->state[1] = HTTP_S_HEADERS;
	return STEP_ON;
}
