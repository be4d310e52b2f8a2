/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/nic.h>

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

struct collect {
	struct rte_mbuf **out;
	uint32_t n;
};

static void collect_one(struct rte_mempool *mp, void *arg, void *obj, unsigned index)
{
	struct collect *c = arg;
	struct rte_mbuf *m = obj;

	(void)mp;
	(void)index;
	((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at = DP_NOT_HELD;
	c->out[c->n++] = m;
}

int dp_pool_create(const char *name, uint32_t buffers, int socket, struct dp_pool *pool)
{
	struct collect c = {calloc(buffers, sizeof(*c.out)), 0};

	if (c.out == NULL)
		return -ENOMEM;
	// No per-lcore cache: a process killed inside one leaves stale pointers in it (measured).
	pool->mp = rte_pktmbuf_pool_create_by_ops(name, buffers, 0, sizeof(struct dp_mbuf_priv),
			DP_MBUF_ROOM + RTE_PKTMBUF_HEADROOM, socket, "ring_sp_sc");
	if (pool->mp == NULL) {
		free(c.out);
		return rte_errno ? -rte_errno : -ENOMEM;
	}
	rte_mempool_obj_iter(pool->mp, collect_one, &c);
	pool->all = c.out;
	pool->n = c.n;
	return 0;
}

void dp_pool_reset(struct dp_pool *pool)
{
	struct rte_ring *ring = pool->mp->pool_data;

	rte_ring_reset(ring);
	for (uint32_t i = 0; i < pool->n; i++) {
		struct rte_mbuf *m = pool->all[i];

		// What a buffer in a pool looks like (rte_mbuf_raw_free's conditions).
		m->next = NULL;
		m->nb_segs = 1;
		m->ol_flags = 0;
		rte_mbuf_refcnt_set(m, 1);
		((struct dp_mbuf_priv *)rte_mbuf_to_priv(m))->held_at = DP_NOT_HELD;
	}
	rte_ring_sp_enqueue_bulk(ring, (void *const *)pool->all, pool->n, NULL);
}

uint32_t dp_pool_free(const struct dp_pool *pool)
{
	return rte_mempool_avail_count(pool->mp);
}

static int by_address(const void *a, const void *b)
{
	const struct rte_mbuf *x = *(struct rte_mbuf *const *)a, *y = *(struct rte_mbuf *const *)b;

	return (x > y) - (x < y);
}

int dp_pool_audit(struct dp_pool *pool, struct rte_mbuf *const *held, uint32_t n_held)
{
	struct rte_ring *ring = pool->mp->pool_data;
	struct rte_mbuf **got = calloc((size_t)pool->n + n_held + 64, sizeof(*got));
	uint32_t n, distinct = 0, total;

	if (got == NULL)
		return -ENOMEM;
	n = rte_ring_sc_dequeue_burst(ring, (void **)got, pool->n, NULL);
	rte_ring_sp_enqueue_bulk(ring, (void *const *)got, n, NULL);
	for (total = n; total < n + n_held; total++)
		got[total] = held[total - n];
	qsort(got, total, sizeof(*got), by_address);
	for (uint32_t i = 0; i < total; i++)
		distinct += i == 0 || got[i] != got[i - 1];
	free(got);
	if (distinct != total)
		return -(int)(total - distinct);
	return (int)(pool->n - distinct);
}
