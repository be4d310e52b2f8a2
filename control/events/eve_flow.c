/* SPDX-License-Identifier: Apache-2.0 */
#include "eve_internal.h"

#include <string.h>

#include <dp/verdict.h>
#include <netinet/in.h>
#include <sig/proto.h>

/** By enum dp_tcp_state (dp/flow.h); NONE prints nothing. */
static const char *const tcp_state_name[] = {NULL, "syn_sent", "syn_recv", "established",
	"fin_wait1", "fin_wait2", "time_wait", "last_ack", "close_wait", "closing", "closed"};
static const char *const flow_state_name[] = {"new", "established", "closed", "bypassed"};
static const char *const end_name[] = {"timeout", "forced", "shutdown", "tcp_reuse"};
/** By bit of enum dp_ev_exception, and by enum dp_policy. */
static const char *const exception_name[] = {"app_layer_error", "stream_midstream",
	"stream_memcap", "stream_reassembly_memcap", "defrag_memcap", "flow_memcap"};
static const char *const policy_name[] = {"ignore", "drop_flow", "drop_packet", "reject",
	"reject_both", "bypass", "pass_flow", "pass_packet"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NAME(a, i) ((size_t)(i) < COUNT(a) ? (a)[i] : (a)[0])

void eve_drop_object(struct ctl_json *j, const struct dp_ev_drop *d)
{
	ctl_json_obj(j, "drop");
	ctl_json_u64(j, "len", d->ip_len);
	if (d->c.flags & DP_EVF_IPV6) {
		ctl_json_u64(j, "tc", d->tos);
		ctl_json_u64(j, "hoplimit", d->ttl);
		ctl_json_u64(j, "flowlbl", d->flow_label);
	} else {
		ctl_json_u64(j, "tos", d->tos);
		ctl_json_u64(j, "ttl", d->ttl);
		ctl_json_u64(j, "ipid", d->ip_id);
	}
	if (d->c.ip_proto == IPPROTO_TCP) {
		ctl_json_u64(j, "tcpseq", d->tcp_seq);
		ctl_json_u64(j, "tcpack", d->tcp_ack);
		ctl_json_u64(j, "tcpwin", d->tcp_win);
		ctl_json_bool(j, "syn", d->tcp_flags & 0x02);
		ctl_json_bool(j, "ack", d->tcp_flags & 0x10);
		ctl_json_bool(j, "psh", d->tcp_flags & 0x08);
		ctl_json_bool(j, "rst", d->tcp_flags & 0x04);
		ctl_json_bool(j, "urg", d->tcp_flags & 0x20);
		ctl_json_bool(j, "fin", d->tcp_flags & 0x01);
		ctl_json_u64(j, "tcpres", d->tcp_res);
		ctl_json_u64(j, "tcpurgp", d->tcp_urp);
	} else if (d->c.ip_proto == IPPROTO_UDP) {
		ctl_json_u64(j, "udplen", d->udp_len);
	} else if (d->c.ip_proto == IPPROTO_ICMP) {
		ctl_json_u64(j, "icmp_id", d->icmp_id);
		ctl_json_u64(j, "icmp_seq", d->icmp_seq);
	}
	if (d->reason < DP_R__COUNT)
		ctl_json_str(j, "reason", dp_reason_info[d->reason].name);
	ctl_json_end_obj(j);
}

static void hex_flags(struct ctl_json *j, const char *key, uint8_t flags)
{
	ctl_json_hex(j, key, &flags, 1);
}

/** Which bits of the header show, in the order of the peer. */
static void tcp_object(struct ctl_json *j, const struct dp_ev_flow *f, uint8_t flags, int dir)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} bits[] = {{0x02, "syn"}, {0x01, "fin"}, {0x04, "rst"}, {0x08, "psh"}, {0x10, "ack"},
		{0x20, "urg"}, {0x40, "ecn"}, {0x80, "cwr"}};
	const char *state = NAME(tcp_state_name, f->tcp_state);

	ctl_json_obj(j, "tcp");
	hex_flags(j, "tcp_flags", flags);
	if (dir < 0) {
		hex_flags(j, "tcp_flags_ts", f->tcp_flags_ts);
		hex_flags(j, "tcp_flags_tc", f->tcp_flags_tc);
	}
	for (size_t i = 0; i < COUNT(bits); i++)
		if (flags & bits[i].bit)
			ctl_json_bool(j, bits[i].name, true);
	if (dir < 0 && f->tcp_gap_ts)
		ctl_json_bool(j, "ts_gap", true);
	if (dir < 0 && f->tcp_gap_tc)
		ctl_json_bool(j, "tc_gap", true);
	if (dir < 0 && state != NULL) {
		ctl_json_str(j, "state", state);
		ctl_json_u64(j, "ts_max_regions", f->tcp_regions & UINT32_MAX);
		ctl_json_u64(j, "tc_max_regions", f->tcp_regions >> 32);
	}
	if (dir < 0 && f->tcp_urgent[0])
		ctl_json_u64(j, "ts_urgent_oob_data", f->tcp_urgent[0]);
	if (dir < 0 && f->tcp_urgent[1])
		ctl_json_u64(j, "tc_urgent_oob_data", f->tcp_urgent[1]);
	ctl_json_end_obj(j);
}

static void exceptions(struct ctl_eve *e, const struct dp_ev_flow *f)
{
	struct ctl_json *j = &e->out;

	if (f->exception == 0 || !e->opt.flow_exception)
		return;
	ctl_json_arr(j, "exception_policy");
	for (unsigned i = 0; i < COUNT(exception_name); i++) {
		if (!(f->exception & (1u << i)))
			continue;
		ctl_json_obj(j, NULL);
		ctl_json_str(j, "target", exception_name[i]);
		ctl_json_str(j, "policy", NAME(policy_name, e->opt.policy[i]));
		ctl_json_end_obj(j);
	}
	ctl_json_end_arr(j);
}

/** Whole seconds between the seconds of both, as the peer counts age. */
static uint64_t age_s(const struct dp_ev_flow *f)
{
	uint64_t a = f->start_ns / 1000000000u, b = f->end_ns / 1000000000u;

	return b > a ? b - a : 0;
}

static void flow_object(struct ctl_eve *e, const struct dp_ev_flow *f)
{
	struct ctl_json *j = &e->out;

	ctl_json_obj(j, "flow");
	eve_flow_counters(j, &f->c);
	eve_time_member(e, "start", f->start_ns);
	eve_time_member(e, "end", f->end_ns);
	ctl_json_u64(j, "age", age_s(f));
	if (f->state == 3) { // bypassed in this program, not by the capture
		ctl_json_str(j, "bypass", "local");
	}
	ctl_json_str(j, "state", NAME(flow_state_name, f->state));
	ctl_json_str(j, "reason", NAME(end_name, f->end_reason));
	ctl_json_bool(j, "alerted", f->alerted);
	if (f->action)
		ctl_json_str(j, "action", f->action == 2 ? "drop" : "pass");
	exceptions(e, f);
	if (f->tx_count)
		ctl_json_u64(j, "tx_cnt", f->tx_count);
	ctl_json_end_obj(j);
}

static void tree_behind(struct ctl_eve *e, const struct dp_ev_head *h, size_t fixed)
{
	struct eve_tree t = {(const uint8_t *)h + fixed, h->len - (uint32_t)fixed};

	if (t.n >= 2 && t.p[0] && !eve_tree_members(&e->out, t, eve_keep_member, e))
		e->bad++;
}

static void netflow(struct ctl_eve *e, const struct dp_ev_flow *f, bool to_client)
{
	struct ctl_json *j = &e->out;
	struct dp_ev_common c = f->c;
	size_t start = j->len;

	if (to_client) {
		memcpy(c.src, f->c.dst, 16);
		memcpy(c.dst, f->c.src, 16);
		memcpy(c.src_mac, f->c.dst_mac, 6);
		memcpy(c.dst_mac, f->c.src_mac, 6);
		c.sport = f->c.dport;
		c.dport = f->c.sport;
	}
	eve_begin(e, &c, "netflow");
	eve_app_proto(j, &c);
	ctl_json_obj(j, "netflow");
	ctl_json_u64(j, "pkts", to_client ? c.pkts_tc : c.pkts_ts);
	ctl_json_u64(j, "bytes", to_client ? c.bytes_tc : c.bytes_ts);
	eve_time_member(e, "start", f->start_ns);
	eve_time_member(e, "end", f->end_ns);
	ctl_json_u64(j, "age", age_s(f));
	ctl_json_u64(j, "min_ttl", to_client ? f->min_ttl_tc : f->min_ttl_ts);
	ctl_json_u64(j, "max_ttl", to_client ? f->max_ttl_tc : f->max_ttl_ts);
	if (f->tx_count)
		ctl_json_u64(j, "tx_cnt", f->tx_count);
	ctl_json_end_obj(j);
	tree_behind(e, &f->head, sizeof(*f));
	if (c.ip_proto == IPPROTO_TCP)
		tcp_object(j, f, to_client ? f->tcp_flags_tc : f->tcp_flags_ts, to_client);
	eve_finish(e, start, CTL_EVE_NETFLOW);
}

void eve_flow(struct ctl_eve *e, const struct dp_ev_flow *f)
{
	struct ctl_json *j = &e->out;
	size_t start = j->len;

	if (e->opt.types & CTL_EVE_BIT(CTL_EVE_FLOW)) {
		eve_begin(e, &f->c, "flow");
		eve_app_proto(j, &f->c);
		flow_object(e, f);
		tree_behind(e, &f->head, sizeof(*f));
		if (f->c.ip_proto == IPPROTO_TCP)
			tcp_object(j, f, f->tcp_flags_ts | f->tcp_flags_tc, -1);
		eve_finish(e, start, CTL_EVE_FLOW);
	}
	if (e->opt.types & CTL_EVE_BIT(CTL_EVE_NETFLOW)) {
		netflow(e, f, false);
		if (f->c.pkts_tc)
			netflow(e, f, true);
	}
}

void eve_anomaly(struct ctl_eve *e, const struct dp_ev_anomaly *a)
{
	static const char *const kind[] = {"decode", "stream", "applayer"};
	static const char *const layer[] = {"proto_parser", "proto_detect"};
	const bool on[] = {e->opt.anomaly_decode, e->opt.anomaly_stream, e->opt.anomaly_app};
	struct ctl_json *j = &e->out;
	size_t start = j->len;

	if (!(e->opt.types & CTL_EVE_BIT(CTL_EVE_ANOMALY)) || a->kind > 2 || !on[a->kind])
		return;
	eve_begin(e, &a->c, "anomaly");
	eve_pkt_src(j, &a->c);
	tree_behind(e, &a->head, sizeof(*a));
	if (a->c.flags & DP_EVF_TX)
		ctl_json_u64(j, "tx_id", a->c.tx_id);
	ctl_json_obj(j, "anomaly");
	if (a->kind == 2 && a->c.app_proto != SIG_PROTO_FAILED)
		eve_app_proto_one(j, &a->c);
	ctl_json_str(j, "type", kind[a->kind]);
	ctl_json_bytes(j, "event", a->name, strnlen(a->name, sizeof(a->name)));
	if (a->kind == 2)
		ctl_json_str(j, "layer", NAME(layer, a->layer));
	ctl_json_end_obj(j);
	if (e->opt.anomaly_header && a->header_bytes && a->header_bytes <= sizeof(a->header))
		eve_packet_members(j, a->header, a->header_bytes, a->linktype);
	eve_finish(e, start, CTL_EVE_ANOMALY);
}

static bool app_wanted(const struct ctl_eve *e, const char *type)
{
	if (!(e->opt.types & CTL_EVE_BIT(CTL_EVE_APP)))
		return false;
	if (!e->opt.app_listed)
		return strcmp(type, "ntp") != 0; // there is much of it, and the peer wants it named, too
	for (unsigned i = 0; i < e->opt.app_n; i++)
		if (strcmp(e->opt.app_on[i], type) == 0)
			return true;
	return false;
}

/** HTTP/2 writes "http" too, DNS over it "dns": each is switched by a name of its own, as with the
 *  peer. */
static const char *switch_of(const struct dp_ev_app *a, const char *type)
{
	bool doh = a->c.app_proto == SIG_PROTO_DOH2;

	if (strcmp(type, "http") == 0 && (doh || a->c.app_proto == SIG_PROTO_HTTP2))
		return "http2";
	return doh && strcmp(type, "dns") == 0 ? "doh2" : type;
}

struct eve_tree eve_app_tree(const struct dp_ev_app *a)
{
	if (a->tree_off < sizeof(*a) || a->tree_off > a->head.len ||
			a->tree_len > a->head.len - a->tree_off)
		return (struct eve_tree){NULL, 0};
	return (struct eve_tree){(const uint8_t *)a + a->tree_off, a->tree_len};
}

void eve_app(struct ctl_eve *e, const struct dp_ev_app *a)
{
	struct ctl_json *j = &e->out;
	char type[sizeof(a->event_type) + 1], xff[INET6_ADDRSTRLEN] = "";
	size_t start = j->len;
	struct eve_tree t = eve_app_tree(a);
	bool good;

	memcpy(type, a->event_type, sizeof(a->event_type));
	type[sizeof(a->event_type)] = 0;
	if (!app_wanted(e, switch_of(a, type)))
		return;
	if (strcmp(type, "dns") == 0) {
		if (!eve_dns_wanted(e, t))
			return;
		if (e->opt.dns_v2 && a->c.app_proto != SIG_PROTO_DOH2) {
			eve_dns_v2(e, a, t);
			return;
		}
	}
	if (strcmp(type, "tls") == 0 && !eve_tls_wanted(e, t))
		return;
	if (strcmp(type, "smb") == 0 && !eve_smb_wanted(e, t))
		return;
	if (strcmp(type, "http") == 0 || strcmp(type, "fileinfo") == 0)
		eve_xff(e, type[0] == 'h' ? CTL_XFF_HTTP : CTL_XFF_FILE, t, xff);
	eve_begin(e, &a->c, type);
	eve_pkt_src(j, &a->c);
	if (a->c.flags & DP_EVF_TX)
		ctl_json_u64(j, "tx_id", a->c.tx_id);
	if (strcmp(type, "fileinfo") == 0 || strcmp(type, "frame") == 0)
		eve_app_proto(j, &a->c);
	if (strcmp(type, "dns") == 0 && (e->opt.dns_no_detailed || e->opt.dns_no_grouped))
		good = eve_dns_members(e, t);
	else if (strcmp(type, "tls") == 0)
		good = eve_tls_members(e, t);
	else if (strcmp(type, "fileinfo") == 0)
		good = eve_file_members(e, a, t);
	else
		good = eve_tree_members(j, t, eve_keep_member, e);
	if (xff[0])
		ctl_json_str(j, "xff", xff);
	e->bad += !good;
	eve_finish(e, start, CTL_EVE_APP);
}

void eve_fault(struct ctl_eve *e, const struct dp_ev_fault *f)
{
	struct ctl_json *j = &e->out;
	size_t start = j->len;

	if (!(e->opt.types & CTL_EVE_BIT(CTL_EVE_FAULT)))
		return;
	eve_begin(e, &f->c, "fault");
	ctl_json_obj(j, "fault");
	ctl_json_bytes(j, "what", f->what, strnlen(f->what, sizeof(f->what)));
	ctl_json_bytes(j, "detail", f->detail, strnlen(f->detail, sizeof(f->detail)));
	ctl_json_u64(j, "worker", f->c.worker);
	ctl_json_end_obj(j);
	eve_finish(e, start, CTL_EVE_FAULT);
}
