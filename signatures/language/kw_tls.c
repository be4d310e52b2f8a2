/* SPDX-License-Identifier: Apache-2.0 */
/* TLS state, versions and dates; keywords without value that only name a condition. */
#define _XOPEN_SOURCE 700
#include "kw.h"

#include <string.h>
#include <time.h>

/* kw->id is the option kind; which protocol it belongs to follows from the kind. */
SIG_KW_FN(plain)
{
	enum sig_opt_kind kind = (enum sig_opt_kind)kw->id;
	bool ftp = kind == SIG_OPT_FTPBOUNCE;

	if (sig_need_proto(p, ftp ? SIG_PROTO_FTP : SIG_PROTO_TLS))
		return -1;
	if (!p->tx_at)
		p->tx_at = p->kw_at;
	return sig_opt_add(p, kind) ? 0 : -1;
}

static int read_mask(struct sig_parser *p, struct sig_str t, const struct sig_word_value *words,
	struct sig_mask *m)
{
	while (t.n) {
		size_t n = 0;
		struct sig_str f;
		int64_t bit;
		bool not ;

		while (n < t.n && t.s[n] != ',' && t.s[n] != '|')
			n++;
		f = sig_trim((struct sig_str){t.s, n});
		not = sig_take(&f, "!");
		f = sig_trim(f);
		if (!sig_lookup_nocase(words, f, &bit))
			return SIG_FAIL_AT(p, f, "see sekisho-signatures(7) for its words",
				"%s does not know this word", p->kw->name);
		if ((m->mask | m->not_mask) & (uint32_t)bit)
			return SIG_FAIL_AT(p, f, "keep one of them", "this word is given twice");
		*(not ? &m->not_mask : &m->mask) |= (uint32_t)bit;
		if (n == t.n)
			return 0;
		t = (struct sig_str){t.s + n + 1, t.n - n - 1};
	}
	return sig_fail(p, NULL, 0, "name one", "no word is given");
}

static int add_mask(struct sig_parser *p, const struct sig_arg *arg, enum sig_opt_kind kind,
	const struct sig_word_value *words)
{
	struct sig_mask m = {0};
	struct sig_opt *o;

	if (sig_need_proto(p, SIG_PROTO_TLS) || read_mask(p, arg->t, words, &m))
		return -1;
	o = sig_opt_add(p, kind);
	if (o)
		o->u.mask = m;
	return o ? 0 : -1;
}

SIG_KW_FN(ssl_version)
{
	static const struct sig_word_value words[] = {{"sslv2", SIG_SSLV_SSL2},
		{"sslv3", SIG_SSLV_SSL3}, {"tls1.0", SIG_SSLV_TLS10}, {"tls1.1", SIG_SSLV_TLS11},
		{"tls1.2", SIG_SSLV_TLS12}, {"tls1.3", SIG_SSLV_TLS13}, {NULL, 0}};

	return add_mask(p, arg, SIG_OPT_SSL_VERSION, words);
}

SIG_KW_FN(ssl_state)
{
	static const struct sig_word_value words[] = {{"client_hello", SIG_SSLS_CLIENT_HELLO},
		{"server_hello", SIG_SSLS_SERVER_HELLO}, {"client_keyx", SIG_SSLS_CLIENT_KEYX},
		{"server_keyx", SIG_SSLS_SERVER_KEYX}, {"unknown", SIG_SSLS_UNKNOWN}, {NULL, 0}};

	return add_mask(p, arg, SIG_OPT_SSL_STATE, words);
}

/* 2024, 2024-05, 2024-05-01, with T or blank and hh[:mm[:ss]], or seconds since 1970. */
static bool read_date(struct sig_str t, uint64_t *out)
{
	static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H", "%Y-%m-%d %H", "%Y-%m-%d",
		"%Y-%m", "%Y"};
	char buf[32];

	t = sig_trim(t);
	if (t.n == 0 || t.n >= sizeof(buf))
		return false;
	if (t.n > 4 && sig_u64(t, out))
		return true;
	memcpy(buf, t.s, t.n);
	buf[t.n] = '\0';
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = {.tm_mday = 1};
		const char *end = strptime(buf, formats[i], &tm);

		if (end && !*end) {
			time_t s = timegm(&tm);

			*out = s < 0 ? 0 : (uint64_t)s;
			return true;
		}
	}
	return false;
}

SIG_KW_FN(tls_date)
{
	struct sig_cmp cmp = {.op = SIG_OP_EQ};
	struct sig_str t = arg->t;
	const char *range = memmem(t.s, t.n, "<>", 2);
	struct sig_opt *o;

	if (sig_need_proto(p, SIG_PROTO_TLS))
		return -1;
	if (range && range > t.s) {
		struct sig_str b = {range + 2, (size_t)(t.s + t.n - range - 2)};

		t.n = (size_t)(range - t.s);
		cmp.op = SIG_OP_RANGE;
		if (!read_date(b, &cmp.b))
			return SIG_FAIL_AT(
				p, b, "write a date as 2024-05-01", "this is not a date");
	} else if (sig_take(&t, "<")) {
		cmp.op = SIG_OP_LT;
	} else if (sig_take(&t, ">")) {
		cmp.op = SIG_OP_GT;
	}
	if (!read_date(t, &cmp.a))
		return SIG_FAIL_AT(p, t, "write a date as 2024-05-01, with < or > before it",
			"this is not a date");
	if (cmp.op == SIG_OP_RANGE && cmp.a >= cmp.b)
		return SIG_FAIL_AT(p, arg->t, "write the earlier date first", "the range is empty");
	o = sig_opt_add(p, SIG_OPT_NUMBER);
	if (!o)
		return -1;
	o->u.number = (struct sig_number_opt){.number = (enum sig_number)kw->id, .cmp = cmp};
	return 0;
}
