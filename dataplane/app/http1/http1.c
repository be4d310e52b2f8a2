/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"
#include <dp/frame.h>

static int http_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct http_conn));
	return *state ? 0 : -1;
}

static void http_close(struct dp_app_ctx *x, void *state)
{
	struct http_conn *k = state;

	dp_bytes_free(x->c, &k->torn[0]);
	dp_bytes_free(x->c, &k->torn[1]);
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct http_conn));
}

void http_side_free(struct dp_ctx *c, struct http_side *s)
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
	http_side_free(x->c, &t->side[0]);
	http_side_free(x->c, &t->side[1]);
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

static enum step step(struct input *i)
{
	enum sig_dir d = i->in->dir;

	switch (i->k->state[d]) {
	case HTTP_S_LINE:
		return d ? http_step_response_line(i) : http_step_request_line(i);
	case HTTP_S_HEADERS:
		return d ? http_step_response_headers(i) : http_step_headers(i, d);
	case HTTP_S_TRAILER:
		return http_step_headers(i, d);
	case HTTP_S_BODY:
		return http_step_body(i, d, HTTP_S_FINISH);
	case HTTP_S_CHUNK_LEN:
		return http_step_chunk_len(i, d);
	case HTTP_S_CHUNK_DATA:
		return http_step_body(i, d, HTTP_S_CHUNK_END);
	case HTTP_S_CHUNK_END:
		return http_step_chunk_end(i, d);
	case HTTP_S_FINISH:
		return http_step_finish(i, d);
	default:
		i->pos = i->in->data.n;
		return STEP_WAIT;
	}
}

static int run(struct dp_app_ctx *x, struct http_conn *k, const struct dp_app_in *in,
	struct dp_span after, uint32_t *consumed)
{
	struct input i = {.x = x, .k = k, .in = in, .after = after};
	enum sig_dir d = in->dir;
	enum step st;

	do {
		st = step(&i);
	} while (st == STEP_ON && (i.pos < in->data.n || i.k->state[d] == HTTP_S_FINISH));
	*consumed = i.pos;
	if (st == STEP_ERROR)
		return DP_APP_ERROR;
	http_header_piece(&i);
	if (in->eof && i.k->at[d]) {
		struct http_tx *t = i.k->at[d];
		// An answer that ends with its connection counts as whole, whatever length it promised:
		// so does the peer, and so do the programs that show it.
		bool cut = d == SIG_DIR_TO_CLIENT ? t->side[d].kind == HTTP_BODY_CHUNKED
						  : t->side[d].kind != HTTP_BODY_CLOSE;

		http_finish_side(&i, t, d, cut);
		i.k->at[d] = NULL;
		i.k->state[d] = HTTP_S_LINE;
	}
	return DP_APP_OK;
}

/** A message, or some, went by unseen: said of the one at hand, of the answer that is awaited, or of the
 *  last request when that is not over. What is lost before the first request is no message's. */
static void say_hole(struct dp_app_ctx *x, const struct http_conn *k, enum sig_dir d)
{
	struct http_tx *t = k->at[d];
	struct dp_tx *last = x->a->tx_last;

	if (!t && d == SIG_DIR_TO_CLIENT)
		t = k->asked || k->next_res ? http_awaited(x, k) : NULL;
	else if (!t && last && last->progress[1] < HTTP_P_DONE)
		t = (struct http_tx *)last;
	if (t)
		dp_tx_event(x, &t->tx, d, SIG_EV_HTTP1_INVALID_GAP);
}

/** The rest of a torn line, put behind what was there of it. */
static int mend(struct dp_app_ctx *x, struct http_conn *k, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct dp_bytes *b = &k->torn[in->dir];
	const uint8_t *nl = in->data.n ? memchr(in->data.p, '\n', in->data.n) : NULL;
	const uint32_t n = nl ? (uint32_t)(nl - in->data.p) + 1 : in->data.n;
	const uint32_t max = x->c->conf->app.http_field_max;
	struct dp_app_in whole = *in;
	uint32_t used = 0;
	int rc;

	if (!nl && !in->eof && b->n + n <= max)
		return DP_APP_OK;
	if (!dp_bytes_add(x->c, b, in->data.p, n, max))
		return DP_APP_ERROR;
	whole.data = (struct dp_span){b->p, b->n};
	whole.off = in->off + n > b->n ? in->off + n - b->n : 0;
	whole.gap = 0;
	whole.eof = in->eof && n == in->data.n;
	rc = run(x, k, &whole, (struct dp_span){in->data.p + n, in->data.n - n}, &used);
	*consumed = n;
	b->n -= used;
	memmove(b->p, b->p + used, b->n); // a CR that the next line decides about
	if (b->n == 0 || rc != DP_APP_OK)
		dp_bytes_free(x->c, b);
	return rc;
}

static int http_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct http_conn *k = state;
	int rc;

	if (k->torn[in->dir].n && k->state[in->dir] != HTTP_S_TUNNEL)
		rc = mend(x, k, in, consumed);
	else
		rc = run(x, k, in, (struct dp_span){0}, consumed);
	if (in->dir == SIG_DIR_TO_SERVER)
		k->shown = in->off + in->data.n;
	return rc;
}

/** Lines go on behind a hole as if it were not there, as the peer reads them. */
static int tear(struct dp_app_ctx *x, struct http_conn *k, const struct dp_app_in *in)
{
	const enum sig_dir d = in->dir;

	say_hole(x, k, d);
	if (!dp_bytes_add(x->c, &k->torn[d], in->head.p, in->head.n, x->c->conf->app.http_field_max))
		return DP_APP_ERROR;
	return DP_APP_OK;
}

/** Content may have holes, and lines do; framing cannot be understood after one. */
static int http_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct http_conn *k = state;
	enum sig_dir d = in->dir;
	uint64_t *left = &k->left[d];

	if (k->state[d] == HTTP_S_TUNNEL)
		return DP_APP_OK;
	if (k->state[d] == HTTP_S_LINE && in->data.n == 0 && in->head.n == 0) {
		say_hole(x, k, d);
		return DP_APP_OK;
	}
	if (k->state[d] == HTTP_S_LINE || k->state[d] == HTTP_S_HEADERS ||
		k->state[d] == HTTP_S_TRAILER)
		return tear(x, k, in);
	if (k->state[d] == HTTP_S_BODY && *left <= in->gap) { // its end is in the hole
		struct input i = {.x = x, .k = k, .in = in};
		struct http_tx *t = k->at[d];

		http_body_gap(x, t, d, (uint32_t)*left);
		http_finish_side(&i, t, d, true);
		if (d)
			k->next_res = t->tx.id + 1;
		k->at[d] = NULL;
		k->state[d] = HTTP_S_LINE;
		say_hole(x, k, d);
		return DP_APP_OK;
	}
	if ((k->state[d] != HTTP_S_BODY && k->state[d] != HTTP_S_CHUNK_DATA) || *left < in->gap) {
		dp_tx_event(x, k->at[d] ? &k->at[d]->tx : NULL, d, SIG_EV_HTTP1_INVALID_GAP);
		return DP_APP_ERROR;
	}
	if (k->state[d] == HTTP_S_CHUNK_DATA) // its framing may have gone along, though it seems to fit
		say_hole(x, k, d);
	http_body_gap(x, k->at[d], d, in->gap);
	if (*left != UINT64_MAX)
		*left -= in->gap;
	return DP_APP_OK;
}

#define METHOD(name)                                                                               \
	{.dir = 0, .nocase = true, .len = sizeof(name " ") - 1, .bytes = name " "},               \
	{                                                                                          \
		.dir = 0, .nocase = true, .len = sizeof(name "\t") - 1, .bytes = name "\t"         \
	}

static const struct dp_app_pattern http_patterns[] = {
	METHOD("GET"), METHOD("PUT"), METHOD("POST"), METHOD("HEAD"), METHOD("TRACE"),
	METHOD("OPTIONS"), METHOD("CONNECT"), METHOD("DELETE"), METHOD("PATCH"),
	METHOD("PROPFIND"), METHOD("PROPPATCH"), METHOD("MKCOL"), METHOD("COPY"), METHOD("MOVE"),
	METHOD("LOCK"), METHOD("UNLOCK"), METHOD("CHECKOUT"), METHOD("UNCHECKOUT"),
	METHOD("CHECKIN"), METHOD("UPDATE"), METHOD("LABEL"), METHOD("REPORT"),
	METHOD("MKWORKSPACE"), METHOD("MKACTIVITY"), METHOD("MERGE"), METHOD("INVALID"),
	METHOD("VERSION-CONTROL"), METHOD("BASELINE-CONTROL"),
	{.dir = 1, .nocase = true, .len = 8, .bytes = "HTTP/0.9"},
	{.dir = 1, .nocase = true, .len = 8, .bytes = "HTTP/1.0"},
	{.dir = 1, .nocase = true, .len = 8, .bytes = "HTTP/1.1"},
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
	.record_ends_events = true,
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
	.log_contents = http_log_contents,
};
