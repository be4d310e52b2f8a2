/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of SMB 2 and 3. */
#include "smb2.h"

/** Any answer that needs no more than its status. */
static bool generic(struct dp_app_ctx *x, const struct smb_msg *m, enum smb_role role)
{
	struct smb_tx *tx = smb_tx_command(x, m, role);

	if (!tx)
		return false;
	smb_done(tx, SIG_DIR_TO_SERVER);
	if (m->status != SMB_PENDING)
		smb_done(tx, SIG_DIR_TO_CLIENT);
	smb_status(tx, m);
	return true;
}

static bool negotiate(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m);
	const uint8_t *guid;
	uint16_t dialect;
	struct smb_tx *tx;

	if (m->status == SMB_OK) {
		dp_cur_skip(&c, 4);
		dialect = dp_cur_le16(&c);
		dp_cur_skip(&c, 2);
		guid = dp_cur_bytes(&c, 16);
		dp_cur_skip(&c, 8);
		s->max_read = dp_cur_le32(&c);
		s->max_write = dp_cur_le32(&c);
		if (c.bad)
			return false;
		s->dialect = dialect;
	} else {
		s->dialect = 0;
		s->max_read = s->max_write = 0;
		guid = NULL;
	}
	tx = smb_tx_negotiate(x, 2);
	if (!tx || tx->tx.progress[1])
		tx = smb_tx_negotiate(x, 1);
	if (!tx)
		return true;
	if (guid) {
		memcpy(tx->u.neg.server_guid, guid, 16);
		tx->u.neg.has_server = true;
	}
	smb_status(tx, m);
	smb_done(tx, SIG_DIR_TO_CLIENT);
	return true;
}

static void session_setup(struct dp_app_ctx *x, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_HEADER);
	struct smb_tx *tx = m->ssn ? smb_tx_find(x, SMB_SESSION, &k) : NULL;

	if (!tx) {
		k.ssn = 0;
		k.tree = 0;
		tx = smb_tx_find(x, SMB_SESSION, &k);
	}
	if (!tx)
		return;
	tx->hdr = smb_key_of(m, SMB_K_HEADER);
	smb_status(tx, m);
	smb_done(tx, SIG_DIR_TO_CLIENT);
}

static bool tree_connect(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_TREE), share = smb_key_of(m, SMB_K_SHARE);
	struct smb_tx *tx = smb_tx_find(x, SMB_TREE, &k);
	struct dp_cur c = smb2_body(m);
	struct dp_bytes value = {0};
	uint8_t type;

	if (m->status == SMB_OK) {
		dp_cur_skip(&c, 2);
		type = dp_cur_u8(&c);
		if (c.bad)
			return false;
		if (!tx)
			return true;
		tx->u.tree.share_type = type;
		tx->u.tree.is_pipe = type == 2;
		tx->u.tree.has_res = true;
		dp_bytes_add(x->c, &value, &tx->u.tree.is_pipe, 1, SMB_NAME_MAX);
		dp_bytes_add(x->c, &value, tx->name.p, tx->name.n, SMB_NAME_MAX);
		smb_map_put(x->c, &s->map, &share, NULL, value.p, value.n);
		dp_bytes_free(x->c, &value);
	}
	if (!tx)
		return true;
	if (!m->async)
		tx->hdr = smb_key_of(m, SMB_K_HEADER);
	smb_status(tx, m);
	smb_done(tx, SIG_DIR_TO_CLIENT);
	return true;
}

/** What was asked of a handle before it was known is of `fid`. */
static void handle_known(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid)
{
	const struct smb_key alias = {.role = SMB_K_ALIAS}, name = {.role = SMB_K_NAME};
	const struct smb_fid awaited = smb2_fid_awaited(m->msg);
	struct dp_span v;

	if (!smb_map_get(&s->map, &name, &awaited, &v))
		return;
	smb_map_drop(x->c, &s->map, &name, &awaited);
	smb_map_put(x->c, &s->map, &alias, &awaited, fid->b, fid->n);
	smb_file_rename(x, &awaited, fid);
	smb_part_rename(&s->parts, m, &awaited, fid);
}

/** ... and the other way round: the handle that an answer is about. */
static struct smb_fid resolved(struct smb_state *s, const uint8_t *b, uint8_t n)
{
	const struct smb_key alias = {.role = SMB_K_ALIAS};
	struct smb_fid f = {.n = n <= sizeof(f.b) ? n : 0};
	struct dp_span v;

	memcpy(f.b, b, f.n);
	if (f.n == 12 && smb_map_get(&s->map, &alias, &f, &v) && v.n == 16)
		f = smb2_fid(v.p);
	return f;
}

/** The end of a close that was compounded. */
static void closed(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_GUID), alias = {.role = SMB_K_ALIAS};
	struct smb_fid asked, fid;
	struct dp_span v;

	if (!smb_map_get(&s->map, &k, NULL, &v) || v.n != sizeof(asked))
		return;
	memcpy(&asked, v.p, sizeof(asked));
	fid = resolved(s, asked.b, asked.n);
	smb_map_drop(x->c, &s->map, &k, NULL);
	if (asked.n == 12)
		smb_map_drop(x->c, &s->map, &alias, &asked);
	smb_file_close_fid(x, &fid, 1 << SIG_DIR_TO_CLIENT);
}

static bool create(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_FILENAME), nk = {.role = SMB_K_NAME};
	struct smb_tx *tx = smb_tx_command(x, m, SMB_K_GENERIC);
	struct dp_cur c = smb2_body(m);
	uint64_t t[4], size;
	struct smb_fid fid;
	struct dp_span name;

	dp_cur_skip(&c, 8);
	for (int i = 0; i < 4; i++)
		t[i] = dp_cur_le64(&c);
	dp_cur_skip(&c, 8);
	size = dp_cur_le64(&c);
	dp_cur_skip(&c, 8);
	fid = smb2_fid(dp_cur_bytes(&c, 16));
	if (c.bad)
		return false;
	if (smb_map_get(&s->map, &k, NULL, &name)) {
		uint8_t copy[SMB_NAME_MAX];
		uint32_t n = name.n < sizeof(copy) ? name.n : (uint32_t)sizeof(copy);

		if (n)
			memcpy(copy, name.p, n);
		smb_map_drop(x->c, &s->map, &k, NULL);
		smb_map_put(x->c, &s->map, &nk, &fid, copy, n);
	}
	handle_known(x, s, m, &fid);
	if (!tx)
		return true;
	if (tx->kind == SMB_CREATE) {
		tx->u.create.created = t[0];
		tx->u.create.accessed = t[1];
		tx->u.create.modified = t[2];
		tx->u.create.changed = t[3];
		tx->u.create.size = size;
		tx->fid = fid;
	}
	smb_status(tx, m);
	smb_done(tx, SIG_DIR_TO_CLIENT);
	return true;
}

static bool read(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_OFFSET);
	struct dp_cur c = smb2_body(m);
	struct dp_span v, share, data;
	struct smb_fid fid;
	uint32_t off, len;
	uint64_t at;
	bool pipe, known, rpc;

	dp_cur_skip(&c, 2);
	off = dp_cur_u8(&c);
	dp_cur_skip(&c, 1);
	len = dp_cur_le32(&c);
	if (c.bad || off > m->data.n)
		return false;
	data = (struct dp_span){m->data.p + off, m->data.n - off};
	if (data.n > len)
		data.n = len;
	if (s->max_read && len > s->max_read)
		smb_event(x, SIG_EV_SMB_READ_RES_LARGE, SIG_DIR_TO_CLIENT);
	if (!smb_map_get(&s->map, &k, NULL, &v) || v.n != 25) {
		s->skip[SIG_DIR_TO_CLIENT] = len - data.n;
		return true;
	}
	memcpy(&at, v.p + 16, 8);
	fid = resolved(s, v.p, v.p[24]);
	smb_map_drop(x->c, &s->map, &k, NULL);
	known = smb_share(s, m, &share, &pipe);
	rpc = (pipe || !known) && smb_pipe_is_rpc(s, &fid);
	if (!rpc && !known && smb_pipe_probe(data)) {
		smb_pipe_mark(x, s, &fid);
		rpc = true;
	}
	if (rpc || pipe) {
		if (rpc)
			smb_pipe_read(x, s, m, &fid, data);
		s->skip[SIG_DIR_TO_CLIENT] = len - data.n;
		return true;
	}
	smb_file_piece(x, s, m, &fid, SIG_DIR_TO_CLIENT, at, len, data);
	return true;
}

/** Nothing more to read: the file ends here; its transaction ends with the close. */
static void read_end(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_OFFSET);
	struct dp_span v;
	struct smb_fid fid;
	struct smb_tx *tx;

	if (!smb_map_get(&s->map, &k, NULL, &v) || v.n != 25)
		return;
	fid = resolved(s, v.p, v.p[24]);
	smb_map_drop(x->c, &s->map, &k, NULL);
	tx = smb_tx_file(x, &fid, SIG_DIR_TO_CLIENT);
	if (tx && tx->u.file.data.f && tx->u.file.data.f->state == DP_FILE_OPEN)
		dp_file_close(x->c, tx->u.file.data.f, tx->u.file.data.early != NULL);
}

static void ioctl(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m);
	struct smb_fid fid;
	struct dp_span out;
	uint32_t func, off, len;
	bool ok = true;

	dp_cur_skip(&c, 4);
	func = dp_cur_le32(&c);
	fid = smb2_fid(dp_cur_bytes(&c, 16));
	dp_cur_skip(&c, 8);
	off = dp_cur_le32(&c);
	len = dp_cur_le32(&c);
	out = smb2_at(m, off, len, &ok);
	if (!c.bad && ok && func == SMB2_FSCTL_PIPE_TRANSCEIVE && smb_pipe_is_rpc(s, &fid) &&
		(m->status == SMB_OK || m->status == SMB_OVERFLOW)) {
		smb_pipe_read(x, s, m, &fid, out);
		return;
	}
	if (!generic(x, m, SMB_K_HEADER))
		generic(x, m, SMB_K_GENERIC);
}

void smb2_answer(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key share = smb_key_of(m, SMB_K_SHARE);
	bool ok = true, have = true;

	switch (m->cmd) {
	case SMB2_NEGOTIATE:
		ok = negotiate(x, s, m);
		break;
	case SMB2_SESSION_SETUP:
		session_setup(x, m);
		break;
	case SMB2_TREE_CONNECT:
		ok = tree_connect(x, s, m);
		break;
	case SMB2_CREATE:
		have = m->status == SMB_OK;
		if (have)
			ok = create(x, s, m);
		break;
	case SMB2_READ:
		have = false;
		if (m->status == SMB_OK || m->status == SMB_OVERFLOW)
			ok = read(x, s, m);
		else if (m->status == SMB_EOF)
			read_end(x, s, m);
		break;
	case SMB2_WRITE:
		if (m->status != SMB_OK && m->status != SMB_PENDING)
			smb_part_refused(x, &s->parts, m);
		have = false;
		break;
	case SMB2_IOCTL:
		ioctl(x, s, m);
		break;
	case SMB2_CLOSE:
		closed(x, s, m);
		have = false;
		break;
	case SMB2_TREE_DISCONNECT:
		smb_map_drop(x->c, &s->map, &share, NULL);
		have = false;
		break;
	default:
		have = false;
	}
	if (!ok)
		smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_CLIENT);
	if (!have || !ok)
		generic(x, m, SMB_K_GENERIC);
}
