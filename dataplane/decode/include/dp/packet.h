/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One packet in a worker's hands: its bytes, what decoding found, and its verdict.
 *
 * A struct dp_pkt lives in the worker's burst array, not in the buffer. `data` is one contiguous
 * run; the I/O layer copies a packet of several segments into per-slot scratch before it hands it
 * on. Pointers into `data` are valid until the burst ends. Not thread-safe: one worker, one burst.
 */
#ifndef DP_PACKET_H
#define DP_PACKET_H

#include <dp/verdict.h>
#include <sig/proto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dp_flow;

/** Borrowed bytes. */
struct dp_span {
	const uint8_t *p;
	uint32_t n;
};

/** Network order. IPv4 uses b[0..3] and leaves the rest zero. */
union dp_addr {
	uint8_t b[16];
	uint32_t w[4];
	uint64_t q[2];
};

#define DP_FRAG_V6_HEADER 8  /**< of frag_flags: there is an IPv6 fragment header, of an atomic fragment too */
#define DP_PKT_MAX_LAYERS 16 /**< the peer's decode depth (max-layers default) */
#define DP_PKT_MAX_VLANS 3

enum dp_layer_type {
	DP_L_ETHERNET = 1,
	DP_L_SLL,
	DP_L_SLL2,
	DP_L_NULL,
	DP_L_VLAN,
	DP_L_MPLS,
	DP_L_PPPOE,
	DP_L_PPP,
	DP_L_LLC_SNAP,
	DP_L_IPV4,
	DP_L_IPV6,
	DP_L_IPV6_EXT,
	DP_L_GRE,
	DP_L_ERSPAN,
	DP_L_VXLAN,
	DP_L_GENEVE,
	DP_L_TEREDO,
	DP_L_NSH,
	DP_L_TCP,
	DP_L_UDP,
	DP_L_ICMP,
	DP_L_ICMPV6,
	DP_L_SCTP,
	DP_L_ESP,
	DP_L_AH,
	DP_L_OTHER,
};

/** Headers in the order they stand, so that a reset can be built with the same envelope. */
struct dp_layer {
	uint8_t type;
	uint8_t pad;
	uint16_t off; /**< from the start of the frame */
	uint16_t len;
};

enum dp_pkt_flags {
	DP_PF_IPV4 = 1 << 0,
	DP_PF_IPV6 = 1 << 1,
	DP_PF_FRAG = 1 << 2,       /**< an IP fragment (offset or more-fragments) */
	DP_PF_TUNNEL = 1 << 3,     /**< inner packet: `root` is the outer one */
	DP_PF_REASSEMBLED = 1 << 4, /**< pseudo packet made from fragments */
	DP_PF_PSEUDO = 1 << 5,     /**< made by us (flow end); has no wire packet */
	DP_PF_INVALID = 1 << 6,    /**< at least one decoder event that makes it invalid */
	DP_PF_BAD_CSUM = 1 << 7,   /**< L4 checksum wrong */
	DP_PF_BAD_IP_CSUM = 1 << 8,
	DP_PF_EST = 1 << 9,        /**< flow established when this packet was handled */
	DP_PF_STREAM_ADD = 1 << 10, /**< its payload went into reassembly */
	DP_PF_STREAM_EST = 1 << 11,
	DP_PF_STREAM_EOF = 1 << 12, /**< this direction ends here */
	DP_PF_NOPAYLOAD_INSPECT = 1 << 13, /**< no payload for signatures: fragment, encrypted flow, policy */
	DP_PF_NOPKT_INSPECT = 1 << 14,
	DP_PF_MODIFIED = 1 << 15,  /**< bytes in `data` were changed; I/O writes them back */
	DP_PF_DETECT_STREAM = 1 << 16, /**< new reassembled data is there to be inspected */
	DP_PF_RETRANSMISSION = 1 << 17,
	DP_PF_SPURIOUS = 1 << 18,  /**< spurious retransmission: not inspected again */
	DP_PF_FIRST_TS = 1 << 19,  /**< first packet of the flow in this direction */
	DP_PF_FIRST_TC = 1 << 20,
	DP_PF_DISCARD = 1 << 21, /**< IP header that hosts discard, or not all treat alike */
	DP_PF_PROTO_NEWS = 1 << 22, /**< first packet of its direction since the protocol was decided */
};

struct dp_tcp_view { /**< host order */
	uint32_t seq, ack;
	uint16_t win, urp;
	uint8_t flags; /**< low 8 bits of byte 13 */
	uint8_t x2;    /**< reserved bits */
	uint8_t hdr_len;
	uint8_t wscale;      /**< valid when has_wscale */
	uint16_t mss;        /**< valid when has_mss */
	uint32_t tsval, tsecr; /**< valid when has_ts */
	bool has_wscale, has_mss, has_ts, has_sack_ok;
	bool has_auth; /**< signed: MD5 (RFC 2385) or TCP-AO (RFC 5925) */
	uint8_t n_sack;
	uint8_t sack_off; /**< offset of the SACK option's blocks in the TCP header */
};

struct dp_alert {
	uint32_t sig; /**< index in the image */
	uint8_t layer; /**< enum dp_layer_id */
	uint8_t action; /**< enum sig_action after policy */
	uint8_t flags;  /**< DP_ALERT_* */
	uint8_t pad;
	uint64_t tx_id;
	uint32_t num; /**< evaluation order */
	uint32_t frame; /**< DP_ALERT_FRAME: its id, in the packet's direction */
};
#define DP_ALERT_STREAM 1u /**< matched in reassembled data */
#define DP_ALERT_TX 2u
#define DP_ALERT_GUESSED 0x40u /**< the transaction is the only one open, not one that matched */
#define DP_ALERT_STATE 4u
#define DP_ALERT_FRAME 8u
#define DP_ALERT_RATE 16u /**< the site's rate_filter changed the action */

/** How the inner packet of a tunnel starts. */
enum dp_inner {
	DP_INNER_NONE,
	DP_INNER_ETHERNET,
	DP_INNER_IPV4,
	DP_INNER_IPV6,
	DP_INNER_PPP,
	DP_INNER_VLAN, /**< starts behind the 0x8100 */
	DP_INNER_ARP,
};

struct dp_pkt {
	/* --- set by I/O before decode --- */
	void *buf;           /**< I/O's buffer; NULL for pseudo packets */
	const uint8_t *data; /**< contiguous frame */
	uint32_t len;        /**< bytes present */
	uint32_t wire_len;   /**< bytes on the wire (>= len when a capture was cut) */
	uint64_t ts_ns;      /**< nanoseconds since the epoch */
	uint64_t num;        /**< 1-based number in a capture, 0 on a wire */
	uint16_t linktype;   /**< LINKTYPE_ value (1 Ethernet, 101 raw, 0 null, 113 SLL, 276 SLL2) */
	uint8_t wire, side;  /**< side: port of the wire it came in by */

	/* --- set by decode --- */
	uint32_t flags; /**< enum dp_pkt_flags */
	uint8_t n_layers, n_vlan;
	uint8_t ip_proto; /**< L4 protocol after extension headers */
	uint8_t ip_ver;   /**< 4, 6 or 0 */
	uint8_t ttl, tos, frag_flags; /**< frag_flags: 1 MF, 2 DF, 4 reserved, or DP_FRAG_V6_HEADER */
	uint8_t recursion; /**< tunnel depth: 0 outermost */
	uint16_t ip_off, ip_hdr_len, ip_total_len; /**< innermost IP header, extension headers included */
	uint16_t l4_off, l4_hdr_len;
	uint16_t ip_id;
	uint16_t frag_off; /**< bytes */
	uint16_t sp, dp; /**< host order; 0 without ports */
	uint16_t vlan[DP_PKT_MAX_VLANS]; /**< ids, outermost first */
	union dp_addr src, dst;
	struct dp_span payload; /**< after the L4 header; IP payload when L4 is unknown */
	struct dp_pkt *root;    /**< the packet as received; NULL on that packet itself */
	struct dp_flow *flow;   /**< set by flow */
	struct dp_tcp_view tcp;
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_id, icmp_seq;
	uint8_t pkt_src;        /**< enum dp_ev_pkt_src (dp/event.h) */
	uint8_t inner_kind;     /**< enum dp_inner: what a tunnel header announced */
	uint8_t inner_src;      /**< enum dp_ev_pkt_src of that inner packet */
	uint8_t ip_csum_state;  /**< 0 unknown, 1 good, 2 bad */
	uint16_t inner_vlan;    /**< VLAN that a mirror header adds to the inner packet's; 0: none */
	uint16_t inner_extra; /**< bytes before inner_off that count as the inner packet's */
	uint16_t extra_len;   /**< that of this inner packet; the link header of a reassembled one */
	bool arp;             /**< a whole ARP packet for IPv4 over Ethernet, at arp_off */
	uint16_t arp_off;
	uint32_t inner_off, inner_len;
	uint32_t frag_id;       /**< identification of an IPv6 fragment */
	uint64_t events[6];     /**< bitmap by enum sig_pkt_event (decoder, then stream) */
	struct dp_layer layer[DP_PKT_MAX_LAYERS];

	/* --- set by flow and stream --- */
	uint8_t dir;            /**< enum sig_dir */
	uint8_t l4_csum_state;  /**< 0 unknown, 1 good, 2 bad */
	uint16_t ftype;         /**< reserved for the flow room */
	uint32_t flow_hash;
	uint64_t app_mem;       /**< app room: its memory once the parser had run, plus 1; 0: it did not */

	/* --- set by detect and respond --- */
	uint8_t verdict; /**< enum dp_verdict */
	uint8_t reason;  /**< enum dp_reason */
	uint8_t reject;  /**< 1 reset sender, 2 reset receiver (bits) */
	uint8_t drop_flow;
	uint16_t n_alerts;
	uint16_t alerts_lost;
	bool tagged; /**< the tag keyword wants it recorded */
	bool has_blocker;
	struct dp_alert blocker; /**< the first drop or reject signature that matched, logged or not */
	struct dp_alert *alerts; /**< worker's array, conf.max_alerts long */
};

static inline bool dp_pkt_event(const struct dp_pkt *p, unsigned ev)
{
	return (p->events[ev >> 6] >> (ev & 63)) & 1;
}

static inline void dp_pkt_set_event(struct dp_pkt *p, unsigned ev)
{
	p->events[ev >> 6] |= UINT64_C(1) << (ev & 63);
}

/** Decide once: the first drop stays. Later stages may only make a forwarded packet worse. */
static inline void dp_pkt_drop(struct dp_pkt *p, enum dp_reason why)
{
	struct dp_pkt *r = p->root ? p->root : p;

	if (p->verdict != DP_DROP) {
		p->verdict = DP_DROP;
		p->reason = (uint8_t)why;
	}
	if (r != p && r->verdict != DP_DROP) {
		r->verdict = DP_DROP;
		r->reason = DP_R_TUNNEL;
	}
}

#endif
