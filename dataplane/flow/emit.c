/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/emit.h>
#include <string.h>

static void from_packet(const struct dp_pkt *p, struct dp_ev_common *c)
{
	c->ts_ns = p->ts_ns;
	c->pkt_num = p->num;
	memcpy(c->src, p->src.b, 16);
	memcpy(c->dst, p->dst.b, 16);
	c->sport = p->sp;
	c->dport = p->dp;
	memcpy(c->vlan, p->vlan, sizeof(c->vlan));
	c->vlan_count = p->n_vlan;
	c->ip_proto = p->ip_proto;
	c->icmp_type = p->icmp_type;
	c->icmp_code = p->icmp_code;
	c->wire = p->wire;
	c->side = p->side;
	c->pkt_src = p->pkt_src;
	if (!p->root && !(p->flags & DP_PF_PSEUDO) && p->linktype == 1 && p->len >= 12) {
		memcpy(c->dst_mac, p->data, 6);
		memcpy(c->src_mac, p->data + 6, 6);
		if (p->len >= 14)
			c->ether_type = (uint16_t)(p->data[12] << 8 | p->data[13]);
		c->flags |= DP_EVF_ETHER;
	}
	if (p->ip_ver == 6)
		c->flags |= DP_EVF_IPV6;
	if (p->flags & DP_PF_PSEUDO)
		c->flags |= DP_EVF_PSEUDO;
	if (p->flow != NULL)
		c->flags |= p->dir == SIG_DIR_TO_SERVER ? DP_EVF_TO_SERVER : DP_EVF_TO_CLIENT;
}

static void from_flow_only(
	const struct dp_ctx *ctx, const struct dp_flow *f, struct dp_ev_common *c)
{
	c->ts_ns = ctx->now_ns;
	c->flags |= DP_EVF_NO_PKT;
	memcpy(c->src, f->addr[0].b, 16);
	memcpy(c->dst, f->addr[1].b, 16);
	if (f->has_mac) {
		memcpy(c->src_mac, f->mac[0], 6);
		memcpy(c->dst_mac, f->mac[1], 6);
		c->flags |= DP_EVF_ETHER;
	}
	memcpy(c->vlan, f->vlan_seen, sizeof(c->vlan));
	c->vlan_count = f->n_vlan;
	c->ip_proto = f->ip_proto;
	c->icmp_type = f->icmp_type[0];
	c->icmp_code = f->icmp_code[0];
	c->wire = f->wire;
	c->side = f->first_side;
	if (f->ip_proto == 6 || f->ip_proto == 17 || f->ip_proto == 132) {
		c->sport = f->port[0];
		c->dport = f->port[1];
	}
	if (f->ip_ver == 6)
		c->flags |= DP_EVF_IPV6;
}

void dp_emit_common(const struct dp_ctx *ctx, const struct dp_pkt *p, const struct dp_flow *f,
	struct dp_ev_common *c)
{
	memset(c, 0, sizeof(*c));
	c->worker = ctx->worker;
	if (p != NULL)
		from_packet(p, c);
	else if (f != NULL)
		from_flow_only(ctx, f, c);
	if (c->ip_proto == 6 || c->ip_proto == 17 || c->ip_proto == 132)
		c->flags |= DP_EVF_HAS_PORTS;
	else if (c->ip_proto == 1 || c->ip_proto == 58)
		c->flags |= DP_EVF_ICMP;
	if (f == NULL)
		return;
	c->flags |= DP_EVF_HAS_FLOW;
	c->flow_id = f->id;
	c->flow_start_ns = f->start_ns;
	c->pkts_ts = f->pkts[0];
	c->pkts_tc = f->pkts[1];
	c->bytes_ts = f->bytes[0];
	c->bytes_tc = f->bytes[1];
	memcpy(c->flow_src, f->addr[0].b, 16);
	memcpy(c->flow_dst, f->addr[1].b, 16);
	if (c->flags & DP_EVF_HAS_PORTS) {
		c->flow_sport = f->port[0];
		c->flow_dport = f->port[1];
	}
}

void dp_emit(struct dp_ctx *ctx, struct dp_ev_head *rec, enum dp_ev_type type, size_t len)
{
	if (ctx->ring == NULL)
		return;
	rec->len = (uint32_t)((len + DP_EV_ALIGN - 1) & ~(size_t)(DP_EV_ALIGN - 1));
	rec->type = (uint16_t)type;
	rec->version = DP_EV_VERSION;
	if (ctx->io != NULL && ctx->io->drain != NULL &&
		ctx->ring->head - ctx->ring->tail > ctx->ring->size / 2)
		ctx->io->drain(ctx->io->ctx);
	if (!dp_ev_ring_put(ctx->ring, rec, len))
		ctx->cnt->ev_lost++;
}
