/* SPDX-License-Identifier: Apache-2.0 */
/** Workers of one link in one process, and a file whose parts they see. */
#ifndef TEST_FILE_LINK_BENCH_H
#define TEST_FILE_LINK_BENCH_H

#include "link.h"

#define WORKERS 3u
#define PARTS 60u
#define PART_BYTES 9000u
#define TOTAL (PARTS * PART_BYTES)
#define RING (1u << 20)

struct side {
	struct dp_counters cnt;
	struct dp_ctx c;
	struct dp_flow f;
	struct dp_app_flow a;
	struct dp_app_ctx x;
	struct dp_tx tx[PARTS];
	uint8_t ev_buf[DP_EV_MAX];
	struct dp_ev_ring *ring;
	unsigned looks; /**< flows that were to be looked at */
};

struct bench {
	struct dp_conf conf;
	struct dp_range_link *link;
	struct side s[WORKERS];
	uint8_t *body;
	uint8_t sha256[32];
	uint8_t path; /**< of the resource */
};

void side_open(struct bench *b, unsigned i);
/** It dies, with all it had. */
void side_die(struct bench *b, unsigned i);
struct bench *bench_open(uint32_t ring);
void bench_close(struct bench *b);
void turn(struct bench *b, unsigned i);
void turns(struct bench *b, unsigned n);
void expire(struct bench *b, uint64_t now_ns);
struct dp_range *part_open(struct bench *b, unsigned w, unsigned i);
void part_data(struct bench *b, unsigned w, struct dp_range *r, unsigned i, uint32_t from, uint32_t to);
void part(struct bench *b, unsigned w, unsigned i);
/** Only in the transaction of part `i` at `w` there is a file; it is whole. */
void check_whole(struct bench *b, unsigned w, unsigned i);

#endif
