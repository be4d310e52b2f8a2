/* SPDX-License-Identifier: Apache-2.0 */
/** The IP packets that responses consist of, complete with checksums, without envelope. */
#ifndef DP_RESPOND_BUILD_H
#define DP_RESPOND_BUILD_H

#include "envelope.h"
#include <dp/respond.h>

struct load {
	uint32_t len;
	uint8_t bytes[40 + 8 + DP_RESPOND_QUOTE_MAX];
};

struct reset_args {
	uint8_t ip_ver, ttl, tos;
	bool df;
	const union dp_addr *src, *dst;
	uint16_t sport, dport; /**< host order */
	uint16_t ip_id;
	uint32_t seq, ack;     /**< host order */
};

/** IP + TCP, RST and ACK set, window 0, no options. */
void build_reset(struct load *l, const struct reset_args *a);

/**
 * ICMP port unreachable (3/3, RFC 792; v6 1/4, RFC 4443 3.1) from p's receiver to its sender,
 * quoting p from its innermost IP header. The port code is the one on which every system's sockets
 * fail at once.
 */
void build_unreachable(struct load *l, const struct dp_pkt *p);

#endif
