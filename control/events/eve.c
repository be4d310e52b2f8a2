/* SPDX-License-Identifier: Apache-2.0 */
#include "eve_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <sig/proto.h>
#include <time.h>

static const char *const pkt_src_name[DP_SRC__COUNT] = {
	[DP_SRC_WIRE] = "wire/pcap",
	[DP_SRC_GRE] = "gre tunnel",
	[DP_SRC_IPV4] = "ipv4 tunnel",
	[DP_SRC_IPV6] = "ipv6 tunnel",
	[DP_SRC_TEREDO] = "teredo tunnel",
	[DP_SRC_DEFRAG] = "defrag",
	[DP_SRC_GENEVE] = "geneve encapsulation",
	[DP_SRC_VXLAN] = "vxlan encapsulation",
	[DP_SRC_STREAM_LOG] = "stream (detect/log)",
	[DP_SRC_STREAM_END] = "stream (flow timeout)",
};

const char *ctl_eve_proto(uint8_t proto, char tmp[8])
{
	switch (proto) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_ICMP:
		return "ICMP";
	case IPPROTO_ICMPV6:
		return "IPv6-ICMP";
	case IPPROTO_SCTP:
		return "SCTP";
	case IPPROTO_GRE:
		return "GRE";
	case IPPROTO_ESP:
		return "ESP";
	case IPPROTO_AH:
		return "AH";
	case IPPROTO_IPIP:
		return "IP-in-IP";
	case IPPROTO_IPV6:
		return "IPv6";
	case IPPROTO_IGMP:
		return "IGMP";
	default:
		snprintf(tmp, 8, "%03u", proto);
		return tmp;
	}
}

static void two(char *p, unsigned v)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
}

/** gmtime is slow: the text of the second is kept, as records come by the thousand in each. */
void ctl_eve_time(struct ctl_eve *e, char out[31], uint64_t ts_ns)
{
	int64_t s = (int64_t)(ts_ns / 1000000000u);
	unsigned us = (unsigned)(ts_ns % 1000000000u / 1000u);

	if (s != e->ts_s || e->ts_text[0] == 0) {
		time_t t = (time_t)s;
		struct tm tm;

		gmtime_r(&t, &tm);
		two(e->ts_text, (unsigned)(tm.tm_year + 1900) / 100);
		two(e->ts_text + 2, (unsigned)(tm.tm_year + 1900) % 100);
		e->ts_text[4] = e->ts_text[7] = '-';
		two(e->ts_text + 5, (unsigned)tm.tm_mon + 1);
		two(e->ts_text + 8, (unsigned)tm.tm_mday);
		e->ts_text[10] = 'T';
		two(e->ts_text + 11, (unsigned)tm.tm_hour);
		e->ts_text[13] = e->ts_text[16] = ':';
		two(e->ts_text + 14, (unsigned)tm.tm_min);
		two(e->ts_text + 17, (unsigned)tm.tm_sec);
		e->ts_s = s;
	}
	memcpy(out, e->ts_text, 19);
	out[19] = '.';
	two(out + 20, us / 10000);
	two(out + 22, us / 100 % 100);
	two(out + 24, us % 100);
	memcpy(out + 26, "+0000", 5);
}

void eve_time_member(struct ctl_eve *e, const char *key, uint64_t ts_ns)
{
	char text[32];

	ctl_eve_time(e, text, ts_ns);
	text[31] = 0;
	ctl_json_str(&e->out, key, text);
}

size_t ctl_eve_addr(char *out, const uint8_t *a, bool v6)
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	if (v6) {
		for (unsigned i = 0; i < 16; i++) {
			if (i && i % 2 == 0)
				*p++ = ':';
			*p++ = hex[a[i] >> 4];
			*p++ = hex[a[i] & 15];
		}
		return (size_t)(p - out);
	}
	for (unsigned i = 0; i < 4; i++) {
		unsigned v = a[i];

		if (i)
			*p++ = '.';
		if (v >= 100)
			*p++ = (char)('0' + v / 100);
		if (v >= 10)
			*p++ = (char)('0' + v / 10 % 10);
		*p++ = (char)('0' + v % 10);
	}
	return (size_t)(p - out);
}

static void addr_member(struct ctl_json *j, const char *key, const uint8_t *a, bool v6)
{
	char text[40];

	ctl_json_bytes(j, key, text, ctl_eve_addr(text, a, v6));
}

static void mac(struct ctl_json *j, const char *key, const uint8_t *m)
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	ctl_json_str(j, key, text);
}

/** A packet has one address on each side, a flow may have had several: there they are lists. */
static void ether_member(struct ctl_json *j, const struct dp_ev_common *c, bool flow)
{
	ctl_json_obj(j, "ether");
	if (flow) {
		ctl_json_arr(j, "dest_macs");
		mac(j, NULL, c->dst_mac);
		ctl_json_end_arr(j);
		ctl_json_arr(j, "src_macs");
		mac(j, NULL, c->src_mac);
		ctl_json_end_arr(j);
	} else {
		if (c->ether_type)
			ctl_json_u64(j, "ether_type", c->ether_type);
		mac(j, "dest_mac", c->dst_mac);
		mac(j, "src_mac", c->src_mac);
	}
	ctl_json_end_obj(j);
}

static void client_or(struct ctl_eve *e, const char *client, const char *key, const uint8_t *a, bool v6)
{
	if (client != NULL && client[0])
		ctl_json_str(&e->out, key, client);
	else
		addr_member(&e->out, key, a, v6);
}

void eve_begin(struct ctl_eve *e, const struct dp_ev_common *c, const char *event_type)
{
	struct ctl_json *j = &e->out;
	bool v6 = c->flags & DP_EVF_IPV6, ip = c->ip_proto || v6 || c->src[0] || c->dst[0];
	bool to_client = c->flags & DP_EVF_TO_CLIENT;
	const char *iface = e->opt.in_iface;
	char tmp[32];

	ctl_json_obj(j, NULL);
	eve_time_member(e, "timestamp", c->ts_ns);
	if (c->flow_id)
		ctl_json_u64(j, "flow_id", c->flow_id);
	if (e->opt.wire_iface != NULL)
		iface = e->opt.wire_iface(e->opt.wire_arg, c->wire, c->side);
	if (iface != NULL)
		ctl_json_str(j, "in_iface", iface);
	if (c->pkt_num && !(c->flags & DP_EVF_NO_PKT))
		ctl_json_u64(j, "pcap_cnt", c->pkt_num);
	ctl_json_str(j, "event_type", event_type);
	if (c->vlan_count) {
		ctl_json_arr(j, "vlan");
		for (unsigned i = 0; i < c->vlan_count && i < 3; i++)
			ctl_json_u64(j, NULL, c->vlan[i]);
		ctl_json_end_arr(j);
	}
	if (ip) {
		client_or(e, to_client ? NULL : e->client, "src_ip", c->src, v6);
		if (c->flags & DP_EVF_HAS_PORTS)
			ctl_json_u64(j, "src_port", c->sport);
		client_or(e, to_client ? e->client : NULL, "dest_ip", c->dst, v6);
		if (c->flags & DP_EVF_HAS_PORTS)
			ctl_json_u64(j, "dest_port", c->dport);
		ctl_json_str(j, "proto", ctl_eve_proto(c->ip_proto, tmp));
		ctl_json_u64(j, "ip_v", v6 ? 6 : 4);
	}
	if (c->flags & DP_EVF_ICMP) {
		ctl_json_u64(j, "icmp_type", c->icmp_type);
		ctl_json_u64(j, "icmp_code", c->icmp_code);
	}
	if (e->opt.ethernet && c->flags & DP_EVF_ETHER)
		ether_member(j, c, strcmp(event_type, "flow") == 0 || strcmp(event_type, "netflow") == 0);
	if (e->opt.community_id && c->flow_id && ctl_community_id(tmp, c, e->opt.community_seed))
		ctl_json_str(j, "community_id", tmp);
	if (e->opt.pcap_file && e->opt.capture != NULL)
		ctl_json_str(j, "pcap_filename", e->opt.capture);
	if (e->opt.version[0])
		ctl_json_str(j, "suricata_version", e->opt.version);
}

void eve_finish(struct ctl_eve *e, size_t start, enum ctl_eve_type type)
{
	e->client[0] = 0;
	if (e->opt.host[0])
		ctl_json_str(&e->out, "host", e->opt.host);
	ctl_json_end_obj(&e->out);
	ctl_json_newline(&e->out);
	if (e->out.failed) {
		e->out.len = start;
		e->out.failed = false;
		e->bad++;
		return;
	}
	e->lines++;
	e->by_type[type]++;
}

void eve_pkt_src(struct ctl_json *j, const struct dp_ev_common *c)
{
	ctl_json_str(j, "pkt_src", pkt_src_name[c->pkt_src < DP_SRC__COUNT ? c->pkt_src : 0]);
}

void eve_flow_counters(struct ctl_json *j, const struct dp_ev_common *c)
{
	ctl_json_u64(j, "pkts_toserver", c->pkts_ts);
	ctl_json_u64(j, "pkts_toclient", c->pkts_tc);
	ctl_json_u64(j, "bytes_toserver", c->bytes_ts);
	ctl_json_u64(j, "bytes_toclient", c->bytes_tc);
}

void eve_flow_brief(struct ctl_eve *e, const struct dp_ev_common *c)
{
	struct ctl_json *j = &e->out;
	bool v6 = c->flags & DP_EVF_IPV6;

	ctl_json_obj(j, "flow");
	eve_flow_counters(j, c);
	eve_time_member(e, "start", c->flow_start_ns);
	addr_member(j, "src_ip", c->flow_src, v6);
	addr_member(j, "dest_ip", c->flow_dst, v6);
	if (c->flags & DP_EVF_HAS_PORTS) {
		ctl_json_u64(j, "src_port", c->flow_sport);
		ctl_json_u64(j, "dest_port", c->flow_dport);
	}
	ctl_json_end_obj(j);
}

static void proto_member(struct ctl_json *j, const char *key, unsigned proto, unsigned main)
{
	if (proto != SIG_PROTO_UNKNOWN && proto != main && proto < SIG_PROTO__COUNT)
		ctl_json_str(j, key, sig_proto_event_name[proto]);
}

void eve_app_proto_one(struct ctl_json *j, const struct dp_ev_common *c)
{
	proto_member(j, "app_proto", c->app_proto, SIG_PROTO_UNKNOWN);
}

void eve_app_proto(struct ctl_json *j, const struct dp_ev_common *c)
{
	eve_app_proto_one(j, c);
	proto_member(j, "app_proto_ts", c->app_proto_ts, c->app_proto);
	proto_member(j, "app_proto_tc", c->app_proto_tc, c->app_proto);
	proto_member(j, "app_proto_orig", c->app_proto_orig, c->app_proto);
	proto_member(j, "app_proto_expected", c->app_proto_expected, c->app_proto);
}

bool eve_keep_member(const struct ctl_eve *e, const char *key, size_t n)
{
	if (n == 3 && memcmp(key, "xff", 3) == 0)
		return false;
	return e->opt.metadata || n != 8 || memcmp(key, "metadata", 8) != 0;
}

void ctl_eve_record(struct ctl_eve *e, const struct dp_ev_head *rec)
{
	static const size_t least[DP_EV__COUNT] = {
		[DP_EV_ALERT] = sizeof(struct dp_ev_alert),
		[DP_EV_DROP] = sizeof(struct dp_ev_drop),
		[DP_EV_FLOW] = sizeof(struct dp_ev_flow),
		[DP_EV_ANOMALY] = sizeof(struct dp_ev_anomaly),
		[DP_EV_APP] = sizeof(struct dp_ev_app),
		[DP_EV_FAULT] = sizeof(struct dp_ev_fault),
		[DP_EV_PACKET] = sizeof(struct dp_ev_packet),
	};
	const void *r = rec;

	if (rec->type == DP_EV_PAD || rec->type == DP_EV_FILE)
		return;
	if (rec->type >= DP_EV__COUNT || rec->version != DP_EV_VERSION ||
			rec->len < least[rec->type] || rec->len > DP_EV_MAX) {
		e->bad++;
		return;
	}
	switch (rec->type) {
	case DP_EV_ALERT:
		eve_alert(e, r);
		break;
	case DP_EV_DROP:
		eve_drop(e, r);
		break;
	case DP_EV_FLOW:
		eve_flow(e, r);
		break;
	case DP_EV_ANOMALY:
		eve_anomaly(e, r);
		break;
	case DP_EV_APP:
		eve_app(e, r);
		break;
	case DP_EV_PACKET:
		eve_packet(e, r);
		break;
	case DP_EV_FAULT:
		eve_fault(e, r);
		break;
	}
}
