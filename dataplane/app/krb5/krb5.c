/* SPDX-License-Identifier: Apache-2.0 */
#include "krb5.h"
#include <dp/slab.h>
#include <sig/image.h>
#include <sig/rule.h>

struct krb5_state {
	uint8_t request; /* type of the last one, 0 when it was answered */
};

static int krb5_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct krb5_state));
	return *state ? 0 : -1;
}

static void krb5_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct krb5_state));
}

static void krb5_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dp_bytes_free(x->c, &((struct krb5_tx *)t)->raw);
}

static void add(struct dp_app_ctx *x, const struct krb5_msg *m, struct dp_span s, uint8_t request,
	enum sig_dir d)
{
	struct krb5_tx *tx;

	if (x->a->tx_live >= KRB5_TX_MAX)
		return; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return;
	tx->failed_request = request;
	tx->tx.only_dir = (uint8_t)(1u << d);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	dp_bytes_set(x->c, &tx->raw, s.p, s.n, KRB5_MSG_MAX);
	if (m->has_etype && krb5_weak(m->etype))
		dp_tx_event(x, &tx->tx, d, SIG_EV_KRB5_WEAK);
}

static int message(struct dp_app_ctx *x, struct krb5_state *st, struct dp_span s, enum sig_dir d)
{
	struct dp_span rest = s;
	struct krb5_msg m;
	struct dp_ber e;

	if (dp_ber_next(&rest, &e) != DP_BER_OK) {
		if (x->a->tx_last)
			dp_tx_event(x, x->a->tx_last, d, SIG_EV_KRB5_MALFORMED);
		return DP_APP_ERROR;
	}
	if ((e.tag & 0xe0) != 0x60)
		return DP_APP_OK;
	if (krb5_read(e.whole, &m))
		add(x, &m, e.whole, m.type == KRB5_ERROR ? st->request : 0, d);
	switch (e.tag & 0x1f) {
	case KRB5_AS_REQ:
	case KRB5_TGS_REQ:
	case KRB5_AP_REQ:
		st->request = e.tag & 0x1f;
		break;
	default:
		st->request = 0;
	}
	return DP_APP_OK;
}

static int krb5_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	uint32_t pos = 0;

	x->a->need[in->dir] = 0;
	if (x->f->ip_proto == 17) {
		*consumed = in->data.n;
		return message(x, state, in->data, in->dir);
	}
	while (in->data.n - pos >= 4) {
		const uint8_t *p = in->data.p + pos;
		uint32_t len = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

		if (len > KRB5_MSG_MAX) {
			if (x->a->tx_last)
				dp_tx_event(x, x->a->tx_last, in->dir, SIG_EV_KRB5_MALFORMED);
			return DP_APP_ERROR;
		}
		if (in->data.n - pos - 4 < len) {
			x->a->need[in->dir] = len + 4;
			break;
		}
		if (len && message(x, state, (struct dp_span){p + 4, len}, in->dir) != DP_APP_OK)
			return DP_APP_ERROR;
		pos += 4 + len;
	}
	*consumed = pos;
	return DP_APP_OK;
}

/** APPLICATION tag up to 30, a sequence, and version 5 as its first or second field. */
static enum dp_probe krb5_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	static const uint8_t five[] = {DP_BER_INT, 1, 5};
	bool stream = x->f->ip_proto == 6;
	struct dp_span s = in->data;
	enum dp_ber_rc rc;
	struct dp_ber e;

	if (stream) {
		uint32_t len;

		if (s.n < 4)
			return DP_PROBE_MORE;
		len = (uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 | (uint32_t)s.p[2] << 8 | s.p[3];
		if (len > KRB5_MSG_FIRST)
			return DP_PROBE_NO;
		s = (struct dp_span){s.p + 4, s.n - 4};
	}
	for (unsigned level = 0; level < 3; level++) {
		static const uint8_t mask[] = {0xe0, 0xff, 0xfe}, want[] = {0x60, 0x30, 0xa0};

		rc = dp_ber_next(&s, &e);
		if (rc == DP_BER_BAD || (e.tag & mask[level]) != want[level])
			return stream && (rc == DP_BER_END) ? DP_PROBE_MORE : DP_PROBE_NO;
		if (rc == DP_BER_MORE && e.whole.p) { // the header is there, and some of the rest
			uint32_t head = s.p[1] & 0x80 ? 2u + (s.p[1] & 0x7f) : 2u;

			e.body = (struct dp_span){s.p + head, s.n - head};
		} else if (rc != DP_BER_OK) {
			return stream ? DP_PROBE_MORE : DP_PROBE_NO;
		}
		s = e.body;
	}
	if (s.n < 3)
		return stream ? DP_PROBE_MORE : DP_PROBE_NO;
	return memcmp(s.p, five, 3) == 0 ? DP_PROBE_YES : DP_PROBE_NO;
}

static bool read_tx(const struct krb5_tx *tx, struct krb5_msg *m)
{
	return krb5_read((struct dp_span){tx->raw.p, tx->raw.n}, m);
}

static enum dp_buf_state krb5_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct dp_span list;
	struct krb5_msg m;
	struct dp_ber e;

	if (!((t->only_dir >> dir) & 1) || !read_tx((struct krb5_tx *)t, &m))
		return DP_BUF_ABSENT;
	list = b == SIG_BUF_KRB5_CNAME ? m.cname : m.sname;
	while (dp_ber_next(&list, &e) == DP_BER_OK) {
		if (instance-- == 0) {
			*out = e.body;
			return DP_BUF_FULL;
		}
	}
	return DP_BUF_ABSENT;
}

static bool krb5_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	struct krb5_msg m;

	if (instance || !((t->only_dir >> dir) & 1) || !read_tx((struct krb5_tx *)t, &m))
		return false;
	*out = n == SIG_NUM_KRB5_MSG_TYPE ? m.type : (uint64_t)m.error;
	return n == SIG_NUM_KRB5_MSG_TYPE || m.type == KRB5_ERROR;
}

/** krb5.ticket_encryption: one of a set, or none of it. */
static int krb5_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct dp_test_arg *a = arg;
	const uint64_t *set;
	struct krb5_msg m;

	if (kind != SIG_OPT_KRB5_TICKET_ENC || !a || arg_len != sizeof(*a))
		return 0;
	if (!((t->only_dir >> dir) & 1) || !read_tx((struct krb5_tx *)t, &m) || !m.has_etype)
		return 0;
	set = a->data;
	for (uint32_t i = 0; i < a->op->len / 8; i++)
		if (set[i] == (uint64_t)m.ticket_etype)
			return a->op->sub == SIG_OP_SET;
	return a->op->sub == SIG_OP_NSET;
}

#define BOTH(b)                                                                                    \
	{b, SIG_DIR_TO_SERVER, 1},                                                                 \
	{                                                                                          \
		b, SIG_DIR_TO_CLIENT, 1                                                            \
	}

static const struct dp_app_buffer krb5_buffers[] = {
	BOTH(SIG_BUF_KRB5_CNAME),
	BOTH(SIG_BUF_KRB5_SNAME),
};
static const struct dp_app_number krb5_numbers[] = {
	BOTH(SIG_NUM_KRB5_MSG_TYPE),
	BOTH(SIG_NUM_KRB5_ERR_CODE),
};

const struct dp_app_desc dp_app_krb5 = {
	.proto = SIG_PROTO_KRB5,
	.eve_type = "krb5",
	.tcp = true,
	.udp = true,
	.probe = krb5_probe,
	.probe_any_port = true,
	.ports = {88},
	.open = krb5_open,
	.close = krb5_close,
	.parse = krb5_parse,
	.tx_free = krb5_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = krb5_buffers,
	.n_buffers = sizeof(krb5_buffers) / sizeof(krb5_buffers[0]),
	.numbers = krb5_numbers,
	.n_numbers = sizeof(krb5_numbers) / sizeof(krb5_numbers[0]),
	.buffer = krb5_buffer,
	.number = krb5_number,
	.test = krb5_test,
	.tests = {SIG_OPT_KRB5_TICKET_ENC},
	.log = krb5_log,
	.log_packet_dir = true,
};
