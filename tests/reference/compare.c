/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generated signatures against generated payloads: detection and the reference matcher must agree.
 * Deterministic. SEKISHO_REFERENCE_PAIRS sets how many pairs (default 200,000), _SEED the start.
 */
#include "harness.h"
#include "match.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES 200
#define OPTS_MAX 5
#define PAYLOADS 100

static uint64_t state;

static unsigned rnd(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 16) % n);
}

struct rule {
	struct ref_opt opt[OPTS_MAX];
	int n;
	char text[1024];
};

static unsigned char letter(void)
{
	static const unsigned char abc[] = {'a', 'b', 'A', 'B', 0, 1, 2, 'c'};

	return abc[rnd(4) ? rnd(4) : rnd(sizeof(abc))];
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

static size_t make_content(struct ref_opt *o, bool first, char *t, size_t at)
{
	o->kind = REF_CONTENT;
	o->n = 1 + (int)rnd(rnd(3) ? 3 : 7);
	o->negated = rnd(6) == 0;
	o->nocase = rnd(4) == 0;
	at = say(t, at, "content:%s\"|", o->negated ? "!" : "");
	for (int i = 0; i < o->n; i++) {
		o->bytes[i] = letter();
		at = say(t, at, "%s%02x", i ? " " : "", o->bytes[i]);
	}
	at = say(t, at, "|\"; ");
	if (o->nocase)
		at = say(t, at, "nocase; ");
	if (!first && rnd(2)) {
		o->relative = true;
		o->has_distance = rnd(3) != 0;
		o->has_within = !o->has_distance || rnd(2);
		o->distance = (int)rnd(6) - 2;
		o->within = o->n + (int)rnd(6);
		if (o->has_distance)
			at = say(t, at, "distance:%d; ", o->distance);
		if (o->has_within)
			at = say(t, at, "within:%d; ", o->within);
		return at;
	}
	switch (rnd(6)) {
	case 0:
		o->startswith = true;
		return say(t, at, "startswith; ");
	case 1:
		o->has_offset = true;
		o->offset = (int)rnd(6);
		at = say(t, at, "offset:%d; ", o->offset);
		/* fallthrough */
	case 2:
		o->has_depth = true;
		o->depth = o->n + (int)rnd(8);
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

static size_t make_option(struct ref_opt *o, bool first, char *t, size_t at)
{
	memset(o, 0, sizeof(*o));
	if (first || rnd(3))
		return make_content(o, first, t, at);
	o->relative = rnd(2);
	switch (rnd(3)) {
	case 0:
		o->kind = REF_ISDATAAT;
		o->negated = rnd(2);
		o->at = 1 + (int)rnd(10);
		return say(t, at, "isdataat:%s%d%s; ", o->negated ? "!" : "", o->at,
			o->relative ? ",relative" : "");
	case 1:
		o->kind = REF_BYTE_TEST;
		o->n = 1 + (int)rnd(2);
		o->op = "<>=&"[rnd(4)];
		o->value = (long)rnd(120);
		o->at = (int)rnd(5);
		o->little = rnd(2);
		o->negated = rnd(4) == 0;
		return say(t, at, "byte_test:%d,%s%c,%ld,%d%s%s; ", o->n, o->negated ? "!" : "", o->op,
			o->value, o->at, o->relative ? ",relative" : "", o->little ? ",little" : "");
	default:
		o->kind = REF_BYTE_JUMP;
		o->n = 1;
		o->at = (int)rnd(4);
		return say(t, at, "byte_jump:1,%d%s; ", o->at, o->relative ? ",relative" : "");
	}
}

static void make_rule(struct rule *r, unsigned sid)
{
	size_t at = say(r->text, 0, "alert udp any any -> any any (msg:\"g\"; ");

	r->n = 1 + (int)rnd(OPTS_MAX);
	for (int i = 0; i < r->n; i++)
		at = make_option(&r->opt[i], i == 0, r->text, at);
	say(r->text, at, "sid:%u; rev:1;)\n", sid);
}

static int make_payload(unsigned char *p)
{
	const int n = (int)rnd(rnd(4) ? 24 : 64);

	for (int i = 0; i < n; i++)
		p[i] = letter();
	return n;
}

static void explain(const struct rule *r, const unsigned char *p, int n, bool want)
{
	printf("DIFFERS: reference says %s\n  %s  payload", want ? "match" : "no match", r->text);
	for (int i = 0; i < n; i++)
		printf(" %02x", p[i]);
	putchar('\n');
}

/** One batch of rules against one batch of payloads; number of differences. */
static unsigned batch(struct bench *b, struct rule *r, uint64_t *pairs, uint64_t *hits)
{
	static char all[RULES * 1024];
	unsigned bad = 0;
	size_t at = 0;

	for (unsigned i = 0; i < RULES; i++) {
		make_rule(&r[i], i + 1);
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s", r[i].text);
	}
	if (!bench_rules(b, all)) {
		printf("%u generated rules were refused\n", b->rejected);
		return 1;
	}
	for (unsigned k = 0; k < PAYLOADS; k++) {
		unsigned char data[64];
		uint8_t frame[128];
		struct dp_pkt p;
		const int n = make_payload(data);

		bench_udp(&p, frame, data, (uint32_t)n);
		bench_run(b, &p);
		for (unsigned i = 0; i < RULES; i++) {
			const bool want = ref_match(r[i].opt, r[i].n, data, n);

			++*pairs;
			*hits += want;
			if (want != bench_hit(b, &p, i + 1) && bad++ < 5)
				explain(&r[i], data, n, want);
		}
	}
	return bad;
}

int main(void)
{
	const char *want = getenv("SEKISHO_REFERENCE_PAIRS"), *seed = getenv("SEKISHO_REFERENCE_SEED");
	const uint64_t limit = want ? strtoull(want, NULL, 10) : 200000;
	struct rule *r = calloc(RULES, sizeof(*r));
	struct bench *b = bench_create();
	uint64_t pairs = 0, hits = 0;
	unsigned bad = 0;

	state = (seed ? strtoull(seed, NULL, 10) : 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
	if (!r)
		return 1;
	while (pairs < limit && bad == 0)
		bad = batch(b, r, &pairs, &hits);
	printf("%" PRIu64 " pairs, %" PRIu64 " matches, %u differences\n", pairs, hits, bad);
	bench_destroy(b);
	free(r);
	return bad != 0;
}
