/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus.h"
#include <dp/slab.h>
#include <sig/image.h>
#include <sig/rule.h>

#define PORT 502

static int modbus_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct modbus_state));
	return *state ? 0 : -1;
}

static void modbus_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct modbus_state));
}

static void modbus_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct modbus_state *st = x->a->state;

	for (unsigned i = 0; i < 2; i++) {
		struct dp_bytes *raw = &((struct modbus_tx *)t)->raw[i];

		st->kept -= raw->n;
		dp_bytes_free(x->c, raw);
	}
}

static bool message_of(const struct modbus_tx *tx, enum sig_dir dir, struct modbus_msg *m)
{
	return tx->raw[dir].n &&
		modbus_read((struct dp_span){tx->raw[dir].p, tx->raw[dir].n}, dir, m);
}

static enum dp_probe modbus_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	uint16_t protocol, length;

	if (in->data.n < MODBUS_HEADER)
		return DP_PROBE_MORE;
	dp_cur_skip(&c, 2);
	protocol = dp_cur_be16(&c);
	length = dp_cur_be16(&c);
	return protocol == 0 && length >= MODBUS_LENGTH_MIN && length <= MODBUS_LENGTH_MAX
		? DP_PROBE_YES : DP_PROBE_NO;
}

/* ---- messages -------------------------------------------------------------------------------- */

static void events(struct dp_app_ctx *x, struct modbus_tx *tx, enum sig_dir dir,
	const struct modbus_msg *m)
{
	static const struct {
		uint8_t error, event;
	} map[] = {{MB_E_VALUE, SIG_EV_MODBUS_VALUE}, {MB_E_LENGTH, SIG_EV_MODBUS_LENGTH},
		{MB_E_EXCEPTION, SIG_EV_MODBUS_EXCEPTION}, {MB_E_FUNCTION, SIG_EV_MODBUS_FUNCTION},
		{MB_E_PROTOCOL, SIG_EV_MODBUS_PROTOCOL_ID}};

	if (dir == SIG_DIR_TO_CLIENT && m->access & (MB_A_READ | MB_A_WRITE) &&
		m->errors & (MB_E_VALUE | MB_E_LENGTH)) {
		dp_tx_event(x, &tx->tx, dir, SIG_EV_MODBUS_MISMATCH);
		return;
	}
	for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (m->errors & map[i].error)
			dp_tx_event(x, &tx->tx, dir, map[i].event);
}

/** The transaction that waits for this message from the other side. */
static struct modbus_tx *waiting(struct dp_app_ctx *x, struct modbus_msg *m, enum sig_dir dir)
{
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next) {
		struct modbus_tx *tx = (struct modbus_tx *)t;
		struct modbus_msg other;

		if (tx->id != m->id || tx->unit != m->unit || tx->function != m->function)
			continue; // without reading it again: many may wait
		if (tx->raw[dir].n || !message_of(tx, (enum sig_dir)!dir, &other))
			continue;
		if (dir == SIG_DIR_TO_CLIENT ? modbus_answers(&other, m) : modbus_answers(m, &other))
			return tx;
	}
	return NULL;
}

static struct modbus_tx *new_tx(struct dp_app_ctx *x, struct modbus_state *st, enum sig_dir dir)
{
	bool flood = x->a->tx_live >= MODBUS_TX_MAX || st->kept >= MODBUS_KEPT_MAX;
	struct modbus_tx *tx;

	if (!flood)
		st->flooded = false;
	if (st->flooded)
		return NULL;
	tx = dp_tx_add(x, sizeof(*tx));
	if (tx && flood) {
		dp_tx_event(x, &tx->tx, dir, SIG_EV_MODBUS_FLOODED);
		st->flooded = true;
	}
	return tx;
}

static void message(struct dp_app_ctx *x, struct modbus_state *st, const struct dp_app_in *in,
	struct modbus_msg *m, struct dp_span raw)
{
	struct modbus_tx *tx = waiting(x, m, in->dir);

	if (!tx) {
		tx = new_tx(x, st, in->dir);
		if (!tx)
			return;
		tx->id = m->id;
		tx->unit = m->unit;
		tx->function = m->function;
		if (in->dir == SIG_DIR_TO_CLIENT)
			dp_tx_event(x, &tx->tx, in->dir, SIG_EV_MODBUS_UNSOLICITED);
	}
	events(x, tx, in->dir, m);
	st->kept -= tx->raw[in->dir].n;
	dp_bytes_set(x->c, &tx->raw[in->dir], raw.p, raw.n, MODBUS_COUNTED + 65535u);
	st->kept += tx->raw[in->dir].n;
	if (tx->raw[SIG_DIR_TO_CLIENT].n) // both sides are over with the answer
		tx->tx.progress[0] = tx->tx.progress[1] = 1;
}

static int modbus_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct modbus_state *st = state;
	struct modbus_msg m;
	uint32_t at = 0;

	x->a->need[in->dir] = 0;
	if (st->lost[in->dir] && in->data.n) {
		if (modbus_probe(x, in) != DP_PROBE_YES) {
			*consumed = in->data.n;
			return DP_APP_OK;
		}
		st->lost[in->dir] = false;
	}
	while (at < in->data.n &&
		modbus_read((struct dp_span){in->data.p + at, in->data.n - at}, in->dir, &m)) {
		message(x, st, in, &m, (struct dp_span){in->data.p + at, MODBUS_COUNTED + m.length});
		at += MODBUS_COUNTED + m.length;
	}
	if (at < in->data.n)
		x->a->need[in->dir] = in->data.n - at + 1;
	*consumed = at;
	return DP_APP_OK;
}

static int modbus_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	x->a->need[in->dir] = 0;
	((struct modbus_state *)state)->lost[in->dir] = true;
	return DP_APP_OK;
}

/* ---- what signatures ask --------------------------------------------------------------------- */

/** Whether any of lo to hi satisfies the comparison. */
static bool meets(const struct sig_cmp *c, uint32_t lo, uint32_t hi)
{
	switch (c->op) {
	case SIG_OP_EQ:
		return c->a >= lo && c->a <= hi;
	case SIG_OP_NE:
		return lo != hi || c->a != lo;
	case SIG_OP_LT:
		return lo < c->a;
	case SIG_OP_LE:
		return lo <= c->a;
	case SIG_OP_GT:
		return hi > c->a;
	case SIG_OP_GE:
		return hi >= c->a;
	case SIG_OP_RANGE:
		return c->a < hi && lo < c->b;
	case SIG_OP_NRANGE:
		return lo <= c->a || hi >= c->b;
	default:
		return false;
	}
}

/** Addresses count from 1 in signatures, from 0 on the wire. */
static bool addresses(const struct modbus_msg *m, uint32_t *lo, uint32_t *hi)
{
	bool write = m->shape == MB_WRITE_ONE || m->shape == MB_WRITE_MANY || m->shape == MB_WRITE_MASK;
	uint32_t n = m->shape == MB_READ_REQUEST ? m->read_n : m->shape == MB_WRITE_MANY ? m->write_n : 1;

	if ((!write && m->shape != MB_READ_REQUEST) || n == 0)
		return false;
	*lo = (write ? m->write_at : m->read_at) + 1u;
	*hi = *lo + n - 1;
	return true;
}

/** What is written at `address`. */
static bool value_at(const struct modbus_msg *m, uint32_t address, uint32_t *v)
{
	uint32_t k = address - 1 - m->write_at;

	if (address <= m->write_at)
		return false;
	if (m->shape == MB_WRITE_ONE) {
		*v = m->access & MB_A_COILS ? m->write_n != 0 : m->write_n;
		return k == 0;
	}
	if (m->shape != MB_WRITE_MANY || k >= m->write_n)
		return false;
	if (m->access & MB_A_COILS) {
		if (k / 8 >= m->data.n)
			return false;
		*v = m->data.p[k / 8] >> (k % 8) & 1u;
		return true;
	}
	if (2 * k + 1 >= m->data.n)
		return false;
	*v = (uint32_t)m->data.p[2 * k] << 8 | m->data.p[2 * k + 1];
	return true;
}

static bool access_fits(const struct modbus_msg *m, const struct sig_modbus *want)
{
	static const uint8_t tables[] = {[SIG_MBT_DISCRETES] = MB_A_DISCRETES,
		[SIG_MBT_COILS] = MB_A_COILS, [SIG_MBT_INPUT] = MB_A_INPUT,
		[SIG_MBT_HOLDING] = MB_A_HOLDING};
	uint32_t lo, hi, v;

	if (!(m->access & (want->write ? MB_A_WRITE : MB_A_READ)))
		return false;
	if (want->table != SIG_MBT_NONE && !(m->access & tables[want->table]))
		return false;
	if (!want->address_set)
		return true;
	if (!addresses(m, &lo, &hi) || !meets(&want->address, lo, hi))
		return false;
	if (!want->value_set)
		return true;
	return value_at(m, (uint32_t)want->address.a, &v) && meets(&want->value, v, v);
}

static int modbus_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct dp_test_arg *a = arg;
	struct sig_modbus want;
	struct modbus_msg m;

	if (kind != SIG_OPT_MODBUS || !a || arg_len != sizeof(*a) || a->op->len < sizeof(want) ||
		dir != SIG_DIR_TO_SERVER)
		return 0;
	if (!message_of((struct modbus_tx *)t, dir, &m))
		return 0;
	memcpy(&want, a->data, sizeof(want));
	if (want.unit_set && !meets(&want.unit, m.unit, m.unit))
		return 0;
	switch (want.kind) {
	case SIG_MB_ACCESS:
		return access_fits(&m, &want);
	case SIG_MB_CATEGORY:
		return (m.category & want.category) != 0 ? !want.negated
							  : want.negated && m.category;
	default:
		break;
	}
	if (want.function == 0) // only the unit was asked for
		return want.unit_set;
	if (want.function != m.raw)
		return 0;
	return !want.subfunction_set || (m.shape == MB_DIAG && m.sub == want.subfunction);
}

const struct dp_app_desc dp_app_modbus = {
	.proto = SIG_PROTO_MODBUS,
	.eve_type = "modbus",
	.tcp = true,
	.probe = modbus_probe,
	.ports = {PORT},
	.open = modbus_open,
	.close = modbus_close,
	.parse = modbus_parse,
	.gap = modbus_gap,
	.tx_free = modbus_tx_free,
	.complete = {1, 1},
	.log_flow_dir = true,
	.test = modbus_test,
	.tests = {SIG_OPT_MODBUS},
	.log = modbus_log,
};
