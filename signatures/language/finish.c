/* SPDX-License-Identifier: Apache-2.0 */
/* The rule as a whole: what only shows when all options have been read. */
#include "check.h"

#include <string.h>

static int check_open_buffer(struct sig_parser *p)
{
	if (p->sticky && !p->list[p->cur].opts_n && !p->snort)
		return SIG_FAIL_AT(p, p->list_at[p->cur],
			"write a content, pcre, bsize, dataset, ... after the buffer, "
			"or remove it",
			"nothing is looked for in %s",
			sig_buffer_info[p->list[p->cur].buffer].name);
	return 0;
}

static bool same_transforms(const struct sig_list *a, const struct sig_list *b)
{
	if (a->transforms_n != b->transforms_n)
		return false;
	for (uint8_t i = 0; i < a->transforms_n; i++) {
		const struct sig_transform *x = &a->transform[i], *y = &b->transform[i];

		if (x->kind != y->kind || x->mode != y->mode || x->offset != y->offset ||
			x->bytes != y->bytes || x->arg.len != y->arg.len ||
			(x->arg.len && memcmp(x->arg.data, y->arg.data, x->arg.len) != 0))
			return false;
	}
	return true;
}

static bool same_buffer(const struct sig_list *a, const struct sig_list *b)
{
	bool names = a->name && b->name ? strcmp(a->name, b->name) == 0 : a->name == b->name;

	return a->buffer == b->buffer && names && a->dirs == b->dirs && same_transforms(a, b);
}

/*
 * Lists become final: one that lost its options is dropped, one that names a buffer again is
 * joined with the first unless the buffer has several instances, then it counts them.
 */
static void settle_lists(struct sig_parser *p)
{
	uint16_t map[SIG_MAX_LISTS];
	size_t n = 0;

	for (size_t i = 0; i < p->lists_n; i++) {
		struct sig_list l = p->list[i];
		bool multi = sig_buffer_info[l.buffer].flags & SIG_BUF_MULTI;
		size_t k;

		map[i] = SIG_LIST_NONE;
		if (!l.opts_n)
			continue;
		l.instance = 0;
		for (k = 0; k < n; k++) {
			if (!same_buffer(&p->list[k], &l))
				continue;
			if (!multi)
				break;
			l.instance++;
		}
		if (k < n) {
			p->list[k].opts_n += l.opts_n;
		} else {
			k = n++;
			p->list[k] = l;
			p->list_at[k] = p->list_at[i];
		}
		map[i] = (uint16_t)k;
	}
	p->lists_n = n;
	for (size_t i = 0; i < p->opts_n; i++) {
		if (p->opt[i].list != SIG_LIST_NONE)
			p->opt[i].list = map[p->opt[i].list];
	}
}

/* Directions the rule can match in: flow, buffers and the arrow must agree. */
static int settle_dirs(struct sig_parser *p)
{
	struct sig_rule *r = p->rule;
	uint8_t flow = SIG_BUF_BOTH, dirs;

	for (size_t i = 0; i < p->opts_n; i++) {
		if (p->opt[i].kind != SIG_OPT_FLOW)
			continue;
		if (p->opt[i].u.flow.mask & SIG_FLOW_TO_SERVER)
			flow = SIG_BUF_TS;
		else if (p->opt[i].u.flow.mask & SIG_FLOW_TO_CLIENT)
			flow = SIG_BUF_TC;
	}
	if (p->hook_dirs && !(flow & p->hook_dirs))
		return sig_fail(p, p->in->text, 0, "write the flow direction of the hook, or none",
			"the hook %s and flow name different directions", r->hook);
	flow = p->hook_dirs ? p->hook_dirs : flow;
	dirs = flow;
	for (size_t i = 0; i < p->lists_n; i++) {
		struct sig_list *l = &p->list[i];

		if (r->arrow == SIG_ARROW_TX)
			continue;
		if (!(l->dirs & flow))
			return SIG_FAIL_AT(p, p->list_at[i],
				flow == SIG_BUF_TS ? "write flow:to_client"
						   : "write flow:to_server",
				"%s does not exist in the direction that flow asks for",
				sig_buffer_info[l->buffer].name);
		if (!(l->dirs & dirs))
			return SIG_FAIL_AT(p, p->list_at[i],
				"split the rule in two, or use => to look at a whole transaction",
				"%s and an earlier buffer belong to different directions",
				sig_buffer_info[l->buffer].name);
		dirs &= l->dirs;
	}
	r->dirs = r->arrow == SIG_ARROW_TX ? SIG_BUF_BOTH : dirs;
	for (size_t i = 0; i < p->lists_n; i++)
		p->list[i].dirs &= r->dirs;
	return 0;
}

/* Protocols whose parsers name their steps; every one knows where a transaction begins and ends. */
static bool knows_steps(enum sig_proto proto, const char *hook)
{
	const size_t n = strlen(hook);

	if (proto == SIG_PROTO_UNKNOWN)
		return false;
	return proto == SIG_PROTO_TLS || proto == SIG_PROTO_HTTP1 ||
		(n > 8 && strcmp(hook + n - 8, "_started") == 0) ||
		(n > 9 && strcmp(hook + n - 9, "_complete") == 0);
}

/* Without a buffer a hooked rule is about a moment: when the transaction has come that far. */
static int check_hook(struct sig_parser *p)
{
	struct sig_opt *o;

	if (!p->rule->hook)
		return 0;
	if (strcmp(p->rule->hook, "all") == 0) {
		if (p->rule->hdr != SIG_HDR_APP)
			return 0;
		return sig_skip(p, p->in->text, 0, "write tcp:all, udp:all or ip:all",
			"the hook all is about packets");
	}
	for (size_t i = 0; i < p->lists_n; i++) {
		if (!(sig_buffer_info[p->list[i].buffer].flags & SIG_BUF_PKT))
			return 0;
	}
	if (!knows_steps(p->rule->app, p->rule->hook))
		return sig_skip(p, p->in->text, 0,
			"look into a buffer of that side, or remove the hook",
			"this hook without a buffer of its protocol is not supported");
	o = sig_opt_add(p, SIG_OPT_APP_STATE);
	if (!o)
		return -1;
	o->u.app_state = (struct sig_app_state){.op = SIG_OP_GE, .state = p->rule->hook};
	return 0;
}

static int settle_proto(struct sig_parser *p)
{
	struct sig_rule *r = p->rule;

	if (r->app == SIG_PROTO_UNKNOWN || r->hdr == SIG_HDR_APP)
		return 0;
	if (r->hdr == SIG_HDR_TCP_PKT || r->hdr == SIG_HDR_PKTHDR)
		return sig_fail(p, NULL, 0, "write tcp or the protocol itself in the header",
			"the header asks for packets, the options for %s",
			sig_proto_rule_name[r->app]);
	r->transports &= sig_app_transports(r->app);
	if (!r->transports)
		return sig_fail(p, NULL, 0, "correct the header's protocol",
			"%s does not run over the header's protocol", sig_proto_rule_name[r->app]);
	return 0;
}

/* A packet's own fields and a transaction's buffers are never looked at together. */
static int check_packet(struct sig_parser *p)
{
	if (!p->packet_at)
		return 0;
	p->rule->flags |= SIG_R_PACKET_ONLY;
	if (p->tx_at)
		return sig_fail(p, p->packet_at, strlen(p->packet_kw->name),
			"use bsize, stream_size or a buffer in its place, or remove one of the two",
			"%s looks at one packet, other options of the rule at the application "
			"layer",
			p->packet_kw->name);
	if (p->rule->hdr == SIG_HDR_APP)
		return 0;
	for (size_t i = 0; i < p->opts_n; i++) {
		if (p->opt[i].kind == SIG_OPT_FLOW &&
			(p->opt[i].u.flow.mask & SIG_FLOW_ONLY_STREAM))
			return sig_fail(p, p->packet_at, strlen(p->packet_kw->name),
				"remove only_stream",
				"%s looks at packets, flow:only_stream at the stream",
				p->packet_kw->name);
	}
	return 0;
}

static void set_flags(struct sig_parser *p)
{
	struct sig_rule *r = p->rule;
	bool plain = p->lists_n == 0 && !r->app;

	for (size_t i = 0; i < p->opts_n; i++) {
		const struct sig_opt *o = &p->opt[i];

		if (o->kind == SIG_OPT_FLOW && (o->u.flow.mask & SIG_FLOW_ONLY_STREAM))
			r->flags |= SIG_R_STREAM_ONLY;
		plain &= o->kind == SIG_OPT_THRESHOLD || o->kind == SIG_OPT_TAG ||
			 o->kind == SIG_OPT_BYPASS;
	}
	for (size_t i = 0; i < p->lists_n; i++) {
		enum sig_buffer b = p->list[i].buffer;

		if (b == SIG_BUF_PAYLOAD || b == SIG_BUF_STREAM)
			r->flags |= SIG_R_PAYLOAD;
		else if (!(sig_buffer_info[b].flags & SIG_BUF_PKT))
			r->flags |= SIG_R_TX;
		if (b == SIG_BUF_FILE_DATA || b == SIG_BUF_FILE_NAME || b == SIG_BUF_FILE_MAGIC)
			r->flags |= SIG_R_FILE;
	}
	if (r->hdr == SIG_HDR_TCP_STREAM)
		r->flags |= SIG_R_STREAM_ONLY;
	if (r->app != SIG_PROTO_UNKNOWN || (r->flags & SIG_R_TX))
		r->flags |= SIG_R_APP;
	if (plain && r->hdr != SIG_HDR_PKTHDR)
		r->flags |= SIG_R_IP_ONLY;
}

/* Contents of the stream where there are only datagrams. */
static void check_stream(struct sig_parser *p)
{
	const struct sig_rule *r = p->rule;

	if (!(r->flags & SIG_R_STREAM_ONLY) || !(r->flags & SIG_R_PAYLOAD) || (r->transports & SIG_T_TCP))
		return;
	sig_warn(p, p->only_stream_at, strlen("only_stream"), "remove only_stream, or write tcp in the header",
		"only_stream is about TCP and the rule is not: it can never match");
}

static void publish(struct sig_parser *p)
{
	struct sig_rule *r = p->rule;

	r->lists_n = (uint16_t)p->lists_n;
	r->opts_n = (uint16_t)p->opts_n;
	r->vars_n = (uint8_t)p->vars_n;
	r->references_n = (uint32_t)p->refs_n;
	r->metadata_n = (uint32_t)p->meta_n;
	r->list = sig_arena_dup(p->arena, p->list, p->lists_n * sizeof(*p->list));
	r->opt = sig_arena_dup(p->arena, p->opt, p->opts_n * sizeof(*p->opt));
	r->var_name = sig_arena_dup(p->arena, p->var, p->vars_n * sizeof(p->var[0]));
	r->reference = sig_arena_dup(p->arena, p->ref, p->refs_n * sizeof(*p->ref));
	r->metadata = sig_arena_dup(p->arena, p->meta, p->meta_n * sizeof(*p->meta));
	if (!r->priority)
		r->priority = 3;
}

int sig_rule_finish(struct sig_parser *p)
{
	if (!p->seen_sid)
		return sig_fail(p, p->in->text + p->in->len - 1, 1,
			"add sid:NUMBER; (own rules: from 1000000)", "the rule has no sid");
	if (check_open_buffer(p))
		return -1;
	settle_lists(p);
	if (settle_dirs(p) || check_hook(p) || settle_proto(p) || check_packet(p) ||
		sig_check_contents(p))
		return -1;
	if (p->rule->action == SIG_ACT_CONFIG) {
		bool has = false;

		for (size_t i = 0; i < p->opts_n; i++)
			has |= p->opt[i].kind == SIG_OPT_CONFIG;
		if (!has)
			return sig_fail(p, p->in->text, 6,
				"add config: logging disable, type tx, scope tx",
				"the action config needs the option config");
	}
	set_flags(p);
	check_stream(p);
	publish(p);
	return 0;
}
