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

/** The same event once more in this packet: counted beside its bit. */
static void once_more(struct dp_tx *tx, unsigned event)
{
	unsigned i = 0;

	while (i < DP_TX_AGAIN && tx->again[i].times && tx->again[i].event != event)
		i++;
	if (i == DP_TX_AGAIN)
		return; // more kinds than anything has shown: they are reported once
	tx->again[i].event = (uint8_t)event;
	tx->again[i].times++;
}

void dp_tx_event(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir dir, unsigned event)
{
	const uint64_t bit = UINT64_C(1) << (event & 63);
	const unsigned w = event >> 6;
	bool pending;

	if (!tx) {
		dp_app_event(x, dir, event);
		return;
	}
	if (event >= 128 || tx->quiet)
		return;
	pending = (tx->events[w] & ~tx->ev_logged[w] & bit) != 0;
	if (tx->ev_total == DP_TX_EVENTS_MAX) {
		tx->events[w] |= bit; // signatures still see it
		if (!pending)
			tx->ev_logged[w] |= bit;
		return;
	}
	tx->ev_total++;
	if (pending)
		once_more(tx, event);
	tx->events[w] |= bit;
	tx->ev_logged[w] &= ~bit;
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

void dp_app_tx_sweep(struct dp_app_ctx *x, bool end)
{
	const struct dp_app_desc *d = x->a->desc;
	struct dp_tx *tx, *next;

	dp_app_log_events(x, NULL);
	if (!d)
		return;
	for (tx = x->a->tx_first; tx; tx = next) {
		next = tx->next;
		if (tx->files)
			dp_app_log_files(x, tx, end);
		if (memcmp(tx->events, tx->ev_logged, sizeof(tx->events)) != 0)
			dp_app_log_events(x, tx);
		if (!tx->logged && ((end && answered_by_end(x->f)) || due(d, tx))) {
			tx->logged = true;
			if (d->log && !(x->f->flags & DP_FF_NOLOG_TX))
				dp_app_log_tx(x, tx);
		}
		if (end || (tx->logged && complete(d, tx) && !dp_file_busy(tx->files)))
			dp_tx_free(x, tx);
	}
}
