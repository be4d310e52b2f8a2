/* SPDX-License-Identifier: Apache-2.0 */
/**
 * NFS versions 2 (RFC 1094), 3 (RFC 1813) and 4 (RFC 7530, 8881) over RPC (RFC 5531), TCP and UDP.
 *
 * A transaction is a call and its answer; all reads or all writes of one file are one transaction,
 * which holds the file. Names come from earlier answers: a bounded map remembers which handle bore
 * which name, another what each open call asked for. Data of reads and writes is handed on as it
 * comes; every other record is read when it is whole.
 */
#ifndef DP_APP_NFS_H
#define DP_APP_NFS_H

#include "../bytes.h"
#include "../cursor.h"
#include "../pieces.h"
#include "../recent.h"
#include <dp/app.h>
#include <dp/file.h>
#include <dp/frame.h>
#include <sig/nfs.h>

#define NFS_PROGRAM 100003u
#define NFS_ACL_PROGRAM 100227u
#define NFS_HANDLE_MAX 128u
#define NFS_NAME_MAX 1024u
#define NFS_RECORD_MAX (32u * 1024 * 1024) /* no server takes more at a time */
#define NFS_WHOLE_MAX (256u * 1024)        /* longest record that is not data and is waited for */
#define NFS_DATA_MAX (16u * 1024 * 1024)   /* of one read or write (the peer's limit) */
#define NFS_OPS_MAX 64u                    /* operations of a compound (the peer's limit) */
#define NFS_MARK 4u                        /* record mark of RPC over TCP */
#define NFS_LAST 0x80000000u               /* in it: this was the last fragment */

enum nfs_auth { NFS_AUTH_NULL, NFS_AUTH_UNIX, NFS_AUTH_GSS = 6 };

/** What is remembered under a file handle (its name) or an xid (its call). */
struct nfs_note {
	struct dp_recent_note link;
	struct dp_bytes key;
	struct dp_bytes name, handle;
	uint64_t offset;            /**< of a read */
	uint32_t version, procedure;
	bool integrity;             /**< arguments and results stand in a checksummed wrapper */
};

struct nfs_tx {
	struct dp_tx tx;
	uint32_t xid, procedure, version;
	uint32_t auth, uid, gid;
	uint32_t rpc_status, nfs_status;
	struct dp_bytes machine, name, handle, to; /**< to: new name of a rename */
	bool is_file, closed, first, last, committed;
	uint8_t dir;             /**< of a file's data */
	uint32_t last_xid, chunks;
	struct dp_pieces data;   /**< of a file */
};

/** A record half read. */
struct nfs_side {
	uint64_t tx;        /**< id of the transaction that its data belongs to */
	uint32_t data_left; /**< bytes of data to come */
	uint32_t left;      /**< bytes of the record to come, those of data among them */
	bool final;         /**< the file ends with this data */
	bool lost;          /**< after a hole: look for a record */
	/* of a record in several fragments */
	bool joining;       /**< what is left belongs to one of them */
	bool last;          /**< it is the last */
	bool holed;         /**< bytes of the record are missing */
	uint32_t record;    /**< bytes of its fragments so far, those to come of this one among them */
	struct dp_bytes joined; /**< its first NFS_WHOLE_MAX */
};

struct nfs_state {
	struct dp_recent names, calls;
	struct nfs_side side[2];
	uint32_t early; /**< memory of pieces that wait for their turn */
};

/** A decoded call (dir to server) or answer, borrowed from the input. */
struct nfs_msg {
	enum sig_dir dir;
	uint32_t xid;
	uint32_t version, procedure; /**< of a call; of an answer: its call's */
	uint32_t auth, uid, gid;
	struct dp_span machine;
	uint32_t gss_procedure, gss_service;
	uint32_t status;             /**< of an answer: 0 accepted, 1 denied */
	bool whole;                  /**< the record is all there */
};

/** Read a record (without its mark) of `total` bytes, of which `c` has those that came. False: it
 *  is not whole, and nothing can be done before it is. */
bool nfs_record(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in,
	struct dp_cur c, uint32_t total);
/** Header of a call up to its arguments. False: cut or not one. */
bool nfs_call_header(struct dp_cur *c, struct nfs_msg *m, uint32_t *program);
void nfs_event(struct dp_app_ctx *x, enum sig_dir dir, unsigned event);

/* What the versions do. Cursors begin at arguments or results. */
bool nfs23_call(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct dp_cur c);
bool nfs23_answer(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m,
	struct nfs_note *call, struct dp_cur c);
bool nfs4_call(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct dp_cur c);
bool nfs4_answer(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m,
	struct nfs_note *call, struct dp_cur c);

/** Opaque bytes behind their length, and what fills them up to four. */
bool nfs_opaque(struct dp_cur *c, uint32_t max, struct dp_span *out);

/* transactions (tx.c) */
struct nfs_tx *nfs_tx_new(struct dp_app_ctx *x, const struct nfs_msg *m, uint32_t procedure);
struct nfs_tx *nfs_tx_by_xid(struct dp_app_ctx *x, uint32_t xid);
/** Answered: whatever waits for `m`. `handle` may be empty. */
void nfs_answered(struct dp_app_ctx *x, const struct nfs_msg *m, uint32_t nfs_status,
	struct dp_span handle);
void nfs_tx_release(struct dp_app_ctx *x, struct dp_tx *tx);

/* files (file.c) */
struct nfs_tx *nfs_file_of(struct dp_app_ctx *x, struct dp_span handle, enum sig_dir dir);
struct nfs_tx *nfs_file_open(struct dp_app_ctx *x, const struct nfs_msg *m, struct dp_span handle,
	struct dp_span name, enum sig_dir dir);
/** `len` bytes at `off`, of which `data` has come. `last`: the file ends with them. */
void nfs_file_piece(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct nfs_tx *tx,
	uint64_t off, uint32_t len, struct dp_span data, bool last);
/** What follows of the piece that was cut. */
void nfs_file_more(struct dp_app_ctx *x, struct nfs_state *st, enum sig_dir dir, struct dp_span data,
	uint32_t gap);
/** No more of it (commit, close). */
void nfs_file_end(struct dp_app_ctx *x, struct nfs_tx *tx, uint32_t xid);
void nfs_file_release(struct dp_app_ctx *x, struct nfs_tx *tx);
void nfs_write(struct dp_app_ctx *x, struct nfs_state *st, struct nfs_msg *m, struct dp_span handle,
	uint64_t off, uint32_t len, struct dp_span data, bool last);

/* maps (map.c) */
struct nfs_note *nfs_note_get(struct dp_recent *m, struct dp_span key);
struct nfs_note *nfs_note_put(struct dp_ctx *c, struct dp_recent *m, struct dp_span key);
void nfs_note_drop(struct dp_ctx *c, struct dp_recent *m, struct nfs_note *n);
void nfs_map_free(struct dp_ctx *c, struct dp_recent *m);
void nfs_name_put(struct dp_ctx *c, struct nfs_state *st, struct dp_span handle, struct dp_span name);
struct dp_span nfs_name_of(struct nfs_state *st, struct dp_span handle);

/* records (record.c) */
void nfs_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
void nfs_log_full(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
void nfs_log_rpc(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

static inline struct dp_span nfs_span(const struct dp_bytes *b)
{
	return (struct dp_span){b->p, b->n};
}

#endif
