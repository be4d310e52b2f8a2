/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of transactions. Buffers are searched once, as they become available (bodies as they
 * grow); a signature whose other buffers have not come yet waits on the transaction with a bit per
 * part that matched. Nothing is looked at again while a transaction did not change.
 */
#include "look.h"
#include "search.h"
#include <string.h>

#define NEXT_INSTANCE UINT16_MAX /* in grow[].instance: off counts instances */

static bool wanted(const struct look *k, uint16_t buffer)
{
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		if (k->on[i] && k->e[i].rs->buf[buffer][k->dir].n)
			return true;
	return false;
}

static void search_span(struct look *k, uint16_t buffer, uint32_t instance, const struct seek *raw)
{
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		struct eval *e = &k->e[i];
		uint32_t g;

		if (!k->on[i])
			continue;
		g = e->rs->buf[buffer][k->dir].first;
		for (uint32_t n = e->rs->buf[buffer][k->dir].n; n > 0; n--, g++) {
			const struct sig_img_group *q = &e->img->group[g];
			struct dp_span s;
			uint64_t start;

			if (!q->xf_n)
				dp_scan(e, g, raw);
			else if (dp_fetch(e, buffer, k->dir, instance, q->xf, q->xf_n, &s, &start) >=
					DP_BUF_PART)
				dp_scan(e, g, &(struct seek){.p = s.p, .n = s.n});
		}
	}
}

/** True: this buffer needs no further look. */
static bool search_buffer(struct look *k, uint16_t buffer)
{
	const uint8_t flags = sig_buffer_info[buffer].flags;
	const bool multi = flags & SIG_BUF_MULTI;
	uint32_t n = multi ? (uint32_t)dp_grown(k, buffer, NEXT_INSTANCE) : 0;
	struct eval *e = NULL;

	if (!wanted(k, buffer))
		return true;
	for (unsigned i = 0; i < DP_LAYER__COUNT && !e; i++)
		if (k->on[i])
			e = &k->e[i];
	for (; n < MAX_INSTANCES; n++) {
		struct dp_span s;
		struct seek q;
		uint64_t start, seen;
		const enum dp_buf_state st = dp_fetch_raw(e, buffer, k->dir, n, &s, &start);

		if (st == DP_BUF_ABSENT || st == DP_BUF_LATER) {
			if (multi && n)
				dp_grown_set(k, buffer, NEXT_INSTANCE, n);
			if (st == DP_BUF_LATER || (multi && (flags & SIG_BUF_GROWS) && !k->final))
				k->again = true;
			return k->final || (st == DP_BUF_ABSENT && !multi);
		}
		seen = flags & SIG_BUF_GROWS ? dp_grown(k, buffer, (uint16_t)n) : 0;
		// Known to be whole at the first look: all is searched together.
		q = (struct seek){.p = s.p, .n = s.n, .start = start,
			.old = seen > start ? (uint32_t)(seen - start) : 0,
			.parts = (flags & SIG_BUF_GROWS) && (seen || st == DP_BUF_PART)};
		if (s.n && start + s.n > seen)
			search_span(k, buffer, n, &q);
		if (st == DP_BUF_PART) {
			dp_grown_set(k, buffer, (uint16_t)n, start + s.n);
			if (multi && n)
				dp_grown_set(k, buffer, NEXT_INSTANCE, n);
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

static void candidates(struct look *k, struct eval *e)
{
	struct run *r = e->rs->run;
	const struct sig_run *x = &e->rs->tx_always[e->a->proto][k->dir];

	for (uint32_t i = 0; i < x->n; i++)
		dp_candidate(e, x->sig[i]);
	for (uint32_t i = 0; i < r->woken_n; i++)
		dp_candidate(e, r->woken[i]);
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
	if (tx->grown[k->dir] == stamp && !(tx->detect_flags & LOOK_AGAIN(k->dir)) && !k->woken)
		goto out;
	tx->grown[k->dir] = stamp;
	k->again = k->forgotten = false;
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
			dp_tx_signature(k, &k->e[i], r->cand[c]);
	}
	if (k->forgotten)
		dp_search_again(k);
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
		k.woken |= k.e[i].rs->run->woken_n > 0;
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
