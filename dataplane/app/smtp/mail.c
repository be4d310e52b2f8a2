/* SPDX-License-Identifier: Apache-2.0 */
/* The mail itself on its way from the client: lines behind DATA, chunks of BDAT. */
#include "smtp.h"

void smtp_mail_over(struct dp_app_ctx *x, struct smtp_conn *k)
{
	if (!k->tx)
		return;
	if (k->tx->mime)
		mime_end(x, k->tx, false);
	k->tx->tx.progress[0] = SMTP_P_MAIL;
	x->a->flush[0] = true;
	k->tx = NULL; // the next command begins another
}

/** RFC 5321 section 4.5.2: a lone dot ends the mail, other leading dots were doubled. */
void smtp_data_line(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l, uint8_t eol,
	bool part)
{
	bool start = !k->long_line;

	if (k->tx && !k->welcome)
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_NO_WELCOME);
	if (start && !part && l.n == 1 && l.p[0] == '.') {
		k->data_mode = false;
		smtp_await(x, k, SMTP_C_DATA_END);
		smtp_mail_over(x, k);
		return;
	}
	if (start && l.n && l.p[0] == '.') {
		l.p++;
		l.n--;
	}
	// What the end of the stream cuts off is no longer than it is.
	if (((part && l.n == SMTP_LINE_MAX) || k->early + l.n > SMTP_LINE_MAX) &&
		(start || k->early) && k->tx)
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_MIME_LINE);
	k->long_line = part;
	k->early = 0;
	if (k->tx && k->tx->mime)
		mime_line(x, k->tx, l, eol, start);
}

/**
 * In a base64 part the beginning of a line need not wait for its end, unless it may be a delimiter or
 * the end of the mail: what has come is decoded when the stream ends, or its depth. Bytes taken.
 */
uint32_t smtp_early_piece(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s)
{
	if (!k->data_mode || !k->tx || !k->tx->mime || !mime_in_base64(k->tx->mime))
		return 0;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	if (s.n == 0 || k->early + s.n >= SMTP_LINE_MAX)
		return 0; // its length is for smtp_data_line() to judge
	if (!k->long_line && (s.p[0] == '.' || s.p[0] == '-'))
		return 0;
	k->long_line = true;
	k->early += s.n;
	mime_line(x, k->tx, s, 0, false);
	return s.n;
}

static void bdat_line(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s, bool whole)
{
	uint32_t eol = 0, n = dp_span_line(s, &eol);

	if (n == UINT32_MAX)
		n = s.n;
	if (k->tx && k->tx->mime && s.n)
		mime_line(x, k->tx, (struct dp_span){s.p, n}, (uint8_t)eol, !k->long_line);
	k->long_line = !whole;
}

/** Bytes of a BDAT chunk. Lines may cross chunks: the unfinished one waits in k->cut for its rest. */
uint32_t smtp_bdat_data(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s, bool eof)
{
	uint32_t eol, n, used;
	bool ends;

	if (s.n > k->bdat_left)
		s.n = (uint32_t)k->bdat_left;
	n = dp_span_line(s, &eol);
	if (n != UINT32_MAX)
		used = n + eol;
	else if (s.n == k->bdat_left || s.n + k->cut.n >= SMTP_LINE_MAX || eof)
		used = s.n;
	else
		return 0;
	k->bdat_left -= used;
	ends = n != UINT32_MAX || (k->bdat_left == 0 && k->bdat_last);
	if (!ends && used + k->cut.n < SMTP_LINE_MAX && !eof) {
		dp_bytes_add(x->c, &k->cut, s.p, used, SMTP_LINE_MAX);
	} else if (k->cut.n && used > SMTP_LINE_MAX) { // too long for a line of any meaning
		bdat_line(x, k, (struct dp_span){k->cut.p, k->cut.n}, false);
		bdat_line(x, k, (struct dp_span){s.p, used}, ends);
		k->cut.n = 0;
	} else if (k->cut.n) {
		dp_bytes_add(x->c, &k->cut, s.p, used, 2 * SMTP_LINE_MAX);
		bdat_line(x, k, (struct dp_span){k->cut.p, k->cut.n}, ends);
		k->cut.n = 0;
	} else {
		bdat_line(x, k, (struct dp_span){s.p, used}, ends);
	}
	if (k->bdat_left == 0) {
		k->bdat_mode = false;
		if (k->bdat_last)
			smtp_mail_over(x, k);
	}
	return used;
}
