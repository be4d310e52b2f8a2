/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of SMB 1. */
#include "smb1.h"

#define CHAIN_MAX 64u

static bool generic(struct dp_app_ctx *x, const struct smb_msg *m)
{
	struct smb_tx *tx = smb_tx_command(x, m, SMB_K_GENERIC);

	if (!tx)
		return false;
	smb_done(tx, SIG_DIR_TO_SERVER);
	smb_done(tx, SIG_DIR_TO_CLIENT);
	smb_status(tx, m);
	return true;
}

static bool negotiate(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_tx *tx = smb_tx_negotiate(x, 1);
	struct dp_cur c = smb1_body(m);
	unsigned words = dp_cur_u8(&c), index = dp_cur_le16(&c);
	const uint8_t *guid, *name;
	uint32_t left;

	if (c.bad || words == 0)
		return false;
	dp_cur_skip(&c, words * 2 - 2 + 2);
	guid = dp_cur_left(&c) >= 16 ? dp_cur_bytes(&c, 16) : NULL;
	if (!tx)
		return true;
	smb_status(tx, m);
	smb_done(tx, SIG_DIR_TO_CLIENT);
	if (guid) {
		memcpy(tx->u.neg.server_guid, guid, 16);
		tx->u.neg.has_server = true;
	}
	name = tx->aux.p;
	left = tx->aux.n;
	while (left) {
		uint32_t n = (uint32_t)strnlen((const char *)name, left);

		if (index-- == 0) {
			dp_bytes_set(x->c, &s->dialect_name, name, n, SMB_NAME_MAX);
			break;
		}
		n += n < left;
		name += n;
		left -= n;
	}
	return true;
}

static void session_setup(struct dp_app_ctx *x, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_HEADER);
	struct dp_cur c = smb1_body(m);
	unsigned words = dp_cur_u8(&c), blob = 0;
	struct smb_tx *tx;

	k.tree = 0;
	tx = smb_tx_find(x, SMB_SESSION, &k);
	if (!tx) {
		k.ssn = 0;
		tx = smb_tx_find(x, SMB_SESSION, &k);
	}
	if (!tx)
		return;
	tx->hdr = smb_key_of(m, SMB_K_HEADER);
	smb_status(tx, m);
	smb_done(tx, SIG_DIR_TO_CLIENT);
	if (words != 3 && words != 4)
		return;
	dp_cur_skip(&c, 6);
	if (words == 4)
		blob = dp_cur_le16(&c);
	dp_cur_skip(&c, 2 + blob);
	if (c.bad)
		return;
	smb1_string(x, m, &c, &tx->u.sess.res_os);
	smb1_string(x, m, &c, &tx->u.sess.res_lm);
	tx->u.sess.res_host = true;
}

static bool tree_connect(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_TREE), share = smb_key_of(m, SMB_K_SHARE);
	struct smb_tx *tx = smb_tx_find(x, SMB_TREE, &k);
	struct dp_cur c = smb1_body(m);
	struct dp_bytes value = {0};
	unsigned words;

	if (!tx)
		return false;
	if (m->status == SMB_OK) {
		words = dp_cur_u8(&c);
		dp_cur_skip(&c, words * 2 + 2);
		if (c.bad || words == 0)
			return false;
		smb1_ascii(x, &c, &tx->u.tree.res_service);
		tx->u.tree.has_res = true;
		tx->u.tree.is_pipe = dp_bytes_is(&tx->u.tree.res_service, "IPC", 3);
		tx->hdr = smb_key_of(m, SMB_K_HEADER);
		dp_bytes_add(x->c, &value, &tx->u.tree.is_pipe, 1, SMB_NAME_MAX);
		dp_bytes_add(x->c, &value, tx->name.p, tx->name.n, SMB_NAME_MAX);
		smb_map_put(x->c, &s->map, &share, NULL, value.p, value.n);
		dp_bytes_free(x->c, &value);
	}
	smb_status(tx, m);
	smb_done(tx, SIG_DIR_TO_CLIENT);
	return true;
}

static bool create(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_FILENAME), nk = {.role = SMB_K_NAME};
	struct smb_tx *tx = smb_tx_command(x, m, SMB_K_GENERIC);
	struct dp_cur c = smb1_body(m);
	uint64_t t[4], size;
	struct smb_fid fid;
	struct dp_span name;
	uint8_t copy[SMB_NAME_MAX];
	uint32_t n;

	dp_cur_skip(&c, 1 + 4 + 1);
	fid = smb1_fid(m, dp_cur_le16(&c));
	dp_cur_skip(&c, 4);
	for (int i = 0; i < 4; i++)
		t[i] = dp_cur_le64(&c);
	dp_cur_skip(&c, 4);
	size = dp_cur_le64(&c);
	if (c.bad)
		return false;
	if (smb_map_get(&s->map, &k, NULL, &name)) {
		n = name.n < sizeof(copy) ? name.n : (uint32_t)sizeof(copy);
		if (n)
			memcpy(copy, name.p, n);
		smb_map_drop(x->c, &s->map, &k, NULL);
		smb_map_put(x->c, &s->map, &nk, &fid, copy, n);
	}
	if (!tx)
		return true;
	tx->has_status = true;
	tx->status = m->status;
	smb_done(tx, SIG_DIR_TO_CLIENT);
	if (tx->kind == SMB_CREATE) {
		tx->u.create.created = t[0];
		tx->u.create.accessed = t[1];
		tx->u.create.modified = t[2];
		tx->u.create.changed = t[3];
		tx->u.create.size = size;
		tx->fid = fid;
	}
	return true;
}

static void read(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_OFFSET);
	struct dp_cur c = smb1_body(m);
	struct dp_span v, share, data;
	struct smb_fid fid = {.n = 6};
	uint32_t len, off;
	uint64_t at;
	bool pipe;

	if (m->status != SMB_OK && m->status != SMB_OVERFLOW)
		return;
	dp_cur_skip(&c, 1 + 4 + 6);
	len = dp_cur_le16(&c);
	off = dp_cur_le16(&c);
	len |= (uint32_t)dp_cur_le16(&c) << 16;
	if (c.bad || off > m->data.n) {
		smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_CLIENT);
		return;
	}
	data = smb1_at(m, off, len);
	if (!smb_map_get(&s->map, &k, NULL, &v) || v.n != 24) {
		s->skip[SIG_DIR_TO_CLIENT] = m->more;
		return;
	}
	memcpy(fid.b, v.p, 6);
	memcpy(&at, v.p + 16, 8);
	smb_map_drop(x->c, &s->map, &k, NULL);
	smb_share(s, m, &share, &pipe);
	if (pipe || smb_pipe_is_rpc(s, &fid)) {
		smb_pipe_read(x, s, m, &fid, data);
		s->skip[SIG_DIR_TO_CLIENT] = m->more;
		return;
	}
	smb_file_piece(x, s, m, &fid, SIG_DIR_TO_CLIENT, at, len, data);
}

static void malformed(struct dp_app_ctx *x, const struct smb_msg *m)
{
	struct smb_tx *tx = smb_tx_command(x, m, SMB_K_GENERIC);

	if (!tx)
		tx = smb_tx_new(x, SMB_GENERIC, m, SMB_K_GENERIC);
	if (tx)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_CLIENT, SIG_EV_SMB_MALFORMED);
}

/** The answer on a pipe; one that says an error ends the call. */
static void trans(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_GUID), h = smb_key_of(m, SMB_K_HEADER);
	struct dp_cur c = smb1_body(m);
	unsigned words = dp_cur_u8(&c);
	struct smb_fid fid = {.n = 6};
	uint32_t len = 0, off = 0;
	struct smb_tx *tx;
	struct dp_span v;

	if (words) {
		dp_cur_skip(&c, 12);
		len = dp_cur_le16(&c);
		off = dp_cur_le16(&c);
	}
	if (c.bad || off > m->data.n || len > m->data.n - off) {
		malformed(x, m);
		return;
	}
	if (!smb_map_get(&s->map, &k, NULL, &v) || v.n != 6)
		return;
	memcpy(fid.b, v.p, 6);
	smb_map_drop(x->c, &s->map, &k, NULL);
	if (!smb_pipe_is_rpc(s, &fid))
		return;
	if (m->status == SMB_OK || m->status == SMB_OVERFLOW) {
		smb_pipe_read(x, s, m, &fid, smb1_at(m, off, len));
		return;
	}
	tx = smb_tx_find(x, SMB_DCERPC, &h);
	if (!tx)
		return;
	smb_status(tx, m);
	tx->dos = false;
	smb_done(tx, SIG_DIR_TO_CLIENT);
}

static void one(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key share = smb_key_of(m, SMB_K_SHARE), k = smb_key_of(m, SMB_K_GUID);
	bool have = true, ok = true;

	switch (m->cmd) {
	case SMB1_NEGOTIATE:
		ok = negotiate(x, s, m);
		break;
	case SMB1_SESSION_SETUP_ANDX:
		session_setup(x, m);
		break;
	case SMB1_TREE_CONNECT_ANDX:
		have = tree_connect(x, s, m);
		break;
	case SMB1_NT_CREATE_ANDX:
		have = m->status == SMB_OK;
		if (have)
			ok = create(x, s, m);
		break;
	case SMB1_READ_ANDX:
		read(x, s, m);
		have = false;
		break;
	case SMB1_TRANS:
		trans(x, s, m);
		have = false;
		break;
	case SMB1_WRITE_ANDX: /* says nothing of the file or call */
		if (m->status != SMB_OK)
			smb_part_refused(x, &s->parts, m);
		break;
	case SMB1_WRITE:
		if (m->status != SMB_OK)
			smb_part_refused(x, &s->parts, m);
		have = false;
		break;
	case SMB1_CLOSE:
		smb_map_drop(x->c, &s->map, &k, NULL);
		have = false;
		break;
	case SMB1_TREE_DISCONNECT:
		smb_map_drop(x->c, &s->map, &share, NULL);
		have = false;
		break;
	default:
		have = false;
	}
	if (!ok)
		smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_CLIENT);
	if (!have || !ok)
		generic(x, m);
}

void smb1_answer(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		struct dp_cur c = smb1_body(m);
		uint8_t words, next;
		uint32_t off;

		one(x, s, m);
		words = dp_cur_u8(&c);
		next = dp_cur_u8(&c);
		dp_cur_skip(&c, 1);
		off = dp_cur_le16(&c);
		if (c.bad || words < 2 || !smb1_is_andx(m->cmd) || next == SMB1_ANDX_NONE ||
			off <= m->body || off >= m->data.n)
			return;
		m->cmd = next;
		m->body = off;
	}
}
