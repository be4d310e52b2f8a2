/* SPDX-License-Identifier: Apache-2.0 */
/* DCE/RPC over TCP (version 5) and UDP (version 4): a transaction per call, or per bind. */
#include "dce.h"
#include <dp/frame.h>
#include <sig/rule.h>
#include <stdio.h>

#define UDP_HDR 80u
#define SEARCH_MAX 256u /* newest transactions that an answer is matched against */

struct rpc_tx {
	struct dp_tx tx;
	uint32_t call_id, seq;
	uint16_t opnum, ctx;
	uint16_t frags[2];
	uint8_t cmd[2];
	bool done[2], seen[2];
	bool le;
	uint8_t activity[16];
	struct dp_bytes stub[2];
};

struct rpc_state {
	struct dp_dce_ifaces ifaces;
	bool udp;
	uint8_t ver, ver_minor;
	uint32_t gap_left[2]; /* of a PDU that a hole cut */
	bool resync[2];
};

static int rpc_open(struct dp_app_ctx *x, void **state)
{
	struct rpc_state *s = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*s));

	if (!s)
		return -1;
	s->udp = x->f->ip_proto == 17;
	*state = s;
	return 0;
}

static void rpc_close(struct dp_app_ctx *x, void *state)
{
	struct rpc_state *s = state;

	dp_dce_ifaces_free(x->c, &s->ifaces);
	dp_slab_free(x->c->slab, DP_MEM_APP, s, sizeof(*s));
}

static void rpc_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct rpc_tx *tx = (struct rpc_tx *)t;

	dp_bytes_free(x->c, &tx->stub[0]);
	dp_bytes_free(x->c, &tx->stub[1]);
}

static void finish(struct rpc_tx *tx, enum sig_dir d)
{
	tx->done[d] = true;
	tx->tx.progress[d] = 1;
}

/** The newest call of this id whose direction is still open. */
static struct rpc_tx *find(struct dp_app_ctx *x, uint32_t call_id, enum sig_dir d)
{
	unsigned left = SEARCH_MAX;

	for (struct dp_tx *t = x->a->tx_last; t && left--; t = t->prev) {
		struct rpc_tx *tx = (struct rpc_tx *)t;

		if (tx->call_id == call_id && !tx->done[d])
			return tx;
	}
	return NULL;
}

static struct rpc_tx *add(struct dp_app_ctx *x, const struct dp_dce_hdr *h)
{
	struct rpc_tx *tx = dp_tx_add(x, sizeof(*tx));

	if (!tx)
		return NULL;
	tx->call_id = h->call_id;
	tx->le = h->le;
	return tx;
}

static void stub(struct dp_app_ctx *x, struct rpc_tx *tx, enum sig_dir d,
	const struct dp_dce_hdr *h, struct dp_cur *b)
{
	if (h->flags & DP_DCE_FIRST)
		tx->stub[d].n = 0;
	dp_bytes_add(x->c, &tx->stub[d], b->p + b->off, dp_cur_left(b), DP_DCE_STUB_MAX);
	tx->frags[d]++;
	if (h->flags & DP_DCE_LAST)
		finish(tx, d);
}

static int pdu(struct dp_app_ctx *x, struct rpc_state *s, enum sig_dir d,
	const struct dp_dce_hdr *h, struct dp_cur *b)
{
	struct rpc_tx *tx;

	switch (h->type) {
	case DP_DCE_BIND:
	case DP_DCE_ALTER:
		if (dp_dce_bind(x->c, b, h, &s->ifaces))
			return DP_APP_ERROR;
		tx = add(x, h);
		break;
	case DP_DCE_BINDACK:
	case DP_DCE_ALTER_RESP:
		if (dp_dce_bindack(b, h, &s->ifaces))
			return DP_APP_ERROR;
		/* fall through */
	case DP_DCE_RESPONSE:
		tx = find(x, h->call_id, d);
		if (!tx)
			tx = add(x, h);
		break;
	case DP_DCE_BINDNAK:
	case DP_DCE_FAULT:
		tx = find(x, h->call_id, d);
		break;
	case DP_DCE_REQUEST:
		tx = find(x, h->call_id, d);
		if (!tx)
			tx = add(x, h);
		break;
	default:
		return DP_APP_OK;
	}
	if (!tx)
		return DP_APP_OK;
	tx->cmd[d] = h->type;
	tx->seen[d] = true;
	if (h->type == DP_DCE_REQUEST) {
		dp_cur_skip(b, 4);
		tx->ctx = dp_cur_u16(b, h->le);
		tx->opnum = dp_cur_u16(b, h->le);
		tx->le = h->le; /* an object id counts as stub, as with the peer */
	} else if (h->type != DP_DCE_RESPONSE) { /* an answer's stub counts from its fixed part */
		tx->frags[d] = 1;
		finish(tx, d);
		return DP_APP_OK;
	}
	if (b->bad)
		return DP_APP_ERROR;
	stub(x, tx, d, h, b);
	return DP_APP_OK;
}

static int parse_tcp(struct dp_app_ctx *x, struct rpc_state *s, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	enum sig_dir d = in->dir;

	if (s->gap_left[d]) {
		uint32_t n = s->gap_left[d] < c.n ? s->gap_left[d] : c.n;

		dp_cur_skip(&c, n);
		s->gap_left[d] -= n;
	}
	*consumed = c.off;
	while (dp_cur_left(&c) >= DP_DCE_HDR) {
		struct dp_dce_hdr h;
		struct dp_cur b;

		if (dp_dce_header(&c, &h)) {
			if (!s->resync[d])
				return DP_APP_ERROR;
			*consumed = in->data.n;
			return DP_APP_OK;
		}
		if (dp_cur_left(&c) < h.frag_len - DP_DCE_HDR) {
			x->a->need[d] = h.frag_len;
			return DP_APP_OK;
		}
		s->resync[d] = false;
		dp_frame_add(x, in, SIG_FRAME_DCERPC_PDU, c.off - DP_DCE_HDR, h.frag_len);
		dp_frame_add(x, in, SIG_FRAME_DCERPC_HDR, c.off - DP_DCE_HDR, DP_DCE_HDR);
		dp_frame_add(x, in, SIG_FRAME_DCERPC_DATA, c.off, (int64_t)h.frag_len - DP_DCE_HDR);
		s->ver = h.ver;
		s->ver_minor = h.ver_minor;
		b = dp_cur_sub(&c, h.frag_len - DP_DCE_HDR);
		if (pdu(x, s, d, &h, &b))
			return DP_APP_ERROR;
		*consumed = c.off;
	}
	x->a->need[d] = DP_DCE_HDR;
	return DP_APP_OK;
}

static struct rpc_tx *find_udp(struct dp_app_ctx *x, const uint8_t activity[16], uint32_t seq,
	enum sig_dir d)
{
	unsigned left = SEARCH_MAX;

	for (struct dp_tx *t = x->a->tx_last; t && left--; t = t->prev) {
		struct rpc_tx *tx = (struct rpc_tx *)t;

		if (tx->seq == seq && !memcmp(tx->activity, activity, 16) && !tx->done[d])
			return tx;
	}
	return NULL;
}

/** C706 section 12.5.3. */
static int parse_udp(struct dp_app_ctx *x, struct rpc_state *s, const struct dp_app_in *in)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	struct dp_dce_iface iface = {.acked = true};
	uint8_t ver = dp_cur_u8(&c), type = dp_cur_u8(&c), flags1 = dp_cur_u8(&c);
	const uint8_t *uuid, *activity;
	/* the kind of PDU says who speaks, not the address: calls may be broadcast */
	enum sig_dir d = type == DP_DCE_REQUEST ? SIG_DIR_TO_SERVER : SIG_DIR_TO_CLIENT;
	struct rpc_tx *tx;
	uint32_t seq;
	uint16_t opnum, len;
	bool le;

	dp_cur_skip(&c, 1);
	le = dp_cur_u8(&c) & 0x10;
	dp_cur_skip(&c, 3 + 16);
	uuid = dp_cur_bytes(&c, 16);
	activity = dp_cur_bytes(&c, 16);
	dp_cur_skip(&c, 4);
	iface.ver = dp_cur_u16(&c, le);
	iface.ver_minor = dp_cur_u16(&c, le);
	seq = dp_cur_u32(&c, le);
	opnum = dp_cur_u16(&c, le);
	dp_cur_skip(&c, 4);
	len = dp_cur_u16(&c, le);
	dp_cur_skip(&c, 4);
	if (c.bad || ver != 4 || !uuid || !activity)
		return DP_APP_ERROR;
	if (type != DP_DCE_REQUEST && type != DP_DCE_RESPONSE)
		return DP_APP_OK;
	if (le)
		dp_uuid_swap(uuid, iface.uuid);
	else
		memcpy(iface.uuid, uuid, 16);
	if (s->ifaces.n == 0) {
		s->ifaces.v = dp_slab_alloc(x->c->slab, DP_MEM_APP, sizeof(iface));
		s->ifaces.cap = s->ifaces.n = s->ifaces.v ? 1 : 0;
	}
	if (s->ifaces.n)
		s->ifaces.v[0] = iface;
	tx = find_udp(x, activity, seq, d);
	if (!tx) {
		tx = dp_tx_add(x, sizeof(*tx));
		if (!tx)
			return DP_APP_OK;
		memcpy(tx->activity, activity, 16);
		tx->seq = seq;
		tx->le = le;
	}
	tx->cmd[d] = type;
	tx->seen[d] = true;
	tx->frags[d]++;
	if (type == DP_DCE_REQUEST)
		tx->opnum = opnum;
	if (len > dp_cur_left(&c))
		len = (uint16_t)dp_cur_left(&c);
	dp_bytes_add(x->c, &tx->stub[d], c.p + c.off, len, DP_DCE_STUB_MAX);
	if (!(flags1 & 0x04) || (flags1 & 0x02)) /* no fragment, or the last one */
		finish(tx, d);
	return DP_APP_OK;
}

static int rpc_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct rpc_state *s = state;

	if (!s->udp)
		return parse_tcp(x, s, in, consumed);
	*consumed = in->data.n;
	return in->data.n ? parse_udp(x, s, in) : DP_APP_OK;
}

static int rpc_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct rpc_state *s = state;

	if (s->gap_left[in->dir] > in->gap) {
		s->gap_left[in->dir] -= in->gap;
		return DP_APP_OK;
	}
	s->gap_left[in->dir] = 0;
	s->resync[in->dir] = true;
	return DP_APP_OK;
}

static enum dp_buf_state rpc_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct rpc_tx *tx = (struct rpc_tx *)t;

	if (b != SIG_BUF_DCERPC_STUB_DATA || instance)
		return DP_BUF_ABSENT;
	if (!tx->done[dir])
		return DP_BUF_LATER;
	*out = (struct dp_span){tx->stub[dir].p, tx->stub[dir].n};
	return out->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static bool rpc_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	struct rpc_tx *tx = (struct rpc_tx *)t;

	if (n != SIG_NUM_DCERPC_OPNUM || instance || !tx->seen[0] || tx->cmd[0] != DP_DCE_REQUEST)
		return false;
	*out = tx->opnum;
	return true;
}

static int rpc_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct rpc_state *s = x->a->state;
	struct rpc_tx *tx = (struct rpc_tx *)t;

	if (kind == SIG_OPT_BYTE_TEST)
		return tx->le;
	if (kind != SIG_OPT_DCE_IFACE || !tx->seen[0] || tx->cmd[0] != DP_DCE_REQUEST)
		return 0;
	return dp_dce_iface_match(&s->ifaces, tx->ctx, arg, arg_len);
}

static void log_ifaces(struct dp_rec *r, const struct dp_dce_ifaces *l)
{
	if (!l->known)
		return;
	dp_rec_arr(r, "interfaces");
	for (unsigned i = 0; i < l->n; i++) {
		dp_rec_obj(r, "");
		dp_dce_log_iface(r, &l->v[i]);
		dp_rec_u64(r, "ack_result", l->v[i].result);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void log_calls(const struct rpc_state *s, const struct rpc_tx *tx, struct dp_rec *r)
{
	if (tx->done[0])
		dp_rec_cstr(r, "request", dp_dce_type_name(tx->cmd[0]));
	else
		dp_rec_cstr(r, "request", "REQUEST_LOST");
	if (tx->done[0] && tx->cmd[0] == DP_DCE_REQUEST) {
		dp_rec_obj(r, "req");
		dp_rec_u64(r, "opnum", tx->opnum);
		dp_rec_u64(r, "frag_cnt", tx->frags[0]);
		dp_rec_u64(r, "stub_data_size", tx->stub[0].n);
		dp_rec_end(r);
	}
	if (!s->udp && tx->done[0] && (tx->cmd[0] == DP_DCE_REQUEST || tx->cmd[0] == DP_DCE_BIND))
		log_ifaces(r, &s->ifaces);
	dp_rec_cstr(r, "response", tx->done[1] ? dp_dce_type_name(tx->cmd[1]) : "UNREPLIED");
	if (tx->done[1] && tx->cmd[1] == DP_DCE_RESPONSE) {
		dp_rec_obj(r, "res");
		dp_rec_u64(r, "frag_cnt", tx->frags[1]);
		dp_rec_u64(r, "stub_data_size", tx->stub[1].n);
		dp_rec_end(r);
	}
}

static void rpc_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct rpc_state *s = x->a->state;
	const struct rpc_tx *tx = (const struct rpc_tx *)t;
	uint8_t activity[16];
	char text[40];

	log_calls(s, tx, r);
	if (s->udp) {
		dp_uuid_swap(tx->activity, activity); /* whatever the byte order: as the peer */
		dp_uuid_text(activity, text);
		dp_rec_cstr(r, "activityuuid", text);
		dp_rec_u64(r, "seqnum", tx->seq);
		dp_rec_cstr(r, "rpc_version", "4.0");
		return;
	}
	dp_rec_u64(r, "call_id", tx->call_id);
	snprintf(text, sizeof(text), "%u.%u", s->ver, s->ver_minor);
	dp_rec_cstr(r, "rpc_version", text);
}

static enum dp_probe probe_udp(struct dp_cur c)
{
	uint8_t ver = dp_cur_u8(&c), type = dp_cur_u8(&c), flags2, drep[3];

	dp_cur_skip(&c, 1);
	flags2 = dp_cur_u8(&c);
	for (int i = 0; i < 3; i++)
		drep[i] = dp_cur_u8(&c);
	if (c.n < UDP_HDR || ver != 4 || type > 20 || (flags2 & 0xfc) || (drep[0] & 0xee) ||
		drep[1] > 3)
		return DP_PROBE_NO;
	return DP_PROBE_YES;
}

static enum dp_probe rpc_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	uint8_t type;
	bool answer;

	if (x->f->ip_proto == 17)
		return probe_udp(c);
	if (c.n < DP_DCE_HDR)
		return c.n && c.p[0] == 5 ? DP_PROBE_MORE : DP_PROBE_NO;
	// Version and data representation decide, as at the peer: nothing else of the header is asked.
	if (c.p[0] != 5 || c.p[1] != 0 || (c.p[4] & 0xee) || c.p[5] > 3)
		return DP_PROBE_NO;
	type = c.p[2];
	answer = type == DP_DCE_RESPONSE || type == DP_DCE_BINDACK || type == DP_DCE_BINDNAK ||
		type == DP_DCE_ALTER_RESP;
	if (answer == (in->dir == SIG_DIR_TO_CLIENT) || type == DP_DCE_FAULT || type > 20)
		return DP_PROBE_YES;
	return DP_PROBE_YES_REVERSE;
}

static const struct dp_app_buffer rpc_buffers[] = {
	{SIG_BUF_DCERPC_STUB_DATA, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_DCERPC_STUB_DATA, SIG_DIR_TO_CLIENT, 1},
};

static const struct dp_app_number rpc_numbers[] = {
	{SIG_NUM_DCERPC_OPNUM, SIG_DIR_TO_SERVER, 1},
	{SIG_NUM_DCERPC_OPNUM, SIG_DIR_TO_CLIENT, 1},
};

const struct dp_app_desc dp_app_dcerpc = {
	.proto = SIG_PROTO_DCERPC,
	.eve_type = "dcerpc",
	.tcp = true,
	.udp = true,
	.probe = rpc_probe,
	.probe_any_port = true,
	.open = rpc_open,
	.close = rpc_close,
	.parse = rpc_parse,
	.gap = rpc_gap,
	.tx_free = rpc_tx_free,
	.complete = {1, 1},
	.buffers = rpc_buffers,
	.n_buffers = sizeof(rpc_buffers) / sizeof(rpc_buffers[0]),
	.numbers = rpc_numbers,
	.n_numbers = sizeof(rpc_numbers) / sizeof(rpc_numbers[0]),
	.buffer = rpc_buffer,
	.number = rpc_number,
	.test = rpc_test,
	.tests = {SIG_OPT_DCE_IFACE},
	.log = rpc_log,
};
