/* SPDX-License-Identifier: Apache-2.0 */
#include "ike.h"

#define PROTO_AH 2u

static bool weak_enc(uint16_t id)
{
	return (id >= 1 && id <= 9) || id == 11;
}

static bool aead(uint16_t id)
{
	return (id >= 14 && id <= 16) || (id >= 18 && id <= 20) || (id >= 25 && id <= 28);
}

/** What to say about a transform by itself: an event, or -1. */
static int verdict(uint8_t type, uint16_t id)
{
	switch (type) {
	case IKE2_ENC:
		return weak_enc(id) ? SIG_EV_IKE_WEAK_ENC : -1;
	case IKE2_PRF:
		return id == 0 ? SIG_EV_IKE_PROPOSAL : id <= 2 ? SIG_EV_IKE_WEAK_PRF : -1;
	case IKE2_AUTH:
		return id >= 1 && id <= 7 ? SIG_EV_IKE_WEAK_AUTH : -1;
	case IKE2_DH:
		if (id == 0)
			return SIG_EV_IKE_PROPOSAL;
		return id == 1 || id == 2 || id == 5 || id == 22 ? SIG_EV_IKE_WEAK_DH : -1;
	case IKE2_ESN:
		return -1;
	default:
		return SIG_EV_IKE_UNKNOWN_PROPOSAL;
	}
}

/** A proposal's transforms: weak ones, missing ones, and in an answer the chosen ones. */
static void proposal(struct dp_app_ctx *x, struct ike_state *st, struct ike_tx *tx, struct dp_cur c,
	uint8_t protocol, enum sig_dir d)
{
	bool dh = false, auth = false, sealed = false;

	for (unsigned i = 0; i < IKE_PAYLOADS && dp_cur_left(&c) >= 8; i++) {
		struct dp_cur t;
		uint16_t len, id;
		uint8_t type;
		int ev;

		dp_cur_skip(&c, 2);
		len = dp_cur_be16(&c);
		if (len < 8)
			break;
		t = dp_cur_sub(&c, len - 4u);
		type = dp_cur_u8(&t);
		dp_cur_skip(&t, 1);
		id = dp_cur_be16(&t);
		if (t.bad)
			break;
		ev = verdict(type, id);
		if (ev >= 0)
			dp_tx_event(x, &tx->tx, d, (unsigned)ev);
		dh |= type == IKE2_DH;
		auth |= type == IKE2_AUTH && id != 0;
		sealed |= type == IKE2_ENC && aead(id);
		if (d == SIG_DIR_TO_CLIENT && type >= IKE2_ENC && type <= IKE2_ESN) {
			st->alg[type] = id;
			if (tx->n_chosen < 16) {
				tx->chosen[tx->n_chosen].type = type;
				tx->chosen[tx->n_chosen++].id = id;
			}
		}
	}
	if (!dh)
		dp_tx_event(x, &tx->tx, d, SIG_EV_IKE_NO_DH);
	if (protocol == PROTO_AH)
		dp_tx_event(x, &tx->tx, d, SIG_EV_IKE_NO_ENC);
	// no integrity is fine where the cipher brings it (RFC 7296 section 3.3)
	if (!auth && !sealed)
		dp_tx_event(x, &tx->tx, d, SIG_EV_IKE_NO_AUTH);
}

static void association(struct dp_app_ctx *x, struct ike_state *st, struct ike_tx *tx,
	struct dp_cur c, enum sig_dir d)
{
	for (unsigned i = 0; i < IKE_PAYLOADS && dp_cur_left(&c) >= 8; i++) {
		uint16_t len;
		uint8_t protocol;
		struct dp_cur p;

		dp_cur_skip(&c, 2);
		len = dp_cur_be16(&c);
		if (len < 8)
			return;
		p = dp_cur_sub(&c, len - 4u);
		dp_cur_skip(&p, 1);
		protocol = dp_cur_u8(&p);
		dp_cur_skip(&p, 1u + dp_cur_u8(&p)); // number of transforms, SPI
		if (p.bad)
			return;
		proposal(x, st, tx, p, protocol, d);
	}
}

static void notification(struct ike_tx *tx, struct dp_cur c)
{
	uint16_t type;

	dp_cur_skip(&c, 2);
	type = dp_cur_be16(&c);
	if (c.bad)
		return;
	if (type < 16384)
		tx->errors++;
	if (tx->n_notify < IKE_PAYLOADS)
		tx->notify[tx->n_notify++] = type;
}

/** Payloads whose lengths lead out of the message: it is refused as a whole (RFC 7296 section 2.21.1). */
static bool fits(struct dp_cur c)
{
	for (unsigned i = 0; i < IKE_PAYLOADS && dp_cur_left(&c) >= 4; i++) {
		uint16_t len;

		dp_cur_skip(&c, 2);
		len = dp_cur_be16(&c);
		if (len < 4)
			return false;
		dp_cur_skip(&c, len - 4u);
	}
	return !c.bad;
}

void ike2_read(struct dp_app_ctx *x, struct ike_state *st, struct ike_tx *tx, enum sig_dir d)
{
	struct dp_cur c = dp_cur_of(tx->raw.p, tx->raw.n);
	uint8_t type = tx->next;

	dp_cur_skip(&c, IKE_HEADER);
	if (dp_cur_left(&c) < 4 || !fits(c))
		return;
	tx->payload[tx->n_payload++] = type;
	while (dp_cur_left(&c) >= 4 && tx->n_payload < IKE_PAYLOADS) {
		uint8_t next = dp_cur_u8(&c);
		struct dp_cur body;
		uint16_t len;

		dp_cur_skip(&c, 1);
		len = dp_cur_be16(&c);
		if (len < 4)
			return;
		body = dp_cur_sub(&c, len - 4u);
		if (body.bad)
			return;
		if (type == IKE2_SA)
			association(x, st, tx, body, d);
		else if (type == IKE2_NOTIFY)
			notification(tx, body);
		tx->payload[tx->n_payload++] = next;
		type = next;
	}
}
