/* SPDX-License-Identifier: Apache-2.0 */
/* Checksum keywords: RFC 1071 over the header, or over pseudo header and segment. */
#include "inner.h"

static uint32_t add(uint32_t sum, const uint8_t *p, uint32_t n)
{
	for (; n > 1; p += 2, n -= 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	return n ? sum + ((uint32_t)p[0] << 8) : sum;
}

static bool folds_to_ones(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static bool l4_good(const struct dp_pkt *p, bool pseudo)
{
	const uint32_t n = (uint32_t)(p->payload.p + p->payload.n - (p->data + p->l4_off));
	uint32_t sum = 0;

	if (pseudo) {
		const uint32_t a = p->ip_ver == 4 ? 4 : 16;

		sum = add(sum, p->src.b, a);
		sum = add(sum, p->dst.b, a);
		sum += p->ip_proto + n;
	}
	return folds_to_ones(add(sum, p->data + p->l4_off, n));
}

int dp_test_csum(const struct dp_pkt *p, unsigned kind, bool valid)
{
	static const struct {
		uint8_t ver, proto;
	} want[] = {[SIG_CSUM_IPV4] = {4, 0}, [SIG_CSUM_TCPV4] = {4, 6}, [SIG_CSUM_TCPV6] = {6, 6},
		[SIG_CSUM_UDPV4] = {4, 17}, [SIG_CSUM_UDPV6] = {6, 17}, [SIG_CSUM_ICMPV4] = {4, 1},
		[SIG_CSUM_ICMPV6] = {6, 58}};
	bool good;

	if (kind >= sizeof(want) / sizeof(want[0]) || p->ip_ver != want[kind].ver ||
		(p->flags & DP_PF_PSEUDO))
		return V_NO;
	if (kind == SIG_CSUM_IPV4) {
		if (p->ip_off + (uint32_t)p->ip_hdr_len > p->len)
			return V_NO;
		good = folds_to_ones(add(0, p->data + p->ip_off, p->ip_hdr_len));
		return good == valid;
	}
	if (p->ip_proto != want[kind].proto || !p->l4_hdr_len || !p->payload.p)
		return V_NO;
	if (p->ip_proto == 17 && p->l4_off + 8u <= p->len && !p->data[p->l4_off + 6] &&
		!p->data[p->l4_off + 7])
		return valid; // sender computed none
	good = l4_good(p, kind != SIG_CSUM_ICMPV4);
	return good == valid ? V_YES : V_NO;
}
