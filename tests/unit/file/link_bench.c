/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dp/hash.h>
#include <dp/slab.h>
#include <stdlib.h>
#include <string.h>

#include "link_bench.h"

void side_open(struct bench *b, unsigned i)
{
	struct side *s = &b->s[i];
	const size_t bytes = 4u << 20;

	memset(s, 0, sizeof(*s));
	assert_int_equal(dp_slab_create(UINT64_C(1) << 28, &s->c.slab), 0);
	assert_int_equal(dp_ev_ring_init(aligned_alloc(64, bytes), bytes, &s->ring), 0);
	s->c.conf = &b->conf;
	s->c.cnt = &s->cnt;
	s->c.worker = (uint16_t)i;
	s->c.ev_buf = s->ev_buf;
	s->c.ring = s->ring;
	s->c.file_hash = DP_FILE_SHA256;
	s->f.app = &s->a;
	s->x = (struct dp_app_ctx){.c = &s->c, .f = &s->f, .a = &s->a};
	dp_ranges_link(&s->c, b->link);
}

void side_die(struct bench *b, unsigned i)
{
	dp_slab_destroy(b->s[i].c.slab);
	free(b->s[i].ring);
	dp_range_link_end(b->link, i);
}

struct bench *bench_open(uint32_t ring)
{
	struct bench *b = calloc(1, sizeof(*b));

	dp_conf_default(&b->conf);
	b->conf.on_wire = true;
	assert_int_equal(dp_range_link_create(WORKERS, ring, &b->link), 0);
	b->body = malloc(TOTAL);
	for (uint32_t i = 0, x = 1; i < TOTAL; i++)
		b->body[i] = (uint8_t)((x = x * 1103515245u + 12345u) >> 16);
	dp_hash_sha256(b->body, TOTAL, b->sha256);
	for (unsigned i = 0; i < WORKERS; i++)
		side_open(b, i);
	return b;
}

void bench_close(struct bench *b)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		struct side *s = &b->s[i];

		for (unsigned k = 0; k < PARTS; k++)
			dp_file_free_all(&s->c, &s->tx[k].files);
		dp_ranges_clear(&s->c);
		assert_int_equal(dp_slab_used_all(s->c.slab), 0);
		dp_slab_destroy(s->c.slab);
		free(s->ring);
	}
	dp_range_link_destroy(b->link);
	free(b->body);
	free(b);
}

void turn(struct bench *b, unsigned i)
{
	struct side *s = &b->s[i];

	dp_ranges_turn(&s->c, DP_RANGE_TURN_BYTES);
	while (dp_ranges_work(&s->c))
		s->looks++;
}

void turns(struct bench *b, unsigned n)
{
	while (n--)
		for (unsigned i = 0; i < WORKERS; i++)
			turn(b, i);
}

void expire(struct bench *b, uint64_t now_ns)
{
	for (unsigned n = 0; n < 16; n++)
		for (unsigned i = 0; i < WORKERS; i++) {
			b->s[i].c.now_ns = now_ns;
			dp_ranges_expire(&b->s[i].c);
		}
	turns(b, 3);
}

struct dp_range *part_open(struct bench *b, unsigned w, unsigned i)
{
	const struct dp_range_spec s = {.host = {&b->path, 1}, .path = {&b->path, 1},
		.name = {(const uint8_t *)"name", 4}, .start = i * PART_BYTES,
		.end = (i + 1) * PART_BYTES - 1, .total = TOTAL, .dir = SIG_DIR_TO_CLIENT};

	return dp_range_open(&b->s[w].x, &s);
}

void part_data(struct bench *b, unsigned w, struct dp_range *r, unsigned i, uint32_t from, uint32_t to)
{
	for (uint32_t n; from < to; from += n) {
		n = to - from < 1400 ? to - from : 1400;
		dp_range_data(&b->s[w].c, r, b->body + i * PART_BYTES + from, n);
	}
}

void part(struct bench *b, unsigned w, unsigned i)
{
	struct dp_range *r = part_open(b, w, i);

	assert_non_null(r);
	part_data(b, w, r, i, 0, PART_BYTES);
	dp_range_close(&b->s[w].x, r, &b->s[w].tx[i]);
}

void check_whole(struct bench *b, unsigned w, unsigned i)
{
	for (unsigned k = 0; k < WORKERS; k++)
		for (unsigned n = 0; n < PARTS; n++) {
			const struct dp_file *f = b->s[k].tx[n].files;

			assert_int_equal(b->s[k].tx[n].held[SIG_DIR_TO_CLIENT], 0);
			assert_true((f != NULL) == (k == w && n == i));
			if (!f)
				continue;
			assert_null(f->next);
			assert_int_equal(f->state, DP_FILE_CLOSED);
			assert_int_equal(f->size, TOTAL);
			assert_true(f->has_sha256);
			assert_memory_equal(f->sha256, b->sha256, 32);
			assert_int_equal(f->name_len, 4);
			assert_memory_equal(f->head, b->body, f->head_len);
			assert_true(f->data_len == 0 || f->data_len == DP_FILE_WINDOW_BYTES);
			if (f->data_len)
				assert_memory_equal(f->data, b->body, f->data_len);
		}
}
