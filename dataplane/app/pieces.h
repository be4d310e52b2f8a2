/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A file that comes in reads or writes, in any order and with overlaps: what is next goes into the file,
 * what is early waits for its turn. Private to the room; belongs to one transaction of a flow.
 */
#ifndef DP_APP_PIECES_H
#define DP_APP_PIECES_H

#include "bytes.h"
#include <dp/app.h>
#include <dp/file.h>

#define DP_PIECES_MAX 64u /* waiting; what then happens is the protocol's choice */
#define DP_PIECES_BYTES (8u << 20) /* waiting in all files of a flow: eight large writes under way */

struct dp_piece {
	struct dp_piece *next;
	uint64_t off;
	struct dp_bytes data;
	uint64_t cut; /**< bytes behind `data` that came, or were lost, and were not kept */
};
/** Zeroed memory with `kept` set is a file of which nothing came. */
struct dp_pieces {
	struct dp_file *f;     /**< NULL: not tracked, offsets are */
	uint64_t tracked;      /**< file bytes in order so far */
	struct dp_piece *early; /**< by offset */
	struct dp_piece *cur;  /**< the early piece that is still being received, or NULL */
	uint32_t early_n;
	bool drop;             /**< the piece under way found no place at all */
	uint64_t at;           /**< where the piece under way goes on, when it is neither early nor dropped */
	uint32_t *kept;        /**< memory that early pieces of the flow take, all files together */
};

/** A piece from `off` (<= tracked) on; bytes that came before are left out. */
void dp_pieces_deliver(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d);
/** Keep a piece whose turn has not come, of at most `max` bytes with what dp_pieces_more() adds. False: not
 *  all of it found room; what did not will be a hole of the file. */
bool dp_pieces_keep(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d,
	uint32_t max);
/** The next bytes of the piece under way. False: as above. */
bool dp_pieces_more(struct dp_app_ctx *x, struct dp_pieces *s, struct dp_span d, uint32_t max);
/** A piece of which nothing is kept. */
void dp_pieces_drop(struct dp_pieces *s);
/** The next `n` bytes of the piece under way are lost. */
void dp_pieces_gap(struct dp_app_ctx *x, struct dp_pieces *s, uint32_t n);
/** Deliver the early pieces whose turn has come, but for the one that is still being received. */
void dp_pieces_drain(struct dp_app_ctx *x, struct dp_pieces *s);
/** Give up on what is missing before the first piece that waits (there is one). */
void dp_pieces_jump(struct dp_app_ctx *x, struct dp_pieces *s);
/** Free what waits. */
void dp_pieces_free(struct dp_app_ctx *x, struct dp_pieces *s);

#endif
