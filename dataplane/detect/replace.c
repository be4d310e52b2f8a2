/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `replace`: other bytes in the place of a content that was found in a packet's payload, of the same
 * length, the transport's checksum kept right. Only where drop would be real, too.
 */
#include "inner.h"
#include <string.h>

/** Offset of the transport's checksum, 0: it has none that covers the payload. */
static uint32_t checksum_at(const struct dp_pkt *p)
{
	const uint32_t in = p->ip_proto == 6 ? 16 : p->ip_proto == 17 ? 6 :
		p->ip_proto == 1 || p->ip_proto == 58		      ? 2 : 0;

	return in && p->l4_off && p->l4_off + in + 2u <= p->len ? p->l4_off + in : 0;
}

// RFC 1624: new = ~(~old + ~m + m'), word by word as they stand from the transport header on.
static void fix_checksum(const struct dp_pkt *p, uint8_t *at, const uint8_t *with, uint32_t n)
{
	const uint32_t place = checksum_at(p);
	uint8_t *c = (uint8_t *)(uintptr_t)p->data + place;
	const uint32_t first = (uint32_t)(at - p->data) - p->l4_off;
	uint32_t sum;

	if (!place || (p->ip_proto == 17 && c[0] == 0 && c[1] == 0)) // UDP without checksum
		return;
	sum = (uint32_t)(uint16_t)~(c[0] << 8 | c[1]);
	for (uint32_t i = 0; i < n; i++) {
		const unsigned shift = (first + i) & 1 ? 0 : 8;

		sum += 0xffffu & ~((uint32_t)at[i] << shift);
		sum += (uint32_t)with[i] << shift;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = 0xffffu & ~sum;
	if (p->ip_proto == 17 && sum == 0)
		sum = 0xffff;
	c[0] = (uint8_t)(sum >> 8);
	c[1] = (uint8_t)sum;
}

bool dp_replace_possible(const struct eval *e)
{
	const struct dp_conf *c = e->d->ctx->conf;
	const struct dp_pkt *p = e->p;

	// What was put together from fragments, or does not lie in the frame, cannot be changed in it.
	return (c->on_wire || c->simulate_ips) && c->mode[e->layer] == DP_MODE_PREVENT &&
		!(p->flags & (DP_PF_PSEUDO | DP_PF_REASSEMBLED | DP_PF_FRAG)) && p->payload.n &&
		p->payload.p >= p->data && p->payload.p + p->payload.n <= p->data + p->len;
}

void dp_replace(struct eval *e)
{
	struct dp_detect *d = e->d;
	struct dp_pkt *p = e->p;

	for (uint32_t i = 0; i < d->repl_n; i++) {
		const struct sig_img_op *o = d->repl[i].op;
		uint8_t *at = (uint8_t *)(uintptr_t)p->payload.p + d->repl[i].at;
		const uint8_t *with = (const uint8_t *)e->img->pool + o->ref;

		fix_checksum(p, at, with, o->len); // I/O's buffers are writable
		memcpy(at, with, o->len);
		p->flags |= DP_PF_MODIFIED;
		if (p->root)
			p->root->flags |= DP_PF_MODIFIED;
	}
	d->repl_n = 0;
}
