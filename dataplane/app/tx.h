/* SPDX-License-Identifier: Apache-2.0 */
/** Transactions' life and records. Private to the room. */
#ifndef DP_APP_TX_H
#define DP_APP_TX_H

#include <dp/app.h>

/** Write every record that is due: files, anomalies, complete transactions (all of them when
 *  `end`), and free what nobody needs any more (everything when `end`). */
void dp_app_tx_sweep(struct dp_app_ctx *x, bool end);
/** Their records are written, or will not be. */
void dp_tx_events_told(struct dp_app_ctx *x, struct dp_tx *tx);
void dp_tx_free(struct dp_app_ctx *x, struct dp_tx *tx);

/** Records (log.c). */
void dp_app_log_tx(const struct dp_app_ctx *x, struct dp_tx *tx);
void dp_app_log_files(const struct dp_app_ctx *x, struct dp_tx *tx, bool end);
void dp_app_log_events(struct dp_app_ctx *x, struct dp_tx *tx);

/** Open a record of `type` about x's flow (tx may be NULL) whose tree is written to *r. */
struct dp_ev_app *dp_app_record_begin(const struct dp_app_ctx *x, const struct dp_tx *tx,
	const char *type, bool to_client, struct dp_rec *r);
void dp_app_record_end(const struct dp_app_ctx *x, struct dp_ev_app *ev, struct dp_rec *r);

#endif
