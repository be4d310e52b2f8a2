/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Parts of a file that another worker joins, and theirs that this one joins. Private to the room.
 *
 * The asker, who sees the part, sends OPEN, DATA in pieces, CLOSE; the worker that joins the file
 * answers each CLOSE that waits: no, or the file, as far as records and signatures need it. Its
 * transaction is held open until then. A record names the asker's life and its number of the part, so
 * nothing is taken for what a successor asked.
 */
#ifndef DP_FILE_LINK_H
#define DP_FILE_LINK_H

#include "growth.h"
#include <dp/range.h>
#include <dp/range_link.h>

struct away;

/* range.c, for both */
bool dp_ranges_open(struct dp_ctx *c);
/** Memory of the ranges' account; where there is none the oldest file nobody works on makes room. */
void *dp_range_room(struct dp_ctx *c, size_t n);
/** A part of a file that is joined here. */
struct dp_range *dp_range_begin(struct dp_app_ctx *x, const uint8_t *key,
	const struct dp_range_spec *spec, bool listed);
/** The table says that a file is joined here. When there is no such file it says so no more. */
void dp_range_unlist(struct dp_ctx *c, const uint8_t *key);
/** The part is over. True: its file is complete, and `by` (NULL: nobody) gets it, now or later. */
bool dp_range_finish(struct dp_ctx *c, struct dp_range *r, const struct dp_range_waiter *by);

/* link.c: the asker */
struct away *dp_away_open(struct dp_app_ctx *x, const uint8_t *key, const struct dp_range_spec *spec,
	const struct dp_range_owner *o);
void dp_away_data(struct dp_ctx *c, struct away *a, const uint8_t *p, uint32_t n);
/** tx NULL: nobody waits for the file. */
void dp_away_close(struct dp_app_ctx *x, struct away *a, struct dp_tx *tx);
/** The transaction does not wait any more. */
void dp_away_release(struct dp_ctx *c, struct dp_tx *tx);
/** What there was of a file is lost with the worker that joined it: said in a record. */
void dp_link_tell(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir dir, const void *name, uint32_t n);

/* guest.c: the worker that joins */
/** An OPEN, DATA or CLOSE of worker `from`. */
void dp_guest_record(struct dp_ctx *c, unsigned from, const struct dp_ev_head *rec);
/** The file, to the worker that waits for it. False: its ring is full. */
bool dp_guest_answer(struct dp_ctx *c, const struct dp_range_waiter *by, struct dp_file *f);
/** Parts of workers that have ended; a share of the table each time. All of them: `all`. */
void dp_guest_expire(struct dp_ctx *c, bool all);

/* link.c: both */
/** What the others sent, within the turn. A flow that got its answer, to be looked at; NULL: none. */
struct dp_flow *dp_link_work(struct dp_ctx *c);
void dp_link_expire(struct dp_ctx *c);
void dp_link_clear(struct dp_ctx *c);

/* --- records ---------------------------------------------------------------------------------- */

enum link_kind { LINK_OPEN = 1, LINK_DATA, LINK_CLOSE, LINK_ANSWER, LINK_WINDOW };

#define LINK_DATA_BYTES 16384u

struct link_head { /* of each */
	struct dp_ev_head head; /**< type: enum link_kind */
	uint32_t life, part;    /**< the asker's */
};
struct link_open {
	struct link_head h;
	uint8_t key[DP_RANGE_KEY_BYTES];
	uint16_t name_len;      /**< bytes that follow */
	uint8_t dir, pad;
	uint64_t start, end, total;
};
struct link_data { /* and LINK_WINDOW: of the beginning of a file, before its answer */
	struct link_head h;
	uint32_t n, pad;        /**< bytes that follow */
};
struct link_close {
	struct link_head h;
	uint32_t waits, pad;
};
struct link_answer {
	struct link_head h;
	uint8_t whole;          /**< 0: the file is not, and nothing below counts */
	uint8_t truncated, spoiled, has_md5, has_sha1, has_sha256;
	uint16_t beginning_len;
	uint64_t size, spool, spooled, upto;
	uint8_t md5[16], sha1[20], sha256[32];
	uint8_t beginning[256];
};

#endif
