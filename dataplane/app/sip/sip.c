/* SPDX-License-Identifier: Apache-2.0 */
#include "sip.h"
#include <dp/frame.h>

#define SIP_TX_MAX 256u /* transactions open at a time */

static void sip_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dp_bytes_free(x->c, &((struct sip_tx *)t)->raw);
}

static int bad(struct dp_app_ctx *x, enum sig_dir d, enum sip_rc rc)
{
	if (x->a->tx_last)
		dp_tx_event(x, x->a->tx_last, d, rc == SIP_MORE ? SIG_EV_SIP_INCOMPLETE
								 : SIG_EV_SIP_INVALID);
	return DP_APP_ERROR;
}

static struct sip_tx *add(struct dp_app_ctx *x, const uint8_t *p, const struct sip_msg *m,
	enum sig_dir d)
{
	struct sip_tx *tx;

	if (x->a->tx_live >= SIP_TX_MAX)
		return NULL; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return NULL;
	dp_bytes_set(x->c, &tx->raw, p, m->total, SIP_MSG_MAX);
	tx->m = *m;
	tx->tx.only_dir = (uint8_t)(1u << d);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	return tx;
}

/** The parts of a message that begins `at` bytes into what came; they belong to its transaction. */
static void frames(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t at,
	const struct sip_msg *m, const struct sip_tx *tx, uint32_t pdu)
{
	const struct {
		enum sig_frame type[2]; /* of a request, of a response */
		struct sip_part part;
	} parts[] = {
		{{SIG_FRAME_SIP_REQUEST_LINE, SIG_FRAME_SIP_RESPONSE_LINE}, {0, m->line.n + 2}},
		{{SIG_FRAME_SIP_REQUEST_HEADERS, SIG_FRAME_SIP_RESPONSE_HEADERS}, m->headers},
		{{SIG_FRAME_SIP_REQUEST_BODY, SIG_FRAME_SIP_RESPONSE_BODY}, m->body},
	};

	dp_frame_length(x, in->dir, pdu, m->total);
	if (tx)
		dp_frame_tx(x, in->dir, pdu, &tx->tx);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t id;

		if (parts[i].part.n == 0)
			continue;
		id = dp_frame_add(x, in, parts[i].type[!m->request], at + parts[i].part.off,
			parts[i].part.n);
		if (tx)
			dp_frame_tx(x, in->dir, id, &tx->tx);
	}
}

static int sip_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	bool stream = x->f->ip_proto == 6, request = in->dir == SIG_DIR_TO_SERVER;
	uint32_t pos = 0;

	x->a->need[in->dir] = 0;
	while (pos < in->data.n) {
		uint32_t pdu = dp_frame_add(x, in, SIG_FRAME_SIP_PDU, pos,
			stream ? -1 : (int64_t)in->data.n);
		struct sip_msg m;
		enum sip_rc rc;

		rc = sip_message(in->data.p + pos, in->data.n - pos, request, stream, &m);
		if (rc == SIP_MORE && stream && in->data.n - pos <= SIP_MSG_MAX) {
			x->a->need[in->dir] = in->data.n - pos + 1;
			break;
		}
		if (rc != SIP_OK)
			return bad(x, in->dir, rc);
		frames(x, in, pos, &m, add(x, in->data.p + pos, &m, in->dir), pdu);
		pos += m.total;
	}
	*consumed = pos;
	return DP_APP_OK;
}

/* OPTIONS is left out as in the peer: HTTP and RTSP share it. */
static const char *const methods[] = {"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "UPDATE",
	"REFER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "INFO"};

/** -1 cannot be, 0 may become, 1 is a word that starts a SIP message of that direction. */
static int starts(struct dp_span s, bool request)
{
	int best = -1;

	for (unsigned i = 0; i < (request ? sizeof(methods) / sizeof(methods[0]) : 1); i++) {
		const char *w = request ? methods[i] : "SIP/2.0";
		uint32_t n = (uint32_t)strlen(w);

		if (s.n >= n && memcmp(s.p, w, n) == 0)
			return 1;
		if (s.n < n && memcmp(s.p, w, s.n) == 0)
			best = 0;
	}
	return best;
}

/** SIP/2.0 in a request's first line, so that HTTP and others are not taken for it. */
static enum dp_probe whole(struct dp_span s, bool request, bool stream)
{
	struct sip_msg m;
	enum sip_rc rc = sip_message(s.p, s.n, request, stream, &m);

	if (request && m.version.n && m.line.n &&
		(m.version.n != 7 || memcmp(s.p + m.version.off, "SIP/2.0", 7) != 0))
		return DP_PROBE_NO;
	if (rc == SIP_OK)
		return DP_PROBE_YES;
	if (rc == SIP_MORE && stream)
		return m.line.n && m.line.n + 2 < s.n ? DP_PROBE_YES : DP_PROBE_MORE;
	return DP_PROBE_NO;
}

static enum dp_probe sip_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	bool stream = x->f->ip_proto == 6;
	enum dp_probe got = DP_PROBE_NO;

	for (unsigned other = 0; other < 2; other++) {
		bool request = (in->dir == SIG_DIR_TO_SERVER) != other;
		int s = starts(in->data, request);

		if (other && !(x->f->flags & DP_FF_MIDSTREAM))
			break;
		if (s == 0 && stream)
			got = DP_PROBE_MORE;
		if (s > 0)
			got = whole(in->data, request, stream);
		if (got == DP_PROBE_YES)
			return other ? DP_PROBE_YES_REVERSE : DP_PROBE_YES;
	}
	return got;
}

/** Buffers that are header fields. */
static const char *field_name(enum sig_buffer b)
{
	switch (b) {
	case SIG_BUF_SIP_FROM:
		return "From";
	case SIG_BUF_SIP_TO:
		return "To";
	case SIG_BUF_SIP_VIA:
		return "Via";
	case SIG_BUF_SIP_USER_AGENT:
		return "User-Agent";
	case SIG_BUF_SIP_CONTENT_TYPE:
		return "Content-Type";
	case SIG_BUF_SIP_CONTENT_LENGTH:
		return "Content-Length";
	default:
		return NULL;
	}
}

/** The `k`th line of letter `type` in a region. */
static struct dp_span nth(struct dp_span lines, char type, uint32_t k)
{
	struct dp_span v;
	char c;

	while ((c = sdp_next(&lines, &v)))
		if (c == type && k-- == 0)
			return v;
	return (struct dp_span){0};
}

static struct dp_span sdp_value(const struct sip_tx *tx, enum sig_buffer b, uint32_t k)
{
	struct dp_span none = {0};
	struct sdp s;

	if (!sdp_read(sip_span(tx, tx->m.body), &s))
		return none;
	switch (b) {
	case SIG_BUF_SDP_BANDWIDTH:
		return nth(s.bandwidths, 'b', k);
	case SIG_BUF_SDP_TIME:
		return nth(s.times, 't', k);
	case SIG_BUF_SDP_REPEAT_TIME:
		return nth(s.times, 'r', k);
	case SIG_BUF_SDP_ATTRIBUTE:
		return nth(s.attributes, 'a', k);
	case SIG_BUF_SDP_MEDIA_MEDIA:
		return nth(s.media, 'm', k);
	case SIG_BUF_SDP_MEDIA_INFO:
		return nth(s.media, 'i', k);
	case SIG_BUF_SDP_MEDIA_CONNECTION:
		return nth(s.media, 'c', k);
	case SIG_BUF_SDP_MEDIA_KEY:
		return nth(s.media, 'k', k);
	default:
		break;
	}
	if (k)
		return none;
	switch (b) {
	case SIG_BUF_SDP_ORIGIN:
		return s.origin;
	case SIG_BUF_SDP_SESSION_NAME:
		return s.name;
	case SIG_BUF_SDP_SESSION_INFO:
		return s.info;
	case SIG_BUF_SDP_URI:
		return s.uri;
	case SIG_BUF_SDP_EMAIL:
		return s.email;
	case SIG_BUF_SDP_PHONE_NUMBER:
		return s.phone;
	case SIG_BUF_SDP_CONNECTION_DATA:
		return s.connection;
	case SIG_BUF_SDP_TIMEZONE:
		return s.zone;
	case SIG_BUF_SDP_ENCRYPTION_KEY:
		return s.key;
	default:
		return none;
	}
}

static struct dp_span line_value(const struct sip_tx *tx, enum sig_buffer b)
{
	const struct sip_msg *m = &tx->m;

	switch (b) {
	case SIG_BUF_SIP_METHOD:
		return sip_span(tx, m->method);
	case SIG_BUF_SIP_URI:
		return sip_span(tx, m->uri);
	case SIG_BUF_SIP_PROTOCOL:
		return sip_span(tx, m->version);
	case SIG_BUF_SIP_STAT_CODE:
		return sip_span(tx, m->code);
	case SIG_BUF_SIP_STAT_MSG:
		return sip_span(tx, m->reason);
	case SIG_BUF_SIP_REQUEST_LINE:
		return m->request ? sip_span(tx, m->line) : (struct dp_span){0};
	case SIG_BUF_SIP_RESPONSE_LINE:
		return m->request ? (struct dp_span){0} : sip_span(tx, m->line);
	default:
		return (struct dp_span){0};
	}
}

static enum dp_buf_state sip_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct sip_tx *tx = (const struct sip_tx *)t;
	const char *field = field_name(b);

	if (!((t->only_dir >> dir) & 1))
		return DP_BUF_ABSENT;
	if (field)
		return sip_header(tx, field, instance, out) ? DP_BUF_FULL : DP_BUF_ABSENT;
	*out = instance ? (struct dp_span){0} : line_value(tx, b);
	if (!out->n)
		*out = sdp_value(tx, b, instance);
	return out->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

#define BOTH(b)                                                                                    \
	{b, SIG_DIR_TO_SERVER, 1},                                                                 \
	{                                                                                          \
		b, SIG_DIR_TO_CLIENT, 1                                                            \
	}

static const struct dp_app_buffer sip_buffers[] = {
	{SIG_BUF_SIP_METHOD, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_SIP_URI, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_SIP_REQUEST_LINE, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_SIP_STAT_CODE, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_SIP_STAT_MSG, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_SIP_RESPONSE_LINE, SIG_DIR_TO_CLIENT, 1},
	BOTH(SIG_BUF_SIP_PROTOCOL),
	BOTH(SIG_BUF_SIP_FROM),
	BOTH(SIG_BUF_SIP_TO),
	BOTH(SIG_BUF_SIP_VIA),
	BOTH(SIG_BUF_SIP_USER_AGENT),
	BOTH(SIG_BUF_SIP_CONTENT_TYPE),
	BOTH(SIG_BUF_SIP_CONTENT_LENGTH),
	BOTH(SIG_BUF_SDP_ORIGIN),
	BOTH(SIG_BUF_SDP_SESSION_NAME),
	BOTH(SIG_BUF_SDP_SESSION_INFO),
	BOTH(SIG_BUF_SDP_URI),
	BOTH(SIG_BUF_SDP_EMAIL),
	BOTH(SIG_BUF_SDP_PHONE_NUMBER),
	BOTH(SIG_BUF_SDP_CONNECTION_DATA),
	BOTH(SIG_BUF_SDP_BANDWIDTH),
	BOTH(SIG_BUF_SDP_TIME),
	BOTH(SIG_BUF_SDP_REPEAT_TIME),
	BOTH(SIG_BUF_SDP_TIMEZONE),
	BOTH(SIG_BUF_SDP_ENCRYPTION_KEY),
	BOTH(SIG_BUF_SDP_ATTRIBUTE),
	BOTH(SIG_BUF_SDP_MEDIA_MEDIA),
	BOTH(SIG_BUF_SDP_MEDIA_INFO),
	BOTH(SIG_BUF_SDP_MEDIA_CONNECTION),
	BOTH(SIG_BUF_SDP_MEDIA_KEY),
};

const struct dp_app_desc dp_app_sip = {
	.proto = SIG_PROTO_SIP,
	.eve_type = "sip",
	.tcp = true,
	.udp = true,
	.probe = sip_probe,
	.probe_any_port = true,
	.ports = {5060, 5061},
	.parse = sip_parse,
	.tx_free = sip_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = sip_buffers,
	.n_buffers = sizeof(sip_buffers) / sizeof(sip_buffers[0]),
	.buffer = sip_buffer,
	.log = sip_log,
	.log_packet_dir = true,
};
