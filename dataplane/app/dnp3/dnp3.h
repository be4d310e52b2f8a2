/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DNP3 over TCP (IEEE 1815): link frames with checksums, transport segments, application messages.
 * A transaction is one application message of one direction, kept without link and transport bytes.
 */
#ifndef DP_APP_DNP3_H
#define DP_APP_DNP3_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define DNP3_TX_MAX 500u          /* transactions open at a time (the peer's default) */
#define DNP3_POINTS_MAX 16384u    /* points of a message (the peer's default) */
#define DNP3_OBJECTS_MAX 2048u    /* object headers of a message (the peer's default) */
#define DNP3_APP_MAX (63u * 255u) /* bytes of a message: a round of transport numbers */
#define DNP3_KEPT_MAX (1u << 20)  /* bytes of messages kept */
#define DNP3_LINK_HEADER 10u      /* start, length, control, addresses, checksum */
#define DNP3_LINK_COUNTED 5u      /* of them, those that the length counts */
#define DNP3_DIR_MASTER 0x80u     /* link control: sent by the master */
#define DNP3_SEG_FIN 0x80u        /* transport header */
#define DNP3_SEG_FIR 0x40u
#define DNP3_SEG_NUMBER 0x3fu
#define DNP3_HEADER_REQUEST 2u    /* application control, function */
#define DNP3_HEADER_RESPONSE 4u   /* and internal indications */

struct dnp3_tx {
	struct dp_tx tx;
	struct dp_bytes app; /**< application message, from its control byte */
	uint16_t dst, src;   /**< link addresses */
	uint8_t link;        /**< link control of the first frame */
	uint8_t segment;     /**< transport header of the newest frame */
	bool response;       /**< from the outstation's side of the flow */
	bool ended;          /**< nothing more is added */
	bool complete;       /**< every object was understood */
};

struct dnp3_state {
	bool lost[2];    /**< after a hole: look for a frame */
	bool started[2]; /**< a frame was seen */
	uint32_t open;   /**< messages that have not ended */
	uint32_t kept;   /**< bytes of messages in transactions */
};

struct dnp3_object {
	uint8_t group, variation, qualifier, prefix_code, range_code;
	uint32_t start, stop, count;
};

enum dnp3_field_type {
	DNP3_END, DNP3_U8, DNP3_U16, DNP3_U24, DNP3_U32, DNP3_U48, DNP3_I16, DNP3_I32, DNP3_F32,
	DNP3_F64, DNP3_BITS, DNP3_CODE, DNP3_TEXT, DNP3_BYTES,
};

/** Part of an octet, lowest bits first. */
struct dnp3_bits {
	const char *name; /**< NULL ends */
	uint8_t width;
};

struct dnp3_field {
	uint8_t type; /**< enum dnp3_field_type; CODE: four characters */
	/** TEXT, BYTES: 1-based place of the field with its length; 0: the rest of the sized point. */
	uint8_t len_at;
	const char *name;
	const struct dnp3_bits *bits; /**< BITS */
};

/** How the points of a group and variation are laid out. */
struct dnp3_kind {
	uint8_t group, variation;
	uint8_t packed; /**< points are bits, so many each */
	bool sized;     /**< only with a prefix that is a size */
	const struct dnp3_field *fields;
};

enum dnp3_rc { DNP3_OK, DNP3_SHORT, DNP3_UNKNOWN, DNP3_MANY_POINTS, DNP3_MANY_OBJECTS };

/** The room's hook: frames of one direction. */
int dnp3_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in, uint32_t *consumed);
/** Nothing more is added to the message. */
void dnp3_end(struct dnp3_state *st, struct dnp3_tx *tx);
/** Start bytes, length and checksum of a link header of DNP3_LINK_HEADER bytes. */
bool dnp3_header_sound(const uint8_t *p);

const struct dnp3_kind *dnp3_kind_of(uint8_t group, uint8_t variation);
/** Cursor over the objects of the message. */
struct dp_cur dnp3_objects(const struct dnp3_tx *tx);
/** Header of the next object. False: there is none, or it is cut or reserved (then c is bad). */
bool dnp3_next(struct dp_cur *c, struct dnp3_object *o);
/** Pass over the points of `o`, and write them to `r` as an array when it is given. */
enum dnp3_rc dnp3_points(struct dp_cur *c, const struct dnp3_object *o, uint8_t function,
	struct dp_rec *r);
enum dnp3_rc dnp3_check(const struct dnp3_tx *tx);

static inline uint8_t dnp3_function(const struct dnp3_tx *tx)
{
	return tx->app.n > 1 ? tx->app.p[1] : 0;
}

/** Internal indications, first octet high; only of responses. */
static inline uint16_t dnp3_indications(const struct dnp3_tx *tx)
{
	if (!tx->response || tx->app.n < DNP3_HEADER_RESPONSE)
		return 0;
	return (uint16_t)(tx->app.p[2] << 8 | tx->app.p[3]);
}

void dnp3_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
void dnp3_log_alert(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
