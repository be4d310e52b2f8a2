/* SPDX-License-Identifier: Apache-2.0 */
/** The engine's inside, shared by the files of this room. */
#ifndef DP_WORKER_INNER_H
#define DP_WORKER_INNER_H

#include <dp/condemned.h>
#include <dp/decode.h>
#include <dp/defrag.h>
#include <dp/emit.h>
#include <dp/respond.h>
#include <dp/slab.h>
#include <dp/worker.h>

/** Depth of packets inside packets that are inspected; what is deeper passes with its outermost. */
#define MAX_NESTED 8u

/** How long a condemned flow stays in the shared table after its last packet: longer than any
 *  retransmission back-off of Linux (tcp_retries2: 924 s at most between first and last). */
#define CONDEMN_NS (UINT64_C(1000) * 1000000000)

struct dp_worker {
	struct dp_ctx ctx;
	struct dp_conf conf;
	struct dp_flow_table *flows;
	struct dp_defrag *defrag;
	struct dp_respond *respond;
	struct dp_detect *detect;
	struct dp_table *table;
	volatile uint32_t *inspecting;
	struct dp_ruleset *rs[DP_LAYER__COUNT];
	uint32_t generation[DP_LAYER__COUNT];
	bool ips;             /**< drops and resets are real */
	uint64_t expired_ns;  /**< when timeouts were last looked at */
	uint64_t sample;      /**< packets seen, for sampling cycles */
	bool sampling;
	unsigned nested;
	struct dp_pkt inner[MAX_NESTED];
	struct dp_alert *alerts[MAX_NESTED + 1]; /**< each alerts_cap long; [0] owns all */
	uint16_t alerts_cap;
	_Alignas(8) uint8_t ev_buf[DP_EV_MAX]; /**< records are built in it */
};

/** One packet, received or made from one, through all stages. */
void worker_packet(struct dp_worker *w, struct dp_pkt *p);
/** Last look at a flow that leaves: its data, its transactions, its record. */
void worker_flow_end(void *arg, struct dp_flow *f, enum dp_flow_end_reason why);

/** A transaction of the flow got something that no packet of it brought: signatures and records see it. */
void worker_look_again(struct dp_worker *w, struct dp_flow *f);

/** Room for `max` alerts of a packet. Not while one is inspected. False: no memory, as before. */
bool worker_alerts_room(struct dp_worker *w, uint16_t max);
/** The settings' limits of memory, into its accounts. */
void worker_limits(struct dp_worker *w);

/** What p's alerts, drop and anomalies say, into the ring. */
void worker_report(struct dp_worker *w, struct dp_pkt *p);
void worker_report_flow(struct dp_worker *w, const struct dp_flow *f, enum dp_flow_end_reason why);

/** The shared table's say on a packet as received, before anything looks at its bytes. */
enum dp_act worker_table_check(struct dp_worker *w, const struct dp_pkt *p, struct dp_key *key);
/** A SYN opens another conversation on the same ports: forget what the old one had earned. */
bool worker_table_reopened(struct dp_worker *w, const struct dp_pkt *p, const struct dp_key *key);
/** Let guard and successors block the rest of p's flow too. */
void worker_table_condemn(struct dp_worker *w, const struct dp_pkt *p);

#endif
