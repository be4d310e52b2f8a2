/* SPDX-License-Identifier: Apache-2.0 */
#include "scan.h"

#include <string.h>
#include <strings.h>

int sig_hex_digit(char c)
{
	if (sig_is_digit(c))
		return c - '0';
	c = sig_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct sig_str sig_trim(struct sig_str t)
{
	while (t.n && sig_is_blank(t.s[0])) {
		t.s++;
		t.n--;
	}
	while (t.n && sig_is_blank(t.s[t.n - 1]))
		t.n--;
	return t;
}

bool sig_is(struct sig_str t, const char *word)
{
	return strlen(word) == t.n && (t.n == 0 || memcmp(t.s, word, t.n) == 0);
}

bool sig_is_nocase(struct sig_str t, const char *word)
{
	return strlen(word) == t.n && (t.n == 0 || strncasecmp(t.s, word, t.n) == 0);
}

bool sig_take(struct sig_str *t, const char *word)
{
	size_t n = strlen(word);

	if (t->n < n || memcmp(t->s, word, n) != 0)
		return false;
	t->s += n;
	t->n -= n;
	return true;
}

bool sig_next(struct sig_str *rest, char sep, struct sig_str *field)
{
	const char *at;

	if (!rest->s)
		return false;
	at = rest->n ? memchr(rest->s, sep, rest->n) : NULL;
	if (!at) {
		*field = sig_trim(*rest);
		rest->s = NULL;
		rest->n = 0;
		return true;
	}
	*field = sig_trim((struct sig_str){rest->s, (size_t)(at - rest->s)});
	rest->n -= (size_t)(at + 1 - rest->s);
	rest->s = at + 1;
	return true;
}

bool sig_word(struct sig_str *rest, struct sig_str *word)
{
	struct sig_str t = sig_trim(*rest);
	size_t n = 0;

	if (!t.n)
		return false;
	while (n < t.n && !sig_is_blank(t.s[n]))
		n++;
	*word = (struct sig_str){t.s, n};
	*rest = sig_trim((struct sig_str){t.s + n, t.n - n});
	return true;
}

size_t sig_split(struct sig_str t, char sep, struct sig_str *field, size_t max)
{
	struct sig_str f;
	size_t n = 0;

	while (sig_next(&t, sep, &f)) {
		if (n == max)
			return max + 1;
		field[n++] = f;
	}
	return n;
}

bool sig_take_u64(struct sig_str *t, uint64_t *v)
{
	uint64_t x = 0;
	size_t i = 0;

	if (t->n > 2 && t->s[0] == '0' && sig_lower(t->s[1]) == 'x' &&
		sig_hex_digit(t->s[2]) >= 0) {
		for (i = 2; i < t->n && sig_hex_digit(t->s[i]) >= 0; i++) {
			if (x >> 60)
				return false;
			x = x << 4 | (uint64_t)sig_hex_digit(t->s[i]);
		}
	} else {
		for (; i < t->n && sig_is_digit(t->s[i]); i++) {
			if (__builtin_mul_overflow(x, 10u, &x) ||
				__builtin_add_overflow(x, (uint64_t)(t->s[i] - '0'), &x))
				return false;
		}
	}
	if (i == 0)
		return false;
	t->s += i;
	t->n -= i;
	*v = x;
	return true;
}

bool sig_u64(struct sig_str t, uint64_t *v)
{
	t = sig_trim(t);
	return sig_take_u64(&t, v) && t.n == 0;
}

bool sig_u32(struct sig_str t, uint32_t max, uint32_t *v)
{
	uint64_t x;

	if (!sig_u64(t, &x) || x > max)
		return false;
	*v = (uint32_t)x;
	return true;
}

bool sig_i64(struct sig_str t, int64_t min, int64_t max, int64_t *v)
{
	bool neg = false;
	uint64_t x;

	t = sig_trim(t);
	if (t.n && (t.s[0] == '-' || t.s[0] == '+')) {
		neg = t.s[0] == '-';
		t.s++;
		t.n--;
	}
	if (!sig_take_u64(&t, &x) || t.n || x > INT64_MAX)
		return false;
	*v = neg ? -(int64_t)x : (int64_t)x;
	return *v >= min && *v <= max;
}

bool sig_size(struct sig_str t, uint64_t *v)
{
	static const struct sig_word_value units[] = {{"", 0}, {"b", 0}, {"kb", 10}, {"kib", 10},
		{"mb", 20}, {"mib", 20}, {"gb", 30}, {"gib", 30}, {NULL, 0}};
	int64_t shift;

	t = sig_trim(t);
	if (!sig_take_u64(&t, v) || !sig_lookup_nocase(units, sig_trim(t), &shift))
		return false;
	if (shift && *v >> (64 - shift))
		return false;
	*v <<= shift;
	return true;
}

bool sig_lookup(const struct sig_word_value *table, struct sig_str t, int64_t *value)
{
	for (; table->word; table++) {
		if (sig_is(t, table->word)) {
			*value = table->value;
			return true;
		}
	}
	return false;
}

bool sig_lookup_nocase(const struct sig_word_value *table, struct sig_str t, int64_t *value)
{
	for (; table->word; table++) {
		if (sig_is_nocase(t, table->word)) {
			*value = table->value;
			return true;
		}
	}
	return false;
}
