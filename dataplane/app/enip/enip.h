/* SPDX-License-Identifier: Apache-2.0 */
/**
 * EtherNet/IP encapsulation and the CIP messages in it (ODVA, CIP volumes 1 and 2), TCP and UDP.
 * A transaction is a request and its answer, both kept as they came and read again when asked; the
 * numbers that signatures compare are gathered once.
 */
#ifndef DP_APP_ENIP_H
#define DP_APP_ENIP_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>
#include <dp/frame.h>

#define ENIP_HEADER 24u
#define ENIP_PDU_MAX (ENIP_HEADER + 65535u)
#define ENIP_PARTS_MAX 1024u /* messages of a multiple service packet */
#define CIP_GET_LIST 3u
#define CIP_SET_LIST 4u
#define CIP_MULTIPLE 10u

enum enip_command {
	ENIP_NOP, ENIP_LIST_SERVICES = 4, ENIP_LIST_IDENTITY = 0x63, ENIP_LIST_INTERFACES,
	ENIP_REGISTER, ENIP_UNREGISTER, ENIP_SEND_RR = 0x6f, ENIP_SEND_UNIT, ENIP_INDICATE = 0x72,
	ENIP_CANCEL,
};

enum enip_item { ENIP_ITEM_IDENTITY = 0x0c, ENIP_ITEM_CONNECTED = 0xb1, ENIP_ITEM_UNCONNECTED,
	ENIP_ITEM_SERVICES = 0x100 };

/** One message, borrowed. */
struct enip_pdu {
	uint16_t command, len;
	uint32_t session, status, options;
	struct dp_span body;
	bool invalid;            /**< its body is not what the command says */
	bool has_cip, connected; /**< connected: the second item is connected data */
	uint16_t seq;            /**< of connected data */
	struct dp_span cip;      /**< of the first data item */
	struct dp_span identity, services; /**< of a first item of that kind */
};

/** A CIP request or answer, borrowed. */
struct cip_msg {
	uint8_t service;
	bool answer;
	uint8_t status;       /**< of an answer */
	struct dp_span extended, path, body;
};

enum cip_number { CIP_CLASS, CIP_INSTANCE, CIP_ATTRIBUTE, CIP_STATUS, CIP_EXTENDED, CIP_NUMBERS };

struct enip_tx {
	struct dp_tx tx;
	struct dp_bytes raw[2];                /**< by enum sig_dir; empty: none */
	struct dp_bytes number[CIP_NUMBERS];   /**< native uint32_t */
	uint32_t session;
	uint16_t command, seq;
	bool has_cip, connected;
};

struct enip_state {
	bool lost[2];  /**< after a hole */
	bool flooded;  /**< at the limit: what was open is over */
	uint32_t kept; /**< bytes of messages and numbers in transactions */
	struct dp_tx *over; /**< it and those before it wait for no answer; NULL: none known */
};

/** Read the message at the start of `s`. False: it is cut. */
bool enip_read(struct dp_span s, struct enip_pdu *p);
/** Item of a body: its type, data, and where it begins in the body. False: no more, or cut. */
bool enip_item_next(struct dp_cur *c, uint16_t *type, struct dp_span *data);
/** Cursor before the items, and their number; false when the command has none. */
bool enip_items(const struct enip_pdu *p, struct dp_cur *c, uint16_t *n);

bool cip_read(struct dp_span s, struct cip_msg *m);
/** Next segment of a path; *type is the first byte of a logical segment, 0 of another.
 *  False: the end, or not understood (then c is bad). */
bool cip_segment(struct dp_cur *c, uint8_t *type, uint32_t *value);
/** Message i of a multiple service packet: up to where the next begins. False: there is none, or the next
 *  does not begin behind it. */
bool cip_part(const struct cip_msg *m, uint32_t i, struct dp_span *part);
uint32_t cip_parts(const struct cip_msg *m);
/** Gather what signatures compare. */
void enip_gather(struct dp_ctx *c, struct enip_tx *tx, struct dp_span cip);

void enip_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

/* names (names.c): NULL when there is none */
const char *enip_command_name(uint32_t v);
const char *enip_status_name(uint32_t v);
const char *enip_vendor_name(uint32_t v);
const char *enip_device_name(uint32_t v);
const char *cip_service_name(uint32_t v);
const char *cip_status_name(uint32_t v);
const char *cip_extended_name(uint32_t v);
const char *cip_class_name(uint32_t v);

static inline struct dp_span enip_raw(const struct enip_tx *tx, enum sig_dir dir)
{
	return (struct dp_span){tx->raw[dir].p, tx->raw[dir].n};
}

#endif
