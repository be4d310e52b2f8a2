/* SPDX-License-Identifier: Apache-2.0 */
/**
 * RDP up to where it is encrypted (MS-RDPBCGR over T.123 and X.224): connection request and answer,
 * the client's description of itself, certificates when TLS follows. A transaction is one message.
 */
#ifndef DP_APP_RDP_H
#define DP_APP_RDP_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define RDP_TX_MAX 256u          /* open at a time */
#define RDP_TLS_RECORD_MAX 18432u
#define RDP_HANDSHAKE_MAX 65536u /* of the server's handshake */

enum rdp_kind { RDP_REQUEST, RDP_CONFIRM, RDP_CONNECT, RDP_CONNECT_ANSWER, RDP_TLS };

struct rdp_tx {
	struct dp_tx tx;
	uint8_t kind;        /**< enum rdp_kind */
	struct dp_bytes raw; /**< body of the TPKT; of TLS: certificates, each behind a 24-bit length */
};

struct rdp_state {
	bool tls;                  /**< TLS has begun */
	bool done;                 /**< nothing that follows is read */
	struct dp_bytes handshake; /**< the server's, while it is put together */
	uint32_t seen;             /**< bytes of whole messages at its beginning: no certificates */
};

/** Kind of a TPKT body that `dir` sent, -1: none that is kept. */
int rdp_kind_of(struct dp_span body, enum sig_dir dir);
/** Blocks of the client's data in a connect request. False: there are none. */
bool rdp_client_blocks(struct dp_span body, struct dp_cur *blocks);
void rdp_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

/** Language of a keyboard layout (MS-LCID), "unknown". */
const char *rdp_layout_name(uint32_t lcid);
const char *rdp_build_name(uint32_t build);

#endif
