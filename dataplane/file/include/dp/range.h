/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that come in ranges: parts of one resource, in several answers, over several connections, in
 * any order, are joined to one file, hashed and stored like any other.
 *
 * Where several workers run, the first that sees a part of a file joins it (dp/range_link.h); the others
 * send it their pieces as they come, and what a ring has no room for is dropped and counted like what
 * memory has no room for. The file belongs to the transaction whose part completed it, on the worker that
 * saw that: there signatures look at it (name, size, type, digests, its first 100 KiB), with that flow's bits, and its
 * record tells of it. When the worker that joins it ends, what it had is lost: the transactions that
 * wait, or the next part of the file, get a file that is truncated, with gaps, and counted.
 *
 * How much is joined in one turn (of a burst, in replay of a packet) is bounded: DP_RANGE_TURN_BYTES of
 * what was kept. A file that is complete and not joined by then is so in the following turns; the
 * transaction whose part completed it is held open (dp_tx.held) until it has the file.
 *
 * A part that continues the file is added as it comes; one that lies ahead is kept until the file
 * has grown to it, within DP_MEM_RANGE (the peer's byterange.memcap) and 1024 of a file. What finds no room is
 * dropped and counted: a later answer may bring it again. Overlaps are taken from what came first.
 * A file nobody continued for byterange.timeout is forgotten, and the oldest where memory is short.
 */
#ifndef DP_RANGE_H
#define DP_RANGE_H

#include <dp/file.h>

struct dp_range_link;
struct dp_range; /**< one part under way */

/** Measured (November 2026): SHA-256 of them takes 43 us with the processor's instructions for it, 137
 *  without; all three digests 180 to 300 us. */
#define DP_RANGE_TURN_BYTES 65536u
#define DP_RANGE_IDLE_BYTES 262144u /**< of a turn without packets */
#define DP_RANGE_HURRY_BYTES (4u << 20) /**< of a turn on a wire, beside: for flows that end in it */

struct dp_range_spec {
	struct dp_span host, path; /**< together they say which resource */
	struct dp_span name;       /**< of the file */
	uint64_t start, end, total; /**< bytes start..end of total; start <= end < total */
	enum sig_dir dir;
};

/** NULL: no memory, and the part is not joined. */
struct dp_range *dp_range_open(struct dp_app_ctx *x, const struct dp_range_spec *spec);
void dp_range_data(struct dp_ctx *c, struct dp_range *r, const uint8_t *p, uint32_t n);
/** The part is over, or cut. When the file is whole it becomes one of the transaction's: now, or when
 *  it is joined. */
void dp_range_close(struct dp_app_ctx *x, struct dp_range *r, struct dp_tx *tx);
/** The same without a transaction that could take the file. */
void dp_range_abandon(struct dp_ctx *c, struct dp_range *r);
/** A new turn: so many bytes may be joined in it. */
void dp_ranges_turn(struct dp_ctx *c, uint64_t bytes);
/** Go on joining, until the turn's bytes are used up. A flow one of whose transactions has just got a
 *  file, for detection to look at: call again. NULL: nothing to do, or not in this turn. */
struct dp_flow *dp_ranges_work(struct dp_ctx *c);
/** The transaction cannot wait any longer: its files are joined now, on a wire at most
 *  DP_RANGE_HURRY_BYTES for all that end in this turn; a file that needs more counts as cut. */
void dp_range_hurry(struct dp_ctx *c, struct dp_tx *tx);
/** The transaction goes: what it waited for is nobody's. */
void dp_range_release(struct dp_ctx *c, struct dp_tx *tx);
/** Once in the process that runs the worker: files are joined with the others. Its slot is c->worker. */
void dp_ranges_link(struct dp_ctx *c, struct dp_range_link *link);
/** Forget what is too old. `c->now_ns` is the time. */
void dp_ranges_expire(struct dp_ctx *c);
/** Forget everything: no part is under way any more. */
void dp_ranges_clear(struct dp_ctx *c);

#endif
