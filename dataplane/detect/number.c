/* SPDX-License-Identifier: Apache-2.0 */
/* Integer keywords: from the packet, the flow, or a transaction's parser. */
#include "inner.h"
#include <sig/compare.h>
#include <string.h>

bool dp_compare(const struct sig_image *img, const struct sig_img_op *o, uint64_t v)
{
	const uint64_t *set = (const uint64_t *)(const void *)(img->pool + o->data);

	if (o->sub != SIG_OP_SET && o->sub != SIG_OP_NSET)
		return sig_op_holds(o->sub, v, (uint64_t)o->num[0], (uint64_t)o->num[1]);
	for (uint32_t i = 0; i < o->len / 8; i++)
		if (set[i] == v)
			return o->sub == SIG_OP_SET;
	return o->sub == SIG_OP_NSET;
}

static bool has_l4(const struct dp_pkt *p, uint8_t proto)
{
	return p->ip_proto == proto && p->l4_hdr_len > 0;
}

static bool tcp_number(const struct dp_pkt *p, unsigned n, uint64_t *v)
{
	if (!has_l4(p, 6))
		return false;
	switch (n) {
	case SIG_NUM_TCP_SEQ:
		*v = p->tcp.seq;
		return true;
	case SIG_NUM_TCP_ACK:
		*v = p->tcp.ack;
		return true;
	case SIG_NUM_TCP_WINDOW:
		*v = p->tcp.win;
		return true;
	case SIG_NUM_TCP_MSS:
		*v = p->tcp.mss;
		return p->tcp.has_mss;
	default:
		*v = p->tcp.wscale;
		return p->tcp.has_wscale;
	}
}

// Types that carry an identifier and a sequence number.
static bool has_icmp_id(const struct dp_pkt *p)
{
	if (p->ip_proto == 58)
		return p->icmp_type == 128 || p->icmp_type == 129;
	switch (p->icmp_type) {
	case 0:
	case 8:
	case 13:
	case 14:
	case 15:
	case 16:
	case 17:
	case 18:
		return true;
	default:
		return false;
	}
}

static bool icmp_number(const struct dp_pkt *p, unsigned n, uint64_t *v)
{
	const uint8_t *h = p->data + p->l4_off;

	if (!has_l4(p, 1) && !has_l4(p, 58))
		return false;
	switch (n) {
	case SIG_NUM_ITYPE:
		*v = p->icmp_type;
		return true;
	case SIG_NUM_ICODE:
		*v = p->icmp_code;
		return true;
	case SIG_NUM_ICMP_ID:
		*v = p->icmp_id;
		return has_icmp_id(p);
	case SIG_NUM_ICMP_SEQ:
		*v = p->icmp_seq;
		return has_icmp_id(p);
	default: // MTU of "packet too big"
		if (p->ip_proto != 58 || p->icmp_type != 2 || p->l4_off + 8u > p->len)
			return false;
		*v = (uint64_t)h[4] << 24 | (uint64_t)h[5] << 16 | (uint64_t)h[6] << 8 | h[7];
		return true;
	}
}

static bool ip_number(const struct dp_pkt *p, unsigned n, uint64_t *v)
{
	if (!p->ip_ver)
		return false;
	switch (n) {
	case SIG_NUM_TTL:
		*v = p->ttl;
		return true;
	case SIG_NUM_TOS:
		*v = p->tos;
		return p->ip_ver == 4;
	case SIG_NUM_IP_ID:
		*v = p->ip_id;
		return p->ip_ver == 4;
	case SIG_NUM_IP_PROTO:
		*v = p->ip_proto;
		return true;
	default: // fragment offset: in units of eight bytes as the header has it; IPv6: bytes, as the peer
		*v = p->ip_ver == 4 ? p->frag_off / 8u : p->frag_off;
		return p->ip_ver == 4 || (p->frag_flags & DP_FRAG_V6_HEADER);
	}
}

static bool flow_number(const struct eval *e, unsigned n, uint32_t k, uint64_t *v)
{
	const struct dp_flow *f = e->f;

	if (!f)
		return false;
	switch (n) {
	case SIG_NUM_FLOW_AGE:
		*v = f->last_ns > f->start_ns ?
			f->last_ns / 1000000000u - f->start_ns / 1000000000u : 0;
		return k == 0;
	case SIG_NUM_FLOW_PKTS:
		*v = k < 2 ? f->pkts[k] : 0;
		return k < 2;
	case SIG_NUM_FLOW_PKTS_TS:
	case SIG_NUM_FLOW_PKTS_TC:
		*v = f->pkts[n == SIG_NUM_FLOW_PKTS_TC];
		return k == 0;
	case SIG_NUM_FLOW_BYTES:
		*v = k < 2 ? f->bytes[k] : 0;
		return k < 2;
	default:
		*v = f->bytes[n == SIG_NUM_FLOW_BYTES_TC];
		return k == 0;
	}
}

static bool sctp_number(const struct dp_pkt *p, unsigned n, uint32_t k, uint64_t *v)
{
	const uint8_t *h = p->data + p->l4_off;
	uint32_t at = 12, chunks = 0;

	if (!has_l4(p, 132) || p->l4_off + 12u > p->len)
		return false;
	if (n == SIG_NUM_SCTP_VTAG) {
		*v = (uint64_t)h[4] << 24 | (uint64_t)h[5] << 16 | (uint64_t)h[6] << 8 | h[7];
		return k == 0;
	}
	while (p->l4_off + at + 4u <= p->len) {
		const uint32_t len = (uint32_t)h[at + 2] << 8 | h[at + 3];

		if (n == SIG_NUM_SCTP_CHUNK_TYPE && chunks == k) {
			*v = h[at];
			return true;
		}
		chunks++;
		if (len < 4)
			break;
		at += (len + 3) & ~3u;
	}
	*v = chunks;
	return n == SIG_NUM_SCTP_CHUNK_CNT && k == 0;
}

// What stands behind an IP header without a transport of our knowledge is no payload to the peer, nor
// what a fragment carries.
uint32_t dp_dsize(const struct dp_pkt *p)
{
	static const uint8_t with[] = {1, 6, 17, 50, 58, 132};

	return !(p->flags & DP_PF_FRAG) && memchr(with, p->ip_proto, sizeof(with)) ? p->payload.n : 0;
}

static bool packet_number(const struct eval *e, unsigned n, uint32_t k, uint64_t *v)
{
	const struct dp_pkt *p = e->p;

	switch (n) {
	case SIG_NUM_TTL:
	case SIG_NUM_TOS:
	case SIG_NUM_IP_ID:
	case SIG_NUM_IP_PROTO:
	case SIG_NUM_FRAGOFFSET:
		return k == 0 && ip_number(p, n, v);
	case SIG_NUM_TCP_SEQ:
	case SIG_NUM_TCP_ACK:
	case SIG_NUM_TCP_WINDOW:
	case SIG_NUM_TCP_MSS:
	case SIG_NUM_TCP_WSCALE:
		return k == 0 && tcp_number(p, n, v);
	case SIG_NUM_ITYPE:
	case SIG_NUM_ICODE:
	case SIG_NUM_ICMP_ID:
	case SIG_NUM_ICMP_SEQ:
	case SIG_NUM_ICMPV6_MTU:
		return k == 0 && icmp_number(p, n, v);
	case SIG_NUM_IGMP_TYPE:
		*v = has_l4(p, 2) ? p->data[p->l4_off] : 0;
		return k == 0 && has_l4(p, 2);
	case SIG_NUM_DSIZE:
		*v = dp_dsize(p);
		return k == 0 && p->ip_ver && !(p->flags & DP_PF_PSEUDO);
	case SIG_NUM_VLAN_LAYERS:
		*v = p->n_vlan;
		return k == 0;
	case SIG_NUM_SCTP_CHUNK_TYPE:
	case SIG_NUM_SCTP_CHUNK_CNT:
	case SIG_NUM_SCTP_VTAG:
		return sctp_number(p, n, k, v);
	default:
		return flow_number(e, n, k, v);
	}
}

static bool file_size(const struct eval *e, uint32_t k, uint64_t *v)
{
	for (const struct dp_file *f = e->tx ? e->tx->files : NULL; f; f = f->next) {
		if (f->dir != e->dir || k--)
			continue;
		*v = f->size;
		return true;
	}
	return false;
}

/** 1: *v is the k-th value; 0: there is none; -1: may still come; -2: not of this direction. */
static int get(struct eval *e, unsigned n, uint32_t k, uint64_t *v)
{
	const struct dp_app_desc *desc = e->a ? e->a->desc : NULL;

	if (sig_number_info[n].flags & SIG_BUF_PKT)
		return packet_number(e, n, k, v);
	if (!e->tx || !desc)
		return -2;
	if (n == SIG_NUM_FILESIZE)
		return file_size(e, k, v) ? 1 : e->tx_final ? 0 : -1;
	for (unsigned i = 0; i < desc->n_numbers; i++) {
		const struct dp_app_number *d = &desc->numbers[i];

		if (d->num != n || (d->dir != e->dir && d->dir < 2))
			continue;
		if (e->tx->progress[e->dir] < d->progress && !e->tx_final)
			return -1;
		if (desc->number(&e->ax, e->tx, (enum sig_number)n, (enum sig_dir)e->dir, k, v))
			return 1;
		// More values may follow while the transaction is open.
		return (sig_number_info[n].flags & SIG_BUF_MULTI) && !e->tx_final ? -1 : 0;
	}
	return -2;
}

// Array forms: any, all, one position (negative from the end), how many.
static int test_many(struct eval *e, const struct sig_img_op *o, uint32_t n)
{
	uint32_t hits = 0;
	uint64_t v;

	if (o->aux == SIG_IDX_AT || o->aux == SIG_IDX_AT_OR_OUT) {
		const int64_t at = o->num[2] < 0 ? o->num[2] + n : o->num[2];

		if (at < 0 || at >= n)
			return o->aux == SIG_IDX_AT_OR_OUT;
		return get(e, o->ref, (uint32_t)at, &v) == 1 &&
			dp_compare(e->img, o, v);
	}
	for (uint32_t k = 0; k < n; k++)
		if (get(e, o->ref, k, &v) == 1 && dp_compare(e->img, o, v))
			hits++;
	return dp_index_holds(o, hits, n);
}

bool dp_index_holds(const struct sig_img_op *o, uint32_t hits, uint32_t n)
{
	switch (o->aux) {
	case SIG_IDX_ANY:
		return hits > 0;
	case SIG_IDX_OR_ABSENT:
		return hits > 0 || n == 0;
	case SIG_IDX_ALL:
	case SIG_IDX_ALL_OR_ABSENT:
		return hits == n;
	case SIG_IDX_ALL1:
		return n > 0 && hits == n;
	default:
		return sig_op_holds(o->out, hits, (uint64_t)o->num[2], (uint64_t)o->num[3]);
	}
}

int dp_test_number(struct eval *e, const struct sig_img_op *o)
{
	uint64_t v;
	uint32_t n = 0;
	int rc;

	for (;; n++) {
		rc = get(e, o->ref, n, &v);
		if (rc < 0)
			return rc == -1 ? V_LATER : V_NO; // in the other direction nothing is absent
		if (rc == 0)
			break;
		if (o->aux == SIG_IDX_ANY && dp_compare(e->img, o, v)) {
			// A size that still grows: only what growing cannot undo is settled.
			if (o->ref == SIG_NUM_FILESIZE && !e->tx_final && o->sub != SIG_OP_GT &&
				o->sub != SIG_OP_GE)
				return V_LATER;
			return V_YES;
		}
		if (n == 4096)
			break;
	}
	if (o->aux != SIG_IDX_ANY)
		return test_many(e, o, n) ? V_YES : V_NO;
	if (o->ref == SIG_NUM_FILESIZE && n && !e->tx_final)
		return V_LATER;
	return V_NO;
}
