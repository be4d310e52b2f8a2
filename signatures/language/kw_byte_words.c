/* SPDX-License-Identifier: Apache-2.0 */
#include "kw_byte.h"

#include <string.h>

struct plain_word {
	const char *word;
	uint32_t flag;
	uint8_t base;
	bool endian;
	uint32_t needs;
};
static const struct plain_word plain[] = {
	{"relative", SIG_B_RELATIVE, 0, false, 0},
	{"big", 0, 0, true, 0},
	{"little", SIG_B_LITTLE, 0, true, 0},
	{"string", SIG_B_STRING, 0, false, 0},
	{"hex", 0, 16, false, 0},
	{"dec", 0, 10, false, 0},
	{"oct", 0, 8, false, 0},
	{"dce", SIG_B_DCE, 0, true, 0},
	{"align", SIG_B_ALIGN, 0, false, SIG_BW_ALIGN},
	{"from_beginning", SIG_B_FROM_BEGINNING, 0, false, SIG_BW_FROM},
	{"from_end", SIG_B_FROM_END, 0, false, SIG_BW_FROM},
	{NULL, 0, 0, false, 0},
};

static int plain_word(struct sig_parser *p, const struct plain_word *f, struct sig_str t,
	struct sig_byte_words *w)
{
	if ((f->endian && w->endian_set) || (f->base && w->base_set) ||
		(f->flag && (w->flags & f->flag)))
		return SIG_FAIL_AT(
			p, t, "keep one of them", "byte order, base or this word is given twice");
	w->flags |= f->flag;
	w->endian_set |= f->endian;
	if (f->base) {
		w->base = f->base;
		w->base_set = true;
	}
	return 0;
}

int sig_byte_word(struct sig_parser *p, struct sig_str t, struct sig_byte_words *w)
{
	struct sig_str word, v = t;
	uint32_t n;

	if (!sig_word(&v, &word))
		return sig_fail(p, NULL, 0, "remove the extra comma", "an argument is empty");
	for (const struct plain_word *f = plain; f->word; f++) {
		if (!v.n && sig_is(word, f->word) && (f->needs & ~w->allowed) == 0)
			return plain_word(p, f, t, w);
	}
	if (sig_is(word, "bitmask") && v.n) {
		/* Snort and Suricata both take it with or without 0x: always hexadecimal. */
		struct sig_str x = v;
		uint64_t mask = 0;

		if (x.n > 2 && x.s[0] == '0' && sig_lower(x.s[1]) == 'x')
			x = (struct sig_str){x.s + 2, x.n - 2};
		for (size_t i = 0; i < x.n; i++) {
			if (sig_hex_digit(x.s[i]) < 0 || x.n > 8)
				return SIG_FAIL_AT(
					p, v, "write bitmask 0x1ff0", "this is not a bit mask");
			mask = mask << 4 | (uint64_t)sig_hex_digit(x.s[i]);
		}
		if (!mask)
			return SIG_FAIL_AT(p, v, "set at least one bit", "the bit mask is zero");
		w->bitmask = mask;
		w->flags |= SIG_B_BITMASK;
		return 0;
	}
	if (sig_is(word, "multiplier") && (w->allowed & SIG_BW_MULTIPLIER)) {
		if (!sig_u32(v, UINT16_MAX, &n) || !n)
			return SIG_FAIL_AT(
				p, v, "write a number from 1 to 65535", "this is not a multiplier");
		w->multiplier = n;
		return 0;
	}
	if (sig_is(word, "align") && (w->allowed & SIG_BW_ALIGN_N)) {
		if (!sig_u32(v, 4, &n) || (n != 2 && n != 4))
			return SIG_FAIL_AT(
				p, v, "write align 2 or align 4", "this is not an alignment");
		w->align = (uint16_t)n;
		return 0;
	}
	if (sig_is(word, "post_offset") && (w->allowed & SIG_BW_FROM))
		return sig_value_parse(
			p, v, -UINT16_MAX, UINT16_MAX, "post_offset", &w->post_offset);
	if (sig_is(word, "endian") && v.n)
		return sig_byte_word(p, v, w);
	if (sig_is(word, "string") && v.n)
		return sig_byte_word(p, word, w) ? -1 : sig_byte_word(p, v, w);
	return SIG_FAIL_AT(p, t, "see sekisho-signatures(7) for the words it takes",
		"%s does not know this argument", p->kw->name);
}

/* Most digits a 64-bit number has in a base. */
static int64_t max_digits(uint8_t base)
{
	return base == 8 ? 23 : base == 16 ? 18 : 20;
}

int sig_byte_words_check(struct sig_parser *p, struct sig_byte_words *w,
	const struct sig_value *nbytes, uint32_t max_binary)
{
	uint32_t f = w->flags;

	if ((f & SIG_B_DCE) && (f & SIG_B_STRING))
		return sig_fail(p, NULL, 0, "remove one of them", "dce does not go with string");
	if ((f & SIG_B_FROM_BEGINNING) && (f & SIG_B_FROM_END))
		return sig_fail(p, NULL, 0, "remove one of them",
			"from_beginning does not go with from_end");
	if (w->base_set && !(f & SIG_B_STRING))
		return sig_fail(p, NULL, 0, "add string", "hex, dec and oct need string");
	if ((f & SIG_B_STRING) && !w->base_set)
		w->base = 10;
	if (nbytes->var == SIG_VAR_NONE) {
		int64_t max = f & SIG_B_STRING ? max_digits(w->base) : max_binary;

		if (nbytes->num > max)
			return sig_fail(p, NULL, 0, NULL,
				"at most %lld bytes can be read here, not %lld", (long long)max,
				(long long)nbytes->num);
		/* Zero: as many digits as there are; a jump from the end or beginning reads none.
		 */
		if (nbytes->num == 0 && !(f & SIG_B_STRING) && !(w->allowed & SIG_BW_FROM))
			return sig_fail(
				p, NULL, 0, "read at least one byte", "no byte would be read");
	}
	if (f & SIG_B_DCE) {
		if (p->rule->app != SIG_PROTO_SMB && p->rule->app != SIG_PROTO_UNKNOWN &&
			sig_need_proto(p, SIG_PROTO_DCERPC))
			return -1;
	}
	return 0;
}
