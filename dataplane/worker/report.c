/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine tells: records for alerts, drops, anomalies and ended flows. */
#include "inner.h"
#include <dp/frame.h>
#include <sig/event.h>
#include <sig/image.h>
#include <stdio.h>
#include <string.h>

static void app_fields(const struct dp_flow *f, struct dp_ev_common *c)
{
	const struct dp_app_flow *a = f ? f->app : NULL;

	if (!a)
		return;
	c->app_proto = a->proto;
	c->app_proto_ts = a->proto_dir[0];
	c->app_proto_tc = a->proto_dir[1];
	c->app_proto_orig = a->proto_orig;
	c->app_proto_expected = a->proto_expected;
}

/** Headers an alert of this kind was about: gid, sid, rev, by image. */
static const struct sig_img_sig *signature(const struct dp_worker *w, const struct dp_alert *a)
{
	const struct dp_ruleset *rs = w->rs[a->layer];

	return rs ? &dp_ruleset_image(rs)->sig[a->sig] : NULL;
}

static uint8_t what_was_done(const struct dp_worker *w, const struct dp_pkt *p,
	const struct dp_alert *a)
{
	const struct dp_pkt *root = p->root ? p->root : p;
	const bool blocks = a->action == SIG_ACT_DROP || (a->action >= SIG_ACT_REJECT &&
							   a->action <= SIG_ACT_REJECT_BOTH);

	if (!blocks)
		return DP_DONE_ALLOWED;
	return w->ips && (p->verdict == DP_DROP || root->verdict == DP_DROP) ? DP_DONE_BLOCKED :
									       DP_DONE_WOULD_BLOCK;
}

static uint16_t append(struct dp_worker *w, uint32_t *at, const void *p, uint32_t n)
{
	uint32_t room = DP_EV_MAX - 8192 - *at; // the tree comes after

	if (n > room)
		n = room;
	memcpy(w->ev_buf + *at, p, n);
	*at += n;
	return (uint16_t)n;
}

/** Matched in what a TCP stream carries rather than in this packet. */
static bool in_stream(const struct dp_pkt *p, const struct dp_alert *a)
{
	return p->ip_proto == 6 && p->flow && p->flow->tcp &&
		(a->flags & (DP_ALERT_STREAM | DP_ALERT_STATE | DP_ALERT_TX));
}

static uint16_t append_payload(struct dp_worker *w, const struct dp_pkt *p, const struct dp_alert *a,
	uint32_t *at)
{
	uint32_t room = DP_EV_MAX - 8192 - *at, n = 0;

	if (room > w->conf.log_payload_bytes)
		room = w->conf.log_payload_bytes;
	if (in_stream(p, a))
		n = dp_stream_copy(&w->ctx, p->flow, (enum sig_dir)p->dir, w->ev_buf + *at, room);
	if (!n)
		return append(w, at, p->payload.p, p->payload.n < room ? p->payload.n : room);
	*at += n;
	return (uint16_t)n;
}

static void rec_addr(struct dp_rec *r, const char *key, const struct dp_pkt *p, const union dp_addr *a)
{
	char text[48];
	const uint8_t *b = a->b;

	if (p->ip_ver == 4) {
		snprintf(text, sizeof(text), "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	} else {
		for (unsigned i = 0; i < 8; i++)
			snprintf(text + i * 5, sizeof(text) - i * 5, "%02x%02x%s", b[2 * i], b[2 * i + 1],
				i < 7 ? ":" : "");
	}
	dp_rec_cstr(r, key, text);
}

static const char *transport(uint8_t proto)
{
	switch (proto) {
	case 4:
		return "IP-in-IP";
	case 6:
		return "TCP";
	case 17:
		return "UDP";
	case 41:
		return "IPv6";
	case 47:
		return "GRE";
	case 132:
		return "SCTP";
	default:
		return "unknown";
	}
}

/** The packet that an inner one came in. */
static void tunnel_tree(const struct dp_pkt *p, struct dp_rec *r)
{
	const struct dp_pkt *o = p->root;

	dp_rec_obj(r, "tunnel");
	rec_addr(r, "src_ip", o, &o->src);
	dp_rec_u64(r, "src_port", o->sp);
	rec_addr(r, "dest_ip", o, &o->dst);
	dp_rec_u64(r, "dest_port", o->dp);
	dp_rec_cstr(r, "proto", transport(o->ip_proto));
	dp_rec_u64(r, "depth", p->recursion);
	if (o->num)
		dp_rec_u64(r, "pcap_cnt", o->num);
	dp_rec_cstr(r, "pkt_src", "wire/pcap");
	dp_rec_end(r);
}

/** The client that a proxy speaks for: control reads the address out of it. */
static void forwarded_for(struct dp_worker *w, const struct dp_pkt *p, const struct dp_alert *a,
	struct dp_rec *r)
{
	struct dp_span v;

	if (dp_app_forwarded(&w->ctx, w->flows, p, a->flags & DP_ALERT_TX ? a->tx_id : UINT64_MAX,
		    w->conf.xff_header[DP_XFF_ALERT], &v))
		dp_rec_str(r, "xff", v.p, v.n < 512 ? v.n : 512);
}

/** What every record of a flow says. */
static void of_flow(const struct dp_worker *w, const struct dp_flow *f, struct dp_rec *r)
{
	if (f->parent_id)
		dp_rec_u64(r, "parent_id", f->parent_id);
	dp_detect_flow_tree(w->detect, f, r);
}

static void report_packet(struct dp_worker *w, const struct dp_pkt *p)
{
	struct dp_ev_packet *ev = (struct dp_ev_packet *)(void *)w->ev_buf;
	const struct dp_pkt *root = p->root ? p->root : p;
	uint32_t at = sizeof(*ev);

	if (!root->data)
		return;
	memset(ev, 0, sizeof(*ev));
	dp_emit_common(&w->ctx, p, p->flow, &ev->c);
	ev->linktype = root->linktype;
	ev->len = append(w, &at, root->data, root->len);
	dp_emit(&w->ctx, &ev->head, DP_EV_PACKET, at);
}

static void report_alert(struct dp_worker *w, struct dp_pkt *p, const struct dp_alert *a)
{
	const struct sig_img_sig *s = signature(w, a);
	struct dp_ev_alert *ev = (struct dp_ev_alert *)(void *)w->ev_buf;
	const struct dp_pkt *root = p->root ? p->root : p;
	uint32_t at = sizeof(*ev);
	struct dp_rec tree;

	if (!s)
		return;
	memset(ev, 0, sizeof(*ev));
	dp_emit_common(&w->ctx, p, p->flow, &ev->c);
	app_fields(p->flow, &ev->c);
	if (in_stream(p, a))
		ev->c.flags |= DP_EVF_STREAM;
	if (a->flags & DP_ALERT_TX) {
		ev->c.flags |= DP_EVF_TX;
		ev->c.tx_id = a->tx_id;
		if (a->flags & DP_ALERT_GUESSED)
			ev->c.flags |= DP_EVF_TX_GUESSED;
	}
	ev->gid = s->gid;
	ev->sid = s->sid;
	ev->rev = s->rev;
	ev->sig_index = a->sig;
	ev->generation = w->generation[a->layer];
	ev->layer = a->layer;
	ev->action = a->action;
	ev->done = what_was_done(w, p, a);
	ev->verdict = w->ips ? root->verdict : DP_FORWARD;
	ev->reject = p->reject;
	ev->reason = p->reason;
	ev->linktype = root->linktype;
	if (w->conf.log_payload_bytes) {
		ev->payload_off = (uint16_t)(at - sizeof(*ev));
		ev->payload_len = append_payload(w, p, a, &at);
	}
	if (w->conf.log_packet && root->data) {
		ev->packet_off = (uint16_t)(at - sizeof(*ev));
		// A reassembled datagram is shown behind the link header that its fragments had.
		if (p->flags & DP_PF_REASSEMBLED && !p->recursion) {
			ev->packet_len = append(w, &at, root->data, root->ip_off);
			ev->packet_len = (uint16_t)(ev->packet_len + append(w, &at, p->data, p->len));
		} else {
			ev->packet_len = append(w, &at, root->data, root->len);
		}
	}
	dp_rec_init(&tree, w->ev_buf + at, DP_EV_MAX - at - DP_EV_ALIGN);
	if (p->recursion && p->root)
		tunnel_tree(p, &tree);
	if (p->flow && p->flow->parent_id)
		dp_rec_u64(&tree, "parent_id", p->flow->parent_id);
	dp_detect_alert_tree(w->detect, p, a, &tree);
	if (w->conf.xff_header[DP_XFF_ALERT][0] && p->flow)
		forwarded_for(w, p, a, &tree);
	if (p->flow && a->flags & DP_ALERT_FRAME)
		dp_frame_tree(&w->ctx, p, a->frame, &tree);
	if (p->flow && a->flags & DP_ALERT_TX)
		dp_app_alert_tree(&w->ctx, w->flows, p, a->tx_id, &tree);
	ev->tree_off = (uint16_t)(at - sizeof(*ev));
	ev->tree_len = (uint16_t)tree.len;
	if (tree.full)
		w->ctx.cnt->ev_truncated++;
	dp_emit(&w->ctx, &ev->head, DP_EV_ALERT, at + tree.len);
}

/** Each packet, or of a condemned flow only the first in each direction (an operator's choice). */
static bool worth_a_drop_record(const struct dp_conf *conf, struct dp_pkt *p)
{
	uint32_t bit = p->dir == SIG_DIR_TO_SERVER ? DP_FF_DROP_LOGGED_TS : DP_FF_DROP_LOGGED_TC;
	bool seen;

	if (!p->flow || !(p->flow->flags & DP_FF_DROP))
		return true;
	seen = p->flow->flags & bit;
	p->flow->flags |= bit;
	return conf->log_drop_all || !seen || p->reason == DP_R_RULES;
}

static void drop_headers(const struct dp_pkt *p, struct dp_ev_drop *ev)
{
	ev->ip_len = p->ip_total_len;
	ev->ip_id = p->ip_id;
	ev->tos = p->tos;
	ev->ttl = p->ttl;
	if (p->ip_ver == 6 && p->ip_off + 4u <= p->len) {
		const uint8_t *ip = p->data + p->ip_off;

		ev->flow_label = (uint32_t)(ip[1] & 15) << 16 | (uint32_t)ip[2] << 8 | ip[3];
	}
	if (p->ip_proto == 6) {
		ev->tcp_flags = p->tcp.flags;
		ev->tcp_seq = p->tcp.seq;
		ev->tcp_ack = p->tcp.ack;
		ev->tcp_win = p->tcp.win;
		ev->tcp_urp = p->tcp.urp;
		ev->tcp_res = p->tcp.x2;
		ev->tcp_urp_set = p->tcp.urp != 0;
	} else if (p->ip_proto == 17) {
		ev->udp_len = (uint16_t)(p->payload.n + 8);
	} else {
		ev->icmp_id = p->icmp_id;
		ev->icmp_seq = p->icmp_seq;
	}
}

/** The signature that dropped it: one that was reported if there is one. */
static void blame(const struct dp_worker *w, const struct dp_pkt *p, struct dp_ev_drop *ev)
{
	const struct dp_alert *a = p->has_blocker ? &p->blocker : NULL;
	const struct sig_img_sig *s;

	for (unsigned i = 0; i < p->n_alerts; i++) {
		if (p->alerts[i].action == SIG_ACT_ALERT || p->alerts[i].action == SIG_ACT_PASS)
			continue;
		a = &p->alerts[i];
		break;
	}
	s = a ? signature(w, a) : NULL;
	if (!s)
		return;
	ev->has_alert = 1;
	ev->layer = a->layer;
	ev->gid = s->gid;
	ev->sid = s->sid;
	ev->rev = s->rev;
	ev->sig_index = a->sig;
	ev->generation = w->generation[a->layer];
}

static void report_drop(struct dp_worker *w, struct dp_pkt *p)
{
	struct dp_ev_drop *ev = (struct dp_ev_drop *)(void *)w->ev_buf;
	struct dp_rec tree;

	if (!worth_a_drop_record(&w->conf, p))
		return;
	memset(ev, 0, sizeof(*ev));
	dp_emit_common(&w->ctx, p, p->flow, &ev->c);
	app_fields(p->flow, &ev->c);
	ev->reason = p->reason;
	ev->reject = p->reject;
	drop_headers(p, ev);
	blame(w, p, ev);
	dp_rec_init(&tree, w->ev_buf + sizeof(*ev), 8192);
	if (p->flow)
		of_flow(w, p->flow, &tree);
	dp_emit(&w->ctx, &ev->head, DP_EV_DROP, sizeof(*ev) + tree.len);
}

static void first_bytes(const struct dp_worker *w, const struct dp_pkt *p, struct dp_ev_anomaly *ev)
{
	if (!w->conf.log_anomaly_header || !p->data)
		return;
	ev->linktype = p->linktype;
	ev->header_bytes = (uint16_t)(p->len < sizeof(ev->header) ? p->len : sizeof(ev->header));
	memcpy(ev->header, p->data, ev->header_bytes);
}

static void report_anomalies(struct dp_worker *w, const struct dp_pkt *p)
{
	for (unsigned word = 0; word < sizeof(p->events) / sizeof(p->events[0]); word++) {
		for (uint64_t left = p->events[word]; left; left &= left - 1) {
			unsigned e = word * 64 + (unsigned)__builtin_ctzll(left);
			const struct sig_event_info *info = &sig_event_info[e];
			struct dp_ev_anomaly ev;
			struct dp_rec tree;

			if (!info->name ||
				!(info->stream ? w->conf.log_anomaly_stream : w->conf.log_anomaly_decode))
				continue;
			memset(&ev, 0, sizeof(ev));
			dp_emit_common(&w->ctx, p, p->flow, &ev.c);
			app_fields(p->flow, &ev.c);
			ev.kind = info->stream;
			ev.event = (uint16_t)e;
			snprintf(ev.name, sizeof(ev.name), "%s.%s", info->stream ? "stream" : "decoder",
				info->name);
			first_bytes(w, p, &ev);
			memcpy(w->ev_buf, &ev, sizeof(ev));
			dp_rec_init(&tree, w->ev_buf + sizeof(ev), 8192);
			if (p->flow)
				of_flow(w, p->flow, &tree);
			dp_emit(&w->ctx, (struct dp_ev_head *)(void *)w->ev_buf, DP_EV_ANOMALY,
				sizeof(ev) + tree.len);
		}
	}
}

static void rec_ip4(struct dp_rec *r, const char *key, const uint8_t *b)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	dp_rec_cstr(r, key, text);
}

static void rec_mac(struct dp_rec *r, const char *key, const uint8_t *b)
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	dp_rec_cstr(r, key, text);
}

/** RFC 826 and 2390. The decoder has seen that all of it is there. */
static void report_arp(struct dp_worker *w, const struct dp_pkt *p)
{
	static const char *const name[] = {"unknown", "request", "reply", "request_reverse",
		"reply_reverse", "unknown", "unknown", "unknown", "request_inverse", "reply_inverse"};
	struct dp_ev_app *ev = (struct dp_ev_app *)(void *)w->ev_buf;
	const uint8_t *b = p->data + p->arp_off;
	unsigned op = (unsigned)(b[6] << 8 | b[7]);
	struct dp_rec r;

	memset(ev, 0, sizeof(*ev));
	dp_emit_common(&w->ctx, p, NULL, &ev->c);
	snprintf(ev->event_type, sizeof(ev->event_type), "arp");
	ev->tree_off = sizeof(*ev);
	dp_rec_init(&r, w->ev_buf + sizeof(*ev), 1024);
	dp_rec_obj(&r, "arp");
	dp_rec_cstr(&r, "hw_type", "ethernet");
	dp_rec_cstr(&r, "proto_type", "ipv4");
	dp_rec_cstr(&r, "opcode", name[op < 10 ? op : 0]);
	rec_mac(&r, "src_mac", b + 8);
	rec_ip4(&r, "src_ip", b + 14);
	rec_mac(&r, "dest_mac", b + 18);
	rec_ip4(&r, "dest_ip", b + 24);
	dp_rec_end(&r);
	ev->tree_len = r.len;
	dp_emit(&w->ctx, &ev->head, DP_EV_APP, sizeof(*ev) + r.len);
}

void worker_report(struct dp_worker *w, struct dp_pkt *p)
{
	struct dp_flow *f = p->flow;

	for (unsigned i = 0; i < p->n_alerts; i++) {
		if (f)
			f->flags |= DP_FF_ALERTED;
		if (w->ctx.ring)
			report_alert(w, p, &p->alerts[i]);
	}
	if (p->tagged && w->conf.log_tagged && w->ctx.ring)
		report_packet(w, p);
	w->ctx.cnt->detect_overflow += p->alerts_lost;
	if (!w->ctx.ring)
		return;
	if (p->verdict == DP_DROP && w->ips && w->conf.log_drop && !(p->flags & DP_PF_PSEUDO))
		report_drop(w, p);
	if (p->arp && w->conf.log_arp)
		report_arp(w, p);
	if (w->conf.log_anomaly_decode || w->conf.log_anomaly_stream)
		report_anomalies(w, p);
}

/** What only some flows have. */
static void flow_tree(const struct dp_worker *w, const struct dp_flow *f, struct dp_rec *r)
{
	bool icmp = f->ip_proto == 1 || f->ip_proto == 58;

	if (f->ip_proto == 50)
		dp_rec_u64(r, "spi", (uint32_t)f->port[0] << 16 | f->port[1]);
	if (icmp && f->flags & DP_FF_TC_SEEN) {
		dp_rec_u64(r, "response_icmp_type", f->icmp_type[1]);
		dp_rec_u64(r, "response_icmp_code", f->icmp_code[1]);
	}
	of_flow(w, f, r);
}

void worker_report_flow(struct dp_worker *w, const struct dp_flow *f, enum dp_flow_end_reason why)
{
	struct dp_ev_flow *ev = (struct dp_ev_flow *)(void *)w->ev_buf;
	struct dp_rec tree;

	if (!w->ctx.ring || !w->conf.log_flow || (f->flags & DP_FF_NOLOG_FLOW))
		return;
	memset(ev, 0, sizeof(*ev));
	dp_emit_common(&w->ctx, NULL, f, &ev->c);
	app_fields(f, &ev->c);
	ev->start_ns = f->start_ns;
	ev->end_ns = f->last_ns;
	ev->state = f->flags & DP_FF_BYPASS ? DP_FLOW_LOCAL_BYPASSED : f->state;
	ev->end_reason = (uint8_t)why;
	ev->alerted = (f->flags & DP_FF_ALERTED) != 0;
	ev->action = f->flags & DP_FF_DROP ? 2 : f->flags & DP_FF_PASS ? 1 : 0;
	ev->min_ttl_ts = f->min_ttl[0];
	ev->max_ttl_ts = f->max_ttl[0];
	ev->min_ttl_tc = f->min_ttl[1];
	ev->max_ttl_tc = f->max_ttl[1];
	ev->tcp_gap_ts = (f->flags & DP_FF_GAP_TS) != 0;
	ev->tcp_gap_tc = (f->flags & DP_FF_GAP_TC) != 0;
	ev->midstream = (f->flags & DP_FF_MIDSTREAM) != 0;
	ev->exception = f->exceptions;
	ev->tcp_state = f->tcp_state;
	ev->tx_count = f->app ? (uint32_t)f->app->tx_next_id : 0;
	if (f->tcp)
		dp_stream_flow_log(f, ev);
	dp_rec_init(&tree, w->ev_buf + sizeof(*ev), DP_EV_MAX - (uint32_t)sizeof(*ev) - DP_EV_ALIGN);
	flow_tree(w, f, &tree);
	dp_emit(&w->ctx, &ev->head, DP_EV_FLOW, sizeof(*ev) + tree.len);
}
