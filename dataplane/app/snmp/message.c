/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp.h"

#define USM 3 /* security model of RFC 3414 */

unsigned snmp_version(struct dp_span s)
{
	struct dp_ber e, second;
	int64_t v;

	if (!dp_ber_take(&s, DP_BER_SEQ, &e))
		return 0;
	s = e.body;
	if (!dp_ber_take_int(&s, DP_BER_INT, &v) || dp_ber_next(&s, &second) != DP_BER_OK)
		return 0;
	if ((v == 0 || v == 1) && second.tag == DP_BER_OCTETS && s.n && (s.p[0] & 0xe0) == 0xa0)
		return (unsigned)v + 1;
	if (v == 3 && second.tag == DP_BER_SEQ && s.n && s.p[0] == DP_BER_OCTETS)
		return 3;
	return 0;
}

/** Enterprise, agent address, generic and specific trap, time stamp, bindings. */
static bool trap_v1(struct dp_span s, struct snmp_msg *m)
{
	struct dp_ber oid, addr, e;
	int64_t v;

	if (!dp_ber_take(&s, DP_BER_OID, &oid) || !dp_ber_take(&s, 0x40, &addr) ||
		!dp_ber_take_int(&s, DP_BER_INT, &m->trap) || !dp_ber_take_int(&s, DP_BER_INT, &v) ||
		!dp_ber_take(&s, 0x43, &e) || !dp_ber_take(&s, DP_BER_SEQ, &e))
		return false;
	m->enterprise = oid.body;
	m->agent = addr.body;
	m->vars = e.body;
	return true;
}

bool snmp_name(struct dp_span *s, struct dp_ber *oid)
{
	return dp_ber_take(s, DP_BER_OID, oid) || dp_ber_take(s, DP_BER_OCTETS, oid);
}

static bool bindings_sound(struct dp_span s)
{
	struct dp_ber e, oid;

	while (s.n) {
		if (!dp_ber_take(&s, DP_BER_SEQ, &e) || !snmp_name(&e.body, &oid) ||
			dp_ber_next(&e.body, &oid) != DP_BER_OK)
			return false;
	}
	return true;
}

static bool read_pdu(struct dp_span s, struct snmp_msg *m)
{
	struct dp_ber pdu, e;
	int64_t id, index;

	if (dp_ber_next(&s, &pdu) != DP_BER_OK || (pdu.tag & 0xe0) != 0xa0 ||
		(pdu.tag & 0x1f) >= SNMP_PDUS)
		return false;
	m->pdu = pdu.tag & 0x1f;
	s = pdu.body;
	if (m->pdu == SNMP_TRAP_V1)
		return trap_v1(s, m) && bindings_sound(m->vars);
	if (!dp_ber_take_int(&s, DP_BER_INT, &id) || !dp_ber_take_int(&s, DP_BER_INT, &m->error) ||
		!dp_ber_take_int(&s, DP_BER_INT, &index) || !dp_ber_take(&s, DP_BER_SEQ, &e))
		return false;
	if (m->pdu == SNMP_GET_BULK)
		m->error = 0; // here it is the count of variables that do not repeat
	m->vars = e.body;
	return bindings_sound(m->vars);
}

/** msgSecurityParameters of the user-based model: engine id, boots, time, user name ... */
static bool usm(struct dp_span s, struct snmp_msg *m)
{
	struct dp_ber e, user;
	int64_t v;

	if (!dp_ber_take(&s, DP_BER_SEQ, &e))
		return false;
	s = e.body;
	if (!dp_ber_take(&s, DP_BER_OCTETS, &e) || !dp_ber_take_int(&s, DP_BER_INT, &v) ||
		!dp_ber_take_int(&s, DP_BER_INT, &v) || !dp_ber_take(&s, DP_BER_OCTETS, &user))
		return false;
	m->user = user.body;
	m->has_user = true;
	return true;
}

static bool read_v3(struct dp_span s, struct snmp_msg *m)
{
	struct dp_ber global, params, scoped, e;
	int64_t id, size, model;

	if (!dp_ber_take(&s, DP_BER_SEQ, &global) || !dp_ber_take(&s, DP_BER_OCTETS, &params))
		return false;
	if (!dp_ber_take_int(&global.body, DP_BER_INT, &id) ||
		!dp_ber_take_int(&global.body, DP_BER_INT, &size) ||
		!dp_ber_take(&global.body, DP_BER_OCTETS, &e) ||
		!dp_ber_take_int(&global.body, DP_BER_INT, &model))
		return false;
	if (model == USM && !usm(params.body, m))
		return false;
	if (dp_ber_next(&s, &scoped) != DP_BER_OK)
		return false;
	if (scoped.tag == DP_BER_OCTETS) {
		m->encrypted = true;
		return true;
	}
	if (scoped.tag != DP_BER_SEQ)
		return false;
	s = scoped.body; // context engine id, context name, PDU
	return dp_ber_take(&s, DP_BER_OCTETS, &e) && dp_ber_take(&s, DP_BER_OCTETS, &e) &&
		read_pdu(s, m);
}

bool snmp_read(struct dp_span s, struct snmp_msg *m)
{
	struct dp_ber e;
	int64_t v;

	*m = (struct snmp_msg){0};
	m->version = (uint8_t)snmp_version(s);
	if (!m->version || !dp_ber_take(&s, DP_BER_SEQ, &e))
		return false;
	s = e.body;
	dp_ber_take_int(&s, DP_BER_INT, &v);
	if (m->version == 3)
		return read_v3(s, m);
	if (!dp_ber_take(&s, DP_BER_OCTETS, &e))
		return false;
	m->community = e.body;
	return read_pdu(s, m);
}
