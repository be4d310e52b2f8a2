/* SPDX-License-Identifier: Apache-2.0 */
/* DNS over HTTP/2 (RFC 8484): a stream whose messages are DNS messages as well. From the first one that
 * can be read the connection is DoH2: its transactions answer the questions of both protocols. */
#include "http2.h"
#include <dp/base64.h>
#include <sig/rule.h>

#define TS SIG_DIR_TO_SERVER
#define TC SIG_DIR_TO_CLIENT
#define MEDIA_TYPE "application/dns-message"
#define MESSAGE_MAX 65535u

struct h2_doh {
	struct dns_tx msg[2];
	bool have[2];
};

static bool wanted(const struct dp_app_ctx *x)
{
	return x->c->conf->app_off[0][SIG_PROTO_DOH2] == 0;
}

/** The message of one direction. */
static void message(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d, const uint8_t *p,
	uint32_t n)
{
	struct dp_app_flow *a = x->a;

	if (!tx->doh)
		tx->doh = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*tx->doh));
	if (!tx->doh || tx->doh->have[d] || !dns_tx_fill(x->c, &tx->doh->msg[d], p, n, d))
		return;
	tx->doh->have[d] = true;
	if (a->proto == SIG_PROTO_DOH2)
		return;
	a->desc = &dp_app_doh2;
	a->proto_orig = a->proto;
	a->proto = a->proto_dir[0] = a->proto_dir[1] = SIG_PROTO_DOH2;
	x->c->cnt->app_flow[SIG_PROTO_DOH2]++;
}

/** Of base64url (RFC 4648 section 5); the two digits of plain base64 are taken as well. */
static int digit(uint8_t c)
{
	return c == '-' ? 62 : c == '_' ? 63 : dp_base64_digit(c);
}

bool h2_base64url(struct dp_app_ctx *x, struct dp_span s, struct dp_bytes *out)
{
	uint32_t bits = 0, n = 0;

	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	for (uint32_t i = 0; i < s.n; i++) {
		int v = digit(s.p[i]);
		uint8_t byte;

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		n += 6;
		if (n < 8)
			continue;
		n -= 8;
		byte = (uint8_t)(bits >> n);
		if (!dp_bytes_add(x->c, out, &byte, 1, MESSAGE_MAX))
			return false;
	}
	return out->n != 0;
}

/** The parameter "dns" of a target. */
static bool parameter(struct dp_span path, struct dp_span *v)
{
	const uint8_t *p = path.n ? memchr(path.p, '?', path.n) : NULL;
	const uint8_t *end = p ? path.p + path.n : NULL, *amp;

	for (; p && ++p < end; p = amp) {
		amp = memchr(p, '&', (size_t)(end - p));
		if (end - p > 4 && !memcmp(p, "dns=", 4)) {
			*v = (struct dp_span){p + 4, (uint32_t)((amp ? amp : end) - p - 4)};
			return true;
		}
	}
	return false;
}

void h2_doh_fields(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d)
{
	struct dp_bytes text = {0};
	struct dp_span v;

	if (!wanted(x))
		return;
	if (http_header_get(&tx->h.side[d], "content-type", &v) && dp_span_starts(v, MEDIA_TYPE))
		tx->doh_body[d] = true;
	if (d != TS || !http_header_get(&tx->h.side[TS], "accept", &v) ||
		dp_span_find(v, MEDIA_TYPE) == UINT32_MAX || !parameter(tx->h.uri, &v))
		return;
	if (h2_base64url(x, v, &text))
		message(x, tx, TS, text.p, text.n);
	dp_bytes_free(x->c, &text);
}

void h2_doh_end(struct dp_app_ctx *x, struct h2_tx *tx, enum sig_dir d)
{
	const struct dp_bytes *b = &tx->h.side[d].body;

	if (tx->doh_body[d] && b->n <= MESSAGE_MAX)
		message(x, tx, d, b->p, b->n);
}

void h2_doh_free(struct dp_app_ctx *x, struct h2_tx *tx)
{
	if (!tx->doh)
		return;
	dns_tx_release(x->c, &tx->doh->msg[0]);
	dns_tx_release(x->c, &tx->doh->msg[1]);
	dp_slab_free(x->c->slab, DP_MEM_APP, tx->doh, sizeof(*tx->doh));
}

/** The DNS message that direction `d` shows. */
static struct dns_tx *inner(const struct h2_tx *tx, enum sig_dir d)
{
	return tx->doh && tx->doh->have[d] ? &tx->doh->msg[d] : NULL;
}

static enum dp_buf_state doh_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct h2_tx *tx = (struct h2_tx *)t;
	struct dns_tx *msg;

	if (!dns_is_buffer(b))
		return h2_buffer(x, t, b, dir, instance, out);
	msg = inner(tx, dir);
	if (msg)
		return dns_buffer(x, &msg->tx, b, dir, instance, out);
	return t->progress[dir] >= HTTP_P_DONE ? DP_BUF_ABSENT : DP_BUF_LATER;
}

static bool doh_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	struct dns_tx *msg = inner((struct h2_tx *)t, dir);

	if (n != SIG_NUM_DNS_OPCODE && n != SIG_NUM_DNS_RCODE && n != SIG_NUM_DNS_RRTYPE)
		return h2_number(x, t, n, dir, instance, out);
	return msg && dns_number(x, &msg->tx, n, dir, instance, out);
}

/** A stream without a DNS message is HTTP, and so are the frames of the connection. */
static const char *doh_eve_type(const struct dp_tx *t)
{
	const struct h2_tx *tx = (const struct h2_tx *)t;

	return inner(tx, TS) || inner(tx, TC) ? "dns" : "http";
}

/** The answer says what was asked, too. */
static void doh_log_dns(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct h2_tx *tx = (const struct h2_tx *)t;
	struct dns_tx *msg = inner(tx, TC) ? inner(tx, TC) : inner(tx, TS);

	if (!msg)
		return;
	dp_rec_obj(r, "dns");
	dns_log(x, &msg->tx, r);
	dp_rec_end(r);
}

#define DONE HTTP_P_DONE
static const struct dp_app_buffer doh_buffers[] = {
	H2_BUFFERS,
	{SIG_BUF_DNS_QUERY, TS, HTTP_P_BODY},
	{SIG_BUF_DNS_QUERY_NAME, TS, HTTP_P_BODY}, {SIG_BUF_DNS_QUERY_NAME, TC, DONE},
	{SIG_BUF_DNS_ANSWER_NAME, TS, HTTP_P_BODY}, {SIG_BUF_DNS_ANSWER_NAME, TC, DONE},
	{SIG_BUF_DNS_QUERIES_RRNAME, TS, HTTP_P_BODY}, {SIG_BUF_DNS_QUERIES_RRNAME, TC, DONE},
	{SIG_BUF_DNS_ANSWERS_RRNAME, TS, HTTP_P_BODY}, {SIG_BUF_DNS_ANSWERS_RRNAME, TC, DONE},
	{SIG_BUF_DNS_AUTHORITIES_RRNAME, TS, HTTP_P_BODY},
	{SIG_BUF_DNS_AUTHORITIES_RRNAME, TC, DONE},
	{SIG_BUF_DNS_ADDITIONALS_RRNAME, TS, HTTP_P_BODY},
	{SIG_BUF_DNS_ADDITIONALS_RRNAME, TC, DONE},
	{SIG_BUF_DNS_RESPONSE_RRNAME, TC, DONE},
};

static const struct dp_app_number doh_numbers[] = {
	H2_NUMBERS,
	{SIG_NUM_DNS_OPCODE, TS, DONE}, {SIG_NUM_DNS_OPCODE, TC, DONE},
	{SIG_NUM_DNS_RCODE, TS, DONE}, {SIG_NUM_DNS_RCODE, TC, DONE},
	{SIG_NUM_DNS_RRTYPE, TS, DONE}, {SIG_NUM_DNS_RRTYPE, TC, DONE},
};
#undef DONE

const struct dp_app_desc dp_app_doh2 = {
	.proto = SIG_PROTO_DOH2,
	.eve_type = "dns",
	.eve_object = "http",
	.eve_type_of = doh_eve_type,
	.tcp = true,
	H2_PARSER,
	.buffers = doh_buffers,
	.n_buffers = sizeof(doh_buffers) / sizeof(doh_buffers[0]),
	.numbers = doh_numbers,
	.n_numbers = sizeof(doh_numbers) / sizeof(doh_numbers[0]),
	.buffer = doh_buffer,
	.number = doh_number,
	.log_beside = doh_log_dns,
};
