/* SPDX-License-Identifier: Apache-2.0 */
#include "tx.h"
#include <dp/file.h>
#include <dp/range.h>
#include <dp/slab.h>
#include <string.h>

void *dp_tx_add(struct dp_app_ctx *x, size_t size)
{
	struct dp_app_flow *a = x->a;
	struct dp_tx *tx = dp_slab_zalloc(x->c->slab, DP_MEM_APP, size);

	if (!tx)
		return NULL;
	tx->size = size;
	tx->id = a->tx_next_id++;
	tx->prev = a->tx_last;
	if (a->tx_last)
		a->tx_last->next = tx;
	else
		a->tx_first = tx;
	a->tx_last = tx;
	a->tx_live++;
	if (a->desc && a->desc->proto < 64) {
		x->c->cnt->app_tx[a->desc->proto]++;
		x->c->cnt->app_tx_udp[a->desc->proto] += x->f->ip_proto == 17;
	}
	return tx;
}

/** Remember when it came, for the records. Without memory its bit alone tells of it. */
static void in_order(struct dp_app_ctx *x, struct dp_tx *tx, unsigned event)
{
	if (tx->ev_new_n == tx->ev_new_cap) {
		const unsigned cap = tx->ev_new_cap ? tx->ev_new_cap * 4u : 8;
		const uint8_t room = (uint8_t)(cap < DP_TX_EVENTS_MAX ? cap : DP_TX_EVENTS_MAX);
		uint8_t *p = tx->ev_new ? dp_slab_realloc(x->c->slab, DP_MEM_APP, tx->ev_new,
						  tx->ev_new_cap, room)
					: dp_slab_alloc(x->c->slab, DP_MEM_APP, room);

		if (!p)
			return;
		tx->ev_new = p;
		tx->ev_new_cap = room;
	}
	tx->ev_new[tx->ev_new_n++] = (uint8_t)event;
}

void dp_tx_events_told(struct dp_app_ctx *x, struct dp_tx *tx)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, tx->ev_new, tx->ev_new_cap);
	tx->ev_new = NULL;
	tx->ev_new_n = tx->ev_new_cap = 0;
}

void dp_tx_event(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir dir, unsigned event)
{
	const uint64_t bit = UINT64_C(1) << (event & 63);
	const unsigned w = event >> 6;

	if (!tx) {
		dp_app_event(x, dir, event);
		return;
	}
	if (event >= 128 || tx->quiet)
		return;
	if (tx->ev_total == DP_TX_EVENTS_MAX) {
		dp_tx_mark(tx, event);
		return;
	}
	tx->ev_total++;
	in_order(x, tx, event);
	tx->events[w] |= bit;
	tx->ev_logged[w] &= ~bit;
}

void dp_tx_mark(struct dp_tx *tx, unsigned event)
{
	const uint64_t bit = UINT64_C(1) << (event & 63);

	if (event >= 128 || tx->quiet || (tx->events[event >> 6] & bit))
		return;
	tx->events[event >> 6] |= bit;
	tx->ev_logged[event >> 6] |= bit;
}

void dp_app_event(struct dp_app_ctx *x, enum sig_dir dir, unsigned event)
{
	if (event < 128)
		x->a->events[event >> 6] |= UINT64_C(1) << (event & 63);
}

bool dp_app_change(struct dp_app_ctx *x, enum sig_proto to)
{
	if (x->a->changing)
		return false;
	x->a->change_pending = true;
	x->a->change_to = (uint16_t)to;
	return true;
}

void dp_tx_free(struct dp_app_ctx *x, struct dp_tx *tx)
{
	struct dp_app_flow *a = x->a;

	if (tx->prev)
		tx->prev->next = tx->next;
	else
		a->tx_first = tx->next;
	if (tx->next)
		tx->next->prev = tx->prev;
	else
		a->tx_last = tx->prev;
	a->tx_live--;
	a->ended_txs++;
	if (x->c->tx_free)
		x->c->tx_free(x->c, tx);
	if (tx->held[0] | tx->held[1])
		dp_range_release(x->c, tx);
	dp_file_free_all(x->c, &tx->files);
	dp_tx_events_told(x, tx);
	if (a->desc && a->desc->tx_free)
		a->desc->tx_free(x, tx);
	dp_slab_free(x->c->slab, DP_MEM_APP, tx, tx->size);
}

static bool due(const struct dp_app_desc *d, const struct dp_tx *tx)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		uint8_t at = d->log_at[0] | d->log_at[1] ? d->log_at[dir] : d->complete[dir];

		if ((!tx->only_dir || (tx->only_dir >> dir) & 1) && tx->progress[dir] < at)
			return false;
	}
	return true;
}

static bool complete(const struct dp_app_desc *d, const struct dp_tx *tx)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		if (tx->only_dir && !((tx->only_dir >> dir) & 1))
			continue;
		if (!dp_tx_complete(d, tx, (int)dir) || !tx->inspected[dir])
			return false;
	}
	return true;
}

/** The end of a datagram flow, or of one that was dropped, answers nothing: what waits for an answer is
 *  not told of. */
static bool answered_by_end(const struct dp_flow *f)
{
	return f->ip_proto == 6 && !(f->flags & (DP_FF_DROP | DP_FF_WAS_DROPPED));
}

/** Neither side will say more, and nothing of it was lost: what waits for more is told of now. */
static bool said_all(const struct dp_app_ctx *x)
{
	return x->a->eof[0] && x->a->eof[1] && !x->a->failed &&
	       !(x->f->flags & (DP_FF_GAP_TS | DP_FF_GAP_TC));
}

/** What came after the transaction's record, with those before it written, makes none of its own any
 *  more: the peer has passed it by. Signatures have seen it. */
static void too_late(const struct dp_app_desc *d, struct dp_tx *tx)
{
	uint8_t n = 0;

	tx->ev_logged[0] |= tx->events[0] & ~d->late_events;
	tx->ev_logged[1] |= tx->events[1];
	for (unsigned i = 0; i < tx->ev_new_n; i++)
		if (tx->ev_new[i] < 64 && (d->late_events >> tx->ev_new[i]) & 1)
			tx->ev_new[n++] = tx->ev_new[i];
	tx->ev_new_n = n;
}

void dp_app_tx_sweep(struct dp_app_ctx *x, bool end)
{
	const struct dp_app_desc *d = x->a->desc;
	const bool over = end || said_all(x);
	struct dp_tx *tx, *next;
	// all before are logged
	bool passed = d && d->record_ends_events && !(x->f->flags & DP_FF_NOLOG_TX);

	dp_app_log_events(x, NULL);
	if (!d)
		return;
	for (tx = x->a->tx_first; tx; tx = next) {
		next = tx->next;
		if (tx->files)
			dp_app_log_files(x, tx, end);
		passed &= tx->logged;
		if (passed)
			too_late(d, tx);
		if (memcmp(tx->events, tx->ev_logged, sizeof(tx->events)) != 0)
			dp_app_log_events(x, tx);
		if (!tx->logged && ((over && answered_by_end(x->f)) || due(d, tx))) {
			tx->logged = true;
			if (d->log && !(x->f->flags & DP_FF_NOLOG_TX))
				dp_app_log_tx(x, tx);
		}
		if (end || (tx->logged && complete(d, tx) && !dp_file_busy(tx->files)))
			dp_tx_free(x, tx);
	}
}
