/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes become files: pieces may come in any order and overlap. */
#include "smb.h"

#define EARLY_BYTES_MAX (2u * 1024 * 1024) /* of one piece that waits for its turn */

static void no_room(struct dp_app_ctx *x, struct smb_tx *tx)
{
	smb_event(x, tx->u.file.dir ? SIG_EV_SMB_READ_QUEUE_SIZE : SIG_EV_SMB_WRITE_QUEUE_SIZE,
		tx->u.file.dir);
}

static void keep_early(struct dp_app_ctx *x, struct smb_tx *tx, uint64_t off, struct dp_span d)
{
	if (tx->u.file.data.early_n >= DP_PIECES_MAX) {
		dp_pieces_drop(&tx->u.file.data);
		smb_event(x, tx->u.file.dir ? SIG_EV_SMB_READ_QUEUE_CNT : SIG_EV_SMB_WRITE_QUEUE_CNT,
			tx->u.file.dir);
	} else if (!dp_pieces_keep(x, &tx->u.file.data, off, d, EARLY_BYTES_MAX))
		no_room(x, tx);
}

static struct smb_tx *file_open(struct dp_app_ctx *x, struct smb_state *s,
	const struct smb_msg *m, const struct smb_fid *fid, enum sig_dir dir)
{
	struct smb_tx *tx = smb_tx_new(x, SMB_FILE, m, SMB_K_HEADER);
	struct smb_key k = {.role = SMB_K_NAME};
	struct dp_span name = {0}, share = {0};
	bool pipe;

	if (!tx)
		return NULL;
	tx->fid = *fid;
	tx->u.file.dir = (uint8_t)dir;
	tx->u.file.data.kept = &s->early;
	if (!smb_map_get(&s->map, &k, fid, &name) && m->ver == 2 && dir == SIG_DIR_TO_CLIENT)
		name = (struct dp_span){(const uint8_t *)"<unknown>", 9}; // as the peer names it
	dp_bytes_set(x->c, &tx->name, name.p, name.n, SMB_NAME_MAX);
	if (smb_share(s, m, &share, &pipe))
		dp_bytes_set(x->c, &tx->aux, share.p, share.n, SMB_NAME_MAX);
	tx->u.file.data.f = dp_file_open(x, &tx->tx, dir, tx->name.p, tx->name.n);
	return tx;
}

void smb_file_piece(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid, enum sig_dir dir, uint64_t off, uint32_t len,
	struct dp_span data)
{
	struct smb_tx *tx = smb_tx_file(x, fid, dir);

	if (!tx)
		tx = file_open(x, s, m, fid, dir);
	if (!tx)
		return;
	tx->u.file.data.cur = NULL;
	if (off < tx->u.file.data.tracked && len)
		dp_tx_event(x, &tx->tx, dir, SIG_EV_SMB_FILE_OVERLAP);
	if (off > tx->u.file.data.tracked)
		keep_early(x, tx, off, data);
	else
		dp_pieces_deliver(x, &tx->u.file.data, off, data);
	if (data.n < len) {
		s->left[dir] = len - data.n;
		s->left_fid[dir] = *fid;
	} else {
		tx->u.file.data.cur = NULL;
		dp_pieces_drain(x, &tx->u.file.data);
	}
}

void smb_file_more(struct dp_app_ctx *x, const struct smb_fid *fid, enum sig_dir dir,
	struct dp_span data, uint32_t gap)
{
	struct smb_tx *tx = smb_tx_file(x, fid, dir);

	if (!tx)
		return;
	if (gap)
		dp_pieces_gap(x, &tx->u.file.data, gap);
	if (!dp_pieces_more(x, &tx->u.file.data, data, EARLY_BYTES_MAX))
		no_room(x, tx);
	dp_pieces_drain(x, &tx->u.file.data);
}

void smb_file_close(struct dp_app_ctx *x, struct smb_tx *tx)
{
	if (tx->u.file.data.f && tx->u.file.data.f->state == DP_FILE_OPEN)
		dp_file_close(x->c, tx->u.file.data.f, tx->u.file.data.early != NULL);
	smb_done(tx, SIG_DIR_TO_SERVER);
	smb_done(tx, SIG_DIR_TO_CLIENT);
}

void smb_file_rename(struct dp_app_ctx *x, const struct smb_fid *from, const struct smb_fid *to)
{
	struct dp_tx *t = x->a->tx_first;

	for (; t; t = t->next) {
		struct smb_tx *tx = (struct smb_tx *)t;

		if (tx->kind == SMB_FILE && tx->fid.n == from->n && !memcmp(tx->fid.b, from->b, from->n))
			tx->fid = *to;
	}
}

void smb_file_close_fid(struct dp_app_ctx *x, const struct smb_fid *fid, unsigned dirs)
{
	for (int d = 0; d < 2; d++) {
		struct smb_tx *tx = dirs >> d & 1 ? smb_tx_file(x, fid, (enum sig_dir)d) : NULL;

		if (!tx)
			continue;
		smb_file_close(x, tx);
		tx->has_status = true;
		tx->status = SMB_OK;
		tx->dos = false;
	}
}

void smb_file_free(struct dp_app_ctx *x, struct smb_tx *tx)
{
	dp_pieces_free(x, &tx->u.file.data);
}
