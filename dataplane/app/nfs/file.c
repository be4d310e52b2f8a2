/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes become files: pieces may come in any order and overlap. */
#include "nfs.h"

#define EARLY_BYTES_MAX (1024u * 1024) /* of one piece that waits for its turn */

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
	tx->data.kept = &((struct nfs_state *)x->a->state)->early;
	dp_bytes_set(x->c, &tx->handle, handle.p, handle.n, NFS_HANDLE_MAX);
	dp_bytes_set(x->c, &tx->name, name.p, name.n, NFS_NAME_MAX);
	return tx;
}

/** Rather a hole than bytes that are not looked at. */
static void keep_early(struct dp_app_ctx *x, struct nfs_tx *tx, uint64_t off, struct dp_span d)
{
	if (tx->data.early && (tx->data.early_n >= DP_PIECES_MAX || *tx->data.kept + d.n > DP_PIECES_BYTES))
		dp_pieces_jump(x, &tx->data);
	if (off <= tx->data.tracked)
		dp_pieces_deliver(x, &tx->data, off, d);
	else
		dp_pieces_keep(x, &tx->data, off, d, EARLY_BYTES_MAX);
}

static void close_file(struct dp_app_ctx *x, struct nfs_tx *tx)
{
	while (tx->data.early)
		dp_pieces_jump(x, &tx->data);
	if (tx->data.f)
		dp_file_close(x->c, tx->data.f, false);
	tx->data.f = NULL;
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

	if (!tx->data.f && !tx->data.tracked)
		tx->data.f = dp_file_open(x, &tx->tx, (enum sig_dir)tx->dir, tx->name.p, tx->name.n);
	tx->data.cur = NULL;
	if (last) {
		tx->last = true;
		tx->last_xid = m->xid;
		tx->committed = true;
	}
	if (off > tx->data.tracked)
		keep_early(x, tx, off, data);
	else
		dp_pieces_deliver(x, &tx->data, off, data);
	if (data.n < len && !m->whole) {
		s->data_left = len - data.n;
		s->tx = tx->tx.id;
		s->final = last;
		return;
	}
	tx->data.cur = NULL;
	dp_pieces_drain(x, &tx->data);
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
	dp_pieces_more(x, &tx->data, data, EARLY_BYTES_MAX);
	if (gap)
		dp_pieces_gap(x, &tx->data, gap);
	if (s->data_left)
		return;
	tx->data.cur = NULL;
	dp_pieces_drain(x, &tx->data);
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
	dp_pieces_free(x, &tx->data);
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
