/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of one buffer: its options in order, with a cursor for those that are relative to the
 * match before. When a later option fails, an earlier content or regex that it hangs on is searched
 * for again behind its last match. The number of steps is bounded (the peer's bound: 3,000).
 */
#include "inner.h"
#include <emmintrin.h>
#include <string.h>

#define MAX_STEPS 3000u

/* Steps that one more search with a regex costs, which only looks for a match that is not told yet. */
#define OLD_STEPS 100u

/* NEXT: this branch fails, an earlier match may be moved. STOP: nothing earlier can help. OLD: it is
 * true, but earlier packets have shown it; any match that is moved beyond their bytes makes it new. */
enum { NEXT = 0, YES = 1, OLD = 2, STOP = -1 };

static int run_from(struct insp *x, uint32_t i);

static uint8_t fold(uint8_t c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool equal_nocase(const uint8_t *a, const uint8_t *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

// Bit i: byte i of the 16 at p is c in either case (lo and up hold both).
static unsigned same16(const uint8_t *p, __m128i lo, __m128i up)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)p);

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(v, lo), _mm_cmpeq_epi8(v, up)));
}

static __m128i fill16(uint8_t c)
{
	return _mm_set1_epi8((char)c);
}

static uint8_t upper(uint8_t c)
{
	return (uint8_t)(c >= 'a' && c <= 'z' ? c & ~0x20 : c);
}

// Sixteen places at once: where the first and the last byte fit, the rest is compared.
static const uint8_t *find_nocase(const uint8_t *h, uint32_t n, const uint8_t *p, uint32_t m)
{
	const uint8_t first = fold(p[0]), last = fold(p[m - 1]);
	const __m128i first_lo = fill16(first), first_up = fill16(upper(first));
	const __m128i last_lo = fill16(last), last_up = fill16(upper(last));
	uint32_t i = 0;

	for (; i + m + 15 <= n; i += 16) {
		unsigned at = same16(h + i, first_lo, first_up) &
			same16(h + i + m - 1, last_lo, last_up);

		for (; at; at &= at - 1) {
			const uint8_t *x = h + i + __builtin_ctz(at);

			if (equal_nocase(x, p, m))
				return x;
		}
	}
	for (; i + m <= n; i++)
		if (fold(h[i]) == first && equal_nocase(h + i, p, m))
			return h + i;
	return NULL;
}

static const uint8_t *find(const struct insp *x, const struct sig_img_op *o, const uint8_t *h,
	uint32_t n)
{
	const uint8_t *p = (const uint8_t *)x->e->img->pool + o->data;

	if (n < o->len)
		return NULL;
	if (o->flags & SIG_C_NOCASE)
		return find_nocase(h, n, p, o->len);
	return memmem(h, n, p, o->len);
}

struct window {
	int64_t lo, hi; /* [lo, hi) of the buffer may hold the match */
};

// Where a content may lie. false: nowhere.
static bool content_window(const struct insp *x, const struct sig_img_op *o, uint32_t from,
	struct window *w)
{
	w->lo = 0;
	w->hi = x->len;
	if (o->flags & SIG_C_RELATIVE) {
		const int64_t distance = o->flags & SIG_C_DISTANCE ? dp_num(x, o, 2) : 0;

		w->lo = from + distance;
		if (w->lo < 0)
			w->lo = 0;
		if (o->flags & SIG_C_WITHIN) {
			const int64_t hi = from + distance + dp_num(x, o, 3);

			if (hi < w->hi)
				w->hi = hi;
		}
		if (o->flags & SIG_C_DEPTH) {
			const int64_t hi = from + dp_num(x, o, 0);

			if (hi < w->hi)
				w->hi = hi;
		}
		if ((o->flags & SIG_C_OFFSET) && dp_num(x, o, 1) > w->lo)
			w->lo = dp_num(x, o, 1);
		return true;
	}
	if (o->flags & SIG_C_DEPTH) {
		const int64_t hi = dp_num(x, o, 0) - (int64_t)x->start;

		if (hi < w->hi)
			w->hi = hi;
	}
	if (o->flags & SIG_C_OFFSET) {
		w->lo = dp_num(x, o, 1) - (int64_t)x->start;
		if (w->lo < 0)
			w->lo = 0;
	}
	return !((o->flags & SIG_C_STARTSWITH) && x->start != 0);
}

static const uint8_t *find_in(const struct insp *x, const struct sig_img_op *o, struct window w)
{
	const uint8_t *p = (const uint8_t *)x->e->img->pool + o->data;
	const uint8_t *at;

	if (w.hi > (int64_t)x->len)
		w.hi = x->len;
	if (w.lo >= w.hi || w.hi - w.lo < (int64_t)o->len)
		return NULL;
	if (!(o->flags & SIG_C_ENDSWITH))
		return find(x, o, x->buf + w.lo, (uint32_t)(w.hi - w.lo));
	if (w.hi < (int64_t)x->len || !x->end)
		return NULL;
	at = x->buf + w.hi - o->len;
	if (o->flags & SIG_C_NOCASE)
		return equal_nocase(at, p, o->len) ? at : NULL;
	return memcmp(at, p, o->len) == 0 ? at : NULL;
}

// Remembered as long as the rest of the program goes on from here.
static int replaced(struct insp *x, uint32_t i, const uint8_t *at)
{
	struct dp_detect *d = x->e->d;
	const uint32_t had = d->repl_n;
	int r;

	if (d->repl_on && had < REPLACE_MAX) {
		d->repl[had].op = &x->op[i];
		d->repl[had].at = (uint32_t)(at - x->buf);
		d->repl_n = had + 1;
	}
	r = run_from(x, i + 1);
	if (r != YES)
		d->repl_n = had;
	return r;
}

static bool absent(struct insp *x, const struct sig_img_op *o)
{
	struct window w;

	return !content_window(x, o, x->pos, &w) || !find_in(x, o, w);
}

static int op_absent(struct insp *x, uint32_t i)
{
	const struct sig_img_op *o = &x->op[i];
	const uint32_t len = x->len;

	if (!absent(x, o))
		return o->flags & SIG_C_RELATIVE ? NEXT : STOP;
	// Bytes that follow make an absence false, but that of an end true.
	if ((o->flags & SIG_C_ENDSWITH) && x->e->past && x->e->past < len) {
		x->len = x->e->past;
		if (!absent(x, o))
			dp_looked(x, len);
		x->len = len;
	}
	return run_from(x, i + 1);
}

static int op_content(struct insp *x, uint32_t i)
{
	const struct sig_img_op *o = &x->op[i];
	const uint32_t far = x->far;
	struct window w;
	bool possible = content_window(x, o, x->pos, &w), old = false;

	for (;;) {
		const uint8_t *at = possible ? find_in(x, o, w) : NULL;
		int r;

		if (!at)
			return old ? OLD : o->flags & SIG_C_RELATIVE ? NEXT : STOP;
		x->pos = (uint32_t)(at - x->buf) + o->len;
		dp_looked(x, x->pos);
		r = o->flags & SIG_C_REPLACE ? replaced(x, i, at) : run_from(x, i + 1);
		if (r == YES || r == STOP)
			return r;
		old |= r == OLD;
		x->far = far;
		if (r == NEXT && !(o->flags & SIG_IC_NEXT))
			return STOP;
		if (++x->steps > MAX_STEPS)
			return STOP;
		w.lo = at - x->buf + 1;
		// Where nothing hangs on its place, the first one that is new will do.
		if (!(o->flags & SIG_IC_NEXT) && w.lo + o->len <= (int64_t)x->e->past)
			w.lo = (int64_t)x->e->past - o->len + 1;
		if (o->flags & SIG_C_ENDSWITH)
			return r;
	}
}

static void keep_captures(struct insp *x, const struct sig_img_regex *re, const uint8_t *subject,
	int groups)
{
	const PCRE2_SIZE *ov = pcre2_get_ovector_pointer(x->e->d->md);

	for (uint32_t c = 0; c < re->caps_n && (int)c + 1 < groups; c++) {
		const struct sig_img_cap *cap = &x->e->img->cap[re->cap + c];
		const PCRE2_SIZE a = ov[2 * (c + 1)], b = ov[2 * (c + 1) + 1];

		if (a != PCRE2_UNSET && b >= a)
			dp_var_set(x->e, cap, subject + a, (uint32_t)(b - a));
	}
}

/** The expression looks at what follows a match: does it say the same of the bytes before `past`? */
static bool same_in_old(struct insp *x, uint32_t ref, uint32_t base, PCRE2_SIZE from, PCRE2_SIZE end)
{
	struct dp_detect *d = x->e->d;
	const PCRE2_SIZE *ov = pcre2_get_ovector_pointer(d->md);
	const uint32_t past = x->e->past;

	return base <= past && from <= past - base &&
		pcre2_match(x->e->rs->re[ref], x->buf + base, past - base, from, 0, d->md, d->mc) >= 0 &&
		(end == PCRE2_UNSET || (ov[0] == from && ov[1] == end));
}

static int op_no_pcre(struct insp *x, uint32_t i, uint32_t base)
{
	const uint32_t ref = x->op[i].ref;

	if (x->e->past && x->e->rs->re_ahead[ref] && same_in_old(x, ref, base, 0, PCRE2_UNSET))
		dp_looked(x, x->len);
	return run_from(x, i + 1);
}

static int op_pcre(struct insp *x, uint32_t i)
{
	const struct sig_img_op *o = &x->op[i];
	const struct sig_img_regex *re = &x->e->img->regex[o->ref];
	pcre2_code *code = x->e->rs->re[o->ref];
	const uint32_t base = o->flags & SIG_P_RELATIVE ? x->pos : 0;
	const uint32_t pos = x->pos, far = x->far;
	uint32_t from = 0;
	bool old = false;

	if (!code || base > x->len)
		return NEXT;
	for (;;) {
		const uint8_t *subject = x->buf + base;
		PCRE2_SIZE *ov = pcre2_get_ovector_pointer(x->e->d->md), first, end;
		int rc, r;

		rc = pcre2_match(code, subject, x->len - base, from, 0, x->e->d->md, x->e->d->mc);
		if (rc == PCRE2_ERROR_NOMATCH && (o->flags & SIG_P_NEGATED))
			return op_no_pcre(x, i, base);
		if (rc < 0 || (o->flags & SIG_P_NEGATED))
			return old ? OLD : NEXT;
		first = ov[0];
		end = ov[1];
		x->pos = base + (uint32_t)end;
		from = (uint32_t)first + 1;
		dp_looked(x, x->pos);
		if (re->caps_n)
			keep_captures(x, re, subject, rc);
		if (x->pos <= x->e->past && x->e->rs->re_ahead[o->ref] &&
			!same_in_old(x, o->ref, base, first, end))
			dp_looked(x, x->len);
		r = run_from(x, i + 1);
		if (r != OLD && (r != NEXT || !(o->flags & SIG_IC_NEXT)))
			return r;
		old |= r == OLD;
		x->far = far;
		x->pos = pos;
		x->steps += o->flags & SIG_IC_NEXT ? 1 : OLD_STEPS;
		if (base + from > x->len || x->steps > MAX_STEPS)
			return old ? OLD : NEXT;
	}
}

static bool data_at(struct insp *x, const struct sig_img_op *o)
{
	const int64_t at = dp_num(x, o, 0);
	bool there;

	if (o->flags & SIG_B_RELATIVE)
		there = (int64_t)x->pos + at <= (int64_t)x->len;
	else
		there = at < (int64_t)x->len;
	if (there)
		dp_looked(x, at + (o->flags & SIG_B_RELATIVE ? x->pos : 1));
	return there != ((o->flags & SIG_B_NEGATED) != 0);
}

// Decodes what stands before `upto` into the arena; the lists on base64_data are asked about the result.
static bool base64_lists(struct insp *x, const struct sig_img_op *o, uint64_t from, uint64_t upto)
{
	struct eval *e = x->e;
	const uint32_t used = e->d->arena_n, past = e->past;
	uint32_t n, got;
	uint8_t *out;
	bool ok;

	if (from >= upto)
		return false;
	n = (uint32_t)(upto - from);
	out = dp_arena(e->d, n);
	if (!out)
		return false;
	got = dp_base64(x->buf + from, n, out, n, SIG_B64_RFC2045);
	ok = got != 0;
	e->past = 0; // an offset in the payload
	for (uint32_t i = e->s->list; ok && i < e->s->list + e->s->lists_n; i++)
		if (e->img->list[i].flags & SIG_L_B64)
			ok = dp_inspect(e, &e->img->list[i], out, got, 0, true);
	e->past = past;
	e->d->arena_n = used;
	return ok;
}

static bool base64_decode(struct insp *x, const struct sig_img_op *o)
{
	const uint64_t from = (uint64_t)o->num[1] + (o->aux ? x->pos : 0);
	uint64_t upto = x->len;
	bool old;

	if (from < upto && o->num[0] > 0 && o->num[0] < (int64_t)(upto - from))
		upto = from + (uint64_t)o->num[0];
	// What the old bytes say, too, is old; it comes first because the answer's captures count.
	old = upto <= x->e->past || base64_lists(x, o, from, x->e->past);
	if (!base64_lists(x, o, from, upto))
		return false;
	if (!old)
		dp_looked(x, x->len);
	return true;
}

// These may depend on any byte.
static bool whole_op(struct insp *x, const struct sig_img_op *o)
{
	x->far = x->len;
	x->whole = true;
	switch (o->kind) {
	case SIG_OPT_BSIZE:
		// A window that will grow has no length yet, but is already longer than "more than".
		if (!x->end && o->sub != SIG_OP_GT && o->sub != SIG_OP_GE)
			return false;
		return dp_compare(x->e->img, o, x->start + x->len);
	case SIG_OPT_ENTROPY:
		return dp_entropy(x, o);
	case SIG_OPT_DATASET:
	case SIG_OPT_DATAREP:
		return dp_test_set(x->e, o, x->buf, x->len) == V_YES;
	default:
		return dp_test_match(x->e, o) == V_YES;
	}
}

static bool plain_op(struct insp *x, const struct sig_img_op *o)
{
	switch (o->kind) {
	case SIG_OPT_BYTE_TEST:
		return dp_byte_test(x, o);
	case SIG_OPT_BYTE_JUMP:
		return dp_byte_jump(x, o);
	case SIG_OPT_BYTE_EXTRACT:
		return dp_byte_extract(x, o);
	case SIG_OPT_BYTE_MATH:
		return dp_byte_math(x, o);
	case SIG_OPT_ISDATAAT:
		return data_at(x, o);
	case SIG_OPT_BASE64_DECODE:
		return base64_decode(x, o);
	default:
		return whole_op(x, o);
	}
}

static int run_from(struct insp *x, uint32_t i)
{
	if (++x->steps > MAX_STEPS) {
		x->e->d->ctx->cnt->detect_budget++;
		return STOP;
	}
	for (; i < x->n; i++) {
		const struct sig_img_op *o = &x->op[i];

		if (o->kind == SIG_OPT_CONTENT)
			return o->flags & SIG_C_NEGATED ? op_absent(x, i) : op_content(x, i);
		if (o->kind == SIG_OPT_PCRE)
			return op_pcre(x, i);
		if (!plain_op(x, o))
			return NEXT;
	}
	return x->far && x->far <= x->e->past ? OLD : YES;
}

bool dp_inspect(struct eval *e, const struct sig_img_list *l, const uint8_t *buf, uint32_t len,
	uint64_t start, bool end)
{
	static const uint8_t nothing[1];
	struct insp x = {.e = e,
		.op = e->img->op + l->op,
		.n = l->ops_n,
		.buf = buf ? buf : nothing,
		.len = len,
		.start = start,
		.end = end};

	if (len + start < l->min_len || (end && len + start > l->max_len))
		return false;
	if (run_from(&x, 0) != YES)
		return false;
	e->by_all = x.far == 0 || x.whole;
	return true;
}
