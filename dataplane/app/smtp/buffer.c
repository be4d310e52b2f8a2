/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp.h"

static enum dp_buf_state give(const struct dp_bytes *b, struct dp_span *out)
{
	*out = (struct dp_span){b->p, b->n};
	return b->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static enum dp_buf_state item(const struct smtp_list *l, uint32_t i, struct dp_span *out)
{
	return smtp_list_get(l, i, out) ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static int field_of(enum sig_buffer b)
{
	switch (b) {
	case SIG_BUF_EMAIL_FROM:
		return MIME_FROM;
	case SIG_BUF_EMAIL_TO:
		return MIME_TO;
	case SIG_BUF_EMAIL_CC:
		return MIME_CC;
	case SIG_BUF_EMAIL_SUBJECT:
		return MIME_SUBJECT;
	case SIG_BUF_EMAIL_DATE:
		return MIME_DATE;
	case SIG_BUF_EMAIL_MESSAGE_ID:
		return MIME_MESSAGE_ID;
	case SIG_BUF_EMAIL_X_MAILER:
		return MIME_X_MAILER;
	default:
		return -1;
	}
}

static enum dp_buf_state file_buffer(const struct dp_app_ctx *x, struct smtp_tx *t,
	enum sig_buffer b, uint32_t instance, struct dp_span *out)
{
	struct dp_file *f = t->tx.files;
	const char *magic;

	while (f && instance--)
		f = f->next;
	if (!f)
		return t->tx.progress[0] >= SMTP_P_MAIL ? DP_BUF_ABSENT : DP_BUF_LATER;
	switch (b) {
	case SIG_BUF_FILE_DATA:
		*out = (struct dp_span){f->data, f->data_len};
		return f->state == DP_FILE_OPEN ? DP_BUF_PART : DP_BUF_FULL;
	case SIG_BUF_FILE_NAME:
		*out = (struct dp_span){f->name, f->name_len};
		return DP_BUF_FULL;
	default:
		magic = dp_file_magic(x->c, f);
		if (!magic)
			return f->state == DP_FILE_OPEN ? DP_BUF_LATER : DP_BUF_ABSENT;
		*out = (struct dp_span){(const uint8_t *)magic, f->magic_len};
		return DP_BUF_FULL;
	}
}

enum dp_buf_state smtp_buffer(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct smtp_tx *t = (struct smtp_tx *)tx;
	int field = field_of(b);

	if (dir != SIG_DIR_TO_SERVER)
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_FILE_DATA || b == SIG_BUF_FILE_NAME || b == SIG_BUF_FILE_MAGIC)
		return file_buffer(x, t, b, instance, out);
	if (b == SIG_BUF_SMTP_RCPT_TO)
		return item(&t->rcpt, instance, out);
	if (t->mime && b == SIG_BUF_EMAIL_URL)
		return item(&t->mime->urls, instance, out);
	if (t->mime && b == SIG_BUF_EMAIL_RECEIVED)
		return item(&t->mime->received, instance, out);
	if (instance)
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_EMAIL_BODY_MD5 && t->mime && t->mime->has_body_md5) {
		*out = (struct dp_span){(const uint8_t *)t->mime->body_md5_text, 32};
		return DP_BUF_FULL;
	}
	if (field >= 0)
		return t->mime ? give(&t->mime->value[field], out) : DP_BUF_ABSENT;
	if (b == SIG_BUF_SMTP_HELO)
		return give(&t->helo, out);
	if (b == SIG_BUF_SMTP_MAIL_FROM)
		return give(&t->mail_from, out);
	return DP_BUF_ABSENT;
}

bool smtp_number(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out)
{
	struct dp_file *f = tx->files;

	if (n != SIG_NUM_FILESIZE || dir != SIG_DIR_TO_SERVER)
		return false;
	while (f && instance--)
		f = f->next;
	if (!f)
		return false;
	*out = f->size;
	return true;
}

static void put(struct dp_rec *r, const char *key, const struct dp_bytes *b)
{
	if (b->n)
		dp_rec_str(r, key, b->p, b->n);
}

static void put_list(struct dp_rec *r, const char *key, const struct smtp_list *l)
{
	struct dp_span s;

	if (!l->n)
		return;
	dp_rec_arr(r, key);
	for (uint32_t i = 0; smtp_list_get(l, i, &s); i++)
		dp_rec_str(r, NULL, s.p, s.n);
	dp_rec_end(r);
}

/** Addresses between commas. */
static void put_split(struct dp_rec *r, const char *key, const struct dp_bytes *b)
{
	uint32_t at = 0, n;
	bool quoted = false;

	if (!b->n)
		return;
	dp_rec_arr(r, key);
	while (at < b->n) {
		struct dp_span s;

		for (n = at; n < b->n && (quoted || b->p[n] != ','); n++)
			quoted ^= b->p[n] == '"';
		s = dp_span_trim((struct dp_span){b->p + at, n - at});
		if (s.n)
			dp_rec_str(r, NULL, s.p, s.n);
		at = n + 1;
	}
	dp_rec_end(r);
}

/** Newest first, as the peer prints links. */
static void put_reversed(struct dp_rec *r, const char *key, const struct smtp_list *l)
{
	struct dp_span s;

	if (!l->n)
		return;
	dp_rec_arr(r, key);
	for (uint32_t i = l->n; i-- > 0 && smtp_list_get(l, i, &s);)
		dp_rec_str(r, NULL, s.p, s.n);
	dp_rec_end(r);
}

/** What a site wants to see beside the usual fields. */
static void put_wanted(const struct dp_app_conf *c, const struct mime *m, struct dp_rec *r)
{
	static const struct {
		uint8_t bit, field;
		const char *key;
	} text[] = {{DP_MAIL_REPLY_TO, MIME_REPLY_TO, "reply_to"},
		{DP_MAIL_BCC, MIME_BCC, "bcc"},
		{DP_MAIL_MESSAGE_ID, MIME_MESSAGE_ID, "message_id"},
		{DP_MAIL_SUBJECT, MIME_SUBJECT, "subject"},
		{DP_MAIL_X_MAILER, MIME_X_MAILER, "x_mailer"},
		{DP_MAIL_USER_AGENT, MIME_USER_AGENT, "user_agent"},
		{DP_MAIL_X_ORIGINATING_IP, MIME_X_ORIGINATING_IP, "x_originating_ip"},
		{DP_MAIL_IN_REPLY_TO, MIME_IN_REPLY_TO, "in_reply_to"},
		{DP_MAIL_REFERENCES, MIME_REFERENCES, "references"},
		{DP_MAIL_IMPORTANCE, MIME_IMPORTANCE, "importance"},
		{DP_MAIL_PRIORITY, MIME_PRIORITY, "priority"},
		{DP_MAIL_SENSITIVITY, MIME_SENSITIVITY, "sensitivity"},
		{DP_MAIL_ORGANIZATION, MIME_ORGANIZATION, "organization"},
		{DP_MAIL_CONTENT_MD5, MIME_CONTENT_MD5, "content_md5"},
		{DP_MAIL_DATE, MIME_DATE, "date"}};
	uint8_t md5[16];

	for (unsigned i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		if (!(c->mail_fields >> text[i].bit & 1))
			continue;
		if (text[i].bit == DP_MAIL_BCC)
			put_split(r, text[i].key, &m->value[text[i].field]);
		else
			put(r, text[i].key, &m->value[text[i].field]);
	}
	if (c->mail_fields >> DP_MAIL_RECEIVED & 1)
		put_list(r, "received", &m->received);
	if (c->mail_body_md5 && m->ended && m->has_body_md5)
		dp_rec_hex(r, "body_md5", m->body_md5, sizeof(m->body_md5));
	if (c->mail_subject_md5 && m->value[MIME_SUBJECT].n) {
		dp_hash_md5(m->value[MIME_SUBJECT].p, m->value[MIME_SUBJECT].n, md5);
		dp_rec_hex(r, "subject_md5", md5, sizeof(md5));
	}
}

/** Two objects: "smtp", which the room opened, and "email", which it closes. */
void smtp_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r)
{
	const struct smtp_tx *t = (const struct smtp_tx *)tx;
	const struct mime *m = t->mime;

	if (t->greeted)
		dp_rec_str(r, "helo", t->helo.p, t->helo.n);
	put(r, "mail_from", &t->mail_from);
	put_list(r, "rcpt_to", &t->rcpt);
	if (!m) {
		x->a->log_empty = true; // an empty object is a record too
		return;
	}
	dp_rec_end(r);
	dp_rec_obj(r, "email");
	put(r, "from", &m->value[MIME_FROM]);
	put_split(r, "to", &m->value[MIME_TO]);
	put_split(r, "cc", &m->value[MIME_CC]);
	// A mail that breaks off is over with its transaction.
	dp_rec_cstr(r, "status", m->ended || t->tx.logged || tx->progress[0] >= SMTP_P_DONE
					  ? "PARSE_DONE"
				  : m->in_headers ? "HEADER_STARTED"
						  : "BODY_STARTED");
	put_list(r, "attachment", &m->attachments);
	put_reversed(r, "url", &m->urls);
	put_wanted(&x->c->conf->app, m, r);
}
