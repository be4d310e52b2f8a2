/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From frame to headers, payload and decoder events.
 *
 * One call decodes one packet down to its transport header. A tunnel's inner packet is announced in
 * p->inner_kind/inner_off/inner_len (bytes of p->data); the worker makes a packet of its own of it
 * with dp_decode_inner() and lets that run through the stages first, as the peer does. A fragment
 * is decoded up to its IP header and marked DP_PF_FRAG.
 *
 * Headers are read only after their length was compared with what is left; what does not parse sets
 * the peer's event and ends decoding there. Nothing here allocates or fails.
 */
#ifndef DP_DECODE_H
#define DP_DECODE_H

#include <dp/ctx.h>

/** A packet as received: counted, and every field that decode owns is set; those of I/O must be. */
void dp_decode(struct dp_ctx *ctx, struct dp_pkt *p);

/** Make `q` the inner packet that `p` announced and decode it. q->data borrows p->data. */
void dp_decode_inner(struct dp_ctx *ctx, struct dp_pkt *p, struct dp_pkt *q);

/** Make `q` a pseudo packet of an IP datagram (defragmentation) that came with `p`; decode it. */
void dp_decode_datagram(
	struct dp_ctx *ctx, struct dp_pkt *p, struct dp_pkt *q, const uint8_t *data, uint32_t len);

/** Set an event, count it, and mark the packet invalid when the event says so. */
void dp_decode_event(struct dp_ctx *ctx, struct dp_pkt *p, enum sig_pkt_event ev);

/**
 * Is the checksum right? Computed once on demand and kept in the packet. True also where there is
 * none to check: UDP over IPv4 without one (RFC 768), fragments, protocols without checksum, and
 * packets that a capture cut short.
 */
bool dp_pkt_l4_csum_ok(struct dp_pkt *p);
bool dp_pkt_ip_csum_ok(struct dp_pkt *p); /**< IPv4 header; true for IPv6 */

/** Internet checksum (RFC 1071) over `n` bytes, folded, not complemented; `sum` to continue. */
uint32_t dp_csum_add(uint32_t sum, const uint8_t *data, size_t n);
uint16_t dp_csum_fold(uint32_t sum); /**< complemented, in network order when stored by memcpy */

#endif
