/* SPDX-License-Identifier: Apache-2.0 */
/* The cheap questions before any program runs: transport, direction, state, addresses, ports. */
#include "inner.h"
#include <string.h>

uint8_t dp_transport_of(const struct dp_pkt *p)
{
	if (!p->ip_ver)
		return SIG_T_NONIP;
	switch (p->ip_proto) {
	case 6:
		return SIG_T_TCP;
	case 17:
		return SIG_T_UDP;
	case 1:
		return SIG_T_ICMP4;
	case 58:
		return SIG_T_ICMP6;
	case 132:
		return SIG_T_SCTP;
	default:
		return SIG_T_OTHER;
	}
}

static uint32_t v4_of(const union dp_addr *a)
{
	return (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
}

static bool in_v4(const struct sig_img_range4 *r, uint32_t n, uint32_t a)
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (a < r[mid].lo)
			hi = mid;
		else if (a > r[mid].hi)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

static bool in_v6(const struct sig_img_range6 *r, uint32_t n, const uint8_t *a)
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (memcmp(a, r[mid].lo, 16) < 0)
			hi = mid;
		else if (memcmp(a, r[mid].hi, 16) > 0)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

bool dp_addr_in(const struct sig_image *img, uint32_t set, uint8_t ip_ver, const union dp_addr *a)
{
	const struct sig_img_addrs *s;

	if (set == SIG_IMG_NONE)
		return true;
	s = &img->addrs[set];
	if (ip_ver == 4)
		return in_v4(img->a4 + s->v4, s->n4, v4_of(a));
	return ip_ver == 6 && in_v6(img->a6 + s->v6, s->n6, a->b);
}

static bool port_in(const struct sig_image *img, uint32_t set, uint16_t port)
{
	const struct sig_img_ports *s;

	if (set == SIG_IMG_NONE)
		return true;
	s = &img->ports[set];
	for (uint32_t i = 0; i < s->n; i++) {
		const struct sig_img_port_range *r = &img->pr[s->first + i];

		if (port >= r->lo && port <= r->hi)
			return true;
	}
	return false;
}

// Few sets serve many signatures: each is asked once per packet.
static bool memo_addr(const struct eval *e, struct run *r, uint32_t *memo, uint32_t set,
	const union dp_addr *a)
{
	if (set == SIG_IMG_NONE)
		return true;
	if (memo[set] >> 1 != r->memo_epoch)
		memo[set] = r->memo_epoch << 1 | dp_addr_in(e->img, set, e->p->ip_ver, a);
	return memo[set] & 1;
}

static bool memo_port(const struct eval *e, struct run *r, uint32_t *memo, uint32_t set,
	uint16_t port)
{
	if (set == SIG_IMG_NONE)
		return true;
	if (memo[set] >> 1 != r->memo_epoch)
		memo[set] = r->memo_epoch << 1 | port_in(e->img, set, port);
	return memo[set] & 1;
}

bool dp_place_ok(const struct eval *e, struct run *r, const struct place *x)
{
	const struct dp_pkt *p = e->p;

	if (memo_port(e, r, r->dp_memo, x->dport, p->dp) &&
		memo_port(e, r, r->sp_memo, x->sport, p->sp) &&
		memo_addr(e, r, r->dst_memo, x->dst, &p->dst) &&
		memo_addr(e, r, r->src_memo, x->src, &p->src))
		return true;
	return x->both_ways && port_in(e->img, x->dport, p->sp) &&
		port_in(e->img, x->sport, p->dp) && dp_addr_in(e->img, x->dst, p->ip_ver, &p->src) &&
		dp_addr_in(e->img, x->src, p->ip_ver, &p->dst);
}

static bool flow_ok(const struct eval *e)
{
	const struct sig_img_sig *s = e->s;
	const struct dp_pkt *p = e->p;
	const uint32_t m = s->flow;

	if (m & (SIG_FLOW_NO_FRAG | SIG_FLOW_ONLY_FRAG)) {
		const bool frag = p->flags & DP_PF_REASSEMBLED;

		if (frag ? m & SIG_FLOW_NO_FRAG : m & SIG_FLOW_ONLY_FRAG)
			return false;
	}
	if (!(m & (SIG_FLOW_TO_SERVER | SIG_FLOW_TO_CLIENT | SIG_FLOW_ESTABLISHED |
		    SIG_FLOW_NOT_ESTABLISHED)))
		return true;
	// Without a flow (fragments, protocols without one) every packet is one to the server, as with
	// the peer, and nothing is known of its connection.
	if (!e->f)
		return !(m & (SIG_FLOW_TO_CLIENT | SIG_FLOW_ESTABLISHED | SIG_FLOW_NOT_ESTABLISHED));
	if ((m & SIG_FLOW_TO_SERVER) && e->dir != SIG_DIR_TO_SERVER)
		return false;
	if ((m & SIG_FLOW_TO_CLIENT) && e->dir != SIG_DIR_TO_CLIENT)
		return false;
	if ((m & SIG_FLOW_ESTABLISHED) && !(p->flags & DP_PF_EST))
		return false;
	return !(m & SIG_FLOW_NOT_ESTABLISHED) || !(p->flags & DP_PF_EST);
}

bool dp_app_matches(uint16_t want, const struct dp_app_flow *a)
{
	if (want == SIG_PROTO_UNKNOWN)
		return true;
	if (!a)
		return false;
	if (want == a->proto)
		return true;
	switch (want) {
	case SIG_PROTO_HTTP_ANY:
		return a->proto == SIG_PROTO_HTTP1 || a->proto == SIG_PROTO_HTTP2 ||
			a->proto == SIG_PROTO_DOH2;
	case SIG_PROTO_HTTP2:
	case SIG_PROTO_DNS:
		return a->proto == SIG_PROTO_DOH2;
	case SIG_PROTO_DCERPC: // also inside SMB
		return a->proto == SIG_PROTO_SMB;
	default:
		return false;
	}
}

bool dp_header_ok(struct eval *e, struct run *r)
{
	const struct sig_img_sig *s = e->s;
	const struct dp_pkt *p = e->p;

	if (!(s->transports & dp_transport_of(p)))
		return false;
	if (!(s->dirs & (1u << e->dir)) && e->f)
		return false;
	if (s->hdr == SIG_HDR_IPV4 ? p->ip_ver != 4 : s->hdr == SIG_HDR_IPV6 && p->ip_ver != 6)
		return false;
	if ((s->flags & SIG_F_NEED_FLOW) && !e->f)
		return false;
	return flow_ok(e) && dp_place_ok(e, r, &(struct place){s->src, s->dst, s->sport, s->dport,
					s->flags & SIG_F_BOTH_WAYS});
}
