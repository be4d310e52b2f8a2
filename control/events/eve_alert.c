/* SPDX-License-Identifier: Apache-2.0 */
#include "eve_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

/** Capture link types as the peer names them; its own names where it differs from libpcap's. */
static const struct {
	uint16_t type;
	const char *name;
} link_name[] = {
	{0, "NULL"}, {1, "EN10MB"}, {9, "PPP"}, {12, "RAW"}, {50, "PPP_SERIAL"}, {51, "PPP_ETHER"},
	{101, "RAW"}, {104, "C_HDLC"}, {108, "LOOP"}, {113, "LINUX_SLL"}, {228, "IPv4"},
	{229, "IPv6"}, {276, "LINUX_SLL2"}, {778, "GRE_OVER_IP"},
};

static const char *linktype_name(uint16_t type)
{
	for (size_t i = 0; i < sizeof(link_name) / sizeof(link_name[0]); i++)
		if (link_name[i].type == type)
			return link_name[i].name;
	return "n/a";
}

static bool key_before(const struct ctl_sig_text *t, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (strcmp(t->meta[k].a, t->meta[i].a) == 0)
			return true;
	return false;
}

/** {"key":["value", ...]}: a key that stands several times is one list, at its first place. */
static void metadata_object(struct ctl_json *j, const struct ctl_sig_text *t)
{
	ctl_json_obj(j, "metadata");
	for (unsigned i = 0; i < t->metas; i++) {
		if (key_before(t, i))
			continue;
		ctl_json_key_bytes(j, t->meta[i].a, strlen(t->meta[i].a));
		ctl_json_arr(j, NULL);
		for (unsigned k = i; k < t->metas; k++)
			if (strcmp(t->meta[k].a, t->meta[i].a) == 0)
				ctl_json_str(j, NULL, t->meta[k].b);
		ctl_json_end_arr(j);
	}
	ctl_json_end_obj(j);
}

static void endpoint(struct ctl_json *j, const char *name, const struct dp_ev_common *c, bool src)
{
	char text[40];
	size_t n = ctl_eve_addr(text, src ? c->src : c->dst, c->flags & DP_EVF_IPV6);

	ctl_json_obj(j, name);
	ctl_json_bytes(j, "ip", text, n);
	if (c->flags & DP_EVF_HAS_PORTS)
		ctl_json_u64(j, "port", src ? c->sport : c->dport);
	ctl_json_end_obj(j);
}

/** Members of the record's tree that belong into the alert object. */
static bool inside_alert(const struct ctl_eve *e, const char *key, size_t n)
{
	(void)e;
	return n == 7 && memcmp(key, "context", 7) == 0;
}

void eve_alert_object(struct ctl_eve *e, const struct dp_ev_common *c,
		const struct ctl_sig_text *text, const uint32_t id[3], const char *action,
		bool would_block, struct eve_tree extra, const char *xff)
{
	struct ctl_json *j = &e->out;

	ctl_json_obj(j, "alert");
	ctl_json_str(j, "action", action);
	ctl_json_u64(j, "gid", id[0]);
	ctl_json_u64(j, "signature_id", id[1]);
	ctl_json_u64(j, "rev", id[2]);
	ctl_json_str(j, "signature", text->msg ? text->msg : "");
	ctl_json_str(j, "category", text->category ? text->category : "");
	ctl_json_u64(j, "severity", text->severity);
	if (would_block)
		ctl_json_bool(j, "would_block", true);
	if (text->target) {
		endpoint(j, "source", c, text->target == 2);
		endpoint(j, "target", c, text->target == 1);
	}
	if (e->opt.alert_references && text->refs) {
		char ref[1024];

		ctl_json_arr(j, "references");
		for (unsigned i = 0; i < text->refs; i++) {
			snprintf(ref, sizeof(ref), "%s%s", text->ref[i].a, text->ref[i].b);
			ctl_json_str(j, NULL, ref);
		}
		ctl_json_end_arr(j);
	}
	if (e->opt.alert_metadata && text->metas)
		metadata_object(j, text);
	if (e->opt.alert_raw && text->raw != NULL)
		ctl_json_str(j, "rule", text->raw);
	if (xff[0])
		ctl_json_str(j, "xff", xff);
	if (extra.n && !eve_tree_members(j, extra, inside_alert, e))
		e->bad++;
	ctl_json_end_obj(j);
}

/** The peer names the target by the signature's action, whichever side sent the packet. */
void eve_verdict(struct ctl_json *j, unsigned verdict, unsigned reason, unsigned reject,
		unsigned ip_proto)
{
	static const char *const target[4] = {"", "to_client", "to_server", "both"};
	const char *action = "alert";

	if (verdict == DP_DROP)
		action = "drop";
	else if (reason == DP_R_PASS_RULE || reason == DP_R_FLOW_PASSED)
		action = "pass";
	ctl_json_obj(j, "verdict");
	ctl_json_str(j, "action", action);
	if (reject & 3) {
		ctl_json_str(j, "reject-target", target[reject & 3]);
		ctl_json_arr(j, "reject");
		ctl_json_str(j, NULL, ip_proto == IPPROTO_TCP ? "tcp-reset" : "icmp-prohib");
		ctl_json_end_arr(j);
	}
	ctl_json_end_obj(j);
}

/** Borrowed bytes of an alert's tail; empty when they do not lie in it. */
static struct eve_tree tail(const struct dp_ev_alert *a, uint32_t off, uint32_t len)
{
	uint32_t n = a->head.len - (uint32_t)sizeof(*a);

	if (len == 0 || off > n || len > n - off)
		return (struct eve_tree){NULL, 0};
	return (struct eve_tree){(const uint8_t *)(a + 1) + off, len};
}

static bool keep_in_alert(const struct ctl_eve *e, const char *key, size_t n)
{
	static const char *const always[] = {"tunnel", "metadata", "traffic", "tx_guessed", "frame",
		"parent_id"};

	if (!eve_keep_member(e, key, n) || inside_alert(e, key, n))
		return false;
	if (e->opt.alert_app)
		return true;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strlen(always[i]) == n && memcmp(always[i], key, n) == 0)
			return true;
	return false;
}

void eve_packet_members(struct ctl_json *j, const uint8_t *p, size_t n, uint16_t linktype)
{
	ctl_json_b64(j, "packet", p, n);
	ctl_json_obj(j, "packet_info");
	ctl_json_u64(j, "linktype", linktype);
	ctl_json_str(j, "linktype_name", linktype_name(linktype));
	ctl_json_end_obj(j);
}

static void payload_members(struct ctl_eve *e, const struct dp_ev_alert *a)
{
	struct eve_tree t = tail(a, a->payload_off, a->payload_len);
	struct ctl_json *j = &e->out;

	if (e->opt.payload_max && t.n > e->opt.payload_max)
		t.n = e->opt.payload_max;
	if ((e->opt.payload || e->opt.payload_printable)) {
		if (t.n && e->opt.payload)
			ctl_json_b64(j, "payload", t.p, t.n);
		if (t.n && e->opt.payload_printable)
			ctl_json_printable(j, "payload_printable", t.p, t.n);
		if (t.n && e->opt.payload_length)
			ctl_json_u64(j, "payload_length", t.n);
		ctl_json_u64(j, "stream", a->c.flags & DP_EVF_STREAM ? 1 : 0);
	}
	t = tail(a, a->packet_off, a->packet_len);
	if (e->opt.packet && t.n)
		eve_packet_members(j, t.p, t.n, a->linktype);
}

static void lookup(struct ctl_eve *e, unsigned layer, uint32_t generation, uint32_t index,
		struct ctl_sig_text *text)
{
	text->msg = text->category = text->raw = NULL;
	text->severity = 3;
	text->metas = text->refs = 0;
	text->target = 0;
	if (e->lookup != NULL)
		e->lookup(e->lookup_arg, layer, generation, index, text);
}

void eve_packet(struct ctl_eve *e, const struct dp_ev_packet *p)
{
	struct ctl_json *j = &e->out;
	size_t start = j->len;

	if (!e->opt.tagged || !(e->opt.types & CTL_EVE_BIT(CTL_EVE_ALERT)) ||
			p->len > p->head.len - sizeof(*p))
		return;
	eve_begin(e, &p->c, "packet");
	eve_pkt_src(j, &p->c);
	eve_packet_members(j, (const uint8_t *)(p + 1), p->len, p->linktype);
	eve_finish(e, start, CTL_EVE_ALERT);
}

void eve_alert(struct ctl_eve *e, const struct dp_ev_alert *a)
{
	const uint32_t id[3] = {a->gid, a->sid, a->rev};
	struct ctl_json *j = &e->out;
	struct ctl_sig_text text;
	struct eve_tree tree = tail(a, a->tree_off, a->tree_len);
	char xff[INET6_ADDRSTRLEN];
	size_t start = j->len;

	if (!(e->opt.types & CTL_EVE_BIT(CTL_EVE_ALERT)))
		return;
	lookup(e, a->layer, a->generation, a->sig_index, &text);
	eve_xff(e, CTL_XFF_ALERT, tree, xff);
	eve_begin(e, &a->c, "alert");
	eve_pkt_src(j, &a->c);
	if (a->c.flags & DP_EVF_TX)
		ctl_json_u64(j, "tx_id", a->c.tx_id);
	if (a->c.flags & DP_EVF_TX_GUESSED)
		ctl_json_bool(j, "tx_guessed", true);
	eve_alert_object(e, &a->c, &text, id, a->done == DP_DONE_BLOCKED ? "blocked" : "allowed",
		a->done == DP_DONE_WOULD_BLOCK, tree, xff);
	if (tree.n && !eve_tree_members(j, tree, keep_in_alert, e))
		e->bad++;
	if (a->c.flags & DP_EVF_HAS_FLOW) {
		eve_app_proto(j, &a->c);
		ctl_json_str(j, "direction",
			a->c.flags & DP_EVF_TO_CLIENT ? "to_client" : "to_server");
		if (e->opt.alert_flow)
			eve_flow_brief(e, &a->c);
	}
	payload_members(e, a);
	if (e->opt.verdict)
		eve_verdict(j, a->verdict, a->reason, a->reject, a->c.ip_proto);
	eve_finish(e, start, CTL_EVE_ALERT);
}

/** Flows whose first drop in each direction was printed: open addressing, never shrinks. */
struct ctl_dropped {
	size_t n, cap;
	uint64_t key[];
};

static bool first_drop(struct ctl_eve *e, uint64_t key)
{
	struct ctl_dropped *d = e->dropped;
	size_t i;

	if (d == NULL || d->n * 2 >= d->cap) {
		size_t cap = d ? d->cap * 2 : 1024;
		struct ctl_dropped *bigger = calloc(1, sizeof(*bigger) + cap * sizeof(uint64_t));

		if (bigger == NULL)
			return true;
		bigger->cap = cap;
		e->dropped = bigger;
		for (i = 0; d != NULL && i < d->cap; i++)
			if (d->key[i])
				first_drop(e, d->key[i]);
		free(d);
		d = bigger;
	}
	for (i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) % d->cap; d->key[i];
			i = (i + 1) % d->cap)
		if (d->key[i] == key)
			return false;
	d->key[i] = key;
	d->n++;
	return true;
}

void eve_drop(struct ctl_eve *e, const struct dp_ev_drop *d)
{
	struct ctl_json *j = &e->out;
	struct ctl_sig_text text;
	size_t start = j->len;

	if (!(e->opt.types & CTL_EVE_BIT(CTL_EVE_DROP)))
		return;
	if (e->opt.drop_flow_start && d->c.flow_id &&
			!first_drop(e, d->c.flow_id << 1 | (d->c.flags & DP_EVF_TO_CLIENT ? 1 : 0)))
		return;
	eve_begin(e, &d->c, "drop");
	eve_pkt_src(j, &d->c);
	eve_drop_object(j, d);
	if (e->opt.drop_alerts && d->has_alert) {
		const uint32_t id[3] = {d->gid, d->sid, d->rev};

		lookup(e, d->layer, d->generation, d->sig_index, &text);
		eve_alert_object(e, &d->c, &text, id, "blocked", false,
			(struct eve_tree){NULL, 0}, "");
	}
	if (d->c.flags & DP_EVF_HAS_FLOW) {
		eve_app_proto(j, &d->c);
		ctl_json_str(j, "direction",
			d->c.flags & DP_EVF_TO_CLIENT ? "to_client" : "to_server");
		eve_flow_brief(e, &d->c);
	}
	if (e->opt.drop_verdict)
		eve_verdict(j, DP_DROP, d->reason, d->reject, d->c.ip_proto);
	if (d->head.len > sizeof(*d)) {
		struct eve_tree t = {(const uint8_t *)(d + 1), d->head.len - (uint32_t)sizeof(*d)};

		eve_tree_members(j, t, eve_keep_member, e);
	}
	eve_finish(e, start, CTL_EVE_DROP);
}
