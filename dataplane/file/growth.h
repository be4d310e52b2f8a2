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
#define WINDOWS_MAX 256u /* files under way that keep their beginning for inspection: 32 MiB */
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

/** Whose part completed a file: a transaction here, or one of another worker. Neither: nobody waits. */
struct dp_range_waiter {
	struct dp_flow *f;
	struct dp_tx *tx;
	bool guest;
	uint8_t slot;
	uint32_t life, part;
};

/** A file and the pieces that it will grow to. In the queue while some can be joined to it; in the
 *  trash when it is over and has memory to give back. */
struct growth {
	struct growth *next, **at;  /**< of queue or trash; at NULL: of neither */
	struct dp_file *file;
	struct piece *pieces;       /**< complete, ahead of the file */
	uint32_t n_pieces;
	bool appending;             /**< a part under way grows the file */
	bool windowed;              /**< it keeps its beginning */
	bool full;                  /**< nothing is missing: it belongs to no resource any more */
	struct dp_range_waiter by;  /**< full: who waits for it */
};

struct whole; /* range.c */
struct away;  /* link.c */
struct guest;

#define AWAY_BUCKETS 1024u
#define GUEST_BUCKETS 256u

struct dp_ranges {
	struct whole *bucket[BUCKETS];
	struct whole *oldest, *newest;
	struct growth *queue, **queue_end, *trash;
	uint64_t budget;            /**< bytes that may still be joined in this turn */
	uint64_t intake;            /**< ... and taken of what other workers sent */
	uint64_t hurry;             /**< ... and joined because who waits for it ends, on a wire */
	struct away *away[AWAY_BUCKETS];    /**< by part: parts that went to other workers */
	struct away *waited[AWAY_BUCKETS];  /**< by transaction: those for whose file one waits */
	struct guest *guest[GUEST_BUCKETS]; /**< by part: parts that came from them */
	uint32_t parts;             /**< numbers given to parts that went */
	uint32_t due;               /**< of those that went: wait for nothing any more */
	uint32_t look_at;           /**< next bucket to look for the dead in */
	unsigned next_ring;
	unsigned windows;           /**< files that keep their beginning */
};

/** Of no use: memory that is freed as time allows. */
void dp_piece_discard(struct dp_ctx *c, struct piece *p);
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
/** To who waited, joined to the end or not. False: there is no room in the ring to say so; again later. */
bool dp_growth_hand_over(struct dp_ctx *c, struct growth *g, bool truncated);

#endif
