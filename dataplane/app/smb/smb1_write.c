/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of SMB 1 that carry data: the writes, and transactions on pipes (MS-CIFS 2.2.4.33). */
#include "smb1.h"

#define WRITE_RAW_START 0x000cu /* WriteMode: raw, and the start of a message (MS-CIFS 2.2.4.43.1) */

/** Where the three forms of a write say what and where. */
static bool write_fields(struct smb_msg *m, struct smb_fid *fid, uint64_t *at, uint32_t *len,
	struct dp_span *data, bool *raw)
{
	struct dp_cur c = smb1_body(m);
	unsigned words = dp_cur_u8(&c), mode = 0;
	uint32_t off;

	if (m->cmd == SMB1_WRITE_ANDX) {
		dp_cur_skip(&c, 4);
		*fid = smb1_fid(m, dp_cur_le16(&c));
		*at = dp_cur_le32(&c);
		dp_cur_skip(&c, 4);
		mode = dp_cur_le16(&c);
		dp_cur_skip(&c, 2);
		*len = (uint32_t)dp_cur_le16(&c) << 16;
		*len |= dp_cur_le16(&c);
		off = dp_cur_le16(&c);
		if (words == 14)
			*at |= (uint64_t)dp_cur_le32(&c) << 32;
	} else {
		*fid = smb1_fid(m, dp_cur_le16(&c));
		*len = dp_cur_le16(&c);
		*at = dp_cur_le32(&c);
		if (m->cmd == SMB1_WRITE) {
			uint16_t n;

			dp_cur_skip(&c, 2 + 2 + 1);
			n = dp_cur_le16(&c);
			*len = n < *len ? n : *len; /* the server writes what the parameters say */
		} else {
			dp_cur_skip(&c, words == 12 ? 16 : 4);
			dp_cur_skip(&c, 2 + 1);
		}
		off = c.off;
	}
	if (c.bad || off > m->data.n)
		return false;
	*data = smb1_at(m, off, *len);
	*raw = (mode & WRITE_RAW_START) == WRITE_RAW_START;
	return true;
}

/** A command that opens no transaction of its own gets one for what is wrong with it. */
static void malformed(struct dp_app_ctx *x, const struct smb_msg *m)
{
	struct smb_tx *tx = smb_tx_new(x, SMB_GENERIC, m, SMB_K_GENERIC);

	if (tx)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_MALFORMED);
}

void smb1_write(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct dp_span data, share;
	struct smb_fid fid;
	bool pipe, known, rpc, raw;
	uint64_t at;
	uint32_t len;

	if (!write_fields(m, &fid, &at, &len, &data, &raw)) {
		malformed(x, m);
		return;
	}
	if (!smb_tx_file(x, &fid, SIG_DIR_TO_SERVER)) {
		known = smb_share(s, m, &share, &pipe);
		rpc = pipe || (!known && smb_pipe_is_rpc(s, &fid));
		if (!rpc && !known && smb_pipe_probe(data)) {
			smb_pipe_mark(x, s, &fid);
			rpc = true;
		}
		if (rpc) {
			// Two bytes of length stand before a raw message; servers read past them.
			if (raw && data.n >= 2)
				data = (struct dp_span){data.p + 2, data.n - 2};
			smb_pipe_write(x, s, m, &fid, data, true);
			if (m->cmd == SMB1_WRITE_AND_CLOSE)
				smb_part_close(x, &s->parts, m, &fid);
			s->skip[SIG_DIR_TO_SERVER] = m->more;
			return;
		}
	}
	smb_file_piece(x, s, m, &fid, SIG_DIR_TO_SERVER, at, len, data);
	if (m->cmd == SMB1_WRITE_AND_CLOSE)
		smb_file_close_fid(x, &fid, 3);
}

/** Name, parameters and data stand behind each other with paddings that the sender chose. */
static bool trans_data(const struct smb_msg *m, struct dp_cur *c, uint32_t p_len, uint32_t p_off,
	uint32_t len, uint32_t off, struct dp_span *data)
{
	const uint8_t *p;

	if (m->unicode) {
		dp_cur_skip(c, c->off & 1);
		smb1_string(NULL, m, c, NULL);
	} else {
		smb1_ascii(NULL, c, NULL);
	}
	if (c->bad || len == 0)
		return !c->bad;
	if (c->off != p_off && c->off != off)
		dp_cur_skip(c, c->off % 4);
	dp_cur_skip(c, p_len);
	if (c->off != off)
		dp_cur_skip(c, c->off % 4);
	p = dp_cur_bytes(c, len);
	*data = (struct dp_span){p, len};
	return !c->bad;
}

void smb1_trans(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m)
{
	struct smb_key k = smb_key_of(m, SMB_K_GUID);
	struct dp_cur c = smb1_body(m);
	struct dp_span share, name;
	bool rpc, pipe = false;
	uint32_t p_len, p_off, len, off;
	unsigned words = dp_cur_u8(&c), setup;
	struct dp_span data = {0};
	struct smb_fid fid = {0};

	dp_cur_skip(&c, 8 + 2 + 2 + 4 + 2);
	p_len = dp_cur_le16(&c);
	p_off = dp_cur_le16(&c);
	len = dp_cur_le16(&c);
	off = dp_cur_le16(&c);
	setup = dp_cur_u8(&c);
	dp_cur_skip(&c, 1);
	if (words == 16 && setup == 2 && len) {
		dp_cur_skip(&c, 2); /* function */
		fid = smb1_fid(m, dp_cur_le16(&c));
	}
	dp_cur_skip(&c, 2);
	if (c.bad || !trans_data(m, &c, p_len, p_off, len, off, &data)) {
		malformed(x, m);
		return;
	}
	if (!fid.n)
		return;
	smb_map_put(x->c, &s->map, &k, NULL, fid.b, fid.n);
	rpc = smb_pipe_is_rpc(s, &fid);
	if (!rpc && smb_map_get(&s->map, &(struct smb_key){.role = SMB_K_NAME}, &fid, &name))
		smb_share(s, m, &share, &pipe);
	if (rpc || pipe)
		smb_pipe_write(x, s, m, &fid, data, rpc);
}
