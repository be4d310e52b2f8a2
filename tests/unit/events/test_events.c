/* SPDX-License-Identifier: Apache-2.0 */
/** Golden lines of each record type, and trees that are cut, nested too deep or not trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <ctl/eve.h>
#include <ctl/sink.h>
#include <jansson.h>
#include <sig/proto.h>

static struct dp_ev_common common(void)
{
	struct dp_ev_common c = {
		.ts_ns = UINT64_C(1566927803348257000),
		.flow_id = 1112377367473277,
		.pkt_num = 4,
		.flow_start_ns = UINT64_C(1566927803000001000),
		.src = {192, 168, 8, 138}, .dst = {10, 0, 0, 1},
		.flow_src = {192, 168, 8, 138}, .flow_dst = {10, 0, 0, 1},
		.sport = 49152, .dport = 80, .flow_sport = 49152, .flow_dport = 80,
		.flags = DP_EVF_TO_SERVER | DP_EVF_HAS_PORTS | DP_EVF_HAS_FLOW,
		.ip_proto = 6, .app_proto = SIG_PROTO_HTTP1, .app_proto_ts = SIG_PROTO_HTTP1,
		.pkts_ts = 3, .pkts_tc = 2, .bytes_ts = 300, .bytes_tc = 200,
	};
	return c;
}

static bool text_of(void *arg, unsigned layer, uint32_t generation, uint32_t index,
		struct ctl_sig_text *t)
{
	*t = (struct ctl_sig_text){.msg = "a \"web\" attack", .category = "Attempted",
		.severity = 2, .metas = 3,
		.meta = {{"tag", "one"}, {"created_at", "2020_01_01"}, {"tag", "two"}}};
	return true;
}

static void expect(struct ctl_eve *e, const char *line)
{
	json_error_t err;
	json_t *v = json_loadb(e->out.buf, e->out.len, JSON_DISABLE_EOF_CHECK, &err);
	json_t *want = json_loads(line, 0, &err);

	assert_non_null(want);
	if (v == NULL || !json_equal(v, want))
		print_error("got  %.*swant %s\n", (int)e->out.len, e->out.buf, line);
	assert_non_null(v);
	assert_true(json_equal(v, want));
	json_decref(v);
	json_decref(want);
	ctl_json_reset(&e->out);
}

static void test_alert(void **state)
{
	struct {
		struct dp_ev_alert a;
		uint8_t tail[256];
	} r = {.a = {.c = common(), .gid = 1, .sid = 7, .rev = 2, .done = DP_DONE_BLOCKED,
		.verdict = DP_DROP, .reason = DP_R_RULES, .reject = 3}};
	struct ctl_eve_options o;
	struct dp_rec rec;
	struct ctl_eve e;

	ctl_eve_options_default(&o);
	o.payload = o.payload_printable = true;
	ctl_eve_init(&e, &o, text_of, NULL);
	memcpy(r.tail, "GET \x01\n", 6);
	dp_rec_init(&rec, r.tail + 8, 200);
	dp_rec_obj(&rec, "http");
	dp_rec_cstr(&rec, "url", "/x");
	dp_rec_end(&rec);
	r.a.payload_off = 0;
	r.a.payload_len = 6;
	r.a.tree_off = 8;
	r.a.tree_len = (uint16_t)rec.len;
	r.a.c.vlan[0] = 12;
	r.a.c.vlan_count = 1;
	r.a.head = (struct dp_ev_head){sizeof(r), DP_EV_ALERT, DP_EV_VERSION};
	ctl_eve_record(&e, &r.a.head);
	expect(&e, "{\"timestamp\":\"2019-08-27T17:43:23.348257+0000\",\"flow_id\":1112377367473277,"
		"\"pcap_cnt\":4,\"event_type\":\"alert\",\"vlan\":[12],\"src_ip\":\"192.168.8.138\","
		"\"src_port\":49152,\"dest_ip\":\"10.0.0.1\",\"dest_port\":80,\"proto\":\"TCP\","
		"\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"alert\":{\"action\":\"blocked\",\"gid\":1,"
		"\"signature_id\":7,\"rev\":2,\"signature\":\"a \\\"web\\\" attack\","
		"\"category\":\"Attempted\",\"severity\":2,\"metadata\":{\"tag\":[\"one\",\"two\"],"
		"\"created_at\":[\"2020_01_01\"]}},\"http\":{\"url\":\"/x\"},\"app_proto\":\"http\","
		"\"direction\":\"to_server\",\"flow\":{\"pkts_toserver\":3,\"pkts_toclient\":2,"
		"\"bytes_toserver\":300,\"bytes_toclient\":200,"
		"\"start\":\"2019-08-27T17:43:23.000001+0000\",\"src_ip\":\"192.168.8.138\","
		"\"dest_ip\":\"10.0.0.1\",\"src_port\":49152,\"dest_port\":80},"
		"\"payload\":\"R0VUIAEK\",\"payload_printable\":\"GET .\\n\",\"stream\":0,"
		"\"verdict\":{\"action\":\"drop\",\"reject-target\":\"both\","
		"\"reject\":[\"tcp-reset\"]}}");
	// Offsets that point outside the record print nothing of it.
	r.a.tree_off = 65000;
	r.a.payload_off = 300;
	ctl_eve_record(&e, &r.a.head);
	assert_null(memmem(e.out.buf, e.out.len, "\"http\":", 7));
	assert_null(memmem(e.out.buf, e.out.len, "\"payload\"", 9));
	r.a.head.len = sizeof(r.a) - 8;
	ctl_json_reset(&e.out);
	ctl_eve_record(&e, &r.a.head);
	assert_int_equal(e.out.len, 0);
	assert_int_equal(e.bad, 1);
	ctl_eve_fini(&e);
}

static void test_flow(void **state)
{
	struct dp_ev_flow f = {.head = {sizeof(f), DP_EV_FLOW, DP_EV_VERSION}, .c = common(),
		.start_ns = UINT64_C(1566927803900000000), .end_ns = UINT64_C(1566927805100000000),
		.state = DP_FLOW_CLOSED, .end_reason = DP_FLOW_END_SHUTDOWN, .alerted = 1,
		.action = 2, .tcp_flags_ts = 0x1a, .tcp_flags_tc = 0x13, .tcp_state = 10,
		.exception = DP_EX_MIDSTREAM, .tx_count = 2,
		.tcp_regions = UINT64_C(2) << 32 | 1};
	struct ctl_eve_options o;
	struct ctl_eve e;

	ctl_eve_options_default(&o);
	o.policy[1] = 6;
	o.community_id = true;
	ctl_eve_init(&e, &o, NULL, NULL);
	f.c.flags = DP_EVF_HAS_PORTS | DP_EVF_HAS_FLOW | DP_EVF_NO_PKT | DP_EVF_IPV6;
	memcpy(f.c.src, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	ctl_eve_record(&e, &f.head);
	expect(&e, "{\"timestamp\":\"2019-08-27T17:43:23.348257+0000\",\"flow_id\":1112377367473277,"
		"\"event_type\":\"flow\",\"src_ip\":\"fe80:0000:0000:0000:0000:0000:0000:0001\","
		"\"src_port\":49152,\"dest_ip\":\"0a00:0001:0000:0000:0000:0000:0000:0000\","
		"\"dest_port\":80,\"proto\":\"TCP\",\"ip_v\":6,\"community_id\":"
		"\"1:tHnbVg9hjoDas2ewmci/9bJmlUo=\",\"app_proto\":\"http\",\"flow\":{"
		"\"pkts_toserver\":3,\"pkts_toclient\":2,\"bytes_toserver\":300,\"bytes_toclient\":200,"
		"\"start\":\"2019-08-27T17:43:23.900000+0000\",\"end\":\"2019-08-27T17:43:25.100000+0000\","
		"\"age\":2,\"state\":\"closed\",\"reason\":\"shutdown\",\"alerted\":true,"
		"\"action\":\"drop\",\"exception_policy\":[{\"target\":\"stream_midstream\","
		"\"policy\":\"pass_flow\"}],\"tx_cnt\":2},\"tcp\":{\"tcp_flags\":\"1b\","
		"\"tcp_flags_ts\":\"1a\",\"tcp_flags_tc\":\"13\",\"syn\":true,\"fin\":true,"
		"\"psh\":true,\"ack\":true,\"state\":\"closed\",\"ts_max_regions\":1,"
		"\"tc_max_regions\":2}}");
	ctl_eve_fini(&e);
}

static void test_drop_anomaly(void **state)
{
	struct dp_ev_drop d = {.head = {sizeof(d), DP_EV_DROP, DP_EV_VERSION}, .c = common(),
		.reason = DP_R_FLOW_DROP, .ip_len = 60, .ip_id = 9, .tos = 1, .ttl = 64,
		.udp_len = 40};
	struct dp_ev_anomaly a = {.head = {sizeof(a), DP_EV_ANOMALY, DP_EV_VERSION},
		.c = common(), .kind = 2, .name = "invalid_data"};
	struct ctl_eve_options o;
	struct ctl_eve e;

	ctl_eve_options_default(&o);
	o.drop_flow_start = true;
	ctl_eve_init(&e, &o, NULL, NULL);
	d.c.ip_proto = 17;
	d.c.flags = DP_EVF_HAS_PORTS;
	ctl_eve_record(&e, &d.head);
	expect(&e, "{\"timestamp\":\"2019-08-27T17:43:23.348257+0000\",\"flow_id\":1112377367473277,"
		"\"pcap_cnt\":4,\"event_type\":\"drop\",\"src_ip\":\"192.168.8.138\","
		"\"src_port\":49152,\"dest_ip\":\"10.0.0.1\",\"dest_port\":80,\"proto\":\"UDP\","
		"\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"drop\":{\"len\":60,\"tos\":1,\"ttl\":64,"
		"\"ipid\":9,\"udplen\":40,\"reason\":\"flow drop\"}}");
	ctl_eve_record(&e, &d.head); // only the first of a flow and direction
	assert_int_equal(e.out.len, 0);
	for (uint64_t i = 1; i < 5000; i++) { // the set grows
		d.c.flow_id = i;
		ctl_eve_record(&e, &d.head);
		ctl_eve_record(&e, &d.head);
	}
	assert_int_equal(e.lines, 5000);
	ctl_json_reset(&e.out);
	a.c.flags |= DP_EVF_TX;
	ctl_eve_record(&e, &a.head);
	expect(&e, "{\"timestamp\":\"2019-08-27T17:43:23.348257+0000\",\"flow_id\":1112377367473277,"
		"\"pcap_cnt\":4,\"event_type\":\"anomaly\",\"src_ip\":\"192.168.8.138\","
		"\"src_port\":49152,\"dest_ip\":\"10.0.0.1\",\"dest_port\":80,\"proto\":\"TCP\","
		"\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"tx_id\":0,\"anomaly\":{\"app_proto\":\"http\","
		"\"type\":\"applayer\",\"event\":\"invalid_data\",\"layer\":\"proto_parser\"}}");
	a.kind = 0; // decode anomalies are off unless asked for
	ctl_eve_record(&e, &a.head);
	assert_int_equal(e.out.len, 0);
	ctl_eve_fini(&e);
}

static void test_app_types(void **state)
{
	struct {
		struct dp_ev_app a;
		uint8_t tail[64];
	} r = {.a = {.head = {sizeof(r), DP_EV_APP, DP_EV_VERSION}, .c = common(),
		.event_type = "dns", .tree_off = sizeof(r.a)}};
	struct ctl_eve_options o;
	struct dp_rec rec;
	struct ctl_eve e;

	dp_rec_init(&rec, r.tail, sizeof(r.tail));
	dp_rec_obj(&rec, "dns");
	dp_rec_arr(&rec, "queries");
	dp_rec_str(&rec, NULL, "a\xff\n", 3);
	dp_rec_str(&rec, NULL, "\xc3\xa9", 2);
	dp_rec_end(&rec);
	dp_rec_end(&rec);
	r.a.tree_len = rec.len;
	ctl_eve_options_default(&o);
	o.app_listed = true;
	ctl_eve_init(&e, &o, NULL, NULL);
	ctl_eve_record(&e, &r.a.head);
	assert_int_equal(e.out.len, 0);
	strcpy(e.opt.app_on[e.opt.app_n++], "dns");
	ctl_eve_record(&e, &r.a.head);
	assert_non_null(memmem(e.out.buf, e.out.len,
		"\"dns\":{\"queries\":[\"a\\\\xff\\n\",\"\xc3\xa9\"]}}\n", 36));
	ctl_eve_fini(&e);
}

/** Whatever the bytes: the object around them stays valid JSON. */
static void test_tree_garbage(void **state)
{
	uint8_t tree[512], cut[512];
	struct dp_rec rec;

	dp_rec_init(&rec, tree, sizeof(tree));
	for (int i = 0; i < 6; i++) {
		dp_rec_arr(&rec, "list");
		dp_rec_obj(&rec, "member");
		dp_rec_u64(&rec, "n", (uint64_t)i);
		dp_rec_f64(&rec, "f", 1.5);
		dp_rec_hex(&rec, "h", "\x01\xab", 2);
		dp_rec_bool(&rec, "b", true);
		dp_rec_i64(&rec, "i", -5);
	}
	srand(7);
	for (uint32_t round = 0; round < 20000; round++) {
		uint32_t n = round % (rec.len + 1);
		struct ctl_json j = {0};
		json_error_t err;
		json_t *v;

		memcpy(cut, tree, sizeof(cut));
		if (round > rec.len)
			for (int k = 0; k < 3; k++)
				cut[(unsigned)rand() % rec.len] = (uint8_t)rand();
		ctl_json_obj(&j, NULL);
		ctl_eve_tree(&j, cut, n);
		ctl_json_end_obj(&j);
		v = json_loadb(j.buf, j.len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &err);
		if (v == NULL)
			print_error("%s %.*s\n", err.text, (int)j.len, j.buf);
		assert_non_null(v);
		json_decref(v);
		ctl_json_fini(&j);
	}
}

static void test_stats(void **state)
{
	struct dp_counters c = {.rx_pkts = 5, .tcp_sessions = 2};
	struct ctl_eve_stats s = {.counters = &c, .ips = true};
	struct ctl_eve_options o;
	struct ctl_eve e;
	json_t *v;
	int pkts = 0, blocked = 0, flow_drop = 0;

	c.reason_pkts[DP_R_FLOW_DROP] = 3;
	ctl_eve_options_default(&o);
	ctl_eve_init(&e, &o, NULL, NULL);
	ctl_eve_stats_line(&e, &s);
	v = json_loadb(e.out.buf, e.out.len, JSON_DISABLE_EOF_CHECK, NULL);
	assert_non_null(v);
	assert_int_equal(0, json_unpack(v, "{s:{s:{s:i},s:{s:i,s:{s:i}}}}", "stats", "decoder",
		"pkts", &pkts, "ips", "blocked", &blocked, "drop_reason", "flow_drop", &flow_drop));
	assert_int_equal(pkts, 5);
	assert_int_equal(blocked, 3);
	assert_int_equal(flow_drop, 3);
	json_decref(v);
	ctl_eve_fini(&e);
}

/** What was added may be less than nothing: a gauge falls, a guard begins anew. */
static void test_stats_deltas(void **state)
{
	struct dp_counters c = {.flow_active = 7};
	struct ctl_eve_stats s = {.counters = &c};
	struct ctl_eve_options o;
	struct ctl_eve e;
	json_t *v;
	json_int_t delta = 0;

	ctl_eve_options_default(&o);
	o.stats_deltas = true;
	ctl_eve_init(&e, &o, NULL, NULL);
	ctl_eve_stats_line(&e, &s);
	ctl_json_reset(&e.out);
	c.flow_active = 2;
	ctl_eve_stats_line(&e, &s);
	v = json_loadb(e.out.buf, e.out.len, JSON_DISABLE_EOF_CHECK, NULL);
	assert_non_null(v);
	assert_int_equal(0, json_unpack(v, "{s:{s:{s:I}}}", "stats", "flow", "active_delta", &delta));
	assert_int_equal(delta, -5);
	json_decref(v);
	ctl_eve_fini(&e);
}

/** Values of the specification's own examples (baseline, seed 0). */
static void test_community_id(void **state)
{
	struct dp_ev_common c = {.src = {128, 232, 110, 120}, .dst = {66, 35, 250, 204},
		.sport = 34855, .dport = 80, .ip_proto = 6, .flags = DP_EVF_HAS_PORTS};
	char id[32];

	assert_true(ctl_community_id(id, &c, 0));
	assert_string_equal(id, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	c = (struct dp_ev_common){.src = {66, 35, 250, 204}, .dst = {128, 232, 110, 120},
		.sport = 80, .dport = 34855, .ip_proto = 6, .flags = DP_EVF_HAS_PORTS};
	assert_true(ctl_community_id(id, &c, 0));
	assert_string_equal(id, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	assert_true(ctl_community_id(id, &c, 1));
	assert_string_equal(id, "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
}

static void test_sink(void **state)
{
	char path[] = "/tmp/ctl-sink-XXXXXX", moved[64], got[64];
	struct ctl_file_sink s;
	struct ctl_last l;
	FILE *f;

	close(mkstemp(path));
	assert_int_equal(ctl_file_sink_open(&s, path, true), 0);
	assert_int_equal(ctl_file_sink_write(&s, "one\n", 4), 0);
	snprintf(moved, sizeof(moved), "%s.1", path);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(ctl_file_sink_reopen(&s), 0);
	assert_int_equal(ctl_file_sink_write(&s, "two\n", 4), 0);
	f = fopen(path, "r");
	assert_non_null(fgets(got, sizeof(got), f));
	assert_string_equal(got, "two\n");
	fclose(f);
	ctl_file_sink_close(&s);
	unlink(path);
	unlink(moved);

	assert_int_equal(ctl_last_init(&l, 2), 0);
	ctl_last_put(&l, "a\nb\nc\n", 6);
	assert_int_equal(ctl_last_oldest(&l), 1);
	assert_null(ctl_last_get(&l, 0));
	assert_string_equal(ctl_last_get(&l, 1), "b");
	assert_string_equal(ctl_last_get(&l, 2), "c");
	assert_null(ctl_last_get(&l, 3));
	ctl_last_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_drop_anomaly),
		cmocka_unit_test(test_app_types),
		cmocka_unit_test(test_tree_garbage),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_stats_deltas),
		cmocka_unit_test(test_community_id),
		cmocka_unit_test(test_sink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
