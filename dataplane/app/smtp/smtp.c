/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp.h"
#include <dp/frame.h>

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

static int smtp_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct smtp_conn));
	return *state ? 0 : -1;
}

static void smtp_close(struct dp_app_ctx *x, void *state)
{
	struct smtp_conn *k = state;

	dp_bytes_free(x->c, &k->helo);
	dp_bytes_free(x->c, &k->cut);
	dp_slab_free(x->c->slab, DP_MEM_APP, k, sizeof(*k));
}

static void smtp_tx_free(struct dp_app_ctx *x, struct dp_tx *tx)
{
	struct smtp_tx *t = (struct smtp_tx *)tx;
	struct smtp_conn *k = x->a->state;

	if (k && k->tx == t)
		k->tx = NULL;
	dp_bytes_free(x->c, &t->helo);
	dp_bytes_free(x->c, &t->mail_from);
	dp_bytes_free(x->c, &t->rcpt.b);
	if (t->mime)
		mime_free(x->c, t->mime);
}

struct smtp_tx *smtp_tx_get(struct dp_app_ctx *x, struct smtp_conn *k)
{
	if (k->tx)
		return k->tx;
	k->tx = dp_tx_add(x, sizeof(*k->tx));
	if (k->tx && k->helo.n) {
		dp_bytes_set(x->c, &k->tx->helo, k->helo.p, k->helo.n, SMTP_LINE_MAX);
		k->tx->tx.progress[0] = SMTP_P_HELO;
	}
	return k->tx;
}

void smtp_tx_done(struct dp_app_ctx *x, struct smtp_conn *k)
{
	if (!k->tx)
		return;
	k->tx->tx.progress[0] = k->tx->tx.progress[1] = SMTP_P_DONE;
	x->a->flush[0] = true;
	k->tx = NULL;
}

static struct dp_tx *by_id(const struct dp_app_ctx *x, uint64_t id)
{
	struct dp_tx *tx = x->a->tx_first;

	while (tx && tx->id != id)
		tx = tx->next;
	return tx;
}

void smtp_mail_answered(struct dp_app_ctx *x, uint64_t tx_id)
{
	struct dp_tx *tx = by_id(x, tx_id);

	if (!tx || tx->progress[0] < SMTP_P_MAIL)
		return;
	tx->progress[0] = tx->progress[1] = SMTP_P_DONE;
	x->a->flush[0] = true;
}

/** A mail that was begun behind the command, before its reply, is not touched by it. */
void smtp_begin_anew(struct dp_app_ctx *x, struct smtp_conn *k, uint64_t tx_id)
{
	if (k->tx && k->tx->tx.id == tx_id && !k->tx->mime && (k->tx->mail_from.n || k->reset_wait))
		smtp_tx_done(x, k);
	k->reset_wait = false;
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
	raise(k->tx, SMTP_P_HELO);
}

static void begin_mail(struct dp_app_ctx *x, struct smtp_conn *k)
{
	if (!k->tx->mime && x->c->conf->app.mail_decode)
		k->tx->mime = mime_open(x);
	raise(k->tx, SMTP_P_ENVELOPE);
}

static void bdat(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l)
{
	struct dp_span v = param(l, 4), rest;
	uint64_t n;

	if (!dp_span_u64(v, &n)) {
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_INVALID_BDAT);
		return;
	}
	rest = (struct dp_span){v.p + v.n, (uint32_t)(l.p + l.n - v.p - v.n)};
	k->bdat_last = dp_span_find(rest, "LAST") != UINT32_MAX;
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
	if (dp_span_starts(l, "BDAT "))
		return SMTP_C_BDAT;
	if (dp_span_starts(l, "RSET"))
		return SMTP_C_RSET;
	if (dp_span_starts(l, "STARTTLS"))
		return SMTP_C_STARTTLS;
	if (dp_span_starts(l, "QUIT"))
		return SMTP_C_QUIT;
	return dp_span_starts(l, "AUTH ") ? SMTP_C_AUTH : SMTP_C_OTHER;
}

static void enqueue(struct dp_app_ctx *x, struct smtp_conn *k, enum smtp_cmd c)
{
	uint8_t before = k->queued ? k->queue[k->queued - 1].cmd : SMTP_C_OTHER;
	uint64_t id = k->tx ? k->tx->tx.id : UINT64_MAX;

	// Nothing may follow these before they were answered (RFC 2920 section 3.1).
	if (k->tx && (before == SMTP_C_DATA || before == SMTP_C_STARTTLS))
		dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_PIPELINE);
	if (k->queued == SMTP_QUEUE_MAX) // replies that never come
		memmove(k->queue, k->queue + 1, --k->queued * sizeof(k->queue[0]));
	k->queue[k->queued++] = (struct smtp_wait){id, (uint8_t)c};
}

static void command(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l)
{
	enum smtp_cmd c = command_of(l);
	struct smtp_tx *t;
	struct dp_span v;

	if (!k->tx && k->welcome && (c == SMTP_C_QUIT || c == SMTP_C_RSET)) {
		enqueue(x, k, c); // nothing begins with these
		return;
	}
	t = smtp_tx_get(x, k);
	if (!t)
		return;
	if (!k->welcome)
		dp_tx_event(x, &t->tx, 0, SIG_EV_SMTP_NO_WELCOME);
	if (c == SMTP_C_BDAT && dp_span_find(l, " LAST") != UINT32_MAX)
		enqueue(x, k, SMTP_C_DATA_END);
	else
		enqueue(x, k, c);
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
		begin_mail(x, k);
		break;
	case SMTP_C_BDAT:
		bdat(x, k, l);
		break;
	case SMTP_C_RSET:
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

static void mail_over(struct dp_app_ctx *x, struct smtp_conn *k)
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
static void data_line(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l, uint8_t eol,
	bool part)
{
	bool start = !k->long_line;

	if (start && !part && l.n == 1 && l.p[0] == '.') {
		k->data_mode = false;
		enqueue(x, k, SMTP_C_DATA_END);
		mail_over(x, k);
		return;
	}
	if (start && l.n && l.p[0] == '.') {
		l.p++;
		l.n--;
	}
	if ((part || k->early + l.n > SMTP_LINE_MAX) && (start || k->early) && k->tx)
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
static uint32_t early_piece(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s)
{
	if (!k->data_mode || !k->tx || !k->tx->mime || !mime_in_base64(k->tx->mime))
		return 0;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	if (s.n == 0 || k->early + s.n >= SMTP_LINE_MAX)
		return 0; // its length is for data_line() to judge
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
static uint32_t bdat_data(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s, bool eof)
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
			mail_over(x, k);
	}
	return used;
}

static uint32_t client_step(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s, bool eof)
{
	uint32_t eol, n;

	if (k->bdat_mode) {
		if (k->bdat_left)
			return bdat_data(x, k, s, eof);
		k->bdat_mode = false;
		if (k->bdat_last)
			mail_over(x, k);
	}
	n = dp_span_line(s, &eol);
	if (n == UINT32_MAX && s.n < SMTP_LINE_MAX && !eof)
		return early_piece(x, k, s);
	if (n == UINT32_MAX || n > SMTP_LINE_MAX) {
		n = s.n < SMTP_LINE_MAX ? s.n : SMTP_LINE_MAX;
		eol = 0;
	}
	if (k->data_mode) {
		data_line(x, k, (struct dp_span){s.p, n}, (uint8_t)eol, eol == 0);
	} else if (eol == 0 && !eof) {
		if (!k->cmd_skip && smtp_tx_get(x, k)) {
			dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_COMMAND_LONG);
			dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_TRUNCATED_LINE);
		}
		k->cmd_skip = true;
	} else if (k->cmd_skip) {
		k->cmd_skip = false;
	} else if (n) {
		command(x, k, (struct dp_span){s.p, n});
	}
	return n + eol;
}

static uint32_t server_step(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s, bool eof)
{
	uint32_t eol, n = dp_span_line(s, &eol);

	if (n == UINT32_MAX && s.n < SMTP_LINE_MAX && !eof)
		return 0;
	if (n == UINT32_MAX) {
		if (!k->skip_line && k->tx)
			dp_tx_event(x, &k->tx->tx, 1, SIG_EV_SMTP_REPLY_LONG);
		k->skip_line = true;
		return s.n;
	}
	if (!k->skip_line)
		smtp_reply_line(x, k, (struct dp_span){s.p, n});
	k->skip_line = false;
	return n + eol;
}

/** Around one step of the client's: its line, or the mail it is part of, is a frame. */
static void client_frame(struct dp_app_ctx *x, struct smtp_conn *k, const struct dp_app_in *in,
	uint32_t pos, uint32_t n, bool mail)
{
	uint32_t id;

	if (mail) {
		if (!k->data_frame)
			k->data_frame = dp_frame_add(x, in, SIG_FRAME_SMTP_DATA, pos, -1);
		if (k->tx)
			dp_frame_tx(x, in->dir, k->data_frame, &k->tx->tx);
		if (!k->data_mode && !k->bdat_mode) {
			dp_frame_end(x, in, k->data_frame, pos + n);
			k->data_frame = 0;
		}
		return;
	}
	id = dp_frame_add(x, in, SIG_FRAME_SMTP_COMMAND_LINE, pos, n);
	if (k->tx)
		dp_frame_tx(x, in->dir, id, &k->tx->tx);
}

static uint32_t one_step(struct dp_app_ctx *x, struct smtp_conn *k, const struct dp_app_in *in,
	uint32_t pos)
{
	const struct dp_span s = {in->data.p + pos, in->data.n - pos};
	const bool mail = k->data_mode || k->bdat_mode;
	uint32_t n;

	if (in->dir) {
		n = server_step(x, k, s, in->eof);
		if (n)
			dp_frame_add(x, in, SIG_FRAME_SMTP_RESPONSE_LINE, pos, n);
		return n;
	}
	n = client_step(x, k, s, in->eof);
	if (n)
		client_frame(x, k, in, pos, n, mail);
	return n;
}

static int smtp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct smtp_conn *k = state;
	uint32_t pos = 0;

	while (pos < in->data.n && !x->a->change_pending) {
		uint32_t n = one_step(x, k, in, pos);

		if (n == 0)
			break;
		pos += n;
	}
	*consumed = pos;
	return DP_APP_OK;
}

/** RFC 5321 section 4.2: the greeting begins with the server's name. */
static bool domain_first(struct dp_span s)
{
	uint32_t n = 0;
	bool dot = false;

	for (; n < s.n && s.p[n] != ' '; n++) {
		uint8_t c = dp_lower(s.p[n]);

		if (c == '.')
			dot = true;
		else if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
			return false;
	}
	return dot && n > 3;
}

/** The client greets; the server's 220 alone could as well be FTP's. */
static enum dp_probe smtp_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_span s = in->data;
	uint32_t eol, n;
	bool port;

	if (in->dir == SIG_DIR_TO_SERVER) {
		if (s.n < 4)
			return DP_PROBE_MORE;
		if (dp_span_starts(s, "EHLO") || dp_span_starts(s, "HELO") ||
			dp_span_starts(s, "QUIT"))
			return DP_PROBE_YES;
		return DP_PROBE_NO;
	}
	if (s.n < 4)
		return DP_PROBE_MORE;
	if (memcmp(s.p, "220 ", 4) != 0 && memcmp(s.p, "220-", 4) != 0)
		return DP_PROBE_NO;
	port = x->f->port[1] == 25 || x->f->port[1] == 465 || x->f->port[1] == 587;
	n = dp_span_line(s, &eol);
	if (n == UINT32_MAX)
		return port && s.n > 100 ? DP_PROBE_YES : DP_PROBE_MORE;
	s.n = n;
	if (dp_span_find(s, "ftp") != UINT32_MAX && !port)
		return DP_PROBE_NO;
	if (port || dp_span_find(s, "smtp") != UINT32_MAX)
		return DP_PROBE_YES;
	return domain_first((struct dp_span){s.p + 4, s.n - 4}) ? DP_PROBE_YES : DP_PROBE_NO;
}

#define TS SIG_DIR_TO_SERVER
static const struct dp_app_buffer smtp_buffers[] = {
	{SIG_BUF_SMTP_HELO, TS, SMTP_P_HELO},
	{SIG_BUF_SMTP_MAIL_FROM, TS, SMTP_P_ENVELOPE},
	{SIG_BUF_SMTP_RCPT_TO, TS, SMTP_P_ENVELOPE},
	{SIG_BUF_EMAIL_FROM, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_TO, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_CC, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_SUBJECT, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_DATE, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_MESSAGE_ID, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_X_MAILER, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_RECEIVED, TS, SMTP_P_HEADERS},
	{SIG_BUF_EMAIL_URL, TS, SMTP_P_MAIL},
	{SIG_BUF_FILE_DATA, TS, SMTP_P_HEADERS},
	{SIG_BUF_FILE_NAME, TS, SMTP_P_HEADERS},
	{SIG_BUF_FILE_MAGIC, TS, SMTP_P_HEADERS},
};
static const struct dp_app_number smtp_numbers[] = {{SIG_NUM_FILESIZE, TS, SMTP_P_HEADERS}};

const struct dp_app_desc dp_app_smtp = {
	.proto = SIG_PROTO_SMTP,
	.eve_type = "smtp",
	.tcp = true,
	.probe = smtp_probe,
	.probe_any_port = true,
	.ports = {25, 465, 587},
	.open = smtp_open,
	.close = smtp_close,
	.parse = smtp_parse,
	.tx_free = smtp_tx_free,
	.log_tx_id = true,
	.complete = {SMTP_P_DONE, SMTP_P_DONE},
	.buffers = smtp_buffers,
	.n_buffers = sizeof(smtp_buffers) / sizeof(smtp_buffers[0]),
	.numbers = smtp_numbers,
	.n_numbers = 1,
	.buffer = smtp_buffer,
	.number = smtp_number,
	.log = smtp_log,
};
