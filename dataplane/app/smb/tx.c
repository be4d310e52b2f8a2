/* SPDX-License-Identifier: Apache-2.0 */
#include "smb.h"

static struct smb_tx *first(struct dp_app_ctx *x)
{
	return (struct smb_tx *)x->a->tx_first;
}

static struct smb_tx *after(struct smb_tx *tx)
{
	return (struct smb_tx *)tx->tx.next;
}

static bool equal(const struct smb_key *a, const struct smb_key *b)
{
	return a->ssn == b->ssn && a->msg == b->msg && a->tree == b->tree && a->role == b->role;
}

/** Too many are open: the older ones get no answer any more. */
static void enforce_limit(struct dp_app_ctx *x)
{
	uint64_t n = x->a->tx_live;

	if (n <= SMB_MAX_TX)
		return;
	for (struct smb_tx *tx = first(x); tx && n > SMB_MAX_TX; tx = after(tx)) {
		if (tx->tx.progress[0] && tx->tx.progress[1])
			continue;
		if (tx->kind == SMB_FILE)
			smb_file_close(x, tx);
		smb_done(tx, SIG_DIR_TO_SERVER);
		smb_done(tx, SIG_DIR_TO_CLIENT);
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_MANY_TX);
		n--;
	}
}

struct smb_tx *smb_tx_new(struct dp_app_ctx *x, enum smb_kind kind, const struct smb_msg *m,
	enum smb_role role)
{
	struct smb_tx *tx = dp_tx_add(x, sizeof(*tx));

	if (!tx)
		return NULL;
	tx->kind = (uint8_t)kind;
	tx->ver = m->ver;
	tx->cmd = m->cmd;
	tx->hdr = smb_key_of(m, role);
	if (m->ver == 2 && role == SMB_K_GENERIC)
		tx->hdr.tree = m->tree; /* shown in records; not compared */
	enforce_limit(x);
	return tx;
}

struct smb_tx *smb_tx_find(struct dp_app_ctx *x, enum smb_kind kind, const struct smb_key *k)
{
	for (struct smb_tx *tx = first(x); tx; tx = after(tx))
		if (tx->kind == kind && equal(&tx->hdr, k))
			return tx;
	return NULL;
}

struct smb_tx *smb_tx_command(struct dp_app_ctx *x, const struct smb_msg *m, enum smb_role role)
{
	struct smb_key k = smb_key_of(m, role);

	for (struct smb_tx *tx = first(x); tx; tx = after(tx)) {
		struct smb_key h = tx->hdr;

		if (m->ver == 2 && role == SMB_K_GENERIC)
			h.tree = 0;
		else if (m->async)
			h.tree = k.tree; /* an asynchronous answer does not carry it */
		if (tx->ver == m->ver && tx->cmd == m->cmd && equal(&h, &k))
			return tx;
	}
	return NULL;
}

struct smb_tx *smb_tx_negotiate(struct dp_app_ctx *x, unsigned ver)
{
	for (struct smb_tx *tx = first(x); tx; tx = after(tx))
		if (tx->kind == SMB_NEGOTIATE && tx->ver == ver)
			return tx;
	return NULL;
}

struct smb_tx *smb_tx_file(struct dp_app_ctx *x, const struct smb_fid *fid, enum sig_dir dir)
{
	for (struct smb_tx *tx = first(x); tx; tx = after(tx))
		if (tx->kind == SMB_FILE && tx->u.file.dir == dir && tx->fid.n == fid->n &&
			!memcmp(tx->fid.b, fid->b, fid->n) &&
			!(tx->tx.progress[0] && tx->tx.progress[1]))
			return tx;
	return NULL;
}

void smb_done(struct smb_tx *tx, enum sig_dir dir)
{
	tx->tx.progress[dir] = 1;
}

void smb_status(struct smb_tx *tx, const struct smb_msg *m)
{
	tx->has_status = true;
	tx->status = m->status;
	tx->dos = m->dos;
}

void smb_event(struct dp_app_ctx *x, unsigned ev, enum sig_dir dir)
{
	dp_tx_event(x, x->a->tx_last, dir, ev);
}

void smb_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct smb_tx *tx = (struct smb_tx *)t;

	dp_bytes_free(x->c, &tx->name);
	dp_bytes_free(x->c, &tx->aux);
	if (tx->kind == SMB_SESSION) {
		struct dp_bytes *all[] = {&tx->u.sess.user, &tx->u.sess.domain, &tx->u.sess.host,
			&tx->u.sess.version, &tx->u.sess.req_os, &tx->u.sess.req_lm,
			&tx->u.sess.res_os, &tx->u.sess.res_lm, &tx->u.sess.realm,
			&tx->u.sess.snames};

		for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			dp_bytes_free(x->c, all[i]);
	} else if (tx->kind == SMB_TREE) {
		dp_bytes_free(x->c, &tx->u.tree.req_service);
		dp_bytes_free(x->c, &tx->u.tree.res_service);
	} else if (tx->kind == SMB_DCERPC) {
		dp_bytes_free(x->c, &tx->u.rpc.stub[0]);
		dp_bytes_free(x->c, &tx->u.rpc.stub[1]);
	} else if (tx->kind == SMB_FILE) {
		smb_file_free(x, tx);
	}
}

void smb_text(struct dp_app_ctx *x, struct dp_bytes *b, const uint8_t *p, uint32_t n)
{
	b->n = 0;
	for (uint32_t i = 0; p && i < n;) {
		uint32_t from;

		while (i < n && p[i] == 0)
			i++;
		for (from = i; i < n && p[i]; i++)
			;
		if (!dp_bytes_add(x->c, b, p + from, i - from, SMB_NAME_MAX))
			return;
	}
}
