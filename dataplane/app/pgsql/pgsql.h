/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PostgreSQL frontend/backend protocol, version 3. A transaction is what the client sent and every
 * answer up to the one that hands the turn back. Rows and copied data are counted, not kept.
 */
#ifndef DP_APP_PGSQL_H
#define DP_APP_PGSQL_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define PG_TX_MAX 1024u          /* transactions open at a time (the peer's default) */
#define PG_TEXT_MAX 65535u       /* bytes of a request that are kept; of a message waited for */
#define PG_ANSWERS_MAX 65535u    /* bytes of answers that are kept */
#define PG_STARTUP_MAX 10000u    /* longest start packet a server takes (src/include/libpq) */
#define PG_CODE_CANCEL 80877102u /* in place of a version in a start packet */
#define PG_CODE_SSL 80877103u
#define PG_CODE_GSS 80877104u

/** What a transaction began with. */
enum pg_request {
	PG_NONE, PG_SSL, PG_GSS, PG_CANCEL, PG_STARTUP, PG_PASSWORD, PG_SASL_INITIAL, PG_SASL, PG_QUERY,
	PG_COPY_IN, PG_TERMINATE,
};

struct pg_tx {
	struct dp_tx tx;
	uint8_t request;         /**< enum pg_request */
	uint8_t copy_end;        /**< 'c' or 'f' after copied data */
	uint8_t ssl;             /**< answer to PG_SSL: 'S', 'N', or 0 */
	bool has_rows, has_copy;
	struct dp_bytes text;    /**< body of the request */
	struct dp_bytes answers; /**< messages one after another: type, length, body */
	uint64_t rows, row_bytes;         /**< data rows of the answer, bytes of their columns */
	uint64_t copied, copied_bytes;    /**< messages of copied data, either direction */
};

struct pg_state {
	uint64_t skip[2];   /**< bytes of the current message that nobody reads */
	bool lost[2];       /**< after a hole: look for a message */
	uint8_t auth;       /**< enum pg_request that the next 'p' is */
	bool running;       /**< past the first packet */
};

/** One message of that direction out of `in`; 0: more wanted, -1: not this protocol. */
int64_t pg_client(struct dp_app_ctx *x, struct pg_state *st, const struct dp_app_in *in,
	uint32_t pos);
int64_t pg_server(struct dp_app_ctx *x, struct pg_state *st, const struct dp_app_in *in,
	uint32_t pos);
/** Type and length look like a message of that direction. */
bool pg_plausible(struct dp_span s, bool client);
/** NUL-terminated text, consumed with its end. */
struct dp_span pg_text(struct dp_cur *c);

void pg_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
