/* SPDX-License-Identifier: Apache-2.0 */
/* Which flow a packet belongs to: ICMP pairs and quoted packets need a closer look. */
#include "table_priv.h"
#include <dp/condemned.h>
#include <string.h>

static uint16_t be16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

/* The packet that an ICMPv4 error quotes, turned round: the error travels against it. */
static bool quoted_key(const struct dp_pkt *p, struct flow_key *k)
{
	const uint8_t *b = p->payload.p;
	uint32_t hlen;

	if (p->payload.n < 20 || b[0] >> 4 != 4)
		return false;
	hlen = (b[0] & 15u) * 4;
	if (hlen < 20 || p->payload.n < hlen + 4)
		return false;
	if (b[9] != 6 && b[9] != 17 && b[9] != 132)
		return false;
	if (be16(b + 6) & 0x1fff)
		return false;
	memset(k->addr, 0, sizeof(k->addr));
	memcpy(k->addr[1].b, b + 12, 4);
	memcpy(k->addr[0].b, b + 16, 4);
	k->proto = b[9];
	k->port[1] = be16(b + hlen);
	k->port[0] = be16(b + hlen + 2);
	return true;
}

static bool icmp_key(const struct dp_pkt *p, struct flow_key *k, bool *open)
{
	uint8_t t = p->icmp_type;

	if (p->l4_hdr_len == 0)
		return false;
	if (p->ip_proto == 1 && (t == 3 || t == 4 || t == 5 || t == 11 || t == 12)) {
		*open = false;
		return quoted_key(p, k);
	}
	k->port[0] = t;
	k->port[1] = dp_icmp_counterpart(p->ip_proto, t);
	return true;
}

bool flow_key_of(const struct dp_conf *conf, const struct dp_pkt *p, struct flow_key *k, bool *open)
{
	if (p->ip_ver == 0 || (p->flags & DP_PF_FRAG))
		return false;
	k->addr[0] = p->src;
	k->addr[1] = p->dst;
	k->port[0] = p->sp;
	k->port[1] = p->dp;
	k->ip_ver = p->ip_ver;
	k->proto = p->ip_proto;
	k->recursion = conf->recursion_use_for_tracking ? p->recursion : 0;
	if (conf->vlan_use_for_tracking)
		memcpy(k->vlan, p->vlan, sizeof(k->vlan));
	else
		memset(k->vlan, 0, sizeof(k->vlan));
	*open = true;
	switch (p->ip_proto) {
	case 6:
	case 17:
	case 132:
		return p->l4_hdr_len != 0;
	case 1:
	case 58:
		return icmp_key(p, k, open);
	case 50: // one-way by nature: the SPI belongs to the receiver (RFC 4303 §2.1)
		if (p->l4_hdr_len == 0)
			return false;
		k->port[0] = be16(p->data + p->l4_off);
		k->port[1] = be16(p->data + p->l4_off + 2);
		return true;
	case 4:
	case 41:
		return p->inner_kind != 0;
	default:
		return false;
	}
}
