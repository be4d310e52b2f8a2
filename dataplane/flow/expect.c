/* SPDX-License-Identifier: Apache-2.0 */
#include "table_priv.h"
#include <errno.h>
#include <string.h>

static unsigned bucket_of(const union dp_addr *a, uint16_t port)
{
	uint64_t x = (a->q[0] ^ a->q[1] ^ port) * UINT64_C(0x9e3779b97f4a7c15);

	return (unsigned)(x >> 56) % EXPECT_BUCKETS;
}

static bool same_addr(const union dp_addr *a, const union dp_addr *b)
{
	return a->q[0] == b->q[0] && a->q[1] == b->q[1];
}

static void drop_expect(struct dp_flow_table *t, struct expect **at)
{
	struct expect *e = *at;

	*at = e->next;
	t->n_expect--;
	dp_slab_free(t->ctx->slab, DP_MEM_FLOW, e, sizeof(*e) + e->token_len);
}

int dp_flow_expect(struct dp_flow_table *t, struct dp_ctx *ctx, const struct dp_flow *parent,
	const union dp_addr *server, uint16_t port, enum sig_proto proto, enum sig_dir dir,
	const void *token, uint32_t token_len, uint32_t for_s)
{
	struct expect *e;
	unsigned b = bucket_of(server, port);

	if (t->n_expect >= ctx->conf->expect_max || token_len > 4096)
		return -ENOSPC;
	e = dp_slab_alloc(ctx->slab, DP_MEM_FLOW, sizeof(*e) + token_len);
	if (e == NULL)
		return -ENOMEM;
	e->server = *server;
	e->peer[0] = parent->addr[0];
	e->peer[1] = parent->addr[1];
	e->until_ns = ctx->now_ns + for_s * UINT64_C(1000000000);
	e->parent_id = parent->id;
	e->port = port;
	e->proto = (uint16_t)proto;
	e->ip_ver = parent->ip_ver;
	e->dir = (uint8_t)dir;
	e->token_len = token_len;
	if (token_len != 0)
		memcpy(e->token, token, token_len);
	e->next = t->expect[b];
	t->expect[b] = e;
	t->n_expect++;
	return 0;
}

/* Takes the token out of the expectation; it is met once. */
static void fulfil(struct dp_flow_table *t, struct dp_flow *f, struct expect **at)
{
	struct expect *e = *at;

	f->flags |= DP_FF_EXPECTED;
	f->parent_id = e->parent_id;
	f->expect_proto = e->proto;
	f->expect_dir = e->dir;
	if (e->token_len != 0) {
		f->expect_token = dp_slab_alloc(t->ctx->slab, DP_MEM_FLOW, e->token_len);
		if (f->expect_token != NULL) {
			memcpy(f->expect_token, e->token, e->token_len);
			f->expect_token_len = e->token_len;
		}
	}
	drop_expect(t, at);
}

void flow_expect_check(struct dp_flow_table *t, struct dp_flow *f)
{
	struct expect **at = &t->expect[bucket_of(&f->addr[1], f->port[1])];

	while (*at != NULL) {
		struct expect *e = *at;

		if (e->until_ns < t->ctx->now_ns) {
			drop_expect(t, at);
			continue;
		}
		if (e->ip_ver == f->ip_ver && e->port == f->port[1] &&
			same_addr(&e->server, &f->addr[1]) &&
			(same_addr(&e->peer[0], &f->addr[0]) ||
				same_addr(&e->peer[1], &f->addr[0]))) {
			fulfil(t, f, at);
			return;
		}
		at = &e->next;
	}
}

bool dp_flow_expected(struct dp_flow_table *t, struct dp_flow *f)
{
	if (t->n_expect != 0 && !(f->flags & DP_FF_EXPECTED))
		flow_expect_check(t, f);
	return f->flags & DP_FF_EXPECTED;
}

void flow_expect_free(struct dp_flow_table *t)
{
	for (unsigned i = 0; i < EXPECT_BUCKETS; i++)
		while (t->expect[i] != NULL)
			drop_expect(t, &t->expect[i]);
}
