/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the decode room: each header's function and how they share the bounded packet. */
#ifndef DECODE_PRIV_H
#define DECODE_PRIV_H

#include <dp/decode.h>

/* One packet being decoded: [off, end) of p->data is what the next header may look at. */
struct dec {
	struct dp_ctx *ctx;
	struct dp_pkt *p;
	const uint8_t *d; /* p->data */
};

static inline uint16_t be16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t be32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline void dec_event(struct dec *x, enum sig_pkt_event ev)
{
	dp_decode_event(x->ctx, x->p, ev);
}

/* Note a header; false when the packet has more layers than the peer would follow. */
bool dec_layer(struct dec *x, enum dp_layer_type type, uint32_t off, uint32_t len);
void dec_inner(struct dec *x, enum dp_inner kind, uint8_t src, uint32_t off, uint32_t end);

void dec_ethernet(struct dec *x, uint32_t off, uint32_t end);
/* What follows an EtherType; false when it is none that we know. */
bool dec_ethertype(struct dec *x, uint16_t type, uint32_t off, uint32_t end);
void dec_vlan(struct dec *x, uint32_t off, uint32_t end);
void dec_mpls(struct dec *x, uint32_t off, uint32_t end);
void dec_ppp(struct dec *x, uint32_t off, uint32_t end);
void dec_pppoe_session(struct dec *x, uint32_t off, uint32_t end);
void dec_pppoe_discovery(struct dec *x, uint32_t off, uint32_t end);
void dec_nsh(struct dec *x, uint32_t off, uint32_t end);
void dec_arp(struct dec *x, uint32_t off, uint32_t end);
void dec_raw_ip(struct dec *x, uint32_t off, uint32_t end);
void dec_ipv4(struct dec *x, uint32_t off, uint32_t end);
void dec_ipv6(struct dec *x, uint32_t off, uint32_t end);
/* What follows an IP header and its extensions. False: no such protocol here. */
bool dec_transport(struct dec *x, uint8_t proto, uint32_t off, uint32_t end);
void dec_icmpv4(struct dec *x, uint32_t off, uint32_t end);
void dec_icmpv6(struct dec *x, uint32_t off, uint32_t end);
void dec_gre(struct dec *x, uint32_t off, uint32_t end);
/* UDP payloads that carry packets. */
void dec_udp_tunnel(struct dec *x, uint32_t off, uint32_t end);

#endif
