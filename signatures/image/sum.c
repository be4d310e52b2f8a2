/* SPDX-License-Identifier: Apache-2.0 */
#include <sig/image.h>
#include <string.h>

#define LANE_MUL UINT64_C(0x9E3779B97F4A7C15)

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

// Every step is a bijection of the lane, so a change in one word can never cancel itself.
static uint64_t mix(uint64_t h, uint64_t w)
{
	h = (h ^ w) * LANE_MUL;
	return (h << 29) | (h >> 35);
}

static void sum_words(const uint8_t *p, size_t size, uint64_t h[4])
{
	size_t i = 0;

	for (; i + 32 <= size; i += 32) {
		h[0] = mix(h[0], load64(p + i));
		h[1] = mix(h[1], load64(p + i + 8));
		h[2] = mix(h[2], load64(p + i + 16));
		h[3] = mix(h[3], load64(p + i + 24));
	}
	if (i < size) {
		uint8_t tail[32] = {0};

		memcpy(tail, p + i, size - i);
		for (unsigned l = 0; l < 4; l++)
			h[l] = mix(h[l], load64(tail + 8 * l));
	}
}

void sig_image_sum(const void *mem, size_t size, uint64_t sum[4])
{
	const uint8_t *p = mem;
	const size_t head = sizeof(struct sig_img_header);
	struct sig_img_header h;

	for (unsigned l = 0; l < 4; l++)
		sum[l] = size + l;
	memcpy(&h, p, head);
	memset(h.sum, 0, sizeof(h.sum));
	sum_words((const uint8_t *)&h, head, sum);
	sum_words(p + head, size - head, sum);
}

uint64_t sig_hash64(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t h = UINT64_C(0xCBF29CE484222325) ^ n;
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		h = mix(h, load64(b + i));
	if (i < n) {
		uint8_t tail[8] = {0};

		memcpy(tail, b + i, n - i);
		h = mix(h, load64(tail));
	}
	h ^= h >> 32;
	h *= UINT64_C(0xD6E8FEB86659FD93);
	h ^= h >> 32;
	h *= UINT64_C(0xD6E8FEB86659FD93);
	return h ^ (h >> 32);
}
