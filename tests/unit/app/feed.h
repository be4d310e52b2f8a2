/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Feeds one protocol's parser with bytes in chosen pieces, as the room would, and asks it for
 * buffers. One parser, one flow, one thread.
 */
#ifndef TEST_APP_FEED_H
#define TEST_APP_FEED_H

#include <dp/app.h>
#include <dp/file.h>

struct feed {
	struct dp_conf conf;
	struct dp_counters cnt;
	struct dp_ctx c;
	struct dp_flow f;
	struct dp_app_flow a;
	struct dp_app_ctx x;
	const struct dp_app_desc *d;
	uint8_t *pend[2];
	uint32_t pend_n[2];
	uint64_t off[2]; /**< of the first pending byte */
	bool failed;
};

void feed_open(struct feed *t, const struct dp_app_desc *d, uint8_t ip_proto);
/** Hand over `n` bytes in pieces of `step` (0: at once). Lengths in bytes. */
void feed_data(struct feed *t, enum sig_dir dir, const void *p, size_t n, size_t step);
void feed_text(struct feed *t, enum sig_dir dir, const char *s, size_t step);
void feed_gap(struct feed *t, enum sig_dir dir, uint32_t n);
void feed_eof(struct feed *t, enum sig_dir dir);
/** Free transactions that are complete, as the room does once they are inspected and logged. */
void feed_sweep(struct feed *t);
void feed_close(struct feed *t);

struct dp_tx *feed_tx(struct feed *t, uint64_t id);
/** The buffer as a NUL-terminated string ("<later>", "<absent>" for those); one static answer. */
const char *feed_buf(struct feed *t, uint64_t tx, enum sig_buffer b, enum sig_dir dir,
	uint32_t instance);
bool feed_event(struct feed *t, uint64_t tx, unsigned event);
/** The transaction's record as "key=value key.sub=value ..." text; one static answer. */
const char *feed_log(struct feed *t, uint64_t tx);

/** Write the record and read it back whole. */
void feed_record(struct feed *t, struct dp_tx *tx);

#endif
