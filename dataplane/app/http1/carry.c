/* SPDX-License-Identifier: Apache-2.0 */
/* An upgrade to HTTP/2 answers the request that asked for it on stream 1 (RFC 7540 section 3.2): its
 * fields go along. */
#include "http1.h"

#define CARRY_MAX 262144u

static void pair(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_span name, struct dp_span value)
{
	uint32_t head[2] = {name.n, value.n};

	if (b->n + sizeof(head) + (uint64_t)name.n + value.n > CARRY_MAX)
		return;
	dp_bytes_add(x->c, b, head, sizeof(head), CARRY_MAX);
	dp_bytes_add(x->c, b, name.p, name.n, CARRY_MAX);
	dp_bytes_add(x->c, b, value.p, value.n, CARRY_MAX);
}

void http_carry(struct dp_app_ctx *x, const struct http_tx *t)
{
	const struct http_side *s = &t->side[SIG_DIR_TO_SERVER];
	struct dp_app_flow *a = x->a;
	struct dp_bytes b = {0};

	if (a->carry || t->not_seen || !t->method.n)
		return;
	pair(x, &b, (struct dp_span){(const uint8_t *)":method", 7}, t->method);
	pair(x, &b, (struct dp_span){(const uint8_t *)":path", 5}, t->uri);
	for (uint32_t i = 0; i < s->n_hdr; i++)
		pair(x, &b, http_header_name(s, i), http_header_value(s, i));
	a->carry = b.p;
	a->carry_n = b.n;
	a->carry_cap = b.cap;
}
