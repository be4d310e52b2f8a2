/* SPDX-License-Identifier: Apache-2.0 */
/* The few fields of a certificate (RFC 5280) that signatures ask for, read from its DER. */
#include "tls.h"
#include <dp/hash.h>
#include <stdio.h>

enum { DER_INT = 2, DER_BITS = 3, DER_OCTETS = 4, DER_OID = 6, DER_UTC = 0x17, DER_GTIME = 0x18,
	DER_SEQ = 0x30, DER_SET = 0x31, DER_BMP = 0x1e, DER_V0 = 0xa0, DER_V3 = 0xa3 };

#define TEXT_MAX 4096u

/** The next element: tag, and a cursor over its content. */
static uint8_t der(struct dp_cur *c, struct dp_cur *out)
{
	uint8_t tag = dp_cur_u8(c), b = dp_cur_u8(c);
	uint32_t len = b;

	if (b & 0x80) {
		unsigned n = b & 0x7f;

		len = 0;
		if (n == 0 || n > 4)
			c->bad = true;
		for (unsigned i = 0; i < n && !c->bad; i++)
			len = len << 8 | dp_cur_u8(c);
	}
	*out = dp_cur_sub(c, len);
	return out->bad ? 0 : tag;
}

static bool der_want(struct dp_cur *c, uint8_t tag, struct dp_cur *out)
{
	return der(c, out) == tag;
}

/** Short names as the peer prints them; others are dotted numbers. */
static const char *oid_name(const uint8_t *p, uint32_t n)
{
	static const struct {
		const char *oid;
		uint8_t n;
		const char *name;
	} known[] = {
		{"\x55\x04\x03", 3, "CN"}, {"\x55\x04\x06", 3, "C"}, {"\x55\x04\x07", 3, "L"},
		{"\x55\x04\x08", 3, "ST"}, {"\x55\x04\x0a", 3, "O"}, {"\x55\x04\x0b", 3, "OU"},
		{"\x55\x04\x05", 3, "serialNumber"}, {"\x55\x04\x09", 3, "streetAddress"},
		{"\x55\x04\x0c", 3, "title"}, {"\x55\x04\x0d", 3, "description"},
		{"\x55\x04\x0f", 3, "businessCategory"}, {"\x55\x04\x11", 3, "postalCode"},
		{"\x55\x04\x04", 3, "SN"}, {"\x55\x04\x2a", 3, "GN"}, {"\x55\x04\x29", 3, "name"},
		{"\x55\x04\x2b", 3, "initials"}, {"\x55\x04\x2e", 3, "dnQualifier"},
		{"\x55\x04\x61", 3, "organizationIdentifier"},
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "Email"},
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", 9, "unstructuredName"},
		{"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, "DC"},
		{"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, "UID"},
		{"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01", 11, "msJurisdictionLocality"},
		{"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02", 11,
			"msJurisdictionStateOrProvince"},
		{"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", 11, "msJurisdictionCountry"},
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].n == n && !memcmp(known[i].oid, p, n))
			return known[i].name;
	return NULL;
}

static void oid_dotted(struct dp_app_ctx *x, struct dp_bytes *b, const uint8_t *p, uint32_t n)
{
	char text[24];
	uint64_t v = 0;
	bool first = true;

	for (uint32_t i = 0; i < n; i++) {
		int len;

		v = v << 7 | (p[i] & 0x7f);
		if (p[i] & 0x80)
			continue;
		if (first)
			len = snprintf(text, sizeof(text), "%u.%u", v < 80 ? (unsigned)v / 40 : 2,
				v < 80 ? (unsigned)v % 40 : (unsigned)v - 80);
		else
			len = snprintf(text, sizeof(text), ".%llu", (unsigned long long)v);
		dp_bytes_add(x->c, b, text, (uint32_t)len, TEXT_MAX);
		first = false;
		v = 0;
	}
}

static void put(struct dp_app_ctx *x, struct dp_bytes *b, const char *s)
{
	dp_bytes_add(x->c, b, s, (uint32_t)strlen(s), TEXT_MAX);
}

/** UTF-16 (BMPString) as UTF-8; everything else as it stands. */
static void value(struct dp_app_ctx *x, struct dp_bytes *b, uint8_t tag, struct dp_cur c)
{
	if (tag != DER_BMP) {
		dp_bytes_add(x->c, b, c.p, c.n, TEXT_MAX);
		return;
	}
	while (dp_cur_left(&c) >= 2) {
		uint16_t u = dp_cur_be16(&c);
		uint8_t o[3];
		uint32_t n = 0;

		if (u < 0x80) {
			o[n++] = (uint8_t)u;
		} else if (u < 0x800) {
			o[n++] = (uint8_t)(0xc0 | u >> 6);
			o[n++] = (uint8_t)(0x80 | (u & 0x3f));
		} else {
			o[n++] = (uint8_t)(0xe0 | u >> 12);
			o[n++] = (uint8_t)(0x80 | (u >> 6 & 0x3f));
			o[n++] = (uint8_t)(0x80 | (u & 0x3f));
		}
		dp_bytes_add(x->c, b, o, n, TEXT_MAX);
	}
}

/** "C=US, O=One + OU=Two" */
static bool name(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_cur c)
{
	b->n = 0;
	while (dp_cur_left(&c)) {
		struct dp_cur set, seq, oid, val;
		bool more = false;

		if (!der_want(&c, DER_SET, &set))
			return false;
		while (dp_cur_left(&set)) {
			const char *known;
			uint8_t tag;

			if (!der_want(&set, DER_SEQ, &seq) || !der_want(&seq, DER_OID, &oid))
				return false;
			tag = der(&seq, &val);
			if (!tag)
				return false;
			if (b->n)
				put(x, b, more ? " + " : ", ");
			more = true;
			known = oid_name(oid.p, oid.n);
			if (known)
				put(x, b, known);
			else
				oid_dotted(x, b, oid.p, oid.n);
			put(x, b, "=");
			value(x, b, tag, val);
		}
	}
	return true;
}

/** Days since 1970-01-01 of a date in the Gregorian calendar. */
static int64_t days(int64_t y, unsigned m, unsigned d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool digits(struct dp_cur *c, unsigned n, unsigned *v)
{
	*v = 0;
	while (n--) {
		uint8_t ch = dp_cur_u8(c);

		if (ch < '0' || ch > '9')
			return false;
		*v = *v * 10 + (unsigned)(ch - '0');
	}
	return true;
}

/** RFC 5280 section 4.1.2.5. */
static bool when(uint8_t tag, struct dp_cur c, struct tls_cert *k, int64_t *out)
{
	unsigned y, mo, d, h, mi, s = 0;

	if (!digits(&c, tag == DER_GTIME ? 4 : 2, &y) || !digits(&c, 2, &mo) || !digits(&c, 2, &d) ||
		!digits(&c, 2, &h) || !digits(&c, 2, &mi))
		return false;
	if (dp_cur_left(&c) > 2 && !digits(&c, 2, &s))
		return false;
	if (tag == DER_UTC)
		y += y >= 50 ? 1900 : 2000;
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60)
		return false;
	// They have to be in GMT (RFC 5280 section 4.1.2.5): other ones are told of, and not converted.
	k->odd_date |= dp_cur_left(&c) != 1 || dp_cur_u8(&c) != 'Z';
	*out = days(y, mo, d) * 86400 + (int64_t)(h * 3600 + mi * 60 + s);
	return true;
}

static void serial(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_cur c)
{
	char text[4];

	b->n = 0;
	for (uint32_t i = 0; i < c.n && i < 64; i++) {
		int n = snprintf(text, sizeof(text), i ? ":%02X" : "%02X", c.p[i]);

		dp_bytes_add(x->c, b, text, (uint32_t)n, TEXT_MAX);
	}
}

static void alt_address(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_cur v)
{
	char text[48];
	unsigned o = 0;
	uint16_t len;

	if (v.n == 4) {
		o = (unsigned)snprintf(text, sizeof(text), "%u.%u.%u.%u", v.p[0], v.p[1], v.p[2],
			v.p[3]);
	} else if (v.n == 16) {
		for (unsigned i = 0; i < 16; i += 2)
			o += (unsigned)snprintf(text + o, sizeof(text) - o,
				i ? ":%02x%02x" : "%02x%02x", v.p[i], v.p[i + 1]);
	} else {
		return;
	}
	len = (uint16_t)o;
	dp_bytes_add(x->c, b, &len, 2, TLS_NAMES_MAX);
	dp_bytes_add(x->c, b, text, o, TLS_NAMES_MAX);
}

static void alt_names(struct dp_app_ctx *x, struct dp_bytes *b, struct dp_cur c)
{
	struct dp_cur seq, v;

	if (!der_want(&c, DER_SEQ, &seq))
		return;
	while (dp_cur_left(&seq)) {
		uint8_t tag = der(&seq, &v);
		uint16_t len = (uint16_t)v.n;

		if (!tag || b->n + 2 + v.n > TLS_NAMES_MAX)
			return;
		if (tag == 0x87) {
			alt_address(x, b, v);
		} else if (tag == 0x82 || tag == 0x81 || tag == 0x86) {
			dp_bytes_add(x->c, b, &len, 2, TLS_NAMES_MAX);
			dp_bytes_add(x->c, b, v.p, v.n, TLS_NAMES_MAX);
		}
	}
}

static void extensions(struct dp_app_ctx *x, struct tls_cert *k, struct dp_cur c)
{
	struct dp_cur seq, e, oid, v;

	if (!der_want(&c, DER_SEQ, &seq))
		return;
	while (dp_cur_left(&seq)) {
		uint8_t tag;

		if (!der_want(&seq, DER_SEQ, &e) || !der_want(&e, DER_OID, &oid))
			return;
		tag = der(&e, &v);
		if (tag == 1) // critical
			tag = der(&e, &v);
		if (tag == DER_OCTETS && oid.n == 3 && !memcmp(oid.p, "\x55\x1d\x11", 3))
			alt_names(x, &k->names, v);
	}
}

/** Does the head of the next element end before its length does? */
static bool length_cut(const struct dp_cur *c)
{
	const uint8_t *p = c->p + c->off;
	uint32_t n = c->n - c->off;

	return n < 2 || ((p[1] & 0x80) && n < 2u + (p[1] & 0x7f));
}

static int fields(struct dp_app_ctx *x, struct tls_cert *k, struct dp_cur c)
{
	struct dp_cur cert, tbs, v, t;
	uint8_t tag;

	if (!der_want(&c, DER_SEQ, &cert))
		return c.bad ? SIG_EV_TLS_CERT : SIG_EV_TLS_CERT_DER;
	if (length_cut(&cert))
		return SIG_EV_TLS_CERT_LENGTH;
	if (!der_want(&cert, DER_SEQ, &tbs)) // content longer than what holds it, or other content
		return cert.bad ? SIG_EV_TLS_CERT : SIG_EV_TLS_CERT_DER;
	tag = der(&tbs, &v);
	if (tag == DER_V0)
		tag = der(&tbs, &v);
	if (tag != DER_INT)
		return SIG_EV_TLS_CERT_SERIAL;
	serial(x, &k->serial, v);
	if (!der_want(&tbs, DER_SEQ, &v))
		return SIG_EV_TLS_CERT_ALGORITHM;
	if (!der_want(&tbs, DER_SEQ, &v) || !name(x, &k->issuer, v))
		return SIG_EV_TLS_CERT_X509NAME;
	if (!der_want(&tbs, DER_SEQ, &v))
		return SIG_EV_TLS_CERT_VALIDITY;
	tag = der(&v, &t);
	if ((tag != DER_UTC && tag != DER_GTIME) || !when(tag, t, k, &k->not_before))
		return SIG_EV_TLS_CERT_DATE;
	tag = der(&v, &t);
	if ((tag != DER_UTC && tag != DER_GTIME) || !when(tag, t, k, &k->not_after))
		return SIG_EV_TLS_CERT_DATE;
	if (!der_want(&tbs, DER_SEQ, &v) || !name(x, &k->subject, v))
		return SIG_EV_TLS_CERT_X509NAME;
	if (!der_want(&tbs, DER_SEQ, &v))
		return SIG_EV_TLS_CERT_DER;
	while (dp_cur_left(&tbs)) {
		tag = der(&tbs, &v);
		if (tag == DER_V3)
			extensions(x, k, v);
		if (!tag)
			return SIG_EV_TLS_CERT_EXTENSIONS;
	}
	return -1;
}

static void fingerprint(struct tls_cert *k, const uint8_t *p, uint32_t n)
{
	uint8_t md[20];

	dp_hash_sha1(p, n, md);
	for (unsigned i = 0; i < 20; i++)
		sprintf(k->fingerprint + 3 * i, i < 19 ? "%02x:" : "%02x", md[i]);
}

/** RFC 5246 section 7.4.2. */
void tls_certificates(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, struct dp_cur c)
{
	struct tls_cert *k = &t->side[d].cert;
	uint32_t all = dp_cur_be24(&c);
	struct dp_cur list = dp_cur_sub(&c, all);

	if (k->seen || t->v13)
		return;
	if (list.bad) { // what the message does not hold of it is told of as the next message
		if (!t->side[d].hs_more)
			dp_tx_event(x, &t->tx, d, SIG_EV_TLS_CERT);
		return;
	}
	while (dp_cur_left(&list) && k->chain_n < TLS_CERTS_MAX) {
		uint32_t len = dp_cur_be24(&list);
		const uint8_t *p = dp_cur_bytes(&list, len);
		int ev;

		if (!p) {
			dp_tx_event(x, &t->tx, d, SIG_EV_TLS_CERT);
			return;
		}
		dp_bytes_add(x->c, &k->chain, &len, 4, TLS_HANDSHAKE_MAX * 2);
		dp_bytes_add(x->c, &k->chain, p, len, TLS_HANDSHAKE_MAX * 2);
		if (k->chain_n++)
			continue;
		ev = fields(x, k, dp_cur_of(p, len));
		if (ev >= 0) {
			dp_tx_event(x, &t->tx, d, (unsigned)ev);
			k->subject.n = k->issuer.n = 0;
			continue;
		}
		if (k->odd_date)
			dp_tx_event(x, &t->tx, d, SIG_EV_TLS_CERT_DATE);
		k->seen = true;
		fingerprint(k, p, len);
	}
}
