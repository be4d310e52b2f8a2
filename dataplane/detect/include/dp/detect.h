/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Detection: packets, streams and transactions against the images of the running generation.
 *
 * A rule set (struct dp_ruleset) is one opened image: mapped, Hyperscan databases in place, regexes
 * compiled. Opening is slow (up to hundreds of milliseconds) and happens in a thread of the worker
 * process that touches no packet; adopting is one pointer.
 */
#ifndef DP_DETECT_H
#define DP_DETECT_H

#include <dp/app.h>
#include <dp/sig_counters.h>

struct dp_ruleset;
struct dp_detect;

/** Open an image file for detection. err receives a sentence on failure. Any thread. */
int dp_ruleset_open(const char *path, struct dp_ruleset **rs, char *err, size_t err_len);
/** The same for an image already in memory (replay compiles into a memory file). */
int dp_ruleset_open_fd(int fd, struct dp_ruleset **rs, char *err, size_t err_len);
void dp_ruleset_close(struct dp_ruleset *rs);
/**
 * Write the sets that signatures changed to the files that rules name (`save`, `state`). merge: the
 * file is shared with other workers and earlier runs; else it becomes what the set holds. Not in the
 * packet path. 0 or -errno with a sentence in err; other sets are written all the same.
 */
int dp_ruleset_save_sets(struct dp_ruleset *rs, bool merge, char *err, size_t err_len);
/** The mapped image, for names and texts (sig/image.h). */
const struct sig_image *dp_ruleset_image(const struct dp_ruleset *rs);
uint32_t dp_ruleset_count(const struct dp_ruleset *rs);

int dp_detect_create(struct dp_ctx *ctx, struct dp_detect **d);
void dp_detect_destroy(struct dp_detect *d);
/** Forget thresholds and bits by address, as a fresh worker would (between captures). */
void dp_detect_reset(struct dp_detect *d);
/**
 * Take `rs` (NULL: none) for `layer`; the old one is returned through *old for the caller to close
 * outside the packet path. Scratch for it was prepared by dp_detect_prepare (in the opener thread).
 * Only between bursts.
 */
int dp_detect_prepare(struct dp_detect *d, struct dp_ruleset *rs);
/**
 * Count into memory of the caller (dp_ruleset_count() entries, borrowed until the rule set is
 * closed) instead of into its own. After dp_detect_prepare, before adoption or between bursts.
 */
void dp_ruleset_count_in(struct dp_ruleset *rs, struct dp_sig_counters *at);
/** Bring everything into the counters, as dp_detect_idle does bit by bit. */
void dp_ruleset_settle(struct dp_ruleset *rs);
/** Prepared, and has geoip rules, but no database was there: they will not match. */
bool dp_ruleset_lacks_countries(const struct dp_ruleset *rs);
void dp_detect_adopt(struct dp_detect *d, enum dp_layer_id layer, struct dp_ruleset *rs,
	uint32_t generation, struct dp_ruleset **old);
/** A layer that was off looks again (on), or looks no more. What is kept of the streams under way is
 *  shown to it then. Only between bursts. */
void dp_detect_switched(struct dp_detect *d, enum dp_layer_id layer, bool on);
/** Settings changed: work out again which hashes, fingerprints and contents of files are wanted. */
void dp_detect_wants(struct dp_detect *d);
/** Limits of expressions, room for matches of a packet. Between packets. -ENOMEM: no room for more. */
int dp_detect_limits(struct dp_detect *d, const struct dp_conf *conf);

/**
 * Stage: run everything that applies to this packet: header and payload signatures, raw stream data
 * that became ready, transactions that progressed. Fills p->alerts (ordered as the peer orders
 * them: action pass, drop, reject, alert; then priority; then text order) and applies their
 * actions to p (verdict, reject bits, drop_flow) according to conf and policy. Emits no events.
 */
void dp_detect_packet(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p);
/** Flow end (p is a pseudo packet): what was left unseen. */
void dp_detect_flow_end(struct dp_detect *d, struct dp_flow_table *t, struct dp_pkt *p);
/** What p showed has been told (its alerts were reported): stream data that was looked at may go. To
 *  be called after each of the two above, before another packet. */
void dp_detect_done(struct dp_detect *d, struct dp_pkt *p);
/** What detection knows of p's flow that an alert shows: "metadata" {flowbits, flowints, flowvars,
 *  pktvars}, "traffic" {id, label}, "context" {captures and list entries of its signature}. Members of
 *  the tree's top level; nothing when there is nothing. */
void dp_detect_alert_tree(const struct dp_detect *d, const struct dp_pkt *p,
	const struct dp_alert *a, struct dp_rec *r);
/**
 * Housekeeping between bursts: bring hits and evaluations of up to `budget` signatures of each layer
 * into their counters.
 */
void dp_detect_idle(struct dp_detect *d, uint32_t budget);
/** The same of a flow that ends. */
void dp_detect_flow_tree(const struct dp_detect *d, const struct dp_flow *f, struct dp_rec *r);
void dp_detect_flow_free(struct dp_detect *d, struct dp_flow *f);
void dp_detect_tx_free(struct dp_ctx *ctx, struct dp_tx *tx);

/**
 * Whether anything here can answer a keyword: a registered parser offers the buffer (enum sig_buffer),
 * the number (enum sig_number) or the test of its own (enum sig_opt_kind), or it needs no parser. Any
 * thread.
 */
bool dp_detect_offers_buffer(uint16_t buffer);
bool dp_detect_offers_number(uint16_t number);
bool dp_detect_offers_test(uint16_t kind);

/** Per-signature counters of a layer, always on and settled. Index = signature in the image. */
const struct dp_sig_counters *dp_detect_sig_counters(const struct dp_detect *d,
	enum dp_layer_id layer, uint32_t *n);

#endif
