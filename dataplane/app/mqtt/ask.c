/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures ask for. */
#include "mqtt.h"

static struct dp_span of_connect(const struct mqtt_msg *m, enum sig_buffer b)
{
	switch (b) {
	case SIG_BUF_MQTT_CONNECT_CLIENTID:
		return m->client;
	case SIG_BUF_MQTT_CONNECT_USERNAME:
		return m->user;
	case SIG_BUF_MQTT_CONNECT_PASSWORD:
		return m->password;
	case SIG_BUF_MQTT_CONNECT_WILLTOPIC:
		return m->will_topic;
	case SIG_BUF_MQTT_CONNECT_WILLMESSAGE:
		return m->will_message;
	case SIG_BUF_MQTT_CONNECT_PROTOCOL_STRING:
		return m->protocol;
	default:
		return (struct dp_span){0};
	}
}

static bool topic_at(const struct mqtt_msg *m, uint32_t *instance, struct dp_span *out)
{
	struct dp_cur c = dp_cur_of(m->list.p, m->list.n);
	uint8_t qos;

	while (mqtt_topic(&c, m->type == MQTT_SUBSCRIBE, out, &qos))
		if ((*instance)-- == 0)
			return true;
	return false;
}

static bool in_message(const struct mqtt_msg *m, enum sig_buffer b, uint32_t *instance,
	struct dp_span *out)
{
	switch (m->type) {
	case MQTT_CONNECT:
		*out = of_connect(m, b);
		return out->n && *instance == 0;
	case MQTT_PUBLISH:
		if (b != SIG_BUF_MQTT_PUBLISH_TOPIC && b != SIG_BUF_MQTT_PUBLISH_MESSAGE)
			return false;
		*out = b == SIG_BUF_MQTT_PUBLISH_TOPIC ? m->topic : m->payload;
		return out->n && *instance == 0;
	case MQTT_SUBSCRIBE:
		return b == SIG_BUF_MQTT_SUBSCRIBE_TOPIC && topic_at(m, instance, out);
	case MQTT_UNSUBSCRIBE:
		return b == SIG_BUF_MQTT_UNSUBSCRIBE_TOPIC && topic_at(m, instance, out);
	default:
		return false;
	}
}

enum dp_buf_state mqtt_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct mqtt_tx *tx = (const struct mqtt_tx *)t;
	struct mqtt_msg m;
	uint32_t pos = 0;

	// The message that opened the exchange has them; what follows never does.
	if (!((t->only_dir >> dir) & 1) || instance >= MQTT_TOPICS_MAX ||
		!mqtt_next(tx, &pos, &m) || m.truncated)
		return DP_BUF_ABSENT;
	return in_message(&m, b, &instance, out) ? DP_BUF_FULL : DP_BUF_ABSENT;
}

/** Values of one message: 1 *out is the k-th, else *k is lowered by those that it has. */
static bool value(const struct mqtt_msg *m, enum sig_number n, uint32_t *k, uint64_t *out)
{
	const bool list = !m->truncated && (m->type == MQTT_SUBACK || m->type == MQTT_UNSUBACK);
	bool has = true;

	switch (n) {
	case SIG_NUM_MQTT_TYPE:
		*out = m->type;
		break;
	case SIG_NUM_MQTT_QOS:
		*out = mqtt_qos(m);
		break;
	case SIG_NUM_MQTT_FLAGS:
		*out = m->flags & 9;
		break;
	case SIG_NUM_MQTT_CONNECT_FLAGS:
		*out = m->connect_flags;
		has = m->type == MQTT_CONNECT && !m->truncated;
		break;
	case SIG_NUM_MQTT_SESSION_PRESENT:
		*out = m->session;
		has = m->type == MQTT_CONNACK && !m->truncated;
		break;
	case SIG_NUM_MQTT_REASON_CODE:
		if (list && *k < m->list.n) {
			*out = m->list.p[*k];
			return true;
		}
		if (list)
			*k -= m->list.n;
		*out = m->code;
		has = m->has_code;
		break;
	default:
		return false;
	}
	return has && (*k)-- == 0;
}

bool mqtt_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out)
{
	const struct mqtt_tx *tx = (const struct mqtt_tx *)t;
	struct mqtt_msg m;
	uint32_t pos = 0;

	if (!((t->only_dir >> dir) & 1))
		return false;
	if (n == SIG_NUM_MQTT_PROTOCOL_VERSION) {
		*out = ((const struct mqtt_state *)x->a->state)->version;
		return instance == 0;
	}
	while (mqtt_next(tx, &pos, &m))
		if (value(&m, n, &instance, out))
			return true;
	return false;
}
