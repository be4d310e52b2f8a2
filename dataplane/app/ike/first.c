/* SPDX-License-Identifier: Apache-2.0 */
#include "ike.h"

bool ike_attribute(struct dp_cur *c, struct ike_attr *a)
{
	uint16_t head = dp_cur_be16(c);

	*a = (struct ike_attr){.type = head & 0x7fff};
	a->short_value = dp_cur_be16(c);
	if (head & 0x8000) {
		a->has_number = true;
		a->number = a->short_value;
	} else {
		a->bytes.n = a->short_value;
		a->bytes.p = dp_cur_bytes(c, a->bytes.n);
		if (a->bytes.p && a->bytes.n == 4) {
			a->has_number = true;
			a->number = (uint32_t)a->bytes.p[0] << 24 | (uint32_t)a->bytes.p[1] << 16 |
				(uint32_t)a->bytes.p[2] << 8 | a->bytes.p[3];
		}
	}
	return !c->bad;
}

static void seen(struct ike_tx *tx, uint8_t type)
{
	for (unsigned i = 0; i < tx->n_payload; i++)
		if (tx->payload[i] == type)
			return;
	if (tx->n_payload < IKE_PAYLOADS)
		tx->payload[tx->n_payload++] = type;
}

static struct ike_part part(const struct ike_tx *tx, const struct dp_cur *c)
{
	return (struct ike_part){(uint32_t)(c->p + c->off - tx->raw.p), dp_cur_left(c)};
}

static bool list(struct ike_state *st, struct ike_tx *tx, struct dp_cur c, uint8_t type,
	unsigned depth);

static bool one(struct ike_state *st, struct ike_tx *tx, struct dp_cur c, uint8_t type,
	unsigned depth)
{
	uint8_t spi;

	seen(tx, type);
	switch (type) {
	case IKE1_SA:
		st->doi = dp_cur_be32(&c);
		st->has_doi = !c.bad;
		if (st->doi != 1)
			return !c.bad;
		dp_cur_skip(&c, 4); // situation
		return !c.bad && list(st, tx, c, IKE1_PROPOSAL, depth + 1);
	case IKE1_PROPOSAL:
		dp_cur_skip(&c, 2);
		spi = dp_cur_u8(&c);
		dp_cur_skip(&c, 1u + spi);
		return !c.bad && list(st, tx, c, IKE1_TRANSFORM, depth + 1);
	case IKE1_TRANSFORM:
		dp_cur_skip(&c, 4);
		if (!c.bad && tx->n_transform < 32)
			tx->transform[tx->n_transform++] = part(tx, &c);
		return !c.bad;
	case IKE1_KE:
		tx->ke = part(tx, &c);
		return true;
	case IKE1_NONCE:
		tx->nonce = part(tx, &c);
		return true;
	case IKE1_VENDOR:
		if (tx->n_vendor < 16)
			tx->vendor[tx->n_vendor++] = part(tx, &c);
		return true;
	default:
		return true;
	}
}

/** Payloads one after another, the first of `type`. False when one does not parse. */
static bool list(struct ike_state *st, struct ike_tx *tx, struct dp_cur c, uint8_t type,
	unsigned depth)
{
	for (unsigned i = 0; i < IKE_PAYLOADS && dp_cur_left(&c) >= 4 && depth <= IKE_DEPTH_MAX; i++) {
		uint8_t next = dp_cur_u8(&c);
		uint16_t len;
		struct dp_cur body;

		dp_cur_skip(&c, 1);
		len = dp_cur_be16(&c);
		if (len < 4)
			return true;
		body = dp_cur_sub(&c, len - 4u);
		if (body.bad)
			return true; // what is left is no payload
		if (!one(st, tx, body, type, depth))
			return false;
		type = next;
	}
	return true;
}

static void keep(struct dp_app_ctx *x, const struct ike_tx *tx, struct dp_bytes *to, struct ike_part p)
{
	struct dp_span v = ike_span(tx, p);

	dp_bytes_set(x->c, to, v.p, v.n, 65535);
}

bool ike1_read(struct dp_app_ctx *x, struct ike_state *st, struct ike_tx *tx, enum sig_dir d)
{
	struct dp_cur c = dp_cur_of(tx->raw.p, tx->raw.n);
	struct ike_side *s = &st->side[d];

	seen(tx, tx->next);
	if (tx->flags & IKE_F1_ENCRYPTED)
		return true;
	dp_cur_skip(&c, IKE_HEADER);
	if (!list(st, tx, c, tx->next, 0))
		return false;
	for (unsigned i = 0; i < tx->n_payload; i++) {
		if (tx->payload[i] == IKE1_SA) {
			s->n_transform = 0;
			s->transform.n = 0;
		}
	}
	keep(x, tx, &s->ke, tx->ke);
	keep(x, tx, &s->nonce, tx->nonce);
	if (s->n_transform == 0 && tx->n_transform)
		keep(x, tx, &s->transform, tx->transform[0]);
	if (d == SIG_DIR_TO_CLIENT && s->n_transform <= 1 && s->n_transform + tx->n_transform > 1)
		dp_tx_event(x, &tx->tx, d, SIG_EV_IKE_MANY_PROPOSALS);
	s->n_transform += tx->n_transform;
	return true;
}
