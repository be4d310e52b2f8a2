/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates of one packet, or of one look at a transaction. Most hits of a large rule set are of
 * signatures that cannot concern the packet: wrong transport, direction, state, protocol, place. A few
 * bytes per signature answer that where the hit is taken; the 140 bytes of the signature would each
 * time be fetched from memory. What passes is asked again in full (dp_header_ok).
 */
#include "inner.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a packet is; a signature forbids what it cannot match. SIG_T_* take the lowest seven bits. */
#define GATE_TO_SERVER (1u << 7)
#define GATE_TO_CLIENT (1u << 8)
#define GATE_NOT_V4 (1u << 9)
#define GATE_NOT_V6 (1u << 10)
#define GATE_NO_FLOW (1u << 11)
#define GATE_FRAG (1u << 12)
#define GATE_WHOLE (1u << 13)
#define GATE_EST (1u << 14)
#define GATE_NOT_EST (1u << 15)
#define GATE_PSEUDO (1u << 16)
#define GATE_NO_BYTES (1u << 17)  /* neither payload nor stream data */
#define GATE_NO_PAYLOAD (1u << 18)

static uint32_t forbidden(const struct sig_img_sig *s)
{
	const uint32_t m = s->flow;
	uint32_t f = ~(uint32_t)s->transports & 0x7f;

	if (!(s->flags & SIG_F_TX_ARROW)) {
		f |= s->dirs & SIG_BUF_TS ? 0 : GATE_TO_SERVER;
		f |= s->dirs & SIG_BUF_TC ? 0 : GATE_TO_CLIENT;
	}
	f |= s->hdr == SIG_HDR_IPV4 ? GATE_NOT_V4 : s->hdr == SIG_HDR_IPV6 ? GATE_NOT_V6 : 0;
	if ((s->flags & SIG_F_NEED_FLOW) || (m & (SIG_FLOW_TO_CLIENT | SIG_FLOW_ESTABLISHED |
			SIG_FLOW_NOT_ESTABLISHED)))
		f |= GATE_NO_FLOW;
	f |= m & SIG_FLOW_TO_SERVER ? GATE_TO_CLIENT : 0;
	f |= m & SIG_FLOW_TO_CLIENT ? GATE_TO_SERVER : 0;
	f |= m & SIG_FLOW_ESTABLISHED ? GATE_NOT_EST : 0;
	f |= m & SIG_FLOW_NOT_ESTABLISHED ? GATE_EST : 0;
	f |= m & SIG_FLOW_NO_FRAG ? GATE_FRAG : 0;
	f |= m & SIG_FLOW_ONLY_FRAG ? GATE_WHOLE : 0;
	if (!(s->flags & SIG_F_NEED_STREAM))
		f |= GATE_PSEUDO | (s->flags & SIG_F_NEED_PAYLOAD ? GATE_NO_PAYLOAD : 0);
	return f | (s->flags & SIG_F_NEED_PAYLOAD ? GATE_NO_BYTES : 0);
}

/** Index of a place among those known so far, appended when it is new. slot: n_slots indices + 1. */
static uint16_t place_of(struct run *r, const struct place *x, uint32_t *slot, uint32_t n_slots)
{
	uint32_t h = (uint32_t)(sig_hash64(x, sizeof(*x)) % n_slots);

	for (; slot[h]; h = (h + 1) % n_slots)
		if (memcmp(&r->place[slot[h] - 1], x, sizeof(*x)) == 0)
			return (uint16_t)(slot[h] - 1);
	if (r->places_n >= PLACE_ASK)
		return PLACE_ASK;
	r->place[r->places_n] = *x;
	slot[h] = ++r->places_n;
	return (uint16_t)(r->places_n - 1);
}

int dp_gates_build(struct run *r, const struct sig_image *img)
{
	const uint32_t n = img->sigs_n, n_slots = 2 * n + 1;
	const uint32_t places_max = n < PLACE_ASK ? n : PLACE_ASK;
	uint32_t *slot = calloc(n_slots, sizeof(*slot));

	_Static_assert(SIG_PROTO__COUNT < 1 << 12, "struct gate has 12 bits for a protocol");
	r->gate = calloc(n + 1, sizeof(*r->gate));
	r->place = calloc(places_max + 1, sizeof(*r->place));
	r->place_memo = calloc(places_max + 1, sizeof(*r->place_memo));
	if (!slot || !r->gate || !r->place || !r->place_memo) {
		free(slot);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct sig_img_sig *s = &img->sig[i];
		const struct place x = {s->src, s->dst, s->sport, s->dport,
			(s->flags & (SIG_F_BOTH_WAYS | SIG_F_TX_ARROW)) != 0};

		r->gate[i].place = place_of(r, &x, slot, n_slots);
		r->gate[i].forbids = forbidden(s) & 0xfffffu;
		r->gate[i].app = s->app & 0xfffu;
	}
	free(slot);
	return 0;
}

static uint32_t what_it_is(const struct eval *e, bool tx)
{
	const struct dp_pkt *p = e->p;
	uint32_t have = dp_transport_of(p);

	have |= p->ip_ver == 4 ? GATE_NOT_V6 : p->ip_ver == 6 ? GATE_NOT_V4 : GATE_NOT_V4 | GATE_NOT_V6;
	if (!e->f)
		have |= GATE_NO_FLOW;
	else
		have |= e->dir == SIG_DIR_TO_SERVER ? GATE_TO_SERVER : GATE_TO_CLIENT;
	have |= p->flags & DP_PF_REASSEMBLED ? GATE_FRAG : GATE_WHOLE;
	have |= p->flags & DP_PF_EST ? GATE_EST : GATE_NOT_EST;
	if (tx)
		return have;
	have |= p->flags & DP_PF_PSEUDO ? GATE_PSEUDO : 0;
	if (p->payload.n == 0 || (p->flags & DP_PF_NOPAYLOAD_INSPECT))
		have |= e->sv ? GATE_NO_PAYLOAD : GATE_NO_PAYLOAD | GATE_NO_BYTES;
	return have;
}

void dp_candidates_begin(struct eval *e, bool tx)
{
	struct run *r = e->rs->run;

	r->cand_n = 0;
	r->have = what_it_is(e, tx);
	if (++r->epoch == 0) { // once in 65,535 looks: forget all marks
		for (uint32_t i = 0; i < r->cand_cap; i++)
			r->gate[i].seen = 0;
		r->epoch = 1;
	}
}

static bool in_place(const struct eval *e, struct run *r, uint16_t place)
{
	uint32_t *memo;

	if (place == PLACE_ASK)
		return true;
	memo = &r->place_memo[place];
	if (*memo >> 1 != r->memo_epoch)
		*memo = r->memo_epoch << 1 | dp_place_ok(e, r, &r->place[place]);
	return *memo & 1;
}

void dp_candidate(struct eval *e, uint32_t sig)
{
	struct run *r = e->rs->run;
	struct gate *g = &r->gate[sig];

	if (g->seen == r->epoch)
		return;
	g->seen = r->epoch;
	if ((g->forbids & r->have) || !dp_app_matches(g->app, e->a) || !in_place(e, r, g->place))
		return;
	r->cand[r->cand_n++] = sig; // room for every signature
}

bool dp_could_concern(struct eval *e, uint32_t sig)
{
	const uint32_t lasts = 0x7f | GATE_TO_SERVER | GATE_TO_CLIENT | GATE_NOT_V4 | GATE_NOT_V6;
	struct run *r = e->rs->run;

	return !(r->gate[sig].forbids & r->have & lasts) && in_place(e, r, r->gate[sig].place);
}

void dp_wake(struct eval *e, uint32_t sig)
{
	struct run *r = e->rs->run;

	if (r->gate[sig].seen == r->epoch)
		return;
	r->gate[sig].seen = r->epoch;
	r->woken[r->woken_n++] = sig; // room for every signature
}

static bool is_near(const struct near *x, const struct dp_pkt *p, enum port_class pc)
{
	return x->filled && x->sp == p->sp && x->dp == p->dp && x->pc == pc && x->ip_ver == p->ip_ver &&
		memcmp(&x->src, &p->src, sizeof(x->src)) == 0 &&
		memcmp(&x->dst, &p->dst, sizeof(x->dst)) == 0;
}

static void near_add(struct eval *e, struct near *x, const uint32_t *sig, uint32_t n)
{
	struct run *r = e->rs->run;

	for (uint32_t i = 0; i < n && x->whole; i++) {
		if (!in_place(e, r, r->gate[sig[i]].place))
			continue;
		if (x->n == NEAR_MAX)
			x->whole = false;
		else
			x->sig[x->n++] = sig[i];
	}
}

static void near_table(struct eval *e, struct near *x, const struct port_table *t)
{
	near_add(e, x, t->any, t->any_n);
	if (t->group)
		near_add(e, x, t->run[t->group[e->p->dp]].sig, t->run[t->group[e->p->dp]].n);
}

static void near_fill(struct eval *e, struct near *x, enum port_class pc)
{
	const struct dp_pkt *p = e->p;

	x->src = p->src;
	x->dst = p->dst;
	x->sp = p->sp;
	x->dp = p->dp;
	x->pc = (uint8_t)pc;
	x->ip_ver = p->ip_ver;
	x->filled = x->whole = true;
	x->n = 0;
	near_table(e, x, &e->rs->always[pc][e->dir][0]);
	x->bare_n = x->n;
	x->bytes = false;
}

static void add_table(struct eval *e, const struct port_table *t)
{
	for (uint32_t i = 0; i < t->any_n; i++)
		dp_candidate(e, t->any[i]);
	for (uint32_t i = 0; t->group && i < t->run[t->group[e->p->dp]].n; i++)
		dp_candidate(e, t->run[t->group[e->p->dp]].sig[i]);
}

void dp_candidates_always(struct eval *e, enum port_class pc)
{
	const struct port_table *t = e->rs->always[pc][e->dir];
	struct near *x = &e->rs->run->near[e->dir];
	const bool bytes = e->p->payload.n || e->sv;

	if (!is_near(x, e->p, pc))
		near_fill(e, x, pc);
	if (bytes && !x->bytes) { // not asked about for SYN, RST, acknowledgements
		near_table(e, x, &t[1]);
		x->bytes = true;
	}
	if (!x->whole) { // more than are remembered
		add_table(e, &t[0]);
		if (bytes)
			add_table(e, &t[1]);
		return;
	}
	for (uint32_t i = 0; i < (bytes ? x->n : x->bare_n); i++)
		dp_candidate(e, x->sig[i]);
}

void dp_candidate_again(struct run *r, uint32_t sig)
{
	// A hit may have been refused before: then it is not among the candidates yet.
	if (r->gate[sig].seen == r->epoch)
		for (uint32_t i = 0; i < r->cand_n; i++)
			if (r->cand[i] == sig)
				return;
	r->gate[sig].seen = r->epoch;
	r->cand[r->cand_n++] = sig;
}

// Ascending: that is the order of evaluation. Mostly a few, often nearly sorted.
void dp_candidates_sort(struct run *r)
{
	static const uint32_t gaps[] = {4193, 1861, 701, 301, 132, 57, 23, 10, 4, 1};
	uint32_t *v = r->cand, sorted = 1;

	while (sorted < r->cand_n && v[sorted - 1] < v[sorted])
		sorted++;
	if (sorted >= r->cand_n)
		return;
	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		const uint32_t gap = gaps[g];

		for (uint32_t i = gap; i < r->cand_n; i++) {
			const uint32_t x = v[i];
			uint32_t j = i;

			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
	}
}
