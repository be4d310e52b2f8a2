/* SPDX-License-Identifier: Apache-2.0 */
#include "enip.h"

#define IDENTITY_MIN 34u
#define SERVICES_MIN 20u

bool enip_item_next(struct dp_cur *c, uint16_t *type, struct dp_span *data)
{
	*type = dp_cur_le16(c);
	data->n = dp_cur_le16(c);
	data->p = dp_cur_bytes(c, data->n);
	return !c->bad;
}

bool enip_items(const struct enip_pdu *p, struct dp_cur *c, uint16_t *n)
{
	*c = dp_cur_of(p->body.p, p->body.n);
	if (p->command == ENIP_SEND_RR || p->command == ENIP_SEND_UNIT)
		dp_cur_skip(c, 6); // interface handle, timeout
	else if ((p->command != ENIP_LIST_SERVICES && p->command != ENIP_LIST_IDENTITY &&
			 p->command != ENIP_LIST_INTERFACES) || p->body.n == 0)
		return false;
	*n = dp_cur_le16(c);
	return !c->bad;
}

bool cip_segment(struct dp_cur *c, uint8_t *type, uint32_t *value)
{
	uint8_t t, n;

	if (c->bad || dp_cur_left(c) == 0)
		return false;
	t = *type = dp_cur_u8(c);
	*value = 0;
	if (t >> 5 == 1) { // logical
		if ((t & 3) == 0)
			*value = dp_cur_u8(c);
		else
			dp_cur_skip(c, 1);
		if ((t & 3) == 1)
			*value = dp_cur_le16(c);
		else if ((t & 3) == 2)
			*value = dp_cur_le32(c);
		else if ((t & 3) == 3)
			c->bad = true;
		return !c->bad;
	}
	*type = 0;
	if (t == 0x91) { // symbol: its length, name, filled up to a word
		n = dp_cur_u8(c);
		dp_cur_skip(c, n + (n & 1u));
	} else if (t == 0x80) { // data: words
		dp_cur_skip(c, 2u * dp_cur_u8(c));
	} else if (t >> 5 == 0) { // port and link address
		n = t & 0x10 ? dp_cur_u8(c) : 1;
		if ((t & 0x0f) == 0x0f)
			dp_cur_skip(c, 2);
		dp_cur_skip(c, n + (t & 0x10 ? (n & 1u) : 0u));
	} else if (t >> 5 == 2) { // network
		if ((t & 0x1f) < 0x10)
			dp_cur_skip(c, 1);
		else
			dp_cur_skip(c, 2u * dp_cur_u8(c));
	} else {
		c->bad = true;
	}
	return !c->bad;
}

bool cip_read(struct dp_span s, struct cip_msg *m)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);

	*m = (struct cip_msg){.service = dp_cur_u8(&c)};
	m->answer = m->service & 0x80;
	m->service &= 0x7f;
	if (m->answer) {
		dp_cur_skip(&c, 1);
		m->status = dp_cur_u8(&c);
		m->extended.n = 2u * dp_cur_u8(&c);
		m->extended.p = dp_cur_bytes(&c, m->extended.n);
	} else {
		m->path.n = 2u * dp_cur_u8(&c);
		m->path.p = dp_cur_bytes(&c, m->path.n);
	}
	if (c.bad)
		return false;
	m->body = (struct dp_span){c.p + c.off, dp_cur_left(&c)};
	return true;
}

uint32_t cip_parts(const struct cip_msg *m)
{
	struct dp_cur c = dp_cur_of(m->body.p, m->body.n);

	return m->service == CIP_MULTIPLE ? dp_cur_le16(&c) : 0;
}

bool cip_part(const struct cip_msg *m, uint32_t i, struct dp_span *part)
{
	struct dp_cur c = dp_cur_of(m->body.p, m->body.n);
	uint32_t n = dp_cur_le16(&c), at, end;

	if (i >= n || i >= ENIP_PARTS_MAX)
		return false;
	dp_cur_skip(&c, 2 * i);
	at = dp_cur_le16(&c);
	end = i + 1 < n ? dp_cur_le16(&c) : m->body.n;
	if (c.bad || at >= m->body.n || end <= at)
		return false;
	if (end > m->body.n)
		end = m->body.n;
	*part = (struct dp_span){m->body.p + at, end - at};
	return true;
}

static bool lists_sound(const struct cip_msg *m)
{
	struct dp_cur c = dp_cur_of(m->body.p, m->body.n);
	uint32_t n;

	if (m->answer || (m->service != CIP_GET_LIST && m->service != CIP_SET_LIST))
		return true;
	n = dp_cur_le16(&c);
	dp_cur_skip(&c, m->service == CIP_GET_LIST ? 2 * n : n ? 2 : 0);
	return !c.bad;
}

static bool one_sound(const struct cip_msg *m)
{
	struct dp_cur c = dp_cur_of(m->path.p, m->path.n);
	uint32_t value;
	uint8_t type;

	while (cip_segment(&c, &type, &value))
		;
	return !c.bad && lists_sound(m);
}

static bool cip_sound(struct dp_span s)
{
	struct cip_msg m, inner;
	struct dp_span part;

	if (!cip_read(s, &m) || !one_sound(&m))
		return false;
	if (m.service == CIP_MULTIPLE && m.body.n < 2)
		return false;
	for (uint32_t i = 0; i < cip_parts(&m) && i < ENIP_PARTS_MAX; i++)
		if (!cip_part(&m, i, &part) || !cip_read(part, &inner) || !one_sound(&inner))
			return false;
	return true;
}

static bool data_item(struct enip_pdu *p, uint16_t index, uint16_t type, struct dp_span data)
{
	struct dp_cur c = dp_cur_of(data.p, data.n);
	uint16_t seq = type == ENIP_ITEM_CONNECTED ? dp_cur_le16(&c) : 0;
	struct dp_span cip = {c.p + c.off, dp_cur_left(&c)};

	if (c.bad || !cip_sound(cip))
		return false;
	if (index == 1 && type == ENIP_ITEM_CONNECTED) {
		p->connected = true;
		p->seq = seq;
	}
	if (!p->cip.p)
		p->cip = cip;
	return true;
}

static bool read_items(struct enip_pdu *p)
{
	struct dp_span data;
	struct dp_cur c;
	uint16_t n, type;

	if (!enip_items(p, &c, &n))
		return p->body.n == 0 && p->command != ENIP_SEND_RR && p->command != ENIP_SEND_UNIT;
	for (uint16_t i = 0; i < n; i++) {
		if (!enip_item_next(&c, &type, &data))
			return false;
		if ((type == ENIP_ITEM_CONNECTED || type == ENIP_ITEM_UNCONNECTED) &&
			!data_item(p, i, type, data))
			return false;
		if (type == ENIP_ITEM_IDENTITY) {
			if (data.n < IDENTITY_MIN || data.n < IDENTITY_MIN + data.p[32])
				return false;
			if (i == 0)
				p->identity = data;
		}
		if (type == ENIP_ITEM_SERVICES) {
			if (data.n < SERVICES_MIN)
				return false;
			if (i == 0)
				p->services = data;
		}
	}
	p->has_cip = p->command == ENIP_SEND_RR || p->command == ENIP_SEND_UNIT;
	return true;
}

bool enip_read(struct dp_span s, struct enip_pdu *p)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);

	*p = (struct enip_pdu){.command = dp_cur_le16(&c)};
	p->len = dp_cur_le16(&c);
	p->session = dp_cur_le32(&c);
	p->status = dp_cur_le32(&c);
	dp_cur_skip(&c, 8);
	p->options = dp_cur_le32(&c);
	p->body.n = p->len;
	p->body.p = dp_cur_bytes(&c, p->len);
	if (c.bad)
		return false;
	switch (p->command) {
	case ENIP_REGISTER:
		p->invalid = p->len < 4;
		break;
	case ENIP_SEND_RR:
	case ENIP_SEND_UNIT:
	case ENIP_LIST_SERVICES:
	case ENIP_LIST_IDENTITY:
	case ENIP_LIST_INTERFACES:
		p->invalid = !read_items(p);
		break;
	default:
		break;
	}
	if (p->invalid) // as if there were nothing in it
		p->has_cip = p->connected = false, p->cip = p->identity = p->services = (struct dp_span){0};
	return true;
}

static bool keep(struct dp_ctx *c, struct enip_tx *tx, enum cip_number which, uint32_t v)
{
	return dp_bytes_add(c, &tx->number[which], &v, sizeof(v), ENIP_PDU_MAX * 2);
}

static void gather_one(struct dp_ctx *c, struct enip_tx *tx, const struct cip_msg *m)
{
	struct dp_cur path = dp_cur_of(m->path.p, m->path.n);
	struct dp_cur body = dp_cur_of(m->body.p, m->body.n);
	uint32_t v, n;
	uint8_t type;

	if (m->answer) {
		keep(c, tx, CIP_STATUS, m->status);
		if (m->extended.n)
			keep(c, tx, CIP_EXTENDED, m->extended.p[0] | (uint32_t)m->extended.p[1] << 8);
		return;
	}
	while (cip_segment(&path, &type, &v)) {
		if (type >> 2 == 8)
			keep(c, tx, CIP_CLASS, v);
		else if (type >> 2 == 9)
			keep(c, tx, CIP_INSTANCE, v);
		else if (type >> 2 == 12)
			keep(c, tx, CIP_ATTRIBUTE, v);
	}
	if (m->service != CIP_GET_LIST && m->service != CIP_SET_LIST)
		return;
	n = dp_cur_le16(&body);
	if (m->service == CIP_SET_LIST && n > 1)
		n = 1; // how long its value is depends on the class
	for (uint32_t i = 0; i < n; i++) {
		v = dp_cur_le16(&body);
		if (body.bad || !keep(c, tx, CIP_ATTRIBUTE, v))
			break;
	}
}

void enip_gather(struct dp_ctx *c, struct enip_tx *tx, struct dp_span cip)
{
	struct cip_msg m, inner;
	struct dp_span part;

	if (!cip.p || !cip_read(cip, &m))
		return;
	gather_one(c, tx, &m);
	for (uint32_t i = 0; cip_part(&m, i, &part) && m.service == CIP_MULTIPLE; i++)
		if (cip_read(part, &inner))
			gather_one(c, tx, &inner);
}
