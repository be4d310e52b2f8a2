/* SPDX-License-Identifier: Apache-2.0 */
/* BitTorrent's distributed hash table over UDP (BEP 5). A transaction is one message. */
#include "../bytes.h"
#include "bencode.h"
#include <dp/app.h>
#include <stdio.h>

#define DHT_TX_MAX 256u /* open at a time */
#define DHT_BYTES_MAX 65535u

struct dht_tx {
	struct dp_tx tx;
	struct dp_bytes raw; /**< empty: malformed */
};

/** A message's parts, borrowed. */
struct dht_msg {
	struct dp_span id, version, query;
	struct dp_ben args, answer, error;
	uint8_t kind; /**< 'q', 'r', 'e' */
	bool has_id, has_version, has_query, has_args, has_answer, has_error;
};

static bool is(struct dp_span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static void dht_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dp_bytes_free(x->c, &((struct dht_tx *)t)->raw);
}

static bool member(struct dht_msg *m, struct dp_span key, const struct dp_ben *v)
{
	if (is(key, "y")) {
		m->kind = v->kind == DP_BEN_BYTES && v->body.n == 1 ? v->body.p[0] : 0;
	} else if (is(key, "q")) {
		m->has_query = true;
		m->query = v->body;
	} else if (is(key, "t")) {
		m->has_id = true;
		m->id = v->body;
	} else if (is(key, "v")) {
		m->has_version = true;
		m->version = v->body;
	} else if (is(key, "a") || is(key, "r")) {
		*(key.p[0] == 'a' ? &m->args : &m->answer) = *v;
		*(key.p[0] == 'a' ? &m->has_args : &m->has_answer) = true;
		return v->kind == DP_BEN_DICT;
	} else if (is(key, "e")) {
		m->error = *v;
		m->has_error = true;
		return v->kind == DP_BEN_LIST;
	} else {
		return true;
	}
	return v->kind == DP_BEN_BYTES;
}

/** A dictionary's members are as they must be; it has an `id`. */
static bool fields_sound(const struct dp_ben *d, bool request)
{
	struct dp_cur c = dp_cur_of(d->body.p, d->body.n);
	struct dp_span key = {0};
	struct dp_ben v;
	bool id = false;

	while (dp_ben_pair(&c, &key, &v)) {
		bool text = is(key, "id") || is(key, "token") ||
			(request ? is(key, "target") || is(key, "info_hash")
				 : is(key, "nodes") || is(key, "nodes6"));

		id |= is(key, "id");
		if (text && v.kind != DP_BEN_BYTES)
			return false;
		if (request && is(key, "implied_port") &&
			(v.kind != DP_BEN_INT || v.number < 0 || v.number > 255))
			return false;
		if (request && is(key, "port") &&
			(v.kind != DP_BEN_INT || v.number < 0 || v.number > 65535))
			return false;
	}
	return id && !c.bad;
}

static bool error_of(const struct dp_ben *e, uint64_t *num, struct dp_span *text)
{
	struct dp_cur c = dp_cur_of(e->body.p, e->body.n);
	bool has_num = false, has_text = false;
	struct dp_ben v;

	while (dp_ben_next(&c, &v)) {
		if (v.kind == DP_BEN_INT) {
			has_num = v.number >= 0 && v.number <= 65535;
			*num = (uint64_t)v.number;
		} else if (v.kind == DP_BEN_BYTES) {
			has_text = true;
			*text = v.body;
		}
	}
	return has_num && has_text && !c.bad;
}

static bool read_message(struct dp_span s, struct dht_msg *m)
{
	struct dp_cur c = dp_cur_of(s.p, s.n), in;
	struct dp_span key = {0}, text;
	struct dp_ben top, v;
	uint64_t num;

	*m = (struct dht_msg){0};
	if (!dp_ben_next(&c, &top) || top.kind != DP_BEN_DICT)
		return false;
	in = dp_cur_of(top.body.p, top.body.n);
	while (dp_ben_pair(&in, &key, &v))
		if (!member(m, key, &v))
			return false;
	if (in.bad || !m->has_id)
		return false;
	if (m->has_args && !fields_sound(&m->args, true))
		return false;
	if (m->has_answer && !fields_sound(&m->answer, false))
		return false;
	if (m->has_error && !error_of(&m->error, &num, &text))
		return false;
	return m->kind == 'q' ? m->has_query && m->has_args
			      : m->kind == 'r' ? m->has_answer : m->kind == 'e' && m->has_error;
}

/** How messages begin: arguments, answers, an address before them, errors. */
static bool begins(struct dp_span s)
{
	static const char *const starts[] = {"d1:ad", "d1:rd", "d2:ip", "d1:el"};

	for (unsigned i = 0; i < 4; i++)
		if (s.n > 5 && memcmp(s.p, starts[i], 5) == 0)
			return true;
	return false;
}

static int dht_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in, uint32_t *consumed)
{
	struct dht_msg m;
	struct dht_tx *tx;
	bool ok;

	*consumed = in->data.n;
	if (!begins(in->data) || x->a->tx_live >= DHT_TX_MAX)
		return DP_APP_OK; // another protocol of the same program, or a flood
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return DP_APP_OK;
	tx->tx.only_dir = (uint8_t)(1u << in->dir);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	ok = read_message(in->data, &m);
	if (ok)
		dp_bytes_set(x->c, &tx->raw, in->data.p, in->data.n, DHT_BYTES_MAX);
	else
		dp_tx_event(x, &tx->tx, in->dir, SIG_EV_BITTORRENT_DHT_MALFORMED);
	return ok ? DP_APP_OK : DP_APP_ERROR;
}

/* ---- the record ------------------------------------------------------------------------------ */

static void put_address(struct dp_rec *r, const uint8_t *p, bool six)
{
	char text[40];
	int at = 0;

	if (!six)
		snprintf(text, sizeof(text), "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	for (unsigned i = 0; six && i < 16; i += 2)
		at += snprintf(text + at, sizeof(text) - (size_t)at, i ? ":%02x%02x" : "%02x%02x", p[i],
			p[i + 1]);
	dp_rec_cstr(r, "ip", text);
	p += six ? 16 : 4;
	dp_rec_u64(r, "port", (uint32_t)p[0] << 8 | p[1]);
}

static void put_nodes(struct dp_rec *r, const char *key, struct dp_span s, bool six)
{
	uint32_t size = six ? 38 : 26;

	if (s.n < size)
		return;
	dp_rec_arr(r, key);
	for (; s.n >= size && !r->full; s.p += size, s.n -= size) {
		dp_rec_obj(r, "");
		dp_rec_hex(r, "id", s.p, 20);
		put_address(r, s.p + 20, six);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void put_peers(struct dp_rec *r, const struct dp_ben *list)
{
	struct dp_cur c = dp_cur_of(list->body.p, list->body.n);
	bool any = false;
	struct dp_ben v;

	while (list->kind == DP_BEN_LIST && dp_ben_next(&c, &v) && !r->full) {
		if (v.kind != DP_BEN_BYTES || v.body.n < 6)
			continue;
		if (!any)
			dp_rec_arr(r, "values");
		any = true;
		dp_rec_obj(r, "");
		put_address(r, v.body.p, v.body.n >= 18);
		dp_rec_end(r);
	}
	if (any)
		dp_rec_end(r);
}

static void put_dict(struct dp_rec *r, const struct dp_ben *d, bool request)
{
	struct dp_cur c = dp_cur_of(d->body.p, d->body.n);
	struct dp_span key = {0};
	struct dp_ben v;

	dp_rec_obj(r, request ? "request" : "response");
	while (dp_ben_pair(&c, &key, &v)) {
		if (is(key, "id"))
			dp_rec_hex(r, "id", v.body.p, v.body.n);
		else if (is(key, "token"))
			dp_rec_hex(r, "token", v.body.p, v.body.n);
		else if (request && is(key, "target"))
			dp_rec_hex(r, "target", v.body.p, v.body.n);
		else if (request && is(key, "info_hash"))
			dp_rec_hex(r, "info_hash", v.body.p, v.body.n);
		else if (request && is(key, "implied_port"))
			dp_rec_u64(r, "implied_port", (uint64_t)v.number);
		else if (request && is(key, "port"))
			dp_rec_u64(r, "port", (uint64_t)v.number);
		else if (!request && is(key, "nodes"))
			put_nodes(r, "nodes", v.body, false);
		else if (!request && is(key, "nodes6"))
			put_nodes(r, "nodes6", v.body, true);
		else if (!request && is(key, "values"))
			put_peers(r, &v);
	}
	dp_rec_end(r);
}

static void dht_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct dht_tx *tx = (const struct dht_tx *)t;
	struct dp_span text = {0};
	struct dht_msg m;
	uint64_t num = 0;

	if (!tx->raw.n || !read_message((struct dp_span){tx->raw.p, tx->raw.n}, &m))
		return;
	dp_rec_hex(r, "transaction_id", m.id.p, m.id.n);
	if (m.has_version)
		dp_rec_hex(r, "client_version", m.version.p, m.version.n);
	if (m.kind == 'q') {
		dp_rec_str(r, "request_type", m.query.p, m.query.n);
		put_dict(r, &m.args, true);
	} else if (m.kind == 'r') {
		put_dict(r, &m.answer, false);
	} else if (error_of(&m.error, &num, &text)) {
		dp_rec_obj(r, "error");
		dp_rec_u64(r, "num", num);
		dp_rec_str(r, "msg", text.p, text.n);
		dp_rec_end(r);
	}
}

static const struct dp_app_pattern dht_patterns[] = {{2, false, 0, 0, 12, "d1:ad2:id20:"}};

const struct dp_app_desc dp_app_bittorrent_dht = {
	.proto = SIG_PROTO_BITTORRENT_DHT,
	.eve_type = "bittorrent_dht",
	.udp = true,
	.patterns = dht_patterns,
	.n_patterns = 1,
	.parse = dht_parse,
	.tx_free = dht_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.log_packet_dir = true,
	.log = dht_log,
};
