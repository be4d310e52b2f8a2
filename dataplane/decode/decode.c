/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_priv.h"
#include <string.h>

void dp_decode_event(struct dp_ctx *ctx, struct dp_pkt *p, enum sig_pkt_event ev)
{
	dp_pkt_set_event(p, ev);
	ctx->cnt->events[ev]++;
	if (sig_event_info[ev].invalid && !(p->flags & DP_PF_INVALID)) {
		p->flags |= DP_PF_INVALID;
		ctx->cnt->invalid++;
	}
}

bool dec_layer(struct dec *x, enum dp_layer_type type, uint32_t off, uint32_t len)
{
	struct dp_pkt *p = x->p;
	struct dp_layer *l;

	if (p->n_layers >= DP_PKT_MAX_LAYERS || p->n_layers >= x->ctx->conf->decode_max_layers) {
		dec_event(x, SIG_DE_TOO_MANY_LAYERS);
		return false;
	}
	l = &p->layer[p->n_layers++];
	l->type = (uint8_t)type;
	l->off = (uint16_t)off;
	l->len = (uint16_t)len;
	return true;
}

void dec_inner(struct dec *x, enum dp_inner kind, uint8_t src, uint32_t off, uint32_t end)
{
	struct dp_pkt *p = x->p;

	p->inner_kind = (uint8_t)kind;
	p->inner_src = src;
	p->inner_off = off;
	p->inner_len = end - off;
}

/* Only what some reader looks at without asking another field first. */
static void reset(struct dp_pkt *p)
{
	p->flags = 0;
	p->n_layers = p->n_vlan = p->ip_proto = p->ip_ver = 0;
	p->ttl = p->tos = p->frag_flags = 0;
	p->ip_off = p->ip_hdr_len = p->ip_total_len = p->l4_off = p->l4_hdr_len = 0;
	p->ip_id = p->frag_off = p->sp = p->dp = 0;
	p->vlan[0] = p->vlan[1] = p->vlan[2] = 0;
	memset(&p->src, 0, sizeof(p->src));
	memset(&p->dst, 0, sizeof(p->dst));
	p->payload = (struct dp_span){0};
	p->flow = NULL;
	p->tcp.flags = 0;
	p->icmp_type = p->icmp_code = 0;
	p->icmp_id = p->icmp_seq = 0;
	p->inner_kind = DP_INNER_NONE;
	p->inner_vlan = p->inner_extra = p->extra_len = 0;
	p->ip_csum_state = p->l4_csum_state = 0;
	p->frag_id = 0;
	memset(p->events, 0, sizeof(p->events));
	p->dir = 0;
	p->verdict = DP_FORWARD;
	p->reason = DP_R_INSPECTED;
	p->reject = p->drop_flow = 0;
	p->n_alerts = p->alerts_lost = 0;
	p->has_blocker = p->tagged = false;
}

void dec_raw_ip(struct dec *x, uint32_t off, uint32_t end)
{
	if (end - off < 20)
		dec_event(x, SIG_DE_IPV4_PKT_TOO_SMALL);
	else if (x->d[off] >> 4 == 4)
		dec_ipv4(x, off, end);
	else if (x->d[off] >> 4 == 6)
		dec_ipv6(x, off, end);
	else
		dec_event(x, SIG_DE_IPRAW_INVALID_IP_VERSION);
}

/* BSD loopback: the address family in the capturing machine's byte order (LINKTYPE_NULL), or in
 * network order (LINKTYPE_LOOP). IPv6 is 24, 28 or 30 by system, 10 on Linux. */
static void dec_null(struct dec *x, uint32_t end)
{
	uint32_t family;

	x->ctx->cnt->null_link++;
	if (end < 4) {
		dec_event(x, SIG_DE_LTNULL_PKT_TOO_SMALL);
		return;
	}
	family = be32(x->d);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	if (!dec_layer(x, DP_L_NULL, 0, 4))
		return;
	if (family == 2)
		dec_ipv4(x, 4, end);
	else if (family == 10 || family == 24 || family == 28 || family == 30)
		dec_ipv6(x, 4, end);
	else
		dec_event(x, SIG_DE_LTNULL_UNSUPPORTED_TYPE);
}

static void dec_sll(struct dec *x, uint32_t end)
{
	x->ctx->cnt->sll++;
	if (end < 16) {
		dec_event(x, SIG_DE_SLL_PKT_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_SLL, 0, 16))
		dec_ethertype(x, be16(x->d + 14), 16, end);
}

static void dec_sll2(struct dec *x, uint32_t end)
{
	x->ctx->cnt->sll2++;
	if (end < 20) {
		dec_event(x, SIG_DE_SLL2_PKT_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_SLL2, 0, 20))
		dec_ethertype(x, be16(x->d), 20, end);
}

/* Cisco HDLC: address, control, EtherType. */
static void dec_chdlc(struct dec *x, uint32_t end)
{
	x->ctx->cnt->chdlc++;
	if (end < 4) {
		dec_event(x, SIG_DE_CHDLC_PKT_TOO_SMALL);
		return;
	}
	if (dec_layer(x, DP_L_OTHER, 0, 4))
		dec_ethertype(x, be16(x->d + 2), 4, end);
}

/* LINKTYPE_ numbers as the capture formats define them (pcap-linktype). */
static void dec_link(struct dec *x)
{
	uint32_t end = x->p->len;

	switch (x->p->linktype) {
	case 1:
		dec_ethernet(x, 0, end);
		break;
	case 12:
	case 14:
	case 101:
	case 228:
	case 229:
		x->ctx->cnt->raw++;
		dec_raw_ip(x, 0, end);
		break;
	case 0:
	case 108:
		dec_null(x, end);
		break;
	case 113:
		dec_sll(x, end);
		break;
	case 276:
		dec_sll2(x, end);
		break;
	case 9:
	case 50:
		dec_ppp(x, 0, end);
		break;
	case 104:
		dec_chdlc(x, end);
		break;
	default:
		break;
	}
}

void dp_decode(struct dp_ctx *ctx, struct dp_pkt *p)
{
	struct dec x = {ctx, p, p->data};

	reset(p);
	p->root = NULL;
	p->recursion = 0;
	p->pkt_src = DP_SRC_WIRE;
	if (p->len > ctx->cnt->max_pkt_size)
		ctx->cnt->max_pkt_size = p->len;
	// Offsets are 16 bits wide; no link carries more in one frame.
	if (p->len > UINT16_MAX)
		p->len = UINT16_MAX;
	dec_link(&x);
	if (p->ip_ver == 0)
		p->reason = DP_R_NOT_IP;
}

static void inherit(const struct dp_pkt *p, struct dp_pkt *q)
{
	q->buf = NULL;
	q->ts_ns = p->ts_ns;
	q->num = p->num;
	q->wire = p->wire;
	q->side = p->side;
	q->alerts = p->alerts;
	reset(q);
	q->root = p->root != NULL ? p->root : (struct dp_pkt *)p;
}

void dp_decode_inner(struct dp_ctx *ctx, struct dp_pkt *p, struct dp_pkt *q)
{
	struct dec x = {ctx, q, p->data + p->inner_off};

	q->data = x.d;
	q->len = q->wire_len = p->inner_len;
	q->linktype = p->inner_kind == DP_INNER_ETHERNET ? 1
		      : p->inner_kind == DP_INNER_PPP    ? 9
							 : 101;
	inherit(p, q);
	q->extra_len = p->inner_extra;
	q->flags = DP_PF_TUNNEL;
	q->recursion = (uint8_t)(p->recursion + 1);
	q->pkt_src = p->inner_src;
	memcpy(q->vlan, p->vlan, sizeof(q->vlan));
	q->n_vlan = p->n_vlan;
	if (p->inner_vlan != 0 && q->n_vlan < DP_PKT_MAX_VLANS)
		q->vlan[q->n_vlan++] = p->inner_vlan;
	switch (p->inner_kind) {
	case DP_INNER_ETHERNET:
		dec_ethernet(&x, 0, q->len);
		break;
	case DP_INNER_ARP:
		dec_arp(&x, 0, q->len);
		break;
	case DP_INNER_IPV4:
		dec_ipv4(&x, 0, q->len);
		break;
	case DP_INNER_IPV6:
		dec_ipv6(&x, 0, q->len);
		break;
	case DP_INNER_PPP:
		dec_ppp(&x, 0, q->len);
		break;
	case DP_INNER_VLAN:
		dec_vlan(&x, 0, q->len);
		break;
	default:
		break;
	}
}

void dp_decode_datagram(
	struct dp_ctx *ctx, struct dp_pkt *p, struct dp_pkt *q, const uint8_t *data, uint32_t len)
{
	struct dec x = {ctx, q, data};

	q->data = data;
	q->len = q->wire_len = len;
	q->linktype = 101;
	inherit(p, q);
	q->extra_len = p->ip_off; // it counts with a link header, as its fragments do
	q->flags = DP_PF_REASSEMBLED | (p->flags & DP_PF_TUNNEL);
	q->recursion = p->recursion;
	q->pkt_src = DP_SRC_DEFRAG;
	memcpy(q->vlan, p->vlan, sizeof(q->vlan));
	q->n_vlan = p->n_vlan;
	dec_raw_ip(&x, 0, len);
}
