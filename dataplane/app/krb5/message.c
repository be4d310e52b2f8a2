/* SPDX-License-Identifier: Apache-2.0 */
#include "krb5.h"

/** Context tag n of a sequence: its contents. */
static bool field(struct dp_span *s, uint8_t n, struct dp_span *out)
{
	struct dp_ber e;

	if (!dp_ber_take(s, 0xa0 | n, &e))
		return false;
	*out = e.body;
	return true;
}

static bool field_int(struct dp_span *s, uint8_t n, int64_t *v)
{
	struct dp_span in;

	return field(s, n, &in) && dp_ber_take_int(&in, DP_BER_INT, v);
}

/** GeneralString; old implementations send other string types, which are taken too. */
static bool field_text(struct dp_span *s, uint8_t n, struct dp_span *out)
{
	struct dp_span in;
	struct dp_ber e;

	if (!field(s, n, &in) || dp_ber_next(&in, &e) != DP_BER_OK || (e.tag & 0xe0) != 0)
		return false;
	*out = e.body;
	return true;
}

/** PrincipalName: the list of its parts. */
static bool field_name(struct dp_span *s, uint8_t n, struct dp_span *out)
{
	struct dp_span in;
	struct dp_ber e;
	int64_t type;

	if (!field(s, n, &in) || !dp_ber_take(&in, DP_BER_SEQ, &e))
		return false;
	in = e.body;
	if (!field_int(&in, 0, &type) || !field(&in, 1, &in) || !dp_ber_take(&in, DP_BER_SEQ, &e))
		return false;
	*out = e.body;
	return true;
}

static bool field_etype(struct dp_span *s, uint8_t n, int64_t *etype)
{
	struct dp_span in;
	struct dp_ber e;

	return field(s, n, &in) && dp_ber_take(&in, DP_BER_SEQ, &e) &&
		field_int(&e.body, 0, etype);
}

static bool request(struct dp_span s, struct krb5_msg *m)
{
	struct dp_span skip;
	struct dp_ber e;

	field(&s, 3, &skip); // pre-authentication data
	if (!field(&s, 4, &s) || !dp_ber_take(&s, DP_BER_SEQ, &e))
		return false;
	s = e.body;
	if (!field(&s, 0, &skip))
		return false;
	m->has_cname = field_name(&s, 1, &m->cname);
	m->has_realm = field_text(&s, 2, &m->realm);
	m->has_sname = field_name(&s, 3, &m->sname);
	return m->has_realm;
}

static bool ticket(struct dp_span *s, struct krb5_msg *m)
{
	struct dp_span in, realm;
	struct dp_ber app, e;
	int64_t v;

	if (!field(s, 5, &in) || !dp_ber_take(&in, 0x61, &app) ||
		!dp_ber_take(&app.body, DP_BER_SEQ, &e))
		return false;
	in = e.body;
	if (!field_int(&in, 0, &v) || !field_text(&in, 1, &realm))
		return false;
	m->has_sname = field_name(&in, 2, &m->sname);
	return m->has_sname && field_etype(&in, 3, &m->ticket_etype);
}

static bool answer(struct dp_span s, struct krb5_msg *m)
{
	struct dp_span skip;

	field(&s, 2, &skip); // pre-authentication data
	m->has_realm = field_text(&s, 3, &m->realm);
	m->has_cname = field_name(&s, 4, &m->cname);
	m->has_etype = true;
	return m->has_realm && m->has_cname && ticket(&s, m) && field_etype(&s, 6, &m->etype);
}

static bool error(struct dp_span s, struct krb5_msg *m)
{
	struct dp_span skip;

	for (uint8_t n = 2; n <= 5; n++) // times
		field(&s, n, &skip);
	if (!field_int(&s, 6, &m->error))
		return false;
	m->has_realm = field_text(&s, 7, &m->realm);
	m->has_cname = field_name(&s, 8, &m->cname);
	if (!field_text(&s, 9, &skip))
		return false;
	m->has_sname = field_name(&s, 10, &m->sname);
	return m->has_sname;
}

bool krb5_read(struct dp_span s, struct krb5_msg *m)
{
	struct dp_ber app, seq;
	int64_t version, type;
	bool asks;

	*m = (struct krb5_msg){0};
	if (dp_ber_next(&s, &app) != DP_BER_OK || (app.tag & 0xe0) != 0x60)
		return false;
	m->type = app.tag & 0x1f;
	asks = m->type == KRB5_AS_REQ || m->type == KRB5_TGS_REQ;
	if (!dp_ber_take(&app.body, DP_BER_SEQ, &seq))
		return false;
	s = seq.body;
	if (!field_int(&s, asks ? 1 : 0, &version) || version != 5 ||
		!field_int(&s, asks ? 2 : 1, &type))
		return false;
	switch (m->type) {
	case KRB5_AS_REQ:
	case KRB5_TGS_REQ:
		return request(s, m);
	case KRB5_AS_REP:
	case KRB5_TGS_REP:
		return answer(s, m);
	case KRB5_ERROR:
		return error(s, m);
	default:
		return false;
	}
}

bool krb5_weak(int64_t etype)
{
	switch (etype) {
	case 17: // AES, SHA-1
	case 18:
	case 19: // AES, SHA-2
	case 20:
	case 25: // Camellia
	case 26:
		return false;
	default:
		return true;
	}
}
