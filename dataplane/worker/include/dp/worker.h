/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The engine: everything between receive and transmit, for one worker.
 *
 * The same code runs on a wire (inside the forked poll-mode process) and in `sekisho replay`. It
 * owns no port and calls no EAL service. One struct dp_worker, one thread.
 *
 *     dp_worker_create(&setup, &w);
 *     for (;;) {
 *             n = receive into pkts[];                       // the loop's business
 *             if (new image ready) dp_worker_adopt(w, layer, rs, gen, &old);
 *             dp_worker_burst(w, pkts, n, now_ns);           // each pkts[i] gets verdict, reason
 *             send pkts[i].buf out of !side, or free it, by verdict;
 *     }
 */
#ifndef DP_WORKER_H
#define DP_WORKER_H

#include <dp/detect.h>
#include <dp/shared_state.h>

#define DP_BURST 32

struct dp_worker;
struct dp_table; /* the shared condemned table, dp/condemned.h; may be absent */

struct dp_worker_setup {
	struct dp_conf conf;
	struct dp_io *io;
	struct dp_counters *counters; /**< in shared memory on a wire; required */
	struct dp_ev_ring *ring;      /**< may be NULL: no events */
	struct dp_ev_ring *file_ring; /**< contents of files to be stored; NULL: in `ring` */
	struct dp_table *table;       /**< NULL in replay */
	struct dp_shared_state *shared; /**< of all workers; NULL: this one is alone */
	/** Written with the index of the packet about to be inspected, DP_BURST when none. */
	volatile uint32_t *inspecting;
	uint16_t worker;
};

/** In the process that is to run it, before its first burst: files in ranges are joined with the other
 *  workers of the link (dp/range_link.h). */
void dp_worker_link(struct dp_worker *w, struct dp_range_link *link);

int dp_worker_create(const struct dp_worker_setup *s, struct dp_worker **w);
/** Ends all flows (their events are emitted), then frees everything. */
void dp_worker_destroy(struct dp_worker *w);
/** End all flows as at the end of a capture; the worker stays usable. */
void dp_worker_flush(struct dp_worker *w, uint64_t now_ns);

/** n <= DP_BURST. now_ns: wall clock on a wire; in replay the capture's time. */
void dp_worker_burst(struct dp_worker *w, struct dp_pkt *pkts, unsigned n, uint64_t now_ns);
/** Nothing to receive: timeouts, housekeeping, in a small budget. */
void dp_worker_idle(struct dp_worker *w, uint64_t now_ns);

/**
 * Packets passed that this worker did not see: the guard forwarded for a while. Between bursts, when
 * the slot is ours again. What existed before is inspected on, but no longer dropped for sequence
 * numbers that do not fit what was seen.
 */
void dp_worker_blind(struct dp_worker *w);

/** See dp_detect_prepare (opener thread) and dp_detect_adopt (between bursts). */
int dp_worker_prepare(struct dp_worker *w, struct dp_ruleset *rs);
void dp_worker_adopt(struct dp_worker *w, enum dp_layer_id layer, struct dp_ruleset *rs,
	uint32_t generation, struct dp_ruleset **old);
/**
 * Settings of a site, while it runs: streams, limits, timeouts, protocols, policies, records. What a
 * worker was made with stays: arena, size of tables, inline mode, modes of layers, and whatever the
 * writer's pointers name. What is open goes on by the new settings; a depth holds from the next session
 * on. Between bursts; asks for memory only when packet-alert-max grows.
 */
void dp_worker_reconfigure(struct dp_worker *w, const struct dp_conf *conf);
struct dp_detect *dp_worker_detect(struct dp_worker *w);
/** Mode of a layer changed by the operator (off, shadow, alert, prevent). Between bursts. */
void dp_worker_set_mode(struct dp_worker *w, enum dp_layer_id layer, enum dp_mode mode);

#endif
