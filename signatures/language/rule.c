/* SPDX-License-Identifier: Apache-2.0 */
/* One rule from text to structure: the driver, its errors, and the pieces that keywords share. */
#include "parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int record(struct sig_parser *p, bool skipped, const char *at, size_t len, const char *cure,
	const char *sentence)
{
	if (p->failed || p->skipped)
		return -1;
	if (skipped)
		p->skipped = true;
	else
		p->failed = true;
	p->err_at = at ? at : p->kw_at;
	p->err_len = at ? len : p->kw_at ? strlen(p->kw->name) : 0;
	p->sentence = sentence;
	p->cure = cure ? sig_arena_strdup(p->arena, cure) : "";
	return -1;
}

static const char *format(struct sig_parser *p, const char *fmt, va_list ap)
{
	char buf[512];

	vsnprintf(buf, sizeof(buf), fmt, ap);
	return sig_arena_strdup(p->arena, buf);
}

int sig_fail(
	struct sig_parser *p, const char *at, size_t len, const char *cure, const char *fmt, ...)
{
	va_list ap;
	const char *sentence;

	va_start(ap, fmt);
	sentence = format(p, fmt, ap);
	va_end(ap);
	return record(p, false, at, len, cure, sentence);
}

int sig_skip(
	struct sig_parser *p, const char *at, size_t len, const char *cure, const char *fmt, ...)
{
	va_list ap;
	const char *sentence;

	va_start(ap, fmt);
	sentence = format(p, fmt, ap);
	va_end(ap);
	return record(p, true, at, len, cure, sentence);
}

void sig_place(const struct sig_reading *in, const char *at, uint32_t *line, uint32_t *column)
{
	uint32_t off = 0, i = in->pieces_n - 1;

	if (at >= in->text && at <= in->text + in->len)
		off = (uint32_t)(at - in->text);
	while (i > 0 && in->piece[i].at > off)
		i--;
	*line = in->piece[i].line;
	*column = in->piece[i].column + off - in->piece[i].at;
}

static void report(struct sig_parser *p, enum sig_severity severity, const char *at, size_t len,
	const char *sentence, const char *cure)
{
	const struct sig_reading *in = p->in;
	bool inside = at && at >= in->text && at + len <= in->text + in->len;
	struct sig_error e = {.severity = severity,
		.file = in->file,
		.sid = p->rule->sid,
		.sentence = sentence,
		.cure = cure};

	sig_place(in, at ? at : in->text, &e.line, &e.column);
	e.token = inside ? sig_arena_strndup(p->arena, at, len > 80 ? 80 : len) : "";
	sig_set_error(p->set, &e);
}

void sig_warn(
	struct sig_parser *p, const char *at, size_t len, const char *cure, const char *fmt, ...)
{
	va_list ap;
	const char *sentence;

	va_start(ap, fmt);
	sentence = format(p, fmt, ap);
	va_end(ap);
	if (!at) {
		at = p->kw_at;
		len = strlen(p->kw->name);
	}
	report(p, SIG_SEV_WARNING, at, len, sentence, cure ? sig_arena_strdup(p->arena, cure) : "");
}

void sig_set_error(struct sig_set *set, const struct sig_error *e)
{
	set->error = sig_arena_grow(
		&set->arena, set->error, &set->errors_cap, set->errors_n, sizeof(*e));
	set->error[set->errors_n++] = *e;
}

const char *sig_intern_text(struct sig_parser *p, struct sig_str t)
{
	return sig_intern_str(&p->set->strings, t.s ? t.s : "", t.n);
}

struct sig_opt *sig_opt_add(struct sig_parser *p, enum sig_opt_kind kind)
{
	struct sig_opt *o;

	if (p->opts_n == SIG_MAX_OPTS) {
		sig_fail(p, NULL, 0, "split the rule", "more than %d options", SIG_MAX_OPTS);
		return NULL;
	}
	p->opt = sig_arena_grow(p->arena, p->opt, &p->opts_cap, p->opts_n, sizeof(*o));
	o = &p->opt[p->opts_n++];
	memset(o, 0, sizeof(*o));
	o->kind = kind;
	o->list = SIG_LIST_NONE;
	o->keyword = p->kw_index;
	o->column = (uint32_t)(p->kw_at - p->in->text) + 1;
	return o;
}

struct sig_opt *sig_opt_add_here(struct sig_parser *p, enum sig_opt_kind kind)
{
	uint16_t list = sig_list_here(p);
	struct sig_opt *o;

	if (list == SIG_LIST_NONE)
		return NULL;
	o = sig_opt_add(p, kind);
	if (o) {
		o->list = list;
		p->list[list].opts_n++;
	}
	return o;
}

uint16_t sig_list_get(struct sig_parser *p, enum sig_buffer buffer, const char *name, bool fresh)
{
	uint16_t instance = 0;
	struct sig_list *l;

	for (size_t i = 0; i < p->lists_n; i++) {
		l = &p->list[i];
		if (l->buffer != buffer || l->transforms_n ||
			(name && (!l->name || strcmp(l->name, name))))
			continue;
		if (!fresh && (!l->name) == (!name))
			return (uint16_t)i;
		instance++;
	}
	if (p->lists_n == SIG_MAX_LISTS) {
		sig_fail(p, NULL, 0, "split the rule", "more than %d buffers", SIG_MAX_LISTS);
		return SIG_LIST_NONE;
	}
	p->list = sig_arena_grow(p->arena, p->list, &p->lists_cap, p->lists_n, sizeof(*l));
	l = &p->list[p->lists_n];
	*l = (struct sig_list){.buffer = buffer,
		.instance = instance,
		.name = name,
		.dirs = sig_buffer_info[buffer].flags & SIG_BUF_BOTH};
	p->list_at[p->lists_n] = (struct sig_str){p->kw_at, strlen(p->kw->name)};
	return (uint16_t)p->lists_n++;
}

uint16_t sig_list_here(struct sig_parser *p)
{
	if (p->cur != SIG_LIST_NONE)
		return p->cur;
	return sig_list_get(p, SIG_BUF_PAYLOAD, NULL, false);
}

struct sig_opt *sig_last_content(struct sig_parser *p)
{
	for (size_t i = p->opts_n; i-- > 0;) {
		struct sig_opt *o = &p->opt[i];

		if (o->kind == SIG_OPT_CONTENT && (!p->sticky || o->list == p->cur))
			return o;
	}
	return NULL;
}

uint8_t sig_var_find(const struct sig_parser *p, struct sig_str name)
{
	for (size_t i = 0; i < p->vars_n; i++) {
		if (sig_is(name, p->var[i]))
			return (uint8_t)i;
	}
	return SIG_VAR_NONE;
}

uint8_t sig_var_make(struct sig_parser *p, struct sig_str name)
{
	uint8_t found = sig_var_find(p, name);

	if (!name.n || sig_is_digit(name.s[0]) || name.s[0] == '-') {
		SIG_FAIL_AT(p, name, "begin it with a letter", "this is not a name for a variable");
		return SIG_VAR_NONE;
	}
	if (found != SIG_VAR_NONE) {
		p->var_list[found] = p->cur;
		return found;
	}
	if (p->vars_n == SIG_MAX_VARS) {
		SIG_FAIL_AT(p, name, "use fewer", "more than %d variables", SIG_MAX_VARS);
		return SIG_VAR_NONE;
	}
	p->var[p->vars_n] = sig_intern_text(p, name);
	p->var_list[p->vars_n] = p->cur;
	return (uint8_t)p->vars_n++;
}

int sig_value_parse(struct sig_parser *p, struct sig_str t, int64_t min, int64_t max,
	const char *what, struct sig_value *out)
{
	bool number = t.n && (sig_is_digit(t.s[0]) || t.s[0] == '-' || t.s[0] == '+');

	out->num = 0;
	out->var = SIG_VAR_NONE;
	if (number) {
		if (!sig_i64(t, min, max, &out->num))
			return SIG_FAIL_AT(p, t, NULL, "%s must be a number from %lld to %lld",
				what, (long long)min, (long long)max);
		return 0;
	}
	if (!t.n)
		return sig_fail(p, NULL, 0, NULL, "%s is missing", what);
	out->var = sig_var_find(p, t);
	if (out->var == SIG_VAR_NONE)
		return SIG_FAIL_AT(p, t,
			"make it with byte_extract or byte_math earlier in the rule, "
			"or write a number",
			"%s: unknown byte variable", what);
	if (p->var_list[out->var] != p->cur)
		return SIG_FAIL_AT(p, t, "extract it again in this buffer",
			"the byte variable was made in another buffer");
	return 0;
}

int sig_need_proto(struct sig_parser *p, enum sig_proto proto)
{
	struct sig_rule *r = p->rule;
	bool http =
		proto == SIG_PROTO_HTTP_ANY || proto == SIG_PROTO_HTTP1 || proto == SIG_PROTO_HTTP2;

	if (proto == SIG_PROTO_UNKNOWN || r->app == proto)
		return 0;
	if (r->app == SIG_PROTO_UNKNOWN) {
		r->app = proto;
		return 0;
	}
	if (http && (r->app == SIG_PROTO_HTTP1 || r->app == SIG_PROTO_HTTP2) &&
		proto == SIG_PROTO_HTTP_ANY)
		return 0;
	if (http && r->app == SIG_PROTO_HTTP_ANY) {
		r->app = proto;
		return 0;
	}
	/* JA3 and JA4 exist in QUIC too, DCERPC rides on SMB, SDP in SIP, DNS in HTTP/2. */
	if ((proto == SIG_PROTO_TLS && r->app == SIG_PROTO_QUIC) ||
		(proto == SIG_PROTO_DCERPC && r->app == SIG_PROTO_SMB) ||
		(proto == SIG_PROTO_SMB && r->app == SIG_PROTO_DCERPC) ||
		(proto == SIG_PROTO_SIP && r->app == SIG_PROTO_SDP) ||
		(proto == SIG_PROTO_DNS && r->app == SIG_PROTO_DOH2) ||
		(proto == SIG_PROTO_HTTP2 && r->app == SIG_PROTO_DOH2) ||
		(proto == SIG_PROTO_HTTP_ANY && r->app == SIG_PROTO_DOH2))
		return 0;
	return sig_fail(p, NULL, 0, "use one protocol per rule, and its keywords only",
		"%s belongs to %s, but the rule is about %s", p->kw->name,
		sig_proto_rule_name[proto], sig_proto_rule_name[r->app]);
}

const char *sig_path(struct sig_parser *p, struct sig_str t)
{
	const char *dir = p->set->opts.data_dir ? p->set->opts.data_dir : p->in->dir;

	if ((t.n && t.s[0] == '/') || !dir || !*dir)
		return sig_arena_strndup(p->arena, t.s, t.n);
	return sig_arena_printf(p->arena, "%s/%.*s", dir, (int)t.n, t.s);
}

void sig_parse_begin(struct sig_parser *p, const struct sig_reading *in)
{
	struct sig_rule *r = sig_arena_alloc(p->arena, sizeof(*r));

	p->in = in;
	p->rule = r;
	p->opts_n = p->lists_n = p->refs_n = p->meta_n = p->vars_n = 0;
	p->cur = SIG_LIST_NONE;
	p->sticky = false;
	p->hook_dirs = 0;
	p->snort = p->dialect == SIG_DIALECT_SNORT2 || p->dialect == SIG_DIALECT_SNORT3;
	p->kw = &sig_keyword_table[0];
	p->kw_at = in->text;
	memset(p->once, 0, sizeof(p->once));
	p->seen_sid = p->seen_rev = p->seen_gid = p->seen_priority = false;
	p->packet_at = p->tx_at = p->only_stream_at = NULL;
	p->failed = p->skipped = false;
	p->sentence = p->cure = "";
	r->gid = 1;
	r->enabled = true;
	r->msg = r->classtype = r->classtype_text = "";
	r->file = in->file;
	r->line = in->piece[0].line;
	r->column = in->piece[0].column;
	r->text = in->text;
}

void sig_parse_report(struct sig_parser *p)
{
	report(p, p->skipped ? SIG_SEV_SKIPPED : SIG_SEV_REFUSED, p->err_at, p->err_len,
		p->sentence, p->cure);
}

/* A refused rule should still name its sid: look for it beyond the place of the error. */
static uint32_t guess_sid(const struct sig_reading *in)
{
	const char *end = in->text + in->len;

	for (const char *s = in->text; s + 4 < end; s++) {
		struct sig_str t = {s, (size_t)(end - s)};
		uint64_t v;

		if (*s != 's' || (s > in->text && s[-1] != ';' && s[-1] != ' ' && s[-1] != '('))
			continue;
		if (!sig_take(&t, "sid"))
			continue;
		t = sig_trim(t);
		if (!sig_take(&t, ":"))
			continue;
		t = sig_trim(t);
		if (sig_take_u64(&t, &v) && v <= UINT32_MAX)
			return (uint32_t)v;
	}
	return 0;
}

int sig_rule_parse(struct sig_parser *p, const struct sig_reading *in, const struct sig_rule **out)
{
	struct sig_str options;

	sig_parse_begin(p, in);
	if (sig_header_parse(p, &options) == 0 && sig_options_parse(p, options) == 0 &&
		sig_rule_finish(p) == 0) {
		*out = p->rule;
		return 0;
	}
	if (!p->rule->sid)
		p->rule->sid = guess_sid(in);
	sig_parse_report(p);
	return -1;
}
