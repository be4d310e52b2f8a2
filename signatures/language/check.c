/* SPDX-License-Identifier: Apache-2.0 */
/* Contents that can never match: wrong case or length for the buffer, or longer than allowed. */
#include "check.h"

#include <string.h>

static int never(struct sig_parser *p, const struct sig_opt *o, const char *cure, const char *why)
{
	const struct sig_keyword *kw = &sig_keyword_table[o->keyword];

	return sig_fail(p, p->in->text + o->column - 1, strlen(kw->name), cure,
		"the content can never match in %s: %s",
		sig_buffer_info[p->list[o->list].buffer].name, why);
}

static bool has_upper(const struct sig_bytes *b)
{
	for (uint32_t i = 0; i < b->len; i++) {
		if (b->data[i] >= 'A' && b->data[i] <= 'Z')
			return true;
	}
	return false;
}

static bool has_lower(const struct sig_bytes *b)
{
	for (uint32_t i = 0; i < b->len; i++) {
		if (b->data[i] >= 'a' && b->data[i] <= 'z')
			return true;
	}
	return false;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= 9 && c <= 13);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool has_space_run(const struct sig_bytes *b, uint32_t run)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->len; i++) {
		n = is_space(b->data[i]) ? n + 1 : 0;
		if (n >= run)
			return true;
	}
	return false;
}

/* Buffers with values of one length only. */
static uint32_t fixed_len(enum sig_buffer b)
{
	switch (b) {
	case SIG_BUF_JA3_HASH:
	case SIG_BUF_JA3S_HASH:
	case SIG_BUF_SSH_HASSH:
	case SIG_BUF_SSH_HASSH_SERVER:
		return 32;
	case SIG_BUF_TLS_CERT_FINGERPRINT:
		return 59;
	default:
		return 0;
	}
}

static int check_transform(struct sig_parser *p, const struct sig_opt *o)
{
	const struct sig_list *l = &p->list[o->list];
	const struct sig_content *c = &o->u.content;
	bool nocase = c->flags & SIG_C_NOCASE;

	if (!l->transforms_n)
		return 0;
	switch (l->transform[l->transforms_n - 1].kind) {
	case SIG_XF_TO_MD5:
		return c->pattern.len > 16
			       ? never(p, o, "write the 16 bytes of a hash", "an MD5 is 16 bytes")
			       : 0;
	case SIG_XF_TO_SHA1:
		return c->pattern.len > 20
			       ? never(p, o, "write the 20 bytes of a hash", "a SHA-1 is 20 bytes")
			       : 0;
	case SIG_XF_TO_SHA256:
		return c->pattern.len > 32 ? never(p, o, "write the 32 bytes of a hash",
						     "a SHA-256 is 32 bytes")
					   : 0;
	case SIG_XF_TO_LOWERCASE:
		return has_upper(&c->pattern) && !nocase
			       ? never(p, o, "write it in lower case",
					 "to_lowercase leaves no capitals")
			       : 0;
	case SIG_XF_TO_UPPERCASE:
		return has_lower(&c->pattern) && !nocase
			       ? never(p, o, "write it in upper case",
					 "to_uppercase leaves no small letters")
			       : 0;
	case SIG_XF_STRIP_WHITESPACE:
		return has_space_run(&c->pattern, 1)
			       ? never(p, o, "remove the blanks", "strip_whitespace leaves none")
			       : 0;
	case SIG_XF_COMPRESS_WHITESPACE:
		return has_space_run(&c->pattern, 2)
			       ? never(p, o, "write single blanks",
					 "compress_whitespace leaves no two in a row")
			       : 0;
	default:
		return 0;
	}
}

static int check_content(struct sig_parser *p, const struct sig_opt *o)
{
	const struct sig_list *l = &p->list[o->list];
	const struct sig_content *c = &o->u.content;
	uint32_t len = l->transforms_n ? 0 : fixed_len(l->buffer);

	if (len && c->pattern.len > len)
		return never(p, o, "shorten it", "the value is shorter");
	if (l->transforms_n == 0 && l->buffer == SIG_BUF_HTTP_HOST && !(c->flags & SIG_C_NOCASE) &&
		has_upper(&c->pattern))
		return never(p, o, "write it in lower case", "host names are lower case there");
	if (l->transforms_n == 0 && l->buffer == SIG_BUF_HTTP_METHOD &&
		!(c->flags & SIG_C_NEGATED) &&
		(is_blank(c->pattern.data[0]) || is_blank(c->pattern.data[c->pattern.len - 1])))
		return never(p, o, "remove the blank", "a method has no blank around it");
	return check_transform(p, o);
}

/* Longest buffer that a size test lets through. */
static uint64_t size_limit(const struct sig_cmp *c)
{
	switch (c->op) {
	case SIG_OP_EQ:
	case SIG_OP_LE:
		return c->a;
	case SIG_OP_LT:
		return c->a - 1;
	case SIG_OP_RANGE:
		return c->b - 1;
	default:
		return UINT64_MAX;
	}
}

/* Fewest bytes in which all contents of a list fit, as far as constants tell. */
static uint64_t bytes_needed(const struct sig_parser *p, uint16_t list)
{
	int64_t end = 0, need = 0;

	for (size_t i = 0; i < p->opts_n; i++) {
		const struct sig_content *c = &p->opt[i].u.content;
		int64_t start = 0;

		if (p->opt[i].list != list)
			continue;
		if (p->opt[i].kind != SIG_OPT_CONTENT) {
			/* The cursor may have moved anywhere. */
			end = p->opt[i].kind == SIG_OPT_BSIZE ? end : 0;
			continue;
		}
		if (c->flags & SIG_C_NEGATED)
			continue;
		if ((c->flags & SIG_C_RELATIVE) && c->distance.var == SIG_VAR_NONE)
			start = end + (c->flags & SIG_C_DISTANCE ? c->distance.num : 0);
		else if ((c->flags & SIG_C_OFFSET) && c->offset.var == SIG_VAR_NONE)
			start = c->offset.num;
		end = (start > 0 ? start : 0) + c->pattern.len;
		need = end > need ? end : need;
	}
	return (uint64_t)need;
}

static int check_size(
	struct sig_parser *p, const struct sig_opt *o, uint16_t list, const struct sig_cmp *cmp)
{
	const struct sig_keyword *kw = &sig_keyword_table[o->keyword];
	uint64_t need = bytes_needed(p, list), limit = size_limit(cmp);

	if (need > limit)
		return sig_fail(p, p->in->text + o->column - 1, strlen(kw->name),
			"allow a larger size, or shorten the contents",
			"the contents need %llu bytes, but %s allows only %llu",
			(unsigned long long)need, kw->name, (unsigned long long)limit);
	return 0;
}

static int check_dsize(struct sig_parser *p, const struct sig_opt *o)
{
	for (size_t i = 0; i < p->lists_n; i++) {
		if (p->list[i].buffer == SIG_BUF_PAYLOAD)
			return check_size(p, o, (uint16_t)i, &o->u.number.cmp);
	}
	return 0;
}

/* absent says that there is no buffer: what else may be asked of it needs or_else, and no content. */
static int check_absent(struct sig_parser *p, const struct sig_opt *absent)
{
	const char *at = p->in->text + absent->column - 1;
	const size_t n = strlen(sig_keyword_table[absent->keyword].name);
	bool others = false;

	for (size_t i = 0; i < p->opts_n; i++) {
		const struct sig_opt *o = &p->opt[i];

		if (o->list != absent->list || o == absent)
			continue;
		others = true;
		if (o->kind == SIG_OPT_CONTENT && !(o->u.content.flags & SIG_C_NEGATED))
			return sig_fail(p, at, n, "negate the content",
				"a buffer that may be absent cannot be asked for a content");
	}
	if (others && !absent->u.absent.or_else)
		return sig_fail(p, at, n, "write absent:or_else",
			"nothing can be asked of a buffer that is absent");
	if (!others && absent->u.absent.or_else)
		return sig_fail(p, at, n, "add a test of the buffer, or write absent",
			"or_else needs a test of the buffer after it");
	return 0;
}

int sig_check_contents(struct sig_parser *p)
{
	for (size_t i = 0; i < p->opts_n; i++) {
		const struct sig_opt *o = &p->opt[i];
		int rc = 0;

		if (o->kind == SIG_OPT_CONTENT)
			rc = check_content(p, o);
		else if (o->kind == SIG_OPT_BSIZE)
			rc = check_size(p, o, o->list, &o->u.cmp);
		else if (o->kind == SIG_OPT_NUMBER && o->u.number.number == SIG_NUM_DSIZE)
			rc = check_dsize(p, o);
		else if (o->kind == SIG_OPT_ABSENT)
			rc = check_absent(p, o);
		if (rc)
			return rc;
	}
	return 0;
}
