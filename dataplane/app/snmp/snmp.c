/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp.h"
#include <dp/slab.h>
#include <stdio.h>

struct snmp_state {
	uint8_t version; /* of the first message */
};

static int snmp_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct snmp_state));
	return *state ? 0 : -1;
}

static void snmp_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct snmp_state));
}

static void snmp_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dp_bytes_free(x->c, &((struct snmp_tx *)t)->raw);
}

static int snmp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct snmp_state *st = state;
	struct snmp_msg m;
	struct snmp_tx *tx;

	*consumed = in->data.n;
	if (!st->version)
		st->version = (uint8_t)snmp_version(in->data);
	if (!snmp_read(in->data, &m)) {
		if (x->a->tx_last)
			dp_tx_event(x, x->a->tx_last, in->dir, SIG_EV_SNMP_MALFORMED);
		return DP_APP_ERROR;
	}
	if (x->a->tx_live >= SNMP_TX_MAX)
		return DP_APP_OK; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return DP_APP_OK;
	tx->version = st->version;
	tx->tx.only_dir = (uint8_t)(1u << in->dir);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	dp_bytes_set(x->c, &tx->raw, in->data.p, in->data.n, 65535);
	if (m.version != st->version)
		dp_tx_event(x, &tx->tx, in->dir, SIG_EV_SNMP_VERSION);
	if (m.version == 3 && !m.has_user)
		dp_tx_event(x, &tx->tx, in->dir, SIG_EV_SNMP_UNKNOWN_SEC);
	return DP_APP_OK;
}

static enum dp_probe snmp_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	return snmp_version(in->data) ? DP_PROBE_YES : DP_PROBE_NO;
}

static bool message(const struct snmp_tx *tx, struct snmp_msg *m)
{
	return snmp_read((struct dp_span){tx->raw.p, tx->raw.n}, m);
}

static enum dp_buf_state snmp_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct snmp_msg m;

	if (instance || !((t->only_dir >> dir) & 1) || !message((struct snmp_tx *)t, &m))
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_SNMP_COMMUNITY && m.version < 3)
		*out = m.community;
	else if (b == SIG_BUF_SNMP_USM && m.has_user)
		*out = m.user;
	else
		return DP_BUF_ABSENT;
	return DP_BUF_FULL;
}

static bool snmp_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	struct snmp_msg m;

	if (instance || !((t->only_dir >> dir) & 1) || !message((struct snmp_tx *)t, &m))
		return false;
	switch (n) {
	case SIG_NUM_SNMP_VERSION:
		*out = ((struct snmp_tx *)t)->version;
		return true;
	case SIG_NUM_SNMP_PDU_TYPE:
		*out = m.pdu;
		return !m.encrypted;
	case SIG_NUM_SNMP_TRAP_TYPE:
		*out = (uint64_t)m.trap;
		return !m.encrypted && m.pdu == SNMP_TRAP_V1;
	default:
		return false;
	}
}

static void put_oid(struct dp_rec *r, const char *key, struct dp_span oid)
{
	char text[1024];
	uint32_t n = dp_ber_oid(oid, text, sizeof(text));

	if (n == 0) // not one that can be written with dots: its bytes
		for (uint32_t i = 0; i < oid.n && n + 4 < sizeof(text); i++)
			n += (uint32_t)snprintf(text + n, sizeof(text) - n, i ? " %02x" : "%02x",
				oid.p[i]);
	dp_rec_str(r, key, text, n);
}

static void put_known(struct dp_rec *r, const char *key, const char *const *names, unsigned n,
	int64_t v, const char *kind)
{
	char text[40];

	snprintf(text, sizeof(text), "%s(%lld)", kind, (long long)v);
	dp_rec_cstr(r, key, v >= 0 && v < n ? names[v] : text);
}

void snmp_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	static const char *const pdus[] = {"get_request", "get_next_request", "response",
		"set_request", "trap_v1", "get_bulk_request", "inform_request", "trap_v2", "report"};
	static const char *const errors[] = {"NoError", "TooBig", "NoSuchName", "BadValue",
		"ReadOnly", "GenErr", "NoAccess", "WrongType", "WrongLength", "WrongEncoding",
		"WrongValue", "NoCreation", "InconsistentValue", "ResourceUnavailable",
		"CommitFailed", "UndoFailed", "AuthorizationError", "NotWritable",
		"InconsistentName"};
	static const char *const traps[] = {"coldStart", "warmStart", "linkDown", "linkUp",
		"authenticationFailure", "egpNeighborLoss", "enterpriseSpecific"};
	struct dp_ber e, oid;
	struct snmp_msg m;
	char addr[16];

	if (!message((struct snmp_tx *)t, &m))
		return;
	dp_rec_u64(r, "version", ((struct snmp_tx *)t)->version);
	if (m.encrypted) {
		dp_rec_cstr(r, "pdu_type", "encrypted");
		return;
	}
	dp_rec_cstr(r, "pdu_type", pdus[m.pdu]);
	if (m.error)
		put_known(r, "error", errors, 19, m.error, "ErrorStatus");
	if (m.pdu == SNMP_TRAP_V1) {
		put_known(r, "trap_type", traps, 7, m.trap, "TrapType");
		put_oid(r, "trap_oid", m.enterprise);
		if (m.agent.n == 4) {
			snprintf(addr, sizeof(addr), "%u.%u.%u.%u", m.agent.p[0], m.agent.p[1],
				m.agent.p[2], m.agent.p[3]);
			dp_rec_cstr(r, "trap_address", addr);
		}
	}
	if (m.vars.n)
		dp_rec_arr(r, "vars");
	for (struct dp_span s = m.vars; dp_ber_take(&s, DP_BER_SEQ, &e);)
		if (snmp_name(&e.body, &oid))
			put_oid(r, "", oid.body);
	if (m.vars.n)
		dp_rec_end(r);
	if (m.version < 3)
		dp_rec_str(r, "community", m.community.p, m.community.n);
	if (m.has_user)
		dp_rec_str(r, "usm", m.user.p, m.user.n);
}

#define BOTH(b)                                                                                    \
	{b, SIG_DIR_TO_SERVER, 1},                                                                 \
	{                                                                                          \
		b, SIG_DIR_TO_CLIENT, 1                                                            \
	}

static const struct dp_app_buffer snmp_buffers[] = {
	BOTH(SIG_BUF_SNMP_COMMUNITY),
	BOTH(SIG_BUF_SNMP_USM),
};
static const struct dp_app_number snmp_numbers[] = {
	BOTH(SIG_NUM_SNMP_VERSION),
	BOTH(SIG_NUM_SNMP_PDU_TYPE),
	BOTH(SIG_NUM_SNMP_TRAP_TYPE),
};

const struct dp_app_desc dp_app_snmp = {
	.proto = SIG_PROTO_SNMP,
	.eve_type = "snmp",
	.udp = true,
	.probe = snmp_probe,
	.probe_any_port = true,
	.ports = {161, 162},
	.open = snmp_open,
	.close = snmp_close,
	.parse = snmp_parse,
	.tx_free = snmp_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = snmp_buffers,
	.n_buffers = sizeof(snmp_buffers) / sizeof(snmp_buffers[0]),
	.numbers = snmp_numbers,
	.n_numbers = sizeof(snmp_numbers) / sizeof(snmp_numbers[0]),
	.buffer = snmp_buffer,
	.number = snmp_number,
	.log = snmp_log,
	.log_packet_dir = true,
};
