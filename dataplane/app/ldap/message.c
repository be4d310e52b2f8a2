/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap.h"

#define ANY 0xff /* an element of any tag */

/** By operation: its identifier octet, the elements that it starts with, its name. */
static const struct op {
	uint8_t tag;
	uint8_t n;
	uint8_t fields[8];
	const char *name;
} ops[] = {
	[LDAP_BIND_REQUEST] = {0x60, 3, {DP_BER_INT, DP_BER_OCTETS, ANY}, "bind_request"},
	[LDAP_BIND_RESPONSE] = {0x61, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"bind_response"},
	[LDAP_UNBIND] = {0x42, 0, {0}, "unbind_request"},
	[LDAP_SEARCH_REQUEST] = {0x63, 8, {DP_BER_OCTETS, DP_BER_ENUM, DP_BER_ENUM, DP_BER_INT,
		DP_BER_INT, DP_BER_BOOL, ANY, DP_BER_SEQ}, "search_request"},
	[LDAP_ENTRY] = {0x64, 2, {DP_BER_OCTETS, DP_BER_SEQ}, "search_result_entry"},
	[LDAP_SEARCH_DONE] = {0x65, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"search_result_done"},
	[LDAP_MODIFY_REQUEST] = {0x66, 2, {DP_BER_OCTETS, DP_BER_SEQ}, "modify_request"},
	[LDAP_MODIFY_RESPONSE] = {0x67, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"modify_response"},
	[LDAP_ADD_REQUEST] = {0x68, 2, {DP_BER_OCTETS, DP_BER_SEQ}, "add_request"},
	[LDAP_ADD_RESPONSE] = {0x69, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"add_response"},
	[LDAP_DEL_REQUEST] = {0x4a, 0, {0}, "del_request"},
	[LDAP_DEL_RESPONSE] = {0x6b, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"del_response"},
	[LDAP_MODDN_REQUEST] = {0x6c, 3, {DP_BER_OCTETS, DP_BER_OCTETS, DP_BER_BOOL},
		"mod_dn_request"},
	[LDAP_MODDN_RESPONSE] = {0x6d, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"mod_dn_response"},
	[LDAP_COMPARE_REQUEST] = {0x6e, 2, {DP_BER_OCTETS, DP_BER_SEQ}, "compare_request"},
	[LDAP_COMPARE_RESPONSE] = {0x6f, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"compare_response"},
	[LDAP_ABANDON] = {0x50, 0, {0}, "abandon_request"},
	[LDAP_REFERENCE] = {0x73, 1, {DP_BER_OCTETS}, "search_result_reference"},
	[LDAP_EXTENDED_REQUEST] = {0x77, 1, {0x80}, "extended_request"},
	[LDAP_EXTENDED_RESPONSE] = {0x78, 3, {DP_BER_ENUM, DP_BER_OCTETS, DP_BER_OCTETS},
		"extended_response"},
	[LDAP_INTERMEDIATE] = {0x79, 0, {0}, "intermediate_response"},
};
#define OPS (sizeof(ops) / sizeof(ops[0]))

static bool sound(const struct ldap_msg *m, uint8_t tag)
{
	struct dp_span s = m->body;
	struct dp_ber e;

	if (m->op >= OPS || ops[m->op].tag != tag)
		return false;
	for (unsigned i = 0; i < ops[m->op].n; i++) {
		if (dp_ber_next(&s, &e) != DP_BER_OK)
			return false;
		if (ops[m->op].fields[i] != ANY && ops[m->op].fields[i] != e.tag)
			return false;
	}
	return true;
}

enum dp_ber_rc ldap_read(struct dp_span s, struct ldap_msg *m)
{
	struct dp_ber e;
	enum dp_ber_rc rc = dp_ber_next(&s, &e);

	*m = (struct ldap_msg){.total = e.whole.n};
	if (rc != DP_BER_END && e.tag != DP_BER_SEQ)
		return DP_BER_BAD;
	if (e.whole.n > LDAP_MSG_MAX)
		return DP_BER_BAD;
	if (rc != DP_BER_OK)
		return rc;
	s = e.body;
	if (!dp_ber_take_int(&s, DP_BER_INT, &m->id) || m->id < 0 || m->id > INT32_MAX)
		return DP_BER_BAD;
	if (dp_ber_next(&s, &e) != DP_BER_OK)
		return DP_BER_BAD;
	m->op = e.tag & 0x1f;
	m->body = e.body;
	if (!sound(m, e.tag))
		return DP_BER_BAD;
	if (dp_ber_take(&s, 0xa0, &e)) {
		m->controls = e.body;
		m->has_controls = true;
	}
	return DP_BER_OK;
}

bool ldap_is_request(uint8_t op)
{
	switch (op) {
	case LDAP_BIND_REQUEST:
	case LDAP_UNBIND:
	case LDAP_SEARCH_REQUEST:
	case LDAP_MODIFY_REQUEST:
	case LDAP_ADD_REQUEST:
	case LDAP_DEL_REQUEST:
	case LDAP_MODDN_REQUEST:
	case LDAP_COMPARE_REQUEST:
	case LDAP_ABANDON:
	case LDAP_EXTENDED_REQUEST:
		return true;
	default:
		return false;
	}
}

bool ldap_has_result(uint8_t op)
{
	return op < OPS && ops[op].n == 3 && ops[op].fields[0] == DP_BER_ENUM;
}

bool ldap_result(const struct ldap_msg *m, struct ldap_result *r)
{
	struct dp_span s = m->body;
	struct dp_ber dn, text;

	if (!ldap_has_result(m->op) || !dp_ber_take_int(&s, DP_BER_ENUM, &r->code) ||
		!dp_ber_take(&s, DP_BER_OCTETS, &dn) || !dp_ber_take(&s, DP_BER_OCTETS, &text))
		return false;
	r->dn = dn.body;
	r->text = text.body;
	r->rest = s;
	return true;
}

bool ldap_dn(const struct ldap_msg *m, struct dp_span *dn)
{
	struct dp_span s = m->body;
	struct ldap_result r;
	struct dp_ber e;
	int64_t v;

	if (ldap_result(m, &r)) {
		*dn = r.dn;
		return true;
	}
	switch (m->op) {
	case LDAP_DEL_REQUEST:
		*dn = s;
		return true;
	case LDAP_BIND_REQUEST:
		if (!dp_ber_take_int(&s, DP_BER_INT, &v))
			return false;
		break;
	case LDAP_SEARCH_REQUEST:
	case LDAP_ENTRY:
	case LDAP_MODIFY_REQUEST:
	case LDAP_ADD_REQUEST:
	case LDAP_MODDN_REQUEST:
	case LDAP_COMPARE_REQUEST:
		break;
	default:
		return false;
	}
	if (!dp_ber_take(&s, DP_BER_OCTETS, &e))
		return false;
	*dn = e.body;
	return true;
}

bool ldap_attribute(const struct ldap_msg *m, uint32_t *k, struct dp_span *name)
{
	struct dp_span s = m->body;
	struct dp_ber e, item;

	if (m->op != LDAP_SEARCH_REQUEST && m->op != LDAP_ENTRY && m->op != LDAP_ADD_REQUEST &&
		m->op != LDAP_MODIFY_REQUEST && m->op != LDAP_COMPARE_REQUEST)
		return false;
	for (unsigned skip = m->op == LDAP_SEARCH_REQUEST ? 7 : 1; skip; skip--)
		if (dp_ber_next(&s, &e) != DP_BER_OK)
			return false;
	if (!dp_ber_take(&s, DP_BER_SEQ, &e))
		return false;
	s = e.body;
	while (dp_ber_next(&s, &item) == DP_BER_OK) {
		struct dp_span in = item.body;
		int64_t v;

		if (m->op == LDAP_MODIFY_REQUEST && dp_ber_take_int(&in, DP_BER_ENUM, &v) &&
			dp_ber_take(&in, DP_BER_SEQ, &e))
			in = e.body;
		if (item.tag == DP_BER_SEQ) {
			if (!dp_ber_take(&in, DP_BER_OCTETS, &e))
				return false;
			in = e.body;
		}
		if ((*k)-- == 0) {
			*name = in;
			return true;
		}
		if (m->op == LDAP_COMPARE_REQUEST)
			return false;
	}
	return false;
}

const char *ldap_op_name(uint8_t op)
{
	return op < OPS && ops[op].name ? ops[op].name : "unknown";
}

const char *ldap_result_name(int64_t code)
{
	static const struct {
		uint16_t code;
		const char *name;
	} names[] = {{0, "success"}, {1, "operations_error"}, {2, "protocol_error"},
		{3, "time_limit_exceeded"}, {4, "size_limit_exceeded"}, {5, "compare_false"},
		{6, "compare_true"}, {7, "auth_method_not_supported"}, {8, "stronger_auth_required"},
		{10, "referral"}, {11, "admin_limit_exceeded"},
		{12, "unavailable_critical_extension"}, {13, "confidentiality_required"},
		{14, "sasl_bind_in_progress"}, {16, "no_such_attribute"},
		{17, "undefined_attribute_type"}, {18, "inappropriate_matching"},
		{19, "constraint_violation"}, {20, "attribute_or_value_exists"},
		{21, "invalid_attribute_syntax"}, {32, "no_such_object"}, {33, "alias_problem"},
		{34, "invalid_dns_syntax"}, {35, "is_leaf"}, {36, "alias_dereferencing_problem"},
		{48, "inappropriate_authentication"}, {49, "invalid_credentials"},
		{50, "insufficient_access_rights"}, {51, "busy"}, {52, "unavailable"},
		{53, "unwilling_to_perform"}, {54, "loop_detect"}, {60, "sort_control_missing"},
		{61, "offset_range_error"}, {64, "naming_violation"}, {65, "object_class_violation"},
		{66, "not_allowed_on_non_leaf"}, {67, "not_allowed_on_rdn"},
		{68, "entry_already_exists"}, {69, "object_class_mods_prohibited"},
		{70, "results_too_large"}, {71, "affects_multiple_dsas"}, {76, "control_error"},
		{80, "other"}, {81, "server_down"}, {82, "local_error"}, {83, "encoding_error"},
		{84, "decoding_error"}, {85, "timeout"}, {86, "auth_unknown"}, {87, "filter_error"},
		{88, "user_canceled"}, {89, "param_error"}, {90, "no_memory"}, {91, "connect_error"},
		{92, "not_supported"}, {93, "control_not_found"}, {94, "no_results_returned"},
		{95, "more_results_to_return"}, {96, "client_loop"}, {97, "referral_limit_exceeded"},
		{100, "invalid_response"}, {101, "ambiguous_response"}, {112, "tls_not_supported"},
		{113, "intermediate_response"}, {114, "unknown_type"}, {118, "canceled"},
		{119, "no_such_operation"}, {120, "too_late"}, {121, "cannot_cancel"},
		{122, "assertion_failed"}, {123, "authorization_denied"},
		{4096, "e_sync_refresh_required"}, {16654, "no_operation"}};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].code == code)
			return names[i].name;
	return NULL;
}
