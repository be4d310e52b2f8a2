/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost model: which piece of a signature is searched for.
 *
 * For every positive content on a buffer that can be searched:
 *
 *   bits   = 0.55 * sum of byte_rarity; a byte in text is no independent draw, 0.55 makes the sum fit
 *            what literals of the ET set hit on mixed captures; a byte like the one before it: 1 bit
 *   bits   = min(bits, 3) for a piece of an ordinary phrase ("POST", "Content-Type", ".com" ...)
 *   cost   = min(1, bytes(buffer) * 2^-min(bits, 40)) + bytes(buffer) / 10^7
 *
 * that is: how likely one look at the buffer is a hit, plus a whisker for the traffic the buffer
 * carries, so that among unmistakable literals the one on the quieter buffer wins. The smallest
 * cost is taken; equal costs go to the longer, then the earlier content. fast_pattern decides
 * instead where the author used it, with its chop (overruling it by the model where it looked ten
 * bits worse made a tenth more false hits on the shared captures: authors know). In raw payload a
 * literal under 4 bytes is not searched (it would hit all the time).
 *
 * Where that literal is common, the author's or not, something rarer is searched for in its place:
 *
 *   the signature's own expression, when it has one that Hyperscan takes cheaply (WEAK_BITS);
 *   several contents of the payload as one expression (chain.h), when that is MIN_GAIN rarer: for
 *   signatures of a few ports always, since only packets of these ports pay for it; for others up to
 *   RARE_BITS;
 *   for a signature of transactions, contents it has on raw payload (TX_BITS).
 *
 * What has neither literal nor expression stands in the table of its ports and is looked at there.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "build.h"
#include "chain.h"
#include "freq.h"
#include <ctype.h>
#include <math.h>
#include <pcre2.h>
#include <sig/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_LITERAL 48u   /* longer ones are cut: the rest is verified by the program anyway */
#define MIN_PAYLOAD_LITERAL 4u
#define DISCOUNT 0.55
#define MAX_BITS 40.0
#define RARE_BITS 8.0 /* a literal that rare is left alone where packets of every port are searched */
#define WEAK_BITS 1.0 /* a literal with less is in half of all looks: rather the expression, if it has one */
#define TX_BITS 10.0 /* a transaction's signature with less is searched for in its payload */
#define RUN_BITS 1.0 /* a byte like the one before it: zeroes and spaces come in runs */
#define COMMON_BITS 3.0
#define MIN_GAIN 6.0 /* bits that an expression must be rarer than a literal: it costs more to search */

static const char *const common[] = {"GET /", "POST /", "HEAD", "HTTP/1.1\r\n", "HTTP/1.0\r\n",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/",
	"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", "Safari/537.36",
	"Content-Type: application/x-www-form-urlencoded\r\n", "Content-Length: ", "Content-Disposition",
	"User-Agent: ", "Accept: */*\r\n", "Accept-Encoding: gzip, deflate\r\n",
	"Accept-Language: en-US,en;q=0.5", "Host: ", "\r\nHost\r\n", "Referer: http://", "https://www.",
	"Cookie: ", "Set-Cookie: ", "Connection: Keep-Alive\r\n", "Cache-Control: no-cache", "text/html",
	"text/plain", "application/octet-stream", "application/json", "charset=utf-8", "index.html",
	"index.php", ".php?id=", "&id=", ".html", ".aspx", ".exe", ".dll", ".com", ".net", ".org", ".info",
	"200 OK", "404 Not Found", "Server: Apache", "nginx", "boundary=", "form-data; name=\"",
	"<html>", "<script", "</script>", "<body", "function(", "var ", "return", "document.", "window.",
	"%PDF-1.", "MZ\x90", "This program cannot be run in DOS mode", "SMB", "\xffSMB", "\xfeSMB",
	"admin", "login", "password", "user", "filename", "\r\n\r\n", "/upload", "/api/", "/images/"};

static bool is_common(const uint8_t *p, uint32_t n)
{
	const int first = tolower(p[0]);

	if (memchr(p, 0, n))
		return false;
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		const char *s = common[i];

		for (size_t left = strlen(s); left >= n; left--, s++)
			if (tolower((unsigned char)*s) == first && strncasecmp(s, (const char *)p, n) == 0)
				return true;
	}
	return false;
}

double literal_bits(const uint8_t *p, uint32_t n, bool nocase)
{
	double bits = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t c = p[i], u = c & 0xdf;
		double r = byte_rarity[c] / 16.0;

		if (nocase && u >= 'A' && u <= 'Z')
			r = -log2(exp2(-byte_rarity[u] / 16.0) + exp2(-byte_rarity[u | 0x20] / 16.0));
		bits += i > 0 && c == p[i - 1] ? fmin(r, RUN_BITS) : r;
	}
	bits *= DISCOUNT;
	return bits > COMMON_BITS && is_common(p, n) ? COMMON_BITS : bits;
}

static double rarity(const uint8_t *p, uint32_t n, bool nocase)
{
	return fmin(MAX_BITS, literal_bits(p, n, nocase));
}

// Bytes that one look at a buffer sees, in the order of magnitude of ordinary traffic.
static double buffer_bytes(uint16_t buf)
{
	switch (buf) {
	case SIG_BUF_PAYLOAD:
	case SIG_BUF_STREAM:
	case SIG_BUF_FRAME:
	case SIG_BUF_TLS_CERTS:
		return 2000;
	case SIG_BUF_FILE_DATA:
	case SIG_BUF_HTTP_RESPONSE_BODY:
		return 20000;
	case SIG_BUF_HTTP_REQUEST_BODY:
	case SIG_BUF_HTTP_HEADER:
	case SIG_BUF_HTTP_HEADER_RAW:
	case SIG_BUF_HTTP_START:
	case SIG_BUF_DCERPC_STUB_DATA:
		return 500;
	case SIG_BUF_HTTP_METHOD:
	case SIG_BUF_HTTP_STAT_CODE:
	case SIG_BUF_HTTP_PROTOCOL:
		return 4;
	case SIG_BUF_HTTP_HOST:
	case SIG_BUF_TLS_SNI:
	case SIG_BUF_DNS_QUERY:
		return 20;
	default:
		return 80;
	}
}

static bool searchable_buffer(const struct sig_img_sig *s, const struct sig_img_list *l)
{
	if (l->flags & (SIG_L_ABSENT | SIG_L_OR_ELSE | SIG_L_B64))
		return false;
	if (s->cls == SIG_CLS_FRAME || l->buffer == SIG_BUF_FRAME)
		return s->cls == SIG_CLS_FRAME && l->buffer == SIG_BUF_FRAME;
	if (s->flags & SIG_F_TX_ARROW)
		return false;
	if (s->cls == SIG_CLS_TX)
		return !(sig_buffer_info[l->buffer].flags & SIG_BUF_PKT);
	return l->buffer == SIG_BUF_PAYLOAD && l->xf_n == 0;
}

static bool offer(const struct build *b, const struct sig_img_list *l, const struct sig_img_op *o,
	struct pick *q)
{
	const uint8_t *p = b->sec[SIG_SEC_POOL].p + o->data;
	const bool chop = o->flags & SIG_C_FAST_CHOP;
	const double bytes = buffer_bytes(l->buffer);

	if (o->kind != SIG_OPT_CONTENT || (o->flags & SIG_C_NEGATED))
		return false;
	q->off = chop ? (uint32_t)(o->x >> 16) : 0;
	q->len = chop ? (uint32_t)(o->x & 0xffff) : o->len;
	if (q->off > o->len || q->len > o->len - q->off || q->len == 0) {
		q->off = 0;
		q->len = o->len;
	}
	if (q->len > MAX_LITERAL) { // keep the end: that is where contents differ
		q->off += q->len - MAX_LITERAL;
		q->len = MAX_LITERAL;
	}
	if (b->opts->longest_content) {
		q->cost = 1.0 / q->len;
		return true;
	}
	if (l->buffer == SIG_BUF_PAYLOAD && q->len < MIN_PAYLOAD_LITERAL)
		return false;
	q->cost = fmin(1.0, bytes * exp2(-rarity(p + q->off, q->len, o->flags & SIG_C_NOCASE))) +
		bytes / 1e7;
	q->bits = literal_bits(p + q->off, q->len, o->flags & SIG_C_NOCASE) - log2(bytes);
	return true;
}

static bool better(const struct pick *a, const struct pick *b)
{
	if (b->list == SIG_IMG_NONE)
		return true;
	if (fabs(a->cost - b->cost) > 1e-9)
		return a->cost < b->cost;
	return a->len > b->len;
}

static void choose_literal(struct build *b, const struct sig_img_sig *s, struct pick *best)
{
	const struct sig_img_list *lists = (const void *)b->sec[SIG_SEC_LIST].p;
	const struct sig_img_op *ops = (const void *)b->sec[SIG_SEC_OP].p;

	for (uint32_t i = s->list; i < s->list + s->lists_n; i++) {
		const struct sig_img_list *l = &lists[i];

		if (!searchable_buffer(s, l))
			continue;
		for (uint32_t j = l->op; j < l->op + l->ops_n; j++) {
			struct pick q = {.list = i, .op = j};

			if (!offer(b, l, &ops[j], &q))
				continue;
			if (ops[j].flags & (SIG_C_FAST_PATTERN | SIG_C_FAST_ONLY | SIG_C_FAST_CHOP)) {
				*best = q;
				return;
			}
			if (better(&q, best))
				*best = q;
		}
	}
}

/**
 * What stands before the place where the expression is asked has a say in whether it matches: then
 * a relative one, which is asked as if the bytes began at the cursor, is no subject for a search of
 * all of them. Says yes too often rather than too seldom.
 */
static bool looks_back(const char *re)
{
	static const char *const behind[] = {"(?<=", "(?<!", "(?<*", "(*", "[[:<:]]", "[[:>:]]"};

	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		if (strstr(re, behind[i]))
			return true;
	for (char before = 0; *re; re++) {
		if (*re == '\\' && re[1]) {
			if (strchr("AGbB", re[1]))
				return true;
			re += re[1] == 'c' && re[2] ? 2 : 1; // "\c[" is a character and begins no class
			before = 0;
			continue;
		}
		if (*re == '^' && before != '[')
			return true;
		before = *re;
	}
	return false;
}

/** The end of a content, then the expression that is asked right behind it. Bytes of the former. */
static uint32_t content_and(char *to, size_t size, const uint8_t *p, const struct sig_img_op *c, const char *re)
{
	const uint32_t n = c->len < MAX_LITERAL ? c->len : MAX_LITERAL;
	size_t at = (size_t)snprintf(to, size, c->flags & SIG_C_NOCASE ? "(?i:" : "(?:");

	for (uint32_t i = c->len - n; i < c->len; i++)
		at += (size_t)snprintf(to + at, size - at, "\\x%02x", p[i]);
	snprintf(to + at, size - at, ")(?:%s)", re);
	return (uint32_t)at + 1;
}

static bool fits(struct pick *q, const char *text)
{
	struct width w;

	if (!regex_fits(text, q->options, &w))
		return false;
	q->width = w.max;
	return true;
}

/**
 * What of the expression `o` may be searched for in all of the bytes; false: nothing. A "^" at the
 * cursor is where a content just before it ends. Alone and without its "^" an expression says little:
 * only for a signature that has no literal.
 */
static bool searchable_text(struct build *b, const struct sig_img_op *o, bool first, struct pick *q,
	bool literal)
{
	const struct sig_img_regex *r = (const struct sig_img_regex *)b->sec[SIG_SEC_REGEX].p + o->ref;
	const struct sig_img_list *l = (const struct sig_img_list *)b->sec[SIG_SEC_LIST].p + q->list;
	const uint8_t *pool = b->sec[SIG_SEC_POOL].p;
	const char *re = (const char *)pool + r->data;
	char text[CHAIN_TEXT];
	uint32_t part = 0;

	q->options = r->options;
	q->len = r->len;
	// With nothing before it in its list the cursor is where the bytes begin.
	if (!(o->flags & SIG_P_RELATIVE) || first || !looks_back(re))
		return fits(q, re);
	if (*re != '^' || strchr("*+?{", re[1]) || looks_back(re + 1) || r->len > sizeof(text) / 2)
		return false;
	if (o[-1].kind == SIG_OPT_CONTENT && !(o[-1].flags & SIG_C_NEGATED) &&
		!(r->options & PCRE2_MULTILINE)) {
		part = content_and(text, sizeof(text), pool + o[-1].data, &o[-1], re + 1);
		q->bits = fmax(0, literal_bits(pool + o[-1].data, o[-1].len, true) -
			log2(buffer_bytes(l->buffer)));
	} else if (!literal) {
		snprintf(text, sizeof(text), "%s", re + 1);
	} else {
		return false;
	}
	if (!fits(q, text))
		return false;
	pick_text(b, q, text);
	if (q->bits > 0) // a content that is everywhere stands for nothing
		pick_part(b, q, text, part);
	return true;
}

static void choose_regex(struct build *b, const struct sig_img_sig *s, struct pick *best)
{
	const struct sig_img_list *lists = (const void *)b->sec[SIG_SEC_LIST].p;
	const struct sig_img_op *ops = (const void *)b->sec[SIG_SEC_OP].p;

	for (uint32_t i = s->list; i < s->list + s->lists_n; i++) {
		if (!searchable_buffer(s, &lists[i]))
			continue;
		for (uint32_t j = lists[i].op; j < lists[i].op + lists[i].ops_n; j++) {
			struct pick q = {.list = i, .op = j, .is_regex = 1, .cost = 0.5, .reach = SIG_IMG_NONE};

			if (ops[j].kind != SIG_OPT_PCRE || (ops[j].flags & SIG_P_NEGATED) ||
				!searchable_text(b, &ops[j], j == lists[i].op, &q, best->list != SIG_IMG_NONE))
				continue;
			*best = q;
			return;
		}
	}
}

static bool payload_class(const struct sig_img_sig *s)
{
	return s->cls == SIG_CLS_PACKET || s->cls == SIG_CLS_PKT_STREAM || s->cls == SIG_CLS_STREAM;
}

/** The rarest expression of the lists that `fits` likes, when it is rarer than best->bits by MIN_GAIN. */
static void take_chain(struct build *b, const struct sig_img_sig *s, struct pick *best,
	bool (*fits)(const struct build *, const struct sig_img_sig *, uint32_t), uint32_t parts)
{
	const struct sig_img_list *lists = (const void *)b->sec[SIG_SEC_LIST].p;
	const double alone = best->list == SIG_IMG_NONE ? 0 : best->bits;
	struct chain c, top = {.bits = alone + MIN_GAIN};
	uint32_t from = SIG_IMG_NONE;
	struct width w;

	for (uint32_t i = s->list; i < s->list + s->lists_n; i++)
		if (fits(b, s, i) && chain_of(b, s, &lists[i], buffer_bytes(lists[i].buffer), &c) &&
			c.bits > top.bits && c.parts >= parts) {
			top = c;
			from = i;
		}
	if (from == SIG_IMG_NONE || !regex_known(top.text, PCRE2_DOTALL, &w))
		return;
	best->op = lists[from].op;
	best->list = from;
	best->is_regex = 1;
	best->options = PCRE2_DOTALL;
	best->width = w.max;
	best->part = 0;
	pick_text(b, best, top.text);
	pick_part(b, best, top.text + top.piece, top.piece_len);
	// The payload of a transaction's signature counts from where the bytes begin.
	best->reach = top.anchor == ANCHOR_COUNTED && s->cls != SIG_CLS_TX ? top.reach : SIG_IMG_NONE;
	best->bits = top.bits;
	best->cost = exp2(-fmin(MAX_BITS, top.bits)) + buffer_bytes(lists[from].buffer) / 1e7;
}

static bool of_payload(const struct build *b, const struct sig_img_sig *s, uint32_t i)
{
	return searchable_buffer(s, (const struct sig_img_list *)b->sec[SIG_SEC_LIST].p + i);
}

/**
 * Raw bytes that a transaction's signature asks for as well. A signature waits on its transaction
 * from the part that is searched for; what grows is asked again only behind it, so parts that grow
 * must not come first.
 */
static bool beside_tx(const struct build *b, const struct sig_img_sig *s, uint32_t i)
{
	const struct sig_img_list *l = (const void *)b->sec[SIG_SEC_LIST].p;

	if (l[i].buffer != SIG_BUF_PAYLOAD || l[i].xf_n || (s->flags & SIG_F_TX_ARROW) ||
		(l[i].flags & (SIG_L_ABSENT | SIG_L_OR_ELSE | SIG_L_B64)))
		return false;
	for (uint32_t k = s->list; k < i; k++)
		if (sig_buffer_info[l[k].buffer].flags & SIG_BUF_GROWS)
			return false;
	return true;
}

/** Several contents as one expression, where that is far rarer than the best of them alone. */
static void choose_chain(struct build *b, const struct sig_img_sig *s, struct pick *best)
{
	const double alone = best->list == SIG_IMG_NONE ? 0 : best->bits;
	uint32_t sport, dport;

	if (b->opts->longest_content)
		return;
	if (s->cls == SIG_CLS_TX && alone < TX_BITS)
		take_chain(b, s, best, beside_tx, 1);
	else if (payload_class(s) && (alone <= RARE_BITS || group_ports(b, s, &sport, &dport)))
		take_chain(b, s, best, of_payload, best->list == SIG_IMG_NONE ? 1 : 2);
}

static const char *why_none(const struct sig_img_sig *s)
{
	if (s->cls == SIG_CLS_IPONLY)
		return "";
	if (s->lists_n == 0)
		return "no content: header, flow and state decide";
	if (s->cls == SIG_CLS_FRAME)
		return "no positive content or expression on a frame";
	if (s->cls == SIG_CLS_TX)
		return "no positive content or expression on a transaction buffer";
	return "no content of 4 bytes and no expression that Hyperscan can search in the payload";
}

static void choose_one(struct build *b, uint32_t i)
{
	struct sig_img_sig *s = (struct sig_img_sig *)b->sec[SIG_SEC_SIG].p + i;
	struct sig_img_list *lists = (struct sig_img_list *)b->sec[SIG_SEC_LIST].p;
	struct pick *q = &b->pick[i];
	uint32_t why;

	q->list = q->op = SIG_IMG_NONE;
	choose_literal(b, s, q);
	if (!b->plain[i]) {
		if (q->list == SIG_IMG_NONE || (q->bits < WEAK_BITS && !b->opts->longest_content))
			choose_regex(b, s, q);
		choose_chain(b, s, q);
	}
	s = (struct sig_img_sig *)b->sec[SIG_SEC_SIG].p + i;
	if (q->list == SIG_IMG_NONE) {
		why = build_str(b, why_none(s));
		s = (struct sig_img_sig *)b->sec[SIG_SEC_SIG].p + i;
		s->why_always = why;
		if (s->lists_n == 0 && s->tx_n == 0)
			b->rep->header++;
		else
			b->rep->always++;
		return;
	}
	s->flags |= SIG_F_PREFILTER;
	s->pf_list = q->list;
	s->pf_op = q->op;
	s->pf_off = q->off;
	s->pf_len = q->len;
	s->pf_cost = (uint32_t)lround(q->cost * 1000);
	s->pf_text = q->text;
	s->pf_reach = q->reach;
	lists[q->list].flags |= SIG_L_PREFILTER;
	if (q->is_regex)
		b->rep->regex++;
	else
		b->rep->literal++;
}

static void take_back(struct build *b, uint32_t n)
{
	struct sig_img_sig *s = (struct sig_img_sig *)b->sec[SIG_SEC_SIG].p;
	struct sig_img_list *l = (struct sig_img_list *)b->sec[SIG_SEC_LIST].p;

	b->sec[SIG_SEC_GROUP].n = b->sec[SIG_SEC_PAT].n = b->sec[SIG_SEC_HIT].n = 0;
	b->rep->literal = b->rep->regex = b->rep->header = b->rep->always = 0;
	memset(b->pick, 0, (n + 1) * sizeof(*b->pick));
	for (uint32_t i = 0; i < n; i++) {
		s[i].flags &= ~SIG_F_PREFILTER;
		s[i].pf_list = s[i].pf_op = SIG_IMG_NONE;
		s[i].pf_off = s[i].pf_len = s[i].pf_cost = s[i].pf_text = s[i].pf_reach = 0;
		s[i].why_always = 0;
	}
	for (uint32_t i = 0; i < build_count(b, SIG_SEC_LIST, sizeof(*l)); i++)
		l[i].flags &= (uint8_t)~SIG_L_PREFILTER;
}

void choose_patterns(struct build *b)
{
	const uint32_t n = build_count(b, SIG_SEC_SIG, sizeof(struct sig_img_sig));

	if (!b->pick) {
		b->pick = calloc(n + 1, sizeof(*b->pick));
		b->plain = calloc(n + 1, sizeof(*b->plain));
	}
	if (!b->pick || !b->plain) {
		b->oom = 1;
		return;
	}
	take_back(b, n);
	for (uint32_t i = 0; i < n; i++)
		choose_one(b, i);
}
