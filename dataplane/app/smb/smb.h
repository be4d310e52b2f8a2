/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SMB 1 to 3 over TCP (MS-CIFS, MS-SMB, MS-SMB2), with the DCE/RPC that its named pipes carry.
 * Private to the protocol's folder.
 *
 * A transaction is a command with its answer; reads and writes of one open file are one
 * transaction that carries the file; calls on a pipe are transactions of kind DCERPC.
 * What must be remembered between messages (names of handles, shares of trees, positions of reads)
 * stands in one bounded map that forgets the least recently used entry.
 */
#ifndef DP_APP_SMB_H
#define DP_APP_SMB_H

#include "../bytes.h"
#include "../cursor.h"
#include "../dcerpc/dce.h"
#include "../pieces.h"
#include "../recent.h"
#include <dp/app.h>
#include <dp/file.h>

#define SMB_NAME_MAX 4096u   /**< bytes kept of a file, share or host name */
#define SMB_MAX_TX 1024u     /**< live transactions of a flow (the peer's default) */
#define SMB_RPC_MARK "\x01rpc" /**< name of a handle of unknown name that carried RPC */
#define SMB_OK 0u
#define SMB_PENDING 0x103u
#define SMB_OVERFLOW 0x80000005u /**< STATUS_BUFFER_OVERFLOW: the rest comes with the next read */
#define SMB_EOF 0xc0000011u

enum smb_kind {
	SMB_GENERIC,
	SMB_NEGOTIATE,
	SMB_SESSION,
	SMB_TREE,
	SMB_CREATE,
	SMB_FILE,
	SMB_RENAME,
	SMB_SETINFO,
	SMB_DCERPC,
	SMB_IOCTL,
};

/** Role of a key: equal ids with different roles are different keys. */
enum smb_role {
	SMB_K_HEADER,
	SMB_K_GENERIC,
	SMB_K_TREE,     /**< tree connect waiting for its answer */
	SMB_K_SHARE,    /**< tree id to share: value byte 0 is "pipe", then the name */
	SMB_K_FILENAME, /**< create waiting for its answer: name */
	SMB_K_OFFSET,   /**< read waiting for its answer: handle, offset */
	SMB_K_GUID,     /**< pipe call or close waiting for its answer: handle */
	SMB_K_NAME,     /**< handle to file name */
	SMB_K_ALIAS,    /**< handle of a compounded create before its answer: the one it got */
	SMB_K_PART,     /**< PDU of a pipe that comes in pieces (parts.c) */
};

struct smb_key {
	uint64_t ssn, msg;
	uint32_t tree, role;
};

/** File handle: 16 bytes, or SMB1's two with the session's four. */
struct smb_fid {
	uint8_t b[16];
	uint8_t n;
};

struct smb_tx {
	struct dp_tx tx;
	uint8_t kind, ver; /**< enum smb_kind; 1 or 2 */
	uint16_t cmd;
	bool has_status, dos;
	uint32_t status;
	struct smb_key hdr;
	struct smb_fid fid;   /* create, file, rename, setinfo */
	struct dp_bytes name; /* share, file, directory, old name */
	struct dp_bytes aux;  /* share of a file, new name, client dialects (NUL between) */
	union {
		struct {
			uint8_t client_guid[16], server_guid[16];
			bool has_client, has_server;
		} neg;
		struct {
			struct dp_bytes user, domain, host, version;
			struct dp_bytes req_os, req_lm, res_os, res_lm;
			struct dp_bytes realm, snames; /* names, NUL between */
			bool ntlm, krb, req_host, res_host;
		} sess;
		struct {
			struct dp_bytes req_service, res_service;
			bool is_pipe, has_req, has_res;
			uint8_t share_type;
		} tree;
		struct {
			uint32_t disposition;
			bool del, dir;
			uint64_t created, accessed, modified, changed, size;
		} create;
		struct {
			struct dp_pieces data;
			uint8_t dir;
		} file;
		struct {
			uint16_t subcmd, level;
			bool del;
		} info;
		struct {
			struct dp_bytes stub[2];
			uint32_t call_id;
			uint16_t opnum, ctx, frags[2];
			uint8_t req_cmd, res_cmd;
			bool req_set, res_set, le;
		} rpc;
		struct {
			uint32_t func;
		} ioctl;
	} u;
};

/** PDUs that come in several messages, by handle and direction. Zeroed: none. */
struct smb_parts {
	struct dp_recent list;
	uint32_t bytes; /**< memory that their bodies take */
};

/** `body`: what there is of it behind the header. */
struct smb_pdu {
	struct dp_dce_hdr h;
	struct dp_cur body;
};

enum smb_part {
	SMB_PART_MORE, /**< all was taken */
	SMB_PART_PDU,
	SMB_PART_BAD,  /**< this is no PDU */
};

struct smb_state {
	struct dp_dce_ifaces ifaces;
	struct dp_recent map;
	struct smb_parts parts;
	uint16_t dialect; /**< 0: SMB1 or not known */
	struct dp_bytes dialect_name;
	uint32_t max_read, max_write;
	uint32_t skip[2]; /**< bytes of a record nobody looks at */
	uint32_t left[2]; /**< bytes of a read or write that still belong to left_fid */
	struct smb_fid left_fid[2];
	struct smb_fid chain; /**< SMB2: handle of the request before, for related ones behind it */
	uint32_t early;   /**< memory of pieces that wait for their turn */
	bool resync[2];
	uint8_t ver; /**< of the newest message */
};

/** One message. `data` starts at the SMB header; `more`: bytes of it that have not arrived. */
struct smb_msg {
	struct dp_span data;
	uint8_t ver;
	bool answer, async, unicode, dos;
	bool related;    /**< its handle is that of the message before it */
	bool first, last; /**< of those compounded: neither stands before, or behind it */
	uint16_t cmd;
	uint32_t status, tree, more;
	uint64_t ssn, msg;
	uint32_t body; /**< offset of the body in data */
};

/* keys and the map (map.c). Handles and fragments are keyed with fid. */
struct smb_key smb_key_of(const struct smb_msg *m, enum smb_role role);
bool smb_map_put(struct dp_ctx *c, struct dp_recent *m, const struct smb_key *k,
	const struct smb_fid *fid, const void *v, uint32_t n);
/** Value valid until the next put or take. */
bool smb_map_get(struct dp_recent *m, const struct smb_key *k, const struct smb_fid *fid,
	struct dp_span *v);
void smb_map_drop(struct dp_ctx *c, struct dp_recent *m, const struct smb_key *k,
	const struct smb_fid *fid);
void smb_map_free(struct dp_ctx *c, struct dp_recent *m);

/* transactions (tx.c) */
struct smb_tx *smb_tx_new(struct dp_app_ctx *x, enum smb_kind kind, const struct smb_msg *m,
	enum smb_role role);
struct smb_tx *smb_tx_find(struct dp_app_ctx *x, enum smb_kind kind, const struct smb_key *k);
/** By command and key, of any kind. */
struct smb_tx *smb_tx_command(struct dp_app_ctx *x, const struct smb_msg *m, enum smb_role role);
struct smb_tx *smb_tx_negotiate(struct dp_app_ctx *x, unsigned ver);
/** Open file of that handle and direction. */
struct smb_tx *smb_tx_file(struct dp_app_ctx *x, const struct smb_fid *fid, enum sig_dir dir);
void smb_done(struct smb_tx *tx, enum sig_dir dir);
void smb_status(struct smb_tx *tx, const struct smb_msg *m);
void smb_tx_free(struct dp_app_ctx *x, struct dp_tx *t);
void smb_event(struct dp_app_ctx *x, unsigned ev, enum sig_dir dir);

/* files (file.c) */
/** A piece of a read or write: `len` bytes at `off`, of which `data` is here; the rest follows
 *  with smb_file_more. Opens the transaction when there is none. */
void smb_file_piece(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid, enum sig_dir dir, uint64_t off, uint32_t len,
	struct dp_span data);
void smb_file_more(struct dp_app_ctx *x, const struct smb_fid *fid, enum sig_dir dir,
	struct dp_span data, uint32_t gap);
void smb_file_close(struct dp_app_ctx *x, struct smb_tx *tx);
/** Both directions of a handle: the file was closed. */
void smb_file_close_fid(struct dp_app_ctx *x, const struct smb_fid *fid, unsigned dirs);
/** A handle that was not known yet is `to`. */
void smb_file_rename(struct dp_app_ctx *x, const struct smb_fid *from, const struct smb_fid *to);
void smb_file_free(struct dp_app_ctx *x, struct smb_tx *tx);

/* pieces of PDUs (parts.c) */
/** The next PDU of what is written to a pipe or read from it; takes from `d` what belongs to it. Its body stays
 *  valid until the next call for that pipe, which the caller makes: it goes on until this says other than PDU. */
enum smb_part smb_part_next(struct dp_app_ctx *x, struct smb_parts *l, const struct smb_msg *m,
	const struct smb_fid *fid, enum sig_dir dir, struct dp_span *d, struct smb_pdu *out);
bool smb_part_waits(struct smb_parts *l, const struct smb_msg *m, const struct smb_fid *fid, enum sig_dir dir);
/** The server has refused the write that `m` answers: its piece was the newest of its PDU, or stays. */
void smb_part_refused(struct dp_app_ctx *x, struct smb_parts *l, const struct smb_msg *m);
/** A handle that was not known yet is `to`. */
void smb_part_rename(struct smb_parts *l, const struct smb_msg *m, const struct smb_fid *from,
	const struct smb_fid *to);
/** The pipe was closed: a call that is not whole is malformed. */
void smb_part_close(struct dp_app_ctx *x, struct smb_parts *l, const struct smb_msg *m, const struct smb_fid *fid);
/** Bytes of that direction are missing: nobody knows of which pipe. */
void smb_part_gap(struct dp_ctx *c, struct smb_parts *l, enum sig_dir dir);
void smb_parts_free(struct dp_ctx *c, struct smb_parts *l);

/* pipes (pipe.c) */
bool smb_pipe_is_rpc(struct smb_state *s, const struct smb_fid *fid);
bool smb_pipe_probe(struct dp_span data);
/** `rpc`: the pipe is known to speak RPC; else it becomes known when its first PDU is recognised. False: these
 *  bytes are no RPC. */
bool smb_pipe_write(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid, struct dp_span data, bool rpc);
void smb_pipe_mark(struct dp_app_ctx *x, struct smb_state *s, const struct smb_fid *fid);
void smb_pipe_read(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid, struct dp_span data);
/** Share of the message's tree. False: not known. */
bool smb_share(struct smb_state *s, const struct smb_msg *m, struct dp_span *name, bool *pipe);

/* sessions (session.c) */
void smb_secblob(struct dp_app_ctx *x, struct smb_tx *tx, struct dp_span blob);

/* messages (smb1.c, smb1_answer.c, smb2.c, smb2_answer.c) */
void smb1_request(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m);
void smb1_answer(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m);
void smb2_request(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m);
void smb2_answer(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m);
bool smb1_head(struct dp_span d, struct smb_msg *m);
bool smb2_head(struct dp_span d, struct smb_msg *m);
struct smb_fid smb1_fid(const struct smb_msg *m, uint16_t fid);
struct smb_fid smb2_fid(const uint8_t *guid);
/** Stands for the handle that the create of that number will get. */
struct smb_fid smb2_fid_awaited(uint64_t msg);
/** UTF-16 to bytes the peer's way: every zero byte is left out. */
void smb_text(struct dp_app_ctx *x, struct dp_bytes *b, const uint8_t *p, uint32_t n);

/* names and records (names.c, log.c) */
const char *smb_status_name(uint32_t status);
const char *smb_dos_name(uint8_t class, uint16_t code);
const char *smb_command_name(unsigned ver, uint16_t cmd);
const char *smb_dialect_name(uint16_t dialect);
const char *smb_fsctl_name(uint32_t func);
void smb_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r);

extern const struct dp_app_desc dp_app_smb;

#endif
