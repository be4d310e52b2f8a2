/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SMTP and the mail it carries (MIME). A transaction is one mail, or one attempt at it: envelope,
 * header fields, attachments as files, links in texts.
 */
#ifndef DP_APP_SMTP_H
#define DP_APP_SMTP_H

#include "../bytes.h"
#include "../text.h"
#include <dp/app.h>
#include <dp/file.h>
#include <dp/hash.h>

#define SMTP_LINE_MAX 4096u   /* longer lines are handled in pieces (the peer's limit) */
#define SMTP_QUEUE_MAX 256u   /* commands whose replies are awaited */
#define SMTP_RCPT_MAX 1024u   /* recipients kept of one mail */
#define MIME_DEPTH_MAX 32u
#define MIME_PARTS_MAX 1024u
#define MIME_FIELD_MAX 65536u /* bytes of one header field, unfolded */
#define MIME_URLS_BYTES 65536u
#define MIME_BOUNDARY_MAX 254u
#define MIME_NAME_MAX 256u

/** MAIL: all of the mail was seen. DONE: the server has said what it thinks of it. */
enum smtp_progress {
	SMTP_P_START, SMTP_P_HELO, SMTP_P_ENVELOPE, SMTP_P_HEADERS, SMTP_P_MAIL, SMTP_P_DONE,
};

/** Strings one after another: u32 length and bytes of each. */
struct smtp_list {
	struct dp_bytes b;
	uint32_t n;
};

enum mime_coding { MIME_PLAIN, MIME_BASE64, MIME_QP };
enum mime_field {
	MIME_FROM, MIME_TO, MIME_CC, MIME_SUBJECT, MIME_DATE, MIME_MESSAGE_ID, MIME_X_MAILER,
	/* for records only */
	MIME_REPLY_TO, MIME_BCC, MIME_USER_AGENT, MIME_X_ORIGINATING_IP, MIME_IN_REPLY_TO,
	MIME_REFERENCES, MIME_IMPORTANCE, MIME_PRIORITY, MIME_SENSITIVITY, MIME_ORGANIZATION,
	MIME_CONTENT_MD5,
	MIME_FIELDS
};

struct mime {
	bool in_headers, any_field, top_done, ended;
	uint8_t depth;
	struct dp_bytes boundary[MIME_DEPTH_MAX];
	struct dp_bytes field;      /**< header field being unfolded */
	struct dp_bytes value[MIME_FIELDS];
	struct smtp_list received;
	/* the part at hand */
	uint8_t coding;             /**< enum mime_coding */
	bool text, multipart, message, skip_eol;
	uint8_t eol;                /**< line end not yet counted as content */
	struct dp_bytes name, next_boundary;
	struct dp_file *file;
	uint32_t parts;
	uint32_t quad, quad_n;      /**< base64 in progress */
	bool bad64;
	struct dp_bytes line;       /**< decoded text line, for links */
	struct smtp_list urls, attachments;
	struct dp_hash_md5_run *md5; /**< of the body, where a site wants it in records */
	uint8_t body_md5[16];
	char body_md5_text[33];
	bool has_body_md5;
};

struct smtp_tx {
	struct dp_tx tx;
	struct dp_bytes helo, mail_from;
	struct smtp_list rcpt;
	bool greeted;               /**< HELO or EHLO, perhaps without a name */
	struct mime *mime;          /**< slab; NULL until DATA or BDAT */
};

enum smtp_cmd {
	SMTP_C_OTHER, SMTP_C_HELO, SMTP_C_MAIL, SMTP_C_RCPT, SMTP_C_DATA, SMTP_C_BDAT, SMTP_C_RSET,
	SMTP_C_STARTTLS, SMTP_C_QUIT, SMTP_C_DATA_END,
};

/** A command that awaits its reply, and the transaction it was said in. */
struct smtp_wait {
	uint64_t tx_id;
	uint8_t cmd; /**< enum smtp_cmd */
	bool early;  /**< what may not follow it has been reported */
	bool begun;  /**< a mail had been begun before it */
};

struct smtp_conn {
	struct smtp_tx *tx;
	struct dp_bytes helo;
	bool greeted;
	struct smtp_wait queue[SMTP_QUEUE_MAX]; /**< oldest first */
	uint16_t queued;
	bool welcome, pipelining, data_mode, long_line, skip_line, tls_wait, multi_reply;
	bool cmd_skip, reset_wait;
	bool bdat_shown;     /**< bytes of a chunk came in what is being parsed */
	uint64_t seen;       /**< the client's stream up to here was offered */
	uint32_t shown;      /**< bytes of the line at hand that came without its end */
	uint32_t data_frame; /**< of the mail at hand (dp/frame.h); 0: none */
	uint32_t early;      /**< bytes of the line at hand that were decoded before its end came */
	uint64_t bdat_left;
	struct dp_bytes cut; /**< line that goes on in the next chunk */
	bool bdat_last, bdat_mode;
};

struct smtp_tx *smtp_tx_get(struct dp_app_ctx *x, struct smtp_conn *k);
void smtp_tx_done(struct dp_app_ctx *x, struct smtp_conn *k);
/** The mail has got its reply. */
void smtp_mail_answered(struct dp_app_ctx *x, uint64_t tx_id);
/** The server agreed to begin anew (RSET, or a greeting in mid-session: RFC 5321 section 4.1.4). */
void smtp_begin_anew(struct dp_app_ctx *x, struct smtp_conn *k, uint64_t tx_id);
void smtp_reply_line(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l);

/* command.c: a line of the client outside of mails, and the reply it waits for */
void smtp_command(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l);
void smtp_await(struct dp_app_ctx *x, struct smtp_conn *k, enum smtp_cmd c);
/* mail.c: a line behind DATA, the beginning of one, bytes of a chunk (BDAT), the end */
void smtp_data_line(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l, uint8_t eol,
	bool part);
uint32_t smtp_early_piece(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s);
uint32_t smtp_bdat_data(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span s, bool eof);
void smtp_mail_over(struct dp_app_ctx *x, struct smtp_conn *k);

bool smtp_list_add(struct dp_ctx *c, struct smtp_list *l, struct dp_span s, uint32_t max_bytes);
bool smtp_list_get(const struct smtp_list *l, uint32_t i, struct dp_span *out);

/* mime.c */
struct mime *mime_open(struct dp_app_ctx *x);
/** A line without its end (`eol` bytes of it), or a piece of one; `start`: it begins here. */
void mime_line(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span l, uint8_t eol, bool start);
/** Content in base64 comes: it may be handed over in pieces of any size. */
bool mime_in_base64(const struct mime *m);
void mime_end(struct dp_app_ctx *x, struct smtp_tx *t, bool cut);
void mime_free(struct dp_ctx *c, struct mime *m);

/* decode.c: content of a leaf part */
void mime_content(struct dp_app_ctx *x, struct smtp_tx *t, struct dp_span l, uint8_t eol);
void mime_content_end(struct dp_app_ctx *x, struct smtp_tx *t, bool cut);

enum dp_buf_state smtp_buffer(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out);
bool smtp_number(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out);
void smtp_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
