/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Private to the compiler: an image under construction. Sections are growing arrays; strings and
 * equal records are shared. Memory failure sticks in `oom` and is reported at the end.
 */
#ifndef SIG_COMPILE_BUILD_H
#define SIG_COMPILE_BUILD_H

#include <sig/compile.h>
#include <sig/image.h>

struct vec {
	uint8_t *p;
	size_t n, cap; /* bytes */
};

/** Open addressing from a key to an index; keys are ranges of a section (offset, length). */
struct index_map {
	uint32_t *slot; /* 0 empty, else value + 1 */
	uint64_t *hash;
	uint32_t mask, used;
};

/** What the grouping stage knows about one rule beyond its image record. */
struct pick {
	uint32_t list; /* absolute list index, NONE */
	uint32_t op;
	uint32_t off, len;
	uint8_t is_regex;
	uint32_t text;   /* pool string: what is searched for when it is no option as it stands; 0: none */
	uint32_t options; /* PCRE2's, of the expression */
	/** Of an expression: bytes of its longest match, and the same of the piece of it that is searched
	 *  for in bytes that come in parts (0: itself). NONE: of any length. */
	uint32_t width, part, part_len, part_width;
	uint32_t reach;  /* pf_reach of the signature */
	double cost;
	double bits; /* -log2 of the share of looks it hits, without bound */
};

struct build {
	const struct sig_ruleset *set;
	const struct sig_compile_opts *opts;
	struct sig_compile_report *rep;
	struct vec sec[SIG_SEC__COUNT];
	struct index_map strings, addrs, addrs6, addr_sets, xfs, regexes, sets, repcats;
	uint32_t *order; /* rule indices in evaluation order */
	size_t order_n;
	struct pick *pick; /* by signature */
	bool *plain; /* by signature: Hyperscan refused its expression, nothing but literals for it */
	const bool *skip;  /* by rule index: rejected already; may be NULL */
	volatile uint32_t *current; /* rule index + 1 at work, for the parent process; may be NULL */
	struct kept *kept; /* databases of the round before (hsdb.c), for when rules are set aside */
	uint32_t kept_n;
	bool careful; /* compile expressions one by one first, so that a bomb has a name */
	int oom;
};

/** Grow by n bytes (zeroed), returns where, or NULL. */
void *vec_grow(struct vec *v, size_t n);
/* json_tree.c: append the members of a JSON object as tokens; nonzero: no memory. */
struct json_t;
int json_tree(struct vec *v, const struct json_t *object);
/** Append one record; returns its index. */
uint32_t build_add(struct build *b, enum sig_img_section s, const void *rec, size_t size);
uint32_t build_count(const struct build *b, enum sig_img_section s, size_t size);
/** Intern a string; NULL and "" are 0. */
uint32_t build_str(struct build *b, const char *s);
/** Bytes into the pool (not shared), aligned to `align`, followed by a zero. */
uint32_t build_bytes(struct build *b, const void *p, size_t n, size_t align);
/** Share equal runs of a section: index of `n` records equal to `recs`, appended when new. */
uint32_t build_run(struct build *b, enum sig_img_section s, struct index_map *m, const void *recs,
	size_t size, uint32_t n);
void build_fini(struct build *b);
int build_write(struct build *b, int fd, uint64_t content_id);
void build_reject(struct build *b, const struct sig_rule *r, const char *why);
/** An entry of a list file that is left out; line 0: somewhere in it. */
void build_list_fault(struct build *b, const char *file, unsigned line, const char *why);

/** Hyperscan refused the expression that this rule was to be searched by. */
void build_search_fault(struct build *b, const struct sig_rule *r, const char *why);

/** compile.c: everything after the build is set up. */
int compile_with(struct build *b, int out_fd);
/** lower.c: one rule into records. -EINVAL with a reason: cannot be expressed. */
void lower_global_table(struct build *b);
int lower_rule(struct build *b, const struct sig_rule *r, uint32_t order, const char **why);
/** lower_op.c: the option into *o. */
int lower_op(struct build *b, const struct sig_opt *opt, struct sig_img_op *o, const char **why);
/** classify.c */
enum sig_img_class classify(const struct sig_rule *r, uint32_t *flags);
int order_rules(struct build *b);
/** app-layer-event:applayer_...: about protocol detection, of a packet and no transaction. */
bool is_detection_event(const struct sig_opt *o);
/** Does an option of this kind ask a transaction, not in a buffer? */
bool asks_transaction(enum sig_opt_kind kind);
/** sets.c: dataset, datarep or hash list by name; -errno with a reason. */
int build_dataset(struct build *b, const char *name, enum sig_img_set_kind kind,
	enum sig_set_type type, const struct sig_dataset *d, const char *load, uint32_t *index,
	const char **why);
int build_reputation(struct build *b);
uint32_t build_rep_category(struct build *b, const char *name);
/** cost.c: choose what to search for; what an earlier choice and grouping left is taken back. */
void choose_patterns(struct build *b);
/** group.c: groups, patterns, hits. */
int group_patterns(struct build *b);
/** What asks for a few ports is searched for in packets of these only: sets, one of them NONE. */
bool group_ports(const struct build *b, const struct sig_img_sig *s, uint32_t *sport,
	uint32_t *dport);
/** hsdb.c: a database per group. -EAGAIN: Hyperscan refused expressions; the rules are in `plain` now,
 *  choose and group again. It ends: each round takes the expression from one rule more at least. */
int compile_groups(struct build *b);
void kept_free(struct build *b);
/** Bytes of a match; max UINT32_MAX: no bound. */
struct width {
	uint32_t min, max;
};
/** Can this expression be searched alone by Hyperscan, in reasonable time? */
bool regex_fits(const char *pattern, uint32_t pcre2_options, struct width *w);
/** Does Hyperscan understand it? It may still refuse to compile it. */
bool regex_known(const char *pattern, uint32_t pcre2_options, struct width *w);
unsigned regex_hs_flags(uint32_t pcre2_options);

uint32_t ms_now(void);
void report_progress(struct build *b, const char *stage, uint32_t done, uint32_t total);

#endif
