/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/policy.h>

static void drop(struct dp_pkt *p, enum dp_reason why, bool flow, uint8_t reject)
{
	dp_pkt_drop(p, why);
	p->reject |= reject;
	if (flow && p->flow != NULL) {
		p->flow->flags |= DP_FF_DROP | DP_FF_WAS_DROPPED;
		p->drop_flow = 1;
	}
}

void dp_policy_apply(const struct dp_ctx *ctx, struct dp_pkt *p, enum dp_policy policy,
	enum dp_reason why, uint8_t cause)
{
	bool real = ctx->conf->inline_mode || ctx->conf->simulate_ips;
	struct dp_flow *f = p->flow;

	if (cause != 0)
		ctx->cnt->exception[__builtin_ctz(cause)][policy]++;
	if (f != NULL && cause != 0) {
		f->flags |= DP_FF_EXCEPTION;
		f->exceptions |= cause;
	}
	switch (policy) {
	case DP_POL_IGNORE:
		break;
	case DP_POL_DROP_FLOW:
	case DP_POL_REJECT:
	case DP_POL_REJECT_BOTH:
		if (real)
			drop(p, why, true,
				policy == DP_POL_REJECT        ? 1
				: policy == DP_POL_REJECT_BOTH ? 3
							       : 0);
		break;
	case DP_POL_DROP_PACKET:
		if (real)
			drop(p, why, false, 0);
		break;
	case DP_POL_BYPASS:
		if (f != NULL)
			f->flags |= DP_FF_BYPASS;
		break;
	case DP_POL_PASS_FLOW:
		if (f != NULL)
			f->flags |= DP_FF_PASS;
		p->flags |= DP_PF_NOPKT_INSPECT | DP_PF_NOPAYLOAD_INSPECT;
		break;
	case DP_POL_PASS_PACKET:
		p->flags |= DP_PF_NOPKT_INSPECT | DP_PF_NOPAYLOAD_INSPECT;
		break;
	}
	if (f == NULL && p->verdict == DP_FORWARD)
		p->reason = DP_R_RESOURCE;
}
