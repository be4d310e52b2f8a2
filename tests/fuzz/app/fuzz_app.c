/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One protocol's parser (FUZZ_APP names its descriptor), fed with pieces in both directions. Input:
 * repeated pieces of u8 what (bit 0 direction, bit 1 a hole before it, bit 2 end of the direction),
 * u16 length (little endian), bytes. After each piece everything that may be asked is asked.
 */
#include "../../unit/app/feed.h"
#include <stdlib.h>

extern const struct dp_app_desc FUZZ_APP;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct feed *t)
{
	struct dp_span s;
	uint64_t v;

	for (struct dp_tx *tx = t->a.tx_first; tx; tx = tx->next) {
		for (unsigned i = 0; i < t->d->n_buffers; i++) {
			const struct dp_app_buffer *b = &t->d->buffers[i];

			if (b->buf == SIG_BUF_FILE_MAGIC || tx->progress[b->dir] < b->progress)
				continue;
			for (uint32_t k = 0; k < 4; k++) {
				volatile uint8_t sum = 0;
				enum dp_buf_state st;

				s = (struct dp_span){0};
				st = t->d->buffer(&t->x, tx, b->buf, b->dir, k, &s);
				if (st == DP_BUF_PART || st == DP_BUF_FULL)
					for (uint32_t n = 0; n < s.n; n++)
						sum += s.p[n];
			}
		}
		for (unsigned i = 0; i < t->d->n_numbers; i++)
			t->d->number(&t->x, tx, t->d->numbers[i].num, t->d->numbers[i].dir, 0, &v);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed t;

#ifdef FUZZ_UDP
	feed_open(&t, &FUZZ_APP, 17);
#else
	feed_open(&t, &FUZZ_APP, FUZZ_APP.tcp ? 6 : 17);
#endif
	t.conf.app.http_lzma_layers = 2; // what a site may switch on
	t.c.file_hash = DP_FILE_SHA256;
	while (size >= 3 && !t.failed) {
		uint8_t what = data[0];
		size_t n = (size_t)data[1] | (size_t)data[2] << 8;
		enum sig_dir d = what & 1;

		data += 3;
		size -= 3;
		n = n < size ? n : size;
		if (what & 2)
			feed_gap(&t, d, (uint32_t)n + 1);
		feed_data(&t, d, data, n, what & 8 ? 1 : 0);
		if (what & 4)
			feed_eof(&t, d);
		data += n;
		size -= n;
		ask(&t);
	}
	for (struct dp_tx *tx = t.a.tx_first; tx; tx = tx->next)
		feed_record(&t, tx);
	feed_close(&t);
	return 0;
}
