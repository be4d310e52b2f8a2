/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

void in_log_begin(struct in_worker *w)
{
	w->flight->n_log = 0;
}

void in_log_add(struct in_worker *w, uint64_t *counter, int64_t delta)
{
	struct dp_flight *f = w->flight;
	uint64_t off = (uint64_t)((uint8_t *)counter - (uint8_t *)w->seg);
	uint32_t i;

	if (delta == 0)
		return;
	// The same counter twice in one burst: absolute values must build on each other.
	for (i = 0; i < f->n_log; i++)
		if (f->log[i].at_off == off)
			break;
	if (i == f->n_log) {
		if (i == sizeof(f->log) / sizeof(f->log[0]))
			return;
		f->log[i].at_off = off;
		f->log[i].value = *counter;
		f->n_log++;
	}
	f->log[i].value += (uint64_t)delta;
}

void in_log_commit(struct in_worker *w)
{
	struct dp_flight *f = w->flight;

	__atomic_store_n(&f->phase, DP_PHASE_COMMIT, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < f->n_log; i++)
		*(uint64_t *)((uint8_t *)w->seg + f->log[i].at_off) = f->log[i].value;
}
