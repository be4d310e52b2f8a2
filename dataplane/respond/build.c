/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "checksum.h"
#include <string.h>

#define TCP_RST_ACK 0x14u

/** IP header of either version in front of `l4_len` bytes; returns its length. */
static uint32_t build_ip(uint8_t *p, const struct reset_args *a, uint8_t proto, uint32_t l4_len)
{
	if (a->ip_ver == 6) {
		put32(p, 6u << 28 | (uint32_t)a->tos << 20);
		put16(p + 4, l4_len);
		p[6] = proto;
		p[7] = a->ttl;
		memcpy(p + 8, a->src->b, 16);
		memcpy(p + 24, a->dst->b, 16);
		return 40;
	}
	p[0] = 0x45;
	p[1] = a->tos;
	put16(p + 2, 20 + l4_len);
	put16(p + 4, a->ip_id);
	put16(p + 6, a->df ? 0x4000 : 0);
	p[8] = a->ttl;
	p[9] = proto;
	put16(p + 10, 0);
	memcpy(p + 12, a->src->b, 4);
	memcpy(p + 16, a->dst->b, 4);
	put16(p + 10, csum_fold(csum_add(0, p, 20)));
	return 20;
}

/** Pseudo header of RFC 9293 3.1 and RFC 8200 8.1. */
static uint32_t pseudo_sum(const struct reset_args *a, uint8_t proto, uint32_t l4_len)
{
	uint32_t n = a->ip_ver == 6 ? 16 : 4;
	uint32_t sum = csum_add(0, a->src->b, n);

	return csum_add(sum, a->dst->b, n) + proto + l4_len;
}

void build_reset(struct load *l, const struct reset_args *a)
{
	uint32_t ip = build_ip(l->bytes, a, 6, 20);
	uint8_t *t = l->bytes + ip;

	put16(t, a->sport);
	put16(t + 2, a->dport);
	put32(t + 4, a->seq);
	put32(t + 8, a->ack);
	t[12] = 5 << 4;
	t[13] = TCP_RST_ACK;
	put16(t + 14, 0);
	put16(t + 16, 0);
	put16(t + 18, 0);
	put16(t + 16, csum_fold(csum_add(pseudo_sum(a, 6, 20), t, 20)));
	l->len = ip + 20;
}

void build_unreachable(struct load *l, const struct dp_pkt *p)
{
	struct reset_args a = {
		.ip_ver = p->ip_ver,
		.ttl = 64, // whose hop count this host has is unknown: the common initial value
		.src = &p->dst,
		.dst = &p->src,
	};
	bool v6 = p->ip_ver == 6;
	uint32_t quote = p->len - p->ip_off;
	uint32_t ip, n;
	uint8_t *c;

	// The trailer of a padded frame is not part of the packet.
	if (p->ip_total_len && quote > p->ip_total_len)
		quote = p->ip_total_len;
	if (quote > DP_RESPOND_QUOTE_MAX)
		quote = DP_RESPOND_QUOTE_MAX;
	n = 8 + quote;
	ip = build_ip(l->bytes, &a, v6 ? 58 : 1, n);
	c = l->bytes + ip;
	memset(c, 0, 8);
	c[0] = v6 ? 1 : 3;
	c[1] = v6 ? 4 : 3;
	memcpy(c + 8, p->data + p->ip_off, quote);
	put16(c + 2, csum_fold(csum_add(v6 ? pseudo_sum(&a, 58, n) : 0, c, n)));
	l->len = ip + n;
}
