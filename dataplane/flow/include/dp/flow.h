/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Flows: both directions of one conversation, in a table that one worker owns.
 * RSS is symmetric, so both directions reach the same worker and nothing is shared.
 */
#ifndef DP_FLOW_H
#define DP_FLOW_H

#include <dp/ctx.h>

enum dp_tcp_state {
	DP_TCP_NONE,
	DP_TCP_SYN_SENT,
	DP_TCP_SYN_RECV,
	DP_TCP_ESTABLISHED,
	DP_TCP_FIN_WAIT1,
	DP_TCP_FIN_WAIT2,
	DP_TCP_TIME_WAIT,
	DP_TCP_LAST_ACK,
	DP_TCP_CLOSE_WAIT,
	DP_TCP_CLOSING,
	DP_TCP_CLOSED,
};

enum dp_flow_flags {
	DP_FF_TS_SEEN = 1 << 0,
	DP_FF_TC_SEEN = 1 << 1,
	DP_FF_HANDSHAKE = 1 << 2, /**< SYN, SYN/ACK and ACK all seen: resets are allowed */
	DP_FF_MIDSTREAM = 1 << 3,
	DP_FF_DROP = 1 << 4,     /**< condemned: every further packet is dropped (FLOW_DROP) */
	DP_FF_PASS = 1 << 5,     /**< a pass signature matched: no alerts, no drops any more */
	DP_FF_BYPASS = 1 << 6,   /**< forwarded without inspection (keyword, policy) */
	DP_FF_FAULT_BYPASS = 1 << 7, /**< in the shared table as BYPASS after a crash */
	DP_FF_NOPAYLOAD = 1 << 8, /**< payload of this flow is not inspected any more */
	DP_FF_ALERTED = 1 << 9,
	DP_FF_EST = 1 << 10,     /**< both directions seen (UDP), handshake complete (TCP) */
	DP_FF_WAS_DROPPED = 1 << 11,
	DP_FF_EXCEPTION = 1 << 12,
	DP_FF_REUSED = 1 << 13,
	DP_FF_SWAPPED = 1 << 14, /**< client and server were exchanged after the first packet */
	DP_FF_EXPECTED = 1 << 15, /**< opened by another flow's command (FTP data) */
	DP_FF_APP_DONE_TS = 1 << 16, /**< protocol detection over in that direction */
	DP_FF_APP_DONE_TC = 1 << 17,
	DP_FF_GAP_TS = 1 << 18,
	DP_FF_GAP_TC = 1 << 19,
	DP_FF_APP_ERROR = 1 << 20,
	DP_FF_DROP_LOGGED_TS = 1 << 21, /**< a drop record of that direction was written */
	DP_FF_DROP_LOGGED_TC = 1 << 22,
	DP_FF_NOLOG_TX = 1 << 23,   /**< a config rule: no records of its transactions */
	DP_FF_NOLOG_FLOW = 1 << 24, /**< ... nor of the flow */
	DP_FF_SEARCH_TS = 1 << 25, /**< what detection has searched in that direction it searches again, */
	DP_FF_SEARCH_TC = 1 << 26, /**< together with the next bytes */
};

struct dp_flow {
	/* key; addr[0] and port[0] are the client's (opener's) */
	union dp_addr addr[2];
	uint16_t port[2]; /**< host order; ICMP: type of the request, type of its reply (0: none);
			   *   ESP: high and low half of the SPI */
	uint16_t vlan[DP_PKT_MAX_VLANS]; /**< zero when tags do not tell flows apart */
	uint16_t vlan_seen[DP_PKT_MAX_VLANS]; /**< of the first packet, for events */
	uint8_t n_vlan, ip_ver, ip_proto, wire;
	uint8_t recursion; /**< tunnel depth */
	uint8_t icmp_type[2], icmp_code[2];
	uint8_t first_side; /**< port of the wire that the client is behind */
	uint8_t tcp_state;     /**< enum dp_tcp_state, kept by the stream room */
	uint8_t exceptions;    /**< enum dp_ev_exception bits */
	uint32_t tcp_isn;      /**< client's, valid with a TCP session: tells a resent SYN from reuse */
	uint32_t hash;
	struct dp_flow *hash_next;
	struct dp_flow *lru_next, *lru_prev; /**< timeout list of its class */

	uint64_t id; /**< event flow_id: not zero, unique in this worker's life */
	uint64_t start_ns, last_ns;
	uint64_t queued_ns; /**< when it was last moved in its list */
	uint64_t pkts[2], bytes[2]; /**< by enum sig_dir; bytes are frame bytes */
	uint32_t flags;             /**< enum dp_flow_flags */
	uint8_t state;              /**< enum dp_flow_end_state: what timeout applies */
	uint8_t timeout_class;
	uint8_t min_ttl[2], max_ttl[2];
	uint32_t table_generation; /**< of the condemned table when last consulted */
	uint64_t parent_id;        /**< flow that expected this one; 0 */

	/** What was expected of it (EXPECTED): protocol, direction of the data, the parser's token. */
	uint16_t expect_proto;
	uint8_t expect_dir;
	uint32_t expect_token_len;
	void *expect_token; /**< freed with the flow */

	struct dp_tcp *tcp;         /**< stream room; NULL unless TCP */
	struct dp_app_flow *app;    /**< app room; NULL until there was payload */
	struct dp_flow_detect *det; /**< detect room: flowbits, variables, alert state; NULL */
	/** Envelope of the last packet seen in each direction, for resets toward that side. */
	uint8_t env[2][96];
	uint8_t env_len[2]; /**< bytes before the innermost IP header; 0 unknown or too long */
	uint8_t env_side[2];
	uint8_t last_ttl[2], last_tos[2];
	uint8_t mac[2][6]; /**< Ethernet addresses of client and server as first seen, with has_mac */
	bool has_mac;
};

struct dp_flow_table;

/** Called as a flow leaves the table, before its memory goes: log it, free what hangs on it. */
typedef void dp_flow_end_fn(void *arg, struct dp_flow *f, enum dp_flow_end_reason why);

int dp_flow_table_create(struct dp_ctx *ctx, dp_flow_end_fn *end, void *arg,
	struct dp_flow_table **table);
void dp_flow_table_destroy(struct dp_flow_table *t); /**< ends every flow (SHUTDOWN) first */
/** The configuration's timeouts, also for flows that are there. */
void dp_flow_table_timeouts(struct dp_flow_table *t);

/**
 * Find or open the packet's flow; sets p->flow, p->dir and flow counters. May leave p->flow NULL:
 * no IP, a fragment without ports, an ICMP error (which belongs to the flow it quotes, looked up
 * without opening one), or a full table (then counted, policy applied to the packet).
 */
void dp_flow_lookup(struct dp_flow_table *t, struct dp_ctx *ctx, struct dp_pkt *p);
/** End flows whose time has come; at most `budget` of them. Returns how many ended. */
unsigned dp_flow_expire(struct dp_flow_table *t, struct dp_ctx *ctx, unsigned budget);
/** End one flow now (tuple reuse). */
void dp_flow_end(struct dp_flow_table *t, struct dp_flow *f, enum dp_flow_end_reason why);
/** Its timeout class may have changed (state): move it to the right list. */
void dp_flow_touch(struct dp_flow_table *t, struct dp_flow *f);
/** Client and server change places: what opened it turned out to be the answer. */
void dp_flow_swap(struct dp_flow *f);
/** New end state (timeout class): sets it and queues the flow accordingly. */
void dp_flow_set_state(struct dp_flow_table *t, struct dp_flow *f, enum dp_flow_end_state state);
uint32_t dp_flow_count(const struct dp_flow_table *t);
/** Visit every live flow (replay end, generation change). fn may end the flow it is given. */
void dp_flow_each(struct dp_flow_table *t, void (*fn)(void *arg, struct dp_flow *f), void *arg);

/**
 * Expect a flow (FTP data): when one opens between these addresses with this destination port
 * within `for_s` seconds it is marked EXPECTED with this protocol, parent and token.
 */
int dp_flow_expect(struct dp_flow_table *t, struct dp_ctx *ctx, const struct dp_flow *parent,
	const union dp_addr *server, uint16_t port, enum sig_proto proto, enum sig_dir dir,
	const void *token, uint32_t token_len, uint32_t for_s);

/**
 * Is this flow expected by now? The command that expects it may come after its handshake, so the
 * application room asks again at its first data. True: marked EXPECTED (now or before).
 */
bool dp_flow_expected(struct dp_flow_table *t, struct dp_flow *f);

#endif
