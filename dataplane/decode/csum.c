/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_priv.h"
#include <string.h>

static uint32_t fold64(uint64_t s)
{
	s = (s & 0xffffffff) + (s >> 32);
	s = (s & 0xffffffff) + (s >> 32);
	return (uint32_t)s;
}

uint32_t dp_csum_add(uint32_t sum, const uint8_t *data, size_t n)
{
	uint64_t s = sum;

	// One's complement addition does not care about word size or order (RFC 1071 §2).
	while (n >= 32) {
		uint64_t w[4];

		memcpy(w, data, 32);
		for (unsigned i = 0; i < 4; i++)
			s += (w[i] & 0xffffffff) + (w[i] >> 32);
		data += 32;
		n -= 32;
	}
	while (n >= 4) {
		uint32_t w;

		memcpy(&w, data, 4);
		s += w;
		data += 4;
		n -= 4;
	}
	if (n >= 2) {
		uint16_t w;

		memcpy(&w, data, 2);
		s += w;
		data += 2;
		n -= 2;
	}
	if (n != 0) {
		uint16_t w = 0;

		memcpy(&w, data, 1);
		s += w;
	}
	return fold64(s);
}

uint16_t dp_csum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

bool dp_pkt_ip_csum_ok(struct dp_pkt *p)
{
	if (p->ip_csum_state == 0) {
		uint32_t hlen = 0;

		if (p->ip_ver == 4 && p->ip_off + 20u <= p->len)
			hlen = (p->data[p->ip_off] & 15u) * 4;
		if (p->ip_ver != 4 || p->ip_off + hlen > p->len)
			p->ip_csum_state = 1;
		else
			p->ip_csum_state =
				dp_csum_fold(dp_csum_add(0, p->data + p->ip_off, hlen)) == 0 ? 1
											     : 2;
		if (p->ip_csum_state == 2)
			p->flags |= DP_PF_BAD_IP_CSUM;
	}
	return p->ip_csum_state == 1;
}

/* Pseudo header (RFC 793, RFC 8200 §8.1). */
static uint32_t pseudo_sum(const struct dp_pkt *p, uint32_t len)
{
	uint32_t n = p->ip_ver == 4 ? 4 : 16;
	uint8_t tail[8] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
		(uint8_t)len, 0, 0, 0, p->ip_proto};
	uint32_t s = dp_csum_add(0, p->src.b, n);

	s = dp_csum_add(s, p->dst.b, n);
	return dp_csum_add(s, tail, sizeof(tail));
}

static bool l4_ok(const struct dp_pkt *p)
{
	uint32_t len, sum = 0;
	const uint8_t *l4 = p->data + p->l4_off;

	if (p->ip_ver == 0 || p->l4_hdr_len == 0 || (p->flags & (DP_PF_FRAG | DP_PF_PSEUDO)))
		return true;
	len = (uint32_t)(p->ip_off + p->ip_total_len - p->l4_off);
	if (p->l4_off + len > p->len || len < p->l4_hdr_len)
		return true;
	switch (p->ip_proto) {
	case 17:
		if (be16(l4 + 6) == 0 && p->ip_ver == 4)
			return true;
		if (be16(l4 + 4) < len && be16(l4 + 4) >= 8)
			len = be16(l4 + 4);
		sum = pseudo_sum(p, len);
		break;
	case 6:
	case 58:
		sum = pseudo_sum(p, len);
		break;
	case 1:
		break;
	default:
		return true;
	}
	return dp_csum_fold(dp_csum_add(sum, l4, len)) == 0;
}

bool dp_pkt_l4_csum_ok(struct dp_pkt *p)
{
	if (p->l4_csum_state == 0) {
		p->l4_csum_state = l4_ok(p) ? 1 : 2;
		if (p->l4_csum_state == 2)
			p->flags |= DP_PF_BAD_CSUM;
	}
	return p->l4_csum_state == 1;
}
