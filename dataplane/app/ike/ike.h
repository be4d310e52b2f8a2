/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IKE version 1 (ISAKMP, RFC 2408 and 2409) and version 2 (RFC 7296) over UDP. A transaction is one
 * message, kept as it came; what the two sides agreed on belongs to the flow.
 */
#ifndef DP_APP_IKE_H
#define DP_APP_IKE_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define IKE_HEADER 28u
#define IKE_TX_MAX 256u     /* transactions open at a time */
#define IKE_PAYLOADS 64u    /* of one message that are listed */
#define IKE_DEPTH_MAX 3u    /* association, proposal, transform */
#define IKE_F1_ENCRYPTED 0x01u
#define IKE_F2_INITIATOR 0x08u

enum ike1_payload {
	IKE1_SA = 1, IKE1_PROPOSAL = 2, IKE1_TRANSFORM = 3, IKE1_KE = 4, IKE1_NONCE = 10,
	IKE1_VENDOR = 13,
};
enum ike2_payload { IKE2_SA = 33, IKE2_KE = 34, IKE2_NONCE = 40, IKE2_NOTIFY = 41 };
enum ike2_transform { IKE2_ENC = 1, IKE2_PRF, IKE2_AUTH, IKE2_DH, IKE2_ESN };

/** Part of the raw message. */
struct ike_part {
	uint32_t off, n;
};

struct ike_tx {
	struct dp_tx tx;
	struct dp_bytes raw;
	struct dp_bytes text;         /**< what a buffer call returned as hexadecimal */
	uint8_t major, minor, exchange, flags, next;
	uint32_t msg_id;
	char spi[2][17];              /**< initiator's, responder's */
	uint8_t payload[IKE_PAYLOADS];/**< types, in order (version 2) or without repeats (version 1) */
	uint8_t n_payload;
	uint16_t notify[IKE_PAYLOADS];
	uint8_t n_notify;
	uint32_t errors;
	struct ike_part ke, nonce;
	struct ike_part vendor[16], transform[32]; /**< of transforms: their attributes */
	uint8_t n_vendor, n_transform;
	struct { uint8_t type; uint16_t id; } chosen[16]; /**< version 2, of an answer */
	uint8_t n_chosen;
};

struct ike_side {
	struct dp_bytes ke, nonce, transform; /**< transform: attributes of the first */
	uint32_t n_transform;
};

struct ike_state {
	uint32_t doi;
	bool has_doi;
	struct ike_side side[2];      /**< by enum sig_dir */
	uint16_t alg[6];              /**< by enum ike2_transform, as the responder chose */
};

/** One attribute of a transform (RFC 2408 section 3.3). False at the end. */
struct ike_attr {
	uint16_t type, short_value;
	bool has_number;
	uint32_t number;
	struct dp_span bytes;
};
bool ike_attribute(struct dp_cur *c, struct ike_attr *a);

/** Payloads of the message into tx and st; false when they are not to be parsed. */
bool ike1_read(struct dp_app_ctx *x, struct ike_state *st, struct ike_tx *tx, enum sig_dir d);
void ike2_read(struct dp_app_ctx *x, struct ike_state *st, struct ike_tx *tx, enum sig_dir d);

static inline struct dp_span ike_span(const struct ike_tx *tx, struct ike_part p)
{
	if (p.off > tx->raw.n || p.n > tx->raw.n - p.off)
		return (struct dp_span){0};
	return (struct dp_span){tx->raw.p + p.off, p.n};
}

void ike_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
