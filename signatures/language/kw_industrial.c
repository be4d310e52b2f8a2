/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus, DNP3 objects, CIP services. */
#include "kw.h"

#include <string.h>

/* address 100, address 100<>110, address <100, address >100: ends excluded like elsewhere. */
static int modbus_range(struct sig_parser *p, struct sig_str t, uint64_t max, struct sig_cmp *out)
{
	return sig_cmp_parse(p, t, max, NULL, out);
}

static int modbus_function(struct sig_parser *p, struct sig_str v, struct sig_modbus *m)
{
	static const struct sig_word_value categories[] = {{"assigned", SIG_MBC_PUBLIC_ASSIGNED},
		{"unassigned", SIG_MBC_PUBLIC_UNASSIGNED},
		{"public", SIG_MBC_PUBLIC_ASSIGNED | SIG_MBC_PUBLIC_UNASSIGNED},
		{"user", SIG_MBC_USER_DEFINED}, {"reserved", SIG_MBC_RESERVED},
		{"all", SIG_MBC_ALL}, {NULL, 0}};
	uint32_t n;
	int64_t c;

	if (sig_u32(v, UINT8_MAX, &n)) {
		m->kind = SIG_MB_FUNCTION;
		m->function = (uint16_t)n;
		return 0;
	}
	m->kind = SIG_MB_CATEGORY;
	m->negated = sig_take(&v, "!");
	if (!sig_lookup(categories, sig_trim(v), &c))
		return SIG_FAIL_AT(p, v,
			"write a number, or assigned, unassigned, public, user, reserved or all",
			"this is not a Modbus function");
	m->category = (uint32_t)c;
	return 0;
}

static int modbus_access(struct sig_parser *p, struct sig_str v, struct sig_modbus *m)
{
	static const struct sig_word_value tables[] = {{"discretes", SIG_MBT_DISCRETES},
		{"coils", SIG_MBT_COILS}, {"input", SIG_MBT_INPUT}, {"holding", SIG_MBT_HOLDING},
		{NULL, 0}};
	struct sig_str word;
	int64_t t;

	m->kind = SIG_MB_ACCESS;
	if (!sig_word(&v, &word) || !(sig_is(word, "read") || sig_is(word, "write")))
		return SIG_FAIL_AT(
			p, v, "write access read or access write", "this is not an access");
	m->write = sig_is(word, "write");
	if (!v.n)
		return 0;
	if (!sig_lookup(tables, v, &t) ||
		(m->write && (t == SIG_MBT_DISCRETES || t == SIG_MBT_INPUT)))
		return SIG_FAIL_AT(p, v,
			"read: discretes, coils, input, holding; write: coils, holding",
			"this table cannot be accessed so");
	m->table = t;
	return 0;
}

static int modbus_word(struct sig_parser *p, struct sig_str f, struct sig_modbus *m, bool *subject)
{
	struct sig_str word, v = f;
	uint32_t n;

	if (!sig_word(&v, &word))
		return sig_fail(p, NULL, 0, "remove the extra comma", "an argument is empty");
	if (sig_is(word, "unit")) {
		m->unit_set = true;
		return modbus_range(p, v, UINT16_MAX, &m->unit);
	}
	if (sig_is(word, "function")) {
		*subject = true;
		return modbus_function(p, v, m);
	}
	if (sig_is(word, "subfunction") && sig_u32(v, UINT16_MAX, &n)) {
		m->subfunction_set = true;
		m->subfunction = (uint16_t)n;
		return 0;
	}
	if (sig_is(word, "access")) {
		*subject = true;
		return modbus_access(p, v, m);
	}
	if (sig_is(word, "address") && m->kind == SIG_MB_ACCESS) {
		m->address_set = true;
		return modbus_range(p, v, UINT16_MAX, &m->address);
	}
	if (sig_is(word, "value") && m->kind == SIG_MB_ACCESS && m->write) {
		m->value_set = true;
		return modbus_range(p, v, UINT16_MAX, &m->value);
	}
	return SIG_FAIL_AT(p, f,
		"write modbus: unit N, function N, subfunction N, or access write holding, "
		"address N, value N",
		"modbus does not know this argument here");
}

SIG_KW_FN(modbus)
{
	struct sig_modbus m = {0};
	struct sig_str rest = arg->t, f;
	bool subject = false;
	struct sig_opt *o;

	if (sig_need_proto(p, SIG_PROTO_MODBUS))
		return -1;
	while (sig_next(&rest, ',', &f)) {
		if (modbus_word(p, f, &m, &subject))
			return -1;
	}
	if (!subject && !m.unit_set)
		return SIG_FAIL_AT(p, arg->t, "add function or access",
			"modbus needs a function, an access or a "
			"unit");
	o = sig_opt_add(p, SIG_OPT_MODBUS);
	if (o)
		o->u.modbus = m;
	return o ? 0 : -1;
}

SIG_KW_FN(dnp3_obj)
{
	struct sig_str f[2];
	uint32_t group, variation;
	struct sig_opt *o;

	if (sig_need_proto(p, SIG_PROTO_DNP3))
		return -1;
	if (sig_split(arg->t, ',', f, 2) != 2 || !sig_u32(f[0], UINT8_MAX, &group) ||
		!sig_u32(f[1], UINT8_MAX, &variation))
		return SIG_FAIL_AT(
			p, arg->t, "write dnp3_obj:group,variation", "this is not a DNP3 object");
	o = sig_opt_add(p, SIG_OPT_DNP3_OBJ);
	if (o)
		o->u.keyed =
			(struct sig_keyed){.key = group, .cmp = {.op = SIG_OP_EQ, .a = variation}};
	return o ? 0 : -1;
}

SIG_KW_FN(cip_service)
{
	struct sig_str f[3];
	size_t n = sig_split(arg->t, ',', f, 3);
	struct sig_cip c = {0};
	uint32_t v;
	struct sig_opt *o;

	if (sig_need_proto(p, SIG_PROTO_ENIP))
		return -1;
	if (n > 3 || !sig_u32(f[0], UINT8_MAX, &v))
		return SIG_FAIL_AT(p, arg->t, "write cip_service:service[,class[,attribute]]",
			"this is not a CIP service");
	c.service = (uint8_t)v;
	if (n > 1) {
		if (!sig_u32(f[1], UINT16_MAX, &v))
			return SIG_FAIL_AT(p, f[1], "write a number", "this is not a class");
		c.class_set = true;
		c.class_id = (uint16_t)v;
	}
	if (n > 2) {
		c.attribute_negated = sig_take(&f[2], "!");
		if (!sig_u32(f[2], UINT16_MAX, &v))
			return SIG_FAIL_AT(p, f[2], "write a number", "this is not an attribute");
		c.attribute_set = true;
		c.attribute = (uint16_t)v;
	}
	o = sig_opt_add(p, SIG_OPT_CIP_SERVICE);
	if (o)
		o->u.cip = c;
	return o ? 0 : -1;
}
