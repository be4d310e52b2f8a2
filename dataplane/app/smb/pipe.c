/* SPDX-License-Identifier: Apache-2.0 */
/* DCE/RPC on named pipes: written by one message, answered in another one. */
#include "smb1.h"
#include "smb2.h"

bool smb_share(struct smb_state *s, const struct smb_msg *m, struct dp_span *name, bool *pipe)
{
	struct smb_key k = smb_key_of(m, SMB_K_SHARE);
	struct dp_span v;

	if (!smb_map_get(&s->map, &k, NULL, &v) || v.n < 1) {
		*name = (struct dp_span){0};
		*pipe = false;
		return false;
	}
	*pipe = v.p[0];
	*name = (struct dp_span){v.p + 1, v.n - 1};
	return true;
}

/** Pipes known to speak RPC, or handles that were recognised by their content. */
bool smb_pipe_is_rpc(struct smb_state *s, const struct smb_fid *fid)
{
	static const char *const names[] = {"svcctl", "srvsvc", "atsvc", "lsarpc", "samr",
		"spoolss", "winreg", SMB_RPC_MARK};
	struct smb_key k = {.role = SMB_K_NAME};
	struct dp_span n;

	if (!smb_map_get(&s->map, &k, fid, &n))
		return false;
	if (n.n > 1 && n.p[0] == '\\') {
		n.p++;
		n.n--;
	}
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (n.n == strlen(names[i]) && !memcmp(n.p, names[i], n.n))
			return true;
	return false;
}

bool smb_pipe_probe(struct dp_span d)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);
	struct dp_dce_hdr h;

	return !dp_dce_header(&c, &h) && h.ver_minor == 0 && (d.p[4] & 0xee) == 0 &&
		h.type <= 20;
}

/** The call that a message belongs to. What was written is answered in a later read: then session,
 *  tree and call id tell; a request and its answer in one exchange share the message id as well. */
static struct smb_tx *find_answered(struct dp_app_ctx *x, const struct smb_msg *m, uint32_t call_id)
{
	bool by_msg = m->ver == 2 && m->cmd != SMB2_READ && m->cmd != SMB2_WRITE;

	for (struct dp_tx *t = x->a->tx_first; t; t = t->next) {
		struct smb_tx *tx = (struct smb_tx *)t;

		if (tx->kind == SMB_DCERPC && tx->u.rpc.call_id == call_id &&
			tx->hdr.ssn == m->ssn && (m->async || tx->hdr.tree == m->tree) &&
			(!by_msg || tx->hdr.msg == m->msg))
			return tx;
	}
	return NULL;
}

/** The call on that pipe whose first fragment was seen and whose last was not. Each may come in a message of its
 *  own; the one that ends it is the one that is answered. */
static struct smb_tx *find_asked(struct dp_app_ctx *x, const struct smb_msg *m, const struct smb_fid *fid,
	uint32_t call_id)
{
	for (struct dp_tx *t = x->a->tx_last; t; t = t->prev) {
		struct smb_tx *tx = (struct smb_tx *)t;

		if (tx->kind != SMB_DCERPC || t->progress[SIG_DIR_TO_SERVER] || tx->u.rpc.call_id != call_id ||
			tx->fid.n != fid->n || memcmp(tx->fid.b, fid->b, fid->n) != 0)
			continue;
		tx->hdr.msg = m->msg;
		return tx;
	}
	return NULL;
}

static struct smb_tx *new_call(struct dp_app_ctx *x, const struct smb_msg *m,
	const struct dp_dce_hdr *h)
{
	struct smb_tx *tx = smb_tx_new(x, SMB_DCERPC, m, SMB_K_HEADER);

	if (!tx)
		return NULL;
	tx->u.rpc.call_id = h->call_id;
	tx->u.rpc.le = h->le;
	if (m->answer)
		return tx; /* its request was not seen */
	tx->u.rpc.req_cmd = h->type;
	tx->u.rpc.req_set = true;
	if (m->ver == 1 && m->cmd != SMB1_TRANS) {
		smb_status(tx, m);
		tx->dos = false;
	}
	return tx;
}

static void request(struct dp_app_ctx *x, const struct smb_msg *m, const struct smb_fid *fid,
	const struct dp_dce_hdr *h, struct dp_cur *b)
{
	bool opens = h->flags & DP_DCE_FIRST, short_of = h->frag_len - DP_DCE_HDR > dp_cur_left(b);
	struct smb_tx *tx = opens ? new_call(x, m, h) : find_asked(x, m, fid, h->call_id);
	uint16_t ctx, opnum;

	dp_cur_skip(b, 4);
	ctx = dp_cur_u16(b, h->le);
	opnum = dp_cur_u16(b, h->le);
	if (b->bad || short_of) {
		smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_SERVER);
		if (tx && opens)
			smb_done(tx, SIG_DIR_TO_SERVER);
		return;
	}
	if (!tx)
		return;
	tx->u.rpc.ctx = ctx;
	tx->fid = *fid;
	if (opens)
		tx->u.rpc.opnum = opnum;
	tx->u.rpc.frags[0]++;
	dp_bytes_add(x->c, &tx->u.rpc.stub[0], b->p + b->off, dp_cur_left(b), DP_DCE_STUB_MAX);
	if (h->flags & DP_DCE_LAST)
		smb_done(tx, SIG_DIR_TO_SERVER);
}

static void written(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid, struct smb_pdu *p)
{
	struct smb_tx *tx;

	if (p->h.type == DP_DCE_REQUEST) {
		request(x, m, fid, &p->h, &p->body);
		return;
	}
	tx = new_call(x, m, &p->h);
	if (!tx)
		return;
	smb_done(tx, SIG_DIR_TO_SERVER);
	if (p->h.type > 20 || ((p->h.type == DP_DCE_BIND || p->h.type == DP_DCE_ALTER) &&
				      dp_dce_bind(x->c, &p->body, &p->h, &s->ifaces)))
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_SMB_MALFORMED);
}

void smb_pipe_mark(struct dp_app_ctx *x, struct smb_state *s, const struct smb_fid *fid)
{
	struct smb_key k = {.role = SMB_K_NAME};

	smb_map_put(x->c, &s->map, &k, fid, SMB_RPC_MARK, sizeof(SMB_RPC_MARK) - 1);
}

bool smb_pipe_write(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid, struct dp_span data, bool rpc)
{
	const enum sig_dir dir = SIG_DIR_TO_SERVER;
	enum smb_part rc;
	struct smb_pdu p;

	if (!rpc && data.n >= DP_DCE_HDR && !smb_part_waits(&s->parts, m, fid, dir)) {
		if (!smb_pipe_probe(data))
			return false;
		smb_pipe_mark(x, s, fid);
		rpc = true;
	}
	while ((rc = smb_part_next(x, &s->parts, m, fid, dir, &data, &p)) == SMB_PART_PDU) {
		if (!rpc)
			smb_pipe_mark(x, s, fid);
		rpc = true;
		written(x, s, m, fid, &p);
	}
	if (rc == SMB_PART_BAD && rpc)
		smb_event(x, SIG_EV_SMB_MALFORMED, dir);
	return rpc || rc == SMB_PART_MORE;
}

static void answer(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct dp_dce_hdr *h, struct dp_cur *b)
{
	const bool accepts = h->type == DP_DCE_BINDACK || h->type == DP_DCE_ALTER_RESP;
	struct smb_tx *tx = find_answered(x, m, h->call_id);
	bool bad = false;

	if (accepts)
		bad = dp_dce_bindack(b, h, &s->ifaces) != 0;
	if (h->type == DP_DCE_RESPONSE) {
		dp_cur_skip(b, 8);
		bad = b->bad;
	}
	if (!tx && !accepts)
		tx = new_call(x, m, h);
	if (bad)
		smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_CLIENT);
	if (!tx || bad)
		return;
	tx->u.rpc.res_cmd = h->type;
	tx->u.rpc.res_set = true;
	smb_status(tx, m);
	tx->dos = false;
	if (h->type == DP_DCE_RESPONSE) {
		tx->u.rpc.frags[1]++;
		dp_bytes_add(x->c, &tx->u.rpc.stub[1], b->p + b->off, dp_cur_left(b),
			DP_DCE_STUB_MAX);
		if (!(h->flags & DP_DCE_LAST))
			return;
	}
	smb_done(tx, SIG_DIR_TO_CLIENT);
	if (h->type > 20)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_CLIENT, SIG_EV_SMB_MALFORMED);
}

void smb_pipe_read(struct dp_app_ctx *x, struct smb_state *s, const struct smb_msg *m,
	const struct smb_fid *fid, struct dp_span data)
{
	const enum sig_dir dir = SIG_DIR_TO_CLIENT;
	enum smb_part rc;
	struct smb_pdu p;

	while ((rc = smb_part_next(x, &s->parts, m, fid, dir, &data, &p)) == SMB_PART_PDU)
		answer(x, s, m, &p.h, &p.body);
	if (rc == SMB_PART_BAD)
		smb_event(x, SIG_EV_SMB_MALFORMED, dir);
}
