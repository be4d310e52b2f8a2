/* SPDX-License-Identifier: Apache-2.0 */
#include "dns.h"
#include <dp/frame.h>
#include <dp/slab.h>
#include <errno.h>

#define DNS_TX_MAX 500u /* transactions open at a time */

void dns_tx_release(struct dp_ctx *c, struct dns_tx *tx)
{
	dp_bytes_free(c, &tx->msg);
	dp_bytes_free(c, &tx->last);
}

static void dns_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dns_tx_release(x->c, (struct dns_tx *)t);
}

static unsigned opcode(uint16_t flags)
{
	return flags >> 11 & 15;
}

static void name_events(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir d, unsigned flags)
{
	if (flags & DNS_NF_CUT)
		dp_tx_event(x, tx, d, SIG_EV_DNS_NAME_LONG);
	if (flags & DNS_NF_LOOP)
		dp_tx_event(x, tx, d, SIG_EV_DNS_LOOP);
	if (flags & DNS_NF_LABELS)
		dp_tx_event(x, tx, d, SIG_EV_DNS_LABELS);
}

/** Options fill their record to its end. */
static bool options_fit(const uint8_t *p, const struct dns_rr *rr)
{
	uint32_t at = 0, left = rr->data_n;

	for (; left >= 4; left = rr->data_n - at) {
		at += 4 + ((uint32_t)p[rr->data + at + 2] << 8 | p[rr->data + at + 3]);
		if (at > rr->data_n)
			return false;
	}
	return left == 0;
}

/** Queries and answers must be sound; the later sections may be cut short. */
static bool check(const uint8_t *p, uint32_t n, struct dns_walk *w)
{
	struct dns_rr rr;

	if (!dns_walk_init(w, p, n))
		return false;
	while (dns_walk_next(w, &rr))
		if (rr.type == 41 && rr.section == DNS_ADDITIONALS && !options_fit(p, &rr))
			w->bad_opt = true;
	return !w->bad || w->section >= DNS_AUTHORITIES;
}

static void keep(struct dp_ctx *c, struct dns_tx *tx, const uint8_t *p, uint32_t n,
	const struct dns_walk *w, enum sig_dir d)
{
	dp_bytes_set(c, &tx->msg, p, n, 65535);
	tx->id = (uint16_t)(p[0] << 8 | p[1]);
	tx->flags = (uint16_t)(p[2] << 8 | p[3]);
	memcpy(tx->count, w->count, sizeof(tx->count));
	tx->tx.only_dir = (uint8_t)(1u << d);
}

bool dns_tx_fill(struct dp_ctx *c, struct dns_tx *tx, const uint8_t *p, uint32_t n, enum sig_dir d)
{
	struct dns_walk w;

	if (!check(p, n, &w) || !(p[2] & 0x80) != (d == SIG_DIR_TO_SERVER))
		return false;
	keep(c, tx, p, n, &w, d);
	return true;
}

/** A question without record has an answer without record. */
static void dns_quiet(struct dp_app_flow *a, const struct dp_tx *t)
{
	const struct dns_tx *tx = (const struct dns_tx *)t;
	const unsigned room = sizeof(a->quiet) / sizeof(a->quiet[0]);

	if (tx->flags & DNS_QR)
		return;
	if (a->quiet_n == room)
		memmove(a->quiet, a->quiet + 1, --a->quiet_n * sizeof(a->quiet[0]));
	a->quiet[a->quiet_n++] = tx->id;
}

/** A question that is asked again forgets of it: whether it is quiet, too, is not known yet. */
static bool quiet_answer(struct dp_app_flow *a, const struct dns_tx *tx)
{
	for (unsigned i = 0; i < a->quiet_n; i++) {
		if (a->quiet[i] != tx->id)
			continue;
		a->quiet[i] = a->quiet[--a->quiet_n];
		return tx->flags & DNS_QR;
	}
	return false;
}

static int message(struct dp_app_ctx *x, const uint8_t *p, uint32_t n, enum sig_dir d)
{
	bool mdns = x->a->desc->proto == SIG_PROTO_MDNS;
	struct dns_walk w;
	struct dns_tx *tx;
	uint16_t flags;

	if (!check(p, n, &w)) {
		if (x->a->tx_last)
			dp_tx_event(x, x->a->tx_last, d, SIG_EV_DNS_MALFORMED);
		return DP_APP_ERROR;
	}
	flags = (uint16_t)(p[2] << 8 | p[3]);
	if (!mdns && !(flags & DNS_QR) != (d == SIG_DIR_TO_SERVER)) {
		if (x->a->tx_last)
			dp_tx_event(x, x->a->tx_last, d,
				d ? SIG_EV_DNS_NOT_RESPONSE : SIG_EV_DNS_NOT_REQUEST);
		return DP_APP_ERROR;
	}
	if (x->a->tx_live >= DNS_TX_MAX)
		return DP_APP_OK; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return DP_APP_OK;
	keep(x->c, tx, p, n, &w, d);
	tx->tx.logged = quiet_answer(x->a, tx);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	x->a->flush[d] = true;
	name_events(x, &tx->tx, d, w.name_flags);
	if (w.bad || w.bad_opt)
		dp_tx_event(x, &tx->tx, d, w.section == DNS_AUTHORITIES ? SIG_EV_DNS_AUTHORITIES
									: SIG_EV_DNS_ADDITIONALS);
	if (flags & DNS_Z)
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNS_Z_FLAG);
	if (opcode(flags) >= 7)
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNS_OPCODE);
	return DP_APP_OK;
}

/** The message at `off` of what came is a frame, and belongs to the transaction it made. */
static int framed(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t off, uint32_t n)
{
	const bool mdns = x->a->desc->proto == SIG_PROTO_MDNS;
	const uint32_t id = dp_frame_add(x, in, mdns ? SIG_FRAME_MDNS_PDU : SIG_FRAME_DNS_PDU, off, n);
	const uint64_t before = x->a->tx_next_id;
	int rc = message(x, in->data.p + off, n, in->dir);

	if (x->a->tx_next_id != before)
		dp_frame_tx(x, in->dir, id, x->a->tx_last);
	return rc;
}

/** No record takes less than two bytes. */
static bool header_possible(const uint8_t *p, uint32_t len)
{
	uint32_t records = 0;

	for (unsigned i = 4; i < 12; i += 2)
		records += (uint32_t)p[i] << 8 | p[i + 1];
	return (p[2] >> 3 & 15) < 7 && 2 * records <= len;
}

static enum dp_probe probe_message(const uint8_t *p, uint32_t n, enum sig_dir d)
{
	struct dns_walk w;
	uint16_t flags;
	bool request;

	if (!dns_walk_init(&w, p, n))
		return DP_PROBE_NO;
	flags = (uint16_t)(p[2] << 8 | p[3]);
	// A header alone proves little, unless it is the answer to what was not understood.
	if (!(w.count[0] | w.count[1] | w.count[2] | w.count[3]) && !((flags & DNS_QR) && flags & 15))
		return DP_PROBE_NO;
	if (!check(p, n, &w))
		return DP_PROBE_NO;
	request = !(flags & DNS_QR);
	return request == (d == SIG_DIR_TO_SERVER) ? DP_PROBE_YES : DP_PROBE_YES_REVERSE;
}

static enum dp_probe dns_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	uint32_t len;

	if (x->f->ip_proto == 17)
		return probe_message(in->data.p, in->data.n, in->dir);
	if (in->data.n < 14)
		return DP_PROBE_MORE;
	len = (uint32_t)in->data.p[0] << 8 | in->data.p[1];
	if (len < 12)
		return DP_PROBE_NO;
	if (in->data.n - 2 < len) // what is there must be a header that can be true
		return header_possible(in->data.p + 2, len) ? DP_PROBE_MORE : DP_PROBE_NO;
	return probe_message(in->data.p + 2, len, in->dir);
}

static int dns_open(struct dp_app_ctx *x, void **state)
{
	if (x->f->ip_proto != 6)
		return 0;
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct dns_state));
	return *state ? 0 : -ENOMEM;
}

static void dns_close(struct dp_app_ctx *x, void *state)
{
	if (state)
		dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct dns_state));
}

static int dns_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct dns_state *s = state;

	(void)x;
	if (s)
		s->lost[in->dir] = true;
	return DP_APP_OK;
}

static int dns_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct dns_state *s = state;
	uint32_t pos = 0;

	x->a->need[in->dir] = 0;
	if (x->f->ip_proto == 17) {
		*consumed = in->data.n;
		return framed(x, in, 0, in->data.n);
	}
	// After a hole the next bytes that look like the head of a message are taken for one.
	if (s && s->lost[in->dir] && in->data.n) {
		if (dns_probe(x, in) == DP_PROBE_NO) {
			*consumed = in->data.n;
			return DP_APP_OK;
		}
		s->lost[in->dir] = false;
	}
	while (in->data.n - pos >= 2) {
		uint32_t len = (uint32_t)in->data.p[pos] << 8 | in->data.p[pos + 1];

		if (in->data.n - pos - 2 < len) {
			x->a->need[in->dir] = len + 2;
			break;
		}
		if (len && framed(x, in, pos + 2, len) != DP_APP_OK)
			return DP_APP_ERROR;
		pos += 2 + len;
	}
	*consumed = pos;
	return DP_APP_OK;
}

static enum dp_probe mdns_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	return probe_message(in->data.p, in->data.n, in->dir) == DP_PROBE_NO ? DP_PROBE_NO
									     : DP_PROBE_YES;
}

static bool buffer_wants(enum sig_buffer b, enum sig_dir d, bool response, const struct dns_rr *rr)
{
	switch (b) {
	case SIG_BUF_DNS_QUERY:
	case SIG_BUF_DNS_QUERY_NAME:
	case SIG_BUF_DNS_QUERIES_RRNAME:
	case SIG_BUF_MDNS_QUERIES_RRNAME:
		return rr->section == DNS_QUERIES;
	case SIG_BUF_DNS_ANSWER_NAME:
	case SIG_BUF_DNS_ANSWERS_RRNAME:
	case SIG_BUF_MDNS_ANSWERS_RRNAME:
		return rr->section == DNS_ANSWERS;
	case SIG_BUF_DNS_AUTHORITIES_RRNAME:
	case SIG_BUF_MDNS_AUTHORITIES_RRNAME:
		return rr->section == DNS_AUTHORITIES;
	case SIG_BUF_DNS_ADDITIONALS_RRNAME:
	case SIG_BUF_MDNS_ADDITIONALS_RRNAME:
		return rr->section == DNS_ADDITIONALS;
	case SIG_BUF_DNS_RESPONSE_RRNAME:
	case SIG_BUF_MDNS_RESPONSE_RRNAME:
		return response;
	default:
		return false;
	}
}

/** The name at `off`, when it is one and the *instance-th. The root has none: there is nothing to look at. */
static bool give(const struct dp_app_ctx *x, struct dns_tx *tx, uint32_t off, uint32_t *instance,
	struct dp_span *out)
{
	struct dns_name name;

	if (!dns_name_read(tx->msg.p, tx->msg.n, off, &name) || name.n == 0 || (*instance)-- != 0)
		return false;
	dp_bytes_set(x->c, &tx->last, name.b, name.n, DNS_NAME_MAX);
	*out = (struct dp_span){tx->last.p, tx->last.n};
	return true;
}

enum dp_buf_state dns_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct dns_tx *tx = (struct dns_tx *)t;
	bool response = tx->flags & DNS_QR;
	bool all = b == SIG_BUF_DNS_RESPONSE_RRNAME || b == SIG_BUF_MDNS_RESPONSE_RRNAME;
	struct dns_walk w;
	struct dns_rr rr;

	if (!((t->only_dir >> dir) & 1) || !dns_walk_init(&w, tx->msg.p, tx->msg.n))
		return DP_BUF_ABSENT;
	while (dns_walk_next(&w, &rr)) {
		uint32_t in_data;

		if (!buffer_wants(b, dir, response, &rr))
			continue;
		if (give(x, tx, rr.name, &instance, out))
			return DP_BUF_FULL;
		in_data = all && rr.section != DNS_QUERIES ? dns_rdata_name(&rr) : 0;
		if (in_data && give(x, tx, in_data, &instance, out))
			return DP_BUF_FULL;
	}
	return DP_BUF_ABSENT;
}

bool dns_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	struct dns_tx *tx = (struct dns_tx *)t;
	struct dns_walk w;
	struct dns_rr rr;

	if (!((t->only_dir >> dir) & 1))
		return false;
	switch (n) {
	case SIG_NUM_DNS_OPCODE:
		*out = opcode(tx->flags);
		return instance == 0;
	case SIG_NUM_DNS_RCODE:
		*out = tx->flags & 15;
		return instance == 0;
	case SIG_NUM_DNS_RRTYPE:
		if (!dns_walk_init(&w, tx->msg.p, tx->msg.n))
			return false;
		while (dns_walk_next(&w, &rr) && rr.section <= DNS_ANSWERS) {
			if (instance-- == 0) {
				*out = rr.type;
				return true;
			}
		}
		return false;
	default:
		return false;
	}
}

#define BOTH(b)                                                                                    \
	{b, SIG_DIR_TO_SERVER, 1},                                                                 \
	{                                                                                          \
		b, SIG_DIR_TO_CLIENT, 1                                                            \
	}

static const struct dp_app_buffer dns_buffers[] = {
	{SIG_BUF_DNS_QUERY, SIG_DIR_TO_SERVER, 1},
	BOTH(SIG_BUF_DNS_QUERY_NAME),
	BOTH(SIG_BUF_DNS_ANSWER_NAME),
	BOTH(SIG_BUF_DNS_QUERIES_RRNAME),
	BOTH(SIG_BUF_DNS_ANSWERS_RRNAME),
	BOTH(SIG_BUF_DNS_AUTHORITIES_RRNAME),
	BOTH(SIG_BUF_DNS_ADDITIONALS_RRNAME),
	{SIG_BUF_DNS_RESPONSE_RRNAME, SIG_DIR_TO_CLIENT, 1},
};
static const struct dp_app_buffer mdns_buffers[] = {
	BOTH(SIG_BUF_MDNS_QUERIES_RRNAME),
	BOTH(SIG_BUF_MDNS_ANSWERS_RRNAME),
	BOTH(SIG_BUF_MDNS_AUTHORITIES_RRNAME),
	BOTH(SIG_BUF_MDNS_ADDITIONALS_RRNAME),
	BOTH(SIG_BUF_MDNS_RESPONSE_RRNAME),
};
static const struct dp_app_number dns_numbers[] = {
	BOTH(SIG_NUM_DNS_OPCODE),
	BOTH(SIG_NUM_DNS_RCODE),
	BOTH(SIG_NUM_DNS_RRTYPE),
};

bool dns_is_buffer(enum sig_buffer b)
{
	for (unsigned i = 0; i < sizeof(dns_buffers) / sizeof(dns_buffers[0]); i++)
		if (dns_buffers[i].buf == b)
			return true;
	return false;
}

const struct dp_app_desc dp_app_dns = {
	.proto = SIG_PROTO_DNS,
	.eve_type = "dns",
	.tcp = true,
	.udp = true,
	.probe = dns_probe,
	.ports = {53},
	.first_dir = 1u << SIG_DIR_TO_SERVER,
	.open = dns_open,
	.close = dns_close,
	.parse = dns_parse,
	.gap = dns_gap,
	.tx_free = dns_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = dns_buffers,
	.n_buffers = sizeof(dns_buffers) / sizeof(dns_buffers[0]),
	.numbers = dns_numbers,
	.n_numbers = sizeof(dns_numbers) / sizeof(dns_numbers[0]),
	.buffer = dns_buffer,
	.number = dns_number,
	.quiet = dns_quiet,
	.log = dns_log,
};

const struct dp_app_desc dp_app_mdns = {
	.proto = SIG_PROTO_MDNS,
	.eve_type = "mdns",
	.udp = true,
	.probe = mdns_probe,
	.ports = {5353},
	.parse = dns_parse,
	.tx_free = dns_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = mdns_buffers,
	.n_buffers = sizeof(mdns_buffers) / sizeof(mdns_buffers[0]),
	.buffer = dns_buffer,
	.log = mdns_log,
};
