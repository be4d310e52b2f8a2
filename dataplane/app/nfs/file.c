/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes become files: pieces may come in any order and overlap. */
#include "nfs.h"

#define EARLY_MAX 64u                  /* pieces kept until their turn */
#define EARLY_BYTES_MAX (1024u * 1024) /* of one piece */

struct nfs_tx *nfs_file_of(struct dp_app_ctx *x, struct dp_span handle, enum sig_dir dir)
{
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next) {
		struct nfs_tx *tx = (struct nfs_tx *)t;

		if (tx->is_file && !tx->closed && tx->dir == dir &&
			dp_bytes_is(&tx->handle, handle.p, handle.n))
			return tx;
	}
	return NULL;
}

struct nfs_tx *nfs_file_open(struct dp_app_ctx *x, const struct nfs_msg *m, struct dp_span handle,
	struct dp_span name, enum sig_dir dir)
{
	enum sig_nfs_procedure p = dir == SIG_DIR_TO_SERVER ? SIG_NFS_WRITE : SIG_NFS_READ;
	struct nfs_tx *tx = nfs_tx_new(x, m, (uint32_t)sig_nfs_info[p].number[m->version - 2]);

	if (!tx)
		return NULL;
	tx->is_file = tx->first = true;
	tx->dir = (uint8_t)dir;
	dp_bytes_set(x->c, &tx->handle, handle.p, handle.n, NFS_HANDLE_MAX);
	dp_bytes_set(x->c, &tx->name, name.p, name.n, NFS_NAME_MAX);
	return tx;
}

static void chunk_free(struct dp_app_ctx *x, struct nfs_chunk *k)
{
	dp_bytes_free(x->c, &k->data);
	dp_slab_free(x->c->slab, DP_MEM_APP, k, sizeof(*k));
}

/** Deliver bytes that start at `off` (<= tracked). */
static void deliver(struct dp_app_ctx *x, struct nfs_tx *tx, uint64_t off, struct dp_span d)
{
	uint64_t known = tx->tracked - off;

	if (d.n <= known)
		return;
	if (tx->file)
		dp_file_data(x->c, tx->file, d.p + known, d.n - (uint32_t)known);
	tx->tracked = off + d.n;
}

static void drain(struct dp_app_ctx *x, struct nfs_tx *tx)
{
	struct nfs_chunk *k;

	while ((k = tx->early) && k != tx->cur && k->off <= tx->tracked) {
		tx->early = k->next;
		tx->early_n--;
		deliver(x, tx, k->off, nfs_span(&k->data));
		chunk_free(x, k);
	}
}

/** Give up on what is missing before the first piece that waits. */
static void jump(struct dp_app_ctx *x, struct nfs_tx *tx)
{
	uint64_t to = tx->early->off;

	if (tx->file && to > tx->tracked)
		dp_file_gap(x->c, tx->file, to - tx->tracked);
	if (to > tx->tracked)
		tx->tracked = to;
	tx->cur = NULL;
	drain(x, tx);
}

static void keep_early(struct dp_app_ctx *x, struct nfs_tx *tx, uint64_t off, struct dp_span d)
{
	struct nfs_chunk *k, **at = &tx->early;

	if (tx->early_n >= EARLY_MAX)
		jump(x, tx);
	k = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*k));
	if (!k)
		return;
	k->off = off;
	dp_bytes_add(x->c, &k->data, d.p, d.n, EARLY_BYTES_MAX);
	while (*at && (*at)->off <= off)
		at = &(*at)->next;
	k->next = *at;
	*at = k;
	tx->early_n++;
	tx->cur = k;
}

static void close_file(struct dp_app_ctx *x, struct nfs_tx *tx)
{
	while (tx->early)
		jump(x, tx);
	if (tx->file)
		dp_file_close(x->c, tx->file, false);
	tx->file = NULL;
	tx->closed = true;
	if (tx->dir == SIG_DIR_TO_CLIENT)
		tx->tx.progress[0] = tx->tx.progress[1] = 1;
	else
		tx->tx.progress[SIG_DIR_TO_SERVER] = 1;
}

void nfs_file_piece(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct nfs_tx *tx,
	uint64_t off, uint32_t len, struct dp_span data, bool last)
{
	struct nfs_side *s = &st->side[tx->dir];

	if (!tx->file && !tx->tracked)
		tx->file = dp_file_open(x, &tx->tx, (enum sig_dir)tx->dir, tx->name.p, tx->name.n);
	tx->cur = NULL;
	if (last) {
		tx->last = true;
		tx->last_xid = m->xid;
		tx->committed = true;
	}
	if (off > tx->tracked)
		keep_early(x, tx, off, data);
	else
		deliver(x, tx, off, data);
	if (data.n < len && !m->whole) {
		s->data_left = len - data.n;
		s->tx = tx->tx.id;
		s->final = last;
		return;
	}
	tx->cur = NULL;
	drain(x, tx);
	if (last)
		close_file(x, tx);
}

void nfs_file_more(struct dp_app_ctx *x, struct nfs_state *st, enum sig_dir dir, struct dp_span data,
	uint32_t gap)
{
	struct nfs_side *s = &st->side[dir];
	struct dp_tx *t = x->a->tx_first;
	struct nfs_tx *tx;

	while (t && t->id != s->tx)
		t = t->next;
	tx = (struct nfs_tx *)t;
	if (!tx || tx->closed)
		return;
	tx->chunks += data.n > 0;
	if (tx->cur)
		dp_bytes_add(x->c, &tx->cur->data, data.p, data.n, EARLY_BYTES_MAX);
	else if (data.n)
		deliver(x, tx, tx->tracked, data);
	if (gap && !tx->cur && tx->file) {
		dp_file_gap(x->c, tx->file, gap);
		tx->tracked += gap;
	}
	if (s->data_left)
		return;
	tx->cur = NULL;
	drain(x, tx);
	if (s->final)
		close_file(x, tx);
}

void nfs_file_end(struct dp_app_ctx *x, struct nfs_tx *tx, uint32_t xid)
{
	tx->last = true;
	tx->last_xid = xid;
	tx->committed = true;
	close_file(x, tx);
}

void nfs_file_release(struct dp_app_ctx *x, struct nfs_tx *tx)
{
	while (tx->early) {
		struct nfs_chunk *k = tx->early;

		tx->early = k->next;
		chunk_free(x, k);
	}
}

void nfs_write(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct dp_span handle,
	uint64_t off, uint32_t len, struct dp_span data, bool last)
{
	struct nfs_tx *tx = nfs_file_of(x, handle, SIG_DIR_TO_SERVER);

	if (len == 0 || len > NFS_DATA_MAX)
		return;
	if (tx)
		tx->chunks++;
	else
		tx = nfs_file_open(x, m, handle, nfs_name_of(st, handle), SIG_DIR_TO_SERVER);
	if (tx)
		nfs_file_piece(x, st, m, tx, off, len, data, last);
}
