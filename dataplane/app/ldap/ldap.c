/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap.h"
#include <dp/frame.h>
#include <dp/slab.h>

/** What outlives a transaction. */
struct ldap_conn {
	bool sasl;    /**< bound by SASL: what follows may be wrapped (RFC 4513 section 5.2.1.8) */
	bool wrapped; /**< and is */
};

static int ldap_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct ldap_conn));
	return *state ? 0 : -1;
}

static void ldap_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct ldap_conn));
}

static void ldap_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct ldap_tx *tx = (struct ldap_tx *)t;

	dp_bytes_free(x->c, &tx->request);
	dp_bytes_free(x->c, &tx->responses);
}

static void complete(struct ldap_tx *tx)
{
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
}

static struct ldap_tx *open_tx(struct dp_app_ctx *x, enum sig_dir d)
{
	struct ldap_tx *tx;

	if (x->a->tx_live >= LDAP_TX_MAX) {
		for (struct dp_tx *old = x->a->tx_first; old; old = old->next) {
			if (old->progress[SIG_DIR_TO_CLIENT])
				continue;
			complete((struct ldap_tx *)old);
			dp_tx_event(x, old, d, SIG_EV_LDAP_MANY_TX);
			break;
		}
		if (x->a->tx_live >= 2 * LDAP_TX_MAX)
			return NULL; // nobody inspects: not kept
	}
	tx = dp_tx_add(x, sizeof(*tx));
	return tx;
}

static bool is_starttls(const struct ldap_msg *m)
{
	struct dp_span s = m->body;
	struct dp_ber e;

	return m->op == LDAP_EXTENDED_REQUEST && dp_ber_take(&s, 0x80, &e) &&
		e.body.n == sizeof(LDAP_STARTTLS) - 1 &&
		memcmp(e.body.p, LDAP_STARTTLS, e.body.n) == 0;
}

static struct ldap_tx *request(struct dp_app_ctx *x, const struct ldap_msg *m, const uint8_t *p)
{
	struct ldap_tx *tx = open_tx(x, SIG_DIR_TO_SERVER);

	if (!tx)
		return NULL;
	tx->id = m->id;
	tx->starttls = is_starttls(m);
	dp_bytes_set(x->c, &tx->request, p, m->total, LDAP_MSG_MAX);
	tx->tx.progress[SIG_DIR_TO_SERVER] = 1;
	if (m->op == LDAP_UNBIND || m->op == LDAP_ABANDON)
		complete(tx);
	return tx;
}

static struct ldap_tx *find(struct dp_app_ctx *x, int64_t id)
{
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next) {
		struct ldap_tx *tx = (struct ldap_tx *)t;

		if (tx->request.n && tx->id == id && t->progress[SIG_DIR_TO_CLIENT] == 0)
			return tx;
	}
	return NULL;
}

/** The request binds by a name for itself and not by a password. */
static bool binds_by_sasl(const struct ldap_tx *tx)
{
	struct ldap_msg m;
	struct dp_ber e;
	int64_t v;

	return ldap_request(tx, &m) && m.op == LDAP_BIND_REQUEST &&
		dp_ber_take_int(&m.body, DP_BER_INT, &v) &&
		dp_ber_take(&m.body, DP_BER_OCTETS, &e) && m.body.n && m.body.p[0] != 0x80;
}

static struct ldap_tx *response(struct dp_app_ctx *x, struct ldap_conn *k, const struct ldap_msg *m,
	const uint8_t *p)
{
	struct ldap_tx *tx = find(x, m->id);
	struct ldap_result r;

	if (!tx) {
		tx = open_tx(x, SIG_DIR_TO_CLIENT);
		if (!tx)
			return NULL;
		tx->id = m->id;
		// An extended answer of its own accord is a notification (RFC 4511 section 4.4).
		if (m->op != LDAP_EXTENDED_RESPONSE)
			dp_tx_event(x, &tx->tx, SIG_DIR_TO_CLIENT, SIG_EV_LDAP_NO_REQUEST);
		complete(tx);
	}
	if (tx->n_responses < LDAP_RESPONSES_MAX && m->total <= LDAP_KEEP_MAX &&
		tx->responses.n <= LDAP_KEEP_MAX - m->total) {
		if (dp_bytes_add(x->c, &tx->responses, p, m->total, LDAP_KEEP_MAX))
			tx->n_responses++;
	} else if (!dp_tx_has_event(&tx->tx, SIG_EV_LDAP_MANY_RESPONSES)) {
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_CLIENT, SIG_EV_LDAP_MANY_RESPONSES);
	}
	if (!ldap_has_result(m->op))
		return tx;
	complete(tx);
	if (m->op == LDAP_BIND_RESPONSE && binds_by_sasl(tx) && ldap_result(m, &r) && r.code == 0)
		k->sasl = true;
	if (tx->starttls && x->f->ip_proto == 6 && ldap_result(m, &r) && r.code == 0)
		dp_app_change(x, SIG_PROTO_TLS);
	return tx;
}

static int ldap_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct ldap_conn *k = state;
	uint32_t pos = k->wrapped ? in->data.n : 0;
	bool stream = x->f->ip_proto == 6;

	x->a->need[in->dir] = 0;
	while (pos < in->data.n && !x->a->change_pending) {
		struct dp_span s = {in->data.p + pos, in->data.n - pos};
		struct ldap_msg m;
		enum dp_ber_rc rc = ldap_read(s, &m);
		uint32_t pdu = dp_frame_add(x, in, SIG_FRAME_LDAP_PDU, pos,
			m.total ? (int64_t)m.total : -1);
		const struct ldap_tx *tx;

		if (rc == DP_BER_MORE && stream) {
			x->a->need[in->dir] = m.total ? m.total : s.n + 1;
			break;
		}
		if (rc != DP_BER_OK && k->sasl && stream) {
			k->wrapped = true; // signed or sealed: nobody but the two can read it
			pos = in->data.n;
			break;
		}
		if (rc != DP_BER_OK) {
			if (x->a->tx_last)
				dp_tx_event(x, x->a->tx_last, in->dir,
					rc == DP_BER_MORE ? SIG_EV_LDAP_INCOMPLETE
							  : SIG_EV_LDAP_INVALID);
			return DP_APP_ERROR;
		}
		tx = in->dir == SIG_DIR_TO_SERVER ? request(x, &m, s.p) : response(x, k, &m, s.p);
		dp_frame_length(x, in->dir, pdu, m.total);
		if (tx)
			dp_frame_tx(x, in->dir, pdu, &tx->tx);
		pos += m.total;
	}
	*consumed = pos;
	return DP_APP_OK;
}

static enum dp_probe ldap_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct ldap_msg m;

	switch (ldap_read(in->data, &m)) {
	case DP_BER_OK:
		return ldap_is_request(m.op) == (in->dir == SIG_DIR_TO_SERVER)
			       ? DP_PROBE_YES
			       : DP_PROBE_YES_REVERSE;
	case DP_BER_MORE:
		return x->f->ip_proto == 6 ? DP_PROBE_MORE : DP_PROBE_NO;
	default:
		return DP_PROBE_NO;
	}
}

/** The `k`th answer, of those with a result when `results`. */
static bool nth_response(const struct ldap_tx *tx, uint32_t k, bool results, struct ldap_msg *m)
{
	struct dp_span s = {tx->responses.p, tx->responses.n};

	while (ldap_read(s, m) == DP_BER_OK) {
		if ((!results || ldap_has_result(m->op)) && k-- == 0)
			return true;
		s.p += m->total;
		s.n -= m->total;
	}
	return false;
}

static bool nth_attribute(const struct ldap_tx *tx, uint32_t k, struct dp_span *out)
{
	struct ldap_msg m;

	for (uint32_t i = 0; nth_response(tx, i, false, &m); i++)
		if (ldap_attribute(&m, &k, out))
			return true;
	return false;
}

static enum dp_buf_state ldap_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct ldap_tx *tx = (const struct ldap_tx *)t;
	struct ldap_result r;
	struct ldap_msg m;
	bool have = false;

	*out = (struct dp_span){0};
	switch (b) {
	case SIG_BUF_LDAP_REQUEST_DN:
		have = instance == 0 && ldap_request(tx, &m) && ldap_dn(&m, out);
		break;
	case SIG_BUF_LDAP_REQUEST_ATTRIBUTE_TYPE:
		have = ldap_request(tx, &m) && ldap_attribute(&m, &instance, out);
		break;
	case SIG_BUF_LDAP_RESPONSES_DN:
		have = nth_response(tx, instance, false, &m);
		if (have)
			ldap_dn(&m, out);
		break;
	case SIG_BUF_LDAP_RESPONSES_MESSAGE:
		have = nth_response(tx, instance, false, &m);
		if (have && ldap_result(&m, &r))
			*out = r.text;
		break;
	case SIG_BUF_LDAP_RESPONSES_ATTRIBUTE_TYPE:
		have = nth_attribute(tx, instance, out);
		break;
	default:
		break;
	}
	return have ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static bool ldap_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	const struct ldap_tx *tx = (const struct ldap_tx *)t;
	struct ldap_result r;
	struct ldap_msg m;

	switch (n) {
	case SIG_NUM_LDAP_REQUEST_OPERATION:
		if (instance || !ldap_request(tx, &m))
			return false;
		*out = m.op;
		return true;
	case SIG_NUM_LDAP_RESPONSES_OPERATION:
		if (!nth_response(tx, instance, false, &m))
			return false;
		*out = m.op;
		return true;
	case SIG_NUM_LDAP_RESPONSES_COUNT:
		*out = tx->n_responses;
		return instance == 0;
	case SIG_NUM_LDAP_RESPONSES_RESULT:
		if (!nth_response(tx, instance, true, &m) || !ldap_result(&m, &r))
			return false;
		*out = (uint64_t)r.code;
		return true;
	default:
		return false;
	}
}

static const struct dp_app_buffer ldap_buffers[] = {
	{SIG_BUF_LDAP_REQUEST_DN, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_LDAP_REQUEST_ATTRIBUTE_TYPE, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_LDAP_RESPONSES_DN, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_LDAP_RESPONSES_MESSAGE, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_LDAP_RESPONSES_ATTRIBUTE_TYPE, SIG_DIR_TO_CLIENT, 1},
};
static const struct dp_app_number ldap_numbers[] = {
	{SIG_NUM_LDAP_REQUEST_OPERATION, SIG_DIR_TO_SERVER, 1},
	{SIG_NUM_LDAP_RESPONSES_OPERATION, SIG_DIR_TO_CLIENT, 1},
	{SIG_NUM_LDAP_RESPONSES_COUNT, SIG_DIR_TO_CLIENT, 1},
	{SIG_NUM_LDAP_RESPONSES_RESULT, SIG_DIR_TO_CLIENT, 1},
};

const struct dp_app_desc dp_app_ldap = {
	.proto = SIG_PROTO_LDAP,
	.eve_type = "ldap",
	.log_change_packet = true,
	.tcp = true,
	.udp = true,
	.probe = ldap_probe,
	.probe_any_port = true,
	.ports = {389, 3268},
	.open = ldap_open,
	.close = ldap_close,
	.parse = ldap_parse,
	.tx_free = ldap_tx_free,
	.complete = {1, 1},
	.buffers = ldap_buffers,
	.n_buffers = sizeof(ldap_buffers) / sizeof(ldap_buffers[0]),
	.numbers = ldap_numbers,
	.n_numbers = sizeof(ldap_numbers) / sizeof(ldap_numbers[0]),
	.buffer = ldap_buffer,
	.number = ldap_number,
	.log = ldap_log,
};
