/* SPDX-License-Identifier: Apache-2.0 */
#include "table_priv.h"
#include <dp/policy.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define NS_PER_S UINT64_C(1000000000)
/* Moving a flow to the end of its list touches two neighbours' cache lines: once a second will do.
 */
#define REQUEUE_NS NS_PER_S

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t r = (__uint128_t)a * b;

	return (uint64_t)r ^ (uint64_t)(r >> 64);
}

/* The same for both directions: the two ends are added, not ordered. Seeded, so that nobody outside
 * can aim at one bucket. */
static uint32_t key_hash(const struct dp_flow_table *t, const struct flow_key *k)
{
	uint64_t h[2], x;

	for (int i = 0; i < 2; i++)
		h[i] = mix(k->addr[i].q[0] ^ t->seed[0],
			k->addr[i].q[1] ^ t->seed[1] ^ ((uint64_t)k->port[i] << 40 | k->port[i]));
	x = (uint64_t)k->proto << 8 | k->recursion | (uint64_t)k->vlan[0] << 16 |
	    (uint64_t)k->vlan[1] << 32 | (uint64_t)k->vlan[2] << 48;
	x = mix(h[0] + h[1] + t->seed[0], x ^ t->seed[1]);
	return (uint32_t)(x ^ x >> 32);
}

static bool same_end(const struct dp_flow *f, int fi, const struct flow_key *k, int ki)
{
	return f->port[fi] == k->port[ki] && f->addr[fi].q[0] == k->addr[ki].q[0] &&
	       f->addr[fi].q[1] == k->addr[ki].q[1];
}

/* -1: another flow; else the direction of the packet. */
static int match(const struct dp_flow *f, const struct flow_key *k)
{
	if (f->ip_proto != k->proto || f->ip_ver != k->ip_ver || f->recursion != k->recursion ||
		memcmp(f->vlan, k->vlan, sizeof(f->vlan)) != 0)
		return -1;
	if (same_end(f, 0, k, 0) && same_end(f, 1, k, 1))
		return SIG_DIR_TO_SERVER;
	if (k->proto == 4 || k->proto == 41) // a tunnel has no client: all counts as one direction
		return same_end(f, 0, k, 1) && same_end(f, 1, k, 0) ? SIG_DIR_TO_SERVER : -1;
	// ESP has a SPI where others have ports: it does not turn round.
	if (k->proto != 50 && same_end(f, 0, k, 1) && same_end(f, 1, k, 0))
		return SIG_DIR_TO_CLIENT;
	return -1;
}

static uint8_t proto_class(uint8_t proto)
{
	return proto == 6 ? 0 : proto == 17 ? 1 : proto == 1 || proto == 58 ? 2 : 3;
}

static void list_remove(struct dp_flow_table *t, struct dp_flow *f)
{
	struct flow_list *l = &t->list[f->timeout_class];

	if (f->lru_prev != NULL)
		f->lru_prev->lru_next = f->lru_next;
	else
		l->first = f->lru_next;
	if (f->lru_next != NULL)
		f->lru_next->lru_prev = f->lru_prev;
	else
		l->last = f->lru_prev;
}

static void list_append(struct dp_flow_table *t, struct dp_flow *f)
{
	struct flow_list *l = &t->list[f->timeout_class];

	f->queued_ns = f->last_ns;
	f->lru_next = NULL;
	f->lru_prev = l->last;
	if (l->last != NULL)
		l->last->lru_next = f;
	else
		l->first = f;
	l->last = f;
}

static uint8_t class_now(const struct dp_flow *f)
{
	uint8_t state = f->flags & DP_FF_BYPASS ? DP_FLOW_LOCAL_BYPASSED : f->state;

	return (uint8_t)(proto_class(f->ip_proto) * 4 + state);
}

void dp_flow_touch(struct dp_flow_table *t, struct dp_flow *f)
{
	uint8_t c = class_now(f);

	if (c == f->timeout_class && f->last_ns - f->queued_ns < REQUEUE_NS)
		return;
	list_remove(t, f);
	f->timeout_class = c;
	list_append(t, f);
}

void dp_flow_set_state(struct dp_flow_table *t, struct dp_flow *f, enum dp_flow_end_state state)
{
	f->state = (uint8_t)state;
	dp_flow_touch(t, f);
}

static void unhash(struct dp_flow_table *t, struct dp_flow *f)
{
	struct dp_flow **at = &t->bucket[f->hash & t->mask];

	while (*at != f)
		at = &(*at)->hash_next;
	*at = f->hash_next;
}

void dp_flow_end(struct dp_flow_table *t, struct dp_flow *f, enum dp_flow_end_reason why)
{
	unhash(t, f);
	list_remove(t, f);
	if (t->end != NULL)
		t->end(t->arg, f, why);
	t->count--;
	t->ctx->cnt->flow_active = t->count;
	dp_slab_free(t->ctx->slab, DP_MEM_FLOW, f->expect_token, f->expect_token_len);
	dp_slab_free(t->ctx->slab, DP_MEM_FLOW, f, sizeof(*f));
}

/* Make room: what is over first, then what never was answered; live conversations stay. */
static bool evict_one(struct dp_flow_table *t)
{
	static const uint8_t order[] = {2, 6, 10, 14, 4, 12, 8, 0};

	for (size_t i = 0; i < sizeof(order); i++) {
		struct dp_flow *f = t->list[order[i]].first;

		if (f == NULL)
			continue;
		t->ctx->cnt->flow_evicted++;
		dp_flow_end(t, f, DP_FLOW_END_FORCED);
		return true;
	}
	return false;
}

static void count_new(struct dp_counters *c, const struct dp_flow *f, uint32_t active)
{
	c->flow_total++;
	c->flow_active = active;
	switch (f->ip_proto) {
	case 6:
		c->flow_tcp++;
		break;
	case 17:
		c->flow_udp++;
		break;
	case 1:
		c->flow_icmpv4++;
		break;
	case 58:
		c->flow_icmpv6++;
		break;
	default:
		break;
	}
}

static struct dp_flow *open_flow(
	struct dp_flow_table *t, struct dp_pkt *p, const struct flow_key *k, uint32_t hash)
{
	struct dp_flow *f;

	if (p->num != 0 && p->num == t->ctx->conf->simulate.flow_memcap)
		return NULL;
	if (t->count >= t->max && !evict_one(t))
		return NULL;
	f = dp_slab_alloc(t->ctx->slab, DP_MEM_FLOW, sizeof(*f));
	if (f == NULL && evict_one(t))
		f = dp_slab_alloc(t->ctx->slab, DP_MEM_FLOW, sizeof(*f));
	if (f == NULL)
		return NULL;
	memset(f, 0, sizeof(*f));
	memcpy(f->addr, k->addr, sizeof(f->addr));
	memcpy(f->port, k->port, sizeof(f->port));
	memcpy(f->vlan, k->vlan, sizeof(f->vlan));
	memcpy(f->vlan_seen, p->vlan, sizeof(f->vlan_seen));
	f->n_vlan = p->n_vlan;
	f->ip_ver = k->ip_ver;
	f->ip_proto = k->proto;
	f->recursion = k->recursion;
	f->wire = p->wire;
	f->first_side = p->side;
	f->icmp_type[0] = p->icmp_type;
	f->icmp_code[0] = p->icmp_code;
	f->hash = hash;
	f->hash_next = t->bucket[hash & t->mask];
	t->bucket[hash & t->mask] = f;
	f->id = t->next_id++;
	f->start_ns = f->last_ns = t->ctx->now_ns;
	f->timeout_class = class_now(f);
	list_append(t, f);
	t->count++;
	count_new(t->ctx->cnt, f, t->count);
	if (t->n_expect != 0)
		flow_expect_check(t, f);
	return f;
}

/*
 * A SYN on a known tuple opens a new conversation when the old one is over, or never was one
 * (RFC 9293 §3.6.1; the states are the peer's choice). The client's own first SYN resent is not
 * reuse.
 */
static bool tcp_reuse(
	const struct dp_conf *conf, const struct dp_flow *f, const struct dp_pkt *p, int dir)
{
	if ((p->tcp.flags & 0x17) != 0x02) // SYN without FIN, RST, ACK
		return false;
	if (f->tcp == NULL || f->tcp_state == DP_TCP_NONE)
		return true;
	if (dir == SIG_DIR_TO_SERVER && f->tcp_isn == p->tcp.seq)
		return false;
	// Inline a side that has only sent its FIN may still have holes to fill: its receiver ignores
	// a SYN then, and so do we.
	if (conf->inline_mode)
		return f->tcp_state == DP_TCP_TIME_WAIT || f->tcp_state == DP_TCP_LAST_ACK ||
		       f->tcp_state == DP_TCP_CLOSED;
	return f->tcp_state >= DP_TCP_LAST_ACK;
}

static void account(struct dp_flow_table *t, struct dp_flow *f, struct dp_pkt *p, int dir)
{
	uint32_t seen = dir == SIG_DIR_TO_SERVER ? DP_FF_TS_SEEN : DP_FF_TC_SEEN;

	p->flow = f;
	p->dir = (uint8_t)dir;
	if (!f->has_mac && !p->root && p->linktype == 1 && p->len >= 12) {
		memcpy(f->mac[!dir], p->data, 6);
		memcpy(f->mac[dir], p->data + 6, 6);
		f->has_mac = true;
	}
	f->pkts[dir]++;
	f->bytes[dir] += p->len + p->extra_len;
	if (t->ctx->now_ns > f->last_ns)
		f->last_ns = t->ctx->now_ns;
	if (p->ip_proto != f->ip_proto) { // an ICMP error about it: no answer of the other side
		dp_flow_touch(t, f);
		return;
	}
	if (!(f->flags & seen)) {
		f->flags |= seen;
		p->flags |= dir == SIG_DIR_TO_SERVER ? DP_PF_FIRST_TS : DP_PF_FIRST_TC;
		f->min_ttl[dir] = f->max_ttl[dir] = p->ttl;
		if (dir == SIG_DIR_TO_CLIENT) {
			f->icmp_type[1] = p->icmp_type;
			f->icmp_code[1] = p->icmp_code;
		}
	}
	if (p->ttl < f->min_ttl[dir])
		f->min_ttl[dir] = p->ttl;
	if (p->ttl > f->max_ttl[dir])
		f->max_ttl[dir] = p->ttl;
	if (f->ip_proto != 6 && (f->flags & DP_FF_TS_SEEN) && (f->flags & DP_FF_TC_SEEN)) {
		f->flags |= DP_FF_EST;
		if (f->state == DP_FLOW_NEW)
			f->state = DP_FLOW_ESTABLISHED;
		p->flags |= DP_PF_EST;
	}
	dp_flow_touch(t, f);
}

static void table_full(struct dp_ctx *ctx, struct dp_pkt *p)
{
	ctx->cnt->flow_full++;
	dp_policy_apply(ctx, p, ctx->conf->pol_flow_memcap, DP_R_FLOW_MEMCAP, DP_EX_FLOW_MEMCAP);
}

void dp_flow_lookup(struct dp_flow_table *t, struct dp_ctx *ctx, struct dp_pkt *p)
{
	struct flow_key k;
	struct dp_flow *f;
	uint32_t hash;
	bool open, reused = false;
	int dir = -1;

	if (!flow_key_of(ctx->conf, p, &k, &open))
		return;
	hash = key_hash(t, &k);
	for (f = t->bucket[hash & t->mask]; f != NULL; f = f->hash_next)
		if (f->hash == hash && (dir = match(f, &k)) >= 0)
			break;
	if (f != NULL && open) {
		if (f->last_ns + t->timeout_ns[f->timeout_class] < ctx->now_ns) {
			dp_flow_end(t, f, DP_FLOW_END_TIMEOUT);
			f = NULL;
		} else if (f->ip_proto == 6 && tcp_reuse(ctx->conf, f, p, dir)) {
			ctx->cnt->flow_tcp_reuse++;
			dp_flow_end(t, f, DP_FLOW_END_TCP_REUSE);
			f = NULL;
			reused = true;
		}
	}
	if (f == NULL) {
		if (!open)
			return;
		f = open_flow(t, p, &k, hash);
		dir = SIG_DIR_TO_SERVER;
		if (f == NULL) {
			table_full(ctx, p);
			return;
		}
		if (reused)
			f->flags |= DP_FF_REUSED;
	}
	account(t, f, p, dir);
}

unsigned dp_flow_expire(struct dp_flow_table *t, struct dp_ctx *ctx, unsigned budget)
{
	unsigned n = 0;

	for (unsigned c = 0; c < N_CLASSES; c++) {
		struct dp_flow *f;

		while (n < budget && (f = t->list[c].first) != NULL &&
			f->queued_ns + t->timeout_ns[c] < ctx->now_ns) {
			if (f->last_ns + t->timeout_ns[c] < ctx->now_ns) {
				dp_flow_end(t, f, DP_FLOW_END_TIMEOUT);
			} else {
				list_remove(t, f);
				list_append(t, f);
			}
			n++;
		}
	}
	return n;
}

void dp_flow_swap(struct dp_flow *f)
{
#define SWAP(a)                                                                                    \
	do {                                                                                       \
		__typeof__((a)[0]) swap_tmp_ = (a)[0];                                             \
		(a)[0] = (a)[1];                                                                   \
		(a)[1] = swap_tmp_;                                                                \
	} while (0)
	uint32_t seen = f->flags & (DP_FF_TS_SEEN | DP_FF_TC_SEEN);
	uint8_t tmp[sizeof(f->env[0])];

	SWAP(f->addr);
	SWAP(f->port);
	SWAP(f->pkts);
	SWAP(f->bytes);
	SWAP(f->icmp_type);
	SWAP(f->icmp_code);
	SWAP(f->min_ttl);
	SWAP(f->max_ttl);
	SWAP(f->env_len);
	SWAP(f->env_side);
	SWAP(f->last_ttl);
	SWAP(f->last_tos);
	memcpy(tmp, f->mac[0], 6);
	memcpy(f->mac[0], f->mac[1], 6);
	memcpy(f->mac[1], tmp, 6);
	memcpy(tmp, f->env[0], sizeof(tmp));
	memcpy(f->env[0], f->env[1], sizeof(tmp));
	memcpy(f->env[1], tmp, sizeof(tmp));
	f->flags &= ~(uint32_t)(DP_FF_TS_SEEN | DP_FF_TC_SEEN);
	if (seen & DP_FF_TS_SEEN)
		f->flags |= DP_FF_TC_SEEN;
	if (seen & DP_FF_TC_SEEN)
		f->flags |= DP_FF_TS_SEEN;
	f->flags ^= DP_FF_SWAPPED;
	f->first_side = (uint8_t)!f->first_side;
#undef SWAP
}

uint32_t dp_flow_count(const struct dp_flow_table *t)
{
	return t->count;
}

void dp_flow_each(struct dp_flow_table *t, void (*fn)(void *arg, struct dp_flow *f), void *arg)
{
	for (unsigned c = 0; c < N_CLASSES; c++)
		for (struct dp_flow *f = t->list[c].first, *next; f != NULL; f = next) {
			next = f->lru_next; // fn may end f
			fn(arg, f);
		}
}

static void seed_table(struct dp_flow_table *t, const struct dp_conf *c)
{
	if (c->replay_seed != 0 ||
		getrandom(t->seed, sizeof(t->seed), GRND_NONBLOCK) != sizeof(t->seed)) {
		t->seed[0] = UINT64_C(0x9e3779b97f4a7c15) ^ c->replay_seed;
		t->seed[1] = UINT64_C(0xd1b54a32d192ed03) + c->replay_seed;
	}
	// Odd and never zero: a zero factor would wipe out the other half.
	t->seed[0] |= 1;
	t->seed[1] |= 1;
}

int dp_flow_table_create(
	struct dp_ctx *ctx, dp_flow_end_fn *end, void *arg, struct dp_flow_table **table)
{
	const struct dp_conf *c = ctx->conf;
	struct dp_flow_table *t = calloc(1, sizeof(*t));
	uint32_t buckets = 1024;

	if (t == NULL)
		return -ENOMEM;
	while (buckets < c->max_flows && buckets < (1u << 24))
		buckets *= 2;
	t->bucket = mmap(NULL, buckets * sizeof(*t->bucket), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->bucket == MAP_FAILED) {
		free(t);
		return -ENOMEM;
	}
	t->ctx = ctx;
	t->mask = buckets - 1;
	t->max = c->max_flows != 0 ? c->max_flows : 1;
	t->end = end;
	t->arg = arg;
	seed_table(t, c);
	// Numbers of a worker that was restarted must not come back: start from its clock.
	t->next_id = ((uint64_t)ctx->worker << 52) + 1;
	if (c->on_wire)
		t->next_id += (ctx->now_ns / NS_PER_S & 0x7fffffff) << 20;
	dp_flow_table_timeouts(t);
	*table = t;
	return 0;
}

void dp_flow_table_timeouts(struct dp_flow_table *t)
{
	const struct dp_conf *c = t->ctx->conf;

	for (unsigned i = 0; i < 4; i++) {
		t->timeout_ns[i * 4 + DP_FLOW_NEW] = c->to_new_s[i] * NS_PER_S;
		t->timeout_ns[i * 4 + DP_FLOW_ESTABLISHED] = c->to_est_s[i] * NS_PER_S;
		t->timeout_ns[i * 4 + DP_FLOW_CLOSED] = c->to_closed_s[i] * NS_PER_S;
		t->timeout_ns[i * 4 + DP_FLOW_LOCAL_BYPASSED] = c->to_bypassed_s[i] * NS_PER_S;
	}
}

void dp_flow_table_destroy(struct dp_flow_table *t)
{
	if (t == NULL)
		return;
	for (unsigned c = 0; c < N_CLASSES; c++)
		while (t->list[c].first != NULL)
			dp_flow_end(t, t->list[c].first, DP_FLOW_END_SHUTDOWN);
	flow_expect_free(t);
	munmap(t->bucket, (t->mask + UINT64_C(1)) * sizeof(*t->bucket));
	free(t);
}
