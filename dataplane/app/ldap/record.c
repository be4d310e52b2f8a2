/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap.h"
#include <stdio.h>

static void text(struct dp_rec *r, const char *key, struct dp_span v)
{
	dp_rec_str(r, key, v.p ? (const void *)v.p : "", v.n);
}

/** Next element's contents, whatever its tag. */
static struct dp_span next(struct dp_span *s)
{
	struct dp_ber e;

	return dp_ber_next(s, &e) == DP_BER_OK ? e.body : (struct dp_span){0};
}

static uint64_t next_num(struct dp_span *s)
{
	int64_t v = 0;

	dp_ber_i64(next(s), &v);
	return (uint64_t)v;
}

static void strings(struct dp_rec *r, const char *key, struct dp_span s)
{
	struct dp_ber e;
	bool open = false;

	while (dp_ber_next(&s, &e) == DP_BER_OK) {
		if (!open)
			dp_rec_arr(r, key);
		open = true;
		text(r, "", e.body);
	}
	if (open)
		dp_rec_end(r);
}

static void attributes(struct dp_rec *r, const char *name, struct dp_span s)
{
	struct dp_ber e;
	bool open = false;

	while (dp_ber_next(&s, &e) == DP_BER_OK) {
		struct dp_span in = e.body;

		if (!open)
			dp_rec_arr(r, "attributes");
		open = true;
		dp_rec_obj(r, "");
		text(r, name, next(&in));
		strings(r, "values", next(&in));
		dp_rec_end(r);
	}
	if (open)
		dp_rec_end(r);
}

static void search(struct dp_rec *r, struct dp_span s)
{
	struct dp_ber filter;

	text(r, "base_object", next(&s));
	dp_rec_u64(r, "scope", next_num(&s));
	dp_rec_u64(r, "deref_alias", next_num(&s));
	dp_rec_u64(r, "size_limit", next_num(&s));
	dp_rec_u64(r, "time_limit", next_num(&s));
	dp_rec_bool(r, "types_only", next_num(&s) != 0);
	if (dp_ber_next(&s, &filter) == DP_BER_OK && filter.tag == 0x87) {
		dp_rec_obj(r, "filter");
		dp_rec_cstr(r, "type", "present");
		text(r, "value", filter.body);
		dp_rec_end(r);
	}
	strings(r, "attributes", next(&s));
}

static void bind(struct dp_rec *r, struct dp_span s)
{
	struct dp_ber sasl, e;

	dp_rec_u64(r, "version", next_num(&s));
	text(r, "name", next(&s));
	if (!dp_ber_take(&s, 0xa3, &sasl))
		return;
	dp_rec_obj(r, "sasl");
	text(r, "mechanism", next(&sasl.body));
	if (dp_ber_take(&sasl.body, DP_BER_OCTETS, &e))
		dp_rec_hex(r, "credentials", e.body.p, e.body.n);
	dp_rec_end(r);
}

static void modify(struct dp_rec *r, struct dp_span s)
{
	static const char *const names[] = {"add", "delete", "replace"};
	struct dp_span list;
	struct dp_ber e;
	bool open = false;

	text(r, "object", next(&s));
	list = next(&s);
	while (dp_ber_next(&list, &e) == DP_BER_OK) {
		uint64_t op = next_num(&e.body);
		struct dp_span in = next(&e.body);
		char num[24];

		if (!open)
			dp_rec_arr(r, "changes");
		open = true;
		snprintf(num, sizeof(num), "%llu", (unsigned long long)op);
		dp_rec_obj(r, "");
		dp_rec_cstr(r, "operation", op < 3 ? names[op] : num);
		dp_rec_obj(r, "modification");
		text(r, "attribute_type", next(&in));
		strings(r, "attribute_values", next(&in));
		dp_rec_end(r);
		dp_rec_end(r);
	}
	if (open)
		dp_rec_end(r);
}

static void mod_dn(struct dp_rec *r, struct dp_span s)
{
	struct dp_ber e;

	text(r, "entry", next(&s));
	text(r, "new_rdn", next(&s));
	dp_rec_bool(r, "delete_old_rdn", next_num(&s) != 0);
	if (dp_ber_take(&s, 0x80, &e))
		text(r, "new_superior", e.body);
}

static void compare(struct dp_rec *r, struct dp_span s)
{
	struct dp_span ava;

	text(r, "entry", next(&s));
	ava = next(&s);
	dp_rec_obj(r, "attribute_value_assertion");
	text(r, "description", next(&ava));
	text(r, "value", next(&ava));
	dp_rec_end(r);
}

/** Optional name and value with these context tags. */
static void name_value(struct dp_rec *r, struct dp_span s, uint8_t name, uint8_t value)
{
	struct dp_ber e;

	if (dp_ber_take(&s, name, &e))
		text(r, "name", e.body);
	if (dp_ber_take(&s, value, &e))
		text(r, "value", e.body);
}

static void result(struct dp_rec *r, const struct ldap_msg *m)
{
	struct ldap_result v;
	const char *name;
	char num[24];
	struct dp_ber e;

	if (!ldap_result(m, &v))
		return;
	name = ldap_result_name(v.code);
	snprintf(num, sizeof(num), "%lld", (long long)v.code);
	dp_rec_cstr(r, "result_code", name ? name : num);
	text(r, "matched_dn", v.dn);
	text(r, "message", v.text);
	dp_ber_take(&v.rest, 0xa3, &e); // referral
	if (m->op == LDAP_BIND_RESPONSE && dp_ber_take(&v.rest, 0x87, &e))
		dp_rec_hex(r, "server_sasl_creds", e.body.p, e.body.n);
	if (m->op == LDAP_EXTENDED_RESPONSE)
		name_value(r, v.rest, 0x8a, 0x8b);
}

static void operation(struct dp_rec *r, const struct ldap_msg *m)
{
	struct dp_span s = m->body;

	dp_rec_cstr(r, "operation", ldap_op_name(m->op));
	if (m->op == LDAP_UNBIND || m->op == LDAP_ABANDON || m->op == LDAP_REFERENCE)
		return;
	dp_rec_obj(r, ldap_op_name(m->op));
	switch (m->op) {
	case LDAP_SEARCH_REQUEST:
		search(r, s);
		break;
	case LDAP_BIND_REQUEST:
		bind(r, s);
		break;
	case LDAP_MODIFY_REQUEST:
		modify(r, s);
		break;
	case LDAP_ADD_REQUEST:
		text(r, "entry", next(&s));
		attributes(r, "name", next(&s));
		break;
	case LDAP_ENTRY:
		text(r, "base_object", next(&s));
		attributes(r, "type", next(&s));
		break;
	case LDAP_DEL_REQUEST:
		text(r, "dn", s);
		break;
	case LDAP_MODDN_REQUEST:
		mod_dn(r, s);
		break;
	case LDAP_COMPARE_REQUEST:
		compare(r, s);
		break;
	case LDAP_EXTENDED_REQUEST:
	case LDAP_INTERMEDIATE:
		name_value(r, s, 0x80, 0x81);
		break;
	default:
		result(r, m);
	}
	dp_rec_end(r);
}

static void controls(struct dp_rec *r, const struct ldap_msg *m)
{
	struct dp_span s = m->controls;
	struct dp_ber e, v;

	if (!m->has_controls)
		return;
	dp_rec_arr(r, "controls");
	while (dp_ber_next(&s, &e) == DP_BER_OK) {
		int64_t critical = 0;

		dp_rec_obj(r, "");
		text(r, "control_type", next(&e.body));
		dp_ber_take_int(&e.body, DP_BER_BOOL, &critical);
		dp_rec_bool(r, "criticality", critical != 0);
		if (dp_ber_take(&e.body, DP_BER_OCTETS, &v))
			dp_rec_hex(r, "control_value", v.body.p, v.body.n);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

void ldap_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct ldap_tx *tx = (const struct ldap_tx *)t;
	struct dp_span s = {tx->responses.p, tx->responses.n};
	struct ldap_msg m;

	if (ldap_request(tx, &m)) {
		dp_rec_obj(r, "request");
		dp_rec_u64(r, "message_id", (uint64_t)m.id);
		operation(r, &m);
		controls(r, &m);
		dp_rec_end(r);
	}
	if (s.n == 0)
		return;
	dp_rec_arr(r, "responses");
	while (ldap_read(s, &m) == DP_BER_OK) {
		dp_rec_obj(r, "");
		if (tx->request.n == 0)
			dp_rec_u64(r, "message_id", (uint64_t)m.id);
		operation(r, &m);
		controls(r, &m);
		dp_rec_end(r);
		s.p += m.total;
		s.n -= m.total;
	}
	dp_rec_end(r);
}
