/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes become files: pieces may come in any order and overlap. */
#include "smb.h"

#define EARLY_MAX 64u                      /* pieces kept until their turn */
#define EARLY_BYTES_MAX (2u * 1024 * 1024) /* of one piece */

static void chunk_free(struct dp_app_ctx *x, struct smb_chunk *k)
{
	dp_bytes_free(x->c, &k->data);
	dp_slab_free(x->c->slab, DP_MEM_APP, k, sizeof(*k));
}

/** Deliver in-order bytes that start at `off` (<= tracked). */
static void deliver(struct dp_app_ctx *x, struct smb_tx *tx, uint64_t off, struct dp_span d)
{
	uint64_t known = tx->u.file.tracked - off;

	if (d.n <= known)
		return;
	if (tx->u.file.f)
		dp_file_data(x->c, tx->u.file.f, d.p + known, d.n - (uint32_t)known);
	tx->u.file.tracked = off + d.n;
}

static void drain(struct dp_app_ctx *x, struct smb_tx *tx)
{
	struct smb_chunk *k;

	while ((k = tx->u.file.early) && k != tx->u.file.cur && k->off <= tx->u.file.tracked) {
		tx->u.file.early = k->next;
		tx->u.file.early_n--;
		deliver(x, tx, k->off, (struct dp_span){k->data.p, k->data.n});
		chunk_free(x, k);
	}
}

static void keep_early(struct dp_app_ctx *x, struct smb_tx *tx, uint64_t off, struct dp_span d)
{
	struct smb_chunk *k, **at = &tx->u.file.early;

	if (tx->u.file.early_n >= EARLY_MAX) {
		smb_event(x, tx->u.file.dir ? SIG_EV_SMB_READ_QUEUE_CNT : SIG_EV_SMB_WRITE_QUEUE_CNT,
			tx->u.file.dir);
		return;
	}
	k = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*k));
	if (!k)
		return;
	k->off = off;
	dp_bytes_add(x->c, &k->data, d.p, d.n, EARLY_BYTES_MAX);
	while (*at && (*at)->off <= off)
		at = &(*at)->next;
	k->next = *at;
	*at = k;
	tx->u.file.early_n++;
	tx->u.file.cur = k;
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
	smb_map_get(&s->map, &k, fid, &name);
	dp_bytes_set(x->c, &tx->name, name.p, name.n, SMB_NAME_MAX);
	if (smb_share(s, m, &share, &pipe))
		dp_bytes_set(x->c, &tx->aux, share.p, share.n, SMB_NAME_MAX);
	tx->u.file.f = dp_file_open(x, &tx->tx, dir, tx->name.p, tx->name.n);
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
	tx->u.file.cur = NULL;
	if (off < tx->u.file.tracked && len)
		dp_tx_event(x, &tx->tx, dir, SIG_EV_SMB_FILE_OVERLAP);
	if (off > tx->u.file.tracked)
		keep_early(x, tx, off, data);
	else
		deliver(x, tx, off, data);
	if (data.n < len) {
		s->left[dir] = len - data.n;
		s->left_fid[dir] = *fid;
	} else {
		tx->u.file.cur = NULL;
		drain(x, tx);
	}
}

void smb_file_more(struct dp_app_ctx *x, const struct smb_fid *fid, enum sig_dir dir,
	struct dp_span data, uint32_t gap)
{
	struct smb_tx *tx = smb_tx_file(x, fid, dir);

	if (!tx)
		return;
	if (gap) {
		if (tx->u.file.f && !tx->u.file.cur)
			dp_file_gap(x->c, tx->u.file.f, gap);
		tx->u.file.tracked += tx->u.file.cur ? 0 : gap;
	}
	if (tx->u.file.cur)
		dp_bytes_add(x->c, &tx->u.file.cur->data, data.p, data.n, EARLY_BYTES_MAX);
	else
		deliver(x, tx, tx->u.file.tracked, data);
	drain(x, tx);
}

void smb_file_close(struct dp_app_ctx *x, struct smb_tx *tx)
{
	if (tx->u.file.f && tx->u.file.f->state == DP_FILE_OPEN)
		dp_file_close(x->c, tx->u.file.f, tx->u.file.early != NULL);
	smb_done(tx, SIG_DIR_TO_SERVER);
	smb_done(tx, SIG_DIR_TO_CLIENT);
}

void smb_file_close_fid(struct dp_app_ctx *x, const struct smb_fid *fid)
{
	for (int d = 0; d < 2; d++) {
		struct smb_tx *tx = smb_tx_file(x, fid, (enum sig_dir)d);

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
	while (tx->u.file.early) {
		struct smb_chunk *k = tx->u.file.early;

		tx->u.file.early = k->next;
		chunk_free(x, k);
	}
}
