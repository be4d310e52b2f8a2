/* SPDX-License-Identifier: Apache-2.0 */
#include "dns.h"
#include <stdio.h>

/** IANA names of types that the peer prints by name; others are numbers. */
static const char *type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {
		{1, "A"}, {2, "NS"}, {3, "MD"}, {4, "MF"}, {5, "CNAME"}, {6, "SOA"}, {7, "MB"},
		{8, "MG"}, {9, "MR"}, {10, "NULL"}, {11, "WKS"}, {12, "PTR"}, {13, "HINFO"},
		{14, "MINFO"}, {15, "MX"}, {16, "TXT"}, {17, "RP"}, {18, "AFSDB"}, {19, "X25"},
		{20, "ISDN"}, {21, "RT"}, {22, "NSAP"}, {23, "NSAPPTR"}, {24, "SIG"}, {25, "KEY"},
		{26, "PX"}, {27, "GPOS"}, {28, "AAAA"}, {29, "LOC"}, {30, "NXT"}, {33, "SRV"},
		{34, "ATMA"}, {35, "NAPTR"}, {36, "KX"}, {37, "CERT"}, {38, "A6"}, {39, "DNAME"},
		{41, "OPT"}, {42, "APL"}, {43, "DS"}, {44, "SSHFP"}, {45, "IPSECKEY"}, {46, "RRSIG"},
		{47, "NSEC"}, {48, "DNSKEY"}, {49, "DHCID"}, {50, "NSEC3"}, {51, "NSEC3PARAM"},
		{52, "TLSA"}, {55, "HIP"}, {59, "CDS"}, {60, "CDNSKEY"}, {65, "HTTPS"}, {99, "SPF"},
		{249, "TKEY"}, {250, "TSIG"}, {253, "MAILB"}, {254, "MAILA"}, {255, "ANY"},
		{256, "URI"},
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

static void put_type(struct dp_rec *r, const char *key, uint16_t type, bool lower)
{
	const char *name = type_name(type);
	char text[16];
	size_t n;

	if (!name) {
		snprintf(text, sizeof(text), "%u", type);
	} else {
		for (n = 0; name[n] && n < sizeof(text) - 1; n++)
			text[n] = lower && name[n] >= 'A' && name[n] <= 'Z' ? (char)(name[n] | 0x20)
									    : name[n];
		text[n] = 0;
	}
	dp_rec_cstr(r, key, text);
}

static const char *rcode_name(unsigned rcode)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

	return rcode < sizeof(names) / sizeof(names[0]) ? names[rcode] : NULL;
}

static void put_name(struct dp_rec *r, const struct dns_tx *tx, const char *key, uint32_t off)
{
	struct dns_name name;
	char cut[32];

	if (!dns_name_read(tx->msg.p, tx->msg.n, off, &name))
		return;
	dp_rec_str(r, key, name.b, name.n);
	if (key && (name.flags & DNS_NF_CUT)) {
		snprintf(cut, sizeof(cut), "%s_truncated", key);
		dp_rec_bool(r, cut, true);
	}
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_soa(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr)
{
	static const char *const keys[] = {"serial", "refresh", "retry", "expire", "minimum"};
	struct dns_name a, b;
	uint32_t at = dns_name_read(tx->msg.p, tx->msg.n, rr->data, &a);

	at = at ? dns_name_read(tx->msg.p, tx->msg.n, at, &b) : 0;
	if (!at || tx->msg.n - at < 20)
		return;
	dp_rec_str(r, "mname", a.b, a.n);
	dp_rec_str(r, "rname", b.b, b.n);
	for (unsigned i = 0; i < 5; i++)
		dp_rec_u64(r, keys[i], be32(tx->msg.p + at + 4 * i));
}

static void put_srv(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr)
{
	const uint8_t *p = tx->msg.p + rr->data;

	if (rr->data_n < 7)
		return;
	dp_rec_u64(r, "priority", (uint64_t)(p[0] << 8 | p[1]));
	dp_rec_u64(r, "weight", (uint64_t)(p[2] << 8 | p[3]));
	dp_rec_u64(r, "port", (uint64_t)(p[4] << 8 | p[5]));
	put_name(r, tx, "name", rr->data + 6);
}

static void put_sshfp(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr)
{
	const uint8_t *p = tx->msg.p + rr->data;
	char text[3 * 256];
	unsigned o = 0;

	if (rr->data_n < 3)
		return;
	for (unsigned i = 2; i < rr->data_n && o + 4 < sizeof(text); i++)
		o += (unsigned)snprintf(text + o, 4, i > 2 ? ":%02x" : "%02x", p[i]);
	dp_rec_str(r, "fingerprint", text, o);
	dp_rec_u64(r, "algo", p[0]);
	dp_rec_u64(r, "type", p[1]);
}

static void put_opt(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr)
{
	const uint8_t *p = tx->msg.p + rr->data;
	uint32_t at = 0;

	if (rr->data_n < 4)
		return;
	dp_rec_arr(r, "opt");
	while (rr->data_n - at >= 4) {
		uint32_t code = (uint32_t)(p[at] << 8 | p[at + 1]);
		uint32_t len = (uint32_t)(p[at + 2] << 8 | p[at + 3]);

		at += 4;
		if (rr->data_n - at < len)
			break;
		dp_rec_obj(r, NULL);
		dp_rec_u64(r, "code", code);
		dp_rec_hex(r, "data", p + at, len);
		dp_rec_end(r);
		at += len;
	}
	dp_rec_end(r);
}

static void put_address(struct dp_rec *r, const char *key, const uint8_t *p, unsigned n)
{
	char text[48];
	unsigned o = 0;

	if (n == 4) {
		o = (unsigned)snprintf(text, sizeof(text), "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	} else {
		for (unsigned i = 0; i < 16; i += 2)
			o += (unsigned)snprintf(text + o, sizeof(text) - o, i ? ":%02x%02x" : "%02x%02x",
				p[i], p[i + 1]);
	}
	dp_rec_str(r, key, text, o);
}

/** The `index`th character string of TXT data; false when there is none. */
static bool txt_string(const struct dns_tx *tx, const struct dns_rr *rr, unsigned index,
	struct dp_span *s)
{
	uint32_t at = 0;

	while (at < rr->data_n) {
		uint32_t len = tx->msg.p[rr->data + at];

		if (rr->data_n - at - 1 < len)
			len = rr->data_n - at - 1;
		*s = (struct dp_span){tx->msg.p + rr->data + at + 1, len};
		if (index-- == 0)
			return true;
		at += 1 + len;
	}
	return false;
}

/** One value under `key` (NULL in arrays). False: nothing to show for this type. */
static bool put_data(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr,
	unsigned txt, const char *key)
{
	const uint8_t *p = tx->msg.p + rr->data;
	struct dp_span s;

	switch (rr->type) {
	case DNS_A:
	case DNS_AAAA:
		if (rr->data_n == (rr->type == DNS_A ? 4 : 16))
			put_address(r, key, p, rr->data_n);
		else
			dp_rec_str(r, key, p, 0); // an update may name a record without its content
		return true;
	case DNS_CNAME:
	case DNS_NS:
	case DNS_PTR:
	case DNS_MX:
		if (dns_rdata_name(rr))
			put_name(r, tx, key, dns_rdata_name(rr));
		else
			dp_rec_str(r, key, p, 0);
		return true;
	case DNS_NULL:
		dp_rec_str(r, key, p, rr->data_n);
		return true;
	case DNS_TXT:
		if (!txt_string(tx, rr, txt, &s))
			return false;
		dp_rec_str(r, key, s.p, s.n);
		return true;
	default:
		return false;
	}
}

typedef void put_fn(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr);

static put_fn *object_of(uint16_t type, const char **key)
{
	switch (type) {
	case DNS_SOA:
		*key = "soa";
		return put_soa;
	case DNS_SRV:
		*key = "srv";
		return put_srv;
	case DNS_SSHFP:
		*key = "sshfp";
		return put_sshfp;
	default:
		return NULL;
	}
}

static void put_rr(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr, unsigned txt)
{
	const char *key;
	put_fn *fn = object_of(rr->type, &key);

	dp_rec_obj(r, NULL);
	put_name(r, tx, "rrname", rr->name);
	put_type(r, "rrtype", rr->type, false);
	if (rr->section != DNS_QUERIES) {
		dp_rec_u64(r, "ttl", rr->ttl);
		if (fn) {
			dp_rec_obj(r, key);
			fn(r, tx, rr);
			dp_rec_end(r);
		} else if (rr->type == DNS_OPT) {
			put_opt(r, tx, rr);
		} else {
			put_data(r, tx, rr, txt, "rdata");
		}
	}
	dp_rec_end(r);
}

static void put_sections(struct dp_rec *r, const struct dns_tx *tx,
	void (*put)(struct dp_rec *, const struct dns_tx *, const struct dns_rr *))
{
	static const char *const keys[] = {"queries", "answers", "authorities", "additionals"};
	struct dns_walk w;
	struct dns_rr rr;
	int open = -1;

	if (!dns_walk_init(&w, tx->msg.p, tx->msg.n))
		return;
	while (dns_walk_next(&w, &rr)) {
		if (rr.type == DNS_OPT && rr.section != DNS_QUERIES && rr.data_n < 4)
			continue; // no option, nothing to tell
		if (open != rr.section) {
			if (open >= 0)
				dp_rec_end(r);
			dp_rec_arr(r, keys[rr.section]);
			open = rr.section;
		}
		put(r, tx, &rr);
	}
	if (open >= 0)
		dp_rec_end(r);
}

/** Every string of a TXT record is a member of its own, as the peer prints it. */
static void put_rr_all(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr)
{
	struct dp_span s;

	put_rr(r, tx, rr, 0);
	if (rr->type == DNS_TXT && rr->section != DNS_QUERIES)
		for (unsigned i = 1; i < 256 && txt_string(tx, rr, i, &s); i++)
			put_rr(r, tx, rr, i);
}

static void put_grouped(struct dp_rec *r, const struct dns_tx *tx)
{
	static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_CNAME, DNS_MX, DNS_NS, DNS_NULL,
		DNS_PTR, DNS_TXT, DNS_SOA, DNS_SRV, DNS_SSHFP};
	bool any = false;

	for (unsigned t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		struct dns_walk w;
		struct dns_rr rr;
		struct dp_span s;
		bool open = false;

		if (!dns_walk_init(&w, tx->msg.p, tx->msg.n))
			return;
		while (dns_walk_next(&w, &rr) && rr.section <= DNS_ANSWERS) {
			const char *key;
			put_fn *fn = object_of(rr.type, &key);

			if (rr.section != DNS_ANSWERS)
				continue;
			if (!any) // with answers of no such type it stands there empty
				dp_rec_obj(r, "grouped");
			any = true;
			if (rr.type != types[t])
				continue;
			if (!open)
				dp_rec_arr(r, type_name(types[t]));
			open = true;
			if (fn) {
				dp_rec_obj(r, NULL);
				fn(r, tx, &rr);
				dp_rec_end(r);
				continue;
			}
			put_data(r, tx, &rr, 0, NULL);
			for (unsigned i = 1; i < 256 && rr.type == DNS_TXT && txt_string(tx, &rr, i, &s);
				i++)
				put_data(r, tx, &rr, i, NULL);
		}
		if (open)
			dp_rec_end(r);
	}
	if (any)
		dp_rec_end(r);
}

void dns_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct dns_tx *tx = (const struct dns_tx *)t;
	const char *rcode = rcode_name(tx->flags & 15);
	char text[16];

	dp_rec_u64(r, "version", 3);
	dp_rec_cstr(r, "type", tx->flags & DNS_QR ? "response" : "request");
	dp_rec_u64(r, "tx_id", t->id);
	dp_rec_u64(r, "id", tx->id);
	snprintf(text, sizeof(text), "%x", tx->flags);
	dp_rec_cstr(r, "flags", text);
	if (tx->flags & DNS_QR)
		dp_rec_bool(r, "qr", true);
	if (tx->flags & DNS_AA)
		dp_rec_bool(r, "aa", true);
	if (tx->flags & DNS_TC)
		dp_rec_bool(r, "tc", true);
	if (tx->flags & DNS_RD)
		dp_rec_bool(r, "rd", true);
	if (tx->flags & DNS_RA)
		dp_rec_bool(r, "ra", true);
	if (tx->flags & DNS_Z)
		dp_rec_bool(r, "z", true);
	dp_rec_u64(r, "opcode", tx->flags >> 11 & 15);
	if (rcode) {
		dp_rec_cstr(r, "rcode", rcode);
	} else {
		snprintf(text, sizeof(text), "%u", tx->flags & 15);
		dp_rec_cstr(r, "rcode", text);
	}
	put_sections(r, tx, put_rr_all);
	put_grouped(r, tx); // an update has answers, too
}

static void put_mdns_data(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr)
{
	struct dp_span s;
	const char *key;

	switch (rr->type) {
	case DNS_SRV:
	case DNS_SOA: {
		put_fn *fn = object_of(rr->type, &key);

		dp_rec_obj(r, key);
		fn(r, tx, rr);
		dp_rec_end(r);
		break;
	}
	case DNS_OPT:
		put_opt(r, tx, rr);
		break;
	case DNS_TXT:
		dp_rec_arr(r, "txt");
		for (unsigned i = 0; i < 256 && txt_string(tx, rr, i, &s); i++)
			dp_rec_str(r, NULL, s.p, s.n);
		dp_rec_end(r);
		break;
	case DNS_A:
		put_data(r, tx, rr, 0, "a");
		break;
	case DNS_AAAA:
		put_data(r, tx, rr, 0, "aaaa");
		break;
	case DNS_PTR:
		put_data(r, tx, rr, 0, "ptr");
		break;
	case DNS_CNAME:
		put_data(r, tx, rr, 0, "cname");
		break;
	case DNS_NS:
		put_data(r, tx, rr, 0, "ns");
		break;
	case DNS_HINFO:
	case DNS_NSEC:
		dp_rec_str(r, rr->type == DNS_NSEC ? "nsec" : "hinfo", tx->msg.p + rr->data,
			rr->data_n);
		break;
	default:
		break;
	}
}

static void put_mdns_rr(struct dp_rec *r, const struct dns_tx *tx, const struct dns_rr *rr)
{
	dp_rec_obj(r, NULL);
	put_name(r, tx, "rrname", rr->name);
	if (rr->section == DNS_QUERIES)
		put_type(r, "rrtype", rr->type, true);
	else
		put_mdns_data(r, tx, rr);
	dp_rec_end(r);
}

void mdns_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} flags[] = {{DNS_AA, "aa"}, {DNS_TC, "tc"}, {DNS_RD, "rd"}, {DNS_RA, "ra"}, {DNS_Z, "z"}};
	const struct dns_tx *tx = (const struct dns_tx *)t;
	bool open = false;

	dp_rec_cstr(r, "type", tx->flags & DNS_QR ? "response" : "request");
	dp_rec_u64(r, "id", tx->id);
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!(tx->flags & flags[i].bit))
			continue;
		if (!open)
			dp_rec_arr(r, "flags");
		open = true;
		dp_rec_cstr(r, NULL, flags[i].name);
	}
	if (open)
		dp_rec_end(r);
	dp_rec_u64(r, "opcode", tx->flags >> 11 & 15);
	dp_rec_u64(r, "rcode", tx->flags & 15);
	put_sections(r, tx, put_mdns_rr);
}
