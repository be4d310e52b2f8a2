/* SPDX-License-Identifier: Apache-2.0 */
/* NetBIOS session framing (RFC 1002 section 4.3, MS-SMB2 section 2.1) and the descriptor. */
#include "smb.h"
#include "smb2.h"
#include <dp/frame.h>
#include <sig/rule.h>

#define NBSS_HDR 4u
#define PARTIAL_MIN 256u  /* header and parameters of any read or write */
#define RECORD_MAX (1u << 24)

static int smb_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct smb_state));
	return *state ? 0 : -1;
}

static void smb_close(struct dp_app_ctx *x, void *state)
{
	struct smb_state *s = state;

	dp_dce_ifaces_free(x->c, &s->ifaces);
	smb_map_free(x->c, &s->map);
	smb_parts_free(x->c, &s->parts);
	dp_bytes_free(x->c, &s->dialect_name);
	dp_slab_free(x->c->slab, DP_MEM_APP, s, sizeof(*s));
}

static bool magic(const uint8_t *p, uint32_t n, uint8_t first)
{
	return n >= 4 && p[0] == first && p[1] == 'S' && p[2] == 'M' && p[3] == 'B';
}

static void message(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m, enum sig_dir d)
{
	s->ver = m->ver;
	if (m->answer != (d == SIG_DIR_TO_CLIENT)) {
		smb_event(x, m->answer ? SIG_EV_SMB_RES_TO_SERVER : SIG_EV_SMB_REQ_TO_CLIENT, d);
		return;
	}
	if (m->ver == 1)
		(m->answer ? smb1_answer : smb1_request)(x, s, m);
	else
		(m->answer ? smb2_answer : smb2_request)(x, s, m);
}

/** The messages of one NetBIOS record; `more` bytes of the last one are still to come. */
static void record(struct dp_app_ctx *x, struct smb_state *s, struct dp_span d, enum sig_dir dir,
	uint32_t more)
{
	struct smb_msg m;
	uint64_t ssn = 0;
	uint32_t tree = 0;
	bool first = true;

	if (magic(d.p, d.n, 0xff)) {
		m = (struct smb_msg){.more = more};
		if (smb1_head(d, &m))
			message(x, s, &m, dir);
		else
			smb_event(x, SIG_EV_SMB_MALFORMED, dir);
		return;
	}
	while (magic(d.p, d.n, 0xfe)) {
		struct dp_cur c = dp_cur_of(d.p, d.n);
		uint32_t next;

		m = (struct smb_msg){.more = more};
		dp_cur_skip(&c, 20);
		next = dp_cur_le32(&c);
		if (next && (next < 64 || next > d.n)) {
			smb_event(x, SIG_EV_SMB_MALFORMED, dir);
			return;
		}
		if (!smb2_head((struct dp_span){d.p, next ? next : d.n}, &m)) {
			smb_event(x, SIG_EV_SMB_MALFORMED, dir);
			return;
		}
		m.first = first;
		// Of a related request the server asks neither session nor tree (MS-SMB2 section 3.3.5.2.7.2).
		if (m.related && !first && !m.answer) {
			m.ssn = ssn;
			m.tree = tree;
		}
		ssn = m.ssn;
		tree = m.tree;
		m.last = !next;
		message(x, s, &m, dir);
		if (!next)
			return;
		first = false;
		d.p += next;
		d.n -= next;
	}
}

#define WAIT_MIN 4096u
/** Longest record whose end is waited for, but for content of files: that may be of 16 MiB. */
#define WAIT_MAX (1u << 20)

/** A read or write that has to be seen whole (an answer given later does not say of which share). */
static bool has_content(struct dp_span d)
{
	if (d.n >= 14 && magic(d.p, d.n, 0xfe))
		return (d.p[12] == SMB2_READ || d.p[12] == SMB2_WRITE) && d.p[13] == 0;
	return d.n >= 5 && magic(d.p, d.n, 0xff) && (d.p[4] == 0x2e || d.p[4] == 0x2f);
}

/** Reads and writes of files may be handled as they arrive: the rest is theirs. */
static bool can_start(struct smb_state *s, struct dp_span d, enum sig_dir dir)
{
	struct smb_msg m = {0};
	struct dp_span share;
	bool pipe;

	if (d.n < PARTIAL_MIN)
		return false;
	if (magic(d.p, d.n, 0xff)) {
		if (!smb1_head(d, &m) || m.cmd != (dir == SIG_DIR_TO_SERVER ? 0x2f : 0x2e))
			return false;
	} else if (magic(d.p, d.n, 0xfe)) {
		struct dp_cur c = dp_cur_of(d.p, d.n);

		dp_cur_skip(&c, 20);
		if (dp_cur_le32(&c) || !smb2_head(d, &m) ||
			m.cmd != (dir == SIG_DIR_TO_SERVER ? SMB2_WRITE : SMB2_READ))
			return false;
	} else {
		return false;
	}
	return m.answer == (dir == SIG_DIR_TO_CLIENT) && smb_share(s, &m, &share, &pipe) && !pipe;
}

static uint32_t take(uint32_t *left, uint32_t n)
{
	uint32_t t = *left < n ? *left : n;

	*left -= t;
	return t;
}

/** What remains of the record before: file data first, then padding. */
static void leftovers(struct dp_app_ctx *x, struct smb_state *s, enum sig_dir d, struct dp_cur *c)
{
	uint32_t n;

	if (s->left[d] && dp_cur_left(c)) {
		n = take(&s->left[d], dp_cur_left(c));
		smb_file_more(x, &s->left_fid[d], d, (struct dp_span){c->p + c->off, n}, 0);
		dp_cur_skip(c, n);
	}
	if (!s->left[d] && s->skip[d])
		dp_cur_skip(c, take(&s->skip[d], dp_cur_left(c)));
}

/** Messages in a record, or what there is of them. `at`: of the record's content. */
static void message_frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t at,
	uint32_t len, uint32_t have)
{
	static const struct {
		uint8_t magic, hdr;
		enum sig_frame pdu;
	} kind[] = {{0xff, 32, SIG_FRAME_SMB1_PDU}, {0xfe, 64, SIG_FRAME_SMB2_PDU},
		{0xfd, 52, SIG_FRAME_SMB3_PDU}};
	const uint8_t *p = in->data.p + at;

	for (unsigned i = 0; i < 3; i++) {
		uint32_t next = 0, n = len;

		if (!magic(p, have, kind[i].magic))
			continue;
		if (kind[i].magic == 0xfe && have >= 24) {
			struct dp_cur c = dp_cur_of(p + 20, 4);

			next = dp_cur_le32(&c);
		}
		if (next >= 64 && next < have)
			n = next;
		dp_frame_add(x, in, kind[i].pdu, at, n);
		if (n < kind[i].hdr)
			return;
		dp_frame_add(x, in, (enum sig_frame)(kind[i].pdu + 1), at, kind[i].hdr);
		dp_frame_add(x, in, (enum sig_frame)(kind[i].pdu + 2), at + kind[i].hdr,
			(int64_t)n - kind[i].hdr);
		if (n == len)
			return;
		at += n;
		p += n;
		len -= n;
		have -= n;
		i = UINT32_MAX; // the next of a compound
	}
}

static void record_frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t at,
	uint32_t len, uint32_t have)
{
	dp_frame_add(x, in, SIG_FRAME_SMB_NBSS_PDU, at, NBSS_HDR + (int64_t)len);
	dp_frame_add(x, in, SIG_FRAME_SMB_NBSS_HDR, at, NBSS_HDR);
	dp_frame_add(x, in, SIG_FRAME_SMB_NBSS_DATA, at + NBSS_HDR, len);
	if (in->data.p[at] == 0)
		message_frames(x, in, at + NBSS_HDR, len, have < len ? have : len);
}

static bool find_record(struct dp_cur *c)
{
	for (; dp_cur_left(c) >= NBSS_HDR + 4; c->off++) {
		const uint8_t *p = c->p + c->off;

		if (p[0] == 0 && (magic(p + 4, 4, 0xff) || magic(p + 4, 4, 0xfe)))
			return true;
	}
	return false;
}

static int smb_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct smb_state *s = state;
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	enum sig_dir d = in->dir;

	x->a->need[d] = 0;
	for (;;) {
		uint32_t len, have, extra;
		const uint8_t *p;

		leftovers(x, s, d, &c);
		*consumed = c.off;
		if (s->resync[d] && dp_cur_left(&c)) {
			if (!find_record(&c)) {
				*consumed = c.off;
				return DP_APP_OK;
			}
			s->resync[d] = false;
			*consumed = c.off;
		}
		if (dp_cur_left(&c) < NBSS_HDR)
			return DP_APP_OK;
		p = c.p + c.off;
		len = (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
		have = dp_cur_left(&c) - NBSS_HDR;
		/* 0xfd: encrypted, 0xfc: compressed; neither can be read */
		if (p[0] == 0 && len && have >= 4 && !magic(p + 4, have, 0xff) &&
			!magic(p + 4, have, 0xfe) && !magic(p + 4, have, 0xfd) &&
			!magic(p + 4, have, 0xfc)) {
			smb_event(x, SIG_EV_SMB_MALFORMED, d);
			s->resync[d] = true;
			dp_cur_skip(&c, 1);
			continue;
		}
		if (have < len) {
			struct dp_span part = {p + NBSS_HDR, have};

			if (p[0] != 0 || !can_start(s, part, d)) {
				bool wait = len <= WAIT_MAX || has_content(part);

				if (have < WAIT_MIN || wait) {
					x->a->need[d] = (wait ? len : WAIT_MIN) + NBSS_HDR;
					return DP_APP_OK;
				}
				smb_event(x, SIG_EV_SMB_MALFORMED, d);
				s->skip[d] = len - have;
				*consumed = in->data.n;
				return DP_APP_OK;
			}
			s->skip[d] = 0;
			record_frames(x, in, c.off, len, have);
			record(x, s, part, d, len - have);
			extra = len - have;
			s->skip[d] = extra > s->left[d] ? extra - s->left[d] : 0;
			*consumed = in->data.n;
			return DP_APP_OK;
		}
		record_frames(x, in, c.off, len, have);
		if (p[0] == 0)
			record(x, s, (struct dp_span){p + NBSS_HDR, len}, d, 0);
		s->skip[d] = s->left[d] = 0;
		dp_cur_skip(&c, NBSS_HDR + len);
	}
}

static int smb_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct smb_state *s = state;
	enum sig_dir d = in->dir;
	uint32_t gap = in->gap, n;

	if (s->left[d]) {
		n = take(&s->left[d], gap);
		smb_file_more(x, &s->left_fid[d], d, (struct dp_span){0}, n);
		gap -= n;
	}
	gap -= take(&s->skip[d], gap);
	if (gap) {
		s->resync[d] = true;
		smb_part_gap(x->c, &s->parts, d);
	}
	return DP_APP_OK;
}

static enum dp_buf_state give(const struct dp_bytes *b, bool ok, struct dp_span *out)
{
	*out = (struct dp_span){b->p, b->n};
	return ok && b->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static enum dp_buf_state smb_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct smb_tx *tx = (struct smb_tx *)t;
	bool tree = tx->kind == SMB_TREE, sess = tx->kind == SMB_SESSION && tx->u.sess.ntlm;
	bool answered;

	if (instance)
		return DP_BUF_ABSENT;
	answered = tx->tx.progress[SIG_DIR_TO_CLIENT] > 0;
	switch (b) {
	case SIG_BUF_SMB_NAMED_PIPE:
		return give(&tx->name, tree && (answered ? tx->u.tree.is_pipe
			: tx->name.n >= 4 && !memcmp(tx->name.p + tx->name.n - 4, "IPC$", 4)), out);
	case SIG_BUF_SMB_SHARE:
		return give(&tx->name, tree && !tx->u.tree.is_pipe, out);
	case SIG_BUF_SMB_NTLMSSP_USER:
		return give(&tx->u.sess.user, sess, out);
	case SIG_BUF_SMB_NTLMSSP_DOMAIN:
		return give(&tx->u.sess.domain, sess, out);
	case SIG_BUF_DCERPC_STUB_DATA:
		if (tx->kind != SMB_DCERPC)
			return DP_BUF_ABSENT;
		if (!t->progress[dir])
			return DP_BUF_LATER;
		return give(&tx->u.rpc.stub[dir], true, out);
	default:
		return DP_BUF_ABSENT;
	}
}

static bool smb_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	struct smb_tx *tx = (struct smb_tx *)t;

	if (instance)
		return false;
	if (n == SIG_NUM_SMB_VERSION) {
		*out = tx->ver;
		return true;
	}
	if (n != SIG_NUM_DCERPC_OPNUM || tx->kind != SMB_DCERPC ||
		tx->u.rpc.req_cmd != DP_DCE_REQUEST)
		return false;
	*out = tx->u.rpc.opnum;
	return true;
}

static int smb_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct smb_state *s = x->a->state;
	struct smb_tx *tx = (struct smb_tx *)t;

	if (tx->kind != SMB_DCERPC)
		return kind == SIG_OPT_BYTE_TEST ? -1 : 0;
	if (kind == SIG_OPT_BYTE_TEST)
		return tx->u.rpc.le;
	if (kind != SIG_OPT_DCE_IFACE || tx->u.rpc.req_cmd != DP_DCE_REQUEST)
		return 0;
	return dp_dce_iface_match(&s->ifaces, tx->u.rpc.ctx, arg, arg_len);
}

static bool smb_port(uint16_t port)
{
	return port == 445 || port == 139;
}

/** The sender of that direction has a port of SMB, and its receiver has none; otherwise as it seems. */
static bool server_speaks(const struct dp_flow *f, enum sig_dir d)
{
	if (smb_port(f->port[d]) != smb_port(f->port[!d]))
		return smb_port(f->port[d]);
	return d == SIG_DIR_TO_CLIENT;
}

/** Walks over session requests and keep-alives to the first message. */
static enum dp_probe smb_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);

	while (dp_cur_left(&c) >= NBSS_HDR) {
		uint8_t type = dp_cur_u8(&c);
		uint32_t len = dp_cur_be24(&c);
		const uint8_t *p = c.p + c.off;
		uint32_t n = dp_cur_left(&c);
		bool answer;

		if (type != 0 && type != 0x81 && type != 0x82 && type != 0x83 && type != 0x84 &&
			type != 0x85)
			return DP_PROBE_NO;
		if (type == 0) {
			if (n < 14)
				return n && p[0] < 0xfd ? DP_PROBE_NO : DP_PROBE_MORE;
			if (magic(p, n, 0xff))
				answer = p[9] & 0x80;
			else if (magic(p, n, 0xfe) && n < 20)
				return DP_PROBE_MORE;
			else if (magic(p, n, 0xfe))
				answer = p[16] & 1;
			else if (magic(p, n, 0xfd)) /* only ports tell who speaks */
				answer = server_speaks(x->f, in->dir);
			else
				return DP_PROBE_NO;
			return answer == (in->dir == SIG_DIR_TO_CLIENT) ? DP_PROBE_YES
									: DP_PROBE_YES_REVERSE;
		}
		// As the peer: a bare "session granted" tells nothing, and what follows it is not looked at.
		if (len > 1024 || (type == 0x82 && in->dir == SIG_DIR_TO_CLIENT))
			return DP_PROBE_NO;
		if (n < len)
			return DP_PROBE_MORE;
		dp_cur_skip(&c, len);
	}
	return dp_cur_left(&c) || in->data.n ? DP_PROBE_MORE : DP_PROBE_NO;
}

static const struct dp_app_buffer smb_buffers[] = {
	{SIG_BUF_SMB_NAMED_PIPE, SIG_DIR_TO_SERVER, 0},
	{SIG_BUF_SMB_SHARE, SIG_DIR_TO_SERVER, 0},
	{SIG_BUF_SMB_NTLMSSP_USER, SIG_DIR_TO_SERVER, 0},
	{SIG_BUF_SMB_NTLMSSP_DOMAIN, SIG_DIR_TO_SERVER, 0},
	{SIG_BUF_DCERPC_STUB_DATA, SIG_DIR_TO_SERVER, 0},
	{SIG_BUF_DCERPC_STUB_DATA, SIG_DIR_TO_CLIENT, 0},
};

static const struct dp_app_number smb_numbers[] = {
	{SIG_NUM_SMB_VERSION, SIG_DIR_TO_SERVER, 0},
	{SIG_NUM_SMB_VERSION, SIG_DIR_TO_CLIENT, 0},
	{SIG_NUM_DCERPC_OPNUM, SIG_DIR_TO_SERVER, 0},
	{SIG_NUM_DCERPC_OPNUM, SIG_DIR_TO_CLIENT, 0},
};

static const struct dp_app_pattern smb_patterns[] = {
	{.dir = 2, .off = 4, .len = 4, .bytes = "\xffSMB"},
	{.dir = 2, .off = 4, .len = 4, .bytes = "\xfeSMB"},
};

const struct dp_app_desc dp_app_smb = {
	.proto = SIG_PROTO_SMB,
	.eve_type = "smb",
	.tcp = true,
	.patterns = smb_patterns,
	.n_patterns = sizeof(smb_patterns) / sizeof(smb_patterns[0]),
	.probe = smb_probe,
	.ports = {139, 445},
	.open = smb_open,
	.close = smb_close,
	.parse = smb_parse,
	.gap = smb_gap,
	.tx_free = smb_tx_free,
	.complete = {1, 1},
	.raw_waits = true,
	.log_tx_id = true,
	.buffers = smb_buffers,
	.n_buffers = sizeof(smb_buffers) / sizeof(smb_buffers[0]),
	.numbers = smb_numbers,
	.n_numbers = sizeof(smb_numbers) / sizeof(smb_numbers[0]),
	.buffer = smb_buffer,
	.number = smb_number,
	.test = smb_test,
	.tests = {SIG_OPT_DCE_IFACE},
	.log = smb_log,
};
