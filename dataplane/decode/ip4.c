/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_priv.h"
#include <string.h>

/* Options of RFC 791 §3.1, RFC 1108, RFC 2113, RFC 4782, FIPS 188. Index in a bitmap for doubles.
 */
enum {
	OPT_EOL = 0,
	OPT_NOP = 1,
	OPT_RR = 7,
	OPT_QS = 25,
	OPT_TS = 68,
	OPT_SEC = 130,
	OPT_LSRR = 131,
	OPT_ESEC = 133,
	OPT_CIPSO = 134,
	OPT_SID = 136,
	OPT_SSRR = 137,
	OPT_RTRALT = 148
};

/* Record route and source routes: pointer from 4 in steps of 4, at most one past the end. */
static enum sig_pkt_event check_route(const uint8_t *o, uint8_t len)
{
	if (len < 3)
		return SIG_DE_IPV4_OPT_INVALID_LEN;
	if (o[2] < 4 || o[2] % 4 != 0 || o[2] > len + 1)
		return SIG_DE_IPV4_OPT_MALFORMED;
	return SIG_DE__COUNT;
}

/* Timestamps: pointer from 5; flag 0 in steps of 4, flags 1 and 3 in steps of 8. */
static enum sig_pkt_event check_timestamp(const uint8_t *o, uint8_t len)
{
	uint8_t flag, step;

	if (len < 5)
		return SIG_DE_IPV4_OPT_INVALID_LEN;
	if (o[2] < 5)
		return SIG_DE_IPV4_OPT_MALFORMED;
	flag = o[3] & 15;
	step = flag == 1 || flag == 3 ? 8 : 4;
	if ((o[2] - 5) % step != 0 || o[2] > len + 1)
		return SIG_DE_IPV4_OPT_MALFORMED;
	return SIG_DE__COUNT;
}

/* Tag types of FIPS 188 §5: whole tags within the option. */
static enum sig_pkt_event check_cipso(const uint8_t *o, uint8_t len)
{
	uint8_t at = 6;

	if (len < 8)
		return SIG_DE_IPV4_OPT_INVALID_LEN;
	while (at < len) {
		if (o[at] == 0) {
			at++;
			continue;
		}
		if (len - at < 2 || o[at + 1] < 2 || o[at + 1] > len - at)
			return SIG_DE_IPV4_OPT_MALFORMED;
		at = (uint8_t)(at + o[at + 1]);
	}
	return SIG_DE__COUNT;
}

/* SIG_DE__COUNT: fine. *bit: which bit marks that it was seen, 32 for unknown. */
static enum sig_pkt_event check_option(const uint8_t *o, uint8_t len, unsigned *bit)
{
	switch (o[0]) {
	case OPT_RR:
		*bit = 0;
		return check_route(o, len);
	case OPT_LSRR:
		*bit = 1;
		return check_route(o, len);
	case OPT_SSRR:
		*bit = 2;
		return check_route(o, len);
	case OPT_QS:
		*bit = 3;
		return len < 8 ? SIG_DE_IPV4_OPT_INVALID_LEN : SIG_DE__COUNT;
	case OPT_TS:
		*bit = 4;
		return check_timestamp(o, len);
	case OPT_SEC:
		*bit = 5;
		return len != 11 ? SIG_DE_IPV4_OPT_INVALID_LEN : SIG_DE__COUNT;
	case OPT_ESEC:
		*bit = 6;
		return len < 3 ? SIG_DE_IPV4_OPT_INVALID_LEN : SIG_DE__COUNT;
	case OPT_CIPSO:
		*bit = 7;
		return check_cipso(o, len);
	case OPT_SID:
		*bit = 8;
		return len != 4 ? SIG_DE_IPV4_OPT_INVALID_LEN : SIG_DE__COUNT;
	case OPT_RTRALT:
		*bit = 9;
		return len != 4 ? SIG_DE_IPV4_OPT_INVALID_LEN : SIG_DE__COUNT;
	default:
		*bit = 32;
		return SIG_DE_IPV4_OPT_UNKNOWN;
	}
}

/*
 * Options that make a packet disappear at its end (broken lengths and pointers: RFC 1122 3.2.1.8), or
 * that most hosts refuse and some obey (source routes: RFC 7126 4.3, 4.4).
 */
static void dubious_option(struct dec *x, uint8_t type, enum sig_pkt_event ev)
{
	if (type == OPT_LSRR || type == OPT_SSRR || ev == SIG_DE_IPV4_OPT_INVALID_LEN ||
		ev == SIG_DE_IPV4_OPT_EOL_REQUIRED ||
		(ev == SIG_DE_IPV4_OPT_MALFORMED && type != OPT_CIPSO))
		x->p->flags |= DP_PF_DISCARD;
}

static void dec_ipv4_options(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t seen = 0;

	if ((end - off) % 8 != 0)
		dec_event(x, SIG_DE_IPV4_OPT_PAD_REQUIRED);
	while (off < end) {
		const uint8_t *o = x->d + off;
		enum sig_pkt_event ev;
		unsigned bit;

		if (o[0] == OPT_EOL)
			return;
		if (o[0] == OPT_NOP) {
			off++;
			continue;
		}
		if (end - off < 2) {
			dec_event(x, SIG_DE_IPV4_OPT_EOL_REQUIRED);
			dubious_option(x, o[0], SIG_DE_IPV4_OPT_EOL_REQUIRED);
			return;
		}
		if (o[1] < 2 || o[1] > end - off) {
			dec_event(x, SIG_DE_IPV4_OPT_INVALID_LEN);
			dubious_option(x, o[0], SIG_DE_IPV4_OPT_INVALID_LEN);
			return;
		}
		ev = check_option(o, o[1], &bit);
		dubious_option(x, o[0], ev);
		if (bit < 32 && (seen >> bit & 1))
			dec_event(x, SIG_DE_IPV4_OPT_DUPLICATE);
		else if (ev != SIG_DE__COUNT)
			dec_event(x, ev);
		if (ev != SIG_DE__COUNT && ev != SIG_DE_IPV4_OPT_UNKNOWN)
			return;
		if (bit < 32)
			seen |= 1u << bit;
		off += o[1];
	}
}

static bool ipv4_header(struct dec *x, uint32_t off, uint32_t end, uint32_t *hlen, uint32_t *total)
{
	const uint8_t *b = x->d + off;
	enum sig_pkt_event ev = SIG_DE__COUNT;

	if (end - off < 20) {
		dec_event(x, SIG_DE_IPV4_PKT_TOO_SMALL);
		return false;
	}
	*hlen = (b[0] & 15u) * 4;
	*total = be16(b + 2);
	if (b[0] >> 4 != 4)
		ev = SIG_DE_IPV4_WRONG_IP_VERSION;
	else if (*hlen < 20)
		ev = SIG_DE_IPV4_HLEN_TOO_SMALL;
	else if (*total < *hlen)
		ev = SIG_DE_IPV4_IPLEN_SMALLER_THAN_HLEN;
	else if (*total > end - off)
		ev = SIG_DE_IPV4_TRUNC_PKT;
	if (ev != SIG_DE__COUNT)
		dec_event(x, ev);
	return ev == SIG_DE__COUNT;
}

static void ipv4_tunnel(struct dec *x, uint8_t proto, uint32_t off, uint32_t end)
{
	if (proto == 4) {
		x->ctx->cnt->ipv4_in_ipv4++;
		dec_inner(x, DP_INNER_IPV4, DP_SRC_IPV4, off, end);
	} else {
		x->ctx->cnt->ipv6_in_ipv4++;
		dec_inner(x, DP_INNER_IPV6, DP_SRC_IPV4, off, end);
	}
}

void dec_ipv4(struct dec *x, uint32_t off, uint32_t end)
{
	struct dp_pkt *p = x->p;
	const uint8_t *b = x->d + off;
	uint32_t hlen, total;
	uint16_t frag;

	x->ctx->cnt->ipv4++;
	if (!ipv4_header(x, off, end, &hlen, &total) || !dec_layer(x, DP_L_IPV4, off, hlen))
		return;
	end = off + total;
	p->ip_ver = 4;
	p->flags |= DP_PF_IPV4;
	p->ip_off = (uint16_t)off;
	p->ip_hdr_len = (uint16_t)hlen;
	p->ip_total_len = (uint16_t)total;
	p->tos = b[1];
	p->ip_id = be16(b + 4);
	frag = be16(b + 6);
	p->ttl = b[8];
	p->ip_proto = b[9];
	memcpy(p->src.b, b + 12, 4);
	memcpy(p->dst.b, b + 16, 4);
	p->frag_flags = (uint8_t)((frag >> 13 & 1) | (frag >> 13 & 2) | (frag >> 13 & 4));
	p->frag_off = (uint16_t)((frag & 0x1fff) * 8u);
	p->payload = (struct dp_span){b + hlen, end - off - hlen};
	if (hlen > 20)
		dec_ipv4_options(x, off + 20, off + hlen);
	if (p->frag_off != 0 || (p->frag_flags & 1)) {
		p->flags |= DP_PF_FRAG | DP_PF_NOPAYLOAD_INSPECT; // the datagram shows it
		return;
	}
	if (p->ip_proto == 4 || p->ip_proto == 41)
		ipv4_tunnel(x, p->ip_proto, off + hlen, end);
	else if (p->ip_proto == 58)
		dec_event(x, SIG_DE_IPV4_ICMPV6);
	else
		dec_transport(x, p->ip_proto, off + hlen, end);
}
