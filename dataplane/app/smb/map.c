/* SPDX-License-Identifier: Apache-2.0 */
#include "smb.h"

#define MAP_MAX 2048u
#define VALUE_MAX 65536u

struct smb_map_node {
	struct dp_recent_note link;
	struct smb_key k;
	struct smb_fid fid;
	struct dp_bytes v;
};

struct smb_key smb_key_of(const struct smb_msg *m, enum smb_role role)
{
	struct smb_key k = {.ssn = m->ssn, .msg = m->msg, .tree = m->tree, .role = role};

	if (role == SMB_K_TREE || role == SMB_K_OFFSET)
		k.tree = 0;
	if (m->ver == 2 && (role == SMB_K_FILENAME || role == SMB_K_GENERIC))
		k.tree = 0; /* an asynchronous answer does not carry it */
	if (role == SMB_K_SHARE)
		k.msg = 0;
	return k;
}

static uint32_t hash(const struct smb_key *k, const struct smb_fid *fid)
{
	uint64_t h = k->ssn * UINT64_C(0x9e3779b97f4a7c15) ^ k->msg * UINT64_C(0xc2b2ae3d27d4eb4f);

	h ^= (uint64_t)k->tree << 8 ^ k->role;
	for (unsigned i = 0; fid && i < fid->n; i++)
		h = (h ^ fid->b[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 29);
}

static bool same(const struct smb_map_node *n, const struct smb_key *k, const struct smb_fid *fid)
{
	static const struct smb_fid none;

	fid = fid ? fid : &none;
	return n->k.ssn == k->ssn && n->k.msg == k->msg && n->k.tree == k->tree &&
		n->k.role == k->role && n->fid.n == fid->n && !memcmp(n->fid.b, fid->b, fid->n);
}

static struct smb_map_node *find(struct dp_recent *m, const struct smb_key *k,
	const struct smb_fid *fid)
{
	struct dp_recent_note *n = dp_recent_first(m, hash(k, fid));

	while (n && !same((const struct smb_map_node *)n, k, fid))
		n = n->next;
	return (struct smb_map_node *)n;
}

static void drop(struct dp_ctx *c, struct dp_recent *m, struct smb_map_node *n)
{
	dp_recent_remove(m, &n->link);
	dp_bytes_free(c, &n->v);
	dp_slab_free(c->slab, DP_MEM_APP, n, sizeof(*n));
}

bool smb_map_put(struct dp_ctx *c, struct dp_recent *m, const struct smb_key *k,
	const struct smb_fid *fid, const void *v, uint32_t len)
{
	struct smb_map_node *n = find(m, k, fid);

	if (n) {
		dp_recent_use(m, &n->link);
		return dp_bytes_set(c, &n->v, v, len, VALUE_MAX);
	}
	if (m->n >= MAP_MAX)
		drop(c, m, (struct smb_map_node *)m->oldest);
	n = dp_slab_zalloc(c->slab, DP_MEM_APP, sizeof(*n));
	if (!n)
		return false;
	n->k = *k;
	if (fid)
		n->fid = *fid;
	dp_recent_add(m, &n->link, hash(k, fid));
	return dp_bytes_set(c, &n->v, v, len, VALUE_MAX);
}

bool smb_map_get(struct dp_recent *m, const struct smb_key *k, const struct smb_fid *fid,
	struct dp_span *v)
{
	struct smb_map_node *n = find(m, k, fid);

	if (!n)
		return false;
	dp_recent_use(m, &n->link);
	*v = (struct dp_span){n->v.p, n->v.n};
	return true;
}

void smb_map_drop(struct dp_ctx *c, struct dp_recent *m, const struct smb_key *k,
	const struct smb_fid *fid)
{
	struct smb_map_node *n = find(m, k, fid);

	if (n)
		drop(c, m, n);
}

void smb_map_free(struct dp_ctx *c, struct dp_recent *m)
{
	while (m->oldest)
		drop(c, m, (struct smb_map_node *)m->oldest);
}
