/* SPDX-License-Identifier: Apache-2.0 */
/* The little that guard and workers must read alike: which flow a frame belongs to. Hostile bytes. */
#include <dp/condemned.h>

#include <errno.h>
#include <string.h>

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint8_t dp_icmp_counterpart(uint8_t proto, uint8_t type)
{
	static const uint8_t v4[][2] = {{0, 8}, {9, 10}, {13, 14}, {15, 16}, {17, 18}};
	static const uint8_t v6[][2] = {
		{128, 129}, {133, 134}, {135, 136}, {139, 140}, {141, 142}, {144, 145}, {146, 147}};
	const uint8_t(*pair)[2] = proto == 1 ? v4 : v6;
	size_t n = proto == 1 ? sizeof(v4) / 2 : sizeof(v6) / 2;

	for (size_t i = 0; i < n; i++)
		for (unsigned side = 0; side < 2; side++)
			if (pair[i][side] == type)
				return pair[i][!side];
	return 0;
}

void dp_key_flow(struct dp_key *k, uint8_t ip_ver, uint8_t proto, const uint8_t *src,
		const uint8_t *dst, uint16_t sport, uint16_t dport, const uint16_t *vlan,
		uint8_t n_vlan)
{
	size_t n = ip_ver == 4 ? 4 : 16;
	int order = memcmp(src, dst, n);
	unsigned s = order > 0 || (order == 0 && sport > dport);

	memset(k, 0, sizeof(*k));
	k->kind = DP_KEY_FLOW;
	k->ip_ver = ip_ver;
	k->proto = proto;
	k->n_vlan = n_vlan < 2 ? n_vlan : 2;
	for (unsigned i = 0; i < k->n_vlan; i++)
		k->vlan[i] = vlan[i] & 0xfff;
	memcpy(k->addr[s], src, n);
	memcpy(k->addr[!s], dst, n);
	k->port[s] = sport;
	k->port[!s] = dport;
}

void dp_key_host(struct dp_key *k, uint8_t ip_ver, const uint8_t *addr)
{
	memset(k, 0, sizeof(*k));
	k->kind = DP_KEY_HOST;
	k->ip_ver = ip_ver;
	memcpy(k->addr[0], addr, ip_ver == 4 ? 4 : 16);
}

/** Where the L3 header begins and what it is. */
struct l2 {
	uint32_t off;
	uint16_t type;
	uint16_t vlan[2];
	uint8_t n_vlan;
};

static int parse_l2(const uint8_t *f, uint32_t len, struct l2 *out)
{
	*out = (struct l2){.off = 14};
	if (len < 14)
		return -ENOENT;
	out->type = be16(f + 12);
	// IEEE 802.1Q, 802.1ad and the older QinQ type. Deeper tags are not looked through.
	while (out->type == 0x8100 || out->type == 0x88a8 || out->type == 0x9100) {
		if (out->n_vlan == 2 || len - out->off < 4)
			return -ENOENT;
		out->vlan[out->n_vlan++] = be16(f + out->off) & 0xfff;
		out->type = be16(f + out->off + 2);
		out->off += 4;
	}
	return 0;
}

/** Offset of the L4 header behind IPv6 extension headers (RFC 8200 4); 0: none to be read. */
static uint32_t skip_ipv6(const uint8_t *f, uint32_t len, uint32_t off, uint8_t *proto)
{
	for (unsigned i = 0; i < 8; i++) {
		uint32_t ext;

		switch (*proto) {
		case 0:   // hop-by-hop
		case 43:  // routing
		case 60:  // destination options
		case 135: // mobility
			if (len - off < 8)
				return 0;
			ext = (f[off + 1] + 1u) * 8;
			break;
		case 51: // authentication header: length in 4-byte units, RFC 4302 2.2
			if (len - off < 8)
				return 0;
			ext = (f[off + 1] + 2u) * 4;
			break;
		case 44: // fragment
			if (len - off < 8)
				return 0;
			if ((be16(f + off + 2) & 0xfff8) != 0) {
				*proto = f[off];
				return 0;
			}
			ext = 8;
			break;
		default:
			return off;
		}
		*proto = f[off];
		if (len - off < ext)
			return 0;
		off += ext;
	}
	return 0;
}

static uint32_t l4_payload(const uint8_t *f, uint32_t len, uint32_t l4, uint8_t proto)
{
	uint32_t hdr = 0;

	if (proto == 6 && len - l4 >= 20)
		hdr = (f[l4 + 12] >> 4) * 4u;
	else if (proto == 17 || proto == 1 || proto == 58)
		hdr = 8;
	return hdr <= len - l4 ? l4 + hdr : len;
}

int dp_key_of_frame(struct dp_key *k, const uint8_t *f, uint32_t len, uint32_t *payload_off)
{
	struct l2 l2;
	uint32_t l3, l4;
	uint16_t sport = 0, dport = 0;
	uint8_t proto, ver;

	if (parse_l2(f, len, &l2) < 0)
		return -ENOENT;
	l3 = l2.off;
	if (l2.type == 0x0800 && len - l3 >= 20 && f[l3] >> 4 == 4) {
		ver = 4;
		l4 = l3 + (f[l3] & 15u) * 4;
		proto = f[l3 + 9];
		if (l4 < l3 + 20 || l4 > len)
			return -ENOENT;
		if ((be16(f + l3 + 6) & 0x1fff) != 0)
			l4 = 0;
	} else if (l2.type == 0x86dd && len - l3 >= 40 && f[l3] >> 4 == 6) {
		ver = 6;
		proto = f[l3 + 6];
		l4 = skip_ipv6(f, len, l3 + 40, &proto);
	} else {
		return -ENOENT;
	}
	if (l4 != 0 && len - l4 >= 4 && (proto == 6 || proto == 17 || proto == 132)) {
		sport = be16(f + l4);
		dport = be16(f + l4 + 2);
	} else if (l4 != 0 && len - l4 >= 4 && (proto == 1 || proto == 58)) {
		sport = f[l4];
		dport = dp_icmp_counterpart(proto, f[l4]);
	}
	dp_key_flow(k, ver, proto, f + l3 + (ver == 4 ? 12 : 8), f + l3 + (ver == 4 ? 16 : 24), sport,
			dport, l2.vlan, l2.n_vlan);
	if (payload_off != NULL)
		*payload_off = l4 == 0 ? l3 + (ver == 4 ? 20 : 40) : l4_payload(f, len, l4, proto);
	return 0;
}

uint64_t dp_payload_digest(const uint8_t *frame, uint32_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct dp_key k;
	uint32_t off = 0;

	if (dp_key_of_frame(&k, frame, len, &off) < 0 || off >= len)
		off = 0;
	h ^= len - off;
	// FNV-1a: only ever computed when there is something on the list to compare with.
	for (uint32_t i = off; i < len; i++)
		h = (h ^ frame[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}
