/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTP versions 3 and 4 (RFC 1305, 5905) over UDP. A transaction is one message; control and private
 * messages (modes 6, 7) have another layout and are not NTP to the peer unless they say 3 or 4.
 */
#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define PORT 123
#define NTP_SIZE 48u    /* without extensions and authenticator */
#define NTP_TX_MAX 256u /* open at a time */

struct ntp_tx {
	struct dp_tx tx;
	uint8_t version, mode, stratum;
	uint8_t reference[4];
};

static bool sound(struct dp_span s)
{
	return s.n >= NTP_SIZE && ((s.p[0] >> 3 & 7) == 3 || (s.p[0] >> 3 & 7) == 4);
}

static bool listed(const struct dp_app_ctx *x, uint16_t port)
{
	const uint16_t *p = x->c->conf->app_ports[1][SIG_PROTO_NTP];

	for (unsigned i = 0; i < 4 && p[i]; i++)
		if (p[i] == port)
			return true;
	return !p[0] && port == PORT;
}

static enum dp_probe ntp_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	bool to = listed(x, x->f->port[1]), from = listed(x, x->f->port[0]);
	uint8_t mode;

	if ((!to && !from) || !sound(in->data))
		return DP_PROBE_NO;
	mode = in->data.p[0] & 7;
	// An answer was seen first.
	if (in->dir == SIG_DIR_TO_SERVER && !to)
		return mode == 4 || mode == 2 ? DP_PROBE_YES_REVERSE : DP_PROBE_NO;
	return DP_PROBE_YES;
}

static int ntp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in, uint32_t *consumed)
{
	struct ntp_tx *tx;

	*consumed = in->data.n;
	if (!sound(in->data)) {
		dp_tx_event(x, x->a->tx_last, in->dir, SIG_EV_NTP_MALFORMED);
		return DP_APP_ERROR;
	}
	if (x->a->tx_live >= NTP_TX_MAX)
		return DP_APP_OK; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return DP_APP_OK;
	tx->version = in->data.p[0] >> 3 & 7;
	tx->mode = in->data.p[0] & 7;
	tx->stratum = in->data.p[1];
	memcpy(tx->reference, in->data.p + 12, 4);
	tx->tx.only_dir = (uint8_t)(1u << in->dir);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	return DP_APP_OK;
}

static enum dp_buf_state ntp_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	const struct ntp_tx *tx = (const struct ntp_tx *)t;

	if (b != SIG_BUF_NTP_REFERENCE_ID || instance || !((t->only_dir >> dir) & 1))
		return DP_BUF_ABSENT;
	*out = (struct dp_span){tx->reference, 4};
	return DP_BUF_FULL;
}

static bool ntp_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	const struct ntp_tx *tx = (const struct ntp_tx *)t;

	*out = n == SIG_NUM_NTP_VERSION ? tx->version : n == SIG_NUM_NTP_MODE ? tx->mode : tx->stratum;
	return instance == 0 && (t->only_dir >> dir) & 1;
}

static void ntp_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct ntp_tx *tx = (const struct ntp_tx *)t;
	const uint8_t *id = tx->reference;

	dp_rec_u64(r, "version", tx->version);
	dp_rec_u64(r, "mode", tx->mode);
	dp_rec_u64(r, "stratum", tx->stratum);
	dp_rec_u64(r, "reference_id",
		(uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3]);
}

#define BOTH(b) {b, SIG_DIR_TO_SERVER, 1}, {b, SIG_DIR_TO_CLIENT, 1}

static const struct dp_app_buffer ntp_buffers[] = {BOTH(SIG_BUF_NTP_REFERENCE_ID)};
static const struct dp_app_number ntp_numbers[] = {
	BOTH(SIG_NUM_NTP_VERSION), BOTH(SIG_NUM_NTP_MODE), BOTH(SIG_NUM_NTP_STRATUM)};

const struct dp_app_desc dp_app_ntp = {
	.proto = SIG_PROTO_NTP,
	.eve_type = "ntp",
	.udp = true,
	.probe = ntp_probe,
	.probe_any_port = true,
	.ports = {PORT},
	.parse = ntp_parse,
	.complete = {1, 1},
	.unidirectional = true,
	.log_packet_dir = true,
	.buffers = ntp_buffers,
	.n_buffers = sizeof(ntp_buffers) / sizeof(ntp_buffers[0]),
	.numbers = ntp_numbers,
	.n_numbers = sizeof(ntp_numbers) / sizeof(ntp_numbers[0]),
	.buffer = ntp_buffer,
	.number = ntp_number,
	.log = ntp_log,
};
