/* SPDX-License-Identifier: Apache-2.0 */
/**
 * POP3 (RFC 1939, 2449, 5034): a transaction per command with its reply; the greeting is one without
 * a command. A mail (RETR) is read and not kept.
 */
#ifndef DP_APP_POP3_H
#define DP_APP_POP3_H

#include "../bytes.h"
#include "../text.h"
#include <dp/app.h>

#define POP3_TX_MAX 256u      /**< the peer's */
#define POP3_LINE_MAX 16384u  /**< a longer line is taken in pieces */
#define POP3_DATA_MAX 65536u  /**< bytes of a reply's lines that are kept */
#define POP3_COMMAND_MAX 255u /**< RFC 2449 section 4, line end included */
#define POP3_REPLY_MAX 512u

struct pop3_tx {
	struct dp_tx tx;
	bool asked, answered, ok, sasl; /**< sasl: what the client said is no command but secrets */
	uint8_t cmd;                    /**< index in the table of pop3.c */
	struct dp_bytes line;           /**< the command as sent */
	struct dp_bytes header;         /**< of the reply, behind its status */
	struct dp_bytes data;           /**< its lines: each with LF behind it */
};

struct pop3_state {
	struct pop3_tx *multi; /**< whose reply goes on until a lone dot */
	bool drop;             /**< its lines are not kept */
	bool sasl;             /**< the client answers challenges */
	bool part[2];          /**< a line longer than the limit goes on */
	bool lost[2];          /**< after a hole: until a line makes sense */
};

void pop3_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
