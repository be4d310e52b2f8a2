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

struct dp_piece {
	struct dp_piece *next;
	uint64_t off;
	struct dp_bytes data;
};
/** Zeroed memory is a file of which nothing came. */
struct dp_pieces {
	struct dp_file *f;     /**< NULL: not tracked, offsets are */
	uint64_t tracked;      /**< file bytes in order so far */
	struct dp_piece *early; /**< by offset */
	struct dp_piece *cur;  /**< the early piece that is still being received, or NULL */
	uint32_t early_n;
};

/** Bytes from `off` (<= tracked) on; those that came before are left out. */
void dp_pieces_deliver(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d);
/** Keep a piece whose turn has not come, of at most `max` bytes with what dp_pieces_more() adds. */
void dp_pieces_keep(struct dp_app_ctx *x, struct dp_pieces *s, uint64_t off, struct dp_span d,
	uint32_t max);
/** The next bytes of the piece under way. */
void dp_pieces_more(struct dp_app_ctx *x, struct dp_pieces *s, struct dp_span d, uint32_t max);
/** Deliver the early pieces whose turn has come, but for the one that is still being received. */
void dp_pieces_drain(struct dp_app_ctx *x, struct dp_pieces *s);
/** Free what waits. */
void dp_pieces_free(struct dp_app_ctx *x, struct dp_pieces *s);

#endif
