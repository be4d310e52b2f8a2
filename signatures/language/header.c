/* SPDX-License-Identifier: Apache-2.0 */
/* The rule header: action, protocol, addresses, ports, direction; and the bounds of the options. */
#include "parser.h"

#include <string.h>

static const struct sig_word_value actions[] = {
	{"alert", SIG_ACT_ALERT},
	{"pass", SIG_ACT_PASS},
	{"drop", SIG_ACT_DROP},
	{"reject", SIG_ACT_REJECT},
	{"rejectsrc", SIG_ACT_REJECT_SRC},
	{"rejectdst", SIG_ACT_REJECT_DST},
	{"rejectboth", SIG_ACT_REJECT_BOTH},
	{"config", SIG_ACT_CONFIG},
	{NULL, 0},
};
/* Snort's words for what we can do. */
static const struct sig_word_value snort_actions[] = {
	{"block", SIG_ACT_DROP},
	{"sdrop", SIG_ACT_DROP},
	{"log", SIG_ACT_ALERT},
	{NULL, 0},
};

struct proto_word {
	const char *word;
	enum sig_hdr hdr;
	uint8_t transports;
};
static const struct proto_word protos[] = {
	{"ip", SIG_HDR_IP, SIG_T_ALL_IP},
	{"ipv4", SIG_HDR_IPV4, SIG_T_ALL_IP},
	{"ip4", SIG_HDR_IPV4, SIG_T_ALL_IP},
	{"ipv6", SIG_HDR_IPV6, SIG_T_ALL_IP},
	{"ip6", SIG_HDR_IPV6, SIG_T_ALL_IP},
	{"tcp", SIG_HDR_TCP, SIG_T_TCP},
	{"tcp-pkt", SIG_HDR_TCP_PKT, SIG_T_TCP},
	{"tcp-stream", SIG_HDR_TCP_STREAM, SIG_T_TCP},
	{"udp", SIG_HDR_UDP, SIG_T_UDP},
	{"icmp", SIG_HDR_ICMP, SIG_T_ICMP4 | SIG_T_ICMP6},
	{"icmpv4", SIG_HDR_ICMPV4, SIG_T_ICMP4},
	{"icmpv6", SIG_HDR_ICMPV6, SIG_T_ICMP6},
	{"sctp", SIG_HDR_SCTP, SIG_T_SCTP},
	{"igmp", SIG_HDR_IGMP, SIG_T_OTHER},
	{"pkthdr", SIG_HDR_PKTHDR, SIG_T_ALL_IP | SIG_T_NONIP},
	{"arp", SIG_HDR_ARP, SIG_T_NONIP},
	{"ether", SIG_HDR_ETHER, SIG_T_ALL_IP | SIG_T_NONIP},
	{NULL, 0, 0},
};

/* Transports on which an application protocol can run; all others: TCP only. */
static const struct {
	enum sig_proto proto;
	uint8_t transports;
} app_transports[] = {
	{SIG_PROTO_DNS, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_DCERPC, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_KRB5, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_SIP, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_SDP, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_NFS, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_RPC, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_LDAP, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_ENIP, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_DNP3, SIG_T_TCP | SIG_T_UDP},
	{SIG_PROTO_QUIC, SIG_T_UDP},
	{SIG_PROTO_SNMP, SIG_T_UDP},
	{SIG_PROTO_TFTP, SIG_T_UDP},
	{SIG_PROTO_DHCP, SIG_T_UDP},
	{SIG_PROTO_NTP, SIG_T_UDP},
	{SIG_PROTO_IKE, SIG_T_UDP},
	{SIG_PROTO_BITTORRENT_DHT, SIG_T_UDP},
	{SIG_PROTO_MDNS, SIG_T_UDP},
	{SIG_PROTO_LLMNR, SIG_T_UDP},
};
static const struct sig_word_value proto_aliases[] = {
	{"ssl", SIG_PROTO_TLS},
	{"ikev1", SIG_PROTO_IKE},
	{"ikev2", SIG_PROTO_IKE},
	{"msn", -1},
	{NULL, 0},
};

uint8_t sig_app_transports(enum sig_proto proto)
{
	for (size_t i = 0; i < sizeof(app_transports) / sizeof(app_transports[0]); i++) {
		if (app_transports[i].proto == proto)
			return app_transports[i].transports;
	}
	return SIG_T_TCP;
}

enum sig_proto sig_proto_find(struct sig_str t)
{
	int64_t v;

	for (int i = SIG_PROTO_FAILED; i < SIG_PROTO__COUNT; i++) {
		if (sig_is_nocase(t, sig_proto_rule_name[i]))
			return (enum sig_proto)i;
	}
	if (sig_lookup_nocase(proto_aliases, t, &v) && v >= 0)
		return (enum sig_proto)v;
	return SIG_PROTO_UNKNOWN;
}

static int parse_action(struct sig_parser *p, struct sig_str t)
{
	int64_t v;

	if (sig_lookup(actions, t, &v) ||
		(p->dialect != SIG_DIALECT_SURICATA && sig_lookup(snort_actions, t, &v))) {
		p->rule->action = (enum sig_action)v;
		return 0;
	}
	if (sig_is(t, "accept") || memchr(t.s, ':', t.n))
		return sig_skip(p, t.s, t.n, "write alert, pass, drop or reject",
			"rules of the firewall mode are not supported");
	if (sig_is(t, "react") || sig_is(t, "rewrite") || sig_is(t, "activate") ||
		sig_is(t, "dynamic") || sig_is(t, "file_id"))
		return sig_skip(
			p, t.s, t.n, "write drop or reject", "this Snort action has no equal");
	return SIG_FAIL_AT(p, t,
		"write alert, pass, drop, reject, rejectsrc, rejectdst, rejectboth "
		"or config",
		"unknown action");
}

/*
 * proto:hook. A hook says when in a transaction the rule is looked at; a rule that looks into
 * buffers of that side is looked at then anyway (sig_rule_finish() asks for one).
 */
static int parse_hook(struct sig_parser *p, struct sig_str hook)
{
	static const char *const steps[] = {"started", "line", "headers", "body", "trailer",
		"complete", "in_progress", "hello_done", "cert_done", "handshake_done", "finished",
		"hello", "name", "data", "banner_done", NULL};
	struct sig_str t = hook;
	bool server = sig_take(&t, "request_") || sig_take(&t, "client_");
	bool client = !server && (sig_take(&t, "response_") || sig_take(&t, "server_"));

	if (!hook.n)
		return SIG_FAIL_AT(
			p, hook, "name the hook, or remove the colon", "the hook is empty");
	if (sig_is(hook, "all")) { // each packet, where the rule alone would mean each flow
		p->rule->hook = sig_intern_text(p, hook);
		return 0;
	}
	for (int i = 0; (server || client) && steps[i]; i++) {
		if (sig_is(t, steps[i])) {
			p->rule->hook = sig_intern_text(p, hook);
			p->hook_dirs = server ? SIG_BUF_TS : SIG_BUF_TC;
			return 0;
		}
	}
	return SIG_SKIP_AT(p, hook, "remove the hook", "this hook is not supported");
}

static int parse_proto(struct sig_parser *p, struct sig_str t)
{
	struct sig_rule *r = p->rule;
	const char *colon = memchr(t.s, ':', t.n);
	struct sig_str name = t;

	if (colon) {
		name.n = (size_t)(colon - t.s);
		if (parse_hook(p, (struct sig_str){colon + 1, t.n - name.n - 1}))
			return -1;
	}
	for (const struct proto_word *w = protos; w->word; w++) {
		if (sig_is_nocase(name, w->word)) {
			r->hdr = w->hdr;
			r->transports = w->transports;
			return 0;
		}
	}
	r->app = sig_proto_find(name);
	if (r->app <= SIG_PROTO_FAILED)
		return SIG_FAIL_AT(p, t,
			"write ip, tcp, udp, icmp, http, tls, dns, ... (see "
			"sekisho-signatures(7))",
			"unknown protocol");
	r->hdr = SIG_HDR_APP;
	r->transports = sig_app_transports(r->app);
	return 0;
}

static int parse_arrow(struct sig_parser *p, struct sig_str t)
{
	if (sig_is(t, "->"))
		p->rule->arrow = SIG_ARROW_TO;
	else if (sig_is(t, "<>"))
		p->rule->arrow = SIG_ARROW_BOTH;
	else if (sig_is(t, "=>"))
		p->rule->arrow = SIG_ARROW_TX;
	else if (sig_is(t, "<-"))
		return SIG_FAIL_AT(p, t, "exchange source and destination and write ->",
			"the direction <- does not exist");
	else
		return SIG_FAIL_AT(p, t, "write ->, <> or =>", "this is not a direction");
	return 0;
}

/* Next field: blanks separate, but not inside brackets. */
static bool next_field(struct sig_str *t, struct sig_str *field)
{
	int open = 0;
	size_t n = 0;

	*t = sig_trim(*t);
	for (; n < t->n && (open > 0 || !sig_is_blank(t->s[n])); n++) {
		if (t->s[n] == '[')
			open++;
		else if (t->s[n] == ']' && open)
			open--;
		else if (t->s[n] == '(' && open == 0)
			break;
	}
	*field = (struct sig_str){t->s, n};
	t->s += n;
	t->n -= n;
	return n > 0;
}

/*
 * Where the options begin: the first parenthesis. And where they end: the last one of the line.
 */
static int find_options(struct sig_parser *p, struct sig_str *head, struct sig_str *options)
{
	struct sig_str all = sig_trim((struct sig_str){p->in->text, p->in->len});
	const char *open = memchr(all.s, '(', all.n);

	if (!open)
		return sig_fail(p, all.s + all.n - 1, 1,
			"put the options in parentheses: (msg:\"...\"; sid:1;)",
			"the rule has no options");
	*head = (struct sig_str){all.s, (size_t)(open - all.s)};
	if (all.s[all.n - 1] != ')')
		return sig_fail(p, all.s + all.n - 1, 1, "end the rule with ;)",
			"the options are not closed with a parenthesis");
	*options = sig_trim((struct sig_str){open + 1, (size_t)(all.s + all.n - 1 - open - 1)});
	return 0;
}

static int check_fields(struct sig_parser *p, const struct sig_str *f, size_t n)
{
	static const char *const what[] = {"action", "protocol", "source address", "source port",
		"direction", "destination address", "destination port"};
	const char *end = n ? f[n - 1].s : p->in->text;

	return sig_fail(p, end, n ? f[n - 1].n : 1,
		"write: action protocol source port -> destination port (options)",
		"the header ends before its %s", what[n]);
}

/* Snort 3 allows a bare "alert http (...)": everything else is any. */
static int short_header(struct sig_parser *p, const struct sig_str *f, size_t n)
{
	static const struct sig_str any = {"any", 3};
	struct sig_rule *r = p->rule;

	if (parse_action(p, f[0]) || (n == 2 && parse_proto(p, f[1])))
		return -1;
	if (n == 1) {
		r->hdr = SIG_HDR_IP;
		r->transports = SIG_T_ALL_IP;
	}
	r->src = sig_addrs_parse(p, any);
	r->dst = r->src;
	r->sport = sig_ports_parse(p, any);
	r->dport = r->sport;
	return 0;
}

int sig_header_parse(struct sig_parser *p, struct sig_str *options)
{
	struct sig_rule *r = p->rule;
	struct sig_str head, f[8];
	size_t n = 0;

	if (find_options(p, &head, options))
		return -1;
	if (sig_requires_prescan(p, *options))
		return -1;
	while (n < 8 && next_field(&head, &f[n]))
		n++;
	if (p->dialect == SIG_DIALECT_SNORT3 && (n == 1 || n == 2))
		return short_header(p, f, n);
	if (n && n < 7 && parse_action(p, f[0]))
		return -1;
	if (n < 7)
		return check_fields(p, f, n);
	if (n > 7)
		return SIG_FAIL_AT(p, f[7],
			"write: action protocol source port -> destination port (options)",
			"the header has a word too many");
	if (parse_action(p, f[0]) || parse_proto(p, f[1]) || parse_arrow(p, f[4]))
		return -1;
	r->src = sig_addrs_parse(p, f[2]);
	r->sport = r->src ? sig_ports_parse(p, f[3]) : NULL;
	r->dst = r->sport ? sig_addrs_parse(p, f[5]) : NULL;
	r->dport = r->dst ? sig_ports_parse(p, f[6]) : NULL;
	return r->dport ? 0 : -1;
}
