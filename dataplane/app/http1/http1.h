/* SPDX-License-Identifier: Apache-2.0 */
/**
 * HTTP/1 and older. Lenient like browsers and servers are, because an attacker chooses what is on
 * the wire: what would be served is what is looked at. Oddities become events.
 */
#ifndef DP_APP_HTTP1_H
#define DP_APP_HTTP1_H

#include "../bytes.h"
#include "../text.h"
#include <dp/app.h>
#include <dp/file.h>
#include <dp/range.h>

#define HTTP_FIELD_MAX 18000u  /* longest line: the peer's hard limit */
#define HTTP_REPEAT_MAX 64u    /* repeated fields that are joined */
#define HTTP_LAYERS_MAX 4u     /* content codings undone in a row */
#define HTTP_BOMB_RATIO 2048u

/** Progress of one side of a transaction. */
enum http_progress {
	HTTP_P_START,
	HTTP_P_LINE,
	HTTP_P_HEADERS,
	HTTP_P_BODY,
	HTTP_P_TRAILER,
	HTTP_P_DONE,
};

struct http_header {
	uint32_t name, name_n, value, value_n; /**< offsets into http_side.text */
	uint16_t repeats;
	bool orphan; /**< had no colon */
};

/** What a request's line and header say that no server should take, in the order it is told. */
enum http_odd {
	HTTP_ODD_TE,
	HTTP_ODD_CL,
	HTTP_ODD_NO_HOST,
	HTTP_ODD_AMBIGUOUS,
	HTTP_ODD_URI_HOST,
	HTTP_ODD_HOST,
	HTTP_ODD_AUTH,
	HTTP_ODD__COUNT,
};

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_CLOSE };

struct http_codec; /* decode.c */
struct http_multipart; /* multipart.c */

/** A request or a response. */
struct http_side {
	struct dp_bytes line;    /**< first line without its end */
	struct dp_bytes raw;     /**< header lines as they came, empty line included */
	struct dp_bytes text;    /**< names and values, unfolded and joined */
	struct dp_bytes pending; /**< field whose continuation lines may follow */
	bool has_pending;
	struct http_header *hdr; /**< slab */
	uint32_t n_hdr, cap_hdr;
	struct dp_span protocol; /**< into line */
	struct dp_bytes cooked;  /**< http.header, made when first asked */
	struct dp_bytes names;   /**< http.header_names */
	struct dp_bytes start;   /**< http.start */
	struct dp_bytes one;     /**< http.request_header instance last asked for */
	uint8_t kind;            /**< enum http_body_kind */
	bool cooked_ok, names_ok, start_ok;
	bool body_over;          /**< limit reached: nothing more is kept */
	bool many;               /**< header limit reached */
	bool multipart_tried;
	bool wire_seen;          /**< body bytes, or a hole in them */
	uint64_t wire_len;       /**< body bytes as on the wire, chunk framing included */
	uint64_t entity_len;     /**< after decoding */
	struct dp_bytes body;    /**< decoded, up to the limit */
	struct http_codec *codec;
	struct dp_file *file;
	struct dp_range *range;  /**< the part that this body is of a file */
};

struct http_tx {
	struct dp_tx tx;
	struct http_side side[2];
	struct dp_span method, uri; /**< into side[0].line */
	uint8_t method_known;
	bool v09;
	bool is_head, is_connect, is_post, is_put;
	bool not_seen;     /**< a response without request */
	bool continue_seen;
	uint8_t odd;       /**< 1 << enum http_odd */
	bool cut;          /**< ended within its header: what that lacks says nothing */
	struct dp_span status_text, message; /**< into side[1].line */
	uint16_t status;
	/** Parts of the target, into `uri`; n = 0 when absent. */
	struct dp_span u_scheme, u_host, u_port, u_path, u_query, u_fragment;
	bool has_query, has_fragment;
	struct dp_bytes path;     /**< decoded */
	struct dp_bytes norm;     /**< http.uri */
	struct dp_bytes host;     /**< http.host: lower case, without port */
	uint32_t port;            /**< 0: none given */
	struct http_multipart *mp;
};

enum http_state {
	HTTP_S_LINE,
	HTTP_S_HEADERS,
	HTTP_S_BODY,
	HTTP_S_CHUNK_LEN,
	HTTP_S_CHUNK_DATA,
	HTTP_S_CHUNK_END,
	HTTP_S_TRAILER,
	HTTP_S_FINISH,
	HTTP_S_TUNNEL,
};

struct http_conn {
	uint8_t state[2]; /**< enum http_state */
	uint64_t left[2]; /**< of the body or chunk */
	struct http_tx *at[2];
	uint32_t frame[2]; /**< of the message at hand (dp/frame.h); 0: none */
	/** A line that was under way when bytes were lost: what came of it before and behind them. */
	struct dp_bytes torn[2];
	uint64_t next_res; /**< id of the transaction that the next response answers */
	uint64_t shown;    /**< end of what the client's parser saw before */
	bool asking;       /**< a request line is under way, and its transaction not open yet */
	bool asked;        /**< a request was complete */
};

/* line.c. Both take the line without its end. */
void http_request_line(struct dp_app_ctx *x, struct http_tx *t);
bool http_status_line(struct dp_app_ctx *x, struct http_tx *t);
bool http_method_known(struct dp_span method);
/** 9, 10, 11; 0: not a version of HTTP. */
unsigned http_version(struct dp_span protocol);
/** A browser would take these bytes for content, not for a status line. */
bool http_not_status(struct dp_span s);

/* uri.c */
void http_uri_split(struct http_tx *t);
void http_uri_normalise(struct dp_app_ctx *x, struct http_tx *t);
/** "host[:port]", userinfo removed, to u_host and u_port; the host may be an IPv6 literal in brackets. */
void http_authority(struct http_tx *t, struct dp_span s);
/** Percent escapes in place; what is not one stays as it is. Returns the new length. */
uint32_t http_unescape(uint8_t *p, uint32_t n);

/* host.c */
/** After the request line: can the target's host be one? */
void http_target_host(struct http_tx *t);
/** After the request headers: http.host, port, and what they say against each other. */
void http_host(struct dp_app_ctx *x, struct http_tx *t);
/**
 * Signatures see it at once: a request that announces content and never sends it is served all the
 * same. Records are made when http_odd_tell is called, as the peer does: with the request line, with each
 * piece of the header and of the trailer that comes, and when the request is complete.
 */
void http_odd(struct http_tx *t, enum http_odd what);
void http_odd_tell(struct dp_app_ctx *x, struct http_tx *t);

/* header.c */
/** One line without its end; folded lines arrive as separate calls. The last field is complete
 *  once http_header_flush was called. */
void http_header_line(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span s);
void http_header_flush(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d);
/** Case is ignored, and so are zero bytes in what came: clients skip them. */
bool http_header_get(const struct http_side *s, const char *name, struct dp_span *value);
struct dp_span http_header_name(const struct http_side *s, uint32_t i);
struct dp_span http_header_value(const struct http_side *s, uint32_t i);
/** Request or response headers are complete: decide what body follows. */
void http_request_headers_done(struct dp_app_ctx *x, struct http_tx *t, uint64_t *len);
void http_response_headers_done(struct dp_app_ctx *x, struct http_tx *t, uint64_t *len);

/* carry.c */
/** Hand the request to the protocol that its answer changes to (dp_app_flow.carry). */
void http_carry(struct dp_app_ctx *x, const struct http_tx *t);

/* body.c */
void http_body_data(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, const uint8_t *p,
	uint32_t n);
void http_body_gap(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, uint32_t n);
void http_body_end(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, bool truncated);
/** Decoded bytes (from http_body_data or a codec). False: keep no more. */
bool http_body_plain(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, const uint8_t *p,
	uint32_t n);

/* decode.c */
/** From the Content-Encoding value; NULL: identity. */
struct http_codec *http_codec_open(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d,
	struct dp_span encoding);
void http_codec_data(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d,
	struct http_codec *k, const uint8_t *p, uint32_t n);
/** It has not made so much yet that a bomb would be known for one: gzip or deflate alone cannot be. */
bool http_codec_watches(const struct http_codec *k);
void http_codec_end(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct http_codec *k);
void http_codec_free(struct dp_ctx *c, struct http_codec *k);

/* multipart.c */
struct http_multipart *http_multipart_open(struct dp_app_ctx *x, struct dp_span content_type);
void http_multipart_data(struct dp_app_ctx *x, struct http_tx *t, const uint8_t *p, uint32_t n);
void http_multipart_end(struct dp_app_ctx *x, struct http_tx *t);
void http_multipart_free(struct dp_ctx *c, struct http_multipart *m);

/** What a transaction owns; HTTP/2 keeps its messages in the same struct. */
void http_tx_release(struct dp_app_ctx *x, struct http_tx *t);

/* buffer.c, record.c */
enum dp_buf_state http_buffer(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out);
bool http_number(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out);
void http_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
/** Inside alerts and file records: without the headers that a site asks for in full. */
void http_log_brief(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
/** Bodies as far as they are kept, the first HTTP_LOG_BODY_MAX bytes of each. */
void http_log_contents(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
