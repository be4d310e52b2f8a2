/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs.h"
#include <stdio.h>
#include <zlib.h>

static void put_known(struct dp_rec *r, const char *key, const char *name, uint32_t v)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", v);
	dp_rec_cstr(r, key, name ? name : text);
}

/** RFC 1813 2.6. */
static const char *status_name(uint32_t v)
{
	static const struct {
		uint32_t value;
		const char *name;
	} names[] = {{0, "OK"}, {1, "ERR_PERM"}, {2, "ERR_NOENT"}, {5, "ERR_IO"}, {6, "ERR_NXIO"},
		{13, "ERR_ACCES"}, {17, "ERR_EXIST"}, {18, "ERR_XDEV"}, {19, "ERR_NODEV"},
		{20, "ERR_NOTDIR"}, {21, "ERR_ISDIR"}, {22, "ERR_INVAL"}, {27, "ERR_FBIG"},
		{28, "ERR_NOSPC"}, {30, "ERR_ROFS"}, {31, "ERR_MLINK"}, {63, "ERR_NAMETOOLONG"},
		{66, "ERR_NOTEMPTY"}, {69, "ERR_DQUOT"}, {70, "ERR_STALE"}, {71, "ERR_REMOTE"},
		{10001, "ERR_BADHANDLE"}, {10002, "ERR_NOT_SYNC"}, {10003, "ERR_BAD_COOKIE"},
		{10004, "ERR_NOTSUPP"}, {10005, "ERR_TOOSMALL"}, {10006, "ERR_SERVERFAULT"},
		{10007, "ERR_BADTYPE"}, {10008, "ERR_JUKEBOX"}};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].value == v)
			return names[i].name;
	return NULL;
}

static void put_bytes(struct dp_rec *r, const char *key, const struct dp_bytes *b)
{
	dp_rec_str(r, key, b->n ? (const void *)b->p : "", b->n);
}

static void put_file(struct dp_rec *r, const char *key, const struct nfs_tx *tx)
{
	dp_rec_obj(r, key);
	dp_rec_bool(r, "first", tx->first);
	dp_rec_bool(r, "last", tx->last);
	dp_rec_u64(r, "last_xid", tx->last_xid);
	dp_rec_u64(r, "chunks", tx->chunks);
	dp_rec_end(r);
}

void nfs_log_full(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct nfs_tx *tx = (const struct nfs_tx *)t;
	enum sig_nfs_procedure p = sig_nfs_procedure(tx->version, tx->procedure);
	char hash[12];

	dp_rec_u64(r, "version", tx->version);
	put_known(r, "procedure", p < SIG_NFS__COUNT ? sig_nfs_info[p].name : NULL, tx->procedure);
	put_bytes(r, "filename", &tx->name);
	if (tx->handle.n) {
		snprintf(hash, sizeof(hash), "%lx", crc32(0, tx->handle.p, tx->handle.n));
		dp_rec_cstr(r, "hhash", hash);
	}
	dp_rec_u64(r, "id", t->id + 1);
	dp_rec_bool(r, "file_tx", tx->is_file);
	dp_rec_cstr(r, "type", "response");
	put_known(r, "status", status_name(tx->nfs_status), tx->nfs_status);
	if (tx->is_file) {
		put_file(r, tx->dir == SIG_DIR_TO_CLIENT ? "read" : "write", tx);
	} else if (p == SIG_NFS_RENAME) {
		dp_rec_obj(r, "rename");
		put_bytes(r, "from", &tx->name);
		put_bytes(r, "to", &tx->to);
		dp_rec_end(r);
	}
}

/** Attributes are asked for at every turn: that is not worth a record. */
void nfs_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct nfs_tx *tx = (const struct nfs_tx *)t;

	if (tx->version > 3 || tx->procedure != 1)
		nfs_log_full(x, t, r);
}

void nfs_log_rpc(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	static const char *const auth[] = {"NULL", "UNIX", "SHORT", "DH", "KERB", "RSA", "GSS"};
	static const char *const status[] = {"ACCEPTED", "DENIED"};
	const struct nfs_tx *tx = (const struct nfs_tx *)t;

	dp_rec_obj(r, "rpc");
	dp_rec_u64(r, "xid", tx->xid);
	put_known(r, "status", tx->rpc_status < 2 ? status[tx->rpc_status] : NULL, tx->rpc_status);
	put_known(r, "auth_type", tx->auth < 7 ? auth[tx->auth] : NULL, tx->auth);
	if (tx->auth == NFS_AUTH_UNIX) {
		dp_rec_obj(r, "creds");
		put_bytes(r, "machine_name", &tx->machine);
		dp_rec_u64(r, "uid", tx->uid);
		dp_rec_u64(r, "gid", tx->gid);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}
