/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image loader. The input is an image; size and checksum are set right first, so that the fuzzer
 * gets past them. What opens is then walked as a reader would.
 */
#include <sig/image.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sink;

static void walk(const struct sig_image *g)
{
	for (uint32_t i = 0; i < g->sigs_n; i++) {
		const struct sig_img_sig *s = &g->sig[i];

		sink += (unsigned)strlen(sig_img_str(g, s->msg));
		sink += (unsigned)strlen(sig_img_str(g, s->text));
		for (uint32_t l = s->list; l < s->list + s->lists_n; l++)
			for (uint32_t o = g->list[l].op; o < g->list[l].op + g->list[l].ops_n; o++)
				sink += g->op[o].kind;
	}
	for (uint32_t i = 0; i < g->groups_n; i++)
		for (uint32_t p = g->group[i].pat; p < g->group[i].pat + g->group[i].pats_n; p++)
			for (uint32_t h = 0; h < g->pat[p].hits_n; h++)
				sink += g->sig[g->hit[g->pat[p].hit + h]].sid;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sig_image g;
	char err[256];
	uint8_t *p;

	if (size > 1 << 20)
		return 0;
	p = aligned_alloc(64, (size + 127) & ~(size_t)63);
	if (!p)
		return 0;
	memcpy(p, data, size);
	if (size >= sizeof(struct sig_img_header)) {
		struct sig_img_header *h = (void *)p;

		h->size = size;
		sig_image_sum(p, size, h->sum);
	}
	if (sig_image_open_mem(p, size, &g, err, sizeof(err)) == 0) {
		walk(&g);
		sig_image_close(&g);
	}
	free(p);
	return 0;
}
