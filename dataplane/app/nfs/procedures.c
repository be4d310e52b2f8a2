/* SPDX-License-Identifier: Apache-2.0 */
/* Versions 2 and 3: arguments and results of the procedures that name files or move their data. */
#include "nfs.h"

#define V2_HANDLE 32u
#define V2_ATTR 68u
#define V2_ATTR_SIZE 20u /* where the size stands in them */
#define V3_HANDLE_MAX 64u
#define V3_ATTR 84u
#define NAME_WIRE_MAX 65535u
#define ENTRIES_MAX 4096u /* of a directory listing */
#define FILE_SYNC 2u

struct args {
	struct dp_span handle, name, to;
	uint64_t offset;
};

static void get_handle(struct dp_cur *c, unsigned version, struct dp_span *out)
{
	if (version == 2)
		*out = (struct dp_span){dp_cur_bytes(c, V2_HANDLE), V2_HANDLE};
	else
		nfs_opaque(c, V3_HANDLE_MAX, out);
	if (c->bad)
		*out = (struct dp_span){0};
}

static bool read_args(struct dp_cur *c, unsigned version, enum sig_nfs_procedure p, struct args *a)
{
	struct dp_span dir;

	switch (p) {
	case SIG_NFS_LOOKUP:
		// The peer shows the found file's handle in version 3, the directory's in version 2.
		get_handle(c, version, version == 2 ? &a->handle : &dir);
		return nfs_opaque(c, NAME_WIRE_MAX, &a->name);
	case SIG_NFS_ACCESS:
	case SIG_NFS_GETATTR:
	case SIG_NFS_READDIRPLUS:
	case SIG_NFS_COMMIT:
		get_handle(c, version, &a->handle);
		return !c->bad;
	case SIG_NFS_READ:
		get_handle(c, version, &a->handle);
		a->offset = version == 2 ? dp_cur_be32(c) : dp_cur_be64(c);
		dp_cur_skip(c, 4);
		return !c->bad;
	case SIG_NFS_CREATE:
	case SIG_NFS_REMOVE:
	case SIG_NFS_MKDIR:
	case SIG_NFS_RMDIR:
		get_handle(c, version, &a->handle);
		return nfs_opaque(c, NAME_WIRE_MAX, &a->name);
	case SIG_NFS_RENAME:
		get_handle(c, version, &a->handle);
		nfs_opaque(c, NAME_WIRE_MAX, &a->name);
		get_handle(c, version, &dir);
		return nfs_opaque(c, NAME_WIRE_MAX, &a->to);
	default:
		return true;
	}
}

static struct nfs_note *remember(struct dp_app_ctx *x, struct nfs_state *st, const struct nfs_msg *m,
	const struct args *a)
{
	uint8_t key[4] = {(uint8_t)(m->xid >> 24), (uint8_t)(m->xid >> 16), (uint8_t)(m->xid >> 8),
		(uint8_t)m->xid};
	struct nfs_note *n = nfs_note_put(x->c, &st->calls, (struct dp_span){key, 4});

	if (!n)
		return NULL;
	n->version = m->version;
	n->procedure = m->procedure;
	n->offset = a->offset;
	dp_bytes_set(x->c, &n->handle, a->handle.p, a->handle.n, NFS_HANDLE_MAX);
	dp_bytes_set(x->c, &n->name, a->name.p, a->name.n, NFS_NAME_MAX);
	return n;
}

static bool write_call(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct dp_cur c)
{
	struct args a = {0};
	uint32_t len, stable = 0;
	struct dp_span data;

	get_handle(&c, m->version, &a.handle);
	a.offset = dp_cur_be64(&c);
	dp_cur_skip(&c, 4);
	stable = dp_cur_be32(&c);
	len = dp_cur_be32(&c);
	if (c.bad || (m->whole && len > dp_cur_left(&c))) {
		if (m->whole)
			nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
		return m->whole;
	}
	data = (struct dp_span){c.p + c.off, dp_cur_left(&c) < len ? dp_cur_left(&c) : len};
	remember(x, st, m, &a);
	nfs_write(x, st, m, a.handle, a.offset, len, data, stable == FILE_SYNC);
	return true;
}

static void new_call(struct dp_app_ctx *x, struct nfs_state *st, const struct nfs_msg *m,
	enum sig_nfs_procedure p, const struct args *a)
{
	struct nfs_tx *tx;

	if (p == SIG_NFS_COMMIT) {
		tx = nfs_file_of(x, a->handle, SIG_DIR_TO_SERVER);
		if (tx) {
			tx->chunks++;
			nfs_file_end(x, tx, m->xid);
		}
		return;
	}
	if (p == SIG_NFS_READ) {
		if (!nfs_file_of(x, a->handle, SIG_DIR_TO_CLIENT))
			nfs_file_open(x, m, a->handle, a->name, SIG_DIR_TO_CLIENT);
		return;
	}
	tx = nfs_tx_new(x, m, m->procedure);
	if (!tx)
		return;
	dp_bytes_set(x->c, &tx->handle, a->handle.p, a->handle.n, NFS_HANDLE_MAX);
	dp_bytes_set(x->c, &tx->name, a->name.p, a->name.n, NFS_NAME_MAX);
	dp_bytes_set(x->c, &tx->to, a->to.p, a->to.n, NFS_NAME_MAX);
	tx->tx.progress[SIG_DIR_TO_SERVER] = 1;
}

bool nfs23_call(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct dp_cur c)
{
	enum sig_nfs_procedure p = sig_nfs_procedure(m->version, m->procedure);
	struct args a = {0};
	bool ok;

	/* A write of version 2 says nothing of where the file ends; like others, make no file of it. */
	if (p == SIG_NFS_WRITE && m->version != 2)
		return write_call(x, st, m, c);
	if (!m->whole)
		return false;
	ok = read_args(&c, m->version, p, &a);
	if (ok && a.handle.n && !a.name.n)
		a.name = nfs_name_of(st, a.handle);
	remember(x, st, m, &a);
	new_call(x, st, m, p, &a);
	if (!ok)
		nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
	return true;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void post_op_attr(struct dp_cur *c)
{
	if (dp_cur_be32(c) == 1)
		dp_cur_skip(c, V3_ATTR);
}

/** Nothing (more) will come of what was read. */
static void read_failed(struct dp_app_ctx *x, const struct nfs_msg *m, struct nfs_tx *tx,
	uint32_t status)
{
	if (!tx)
		return;
	tx->rpc_status = m->status;
	tx->nfs_status = status;
	nfs_file_end(x, tx, m->xid);
}

static bool read_answer(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m,
	struct nfs_note *call, struct dp_cur c)
{
	struct nfs_tx *tx = nfs_file_of(x, nfs_span(&call->handle), SIG_DIR_TO_CLIENT);
	uint32_t status = dp_cur_be32(&c), len;
	struct dp_span data;
	bool last;

	if (!c.bad && status != 0) {
		if (m->whole)
			read_failed(x, m, tx, status);
		return m->whole;
	}
	if (m->version == 2) {
		struct dp_cur attr = dp_cur_sub(&c, V2_ATTR);

		dp_cur_skip(&attr, V2_ATTR_SIZE);
		len = dp_cur_be32(&c);
		last = dp_cur_be32(&attr) == call->offset + len;
	} else {
		post_op_attr(&c);
		dp_cur_skip(&c, 4);
		last = dp_cur_be32(&c) == 1;
		len = dp_cur_be32(&c);
	}
	if (c.bad || len > NFS_DATA_MAX || (m->whole && len > dp_cur_left(&c))) {
		if (m->whole)
			nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
		return m->whole;
	}
	data = (struct dp_span){c.p + c.off, dp_cur_left(&c) < len ? dp_cur_left(&c) : len};
	if (!tx)
		tx = nfs_file_open(x, m, nfs_span(&call->handle), nfs_span(&call->name), m->dir);
	if (!tx)
		return m->whole;
	tx->chunks++;
	if (last) {
		tx->rpc_status = m->status;
		tx->nfs_status = status;
	}
	nfs_file_piece(x, st, m, tx, call->offset, len, data, last);
	return true;
}

static void listing(struct dp_app_ctx *x, struct nfs_state *st, const struct nfs_msg *m, struct dp_cur c)
{
	uint32_t n = 0;

	post_op_attr(&c);
	dp_cur_skip(&c, 8);
	while (n++ < ENTRIES_MAX && !c.bad && dp_cur_be32(&c) == 1) {
		struct dp_span name, handle = {0};

		dp_cur_skip(&c, 8);
		nfs_opaque(&c, NAME_WIRE_MAX, &name);
		dp_cur_skip(&c, 8);
		post_op_attr(&c);
		if (dp_cur_be32(&c) == 1)
			get_handle(&c, 3, &handle);
		if (!c.bad)
			nfs_name_put(x->c, st, handle, name);
	}
	if (c.bad)
		nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
}

bool nfs23_answer(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m,
	struct nfs_note *call, struct dp_cur c)
{
	enum sig_nfs_procedure p = sig_nfs_procedure(m->version, m->procedure);
	struct dp_span handle = {0};
	uint32_t status;

	if (p == SIG_NFS_READ)
		return read_answer(x, st, m, call, c);
	if (!m->whole)
		return false;
	status = dp_cur_be32(&c);
	if (status == 0 && (p == SIG_NFS_LOOKUP || p == SIG_NFS_CREATE)) {
		if (m->version == 2 || p == SIG_NFS_LOOKUP || dp_cur_be32(&c) == 1)
			get_handle(&c, m->version, &handle);
		if (c.bad)
			nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
		nfs_name_put(x->c, st, handle, nfs_span(&call->name));
	} else if (status == 0 && p == SIG_NFS_READDIRPLUS) {
		listing(x, st, m, c);
	}
	nfs_answered(x, m, p == SIG_NFS_NULL ? 0 : status, handle);
	return true;
}
