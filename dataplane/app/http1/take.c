/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a stream as a server and as a client tell them apart. */
#include "step.h"

/** The next line without its end, which is passed; at the end of the stream what is left counts as
 *  one. WAIT: not complete yet. */
enum step http_take_line(struct input *i, struct http_tx *t, struct dp_span *l, uint32_t *whole)
{
	struct dp_span s = http_rest(i);
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
enum step http_take_client_line(struct input *i, struct http_tx *t, struct dp_span *l,
	uint32_t *whole)
{
	struct dp_span s = http_rest(i);
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
	return http_take_line(i, t, l, whole);
}
