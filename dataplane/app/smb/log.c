/* SPDX-License-Identifier: Apache-2.0 */
/* The object "smb" of event records. */
#include "smb.h"
#include <stdio.h>

static void put(struct dp_rec *r, const char *key, const struct dp_bytes *b)
{
	dp_rec_text(r, key, b->p, b->n);
}

/** Little endian in groups of 4, 2, 2, 2, 2 and 4 bytes, as the peer prints them. */
static void guid(struct dp_rec *r, const char *key, const uint8_t g[16])
{
	static const uint8_t from[16] = {3, 2, 1, 0, 5, 4, 7, 6, 9, 8, 11, 10, 15, 14, 13, 12};
	uint8_t order[16];
	char text[37];

	for (int i = 0; i < 16; i++)
		order[i] = g[from[i]];
	dp_uuid_text(order, text);
	dp_rec_cstr(r, key, text);
}

static void fuid(struct dp_rec *r, const struct smb_fid *f)
{
	char text[8];

	if (f->n == 16) {
		guid(r, "fuid", f->b);
	} else if (f->n == 6) {
		snprintf(text, sizeof(text), "%02x%02x", f->b[1], f->b[0]);
		dp_rec_cstr(r, "fuid", text);
	} else if (f->n == 12) { // asked for together with its create: as it stood in the request
		uint8_t ones[16];

		memset(ones, 0xff, sizeof(ones));
		guid(r, "fuid", ones);
	} else {
		dp_rec_cstr(r, "fuid", "");
	}
}

/** NUL-separated names as an array. */
static void list(struct dp_rec *r, const char *key, const struct dp_bytes *b)
{
	dp_rec_arr(r, key);
	for (uint32_t at = 0; at < b->n;) {
		size_t n = strnlen((const char *)b->p + at, b->n - at);

		dp_rec_text(r, "", b->p + at, n);
		at += (uint32_t)n + 1;
	}
	dp_rec_end(r);
}

static void log_status(const struct smb_tx *tx, struct dp_rec *r)
{
	uint8_t class = (uint8_t)tx->status;
	uint16_t code = (uint16_t)(tx->status >> 16);
	const char *name = tx->dos ? smb_dos_name(class, code) : smb_status_name(tx->status);
	char text[32];

	if (!tx->has_status)
		return;
	if (name)
		dp_rec_cstr(r, "status", name);
	else if (!tx->dos)
		snprintf(text, sizeof(text), "UNKNOWN_%x", tx->status);
	else if (class == 1 || class == 2)
		snprintf(text, sizeof(text), "%u", code);
	else
		snprintf(text, sizeof(text), "UNKNOWN_%02x_%04x", class, code);
	if (!name)
		dp_rec_cstr(r, "status", text);
	if (tx->dos)
		snprintf(text, sizeof(text), "0x%04x", code);
	else
		snprintf(text, sizeof(text), "0x%x", tx->status);
	dp_rec_cstr(r, "status_code", text);
}

static void log_head(const struct smb_state *s, const struct smb_tx *tx, struct dp_rec *r)
{
	const char *name = smb_command_name(tx->ver, tx->cmd);
	char text[64];

	dp_rec_u64(r, "id", tx->tx.id + 1);
	if (s->dialect)
		dp_rec_cstr(r, "dialect", smb_dialect_name(s->dialect));
	else if (s->dialect_name.n)
		put(r, "dialect", &s->dialect_name);
	else
		dp_rec_cstr(r, "dialect", "unknown");
	if (name)
		snprintf(text, sizeof(text), "SMB%u_COMMAND_%s", tx->ver, name);
	else
		snprintf(text, sizeof(text), "%u", tx->cmd);
	dp_rec_cstr(r, "command", text);
	log_status(tx, r);
	dp_rec_u64(r, "session_id", tx->hdr.ssn);
	dp_rec_u64(r, "tree_id", tx->hdr.tree);
}

static void log_host(struct dp_rec *r, const char *key, const struct dp_bytes *os,
	const struct dp_bytes *lm)
{
	dp_rec_obj(r, key);
	put(r, "native_os", os);
	put(r, "native_lm", lm);
	dp_rec_end(r);
}

static void log_session(const struct smb_tx *tx, struct dp_rec *r)
{
	if (tx->u.sess.krb) {
		dp_rec_obj(r, "kerberos");
		put(r, "realm", &tx->u.sess.realm);
		list(r, "snames", &tx->u.sess.snames);
		dp_rec_end(r);
	}
	if (tx->u.sess.ntlm) {
		dp_rec_obj(r, "ntlmssp");
		put(r, "domain", &tx->u.sess.domain);
		put(r, "user", &tx->u.sess.user);
		put(r, "host", &tx->u.sess.host);
		if (tx->u.sess.version.n)
			put(r, "version", &tx->u.sess.version);
		dp_rec_end(r);
	}
	if (tx->u.sess.req_host)
		log_host(r, "request", &tx->u.sess.req_os, &tx->u.sess.req_lm);
	if (tx->u.sess.res_host)
		log_host(r, "response", &tx->u.sess.res_os, &tx->u.sess.res_lm);
}

static void log_create(const struct smb_tx *tx, struct dp_rec *r)
{
	static const char *const disposition[] = {"FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE",
		"FILE_OPEN_IF", "FILE_OVERWRITE", "FILE_OVERWRITE_IF"};
	uint32_t d = tx->u.create.disposition;

	if (tx->name.n)
		put(r, tx->u.create.dir ? "directory" : "filename", &tx->name);
	else
		dp_rec_cstr(r, "filename", "<share_root>");
	dp_rec_cstr(r, "disposition", d < 6 ? disposition[d] : "UNKNOWN");
	dp_rec_cstr(r, "access", tx->u.create.del ? "delete on close" : "normal");
	/* Windows time: 100 ns since 1601 */
#define UNIX(t) ((t) / 10000000u > 11644473600u ? (t) / 10000000u - 11644473600u : 0)
	dp_rec_u64(r, "created", UNIX(tx->u.create.created));
	dp_rec_u64(r, "accessed", UNIX(tx->u.create.accessed));
	dp_rec_u64(r, "modified", UNIX(tx->u.create.modified));
	dp_rec_u64(r, "changed", UNIX(tx->u.create.changed));
#undef UNIX
	dp_rec_u64(r, "size", tx->u.create.size);
	fuid(r, &tx->fid);
}

static void log_negotiate(const struct smb_state *s, const struct smb_tx *tx, struct dp_rec *r)
{
	list(r, "client_dialects", &tx->aux);
	if (tx->u.neg.has_client)
		guid(r, "client_guid", tx->u.neg.client_guid);
	if (tx->u.neg.has_server)
		guid(r, "server_guid", tx->u.neg.server_guid);
	else
		dp_rec_cstr(r, "server_guid", "");
	if (s->max_read)
		dp_rec_u64(r, "max_read_size", s->max_read);
	if (s->max_write)
		dp_rec_u64(r, "max_write_size", s->max_write);
}

static void log_tree(const struct smb_tx *tx, struct dp_rec *r)
{
	static const char *const types[] = {"UNKNOWN", "FILE", "PIPE", "PRINT"};
	uint8_t t = tx->u.tree.share_type;

	put(r, tx->u.tree.is_pipe ? "named_pipe" : "share", &tx->name);
	if (tx->ver == 2) {
		dp_rec_cstr(r, "share_type", t < 4 ? types[t] : "UNKNOWN");
		return;
	}
	dp_rec_obj(r, "service");
	if (tx->u.tree.has_req)
		put(r, "request", &tx->u.tree.req_service);
	if (tx->u.tree.has_res)
		put(r, "response", &tx->u.tree.res_service);
	dp_rec_end(r);
}

static void log_info(const struct smb_tx *tx, struct dp_rec *r)
{
	char text[16];

	if (tx->name.n)
		put(r, "filename", &tx->name);
	else
		dp_rec_cstr(r, "filename", "<share_root>");
	dp_rec_cstr(r, "access", tx->u.info.del ? "delete on close" : "normal");
	if (tx->u.info.subcmd == 8)
		dp_rec_cstr(r, "subcmd", "SET_FILE_INFO");
	else if (tx->u.info.subcmd == 6)
		dp_rec_cstr(r, "subcmd", "SET_PATH_INFO");
	if (tx->u.info.level == 1013) {
		dp_rec_cstr(r, "level_of_interest", "Set Disposition Info");
	} else if (tx->ver == 1) {
		snprintf(text, sizeof(text), "%u", tx->u.info.level);
		dp_rec_cstr(r, "level_of_interest", text);
	}
	if (tx->fid.n)
		fuid(r, &tx->fid);
}

static void log_rename(const struct smb_tx *tx, struct dp_rec *r)
{
	if (tx->ver == 2)
		dp_rec_cstr(r, "set_info", "FILE_RENAME");
	dp_rec_obj(r, "rename");
	put(r, "from", &tx->name);
	put(r, "to", &tx->aux);
	dp_rec_end(r);
	if (tx->fid.n)
		fuid(r, &tx->fid);
}

static void log_ifaces(const struct smb_state *s, const struct smb_tx *tx, struct dp_rec *r)
{
	bool bind = tx->u.rpc.req_cmd == DP_DCE_BIND;

	if (!s->ifaces.known)
		return;
	dp_rec_arr(r, "interfaces");
	for (unsigned i = 0; i < s->ifaces.n; i++) {
		const struct dp_dce_iface *f = &s->ifaces.v[i];

		if (!bind && f->ctx != tx->u.rpc.ctx)
			continue;
		dp_rec_obj(r, "");
		dp_dce_log_iface(r, f);
		if (bind && f->acked) {
			dp_rec_u64(r, "ack_result", f->result);
			dp_rec_u64(r, "ack_reason", f->reason);
		}
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void log_type(struct dp_rec *r, const char *key, bool set, uint8_t type, const char *none)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", type);
	dp_rec_cstr(r, key, !set ? none : type > 20 ? text : dp_dce_type_name(type));
}

static void log_rpc(const struct smb_state *s, const struct smb_tx *tx, struct dp_rec *r)
{
	bool req = tx->u.rpc.req_set && tx->u.rpc.req_cmd == DP_DCE_REQUEST;
	bool bind = tx->u.rpc.req_set && tx->u.rpc.req_cmd == DP_DCE_BIND;

	dp_rec_obj(r, "dcerpc");
	log_type(r, "request", tx->u.rpc.req_set, tx->u.rpc.req_cmd, "REQUEST_LOST");
	log_type(r, "response", tx->u.rpc.res_set, tx->u.rpc.res_cmd, "UNREPLIED");
	if (req) {
		dp_rec_u64(r, "opnum", tx->u.rpc.opnum);
		dp_rec_obj(r, "req");
		dp_rec_u64(r, "frag_cnt", tx->u.rpc.frags[0]);
		dp_rec_u64(r, "stub_data_size", tx->u.rpc.stub[0].n);
		dp_rec_end(r);
	}
	if (req || bind)
		log_ifaces(s, tx, r);
	if (tx->u.rpc.res_set && tx->u.rpc.res_cmd == DP_DCE_RESPONSE) {
		dp_rec_obj(r, "res");
		dp_rec_u64(r, "frag_cnt", tx->u.rpc.frags[1]);
		dp_rec_u64(r, "stub_data_size", tx->u.rpc.stub[1].n);
		dp_rec_end(r);
	}
	dp_rec_u64(r, "call_id", tx->u.rpc.call_id);
	dp_rec_end(r);
}

void smb_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct smb_state *s = x->a->state;
	const struct smb_tx *tx = (const struct smb_tx *)t;
	const char *name;
	char text[16];

	log_head(s, tx, r);
	switch (tx->kind) {
	case SMB_NEGOTIATE:
		log_negotiate(s, tx, r);
		break;
	case SMB_SESSION:
		log_session(tx, r);
		break;
	case SMB_TREE:
		log_tree(tx, r);
		break;
	case SMB_CREATE:
		log_create(tx, r);
		break;
	case SMB_FILE:
		put(r, "filename", &tx->name);
		put(r, "share", &tx->aux);
		fuid(r, &tx->fid);
		break;
	case SMB_RENAME:
		log_rename(tx, r);
		break;
	case SMB_SETINFO:
		log_info(tx, r);
		break;
	case SMB_DCERPC:
		log_rpc(s, tx, r);
		break;
	case SMB_IOCTL:
		name = smb_fsctl_name(tx->u.ioctl.func);
		snprintf(text, sizeof(text), "%u", tx->u.ioctl.func);
		dp_rec_cstr(r, "function", name ? name : text);
		break;
	default:
		break;
	}
}
