/* SPDX-License-Identifier: Apache-2.0 */
/* Names by handle and calls by xid: bounded, the least recently used entry goes. */
#include "nfs.h"

#define MAP_MAX 4096u

static uint32_t hash(struct dp_span k)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (uint32_t i = 0; i < k.n; i++)
		h = (h ^ k.p[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 32);
}

struct nfs_note *nfs_note_get(struct dp_recent *m, struct dp_span key)
{
	struct dp_recent_note *n = dp_recent_first(m, hash(key));

	while (n && !dp_bytes_is(&((struct nfs_note *)n)->key, key.p, key.n))
		n = n->next;
	if (n)
		dp_recent_use(m, n);
	return (struct nfs_note *)n;
}

void nfs_note_drop(struct dp_ctx *c, struct dp_recent *m, struct nfs_note *n)
{
	dp_recent_remove(m, &n->link);
	dp_bytes_free(c, &n->key);
	dp_bytes_free(c, &n->name);
	dp_bytes_free(c, &n->handle);
	dp_slab_free(c->slab, DP_MEM_APP, n, sizeof(*n));
}

struct nfs_note *nfs_note_put(struct dp_ctx *c, struct dp_recent *m, struct dp_span key)
{
	struct nfs_note *n = nfs_note_get(m, key);

	if (n)
		return n;
	if (m->n >= MAP_MAX)
		nfs_note_drop(c, m, (struct nfs_note *)m->oldest);
	n = dp_slab_zalloc(c->slab, DP_MEM_APP, sizeof(*n));
	if (!n)
		return NULL;
	if (!dp_bytes_set(c, &n->key, key.p, key.n, key.n)) {
		dp_slab_free(c->slab, DP_MEM_APP, n, sizeof(*n));
		return NULL;
	}
	dp_recent_add(m, &n->link, hash(key));
	return n;
}

void nfs_map_free(struct dp_ctx *c, struct dp_recent *m)
{
	while (m->oldest)
		nfs_note_drop(c, m, (struct nfs_note *)m->oldest);
}

void nfs_name_put(struct dp_ctx *c, struct nfs_state *st, struct dp_span handle, struct dp_span name)
{
	struct nfs_note *n = handle.n ? nfs_note_put(c, &st->names, handle) : NULL;

	if (n)
		dp_bytes_set(c, &n->name, name.p, name.n, NFS_NAME_MAX);
}

struct dp_span nfs_name_of(struct nfs_state *st, struct dp_span handle)
{
	struct nfs_note *n = handle.n ? nfs_note_get(&st->names, handle) : NULL;

	return n ? nfs_span(&n->name) : (struct dp_span){0};
}
