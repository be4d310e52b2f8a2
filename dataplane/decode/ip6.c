/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_priv.h"
#include <string.h>

/* What the walk over extension headers remembers (RFC 8200 §4). */
struct ext {
	uint32_t off, end;
	uint8_t next;
	uint8_t seen[6]; /* by enum below: how often */
	bool stop;       /* nothing behind may be looked at */
};
enum { EXT_HOP, EXT_DST, EXT_ROUTE, EXT_FRAG, EXT_AH, EXT_ESP };

/* One option's own rule about its length; unknown options say so. */
static bool option_ok(struct dec *x, const uint8_t *o, bool hop, bool *known)
{
	*known = true;
	switch (o[0]) {
	case 5: // router alert (RFC 2711)
		return o[1] == 2;
	case 0xc2: // jumbo payload (RFC 2675)
		return o[1] == 4;
	case 0xc9: // home address (RFC 6275 §6.3)
		return o[1] == 16;
	default:
		*known = false;
		dec_event(
			x, hop ? SIG_DE_IPV6_HOPOPTS_UNKNOWN_OPT : SIG_DE_IPV6_DSTOPTS_UNKNOWN_OPT);
		return true;
	}
}

static bool ext_options(struct dec *x, uint32_t off, uint32_t end, bool hop)
{
	bool only_padding = true;

	while (off < end) {
		const uint8_t *o = x->d + off;
		bool known;

		if (o[0] == 0) { // Pad1
			off++;
			continue;
		}
		if (end - off < 2)
			break;
		if (o[1] > end - off - 2) {
			dec_event(x, SIG_DE_IPV6_EXTHDR_INVALID_OPTLEN);
			return false;
		}
		if (o[0] == 1) { // PadN
			if (o[1] == 0)
				dec_event(x, SIG_DE_IPV6_ZERO_LEN_PADN);
		} else {
			only_padding = false;
			// RFC 8200 4.2: who does not know it discards the packet; who does, does not.
			if (o[0] >> 6 != 0 && o[0] != 0xc2 && o[0] != 0xc9)
				x->p->flags |= DP_PF_DISCARD;
			if (!option_ok(x, o, hop, &known)) {
				dec_event(x, SIG_DE_IPV6_EXTHDR_INVALID_OPTLEN);
				return false;
			}
		}
		off += 2u + o[1];
	}
	if (only_padding)
		dec_event(x,
			hop ? SIG_DE_IPV6_HOPOPTS_ONLY_PADDING : SIG_DE_IPV6_DSTOPTS_ONLY_PADDING);
	return true;
}

static bool ext_seen(struct dec *x, struct ext *e, int kind, uint8_t limit, enum sig_pkt_event ev)
{
	if (e->seen[kind] >= limit) {
		dec_event(x, ev);
		return false;
	}
	e->seen[kind]++;
	return true;
}

/* Reads the length in units and proves that the header is there. */
static bool ext_len(struct dec *x, const struct ext *e, uint32_t unit, uint32_t plus, uint32_t *len)
{
	if (e->end - e->off < 8)
		goto trunc;
	*len = (x->d[e->off + 1] + plus) * unit;
	if (*len <= e->end - e->off)
		return true;
trunc:
	dec_event(x, SIG_DE_IPV6_TRUNC_EXTHDR);
	return false;
}

static bool ext_fragment(struct dec *x, struct ext *e)
{
	struct dp_pkt *p = x->p;
	const uint8_t *b = x->d + e->off;
	uint16_t field;

	if (e->end - e->off < 8) {
		dec_event(x, SIG_DE_IPV6_TRUNC_EXTHDR);
		return false;
	}
	if (!ext_seen(x, e, EXT_FRAG, 1, SIG_DE_IPV6_EXTHDR_DUPL_FH))
		return false;
	field = be16(b + 2);
	if (b[1] != 0 || (field & 6) != 0)
		dec_event(x, SIG_DE_IPV6_FH_NON_ZERO_RESERVED_FIELD);
	p->frag_off = (uint16_t)(field & 0xfff8);
	p->frag_flags = DP_FRAG_V6_HEADER | (field & 1);
	p->frag_id = be32(b + 4);
	e->next = b[0];
	e->off += 8;
	if (p->frag_off == 0 && !(p->frag_flags & 1)) {
		dec_event(x, SIG_DE_IPV6_EXTHDR_USELESS_FH);
		return true;
	}
	if ((p->frag_flags & 1) && (e->end - e->off) % 8 != 0)
		dec_event(x, SIG_DE_IPV6_FRAG_INVALID_LENGTH);
	p->flags |= DP_PF_FRAG | DP_PF_NOPAYLOAD_INSPECT; // the datagram shows it
	e->stop = true;
	return true;
}

static bool ext_auth(struct dec *x, struct ext *e)
{
	uint32_t len;

	if (!ext_len(x, e, 4, 2, &len))
		return false;
	if (!ext_seen(x, e, EXT_AH, 1, SIG_DE_IPV6_EXTHDR_DUPL_AH))
		return false;
	if (be16(x->d + e->off + 2) != 0)
		dec_event(x, SIG_DE_IPV6_EXTHDR_AH_RES_NOT_NULL);
	if (len < 8)
		len = 8;
	e->next = x->d[e->off];
	e->off += len;
	return true;
}

static bool ext_common(struct dec *x, struct ext *e, uint8_t type)
{
	uint32_t len;

	if (!ext_len(x, e, 8, 1, &len))
		return false;
	// RFC 8200 4.1: only directly behind the fixed header.
	if (type == 0 && e->off != x->p->ip_off + 40u)
		x->p->flags |= DP_PF_DISCARD;
	if (type == 0 && !ext_seen(x, e, EXT_HOP, 1, SIG_DE_IPV6_EXTHDR_DUPL_HH))
		return false;
	if (type == 60 && !ext_seen(x, e, EXT_DST, 2, SIG_DE_IPV6_EXTHDR_DUPL_DH))
		return false;
	if (type == 43) {
		if (!ext_seen(x, e, EXT_ROUTE, 1, SIG_DE_IPV6_EXTHDR_DUPL_RH))
			return false;
		if (x->d[e->off + 2] == 0)
			dec_event(x, SIG_DE_IPV6_RH_TYPE_0);
		// Not at its end yet: discarded by hosts that do not know the type, and type 0 by all
		// (RFC 5095). Segment routing (4), mobility (2) and RPL (3) are in use.
		if (x->d[e->off + 3] != 0 && x->d[e->off + 2] != 2 && x->d[e->off + 2] != 3 &&
			x->d[e->off + 2] != 4)
			x->p->flags |= DP_PF_DISCARD;
	}
	if ((type == 0 || type == 60) && !ext_options(x, e->off + 2, e->off + len, type == 0))
		return false;
	e->next = x->d[e->off];
	e->off += len;
	return true;
}

/* True: e->next is a transport protocol (or stop is set). False: nothing to look at. */
static bool walk(struct dec *x, struct ext *e)
{
	// Bounded: every header takes at least 8 of at most 65,535 bytes, and doubles stop it
	// earlier.
	while (!e->stop) {
		bool ok;

		switch (e->next) {
		case 0:
		case 43:
		case 60:
		case 135:
		case 139:
		case 140:
			ok = ext_common(x, e, e->next);
			break;
		case 44:
			ok = ext_fragment(x, e);
			break;
		case 51:
			ok = ext_auth(x, e);
			break;
		default:
			return true;
		}
		if (!ok)
			return false;
		// No header that may follow is shorter than two bytes, and only "none" may follow nothing.
		if (!e->stop && e->next != 59 && e->end - e->off < 2) {
			dec_event(x, SIG_DE_IPV6_TRUNC_EXTHDR);
			return false;
		}
	}
	return true;
}

static void ipv6_tunnel(struct dec *x, uint8_t next, uint32_t off, uint32_t end)
{
	uint32_t need = next == 4 ? 20 : 40;
	uint8_t ver;

	if (end - off < need) {
		dec_event(x, next == 4 ? SIG_DE_IPV6_IPV4_IN_IPV6_TOO_SMALL
				       : SIG_DE_IPV6_IPV6_IN_IPV6_TOO_SMALL);
		return;
	}
	ver = x->d[off] >> 4;
	if (next == 4 && ver != 4) {
		dec_event(x, SIG_DE_IPV6_IPV4_IN_IPV6_WRONG_VERSION);
	} else if (next == 41 && ver != 6) {
		dec_event(x, SIG_DE_IPV6_IPV6_IN_IPV6_WRONG_VERSION);
	} else if (next == 4) {
		x->ctx->cnt->ipv4_in_ipv6++;
		dec_inner(x, DP_INNER_IPV4, DP_SRC_IPV6, off, end);
	} else {
		x->ctx->cnt->ipv6_in_ipv6++;
		dec_inner(x, DP_INNER_IPV6, DP_SRC_IPV6, off, end);
	}
}

static void after_extensions(struct dec *x, const struct ext *e)
{
	struct dp_pkt *p = x->p;

	p->ip_proto = e->next;
	p->ip_hdr_len = (uint16_t)(e->off - p->ip_off);
	p->payload = (struct dp_span){x->d + e->off, e->end - e->off};
	if (p->flags & DP_PF_FRAG)
		return;
	switch (e->next) {
	case 4:
	case 41:
		ipv6_tunnel(x, e->next, e->off, e->end);
		break;
	case 59:
		if (e->end > e->off)
			dec_event(x, SIG_DE_IPV6_DATA_AFTER_NONE_HEADER);
		break;
	case 1:
		dec_event(x, SIG_DE_IPV6_ICMPV4);
		break;
	default:
		if (!dec_transport(x, e->next, e->off, e->end))
			dec_event(x, SIG_DE_IPV6_UNKNOWN_NEXT_HEADER);
	}
}

void dec_ipv6(struct dec *x, uint32_t off, uint32_t end)
{
	struct dp_pkt *p = x->p;
	const uint8_t *b = x->d + off;
	struct ext e = {.off = off + 40};
	enum sig_pkt_event ev = SIG_DE__COUNT;

	x->ctx->cnt->ipv6++;
	if (end - off < 40)
		ev = SIG_DE_IPV6_PKT_TOO_SMALL;
	else if (b[0] >> 4 != 6)
		ev = SIG_DE_IPV6_WRONG_IP_VERSION;
	else if (be16(b + 4) > end - off - 40)
		ev = SIG_DE_IPV6_TRUNC_PKT;
	if (ev != SIG_DE__COUNT) {
		dec_event(x, ev);
		return;
	}
	if (!dec_layer(x, DP_L_IPV6, off, 40))
		return;
	e.end = off + 40 + be16(b + 4);
	e.next = b[6];
	p->ip_ver = 6;
	p->flags |= DP_PF_IPV6;
	p->ip_off = (uint16_t)off;
	p->ip_hdr_len = 40;
	p->ip_total_len = (uint16_t)(e.end - off);
	p->tos = (uint8_t)(b[0] << 4 | b[1] >> 4);
	p->ttl = b[7];
	p->ip_proto = b[6];
	memcpy(p->src.b, b + 8, 16);
	memcpy(p->dst.b, b + 24, 16);
	p->payload = (struct dp_span){b + 40, e.end - off - 40};
	if (walk(x, &e))
		after_extensions(x, &e);
	else // what we cannot read, another may
		p->flags |= DP_PF_DISCARD;
}
