/* SPDX-License-Identifier: Apache-2.0 */
#include "pgsql.h"

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool pg_plausible(struct dp_span s, bool client)
{
	static const char client_types[] = "QpXPBEDSCHFdcf", server_types[] = "RSKZTDCENAGHWdc123nstIv";

	return s.n >= 5 && s.p[0] && strchr(client ? client_types : server_types, s.p[0]) &&
		be32(s.p + 1) >= 4 && be32(s.p + 1) < 1u << 30;
}

struct dp_span pg_text(struct dp_cur *c)
{
	struct dp_span v = {c->p ? c->p + c->off : NULL, 0};

	while (v.n < dp_cur_left(c) && v.p[v.n])
		v.n++;
	dp_cur_skip(c, v.n + 1);
	return v;
}

static void complete(struct pg_tx *tx)
{
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
}

static struct pg_tx *open_tx(struct dp_app_ctx *x, enum pg_request kind, enum sig_dir d)
{
	struct pg_tx *tx;

	if (x->a->tx_live >= PG_TX_MAX) {
		for (struct dp_tx *old = x->a->tx_first; old; old = old->next) {
			if (old->progress[SIG_DIR_TO_CLIENT])
				continue;
			complete((struct pg_tx *)old);
			dp_tx_event(x, old, d, SIG_EV_PGSQL_MANY_TX);
			break;
		}
		if (x->a->tx_live >= 2 * PG_TX_MAX)
			return NULL; // nobody inspects: not kept
	}
	tx = dp_tx_add(x, sizeof(*tx));
	if (tx) {
		tx->request = (uint8_t)kind;
		tx->tx.progress[SIG_DIR_TO_SERVER] = 1;
	}
	return tx;
}

/** The request that waited longest. */
static struct pg_tx *waiting(struct dp_app_ctx *x)
{
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next)
		if (t->progress[SIG_DIR_TO_CLIENT] == 0)
			return (struct pg_tx *)t;
	return NULL;
}

static struct pg_tx *last_copy(struct dp_app_ctx *x)
{
	struct pg_tx *tx = (struct pg_tx *)x->a->tx_last;

	if (tx && tx->request == PG_COPY_IN && !tx->copy_end && !tx->tx.progress[SIG_DIR_TO_CLIENT])
		return tx;
	return open_tx(x, PG_COPY_IN, SIG_DIR_TO_SERVER);
}

static int bad_length(struct dp_app_ctx *x, enum sig_dir d)
{
	if (x->a->tx_last)
		dp_tx_event(x, x->a->tx_last, d, SIG_EV_PGSQL_LENGTH);
	return -1;
}

/** The first packet has no type: length, version or code, parameters. */
static int64_t startup(struct dp_app_ctx *x, struct pg_state *st, struct dp_span s)
{
	enum pg_request kind = PG_STARTUP;
	struct pg_tx *tx;
	uint32_t len, code;

	if (s.n < 8) {
		x->a->need[SIG_DIR_TO_SERVER] = 8;
		return 0;
	}
	len = be32(s.p);
	code = be32(s.p + 4);
	if (len < 8 || len > PG_STARTUP_MAX)
		return bad_length(x, SIG_DIR_TO_SERVER);
	if (s.n < len) {
		x->a->need[SIG_DIR_TO_SERVER] = len;
		return 0;
	}
	if (code == PG_CODE_SSL)
		kind = PG_SSL;
	else if (code == PG_CODE_GSS)
		kind = PG_GSS;
	else if (code == PG_CODE_CANCEL)
		kind = PG_CANCEL;
	tx = open_tx(x, kind, SIG_DIR_TO_SERVER);
	st->running = kind == PG_STARTUP;
	if (tx) {
		dp_bytes_set(x->c, &tx->text, s.p + 4, len - 4, PG_TEXT_MAX);
		if (kind == PG_CANCEL)
			complete(tx);
	}
	return len;
}

/** Bytes of the message at hand that are to be waited for: all, or as many as are kept. */
static bool have(struct dp_app_ctx *x, enum sig_dir d, struct dp_span s, uint64_t total)
{
	uint64_t want = total < PG_TEXT_MAX ? total : PG_TEXT_MAX;

	if (s.n >= want)
		return true;
	x->a->need[d] = (uint32_t)want;
	return false;
}

/** What is left of a message after its beginning was read is passed over. */
static int64_t passed(struct pg_state *st, enum sig_dir d, struct dp_span s, uint64_t total)
{
	if (s.n >= total)
		return (int64_t)total;
	st->skip[d] = total - s.n;
	return s.n;
}

static void client_request(struct dp_app_ctx *x, enum pg_request kind, struct dp_span body)
{
	struct pg_tx *tx = open_tx(x, kind, SIG_DIR_TO_SERVER);

	if (tx)
		dp_bytes_set(x->c, &tx->text, body.p, body.n, PG_TEXT_MAX);
	if (tx && kind == PG_TERMINATE)
		complete(tx);
}

static void client_message(struct dp_app_ctx *x, struct pg_state *st, uint8_t type,
	struct dp_span body)
{
	struct pg_tx *tx;

	switch (type) {
	case 'Q':
		client_request(x, PG_QUERY, body);
		break;
	case 'p':
		client_request(x, st->auth ? (enum pg_request)st->auth : PG_PASSWORD, body);
		break;
	case 'X':
		client_request(x, PG_TERMINATE, body);
		break;
	case 'c':
	case 'f':
		tx = last_copy(x);
		if (tx)
			tx->copy_end = type;
		break;
	default: // the extended protocol
		break;
	}
}

int64_t pg_client(struct dp_app_ctx *x, struct pg_state *st, const struct dp_app_in *in,
	uint32_t pos)
{
	struct dp_span s = {in->data.p + pos, in->data.n - pos};
	struct dp_span body;
	struct pg_tx *tx;
	uint64_t total;

	if (!st->running && s.p[0] == 0)
		return startup(x, st, s);
	st->running = true;
	if (s.n < 5) {
		x->a->need[in->dir] = 5;
		return 0;
	}
	if (!pg_plausible(s, true)) {
		if (x->a->tx_last)
			dp_tx_event(x, x->a->tx_last, in->dir, SIG_EV_PGSQL_REQUEST);
		return -1;
	}
	total = (uint64_t)be32(s.p + 1) + 1;
	if (s.p[0] == 'd') {
		tx = last_copy(x);
		if (tx) {
			tx->copied++;
			tx->copied_bytes += total - 5;
		}
		return passed(st, in->dir, s, total);
	}
	if (!have(x, in->dir, s, total))
		return 0;
	body = (struct dp_span){s.p + 5, (uint32_t)((total < s.n ? total : s.n) - 5)};
	client_message(x, st, s.p[0], body);
	return passed(st, in->dir, s, total);
}

/** Authentication request: who has the turn, and what the client's next 'p' will be. */
static bool auth_ends(struct pg_state *st, struct dp_span body)
{
	switch (body.n >= 4 ? be32(body.p) : 0) {
	case 3: // clear text
	case 5: // MD5
	case 7: // GSSAPI
	case 8:
	case 9: // SSPI
		st->auth = PG_PASSWORD;
		return true;
	case 10:
		st->auth = PG_SASL_INITIAL;
		return true;
	case 11:
		st->auth = PG_SASL;
		return true;
	default:
		return false;
	}
}

static void server_message(struct dp_app_ctx *x, struct pg_state *st, uint8_t type,
	struct dp_span msg)
{
	struct dp_span body = {msg.p + 5, msg.n - 5};
	struct pg_tx *tx = waiting(x);

	if (!tx && type == 'Z')
		return;
	if (!tx && strchr("SNA", type)) // on its own account, any time
		tx = (struct pg_tx *)x->a->tx_last;
	if (!tx)
		tx = open_tx(x, PG_NONE, SIG_DIR_TO_CLIENT);
	if (!tx)
		return;
	if (type != 'Z' && tx->answers.n + msg.n <= PG_ANSWERS_MAX)
		dp_bytes_add(x->c, &tx->answers, msg.p, msg.n, PG_ANSWERS_MAX);
	if (type == 'Z' || type == 'G' || (type == 'R' && auth_ends(st, body)))
		complete(tx);
}

/** The single byte that answers a request for encryption. */
static int64_t encryption(struct dp_app_ctx *x, struct pg_tx *tx, uint8_t answer)
{
	tx->ssl = answer;
	complete(tx);
	if (answer == 'S' && tx->request == PG_SSL)
		dp_app_change(x, SIG_PROTO_TLS);
	return 1;
}

int64_t pg_server(struct dp_app_ctx *x, struct pg_state *st, const struct dp_app_in *in,
	uint32_t pos)
{
	struct dp_span s = {in->data.p + pos, in->data.n - pos};
	struct pg_tx *tx = waiting(x);
	uint64_t total;

	if (tx && (tx->request == PG_SSL || tx->request == PG_GSS) && s.p[0] != 'E')
		return encryption(x, tx, s.p[0]);
	if (s.n < 5) {
		x->a->need[in->dir] = 5;
		return 0;
	}
	if (!pg_plausible(s, false)) {
		if (x->a->tx_last)
			dp_tx_event(x, x->a->tx_last, in->dir, SIG_EV_PGSQL_RESPONSE);
		return -1;
	}
	total = (uint64_t)be32(s.p + 1) + 1;
	if (s.p[0] == 'D') {
		uint64_t heads;

		if (s.n < 7 && total >= 7) {
			x->a->need[in->dir] = 7;
			return 0;
		}
		heads = total >= 7 ? 7 + 4 * ((uint64_t)s.p[5] << 8 | s.p[6]) : total;
		if (tx) {
			tx->has_rows = true;
			tx->rows++;
			tx->row_bytes += total > heads ? total - heads : 0;
		}
		return passed(st, in->dir, s, total);
	}
	if (s.p[0] == 'd') {
		if (tx) {
			tx->has_copy = true;
			tx->copied++;
			tx->copied_bytes += total - 5;
		}
		return passed(st, in->dir, s, total);
	}
	if (!have(x, in->dir, s, total))
		return 0;
	if (total <= s.n)
		server_message(x, st, s.p[0], (struct dp_span){s.p, (uint32_t)total});
	return passed(st, in->dir, s, total);
}
