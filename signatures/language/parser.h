/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Inside the language library: the state while one rule is read, and what keyword functions call.
 *
 * A keyword function gets its value as a piece of the rule's text, fills options through
 * sig_opt_add(), and returns 0, or the result of sig_fail() / sig_skip(). The first failure wins.
 */
#ifndef SIG_PARSER_H
#define SIG_PARSER_H

#include "arena.h"
#include "intern.h"
#include "scan.h"

#include <sig/keyword.h>
#include <sig/ruleset.h>

/** Limits of one rule; beyond them it is refused. */
#define SIG_MAX_OPTS 4096
#define SIG_MAX_LISTS 512
#define SIG_MAX_VARS 64
#define SIG_MAX_TRANSFORMS 8

struct sig_class {
	const char *text;
	uint32_t priority;
};

/** A rule that a list disabled and that sets state. */
struct sig_pending {
	struct sig_rule *rule;
	size_t file; /**< index of its sig_file_count */
	bool listed; /**< already among the set's rules, as disabled */
};

/** Everything that belongs to the set while it is being loaded. */
struct sig_set {
	struct sig_ruleset pub; /* first: what the caller sees */
	struct sig_arena arena;
	struct sig_load_options opts;
	struct sig_vars *own_vars; /* when the caller gave none */
	const struct sig_vars *vars;
	struct sig_intern keywords; /* name or alias -> table index + 1 */
	struct sig_intern strings;
	struct sig_intern addr_by_text, addr_by_value, port_by_text, port_by_value;
	struct sig_intern classes;    /* name -> struct sig_class */
	struct sig_intern references; /* type -> URL head */
	struct sig_intern sids;       /* "gid:sid" bytes -> index + 1 */
	struct sig_intern regexes;    /* regexes already proven valid */
	const struct sig_rule **rule;
	size_t rules_n, rules_cap;
	struct sig_error *error;
	size_t errors_n, errors_cap;
	struct sig_file_count *file;
	size_t files_n, files_cap;
	struct sig_global *global;
	size_t globals_n, globals_cap;
	struct sig_parser *parser;
	struct sig_pending *pending;
	size_t pending_n, pending_cap;
	struct sig_lists *lists; /* enable, disable, modify, drop */
	struct sig_policy *policy;
	struct sig_change *change;
	size_t changes_n, changes_cap;
	bool out_of_memory;
};

/** A keyword's value. */
struct sig_arg {
	struct sig_str t; /**< trimmed, quotes removed; empty when absent */
	bool present, quoted, negated;
};

/** Where a joined line came from. */
struct sig_piece {
	uint32_t at;     /* offset in the joined text */
	uint32_t line;   /* physical line */
	uint32_t column; /* of that offset, from 1 */
};

struct sig_reading {
	const char *file;
	const char *dir; /* of the file: where relative paths start */
	const char *text;
	uint32_t len;
	const struct sig_piece *piece;
	uint32_t pieces_n;
};

struct sig_parser {
	struct sig_set *set;
	struct sig_arena *arena;
	const struct sig_reading *in;
	enum sig_dialect dialect;
	struct sig_rule *rule;

	struct sig_opt *opt;
	size_t opts_n, opts_cap;
	struct sig_list *list;
	size_t lists_n, lists_cap;
	struct sig_str list_at[SIG_MAX_LISTS]; /* the word that opened each list */
	struct sig_reference *ref;
	size_t refs_n, refs_cap;
	struct sig_metadata *meta;
	size_t meta_n, meta_cap;
	const char *var[SIG_MAX_VARS];
	uint16_t var_list[SIG_MAX_VARS]; /* list in which it was made */
	size_t vars_n;

	uint16_t cur;      /* current list, SIG_LIST_NONE: the payload list, made when used */
	bool sticky;       /* cur was opened by a sticky buffer */
	bool snort;        /* the rule is in one of Snort's dialects */
	uint8_t hook_dirs; /* direction that the header's hook asks for, 0: none */
	const struct sig_keyword *kw;
	const char *kw_at;
	uint16_t kw_index;
	uint64_t once[8]; /* bit per keyword index */
	bool seen_sid, seen_rev, seen_gid, seen_priority;
	bool seen_packet, seen_stream;
	const char *packet_at, *tx_at, *only_stream_at;
	const struct sig_keyword *packet_kw;

	bool failed, skipped;
	const char *err_at;
	size_t err_len;
	const char *sentence, *cure;
};

/**
 * Refuse the rule. at points into its text (NULL: the current keyword) and len covers the word at
 * fault. cure may be NULL. Returns -1 for the caller to return.
 */
int sig_fail(struct sig_parser *p, const char *at, size_t len, const char *cure, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));
/** The same, but the rule is understood and deliberately not loaded. */
int sig_skip(struct sig_parser *p, const char *at, size_t len, const char *cure, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));
/** The rule loads; the operator is told. */
void sig_warn(struct sig_parser *p, const char *at, size_t len, const char *cure, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));
/** Physical place of a pointer into the (joined) text. */
void sig_place(const struct sig_reading *in, const char *at, uint32_t *line, uint32_t *column);
/** sig_fail() with the text of a value as word. */
#define SIG_FAIL_AT(p, str, cure, ...) sig_fail((p), (str).s, (str).n, (cure), __VA_ARGS__)

#define SIG_SKIP_AT(p, str, cure, ...) sig_skip((p), (str).s, (str).n, (cure), __VA_ARGS__)

/** Append a record that does not come from a rule under parse. Strings are copied. */
void sig_set_error(struct sig_set *set, const struct sig_error *e);

/** Interned copy of text. */
const char *sig_intern_text(struct sig_parser *p, struct sig_str t);

/** New option on no list. NULL after sig_fail() when the rule has too many. */
struct sig_opt *sig_opt_add(struct sig_parser *p, enum sig_opt_kind kind);
/** New option on the current list (payload when no sticky buffer is open). */
struct sig_opt *sig_opt_add_here(struct sig_parser *p, enum sig_opt_kind kind);
/** Current list, made when needed. */
uint16_t sig_list_here(struct sig_parser *p);
/** List for (buffer, no transforms); fresh: always a new instance. */
uint16_t sig_list_get(struct sig_parser *p, enum sig_buffer buffer, const char *name, bool fresh);
/** Last content in the current list, or in any when no sticky buffer is open. NULL: none. */
struct sig_opt *sig_last_content(struct sig_parser *p);
/** Variable by name: its index, or SIG_VAR_NONE. */
uint8_t sig_var_find(const struct sig_parser *p, struct sig_str name);
/** Make a variable. SIG_VAR_NONE after sig_fail(). */
uint8_t sig_var_make(struct sig_parser *p, struct sig_str name);
/** Number or variable. what names it in the message. */
int sig_value_parse(struct sig_parser *p, struct sig_str t, int64_t min, int64_t max,
	const char *what, struct sig_value *out);
/** The rule needs this application protocol. */
int sig_need_proto(struct sig_parser *p, enum sig_proto proto);
/** Path as written, made relative to the data directory or the rule file's. */
const char *sig_path(struct sig_parser *p, struct sig_str t);

/** Make the parser ready for a text; record its failure as an error. */
void sig_parse_begin(struct sig_parser *p, const struct sig_reading *in);
void sig_parse_report(struct sig_parser *p);

/* header.c, options.c, finish.c, requires.c, sets.c: the stages of one rule */
int sig_header_parse(struct sig_parser *p, struct sig_str *options);
int sig_options_parse(struct sig_parser *p, struct sig_str options);
int sig_rule_finish(struct sig_parser *p);
int sig_requires_prescan(struct sig_parser *p, struct sig_str options);
/** Application protocol by name in the header; SIG_PROTO_UNKNOWN when there is none. */
enum sig_proto sig_proto_find(struct sig_str t);
uint8_t sig_app_transports(enum sig_proto proto);
const struct sig_addrs *sig_addrs_parse(struct sig_parser *p, struct sig_str t);
const struct sig_ports *sig_ports_parse(struct sig_parser *p, struct sig_str t);
/** One option; also used by the Snort front ends. */
int sig_option_run(struct sig_parser *p, struct sig_str name, struct sig_str value, bool present);

/* The set's own files: config_file.c, threshold_file.c, filter.c. */
void sig_keywords_intern(struct sig_intern *t);
/** Built-in tables, then the files of the options. 0 or -errno with an error record. */
int sig_config_load(struct sig_set *set);
int sig_threshold_load(struct sig_set *set);
/** Every line of a file that is neither empty nor a comment; a failed line becomes an error record.
 */
int sig_config_read(
	struct sig_set *set, const char *path, int (*line)(struct sig_parser *p, struct sig_str t));
/** Whole file into the arena, terminated. 0 or -errno with an error record. */
int sig_file_read(struct sig_set *set, const char *path, char **text, size_t *len);

/* filter.c: enable, disable, modify and drop lists, applied to a rule's text. */
int sig_lists_load(struct sig_set *set);
struct sig_filter_result {
	bool enabled;
	bool drop;
	const char *text; /**< rewritten text, or NULL */
	const char *fault; /**< a sentence: the lists cannot be applied to the rule; or NULL */
};
void sig_lists_apply(struct sig_set *set, const char *file, const char *text, size_t len,
	bool enabled, struct sig_filter_result *out);
void sig_lists_free(struct sig_set *set);
/** The file's name fits the glob, with or without directory and ".rules". */
bool sig_group_is(const char *file, const char *glob);

/* depend.c: bring back what was disabled by a list and is needed for its state. */
void sig_depend_resolve(struct sig_set *set);
/** Is the sid new? Otherwise the higher revision stays and the other is recorded. */
bool sig_set_admit(struct sig_set *set, const struct sig_rule *r);
void sig_set_append(struct sig_set *set, const struct sig_rule *r);

/* Shared grammars. */
int sig_cmp_parse(struct sig_parser *p, struct sig_str t, uint64_t max,
	const struct sig_word_value *names, struct sig_cmp *out);
/** The bytes of a pattern as written between quotes: |41 42| and escapes. */
int sig_pattern_decode(struct sig_parser *p, struct sig_str t, struct sig_bytes *out);
/** PCRE2 check of a regex; 0 or sig_fail(). */
int sig_regex_check(struct sig_parser *p, const char *pattern, size_t len, uint32_t options,
	struct sig_str where, uint32_t *captures);

/** Read one rule. 0: *out is the rule. -1: p->failed or p->skipped tells. */
int sig_rule_parse(struct sig_parser *p, const struct sig_reading *in, const struct sig_rule **out);

#endif
