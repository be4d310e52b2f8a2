/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation of one protocol: a control byte (bit 0 direction, bit 1 hole before, bits 2 to 7
 * how many bytes at a time, 0 for all), two bytes of length, bytes; again. After each piece every
 * buffer and number is asked for and every record written. Built once per protocol (PROTOCOL, UDP).
 */
#include "../../unit/app/feed.h"

#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)
#define DESC CAT(dp_app_, PROTOCOL)

extern const struct dp_app_desc DESC;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct feed *t)
{
	static uint8_t rec[65536];
	const struct dp_app_desc *d = t->d;

	for (struct dp_tx *tx = t->a.tx_first; tx; tx = tx->next) {
		struct dp_span s;
		struct dp_rec r;
		uint64_t v;

		for (unsigned i = 0; i < d->n_buffers; i++)
			for (uint32_t k = 0; k < 4 && d->buffers[i].buf != SIG_BUF_FILE_MAGIC; k++)
				d->buffer(&t->x, tx, d->buffers[i].buf, d->buffers[i].dir, k, &s);
		for (unsigned i = 0; i < d->n_numbers; i++)
			for (uint32_t k = 0; k < 4; k++)
				d->number(&t->x, tx, d->numbers[i].num, d->numbers[i].dir, k, &v);
		dp_rec_init(&r, rec, sizeof(rec));
		if (d->log)
			d->log(&t->x, tx, &r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed t;
	size_t at = 0;

	feed_open(&t, &DESC, UDP ? 17 : 6);
	while (size - at >= 3 && !t.failed) {
		uint8_t ctl = data[at];
		size_t n = (size_t)data[at + 1] << 8 | data[at + 2];
		enum sig_dir dir = ctl & 1 ? SIG_DIR_TO_CLIENT : SIG_DIR_TO_SERVER;
		struct dp_app_in in = {.dir = dir};

		at += 3;
		if (n > size - at)
			n = size - at;
		in.data = (struct dp_span){data + at, (uint32_t)n};
		if (t.d->probe)
			t.d->probe(&t.x, &in);
		if (ctl & 2)
			feed_gap(&t, dir, (uint32_t)(ctl >> 2) + 1);
		feed_data(&t, dir, data + at, n, ctl >> 2);
		ask(&t);
		at += n;
	}
	feed_eof(&t, SIG_DIR_TO_SERVER);
	feed_eof(&t, SIG_DIR_TO_CLIENT);
	ask(&t);
	feed_close(&t);
	return 0;
}
