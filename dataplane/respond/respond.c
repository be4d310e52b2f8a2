/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "bucket.h"
#include <dp/flow.h>
#include <dp/respond.h>
#include <dp/slab.h>
#include <errno.h>
#include <string.h>

#define TCP_RST 0x04u

struct dp_respond {
	struct bucket all;
	struct bucket host[BUCKET_HOSTS];
};

int dp_respond_create(struct dp_ctx *ctx, struct dp_respond **r)
{
	*r = dp_slab_zalloc(ctx->slab, DP_MEM_FLOW, sizeof(**r));
	return *r ? 0 : -ENOMEM;
}

void dp_respond_destroy(struct dp_ctx *ctx, struct dp_respond *r)
{
	dp_slab_free(ctx->slab, DP_MEM_FLOW, r, r ? sizeof(*r) : 0);
}

void dp_respond_learn(const struct dp_pkt *p)
{
	struct dp_flow *f = p->flow;
	unsigned d = p->dir;

	f->last_ttl[d] = p->ttl;
	f->last_tos[d] = p->tos;
	f->env_side[d] = p->side;
	if (p->ip_off > ENVELOPE_MAX || p->flags & (DP_PF_REASSEMBLED | DP_PF_PSEUDO))
		return;
	f->env_len[d] = (uint8_t)p->ip_off;
	memcpy(f->env[d], p->data, p->ip_off);
}

/** The envelope for a response that travels in direction `dir` of p's flow. */
static bool envelope_for(const struct dp_pkt *p, unsigned dir, struct envelope *e)
{
	const struct dp_flow *f = p->flow;
	const struct dp_pkt *root = p->root ? p->root : p;

	e->ethernet = root->linktype == 1;
	if (f && (f->pkts[dir] > 0 || dir == p->dir) && (f->env_len[dir] || !e->ethernet)) {
		e->len = f->env_len[dir];
		memcpy(e->bytes, f->env[dir], e->len);
		return true;
	}
	if (p->ip_off > ENVELOPE_MAX || p->flags & (DP_PF_REASSEMBLED | DP_PF_PSEUDO))
		return false;
	e->len = p->ip_off;
	memcpy(e->bytes, p->data, e->len);
	if (dir != p->dir)
		envelope_mirror(e);
	return true;
}

static bool allowed(struct dp_respond *r, struct dp_ctx *ctx, const union dp_addr *to)
{
	if (bucket_take(&r->host[bucket_slot(to)], DP_RESPOND_PER_HOST, ctx->now_ns) &&
		bucket_take(&r->all, ctx->conf->max_resets_per_s, ctx->now_ns))
		return true;
	ctx->cnt->resp_suppressed++;
	return false;
}

/** Put the load into its envelope and send it. False: nothing was sent (counted). */
static bool transmit(struct dp_ctx *ctx, const struct dp_pkt *p, const struct envelope *e,
	const struct load *l, uint8_t side)
{
	const struct dp_pkt *root = p->root ? p->root : p;
	uint32_t len = e->len + l->len;
	uint32_t room = e->ethernet && len < 60 ? 60 : len; // shortest Ethernet frame without FCS
	uint8_t *data;
	void *buf = ctx->io->alloc(ctx->io->ctx, root->wire, room, &data);

	if (!buf) {
		ctx->cnt->resp_no_buffer++;
		return false;
	}
	memcpy(data, e->bytes, e->len);
	memcpy(data + e->len, l->bytes, l->len);
	if (!envelope_fit(data, e->len, len, e->ethernet)) {
		ctx->io->free(ctx->io->ctx, buf);
		ctx->cnt->resp_suppressed++;
		return false;
	}
	memset(data + len, 0, room - len);
	if (ctx->io->send(ctx->io->ctx, root->wire, side, buf, room) < 0) {
		ctx->cnt->resp_no_buffer++;
		return false;
	}
	return true;
}

/** One reset in direction `dir`: it seems to come from the peer of whom it reaches. */
static void reset(struct dp_respond *r, struct dp_ctx *ctx, const struct dp_pkt *p, unsigned dir,
	const struct dp_stream_rst *n)
{
	bool forward = dir == p->dir;
	const struct dp_flow *f = p->flow;
	struct envelope e;
	struct load l;
	struct reset_args a = {
		.ip_ver = p->ip_ver,
		.src = forward ? &p->src : &p->dst,
		.dst = forward ? &p->dst : &p->src,
		.sport = forward ? p->sp : p->dp,
		.dport = forward ? p->dp : p->sp,
		.seq = dir == SIG_DIR_TO_SERVER ? n->seq_to_server : n->seq_to_client,
		.ack = dir == SIG_DIR_TO_SERVER ? n->ack_to_server : n->ack_to_client,
		.ttl = f->last_ttl[dir] ? f->last_ttl[dir] : p->ttl,
		.tos = f->last_tos[dir],
		.ip_id = (uint16_t)(p->ip_id + 1),
		.df = p->frag_flags & 2,
	};

	if (!allowed(r, ctx, a.dst))
		return;
	if (!envelope_for(p, dir, &e)) {
		ctx->cnt->resp_suppressed++;
		return;
	}
	build_reset(&l, &a);
	if (transmit(ctx, p, &e, &l, forward ? !p->side : p->side))
		ctx->cnt->resp_rst++;
}

static void respond_tcp(struct dp_respond *r, struct dp_ctx *ctx, struct dp_pkt *p)
{
	const struct dp_flow *f = p->flow;
	struct dp_stream_rst n;

	if (p->tcp.flags & TCP_RST || !f || !(f->flags & DP_FF_HANDSHAKE) ||
		f->flags & DP_FF_MIDSTREAM) {
		ctx->cnt->resp_suppressed++;
		return;
	}
	dp_stream_reset_numbers(f, p, &n);
	if (p->reject & DP_RESPOND_SENDER)
		reset(r, ctx, p, !p->dir, &n);
	if (p->reject & DP_RESPOND_RECEIVER)
		reset(r, ctx, p, p->dir, &n);
}

static bool multicast(const struct dp_pkt *p)
{
	const struct dp_pkt *root = p->root ? p->root : p;

	if (root->linktype == 1 && root->len && root->data[0] & 1)
		return true;
	if (p->ip_ver == 4) // class D and E, the limited broadcast, and "this network" as a source
		return p->dst.b[0] >= 224 || p->src.b[0] >= 224 || p->src.b[0] == 0;
	return p->dst.b[0] == 0xff || p->src.b[0] == 0xff;
}

/** ICMP queries may be answered; errors (and anything unknown) never. RFC 1122, RFC 4443 2.4. */
static bool icmp_query(const struct dp_pkt *p)
{
	if (p->ip_proto == 1)
		return p->icmp_type == 8 || p->icmp_type == 13 || p->icmp_type == 17;
	return p->icmp_type == 128;
}

static void respond_icmp(struct dp_respond *r, struct dp_ctx *ctx, struct dp_pkt *p)
{
	struct envelope e;
	struct load l;

	if (!(p->reject & DP_RESPOND_SENDER))
		return;
	if (multicast(p) || p->frag_off || p->ip_off >= p->len ||
		((p->ip_proto == 1 || p->ip_proto == 58) && !icmp_query(p))) {
		ctx->cnt->resp_suppressed++;
		return;
	}
	if (!allowed(r, ctx, &p->src))
		return;
	if (!envelope_for(p, p->flow ? !p->dir : !SIG_DIR_TO_SERVER, &e)) {
		ctx->cnt->resp_suppressed++;
		return;
	}
	build_unreachable(&l, p);
	if (transmit(ctx, p, &e, &l, p->side))
		ctx->cnt->resp_icmp++;
}

void dp_respond_packet(struct dp_respond *r, struct dp_ctx *ctx, struct dp_pkt *p)
{
	if (!p->reject || !ctx->io || p->flags & DP_PF_PSEUDO)
		return;
	if (p->ip_proto == 6)
		respond_tcp(r, ctx, p);
	else if (p->ip_ver)
		respond_icmp(r, ctx, p);
}
