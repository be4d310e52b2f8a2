/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/eve.h>

#include <string.h>

#include <netinet/in.h>
#include <openssl/sha.h>

/** ICMP types that come in pairs; the partner stands for the other side's port. */
static const uint8_t pair4[][2] = {{8, 0}, {0, 8}, {13, 14}, {14, 13}, {15, 16}, {16, 15},
	{10, 9}, {9, 10}, {17, 18}, {18, 17}};
static const uint8_t pair6[][2] = {{128, 129}, {129, 128}, {133, 134}, {134, 133}, {135, 136},
	{136, 135}, {130, 131}, {131, 130}, {144, 145}, {145, 144}, {139, 140}, {140, 139}};

/** True when the flow has no order (one-way ICMP): then the packet's order stands. */
static bool icmp_ports(const struct dp_ev_common *c, uint16_t *sp, uint16_t *dp)
{
	const uint8_t (*pair)[2] = c->ip_proto == IPPROTO_ICMPV6 ? pair6 : pair4;
	size_t n = c->ip_proto == IPPROTO_ICMPV6 ? sizeof(pair6) / 2 : sizeof(pair4) / 2;

	*sp = c->icmp_type;
	*dp = c->icmp_code;
	for (size_t i = 0; i < n; i++) {
		if (pair[i][0] == c->icmp_type) {
			*dp = pair[i][1];
			return false;
		}
	}
	return true;
}

bool ctl_community_id(char out[32], const struct dp_ev_common *c, uint16_t seed)
{
	size_t n = c->flags & DP_EVF_IPV6 ? 16 : 4;
	const uint8_t *a = c->src, *b = c->dst;
	uint16_t sp = c->sport, dp = c->dport;
	bool ports = c->flags & DP_EVF_HAS_PORTS, one_way = false;
	uint8_t msg[2 + 16 + 16 + 2 + 4], hash[SHA_DIGEST_LENGTH];
	size_t len = 0;
	int order;

	if (c->ip_proto == IPPROTO_ICMP || c->ip_proto == IPPROTO_ICMPV6) {
		one_way = icmp_ports(c, &sp, &dp);
		ports = true;
	}
	order = memcmp(a, b, n);
	if (!one_way && (order > 0 || (order == 0 && ports && sp > dp))) {
		uint16_t p = sp;
		const uint8_t *t = a;

		a = b;
		b = t;
		sp = dp;
		dp = p;
	}
	msg[len++] = (uint8_t)(seed >> 8);
	msg[len++] = (uint8_t)seed;
	memcpy(msg + len, a, n);
	memcpy(msg + len + n, b, n);
	len += 2 * n;
	msg[len++] = c->ip_proto;
	msg[len++] = 0;
	if (ports) {
		msg[len++] = (uint8_t)(sp >> 8);
		msg[len++] = (uint8_t)sp;
		msg[len++] = (uint8_t)(dp >> 8);
		msg[len++] = (uint8_t)dp;
	}
	SHA1(msg, len, hash);
	memcpy(out, "1:", 2);
	out[2 + ctl_base64(out + 2, hash, sizeof(hash))] = 0;
	return true;
}
