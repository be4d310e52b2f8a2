/* SPDX-License-Identifier: Apache-2.0 */
/* One signature against one transaction: each of its buffers and tests, now, later or never. */
#include "look.h"
#include <string.h>

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
	const struct sig_img_op *o;
	int v;

	if (i < s->lists_n)
		return eval_list(e, &e->img->list[s->list + i]);
	o = &e->img->op[s->tx + i - s->lists_n];
	v = dp_test_tx(e, o);
	// Of a whole transaction (=>) the other side may still have what this one lacks.
	if (v == V_NO && (s->flags & SIG_F_TX_ARROW) && !(o->kind == SIG_OPT_NUMBER && o->flags))
		return V_LATER;
	return v;
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

// Numbers of a rule with => that name the other side: this one has no say in them.
static uint64_t other_side(const struct eval *e)
{
	uint64_t m = 0;

	for (uint32_t i = 0; i < e->s->tx_n; i++) {
		const struct sig_img_op *o = &e->img->op[e->s->tx + i];

		if (o->kind == SIG_OPT_NUMBER && o->flags && !(o->flags & (1u << e->dir)))
			m |= UINT64_C(1) << (e->s->lists_n + i);
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
	struct wait *w = dp_wait_find(k, e, home, sig);

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
	if (!arrow) {
		matched |= skip;
	} else {
		matched |= b64_lists(e);
		skip |= other_side(e);
	}
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
				dp_wait_keep(k, e, home, sig, matched, true);
			return;
		} else {
			later = true;
			if (!arrow || i < s->lists_n)
				break;
		}
	}
	if (matched == whole) {
		dp_wait_keep(k, e, home, sig, matched, true);
		dp_matched(e, (uint8_t)(DP_ALERT_TX | (waited ? DP_ALERT_STATE : 0)));
		return;
	}
	if (later)
		k->again = true;
	if (!k->final || arrow)
		dp_wait_keep(k, e, home, sig, matched, false);
}

void dp_tx_signature(struct look *k, struct eval *e, uint32_t sig)
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
