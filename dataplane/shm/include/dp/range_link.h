/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Between the workers of one parent: who joins which file that comes in ranges, and rings by which the
 * others hand it their pieces.
 *
 * Memory that the parent maps before it forks. A table says for a file's key which worker, in which of
 * its lives, joins it: an entry is one word, whoever changes a bucket claims it for some dozens of
 * cycles (a claim that does not end is overruled, as a worker may die in it). A ring from each worker
 * to each other is a struct dp_ev_ring: one producer, one consumer, losses counted. What a dead worker
 * had not finished writing nobody sees; what was sent to one that died is passed over by its successor.
 *
 * A slot's life grows with each worker that begins and each that ends: what names another life than the
 * present one is of the dead.
 */
#ifndef DP_RANGE_LINK_H
#define DP_RANGE_LINK_H

#include <dp/event.h>
#include <stdbool.h>
#include <stdint.h>

#define DP_RANGE_KEY_BYTES 20u
#define DP_RANGE_LINK_SLOTS 8u

struct dp_range_link;

/** Zeroed, mapped, touched. -ENOMEM. `ring_bytes` of each ring. */
int dp_range_link_create(unsigned n_slots, uint32_t ring_bytes, struct dp_range_link **out);
void dp_range_link_destroy(struct dp_range_link *l);

/** A worker of the slot begins (called by it) or has ended (called by the parent). Its life. */
uint32_t dp_range_link_begin(struct dp_range_link *l, unsigned slot);
void dp_range_link_end(struct dp_range_link *l, unsigned slot);
bool dp_range_link_alive(const struct dp_range_link *l, unsigned slot, uint32_t life);
unsigned dp_range_link_slots(const struct dp_range_link *l);

struct dp_range_owner {
	uint8_t slot;
	uint32_t life;
	bool orphan; /**< it was a dead worker's: what that one had of the file is lost */
	bool listed; /**< in the table; false: no room there, the file is joined where it is seen */
};

/** Who joins the file; nobody does: `self`, in its life, from now on. */
struct dp_range_owner dp_range_link_owner(struct dp_range_link *l,
	const uint8_t key[DP_RANGE_KEY_BYTES], unsigned self);
/** `self` joins it no more. */
void dp_range_link_release(struct dp_range_link *l, const uint8_t key[DP_RANGE_KEY_BYTES], unsigned self);

/** The ring by which `from` writes to `to`; from != to. */
struct dp_ev_ring *dp_range_link_ring(struct dp_range_link *l, unsigned from, unsigned to);

#endif
