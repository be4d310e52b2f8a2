/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges: which message answers which, and the descriptor. */
#include "mqtt.h"
#include <dp/frame.h>

static int mqtt_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct mqtt_state));
	return *state ? 0 : -1;
}

static void mqtt_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct mqtt_state));
}

static void wait_for(struct mqtt_state *s, struct mqtt_tx *tx, uint32_t id)
{
	tx->wait_id = id + 1;
	tx->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = tx;
	s->newest = tx;
}

static void wait_no_more(struct mqtt_state *s, struct mqtt_tx *tx)
{
	if (!tx->wait_id)
		return;
	*(tx->older ? &tx->older->newer : &s->oldest) = tx->newer;
	*(tx->newer ? &tx->newer->older : &s->newest) = tx->older;
	tx->older = tx->newer = NULL;
	tx->wait_id = 0;
}

static void mqtt_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct mqtt_tx *tx = (struct mqtt_tx *)t;

	wait_no_more(x->a->state, tx);
	dp_bytes_free(x->c, &tx->msgs);
}

static void complete(struct dp_app_ctx *x, struct mqtt_tx *tx)
{
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	wait_no_more(x->a->state, tx);
}

/** Too many are open: the oldest that waits has waited enough. */
static void make_room(struct dp_app_ctx *x, struct mqtt_state *s, enum sig_dir d)
{
	struct mqtt_tx *tx = s->oldest;

	if (!tx || x->a->tx_live <= x->c->conf->mqtt_max_tx)
		return;
	dp_tx_event(x, &tx->tx, d, SIG_EV_MQTT_MANY_TX);
	complete(x, tx);
}

static struct mqtt_tx *begin(struct dp_app_ctx *x, struct mqtt_state *s, enum sig_dir d)
{
	struct mqtt_tx *tx;

	make_room(x, s, d);
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return NULL;
	tx->version = s->version;
	tx->tx.only_dir = (uint8_t)(1u << d);
	tx->tx.progress[!d] = 1;
	return tx;
}

/** Not among all: those that do not wait may be many until the packet is over. */
static struct mqtt_tx *waiting(const struct mqtt_state *s, uint32_t id)
{
	struct mqtt_tx *tx = s->oldest;

	while (tx && tx->wait_id != id + 1)
		tx = tx->newer;
	return tx;
}

static void keep(struct dp_app_ctx *x, struct mqtt_tx *tx, const struct mqtt_msg *m,
	struct dp_span body, enum sig_dir d)
{
	struct mqtt_rec r = {.len = m->len, .head = (uint8_t)(m->type << 4 | m->flags),
		.truncated = m->truncated};
	const uint32_t room = MQTT_TX_BYTES - tx->msgs.n;

	if (tx->n >= MQTT_TX_MSGS || room < sizeof(r) || room - sizeof(r) < body.n) {
		dp_tx_event(x, &tx->tx, d, SIG_EV_MQTT_MANY_MSG);
		complete(x, tx);
		return;
	}
	dp_bytes_add(x->c, &tx->msgs, &r, sizeof(r), MQTT_TX_BYTES);
	if (!m->truncated)
		dp_bytes_add(x->c, &tx->msgs, body.p, body.n, MQTT_TX_BYTES);
	tx->n++;
}

/* What a message means to the exchange: opens one, goes on with one, ends one. */
enum part { ALONE, OPENS, GOES_ON, ENDS };
static const struct {
	uint8_t part, missing; /* missing: event when there is nothing to go on with */
	bool early_ok;         /* may come before the connection is agreed on */
} role[16] = {
	[MQTT_UNASSIGNED] = {ALONE, 0, true},
	[MQTT_CONNECT] = {OPENS, 0, true},
	[MQTT_CONNACK] = {ENDS, SIG_EV_MQTT_NO_CONNECT, true},
	[MQTT_PUBLISH] = {OPENS, 0, false},
	[MQTT_PUBACK] = {ENDS, SIG_EV_MQTT_NO_PUBLISH, false},
	[MQTT_PUBREC] = {GOES_ON, SIG_EV_MQTT_NO_PUBLISH, false},
	[MQTT_PUBREL] = {GOES_ON, SIG_EV_MQTT_NO_PUBLISH, false},
	[MQTT_PUBCOMP] = {ENDS, SIG_EV_MQTT_NO_PUBLISH, false},
	[MQTT_SUBSCRIBE] = {OPENS, 0, false},
	[MQTT_SUBACK] = {ENDS, SIG_EV_MQTT_NO_SUBSCRIBE, false},
	[MQTT_UNSUBSCRIBE] = {OPENS, 0, false},
	[MQTT_UNSUBACK] = {ENDS, SIG_EV_MQTT_NO_UNSUBSCRIBE, false},
	[MQTT_PINGREQ] = {ALONE, 0, false},
	[MQTT_PINGRESP] = {ALONE, 0, false},
	[MQTT_DISCONNECT] = {ALONE, 0, false},
	[MQTT_AUTH] = {ALONE, 0, false},
};

/** How long an exchange that this message opens waits for its answer (section 4.3). */
static void opens(struct dp_app_ctx *x, struct mqtt_state *s, struct mqtt_tx *tx,
	const struct mqtt_msg *m, enum sig_dir d)
{
	const unsigned qos = mqtt_qos(m);

	if (m->type == MQTT_CONNECT) {
		wait_for(s, tx, MQTT_CONNECT_ID);
		tx->version = s->version = m->version;
		if (s->connected)
			dp_tx_event(x, &tx->tx, d, SIG_EV_MQTT_DOUBLE_CONNECT);
		return;
	}
	if (qos == 0)
		complete(x, tx);
	else if (qos == 3)
		dp_tx_event(x, &tx->tx, d, SIG_EV_MQTT_QOS);
	else if (m->has_id)
		wait_for(s, tx, m->id);
}

static void message(struct dp_app_ctx *x, struct mqtt_state *s, const struct mqtt_msg *m,
	struct dp_span body, enum sig_dir d)
{
	const enum part part = m->truncated ? ALONE : (enum part)role[m->type].part;
	const uint32_t id = m->type == MQTT_CONNACK ? MQTT_CONNECT_ID : m->id;
	struct mqtt_tx *tx = part >= GOES_ON ? waiting(s, id) : NULL;

	if (tx) {
		keep(x, tx, m, body, d);
		if (part == ENDS)
			complete(x, tx);
		if (m->type == MQTT_CONNACK)
			s->connected = true;
		return;
	}
	tx = begin(x, s, d);
	if (!tx)
		return;
	keep(x, tx, m, body, d);
	if (part >= GOES_ON)
		dp_tx_event(x, &tx->tx, d, role[m->type].missing);
	if (m->type == MQTT_UNASSIGNED)
		dp_tx_event(x, &tx->tx, d, SIG_EV_MQTT_UNASSIGNED);
	if (!s->connected && !m->truncated && !role[m->type].early_ok)
		dp_tx_event(x, &tx->tx, d, SIG_EV_MQTT_UNINTRODUCED);
	if (part == OPENS)
		opens(x, s, tx, m, d);
	else
		complete(x, tx);
}

static int malformed(struct dp_app_ctx *x, struct mqtt_state *s, enum sig_dir d)
{
	struct mqtt_tx *tx = begin(x, s, d);

	dp_tx_event(x, tx ? &tx->tx : NULL, d, SIG_EV_MQTT_MALFORMED);
	if (tx)
		complete(x, tx);
	return DP_APP_ERROR;
}

static void frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t at, uint32_t hdr,
	uint32_t len, bool whole)
{
	dp_frame_add(x, in, SIG_FRAME_MQTT_PDU, at, (int64_t)hdr + len);
	if (!whole)
		return;
	dp_frame_add(x, in, SIG_FRAME_MQTT_HEADER, at, hdr);
	dp_frame_add(x, in, SIG_FRAME_MQTT_DATA, at + hdr, len);
}

static int mqtt_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct mqtt_state *s = state;
	const enum sig_dir d = in->dir;
	uint32_t pos = 0;

	x->a->need[d] = 0;
	while (pos < in->data.n) {
		struct dp_span rest = {in->data.p + pos, in->data.n - pos}, body;
		struct mqtt_msg m = {0};
		uint32_t len, hdr;
		uint8_t head;
		int rc;

		if (s->skip[d]) {
			uint32_t n = s->skip[d] < rest.n ? s->skip[d] : rest.n;

			s->skip[d] -= n;
			pos += n;
			continue;
		}
		rc = mqtt_head(rest, &head, &len, &hdr);
		if (rc < 0)
			return malformed(x, s, d);
		if (rc > 0)
			break;
		m.type = head >> 4;
		m.flags = head & 15;
		m.len = len;
		m.truncated = len > x->c->conf->mqtt_max_msg_bytes;
		if (m.truncated) {
			m.len = s->skip[d] = len + hdr;
			frames(x, in, pos, hdr, len, false);
			message(x, s, &m, (struct dp_span){0}, d);
			continue;
		}
		if (rest.n - hdr < len) {
			x->a->need[d] = hdr + len;
			break;
		}
		body = (struct dp_span){rest.p + hdr, len};
		if (!mqtt_read(&m, body, s->version)) {
			*consumed = pos;
			return malformed(x, s, d);
		}
		frames(x, in, pos, hdr, len, true);
		message(x, s, &m, body, d);
		pos += hdr + len;
	}
	*consumed = pos;
	return DP_APP_OK;
}

/** A fixed header that could be one: a type that exists, a QoS below 3. */
static enum dp_probe mqtt_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	uint8_t head;
	uint32_t len, hdr;
	int rc = mqtt_head(in->data, &head, &len, &hdr);

	if (rc)
		return rc > 0 ? DP_PROBE_MORE : DP_PROBE_NO;
	return head >> 4 == MQTT_UNASSIGNED || (head >> 1 & 3) == 3 ? DP_PROBE_NO : DP_PROBE_YES;
}

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define BOTH(id)                                                                                   \
	{id, TS, 0},                                                                               \
	{                                                                                          \
		id, TC, 0                                                                          \
	}
static const struct dp_app_buffer mqtt_buffers[] = {
	{SIG_BUF_MQTT_CONNECT_CLIENTID, TS, 0}, {SIG_BUF_MQTT_CONNECT_USERNAME, TS, 0},
	{SIG_BUF_MQTT_CONNECT_PASSWORD, TS, 0}, {SIG_BUF_MQTT_CONNECT_WILLTOPIC, TS, 0},
	{SIG_BUF_MQTT_CONNECT_WILLMESSAGE, TS, 0}, {SIG_BUF_MQTT_CONNECT_PROTOCOL_STRING, TS, 0},
	BOTH(SIG_BUF_MQTT_PUBLISH_TOPIC), BOTH(SIG_BUF_MQTT_PUBLISH_MESSAGE),
	{SIG_BUF_MQTT_SUBSCRIBE_TOPIC, TS, 0}, {SIG_BUF_MQTT_UNSUBSCRIBE_TOPIC, TS, 0},
};
static const struct dp_app_number mqtt_numbers[] = {
	BOTH(SIG_NUM_MQTT_TYPE), BOTH(SIG_NUM_MQTT_QOS), BOTH(SIG_NUM_MQTT_REASON_CODE),
	BOTH(SIG_NUM_MQTT_PROTOCOL_VERSION), BOTH(SIG_NUM_MQTT_FLAGS),
	BOTH(SIG_NUM_MQTT_CONNECT_FLAGS), BOTH(SIG_NUM_MQTT_SESSION_PRESENT),
};

const struct dp_app_desc dp_app_mqtt = {
	.proto = SIG_PROTO_MQTT,
	.eve_type = "mqtt",
	.tcp = true,
	.probe = mqtt_probe,
	.ports = {1883},
	.open = mqtt_open,
	.close = mqtt_close,
	.parse = mqtt_parse,
	.tx_free = mqtt_tx_free,
	.complete = {1, 1},
	.buffers = mqtt_buffers,
	.n_buffers = sizeof(mqtt_buffers) / sizeof(mqtt_buffers[0]),
	.numbers = mqtt_numbers,
	.n_numbers = sizeof(mqtt_numbers) / sizeof(mqtt_numbers[0]),
	.buffer = mqtt_buffer,
	.number = mqtt_number,
	.log = mqtt_log,
};
