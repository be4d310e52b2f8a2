/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of transactions. Buffers are searched once, as they become available (bodies as they
 * grow); a signature whose other buffers have not come yet waits on the transaction with a bit per
 * part that matched. Nothing is looked at again while a transaction did not change.
 */
#include "inner.h"
#include <string.h>

#define LOOK_AGAIN(dir) (1u << (dir)) /* in tx->detect_flags: a buffer was not whole yet */
#define MAX_INSTANCES 4096u
#define WAIT_MAX 4096u
#define NEXT_INSTANCE UINT16_MAX /* in grow[].instance: off counts instances */

struct look {
	struct dp_detect *d;
	struct dp_flow_table *t;
	struct dp_pkt *p;
	const struct dp_app_desc *desc;
	struct dp_tx *tx;
	uint8_t dir;
	bool final, again;
	struct eval e[DP_LAYER__COUNT];
	bool on[DP_LAYER__COUNT];
};

/* ---- what is kept on the transaction -------------------------------------------------------- */

static size_t det_bytes(uint32_t cap)
{
	return sizeof(struct dp_tx_detect) + cap * sizeof(struct wait);
}

void dp_detect_tx_free(struct dp_ctx *ctx, struct dp_tx *tx)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		if (tx->det[dir])
			dp_slab_free(ctx->slab, DP_MEM_DETECT, tx->det[dir],
				det_bytes(tx->det[dir]->cap));
		tx->det[dir] = NULL;
	}
}

static struct dp_tx_detect *det_room(struct look *k, uint8_t dir, bool entry)
{
	struct dp_slab *slab = k->d->ctx->slab;
	struct dp_tx_detect *t = k->tx->det[dir];
	uint32_t cap;

	if (t && (!entry || t->n < t->cap))
		return t;
	cap = t ? (t->cap ? t->cap * 2 : 4) : entry ? 4 : 0;
	if (cap > WAIT_MAX)
		return NULL;
	if (!t) {
		t = dp_slab_zalloc(slab, DP_MEM_DETECT, det_bytes(cap));
	} else {
		struct dp_tx_detect *p = dp_slab_realloc(
			slab, DP_MEM_DETECT, t, det_bytes(t->cap), det_bytes(cap));

		if (!p)
			return NULL;
		t = p;
	}
	if (!t)
		return NULL;
	t->cap = cap;
	k->tx->det[dir] = t;
	return t;
}

static struct wait *find_wait(const struct look *k, const struct eval *e, uint8_t dir, uint32_t sig)
{
	struct dp_tx_detect *t = k->tx->det[dir];

	for (uint32_t i = 0; t && i < t->n; i++)
		if (t->w[i].sig == sig && t->w[i].layer == e->layer &&
			t->w[i].generation == k->d->layer[e->layer].generation)
			return &t->w[i];
	return NULL;
}

static void remember(struct look *k, const struct eval *e, uint8_t dir, uint32_t sig,
	uint64_t matched, bool done)
{
	struct wait *w = find_wait(k, e, dir, sig);
	struct dp_tx_detect *t;

	if (!w) {
		t = det_room(k, dir, true);
		if (!t)
			return;
		w = &t->w[t->n++];
		*w = (struct wait){.sig = sig,
			.layer = e->layer,
			.generation = k->d->layer[e->layer].generation};
	}
	w->matched = matched;
	w->done = done;
}

static uint64_t grown(const struct look *k, uint16_t buffer, uint16_t instance)
{
	const struct dp_tx_detect *t = k->tx->det[k->dir];

	for (unsigned i = 0; t && i < t->grow_n; i++)
		if (t->grow[i].buffer == buffer && t->grow[i].instance == instance)
			return t->grow[i].off;
	return 0;
}

static void set_grown(struct look *k, uint16_t buffer, uint16_t instance, uint64_t off)
{
	struct dp_tx_detect *t = det_room(k, k->dir, false);

	if (!t)
		return;
	for (unsigned i = 0; i < t->grow_n; i++)
		if (t->grow[i].buffer == buffer && t->grow[i].instance == instance) {
			t->grow[i].off = off;
			return;
		}
	if (t->grow_n < GROW_MAX) {
		t->grow[t->grow_n].buffer = buffer;
		t->grow[t->grow_n].instance = instance;
		t->grow[t->grow_n++].off = off;
	}
}

/* ---- searching ------------------------------------------------------------------------------ */

static bool wanted(const struct look *k, uint16_t buffer)
{
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		if (k->on[i] && k->e[i].rs->buf[buffer][k->dir].n)
			return true;
	return false;
}

static void search_span(struct look *k, uint16_t buffer, uint32_t instance, struct dp_span raw,
	uint32_t fresh, uint64_t offset)
{
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		struct eval *e = &k->e[i];
		uint32_t g;

		if (!k->on[i])
			continue;
		g = e->rs->buf[buffer][k->dir].first;
		for (uint32_t n = e->rs->buf[buffer][k->dir].n; n > 0; n--, g++) {
			const struct sig_img_group *q = &e->img->group[g];
			struct dp_span s = raw;
			uint64_t start;

			if (q->xf_n && dp_fetch(e, buffer, k->dir, instance, q->xf, q->xf_n, &s, &start) <
					DP_BUF_PART)
				continue;
			dp_scan(e, g, s.p, s.n, q->xf_n ? 0 : fresh, q->xf_n ? 0 : offset);
		}
	}
}

/** True: this buffer needs no further look. */
static bool search_buffer(struct look *k, uint16_t buffer)
{
	const uint8_t flags = sig_buffer_info[buffer].flags;
	const bool multi = flags & SIG_BUF_MULTI;
	uint32_t n = multi ? (uint32_t)grown(k, buffer, NEXT_INSTANCE) : 0;
	struct eval *e = NULL;

	if (!wanted(k, buffer))
		return true;
	for (unsigned i = 0; i < DP_LAYER__COUNT && !e; i++)
		if (k->on[i])
			e = &k->e[i];
	for (; n < MAX_INSTANCES; n++) {
		struct dp_span s;
		uint64_t start, seen;
		const enum dp_buf_state st = dp_fetch_raw(e, buffer, k->dir, n, &s, &start);

		if (st == DP_BUF_ABSENT || st == DP_BUF_LATER) {
			if (multi && n)
				set_grown(k, buffer, NEXT_INSTANCE, n);
			if (st == DP_BUF_LATER || (multi && (flags & SIG_BUF_GROWS) && !k->final))
				k->again = true;
			return k->final || (st == DP_BUF_ABSENT && !multi);
		}
		seen = flags & SIG_BUF_GROWS ? grown(k, buffer, (uint16_t)n) : 0;
		if (s.n && start + s.n > seen)
			search_span(k, buffer, n, s, seen > start ? (uint32_t)(seen - start) : 0,
				start);
		if (st == DP_BUF_PART) {
			set_grown(k, buffer, (uint16_t)n, start + s.n);
			if (multi && n)
				set_grown(k, buffer, NEXT_INSTANCE, n);
			k->again = true;
			return false;
		}
		if (!multi)
			return true;
	}
	return true;
}

static void search_tx(struct look *k)
{
	struct dp_tx *tx = k->tx;
	const struct dp_app_desc *desc = k->desc;

	for (unsigned i = 0; i < desc->n_buffers && i < 64; i++) {
		const struct dp_app_buffer *b = &desc->buffers[i];

		if ((b->dir < 2 && b->dir != k->dir) || (tx->scanned[k->dir] >> i) & 1)
			continue;
		if (tx->progress[k->dir] < b->progress && !k->final)
			continue;
		if (search_buffer(k, b->buf))
			tx->scanned[k->dir] |= UINT64_C(1) << i;
	}
	// Files of protocols that do not offer them as buffers themselves.
	static const uint16_t files[] = {SIG_BUF_FILE_DATA, SIG_BUF_FILE_NAME, SIG_BUF_FILE_MAGIC};

	for (unsigned i = 0; tx->files && i < 3; i++) {
		bool own = false;

		for (unsigned j = 0; j < desc->n_buffers; j++)
			own |= desc->buffers[j].buf == files[i];
		if (!own)
			search_buffer(k, files[i]);
	}
}

/* ---- evaluating ----------------------------------------------------------------------------- */

static bool looks_for_absence(const struct eval *e, const struct sig_img_list *l)
{
	for (uint32_t i = l->op; i < l->op + l->ops_n; i++) {
		const struct sig_img_op *o = &e->img->op[i];

		if (o->kind == SIG_OPT_CONTENT && (o->flags & SIG_C_NEGATED))
			return true;
		if (o->kind == SIG_OPT_PCRE && (o->flags & SIG_P_NEGATED))
			return true;
	}
	return false;
}

/** The payload list of a signature that also looks at transactions. */
static int eval_payload(struct eval *e, const struct sig_img_list *l)
{
	const struct dp_pkt *p = e->p;
	bool hit = l->ops_n == 0;

	if (hit)
		return V_YES;
	if (e->sv && e->sv->data.n)
		hit = dp_inspect(e, l, e->sv->data.p, e->sv->data.n, 0, true);
	else if (p->payload.n && !(p->flags & (DP_PF_STREAM_ADD | DP_PF_PSEUDO)))
		hit = dp_inspect(e, l, p->payload.p, p->payload.n, 0, true);
	return hit ? V_YES : e->tx_final ? V_NO : V_LATER;
}

static int eval_list(struct eval *e, const struct sig_img_list *l)
{
	const bool pkt = sig_buffer_info[l->buffer].flags & SIG_BUF_PKT;

	if (l->buffer == SIG_BUF_PAYLOAD || l->buffer == SIG_BUF_STREAM)
		return eval_payload(e, l);
	for (uint32_t k = 0; k < MAX_INSTANCES; k++) {
		struct dp_span s;
		uint64_t start;
		enum dp_buf_state st =
			dp_fetch(e, l->buffer, e->dir, k, l->xf, l->xf_n, &s, &start);

		if (st == DP_BUF_LATER)
			return V_LATER;
		if (st == DP_BUF_ABSENT) {
			if (k == 0 && (l->flags & (SIG_L_ABSENT | SIG_L_OR_ELSE)))
				return e->tx_final || pkt || e->tx->progress[e->dir] > 0 ? V_YES : V_LATER;
			// More instances may follow while the transaction is open.
			return !e->tx_final && !pkt &&
					(sig_buffer_info[l->buffer].flags & SIG_BUF_MULTI) ?
				V_LATER : V_NO;
		}
		if (l->flags & SIG_L_ABSENT)
			return V_NO;
		if (st == DP_BUF_PART && looks_for_absence(e, l))
			return V_LATER;
		if (dp_inspect(e, l, s.p, s.n, start, st == DP_BUF_FULL))
			return V_YES;
		if (st == DP_BUF_PART)
			return V_LATER;
	}
	return V_NO;
}

static int eval_item(struct eval *e, uint32_t i)
{
	const struct sig_img_sig *s = e->s;

	if (i < s->lists_n)
		return eval_list(e, &e->img->list[s->list + i]);
	return dp_test_tx(e, &e->img->op[s->tx + i - s->lists_n]);
}

// Which parts must hold in this direction before the signature has matched.
static uint64_t other_direction(const struct eval *e)
{
	uint64_t m = 0;

	for (uint32_t i = 0; i < e->s->lists_n; i++) {
		const struct sig_img_list *l = &e->img->list[e->s->list + i];

		if (!(l->dirs & (1u << e->dir)) || (l->flags & SIG_L_B64))
			m |= UINT64_C(1) << i;
	}
	return m;
}

// Both directions of one transaction (=>): header by the client's view, state shared by directions.
static bool header_fits(struct eval *e, struct run *r)
{
	struct sig_img_sig both;
	const struct sig_img_sig *s = e->s;
	bool ok;

	if (!(s->flags & SIG_F_TX_ARROW))
		return dp_header_ok(e, r);
	both = *s;
	both.flags |= SIG_F_BOTH_WAYS;
	both.dirs = SIG_BUF_BOTH;
	e->s = &both;
	ok = dp_header_ok(e, r);
	e->s = s;
	return ok;
}

static uint64_t b64_lists(const struct eval *e)
{
	uint64_t m = 0;

	for (uint32_t i = 0; i < e->s->lists_n; i++)
		if (e->img->list[e->s->list + i].flags & SIG_L_B64)
			m |= UINT64_C(1) << i;
	return m;
}

static void eval_tx_signature(struct look *k, struct eval *e, uint32_t sig)
{
	const struct sig_img_sig *s = &e->img->sig[sig];
	const bool arrow = s->flags & SIG_F_TX_ARROW;
	const uint8_t home = arrow ? 0 : k->dir;
	struct run *r = e->rs->run;
	const uint32_t items = s->lists_n + (uint32_t)s->tx_n;
	uint64_t matched, skip, whole;
	bool later = false, waited;
	struct wait *w = find_wait(k, e, home, sig);

	e->s = s;
	dp_vars_begin(e->d);
	e->d->repl_n = 0;
	if (w && w->done)
		return;
	waited = w != NULL;
	matched = w ? w->matched : 0;
	if (!w && (!dp_app_matches(s->app, e->a) || !header_fits(e, r) || !dp_tests_ok(e)))
		return;
	dp_sig_count(&r->cnt[sig].evaluated);
	dp_sig_settle(r, sig);
	e->d->ctx->cnt->detect_candidates++;
	if (s->vars_n)
		memset(e->vars, 0, s->vars_n * sizeof(*e->vars));
	whole = items >= 64 ? UINT64_MAX : (UINT64_C(1) << items) - 1;
	skip = other_direction(e);
	if (!arrow)
		matched |= skip;
	else
		matched |= b64_lists(e);
	for (uint32_t i = 0; i < items; i++) {
		const uint64_t bit = UINT64_C(1) << i;
		int v;

		if ((matched | skip) & bit)
			continue;
		v = eval_item(e, i);
		if (v == V_YES) {
			matched |= bit;
		} else if (v == V_NO) {
			if (waited || arrow)
				remember(k, e, home, sig, matched, true);
			return;
		} else {
			later = true;
			break;
		}
	}
	if (matched == whole) {
		remember(k, e, home, sig, matched, true);
		dp_matched(e, (uint8_t)(DP_ALERT_TX | (waited ? DP_ALERT_STATE : 0)));
		return;
	}
	if (later)
		k->again = true;
	if (!k->final || arrow)
		remember(k, e, home, sig, matched, false);
}

static void run_tx_signature(struct look *k, struct eval *e, uint32_t sig)
{
	struct run *r = e->rs->run;
	const uint64_t evaluated = r->cnt[sig].evaluated;
	uint64_t t0;

	if (!dp_sampled(r)) {
		eval_tx_signature(k, e, sig);
		return;
	}
	t0 = __builtin_ia32_rdtsc();
	eval_tx_signature(k, e, sig);
	if (r->cnt[sig].evaluated != evaluated) {
		r->cnt[sig].cycles += __builtin_ia32_rdtsc() - t0;
		r->cnt[sig].sampled++;
	}
}

static void candidates(struct look *k, struct eval *e)
{
	struct run *r = e->rs->run;
	const struct sig_run *x = &e->rs->tx_always[e->a->proto][k->dir];

	for (uint32_t i = 0; i < x->n; i++)
		dp_candidate(e, x->sig[i]);
	for (unsigned dir = 0; dir < 2; dir++) {
		const struct dp_tx_detect *t = k->tx->det[dir];

		for (uint32_t i = 0; t && i < t->n; i++) {
			const struct wait *w = &t->w[i];

			if (w->layer != e->layer || w->done ||
				w->generation != k->d->layer[e->layer].generation)
				continue;
			if (dir == k->dir || (e->img->sig[w->sig].flags & SIG_F_TX_ARROW))
				dp_candidate_again(r, w->sig);
		}
	}
}

/** Differs whenever something that a signature could ask about has changed. */
static uint64_t stamp_of(const struct look *k)
{
	const struct dp_tx *tx = k->tx;
	uint64_t x[5] = {tx->progress[k->dir] | (uint64_t)k->final << 32, tx->events[0], tx->events[1]};

	for (const struct dp_file *f = tx->files; f; f = f->next) {
		x[3] += f->size + f->state + 1;
		x[4] += f->id + 1;
	}
	return sig_hash64(x, sizeof(x)) | 1;
}

static void look_at(struct look *k)
{
	struct dp_tx *tx = k->tx;
	uint64_t stamp;

	k->final = k->final || dp_tx_complete(k->desc, tx, k->dir);
	stamp = stamp_of(k);
	if (tx->grown[k->dir] == stamp && !(tx->detect_flags & LOOK_AGAIN(k->dir)))
		goto out;
	tx->grown[k->dir] = stamp;
	k->again = false;
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		if (k->on[i]) {
			k->e[i].tx = tx;
			k->e[i].tx_final = k->final;
			dp_candidates_begin(&k->e[i], true);
		}
	search_tx(k);
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		struct run *r;

		if (!k->on[i])
			continue;
		r = k->e[i].rs->run;
		candidates(k, &k->e[i]);
		dp_candidates_sort(r);
		for (uint32_t c = 0; c < r->cand_n; c++)
			run_tx_signature(k, &k->e[i], r->cand[c]);
	}
	tx->detect_flags &= (uint8_t)~LOOK_AGAIN(k->dir);
	if (k->again)
		tx->detect_flags |= LOOK_AGAIN(k->dir);
out:
	if (k->final)
		tx->inspected[k->dir] = true;
}

// Parsers can report without ever opening a transaction: rules on events only see that, too.
static void flow_events(struct look *k)
{
	struct dp_app_flow *a = k->p->flow->app;
	struct eval tmp = {.d = k->d, .f = k->p->flow, .p = k->p};
	struct dp_flow_detect *fd;

	if (!(a->events[0] | a->events[1]) || a->tx_first)
		return;
	fd = dp_flow_state(&tmp, true);
	if (!fd || (fd->events_seen[0] == a->events[0] && fd->events_seen[1] == a->events[1]))
		return;
	fd->events_seen[0] = a->events[0];
	fd->events_seen[1] = a->events[1];
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		struct eval *e = &k->e[i];

		for (uint32_t n = 0; k->on[i] && n < e->rs->tx_event.n; n++) {
			bool hit = true;

			e->tx = NULL;
			dp_vars_begin(k->d);
			e->s = &e->img->sig[e->rs->tx_event.sig[n]];
			if (!dp_app_matches(e->s->app, a) || !dp_header_ok(e, e->rs->run) ||
				!dp_tests_ok(e))
				continue;
			for (uint32_t j = 0; hit && j < e->s->tx_n; j++)
				hit = dp_test_tx(e, &e->img->op[e->s->tx + j]) == V_YES;
			if (hit)
				dp_matched(e, DP_ALERT_TX);
		}
	}
}

void dp_detect_txs(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p, uint8_t dir,
	bool final)
{
	struct dp_app_flow *a = p->flow->app;
	struct look k = {.d = d, .t = t, .p = p, .desc = a->desc, .dir = dir};

	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		k.on[i] = d->layer[i].rs && d->layer[i].rs->run && d->ctx->conf->mode[i] != DP_MODE_OFF;
		if (!k.on[i])
			continue;
		dp_eval_init(&k.e[i], d, i, t, p);
		if (d->sv_live)
			k.e[i].sv = &d->sv;
	}
	for (struct dp_tx *tx = a->tx_first; tx; tx = tx->next) {
		if (tx->inspected[dir] || (tx->only_dir && !(tx->only_dir >> dir & 1)))
			continue;
		k.tx = tx;
		k.final = final;
		look_at(&k);
	}
	flow_events(&k);
}
