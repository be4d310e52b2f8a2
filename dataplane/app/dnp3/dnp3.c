/* SPDX-License-Identifier: Apache-2.0 */
#include "dnp3.h"
#include <dp/slab.h>
#include <sig/image.h>
#include <sig/rule.h>

#define PORT 20000

static int dnp3_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct dnp3_state));
	return *state ? 0 : -1;
}

static void dnp3_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct dnp3_state));
}

static void dnp3_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct dnp3_tx *tx = (struct dnp3_tx *)t;
	struct dnp3_state *st = x->a->state;

	dnp3_end(st, tx);
	st->kept -= tx->app.n;
	dp_bytes_free(x->c, &tx->app);
}

static int dnp3_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	x->a->need[in->dir] = 0;
	((struct dnp3_state *)state)->lost[in->dir] = true;
	return DP_APP_OK;
}

/** Printable text that names the protocol. */
static enum dp_probe banner(struct dp_span s)
{
	bool word = false;

	for (uint32_t i = 0; i < s.n && i < 256; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			return DP_PROBE_NO;
		word |= i + 4 <= s.n && memcmp(s.p + i, "DNP3", 4) == 0;
	}
	return word ? DP_PROBE_YES : s.n < DNP3_LINK_HEADER ? DP_PROBE_MORE : DP_PROBE_NO;
}

static enum dp_probe dnp3_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	bool known = x->f->port[0] == PORT || x->f->port[1] == PORT;
	bool up = in->dir == SIG_DIR_TO_SERVER;
	const uint8_t *p = in->data.p;
	enum dp_probe text;

	if (in->data.n == 0)
		return DP_PROBE_MORE;
	if (p[0] != 0x05 || (in->data.n > 1 && p[1] != 0x64)) {
		text = known ? banner(in->data) : DP_PROBE_NO;
		return text == DP_PROBE_YES && up ? DP_PROBE_YES_REVERSE : text;
	}
	if (in->data.n < DNP3_LINK_HEADER)
		return DP_PROBE_MORE;
	// Elsewhere the checksum must be right; at its port a wrong one is worth an event.
	if (p[2] < DNP3_LINK_COUNTED || (!known && !dnp3_header_sound(p)))
		return DP_PROBE_NO;
	return !!(p[3] & DNP3_DIR_MASTER) == up ? DP_PROBE_YES : DP_PROBE_YES_REVERSE;
}

static bool of_dir(const struct dnp3_tx *tx, enum sig_dir dir)
{
	return (tx->tx.only_dir >> dir) & 1;
}

static enum dp_buf_state dnp3_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct dnp3_tx *tx = (const struct dnp3_tx *)t;

	if (b != SIG_BUF_DNP3_DATA || instance || !of_dir(tx, dir) || !tx->app.n)
		return DP_BUF_ABSENT;
	*out = (struct dp_span){tx->app.p, tx->app.n};
	return DP_BUF_FULL;
}

static bool dnp3_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	const struct dnp3_tx *tx = (const struct dnp3_tx *)t;

	if (instance || !of_dir(tx, dir) || tx->app.n < DNP3_HEADER_REQUEST)
		return false;
	*out = n == SIG_NUM_DNP3_FUNC ? dnp3_function(tx) : dnp3_indications(tx);
	return n == SIG_NUM_DNP3_FUNC || tx->response;
}

/** dnp3_obj: any header of that group and variation. */
static int dnp3_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct dnp3_tx *tx = (const struct dnp3_tx *)t;
	const struct dp_test_arg *a = arg;
	struct dp_cur c = dnp3_objects(tx);
	struct dnp3_object o;

	if (kind != SIG_OPT_DNP3_OBJ || !a || arg_len != sizeof(*a) || !of_dir(tx, dir))
		return 0;
	for (uint32_t i = 0; i < DNP3_OBJECTS_MAX && dnp3_next(&c, &o); i++) {
		if (o.group == a->op->num[0] && o.variation == a->op->num[1])
			return 1;
		if (dnp3_points(&c, &o, dnp3_function(tx), NULL) != DNP3_OK)
			break;
	}
	return 0;
}

#define BOTH(b) {b, SIG_DIR_TO_SERVER, 1}, {b, SIG_DIR_TO_CLIENT, 1}

static const struct dp_app_buffer dnp3_buffers[] = {BOTH(SIG_BUF_DNP3_DATA)};
static const struct dp_app_number dnp3_numbers[] = {
	BOTH(SIG_NUM_DNP3_FUNC),
	{SIG_NUM_DNP3_IND, SIG_DIR_TO_CLIENT, 1},
};

const struct dp_app_desc dp_app_dnp3 = {
	.proto = SIG_PROTO_DNP3,
	.eve_type = "dnp3",
	.tcp = true,
	.probe = dnp3_probe,
	.probe_any_port = true,
	.ports = {PORT},
	.open = dnp3_open,
	.close = dnp3_close,
	.parse = dnp3_parse,
	.gap = dnp3_gap,
	.tx_free = dnp3_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = dnp3_buffers,
	.n_buffers = sizeof(dnp3_buffers) / sizeof(dnp3_buffers[0]),
	.numbers = dnp3_numbers,
	.n_numbers = sizeof(dnp3_numbers) / sizeof(dnp3_numbers[0]),
	.buffer = dnp3_buffer,
	.number = dnp3_number,
	.test = dnp3_test,
	.tests = {SIG_OPT_DNP3_OBJ},
	.log = dnp3_log,
	.log_flow_dir = true,
	.log_alert = dnp3_log_alert,
};
