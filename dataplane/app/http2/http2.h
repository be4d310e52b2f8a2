/* SPDX-License-Identifier: Apache-2.0 */
/**
 * HTTP/2 (RFC 9113): a transaction per stream, and one per frame of the connection itself. Header
 * fields come from libnghttp2's HPACK decoder, whose memory is the worker's slab; messages are kept
 * as HTTP/1 keeps them (../http1), so that buffers, bodies and files are the same code.
 */
#ifndef DP_APP_HTTP2_H
#define DP_APP_HTTP2_H

#include "../cursor.h"
#include "../dns/dns.h"
#include "../http1/http1.h"
#include <nghttp2/nghttp2.h>

#define H2_BLOCK_MAX 262144u  /**< bytes of one header block */
#define H2_FIELDS_MAX 1024u   /**< per message */
#define H2_TEXT_MAX 262144u   /**< bytes of names and values per message */
#define H2_BLOCKS_MAX 16u     /**< of header fields that change a message */
#define H2_NOTES_MAX 64u      /**< frames remembered per direction of a stream */
#define H2_SETTINGS_MAX 64u
#define H2_STREAMS_MAX 4096u  /**< live transactions (the peer's default) */
#define H2_LONG_FRAME 65536u

enum h2_type {
	H2_DATA, H2_HEADERS, H2_PRIORITY, H2_RST_STREAM, H2_SETTINGS, H2_PUSH_PROMISE, H2_PING,
	H2_GOAWAY, H2_WINDOW_UPDATE, H2_CONTINUATION,
};
#define H2_END_STREAM 0x01
#define H2_ACK 0x01
#define H2_END_HEADERS 0x04
#define H2_PADDED 0x08
#define H2_HAS_PRIORITY 0x20

/**
 * Beyond what a message of HTTP comes to: both sides have ended, or one has reset the stream. Only then
 * is a direction complete: what a side says behind its message (a reset above all) is looked at, too.
 */
#define H2_P_CLOSED ((uint8_t)(HTTP_P_DONE + 1))

enum h2_note_kind { H2_NOTE_NONE, H2_NOTE_ERROR, H2_NOTE_PRIORITY, H2_NOTE_WINDOW };

struct h2_note {
	uint8_t type, kind; /**< of the frame; what `value` is */
	uint32_t value;
};
struct h2_setting {
	uint16_t id;
	uint32_t value;
};

struct h2_side {
	struct h2_note note[H2_NOTES_MAX];
	struct h2_setting *setting; /**< slab, H2_SETTINGS_MAX */
	unsigned n_note, n_setting;
	unsigned blocks;            /**< of header fields: informational answers, the message, trailers */
	/** Order of the record: u8 kind (0 field, 1 table size), u32 size. */
	struct dp_bytes order;
	struct dp_bytes cookie; /**< fields joined by "; " */
};

struct h2_doh;

struct h2_tx {
	struct http_tx h; /* first: struct dp_tx is its first member */
	uint32_t stream;
	struct h2_side side[2];
	struct h2_doh *doh; /**< slab; NULL: no DNS message so far */
	bool doh_body[2];   /**< the body is one */
	bool carried;       /**< its request came with the upgrade from HTTP/1 */
};

struct h2_dir {
	nghttp2_hd_inflater *hpack;
	bool magic_done;
	uint32_t data_left, pad_left; /**< of a DATA frame under way */
	uint32_t skip;
	uint32_t data_stream;
	bool data_end;
	/* header block under way */
	struct dp_bytes block;
	uint32_t block_stream;
	bool in_block, block_end, block_push;
};

struct h2_state {
	struct h2_dir dir[2];
	nghttp2_mem mem;
	struct dp_slab *slab;
};

/* hpack.c */
int h2_hpack_open(struct h2_state *s);
void h2_hpack_close(struct h2_state *s);
/** One whole block into the transaction. False: it does not decode, the connection is lost. */
bool h2_block(struct dp_app_ctx *x, struct h2_state *s, struct h2_tx *tx, enum sig_dir d,
	struct dp_span block);

/* message.c */
void h2_field(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, struct dp_span name,
	struct dp_span value);
void h2_table_size(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, uint32_t size);
/** The fields are complete: first line, host, what the body will be. */
void h2_message(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d);
void h2_data(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, struct dp_span data);
void h2_end(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d);

/* doh.c */
/** After the fields of a message: does it carry a DNS message? */
void h2_doh_fields(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d);
/** The body is complete. */
void h2_doh_end(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d);
void h2_doh_free(struct dp_app_ctx *x, struct h2_tx *tx);

/** base64url, padded or not (RFC 4648 section 5). False: something else, or nothing. */
bool h2_base64url(struct dp_app_ctx *x, struct dp_span s, struct dp_bytes *out);

/* carry.c */
/** Take the request that an upgrade came with. */
void h2_carry(struct dp_app_ctx *x);

/* http2.c */
/** The stream's transaction, opened when there is none. Stream 0: always a new one. */
struct h2_tx *h2_stream(struct dp_app_ctx *x, uint32_t id);
void h2_settings(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, struct dp_span data);
void h2_note_headers(struct h2_tx *tx, enum sig_dir d);
int h2_open(struct dp_app_ctx *x, void **state);
void h2_close(struct dp_app_ctx *x, void *state);
int h2_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in, uint32_t *consumed);
void h2_tx_free(struct dp_app_ctx *x, struct dp_tx *t);

/* ask.c, log.c */
enum dp_buf_state h2_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out);
bool h2_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out);
int h2_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len);
void h2_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r);

/* What both descriptors have: a connection changes from one to the other in its middle, so buffers of
 * HTTP/2 stand first, and in the same order, in both. */
#define H2_BUFFERS \
	{SIG_BUF_HTTP_METHOD, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_URI, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_URI_RAW, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_REQUEST_LINE, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_REQUEST_BODY, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_REQUEST_HEADER, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HEADER, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HEADER, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HEADER_RAW, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HEADER_RAW, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HEADER_NAMES, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HEADER_NAMES, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_COOKIE, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_COOKIE, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_USER_AGENT, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HOST, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_HOST_RAW, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_ACCEPT, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_ACCEPT_ENC, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_ACCEPT_LANG, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_REFERER, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_CONNECTION, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_CONNECTION, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_CONTENT_TYPE, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_CONTENT_TYPE, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_CONTENT_LEN, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_CONTENT_LEN, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_PROTOCOL, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_PROTOCOL, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_STAT_MSG, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_LOCATION, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_SERVER, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_STAT_CODE, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_RESPONSE_LINE, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_RESPONSE_HEADER, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP_RESPONSE_BODY, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_HTTP2_HEADER_NAME, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_HTTP2_HEADER_NAME, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_FILE_DATA, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_FILE_DATA, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_FILE_NAME, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_FILE_NAME, SIG_DIR_TO_CLIENT, HTTP_P_BODY}, \
	{SIG_BUF_FILE_MAGIC, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_BUF_FILE_MAGIC, SIG_DIR_TO_CLIENT, HTTP_P_BODY}
#define H2_NUMBERS \
	{SIG_NUM_HTTP2_FRAMETYPE, SIG_DIR_TO_SERVER, 0}, \
	{SIG_NUM_HTTP2_FRAMETYPE, SIG_DIR_TO_CLIENT, 0}, \
	{SIG_NUM_HTTP2_ERRORCODE, SIG_DIR_TO_SERVER, 0}, \
	{SIG_NUM_HTTP2_ERRORCODE, SIG_DIR_TO_CLIENT, 0}, \
	{SIG_NUM_HTTP2_PRIORITY, SIG_DIR_TO_SERVER, 0}, \
	{SIG_NUM_HTTP2_PRIORITY, SIG_DIR_TO_CLIENT, 0}, \
	{SIG_NUM_HTTP2_WINDOW, SIG_DIR_TO_SERVER, 0}, \
	{SIG_NUM_HTTP2_WINDOW, SIG_DIR_TO_CLIENT, 0}, \
	{SIG_NUM_HTTP2_SIZE_UPDATE, SIG_DIR_TO_SERVER, 0}, \
	{SIG_NUM_HTTP2_SIZE_UPDATE, SIG_DIR_TO_CLIENT, 0}, \
	{SIG_NUM_URILEN, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_NUM_URILEN_RAW, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_NUM_FILESIZE, SIG_DIR_TO_SERVER, HTTP_P_BODY}, \
	{SIG_NUM_FILESIZE, SIG_DIR_TO_CLIENT, HTTP_P_BODY}
#define H2_PARSER \
	.open = h2_open, .close = h2_close, .parse = h2_parse, .tx_free = h2_tx_free, \
	.complete = {H2_P_CLOSED, H2_P_CLOSED}, .test = h2_test, \
	.tests = {SIG_OPT_HTTP2_SETTINGS}, .log = h2_log

extern const struct dp_app_desc dp_app_http2, dp_app_doh2;

#endif
