/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT: exchanges of versions 3.1.1 and 5, cut at every byte, and what is wrong with some. */
#include "feed.h"
#include <dp/frame.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

extern const struct dp_app_desc dp_app_mqtt;

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define UP(bytes) feed_data(&t, TS, bytes, sizeof(bytes) - 1, step)
#define DOWN(bytes) feed_data(&t, TC, bytes, sizeof(bytes) - 1, step)

#define CONNECT4 "\x10\x1a\0\4MQTT\4\xc2\0\x3c\0\2id\0\3joe\0\5s\0e\1t"
#define CONNACK4 "\x20\2\1\0"
#define CONNECT5 "\x10\x27\0\4MQTT\5\6\0\x3c\x0b\x21\0\x14\x26\0\1k\0\2vv\0\2id\2\1\1\0\3w/t\0\3bye"

static bool number_is(struct feed *t, uint64_t tx, enum sig_number n, uint32_t k, uint64_t want)
{
	uint64_t v = 0;

	return dp_app_mqtt.number(&t->x, feed_tx(t, tx), n, TS, k, &v) && v == want;
}

static void connect4(void **state)
{
	for (size_t step = 0; step < 8; step++) {
		struct feed t;

		feed_open(&t, &dp_app_mqtt, 6);
		UP(CONNECT4);
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_MQTT_CONNECT_CLIENTID, TS, 0), "id");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_MQTT_CONNECT_USERNAME, TS, 0), "joe");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_MQTT_CONNECT_PASSWORD, TS, 0), "s");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_MQTT_CONNECT_WILLTOPIC, TS, 0), "<absent>");
		assert_int_equal(feed_tx(&t, 0)->progress[TS], 0);
		DOWN(CONNACK4);
		assert_int_equal(feed_tx(&t, 0)->progress[TS], 1);
		assert_true(number_is(&t, 0, SIG_NUM_MQTT_TYPE, 0, 1));
		assert_true(number_is(&t, 0, SIG_NUM_MQTT_TYPE, 1, 2));
		assert_true(number_is(&t, 0, SIG_NUM_MQTT_SESSION_PRESENT, 0, 1));
		assert_true(number_is(&t, 0, SIG_NUM_MQTT_CONNECT_FLAGS, 0, 0xc2));
		assert_true(number_is(&t, 0, SIG_NUM_MQTT_PROTOCOL_VERSION, 0, 4));
		assert_non_null(strstr(feed_log(&t, 0), "clean_session=1"));
		assert_non_null(strstr(feed_log(&t, 0), "session_present=1 return_code=0"));
		feed_close(&t);
	}
}

static void publish(void **state)
{
	for (size_t step = 0; step < 8; step++) {
		struct feed t;

		feed_open(&t, &dp_app_mqtt, 6);
		UP(CONNECT4);
		DOWN(CONNACK4);
		UP("\x34\x0a\0\3a/b\0\7xyz");         // QoS 2
		DOWN("\x50\2\0\7");
		UP("\x62\2\0\7");
		assert_int_equal(feed_tx(&t, 1)->progress[TS], 0);
		DOWN("\x70\2\0\7");
		assert_int_equal(feed_tx(&t, 1)->progress[TS], 1);
		assert_string_equal(feed_buf(&t, 1, SIG_BUF_MQTT_PUBLISH_TOPIC, TS, 0), "a/b");
		assert_string_equal(feed_buf(&t, 1, SIG_BUF_MQTT_PUBLISH_MESSAGE, TS, 0), "xyz");
		assert_true(number_is(&t, 1, SIG_NUM_MQTT_TYPE, 3, 7));
		assert_true(number_is(&t, 1, SIG_NUM_MQTT_QOS, 0, 2));
		DOWN("\x31\6\0\1ccc!");               // from the server, at most once, retained
		assert_string_equal(feed_buf(&t, 2, SIG_BUF_MQTT_PUBLISH_MESSAGE, TC, 0), "cc!");
		assert_string_equal(feed_buf(&t, 2, SIG_BUF_MQTT_PUBLISH_MESSAGE, TS, 0), "<absent>");
		assert_non_null(strstr(feed_log(&t, 2), "retain=1"));
		UP("\xe0\0");
		assert_int_equal(t.a.tx_next_id, 4);
		feed_close(&t);
	}
}

static void version5(void **state)
{
	for (size_t step = 0; step < 8; step++) {
		struct feed t;

		feed_open(&t, &dp_app_mqtt, 6);
		UP(CONNECT5);
		DOWN("\x20\3\0\x86\0");
		assert_string_equal(feed_buf(&t, 0, SIG_BUF_MQTT_CONNECT_WILLMESSAGE, TS, 0), "bye");
		assert_true(number_is(&t, 0, SIG_NUM_MQTT_REASON_CODE, 0, 0x86));
		assert_non_null(strstr(feed_log(&t, 0), "receive_maximum=20 k=vv"));
		assert_non_null(strstr(feed_log(&t, 0), "payload_format_indicator=1"));
		UP("\x82\x0c\0\1\0\0\1x\1\0\2yy\2");
		DOWN("\x90\5\0\1\0\1\x87");
		assert_string_equal(feed_buf(&t, 1, SIG_BUF_MQTT_SUBSCRIBE_TOPIC, TS, 1), "yy");
		assert_string_equal(feed_buf(&t, 1, SIG_BUF_MQTT_SUBSCRIBE_TOPIC, TS, 2), "<absent>");
		assert_true(number_is(&t, 1, SIG_NUM_MQTT_REASON_CODE, 1, 0x87));
		UP("\xa2\6\0\2\0\0\1x");
		DOWN("\xb0\4\0\2\0\x11");
		assert_non_null(strstr(feed_log(&t, 2), "reason_codes"));
		assert_string_equal(feed_buf(&t, 2, SIG_BUF_MQTT_UNSUBSCRIBE_TOPIC, TS, 0), "x");
		feed_close(&t);
	}
}

static void events(void **state)
{
	const size_t step = 0;
	struct feed t;

	feed_open(&t, &dp_app_mqtt, 6);
	t.conf.mqtt_max_msg_bytes = 100;
	DOWN(CONNACK4);
	assert_true(feed_event(&t, 0, SIG_EV_MQTT_NO_CONNECT));
	UP("\x30\5\0\1aqq");
	assert_true(feed_event(&t, 1, SIG_EV_MQTT_UNINTRODUCED));
	DOWN("\x40\2\0\1");
	assert_true(feed_event(&t, 2, SIG_EV_MQTT_NO_PUBLISH));
	UP(CONNECT4);
	DOWN(CONNACK4);
	UP(CONNECT4);
	assert_true(feed_event(&t, 4, SIG_EV_MQTT_DOUBLE_CONNECT));
	UP("\x36\7\0\1a\0\1hi");
	assert_true(feed_event(&t, 5, SIG_EV_MQTT_QOS));
	UP("\x30\x80\1");                                     // 128 bytes: over the limit
	assert_non_null(strstr(feed_log(&t, 6), "truncated=1 skipped_length=131"));
	for (unsigned i = 0; i < 32; i++)
		UP("skip");
	UP("\xf0\2\0\0");
	assert_int_equal(t.a.tx_next_id, 8);
	assert_false(t.failed);
	UP("\x10\4\0\4MQ");
	assert_true(feed_event(&t, 8, SIG_EV_MQTT_MALFORMED));
	assert_true(t.failed);
	feed_close(&t);
}

/** Many messages of one packet that wait for nothing are not searched for each answer. */
static void many_at_once(void **state)
{
	enum { PINGS = 30000, ANSWERS = 15000 };
	static uint8_t pings[2 * PINGS], answers[4 * ANSWERS];
	const size_t step = 0;
	struct feed t;
	clock_t start;

	for (unsigned i = 0; i < PINGS; i++)
		memcpy(pings + 2 * i, "\xc0\0", 2);
	for (unsigned i = 0; i < ANSWERS; i++)
		memcpy(answers + 4 * i, "\x40\2\0\1", 4);
	feed_open(&t, &dp_app_mqtt, 6);
	UP(CONNECT4);
	DOWN(CONNACK4);
	UP("\x32\7\0\1a\0\2hi");
	start = clock();
	feed_data(&t, TS, pings, sizeof(pings), 0);
	assert_true(feed_event(&t, 1, SIG_EV_MQTT_MANY_TX));
	UP("\x32\7\0\1a\0\2hi");
	feed_data(&t, TC, answers, sizeof(answers), 0);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 0.5);
	assert_int_equal(t.a.tx_next_id, 3 + PINGS + ANSWERS);
	feed_close(&t);
}

static void frames(void **state)
{
	const size_t step = 0;
	const struct dp_frame *f;
	struct feed t;

	feed_open(&t, &dp_app_mqtt, 6);
	UP(CONNECT4);
	f = dp_frame_by_id(&t.a, TS, 1);
	assert_true(f && f->type == SIG_FRAME_MQTT_PDU && f->len == 28);
	f = dp_frame_by_id(&t.a, TS, 3);
	assert_true(f && f->type == SIG_FRAME_MQTT_DATA && f->off == 2 && f->len == 26);
	feed_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connect4), cmocka_unit_test(publish), cmocka_unit_test(version5),
		cmocka_unit_test(events), cmocka_unit_test(many_at_once), cmocka_unit_test(frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
