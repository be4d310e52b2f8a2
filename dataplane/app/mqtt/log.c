/* SPDX-License-Identifier: Apache-2.0 */
/* The event record: an object per message of the exchange. */
#include "mqtt.h"
#include <stdio.h>
#include <string.h>

static const char *const type_name[16] = {"unassigned", "connect", "connack", "publish", "puback",
	"pubrec", "pubrel", "pubcomp", "subscribe", "suback", "unsubscribe", "unsuback", "pingreq",
	"pingresp", "disconnect", "auth"};

#define MARK_MAX 48u
#define LIMIT_MAX 16384u

/** Longer text is cut, and how much of it is missing is said in its place. */
static void put(const struct dp_app_ctx *x, struct dp_rec *r, const char *key, struct dp_span s)
{
	uint32_t limit = x->c->conf->mqtt_log_bytes;
	char text[LIMIT_MAX + MARK_MAX];
	int n;

	if (limit > LIMIT_MAX)
		limit = LIMIT_MAX;
	if (s.n <= limit) {
		dp_rec_str(r, key, s.n ? (const void *)s.p : "", s.n);
		return;
	}
	memcpy(text, s.p, limit);
	n = snprintf(text + limit, MARK_MAX, "[truncated %u additional bytes]", s.n - limit);
	dp_rec_str(r, key, text, limit + (size_t)n);
}

static void properties(const struct dp_app_ctx *x, struct dp_rec *r, struct dp_span s)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);
	struct mqtt_prop p;
	char key[256];

	if (!s.n)
		return;
	dp_rec_obj(r, "properties");
	while (mqtt_prop(&c, &p)) {
		if (p.pair) {
			snprintf(key, sizeof(key), "%.*s", (int)p.key.n, (const char *)p.key.p);
			put(x, r, key, p.text);
		} else if (p.name && p.number) {
			dp_rec_u64(r, p.name, p.value);
		} else if (p.name) {
			put(x, r, p.name, p.text);
		}
	}
	dp_rec_end(r);
}

static void log_connect(const struct dp_app_ctx *x, const struct mqtt_msg *m, struct dp_rec *r)
{
	const uint8_t f = m->connect_flags;

	put(x, r, "protocol_string", m->protocol);
	dp_rec_u64(r, "protocol_version", m->version);
	put(x, r, "client_id", m->client);
	dp_rec_obj(r, "flags");
	dp_rec_bool(r, "username", f & MQTT_F_USER);
	dp_rec_bool(r, "password", f & MQTT_F_PASSWORD);
	dp_rec_bool(r, "will_retain", f & MQTT_F_WILL_RETAIN);
	dp_rec_bool(r, "will", f & MQTT_F_WILL);
	dp_rec_bool(r, "clean_session", f & MQTT_F_CLEAN);
	dp_rec_end(r);
	if (f & MQTT_F_USER)
		put(x, r, "username", m->user);
	if ((f & MQTT_F_PASSWORD) && !x->c->conf->mqtt_no_passwords)
		put(x, r, "password", m->password);
	if (f & MQTT_F_WILL) {
		dp_rec_obj(r, "will");
		put(x, r, "topic", m->will_topic);
		put(x, r, "message", m->will_message);
		properties(x, r, m->will_props);
		dp_rec_end(r);
	}
}

static void log_topics(const struct dp_app_ctx *x, const struct mqtt_msg *m, struct dp_rec *r)
{
	struct dp_cur c = dp_cur_of(m->list.p, m->list.n);
	struct dp_span topic;
	uint8_t qos;

	dp_rec_arr(r, "topics");
	while (mqtt_topic(&c, m->type == MQTT_SUBSCRIBE, &topic, &qos)) {
		if (m->type == MQTT_UNSUBSCRIBE) {
			put(x, r, "", topic);
			continue;
		}
		dp_rec_obj(r, "");
		put(x, r, "topic", topic);
		dp_rec_u64(r, "qos", qos);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void log_codes(const char *key, const struct mqtt_msg *m, struct dp_rec *r)
{
	dp_rec_arr(r, key);
	for (uint32_t i = 0; i < m->list.n; i++)
		dp_rec_u64(r, "", m->list.p[i]);
	dp_rec_end(r);
}

static void members(const struct dp_app_ctx *x, const struct mqtt_msg *m, struct dp_rec *r)
{
	switch (m->type) {
	case MQTT_CONNECT:
		log_connect(x, m, r);
		break;
	case MQTT_CONNACK:
		dp_rec_bool(r, "session_present", m->session);
		dp_rec_u64(r, "return_code", m->code);
		break;
	case MQTT_PUBLISH:
		put(x, r, "topic", m->topic);
		if (m->has_id)
			dp_rec_u64(r, "message_id", m->id);
		put(x, r, "message", m->payload);
		break;
	default:
		if (m->has_id)
			dp_rec_u64(r, "message_id", m->id);
		if (m->has_code)
			dp_rec_u64(r, "reason_code", m->code);
		if (m->type == MQTT_SUBSCRIBE || m->type == MQTT_UNSUBSCRIBE)
			log_topics(x, m, r);
		else if (m->type == MQTT_SUBACK)
			log_codes("qos_granted", m, r);
		else if (m->type == MQTT_UNSUBACK && m->list.n)
			log_codes("reason_codes", m, r);
	}
	// Three kinds have properties that the peer does not print.
	if (m->type != MQTT_SUBACK && m->type != MQTT_UNSUBSCRIBE && m->type != MQTT_UNSUBACK)
		properties(x, r, m->props);
}

void mqtt_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct mqtt_tx *tx = (const struct mqtt_tx *)t;
	struct mqtt_msg m;
	uint32_t pos = 0;

	x->a->log_empty = true;
	while (mqtt_next(tx, &pos, &m)) {
		if (m.type == MQTT_UNASSIGNED && !m.truncated)
			continue;
		dp_rec_obj(r, type_name[m.type]);
		dp_rec_u64(r, "qos", mqtt_qos(&m));
		dp_rec_bool(r, "retain", m.flags & 1);
		dp_rec_bool(r, "dup", m.flags & 8);
		if (m.truncated) {
			dp_rec_bool(r, "truncated", true);
			dp_rec_u64(r, "skipped_length", m.len);
		} else {
			members(x, &m, r);
		}
		dp_rec_end(r);
	}
}
