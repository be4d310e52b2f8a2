/* SPDX-License-Identifier: Apache-2.0 */
/* Packet headers: RFC 9000 section 17, and the public header of Google's QUIC. */
#include "quic.h"
#include <stdio.h>

#define SHORT_DCID 16u /* not told by the packet: what the peer assumes */
#define GOOGLE_HASH 12u

bool quic_is_google(uint32_t v)
{
	return v == 0x51303433 || v == 0x51303434 || v == 0x51303435 || v == 0x51303436;
}

void quic_version_name(uint32_t v, char out[12])
{
	if (v == QUIC_V2)
		snprintf(out, 12, "v2");
	else if (v == 0x51303339 || quic_is_google(v))
		snprintf(out, 12, "%c%c%c%c", (int)(v >> 24), (int)(v >> 16 & 255),
			(int)(v >> 8 & 255), (int)(v & 255));
	else
		snprintf(out, 12, "%x", v);
}

uint64_t quic_varint(struct dp_cur *c)
{
	uint8_t first = dp_cur_u8(c);
	uint64_t v = first & 0x3f;

	for (int n = (1 << (first >> 6)) - 1; n > 0; n--)
		v = v << 8 | dp_cur_u8(c);
	return v;
}

/** Public header: flags, connection id, version, nonce, packet number, and a hash. What has no connection
 *  id is no client's first packet; the peer reads its frames from here on. */
static int google_short(struct dp_cur *c, struct quic_header *h)
{
	static const uint8_t pn_len[] = {1, 2, 4, 6};

	h->type = QUIC_INITIAL;
	if (h->first & 0x08) {
		h->dcid.p = dp_cur_bytes(c, 8);
		h->dcid.n = 8;
	} else if (h->first & 0x04) {
		dp_cur_skip(c, 32);
	}
	h->version = dp_cur_be32(c);
	dp_cur_skip(c, pn_len[(h->first & 0x30) >> 4]);
	if (h->first & 0x08)
		dp_cur_skip(c, GOOGLE_HASH);
	return c->bad ? -1 : 0;
}

static enum quic_type type_of(uint8_t first, uint32_t version)
{
	unsigned t = (first & 0x30) >> 4;

	if (version == 0)
		return QUIC_VERSIONS;
	if (version == QUIC_V2) /* RFC 9369 section 3.2 */
		t = (t + 3) & 3;
	return (enum quic_type)t;
}

static void google_long(struct dp_cur *c, struct quic_header *h)
{
	uint8_t lens = dp_cur_u8(c);
	uint32_t d = lens >> 4, s = lens & 15;

	d = d ? d + 3 : 0;
	s = s ? s + 3 : 0;
	h->dcid.p = dp_cur_bytes(c, d);
	h->dcid.n = d;
	dp_cur_skip(c, s);
	if (h->type == QUIC_INITIAL) {
		dp_cur_skip(c, 4);
		dp_cur_skip(c, GOOGLE_HASH);
	}
}

int quic_header_read(struct dp_span d, struct quic_header *h)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);
	uint64_t n;

	memset(h, 0, sizeof(*h));
	h->first = dp_cur_u8(&c);
	h->is_long = h->first & 0x80;
	if (c.bad)
		return -1;
	if (!h->is_long && (h->first & 0x01) && !(h->first & 0x40)) {
		if (google_short(&c, h))
			return -1;
		h->payload = c.off;
		h->len = dp_cur_left(&c);
		return 0;
	}
	if (!h->is_long) {
		h->type = QUIC_SHORT;
		dp_cur_skip(&c, SHORT_DCID);
		h->len = dp_cur_left(&c);
		h->payload = c.off;
		return c.bad ? -1 : 0;
	}
	h->version = dp_cur_be32(&c);
	h->type = type_of(h->first, h->version);
	if (quic_is_google(h->version)) {
		google_long(&c, h);
	} else {
		h->dcid.n = dp_cur_u8(&c);
		h->dcid.p = dp_cur_bytes(&c, h->dcid.n);
		dp_cur_skip(&c, dp_cur_u8(&c));
	}
	if (h->type == QUIC_INITIAL && !quic_is_google(h->version)) {
		n = quic_varint(&c);
		if (n > dp_cur_left(&c))
			return -1;
		dp_cur_skip(&c, (uint32_t)n);
		n = quic_varint(&c);
		if (c.bad || n > dp_cur_left(&c))
			return -1;
		h->len = (uint32_t)n;
	} else {
		h->len = dp_cur_left(&c);
	}
	h->payload = c.off;
	return c.bad ? -1 : 0;
}
