/* SPDX-License-Identifier: Apache-2.0 */
#include "datagram.h"
#include <dp/decode.h>
#include <dp/defrag.h>
#include <dp/policy.h>
#include <dp/slab.h>
#include <errno.h>
#include <string.h>

#define SLOTS 4096u
/** Inline a datagram is remembered longer than any receiver waits for its rest (RFC 1122 3.3.2:
 *  60 to 120 s), so that nobody completes one that we have forgotten. */
#define INLINE_TIMEOUT_S 130u

struct dp_defrag {
	struct datagram *slot[SLOTS];
	struct datagram *oldest, *newest;
	struct datagram *judged; /**< handed out, verdict pending */
	uint32_t n;
	uint8_t out[DATAGRAM_HDR_MAX + DATAGRAM_MAX];
};

int dp_defrag_create(struct dp_ctx *ctx, struct dp_defrag **d)
{
	*d = dp_slab_zalloc(ctx->slab, DP_MEM_FLOW, sizeof(**d));
	return *d ? 0 : -ENOMEM;
}

void dp_defrag_destroy(struct dp_ctx *ctx, struct dp_defrag *d)
{
	if (!d)
		return;
	dp_defrag_clear(d, ctx);
	dp_slab_free(ctx->slab, DP_MEM_FLOW, d, sizeof(*d));
}

uint32_t dp_defrag_count(const struct dp_defrag *d)
{
	return d->n;
}

static void key_of(const struct dp_conf *conf, const struct dp_pkt *p, struct key *k)
{
	memset(k, 0, sizeof(*k)); // compared as bytes
	k->src = p->src;
	k->dst = p->dst;
	k->id = p->ip_ver == 6 ? p->frag_id : p->ip_id;
	k->vlan = p->n_vlan ? p->vlan[0] : 0;
	k->ver = p->ip_ver;
	k->proto = p->ip_ver == 4 ? p->ip_proto : 0;
	k->recursion = conf->recursion_use_for_tracking ? p->recursion : 0;
	k->wire = p->wire;
}

static uint32_t slot_of(const struct key *k)
{
	uint64_t h = k->src.q[0] ^ (k->src.q[1] << 1) ^ (k->dst.q[0] * 3) ^ (k->dst.q[1] * 5);

	h ^= (uint64_t)k->id << 32 | (uint64_t)k->vlan << 8 | k->proto;
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 40) % SLOTS;
}

static void release_fragments(struct dp_ctx *ctx, struct datagram *g)
{
	struct fragment *f = g->first;

	while (f) {
		struct fragment *next = f->next;

		dp_slab_free(ctx->slab, DP_MEM_DEFRAG, f, sizeof(*f) + f->len);
		f = next;
	}
	g->first = g->last = NULL;
	g->n_fragments = 0;
}

static void forget(struct dp_defrag *d, struct dp_ctx *ctx, struct datagram *g)
{
	struct datagram **at = &d->slot[g->slot];

	while (*at != g)
		at = &(*at)->hash_next;
	*at = g->hash_next;
	*(g->older ? &g->older->newer : &d->oldest) = g->newer;
	*(g->newer ? &g->newer->older : &d->newest) = g->older;
	if (d->judged == g)
		d->judged = NULL;
	release_fragments(ctx, g);
	dp_slab_free(ctx->slab, DP_MEM_DEFRAG, g, sizeof(*g));
	d->n--;
}

void dp_defrag_expire(struct dp_defrag *d, struct dp_ctx *ctx, unsigned budget)
{
	while (budget-- && d->oldest && d->oldest->expires_ns <= ctx->now_ns)
		forget(d, ctx, d->oldest);
}

void dp_defrag_clear(struct dp_defrag *d, struct dp_ctx *ctx)
{
	while (d->oldest)
		forget(d, ctx, d->oldest);
}

static struct datagram *find_or_open(struct dp_defrag *d, struct dp_ctx *ctx, const struct dp_pkt *p)
{
	uint32_t timeout_s = ctx->conf->defrag_timeout_s;
	struct datagram *g;
	struct key k;
	uint32_t slot;

	key_of(ctx->conf, p, &k);
	slot = slot_of(&k);
	for (g = d->slot[slot]; g; g = g->hash_next) {
		if (memcmp(&g->key, &k, sizeof(k)) == 0)
			return g;
	}
	if (d->n >= ctx->conf->defrag_max_datagrams)
		return NULL;
	g = dp_slab_zalloc(ctx->slab, DP_MEM_DEFRAG, sizeof(*g));
	if (!g)
		return NULL;
	if (ctx->conf->inline_mode && timeout_s < INLINE_TIMEOUT_S)
		timeout_s = INLINE_TIMEOUT_S;
	g->key = k;
	g->slot = slot;
	g->expires_ns = ctx->now_ns + timeout_s * UINT64_C(1000000000);
	g->hash_next = d->slot[slot];
	d->slot[slot] = g;
	g->older = d->newest;
	*(d->newest ? &d->newest->newer : &d->oldest) = g;
	d->newest = g;
	d->n++;
	return g;
}

static enum sig_pkt_event by_version(const struct dp_pkt *p, enum sig_pkt_event v4,
	enum sig_pkt_event v6)
{
	return p->ip_ver == 4 ? v4 : v6;
}

static enum dp_defrag_rc condemn(struct dp_ctx *ctx, struct datagram *g, struct dp_pkt *p)
{
	g->condemned = true;
	release_fragments(ctx, g);
	dp_pkt_drop(p, DP_R_DEFRAG_ERROR);
	return DP_DEFRAG_DROP;
}

/** No room: the peer ignores the fragment; policy may drop it. */
static enum dp_defrag_rc no_room(struct dp_ctx *ctx, struct dp_pkt *p)
{
	dp_decode_event(ctx, p,
		by_version(p, SIG_DE_IPV4_FRAG_IGNORED, SIG_DE_IPV6_FRAG_IGNORED));
	dp_policy_apply(ctx, p, (enum dp_policy)ctx->conf->pol_defrag_memcap, DP_R_DEFRAG_MEMCAP,
		DP_EX_DEFRAG_MEMCAP);
	return p->verdict == DP_DROP ? DP_DEFRAG_DROP : DP_DEFRAG_WAIT;
}

enum fit { FIT_NEW, FIT_REPEAT, FIT_OVERLAP };

static enum fit compare(const struct datagram *g, uint32_t off, const uint8_t *data, uint32_t len)
{
	for (const struct fragment *f = g->first; f; f = f->next) {
		if (f->off == off && f->len == len && memcmp(f->bytes, data, len) == 0)
			return FIT_REPEAT;
		if (f->off < off + len && off < f->off + f->len)
			return FIT_OVERLAP;
	}
	return FIT_NEW;
}

static bool store(struct dp_ctx *ctx, struct datagram *g, uint32_t off, const uint8_t *data,
	uint32_t len)
{
	struct fragment *f = dp_slab_alloc(ctx->slab, DP_MEM_DEFRAG, sizeof(*f) + len);

	if (!f)
		return false;
	*f = (struct fragment){.off = off, .len = len};
	memcpy(f->bytes, data, len);
	*(g->last ? &g->last->next : &g->first) = f;
	g->last = f;
	g->n_fragments++;
	g->have += len;
	return true;
}

/** The fragment's own bytes, or false when they cannot be part of any datagram. */
static bool payload_of(struct dp_ctx *ctx, struct dp_pkt *p, const uint8_t **data, uint32_t *len)
{
	uint32_t from = p->ip_off + p->ip_hdr_len;
	uint32_t to = p->ip_off + p->ip_total_len;

	if (to > p->len || from >= to)
		return false;
	*data = p->data + from;
	*len = to - from;
	if ((p->frag_flags & 1) && *len % 8) {
		// Only the last one may end off a multiple of eight; the rest does not count.
		*len &= ~7u;
	}
	if (p->frag_off + *len > DATAGRAM_MAX || !*len) {
		dp_decode_event(ctx, p,
			by_version(p, SIG_DE_IPV4_FRAG_PKT_TOO_LARGE, SIG_DE_IPV6_FRAG_PKT_TOO_LARGE));
		return false;
	}
	return true;
}

/** Does this end agree with what is known of the datagram's length? Remember it. */
static bool length_agrees(struct datagram *g, uint32_t end, bool more)
{
	if (more)
		return !g->total || end <= g->total;
	if (g->total)
		return g->total == end;
	for (const struct fragment *f = g->first; f; f = f->next) {
		if (f->off + f->len > end)
			return false;
	}
	g->total = end;
	return true;
}

static enum dp_defrag_rc add(struct dp_defrag *d, struct dp_ctx *ctx, struct datagram *g,
	struct dp_pkt *p, const uint8_t *data, uint32_t len)
{
	bool strict = ctx->conf->inline_mode;
	enum fit fit = compare(g, p->frag_off, data, len);

	if (fit == FIT_REPEAT)
		return DP_DEFRAG_WAIT;
	if (fit == FIT_OVERLAP) {
		dp_decode_event(ctx, p,
			by_version(p, SIG_DE_IPV4_FRAG_OVERLAP, SIG_DE_IPV6_FRAG_OVERLAP));
		if (strict)
			return condemn(ctx, g, p);
		g->overlap = true;
	}
	if (!length_agrees(g, p->frag_off + len, p->frag_flags & 1) ||
		g->n_fragments >= DP_DEFRAG_MAX_FRAGMENTS) {
		if (strict)
			return condemn(ctx, g, p);
		return DP_DEFRAG_WAIT;
	}
	if (p->frag_off == 0 && !g->hdr_len && !datagram_header(g, p))
		return strict ? condemn(ctx, g, p) : DP_DEFRAG_WAIT;
	if (!store(ctx, g, p->frag_off, data, len))
		return no_room(ctx, p);
	if (!datagram_complete(g) || g->hdr_len + g->total > DATAGRAM_MAX + 40)
		return DP_DEFRAG_WAIT;
	d->judged = g;
	return DP_DEFRAG_DONE;
}

enum dp_defrag_rc dp_defrag_packet(
	struct dp_defrag *d, struct dp_ctx *ctx, struct dp_pkt *p, struct dp_span *datagram)
{
	bool v4 = p->ip_ver == 4;
	enum dp_defrag_rc rc;
	struct datagram *g;
	const uint8_t *data;
	uint32_t len;

	*(v4 ? &ctx->cnt->defrag_ipv4 : &ctx->cnt->defrag_ipv6) += 1;
	// No receiver and no router takes it.
	if (ctx->conf->inline_mode && ctx->conf->checksum_check && !dp_pkt_ip_csum_ok(p))
		return DP_DEFRAG_WAIT;
	dp_defrag_expire(d, ctx, 4);
	if (!payload_of(ctx, p, &data, &len)) {
		if (!ctx->conf->inline_mode)
			return DP_DEFRAG_WAIT;
		dp_pkt_drop(p, DP_R_DEFRAG_ERROR);
		return DP_DEFRAG_DROP;
	}
	g = p->num != 0 && p->num == ctx->conf->simulate.defrag_memcap ? NULL
								      : find_or_open(d, ctx, p);
	if (!g)
		return no_room(ctx, p);
	if (g->condemned) {
		dp_pkt_drop(p, DP_R_DEFRAG_ERROR);
		return DP_DEFRAG_DROP;
	}
	rc = add(d, ctx, g, p, data, len);
	if (rc == DP_DEFRAG_DONE) {
		datagram->p = d->out;
		datagram->n = datagram_write(g, g->overlap ? dp_os_of(ctx->conf, p->ip_ver, &p->dst)
							 : DP_OS_BSD, d->out);
		*(v4 ? &ctx->cnt->defrag_ipv4_ok : &ctx->cnt->defrag_ipv6_ok) += 1;
	}
	return rc;
}

void dp_defrag_judged(struct dp_defrag *d, struct dp_ctx *ctx, bool dropped)
{
	struct datagram *g = d->judged;

	d->judged = NULL;
	if (!g)
		return;
	if (dropped && ctx->conf->inline_mode) {
		g->condemned = true;
		release_fragments(ctx, g);
	} else {
		forget(d, ctx, g);
	}
}
