/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs.h"

void nfs_event(struct dp_app_ctx *x, enum sig_dir dir, unsigned event)
{
	dp_tx_event(x, x->a->tx_last, dir, event);
}

static void done(struct nfs_tx *tx, enum sig_dir dir)
{
	tx->tx.progress[dir] = 1;
}

/** Too many at a time: the oldest that waits is given up. */
static void make_room(struct dp_app_ctx *x)
{
	if (x->a->tx_live <= x->c->conf->nfs_max_tx)
		return;
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next) {
		struct nfs_tx *tx = (struct nfs_tx *)t;

		if (t->progress[0] && t->progress[1])
			continue;
		done(tx, SIG_DIR_TO_SERVER);
		done(tx, SIG_DIR_TO_CLIENT);
		tx->closed = true;
		if (tx->data.f)
			dp_file_close(x->c, tx->data.f, true);
		tx->data.f = NULL;
		dp_tx_event(x, t, SIG_DIR_TO_SERVER, SIG_EV_NFS_MANY_TX);
		return;
	}
}

struct nfs_tx *nfs_tx_new(struct dp_app_ctx *x, const struct nfs_msg *m, uint32_t procedure)
{
	struct nfs_tx *tx;

	make_room(x);
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return NULL;
	tx->xid = m->xid;
	tx->version = m->version;
	tx->procedure = procedure;
	tx->auth = m->auth;
	tx->uid = m->uid;
	tx->gid = m->gid;
	dp_bytes_set(x->c, &tx->machine, m->machine.p, m->machine.n, 255);
	return tx;
}

struct nfs_tx *nfs_tx_by_xid(struct dp_app_ctx *x, uint32_t xid)
{
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next) {
		struct nfs_tx *tx = (struct nfs_tx *)t;

		if (!tx->is_file && tx->xid == xid && !t->progress[SIG_DIR_TO_CLIENT])
			return tx;
	}
	return NULL;
}

void nfs_answered(struct dp_app_ctx *x, const struct nfs_msg *m, uint32_t nfs_status,
	struct dp_span handle)
{
	struct nfs_tx *tx = nfs_tx_by_xid(x, m->xid);

	for (struct dp_tx *t = x->a->tx_first; t && !tx; t = t->next) {
		struct nfs_tx *f = (struct nfs_tx *)t;

		if (f->is_file && f->dir == SIG_DIR_TO_SERVER && f->committed &&
			f->last_xid == m->xid)
			tx = f;
	}
	if (!tx)
		return;
	tx->rpc_status = m->status;
	tx->nfs_status = nfs_status;
	if (!tx->handle.n && handle.n)
		dp_bytes_set(x->c, &tx->handle, handle.p, handle.n, NFS_HANDLE_MAX);
	done(tx, SIG_DIR_TO_SERVER);
	done(tx, SIG_DIR_TO_CLIENT);
}

void nfs_tx_release(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct nfs_tx *tx = (struct nfs_tx *)t;

	nfs_file_release(x, tx);
	dp_bytes_free(x->c, &tx->machine);
	dp_bytes_free(x->c, &tx->name);
	dp_bytes_free(x->c, &tx->handle);
	dp_bytes_free(x->c, &tx->to);
}
