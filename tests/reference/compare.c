/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generated signatures against generated payloads: detection and the reference matcher must agree.
 * Deterministic. SEKISHO_REFERENCE_PAIRS sets how many pairs (default 200,000), _SEED the start.
 */
#include "generate.h"
#include "harness.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES 200
#define PAYLOADS 100

static void explain(const struct gen_rule *r, const unsigned char *p, int n, bool want)
{
	printf("DIFFERS: reference says %s\n  %s  payload", want ? "match" : "no match", r->text);
	for (int i = 0; i < n; i++)
		printf(" %02x", p[i]);
	putchar('\n');
}

/** One batch of rules against one batch of payloads; number of differences. */
static unsigned batch(struct gen *g, struct bench *b, struct gen_rule *r, uint64_t *pairs,
	uint64_t *hits)
{
	static char all[RULES * 1024];
	unsigned bad = 0;
	size_t at = 0;

	for (unsigned i = 0; i < RULES; i++) {
		gen_rule(g, &r[i], i + 1);
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s", r[i].text);
	}
	if (!bench_rules(b, all)) {
		printf("%u generated rules were refused\n", b->rejected);
		return 1;
	}
	for (unsigned k = 0; k < PAYLOADS; k++) {
		unsigned char data[GEN_PAYLOAD_MAX];
		uint8_t frame[128];
		struct dp_pkt p;
		const int n = gen_payload(g, data);

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
	struct gen_rule *r = calloc(RULES, sizeof(*r));
	struct bench *b = bench_create();
	uint64_t pairs = 0, hits = 0;
	unsigned bad = 0;
	struct gen g = {.state = (seed ? strtoull(seed, NULL, 10) : 1) * UINT64_C(0x9E3779B97F4A7C15) | 1};
	if (!r)
		return 1;
	while (pairs < limit && bad == 0)
		bad = batch(&g, b, r, &pairs, &hits);
	printf("%" PRIu64 " pairs, %" PRIu64 " matches, %u differences\n", pairs, hits, bad);
	bench_destroy(b);
	free(r);
	return bad != 0;
}
