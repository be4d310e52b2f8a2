/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rules as text against one packet, through the real compiler and the real detection, without a
 * worker: what unit tests and the reference comparison share. Aborts on what a test cannot repair.
 */
#ifndef TESTS_REFERENCE_HARNESS_H
#define TESTS_REFERENCE_HARNESS_H

#include <dp/detect.h>
#include <stdbool.h>
#include <stdint.h>

#define HARNESS_ALERTS 256

struct bench {
	struct dp_conf conf;
	struct dp_counters cnt;
	struct dp_ctx ctx;
	struct dp_detect *d;
	struct dp_ruleset *rs;
	struct dp_alert alerts[HARNESS_ALERTS];
	uint32_t rejected; /**< rules that did not load or compile */
};

struct bench *bench_create(void);
void bench_destroy(struct bench *b);
/** Load, compile, open and adopt. False: some rule was refused (the rest is in force). */
bool bench_rules(struct bench *b, const char *text);
/** Compile into a new memory file; -1 when that fails. */
int bench_image(const char *text);
/** Compile and open; the caller prepares, adopts and closes it. */
struct dp_ruleset *bench_ruleset(const char *text);
/** A UDP packet from 10.0.0.1:1111 to 192.0.2.1:53 with this payload; the frame is built in buf. */
void bench_udp(struct dp_pkt *p, uint8_t *buf, const void *payload, uint32_t n);
/** Run detection over p. Number of alerts; sids through bench_sid. */
unsigned bench_run(struct bench *b, struct dp_pkt *p);
uint32_t bench_sid(const struct bench *b, const struct dp_pkt *p, unsigned i);
bool bench_hit(const struct bench *b, const struct dp_pkt *p, uint32_t sid);

#endif
