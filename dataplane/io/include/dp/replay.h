/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Capture files as a port: the engine over a pcap or pcapng file, nothing else needed.
 *
 * The file is mapped; packets point into the mapping. Records are drained through a callback after
 * each burst, in the same thread, so a small ring never loses any.
 *
 *     dp_replay_conf_init(&rc);
 *     rc.conf.checksum_check = false;
 *     dp_replay_create(&rc, &r);                      // worker, ring, counters
 *     dp_replay_adopt(r, DP_LAYER_VENDOR, rs);        // borrowed until destroy
 *     rc = dp_replay_run(r, "a.pcap", err, sizeof(err));
 *     dp_replay_destroy(r);
 */
#ifndef DP_REPLAY_H
#define DP_REPLAY_H

#include <dp/worker.h>

struct dp_replay;

struct dp_replay_conf {
	struct dp_conf conf;
	size_t ring_bytes;    /**< of the event ring; 0: 4 MiB */
	const char *out_path; /**< pcap of what would have been sent; NULL: none */
	/** Each event record, in order; NULL: records are thrown away. */
	void (*event)(void *arg, const struct dp_ev_head *ev);
	void *arg;
};

void dp_replay_conf_init(struct dp_replay_conf *rc); /**< dp_conf_default and no output */
int dp_replay_create(const struct dp_replay_conf *rc, struct dp_replay **r);
void dp_replay_destroy(struct dp_replay *r);
/** Replaces what the layer had; the caller closes the old rule set after that. rs may be NULL. */
int dp_replay_adopt(struct dp_replay *r, enum dp_layer_id layer, struct dp_ruleset *rs,
	struct dp_ruleset **old);
/**
 * One capture from start to end; every flow is ended and its events are delivered before this
 * returns, so that the next call starts afresh. 0, or -errno with a sentence in err: -EBADMSG when
 * a record is damaged or cut off (what came before it was processed to the end), else a file that is
 * no capture.
 */
int dp_replay_run(struct dp_replay *r, const char *path, char *err, size_t err_len);
const struct dp_counters *dp_replay_counters(const struct dp_replay *r);
/** Forget counters and thresholds between captures that are runs of their own. */
void dp_replay_reset(struct dp_replay *r);
/** Time of the last packet, for records that close a run. */
uint64_t dp_replay_last_ns(const struct dp_replay *r);
struct dp_worker *dp_replay_worker(struct dp_replay *r);

#endif
