/* SPDX-License-Identifier: Apache-2.0 */
/* GRE, ERSPAN, VXLAN, Geneve, Teredo: what they carry becomes a packet of its own. */
#include "decode_priv.h"

/* ERSPAN: session header of 8 (type II) or 12 to 20 bytes (type III), then an Ethernet frame. */
static void erspan(struct dec *x, uint16_t proto, uint32_t off, uint32_t end)
{
	uint32_t len;

	x->ctx->cnt->erspan++;
	if (end - off < 8) {
		dec_event(x, SIG_DE_ERSPAN_HEADER_TOO_SMALL);
		return;
	}
	if (proto == 0x88be && x->d[off] >> 4 != 1) {
		dec_event(x, SIG_DE_ERSPAN_UNSUPPORTED_VERSION);
		return;
	}
	len = 8;
	if (proto == 0x22eb) {
		if (x->d[off] >> 4 != 2 || end - off < 12) {
			dec_event(x, SIG_DE_ERSPAN_UNSUPPORTED_VERSION);
			return;
		}
		len = x->d[off + 11] & 1 ? 20 : 12;
	}
	if (len > end - off) {
		dec_event(x, SIG_DE_ERSPAN_HEADER_TOO_SMALL);
		return;
	}
	if ((be16(x->d + off) & 0xfff) != 0 && x->p->n_vlan >= DP_PKT_MAX_VLANS) {
		dec_event(x, SIG_DE_ERSPAN_TOO_MANY_VLAN_LAYERS);
		return;
	}
	// The session header names the VLAN that the mirrored frame had.
	if ((be16(x->d + off) & 0xfff) != 0)
		x->p->inner_vlan = be16(x->d + off) & 0xfff;
	x->p->inner_extra = (uint16_t)len;
	if (dec_layer(x, DP_L_ERSPAN, off, len))
		dec_inner(x, DP_INNER_ETHERNET, DP_SRC_GRE, off + len, end);
}

static void gre_payload(struct dec *x, uint16_t proto, bool seq, uint32_t off, uint32_t end)
{
	switch (proto) {
	case 0x0800:
		dec_inner(x, DP_INNER_IPV4, DP_SRC_GRE, off, end);
		break;
	case 0x86dd:
		dec_inner(x, DP_INNER_IPV6, DP_SRC_GRE, off, end);
		break;
	case 0x0806:
		dec_inner(x, DP_INNER_ARP, DP_SRC_GRE, off, end);
		break;
	case 0x880b:
		dec_inner(x, DP_INNER_PPP, DP_SRC_GRE, off, end);
		break;
	case 0x8100:
		dec_inner(x, DP_INNER_VLAN, DP_SRC_GRE, off, end);
		break;
	case 0x6558:
		dec_inner(x, DP_INNER_ETHERNET, DP_SRC_GRE, off, end);
		break;
	case 0x88be: // without a sequence number it is type I: no ERSPAN header at all
		if (seq)
			erspan(x, proto, off, end);
		else if (x->ctx->conf->erspan1) {
			x->ctx->cnt->erspan++;
			dec_inner(x, DP_INNER_ETHERNET, DP_SRC_GRE, off, end);
		}
		break;
	case 0x22eb:
		erspan(x, proto, off, end);
		break;
	default:
		break;
	}
}

/* RFC 1701 source route entries: family, offset, length, bytes; an entry of length 0 ends them. */
static bool gre_routing(struct dec *x, uint32_t off, uint32_t end, uint32_t *hlen)
{
	while (*hlen + 4 <= end - off) {
		uint8_t n = x->d[off + *hlen + 3];

		*hlen += 4;
		if (n == 0 && be16(x->d + off + *hlen - 4) == 0)
			return true;
		if (n > end - off - *hlen)
			break;
		*hlen += n;
	}
	dec_event(x, SIG_DE_GRE_VERSION0_MALFORMED_SRE_HDR);
	return false;
}

/* RFC 2784, RFC 2890, with the routing of RFC 1701. */
static bool gre_v0(struct dec *x, uint32_t off, uint32_t end, uint32_t *hlen)
{
	uint8_t f = x->d[off], v = x->d[off + 1];

	if (f & 7) {
		dec_event(x, SIG_DE_GRE_VERSION0_RECUR);
		return false;
	}
	if (v & 0xf8) {
		dec_event(x, SIG_DE_GRE_VERSION0_FLAGS);
		return false;
	}
	if (f & 0xc0)
		*hlen += 4; // checksum and offset
	if (f & 0x20)
		*hlen += 4;
	if (f & 0x10)
		*hlen += 4;
	if (*hlen > end - off) {
		dec_event(x, SIG_DE_GRE_VERSION0_HDR_TOO_BIG);
		return false;
	}
	return !(f & 0x40) || gre_routing(x, off, end, hlen);
}

/* RFC 2637 §4.1 (PPTP). */
static bool gre_v1(struct dec *x, uint32_t off, uint32_t end, uint32_t *hlen)
{
	uint8_t f = x->d[off], v = x->d[off + 1];
	enum sig_pkt_event ev = SIG_DE__COUNT;

	if (f & 0x80)
		ev = SIG_DE_GRE_VERSION1_CHKSUM;
	else if (f & 0x40)
		ev = SIG_DE_GRE_VERSION1_ROUTE;
	else if (f & 0x08)
		ev = SIG_DE_GRE_VERSION1_SSR;
	else if (f & 7)
		ev = SIG_DE_GRE_VERSION1_RECUR;
	else if (v & 0x78)
		ev = SIG_DE_GRE_VERSION1_FLAGS;
	else if (be16(x->d + off + 2) != 0x880b)
		ev = SIG_DE_GRE_VERSION1_WRONG_PROTOCOL;
	else if (!(f & 0x20))
		ev = SIG_DE_GRE_VERSION1_NO_KEY;
	*hlen += 4;
	if (f & 0x10)
		*hlen += 4;
	if (v & 0x80)
		*hlen += 4;
	if (ev == SIG_DE__COUNT && *hlen > end - off)
		ev = SIG_DE_GRE_VERSION1_HDR_TOO_BIG;
	if (ev != SIG_DE__COUNT)
		dec_event(x, ev);
	return ev == SIG_DE__COUNT;
}

void dec_gre(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t hlen = 4;
	uint8_t ver;
	bool ok;

	x->ctx->cnt->gre++;
	if (end - off < 4) {
		dec_event(x, SIG_DE_GRE_PKT_TOO_SMALL);
		return;
	}
	ver = x->d[off + 1] & 7;
	if (ver > 1) {
		dec_event(x, SIG_DE_GRE_WRONG_VERSION);
		return;
	}
	ok = ver == 0 ? gre_v0(x, off, end, &hlen) : gre_v1(x, off, end, &hlen);
	if (!ok || !dec_layer(x, DP_L_GRE, off, hlen))
		return;
	x->p->payload = (struct dp_span){x->d + off + hlen, end - off - hlen};
	gre_payload(x, be16(x->d + off + 2), x->d[off] & 0x10, off + hlen, end);
}

static bool port_in(const uint16_t *list, uint16_t port)
{
	for (unsigned i = 0; i < 4 && list[i] != 0; i++)
		if (list[i] == port)
			return true;
	return false;
}

/* RFC 7348 §5. Bits other than I are reserved; what sets them is another protocol on that port. */
static bool vxlan(struct dec *x, uint32_t off, uint32_t end)
{
	uint16_t type;

	if (end - off < 8 + 14 || !(x->d[off] & 8) || x->d[off + 7] != 0)
		return false;
	type = be16(x->d + off + 8 + 12);
	if (type != 0x0800 && type != 0x86dd && type != 0x8100 && type != 0x88a8 &&
		type != 0x0806) {
		dec_event(x, SIG_DE_VXLAN_UNKNOWN_PAYLOAD_TYPE);
		return false;
	}
	x->ctx->cnt->vxlan++;
	if (dec_layer(x, DP_L_VXLAN, off, 8))
		dec_inner(x, DP_INNER_ETHERNET, DP_SRC_VXLAN, off + 8, end);
	return true;
}

/* RFC 8926 §3.4. */
static bool geneve(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t len;
	uint16_t type;
	enum dp_inner kind;

	if (end - off < 8 || x->d[off] >> 6 != 0)
		return false;
	len = 8 + (x->d[off] & 63u) * 4;
	if (len > end - off || x->d[off + 7] != 0)
		return false;
	type = be16(x->d + off + 2);
	if (type == 0x6558) {
		kind = DP_INNER_ETHERNET;
	} else if (type == 0x0800) {
		kind = DP_INNER_IPV4;
	} else if (type == 0x86dd) {
		kind = DP_INNER_IPV6;
	} else {
		dec_event(x, SIG_DE_GENEVE_UNKNOWN_PAYLOAD_TYPE);
		return false;
	}
	x->ctx->cnt->geneve++;
	if (dec_layer(x, DP_L_GENEVE, off, len))
		dec_inner(x, kind, DP_SRC_GENEVE, off + len, end);
	return true;
}

/* RFC 4380 §5.1.1: optional authentication and origin indications, then an IPv6 packet that fills
 * the rest exactly (what else would tell it from anything on that port). */
static bool teredo(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off >= 4 && x->d[off] == 0 && x->d[off + 1] == 1) {
		uint32_t len = 4u + x->d[off + 2] + x->d[off + 3] + 8 + 1;

		if (len > end - off)
			return false;
		off += len;
	}
	if (end - off >= 8 && x->d[off] == 0 && x->d[off + 1] == 0)
		off += 8;
	if (end - off < 40 || x->d[off] >> 4 != 6 || be16(x->d + off + 4) != end - off - 40)
		return false;
	x->ctx->cnt->teredo++;
	if (dec_layer(x, DP_L_TEREDO, off, 0))
		dec_inner(x, DP_INNER_IPV6, DP_SRC_TEREDO, off, end);
	return true;
}

void dec_udp_tunnel(struct dec *x, uint32_t off, uint32_t end)
{
	const struct dp_conf *c = x->ctx->conf;
	const struct dp_pkt *p = x->p;

	if (c->teredo && (port_in(c->teredo_ports, p->dp) || port_in(c->teredo_ports, p->sp)) &&
		teredo(x, off, end))
		return;
	if (c->geneve && port_in(c->geneve_ports, p->dp) && geneve(x, off, end))
		return;
	if (c->vxlan && port_in(c->vxlan_ports, p->dp))
		vxlan(x, off, end);
}
