/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost model: which piece of a signature is searched for.
 *
 * For every positive content on a buffer that can be searched:
 *
 *   rarity = min(40, 0.55 * sum of byte_rarity)   bits; a byte in text is no independent draw, 0.55
 *            makes the sum fit what literals of the ET set hit on mixed captures
 *   rarity = min(rarity, 3) for a piece of an ordinary phrase ("POST", "Content-Type", ".com" ...)
 *   cost   = min(1, bytes(buffer) * 2^-rarity) + bytes(buffer) / 10^7
 *
 * that is: how likely one look at the buffer is a hit, plus a whisker for the traffic the buffer
 * carries, so that among unmistakable literals the one on the quieter buffer wins. The smallest
 * cost is taken; equal costs go to the longer, then the earlier content. fast_pattern decides
 * instead where the author used it, with its chop. In raw payload a literal under 4 bytes is not
 * searched (it would hit all the time): such a signature is found by its expression, or stands in
 * the table of its ports and is looked at there.
 */
#include "build.h"
#include "freq.h"
#include <math.h>
#include <sig/image.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_LITERAL 48u   /* longer ones are cut: the rest is verified by the program anyway */
#define MIN_PAYLOAD_LITERAL 4u
#define DISCOUNT 0.55
#define MAX_BITS 40.0
#define COMMON_BITS 3.0

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
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		size_t len = strlen(common[i]);

		for (size_t at = 0; at + n <= len; at++)
			if (strncasecmp(common[i] + at, (const char *)p, n) == 0 && !memchr(p, 0, n))
				return true;
	}
	return false;
}

static double rarity(const uint8_t *p, uint32_t n, bool nocase)
{
	double bits = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t c = p[i], u = c & 0xdf;
		double r = byte_rarity[c] / 16.0;

		if (nocase && u >= 'A' && u <= 'Z')
			r = -log2(exp2(-byte_rarity[u] / 16.0) + exp2(-byte_rarity[u | 0x20] / 16.0));
		bits += r;
	}
	bits *= DISCOUNT;
	if (bits > MAX_BITS)
		bits = MAX_BITS;
	if (bits > COMMON_BITS && is_common(p, n))
		bits = COMMON_BITS;
	return bits;
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

static void choose_regex(struct build *b, const struct sig_img_sig *s, struct pick *best)
{
	const struct sig_img_list *lists = (const void *)b->sec[SIG_SEC_LIST].p;
	const struct sig_img_op *ops = (const void *)b->sec[SIG_SEC_OP].p;
	const struct sig_img_regex *re = (const void *)b->sec[SIG_SEC_REGEX].p;

	for (uint32_t i = s->list; i < s->list + s->lists_n; i++) {
		if (!searchable_buffer(s, &lists[i]))
			continue;
		for (uint32_t j = lists[i].op; j < lists[i].op + lists[i].ops_n; j++) {
			const struct sig_img_regex *r;

			if (ops[j].kind != SIG_OPT_PCRE || (ops[j].flags & SIG_P_NEGATED))
				continue;
			r = &re[ops[j].ref];
			if (!regex_fits((char *)b->sec[SIG_SEC_POOL].p + r->data, r->options))
				continue;
			*best = (struct pick){.list = i, .op = j, .is_regex = 1, .len = r->len, .cost = 0.5};
			return;
		}
	}
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
	if (q->list == SIG_IMG_NONE)
		choose_regex(b, s, q);
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
	lists[q->list].flags |= SIG_L_PREFILTER;
	if (q->is_regex)
		b->rep->regex++;
	else
		b->rep->literal++;
}

void choose_patterns(struct build *b)
{
	const uint32_t n = build_count(b, SIG_SEC_SIG, sizeof(struct sig_img_sig));

	b->pick = calloc(n + 1, sizeof(*b->pick));
	if (!b->pick) {
		b->oom = 1;
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		choose_one(b, i);
}
