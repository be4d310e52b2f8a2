/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Kerberos 5 (RFC 4120) over UDP and TCP. A transaction is one message to or from the key
 * distribution centre, kept as it came.
 */
#ifndef DP_APP_KRB5_H
#define DP_APP_KRB5_H

#include "../ber.h"
#include "../bytes.h"
#include <dp/app.h>

#define KRB5_TX_MAX 256u     /* transactions open at a time */
#define KRB5_MSG_MAX 100000u /* longest message on a stream (the peer's limit) */
#define KRB5_MSG_FIRST 16384u /* longest that a stream may begin with to be recognised */

enum krb5_type {
	KRB5_AS_REQ = 10, KRB5_AS_REP = 11, KRB5_TGS_REQ = 12, KRB5_TGS_REP = 13, KRB5_AP_REQ = 14,
	KRB5_AP_REP = 15, KRB5_ERROR = 30,
};

struct krb5_msg {
	uint8_t type;
	struct dp_span cname, sname; /**< contents of the list of name parts */
	struct dp_span realm;
	bool has_cname, has_sname, has_realm, has_etype;
	int64_t etype, ticket_etype; /**< of answers */
	int64_t error;               /**< of errors */
};

struct krb5_tx {
	struct dp_tx tx;
	struct dp_bytes raw;
	uint8_t failed_request; /**< of an error: type of the request before it */
};

/** False when it is no Kerberos message of a kind that is read (AS, TGS, error). */
bool krb5_read(struct dp_span s, struct krb5_msg *m);
/** Strong are the AES and Camellia types. */
bool krb5_weak(int64_t etype);
void krb5_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
