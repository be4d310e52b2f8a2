/* SPDX-License-Identifier: Apache-2.0 */
/** Reading words and numbers out of borrowed, unterminated text. */
#ifndef SIG_SCAN_H
#define SIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sig_str {
	const char *s;
	size_t n;
};

static inline bool sig_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
static inline bool sig_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline char sig_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
/** 0..15, or -1. */
int sig_hex_digit(char c);

struct sig_str sig_trim(struct sig_str t);
/** Whole text equal to a word; _nocase ignores ASCII case. */
bool sig_is(struct sig_str t, const char *word);
bool sig_is_nocase(struct sig_str t, const char *word);
/** True and shortened when t begins with the word. */
bool sig_take(struct sig_str *t, const char *word);
/** Text before the next separator (trimmed); *rest goes behind it. False at the end of text. */
bool sig_next(struct sig_str *rest, char sep, struct sig_str *field);
/** First blank-separated word; *rest goes behind it, trimmed. False when nothing is left. */
bool sig_word(struct sig_str *rest, struct sig_str *word);
/** Split at a separator into at most max trimmed fields; the count, or max + 1 when too many. */
size_t sig_split(struct sig_str t, char sep, struct sig_str *field, size_t max);

/** The whole text as a number (decimal, or hexadecimal with 0x). False when it is not one. */
bool sig_u64(struct sig_str t, uint64_t *v);
bool sig_u32(struct sig_str t, uint32_t max, uint32_t *v);
bool sig_i64(struct sig_str t, int64_t min, int64_t max, int64_t *v);
/** Leading digits of *t as a number, *t shortened. */
bool sig_take_u64(struct sig_str *t, uint64_t *v);
/** Number with optional size suffix: kb, mb, gb, KiB, MiB, GiB (any case). */
bool sig_size(struct sig_str t, uint64_t *v);

/** Word from a table of {word, value}; the table ends with NULL. */
struct sig_word_value {
	const char *word;
	int64_t value;
};
bool sig_lookup(const struct sig_word_value *table, struct sig_str t, int64_t *value);
bool sig_lookup_nocase(const struct sig_word_value *table, struct sig_str t, int64_t *value);

#endif
