/* SPDX-License-Identifier: Apache-2.0 */
/* A pipe's server reads its calls as a stream: Windows and Samba wait for the header and then for the rest of
 * its length, in however many messages they come (MS-RPCE section 2.1.1.2 asks for one, nobody insists). What
 * has come of a PDU is kept here, by handle and direction. */
#include "smb.h"

#define PARTS_MAX 256u             /* PDUs under way in a flow; a client has a handful of pipes open */
#define PARTS_BYTES (4u << 20)     /* memory of them all; one is of at most 64 KiB */
#define PDU_MAX UINT16_MAX

struct part {
	struct dp_recent_note link;
	struct smb_key k;
	struct smb_fid fid;
	uint64_t msg;          /**< the newest message that added to it, and what there was before */
	uint32_t before, have; /**< bytes that came, the header's among them */
	uint8_t head[DP_DCE_HDR];
	struct dp_dce_hdr h;   /**< once the header is whole */
	struct dp_bytes body;
	enum sig_dir dir;
	bool whole, lost;      /**< handed out; not all of it was kept */
};

/** What is sent to the wrong tree or session is refused; of answers the server vouches. */
static struct smb_key key_of(const struct smb_msg *m, enum sig_dir dir)
{
	struct smb_key k = {.role = SMB_K_PART};

	if (dir == SIG_DIR_TO_SERVER) {
		k.ssn = m->ssn;
		k.tree = m->tree;
	}
	return k;
}

static uint32_t hash(const struct smb_fid *fid)
{
	uint32_t h = 0x811c9dc5u;

	for (unsigned i = 0; i < fid->n; i++)
		h = (h ^ fid->b[i]) * 0x01000193u;
	return h ^ h >> 15;
}

static struct part *find(struct smb_parts *l, const struct smb_key *k, const struct smb_fid *fid,
	enum sig_dir dir)
{
	struct dp_recent_note *n = dp_recent_first(&l->list, hash(fid));

	for (; n; n = n->next) {
		struct part *p = (struct part *)n;

		if (p->dir == dir && p->k.ssn == k->ssn && p->k.tree == k->tree && p->fid.n == fid->n &&
			!memcmp(p->fid.b, fid->b, fid->n))
			return p;
	}
	return NULL;
}

static void drop(struct dp_ctx *c, struct smb_parts *l, struct part *p)
{
	dp_recent_remove(&l->list, &p->link);
	l->bytes -= p->body.cap;
	dp_bytes_free(c, &p->body);
	dp_slab_free(c->slab, DP_MEM_APP, p, sizeof(*p));
}

static struct part *add(struct dp_app_ctx *x, struct smb_parts *l, const struct smb_key *k,
	const struct smb_fid *fid, enum sig_dir dir)
{
	struct part *p;

	if (l->list.n >= PARTS_MAX) {
		p = (struct part *)l->list.oldest;
		smb_event(x, p->dir ? SIG_EV_SMB_READ_QUEUE_CNT : SIG_EV_SMB_WRITE_QUEUE_CNT, p->dir);
		drop(x->c, l, p);
	}
	p = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*p));
	if (!p)
		return NULL;
	p->k = *k;
	p->fid = *fid;
	p->dir = dir;
	dp_recent_add(&l->list, &p->link, hash(fid));
	return p;
}

/** Can a PDU begin like this? Of the bytes that are there (C706 section 12.6.3.1). */
static bool begins(const uint8_t *p, uint32_t n)
{
	return (n < 1 || p[0] == 5) && (n < 2 || p[1] <= 1) && (n < 3 || p[2] <= 20) &&
		(n < 5 || (p[4] & 0xee) == 0);
}

static struct dp_span first(struct dp_span *d, uint32_t n)
{
	struct dp_span s = {d->p, n < d->n ? n : d->n};

	d->p += s.n;
	d->n -= s.n;
	return s;
}

/** What stands in one message, the usual case; what is no PDU of ours is told of by the transaction, with what
 *  there is of it. 0: to be waited for. */
static int at_once(struct dp_span *d, struct smb_pdu *out)
{
	struct dp_cur c = dp_cur_of(d->p, d->n);
	struct dp_span body;
	int rc;

	if (d->n < DP_DCE_HDR)
		return begins(d->p, d->n) ? 0 : -1;
	rc = dp_dce_header(&c, &out->h);
	if (rc && out->h.frag_len < DP_DCE_HDR)
		return -1;
	if (!rc && out->h.frag_len > d->n && begins(d->p, d->n))
		return 0;
	first(d, DP_DCE_HDR);
	body = first(d, out->h.frag_len - DP_DCE_HDR);
	if (rc)
		d->n = 0;
	out->body = dp_cur_of(body.p, body.n);
	return 1;
}

static void keep(struct dp_app_ctx *x, struct smb_parts *l, struct part *p, struct dp_span d)
{
	uint32_t cap = p->body.cap;

	p->have += d.n;
	if (p->lost)
		return;
	if (l->bytes >= PARTS_BYTES || !dp_bytes_add(x->c, &p->body, d.p, d.n, PDU_MAX)) {
		p->lost = true;
		smb_event(x, p->dir ? SIG_EV_SMB_READ_QUEUE_SIZE : SIG_EV_SMB_WRITE_QUEUE_SIZE, p->dir);
	}
	l->bytes += p->body.cap - cap;
}

/** 1: it is whole, 0: not yet, -1: it is no PDU. */
static int grow(struct dp_app_ctx *x, struct smb_parts *l, struct part *p, struct dp_span *d)
{
	if (p->have < DP_DCE_HDR) {
		struct dp_span h = first(d, DP_DCE_HDR - p->have);
		struct dp_cur c = dp_cur_of(p->head, DP_DCE_HDR);

		memcpy(p->head + p->have, h.p, h.n);
		p->have += h.n;
		if (!begins(p->head, p->have))
			return -1;
		if (p->have < DP_DCE_HDR)
			return 0;
		if (dp_dce_header(&c, &p->h))
			return -1;
	}
	keep(x, l, p, first(d, p->h.frag_len - p->have));
	return p->have == p->h.frag_len;
}

enum smb_part smb_part_next(struct dp_app_ctx *x, struct smb_parts *l, const struct smb_msg *m,
	const struct smb_fid *fid, enum sig_dir dir, struct dp_span *d, struct smb_pdu *out)
{
	struct smb_key k = key_of(m, dir);
	struct part *p = find(l, &k, fid, dir);
	int rc;

	if (p && p->whole) {
		drop(x->c, l, p);
		p = NULL;
	}
	if (d->n == 0)
		return SMB_PART_MORE;
	if (!p) {
		rc = at_once(d, out);
		if (rc)
			return rc > 0 ? SMB_PART_PDU : SMB_PART_BAD;
		p = add(x, l, &k, fid, dir);
		if (!p) {
			smb_event(x, dir ? SIG_EV_SMB_READ_QUEUE_SIZE : SIG_EV_SMB_WRITE_QUEUE_SIZE, dir);
			return SMB_PART_MORE;
		}
	}
	dp_recent_use(&l->list, &p->link);
	p->msg = m->msg;
	p->before = p->have;
	rc = grow(x, l, p, d);
	if (rc < 0)
		drop(x->c, l, p);
	if (rc <= 0)
		return rc ? SMB_PART_BAD : SMB_PART_MORE;
	p->whole = true;
	out->h = p->h;
	out->body = dp_cur_of(p->body.p, p->body.n);
	return SMB_PART_PDU;
}

bool smb_part_waits(struct smb_parts *l, const struct smb_msg *m, const struct smb_fid *fid, enum sig_dir dir)
{
	struct smb_key k = key_of(m, dir);

	return find(l, &k, fid, dir) != NULL;
}

void smb_part_refused(struct dp_app_ctx *x, struct smb_parts *l, const struct smb_msg *m)
{
	struct dp_recent_note *n = l->list.newest;

	for (; n; n = n->older) {
		struct part *p = (struct part *)n;

		if (p->dir != SIG_DIR_TO_SERVER || p->k.ssn != m->ssn || p->msg != m->msg)
			continue;
		p->have = p->before;
		if (p->body.n > p->have - (p->have < DP_DCE_HDR ? p->have : DP_DCE_HDR))
			p->body.n = p->have < DP_DCE_HDR ? 0 : p->have - DP_DCE_HDR;
		if (!p->have)
			drop(x->c, l, p);
		return;
	}
}

void smb_part_rename(struct smb_parts *l, const struct smb_msg *m, const struct smb_fid *from,
	const struct smb_fid *to)
{
	struct smb_key k = key_of(m, SIG_DIR_TO_SERVER);
	struct part *p = find(l, &k, from, SIG_DIR_TO_SERVER);

	if (!p)
		return;
	dp_recent_remove(&l->list, &p->link);
	p->fid = *to;
	dp_recent_add(&l->list, &p->link, hash(to));
}

void smb_part_close(struct dp_app_ctx *x, struct smb_parts *l, const struct smb_msg *m, const struct smb_fid *fid)
{
	for (int dir = 0; dir < 2; dir++) {
		struct smb_key k = key_of(m, (enum sig_dir)dir);
		struct part *p = find(l, &k, fid, (enum sig_dir)dir);

		if (!p)
			continue;
		if (dir == SIG_DIR_TO_SERVER)
			smb_event(x, SIG_EV_SMB_MALFORMED, SIG_DIR_TO_SERVER);
		drop(x->c, l, p);
	}
}

void smb_part_gap(struct dp_ctx *c, struct smb_parts *l, enum sig_dir dir)
{
	struct dp_recent_note *n = l->list.oldest, *next;

	for (; n; n = next) {
		next = n->newer;
		if (((struct part *)n)->dir == dir)
			drop(c, l, (struct part *)n);
	}
}

void smb_parts_free(struct dp_ctx *c, struct smb_parts *l)
{
	while (l->list.oldest)
		drop(c, l, (struct part *)l->list.oldest);
}
