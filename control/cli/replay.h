/* SPDX-License-Identifier: Apache-2.0 */
/** `sekisho replay`: the pieces of one run. */
#ifndef SEKISHO_CLI_REPLAY_H
#define SEKISHO_CLI_REPLAY_H

#include <ctl/eve.h>
#include <ctl/sink.h>
#include <ctl/site.h>
#include <dp/detect.h>
#include <dp/replay.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct replay_list {
	const char **item;
	unsigned n;
};

struct replay_opts {
	struct replay_list pcaps, rules, sets;
	const char *image, *eve, *eve_dir, *vars, *yaml, *out, *events, *rule_stats;
	bool simulate_ips, no_checksums, json, verbose, quiet;
	unsigned jobs;
	struct dp_simulate simulate;
};

/** One capture of the run. Shared between the processes of a run. */
struct replay_result {
	uint64_t packets, bytes, alerts, forwarded, dropped, held, lines, bad, lost;
	int64_t unbalanced;
	int state; /**< 0 not begun, 1 under way, 2 done, 3 failed, 4 done up to a damaged record */
	char err[200];
};

struct replay_capture {
	char *path;
	char *below; /**< path relative to the folder that was named, for --eve-dir */
};

struct replay_run {
	const struct replay_opts *o;
	struct ctl_site site;
	struct dp_ruleset *rs;
	uint32_t rules_loaded, rules_failed, rules_skipped;
	uint32_t faults; /**< refused rules, unfit entries of lists, outputs that cannot be made */
	struct replay_capture *capture;
	unsigned captures;
	struct replay_result *result; /**< one per capture, shared memory */
	uint32_t *next;               /**< shared: next capture to take */
	struct dp_counters *total;    /**< shared: one per job */
	struct dp_sig_counters *sig;  /**< shared: of all signatures, for each job; NULL: not asked for */
};

/** 0, or CLI_USAGE with a message on stderr. */
int replay_parse(int argc, char **argv, struct replay_opts *o);

/** Rules or image of the options into r->rs. CLI_OK or CLI_FAILED with messages on stderr. */
int replay_rules(struct replay_run *r);
/** Signature texts out of an opened image; arg is the struct dp_ruleset. */
bool replay_sig_text(void *arg, unsigned layer, uint32_t generation, uint32_t index,
	struct ctl_sig_text *t);

/** Find the captures of the options: files as named, folders walked. */
int replay_find(struct replay_run *r);
/** Run all captures in as many processes as asked for; progress on a terminal. */
int replay_all(struct replay_run *r);
/** Summary on stdout; CLI_OK or CLI_FAILED. */
int replay_report(struct replay_run *r, double seconds);

/* replay_stats.c: --rule-stats */
/** Shared memory for the counters of `jobs` processes. CLI_OK or CLI_FAILED. */
int replay_stats_begin(struct replay_run *r, unsigned jobs);
/** Count in this process's share of it. */
void replay_stats_join(const struct replay_run *r, unsigned job);
int replay_stats_write(const struct replay_run *r, unsigned jobs);

#endif
