/* SPDX-License-Identifier: Apache-2.0 */
/* flow, application protocol and events. */
#include "kw.h"

#include <string.h>

static const struct sig_word_value flow_words[] = {
	{"to_server", SIG_FLOW_TO_SERVER},
	{"from_client", SIG_FLOW_TO_SERVER},
	{"to_client", SIG_FLOW_TO_CLIENT},
	{"from_server", SIG_FLOW_TO_CLIENT},
	{"established", SIG_FLOW_ESTABLISHED},
	{"not_established", SIG_FLOW_NOT_ESTABLISHED},
	{"stateless", SIG_FLOW_STATELESS},
	{"only_stream", SIG_FLOW_ONLY_STREAM},
	{"no_stream", SIG_FLOW_NO_STREAM},
	{"only_frag", SIG_FLOW_ONLY_FRAG},
	{"no_frag", SIG_FLOW_NO_FRAG},
	{NULL, 0},
};
/* Words that exclude each other. */
static const uint32_t flow_conflicts[] = {
	SIG_FLOW_TO_SERVER | SIG_FLOW_TO_CLIENT,
	SIG_FLOW_ESTABLISHED | SIG_FLOW_NOT_ESTABLISHED,
	SIG_FLOW_ESTABLISHED | SIG_FLOW_STATELESS,
	SIG_FLOW_NOT_ESTABLISHED | SIG_FLOW_STATELESS,
	SIG_FLOW_ONLY_STREAM | SIG_FLOW_NO_STREAM,
	SIG_FLOW_ONLY_FRAG | SIG_FLOW_NO_FRAG,
};

SIG_KW_FN(flow)
{
	struct sig_str rest = arg->t, f;
	struct sig_opt *o;
	uint32_t mask = 0;
	int64_t v;

	while (sig_next(&rest, ',', &f)) {
		if (!sig_lookup_nocase(flow_words, f, &v))
			return SIG_FAIL_AT(p, f,
				"write to_server, to_client, established, not_established, "
				"stateless, only_stream, no_stream, only_frag or no_frag",
				"flow does not know this word");
		if (mask & (uint32_t)v)
			return SIG_FAIL_AT(p, f, "keep one of them", "this word is given twice");
		mask |= (uint32_t)v;
		if (v == SIG_FLOW_ONLY_STREAM)
			p->only_stream_at = f.s;
		for (size_t i = 0; i < sizeof(flow_conflicts) / sizeof(flow_conflicts[0]); i++) {
			if ((mask & flow_conflicts[i]) == flow_conflicts[i])
				return SIG_FAIL_AT(p, f, "keep one of the two",
					"this word contradicts an earlier one");
		}
	}
	if (p->rule->arrow == SIG_ARROW_TX && (mask & (SIG_FLOW_TO_SERVER | SIG_FLOW_TO_CLIENT)))
		return SIG_FAIL_AT(p, arg->t, "remove to_server or to_client",
			"a rule with => looks at both directions");
	if (p->rule->hdr == SIG_HDR_TCP_PKT && (mask & SIG_FLOW_ONLY_STREAM))
		return SIG_FAIL_AT(p, arg->t, "use tcp, or remove only_stream",
			"tcp-pkt never looks at the stream");
	o = sig_opt_add(p, SIG_OPT_FLOW);
	if (o)
		o->u.flow.mask = mask;
	return o ? 0 : -1;
}

SIG_KW_FN(bypass)
{
	return sig_opt_add(p, (enum sig_opt_kind)kw->id) ? 0 : -1;
}

/* Keywords with a fixed list of words: kw->id is the option kind. */
SIG_KW_FN(text_choice)
{
	static const struct {
		enum sig_opt_kind kind;
		enum sig_proto proto;
		const char *words[20];
	} choices[] = {
		{SIG_OPT_FTP_MODE, SIG_PROTO_FTP, {"active", "passive"}},
		{SIG_OPT_FTP_REPLY_RECEIVED, SIG_PROTO_FTP, {"yes", "no", "true", "false"}},
		{SIG_OPT_FTPDATA_COMMAND, SIG_PROTO_FTP_DATA,
			{"stor", "retr", "appe", "stou", "list", "nlst", "mlsd"}},
	};
	struct sig_opt *o;

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (choices[i].kind != (enum sig_opt_kind)kw->id)
			continue;
		if (sig_need_proto(p, choices[i].proto))
			return -1;
		for (int k = 0; k < 20 && choices[i].words[k]; k++) {
			if (!sig_is_nocase(arg->t, choices[i].words[k]))
				continue;
			o = sig_opt_add(p, choices[i].kind);
			if (o)
				o->u.text = choices[i].words[k];
			return o ? 0 : -1;
		}
		return SIG_FAIL_AT(p, arg->t, "see sekisho-signatures(7) for its words",
			"%s does not know this word", kw->name);
	}
	return sig_fail(p, NULL, 0, NULL, "no words are known for it");
}

SIG_KW_FN(app_protocol)
{
	static const struct sig_word_value modes[] = {{"final", SIG_AP_FINAL},
		{"either", SIG_AP_EITHER}, {"to_server", SIG_AP_TO_SERVER},
		{"toserver", SIG_AP_TO_SERVER}, {"to_client", SIG_AP_TO_CLIENT},
		{"toclient", SIG_AP_TO_CLIENT}, {"original", SIG_AP_ORIGINAL},
		{"direction", SIG_AP_DIRECTION}, {NULL, 0}};
	struct sig_app_protocol a = {.mode = SIG_AP_DIRECTION};
	struct sig_str f[2];
	size_t n = sig_split(arg->t, ',', f, 2);
	struct sig_opt *o;
	int64_t v;

	if (sig_take(&f[0], "!"))
		a.negated = true;
	f[0] = sig_trim(f[0]);
	a.proto = sig_is(f[0], "unknown") ? SIG_PROTO_UNKNOWN : sig_proto_find(f[0]);
	if (a.proto == SIG_PROTO_UNKNOWN && !sig_is(f[0], "unknown"))
		return SIG_FAIL_AT(
			p, f[0], "see sekisho-signatures(7) for the protocols", "unknown protocol");
	if (a.negated && a.proto == SIG_PROTO_UNKNOWN)
		return SIG_FAIL_AT(p, f[0], "write the protocol, or failed",
			"unknown cannot be negated");
	if (n > 2 || (n == 2 && !sig_lookup(modes, f[1], &v)))
		return SIG_FAIL_AT(p, arg->t,
			"write final, either, to_server, to_client or original after it",
			"app-layer-protocol does not know this mode");
	if (n == 2)
		a.mode = (enum sig_app_mode)v;
	if (p->rule->hdr == SIG_HDR_APP && !a.negated && p->rule->app != a.proto &&
		a.proto != SIG_PROTO_UNKNOWN && a.proto != SIG_PROTO_FAILED)
		return sig_fail(p, NULL, 0, "write tcp, udp or ip in the header",
			"the header already says the protocol");
	o = sig_opt_add(p, SIG_OPT_APP_PROTOCOL);
	if (o)
		o->u.app_protocol = a;
	return o ? 0 : -1;
}

/* Events write ftp_data and bittorrent_dht, headers ftp-data and bittorrent-dht. */
static enum sig_proto find_event_proto(struct sig_parser *p, struct sig_str t)
{
	char *name = sig_arena_strndup(p->arena, t.s, t.n);
	enum sig_proto proto = sig_proto_find(t);

	for (char *c = name; *c; c++)
		*c = *c == '_' ? '-' : *c;
	return proto != SIG_PROTO_UNKNOWN ? proto : sig_proto_find((struct sig_str){name, t.n});
}

static int app_event(struct sig_parser *p, struct sig_str t, struct sig_event *e)
{
	const char *dot = memchr(t.s, '.', t.n);
	struct sig_str proto = {t.s, dot ? (size_t)(dot - t.s) : 0};

	if (!dot) {
		/* Events of protocol detection itself. */
		if (t.n < 9 || memcmp(t.s, "applayer_", 9) != 0)
			return SIG_FAIL_AT(p, t,
				"write protocol.event, as in http.request_header_invalid",
				"this is not an event");
		e->name = sig_intern_text(p, t);
		return 0;
	}
	e->proto = find_event_proto(p, proto);
	if (e->proto == SIG_PROTO_UNKNOWN)
		return SIG_FAIL_AT(p, proto, "see sekisho-signatures(7) for the protocols",
			"unknown protocol");
	e->name = sig_intern_text(p, (struct sig_str){dot + 1, t.n - proto.n - 1});
	if (!*e->name)
		return SIG_FAIL_AT(p, t, "write protocol.event", "the event has no name");
	/* Events of "http" come from both parsers; SMTP's MIME events and file events likewise. */
	return sig_need_proto(p, e->proto == SIG_PROTO_HTTP1 ? SIG_PROTO_HTTP_ANY : e->proto);
}

/* decode-event, stream-event, engine-event, app-layer-event: kw->id is the option kind. */
SIG_KW_FN(event)
{
	enum sig_opt_kind kind = (enum sig_opt_kind)kw->id;
	struct sig_event e = {.proto = SIG_PROTO_UNKNOWN};
	struct sig_str t = arg->t;
	struct sig_opt *o;

	if (kind == SIG_OPT_APP_EVENT) {
		if (app_event(p, t, &e))
			return -1;
	} else {
		if (sig_take(&t, "stream."))
			kind = SIG_OPT_STREAM_EVENT;
		for (size_t i = 0; i < t.n; i++) {
			if (sig_is_blank(t.s[i]) || t.s[i] == ',')
				return SIG_FAIL_AT(p, arg->t, "write one event per option",
					"this is not an event");
		}
		e.name = sig_intern_text(p, t);
	}
	o = sig_opt_add(p, kind);
	if (o)
		o->u.event = e;
	return o ? 0 : -1;
}

SIG_KW_FN(app_state)
{
	static const struct sig_word_value ops[] = {{"<", SIG_OP_LT}, {">", SIG_OP_GT}, {NULL, 0}};
	struct sig_app_state s = {.op = SIG_OP_EQ};
	struct sig_str t = arg->t;
	struct sig_opt *o;

	for (const struct sig_word_value *w = ops; w->word; w++) {
		if (sig_take(&t, w->word))
			s.op = (enum sig_op)w->value;
	}
	s.state = sig_intern_text(p, sig_trim(t));
	o = sig_opt_add(p, SIG_OPT_APP_STATE);
	if (o)
		o->u.app_state = s;
	return o ? 0 : -1;
}
