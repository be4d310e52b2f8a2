/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an output can ask of DNS records: directions, types, formats, and the older layout, which is
 * made from the members of the current one. There a request is one line for each name asked for,
 * and a response is called an answer and carries the first name by itself.
 */
#include "eve_internal.h"

#include <string.h>

static bool is_response(struct eve_tree dns)
{
	struct eve_member m;

	return eve_tree_find(dns, "type", &m) && eve_tok_is(&m.tok, "response");
}

/** ",A,MX," names the type of this query? */
static bool type_listed(const char *list, struct eve_tree query)
{
	struct eve_member m;

	if (list[0] == 0)
		return true;
	if (!eve_tree_find(query, "rrtype", &m) || m.tok.kind != DP_REC_STR)
		return false;
	for (const char *at = list; *at && at[1]; at += strcspn(at + 1, ",") + 1)
		if (strcspn(at + 1, ",") == m.tok.n && memcmp(at + 1, m.tok.p, m.tok.n) == 0)
			return true;
	return false;
}

bool eve_dns_wanted(const struct ctl_eve *e, struct eve_tree t)
{
	const struct ctl_eve_options *o = &e->opt;
	struct eve_member dns, queries, query;
	uint32_t pos = 0;

	if (!eve_tree_find(t, "dns", &dns))
		return true;
	if (is_response(dns.inside) ? o->dns_no_responses : o->dns_no_requests)
		return false;
	if (o->dns_types[0] == 0)
		return true;
	if (eve_tree_find(dns.inside, "queries", &queries))
		while (eve_tree_next(queries.inside, &pos, &query))
			if (type_listed(o->dns_types, query.inside))
				return true;
	return false;
}

static bool key_is(const struct dp_rec_tok *t, const char *key)
{
	return t->key_len == strlen(key) && memcmp(t->key, key, t->key_len) == 0;
}

static bool format_off(const struct ctl_eve_options *o, const struct dp_rec_tok *t)
{
	return (o->dns_no_detailed && key_is(t, "answers")) ||
		(o->dns_no_grouped && key_is(t, "grouped"));
}

static void copy(struct ctl_json *j, struct eve_tree from, const char *key)
{
	struct eve_member m;

	if (eve_tree_find(from, key, &m))
		eve_tree_members(j, m.whole, NULL, NULL);
}

bool eve_dns_members(struct ctl_eve *e, struct eve_tree t)
{
	struct eve_member top, m;
	uint32_t pos = 0, in = 0;
	bool good = true;

	while (eve_tree_next(t, &pos, &top)) {
		if (!key_is(&top.tok, "dns") || top.tok.kind != DP_REC_OBJ) {
			if (eve_keep_member(e, top.tok.key, top.tok.key_len))
				good &= eve_tree_members(&e->out, top.whole, NULL, NULL);
			continue;
		}
		ctl_json_obj(&e->out, "dns");
		while (eve_tree_next(top.inside, &in, &m))
			if (!format_off(&e->opt, &m.tok))
				good &= eve_tree_members(&e->out, m.whole, NULL, NULL);
		ctl_json_end_obj(&e->out);
	}
	return good;
}

static void begin(struct ctl_eve *e, const struct dp_ev_app *a, struct eve_tree t)
{
	struct dp_ev_common c = a->c;
	struct eve_member m;

	// This layout names client and server, whichever spoke.
	memcpy(c.src, c.flow_src, sizeof(c.src));
	memcpy(c.dst, c.flow_dst, sizeof(c.dst));
	c.sport = c.flow_sport;
	c.dport = c.flow_dport;
	eve_begin(e, &c, "dns");
	eve_pkt_src(&e->out, &c);
	for (uint32_t pos = 0; eve_tree_next(t, &pos, &m);)
		if (!key_is(&m.tok, "dns") && eve_keep_member(e, m.tok.key, m.tok.key_len))
			eve_tree_members(&e->out, m.whole, NULL, NULL);
	ctl_json_obj(&e->out, "dns");
	ctl_json_u64(&e->out, "version", 2);
}

static void query_line(struct ctl_eve *e, const struct dp_ev_app *a, struct eve_tree t,
		struct eve_tree dns, struct eve_tree query)
{
	static const char *const of_query[] = {"rrname", "rrname_truncated", "rrtype"};
	static const char *const of_message[] = {"tx_id", "z", "opcode"};
	size_t start = e->out.len;

	begin(e, a, t);
	ctl_json_str(&e->out, "type", "query");
	copy(&e->out, dns, "id");
	for (unsigned i = 0; i < 3; i++)
		copy(&e->out, query, of_query[i]);
	for (unsigned i = 0; i < 3; i++)
		copy(&e->out, dns, of_message[i]);
	ctl_json_end_obj(&e->out);
	eve_finish(e, start, CTL_EVE_APP);
}

static void answer_line(struct ctl_eve *e, const struct dp_ev_app *a, struct eve_tree t,
		struct eve_tree dns)
{
	static const char *const head[] = {"id", "flags", "qr", "aa", "tc", "rd", "ra", "z"};
	static const char *const of_query[] = {"rrname", "rrname_truncated", "rrtype"};
	static const char *const rest[] = {"answers", "grouped", "authorities", "additionals"};
	struct eve_member m, first;
	size_t start = e->out.len;
	uint32_t pos = 0;

	begin(e, a, t);
	ctl_json_str(&e->out, "type", "answer");
	for (unsigned i = 0; i < 8; i++)
		copy(&e->out, dns, head[i]);
	if (eve_tree_find(dns, "queries", &m) && eve_tree_next(m.inside, &pos, &first))
		for (unsigned i = 0; i < 3; i++)
			copy(&e->out, first.inside, of_query[i]);
	copy(&e->out, dns, "opcode");
	copy(&e->out, dns, "rcode");
	for (unsigned i = 0; i < 4; i++)
		if (eve_tree_find(dns, rest[i], &m) && !format_off(&e->opt, &m.tok))
			eve_tree_members(&e->out, m.whole, NULL, NULL);
	ctl_json_end_obj(&e->out);
	eve_finish(e, start, CTL_EVE_APP);
}

void eve_dns_v2(struct ctl_eve *e, const struct dp_ev_app *a, struct eve_tree t)
{
	struct eve_member dns, queries, query;
	uint32_t pos = 0;

	if (!eve_tree_find(t, "dns", &dns))
		return;
	if (is_response(dns.inside)) {
		answer_line(e, a, t, dns.inside);
		return;
	}
	if (!eve_tree_find(dns.inside, "queries", &queries))
		return;
	while (eve_tree_next(queries.inside, &pos, &query))
		if (type_listed(e->opt.dns_types, query.inside))
			query_line(e, a, t, dns.inside, query.inside);
}
