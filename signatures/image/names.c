/* SPDX-License-Identifier: Apache-2.0 */
#include <sig/buffer.h>
#include <sig/proto.h>

const char *const sig_proto_rule_name[SIG_PROTO__COUNT] = {
#define X(id, rule, eve) rule,
	SIG_PROTOS(X)
#undef X
};

const char *const sig_proto_event_name[SIG_PROTO__COUNT] = {
#define X(id, rule, eve) eve,
	SIG_PROTOS(X)
#undef X
};

const char *const sig_action_name[SIG_ACT__COUNT] = {
	[SIG_ACT_ALERT] = "alert",
	[SIG_ACT_PASS] = "pass",
	[SIG_ACT_DROP] = "drop",
	[SIG_ACT_REJECT] = "reject",
	[SIG_ACT_REJECT_SRC] = "rejectsrc",
	[SIG_ACT_REJECT_DST] = "rejectdst",
	[SIG_ACT_REJECT_BOTH] = "rejectboth",
	[SIG_ACT_CONFIG] = "config",
};

const struct sig_buffer_info sig_buffer_info[SIG_BUF__COUNT] = {
#define X(id, name, proto, flags) {name, SIG_PROTO_##proto, flags},
	SIG_BUFFERS(X)
#undef X
};

const struct sig_number_info sig_number_info[SIG_NUM__COUNT] = {
#define X(id, name, proto, flags, bits) {name, SIG_PROTO_##proto, flags, bits},
	SIG_NUMBERS(X)
#undef X
};
