/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

void adopt(struct wire *w, enum dp_layer_id layer, struct dp_ruleset *rs, uint32_t generation)
{
	struct dp_ruleset *old = NULL;

	assert_int_equal(dp_detect_prepare(w->d, rs), 0);
	dp_detect_adopt(w->d, layer, rs, generation, &old);
	dp_ruleset_close(old);
}

void wire_begin(struct wire *w, struct dp_ruleset *rs)
{
	net_open(&w->n, true);
	w->n.conf.max_alerts = 15;
	assert_int_equal(dp_detect_create(&w->n.ctx, &w->d), 0);
	adopt(w, DP_LAYER_VENDOR, rs, 1);
	w->f = handshake(&w->n, 1000, 5000);
	assert_non_null(w->f);
	w->seq = 1001;
}

void wire_open(struct wire *w, const char *rules)
{
	wire_begin(w, bench_ruleset(rules));
}

struct dp_ruleset *wire_end(struct wire *w)
{
	struct dp_ruleset *old = NULL;

	dp_detect_adopt(w->d, DP_LAYER_VENDOR, NULL, 0, &old);
	net_close(&w->n);
	dp_detect_destroy(w->d);
	return old;
}

void wire_close(struct wire *w)
{
	dp_ruleset_close(wire_end(w));
}

unsigned up_as(struct wire *w, const char *text, uint32_t flags)
{
	struct dp_pkt *p = &w->n.p;
	const uint32_t n = (uint32_t)strlen(text);

	memset(p, 0, sizeof(*p));
	p->alerts = w->alerts;
	seg(&w->n, 0, 0x18, w->seq, 5001, text, n);
	w->seq += n;
	p->n_alerts = 0;
	p->flags |= flags;
	dp_detect_packet(w->d, w->n.table, p);
	dp_detect_done(w->d, p);
	return p->n_alerts;
}

unsigned up(struct wire *w, const char *text)
{
	return up_as(w, text, 0);
}
