/* SPDX-License-Identifier: Apache-2.0 */
/** One look at a transaction in one direction: tx.c and its parts. */
#ifndef DP_DETECT_LOOK_H
#define DP_DETECT_LOOK_H

#include "inner.h"

#define LOOK_AGAIN(dir) (1u << (dir)) /* in tx->detect_flags: a buffer was not whole yet */
#define MAX_INSTANCES 4096u /* of one buffer in a transaction */

struct look {
	struct dp_detect *d;
	struct dp_flow_table *t;
	struct dp_pkt *p;
	const struct dp_app_desc *desc;
	struct dp_tx *tx;
	uint8_t dir;
	bool final, again;
	bool forgotten; /**< a signature is to wait, and there is no room to remember that */
	bool woken; /**< the packet's payload has named signatures (dp_wake) */
	struct eval e[DP_LAYER__COUNT];
	bool on[DP_LAYER__COUNT];
};

/* tx_keep.c: room may lack. What was found is then looked for again with the next look, in all that is
 * there; it is counted, and a signature that has matched may be found to match once more. */
struct wait *dp_wait_find(const struct look *k, const struct eval *e, uint8_t dir, uint32_t sig);
void dp_wait_keep(struct look *k, const struct eval *e, uint8_t dir, uint32_t sig,
	uint64_t matched, bool done);
/** Let the next look search all buffers of the transaction. */
void dp_search_again(struct look *k);
uint64_t dp_grown(const struct look *k, uint16_t buffer, uint16_t instance);
void dp_grown_set(struct look *k, uint16_t buffer, uint16_t instance, uint64_t off);
/* tx_eval.c */
void dp_tx_signature(struct look *k, struct eval *e, uint32_t sig);

#endif
