/* SPDX-License-Identifier: Apache-2.0 */
/* RPC (RFC 5531): records in the stream, headers of calls and answers, frames. */
#include "nfs.h"

enum { CALL = 0, ANSWER = 1, RPC_VERSION = 2 };

bool nfs_opaque(struct dp_cur *c, uint32_t max, struct dp_span *out)
{
	out->n = dp_cur_be32(c);
	if (out->n > max)
		c->bad = true;
	out->p = dp_cur_bytes(c, out->n);
	dp_cur_skip(c, -out->n & 3);
	if (c->bad)
		*out = (struct dp_span){0};
	return !c->bad;
}

/** AUTH_SYS (RFC 5531 appendix A) or RPCSEC_GSS (RFC 2203). */
static void credentials(struct nfs_msg *m, struct dp_span body)
{
	struct dp_cur c = dp_cur_of(body.p, body.n);

	if (m->auth == NFS_AUTH_UNIX) {
		dp_cur_skip(&c, 4);
		nfs_opaque(&c, 255, &m->machine);
		m->uid = dp_cur_be32(&c);
		m->gid = dp_cur_be32(&c);
	} else if (m->auth == NFS_AUTH_GSS) {
		dp_cur_skip(&c, 4);
		m->gss_procedure = dp_cur_be32(&c);
		dp_cur_skip(&c, 4);
		m->gss_service = dp_cur_be32(&c);
	}
}

bool nfs_call_header(struct dp_cur *c, struct nfs_msg *m, uint32_t *program)
{
	struct dp_span body = {0};

	m->xid = dp_cur_be32(c);
	if (dp_cur_be32(c) != CALL || dp_cur_be32(c) != RPC_VERSION)
		c->bad = true;
	*program = dp_cur_be32(c);
	m->version = dp_cur_be32(c);
	m->procedure = dp_cur_be32(c);
	m->auth = dp_cur_be32(c);
	if (nfs_opaque(c, 400, &body))
		credentials(m, body);
	dp_cur_skip(c, 4);
	return nfs_opaque(c, 400, &body);
}

static bool answer_header(struct dp_cur *c, struct nfs_msg *m)
{
	struct dp_span verifier;

	m->xid = dp_cur_be32(c);
	if (dp_cur_be32(c) != ANSWER)
		c->bad = true;
	m->status = dp_cur_be32(c);
	if (c->bad || m->status != 0)
		return !c->bad; // denied: nothing follows that matters
	dp_cur_skip(c, 4);
	if (!nfs_opaque(c, 400, &verifier))
		return false;
	if (dp_cur_be32(c) != 0) // the program was not reached: no results
		c->off = c->n;
	return !c->bad;
}

static uint32_t at(const struct dp_app_in *in, const struct dp_cur *c, uint32_t off)
{
	return (uint32_t)(c->p - in->data.p) + off;
}

/** `body`: where the program's own bytes begin. */
static void call_frames(struct dp_app_ctx *x, const struct dp_app_in *in, const struct dp_cur *c,
	const struct nfs_msg *m, uint32_t body, uint32_t total)
{
	uint32_t creds = c->n >= 32 ? (uint32_t)c->p[28] << 24 | (uint32_t)c->p[29] << 16 |
		(uint32_t)c->p[30] << 8 | c->p[31] : 0;
	int64_t len = (int64_t)total - body;

	dp_frame_add(x, in, SIG_FRAME_NFS_RPC_CREDS, at(in, c, 24), (int64_t)creds + 8);
	if (m->version < 4) {
		dp_frame_add(x, in, SIG_FRAME_NFS_PDU, at(in, c, body), len);
		return;
	}
	dp_frame_add(x, in, SIG_FRAME_NFS4_PDU, at(in, c, body), len);
	if (len > 8) {
		dp_frame_add(x, in, SIG_FRAME_NFS4_HDR, at(in, c, body), 8);
		dp_frame_add(x, in, SIG_FRAME_NFS4_OPS, at(in, c, body + 8), len - 8);
	}
}

static void answer_frames(struct dp_app_ctx *x, const struct dp_app_in *in, const struct dp_cur *c,
	const struct nfs_msg *m, uint32_t body, uint32_t total)
{
	int64_t len = (int64_t)total - body;

	if (len <= 0)
		return;
	if (m->version < 4) {
		dp_frame_add(x, in, SIG_FRAME_NFS_PDU, at(in, c, body), len);
		dp_frame_add(x, in, SIG_FRAME_NFS_STATUS, at(in, c, body), 4);
		return;
	}
	dp_frame_add(x, in, SIG_FRAME_NFS4_PDU, at(in, c, body), len);
	dp_frame_add(x, in, SIG_FRAME_NFS4_STATUS, at(in, c, body), 4);
	if (len > 8) {
		dp_frame_add(x, in, SIG_FRAME_NFS4_HDR, at(in, c, body), 8);
		dp_frame_add(x, in, SIG_FRAME_NFS4_OPS, at(in, c, body + 8), len - 8);
	}
}

static bool inside(const struct dp_app_in *in, const struct dp_cur *c)
{
	return c->p >= in->data.p && c->p < in->data.p + in->data.n;
}

static bool call(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in,
	struct nfs_msg *m, struct dp_cur c, uint32_t total)
{
	const struct dp_cur start = c;
	uint32_t program;

	if (!nfs_call_header(&c, m, &program)) {
		if (m->whole)
			nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
		return m->whole;
	}
	if (inside(in, &start))
		call_frames(x, in, &start, m, c.off, total);
	// NFS_ACL's NULL, GETACL and SETACL stand where NULL, GETATTR and SETATTR do, and count as these.
	if (program == NFS_ACL_PROGRAM ? m->procedure > 2 || m->version > 3 : program != NFS_PROGRAM)
		return m->whole;
	if (m->version == 4)
		return nfs4_call(x, st, m, c);
	if (m->version == 2 || m->version == 3)
		return nfs23_call(x, st, m, c);
	nfs_event(x, m->dir, SIG_EV_NFS_NONEXIST);
	return m->whole;
}

static bool answer(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in,
	struct nfs_msg *m, struct dp_cur c, uint32_t total)
{
	const struct dp_cur start = c;
	struct nfs_note *n;
	uint8_t key[4];
	bool ok;

	if (!answer_header(&c, m)) {
		if (m->whole)
			nfs_event(x, m->dir, SIG_EV_NFS_MALFORMED);
		return m->whole;
	}
	memcpy(key, start.p, 4);
	n = nfs_note_get(&st->calls, (struct dp_span){key, 4});
	if (!n)
		return m->whole; // its call was not seen
	m->version = n->version;
	m->procedure = n->procedure;
	if (inside(in, &start))
		answer_frames(x, in, &start, m, c.off, total);
	if (m->status != 0 || dp_cur_left(&c) == 0) {
		if (m->whole)
			nfs_answered(x, m, 0, (struct dp_span){0});
		ok = m->whole;
	} else {
		ok = m->version == 4 ? nfs4_answer(x, st, m, n, c) : nfs23_answer(x, st, m, n, c);
	}
	if (ok)
		nfs_note_drop(x->c, &st->calls, n);
	return ok;
}

bool nfs_record(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in,
	struct dp_cur c, uint32_t total)
{
	struct nfs_msg m = {.dir = in->dir, .whole = c.n == total};

	return in->dir == SIG_DIR_TO_SERVER ? call(x, st, in, &m, c, total)
					    : answer(x, st, in, &m, c, total);
}
