/* SPDX-License-Identifier: Apache-2.0 */
#include "http1.h"

#define LEADING_MAX 256u /* looked over again with each line of a flood of empty ones */

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/** RFC 9110, 5789, 4918 and older drafts; what the peer counts as known. */
bool http_method_known(struct dp_span m)
{
	static const char *const known[] = {"HEAD", "GET", "PUT", "POST", "DELETE", "CONNECT",
		"OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK",
		"UNLOCK", "VERSION-CONTROL", "CHECKOUT", "UNCHECKOUT", "CHECKIN", "UPDATE", "LABEL",
		"REPORT", "MKWORKSPACE", "MKACTIVITY", "BASELINE-CONTROL", "MERGE", "INVALID",
		"ERROR", NULL};

	for (unsigned i = 0; known[i]; i++)
		if (m.n == strlen(known[i]) && !memcmp(m.p, known[i], m.n))
			return true;
	return false;
}

static bool method_is(struct dp_span m, const char *name)
{
	return m.n == strlen(name) && !memcmp(m.p, name, m.n);
}

unsigned http_version(struct dp_span s)
{
	uint32_t i = 4;

	if (!dp_span_starts(s, "HTTP"))
		return 0;
	while (i < s.n && is_space(s.p[i]))
		i++;
	if (i >= s.n || s.p[i] != '/')
		return 0;
	for (i++; i < s.n && (is_space(s.p[i]) || s.p[i] == '0'); i++)
		;
	while (s.n > i && is_space(s.p[s.n - 1]))
		s.n--;
	s.p += i;
	s.n -= i;
	if (dp_span_is(s, "1.1"))
		return 11;
	return dp_span_is(s, "1.0") ? 10 : dp_span_is(s, ".9") ? 9 : 0;
}

static void method_set(struct http_tx *t, struct dp_span m)
{
	t->method = m;
	t->method_known = http_method_known(m);
	t->is_head = method_is(m, "HEAD");
	t->is_connect = method_is(m, "CONNECT");
	t->is_post = method_is(m, "POST");
	t->is_put = method_is(m, "PUT");
}

void http_request_line(struct dp_app_ctx *x, struct http_tx *t)
{
	struct dp_span l = {t->side[0].line.p, t->side[0].line.n};
	uint32_t i = 0, start, end;
	bool odd = false;

	while (i < l.n && is_space(l.p[i]))
		i++;
	if (i)
		dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP1_REQ_LEADING_WS);
	start = i;
	while (i < l.n && !is_space(l.p[i]))
		i++;
	method_set(t, (struct dp_span){l.p + start, i - start});
	for (; i < l.n && is_space(l.p[i]); i++)
		odd |= l.p[i] != ' ';
	if (odd)
		dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP1_METHOD_DELIM);
	if (i == l.n) {
		t->v09 = true;
		if (!t->method_known)
			dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP1_METHOD_UNKNOWN);
		return;
	}
	// The last word is the protocol: a target may hold blanks.
	end = l.n;
	while (end > i && is_space(l.p[end - 1]))
		end--;
	start = end;
	while (start > i && !is_space(l.p[start - 1]))
		start--;
	if (start == i) { // one word: no protocol
		t->uri = (struct dp_span){l.p + i, end - i};
		t->v09 = true;
		if (!t->method_known)
			dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP1_METHOD_NO_PROTO);
		return;
	}
	t->side[0].protocol = (struct dp_span){l.p + start, end - start};
	odd = false;
	for (; start > i && is_space(l.p[start - 1]); start--)
		odd |= l.p[start - 1] != ' ';
	if (odd)
		dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP1_URI_DELIM);
	t->uri = (struct dp_span){l.p + i, start - i};
	if (!http_version(t->side[0].protocol)) {
		if (!t->method_known)
			dp_tx_event(x, &t->tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP1_METHOD_BAD_PROTO);
	}
}

bool http_not_status(struct dp_span s)
{
	uint32_t i = 0;

	while (i < s.n && i < LEADING_MAX && (is_space(s.p[i]) || s.p[i] == 0))
		i++;
	s.p += i;
	s.n -= i;
	return !dp_span_starts(s, "HTTP");
}

bool http_status_line(struct dp_app_ctx *x, struct http_tx *t)
{
	struct http_side *s = &t->side[1];
	struct dp_span l = {s->line.p, s->line.n};
	uint32_t i = 0, start;
	uint64_t v;

	while (i < l.n && (is_space(l.p[i]) || l.p[i] == 0))
		i++;
	start = i;
	while (i < l.n && !is_space(l.p[i]))
		i++;
	s->protocol = (struct dp_span){l.p + start, i - start};
	while (i < l.n && is_space(l.p[i]))
		i++;
	start = i;
	while (i < l.n && !is_space(l.p[i]))
		i++;
	t->status_text = (struct dp_span){l.p + start, i - start};
	while (i < l.n && is_space(l.p[i]))
		i++;
	t->message = (struct dp_span){l.p + i, l.n - i};
	if (!http_version(s->protocol)) {
		dp_tx_mark(&t->tx, SIG_EV_HTTP1_RES_PROTOCOL); // the older name, in rules
		dp_tx_event(x, &t->tx, SIG_DIR_TO_CLIENT, SIG_EV_HTTP1_RES_LINE_PROTOCOL);
	}
	if (dp_span_u64(t->status_text, &v) && v >= 100 && v <= 999) {
		t->status = (uint16_t)v;
		return true;
	}
	dp_tx_mark(&t->tx, SIG_EV_HTTP1_RES_STATUS);
	dp_tx_event(x, &t->tx, SIG_DIR_TO_CLIENT, SIG_EV_HTTP1_RES_LINE_STATUS);
	return false;
}
