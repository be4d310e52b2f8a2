/* SPDX-License-Identifier: Apache-2.0 */
/** The machine of a direction: what http1.c steps through, and the steps. */
#ifndef DP_APP_HTTP1_STEP_H
#define DP_APP_HTTP1_STEP_H

#include "http1.h"

/** What one step of a direction's machine says. */
enum step { STEP_ON, STEP_WAIT, STEP_ERROR };

struct input {
	struct dp_app_ctx *x;
	struct http_conn *k;
	const struct dp_app_in *in;
	uint32_t pos;
	struct dp_span after; /**< what came behind `in`, which is a mended line */
	bool in_header;       /**< some of a request's header or trailer was in it */
};

static inline struct dp_span http_rest(const struct input *i)
{
	return (struct dp_span){i->in->data.p + i->pos, i->in->data.n - i->pos};
}

/** The rest, or what came behind a mended line: to be looked at, not to be taken. */
static inline struct dp_span http_ahead(const struct input *i)
{
	const struct dp_span rest = http_rest(i);

	return rest.n ? rest : i->after;
}

/* http1.c */
void http_side_free(struct dp_ctx *c, struct http_side *s);

/* take.c: the next line without its end, which is passed; *whole: bytes of both. WAIT: not all here. */
enum step http_take_line(struct input *i, struct http_tx *t, struct dp_span *l, uint32_t *whole);
enum step http_take_client_line(struct input *i, struct http_tx *t, struct dp_span *l,
	uint32_t *whole);

/* message.c */
void http_finish_side(struct input *i, struct http_tx *t, enum sig_dir d, bool truncated);
enum step http_step_request_line(struct input *i);
enum step http_step_headers(struct input *i, enum sig_dir d);
/** A piece of a request's header or trailer is over, or that itself. */
void http_header_piece(struct input *i);
enum step http_step_response_headers(struct input *i);
enum step http_step_response_line(struct input *i);
/** The transaction that the next answer belongs to; NULL: none is open. */
struct http_tx *http_awaited(const struct dp_app_ctx *x, const struct http_conn *k);

/* framing.c */
enum step http_step_body(struct input *i, enum sig_dir d, enum http_state next);
enum step http_step_chunk_len(struct input *i, enum sig_dir d);
enum step http_step_chunk_end(struct input *i, enum sig_dir d);
enum step http_step_finish(struct input *i, enum sig_dir d);

#endif
