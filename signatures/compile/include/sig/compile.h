/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The compiler: a loaded rule set in, a signature image out.
 *
 * Slow and hungry by nature (Hyperscan): never linked into the packet process. Deterministic: the
 * same rules, options and machine give a byte-identical image. Databases are cached on disk by the
 * hash of their patterns, so that one added rule recompiles only the group it falls into.
 *
 *     struct sig_compile_opts o = {0};
 *     struct sig_compile_report r;
 *     rc = sig_compile_child(set, &o, fd, &r);
 *     ... r.rejected[], r.always ...
 *     sig_compile_report_fini(&r);
 */
#ifndef SIG_COMPILE_H
#define SIG_COMPILE_H

#include <sig/ruleset.h>
#include <stdbool.h>
#include <stdint.h>

struct sig_compile_opts {
	/** Folder of the database cache, made when missing. NULL: /var/cache/sekisho for root, else
	 *  $XDG_CACHE_HOME/sekisho or ~/.cache/sekisho. "": none. Unwritable: as none. */
	const char *cache_dir;
	unsigned threads;    /**< 0: as many as processors */
	uint32_t seconds;    /**< of processor time for the child; 0: 300 */
	uint64_t memory_bytes; /**< address space of the child; 0: 4 GiB */
	uint32_t regex_ms;   /**< longest Hyperscan may take over one expression; 0: 100 */
	/** Search for the longest content of each signature, whatever it costs: the yardstick that
	 *  tests/bench/prefilter measures the cost model against. */
	bool longest_content;
	/** IP reputation as the peer lays it out: categories file, then list files. NULL: none. */
	const char *rep_categories;
	const char *const *rep_files;
	uint32_t rep_files_n;
	/** Called now and then from one thread; total 0: unknown. NULL: quiet. */
	void (*progress)(void *arg, const char *stage, uint32_t done, uint32_t total);
	void *arg;
};

/** A rule that did not get into the image. */
struct sig_compile_rejected {
	uint32_t gid, sid, line;
	char file[256];
	char why[160];
};

struct sig_compile_report {
	uint32_t sigs;      /**< in the image */
	uint32_t literal;   /**< found by a literal */
	uint32_t regex;     /**< found by an expression in Hyperscan */
	uint32_t header;    /**< addresses, ports, events only: nothing to search */
	uint32_t always;    /**< candidates for every packet or transaction they may concern */
	uint32_t groups, patterns, regexes, ops;
	uint32_t cache_hits, cache_misses; /**< databases; groups of equal patterns share one */
	uint64_t image_bytes, db_bytes, peak_bytes;
	uint32_t ms_lower, ms_group, ms_hyperscan, ms_write, ms_total;
	uint32_t rejected_n;
	struct sig_compile_rejected *rejected; /**< heap; see sig_compile_report_fini */
	uint32_t list_faults;      /**< entries of list files that do not fit their set and are left out */
	char list_fault[320];      /**< the first of them: "file:line: why" */
	uint32_t search_faults;    /**< rules whose expression Hyperscan refused: searched by literals or not */
	char search_fault[320];    /**< the first of them: "file:line: which rule and why" */
};

/** Compile into fd (truncated first). 0, -ENOMEM, -errno of writing. Rejected rules are no error. */
int sig_compile(const struct sig_ruleset *set, const struct sig_compile_opts *opts, int out_fd,
	struct sig_compile_report *report);

/**
 * The same in a child process with limits on processor time and memory. A child that dies of one
 * rule is run again without it, and that rule is rejected by name; the rest compiles. out_fd must
 * be seekable. -EDEADLK: it kept dying without a rule to blame.
 */
int sig_compile_child(const struct sig_ruleset *set, const struct sig_compile_opts *opts, int out_fd,
	struct sig_compile_report *report);

void sig_compile_report_fini(struct sig_compile_report *r);

/** Verbs of the command line: argv[0] is the verb. Exit status. */
int sig_cmd_compile(int argc, char **argv);
int sig_cmd_explain(int argc, char **argv);

#endif
