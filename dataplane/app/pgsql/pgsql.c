/* SPDX-License-Identifier: Apache-2.0 */
#include "pgsql.h"
#include <dp/slab.h>

static int pg_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct pg_state));
	if (x->f->tcp) // results are long, and only counted
		dp_stream_set_depth(x->f, 0);
	return *state ? 0 : -1;
}

static void pg_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct pg_state));
}

static void pg_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct pg_tx *tx = (struct pg_tx *)t;

	dp_bytes_free(x->c, &tx->text);
	dp_bytes_free(x->c, &tx->answers);
}

static int pg_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct pg_state *st = state;
	bool client = in->dir == SIG_DIR_TO_SERVER;
	uint32_t pos = 0;

	x->a->need[in->dir] = 0;
	while (pos < in->data.n && !x->a->change_pending) {
		struct dp_span s = {in->data.p + pos, in->data.n - pos};
		int64_t used;

		if (st->skip[in->dir]) {
			uint64_t n = st->skip[in->dir] < s.n ? st->skip[in->dir] : s.n;

			st->skip[in->dir] -= n;
			pos += (uint32_t)n;
			continue;
		}
		if (st->lost[in->dir] && !pg_plausible(s, client)) {
			pos = in->data.n;
			break;
		}
		st->lost[in->dir] = false;
		used = client ? pg_client(x, st, in, pos) : pg_server(x, st, in, pos);
		if (used < 0)
			return DP_APP_ERROR;
		if (used == 0)
			break;
		pos += (uint32_t)used;
	}
	*consumed = pos;
	return DP_APP_OK;
}

/** What was being passed over may be missing; otherwise wait for bytes that look like a message. */
static int pg_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct pg_state *st = state;

	x->a->need[in->dir] = 0;
	if (st->skip[in->dir] >= in->gap) {
		st->skip[in->dir] -= in->gap;
		return DP_APP_OK;
	}
	st->skip[in->dir] = 0;
	st->lost[in->dir] = true;
	st->running = true;
	return DP_APP_OK;
}

/** A request for encryption or to cancel, or version 3 with a user among its parameters. */
static enum dp_probe first_packet(struct dp_span s)
{
	static const uint8_t user[] = "user";
	struct dp_cur c = dp_cur_of(s.p, s.n);
	uint32_t len = dp_cur_be32(&c), code = dp_cur_be32(&c);

	if (s.n && s.p[0] != 0)
		return DP_PROBE_NO;
	if (c.bad)
		return DP_PROBE_MORE;
	if (code == PG_CODE_SSL || code == PG_CODE_GSS)
		return len == 8 ? DP_PROBE_YES : DP_PROBE_NO;
	if (code == PG_CODE_CANCEL)
		return len == 16 ? DP_PROBE_YES : DP_PROBE_NO;
	if (code >> 16 != 3 || len < 9 || len > PG_STARTUP_MAX)
		return DP_PROBE_NO;
	if (s.n < len)
		return s.n < 13 || (s.p[8] >= 'a' && s.p[8] <= 'z') ? DP_PROBE_MORE : DP_PROBE_NO;
	while (dp_cur_left(&c) && !c.bad) {
		struct dp_span name = pg_text(&c);

		if (name.n == 4 && memcmp(name.p, user, 4) == 0)
			return DP_PROBE_YES;
		pg_text(&c);
	}
	return DP_PROBE_NO;
}

static bool on_port(const struct dp_app_ctx *x)
{
	return x->f->port[1] == 5432 || x->f->port[0] == 5432;
}

static enum dp_probe pg_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	bool client = in->dir == SIG_DIR_TO_SERVER;
	enum dp_probe got = client ? first_packet(in->data) : DP_PROBE_NO;
	uint8_t type;

	if (got != DP_PROBE_NO || in->data.n == 0)
		return got;
	type = in->data.p[0];
	// One byte or any type proves little: only beside the other side, or in a session met midway.
	if (!client && x->a->proto_dir[SIG_DIR_TO_SERVER] == SIG_PROTO_PGSQL)
		return (type == 'S' || type == 'N') && in->data.n == 1 ? DP_PROBE_YES
			: in->data.n < 5			       ? DP_PROBE_MORE
			: pg_plausible(in->data, false)		       ? DP_PROBE_YES
								       : DP_PROBE_NO;
	if (on_port(x) && (x->f->flags & DP_FF_MIDSTREAM) && pg_plausible(in->data, client))
		return DP_PROBE_YES;
	return DP_PROBE_NO;
}

static enum dp_buf_state pg_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct pg_tx *tx = (const struct pg_tx *)t;

	if (instance || tx->request != PG_QUERY || tx->text.n == 0)
		return DP_BUF_ABSENT;
	*out = (struct dp_span){tx->text.p, tx->text.n};
	if (out->p[out->n - 1] == 0)
		out->n--;
	return DP_BUF_FULL;
}

static const struct dp_app_buffer pg_buffers[] = {
	{SIG_BUF_PGSQL_QUERY, SIG_DIR_TO_SERVER, 1},
};

const struct dp_app_desc dp_app_pgsql = {
	.proto = SIG_PROTO_PGSQL,
	.eve_type = "pgsql",
	.tcp = true,
	.probe = pg_probe,
	.probe_any_port = true,
	.ports = {5432},
	.first_dir = 1u << SIG_DIR_TO_SERVER,
	.open = pg_open,
	.close = pg_close,
	.parse = pg_parse,
	.gap = pg_gap,
	.tx_free = pg_tx_free,
	.complete = {1, 1},
	.buffers = pg_buffers,
	.n_buffers = sizeof(pg_buffers) / sizeof(pg_buffers[0]),
	.buffer = pg_buffer,
	.log = pg_log,
};
