/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP conversation for tests: frames through decode, flow table and stream, without a worker. */
#ifndef TEST_SESSION_H
#define TEST_SESSION_H

#include "../decode/frames.h"
#include <dp/decode.h>
#include <dp/slab.h>
#include <dp/stream.h>
#include <stdlib.h>

#define CLI 0x0a000001u
#define SRV 0x0a000002u

struct net {
	struct dp_conf conf;
	struct dp_counters cnt;
	struct dp_ctx ctx;
	struct dp_flow_table *table;
	struct dp_pkt p;
	struct frame f;
	unsigned ended;
	enum dp_flow_end_reason why;
	uint16_t sport;
};

static inline void net_flow_end(void *arg, struct dp_flow *f, enum dp_flow_end_reason why)
{
	struct net *n = arg;

	n->ended++;
	n->why = why;
	dp_stream_free(&n->ctx, f);
}

static inline void net_open(struct net *n, bool inline_mode)
{
	memset(n, 0, sizeof(*n));
	dp_conf_default(&n->conf);
	n->conf.checksum_check = false;
	n->conf.inline_mode = n->conf.simulate_ips = inline_mode;
	n->conf.max_flows = 1024;
	n->conf.memory_bytes = 64 << 20;
	n->ctx = (struct dp_ctx){.conf = &n->conf, .cnt = &n->cnt, .now_ns = 1000000000};
	dp_slab_create(n->conf.memory_bytes, &n->ctx.slab);
	dp_flow_table_create(&n->ctx, net_flow_end, n, &n->table);
	n->sport = 1024;
}

static inline void net_close(struct net *n)
{
	dp_flow_table_destroy(n->table);
	dp_slab_destroy(n->ctx.slab);
}

/* One segment; dir 0 from the client. Returns the packet after the stream stage. */
static inline struct dp_pkt *seg(struct net *n, int dir, unsigned flags, uint32_t seq, uint32_t ack,
	const void *data, uint32_t len)
{
	struct frame *f = &n->f;

	f->n = 0;
	eth(f, 0x0800);
	ipv4(f, 6, 20 + len);
	tcp(f, flags, seq, ack);
	set16(f, 34, dir == 0 ? n->sport : 80);
	set16(f, 36, dir == 0 ? 80 : n->sport);
	if (dir == 1) {
		f->b[29] = 2;
		f->b[33] = 1;
	}
	if (len != 0)
		put(f, data, len);
	n->ctx.now_ns += 1000000;
	n->p.data = f->b;
	n->p.len = n->p.wire_len = f->n;
	n->p.linktype = 1;
	n->p.ts_ns = n->ctx.now_ns;
	n->p.side = (uint8_t)dir;
	dp_decode(&n->ctx, &n->p);
	dp_flow_lookup(n->table, &n->ctx, &n->p);
	if (n->p.flow != NULL)
		dp_stream_packet(&n->ctx, n->table, &n->p);
	return &n->p;
}

static inline struct dp_flow *handshake(struct net *n, uint32_t cseq, uint32_t sseq)
{
	seg(n, 0, 2, cseq, 0, NULL, 0);
	seg(n, 1, 0x12, sseq, cseq + 1, NULL, 0);
	return seg(n, 0, 0x10, cseq + 1, sseq + 1, NULL, 0)->flow;
}

#endif
