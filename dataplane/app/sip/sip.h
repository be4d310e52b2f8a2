/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SIP (RFC 3261) over UDP and TCP, and the SDP (RFC 4566) in its bodies. A transaction is one
 * message, kept as it came; lines, header fields and SDP lines are spans into it.
 */
#ifndef DP_APP_SIP_H
#define DP_APP_SIP_H

#include "../bytes.h"
#include <dp/app.h>

#define SIP_MSG_MAX 65535u  /* longest message on a stream; a longer one ends the parsing */
#define SIP_HEADERS_MAX 256u

enum sip_rc { SIP_OK, SIP_MORE, SIP_BAD };

/** Offsets and lengths in bytes of the message. */
struct sip_part {
	uint32_t off, n;
};

struct sip_msg {
	bool request;
	struct sip_part method, uri;   /**< of a request */
	struct sip_part code, reason;  /**< of a response */
	struct sip_part version;
	struct sip_part line;          /**< first line without its end */
	struct sip_part headers;       /**< all header lines with their ends */
	struct sip_part body;
	uint32_t total;                /**< bytes of the whole message */
	uint32_t content_length;       /**< UINT32_MAX: not given */
};

/** Session part of a description; `more` holds what may repeat: b=, t= and r=, a=, media. */
struct sdp {
	bool ok;
	struct dp_span origin, name, info, uri, email, phone, connection, zone, key;
	struct dp_span bandwidths, times, attributes, media; /**< whole lines */
};

struct sip_tx {
	struct dp_tx tx;
	struct dp_bytes raw;
	struct sip_msg m;
};

/** Read one message. `stream`: the body is what Content-Length says; else it is the rest.
 *  MORE: `n` bytes are a sound beginning. */
enum sip_rc sip_message(const uint8_t *p, uint32_t n, bool request, bool stream, struct sip_msg *m);
/** First field of that name (long form; the compact form of RFC 3261 section 7.3.3 counts as the
 *  same), the `k`th of them. */
bool sip_header(const struct sip_tx *tx, const char *name, uint32_t k, struct dp_span *out);

static inline struct dp_span sip_span(const struct sip_tx *tx, struct sip_part s)
{
	if (s.off > tx->raw.n || s.n > tx->raw.n - s.off)
		return (struct dp_span){0};
	return (struct dp_span){tx->raw.p + s.off, s.n};
}

/** False when the text is no description: v=, o=, s= and t= are there and every line before them
 *  is sound and in order. Stops quietly at the first line it does not know after that. */
bool sdp_read(struct dp_span text, struct sdp *s);
/** Next line of a region: its letter (0 at the end) and value. */
char sdp_next(struct dp_span *region, struct dp_span *value);

void sip_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
