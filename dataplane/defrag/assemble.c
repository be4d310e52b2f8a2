/* SPDX-License-Identifier: Apache-2.0 */
#include "datagram.h"
#include <dp/decode.h>
#include <string.h>

static bool overlaps(const struct fragment *a, const struct fragment *b)
{
	return a->off < b->off + b->len && b->off < a->off + a->len;
}

bool datagram_complete(const struct datagram *g)
{
	uint32_t upto = 0;

	if (!g->total || !g->hdr_len)
		return false;
	if (!g->overlap)
		return g->have == g->total;
	// With overlaps: walk forward, each time to the farthest end of what covers `upto`.
	while (upto < g->total) {
		uint32_t best = upto;

		for (const struct fragment *f = g->first; f; f = f->next) {
			if (f->off <= upto && f->off + f->len > best)
				best = f->off + f->len;
		}
		if (best == upto)
			return false;
		upto = best;
	}
	return true;
}

/** Does the later fragment win the bytes that both have? */
static bool later_wins(enum dp_overlap policy, const struct fragment *old, const struct fragment *late)
{
	switch (policy) {
	case DP_OVERLAP_LAST:
		return true;
	case DP_OVERLAP_BSD:
		return late->off < old->off;
	case DP_OVERLAP_WINDOWS:
		return late->off < old->off && late->off + late->len > old->off + old->len;
	default:
		return false;
	}
}

/** Copy what `f` contributes: all but the bytes an earlier fragment keeps. */
static void contribute(const struct datagram *g, const struct fragment *f, enum dp_overlap policy,
	uint8_t *payload)
{
	uint32_t at = f->off, end = f->off + f->len;

	while (at < end) {
		uint32_t stop = end, resume = end;

		// The first run at or after `at` that somebody earlier keeps.
		for (const struct fragment *o = g->first; o != f; o = o->next) {
			if (!overlaps(o, f) || later_wins(policy, o, f) || o->off + o->len <= at)
				continue;
			if (o->off <= at) {
				stop = at;
				resume = o->off + o->len;
				break;
			}
			if (o->off < stop) {
				stop = o->off;
				resume = o->off + o->len;
			}
		}
		memcpy(payload + at, f->bytes + (at - f->off), stop - at);
		at = resume;
	}
}

uint32_t datagram_write(const struct datagram *g, enum dp_overlap policy, uint8_t *out)
{
	uint8_t *payload = out + g->hdr_len;
	uint32_t len = g->hdr_len + g->total;

	memcpy(out, g->hdr, g->hdr_len);
	for (const struct fragment *f = g->first; f; f = f->next) {
		if (g->overlap)
			contribute(g, f, policy, payload);
		else
			memcpy(payload + f->off, f->bytes, f->len);
	}
	if (g->key.ver == 4) {
		uint16_t sum;

		out[2] = (uint8_t)(len >> 8);
		out[3] = (uint8_t)len;
		memset(out + 10, 0, 2);
		sum = dp_csum_fold(dp_csum_add(0, out, g->hdr_len));
		memcpy(out + 10, &sum, 2);
	} else {
		out[4] = (uint8_t)((len - 40) >> 8);
		out[5] = (uint8_t)(len - 40);
	}
	return len;
}

/** IPv6: drop the fragment header and let what pointed to it point to what follows. */
static bool header6(struct datagram *g, const uint8_t *ip, uint32_t n)
{
	uint32_t off = 40, link = 6;

	while (off + 8 <= n) {
		uint8_t next = ip[link];

		if (next == 44) { // fragment header, RFC 8200 4.5
			memcpy(g->hdr, ip, off);
			g->hdr[link] = ip[off];
			g->hdr_len = (uint16_t)off;
			return true;
		}
		if (next != 0 && next != 43 && next != 60)
			return false;
		link = off;
		off += (ip[off + 1] + 1u) * 8;
	}
	return false;
}

bool datagram_header(struct datagram *g, const struct dp_pkt *p)
{
	const uint8_t *ip = p->data + p->ip_off;
	uint32_t n = p->ip_hdr_len;

	if (n > DATAGRAM_HDR_MAX || p->ip_off + n > p->len)
		return false;
	if (p->ip_ver == 6)
		return n >= 48 && header6(g, ip, n);
	if (n < 20)
		return false;
	memcpy(g->hdr, ip, n);
	g->hdr[6] &= 0x40; // keep DF, clear MF and offset
	g->hdr[7] = 0;
	g->hdr_len = (uint16_t)n;
	return true;
}
