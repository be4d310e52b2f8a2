/* SPDX-License-Identifier: Apache-2.0 */
#include "datagram.h"
#include <dp/decode.h>
#include <dp/defrag.h>
#include <string.h>

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

/** A fragment in the order of offsets, less what others take from it. */
struct piece {
	const struct fragment *f;
	uint32_t off, end; /**< without what was cut before it was placed */
	uint32_t cut;      /**< bytes from `off` on that a later fragment took */
	bool gone;
};

/** The families of systems that treat overlapping fragments alike. */
enum family { FIRST, LAST, BSD, LINUX, WINDOWS, SOLARIS, AS_SORTED };

static enum family family_of(enum dp_os os)
{
	static const uint8_t family[DP_OS__COUNT] = {[DP_OS_BSD] = BSD, [DP_OS_HPUX10] = BSD,
		[DP_OS_IRIX] = BSD, [DP_OS_BSD_RIGHT] = AS_SORTED, [DP_OS_OLD_LINUX] = LINUX,
		[DP_OS_LINUX] = LINUX, [DP_OS_OLD_SOLARIS] = FIRST, [DP_OS_HPUX11] = FIRST,
		[DP_OS_MACOS] = FIRST, [DP_OS_FIRST] = FIRST, [DP_OS_SOLARIS] = SOLARIS,
		[DP_OS_WINDOWS] = WINDOWS, [DP_OS_VISTA] = WINDOWS, [DP_OS_WINDOWS2K3] = WINDOWS,
		[DP_OS_LAST] = LAST};

	return (enum family)family[os];
}

static void take_head(struct piece *p, uint32_t end)
{
	if (end > p->off && end - p->off > p->cut)
		p->cut = end - p->off;
}

/*
 * `fresh` meets `old`, which it overlaps or lies beside; `next` follows old. What each side loses, as the
 * peer has it. True: no further piece is asked.
 */
static bool meet(enum family fam, struct piece *fresh, struct piece *old, struct piece *next)
{
	const uint32_t off = fresh->off, end = fresh->end;
	const bool inside = off >= old->off && end <= old->end;
	const bool around = off < old->off && end >= old->end;

	switch (fam) {
	case FIRST:
		fresh->gone = inside;
		if (!inside && off >= old->off && off < old->end)
			fresh->cut = old->end - off;
		return inside || off < old->end;
	case LAST:
		if (off > old->off)
			return false;
		take_head(old, end);
		return true;
	case BSD:
		if (off >= old->end)
			return false;
		if (off >= old->off) {
			fresh->gone = end < old->end;
			fresh->cut = old->end - off;
		} else {
			take_head(old, end);
		}
		if (next != NULL && !fresh->gone)
			take_head(next, end);
		return true;
	case LINUX:
		if (old->off + old->cut < off + fresh->cut && old->end > off + fresh->cut)
			fresh->cut = old->end - off;
		if (off + fresh->cut < old->off + old->cut && end > old->off + old->cut) {
			take_head(old, end);
			return true;
		}
		old->gone = off + fresh->cut <= old->off + old->cut && end >= old->end;
		return old->gone;
	case WINDOWS:
		fresh->gone = inside;
		old->gone = around && end > old->end;
		if (!inside && off >= old->off && off < old->end)
			fresh->cut = old->end - off;
		return fresh->gone || old->gone || fresh->cut != 0;
	case SOLARIS:
		if (off >= old->end)
			return false;
		if (off >= old->off)
			fresh->cut = old->end - off;
		old->gone = around;
		return true;
	default:
		return false;
	}
}

/** Put a fragment among those that came before it; there is room for one more. */
static unsigned place(enum family fam, struct piece *p, unsigned n, const struct fragment *f)
{
	struct piece fresh = {.f = f, .off = f->off, .end = f->off + f->len};
	unsigned at;

	for (unsigned i = 0; i < n; i++)
		if (!p[i].gone && meet(fam, &fresh, &p[i], i + 1 < n ? &p[i + 1] : NULL))
			break;
	if (fresh.gone || fresh.off + fresh.cut >= fresh.end)
		return n;
	fresh.off += fresh.cut;
	fresh.cut = 0;
	for (at = n; at > 0 && p[at - 1].off > fresh.off; at--)
		p[at] = p[at - 1];
	p[at] = fresh;
	return n + 1;
}

/** Pieces are written from low offsets to high ones: where two still have a byte, the higher wins. */
static void write_overlapping(const struct datagram *g, enum dp_os os, uint8_t *payload)
{
	struct piece piece[DP_DEFRAG_MAX_FRAGMENTS];
	const enum family fam = family_of(os);
	unsigned n = 0;

	for (const struct fragment *f = g->first; f && n < DP_DEFRAG_MAX_FRAGMENTS; f = f->next)
		n = place(fam, piece, n, f);
	for (unsigned i = 0; i < n; i++) {
		const struct piece *p = &piece[i];
		uint32_t from = p->off + p->cut;

		if (!p->gone && from < p->end)
			memcpy(payload + from, p->f->bytes + (from - p->f->off), p->end - from);
	}
}

uint32_t datagram_write(const struct datagram *g, enum dp_os os, uint8_t *out)
{
	uint8_t *payload = out + g->hdr_len;
	uint32_t len = g->hdr_len + g->total;

	memcpy(out, g->hdr, g->hdr_len);
	if (g->overlap) {
		memset(payload, 0, g->total);
		write_overlapping(g, os, payload);
	}
	for (const struct fragment *f = g->first; f && !g->overlap; f = f->next)
		memcpy(payload + f->off, f->bytes, f->len);
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
