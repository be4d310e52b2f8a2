/* SPDX-License-Identifier: Apache-2.0 */
/** Makes signatures and payloads out of chance, or out of a fuzzer's bytes. */
#ifndef REFERENCE_GENERATE_H
#define REFERENCE_GENERATE_H

#include "match.h"
#include <stddef.h>
#include <stdint.h>

#define GEN_OPTS_MAX 5
#define GEN_PAYLOAD_MAX 64

/** Choices come from bytes[], and are 0 when those are used up; from `state` when bytes is NULL. */
struct gen {
	const uint8_t *bytes;
	size_t n;
	uint64_t state; /**< not 0 */
};

struct gen_rule {
	struct ref_opt opt[GEN_OPTS_MAX];
	int n;
	char text[1024];
};

/** Below n. */
unsigned gen_rnd(struct gen *g, unsigned n);
void gen_rule(struct gen *g, struct gen_rule *r, unsigned sid);
/** Up to GEN_PAYLOAD_MAX bytes; how many. */
int gen_payload(struct gen *g, unsigned char *p);

#endif
