/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SNMP v1, v2c (RFC 1157, 3416) and v3 (RFC 3412) over UDP. A transaction is one message, kept as
 * it came.
 */
#ifndef DP_APP_SNMP_H
#define DP_APP_SNMP_H

#include "../ber.h"
#include "../bytes.h"
#include <dp/app.h>

#define SNMP_TX_MAX 256u /* transactions open at a time */

enum snmp_pdu {
	SNMP_GET, SNMP_GET_NEXT, SNMP_RESPONSE, SNMP_SET, SNMP_TRAP_V1, SNMP_GET_BULK, SNMP_INFORM,
	SNMP_TRAP_V2, SNMP_REPORT, SNMP_PDUS,
};

struct snmp_msg {
	uint8_t version;          /**< 1, 2, 3 */
	struct dp_span community; /**< v1, v2 */
	struct dp_span user;      /**< v3 */
	bool has_user;            /**< user-based security model */
	bool encrypted;
	uint8_t pdu;              /**< enum snmp_pdu */
	int64_t error;            /**< error status; 0 for bulk requests and traps */
	struct dp_span enterprise;/**< of a v1 trap: OID */
	struct dp_span agent;     /**< four bytes */
	int64_t trap;
	struct dp_span vars;      /**< contents of the list of bindings */
};

struct snmp_tx {
	struct dp_tx tx;
	struct dp_bytes raw;
	uint8_t version;  /**< that of the flow's first message */
};

/** 1 to 3, 0 when the bytes do not begin an SNMP message. MORE only when header is cut. */
unsigned snmp_version(struct dp_span s);
/** Name of a binding: an OID, or one that is tagged as octets, which the peer takes too. */
bool snmp_name(struct dp_span *s, struct dp_ber *oid);
bool snmp_read(struct dp_span s, struct snmp_msg *m);
void snmp_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
