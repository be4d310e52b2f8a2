/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Part of sig/rule.h: what stands before the brackets of a signature: its protocol, addresses, ports
 * and direction.
 */
#ifndef SIG_RULE_HEADER_H
#define SIG_RULE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

/** The protocol word of the header. */
enum sig_hdr {
	SIG_HDR_IP,	    /**< any IP packet (also an application protocol by keyword) */
	SIG_HDR_IPV4,	    /**< ipv4, ip4 */
	SIG_HDR_IPV6,	    /**< ipv6, ip6 */
	SIG_HDR_TCP,	    /**< packets and reassembled stream */
	SIG_HDR_TCP_PKT,    /**< packet payloads only, never the stream */
	SIG_HDR_TCP_STREAM, /**< the stream only */
	SIG_HDR_UDP,
	SIG_HDR_ICMP, /**< ICMPv4 and ICMPv6 */
	SIG_HDR_ICMPV4,
	SIG_HDR_ICMPV6,
	SIG_HDR_SCTP,
	SIG_HDR_IGMP,
	SIG_HDR_PKTHDR, /**< any packet, also those whose headers do not decode */
	SIG_HDR_ARP,
	SIG_HDR_ETHER,
	SIG_HDR_APP, /**< an application protocol by name: see sig_rule.app */
	SIG_HDR__COUNT
};

/** Transports a rule can meet, bit mask (sig_rule.transports). */
#define SIG_T_TCP 1u
#define SIG_T_UDP 2u
#define SIG_T_ICMP4 4u
#define SIG_T_ICMP6 8u
#define SIG_T_SCTP 16u
#define SIG_T_OTHER 32u /**< any other IP protocol */
#define SIG_T_NONIP 64u /**< ARP, undecodable, plain Ethernet */
#define SIG_T_ALL_IP 63u

/** Closed ranges, sorted, disjoint, not adjacent. IPv4 in host byte order. */
struct sig_range4 {
	uint32_t lo, hi;
};
/** IPv6 as it stands on the wire; memcmp() orders it. */
struct sig_range6 {
	uint8_t lo[16], hi[16];
};

struct sig_addrs {
	bool any; /**< every address of both families; the ranges then say the same */
	bool negated; /**< written with a ! somewhere, variables included */
	uint32_t n4, n6;
	const struct sig_range4 *v4;
	const struct sig_range6 *v6;
};

/** Closed port ranges in host byte order. */
struct sig_port_range {
	uint16_t lo, hi;
};
struct sig_ports {
	bool any; /**< 0..65535, and protocols without ports */
	uint32_t n;
	const struct sig_port_range *range;
};

enum sig_arrow {
	SIG_ARROW_TO,	/**< -> */
	SIG_ARROW_BOTH, /**< <> : also with source and destination exchanged */
	SIG_ARROW_TX	/**< => : both sides of one transaction, lists carry their direction */
};

#endif
