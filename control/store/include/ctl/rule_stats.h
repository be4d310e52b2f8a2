/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What signatures did, over images, restarts and reboots.
 *
 * Workers count in files of the run directory (dp/sig_counters.h), which begin at zero with each
 * image and go with a reboot. Here their growth is added up by layer, gid and sid, and kept in one
 * text file together with how much of each worker file is in the sum already:
 *
 *     sekisho-rule-counters 1
 *     r LAYER GID SID SINCE PREFILTER EVALUATED MATCHED CYCLES SAMPLED LAST_NS
 *     s ID N                      what of worker file ID has been added, then for each signature
 *     c INDEX PREFILTER EVALUATED MATCHED CYCLES SAMPLED        that counted something
 *
 * The file is replaced by rename. One process; not thread-safe.
 */
#ifndef CTL_RULE_STATS_H
#define CTL_RULE_STATS_H

#include <dp/sig_counters.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_RULE_SOURCES 64u

struct ctl_rule_key {
	uint32_t layer, gid, sid;
};

struct ctl_rule_stat {
	struct ctl_rule_key key;
	bool present;     /**< in an image that runs */
	uint64_t since_s; /**< wall clock: first seen in an image that ran */
	struct dp_sig_counters c;
};

struct ctl_rule_source {
	uint64_t id; /**< 0: free */
	uint32_t n;
	bool seen;   /**< in this round */
	struct dp_sig_counters *taken;
};

struct ctl_rule_stats {
	struct ctl_rule_stat *stat; /**< in order of appearance */
	size_t n, cap;
	uint32_t *slot; /**< hash > index + 1 */
	size_t slots;   /**< a power of two */
	struct ctl_rule_source source[CTL_RULE_SOURCES];
};

/** Read `path`; a missing file is an empty one. -EBADMSG: not such a file (then empty). */
int ctl_rule_stats_load(struct ctl_rule_stats *s, const char *path);
/** 0 or -errno; the old file stays then. */
int ctl_rule_stats_save(const struct ctl_rule_stats *s, const char *path);
void ctl_rule_stats_fini(struct ctl_rule_stats *s);
/** Find or make. NULL: no memory. Valid until the next call that makes one. */
struct ctl_rule_stat *ctl_rule_stats_get(struct ctl_rule_stats *s, struct ctl_rule_key k,
	uint64_t now_s);
/** A look at worker files begins. */
void ctl_rule_stats_round(struct ctl_rule_stats *s);
/** Add what a worker file has more than last time. key[i]: of signature i. */
int ctl_rule_stats_take(struct ctl_rule_stats *s, const struct dp_sig_file *f,
	const struct ctl_rule_key *key, uint64_t now_s);
/** Worker files that were not seen in this round exist no more. */
void ctl_rule_stats_round_end(struct ctl_rule_stats *s);

/** One signature for a list: what is known of it, and its names. */
struct ctl_rule_item {
	struct ctl_rule_stat s;
	uint32_t rev;
	const char *layer, *msg;
};

/** Estimated cycles of all evaluations, from those that were timed. */
double ctl_rule_cost(const struct dp_sig_counters *c);
/**
 * An item as the lists show it: layer, gid, sid, rev, msg, prefilter, evaluated, matched, misses
 * (evaluated less matched), cycles (of one evaluation, null when none was timed), cost, last_match
 * and since (seconds of the epoch, null: never, unknown).
 */
json_t *ctl_rule_item_json(const struct ctl_rule_item *i);
/** Names of --by: cost, matches, misses, evaluations, hits. NULL: no such order. The key in items. */
const char *ctl_rule_order(const char *by);
/**
 * Order items (as above) by `key`, highest first, and keep at most `limit` of those that are not
 * zero. A new array; the items are shared.
 */
json_t *ctl_rule_top(const json_t *items, const char *key, size_t limit);
/**
 * Items that did not match since `then_s` although they have been there as long; *young counts
 * those that were not. A new array.
 */
json_t *ctl_rule_unused(const json_t *items, uint64_t then_s, size_t *young);

#endif
