/* SPDX-License-Identifier: Apache-2.0 */
/* TCP, UDP, SCTP, ESP and the choice among transports. */
#include "decode_priv.h"

enum {
	TCPOPT_EOL,
	TCPOPT_NOP,
	TCPOPT_MSS,
	TCPOPT_WS,
	TCPOPT_SACKOK,
	TCPOPT_SACK,
	TCPOPT_TS = 8,
	TCPOPT_MD5 = 19,
	TCPOPT_AO = 29,
};

static void set_payload(struct dec *x, uint32_t off, uint32_t hlen, uint32_t end)
{
	x->p->l4_off = (uint16_t)off;
	x->p->l4_hdr_len = (uint16_t)hlen;
	x->p->payload = (struct dp_span){x->d + off + hlen, end - off - hlen};
}

/* Length rules per option (RFC 9293 §3.2, RFC 7323, RFC 2018). An option that breaks its rule is
 * remarked and skipped; one that appears twice keeps its first value. */
static void tcp_option(struct dec *x, const uint8_t *o, uint8_t off)
{
	struct dp_tcp_view *t = &x->p->tcp;
	bool dup = false, bad = false;

	switch (o[0]) {
	case TCPOPT_WS:
		if (o[1] != 3)
			bad = true;
		else if (t->has_wscale)
			dup = true;
		else {
			t->has_wscale = true;
			t->wscale = o[2] > 14 ? 14 : o[2]; // RFC 7323 §2.3
		}
		break;
	case TCPOPT_MSS:
		if (o[1] != 4)
			bad = true;
		else if (t->has_mss)
			dup = true;
		else {
			t->has_mss = true;
			t->mss = be16(o + 2);
		}
		break;
	case TCPOPT_SACKOK:
		if (o[1] != 2)
			bad = true;
		else if (t->has_sack_ok)
			dup = true;
		else
			t->has_sack_ok = true;
		break;
	case TCPOPT_TS:
		if (o[1] != 10)
			bad = true;
		else if (t->has_ts)
			dup = true;
		else {
			t->has_ts = true;
			t->tsval = be32(o + 2);
			t->tsecr = be32(o + 6);
		}
		break;
	case TCPOPT_SACK:
		if (t->n_sack != 0)
			dup = true;
		else if (o[1] < 2 || (o[1] - 2) % 8 != 0)
			bad = true;
		else {
			t->n_sack = (uint8_t)((o[1] - 2) / 8);
			t->sack_off = (uint8_t)(off + 2);
		}
		break;
	case TCPOPT_MD5:
	case TCPOPT_AO:
		t->has_auth = true;
		break;
	default:
		break;
	}
	if (bad)
		dec_event(x, SIG_DE_TCP_OPT_INVALID_LEN);
	if (dup)
		dec_event(x, SIG_DE_TCP_OPT_DUPLICATE);
}

static void tcp_options(struct dec *x, const uint8_t *h, uint32_t off, uint32_t end)
{
	while (off < end) {
		const uint8_t *o = h + off;

		if (o[0] == TCPOPT_EOL)
			return;
		if (o[0] == TCPOPT_NOP) {
			off++;
			continue;
		}
		if (end - off < 2)
			return;
		if (o[1] < 2 || o[1] > end - off) {
			dec_event(x, SIG_DE_TCP_OPT_INVALID_LEN);
			return;
		}
		tcp_option(x, o, (uint8_t)off);
		off += o[1];
	}
}

/* The layout nearly every segment has (RFC 7323 appendix A): NOP NOP timestamps. */
static bool tcp_options_usual(struct dp_tcp_view *t, const uint8_t *o, uint32_t n)
{
	if (n != 12 || be32(o) != 0x0101080a)
		return false;
	t->has_ts = true;
	t->tsval = be32(o + 4);
	t->tsecr = be32(o + 8);
	return true;
}

static void dec_tcp(struct dec *x, uint32_t off, uint32_t end)
{
	struct dp_pkt *p = x->p;
	const uint8_t *b = x->d + off;
	uint32_t hlen;

	x->ctx->cnt->tcp++;
	if (end - off < 20) {
		dec_event(x, SIG_DE_TCP_PKT_TOO_SMALL);
		return;
	}
	hlen = (b[12] >> 4) * 4u;
	if (hlen < 20) {
		dec_event(x, SIG_DE_TCP_HLEN_TOO_SMALL);
		return;
	}
	if (hlen > end - off) {
		dec_event(x, SIG_DE_TCP_INVALID_OPTLEN);
		return;
	}
	if (!dec_layer(x, DP_L_TCP, off, hlen))
		return;
	p->sp = be16(b);
	p->dp = be16(b + 2);
	p->tcp = (struct dp_tcp_view){.seq = be32(b + 4),
		.ack = be32(b + 8),
		.win = be16(b + 14),
		.urp = be16(b + 18),
		.flags = b[13],
		.x2 = b[12] & 15,
		.hdr_len = (uint8_t)hlen};
	set_payload(x, off, hlen, end);
	if (hlen > 20 && !tcp_options_usual(&p->tcp, b + 20, hlen - 20))
		tcp_options(x, b, 20, hlen);
}

static void dec_udp(struct dec *x, uint32_t off, uint32_t end)
{
	struct dp_pkt *p = x->p;
	const uint8_t *b = x->d + off;
	uint32_t len;

	x->ctx->cnt->udp++;
	if (end - off < 8) {
		dec_event(x, SIG_DE_UDP_HLEN_TOO_SMALL);
		return;
	}
	len = be16(b + 4);
	if (len > end - off) {
		dec_event(x, SIG_DE_UDP_PKT_TOO_SMALL);
		return;
	}
	if (len < 8) {
		dec_event(x, SIG_DE_UDP_LEN_INVALID);
		return;
	}
	if (!dec_layer(x, DP_L_UDP, off, 8))
		return;
	if (len != end - off)
		dec_event(x, SIG_DE_UDP_HLEN_INVALID);
	p->sp = be16(b);
	p->dp = be16(b + 2);
	set_payload(x, off, 8, off + len);
	if (!(p->flags & DP_PF_INVALID))
		dec_udp_tunnel(x, off + 8, off + len);
}

static void dec_sctp(struct dec *x, uint32_t off, uint32_t end)
{
	x->ctx->cnt->sctp++;
	if (end - off < 12) {
		dec_event(x, SIG_DE_SCTP_PKT_TOO_SMALL);
		return;
	}
	if (!dec_layer(x, DP_L_SCTP, off, 12))
		return;
	x->p->sp = be16(x->d + off);
	x->p->dp = be16(x->d + off + 2);
	set_payload(x, off, 12, end);
}

static void dec_esp(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off < 8) {
		dec_event(x, SIG_DE_ESP_PKT_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_ESP, off, 8))
		set_payload(x, off, 8, end);
}

static void dec_igmp(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off < 8) {
		dec_event(x, SIG_DE_IGMP_PKT_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_OTHER, off, 8))
		set_payload(x, off, 8, end);
}

/* IPv4 only; IPv6 met it among the extension headers. */
static bool dec_auth(struct dec *x, uint32_t off, uint32_t end)
{
	uint32_t len;

	if (end - off < 12)
		return true;
	len = (x->d[off + 1] + 2u) * 4;
	if (len < 12 || len > end - off || !dec_layer(x, DP_L_AH, off, len))
		return true;
	x->p->ip_proto = x->d[off];
	if (x->p->ip_proto == 51)
		return true;
	return dec_transport(x, x->p->ip_proto, off + len, end);
}

bool dec_transport(struct dec *x, uint8_t proto, uint32_t off, uint32_t end)
{
	const struct dp_span ip_payload = x->p->payload;

	// A transport whose header does not parse has no payload that anybody would receive.
	x->p->payload.n = 0;
	switch (proto) {
	case 6:
		dec_tcp(x, off, end);
		return true;
	case 17:
		dec_udp(x, off, end);
		return true;
	case 1:
		dec_icmpv4(x, off, end);
		return true;
	case 58:
		dec_icmpv6(x, off, end);
		return true;
	case 132:
		dec_sctp(x, off, end);
		return true;
	case 47:
		x->p->payload = ip_payload;
		dec_gre(x, off, end);
		return true;
	case 50:
		dec_esp(x, off, end);
		return true;
	case 2:
		dec_igmp(x, off, end);
		return true;
	case 51:
		x->p->payload = ip_payload;
		return x->p->ip_ver == 4 && dec_auth(x, off, end);
	default:
		x->p->payload = ip_payload;
		return false;
	}
}
