/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the client: what each says of the mail to come, and which reply it awaits. */
#include "smtp.h"

bool smtp_list_add(struct dp_ctx *c, struct smtp_list *l, struct dp_span s, uint32_t max_bytes)
{
	uint32_t n = s.n;

	if (l->b.n + 4 + n > max_bytes)
		return false;
	if (!dp_bytes_add(c, &l->b, &n, 4, max_bytes))
		return false;
	if (!dp_bytes_add(c, &l->b, s.p, n, max_bytes)) {
		l->b.n -= 4;
		return false;
	}
	l->n++;
	return true;
}

bool smtp_list_get(const struct smtp_list *l, uint32_t i, struct dp_span *out)
{
	uint32_t at = 0, n;

	if (i >= l->n)
		return false;
	for (;; i--) {
		memcpy(&n, l->b.p + at, 4);
		if (i == 0)
			break;
		at += 4 + n;
	}
	*out = (struct dp_span){l->b.p + at + 4, n};
	return true;
}

/** The word after a colon or blanks. */
static struct dp_span param(struct dp_span l, uint32_t skip)
{
	uint32_t n = 0;

	l.p += skip;
	l.n -= skip;
	while (l.n && (l.p[0] == ' ' || l.p[0] == '\t')) {
		l.p++;
		l.n--;
	}
	while (n < l.n && l.p[n] != ' ')
		n++;
	return (struct dp_span){l.p, n};
}

static void raise(struct smtp_tx *t, uint8_t to)
{
	if (t->tx.progress[0] < to)
		t->tx.progress[0] = to;
}

static void helo(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l)
{
	struct dp_span v = param(l, 4);

	if (k->helo.n) { // the first name stays: another may be refused
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_DUPLICATE);
		return;
	}
	dp_bytes_set(x->c, &k->helo, v.p, v.n, SMTP_LINE_MAX);
	dp_bytes_set(x->c, &k->tx->helo, v.p, v.n, SMTP_LINE_MAX);
	k->tx->greeted = k->greeted = true;
	raise(k->tx, SMTP_P_HELO);
}

/** Lines of the mail begin anew: of an earlier one, in chunks and given up, the last may be cut. */
static void begin_lines(struct smtp_conn *k)
{
	k->long_line = false;
	k->early = 0;
	k->cut.n = 0;
}

static void begin_mail(struct dp_app_ctx *x, struct smtp_conn *k)
{
	if (k->tx->mime && !k->bdat_mode) // an earlier attempt was refused, or given up
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_UNPARSABLE);
	if (!k->tx->mime && x->c->conf->app.mail_decode)
		k->tx->mime = mime_open(x);
	raise(k->tx, SMTP_P_ENVELOPE);
}

static void bdat(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l)
{
	struct dp_span v = param(l, 4), rest;
	uint64_t n;

	rest = dp_span_trim((struct dp_span){v.p + v.n, (uint32_t)(l.p + l.n - v.p - v.n)});
	if (l.n < 5 || l.p[4] != ' ' || !dp_span_u64(v, &n) ||
		(rest.n && !dp_span_is(rest, "LAST"))) {
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_INVALID_BDAT);
		return;
	}
	k->bdat_last = rest.n != 0;
	k->bdat_left = n;
	k->bdat_mode = true;
	begin_mail(x, k);
}

static enum smtp_cmd command_of(struct dp_span l)
{
	if (dp_span_starts(l, "HELO") || dp_span_starts(l, "EHLO"))
		return SMTP_C_HELO;
	if (dp_span_starts(l, "MAIL FROM"))
		return SMTP_C_MAIL;
	if (dp_span_starts(l, "RCPT TO"))
		return SMTP_C_RCPT;
	if (dp_span_is(l, "DATA") || dp_span_starts(l, "DATA "))
		return SMTP_C_DATA;
	if (dp_span_starts(l, "BDAT"))
		return SMTP_C_BDAT;
	if (dp_span_starts(l, "RSET"))
		return SMTP_C_RSET;
	if (dp_span_starts(l, "STARTTLS"))
		return SMTP_C_STARTTLS;
	// Each line of an AUTH dialogue has its reply, as a command has (RFC 4954 section 4).
	return dp_span_starts(l, "QUIT") ? SMTP_C_QUIT : SMTP_C_OTHER;
}

void smtp_await(struct dp_app_ctx *x, struct smtp_conn *k, enum smtp_cmd c)
{
	uint8_t before = k->queued ? k->queue[k->queued - 1].cmd : SMTP_C_OTHER;
	uint64_t id = k->tx ? k->tx->tx.id : UINT64_MAX;

	// Nothing may follow these before they were answered (RFC 2920 section 3.1).
	if (k->tx && (before == SMTP_C_DATA || before == SMTP_C_STARTTLS))
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_PIPELINE);
	if (k->queued == SMTP_QUEUE_MAX) // replies that never come
		memmove(k->queue, k->queue + 1, --k->queued * sizeof(k->queue[0]));
	k->queue[k->queued++] = (struct smtp_wait){.tx_id = id, .cmd = (uint8_t)c,
		.begun = k->tx && k->tx->mail_from.n};
}

void smtp_command(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l)
{
	enum smtp_cmd c = command_of(l);
	struct smtp_tx *t;
	struct dp_span v;

	if (!k->tx && (k->welcome || x->a->tx_next_id) &&
		(c == SMTP_C_QUIT || c == SMTP_C_RSET || l.n == 0)) {
		// Nothing begins with these, except a session without a greeting.
		if (!k->welcome && x->a->tx_last)
			dp_tx_event(x, x->a->tx_last, 0, SIG_EV_SMTP_NO_WELCOME);
		smtp_await(x, k, c);
		return;
	}
	t = smtp_tx_get(x, k);
	if (!t)
		return;
	if (!k->welcome)
		dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_NO_WELCOME); // each line, as with the peer
	if (c == SMTP_C_BDAT && dp_span_find(l, " LAST") != UINT32_MAX)
		smtp_await(x, k, SMTP_C_DATA_END);
	else
		smtp_await(x, k, c);
	switch (c) {
	case SMTP_C_HELO:
		helo(x, k, l);
		break;
	case SMTP_C_MAIL:
		if (t->mail_from.n) { // servers refuse it
			dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_DUPLICATE);
			break;
		}
		v = param(l, l.n > 9 && l.p[9] == ':' ? 10 : 9);
		dp_bytes_set(x->c, &t->mail_from, v.p, v.n, SMTP_LINE_MAX);
		break;
	case SMTP_C_RCPT:
		v = param(l, l.n > 7 && l.p[7] == ':' ? 8 : 7);
		if (t->rcpt.n < SMTP_RCPT_MAX)
			smtp_list_add(x->c, &t->rcpt, v, 1u << 18);
		break;
	case SMTP_C_DATA:
		k->data_mode = true;
		begin_lines(k);
		begin_mail(x, k);
		break;
	case SMTP_C_BDAT:
		bdat(x, k, l);
		break;
	case SMTP_C_RSET:
		begin_lines(k);
		if (t->mail_from.n || t->mime)
			smtp_tx_done(x, k); // what follows belongs to another mail
		else
			k->reset_wait = true;
		break;
	case SMTP_C_STARTTLS:
		k->tls_wait = true;
		break;
	default:
		break;
	}
}
