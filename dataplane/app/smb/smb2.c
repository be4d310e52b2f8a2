/* SPDX-License-Identifier: Apache-2.0 */
/* SMB 2 and 3: header (MS-SMB2 section 2.2.1) and requests. Field names follow the document. */
#include "smb.h"
#include "smb2.h"

bool smb2_head(struct dp_span d, struct smb_msg *m)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);
	uint16_t len;
	uint32_t flags;

	dp_cur_skip(&c, 4);
	len = dp_cur_le16(&c);
	dp_cur_skip(&c, 2);
	m->ver = 2;
	m->data = d;
	m->status = dp_cur_le32(&c);
	m->cmd = dp_cur_le16(&c);
	dp_cur_skip(&c, 2);
	flags = dp_cur_le32(&c);
	dp_cur_skip(&c, 4);
	m->answer = flags & 1;
	m->async = flags & 2;
	m->related = flags & 4;
	m->msg = dp_cur_le64(&c);
	dp_cur_skip(&c, 4);
	m->tree = dp_cur_le32(&c);
	if (m->async)
		m->tree = 0;
	m->ssn = dp_cur_le64(&c);
	dp_cur_skip(&c, 16);
	m->unicode = true;
	m->dos = false;
	m->body = 64;
	return !c.bad && len == 64;
}

struct smb_fid smb2_fid(const uint8_t *guid)
{
	struct smb_fid f = {.n = 0};

	if (guid) {
		f.n = 16;
		memcpy(f.b, guid, 16);
	}
	return f;
}

struct smb_fid smb2_fid_awaited(uint64_t msg)
{
	struct smb_fid f = {.n = 12};

	memset(f.b, 0xff, 4);
	memcpy(f.b + 4, &msg, sizeof(msg));
	return f;
}

/** The handle that a request names: all ones in a related one stand for that of the request before it
 *  (MS-SMB2 section 3.3.5.2.7.2), which may only just have been asked for. */
static struct smb_fid named(struct smb_state *s, const struct smb_msg *m, const uint8_t *guid)
{
	static const uint8_t ones[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff};

	if (!guid || !m->related || m->first || !s->chain.n || memcmp(guid, ones, sizeof(ones)) != 0)
		s->chain = smb2_fid(guid);
	return s->chain;
}

struct dp_cur smb2_body(const struct smb_msg *m)
{
	struct dp_cur c = dp_cur_of(m->data.p, m->data.n);

	dp_cur_skip(&c, m->body);
	return c;
}

struct dp_span smb2_at(const struct smb_msg *m, uint32_t off, uint32_t len, bool *ok)
{
	if (off > m->data.n || len > m->data.n - off) {
		*ok = false;
		return (struct dp_span){0};
	}
	return (struct dp_span){m->data.p + off, len};
}

static void generic(struct dp_app_ctx *x, const struct smb_msg *m)
{
	if (m->cmd == SMB2_READ || m->cmd == SMB2_WRITE || m->cmd == SMB2_GET_INFO ||
		m->cmd == SMB2_SET_INFO)
		return;
	smb_tx_new(x, SMB_GENERIC, m, SMB_K_GENERIC);
}

static bool negotiate(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m);
	const uint8_t *guid;
	struct smb_tx *tx;
	unsigned n;

	dp_cur_skip(&c, 2);
	n = dp_cur_le16(&c);
	dp_cur_skip(&c, 8);
	guid = dp_cur_bytes(&c, 16);
	dp_cur_skip(&c, 8);
	if (c.bad || n * 2 > dp_cur_left(&c) || !guid)
		return false;
	if (smb_tx_negotiate(x, 2))
		return true;
	tx = smb_tx_new(x, SMB_NEGOTIATE, m, SMB_K_HEADER);
	if (!tx)
		return true;
	memset(&tx->hdr, 0, sizeof(tx->hdr));
	memcpy(tx->u.neg.client_guid, guid, 16);
	tx->u.neg.has_client = true;
	while (n--) {
		const char *name = smb_dialect_name(dp_cur_le16(&c));

		dp_bytes_add(x->c, &tx->aux, name, (uint32_t)strlen(name) + 1, SMB_NAME_MAX);
	}
	smb_done(tx, SIG_DIR_TO_SERVER);
	return true;
}

static bool session_setup(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m);
	struct smb_tx *tx;
	struct dp_span blob;
	uint16_t off, len;
	bool ok = true;

	dp_cur_skip(&c, 12);
	off = dp_cur_le16(&c);
	len = dp_cur_le16(&c);
	blob = smb2_at(m, off, len, &ok);
	if (c.bad || !ok)
		return false;
	tx = smb_tx_new(x, SMB_SESSION, m, SMB_K_HEADER);
	if (tx) {
		smb_secblob(x, tx, blob);
		smb_done(tx, SIG_DIR_TO_SERVER);
	}
	return true;
}

static bool tree_connect(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m);
	struct smb_tx *tx;
	struct dp_span path;
	uint16_t off, len;
	bool ok = true;

	dp_cur_skip(&c, 4);
	off = dp_cur_le16(&c);
	len = dp_cur_le16(&c);
	path = smb2_at(m, off, len, &ok);
	if (c.bad || !ok)
		return false;
	tx = smb_tx_new(x, SMB_TREE, m, SMB_K_TREE);
	if (!tx)
		return true;
	smb_text(x, &tx->name, path.p, path.n);
	smb_done(tx, SIG_DIR_TO_SERVER);
	return true;
}

static bool create(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_FILENAME);
	struct dp_cur c = smb2_body(m);
	uint32_t disposition, options;
	struct dp_span name;
	struct smb_tx *tx;
	uint16_t off, len;
	bool ok = true;

	dp_cur_skip(&c, 36);
	disposition = dp_cur_le32(&c);
	options = dp_cur_le32(&c);
	off = dp_cur_le16(&c);
	len = dp_cur_le16(&c);
	name = smb2_at(m, off, len, &ok);
	if (c.bad || !ok)
		return false;
	tx = smb_tx_new(x, SMB_CREATE, m, SMB_K_GENERIC);
	if (!tx)
		return true;
	smb_text(x, &tx->name, name.p, name.n);
	smb_map_put(x->c, &s->map, &k, NULL, tx->name.p, tx->name.n);
	s->chain = smb2_fid_awaited(m->msg);
	if (!m->last)
		smb_map_put(x->c, &s->map, &(struct smb_key){.role = SMB_K_NAME}, &s->chain, tx->name.p,
			tx->name.n);
	tx->u.create.disposition = disposition;
	tx->u.create.del = options & 0x1000;
	tx->u.create.dir = options & 0x0001;
	smb_done(tx, SIG_DIR_TO_SERVER);
	return true;
}

static bool read(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_OFFSET);
	struct dp_cur c = smb2_body(m);
	uint8_t value[25];
	const uint8_t *at, *guid;
	struct smb_fid fid;
	uint32_t len;

	dp_cur_skip(&c, 4);
	len = dp_cur_le32(&c);
	at = dp_cur_bytes(&c, 8);
	guid = dp_cur_bytes(&c, 16);
	if (c.bad)
		return false;
	if (s->max_read && len > s->max_read)
		smb_event(x, SIG_EV_SMB_READ_REQ_LARGE, SIG_DIR_TO_SERVER);
	fid = named(s, m, guid);
	memcpy(value, fid.b, 16);
	memcpy(value + 16, at, 8);
	value[24] = fid.n;
	smb_map_put(x->c, &s->map, &k, NULL, value, sizeof(value));
	return true;
}

static bool write(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m);
	struct dp_span share, data;
	struct smb_fid fid;
	uint32_t off, len;
	uint64_t at;
	bool pipe, known, rpc;

	dp_cur_skip(&c, 2);
	off = dp_cur_le16(&c);
	len = dp_cur_le32(&c);
	at = dp_cur_le64(&c);
	fid = named(s, m, dp_cur_bytes(&c, 16));
	if (c.bad || off > m->data.n)
		return false;
	data = (struct dp_span){m->data.p + off, m->data.n - off};
	if (data.n > len)
		data.n = len;
	if (s->max_write && len > s->max_write)
		smb_event(x, SIG_EV_SMB_WRITE_REQ_LARGE, SIG_DIR_TO_SERVER);
	if (!smb_tx_file(x, &fid, SIG_DIR_TO_SERVER)) {
		known = smb_share(s, m, &share, &pipe);
		rpc = (pipe || !known) && smb_pipe_is_rpc(s, &fid);
		if (!rpc && !known && smb_pipe_probe(data)) {
			smb_pipe_mark(x, s, &fid);
			rpc = true;
		}
		if (rpc || pipe) {
			smb_pipe_write(x, s, m, &fid, data, rpc);
			s->skip[SIG_DIR_TO_SERVER] = len - data.n;
			return true;
		}
	}
	smb_file_piece(x, s, m, &fid, SIG_DIR_TO_SERVER, at, len, data);
	return true;
}

static bool ioctl(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m);
	struct smb_fid fid;
	struct smb_tx *tx;
	struct dp_span in, share, name;
	uint32_t func, off, len;
	bool ok = true, rpc, pipe = false;

	dp_cur_skip(&c, 4);
	func = dp_cur_le32(&c);
	fid = named(s, m, dp_cur_bytes(&c, 16));
	off = dp_cur_le32(&c);
	len = dp_cur_le32(&c);
	in = smb2_at(m, off, len, &ok);
	if (c.bad || (len && !ok)) {
		tx = smb_tx_new(x, SMB_GENERIC, m, SMB_K_GENERIC);
		if (tx)
			dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_MALFORMED);
		return true;
	}
	rpc = smb_pipe_is_rpc(s, &fid);
	if (!rpc && smb_map_get(&s->map, &(struct smb_key){.role = SMB_K_NAME}, &fid, &name))
		smb_share(s, m, &share, &pipe);
	if (func == SMB2_FSCTL_PIPE_TRANSCEIVE && (rpc || pipe) && smb_pipe_write(x, s, m, &fid, in, rpc))
		return true;
	tx = smb_tx_new(x, SMB_IOCTL, m, SMB_K_HEADER);
	if (tx) {
		tx->u.ioctl.func = func;
		smb_done(tx, SIG_DIR_TO_SERVER);
	}
	return true;
}

/** Name of an open handle, or of the file that the message before this one creates. */
static struct dp_span handle_name(struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid)
{
	struct smb_key k = {.role = SMB_K_NAME};
	struct dp_span v;

	if (smb_map_get(&s->map, &k, fid, &v))
		return v;
	k = smb_key_of(m, SMB_K_FILENAME);
	if (k.msg--) {
		if (smb_map_get(&s->map, &k, NULL, &v))
			return v;
	}
	return (struct dp_span){(const uint8_t *)"<unknown>", 9};
}

/** 1: a transaction was opened, 0: not of interest, -1: malformed. */
static int set_info(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_cur c = smb2_body(m), d;
	uint8_t class, level;
	struct smb_fid fid;
	struct dp_span info, name;
	struct smb_tx *tx;
	uint32_t len, off, n;
	bool ok = true;

	dp_cur_skip(&c, 2);
	class = dp_cur_u8(&c);
	level = dp_cur_u8(&c);
	len = dp_cur_le32(&c);
	off = dp_cur_le16(&c);
	dp_cur_skip(&c, 6);
	fid = named(s, m, dp_cur_bytes(&c, 16));
	info = smb2_at(m, off, len, &ok);
	if (c.bad || !ok)
		return -1;
	if (class != 1 || (level != SMB2_INFO_RENAME && level != SMB2_INFO_DISPOSITION))
		return 0;
	name = handle_name(s, m, &fid);
	tx = smb_tx_new(x, level == SMB2_INFO_RENAME ? SMB_RENAME : SMB_SETINFO, m, SMB_K_GENERIC);
	if (!tx)
		return 1;
	tx->fid = fid;
	dp_bytes_set(x->c, &tx->name, name.p, name.n, SMB_NAME_MAX);
	d = dp_cur_of(info.p, info.n);
	if (level == SMB2_INFO_RENAME) {
		const uint8_t *p;

		dp_cur_skip(&d, 16);
		n = dp_cur_le32(&d);
		p = dp_cur_bytes(&d, n);
		smb_text(x, &tx->aux, p, p ? n : 0);
	} else {
		tx->u.info.subcmd = class;
		tx->u.info.level = level;
		tx->u.info.del = dp_cur_u8(&d) & 1;
	}
	smb_done(tx, SIG_DIR_TO_SERVER);
	return 1;
}

static bool close(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_GUID);
	struct dp_cur c = smb2_body(m);
	struct smb_fid fid;

	dp_cur_skip(&c, 8);
	fid = named(s, m, dp_cur_bytes(&c, 16));
	if (c.bad)
		return false;
	// What is read in the same go comes before the answer to this one.
	if (!m->first)
		smb_map_put(x->c, &s->map, &k, NULL, &fid, sizeof(fid));
	smb_part_close(x, &s->parts, m, &fid);
	smb_file_close_fid(x, &fid, m->first ? 3 : 1 << SIG_DIR_TO_SERVER);
	return true;
}

void smb2_request(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key share = smb_key_of(m, SMB_K_SHARE);
	bool ok = true, have = true;
	int rc;

	switch (m->cmd) {
	case SMB2_NEGOTIATE:
		ok = negotiate(x, s, m);
		break;
	case SMB2_SESSION_SETUP:
		have = true;
		if (!session_setup(x, s, m))
			smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_SERVER);
		break;
	case SMB2_TREE_CONNECT:
		ok = tree_connect(x, s, m);
		break;
	case SMB2_CREATE:
		ok = create(x, s, m);
		break;
	case SMB2_READ:
		ok = read(x, s, m);
		break;
	case SMB2_WRITE:
		if (!write(x, s, m))
			smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_SERVER);
		break;
	case SMB2_IOCTL:
		ioctl(x, s, m);
		break;
	case SMB2_SET_INFO:
		rc = set_info(x, s, m);
		ok = rc >= 0;
		have = rc > 0;
		break;
	case SMB2_TREE_DISCONNECT:
		smb_map_drop(x->c, &s->map, &share, NULL);
		have = false;
		break;
	case SMB2_CLOSE:
		ok = close(x, s, m);
		have = false;
		break;
	default:
		have = false;
	}
	if (!have || !ok)
		generic(x, m);
	if (!ok)
		smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_SERVER);
}
