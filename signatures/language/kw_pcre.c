/* SPDX-License-Identifier: Apache-2.0 */
/* pcre:"[!]/regex/flags" with buffer letters and captures. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "kw.h"

#include <pcre2.h>
#include <string.h>

int sig_regex_check(struct sig_parser *p, const char *pattern, size_t len, uint32_t options,
	struct sig_str where, uint32_t *captures)
{
	PCRE2_SIZE at = 0;
	PCRE2_UCHAR message[128];
	pcre2_code *code;
	int error = 0;

	code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &error, &at, NULL);
	if (!code) {
		const char *place = where.s;

		pcre2_get_error_message(error, message, sizeof(message));
		if (pattern >= where.s && pattern + at <= where.s + where.n)
			place = pattern + at;
		return sig_fail(p, place, place < where.s + where.n ? 1 : 0,
			"correct the expression (PCRE2 syntax)",
			"the regular expression is not valid: %s", (const char *)message);
	}
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, captures);
	pcre2_code_free(code);
	return 0;
}

static const struct {
	char letter;
	uint32_t option; /* PCRE2 */
} standard[] = {
	{'i', PCRE2_CASELESS}, {'m', PCRE2_MULTILINE}, {'s', PCRE2_DOTALL}, {'x', PCRE2_EXTENDED},
	{'A', PCRE2_ANCHORED}, {'E', PCRE2_DOLLAR_ENDONLY}, {'G', PCRE2_UNGREEDY},
	{'O', 0}, /* own match limit: ours always applies */
};
static const struct {
	char letter;
	enum sig_buffer buffer;
} buffers[] = {
	{'U', SIG_BUF_HTTP_URI},
	{'I', SIG_BUF_HTTP_URI_RAW},
	{'P', SIG_BUF_HTTP_REQUEST_BODY},
	{'Q', SIG_BUF_FILE_DATA},
	{'H', SIG_BUF_HTTP_HEADER},
	{'D', SIG_BUF_HTTP_HEADER_RAW},
	{'M', SIG_BUF_HTTP_METHOD},
	{'C', SIG_BUF_HTTP_COOKIE},
	{'S', SIG_BUF_HTTP_STAT_CODE},
	{'Y', SIG_BUF_HTTP_STAT_MSG},
	{'V', SIG_BUF_HTTP_USER_AGENT},
	{'W', SIG_BUF_HTTP_HOST},
	{'Z', SIG_BUF_HTTP_HOST_RAW},
};

struct flags {
	uint32_t options, flags;
	enum sig_buffer buffer; /* SIG_BUF__COUNT: none */
	const char *buffer_at;
};

static bool standard_flag(char c, struct flags *out)
{
	for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++) {
		if (standard[i].letter == c) {
			out->options |= standard[i].option;
			return true;
		}
	}
	if (c == 'R')
		out->flags |= SIG_P_RELATIVE;
	else if (c == 'B')
		out->flags |= SIG_P_RAWBYTES;
	else
		return false;
	return true;
}

static bool buffer_flag(const char *at, struct flags *out)
{
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
		if (buffers[i].letter == *at) {
			out->buffer = buffers[i].buffer;
			out->buffer_at = at;
			return true;
		}
	}
	return false;
}

static int read_flags(struct sig_parser *p, struct sig_str t, struct flags *out)
{
	for (size_t i = 0; i < t.n; i++) {
		enum sig_buffer had = out->buffer;

		if (standard_flag(t.s[i], out))
			continue;
		if (!buffer_flag(t.s + i, out))
			return sig_fail(p, t.s + i, 1,
				"flags are i s m x A E G R B O and the buffer letters "
				"U I P Q H D M C S Y V W Z",
				"unknown flag of pcre");
		if (had != SIG_BUF__COUNT && had != out->buffer)
			return sig_fail(p, t.s + i, 1, "keep one buffer letter",
				"two buffers for one pcre");
	}
	if ((out->flags & SIG_P_RAWBYTES) && out->buffer != SIG_BUF__COUNT)
		return sig_fail(
			p, t.s, t.n, "remove B", "raw bytes do not go with a buffer letter");
	return 0;
}

/* "flow:name, pkt:other, alert:third" */
static int read_captures(struct sig_parser *p, struct sig_str t, struct sig_pcre *x)
{
	static const struct sig_word_value scopes[] = {
		{"pkt", SIG_CAP_PKT}, {"flow", SIG_CAP_FLOW}, {"alert", SIG_CAP_ALERT}, {NULL, 0}};
	struct sig_capture caps[16];
	struct sig_str one;
	uint32_t n = 0;

	while (sig_next(&t, ',', &one)) {
		const char *colon = memchr(one.s, ':', one.n);
		struct sig_str scope = {one.s, colon ? (size_t)(colon - one.s) : 0};
		int64_t v;

		if (!colon || !sig_lookup(scopes, scope, &v) || n == 16)
			return SIG_FAIL_AT(p, one,
				"write pkt:NAME, flow:NAME or alert:NAME after the flags",
				"this is not a capture");
		one.n -= scope.n + 1;
		one.s = colon + 1;
		caps[n].scope = (enum sig_capture_scope)v;
		caps[n++].name = sig_intern_text(p, one);
	}
	x->captures_n = n;
	x->capture = sig_arena_dup(p->arena, caps, n * sizeof(caps[0]));
	return 0;
}

/* (?P<flow_name>...), (?P<pkt_name>...), (?P<alert_name>...): Suricata's older spelling of captures. */
static int named_captures(struct sig_parser *p, const char *pattern, struct sig_pcre *x)
{
	struct sig_capture caps[16];
	uint32_t n = 0;

	for (const char *s = strstr(pattern, "(?P<"); s && n < 16; s = strstr(s + 4, "(?P<")) {
		const char *end = strchr(s, '>'), *name = s + 4;

		if (end && strncmp(name, "flow_", 5) == 0)
			caps[n] = (struct sig_capture){SIG_CAP_FLOW,
				sig_arena_strndup(p->arena, name + 5, (size_t)(end - name - 5))};
		else if (end && strncmp(name, "pkt_", 4) == 0)
			caps[n] = (struct sig_capture){SIG_CAP_PKT,
				sig_arena_strndup(p->arena, name + 4, (size_t)(end - name - 4))};
		else if (end && strncmp(name, "alert_", 6) == 0)
			caps[n] = (struct sig_capture){SIG_CAP_ALERT,
				sig_arena_strndup(p->arena, name + 6, (size_t)(end - name - 6))};
		else
			return 0;
		n++;
	}
	x->captures_n = n;
	x->capture = sig_arena_dup(p->arena, caps, n * sizeof(caps[0]));
	return 0;
}

/* The list that a buffer letter chooses. */
static int choose_list(struct sig_parser *p, const struct flags *f, uint16_t *list)
{
	if (f->buffer == SIG_BUF__COUNT) {
		*list = sig_list_here(p);
		return *list == SIG_LIST_NONE ? -1 : 0;
	}
	if (p->sticky && p->list[p->cur].buffer != f->buffer)
		sig_warn(p, f->buffer_at, 1,
			"remove the letter: the sticky buffer already says where",
			"the letter is ignored: the expression looks at the sticky buffer %s",
			sig_buffer_info[p->list[p->cur].buffer].name);
	if (p->sticky) {
		*list = p->cur;
		return 0;
	}
	if (sig_need_proto(p, SIG_PROTO_HTTP_ANY))
		return -1;
	if (!p->tx_at)
		p->tx_at = p->kw_at;
	*list = sig_list_get(p, f->buffer, NULL, false);
	return *list == SIG_LIST_NONE ? -1 : 0;
}

/* The buffer holds lower case only: an expression with capitals would never match. */
static int host_is_lowercase(struct sig_parser *p, const struct flags *f, struct sig_str re)
{
	if (f->buffer != SIG_BUF_HTTP_HOST || (f->options & PCRE2_CASELESS))
		return 0;
	for (size_t i = 0; i < re.n; i++) {
		if (re.s[i] == '\\')
			i++;
		else if (re.s[i] >= 'A' && re.s[i] <= 'Z')
			return sig_fail(p, re.s + i, 1, "write the expression in lower case",
				"http.host is always lower case: this can never match");
	}
	return 0;
}

SIG_KW_FN(pcre)
{
	struct sig_str t = arg->t, re, tail;
	struct flags f = {.buffer = SIG_BUF__COUNT};
	struct sig_pcre x = {0};
	const char *end, *comma;
	uint32_t captures = 0;
	struct sig_opt *o;
	uint16_t list = SIG_LIST_NONE;

	/* What stands before the first slash has never had an effect: tell and go on. */
	t = sig_trim(t);
	end = t.n ? memchr(t.s, '/', t.n) : NULL;
	if (end && end > t.s) {
		sig_warn(p, t.s, (size_t)(end - t.s), "remove it",
			"text before the first slash is ignored");
		t = (struct sig_str){end, t.n - (size_t)(end - t.s)};
	}
	if (t.n < 2 || t.s[0] != '/' || !(end = memrchr(t.s + 1, '/', t.n - 1)))
		return SIG_FAIL_AT(p, arg->t, "write pcre:\"/expression/flags\"",
			"the expression is not between slashes");
	re = (struct sig_str){t.s + 1, (size_t)(end - t.s - 1)};
	tail = (struct sig_str){end + 1, (size_t)(t.s + t.n - end - 1)};
	comma = memchr(tail.s, ',', tail.n);
	if (comma &&
		read_captures(
			p, (struct sig_str){comma + 1, (size_t)(tail.s + tail.n - comma - 1)}, &x))
		return -1;
	if (comma)
		tail = sig_trim((struct sig_str){tail.s, (size_t)(comma - tail.s)});
	if (!re.n)
		return SIG_FAIL_AT(
			p, t, "write an expression between the slashes", "the expression is empty");
	if (read_flags(p, tail, &f) || host_is_lowercase(p, &f, re) || choose_list(p, &f, &list))
		return -1;
	if (sig_regex_check(p, re.s, re.n, f.options, re, &captures))
		return -1;
	x.pattern = sig_arena_strndup(p->arena, re.s, re.n);
	x.pattern_len = (uint32_t)re.n;
	x.pcre2_options = f.options;
	x.flags = f.flags | (arg->negated ? SIG_P_NEGATED : 0);
	if (!comma)
		named_captures(p, x.pattern, &x);
	if (x.captures_n > captures)
		return SIG_FAIL_AT(p, arg->t, "add parentheses or remove a name",
			"more capture names than captures");
	o = sig_opt_add(p, SIG_OPT_PCRE);
	if (!o)
		return -1;
	o->list = list;
	p->list[list].opts_n++;
	o->u.pcre = x;
	return 0;
}
