/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The table of every keyword of the language: what `rules keywords` prints, what the documentation
 * is generated from, and what the parser dispatches on. Constant, usable from any thread.
 */
#ifndef SIG_KEYWORD_H
#define SIG_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sig_parser;
struct sig_arg;
struct sig_keyword;

enum sig_kw_status {
	SIG_KW_SUPPORTED, /**< parsed and kept in the rule */
	SIG_KW_REFUSED    /**< known by name; a rule with it is skipped and counted */
};

/** What a value must look like; checked before parse() is called. */
#define SIG_KWF_NOVALUE 0x01u   /**< must have none */
#define SIG_KWF_OPTVALUE 0x02u  /**< may have one */
#define SIG_KWF_QUOTED 0x04u    /**< must be in double quotes */
#define SIG_KWF_QUOTABLE 0x08u  /**< quotes are taken off when present */
#define SIG_KWF_NEGATABLE 0x10u /**< a leading ! before the quotes is understood */
#define SIG_KWF_ONCE 0x20u      /**< at most once per rule */
#define SIG_KWF_PACKET 0x40u    /**< needs a packet of its own: excludes transaction buffers */
#define SIG_KWF_STICKY 0x80u    /**< opens a buffer */

struct sig_keyword {
	const char *name;
	const char *aliases; /**< separated by blanks, NULL: none */
	char mark;           /**< E essential, I important, N niche */
	uint8_t status;      /**< enum sig_kw_status */
	uint16_t flags;
	int (*parse)(struct sig_parser *p, const struct sig_keyword *kw, const struct sig_arg *arg);
	int32_t id; /**< enum sig_buffer, sig_number, ...: parse()'s business */
	const char *section;
	const char *doc; /**< one sentence */
};

extern const struct sig_keyword sig_keyword_table[];
extern const size_t sig_keyword_count;

/** What must be offered for a keyword to do anything. */
enum sig_kw_source {
	SIG_KW_ENGINE, /**< nothing: packets, flows and the language itself answer it */
	SIG_KW_BUFFER, /**< bytes: enum sig_buffer */
	SIG_KW_NUMBER, /**< a number: enum sig_number */
	SIG_KW_TEST    /**< an answer of a kind of its own: enum sig_opt_kind */
};
/** Says whether the packet path offers it. This room knows no parsers: the caller brings the answer. */
typedef bool sig_offers_fn(enum sig_kw_source source, uint16_t id);

enum sig_kw_source sig_keyword_source(const struct sig_keyword *kw, uint16_t *id);
/** Rules with it load, and nothing answers it: they never match, or what it asks is not done. False
 *  when `offers` is NULL. */
bool sig_keyword_idle(const struct sig_keyword *kw, sig_offers_fn *offers);

/** By name or alias; NULL when unknown. */
const struct sig_keyword *sig_keyword_find(const char *name, size_t len);
/** Closest name to a misspelt one, or NULL. */
const struct sig_keyword *sig_keyword_guess(const char *name, size_t len);

#endif
