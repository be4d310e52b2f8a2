/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that grow out of pieces: what waits for its place, and joining it within the budget of a turn.
 * Private to the room.
 */
#ifndef DP_FILE_GROWTH_H
#define DP_FILE_GROWTH_H

#include "file_priv.h"

#define BUCKETS 256u
#define CHUNK_BYTES 8000u
#define PIECES_MAX 1024u /* of a file: as many steps to find the place of one */

/** Bytes ahead of what the file has, as they came. */
struct chunk {
	struct chunk *next;
	uint32_t n;
	uint8_t data[CHUNK_BYTES];
};

struct piece {
	struct piece *next; /**< of the file, by start */
	uint64_t start, n;  /**< of what is left of it */
	struct chunk *first, *last;
};

/** A file and the pieces that it will grow to. In the queue while some can be joined to it; in the
 *  trash when it is over and has memory to give back. */
struct growth {
	struct growth *next, **at;  /**< of queue or trash; at NULL: of neither */
	struct dp_file *file;
	struct piece *pieces;       /**< complete, ahead of the file */
	uint32_t n_pieces;
	bool appending;             /**< a part under way grows the file */
	bool full;                  /**< nothing is missing: it belongs to no resource any more */
	struct dp_flow *f;          /**< full: whose transaction waits for it; */
	struct dp_tx *tx;           /**< NULL: none does */
};

struct whole; /* range.c */

struct dp_ranges {
	struct whole *bucket[BUCKETS];
	struct whole *oldest, *newest;
	struct growth *queue, **queue_end, *trash;
	uint64_t budget;            /**< bytes that may still be joined in this turn */
};

void dp_piece_free(struct dp_ctx *c, struct piece *p);
void dp_piece_insert(struct growth *g, struct piece *p);
/** Does the file with its pieces reach that far without a hole? */
bool dp_growth_reaches(const struct growth *g, uint64_t total);
/** Joins what is next. False: the turn is over before there is a hole. */
bool dp_growth_merge(struct dp_ctx *c, struct growth *g);
void dp_growth_enqueue(struct dp_ranges *r, struct growth *g);
/** The file is somebody's, or gone: what is left is memory, freed as time allows. */
void dp_growth_discard(struct dp_ctx *c, struct growth *g);
/** Memory back from what is over, at most `max` chunks of it. */
void dp_growth_scrap(struct dp_ctx *c, uint32_t max);
/** To the transaction that waited, joined to the end or not. */
void dp_growth_hand_over(struct dp_ctx *c, struct growth *g, bool truncated);

#endif
