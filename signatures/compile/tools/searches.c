/* SPDX-License-Identifier: Apache-2.0 */
#include "searches.h"
#include "../build.h"
#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <string.h>

static void print_ports(FILE *f, const struct sig_image *g, const struct sig_img_group *q)
{
	const uint32_t set = q->dport != SIG_IMG_NONE ? q->dport : q->sport;

	if (set == SIG_IMG_NONE) {
		fputc('-', f);
		return;
	}
	fputc(q->dport != SIG_IMG_NONE ? 'd' : 's', f);
	for (uint32_t i = 0; i < g->ports[set].n; i++) {
		const struct sig_img_port_range *r = &g->pr[g->ports[set].first + i];

		fprintf(f, "%c%u-%u", i ? ',' : ':', r->lo, r->hi);
	}
}

static void print_last(FILE *f, const struct sig_image *g, const struct sig_img_pat *p)
{
	uint32_t last = 0;

	for (uint32_t i = p->hit; i < p->hit + p->hits_n; i++) {
		const uint32_t x = sig_search_end(g, &g->sig[g->hit[i]]);

		if (x > last)
			last = x;
	}
	if (last == UINT32_MAX)
		fputc('-', f);
	else
		fprintf(f, "%u", last);
}

static void print_group(FILE *f, const struct sig_image *g, const struct sig_img_group *q)
{
	const bool regex = q->flags & SIG_G_REGEX;

	for (uint32_t i = q->pat; i < q->pat + q->pats_n; i++) {
		const struct sig_img_pat *p = &g->pat[i];

		fprintf(f, "%s\t%s\t%u\t", regex ? "expression" : "literal",
			q->scope == SIG_SCOPE_BUFFER ? sig_buffer_info[q->buffer].name : "payload",
			regex ? regex_hs_flags(p->flags) :
				HS_FLAG_SINGLEMATCH | (p->flags ? HS_FLAG_CASELESS : 0));
		print_last(f, g, p);
		fputc('\t', f);
		print_ports(f, g, q);
		fputc('\t', f);
		for (uint32_t k = 0; k < p->len; k++)
			fprintf(f, "%02x", (unsigned char)g->pool[p->data + k]);
		fputc('\n', f);
	}
}

int searches_write(const char *path, const char *image)
{
	struct sig_image g;
	char err[200];
	FILE *f;

	if (sig_image_open(image, &g, err, sizeof(err))) {
		fprintf(stderr, "sekisho: %s: %s\n", image, err);
		return 1;
	}
	f = fopen(path, "we");
	for (uint32_t i = 0; f && i < g.groups_n; i++)
		if (!(g.group[i].flags & SIG_G_PARTS)) // pieces of what others search for
			print_group(f, &g, &g.group[i]);
	sig_image_close(&g);
	if (f && fclose(f) == 0)
		return 0;
	fprintf(stderr, "sekisho: %s: %s\n", path, strerror(errno));
	return 1;
}
