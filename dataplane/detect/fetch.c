/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bytes of a buffer are: in the packet, in a transaction's parser, in a file. */
#include "inner.h"
#include <string.h>

uint8_t *dp_arena(struct dp_detect *d, uint32_t n)
{
	uint8_t *p;

	n = (n + 15) & ~15u;
	if (n > ARENA_BYTES - d->arena_n)
		return NULL;
	p = d->arena + d->arena_n;
	d->arena_n += n;
	return p;
}

static bool span(const struct dp_pkt *p, uint32_t off, uint32_t n, struct dp_span *out)
{
	if (off > p->len || n > p->len - off)
		return false;
	out->p = p->data + off;
	out->n = n;
	return true;
}

static bool sctp_chunk(const struct dp_pkt *p, uint32_t k, struct dp_span *out)
{
	uint32_t at = p->l4_off + 12u;

	while (at + 4 <= p->len) {
		const uint32_t len = (uint32_t)p->data[at + 2] << 8 | p->data[at + 3];

		if (len < 4)
			return false;
		if (k-- == 0)
			return span(p, at + 4, len - 4, out);
		at += (len + 3) & ~3u;
	}
	return false;
}

static bool l4_header(const struct dp_pkt *p, uint8_t proto, uint32_t n, struct dp_span *out)
{
	return p->ip_proto == proto && p->l4_hdr_len && span(p, p->l4_off, n, out);
}

// What belongs to the header varies by type (RFC 792, RFC 1256: router advertisements list addresses).
static uint32_t icmp_header_bytes(const struct dp_pkt *p)
{
	const uint32_t left = p->l4_off < p->len ? p->len - p->l4_off : 0;
	const uint8_t *h = p->data + p->l4_off;
	uint32_t n = 8;

	if (left < 8)
		return left;
	if (p->icmp_type == 9 && h[5] == 2)
		n = 8 + h[4] * 8u;
	else if (p->icmp_type == 13 || p->icmp_type == 14)
		n = 20;
	else if (p->icmp_type == 17 || p->icmp_type == 18)
		n = 12;
	return n <= left ? n : 8;
}

bool dp_fetch_packet(const struct dp_pkt *p, uint16_t buffer, uint32_t instance,
	struct dp_span *out)
{
	if (instance && buffer != SIG_BUF_SCTP_CHUNK_DATA)
		return false;
	switch (buffer) {
	case SIG_BUF_PAYLOAD:
		*out = p->payload;
		return p->payload.n > 0;
	case SIG_BUF_IP_SRC:
	case SIG_BUF_IP_DST:
		out->p = buffer == SIG_BUF_IP_SRC ? p->src.b : p->dst.b;
		out->n = p->ip_ver == 4 ? 4 : 16;
		return p->ip_ver != 0;
	case SIG_BUF_IPV4_HDR:
		return p->ip_ver == 4 && span(p, p->ip_off, p->ip_hdr_len, out);
	case SIG_BUF_IPV6_HDR:
		return p->ip_ver == 6 && span(p, p->ip_off, p->ip_hdr_len, out);
	case SIG_BUF_TCP_HDR:
		return l4_header(p, 6, p->l4_hdr_len, out);
	case SIG_BUF_UDP_HDR:
		return l4_header(p, 17, 8, out);
	case SIG_BUF_ICMPV4_HDR:
		return l4_header(p, 1, icmp_header_bytes(p), out);
	case SIG_BUF_ICMPV6_HDR:
		return l4_header(p, 58, 8, out);
	case SIG_BUF_SCTP_HDR:
		return l4_header(p, 132, 12, out);
	case SIG_BUF_ETHER_HDR:
		return p->linktype == 1 && span(p, 0, 14, out);
	case SIG_BUF_IGMP_HDR:
		return l4_header(p, 2, p->l4_hdr_len, out);
	case SIG_BUF_SCTP_CHUNK_DATA:
		return p->ip_proto == 132 && p->l4_hdr_len && sctp_chunk(p, instance, out);
	default:
		return false;
	}
}

static enum dp_buf_state fetch_file(struct eval *e, uint16_t buffer, uint8_t dir, uint32_t k,
	struct dp_span *out, uint64_t *start)
{
	for (struct dp_file *f = e->tx ? e->tx->files : NULL; f; f = f->next) {
		if (f->dir != dir || k--)
			continue;
		if (buffer == SIG_BUF_FILE_NAME) {
			*out = (struct dp_span){f->name ? f->name : (const uint8_t *)"", f->name_len};
			return DP_BUF_FULL; // a file without a name has an empty one
		}
		if (buffer == SIG_BUF_FILE_MAGIC) {
			const char *m = dp_file_magic(e->d->ctx, f);

			if (!m)
				return f->state == DP_FILE_OPEN ? DP_BUF_LATER : DP_BUF_ABSENT;
			*out = (struct dp_span){(const uint8_t *)m, f->magic_len};
			return DP_BUF_FULL;
		}
		*out = (struct dp_span){f->data, f->data_len};
		*start = f->data_off;
		if (f->state != DP_FILE_OPEN)
			return f->data_len ? DP_BUF_FULL : DP_BUF_ABSENT;
		return f->data_len ? DP_BUF_PART : DP_BUF_LATER;
	}
	return e->tx_final ? DP_BUF_ABSENT : DP_BUF_LATER;
}

static const struct dp_app_buffer *offered(const struct dp_app_desc *desc, uint16_t buffer,
	uint8_t dir)
{
	for (unsigned i = 0; i < desc->n_buffers; i++)
		if (desc->buffers[i].buf == buffer &&
			(desc->buffers[i].dir == dir || desc->buffers[i].dir > 1))
			return &desc->buffers[i];
	return NULL;
}

enum dp_buf_state dp_fetch_raw(struct eval *e, uint16_t buffer, uint8_t dir, uint32_t instance,
	struct dp_span *out, uint64_t *start)
{
	const struct dp_app_desc *desc = e->a ? e->a->desc : NULL;
	const struct dp_app_buffer *b;
	enum dp_buf_state st;

	*start = 0;
	*out = (struct dp_span){0};
	if (sig_buffer_info[buffer].flags & SIG_BUF_PKT)
		return dp_fetch_packet(e->p, buffer, instance, out) ? DP_BUF_FULL : DP_BUF_ABSENT;
	if (!e->tx || !desc)
		return DP_BUF_ABSENT;
	b = offered(desc, buffer, dir);
	if (!b) {
		if (buffer == SIG_BUF_FILE_DATA || buffer == SIG_BUF_FILE_NAME ||
			buffer == SIG_BUF_FILE_MAGIC)
			return fetch_file(e, buffer, dir, instance, out, start);
		return DP_BUF_ABSENT;
	}
	if (e->tx->progress[dir] < b->progress && !e->tx_final)
		return DP_BUF_LATER;
	st = desc->buffer(&e->ax, e->tx, (enum sig_buffer)buffer, (enum sig_dir)dir, instance, out);
	if (e->tx_final && st == DP_BUF_LATER)
		return DP_BUF_ABSENT;
	if (e->tx_final && st == DP_BUF_PART)
		return DP_BUF_FULL;
	return st;
}

static struct cached *cache_slot(struct dp_detect *d)
{
	if (d->cache_n == CACHE_MAX)
		d->cache_n = 0; // rare: results are simply made again
	return &d->cache[d->cache_n++];
}

enum dp_buf_state dp_fetch(struct eval *e, uint16_t buffer, uint8_t dir, uint32_t instance,
	uint32_t xf, uint8_t xf_n, struct dp_span *out, uint64_t *start)
{
	const void *owner = e->tx ? (const void *)e->tx : e->p;
	struct dp_detect *d = e->d;
	enum dp_buf_state st;
	struct cached *c;

	if (xf_n == 0)
		return dp_fetch_raw(e, buffer, dir, instance, out, start);
	*start = 0;
	for (uint32_t i = 0; i < d->cache_n; i++) {
		c = &d->cache[i];
		if (c->owner == owner && c->buffer == buffer && c->dir == dir &&
			c->instance == instance && c->xf == xf && c->xf_n == xf_n &&
			c->layer == e->layer) {
			*out = c->out;
			return (enum dp_buf_state)c->state;
		}
	}
	st = dp_fetch_raw(e, buffer, dir, instance, out, start);
	if (st == DP_BUF_FULL || st == DP_BUF_PART)
		for (unsigned i = 0; i < xf_n; i++)
			if (!dp_transform(e, &e->img->xf[xf + i], *out, out)) {
				st = DP_BUF_ABSENT;
				break;
			}
	c = cache_slot(d);
	*c = (struct cached){.owner = owner,
		.buffer = buffer,
		.dir = dir,
		.xf_n = xf_n,
		.layer = e->layer,
		.state = (uint8_t)st,
		.xf = xf,
		.instance = instance,
		.out = *out};
	return st;
}
