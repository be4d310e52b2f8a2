/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet, VLAN tags, LLC/SNAP, MPLS, PPP, PPPoE, NSH, ARP. */
#include "decode_priv.h"
#include <string.h>

void dec_ethernet(struct dec *x, uint32_t off, uint32_t end)
{
	x->ctx->cnt->ethernet++;
	if (end - off < 14) {
		dec_event(x, SIG_DE_ETHERNET_PKT_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_ETHERNET, off, 14))
		dec_ethertype(x, be16(x->d + off + 12), off + 14, end);
}

/* IEEE 802.2 with the subnetwork header of RFC 1042 carries an EtherType again. */
static bool dec_llc(struct dec *x, uint32_t off, uint32_t end)
{
	const uint8_t *b = x->d + off;

	if (end - off < 8 || b[0] != 0xaa || b[1] != 0xaa || b[2] != 3 || b[3] || b[4] || b[5])
		return false;
	if (be16(b + 6) < 0x600 || !dec_layer(x, DP_L_LLC_SNAP, off, 8))
		return false;
	return dec_ethertype(x, be16(b + 6), off + 8, end);
}

/* 802.1ah: an I-tag of 4 bytes, then a whole Ethernet header. */
static void dec_8021ah(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off < 18) {
		dec_event(x, SIG_DE_IEEE8021AH_HEADER_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_OTHER, off, 18))
		dec_ethertype(x, be16(x->d + off + 16), off + 18, end);
}

static void dec_vntag(struct dec *x, uint32_t off, uint32_t end)
{
	x->ctx->cnt->vntag++;
	if (end - off < 6) {
		dec_event(x, SIG_DE_VNTAG_HEADER_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_OTHER, off, 6) &&
		!dec_ethertype(x, be16(x->d + off + 4), off + 6, end))
		dec_event(x, SIG_DE_VNTAG_UNKNOWN_TYPE);
}

/* Cisco FabricPath: a second Ethernet header 2 bytes on. */
static void dec_dce(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off < 2 + 14) {
		dec_event(x, SIG_DE_DCE_PKT_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_OTHER, off, 2))
		dec_ethernet(x, off + 2, end);
}

bool dec_ethertype(struct dec *x, uint16_t type, uint32_t off, uint32_t end)
{
	switch (type) {
	case 0x0800:
		dec_ipv4(x, off, end);
		return true;
	case 0x86dd:
		dec_ipv6(x, off, end);
		return true;
	case 0x8100:
	case 0x88a8:
	case 0x9100:
	case 0x9200:
		dec_vlan(x, off, end);
		return true;
	case 0x8847:
	case 0x8848:
		dec_mpls(x, off, end);
		return true;
	case 0x8863:
		dec_pppoe_discovery(x, off, end);
		return true;
	case 0x8864:
		dec_pppoe_session(x, off, end);
		return true;
	case 0x0806:
		dec_arp(x, off, end);
		return true;
	case 0x88e7:
		dec_8021ah(x, off, end);
		return true;
	case 0x8926:
		dec_vntag(x, off, end);
		return true;
	case 0x8903:
		dec_dce(x, off, end);
		return true;
	case 0x894f:
		dec_nsh(x, off, end);
		return true;
	default:
		if (type <= 1500 && dec_llc(x, off, end))
			return true;
		x->ctx->cnt->unknown_ethertype++;
		dec_event(x, SIG_DE_ETHERNET_UNKNOWN_ETHERTYPE);
		return false;
	}
}

void dec_vlan(struct dec *x, uint32_t off, uint32_t end)
{
	struct dp_pkt *p = x->p;

	if (end - off < 4) {
		dec_event(x, SIG_DE_VLAN_HEADER_TOO_SMALL);
		return;
	}
	if (p->n_vlan >= DP_PKT_MAX_VLANS) {
		dec_event(x, SIG_DE_VLAN_TOO_MANY_LAYERS);
		return;
	}
	if (!dec_layer(x, DP_L_VLAN, off, 4))
		return;
	p->vlan[p->n_vlan++] = be16(x->d + off) & 0xfff;
	if (p->n_vlan == 1)
		x->ctx->cnt->vlan++;
	else if (p->n_vlan == 2)
		x->ctx->cnt->vlan_qinq++;
	else
		x->ctx->cnt->vlan_qinqinq++;
	if (!dec_ethertype(x, be16(x->d + off + 2), off + 4, end))
		dec_event(x, SIG_DE_VLAN_UNKNOWN_TYPE);
}

/* The bottom label says what follows (RFC 3032 §2.1), else the first nibble does (RFC 4928). */
static void mpls_payload(struct dec *x, uint32_t label, uint32_t off, uint32_t end)
{
	uint8_t nibble;

	if (end - off < 1) {
		dec_event(x, SIG_DE_MPLS_PKT_TOO_SMALL);
		return;
	}
	nibble = x->d[off] >> 4;
	if (label == 0) {
		dec_ipv4(x, off, end);
	} else if (label == 1) {
		dec_event(x, SIG_DE_MPLS_BAD_LABEL_ROUTER_ALERT);
	} else if (label == 2) {
		dec_ipv6(x, off, end);
	} else if (label == 3) {
		dec_event(x, SIG_DE_MPLS_BAD_LABEL_IMPLICIT_NULL);
	} else if (label < 16) {
		dec_event(x, SIG_DE_MPLS_BAD_LABEL_RESERVED);
	} else if (nibble == 4) {
		dec_ipv4(x, off, end);
	} else if (nibble == 6) {
		dec_ipv6(x, off, end);
	} else if (nibble == 0 && end - off >= 4 + 14) {
		dec_ethernet(x, off + 4, end); // pseudo-wire control word (RFC 4448 §4.6)
	} else if (nibble == 0) {
		dec_event(x, SIG_DE_MPLS_PKT_TOO_SMALL);
	} else {
		dec_event(x, SIG_DE_MPLS_UNKNOWN_PAYLOAD_TYPE);
	}
}

void dec_mpls(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t first = off, shim;

	x->ctx->cnt->mpls++;
	do {
		if (end - off < 4) {
			dec_event(x, SIG_DE_MPLS_HEADER_TOO_SMALL);
			return;
		}
		shim = be32(x->d + off);
		off += 4;
	} while (!(shim & 0x100));
	if (dec_layer(x, DP_L_MPLS, first, off - first))
		mpls_payload(x, shim >> 12, off, end);
}

static void ppp_protocol(struct dec *x, uint16_t proto, uint32_t off, uint32_t end)
{
	switch (proto) {
	case 0x0021:
		if (end - off < 20)
			dec_event(x, SIG_DE_PPP_IP4_PKT_TOO_SMALL);
		else if (x->d[off] >> 4 == 4)
			dec_ipv4(x, off, end);
		break;
	case 0x002f: // Van Jacobson, uncompressed TCP/IP: an IPv4 packet follows
		if (end - off < 20)
			dec_event(x, SIG_DE_PPP_VJU_PKT_TOO_SMALL);
		else if (x->d[off] >> 4 == 4)
			dec_ipv4(x, off, end);
		break;
	case 0x0057:
		if (end - off < 40)
			dec_event(x, SIG_DE_PPP_IP6_PKT_TOO_SMALL);
		else
			dec_ipv6(x, off, end);
		break;
	case 0x0281:
	case 0x0283:
		dec_mpls(x, off, end);
		break;
	case 0x002d:
	case 0x0023:
	case 0x0025:
	case 0x0027:
	case 0x0029:
	case 0x002b:
	case 0x0031:
	case 0x003d:
	case 0x0055:
	case 0x8021:
	case 0x8023:
	case 0x8025:
	case 0x8027:
	case 0x8029:
	case 0x802b:
	case 0x8031:
	case 0x8057:
	case 0x80fd:
	case 0xc021:
	case 0xc023:
	case 0xc025:
	case 0xc223:
		dec_event(x, SIG_DE_PPP_UNSUP_PROTO);
		break;
	default:
		dec_event(x, SIG_DE_PPP_WRONG_TYPE);
	}
}

/* RFC 1661 §2: a protocol number of one byte is odd; RFC 1662: address and control may lead. */
void dec_ppp(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t at = off;
	uint16_t proto;

	x->ctx->cnt->ppp++;
	if (end - at >= 2 && x->d[at] == 0xff && x->d[at + 1] == 0x03)
		at += 2;
	if (end - at < 1 || (!(x->d[at] & 1) && end - at < 2)) {
		dec_event(x, SIG_DE_PPP_PKT_TOO_SMALL);
		return;
	}
	if (x->d[at] & 1) {
		proto = x->d[at];
		at += 1;
	} else {
		proto = be16(x->d + at);
		at += 2;
	}
	if (dec_layer(x, DP_L_PPP, off, at - off))
		ppp_protocol(x, proto, at, end);
}

/* RFC 2516 §4: version, type, code, session, length, then a PPP protocol number. */
void dec_pppoe_session(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t at = off + 6;
	uint16_t proto;

	x->ctx->cnt->pppoe++;
	if (end - off < 7 || (!(x->d[at] & 1) && end - off < 8)) {
		dec_event(x, SIG_DE_PPPOE_PKT_TOO_SMALL);
		return;
	}
	if (x->d[off + 1] != 0) {
		dec_event(x, SIG_DE_PPPOE_WRONG_CODE);
		return;
	}
	proto = x->d[at] & 1 ? x->d[at] : be16(x->d + at);
	at += x->d[at] & 1 ? 1 : 2;
	if (dec_layer(x, DP_L_PPPOE, off, at - off))
		ppp_protocol(x, proto, at, end);
}

void dec_pppoe_discovery(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t at = off + 6, stop;

	x->ctx->cnt->pppoe++;
	if (end - off < 6) {
		dec_event(x, SIG_DE_PPPOE_PKT_TOO_SMALL);
		return;
	}
	switch (x->d[off + 1]) {
	case 0x09:
	case 0x07:
	case 0x19:
	case 0x65:
	case 0xa7:
		break;
	default:
		dec_event(x, SIG_DE_PPPOE_WRONG_CODE);
		return;
	}
	if (!dec_layer(x, DP_L_PPPOE, off, 6))
		return;
	stop = at + be16(x->d + off + 4);
	if (stop > end) {
		dec_event(x, SIG_DE_PPPOE_MALFORMED_TAGS);
		return;
	}
	while (at < stop) {
		if (stop - at < 4 || (uint32_t)be16(x->d + at + 2) > stop - at - 4) {
			dec_event(x, SIG_DE_PPPOE_MALFORMED_TAGS);
			return;
		}
		at += 4u + be16(x->d + at + 2);
	}
}

/* RFC 8300 §2: base header with a length in 4-byte words and the protocol that follows. */
void dec_nsh(struct dec *x, uint32_t off, uint32_t end)
{
	const uint8_t *b = x->d + off;
	uint32_t len;

	if (end - off < 8) {
		dec_event(x, SIG_DE_NSH_HEADER_TOO_SMALL);
		return;
	}
	len = (b[1] & 63u) * 4;
	if (b[0] >> 6 != 0) {
		dec_event(x, SIG_DE_NSH_UNSUPPORTED_VERSION);
		return;
	}
	if (len < 8 || len > end - off) {
		dec_event(x, SIG_DE_NSH_BAD_HEADER_LENGTH);
		return;
	}
	if ((b[2] & 15) == 0 || (b[2] & 15) == 15) {
		dec_event(x, SIG_DE_NSH_RESERVED_TYPE);
		return;
	}
	if (!dec_layer(x, DP_L_NSH, off, len))
		return;
	switch (b[3]) {
	case 1:
		dec_ipv4(x, off + len, end);
		break;
	case 2:
		dec_ipv6(x, off + len, end);
		break;
	case 3:
		dec_ethernet(x, off + len, end);
		break;
	case 4:
	case 5:
	case 6:
		dec_event(x, SIG_DE_NSH_UNSUPPORTED_TYPE);
		break;
	default:
		dec_event(x, SIG_DE_NSH_UNKNOWN_PAYLOAD);
	}
}

/* RFC 826, Ethernet and IPv4 only. */
void dec_arp(struct dec *x, uint32_t off, uint32_t end)
{
	const uint8_t *b = x->d + off;

	x->ctx->cnt->arp++;
	if (end - off < 8)
		dec_event(x, SIG_DE_ARP_PKT_TOO_SMALL);
	else if (be16(b) != 1)
		dec_event(x, SIG_DE_ARP_UNSUPPORTED_HARDWARE);
	else if (be16(b + 2) != 0x0800)
		dec_event(x, SIG_DE_ARP_UNSUPPORTED_PROTOCOL);
	else if (end - off < 28)
		dec_event(x, SIG_DE_ARP_UNSUPPORTED_PKT);
	else if (b[4] != 6)
		dec_event(x, SIG_DE_ARP_INVALID_HARDWARE_SIZE);
	else if (b[5] != 4)
		dec_event(x, SIG_DE_ARP_INVALID_PROTOCOL_SIZE);
	else if (be16(b + 6) == 0 || be16(b + 6) > 10)
		dec_event(x, SIG_DE_ARP_UNSUPPORTED_OPCODE);
	else
		x->p->arp = true;
	x->p->arp_off = (uint16_t)off;
}
