/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords of single protocols with a grammar of their own. */
#include "kw.h"
#include "number_names.h"

#include <stdlib.h>
#include <string.h>

static int dce_proto(struct sig_parser *p)
{
	enum sig_proto app = p->rule->app;

	if (app == SIG_PROTO_UNKNOWN || app == SIG_PROTO_SMB || app == SIG_PROTO_DCERPC)
		return 0;
	return sig_need_proto(p, SIG_PROTO_DCERPC);
}

static int read_uuid(struct sig_parser *p, struct sig_str t, uint8_t uuid[16])
{
	static const int dashes[] = {8, 13, 18, 23};
	size_t k = 0;

	if (t.n == 36) {
		for (size_t i = 0; i < t.n; i++) {
			int v = sig_hex_digit(t.s[i]);

			if (i == (size_t)dashes[0] || i == (size_t)dashes[1] ||
				i == (size_t)dashes[2] || i == (size_t)dashes[3]) {
				if (t.s[i] != '-')
					break;
				continue;
			}
			if (v < 0)
				break;
			uuid[k / 2] = (uint8_t)(k % 2 ? uuid[k / 2] | v : v << 4);
			k++;
		}
	}
	if (k != 32)
		return SIG_FAIL_AT(p, t, "write 8-4-4-4-12 hexadecimal digits",
			"this is not an interface UUID");
	return 0;
}

SIG_KW_FN(dce_iface)
{
	struct sig_dce_iface d = {0};
	struct sig_str rest = arg->t, f;
	struct sig_opt *o;

	if (dce_proto(p))
		return -1;
	sig_next(&rest, ',', &f);
	if (read_uuid(p, f, d.uuid))
		return -1;
	while (sig_next(&rest, ',', &f)) {
		if (sig_is(f, "any_frag")) {
			d.any_frag = true;
			continue;
		}
		if (!f.n || !strchr("<>=!", f.s[0]) || d.version_set)
			return SIG_FAIL_AT(p, f, "write <, >, = or ! with a version, or any_frag",
				"dcerpc.iface does not know this argument");
		if (sig_cmp_parse(p, f, UINT16_MAX, NULL, &d.version))
			return -1;
		d.version_set = true;
	}
	o = sig_opt_add(p, SIG_OPT_DCE_IFACE);
	if (o)
		o->u.dce_iface = d;
	return o ? 0 : -1;
}

static int opnum_range(struct sig_parser *p, struct sig_str f, uint64_t *set, size_t *n)
{
	const char *dash = memchr(f.s, '-', f.n);
	struct sig_str a = f, b = f;
	uint32_t lo, hi;

	if (dash) {
		a.n = (size_t)(dash - f.s);
		b = (struct sig_str){dash + 1, f.n - a.n - 1};
	}
	if (!sig_u32(a, UINT16_MAX, &lo) || !sig_u32(b, UINT16_MAX, &hi) || lo > hi)
		return SIG_FAIL_AT(p, f, "write numbers and ranges: 15-18,20",
			"this is not an operation number");
	for (uint32_t v = lo; v <= hi; v++) {
		if (*n == 4096)
			return SIG_FAIL_AT(p, f, "use fewer", "more than 4,096 operations");
		set[(*n)++] = v;
	}
	return 0;
}

static int by_value(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

SIG_KW_FN(opnum)
{
	uint64_t set[4096];
	struct sig_str rest = arg->t, f;
	struct sig_opt *o;
	size_t n = 0;

	if (dce_proto(p))
		return -1;
	while (sig_next(&rest, ',', &f)) {
		if (opnum_range(p, f, set, &n))
			return -1;
	}
	qsort(set, n, sizeof(set[0]), by_value);
	o = sig_opt_add(p, SIG_OPT_NUMBER);
	if (!o)
		return -1;
	o->u.number.number = SIG_NUM_DCERPC_OPNUM;
	o->u.number.cmp = (struct sig_cmp){.op = n == 1 ? SIG_OP_EQ : SIG_OP_SET,
		.a = set[0],
		.set = sig_arena_dup(p->arena, set, n * sizeof(set[0])),
		.set_n = (uint32_t)n};
	return 0;
}

/* weak, or a list of encryption names or numbers; ! before it negates. */
SIG_KW_FN(ticket_encryption)
{
	static const uint64_t weak[] = {1, 2, 3, 5, 7, 16, 23, 24};
	struct sig_str rest = arg->t, f;
	bool not = sig_take(&rest, "!");
	uint64_t set[64];
	struct sig_opt *o;
	size_t n = 0;

	if (sig_need_proto(p, SIG_PROTO_KRB5))
		return -1;
	if (sig_is(sig_trim(rest), "weak")) {
		n = sizeof(weak) / sizeof(weak[0]);
		memcpy(set, weak, sizeof(weak));
		rest.s = NULL;
	}
	while (sig_next(&rest, ',', &f)) {
		int64_t v;

		if (n == 64 || (!sig_lookup_nocase(sig_krb5_types, f, &v) &&
				       !sig_i64(f, INT32_MIN, INT32_MAX, &v)))
			return SIG_FAIL_AT(p, f, "write weak, or names such as rc4-hmac",
				"unknown encryption type");
		set[n++] = (uint64_t)v;
	}
	o = sig_opt_add(p, SIG_OPT_KRB5_TICKET_ENC);
	if (o)
		o->u.cmp = (struct sig_cmp){.op = not ? SIG_OP_NSET : SIG_OP_SET,
			.set = sig_arena_dup(p->arena, set, n * sizeof(set[0])),
			.set_n = (uint32_t)n};
	return o ? 0 : -1;
}

/* NAME followed by a comparison. */
SIG_KW_FN(http2_settings)
{
	struct sig_str name = arg->t, cmp = arg->t;
	struct sig_keyed k = {0};
	struct sig_opt *o;
	size_t n = 0;
	int64_t v;

	if (sig_need_proto(p, SIG_PROTO_HTTP2))
		return -1;
	while (n < name.n && !strchr("<>=!& ", name.s[n]) && !(sig_is_digit(name.s[n]) && n == 0))
		n++;
	name.n = n;
	cmp = sig_trim((struct sig_str){cmp.s + n, cmp.n - n});
	if (!sig_lookup_nocase(sig_http2_settings, name, &v))
		return SIG_FAIL_AT(p, name, "write SETTINGS_MAX_FRAME_SIZE>100 or another setting",
			"unknown HTTP/2 setting");
	k.key = (uint32_t)v;
	if (sig_cmp_parse(p, cmp, UINT32_MAX, NULL, &k.cmp))
		return -1;
	o = sig_opt_add(p, SIG_OPT_HTTP2_SETTINGS);
	if (o)
		o->u.keyed = k;
	return o ? 0 : -1;
}

SIG_KW_FN(ike_attribute)
{
	// attributes of version 1; beyond 256 what only version 2 has, by type of transform
	static const struct sig_word_value names[] = {{"alg_enc", 1}, {"alg_hash", 2},
		{"alg_auth", 3}, {"alg_dh", 4}, {"alg_prf", 13}, {"alg_integ", 256 + 3}, {"alg_esn", 256 + 5},
		{"sa_group_type", 5}, {"sa_life_type", 11}, {"sa_life_duration", 12},
		{"sa_key_length", 14}, {"sa_field_size", 15}, {NULL, 0}};
	const char *eq = memchr(arg->t.s, '=', arg->t.n);
	struct sig_str name = arg->t;
	struct sig_keyed k = {0};
	struct sig_opt *o;
	uint32_t value;
	int64_t v;

	if (sig_need_proto(p, SIG_PROTO_IKE))
		return -1;
	if (eq)
		name.n = (size_t)(eq - name.s);
	if (!eq || !sig_lookup(names, sig_trim(name), &v) ||
		!sig_u32((struct sig_str){eq + 1, arg->t.n - name.n - 1}, UINT32_MAX, &value))
		return SIG_FAIL_AT(p, arg->t, "write alg_enc=7 or another attribute",
			"this is not an attribute of a security association");
	k.key = (uint32_t)v;
	k.text = sig_intern_text(p, sig_trim(name));
	k.cmp = (struct sig_cmp){.op = SIG_OP_EQ, .a = value};
	o = sig_opt_add(p, SIG_OPT_IKE_SA_ATTRIBUTE);
	if (o)
		o->u.keyed = k;
	return o ? 0 : -1;
}
