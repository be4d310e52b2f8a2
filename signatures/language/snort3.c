/* SPDX-License-Identifier: Apache-2.0 */
/* Snort 3: modifiers after commas, underscored sticky buffers, service, bufferlen. */
#include "snort3.h"

#include "kw.h"
#include "snort.h"

#include <string.h>

static struct sig_str word(const char *s)
{
	return (struct sig_str){s, strlen(s)};
}

/* End of a quoted string that starts at t (after an optional !): offset behind the quote. */
static size_t quoted_end(struct sig_str t)
{
	size_t i = 0;

	while (i < t.n && t.s[i] != '"')
		i++;
	for (i++; i < t.n; i++) {
		if (t.s[i] == '\\')
			i++;
		else if (t.s[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Inside Snort's quotes a semicolon needs no backslash, and neither does a colon: as here. */
static int modifiers(struct sig_parser *p, struct sig_str rest)
{
	static const char *const plain[] = {"nocase", "rawbytes", "fast_pattern"};
	static const char *const valued[] = {"offset", "depth", "distance", "within"};
	struct sig_str m, w, chop_off = {NULL, 0}, chop_len = {NULL, 0};

	while (sig_next(&rest, ',', &m)) {
		struct sig_str v = m;
		bool done = false;

		if (!sig_word(&v, &w))
			return SIG_FAIL_AT(p, m, "remove the extra comma", "a modifier is empty");
		if (sig_is(w, "fast_pattern_offset")) {
			chop_off = v;
			continue;
		}
		if (sig_is(w, "fast_pattern_length")) {
			chop_len = v;
			continue;
		}
		for (int i = 0; i < 3 && !done; i++) {
			done = sig_is(w, plain[i]);
			if (done && sig_snort_run(p, plain[i], word(""), false, w))
				return -1;
		}
		for (int i = 0; i < 4 && !done; i++) {
			done = sig_is(w, valued[i]);
			if (done && sig_snort_run(p, valued[i], v, true, w))
				return -1;
		}
		if (!done)
			return SIG_FAIL_AT(p, m,
				"write nocase, offset N, depth N, distance N, within N, "
				"fast_pattern or rawbytes",
				"content does not know this modifier");
	}
	if (chop_off.s && chop_len.s) {
		struct sig_opt *o = sig_last_content(p);
		uint32_t off, len;

		if (o && sig_u32(chop_off, UINT16_MAX, &off) &&
			sig_u32(chop_len, UINT16_MAX, &len) && len &&
			off + len <= o->u.content.pattern.len) {
			o->u.content.chop_offset = (uint16_t)off;
			o->u.content.chop_len = (uint16_t)len;
			o->u.content.flags |= SIG_C_FAST_CHOP;
		}
	}
	return 0;
}

static int content(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	size_t end = quoted_end(v);
	struct sig_str rest;

	if (!end)
		return SIG_FAIL_AT(
			p, v, "close the quotes", "the quotes of content are not closed");
	if (sig_snort_run(p, "content", (struct sig_str){v.s, end}, true, name))
		return -1;
	rest = sig_trim((struct sig_str){v.s + end, v.n - end});
	if (!rest.n)
		return 0;
	if (rest.s[0] != ',')
		return SIG_FAIL_AT(p, rest, "write a comma before the first modifier",
			"this does not belong to content");
	return modifiers(p, (struct sig_str){rest.s + 1, rest.n - 1});
}

/* regex:"/.../flags"[,fast_pattern][,nocase]: PCRE reads it the same. */
static int regex(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	size_t end = quoted_end(v);

	if (!end)
		return SIG_FAIL_AT(p, v, "close the quotes", "the quotes of regex are not closed");
	if (sig_snort_run(p, "pcre", (struct sig_str){v.s, end}, true, name))
		return -1;
	p->opt[p->opts_n - 1].u.pcre.flags |= SIG_P_HYPERSCAN;
	return 0;
}

static const struct {
	const char *name;
	enum sig_buffer buffer;
} sticky[] = {
	{"http_uri", SIG_BUF_HTTP_URI},
	{"http_raw_uri", SIG_BUF_HTTP_URI_RAW},
	{"http_header", SIG_BUF_HTTP_HEADER},
	{"http_raw_header", SIG_BUF_HTTP_HEADER_RAW},
	{"http_cookie", SIG_BUF_HTTP_COOKIE},
	{"http_raw_cookie", SIG_BUF_HTTP_COOKIE},
	{"http_client_body", SIG_BUF_HTTP_REQUEST_BODY},
	{"http_raw_body", SIG_BUF_HTTP_REQUEST_BODY},
	{"http_method", SIG_BUF_HTTP_METHOD},
	{"http_stat_code", SIG_BUF_HTTP_STAT_CODE},
	{"http_stat_msg", SIG_BUF_HTTP_STAT_MSG},
	{"http_raw_request", SIG_BUF_HTTP_REQUEST_LINE},
	{"http_raw_status", SIG_BUF_HTTP_RESPONSE_LINE},
	{"http_version", SIG_BUF_HTTP_PROTOCOL},
	{"file_data", SIG_BUF_FILE_DATA},
	{"dce_stub_data", SIG_BUF_DCERPC_STUB_DATA},
	{"dnp3_data", SIG_BUF_DNP3_DATA},
};
/* http_header:field X has a buffer of its own for these. */
static const struct {
	const char *field;
	enum sig_buffer buffer;
} fields[] = {
	{"user-agent", SIG_BUF_HTTP_USER_AGENT},
	{"host", SIG_BUF_HTTP_HOST_RAW},
	{"referer", SIG_BUF_HTTP_REFERER},
	{"accept", SIG_BUF_HTTP_ACCEPT},
	{"accept-encoding", SIG_BUF_HTTP_ACCEPT_ENC},
	{"accept-language", SIG_BUF_HTTP_ACCEPT_LANG},
	{"connection", SIG_BUF_HTTP_CONNECTION},
	{"content-type", SIG_BUF_HTTP_CONTENT_TYPE},
	{"content-length", SIG_BUF_HTTP_CONTENT_LEN},
	{"location", SIG_BUF_HTTP_LOCATION},
	{"server", SIG_BUF_HTTP_SERVER},
};

static int open_sticky(
	struct sig_parser *p, struct sig_str name, enum sig_buffer b, struct sig_str v)
{
	struct sig_str w;

	if (v.n) {
		bool found = false;

		if (!sig_word(&v, &w) || !sig_is(w, "field"))
			return sig_skip(p, v.s, v.n, "remove it", "this argument has no equal");
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && !found; i++) {
			found = sig_is_nocase(v, fields[i].field);
			b = found ? fields[i].buffer : b;
		}
		if (!found)
			return sig_skip(p, v.s, v.n, "match the whole header line in http_header",
				"this header field has no buffer of its own");
	}
	return sig_snort_run(p, sig_buffer_info[b].name, word(""), false, name);
}

/* bufferlen:N, a<>b (ends excluded), a<=>b (included). */
static int bufferlen(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	const char *keyword = p->sticky ? "bsize" : "dsize";
	const char *at = memmem(v.s, v.n, "<=>", 3);
	uint64_t lo, hi;

	if (memchr(v.s, ',', v.n))
		return sig_skip(
			p, v.s, v.n, "remove the argument", "a relative bufferlen has no equal");
	if (at) {
		struct sig_str a = {v.s, (size_t)(at - v.s)},
			       b = {at + 3, v.n - (size_t)(at + 3 - v.s)};

		if (!sig_u64(a, &lo) || !sig_u64(b, &hi) || lo > hi)
			return SIG_FAIL_AT(
				p, v, "write the lower number first", "this is not a range");
		v = word(lo ? sig_arena_printf(p->arena, "%llu<>%llu", (unsigned long long)lo - 1,
				      (unsigned long long)hi + 1)
			    : sig_arena_printf(p->arena, "<=%llu", (unsigned long long)hi));
	}
	return sig_snort_run(p, keyword, v, true, name);
}

/*
 * service: the header's ports already narrow the rule, and Snort matches by port where it does
 * not know the service. With any ports a single known service becomes the rule's protocol.
 */
static int service(struct sig_parser *p, struct sig_str v)
{
	static const struct sig_word_value names[] = {{"http", SIG_PROTO_HTTP_ANY},
		{"http2", SIG_PROTO_HTTP2}, {"ssl", SIG_PROTO_TLS}, {"dns", SIG_PROTO_DNS},
		{"smtp", SIG_PROTO_SMTP}, {"ftp", SIG_PROTO_FTP}, {"ftp-data", SIG_PROTO_FTP_DATA},
		{"ssh", SIG_PROTO_SSH}, {"netbios-ssn", SIG_PROTO_SMB}, {"sip", SIG_PROTO_SIP},
		{"snmp", SIG_PROTO_SNMP}, {"tftp", SIG_PROTO_TFTP}, {"imap", SIG_PROTO_IMAP},
		{"pop3", SIG_PROTO_POP3}, {"modbus", SIG_PROTO_MODBUS}, {"dnp3", SIG_PROTO_DNP3},
		{NULL, 0}};
	struct sig_rule *r = p->rule;
	struct sig_str all = v;
	int64_t proto;

	p->meta = sig_arena_grow(p->arena, p->meta, &p->meta_cap, p->meta_n, sizeof(*p->meta));
	p->meta[p->meta_n++] =
		(struct sig_metadata){.key = "service", .value = sig_intern_text(p, all)};
	if (r->sport->any && r->dport->any && r->app == SIG_PROTO_UNKNOWN && !p->packet_at &&
		sig_lookup(names, v, &proto))
		r->app = (enum sig_proto)proto;
	return 0;
}

/* dce_iface:uuid X[,version ...]; dce_opnum:"1-2" */
static int dce(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	struct sig_str w = v;

	if (sig_is(name, "dce_iface")) {
		if (sig_take(&w, "uuid"))
			v = sig_trim(w);
		return sig_snort_run(p, "dcerpc.iface", v, true, name);
	}
	if (v.n >= 2 && v.s[0] == '"' && v.s[v.n - 1] == '"')
		v = (struct sig_str){v.s + 1, v.n - 2};
	return sig_snort_run(p, "dcerpc.opnum", v, true, name);
}

/* stream_size:>10,to_server and tag:session,packets 5: the same words in another order. */
static int reordered(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	struct sig_str f[3], w;
	size_t n = sig_split(v, ',', f, 3), k = 0;

	if (sig_is(name, "stream_size")) {
		static const char *const digits = "0123456789";

		while (k < f[0].n && !strchr(digits, f[0].s[k]))
			k++;
		v = word(sig_arena_printf(p->arena, "%.*s,%.*s,%.*s", n > 1 ? (int)f[1].n : 6,
			n > 1 ? f[1].s : "either", k ? (int)k : 1, k ? f[0].s : "=",
			(int)(f[0].n - k), f[0].s + k));
		return sig_snort_run(p, "stream_size", v, true, name);
	}
	if (n < 2 || !sig_word(&f[1], &w) || !f[1].n)
		return 1;
	if (sig_is(f[0], "host_src") || sig_is(f[0], "host_dst"))
		v = word(sig_arena_printf(p->arena, "host,%.*s,%.*s,%.*s", (int)f[1].n, f[1].s,
			(int)w.n, w.s, 3, f[0].s + 5));
	else
		v = word(sig_arena_printf(p->arena, "%.*s,%.*s,%.*s", (int)f[0].n, f[0].s,
			(int)f[1].n, f[1].s, (int)w.n, w.s));
	return sig_snort_run(p, "tag", v, true, name);
}

int sig_snort3_option(struct sig_parser *p, struct sig_str name, struct sig_str value, bool present)
{
	if (sig_is(name, "content"))
		return content(p, name, value);
	if (sig_is(name, "regex"))
		return regex(p, name, value);
	if (sig_is(name, "service"))
		return service(p, value);
	if (sig_is(name, "bufferlen"))
		return bufferlen(p, name, value);
	if (sig_is(name, "dce_iface") || sig_is(name, "dce_opnum"))
		return dce(p, name, value);
	if (sig_is(name, "stream_size") || sig_is(name, "tag"))
		return reordered(p, name, value);
	for (size_t i = 0; i < sizeof(sticky) / sizeof(sticky[0]); i++) {
		if (sig_is(name, sticky[i].name))
			return open_sticky(p, name, sticky[i].buffer, value);
	}
	return 1;
}
