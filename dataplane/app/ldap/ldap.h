/* SPDX-License-Identifier: Apache-2.0 */
/**
 * LDAP (RFC 4511) over TCP and UDP. A transaction is a request and every answer with its message
 * id; both are kept as they came and read when something is asked for.
 */
#ifndef DP_APP_LDAP_H
#define DP_APP_LDAP_H

#include "../ber.h"
#include "../bytes.h"
#include <dp/app.h>

#define LDAP_TX_MAX 256u                /* transactions open at a time (the peer's default) */
#define LDAP_MSG_MAX (1u << 20)         /* longest message that is waited for */
#define LDAP_KEEP_MAX (256u * 1024)     /* bytes of answers kept for one request */
#define LDAP_RESPONSES_MAX 1024u
#define LDAP_STARTTLS "1.3.6.1.4.1.1466.20037" /* RFC 4511 section 4.14.1 */

enum ldap_op {
	LDAP_BIND_REQUEST = 0, LDAP_BIND_RESPONSE = 1, LDAP_UNBIND = 2, LDAP_SEARCH_REQUEST = 3,
	LDAP_ENTRY = 4, LDAP_SEARCH_DONE = 5, LDAP_MODIFY_REQUEST = 6, LDAP_MODIFY_RESPONSE = 7,
	LDAP_ADD_REQUEST = 8, LDAP_ADD_RESPONSE = 9, LDAP_DEL_REQUEST = 10, LDAP_DEL_RESPONSE = 11,
	LDAP_MODDN_REQUEST = 12, LDAP_MODDN_RESPONSE = 13, LDAP_COMPARE_REQUEST = 14,
	LDAP_COMPARE_RESPONSE = 15, LDAP_ABANDON = 16, LDAP_REFERENCE = 19,
	LDAP_EXTENDED_REQUEST = 23, LDAP_EXTENDED_RESPONSE = 24, LDAP_INTERMEDIATE = 25,
};

struct ldap_msg {
	int64_t id;
	uint8_t op;
	struct dp_span body;     /**< of the operation */
	struct dp_span controls; /**< contents; empty: none */
	bool has_controls;
	uint32_t total;          /**< bytes of the message; with MORE those wanted, 0: not known */
};

struct ldap_result {
	int64_t code;
	struct dp_span dn, text, rest;
};

struct ldap_tx {
	struct dp_tx tx;
	struct dp_bytes request;   /**< empty: answers without a request */
	struct dp_bytes responses; /**< messages one after another */
	uint32_t n_responses;      /**< kept */
	int64_t id;
	bool starttls;
};

/** Read one message and check the fields of its operation. */
enum dp_ber_rc ldap_read(struct dp_span s, struct ldap_msg *m);
bool ldap_is_request(uint8_t op);
bool ldap_has_result(uint8_t op);
bool ldap_result(const struct ldap_msg *m, struct ldap_result *r);
/** DN that the operation names (of a result: the matched one); false: it has none. */
bool ldap_dn(const struct ldap_msg *m, struct dp_span *dn);
/** Name of the `k`th attribute that a message mentions; k is counted down. */
bool ldap_attribute(const struct ldap_msg *m, uint32_t *k, struct dp_span *name);
const char *ldap_op_name(uint8_t op);
/** NULL: not a known code. */
const char *ldap_result_name(int64_t code);

static inline bool ldap_request(const struct ldap_tx *tx, struct ldap_msg *m)
{
	return ldap_read((struct dp_span){tx->request.p, tx->request.n}, m) == DP_BER_OK;
}

void ldap_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
