/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ASN.1 elements in BER or DER (ITU-T X.690) for the protocols that speak it. Borrowed bytes, no
 * recursion: an element's contents are a span to be read in turn. Definite lengths of up to four
 * bytes and tag numbers below 31 only; anything else is BAD, as none of these protocols needs it.
 * Private to the room; any thread.
 */
#ifndef DP_APP_BER_H
#define DP_APP_BER_H

#include <dp/packet.h>

/** Identifier octets: class, constructed and number in one. */
enum dp_ber_tag {
	DP_BER_BOOL = 0x01, DP_BER_INT = 0x02, DP_BER_BITS = 0x03, DP_BER_OCTETS = 0x04,
	DP_BER_NULL = 0x05, DP_BER_OID = 0x06, DP_BER_ENUM = 0x0a, DP_BER_SEQ = 0x30,
	DP_BER_SET = 0x31,
};

enum dp_ber_rc {
	DP_BER_OK,
	DP_BER_MORE, /**< a sound beginning; with a header, whole.n says how many bytes are wanted */
	DP_BER_BAD,
	DP_BER_END,  /**< nothing left */
};

struct dp_ber {
	uint8_t tag;
	struct dp_span body;
	struct dp_span whole; /**< header and body */
};

/** Next element of `s`, consumed when OK. `s` must not be part of `e`. */
enum dp_ber_rc dp_ber_next(struct dp_span *s, struct dp_ber *e);
/** Next element if it is of that tag; else false, and nothing is consumed. */
bool dp_ber_take(struct dp_span *s, uint8_t tag, struct dp_ber *e);
/** Signed number of at most 8 bytes; false when empty or longer. */
bool dp_ber_i64(struct dp_span body, int64_t *v);
/** dp_ber_take and dp_ber_i64 in one. */
bool dp_ber_take_int(struct dp_span *s, uint8_t tag, int64_t *v);
/** Dotted text with NUL, cut when `size` is too small; length in bytes, 0 when it is no OID. */
uint32_t dp_ber_oid(struct dp_span body, char *out, uint32_t size);

#endif
