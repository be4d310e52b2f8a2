/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as they stand on the wire. */
#include "mqtt.h"
#include <string.h>

/** Section 1.5.5: up to four bytes, seven bits each. */
static uint32_t varint(struct dp_cur *c)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t b = dp_cur_u8(c);

		v |= (uint32_t)(b & 0x7f) << (7 * i);
		if (!(b & 0x80))
			return v;
	}
	c->bad = true;
	return 0;
}

static struct dp_span text(struct dp_cur *c)
{
	struct dp_span s = {.n = dp_cur_be16(c)};

	s.p = dp_cur_bytes(c, s.n);
	if (!s.p)
		s.n = 0;
	return s;
}

static struct dp_span left(const struct dp_cur *c)
{
	const uint32_t n = dp_cur_left(c);

	return (struct dp_span){n ? c->p + c->off : NULL, n};
}

int mqtt_head(struct dp_span s, uint8_t *head, uint32_t *len, uint32_t *hdr)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);

	*head = dp_cur_u8(&c);
	*len = varint(&c);
	*hdr = c.off;
	if (!c.bad)
		return 0;
	return s.n < 5 ? 1 : -1;
}

static const struct {
	uint8_t id;
	char kind; /* 1, 2, 4: bytes of a number; v: variable; t: text; p: pair */
	const char *name;
} props[] = {
	{1, 1, "payload_format_indicator"}, {2, 4, "message_expiry_interval"},
	{3, 't', "content_type"}, {8, 't', "response_topic"}, {9, 't', "correlation_data"},
	{11, 'v', "subscription_identifier"}, {17, 4, "session_expiry_interval"},
	{18, 't', "assigned_client_identifier"}, {19, 2, "server_keep_alive"},
	{21, 't', "authentication_method"}, {22, 't', "authentication_data"},
	{23, 1, "request_problem_information"}, {24, 4, "will_delay_interval"},
	{25, 1, "request_response_information"}, {26, 't', "response_information"},
	{28, 't', "server_reference"}, {31, 't', "reason_string"}, {33, 2, "receive_maximum"},
	{34, 2, "topic_alias_maximum"}, {35, 2, "topic_alias"}, {36, 1, "maximum_qos"},
	{37, 1, "retain_available"}, {38, 'p', ""}, {39, 4, "maximum_packet_size"},
	{40, 1, "wildcard_subscription_available"}, {41, 1, "subscription_identifier_available"},
	{42, 1, "shared_subscription_available"},
};

bool mqtt_prop(struct dp_cur *c, struct mqtt_prop *p)
{
	uint32_t id;

	*p = (struct mqtt_prop){0};
	if (c->bad || !dp_cur_left(c))
		return false;
	id = varint(c);
	for (unsigned i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		if (props[i].id != id)
			continue;
		p->name = props[i].name;
		switch (props[i].kind) {
		case 't':
			p->text = text(c);
			break;
		case 'p':
			p->pair = true;
			p->key = text(c);
			p->text = text(c);
			break;
		case 'v':
			p->number = true;
			p->value = varint(c);
			break;
		default:
			p->number = true;
			p->value = props[i].kind == 1 ? dp_cur_u8(c) :
				   props[i].kind == 2 ? dp_cur_be16(c) : dp_cur_be32(c);
		}
		break;
	}
	return !c->bad;
}

/** Their bytes, every one of them readable. */
static struct dp_span properties(struct dp_cur *c)
{
	uint32_t n = varint(c);
	struct dp_cur sub = dp_cur_sub(c, n);
	struct dp_span all = left(&sub);
	struct mqtt_prop p;

	while (mqtt_prop(&sub, &p))
		;
	if (sub.bad)
		c->bad = true;
	return c->bad ? (struct dp_span){0} : all;
}

static void connect(struct mqtt_msg *m, struct dp_cur *c)
{
	bool v5;

	m->protocol = text(c);
	m->version = dp_cur_u8(c);
	m->connect_flags = dp_cur_u8(c);
	v5 = m->version == 5;
	dp_cur_skip(c, 2); // keep alive
	if (v5)
		m->props = properties(c);
	m->client = text(c);
	if (m->connect_flags & MQTT_F_WILL) {
		if (v5)
			m->will_props = properties(c);
		m->will_topic = text(c);
		m->will_message = text(c);
	}
	if (m->connect_flags & MQTT_F_USER)
		m->user = text(c);
	if (m->connect_flags & MQTT_F_PASSWORD)
		m->password = text(c);
}

/** Acknowledgements of PUBLISH: since version 5 a code and properties, where there is a need. */
static void answer(struct mqtt_msg *m, struct dp_cur *c, bool v5)
{
	m->id = dp_cur_be16(c);
	m->has_id = true;
	if (!v5)
		return;
	m->has_code = true;
	if (dp_cur_left(c))
		m->code = dp_cur_u8(c);
	if (dp_cur_left(c))
		m->props = properties(c);
}

static void goodbye(struct mqtt_msg *m, struct dp_cur *c, bool v5)
{
	if (!v5)
		return;
	m->has_code = true;
	// A code without properties counts as 0 for the peer; so it does here, to be told alike.
	if (dp_cur_left(c) < 2)
		return;
	m->code = dp_cur_u8(c);
	m->props = properties(c);
}

static void with_list(struct mqtt_msg *m, struct dp_cur *c, bool v5)
{
	m->id = dp_cur_be16(c);
	m->has_id = true;
	if (v5)
		m->props = properties(c);
	m->list = left(c);
}

bool mqtt_topic(struct dp_cur *c, bool options, struct dp_span *topic, uint8_t *qos)
{
	if (c->bad || !dp_cur_left(c))
		return false;
	*topic = text(c);
	*qos = options ? dp_cur_u8(c) : 0;
	return !c->bad;
}

bool mqtt_read(struct mqtt_msg *m, struct dp_span body, uint8_t version)
{
	struct dp_cur c = dp_cur_of(body.p, body.n), list;
	const bool v5 = version == 5;
	struct dp_span topic;
	uint8_t qos;

	switch (m->type) {
	case MQTT_CONNECT:
		connect(m, &c);
		break;
	case MQTT_CONNACK:
		m->session = dp_cur_u8(&c) & 1;
		m->code = dp_cur_u8(&c);
		m->has_code = true;
		if (v5)
			m->props = properties(&c);
		break;
	case MQTT_PUBLISH:
		m->topic = text(&c);
		m->has_id = mqtt_qos(m) > 0;
		if (m->has_id)
			m->id = dp_cur_be16(&c);
		if (v5)
			m->props = properties(&c);
		m->payload = left(&c);
		break;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		answer(m, &c, v5);
		break;
	case MQTT_SUBSCRIBE:
		with_list(m, &c, v5);
		list = dp_cur_of(m->list.p, m->list.n);
		if (!mqtt_topic(&list, true, &topic, &qos))
			return false;
		break;
	case MQTT_UNSUBSCRIBE:
	case MQTT_SUBACK:
	case MQTT_UNSUBACK:
		with_list(m, &c, v5);
		break;
	case MQTT_DISCONNECT:
		goodbye(m, &c, v5);
		break;
	case MQTT_AUTH:
		m->code = dp_cur_u8(&c);
		m->has_code = true;
		m->props = properties(&c);
		break;
	default:
		break;
	}
	return !c.bad;
}

bool mqtt_next(const struct mqtt_tx *tx, uint32_t *pos, struct mqtt_msg *m)
{
	struct mqtt_rec r;
	struct dp_span body;

	if (tx->msgs.n - *pos < sizeof(r))
		return false;
	memcpy(&r, tx->msgs.p + *pos, sizeof(r));
	*pos += (uint32_t)sizeof(r);
	*m = (struct mqtt_msg){.type = r.head >> 4, .flags = r.head & 15, .len = r.len,
		.truncated = r.truncated};
	if (r.truncated)
		return true;
	if (r.len > tx->msgs.n - *pos)
		return false;
	body = (struct dp_span){tx->msgs.p + *pos, r.len};
	*pos += r.len;
	mqtt_read(m, body, tx->version);
	return true;
}
