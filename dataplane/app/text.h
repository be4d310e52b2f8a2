/* SPDX-License-Identifier: Apache-2.0 */
/** Borrowed bytes as text: comparisons and cuts that line protocols need. Private to the room. */
#ifndef DP_APP_TEXT_H
#define DP_APP_TEXT_H

#include <dp/packet.h>

/** Case-insensitive comparison with ASCII text. */
bool dp_span_is(struct dp_span s, const char *text);
/** Starts with, case-insensitive. */
bool dp_span_starts(struct dp_span s, const char *text);
/** Position of the first occurrence (case-insensitive), or UINT32_MAX. */
uint32_t dp_span_find(struct dp_span s, const char *text);
/** Without blanks (space, tab) at both ends. */
struct dp_span dp_span_trim(struct dp_span s);
/** Decimal number; false when empty, not digits only, or beyond 63 bits. */
bool dp_span_u64(struct dp_span s, uint64_t *v);
/** Length of the first line without its end, *eol = bytes of the end (1 LF, 2 CRLF);
 *  UINT32_MAX when there is no LF. */
uint32_t dp_span_line(struct dp_span s, uint32_t *eol);

static inline uint8_t dp_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

#endif
