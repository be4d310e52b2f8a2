/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp.h"
#include <dp/frame.h>

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
	if (k->tx && k->greeted) {
		k->tx->greeted = true;
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

/** The mail is sent before the server has asked for it, and without its leave to (RFC 2920). Servers
 *  that take DATA read it as the mail all the same. */
static void early_data(struct dp_app_ctx *x, struct smtp_conn *k)
{
	struct smtp_wait *w = k->queued ? &k->queue[k->queued - 1] : NULL;

	if (!k->tx || !k->welcome || k->pipelining || !w || w->cmd != SMTP_C_DATA || w->early)
		return;
	w->early = true;
	dp_tx_event(x, &k->tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMTP_PIPELINE);
}

/** The client goes on without having been greeted: each line of it, and as with the peer each piece of a
 *  mail's body that comes without its line's end, or of a chunk (BDAT). */
static void unwelcome(struct dp_app_ctx *x, struct smtp_conn *k)
{
	if (k->tx && !k->welcome)
		dp_tx_event(x, &k->tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMTP_NO_WELCOME);
}

static void unfinished_line(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s)
{
	const struct mime *m = k->tx ? k->tx->mime : NULL;

	if (k->data_mode && s.n > k->shown && s.p[0] != '-' && !(m && m->in_headers))
		unwelcome(x, k);
	k->shown = s.n;
}

static uint32_t client_step(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s, bool eof)
{
	uint32_t eol, n;

	if (k->bdat_mode) {
		if (k->bdat_left) {
			if (!k->bdat_shown)
				unwelcome(x, k);
			k->bdat_shown = true;
			return smtp_bdat_data(x, k, s, eof);
		}
		k->bdat_mode = false;
		if (k->bdat_last)
			smtp_mail_over(x, k);
	}
	n = dp_span_line(s, &eol);
	if (n == UINT32_MAX && s.n < SMTP_LINE_MAX && !eof) {
		unfinished_line(x, k, s);
		n = smtp_early_piece(x, k, s);
		k->shown -= n;
		return n;
	}
	k->shown = 0;
	if (n == UINT32_MAX || n > SMTP_LINE_MAX) {
		n = s.n < SMTP_LINE_MAX ? s.n : SMTP_LINE_MAX;
		eol = 0;
	}
	if (k->data_mode) {
		early_data(x, k);
		smtp_data_line(x, k, (struct dp_span){s.p, n}, (uint8_t)eol, eol == 0);
	} else if (eol == 0 && !eof) {
		if (!k->cmd_skip && smtp_tx_get(x, k)) {
			dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_COMMAND_LONG);
			dp_tx_event(x, &k->tx->tx, 0, SIG_EV_SMTP_TRUNCATED_LINE);
		}
		k->cmd_skip = true;
	} else if (k->cmd_skip) {
		k->cmd_skip = false;
	} else { // an empty line is one, too, and has a reply
		smtp_command(x, k, (struct dp_span){s.p, n});
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
	const uint32_t n = in->dir ? server_step(x, k, s, in->eof) : client_step(x, k, s, in->eof);

	if (n == 0)
		return 0;
	if (in->dir)
		dp_frame_add(x, in, SIG_FRAME_SMTP_RESPONSE_LINE, pos, n);
	else
		client_frame(x, k, in, pos, n, mail);
	if (!mail && !in->dir)
		x->a->flush[0] = true; // commands are shown one by one, a mail in chunks
	return n;
}

static int smtp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct smtp_conn *k = state;
	uint32_t pos = 0;

	if (in->dir == SIG_DIR_TO_SERVER && in->off + in->data.n > k->seen) {
		k->seen = in->off + in->data.n;
		k->bdat_shown = false;
	}
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
	if (x->a->proto_dir[SIG_DIR_TO_SERVER] == SIG_PROTO_SMTP)
		return DP_PROBE_YES; // to a client that has said EHLO
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
	{SIG_BUF_EMAIL_BODY_MD5, TS, SMTP_P_MAIL},
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
