/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures and payloads out of the fuzzer's bytes: detection and the reference matcher must agree.
 * The first byte says how many signatures are compiled together, then they and the payloads follow.
 */
#include "generate.h"
#include "harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MAX 8
#define PAYLOADS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Noreturn void differs(const struct gen_rule *r, const unsigned char *p, int n, bool want)
{
	fprintf(stderr, "DIFFERS: reference says %s\n  %s  payload", want ? "match" : "no match", r->text);
	for (int i = 0; i < n; i++)
		fprintf(stderr, " %02x", p[i]);
	fputc('\n', stderr);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gen g = {.bytes = data, .n = size, .state = 1};
	struct gen_rule r[RULES_MAX];
	char all[RULES_MAX * sizeof(r[0].text)];
	static struct bench *b; // made once: what it remembers of addresses no rule here asks for
	unsigned rules;
	size_t at = 0;

	if (size < 8)
		return 0;
	rules = 1 + gen_rnd(&g, RULES_MAX);
	for (unsigned i = 0; i < rules; i++) {
		gen_rule(&g, &r[i], i + 1);
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s", r[i].text);
	}
	if (!b)
		b = bench_create();
	if (!bench_rules(b, all)) {
		fprintf(stderr, "refused: %s", all);
		abort();
	}
	for (unsigned k = 0; k < PAYLOADS && g.n; k++) {
		unsigned char bytes[GEN_PAYLOAD_MAX];
		uint8_t frame[GEN_PAYLOAD_MAX + 64];
		const int n = gen_payload(&g, bytes);
		struct dp_pkt p;

		bench_udp(&p, frame, bytes, (uint32_t)n);
		bench_run(b, &p);
		for (unsigned i = 0; i < rules; i++) {
			const bool want = ref_match(r[i].opt, r[i].n, bytes, n);

			if (want != bench_hit(b, &p, i + 1))
				differs(&r[i], bytes, n, want);
		}
	}
	return 0;
}
