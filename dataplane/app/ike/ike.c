/* SPDX-License-Identifier: Apache-2.0 */
#include "ike.h"
#include <dp/slab.h>
#include <sig/image.h>
#include <sig/rule.h>
#include <stdio.h>

static int ike_open(struct dp_app_ctx *x, void **state)
{
	struct ike_state *st = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*st));

	*state = st;
	if (!st)
		return -1;
	st->alg[IKE2_ENC] = 11; // ENCR_NULL, until the responder chose
	return 0;
}

static void ike_close(struct dp_app_ctx *x, void *state)
{
	struct ike_state *st = state;

	for (unsigned d = 0; d < 2; d++) {
		dp_bytes_free(x->c, &st->side[d].ke);
		dp_bytes_free(x->c, &st->side[d].nonce);
		dp_bytes_free(x->c, &st->side[d].transform);
	}
	dp_slab_free(x->c->slab, DP_MEM_APP, st, sizeof(*st));
}

static void ike_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dp_bytes_free(x->c, &((struct ike_tx *)t)->raw);
	dp_bytes_free(x->c, &((struct ike_tx *)t)->text);
}

static void header(struct ike_tx *tx)
{
	struct dp_cur c = dp_cur_of(tx->raw.p, tx->raw.n);
	uint8_t version;

	for (unsigned i = 0; i < 2; i++) {
		uint32_t high = dp_cur_be32(&c), low = dp_cur_be32(&c);

		snprintf(tx->spi[i], sizeof(tx->spi[i]), "%08x%08x", high, low);
	}
	tx->next = dp_cur_u8(&c);
	version = dp_cur_u8(&c);
	tx->major = version >> 4;
	tx->minor = version & 15;
	tx->exchange = dp_cur_u8(&c);
	tx->flags = dp_cur_u8(&c);
	tx->msg_id = dp_cur_be32(&c);
}

static int ike_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct ike_tx *tx;
	uint8_t major;

	*consumed = in->data.n;
	if (in->data.n < IKE_HEADER)
		return DP_APP_ERROR;
	major = in->data.p[17] >> 4;
	if (major != 1 && major != 2)
		return DP_APP_ERROR;
	if (x->a->tx_live >= IKE_TX_MAX)
		return DP_APP_OK; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return DP_APP_OK;
	dp_bytes_set(x->c, &tx->raw, in->data.p, in->data.n, 65535);
	tx->tx.only_dir = (uint8_t)(1u << in->dir);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	if (tx->raw.n < IKE_HEADER)
		return DP_APP_OK; // memory was refused
	header(tx);
	if (major == 2)
		ike2_read(x, state, tx, in->dir);
	else if (!ike1_read(x, state, tx, in->dir))
		dp_tx_event(x, &tx->tx, in->dir, SIG_EV_IKE_MALFORMED);
	return DP_APP_OK;
}

static enum dp_probe ike_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	bool on_port = x->f->port[0] == 500 || x->f->port[1] == 500, answer;
	uint8_t version, exchange;
	uint32_t len;

	dp_cur_skip(&c, 8);
	answer = dp_cur_be32(&c) | dp_cur_be32(&c);
	dp_cur_skip(&c, 1);
	version = dp_cur_u8(&c);
	exchange = dp_cur_u8(&c);
	dp_cur_skip(&c, 5);
	len = dp_cur_be32(&c);
	if (c.bad)
		return DP_PROBE_NO;
	if (version >> 4 == 2 && (version != 0x20 || exchange < 34 || exchange > 37 || len != in->data.n))
		return DP_PROBE_NO;
	if (version >> 4 != 1 && version >> 4 != 2)
		return DP_PROBE_NO;
	// Version 1 has no more than a nibble to know it by: elsewhere the rest must be right too.
	if (!on_port && version >> 4 == 1 &&
		(version != 0x10 || len != in->data.n || !(exchange <= 6 || exchange == 32)))
		return DP_PROBE_NO;
	return !answer && in->dir == SIG_DIR_TO_CLIENT ? DP_PROBE_YES_REVERSE : DP_PROBE_YES;
}

static void hex(const struct dp_app_ctx *x, struct ike_tx *tx, struct dp_span v)
{
	static const char digit[] = "0123456789abcdef";

	tx->text.n = 0;
	for (uint32_t i = 0; i < v.n; i++) {
		char two[2] = {digit[v.p[i] >> 4], digit[v.p[i] & 15]};

		dp_bytes_add(x->c, &tx->text, two, 2, 131072);
	}
}

static enum dp_buf_state ike_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct ike_tx *tx = (struct ike_tx *)t;

	*out = (struct dp_span){0};
	if (!((t->only_dir >> dir) & 1))
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_IKE_VENDOR && instance < tx->n_vendor) {
		hex(x, tx, ike_span(tx, tx->vendor[instance]));
		*out = (struct dp_span){tx->text.p, tx->text.n};
	}
	if (instance == 0 && b == SIG_BUF_IKE_INIT_SPI)
		*out = (struct dp_span){(const uint8_t *)tx->spi[0], 16};
	if (instance == 0 && b == SIG_BUF_IKE_RESP_SPI)
		*out = (struct dp_span){(const uint8_t *)tx->spi[1], 16};
	if (instance == 0 && b == SIG_BUF_IKE_KEY_EXCHANGE_PAYLOAD)
		*out = ike_span(tx, tx->ke);
	if (instance == 0 && b == SIG_BUF_IKE_NONCE_PAYLOAD)
		*out = ike_span(tx, tx->nonce);
	return out->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static bool ike_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	const struct ike_tx *tx = (const struct ike_tx *)t;

	if (instance || !((t->only_dir >> dir) & 1))
		return false;
	switch (n) {
	case SIG_NUM_IKE_EXCHTYPE:
		*out = tx->exchange;
		return true;
	case SIG_NUM_IKE_KEY_EXCHANGE_LEN:
		*out = tx->ke.n;
		return tx->ke.n != 0;
	case SIG_NUM_IKE_NONCE_LEN:
		*out = tx->nonce.n;
		return tx->nonce.n != 0;
	default:
		return false;
	}
}

/** Transform of version 2 for the number of an attribute of version 1 (beyond 256 its own). */
static uint8_t second_type(int64_t key)
{
	switch (key) {
	case 1:
		return IKE2_ENC;
	case 3:
	case 256 + IKE2_AUTH:
		return IKE2_AUTH;
	case 4:
		return IKE2_DH;
	case 13:
		return IKE2_PRF;
	case 256 + IKE2_ESN:
		return IKE2_ESN;
	default:
		return 0;
	}
}

/** ike.chosen_sa_attribute: what the responder answered. */
static int ike_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct ike_tx *tx = (const struct ike_tx *)t;
	const struct dp_test_arg *a = arg;
	struct ike_attr attr;
	struct dp_cur c;
	struct dp_span v;

	if (kind != SIG_OPT_IKE_SA_ATTRIBUTE || !a || arg_len != sizeof(*a))
		return 0;
	if (dir != SIG_DIR_TO_CLIENT || !((t->only_dir >> dir) & 1))
		return 0;
	if (tx->major == 2) {
		uint8_t type = second_type(a->op->num[0]);

		for (unsigned i = 0; i < tx->n_chosen; i++)
			if (tx->chosen[i].type == type && tx->chosen[i].id == a->op->num[1])
				return 1;
		return 0;
	}
	if (tx->n_transform == 0)
		return 0;
	v = ike_span(tx, tx->transform[0]);
	c = dp_cur_of(v.p, v.n);
	while (dp_cur_left(&c) && ike_attribute(&c, &attr))
		if (attr.type == a->op->num[0] && attr.has_number && attr.number == a->op->num[1])
			return 1;
	return 0;
}

#define BOTH(b)                                                                                    \
	{b, SIG_DIR_TO_SERVER, 1},                                                                 \
	{                                                                                          \
		b, SIG_DIR_TO_CLIENT, 1                                                            \
	}

static const struct dp_app_buffer ike_buffers[] = {
	{SIG_BUF_IKE_INIT_SPI, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_IKE_RESP_SPI, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_IKE_VENDOR, SIG_DIR_TO_SERVER, 1},
	BOTH(SIG_BUF_IKE_KEY_EXCHANGE_PAYLOAD),
	BOTH(SIG_BUF_IKE_NONCE_PAYLOAD),
};
static const struct dp_app_number ike_numbers[] = {
	BOTH(SIG_NUM_IKE_EXCHTYPE),
	BOTH(SIG_NUM_IKE_KEY_EXCHANGE_LEN),
	BOTH(SIG_NUM_IKE_NONCE_LEN),
};

const struct dp_app_desc dp_app_ike = {
	.proto = SIG_PROTO_IKE,
	.eve_type = "ike",
	.udp = true,
	.probe = ike_probe,
	.probe_any_port = true,
	.ports = {500},
	.open = ike_open,
	.close = ike_close,
	.parse = ike_parse,
	.tx_free = ike_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = ike_buffers,
	.n_buffers = sizeof(ike_buffers) / sizeof(ike_buffers[0]),
	.numbers = ike_numbers,
	.n_numbers = sizeof(ike_numbers) / sizeof(ike_numbers[0]),
	.buffer = ike_buffer,
	.number = ike_number,
	.test = ike_test,
	.tests = {SIG_OPT_IKE_SA_ATTRIBUTE},
	.log = ike_log,
	.log_packet_dir = true,
};
