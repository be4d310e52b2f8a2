/* SPDX-License-Identifier: Apache-2.0 */
#include "pop3.h"
#include <string.h>

/** The word at *at, blanks before it passed. False: none. */
static bool word(struct dp_span s, uint32_t *at, struct dp_span *w)
{
	while (*at < s.n && s.p[*at] == ' ')
		++*at;
	w->p = s.n ? s.p + *at : s.p;
	for (w->n = 0; *at < s.n && s.p[*at] != ' '; ++*at)
		w->n++;
	return w->n != 0;
}

static void request(const struct pop3_tx *tx, struct dp_rec *r)
{
	const struct dp_span line = {tx->line.p, tx->line.n};
	struct dp_span w;
	uint32_t at = 0;

	dp_rec_obj(r, "request");
	if (tx->sasl)
		dp_rec_cstr(r, "command", "<SASL DATA>");
	else if (word(line, &at, &w))
		dp_rec_str(r, "command", w.p, w.n);
	dp_rec_arr(r, "args");
	while (!tx->sasl && word(line, &at, &w))
		dp_rec_str(r, "", w.p, w.n);
	dp_rec_end(r);
	dp_rec_end(r);
}

static void response(const struct pop3_tx *tx, struct dp_rec *r)
{
	const uint8_t *p = tx->data.p, *end = p ? p + tx->data.n : NULL;

	dp_rec_obj(r, "response");
	dp_rec_bool(r, "success", tx->ok);
	dp_rec_cstr(r, "status", tx->ok ? "OK" : "ERR");
	dp_rec_str(r, "header", tx->header.n ? (const void *)tx->header.p : "", tx->header.n);
	dp_rec_arr(r, "data");
	while (p < end) {
		const uint8_t *eol = memchr(p, '\n', (size_t)(end - p));

		if (!eol)
			break;
		dp_rec_str(r, "", p, (size_t)(eol - p));
		p = eol + 1;
	}
	dp_rec_end(r);
	dp_rec_end(r);
}

void pop3_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct pop3_tx *tx = (const struct pop3_tx *)t;

	if (tx->asked)
		request(tx, r);
	if (tx->answered)
		response(tx, r);
}
