/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Exception policies: the one place where something unexpected (a limit, a midstream session, a
 * parser error) becomes open or closed.
 */
#ifndef DP_POLICY_H
#define DP_POLICY_H

#include <dp/flow.h>

/**
 * Apply `policy` to p (and p->flow when there is one). `why` is the drop reason where the policy
 * drops; `cause` (enum dp_ev_exception, 0: none) is remembered in the flow for its record.
 * Dropping policies act inline or simulated only, as the peer's do. Worker's thread.
 */
void dp_policy_apply(const struct dp_ctx *ctx, struct dp_pkt *p, enum dp_policy policy,
	enum dp_reason why, uint8_t cause);

#endif
