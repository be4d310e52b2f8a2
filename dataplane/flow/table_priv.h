/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the flow room. */
#ifndef TABLE_PRIV_H
#define TABLE_PRIV_H

#include <dp/flow.h>
#include <dp/slab.h>

#define N_CLASSES 16 /* protocol class (tcp udp icmp other) * 4 + end state */
#define EXPECT_BUCKETS 256

struct flow_list {
	struct dp_flow *first, *last; /* oldest first */
};

struct expect {
	struct expect *next;
	union dp_addr server, peer[2];
	uint64_t until_ns, parent_id;
	uint16_t port, proto;
	uint8_t ip_ver, dir;
	uint32_t token_len;
	uint8_t token[];
};

struct dp_flow_table {
	struct dp_ctx *ctx;
	struct dp_flow **bucket; /* owner: mmap */
	uint32_t mask, count, max;
	uint64_t seed[2], next_id;
	dp_flow_end_fn *end;
	void *arg;
	struct flow_list list[N_CLASSES];
	uint64_t timeout_ns[N_CLASSES];
	struct expect *expect[EXPECT_BUCKETS];
	uint32_t n_expect;
};

/* A packet's place in the table: in its own direction (side 0 is the sender). */
struct flow_key {
	union dp_addr addr[2];
	uint16_t port[2];
	uint16_t vlan[DP_PKT_MAX_VLANS];
	uint8_t ip_ver, proto, recursion;
};

/* False: packets like this have no flow. *open: may a new flow be made for it? */
bool flow_key_of(
	const struct dp_conf *conf, const struct dp_pkt *p, struct flow_key *k, bool *open);
void flow_expect_check(struct dp_flow_table *t, struct dp_flow *f);
void flow_expect_free(struct dp_flow_table *t);

#endif
