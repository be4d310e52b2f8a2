/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version 4: a call is a list of operations. As with the peer, CREATE and REMOVE make a transaction
 * of their own, reads and writes belong to their file's, the others to none.
 */
#include "ops.h"

#define TAG_MAX 1024u
#define NAME_WIRE_MAX 65535u
#define FILE_SYNC 2u
#define INTEGRITY 2u
#define PRIVACY 3u
#define LINK_TYPE 5u

/** A walk over the operations. Without `act` it only finds out whether it gets to data. */
struct walk {
	struct dp_app_ctx *x;
	struct nfs_state *st;
	struct nfs_msg *m;
	struct nfs_note *call; /**< NULL without `act` */
	bool act, reached;     /**< reached: an operation whose data has begun */
	struct dp_span handle; /**< current one, as PUTFH set it */
	uint32_t main, status;
	bool has_status, found; /**< found: GETFH tells the handle of the name */
};

static void set_name(struct walk *w, struct dp_span name)
{
	if (w->call)
		dp_bytes_set(w->x->c, &w->call->name, name.p, name.n, NFS_NAME_MAX);
}

static void set_handle(struct walk *w, struct dp_span handle)
{
	if (w->call)
		dp_bytes_set(w->x->c, &w->call->handle, handle.p, handle.n, NFS_HANDLE_MAX);
}

/** Length and data: all of it, or what has come when the record is cut. False: not even that. */
static bool data_of(struct walk *w, struct dp_cur *c, uint32_t *len, struct dp_span *data)
{
	*len = dp_cur_be32(c);
	if (c->bad || (w->m->whole && *len > dp_cur_left(c)) || *len > NFS_DATA_MAX)
		return false;
	data->p = c->p + c->off;
	data->n = dp_cur_left(c) < *len ? dp_cur_left(c) : *len;
	w->reached = data->n < *len;
	if (data->n < *len)
		c->off = c->n;
	else
		dp_cur_skip(c, *len + (dp_cur_left(c) - *len < (-*len & 3) ? 0 : -*len & 3));
	return true;
}

static bool do_write(struct walk *w, struct dp_cur *c)
{
	struct dp_span data;
	uint32_t len, stable;
	uint64_t off;

	nfs4_skip(c, "s");
	off = dp_cur_be64(c);
	stable = dp_cur_be32(c);
	if (!data_of(w, c, &len, &data))
		return false;
	if (w->act && w->handle.n)
		nfs_write(w->x, w->st, w->m, w->handle, off, len, data, stable == FILE_SYNC);
	return true;
}

static bool do_read(struct walk *w, struct dp_cur *c)
{
	nfs4_skip(c, "s");
	if (!w->call) {
		nfs4_skip(c, "84");
		return !c->bad;
	}
	w->call->offset = dp_cur_be64(c);
	dp_cur_skip(c, 4);
	if (w->handle.n) {
		set_handle(w, w->handle);
		set_name(w, nfs_name_of(w->st, w->handle));
	}
	return !c->bad;
}

static bool do_open(struct walk *w, struct dp_cur *c)
{
	struct dp_span name;
	uint32_t how = 0, claim;

	nfs4_skip(c, "4448o");
	if (dp_cur_be32(c) == 1) {
		how = dp_cur_be32(c);
		nfs4_skip(c, how < 2 ? "a" : how == 2 ? "8" : "8a");
	}
	claim = dp_cur_be32(c);
	if (claim == 1)
		return nfs4_skip(c, "4");
	if (claim == 2 || claim == 5)
		nfs4_skip(c, "s");
	if (claim >= 4)
		return !c->bad;
	if (!nfs_opaque(c, NAME_WIRE_MAX, &name))
		return false;
	set_name(w, name);
	return true;
}

static bool do_create(struct walk *w, struct dp_cur *c)
{
	uint32_t type = dp_cur_be32(c);
	struct dp_span name;

	nfs4_skip(c, type == LINK_TYPE ? "o" : type == 3 || type == 4 ? "44" : "");
	if (!nfs_opaque(c, NAME_WIRE_MAX, &name) || !nfs4_skip(c, "a"))
		return false;
	set_handle(w, w->handle);
	set_name(w, name);
	w->main = NFS4_CREATE;
	return true;
}

static bool do_named(struct walk *w, struct dp_cur *c, uint32_t op)
{
	struct dp_span name;

	if (!nfs_opaque(c, NAME_WIRE_MAX, &name))
		return false;
	set_name(w, name);
	if (op == NFS4_REMOVE)
		w->main = op;
	return true;
}

static bool do_end(struct walk *w, struct dp_cur *c, uint32_t op)
{
	struct nfs_tx *tx;

	if (!nfs4_skip_args(c, op))
		return false;
	tx = w->act && w->handle.n ? nfs_file_of(w->x, w->handle, SIG_DIR_TO_SERVER) : NULL;
	if (tx)
		nfs_file_end(w->x, tx, w->m->xid);
	return true;
}

static bool call_op(struct walk *w, struct dp_cur *c)
{
	uint32_t op = dp_cur_be32(c);

	switch (op) {
	case NFS4_PUTFH:
		return nfs_opaque(c, NFS_HANDLE_MAX, &w->handle);
	case NFS4_WRITE:
		return do_write(w, c);
	case NFS4_READ:
		return do_read(w, c);
	case NFS4_OPEN:
		return do_open(w, c);
	case NFS4_CREATE:
		return do_create(w, c);
	case NFS4_LOOKUP:
	case NFS4_REMOVE:
		return do_named(w, c, op);
	case NFS4_COMMIT:
	case NFS4_CLOSE:
		return do_end(w, c, op);
	default:
		return !c->bad && nfs4_skip_args(c, op);
	}
}

/** All operations. False: one of them is cut or unknown. */
static bool call_ops(struct walk *w, struct dp_cur c)
{
	uint32_t n;

	nfs4_skip(&c, "o4");
	n = dp_cur_be32(&c);
	if (c.bad || n > NFS_OPS_MAX)
		return false;
	for (uint32_t i = 0; i < n && !w->reached; i++)
		if (!call_op(w, &c))
			return false;
	return true;
}

/** Behind the wrapper of RPCSEC_GSS (RFC 2203 5.3.2.2). */
static struct dp_cur unwrap(struct dp_cur c, bool whole)
{
	uint32_t len = dp_cur_be32(&c);
	struct dp_cur in = whole || dp_cur_left(&c) >= len ? dp_cur_sub(&c, len) : c;

	dp_cur_skip(&in, 4);
	return dp_cur_of(in.p + in.off, in.bad ? 0 : dp_cur_left(&in));
}

static struct nfs_note *remember(struct dp_app_ctx *x, struct nfs_state *st, const struct nfs_msg *m)
{
	uint8_t key[4] = {(uint8_t)(m->xid >> 24), (uint8_t)(m->xid >> 16), (uint8_t)(m->xid >> 8),
		(uint8_t)m->xid};
	struct nfs_note *n = nfs_note_put(x->c, &st->calls, (struct dp_span){key, 4});

	if (!n)
		return NULL;
	n->version = 4;
	n->procedure = m->procedure;
	n->offset = 0;
	n->name.n = n->handle.n = 0;
	n->integrity = m->auth == NFS_AUTH_GSS && m->gss_service == INTEGRITY;
	return n;
}

bool nfs4_call(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct dp_cur c)
{
	bool gss = m->auth == NFS_AUTH_GSS;
	struct walk w = {.x = x, .st = st, .m = m};
	struct nfs_tx *tx;

	if (m->procedure != 1 || (gss && (m->gss_procedure != 0 || m->gss_service >= PRIVACY))) {
		if (m->whole)
			remember(x, st, m);
		return m->whole;
	}
	if (gss && m->gss_service == INTEGRITY)
		c = unwrap(c, m->whole);
	if (!m->whole && (!call_ops(&w, c) || !w.reached))
		return false;
	w = (struct walk){.x = x, .st = st, .m = m, .act = true, .call = remember(x, st, m)};
	if (!call_ops(&w, c))
		nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
	if (!w.main)
		return true;
	tx = nfs_tx_new(x, m, w.main);
	if (tx && w.call) {
		dp_bytes_set(x->c, &tx->name, w.call->name.p, w.call->name.n, NFS_NAME_MAX);
		dp_bytes_set(x->c, &tx->handle, w.call->handle.p, w.call->handle.n, NFS_HANDLE_MAX);
	}
	if (tx)
		tx->tx.progress[SIG_DIR_TO_SERVER] = 1;
	return true;
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool read_result(struct walk *w, struct dp_cur *c)
{
	struct dp_span handle = nfs_span(&w->call->handle), data;
	bool last = dp_cur_be32(c) == 1;
	struct nfs_tx *tx;
	uint32_t len;

	if (!data_of(w, c, &len, &data))
		return false;
	if (!w->act || (len == 0 && !last))
		return true;
	tx = nfs_file_of(w->x, handle, SIG_DIR_TO_CLIENT);
	if (tx)
		tx->chunks++;
	else
		tx = nfs_file_open(w->x, w->m, handle, nfs_span(&w->call->name), SIG_DIR_TO_CLIENT);
	if (tx)
		nfs_file_piece(w->x, w->st, w->m, tx, w->call->offset, len, data, last);
	return true;
}

static bool handle_result(struct walk *w, struct dp_cur *c)
{
	struct dp_span handle;

	if (!nfs_opaque(c, NFS_HANDLE_MAX, &handle))
		return false;
	if (w->act && w->found && w->call->name.n)
		nfs_name_put(w->x->c, w->st, handle, nfs_span(&w->call->name));
	return true;
}

/** One result. False: it is cut or unknown. *end: nothing follows a failed operation. */
static bool result_op(struct walk *w, struct dp_cur *c, bool *end)
{
	uint32_t op = dp_cur_be32(c), status = dp_cur_be32(c);

	if (op == NFS4_CREATE || op == NFS4_REMOVE) {
		w->has_status = true;
		w->status = status;
	}
	*end = status != 0;
	if (c->bad || *end)
		return !c->bad;
	if (op == NFS4_OPEN || op == NFS4_LOOKUP || op == NFS4_CREATE)
		w->found = true;
	if (op == NFS4_READ)
		return read_result(w, c);
	if (op == NFS4_GETFH)
		return handle_result(w, c);
	return nfs4_skip_results(c, op);
}

static bool result_ops(struct walk *w, struct dp_cur c)
{
	bool end = false;
	uint32_t n;

	w->status = dp_cur_be32(&c);
	nfs4_skip(&c, "o");
	n = dp_cur_be32(&c);
	if (c.bad || n > NFS_OPS_MAX)
		return false;
	for (uint32_t i = 0; i < n && !end && !w->reached; i++)
		if (!result_op(w, &c, &end))
			return false;
	return true;
}

bool nfs4_answer(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m,
	struct nfs_note *call, struct dp_cur c)
{
	struct walk w = {.x = x, .st = st, .m = m, .call = call};

	if (call->procedure != 1) {
		if (m->whole)
			nfs_answered(x, m, 0, (struct dp_span){0});
		return m->whole;
	}
	if (call->integrity)
		c = unwrap(c, m->whole);
	if (!m->whole && (!result_ops(&w, c) || !w.reached))
		return false;
	w = (struct walk){.x = x, .st = st, .m = m, .call = call, .act = true};
	if (!result_ops(&w, c))
		nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
	nfs_answered(x, m, w.status, (struct dp_span){0});
	return true;
}
