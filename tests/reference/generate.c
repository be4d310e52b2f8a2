/* SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned gen_rnd(struct gen *g, unsigned n)
{
	if (g->bytes) {
		if (!g->n)
			return 0;
		g->n--;
		return *g->bytes++ % n;
	}
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (unsigned)((g->state >> 16) % n);
}

static unsigned char letter(struct gen *g)
{
	static const unsigned char abc[] = {'a', 'b', 'A', 'B', 0, 1, '\n', 'c'};

	return abc[gen_rnd(g, 4) ? gen_rnd(g, 4) : gen_rnd(g, sizeof(abc))];
}

static size_t say(char *t, size_t at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static size_t say(char *t, size_t at, const char *fmt, ...)
{
	__builtin_va_list ap;
	int n;

	__builtin_va_start(ap, fmt);
	n = vsnprintf(t + at, 1024 - at, fmt, ap);
	__builtin_va_end(ap);
	if (n < 0 || at + (size_t)n >= 1024)
		abort();
	return at + (size_t)n;
}

static size_t make_content(struct gen *g, struct ref_opt *o, bool first, char *t, size_t at)
{
	o->kind = REF_CONTENT;
	o->n = 1 + (int)gen_rnd(g, gen_rnd(g, 3) ? 3 : 7);
	o->negated = gen_rnd(g, 6) == 0;
	o->nocase = gen_rnd(g, 4) == 0;
	at = say(t, at, "content:%s\"|", o->negated ? "!" : "");
	for (int i = 0; i < o->n; i++) {
		o->bytes[i] = letter(g);
		at = say(t, at, "%s%02x", i ? " " : "", o->bytes[i]);
	}
	at = say(t, at, "|\"; ");
	if (o->nocase)
		at = say(t, at, "nocase; ");
	if (!first && gen_rnd(g, 2)) {
		o->relative = true;
		o->has_distance = gen_rnd(g, 3) != 0;
		o->has_within = !o->has_distance || gen_rnd(g, 2);
		o->distance = (int)gen_rnd(g, 6) - 2;
		o->within = o->n + (int)gen_rnd(g, 6);
		if (o->has_distance)
			at = say(t, at, "distance:%d; ", o->distance);
		if (o->has_within)
			at = say(t, at, "within:%d; ", o->within);
		return at;
	}
	switch (gen_rnd(g, 6)) {
	case 0:
		o->startswith = true;
		return say(t, at, "startswith; ");
	case 1:
		o->has_offset = true;
		o->offset = (int)gen_rnd(g, 6);
		at = say(t, at, "offset:%d; ", o->offset);
		/* fallthrough */
	case 2:
		o->has_depth = true;
		o->depth = o->n + (int)gen_rnd(g, 8);
		return say(t, at, "depth:%d; ", o->depth);
	case 3:
		if (o->negated)
			return at;
		o->endswith = true;
		return say(t, at, "endswith; ");
	default:
		return at;
	}
}

static size_t make_pcre(struct gen *g, struct ref_opt *o, bool first, char *t, size_t at)
{
	o->kind = REF_PCRE;
	o->before = "^^b"[gen_rnd(g, 3)];
	if (gen_rnd(g, 3) == 0)
		o->before = 0;
	o->skip = gen_rnd(g, 3) ? 0 : 1 + (int)gen_rnd(g, 4);
	o->n = (int)gen_rnd(g, 4) + (o->skip == 0);
	o->negated = gen_rnd(g, 6) == 0;
	o->nocase = gen_rnd(g, 4) == 0;
	o->any_dot = gen_rnd(g, 2);
	o->lines = gen_rnd(g, 4) == 0;
	o->relative = gen_rnd(g, first ? 6 : 3) != 0;
	at = say(t, at, "pcre:%s\"/%s", o->negated ? "!" : "",
		o->before == '^' ? "^" : o->before == 'b' ? "\\b" : "");
	if (o->skip)
		at = say(t, at, ".{%d}", o->skip);
	for (int i = 0; i < o->n; i++) {
		o->bytes[i] = letter(g);
		at = say(t, at, "\\x%02x", o->bytes[i]);
	}
	return say(t, at, "/%s%s%s%s\"; ", o->relative ? "R" : "", o->nocase ? "i" : "",
		o->any_dot ? "s" : "", o->lines ? "m" : "");
}

static size_t make_option(struct gen *g, struct ref_opt *o, bool first, char *t, size_t at)
{
	memset(o, 0, sizeof(*o));
	if (gen_rnd(g, 6) == 0)
		return make_pcre(g, o, first, t, at);
	if (first || gen_rnd(g, 3))
		return make_content(g, o, first, t, at);
	o->relative = gen_rnd(g, 2);
	switch (gen_rnd(g, 3)) {
	case 0:
		o->kind = REF_ISDATAAT;
		o->negated = gen_rnd(g, 2);
		o->at = 1 + (int)gen_rnd(g, 10);
		return say(t, at, "isdataat:%s%d%s; ", o->negated ? "!" : "", o->at,
			o->relative ? ",relative" : "");
	case 1:
		o->kind = REF_BYTE_TEST;
		o->n = 1 + (int)gen_rnd(g, 2);
		o->op = "<>=&"[gen_rnd(g, 4)];
		o->value = (long)gen_rnd(g, 120);
		o->at = (int)gen_rnd(g, 5);
		o->little = gen_rnd(g, 2);
		o->negated = gen_rnd(g, 4) == 0;
		return say(t, at, "byte_test:%d,%s%c,%ld,%d%s%s; ", o->n, o->negated ? "!" : "", o->op,
			o->value, o->at, o->relative ? ",relative" : "", o->little ? ",little" : "");
	default:
		o->kind = REF_BYTE_JUMP;
		o->n = 1;
		o->at = (int)gen_rnd(g, 4);
		return say(t, at, "byte_jump:1,%d%s; ", o->at, o->relative ? ",relative" : "");
	}
}

void gen_rule(struct gen *g, struct gen_rule *r, unsigned sid)
{
	// At one port several contents are searched for together.
	size_t at = say(r->text, 0, "alert udp any any -> any %s (msg:\"g\"; ", gen_rnd(g, 2) ? "53" : "any");

	r->n = 1 + (int)gen_rnd(g, GEN_OPTS_MAX);
	for (int i = 0; i < r->n; i++)
		at = make_option(g, &r->opt[i], i == 0, r->text, at);
	say(r->text, at, "sid:%u; rev:1;)\n", sid);
}

int gen_payload(struct gen *g, unsigned char *p)
{
	const int n = (int)gen_rnd(g, gen_rnd(g, 4) ? 24 : 64);

	for (int i = 0; i < n; i++)
		p[i] = letter(g);
	return n;
}

