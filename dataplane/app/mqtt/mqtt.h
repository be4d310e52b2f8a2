/* SPDX-License-Identifier: Apache-2.0 */
/**
 * MQTT 3.1, 3.1.1 and 5.0 (OASIS, numbers of sections are 5.0's): a transaction per exchange
 * (CONNECT and CONNACK, PUBLISH and its acknowledgements, ...), which keeps its messages as they
 * came; what they say is read when somebody asks.
 */
#ifndef DP_APP_MQTT_H
#define DP_APP_MQTT_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define MQTT_CONNECT_ID 65536u   /**< what a CONNECT waits under: packet identifiers are shorter */
#define MQTT_TX_BYTES (4u << 20)   /**< of messages kept in one transaction */
#define MQTT_TX_MSGS 100u
#define MQTT_TOPICS_MAX 100u       /**< per transaction that signatures look at (the peer's) */

enum mqtt_type {
	MQTT_UNASSIGNED, MQTT_CONNECT, MQTT_CONNACK, MQTT_PUBLISH, MQTT_PUBACK, MQTT_PUBREC,
	MQTT_PUBREL, MQTT_PUBCOMP, MQTT_SUBSCRIBE, MQTT_SUBACK, MQTT_UNSUBSCRIBE, MQTT_UNSUBACK,
	MQTT_PINGREQ, MQTT_PINGRESP, MQTT_DISCONNECT, MQTT_AUTH,
};

enum mqtt_connect_flag { /* section 3.1.2.3 */
	MQTT_F_CLEAN = 0x02, MQTT_F_WILL = 0x04, MQTT_F_WILL_RETAIN = 0x20, MQTT_F_PASSWORD = 0x40,
	MQTT_F_USER = 0x80,
};

/** One message. Spans point into what it was read from. */
struct mqtt_msg {
	uint8_t type, flags;  /**< flags: 8 dup, 6 QoS, 1 retain */
	bool truncated;       /**< longer than the limit: nothing else is known but `len` */
	uint32_t len;         /**< of the body; truncated: of all of it with its header */
	uint8_t version, connect_flags, code;
	bool has_id, has_code, session;
	uint16_t id;
	struct dp_span protocol, client, will_topic, will_message, user, password;
	struct dp_span topic, payload;
	struct dp_span list;  /**< topics, or codes */
	struct dp_span props, will_props;
};

struct mqtt_tx {
	struct dp_tx tx;
	struct dp_bytes msgs; /**< struct mqtt_rec and body, one after another */
	uint32_t n, wait_id;  /**< wait_id: 1 + what its answer carries; 0: waits for none */
	struct mqtt_tx *older, *newer; /**< of those that wait */
	uint8_t version;
};

struct mqtt_rec {
	uint32_t len; /**< as mqtt_msg.len */
	uint8_t head, truncated, pad[2];
};

struct mqtt_state {
	struct mqtt_tx *oldest, *newest; /**< that wait for an answer */
	uint32_t skip[2]; /**< of a message over the limit */
	uint8_t version;
	bool connected;
};

/* message.c */
/** Fixed header (section 2.1): 0 read, 1 more bytes wanted, -1 not one. *hdr: its bytes. */
int mqtt_head(struct dp_span s, uint8_t *head, uint32_t *len, uint32_t *hdr);
/** Reads the body. m->type, flags, len are set. False: malformed. */
bool mqtt_read(struct mqtt_msg *m, struct dp_span body, uint8_t version);
/** Walk over a transaction's messages; *pos begins at 0. False: no more. */
bool mqtt_next(const struct mqtt_tx *tx, uint32_t *pos, struct mqtt_msg *m);
/** Walk over list of topics of a SUBSCRIBE (with their options) or UNSUBSCRIBE. */
bool mqtt_topic(struct dp_cur *c, bool options, struct dp_span *topic, uint8_t *qos);
/** Section 2.2.2.2. A number, or text; pair: name and text. */
struct mqtt_prop {
	const char *name; /**< NULL: unknown, without value */
	bool number, pair;
	uint32_t value;
	struct dp_span key, text;
};
bool mqtt_prop(struct dp_cur *c, struct mqtt_prop *p);

static inline unsigned mqtt_qos(const struct mqtt_msg *m)
{
	return m->flags >> 1 & 3;
}

/* ask.c, log.c */
enum dp_buf_state mqtt_buffer(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out);
bool mqtt_number(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out);
void mqtt_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
