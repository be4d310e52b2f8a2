/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Active responses: TCP resets and ICMP unreachables that the worker itself sends.
 *
 * They leave by the wire's own ports, inside the envelope (Ethernet, VLAN stack, MPLS, PPPoE, GRE,
 * VXLAN, outer IP) of packets seen in that direction, so that both kernels accept them wherever the
 * conversation runs. What must never happen is decided here and counted as suppressed:
 *
 * - no answer to a reset, nor to an ICMP error, nor to multicast or broadcast (RFC 1122 3.2.2);
 * - no answer for a flow whose three-way handshake was not seen, else the box is a reflector;
 * - no more than conf.max_resets_per_s in all and DP_RESPOND_PER_HOST per second to one address.
 *
 * One instance per worker, used on its thread only.
 */
#ifndef DP_RESPOND_H
#define DP_RESPOND_H

#include <dp/stream.h>

/** Responses per second to one address; bursts up to twice that. Our choice: a browser opens some
 *  dozens of connections to one host at a time, a reflection attack needs thousands. */
#define DP_RESPOND_PER_HOST 128u
/** Bytes of the answered datagram an unreachable quotes at most: RFC 1812 4.3.2.3 wants the whole
 *  message within 576 bytes for IPv4; the same is used for IPv6. */
#define DP_RESPOND_QUOTE_MAX 528u

enum dp_respond_to {
	DP_RESPOND_SENDER = 1, /**< of the packet that matched */
	DP_RESPOND_RECEIVER = 2,
};

struct dp_respond;

/** Allocated in the worker's arena. -ENOMEM. */
int dp_respond_create(struct dp_ctx *ctx, struct dp_respond **r);
/** NULL is fine. */
void dp_respond_destroy(struct dp_ctx *ctx, struct dp_respond *r);

/**
 * Answer p as p->reject (enum dp_respond_to bits) says; the caller has already decided to drop it.
 * TCP: RST+ACK with the tracker's exact numbers. Else: one unreachable to the sender.
 */
void dp_respond_packet(struct dp_respond *r, struct dp_ctx *ctx, struct dp_pkt *p);

/** Note the envelope (all bytes before the innermost IP header), TTL and TOS of p's direction in
 *  its flow (p->flow is set), for responses in that direction later. Called for every packet. */
void dp_respond_learn(const struct dp_pkt *p);

#endif
