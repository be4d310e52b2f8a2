/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that come in ranges: parts of one resource, in several answers, over several connections, in
 * any order, are joined to one file, hashed and stored like any other. Per worker: parts that reach
 * different workers do not meet.
 *
 * A part that continues the file is added as it comes; one that lies ahead is kept until the file
 * has grown to it, within DP_MEM_RANGE (the peer's byterange.memcap) and 1024 of a file. What finds no room is
 * dropped and counted: a later answer may bring it again. Overlaps are taken from what came first.
 * A file nobody continued for byterange.timeout is forgotten, and the oldest where memory is short.
 */
#ifndef DP_RANGE_H
#define DP_RANGE_H

#include <dp/file.h>

struct dp_range; /**< one part under way */

struct dp_range_spec {
	struct dp_span host, path; /**< together they say which resource */
	struct dp_span name;       /**< of the file */
	uint64_t start, end, total; /**< bytes start..end of total; start <= end < total */
	enum sig_dir dir;
};

/** NULL: no memory, and the part is not joined. */
struct dp_range *dp_range_open(struct dp_app_ctx *x, const struct dp_range_spec *spec);
void dp_range_data(struct dp_ctx *c, struct dp_range *r, const uint8_t *p, uint32_t n);
/** The part is over, or cut. When the file is whole it becomes one of the transaction's. */
void dp_range_close(struct dp_app_ctx *x, struct dp_range *r, struct dp_tx *tx);
/** The same without a transaction that could take the file. */
void dp_range_abandon(struct dp_ctx *c, struct dp_range *r);
/** Forget what is too old. `c->now_ns` is the time. */
void dp_ranges_expire(struct dp_ctx *c);
/** Forget everything: no part is under way any more. */
void dp_ranges_clear(struct dp_ctx *c);

#endif
