/* SPDX-License-Identifier: Apache-2.0 */
/** Event records: the part that every record has, and handing them to the worker's ring. */
#ifndef DP_EMIT_H
#define DP_EMIT_H

#include <dp/flow.h>

/**
 * Fill `c` from packet and flow; either may be NULL. Everything but the app_proto fields, which the
 * caller adds (they belong to a later room). Addresses are the packet's, else client and server.
 */
void dp_emit_common(const struct dp_ctx *ctx, const struct dp_pkt *p, const struct dp_flow *f,
	struct dp_ev_common *c);

/** Complete the head and put the record into the ring; counted as lost when it does not fit. */
void dp_emit(struct dp_ctx *ctx, struct dp_ev_head *rec, enum dp_ev_type type, size_t len);

#endif
