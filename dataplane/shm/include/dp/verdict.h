/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Verdicts and their named reasons.
 *
 * Every received packet ends in exactly one verdict with exactly one reason, and each reason has
 * one counter, so that  received = forwarded + dropped + held  can be checked by anybody at any
 * time. Packets that we make ourselves (resets, unreachables) are counted apart.
 */
#ifndef DP_VERDICT_H
#define DP_VERDICT_H

#include <stdint.h>

enum dp_verdict {
	DP_FORWARD, /**< leaves by the twin port */
	DP_DROP,    /**< does not leave */
	DP_HELD,    /**< kept by the worker, will get another verdict later */
};

/**
 * X(identifier, verdict, name, sentence). The name is what counters, events and the command line
 * show; where the peer has a word for the same thing (EVE drop.reason) it is that word.
 */
#define DP_REASONS(X)                                                                              \
	X(INSPECTED, DP_FORWARD, "inspected", "inspected, nothing against it")                     \
	X(NOT_IP, DP_FORWARD, "not_ip", "not IP: forwarded untouched")                             \
	X(PASS_RULE, DP_FORWARD, "pass_rule", "a pass signature matched")                          \
	X(FLOW_PASSED, DP_FORWARD, "flow_passed", "its flow is exempt (pass, bypass keyword)")     \
	X(FLOW_BYPASSED, DP_FORWARD, "flow_bypassed", "its flow is bypassed after a fault")        \
	X(MALFORMED, DP_FORWARD, "malformed", "a header does not parse; forwarded by policy")      \
	X(RESOURCE, DP_FORWARD, "resource", "a limit was hit; forwarded uninspected by policy")    \
	X(TAKEOVER, DP_FORWARD, "takeover", "forwarded by the guard while no worker did")          \
	X(RECOVERED, DP_FORWARD, "recovered", "found in a dead worker's flight record")            \
	X(OPERATOR_BYPASS, DP_FORWARD, "operator_bypass", "operator bypass is on")                 \
	X(RELEASED, DP_FORWARD, "released", "was held, then released")                             \
	X(RULES, DP_DROP, "rules", "a drop or reject signature matched")                           \
	X(FLOW_DROP, DP_DROP, "flow drop", "its flow was condemned by an earlier match")           \
	X(CONDEMNED, DP_DROP, "condemned", "in the condemned table")                               \
	X(DECODE_ERROR, DP_DROP, "decode error", "a header does not parse; dropped by policy")     \
	X(DEFRAG_ERROR, DP_DROP, "defrag error", "overlapping or impossible fragments")            \
	X(DEFRAG_MEMCAP, DP_DROP, "defrag memcap", "no room to hold fragments; dropped by policy") \
	X(FLOW_MEMCAP, DP_DROP, "flow memcap", "flow table full; dropped by policy")               \
	X(STREAM_ERROR, DP_DROP, "stream error", "TCP segment that no end host accepts")           \
	X(STREAM_MEMCAP, DP_DROP, "stream memcap", "session memory full; dropped by policy")       \
	X(STREAM_MIDSTREAM, DP_DROP, "stream midstream", "picked up midstream; by policy")         \
	X(STREAM_REASSEMBLY, DP_DROP, "stream reassembly", "reassembly memory full; by policy")    \
	X(STREAM_URGENT, DP_DROP, "stream urgent", "urgent data; dropped by policy")               \
	X(APPLAYER_ERROR, DP_DROP, "applayer error", "a protocol parser failed; by policy")        \
	X(THRESHOLD, DP_DROP, "threshold detection_filter", "rate_filter turned the action")       \
	X(TUNNEL, DP_DROP, "tunnel packet drop", "a packet inside this one was dropped")           \
	X(SHED, DP_DROP, "shed", "a wire set to fail closed had no worker")                        \
	X(TX_FULL, DP_DROP, "tx_full", "the twin port's transmit queue stayed full")               \
	X(NO_BUFFER, DP_DROP, "no_buffer", "no buffer left")                                       \
	X(LINK_DOWN, DP_DROP, "link_down", "the twin port has no link")                            \
	X(HOLD, DP_HELD, "hold", "held: fragment, or tail of a file, awaiting a verdict")

enum dp_reason {
#define X(id, verdict, name, text) DP_R_##id,
	DP_REASONS(X)
#undef X
		DP_R__COUNT
};

struct dp_reason_info {
	enum dp_verdict verdict;
	const char *name;
	const char *text;
};

/** Indexed by enum dp_reason. */
extern const struct dp_reason_info dp_reason_info[DP_R__COUNT];

#endif
