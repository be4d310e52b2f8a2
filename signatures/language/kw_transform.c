/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms: what is done to a sticky buffer before it is looked at. */
#include "kw.h"

#include <string.h>

static int key_bytes(struct sig_parser *p, struct sig_str t, struct sig_transform *x)
{
	uint8_t *key = sig_arena_alloc(p->arena, t.n / 2 + 1);

	for (size_t i = 0; i < t.n; i++) {
		int v = sig_hex_digit(t.s[i]);

		if (v < 0)
			return sig_fail(p, t.s + i, 1,
				"write the key as hexadecimal digits: xor:\"0d0a\"",
				"the key is not hexadecimal");
		key[i / 2] = (uint8_t)(key[i / 2] << 4 | v);
	}
	if (!t.n || t.n % 2 || t.n > 512)
		return SIG_FAIL_AT(p, t, "write the key as pairs of hexadecimal digits",
			"the key needs 1 to 256 whole bytes");
	x->arg = (struct sig_bytes){key, (uint32_t)(t.n / 2)};
	return 0;
}

static int base64_arg(
	struct sig_parser *p, struct sig_str word, struct sig_str v, struct sig_transform *x)
{
	static const struct sig_word_value modes[] = {{"rfc4648", SIG_B64_RFC4648},
		{"rfc2045", SIG_B64_RFC2045}, {"strict", SIG_B64_STRICT}, {NULL, 0}};
	int64_t n;

	if (sig_is(word, "mode") && sig_lookup_nocase(modes, v, &n)) {
		x->mode = (enum sig_base64_mode)n;
	} else if (sig_is(word, "offset") && sig_i64(v, 0, UINT16_MAX, &n)) {
		x->offset = (int32_t)n;
	} else if (sig_is(word, "bytes") && sig_i64(v, 1, UINT16_MAX, &n)) {
		x->bytes = (int32_t)n;
		x->bytes_set = true;
	} else {
		return SIG_FAIL_AT(p, word,
			"write from_base64: bytes N, offset N, mode rfc4648 (or rfc2045, "
			"strict)",
			"this is not an argument of from_base64");
	}
	return 0;
}

static int base64_args(struct sig_parser *p, struct sig_str t, struct sig_transform *x)
{
	struct sig_str f, word;

	while (t.n && sig_next(&t, ',', &f)) {
		if (!sig_word(&f, &word))
			return SIG_FAIL_AT(p, t, "remove the comma", "an argument is empty");
		if (base64_arg(p, word, f, x))
			return -1;
	}
	return 0;
}

static int inflate_args(struct sig_parser *p, struct sig_str t, struct sig_transform *x)
{
	struct sig_str word;
	uint32_t v;

	if (!t.n)
		return 0;
	if (!sig_word(&t, &word) || !sig_is(word, "max-size") || !sig_u32(t, INT32_MAX, &v) || !v)
		return SIG_FAIL_AT(
			p, word, "write max-size N", "this is not an argument of %s", p->kw->name);
	x->bytes = (int32_t)v;
	x->bytes_set = true;
	return 0;
}

static int subslice_args(struct sig_parser *p, struct sig_str t, struct sig_transform *x)
{
	struct sig_str f[3];
	size_t n = sig_split(t, ',', f, 3);
	int64_t v;

	if (n < 1 || n > 3 || !sig_i64(f[0], INT32_MIN, INT32_MAX, &v))
		return SIG_FAIL_AT(p, t, "write subslice:offset, bytes, truncate",
			"this is not an argument of subslice");
	x->offset = (int32_t)v;
	if (n > 1 && sig_i64(f[1], INT32_MIN, INT32_MAX, &v)) {
		x->bytes = (int32_t)v;
		x->bytes_set = true;
	} else if (n > 1 && !sig_is(f[1], "truncate")) {
		return SIG_FAIL_AT(p, f[1], "write a number of bytes", "this is not a length");
	}
	x->truncate = n > 1 && sig_is(f[n - 1], "truncate");
	if (n == 3 && !x->truncate)
		return SIG_FAIL_AT(p, f[2], "write truncate or nothing", "unknown third argument");
	return 0;
}

static int arguments(struct sig_parser *p, const struct sig_arg *arg, struct sig_transform *x)
{
	uint32_t captures;

	switch (x->kind) {
	case SIG_XF_XOR:
		return key_bytes(p, arg->t, x);
	case SIG_XF_FROM_BASE64:
		return base64_args(p, arg->t, x);
	case SIG_XF_GUNZIP:
	case SIG_XF_ZLIB_DEFLATE:
		return inflate_args(p, arg->t, x);
	case SIG_XF_SUBSLICE:
		return subslice_args(p, arg->t, x);
	case SIG_XF_PCREXFORM:
		x->arg = (struct sig_bytes){
			(const uint8_t *)sig_arena_strndup(p->arena, arg->t.s, arg->t.n),
			(uint32_t)arg->t.n};
		if (sig_regex_check(p, arg->t.s, arg->t.n, 0, arg->t, &captures))
			return -1;
		if (captures != 1)
			return SIG_FAIL_AT(p, arg->t,
				"put one pair of parentheses around what is to stay",
				"the expression has %u captures, not one", captures);
		return 0;
	default:
		return 0;
	}
}

/*
 * A transform after the buffer's first options begins a second look at the same buffer:
 * untransformed for what stands before, transformed for what follows.
 */
static int reopen(struct sig_parser *p)
{
	uint8_t dirs = p->list[p->cur].dirs;
	uint16_t list = sig_list_get(p, p->list[p->cur].buffer, p->list[p->cur].name, true);

	if (list == SIG_LIST_NONE)
		return -1;
	p->list[list].dirs = dirs;
	p->cur = list;
	return 0;
}

SIG_KW_FN(transform)
{
	struct sig_transform x = {.kind = (enum sig_transform_kind)kw->id};
	struct sig_transform *all;
	struct sig_list *l;

	if (!p->sticky)
		return sig_fail(p, NULL, 0, "write it right after a sticky buffer such as http.uri",
			"%s, a transform, needs a sticky buffer before it", kw->name);
	if (p->list[p->cur].opts_n && reopen(p))
		return -1;
	l = &p->list[p->cur];
	if (l->transforms_n == SIG_MAX_TRANSFORMS)
		return sig_fail(
			p, NULL, 0, "use fewer", "more than %d transforms", SIG_MAX_TRANSFORMS);
	if (arguments(p, arg, &x))
		return -1;
	all = sig_arena_alloc(p->arena, (l->transforms_n + 1u) * sizeof(*all));
	if (l->transforms_n)
		memcpy(all, l->transform, l->transforms_n * sizeof(*all));
	all[l->transforms_n++] = x;
	l->transform = all;
	return 0;
}
