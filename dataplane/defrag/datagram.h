/* SPDX-License-Identifier: Apache-2.0 */
/** One datagram being put together. */
#ifndef DP_DEFRAG_DATAGRAM_H
#define DP_DEFRAG_DATAGRAM_H

#include <dp/ctx.h>

#define DATAGRAM_MAX 65535u /**< payload bytes: the 16-bit length of IPv4 and of IPv6 without jumbo */
#define DATAGRAM_HDR_MAX 256u /**< unfragmentable part kept: IPv6 with a few extension headers */

struct key {
	union dp_addr src, dst;
	uint32_t id;
	uint16_t vlan;
	uint8_t ver, proto; /**< proto only for IPv4 (RFC 791: id is unique per protocol) */
	uint8_t recursion, wire;
	uint16_t pad;
};

struct fragment {
	struct fragment *next; /**< in order of arrival */
	uint32_t off, len;
	uint8_t bytes[];
};

struct datagram {
	struct datagram *hash_next;
	struct datagram *older, *newer;
	struct key key;
	uint32_t slot;
	uint64_t expires_ns;
	struct fragment *first, *last;
	uint32_t n_fragments;
	uint32_t have;  /**< payload bytes covered, overlaps counted once only while none occurred */
	uint32_t total; /**< payload length, known once the last fragment came; 0 before */
	uint16_t hdr_len;
	bool overlap;   /**< some bytes came twice */
	bool condemned; /**< dropped: further fragments share the fate */
	uint8_t hdr[DATAGRAM_HDR_MAX]; /**< of the fragment at offset 0 */
};

/** Is every byte of 0..total there? Exact also with overlaps. */
bool datagram_complete(const struct datagram *g);

/** Write header and payload to out (DATAGRAM_HDR_MAX + DATAGRAM_MAX bytes); returns the length. */
uint32_t datagram_write(const struct datagram *g, enum dp_os os, uint8_t *out);

/** Keep the header of the first fragment with all traces of fragmentation removed. False: it does
 *  not fit or is not what decode said. */
bool datagram_header(struct datagram *g, const struct dp_pkt *p);

#endif
