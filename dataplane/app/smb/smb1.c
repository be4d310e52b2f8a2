/* SPDX-License-Identifier: Apache-2.0 */
/* SMB 1: header (MS-CIFS section 2.2.3.1) and requests. */
#include "smb1.h"

#define CHAIN_MAX 64u /* commands in one message */

bool smb1_head(struct dp_span d, struct smb_msg *m)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);
	uint16_t flags2;

	dp_cur_skip(&c, 4);
	m->ver = 1;
	m->data = d;
	m->cmd = dp_cur_u8(&c);
	m->status = dp_cur_le32(&c);
	m->answer = dp_cur_u8(&c) & 0x80;
	flags2 = dp_cur_le16(&c);
	m->unicode = flags2 & 0x8000;
	m->dos = !(flags2 & 0x4000);
	dp_cur_skip(&c, 12);
	m->tree = dp_cur_le16(&c);
	dp_cur_skip(&c, 2);
	m->ssn = dp_cur_le16(&c);
	m->msg = dp_cur_le16(&c);
	m->async = false;
	m->body = 32;
	return !c.bad;
}

struct smb_fid smb1_fid(const struct smb_msg *m, uint16_t fid)
{
	struct smb_fid f = {.n = 6};

	f.b[0] = (uint8_t)fid;
	f.b[1] = (uint8_t)(fid >> 8);
	for (int i = 0; i < 4; i++)
		f.b[2 + i] = (uint8_t)(m->ssn >> (8 * i));
	return f;
}

struct dp_cur smb1_body(const struct smb_msg *m)
{
	struct dp_cur c = dp_cur_of(m->data.p, m->data.n);

	dp_cur_skip(&c, m->body);
	return c;
}

void smb1_ascii(struct dp_app_ctx *x, struct dp_cur *c, struct dp_bytes *out)
{
	const uint8_t *p = c->p + c->off, *z = dp_cur_left(c) ? memchr(p, 0, dp_cur_left(c)) : NULL;
	uint32_t n = z ? (uint32_t)(z - p) : dp_cur_left(c);

	if (out)
		dp_bytes_set(x->c, out, p, n, SMB_NAME_MAX);
	dp_cur_skip(c, z ? n + 1 : n);
}

/** The low byte of each UTF-16 unit, as the peer keeps names. */
static void low_bytes(struct dp_app_ctx *x, struct dp_bytes *out, const uint8_t *p, uint32_t n)
{
	uint8_t part[128];
	uint32_t have = 0;

	out->n = 0;
	for (uint32_t i = 0; i < n; i += 2) {
		part[have++] = p[i];
		if (have < sizeof(part) && i + 2 < n)
			continue;
		if (!dp_bytes_add(x->c, out, part, have, SMB_NAME_MAX))
			return;
		have = 0;
	}
}

void smb1_string(struct dp_app_ctx *x, const struct smb_msg *m, struct dp_cur *c,
	struct dp_bytes *out)
{
	uint32_t from, end;

	if (!m->unicode) {
		smb1_ascii(x, c, out);
		return;
	}
	if (c->off & 1)
		dp_cur_skip(c, 1);
	for (from = end = c->off; end + 1 < c->n && (c->p[end] || c->p[end + 1]); end += 2)
		;
	if (out)
		low_bytes(x, out, c->p + from, end - from);
	dp_cur_seek(c, end + 2 <= c->n ? end + 2 : c->n);
}

struct dp_span smb1_at(const struct smb_msg *m, uint32_t off, uint32_t len)
{
	if (off > m->data.n)
		return (struct dp_span){0};
	if (len > m->data.n - off)
		len = m->data.n - off;
	return (struct dp_span){m->data.p + off, len};
}

bool smb1_is_andx(uint16_t cmd)
{
	return cmd == SMB1_LOCKING_ANDX || cmd == 0x2d || cmd == SMB1_READ_ANDX ||
		cmd == SMB1_WRITE_ANDX || cmd == SMB1_SESSION_SETUP_ANDX ||
		cmd == SMB1_LOGOFF_ANDX || cmd == SMB1_TREE_CONNECT_ANDX ||
		cmd == SMB1_NT_CREATE_ANDX;
}

static bool negotiate(struct dp_app_ctx *x, struct smb_msg *m)
{
	struct dp_cur c = smb1_body(m);
	struct dp_bytes one = {0};
	struct smb_tx *tx = smb_tx_negotiate(x, 1);
	uint16_t n;

	dp_cur_skip(&c, 1);
	n = dp_cur_le16(&c);
	c = dp_cur_sub(&c, n);
	if (c.bad)
		return false;
	if (tx) {
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_DUP_NEGOTIATE);
		return true;
	}
	tx = smb_tx_new(x, SMB_NEGOTIATE, m, SMB_K_HEADER);
	if (!tx)
		return true;
	memset(&tx->hdr, 0, sizeof(tx->hdr));
	while (dp_cur_left(&c)) {
		smb1_ascii(x, &c, &one);
		if (one.n == 0)
			dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_DIALECTS);
		else if (one.n > 1)
			dp_bytes_add(x->c, &tx->aux, one.p + 1, one.n - 1, SMB_NAME_MAX);
		if (one.n)
			dp_bytes_add(x->c, &tx->aux, "", 1, SMB_NAME_MAX);
	}
	dp_bytes_free(x->c, &one);
	smb_done(tx, SIG_DIR_TO_SERVER);
	return true;
}

static bool session_setup(struct dp_app_ctx *x, struct smb_msg *m)
{
	struct smb_tx *tx = smb_tx_new(x, SMB_SESSION, m, SMB_K_HEADER);
	struct dp_cur c = smb1_body(m);
	unsigned words = dp_cur_u8(&c), blob = 0, pw = 0;
	const uint8_t *p;

	if (!tx)
		return true;
	tx->hdr.tree = 0;
	smb_done(tx, SIG_DIR_TO_SERVER);
	dp_cur_skip(&c, 14);
	if (words == 12) {
		blob = dp_cur_le16(&c);
		dp_cur_skip(&c, 8);
	} else if (words == 13) {
		pw = dp_cur_le16(&c);
		pw += dp_cur_le16(&c);
		dp_cur_skip(&c, 8);
	} else {
		return true;
	}
	dp_cur_skip(&c, 2);
	p = dp_cur_bytes(&c, blob ? blob : pw);
	if (c.bad) {
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_MALFORMED);
		return true;
	}
	if (words == 13) {
		smb1_string(x, m, &c, NULL); /* account */
		smb1_string(x, m, &c, NULL); /* domain */
	} else if (p) {
		smb_secblob(x, tx, (struct dp_span){p, blob});
	}
	smb1_string(x, m, &c, &tx->u.sess.req_os);
	smb1_string(x, m, &c, &tx->u.sess.req_lm);
	tx->u.sess.req_host = true;
	return true;
}

static bool tree_connect(struct dp_app_ctx *x, struct smb_msg *m)
{
	struct dp_cur c = smb1_body(m);
	struct smb_tx *tx;
	unsigned pw;

	dp_cur_skip(&c, 7);
	pw = dp_cur_le16(&c);
	dp_cur_skip(&c, 2 + pw);
	if (c.bad)
		return false;
	tx = smb_tx_new(x, SMB_TREE, m, SMB_K_TREE);
	if (!tx)
		return true;
	smb1_string(x, m, &c, &tx->name);
	smb1_ascii(x, &c, &tx->u.tree.req_service);
	tx->u.tree.has_req = true;
	if (tx->name.n > 1) /* the first of the two backslashes goes */
		memmove(tx->name.p, tx->name.p + 1, --tx->name.n);
	smb_done(tx, SIG_DIR_TO_SERVER);
	return true;
}

static bool create(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_FILENAME);
	struct dp_cur c = smb1_body(m);
	uint32_t disposition, options, len;
	const uint8_t *name;
	struct smb_tx *tx;

	dp_cur_skip(&c, 6);
	len = dp_cur_le16(&c);
	dp_cur_skip(&c, 28);
	disposition = dp_cur_le32(&c);
	options = dp_cur_le32(&c);
	dp_cur_skip(&c, 5 + 2);
	if (m->unicode && (c.off & 1))
		dp_cur_skip(&c, 1);
	name = dp_cur_bytes(&c, len);
	if (c.bad)
		return false;
	tx = smb_tx_new(x, SMB_CREATE, m, SMB_K_GENERIC);
	if (!tx)
		return true;
	smb_text(x, &tx->name, name, len);
	smb_map_put(x->c, &s->map, &k, NULL, tx->name.p, tx->name.n);
	tx->u.create.disposition = disposition;
	tx->u.create.del = options & 0x1000;
	tx->u.create.dir = options & 0x0001;
	smb_done(tx, SIG_DIR_TO_SERVER);
	return true;
}

static bool read(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_OFFSET);
	struct dp_cur c = smb1_body(m);
	unsigned words = dp_cur_u8(&c);
	uint8_t value[24] = {0};
	struct smb_fid fid;
	uint64_t at;

	dp_cur_skip(&c, 4);
	fid = smb1_fid(m, dp_cur_le16(&c));
	at = dp_cur_le32(&c);
	dp_cur_skip(&c, 10);
	if (words == 12)
		at |= (uint64_t)dp_cur_le32(&c) << 32;
	if (c.bad)
		return false;
	memcpy(value, fid.b, fid.n);
	memcpy(value + 16, &at, 8);
	smb_map_put(x->c, &s->map, &k, NULL, value, sizeof(value));
	return true;
}

/** Both names stand behind a byte that tells their kind; the second one is then aligned. */
static bool rename_file(struct dp_app_ctx *x, struct smb_msg *m)
{
	struct dp_cur c = smb1_body(m);
	struct smb_tx *tx;

	dp_cur_skip(&c, 1 + 2 + 2 + 1);
	if (c.bad)
		return false;
	tx = smb_tx_new(x, SMB_RENAME, m, SMB_K_GENERIC);
	if (!tx)
		return true;
	smb1_string(x, m, &c, &tx->name);
	dp_cur_skip(&c, 1);
	if (!c.bad)
		smb1_string(x, m, &c, &tx->aux);
	smb_done(tx, SIG_DIR_TO_SERVER);
	return true;
}

/** TRANS2 set path (6) or file (8) information: rename (1010) and disposition (1013). */
static int trans2(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_cur c = smb1_body(m), p;
	struct smb_key k = {.role = SMB_K_NAME};
	uint32_t p_len, p_off, d_len, d_off;
	uint16_t sub, level;
	struct smb_fid fid = {0};
	struct dp_span params, data, name = {0};
	struct smb_tx *tx;

	dp_cur_skip(&c, 1 + 4 + 4 + 2 + 2 + 4 + 2);
	p_len = dp_cur_le16(&c);
	p_off = dp_cur_le16(&c);
	d_len = dp_cur_le16(&c);
	d_off = dp_cur_le16(&c);
	dp_cur_skip(&c, 2);
	sub = dp_cur_le16(&c);
	if (c.bad)
		return -1;
	if (sub != 6 && sub != 8)
		return 0;
	params = smb1_at(m, p_off, p_len);
	data = smb1_at(m, d_off, d_len);
	p = dp_cur_of(params.p, params.n);
	if (sub == 8)
		fid = smb1_fid(m, dp_cur_le16(&p));
	level = dp_cur_le16(&p);
	if (sub == 6)
		dp_cur_skip(&p, 4);
	if (p.bad || (level != 1010 && level != 1013))
		return p.bad ? -1 : 0;
	if (sub == 6)
		name = (struct dp_span){p.p + p.off, dp_cur_left(&p)};
	else
		smb_map_get(&s->map, &k, &fid, &name);
	tx = smb_tx_new(x, level == 1010 ? SMB_RENAME : SMB_SETINFO, m, SMB_K_GENERIC);
	if (!tx)
		return 1;
	tx->fid = fid;
	smb_text(x, &tx->name, name.p, name.n);
	p = dp_cur_of(data.p, data.n);
	if (level == 1010) {
		uint32_t n;

		dp_cur_skip(&p, 8);
		n = dp_cur_le32(&p);
		if (n > dp_cur_left(&p))
			n = dp_cur_left(&p);
		smb_text(x, &tx->aux, p.p + p.off, n);
	} else {
		tx->u.info.subcmd = sub;
		tx->u.info.level = level;
		tx->u.info.del = dp_cur_u8(&p) & 1;
	}
	smb_done(tx, SIG_DIR_TO_SERVER);
	return 1;
}

static bool close(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_GUID);
	struct dp_cur c = smb1_body(m);
	struct smb_fid fid;

	dp_cur_skip(&c, 1);
	fid = smb1_fid(m, dp_cur_le16(&c));
	if (c.bad)
		return false;
	smb_map_put(x->c, &s->map, &k, NULL, fid.b, fid.n);
	smb_part_close(x, &s->parts, m, &fid);
	smb_file_close_fid(x, &fid, 3);
	return true;
}

/** A command of which only the answer's status matters. Three of them have none. */
static void generic(struct dp_app_ctx *x, const struct smb_msg *m)
{
	struct smb_tx *tx = smb_tx_new(x, SMB_GENERIC, m, SMB_K_GENERIC);

	if (!tx)
		return;
	smb_done(tx, SIG_DIR_TO_SERVER);
	if (m->cmd == SMB1_NT_CANCEL || m->cmd == SMB1_TRANS2_SECONDARY ||
		m->cmd == SMB1_LOCKING_ANDX)
		smb_done(tx, SIG_DIR_TO_CLIENT);
}

/** One command of a message. */
static void one(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key share = smb_key_of(m, SMB_K_SHARE);
	bool have = true;
	int rc = 1;

	switch (m->cmd) {
	case SMB1_NEGOTIATE:
		rc = negotiate(x, m) ? 1 : -1;
		break;
	case SMB1_SESSION_SETUP_ANDX:
		session_setup(x, m);
		break;
	case SMB1_TREE_CONNECT_ANDX:
		rc = tree_connect(x, m) ? 1 : -1;
		break;
	case SMB1_NT_CREATE_ANDX:
		rc = create(x, s, m) ? 1 : -1;
		break;
	case SMB1_READ_ANDX:
		rc = read(x, s, m) ? 1 : -1;
		break;
	case SMB1_WRITE:
	case SMB1_WRITE_AND_CLOSE:
		smb1_write(x, s, m);
		have = false; /* the command is a transaction, beside the file or call */
		break;
	case SMB1_WRITE_ANDX:
		smb1_write(x, s, m);
		break;
	case SMB1_TRANS:
		smb1_trans(x, s, m);
		break;
	case SMB1_RENAME:
		rc = rename_file(x, m) ? 1 : -1;
		break;
	case SMB1_TRANS2:
		rc = trans2(x, s, m);
		have = rc > 0;
		break;
	case SMB1_CLOSE:
		rc = close(x, s, m) ? 1 : -1;
		have = false;
		break;
	case SMB1_TREE_DISCONNECT:
		smb_map_drop(x->c, &s->map, &share, NULL);
		have = false;
		break;
	default:
		have = false;
	}
	if ((!have || rc < 0) && m->cmd != SMB1_READ_ANDX && m->cmd != SMB1_WRITE_ANDX &&
		m->cmd != SMB1_TRANS && m->cmd != SMB1_TRANS2)
		generic(x, m);
	if (rc < 0)
		smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_SERVER);
}

void smb1_request(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
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
