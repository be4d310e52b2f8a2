/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs.h"
#include "../proto_detect.h"

#define PORT 2049
#define CALL_MIN 40u   /* header of a call without credentials */
#define ANSWER_MIN 24u /* of an answer */
#define RECORD_MIN 8u  /* servers take less for noise, too */
#define LOOK 40u       /* bytes that tell a record from anything else */

static int nfs_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct nfs_state));
	return *state ? 0 : -1;
}

static void nfs_close(struct dp_app_ctx *x, void *state)
{
	struct nfs_state *st = state;

	nfs_map_free(x->c, &st->names);
	nfs_map_free(x->c, &st->calls);
	for (unsigned d = 0; d < 2; d++)
		dp_bytes_free(x->c, &st->side[d].joined);
	dp_slab_free(x->c->slab, DP_MEM_APP, st, sizeof(*st));
}

/* ---- what a record looks like ---------------------------------------------------------------- */

/** A call of NFS behind the mark of `len` bytes (UDP: the datagram). */
static enum dp_probe is_call(struct dp_cur c, uint32_t len)
{
	uint32_t v[7] = {0};
	unsigned i;

	for (i = 0; i < 7 && dp_cur_left(&c) >= 4; i++) {
		v[i] = dp_cur_be32(&c);
		if ((i == 1 && v[1] != 0) || (i == 2 && v[2] != 2) || (i == 3 && v[3] != NFS_PROGRAM) ||
			(i == 4 && (v[4] < 2 || v[4] > 4)) || (i == 5 && v[5] > 21) ||
			(i == 6 && v[6] > NFS_AUTH_GSS))
			return DP_PROBE_NO;
	}
	if (len < CALL_MIN)
		return DP_PROBE_NO;
	return i < 7 ? DP_PROBE_MORE : DP_PROBE_YES;
}

/** An accepted answer to something. */
static enum dp_probe is_answer(struct dp_cur c, uint32_t len)
{
	uint32_t xid, type, status;

	if (dp_cur_left(&c) < 12)
		return DP_PROBE_MORE;
	xid = dp_cur_be32(&c);
	type = dp_cur_be32(&c);
	status = dp_cur_be32(&c);
	return xid && type == 1 && status == 0 && len >= ANSWER_MIN && len <= 35000 ? DP_PROBE_YES
										     : DP_PROBE_NO;
}

static enum dp_probe probe_at(const struct dp_app_ctx *x, const struct dp_app_in *in, struct dp_cur c,
	uint32_t len, bool swaps)
{
	bool up = in->dir == SIG_DIR_TO_SERVER;
	const bool here = dp_app_on_port(x, SIG_PROTO_NFS, PORT);
	enum dp_probe call = is_call(c, len), answer = here ? is_answer(c, len) : DP_PROBE_NO;

	if ((up ? call : answer) == DP_PROBE_YES)
		return DP_PROBE_YES;
	if (swaps && (up ? answer : call) == DP_PROBE_YES)
		return DP_PROBE_YES_REVERSE;
	return (up ? call : answer) == DP_PROBE_MORE || (swaps && call + answer > 0) ? DP_PROBE_MORE
										      : DP_PROBE_NO;
}

static enum dp_probe nfs_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	bool udp = x->f->ip_proto == 17;
	enum dp_probe got;
	uint32_t mark;

	if (udp) {
		got = probe_at(x, in, c, in->data.n, true);
		return got == DP_PROBE_MORE ? DP_PROBE_NO : got;
	}
	if (in->data.n < NFS_MARK)
		return DP_PROBE_MORE;
	mark = dp_cur_be32(&c);
	return probe_at(x, in, c, mark & ~NFS_LAST, x->f->flags & DP_FF_MIDSTREAM);
}

/* ---- records in the stream ------------------------------------------------------------------- */

static void forget_fragments(struct dp_app_ctx *x, struct nfs_side *s)
{
	s->joining = s->holed = false;
	s->record = 0;
	dp_bytes_free(x->c, &s->joined);
}

/** A fragment is all there: with the last of them the record is read, as far as it was kept. */
static void fragment_over(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in)
{
	struct nfs_side *s = &st->side[in->dir];
	uint32_t missing;

	s->joining = false;
	if (!s->last)
		return;
	if (!s->holed)
		nfs_record(x, st, in, dp_cur_of(s->joined.p, s->joined.n), s->record);
	missing = s->data_left;
	s->data_left = 0;
	if (missing)
		nfs_file_more(x, st, in->dir, (struct dp_span){0}, missing);
	forget_fragments(x, s);
}

/** Bytes of a record that was begun: data to its file, fragments to the others, the rest nowhere. */
static uint32_t go_on(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in,
	struct dp_span d)
{
	struct nfs_side *s = &st->side[in->dir];
	uint32_t n = d.n < s->left ? d.n : s->left;
	uint32_t data = n < s->data_left ? n : s->data_left;

	s->left -= n;
	if (s->joining && !s->holed)
		dp_bytes_add(x->c, &s->joined, d.p, n, NFS_WHOLE_MAX);
	if (s->joining && !s->left)
		fragment_over(x, st, in);
	if (data) {
		s->data_left -= data;
		nfs_file_more(x, st, in->dir, (struct dp_span){d.p, data}, 0);
	}
	return n;
}

/** Could a record begin here? -1: too few bytes to say. */
static int plausible(struct nfs_state *st, enum sig_dir dir, struct dp_span d)
{
	struct dp_cur c = dp_cur_of(d.p, d.n);
	uint32_t len = dp_cur_be32(&c) & ~NFS_LAST;

	if (d.n < LOOK)
		return -1;
	if (dir == SIG_DIR_TO_SERVER)
		return is_call(c, len) == DP_PROBE_YES;
	return is_answer(c, len) == DP_PROBE_YES &&
		nfs_note_get(&st->calls, (struct dp_span){d.p + 4, 4}) != NULL;
}

static uint32_t look_for(struct nfs_state *st, enum sig_dir dir, struct dp_span d)
{
	for (uint32_t i = 0; i < d.n; i++) {
		int rc = plausible(st, dir, (struct dp_span){d.p + i, d.n - i});

		if (rc == 0)
			continue;
		if (rc > 0)
			st->side[dir].lost = false;
		return i;
	}
	return d.n;
}

/** Fragments of one record are put together first (few clients ever send more than one). Bytes taken of
 *  those that came of one with `len`. */
static uint32_t fragment(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in,
	struct dp_span d, uint32_t len, bool last)
{
	struct nfs_side *s = &st->side[in->dir];

	s->record += len;
	s->left = len;
	s->joining = true;
	s->last = last;
	return go_on(x, st, in, d);
}

static void record_frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t rel, uint32_t len)
{
	uint32_t head = x->f->ip_proto == 17 ? 8 : 12;

	dp_frame_add(x, in, SIG_FRAME_NFS_RPC_PDU, rel, len);
	if (in->dir == SIG_DIR_TO_SERVER || len <= head)
		return;
	dp_frame_add(x, in, SIG_FRAME_NFS_RPC_HDR, rel, head);
	dp_frame_add(x, in, SIG_FRAME_NFS_RPC_DATA, rel + head, (int64_t)len - head);
}

/** One record. Bytes taken; 0: more are needed. */
static uint32_t record(struct dp_app_ctx *x, struct nfs_state *st, const struct dp_app_in *in,
	uint32_t rel, bool *bad)
{
	struct nfs_side *s = &st->side[in->dir];
	struct dp_cur c = dp_cur_of(in->data.p + rel, in->data.n - rel);
	uint32_t mark = dp_cur_be32(&c), len = mark & ~NFS_LAST, have = dp_cur_left(&c);
	bool last = mark & NFS_LAST, alone = last && !s->record;

	if (c.bad) {
		x->a->need[in->dir] = NFS_MARK;
		return 0;
	}
	if (len > NFS_RECORD_MAX - s->record || (last && s->record + len < RECORD_MIN)) {
		*bad = true;
		return 0;
	}
	record_frames(x, in, rel, len + NFS_MARK);
	if (!alone)
		return NFS_MARK + fragment(x, st, in, (struct dp_span){c.p + 4, have}, len, last);
	if (have >= len) {
		nfs_record(x, st, in, dp_cur_of(c.p + 4, len), len);
		return len + NFS_MARK;
	}
	if (have >= CALL_MIN && nfs_record(x, st, in, dp_cur_of(c.p + 4, have), len)) {
		s->left = len - have;
		s->data_left = s->data_left < s->left ? s->data_left : s->left; // its length may lie
		return have + NFS_MARK;
	}
	if (have >= NFS_WHOLE_MAX) { // neither data nor anything that is read
		s->left = len - have;
		return have + NFS_MARK;
	}
	return 0;
}

static int nfs_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in, uint32_t *consumed)
{
	struct nfs_state *st = state;
	struct nfs_side *s = &st->side[in->dir];
	uint32_t rel = 0;
	bool bad = false;

	x->a->need[in->dir] = 0;
	if (x->f->ip_proto == 17) {
		*consumed = in->data.n;
		record_frames(x, in, 0, in->data.n);
		nfs_record(x, st, in, dp_cur_of(in->data.p, in->data.n), in->data.n);
		return DP_APP_OK;
	}
	while (rel < in->data.n && !bad) {
		struct dp_span rest = {in->data.p + rel, in->data.n - rel};
		uint32_t n = s->left ? go_on(x, st, in, rest)
			: s->lost ? look_for(st, in->dir, rest) : 0;

		if (!n && s->lost)
			break;
		if (!n)
			n = record(x, st, in, rel, &bad);
		if (!n)
			break;
		rel += n;
	}
	if (bad) {
		nfs_event(x, in->dir, SIG_EV_NFS_MALFORMED);
		return DP_APP_ERROR;
	}
	*consumed = rel;
	return DP_APP_OK;
}

static int nfs_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct nfs_state *st = state;
	struct nfs_side *s = &st->side[in->dir];
	uint32_t n = in->gap < s->left ? in->gap : s->left;
	uint32_t data = n < s->data_left ? n : s->data_left;

	x->a->need[in->dir] = 0;
	s->left -= n;
	if (data) {
		s->data_left -= data;
		nfs_file_more(x, st, in->dir, (struct dp_span){0}, data);
	}
	s->holed |= s->joining && n;
	if (s->joining && !s->left)
		fragment_over(x, st, in);
	if (n < in->gap) { // where the next record begins is not known any more
		s->lost = true;
		s->data_left = 0;
		forget_fragments(x, s);
	}
	return DP_APP_OK;
}

/* ---- what signatures ask --------------------------------------------------------------------- */

static enum dp_buf_state nfs_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	return DP_BUF_ABSENT;
}

/** A file that was committed is of two procedures. */
static bool nfs_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	const struct nfs_tx *tx = (const struct nfs_tx *)t;
	uint32_t procedure = tx->procedure;

	if (n == SIG_NUM_NFS_VERSION) {
		*out = tx->version;
		return instance == 0;
	}
	if (instance == 1 && tx->is_file && tx->committed && tx->dir == SIG_DIR_TO_SERVER &&
		tx->last_xid != tx->xid && tx->version > 2)
		procedure = tx->version == 3 ? 21 : 5;
	else if (instance)
		return false;
	*out = n == SIG_NUM_NFS_PROCEDURE ? procedure
					  : (uint64_t)sig_nfs_procedure(tx->version, procedure);
	return true;
}

static const struct dp_app_number nfs_numbers[] = {
	{SIG_NUM_NFS_PROCEDURE, SIG_DIR_TO_SERVER, 0},
	{SIG_NUM_NFS_PROCEDURE_NAME, SIG_DIR_TO_SERVER, 0},
	{SIG_NUM_NFS_VERSION, SIG_DIR_TO_SERVER, 0},
};

const struct dp_app_desc dp_app_nfs = {
	.proto = SIG_PROTO_NFS,
	.eve_type = "nfs",
	.tcp = true,
	.udp = true,
	.probe = nfs_probe,
	.probe_any_port = true,
	.ports = {PORT},
	.open = nfs_open,
	.close = nfs_close,
	.parse = nfs_parse,
	.gap = nfs_gap,
	.tx_free = nfs_tx_release,
	.complete = {1, 1},
	.log_packet_dir = true,
	.numbers = nfs_numbers,
	.n_numbers = sizeof(nfs_numbers) / sizeof(nfs_numbers[0]),
	.buffer = nfs_buffer,
	.number = nfs_number,
	.log = nfs_log,
	.log_alert = nfs_log_full,
	.log_beside = nfs_log_rpc,
};
