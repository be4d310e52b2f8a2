/* SPDX-License-Identifier: Apache-2.0 */
/* The shared table of the judged, as the worker uses it. */
#include "inner.h"

#define TCP_FIN_SYN_RST_ACK 0x17u
#define TCP_SYN 0x02u
#define TCP_FLAGS_OFF 13u

enum dp_act worker_table_check(struct dp_worker *w, const struct dp_pkt *p, struct dp_key *key)
{
	if (dp_table_idle(w->table) || p->linktype != 1 ||
		dp_key_of_frame(key, p->data, p->len, NULL) < 0)
		return DP_ACT_NONE;
	return dp_table_check(w->table, key, w->ctx.now_ns);
}

bool worker_table_reopened(struct dp_worker *w, const struct dp_pkt *p, const struct dp_key *key)
{
	uint32_t payload;
	struct dp_key k;

	// The key was found by the same walk, so the TCP header lies right before the payload.
	if (key->proto != 6 || dp_key_of_frame(&k, p->data, p->len, &payload) < 0)
		return false;
	for (uint32_t words = 5; words <= 15 && words * 4 <= payload; words++) {
		const uint8_t *tcp = p->data + payload - words * 4;

		if (tcp[12] >> 4 != words)
			continue;
		if ((tcp[TCP_FLAGS_OFF] & TCP_FIN_SYN_RST_ACK) != TCP_SYN)
			return false;
		// Only what the flow itself earned: a condemned host stays condemned.
		dp_table_del(w->table, key);
		return dp_table_check(w->table, key, w->ctx.now_ns) == DP_ACT_NONE;
	}
	return false;
}

void worker_table_condemn(struct dp_worker *w, const struct dp_pkt *p)
{
	const struct dp_pkt *root = p->root ? p->root : p;
	struct dp_table_entry e = {.act = DP_ACT_DROP, .reason = p->reason,
		.writer = (uint16_t)(2 + w->ctx.worker), .expires_ns = w->ctx.now_ns + CONDEMN_NS};

	// What is inside a tunnel condemns its own flow, not the whole tunnel: the worker's flow table
	// remembers that one alone.
	if (!w->table || root->linktype != 1 || p->recursion)
		return;
	// A fragment's own frame names no ports: it would condemn every fragment between two hosts.
	if (p->flags & DP_PF_REASSEMBLED) {
		const bool icmp = (p->ip_proto == 1 || p->ip_proto == 58) && p->l4_hdr_len != 0;
		const uint16_t sp = icmp ? p->icmp_type : p->sp;
		const uint16_t dp = icmp ? dp_icmp_counterpart(p->ip_proto, p->icmp_type) : p->dp;

		if (sp == 0 && dp == 0)
			return;
		dp_key_flow(&e.key, p->ip_ver, p->ip_proto, p->src.b, p->dst.b, sp, dp, p->vlan,
			p->n_vlan < 2 ? p->n_vlan : 2);
		dp_table_put(w->table, &e, w->ctx.now_ns);
		return;
	}
	if (root->flags & DP_PF_FRAG)
		return;
	if (dp_key_of_frame(&e.key, root->data, root->len, NULL) == 0)
		dp_table_put(w->table, &e, w->ctx.now_ns);
}
