/* SPDX-License-Identifier: Apache-2.0 */
#include "dns.h"

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

bool dns_walk_init(struct dns_walk *w, const uint8_t *msg, uint32_t n)
{
	*w = (struct dns_walk){.msg = msg, .n = n, .pos = 12};
	if (n < 12)
		return false;
	for (unsigned i = 0; i < DNS_SECTIONS; i++)
		w->count[i] = be16(msg + 4 + 2 * i);
	return true;
}

static void append(struct dns_name *o, const uint8_t *p, uint32_t n)
{
	uint32_t room = DNS_NAME_MAX - o->n;

	if (n > room) {
		n = room;
		o->flags |= DNS_NF_CUT;
	}
	memcpy(o->b + o->n, p, n);
	o->n += n;
}

/** RFC 1035 section 4.1.4. */
uint32_t dns_name_read(const uint8_t *msg, uint32_t n, uint32_t off, struct dns_name *out)
{
	uint32_t after = 0, hops = 0, labels = 0;

	out->n = 0;
	out->flags = 0;
	for (;;) {
		uint8_t len;

		if (off >= n)
			return 0;
		len = msg[off];
		if (len == 0)
			return after ? after : off + 1;
		if ((len & 0xc0) == 0xc0) {
			if (n - off < 2)
				return 0;
			if (!after)
				after = off + 2;
			off = (uint32_t)(len & 0x3f) << 8 | msg[off + 1];
			if (++hops > DNS_HOPS_MAX) {
				out->flags |= DNS_NF_LOOP;
				return after;
			}
			continue;
		}
		if ((len & 0xc0) || n - off - 1 < len)
			return 0;
		if (out->n)
			append(out, (const uint8_t *)".", 1);
		append(out, msg + off + 1, len);
		off += 1u + len;
		if (++labels > DNS_LABELS_MAX) {
			out->flags |= DNS_NF_LABELS;
			if (after)
				return after;
		}
	}
}

bool dns_walk_next(struct dns_walk *w, struct dns_rr *rr)
{
	struct dns_name name;
	uint32_t at;

	while (w->section < DNS_SECTIONS && w->index >= w->count[w->section]) {
		w->section++;
		w->index = 0;
	}
	if (w->section >= DNS_SECTIONS || w->bad)
		return false;
	at = dns_name_read(w->msg, w->n, w->pos, &name);
	w->name_flags |= name.flags;
	*rr = (struct dns_rr){.section = w->section, .name = w->pos};
	if (!at || w->n - at < 4)
		goto bad;
	rr->type = be16(w->msg + at);
	rr->klass = be16(w->msg + at + 2);
	at += 4;
	if (w->section != DNS_QUERIES) {
		if (w->n - at < 6)
			goto bad;
		rr->ttl = (uint32_t)be16(w->msg + at) << 16 | be16(w->msg + at + 2);
		rr->data_n = be16(w->msg + at + 4);
		rr->data = at + 6;
		at += 6;
		if (w->n - at < rr->data_n)
			goto bad;
		at += rr->data_n;
	}
	w->pos = at;
	w->index++;
	return true;
bad:
	w->bad = true;
	return false;
}

uint32_t dns_rdata_name(const struct dns_rr *rr)
{
	switch (rr->type) {
	case DNS_CNAME:
	case DNS_NS:
	case DNS_PTR:
	case DNS_SOA:
		return rr->data_n ? rr->data : 0;
	case DNS_MX:
		return rr->data_n > 2 ? rr->data + 2 : 0;
	case DNS_SRV:
		return rr->data_n > 6 ? rr->data + 6 : 0;
	default:
		return 0;
	}
}
