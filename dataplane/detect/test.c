/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that look at no buffer: header bits, state, events, and what a transaction's parser knows. */
#include "inner.h"
#include <sig/compare.h>
#include <sig/app_event.h>
#include <string.h>
#include <strings.h>

static int yes(bool b)
{
	return b ? V_YES : V_NO;
}

static int test_bits(const struct sig_img_op *o, uint32_t x)
{
	const uint32_t v = (uint32_t)o->num[0];

	x &= ~(uint32_t)o->num[1];
	switch (o->sub) {
	case SIG_BITS_EXACT:
		return yes(x == v);
	case SIG_BITS_ALL:
		return yes((x & v) == v);
	case SIG_BITS_ANY:
		return yes((x & v) != 0);
	default:
		return yes((x & v) != v);
	}
}

static int test_ipopts(const struct dp_pkt *p, const struct sig_img_op *o)
{
	const uint8_t *h = p->data + p->ip_off;
	uint32_t i = 20;

	if (p->ip_ver != 4 || p->ip_off + (uint32_t)p->ip_hdr_len > p->len || p->ip_hdr_len <= 20)
		return V_NO;
	if (o->num[0] < 0)
		return V_YES;
	while (i < p->ip_hdr_len) {
		if (h[i] == o->num[0])
			return V_YES;
		if (h[i] == 0)
			break;
		if (h[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 >= p->ip_hdr_len || h[i + 1] < 2)
			break;
		i += h[i + 1];
	}
	return V_NO;
}

static int test_vlan(const struct eval *e, const struct sig_img_op *o)
{
	const struct dp_pkt *p = e->p;
	uint32_t hits = 0;

	if (!p->n_vlan)
		return yes(o->aux == SIG_IDX_OR_ABSENT || o->aux == SIG_IDX_ALL_OR_ABSENT ||
			o->aux == SIG_IDX_AT_OR_OUT);
	if (o->aux == SIG_IDX_AT || o->aux == SIG_IDX_AT_OR_OUT) {
		const int64_t at = o->num[2] < 0 ? o->num[2] + p->n_vlan : o->num[2];

		if (at < 0 || at >= p->n_vlan)
			return yes(o->aux == SIG_IDX_AT_OR_OUT);
		return yes(dp_compare(e->img, o, p->vlan[at]));
	}
	for (unsigned i = 0; i < p->n_vlan; i++)
		hits += dp_compare(e->img, o, p->vlan[i]);
	return yes(dp_index_holds(o, hits, p->n_vlan));
}

static int test_stream_size(const struct eval *e, const struct sig_img_op *o)
{
	uint64_t client, server;
	bool c, s;

	if (!e->f || !e->f->tcp)
		return V_NO;
	client = dp_stream_bytes(e->f, SIG_DIR_TO_SERVER);
	server = dp_stream_bytes(e->f, SIG_DIR_TO_CLIENT);
	c = sig_op_holds(o->sub, client, (uint64_t)o->num[0], 0);
	s = sig_op_holds(o->sub, server, (uint64_t)o->num[0], 0);
	switch (o->aux) {
	case SIG_SS_CLIENT:
		return yes(c);
	case SIG_SS_SERVER:
		return yes(s);
	case SIG_SS_BOTH:
		return yes(c && s);
	default:
		return yes(c || s);
	}
}

static bool proto_is(uint16_t have, uint32_t want)
{
	const struct dp_app_flow a = {.proto = have};

	return dp_app_matches((uint16_t)want, &a);
}

static int test_app_protocol(const struct eval *e, const struct sig_img_op *o)
{
	const struct dp_app_flow *a = e->a;
	uint16_t have = SIG_PROTO_UNKNOWN;

	if (!a) // a flow that nothing has been read of
		return yes(e->f && o->ref == SIG_PROTO_UNKNOWN && o->aux == 0);
	switch (o->sub) {
	case SIG_AP_DIRECTION:
		have = a->proto_dir[e->dir];
		// Given up on a connection is given up on both its sides; a side of datagrams that is
		// silent stays open, which an ICMP error that answers for it shows.
		if (have == SIG_PROTO_UNKNOWN && a->proto == SIG_PROTO_FAILED &&
			(e->f->ip_proto == 6 || e->p->ip_proto == 17))
			have = SIG_PROTO_FAILED;
		break;
	case SIG_AP_FINAL:
		have = a->proto;
		break;
	case SIG_AP_TO_SERVER:
		have = a->proto_dir[0];
		break;
	case SIG_AP_TO_CLIENT:
		have = a->proto_dir[1];
		break;
	case SIG_AP_ORIGINAL:
		have = a->proto_orig;
		break;
	default: // either
		if (a->proto_dir[0] == SIG_PROTO_UNKNOWN && a->proto_dir[1] == SIG_PROTO_UNKNOWN)
			return V_NO;
		return yes((proto_is(a->proto_dir[0], o->ref) || proto_is(a->proto_dir[1], o->ref)) !=
			(o->aux != 0));
	}
	if (have == SIG_PROTO_UNKNOWN || o->ref == SIG_PROTO_UNKNOWN)
		return yes(have == o->ref && o->aux == 0);
	return yes(proto_is(have, o->ref) != (o->aux != 0));
}

static bool rep_one(const struct eval *e, const struct sig_img_op *o, const union dp_addr *a)
{
	const int v = o->ref == SIG_IMG_NONE ? -1 : dp_rep_lookup(e->img, o->ref, e->p->ip_ver, a);

	if (o->sub == SIG_OP_ISSET)
		return v >= 0;
	if (o->sub == SIG_OP_ISNOTSET)
		return v < 0;
	return v >= 0 && sig_op_holds(o->sub, (uint64_t)v, (uint64_t)o->num[0], 0);
}

static int test_iprep(const struct eval *e, const struct sig_img_op *o)
{
	const bool need_both = o->aux == SIG_SIDE_BOTH;
	const bool s = rep_one(e, o, &e->p->src), d = rep_one(e, o, &e->p->dst);

	if (!e->p->ip_ver)
		return V_NO;
	switch (o->aux) {
	case SIG_SIDE_SRC:
		return yes(s);
	case SIG_SIDE_DST:
		return yes(d);
	default:
		return yes(need_both ? s && d : s || d);
	}
}

// ONC RPC call header (RFC 5531): xid, 0 = call, version 2, program, version, procedure.
static int test_rpc(const struct eval *e, const struct sig_img_op *o)
{
	struct sig_rpc want;
	uint32_t w[6];
	const uint32_t skip = e->p->ip_proto == 6 ? 4 : 0;

	if (e->p->payload.n < skip + 24)
		return V_NO;
	memcpy(&want, e->img->pool + o->data, sizeof(want));
	for (unsigned i = 0; i < 6; i++) {
		const uint8_t *b = e->p->payload.p + skip + 4 * i;

		w[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	}
	return yes(w[1] == 0 && w[2] == 2 && w[3] == want.program &&
		(want.version_any || w[4] == want.version) &&
		(want.procedure_any || w[5] == want.procedure));
}

int dp_test_match(struct eval *e, const struct sig_img_op *o)
{
	const struct dp_pkt *p = e->p;

	switch (o->kind) {
	case SIG_OPT_NUMBER:
		return dp_test_number(e, o) == V_YES ? V_YES : V_NO;
	case SIG_OPT_TCP_FLAGS:
		return p->ip_proto == 6 && p->l4_hdr_len ? test_bits(o, p->tcp.flags) : V_NO;
	case SIG_OPT_FRAGBITS:
		return p->ip_ver == 4 ? test_bits(o, p->frag_flags) : V_NO;
	case SIG_OPT_IPOPTS:
		return test_ipopts(p, o);
	case SIG_OPT_SAMEIP:
		return yes(p->ip_ver && memcmp(&p->src, &p->dst, p->ip_ver == 4 ? 4 : 16) == 0);
	case SIG_OPT_CSUM:
		return dp_test_csum(p, o->sub, o->num[0] != 0);
	case SIG_OPT_VLAN_ID:
		return test_vlan(e, o);
	case SIG_OPT_STREAM_SIZE:
		return test_stream_size(e, o);
	case SIG_OPT_APP_PROTOCOL:
		return test_app_protocol(e, o);
	case SIG_OPT_DECODE_EVENT:
	case SIG_OPT_STREAM_EVENT:
		return yes(o->ref != SIG_IMG_NONE && dp_pkt_event(p, o->ref));
	case SIG_OPT_APP_EVENT: // detection anomalies belong to the flow
		return yes(o->num[0] >= 0 && o->num[0] < 64 &&
			(e->new_proto_events >> o->num[0]) & 1);
	case SIG_OPT_IPREP:
		return test_iprep(e, o);
	case SIG_OPT_GEOIP:
		return dp_test_geoip(e, o);
	case SIG_OPT_RPC:
		return test_rpc(e, o);
	case SIG_OPT_FLOWBITS:
	case SIG_OPT_FLOWINT:
	case SIG_OPT_FLOWVAR:
	case SIG_OPT_PKTVAR:
	case SIG_OPT_XBITS:
	case SIG_OPT_HOSTBITS:
		return dp_test_state(e, o);
	default:
		return V_NO; // kinds that no compiler puts among these tests
	}
}

/* ---- transactions -------------------------------------------------------------------------- */

static int test_file_text(struct eval *e, const struct sig_img_op *o)
{
	const char *want = e->img->pool + o->data;
	bool any = false;

	for (struct dp_file *f = e->tx->files; f; f = f->next) {
		const char *have = (const char *)f->name;
		uint32_t n = f->name_len;
		bool hit;

		if (f->dir != e->dir)
			continue;
		if (o->kind == SIG_OPT_FILEMAGIC) {
			have = dp_file_magic(e->d->ctx, f);
			n = have ? f->magic_len : 0;
			if (!have && f->state == DP_FILE_OPEN)
				return V_LATER;
		}
		if (!have)
			continue;
		any = true;
		if (o->kind == SIG_OPT_FILEEXT) {
			hit = n > o->len && have[n - o->len - 1] == '.' &&
				strncasecmp(have + n - o->len, want, o->len) == 0;
		} else {
			hit = false;
			for (uint32_t i = 0; !hit && i + o->len <= n; i++)
				hit = strncasecmp(have + i, want, o->len) == 0;
		}
		if (hit != (o->aux != 0))
			return V_YES;
	}
	return any || e->tx_final ? V_NO : V_LATER;
}

static int test_file_hash(struct eval *e, const struct sig_img_op *o)
{
	bool open = false;

	for (const struct dp_file *f = e->tx->files; f; f = f->next) {
		const bool has = o->sub == SIG_HASH_MD5 ? f->has_md5 :
			o->sub == SIG_HASH_SHA1	       ? f->has_sha1 :
							 f->has_sha256;
		const uint8_t *h = o->sub == SIG_HASH_MD5 ? f->md5 :
			o->sub == SIG_HASH_SHA1		  ? f->sha1 :
							    f->sha256;
		const uint32_t n = o->sub == SIG_HASH_MD5 ? 16 : o->sub == SIG_HASH_SHA1 ? 20 : 32;

		if (f->dir != e->dir)
			continue;
		if (f->state == DP_FILE_OPEN)
			open = true;
		if (has && f->state == DP_FILE_CLOSED && dp_set_has(e->rs->set[o->ref], h, n, NULL) != (o->aux != 0))
			return V_YES;
	}
	return open && !e->tx_final ? V_LATER : e->tx_final ? V_NO : V_LATER;
}

static int test_has_file(const struct eval *e)
{
	for (const struct dp_file *f = e->tx->files; f; f = f->next)
		if (f->dir == e->dir)
			return V_YES;
	return e->tx_final ? V_NO : V_LATER;
}

static int test_event(struct eval *e, const struct sig_img_op *o)
{
	const unsigned n = (unsigned)o->num[0];

	if (!e->tx)
		return yes(e->a && dp_app_has_event(e->a, n));
	return dp_tx_has_event(e->tx, n) ? V_YES : e->tx_final ? V_NO : V_LATER;
}

/** The old forms of tls.cert_subject, tls.cert_issuer and tls.cert_fingerprint. */
static int test_certificate(struct eval *e, const struct sig_img_op *o)
{
	const uint16_t buffer = o->kind == SIG_OPT_TLS_SUBJECT ? SIG_BUF_TLS_CERT_SUBJECT :
		o->kind == SIG_OPT_TLS_ISSUERDN		       ? SIG_BUF_TLS_CERT_ISSUER :
								 SIG_BUF_TLS_CERT_FINGERPRINT;
	const char *want = e->img->pool + o->data;
	struct dp_span s;
	uint64_t start;
	bool hit;

	switch (dp_fetch_raw(e, buffer, e->dir, 0, &s, &start)) {
	case DP_BUF_ABSENT:
		return V_NO;
	case DP_BUF_LATER:
		return V_LATER;
	default:
		break;
	}
	if (o->kind == SIG_OPT_TLS_FINGERPRINT)
		hit = s.n == o->len && strncasecmp((const char *)s.p, want, s.n) == 0;
	else
		hit = memmem(s.p, s.n, want, o->len) != NULL;
	return yes(hit != (o->aux != 0));
}

/** The number of a step by name; UINT8_MAX: `dir` has no such step. */
static uint8_t step_of(const struct dp_app_desc *desc, unsigned dir, const char *name)
{
	static const char *const side[] = {"request_", "response_"};
	const char *end = strrchr(name, '_');

	for (const struct dp_app_state *s = desc->states; s && s->name; s++)
		if (s->dir == dir && strcmp(s->name, name) == 0)
			return s->progress;
	if (end && strncmp(name, side[!dir], strlen(side[!dir])) != 0) {
		if (strcmp(end, "_started") == 0)
			return 0;
		if (strcmp(end, "_complete") == 0)
			return desc->complete[dir];
	}
	return UINT8_MAX;
}

/** How far the transaction has come, against a step by name. */
static int test_step(struct eval *e, const struct sig_img_op *o, const struct dp_app_desc *desc)
{
	const char *name = e->img->pool + o->data;
	const uint8_t have = e->tx->progress[e->dir];
	uint8_t want = step_of(desc, e->dir, name);

	// The keyword compares numbers, as at the peer: asked of the other side, the name is the number that
	// it has on its own. A hook (GE) belongs to its side.
	if (want == UINT8_MAX && o->sub != SIG_OP_GE) {
		want = step_of(desc, !e->dir, name);
		if (want != UINT8_MAX && e->a->fed[e->dir] == 0)
			return V_LATER; // this side has not spoken
	}
	if (want == UINT8_MAX)
		return V_NO;
	if (sig_op_holds(o->sub, have, want, 0))
		return V_YES;
	return have < want && !e->tx_final ? V_LATER : V_NO;
}

int dp_test_tx(struct eval *e, const struct sig_img_op *o)
{
	const struct dp_app_desc *desc = e->a ? e->a->desc : NULL;
	const struct dp_test_arg arg = {.op = o, .data = e->img->pool + o->data};
	int r;

	if (o->kind == SIG_OPT_APP_EVENT)
		return test_event(e, o);
	if (!e->tx || !desc)
		return V_NO;
	switch (o->kind) {
	case SIG_OPT_NUMBER:
		return dp_test_number(e, o);
	case SIG_OPT_FILENAME:
	case SIG_OPT_FILEEXT:
	case SIG_OPT_FILEMAGIC:
		return test_file_text(e, o);
	case SIG_OPT_FILEHASH:
		return test_file_hash(e, o);
	case SIG_OPT_FILESTORE:
		return test_has_file(e);
	case SIG_OPT_XBITS:
		return dp_test_state(e, o);
	case SIG_OPT_APP_STATE:
		return test_step(e, o, desc);
	case SIG_OPT_TLS_SUBJECT:
	case SIG_OPT_TLS_ISSUERDN:
	case SIG_OPT_TLS_FINGERPRINT:
		return test_certificate(e, o);
	default:
		if (!desc->test)
			return V_NO;
		r = desc->test(&e->ax, e->tx, o->kind, (enum sig_dir)e->dir, &arg, sizeof(arg));
		if (r < 0)
			return e->tx_final ? V_NO : V_LATER;
		return yes(r == 1);
	}
}
