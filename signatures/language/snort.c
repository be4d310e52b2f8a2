/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snort 2.9 and Snort 3 front ends. They run option by option: what differs is rewritten to
 * Suricata's keyword on the same piece of text, so that messages still point into the rule.
 */
#include "snort.h"

#include "snort3.h"

#include <string.h>

static bool contains(struct sig_str t, const char *word)
{
	return t.n && memmem(t.s, t.n, word, strlen(word)) != NULL;
}

/*
 * A file is Snort 3 when contents carry their modifiers after a comma or service is an option,
 * Snort 2 when it has Talos' policies in its metadata and no sticky buffer with a dot.
 */
enum sig_dialect sig_snort_guess(const char *text, size_t len)
{
	static const char *const snort3[] = {"\",nocase", "\",fast_pattern", "\",depth ",
		"\",offset ", "\",within ", "\",distance ", "; service:"};
	static const char *const suricata[] = {"http.", "dns.", "tls.", "file.", "flow.", "smb.",
		"bsize:", "startswith;", "endswith;", "requires:", "dns_query;", "tls_sni;"};
	static const char *const talos[] = {"ruleset community", "policy balanced-ips",
		"policy security-ips", "policy max-detect-ips"};
	struct sig_str t = {text, len > 262144 ? 262144 : len};

	for (size_t i = 0; i < sizeof(suricata) / sizeof(suricata[0]); i++) {
		if (contains(t, suricata[i]) && contains(t, "alert ") && i > 5)
			return SIG_DIALECT_SURICATA;
	}
	for (size_t i = 0; i < sizeof(snort3) / sizeof(snort3[0]); i++) {
		if (contains(t, snort3[i]))
			return SIG_DIALECT_SNORT3;
	}
	for (size_t i = 0; i < sizeof(talos) / sizeof(talos[0]); i++) {
		if (contains(t, talos[i]))
			return SIG_DIALECT_SNORT2;
	}
	return SIG_DIALECT_SURICATA;
}

int sig_snort_rule_parse(
	struct sig_parser *p, const struct sig_reading *in, const struct sig_rule **out)
{
	return sig_rule_parse(p, in, out);
}

static struct sig_str word(const char *s)
{
	return (struct sig_str){s, strlen(s)};
}

int sig_snort_run(struct sig_parser *p, const char *keyword, struct sig_str value, bool present,
	struct sig_str at)
{
	enum sig_dialect dialect = p->dialect;
	int rc;

	p->dialect = SIG_DIALECT_SURICATA;
	rc = sig_option_run(p, word(keyword), value, present);
	p->dialect = dialect;
	p->kw_at = at.s;
	if (rc && (p->err_at < p->in->text || p->err_at > p->in->text + p->in->len)) {
		p->err_at = at.s;
		p->err_len = at.n;
	}
	return rc;
}

/* Snort's ranges a<>b include their ends in urilen and dsize (2.9), a<=>b everywhere (3). */
static int inclusive(struct sig_parser *p, const char *keyword, struct sig_str name,
	struct sig_str v, const char *sep, const char *suffix)
{
	const char *comma = memchr(v.s, ',', v.n), *at;
	struct sig_str a, b;
	char *text;
	uint64_t lo, hi;

	if (comma) {
		suffix = sig_arena_strndup(p->arena, comma, v.n - (size_t)(comma - v.s));
		v = sig_trim((struct sig_str){v.s, (size_t)(comma - v.s)});
	}
	at = memmem(v.s, v.n, sep, strlen(sep));
	a = v;
	if (!at) {
		text = sig_arena_printf(p->arena, "%.*s%s", (int)v.n, v.s, suffix);
		return sig_snort_run(p, keyword, word(text), true, name);
	}
	a.n = (size_t)(at - v.s);
	b = (struct sig_str){at + strlen(sep), v.n - a.n - strlen(sep)};
	if (!sig_u64(a, &lo) || !sig_u64(b, &hi) || lo > hi || hi == UINT64_MAX)
		return SIG_FAIL_AT(p, v, "write the lower number first", "this is not a range");
	if (lo == 0)
		text = sig_arena_printf(p->arena, "<=%llu%s", (unsigned long long)hi, suffix);
	else
		text = sig_arena_printf(p->arena, "%llu<>%llu%s", (unsigned long long)lo - 1,
			(unsigned long long)hi + 1, suffix);
	return sig_snort_run(p, keyword, word(text), true, name);
}

/* A relative position equal to the buffer's end counts here, but not in Snort: one more. */
static int isdataat(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	struct sig_str n = v;
	bool not = sig_take(&n, "!");
	uint64_t at;

	n = sig_trim(n);
	if (!contains(v, "relative") || !sig_take_u64(&n, &at))
		return 1;
	v = word(sig_arena_printf(
		p->arena, "%s%llu%.*s", not ? "!" : "", (unsigned long long)at + 1, (int)n.n, n.s));
	return sig_snort_run(p, "isdataat", v, true, name);
}

/* sip_method:invite,bye and sip_stat_code:4 or 404: an anchored regex on the buffer. */
static int sip_words(
	struct sig_parser *p, struct sig_str name, struct sig_str v, const char *buffer, bool code)
{
	char *re = sig_arena_text(p->arena, 3 * v.n + 32), *end = re;
	struct sig_str one;
	bool not = false;

	end = stpcpy(end, "/^(?:");
	for (int i = 0; sig_next(&v, ',', &one); i++) {
		not |= sig_take(&one, "!");
		for (size_t k = 0; k < one.n; k++) {
			char c = one.s[k];

			if (!sig_is_digit(c) && !(sig_lower(c) >= 'a' && sig_lower(c) <= 'z'))
				return SIG_FAIL_AT(p, one, NULL, "this is not a value of %.*s",
					(int)name.n, name.s);
		}
		end += (i ? (*end = '|', 1) : 0);
		memcpy(end, one.s, one.n);
		end += one.n;
		end = code && one.n == 1 ? stpcpy(end, "[0-9][0-9]") : end;
	}
	strcpy(end, ")$/i");
	if (sig_snort_run(p, buffer, word(""), false, name) ||
		sig_snort_run(p, "pcre",
			word(sig_arena_printf(p->arena, "%s\"%s\"", not ? "!" : "", re)), true,
			name))
		return -1;
	return sig_snort_run(p, "pkt_data", word(""), false, name);
}

/* Tag, then definite length of one to five bytes (X.690 8.1.3); the cursor goes to the value. */
static int ber_data(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	uint32_t tag;

	if (!sig_u32(v, UINT8_MAX, &tag))
		return SIG_FAIL_AT(p, v, "write ber_data:0x30", "this is not a tag");
	return sig_snort_run(p, "pcre",
		word(sig_arena_printf(p->arena,
			"\"/^\\x%02x(?:[\\x00-\\x7f]|\\x81.|\\x82..|\\x83...|\\x84....)/sR\"",
			tag)),
		true, name);
}

static const char *const no_equal[] = {"ber_skip", "http_param", "http_true_ip", "http_trailer",
	"http_raw_trailer", "http_num_headers", "http_num_trailers", "http_num_cookies",
	"http_max_header_line", "http_max_trailer_line", "http_version_match", "http_header_test",
	"http_trailer_test", "sip_header", "sip_body", "sd_pattern", "file_type", "file_meta",
	"js_data", "vba_data", "appids", "cvs", "gtp_info", "gtp_type", "gtp_version",
	"modbus_data", "modbus_func", "modbus_unit", "s7commplus_content", "s7commplus_func",
	"s7commplus_opcode", "mms_data", "mms_func", "iec104_apci_type", "iec104_asdu_func",
	"cip_attribute", "cip_class", "cip_conn_path_class", "cip_instance", "cip_req", "cip_rsp",
	"cip_status", "enip_req", "enip_rsp", "dnp3_ind", "so", "soid", "vlan", "wscale", "mss",
	"opcua_msg_service", "opcua_msg_type", "opcua_node_id", "opcua_node_namespace_index",
	"preprocessor", "session", "react", "logto", "resp", "content-list", "uricontent-list",
	"activates", "activated_by", "count", "http_encode", "dnp3_func", "cip_service", "length",
	"ftpbounce_snort", "stream_reassemble", "stream_reassemble2", "ignored"};

static bool has_no_equal(struct sig_str name)
{
	for (size_t i = 0; i < sizeof(no_equal) / sizeof(no_equal[0]); i++) {
		if (sig_is(name, no_equal[i]))
			return true;
	}
	return false;
}

/* flowbits:set,name,group: groups only name bits together; they have no effect on one bit. */
static int flowbits(struct sig_parser *p, struct sig_str name, struct sig_str v)
{
	struct sig_str f[3];
	size_t n = sig_split(v, ',', f, 3);
	char *text;

	if (n == 3)
		v = (struct sig_str){v.s, (size_t)(f[1].s + f[1].n - v.s)};
	if (!memchr(v.s, '&', v.n))
		return n == 3 ? sig_snort_run(p, "flowbits", v, true, name) : 1;
	/* a&b: one option per name */
	text = sig_arena_strndup(p->arena, v.s, v.n);
	n = sig_split((struct sig_str){text, v.n}, ',', f, 2);
	while (n == 2 && f[1].s) {
		struct sig_str one;

		if (!sig_next(&f[1], '&', &one))
			break;
		one = word(sig_arena_printf(
			p->arena, "%.*s,%.*s", (int)f[0].n, f[0].s, (int)one.n, one.s));
		if (sig_snort_run(p, "flowbits", one, true, name))
			return -1;
	}
	return 0;
}

int sig_snort_option(struct sig_parser *p, struct sig_str name, struct sig_str value, bool present)
{
	bool three = p->dialect == SIG_DIALECT_SNORT3;

	p->kw_at = name.s;
	if (sig_is(name, "isdataat"))
		return isdataat(p, name, value);
	if (sig_is(name, "sip_method"))
		return sip_words(p, name, value, "sip.method", false);
	if (sig_is(name, "sip_stat_code"))
		return sip_words(p, name, value, "sip.stat_code", true);
	if (sig_is(name, "ber_data"))
		return ber_data(p, name, value);
	if (sig_is(name, "flowbits"))
		return flowbits(p, name, value);
	if (sig_is(name, "raw_data"))
		return sig_snort_run(p, "pkt_data", word(""), false, name);
	if (sig_is(name, "rem"))
		return 0;
	if (has_no_equal(name))
		return sig_skip(p, name.s, name.n, "remove it, or keep the rule for Snort",
			"this Snort option has no equal");
	if (!three && sig_is(name, "urilen"))
		return inclusive(p, "urilen", name, value, "<>", ",raw");
	if (!three && sig_is(name, "dsize"))
		return inclusive(p, "dsize", name, value, "<>", "");
	if (three && contains(value, "<=>") && !sig_is(name, "bufferlen") && value.s[0] != '"') {
		char *keyword = sig_arena_strndup(p->arena, name.s, name.n);

		return inclusive(p, keyword, name, value, "<=>", "");
	}
	return three ? sig_snort3_option(p, name, value, present) : 1;
}
