/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the headers of an envelope. The bytes were decoded once when they arrived, but they
 * are still the network's: every step proves its length before it looks.
 */
#include "envelope.h"
#include "checksum.h"
#include <string.h>

enum kind { K_ETHERNET, K_ETHERTYPE, K_MPLS, K_PPP, K_IP4, K_IP6, K_GRE, K_UDP, K_VXLAN, K_GENEVE,
	K_END, K_UNKNOWN };

/** One header: what it is, where, and what follows. */
struct step {
	enum kind kind;
	uint32_t off, len;
	uint16_t next; /**< ethertype, IP protocol or PPP protocol, by kind */
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static enum kind by_ethertype(uint16_t type)
{
	switch (type) {
	case 0x8100:
	case 0x88a8:
	case 0x9100:
		return K_ETHERTYPE;
	case 0x0800:
		return K_IP4;
	case 0x86dd:
		return K_IP6;
	case 0x8847:
	case 0x8848:
		return K_MPLS;
	case 0x8864:
		return K_PPP;
	case 0x6558: // transparent Ethernet bridging inside GRE or Geneve
		return K_ETHERNET;
	default:
		return K_UNKNOWN;
	}
}

static enum kind by_ip_proto(uint8_t proto)
{
	switch (proto) {
	case 4:
		return K_IP4;
	case 41:
		return K_IP6;
	case 47:
		return K_GRE;
	case 17:
		return K_UDP;
	default:
		return K_UNKNOWN;
	}
}

static uint32_t gre_len(const uint8_t *p)
{
	uint32_t len = 4;

	if (p[0] & 0x80)
		len += 4; // checksum and reserved
	if (p[0] & 0x20)
		len += 4; // key
	if (p[0] & 0x10)
		len += 4; // sequence number
	if ((p[1] & 7) == 1 && (p[1] & 0x80))
		len += 4; // version 1: acknowledgement
	return len;
}

/** Describe the header at `off`; false when it does not fit before `end`. */
static bool measure(const uint8_t *b, uint32_t end, enum kind kind, uint32_t off, struct step *s)
{
	static const uint8_t least[] = {14, 4, 4, 8, 20, 40, 4, 8, 8, 8};
	const uint8_t *p = b + off;

	*s = (struct step){.kind = kind, .off = off};
	if (kind >= K_END || off + least[kind] > end)
		return false;
	s->len = least[kind];
	switch (kind) {
	case K_ETHERNET:
		s->next = get16(p + 12);
		break;
	case K_ETHERTYPE:
		s->next = get16(p + 2);
		break;
	case K_PPP: // PPPoE session header, then the PPP protocol number
		s->next = get16(p + 6);
		break;
	case K_IP4:
		s->len = (p[0] & 15u) * 4;
		s->next = p[9];
		break;
	case K_IP6:
		s->next = p[6];
		break;
	case K_GRE:
		s->len = gre_len(p);
		s->next = get16(p + 2);
		break;
	case K_GENEVE:
		s->len = 8 + (p[0] & 63u) * 4;
		s->next = get16(p + 2);
		break;
	default:
		break;
	}
	return s->len >= least[kind] && off + s->len <= end;
}

/** What stands after step s; the load begins (K_END) where the envelope's bytes end. */
static enum kind after(const uint8_t *b, uint32_t end, const struct step *s)
{
	uint32_t off = s->off + s->len;

	if (off == end)
		return K_END;
	switch (s->kind) {
	case K_ETHERNET:
	case K_ETHERTYPE:
	case K_GRE:
	case K_GENEVE:
		return by_ethertype(s->next);
	case K_MPLS: // bottom of stack? then the version nibble tells
		if (!(b[s->off + 2] & 1))
			return K_MPLS;
		return b[off] >> 4 == 4 ? K_IP4 : b[off] >> 4 == 6 ? K_IP6 : K_UNKNOWN;
	case K_PPP:
		return s->next == 0x0021 ? K_IP4 : s->next == 0x0057 ? K_IP6 : K_UNKNOWN;
	case K_IP4:
	case K_IP6:
		return by_ip_proto((uint8_t)s->next);
	case K_UDP: // Geneve has its registered port; every other inner frame we decode is VXLAN
		return get16(b + s->off + 2) == 6081 ? K_GENEVE : K_VXLAN;
	case K_VXLAN:
		return K_ETHERNET;
	default:
		return K_UNKNOWN;
	}
}

/** Collect the steps of an envelope; returns how many, 0 when it cannot be understood. */
static unsigned walk(const uint8_t *b, uint32_t end, bool ethernet, struct step *steps, unsigned max)
{
	enum kind kind = ethernet ? K_ETHERNET : end && b[0] >> 4 == 6 ? K_IP6 : K_IP4;
	uint32_t off = 0;
	unsigned n = 0;

	while (off < end) {
		if (n == max || !measure(b, end, kind, off, &steps[n]))
			return 0;
		off += steps[n].len;
		kind = after(b, end, &steps[n]);
		n++;
		if (kind == K_END)
			return n;
		if (kind == K_UNKNOWN)
			return 0;
	}
	return n;
}

static void swap_bytes(uint8_t *a, uint8_t *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t t = a[i];

		a[i] = b[i];
		b[i] = t;
	}
}

void envelope_mirror(struct envelope *e)
{
	struct step s[DP_PKT_MAX_LAYERS];
	unsigned n = walk(e->bytes, e->len, e->ethernet, s, DP_PKT_MAX_LAYERS);

	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = e->bytes + s[i].off;

		if (s[i].kind == K_ETHERNET)
			swap_bytes(p, p + 6, 6);
		else if (s[i].kind == K_IP4)
			swap_bytes(p + 12, p + 16, 4);
		else if (s[i].kind == K_IP6)
			swap_bytes(p + 8, p + 24, 16);
	}
}

static void fit_ip4(uint8_t *p, uint32_t hdr_len, uint32_t total)
{
	put16(p + 2, total);
	put16(p + 10, 0);
	put16(p + 10, csum_fold(csum_add(0, p, hdr_len)));
}

bool envelope_fit(uint8_t *frame, uint32_t env_len, uint32_t frame_len, bool ethernet)
{
	struct step s[DP_PKT_MAX_LAYERS];
	unsigned n;

	if (env_len == 0)
		return true;
	n = walk(frame, env_len, ethernet, s, DP_PKT_MAX_LAYERS);
	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = frame + s[i].off;
		uint32_t rest = frame_len - s[i].off;

		switch (s[i].kind) {
		case K_PPP: // length counts the PPP protocol field (RFC 2516 4)
			put16(p + 4, rest - 6);
			break;
		case K_IP4:
			fit_ip4(p, s[i].len, rest);
			break;
		case K_IP6:
			put16(p + 4, rest - 40);
			break;
		case K_UDP: // 0 = not computed: allowed for IPv4, and for tunnels over IPv6 (RFC 6935)
			put16(p + 4, rest);
			put16(p + 6, 0);
			break;
		case K_GRE:
			if (p[0] & 0x80) { // checksum present: over header and load, RFC 2784 2.5
				put16(p + 4, 0);
				put16(p + 4, csum_fold(csum_add(0, p, rest)));
			}
			break;
		default:
			break;
		}
	}
	return n != 0;
}
