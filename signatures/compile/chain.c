/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents in a row. Each positive content without variables is a part; a part that is relative
 * belongs to the family of the content before it, every other begins a family. From the options of
 * a part follow the gap to the part before it and, where the family's first part is bound, where in
 * the buffer it may begin. Candidates for an expression are
 *
 *   the parts whose place is fixed, of all families, then what follows the last of them in its own;
 *   a family whose first part is bound to a range of places;
 *   every tail of a family, anywhere.
 *
 * The one with most bits wins. Wide gaps become "anything", so that Hyperscan's automata stay small.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "chain.h"
#include <ctype.h>
#include <math.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PARTS_MAX 24u
#define OPEN INT64_MAX
#define PLACE_MAX 512  /* nothing is anchored further in */
#define SLACK_MAX 12   /* a bounded gap may vary by this much */
#define GAP_MAX 64     /* and is at least this long at most */
#define SPAN_MAX 160   /* bytes and gaps of one expression */
#define ENOUGH_BITS 64.0
#define SIZE_BITS 5.0 /* how rare one size of a payload is */
#define LITERAL_MAX 32 /* bytes of one part */

struct part {
	const uint8_t *p;
	uint32_t len;
	bool nocase, first, ends; /* ends: with it the bytes end */
	uint8_t base;       /* enum chain_anchor: what lo and hi count from */
	int64_t lo, hi;     /* where it may begin; hi OPEN: nobody knows */
	int64_t gap, gap_hi; /* from the end of the part before; hi OPEN */
};

struct parts {
	struct part v[PARTS_MAX];
	uint32_t n;
	int64_t size; /* of all the bytes; OPEN: unknown */
};

/* ---- from options to parts ------------------------------------------------------------------- */

/** Where the cursor stands: so many bytes behind the end of the part before, or the first byte. */
struct cursor {
	bool lost;
	bool at_start;
	int64_t lo, hi; /* hi OPEN: or any more */
};

static bool has_variable(const struct sig_img_op *o)
{
	for (unsigned i = 0; i < 4; i++)
		if (o->var[i] != SIG_VAR_NONE)
			return true;
	return false;
}

static int64_t plus(int64_t a, int64_t b)
{
	return a == OPEN || b == OPEN ? OPEN : a + b;
}

static void move(struct cursor *c, bool relative, int64_t lo, int64_t hi)
{
	if (!relative || lo < 0)
		c->lost = true;
	c->lo += lo;
	c->hi = plus(c->hi, hi);
}

/**
 * "^.{27}" is a way to skip as many bytes; every other expression ends somewhere behind. With "m" it
 * may begin behind any line end, and with UTF it counts characters.
 */
static int64_t skipped(const char *re, uint32_t options)
{
	int n = 0, end = 0;

	if ((options & (PCRE2_MULTILINE | PCRE2_UTF)) || strncmp(re, "^.{", 3) != 0 || !isdigit((unsigned char)re[3]))
		return -1;
	return sscanf(re, "^.{%3d}%n", &n, &end) == 1 && end && !re[end] ? n : -1;
}

/** The cursor behind an option that is no content. */
static void follow(struct cursor *c, const struct sig_img_op *o, const struct build *b)
{
	const struct sig_img_regex *re = (const void *)b->sec[SIG_SEC_REGEX].p;
	const bool relative = (o->flags & SIG_B_RELATIVE) && !has_variable(o) &&
		!(o->flags & (SIG_B_FROM_BEGINNING | SIG_B_FROM_END | SIG_B_END));
	int64_t n;

	switch (o->kind) {
	case SIG_OPT_PCRE:
		if (o->flags & SIG_P_NEGATED)
			return;
		n = skipped((const char *)b->sec[SIG_SEC_POOL].p + re[o->ref].data, re[o->ref].options);
		move(c, o->flags & SIG_P_RELATIVE, n < 0 ? 0 : n, n < 0 ? OPEN : n);
		return;
	case SIG_OPT_BYTE_JUMP: // as far as a number says, or nowhere without one
		n = o->num[0] + o->num[1] + o->num[2];
		move(c, relative, n, o->num[0] ? OPEN : n);
		return;
	case SIG_OPT_BYTE_EXTRACT:
	case SIG_OPT_BYTE_MATH:
		n = o->num[0] + o->num[1];
		move(c, relative && o->num[0] > 0, n, o->flags & SIG_B_STRING ? OPEN : n);
		return;
	default:
		return;
	}
}

static void place_counted(struct part *q, const struct sig_img_op *o, int64_t size)
{
	q->first = true;
	q->base = ANCHOR_COUNTED;
	q->lo = o->flags & SIG_C_OFFSET ? o->num[1] : 0;
	q->hi = o->flags & SIG_C_DEPTH ? o->num[0] - o->len : OPEN;
	if (size != OPEN && size - o->len < q->hi)
		q->hi = size - o->len;
	if (q->hi == OPEN)
		q->base = ANCHOR_NONE;
}

/** before: the part before the cursor, NULL: there is none. */
static void place_relative(struct part *q, const struct part *before, const struct cursor *c,
	const struct sig_img_op *o)
{
	q->gap = o->flags & SIG_C_DISTANCE ? o->num[2] : 0;
	q->gap_hi = o->flags & SIG_C_WITHIN ? q->gap + o->num[3] - o->len : OPEN;
	if ((o->flags & SIG_C_DEPTH) && o->num[0] - o->len < q->gap_hi)
		q->gap_hi = o->num[0] - o->len;
	q->gap += c->lo;
	q->gap_hi = plus(q->gap_hi, c->hi);
	if (!before) {
		q->base = ANCHOR_WINDOW;
		q->lo = q->gap < 0 ? 0 : q->gap;
		q->hi = q->gap_hi;
		return;
	}
	q->first = false;
	q->base = before->base;
	q->lo = before->lo + before->len + q->gap;
	if (q->lo < 0)
		q->lo = 0;
	q->hi = plus(plus(before->hi, before->len), q->gap_hi);
}

static void collect(const struct build *b, const struct sig_img_list *l, struct parts *all)
{
	const struct sig_img_op *op = (const struct sig_img_op *)b->sec[SIG_SEC_OP].p + l->op;
	const uint8_t *pool = b->sec[SIG_SEC_POOL].p;
	struct cursor at = {.at_start = true};

	for (uint32_t i = 0; i < l->ops_n && all->n < PARTS_MAX; i++) {
		const struct sig_img_op *o = &op[i];
		struct part *q = &all->v[all->n];
		const bool relative = o->flags & SIG_C_RELATIVE;

		if (o->kind != SIG_OPT_CONTENT)
			follow(&at, o, b);
		if (o->kind != SIG_OPT_CONTENT || (o->flags & SIG_C_NEGATED))
			continue;
		*q = (struct part){.p = pool + o->data, .len = o->len, .hi = OPEN, .gap_hi = OPEN,
			.nocase = (o->flags & SIG_C_NOCASE) != 0, .first = true,
			.ends = (o->flags & SIG_C_ENDSWITH) != 0};
		if (has_variable(o) || (relative && at.lost))
			q->base = ANCHOR_NONE; // somewhere
		else if (!relative)
			place_counted(q, o, all->size);
		else
			place_relative(q, at.at_start ? NULL : q - 1, &at, o);
		if (q->hi != OPEN && (q->hi < q->lo || q->hi > PLACE_MAX))
			q->hi = OPEN;
		all->n++;
		at = (struct cursor){0};
	}
}

/** dsize:N of a signature that looks at packets only; OPEN without. */
static int64_t size_of(const struct build *b, const struct sig_img_sig *s)
{
	const struct sig_img_op *op = (const struct sig_img_op *)b->sec[SIG_SEC_OP].p + s->match;

	for (uint32_t i = 0; i < s->match_n && !(s->flags & SIG_F_NEED_STREAM); i++)
		if (op[i].kind == SIG_OPT_NUMBER && op[i].ref == SIG_NUM_DSIZE &&
			op[i].sub == SIG_OP_EQ && !has_variable(&op[i]) && s->cls == SIG_CLS_PACKET)
			return op[i].num[0];
	return OPEN;
}

/* ---- from parts to an expression -------------------------------------------------------------- */

/** What stands between two gaps of any length. */
struct piece {
	uint32_t at, parts;
	double bits;
};

struct writer {
	struct chain *c;
	uint32_t n;     /* of text */
	int64_t span;   /* bytes and gaps so far */
	bool full, ended;
	double bytes; /* that a look sees */
	struct piece now;
	double best; /* bits of the rarest piece so far */
};

static void put(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->c->text + w->n, CHAIN_TEXT - w->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (uint32_t)n >= CHAIN_TEXT - w->n)
		w->full = true;
	else
		w->n += (uint32_t)n;
}

static void end_piece(struct writer *w)
{
	const struct piece *x = &w->now;
	const double bits = x->bits - (x->at == 0 && w->c->text[0] == '^' ? 0 : log2(w->bytes));

	if (x->parts && (!w->c->piece_len || bits > w->best)) {
		w->best = bits;
		w->c->piece = x->at;
		w->c->piece_len = w->n - x->at;
	}
	w->now = (struct piece){.at = w->n};
}

/** Any bytes, lo to hi of them; how many more places that leaves goes off the bits. */
static void put_gap(struct writer *w, int64_t lo, int64_t hi, double most)
{
	const bool open = hi == OPEN || hi - lo > SLACK_MAX || lo > GAP_MAX;
	const double places = open ? most : fmin(most, (double)(hi - lo + 1));

	if (open) {
		end_piece(w);
		if (lo > 0 && lo <= GAP_MAX)
			put(w, ".{%d,}", (int)lo);
		else
			put(w, ".*");
		w->span += lo <= GAP_MAX ? lo : 0;
		w->now.at = w->n;
	} else {
		if (lo == hi && lo > 0)
			put(w, lo == 1 ? "." : ".{%d}", (int)lo);
		else if (hi > 0)
			put(w, ".{%d,%d}", (int)lo, (int)hi);
		w->span += hi;
		w->now.bits -= log2(fmax(1, places));
	}
	w->c->bits -= log2(fmax(1, places));
}

static void put_part(struct writer *w, const struct part *q)
{
	const uint32_t n = q->len < LITERAL_MAX ? q->len : LITERAL_MAX;

	if (q->nocase)
		put(w, "(?i:");
	for (uint32_t i = 0; i < n; i++) {
		if (isalnum(q->p[i]))
			put(w, "%c", q->p[i]);
		else
			put(w, "\\x%02x", q->p[i]);
	}
	if (q->nocase)
		put(w, ")");
	w->span += n;
	w->c->bits += literal_bits(q->p, n, q->nocase);
	w->c->parts++;
	w->now.bits += literal_bits(q->p, n, q->nocase);
	w->now.parts++;
	if (q->ends && n == q->len) {
		put(w, "\\z");
		w->ended = true;
	}
}

/** A payload of `size` bytes ends here. */
static void put_size(struct writer *w, int64_t at, int64_t size)
{
	if (w->ended || size != at) // bytes left between would multiply Hyperscan's states
		return;
	put(w, "\\z");
	w->c->bits += SIZE_BITS;
	w->c->parts++;
	w->ended = true;
}

/** What follows part i in its family. cut: part i was written without its end. */
static void put_tail(struct writer *w, const struct parts *all, uint32_t i, double bytes)
{
	int64_t lo = all->v[i].len > LITERAL_MAX ? all->v[i].len - LITERAL_MAX : 0, hi = lo;

	for (i++; i < all->n && !all->v[i].first && !w->ended && w->c->bits < ENOUGH_BITS; i++) {
		const struct part *q = &all->v[i];
		const struct writer was = *w;
		const struct chain *c = w->c;
		const double bits = c->bits;
		const uint32_t parts = c->parts, piece = c->piece, piece_len = c->piece_len;

		lo += q->gap;
		hi = plus(hi, q->gap_hi);
		if (hi != OPEN && hi < lo)
			return;
		if (lo < 0) { // may overlap what is written: leave it out
			lo += q->len;
			hi = plus(hi, q->len);
			continue;
		}
		if (w->span + (lo < GAP_MAX ? lo : 0) + q->len > SPAN_MAX)
			return;
		put_gap(w, lo, hi, q->ends ? 1 : bytes);
		put_part(w, q);
		if (w->full) { // the part does not fit: the expression ends before it
			*w = was;
			w->c->text[w->n] = 0;
			w->c->bits = bits;
			w->c->parts = parts;
			w->c->piece = piece;
			w->c->piece_len = piece_len;
			return;
		}
		if (w->c->bits < bits) // a common byte anywhere says nothing, but what follows may
			w->c->bits = bits;
		lo = hi = q->len > LITERAL_MAX ? q->len - LITERAL_MAX : 0;
	}
}

static void begin(struct writer *w, struct chain *c, double bytes)
{
	memset(c, 0, sizeof(*c));
	*w = (struct writer){.c = c, .bytes = bytes};
}

static bool fixed(const struct part *q, uint8_t base)
{
	return q->base == base && q->hi == q->lo;
}

static void sort_by_place(uint32_t *order, uint32_t n, const struct part *v)
{
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t j = i; j > 0 && v[order[j]].lo < v[order[j - 1]].lo; j--) {
			const uint32_t x = order[j];

			order[j] = order[j - 1];
			order[j - 1] = x;
		}
}

/** Parts of one base whose place is fixed, up to and including part `last`, then what follows it. */
static void fixed_places(struct writer *w, const struct parts *all, uint32_t last, double bytes)
{
	const struct part *z = &all->v[last];
	uint32_t order[PARTS_MAX], n = 0;
	int64_t at = 0;

	for (uint32_t i = 0; i < all->n; i++)
		if (fixed(&all->v[i], z->base) && (i == last || all->v[i].lo + all->v[i].len <= z->lo))
			order[n++] = i;
	sort_by_place(order, n, all->v);
	put(w, "^");
	for (uint32_t i = 0; i < n && !w->ended; i++) { // behind an end nothing can be asked for
		const struct part *q = &all->v[order[i]];

		if (q->lo < at) // lies over the one before
			continue;
		put_gap(w, q->lo - at, q->lo - at, bytes);
		put_part(w, q);
		at = q->lo + (q->len < LITERAL_MAX ? q->len : LITERAL_MAX);
	}
	w->c->anchor = z->base;
	w->c->reach = (uint32_t)(z->lo + z->len);
	put_tail(w, all, last, bytes);
	if (last + 1 == all->n || all->v[last + 1].first)
		put_size(w, at, all->size);
}

static void ranged(struct writer *w, const struct parts *all, uint32_t i, double bytes)
{
	const struct part *q = &all->v[i];

	put(w, "^");
	put_gap(w, q->lo, q->hi, bytes);
	put_part(w, q);
	w->c->anchor = q->base;
	w->c->reach = (uint32_t)(q->hi + q->len);
	put_tail(w, all, i, bytes);
}

static void anywhere(struct writer *w, const struct parts *all, uint32_t i, double bytes)
{
	put_part(w, &all->v[i]);
	w->c->bits -= all->v[i].ends ? 0 : log2(bytes);
	put_tail(w, all, i, bytes);
}

static void keep_best(struct chain *best, struct writer *w)
{
	end_piece(w);
	if (!w->full && w->c->bits > best->bits + 1e-9)
		*best = *w->c;
}

bool chain_of(const struct build *b, const struct sig_img_sig *s, const struct sig_img_list *l,
	double bytes, struct chain *best)
{
	struct parts all = {.size = size_of(b, s)};
	struct writer w;
	struct chain c;

	memset(best, 0, sizeof(*best));
	collect(b, l, &all);
	for (uint32_t i = 0; i < all.n; i++) {
		const struct part *q = &all.v[i];

		if (q->base != ANCHOR_NONE && q->hi != OPEN && q->hi - q->lo <= SLACK_MAX) {
			begin(&w, &c, bytes);
			if (q->hi == q->lo)
				fixed_places(&w, &all, i, bytes);
			else
				ranged(&w, &all, i, bytes);
			keep_best(best, &w);
		}
		begin(&w, &c, bytes);
		anywhere(&w, &all, i, bytes);
		keep_best(best, &w);
	}
	return best->parts > 0;
}

void pick_text(struct build *b, struct pick *q, const char *text)
{
	q->text = build_str(b, text);
	q->len = (uint32_t)strlen(text);
}

void pick_part(struct build *b, struct pick *q, const char *text, uint32_t n)
{
	char part[CHAIN_TEXT];
	struct width w;

	if (q->width != UINT32_MAX || n == 0)
		return;
	snprintf(part, sizeof(part), "%.*s", (int)n, text);
	if (!regex_known(part, q->options, &w) || w.max == UINT32_MAX)
		return;
	q->part = build_str(b, part);
	q->part_len = n;
	q->part_width = w.max;
}
