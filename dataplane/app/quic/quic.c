/* SPDX-License-Identifier: Apache-2.0 */
#include "quic.h"

#define PACKETS_MAX 16u /* in one datagram */

static int quic_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct quic_state));
	return *state ? 0 : -1;
}

static void quic_close(struct dp_app_ctx *x, void *state)
{
	struct quic_state *s = state;

	dp_bytes_free(x->c, &s->crypto[0].data);
	dp_bytes_free(x->c, &s->crypto[1].data);
	dp_slab_free(x->c->slab, DP_MEM_APP, s, sizeof(*s));
}

static void quic_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct quic_tx *tx = (struct quic_tx *)t;

	dp_bytes_free(x->c, &tx->sni);
	dp_bytes_free(x->c, &tx->ua);
	dp_bytes_free(x->c, &tx->ja3);
	dp_bytes_free(x->c, &tx->exts);
	for (unsigned i = 0; i < tx->n_cyu; i++)
		dp_bytes_free(x->c, &tx->cyu[i].text);
}

static struct quic_tx *add(struct dp_app_ctx *x, const struct quic_header *h, enum sig_dir d)
{
	struct quic_tx *tx = dp_tx_add(x, sizeof(*tx));

	if (!tx)
		return NULL;
	tx->dir = (uint8_t)d;
	tx->tx.only_dir = (uint8_t)(1u << d);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	quic_version_name(h->version, tx->version);
	for (int i = 0; i < 4; i++)
		tx->raw_version[i] = (uint8_t)(h->version >> (24 - 8 * i));
	tx->is_version = h->is_long || h->version >> 16 == 0x5130; // "Q0.."
	return tx;
}

static void forget(struct dp_app_ctx *x, struct quic_state *s)
{
	s->retried = true;
	s->have_keys = false;
	s->hello[SIG_DIR_TO_SERVER] = false;
	s->crypto[SIG_DIR_TO_SERVER].n = 0;
	s->crypto[SIG_DIR_TO_SERVER].data.n = 0;
}

/** One packet of a datagram. False: nothing after it is of interest. */
static bool packet(struct dp_app_ctx *x, struct quic_state *s, enum sig_dir d,
	const struct quic_header *h, struct dp_span p)
{
	struct dp_span frames = {p.p + h->payload, h->len};
	uint8_t plain[QUIC_PACKET_MAX];
	struct quic_tx *tx;
	int n;

	if (!s->have_keys && h->type == QUIC_INITIAL)
		s->have_keys = quic_keys_derive(h->version, h->dcid, s->keys);
	else if (d == SIG_DIR_TO_CLIENT && h->type == QUIC_RETRY && !s->retried)
		forget(x, s); /* the client starts again with other keys */
	tx = add(x, h, d);
	if (!tx)
		return false;
	if (h->type != QUIC_INITIAL)
		return true;
	if (s->have_keys && h->len) {
		n = h->len <= sizeof(plain) ? quic_decrypt(&s->keys[d], h, p, plain) : -1;
		if (n < 0) {
			dp_tx_event(x, &tx->tx, d, SIG_EV_QUIC_FAILED_DECRYPT);
			return false;
		}
		frames = (struct dp_span){plain, (uint32_t)n};
	}
	if (quic_frames(x, s, tx, h->version, frames)) {
		dp_tx_event(x, &tx->tx, d, SIG_EV_QUIC_ERROR_ON_DATA);
		return false;
	}
	return true;
}

static int quic_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct quic_state *s = state;
	struct dp_span d = in->data;

	*consumed = in->data.n;
	for (unsigned i = 0; i < PACKETS_MAX && d.n; i++) {
		struct quic_header h;

		if (quic_header_read(d, &h) || s->hello[in->dir] || h.type == QUIC_SHORT)
			break;
		if (!packet(x, s, in->dir, &h, d))
			break;
		d.p += h.payload + h.len;
		d.n -= h.payload + h.len;
	}
	return DP_APP_OK;
}

static enum dp_buf_state text(const char *s, struct dp_span *out)
{
	*out = (struct dp_span){(const uint8_t *)s, (uint32_t)strlen(s)};
	return out->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static enum dp_buf_state bytes(const struct dp_bytes *b, struct dp_span *out)
{
	*out = (struct dp_span){b->p, b->n};
	return out->n ? DP_BUF_FULL : DP_BUF_ABSENT;
}

static enum dp_buf_state quic_buffer(const struct dp_app_ctx *x, struct dp_tx *t,
	enum sig_buffer b, enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct quic_tx *tx = (struct quic_tx *)t;

	if (dir != tx->dir)
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_QUIC_CYU_HASH || b == SIG_BUF_QUIC_CYU_STRING) {
		if (instance >= tx->n_cyu)
			return DP_BUF_ABSENT;
		return b == SIG_BUF_QUIC_CYU_HASH ? text(tx->cyu[instance].hash, out)
						  : bytes(&tx->cyu[instance].text, out);
	}
	if (instance)
		return DP_BUF_ABSENT;
	switch (b) {
	case SIG_BUF_QUIC_SNI:
		return bytes(&tx->sni, out);
	case SIG_BUF_QUIC_UA:
		return bytes(&tx->ua, out);
	case SIG_BUF_QUIC_VERSION:
		*out = (struct dp_span){tx->raw_version, 4};
		return tx->is_version ? DP_BUF_FULL : DP_BUF_ABSENT;
	case SIG_BUF_JA3_HASH:
	case SIG_BUF_JA3S_HASH:
		return text(tx->ja3_hash, out);
	case SIG_BUF_JA3_STRING:
	case SIG_BUF_JA3S_STRING:
		return bytes(&tx->ja3, out);
	case SIG_BUF_JA4_HASH:
		return text(tx->ja4, out);
	default:
		return DP_BUF_ABSENT;
	}
}

static enum dp_probe quic_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	uint16_t server = x->f->port[SIG_DIR_TO_CLIENT];
	struct quic_header h;

	if (server != 443 && server != 80)
		return DP_PROBE_NO;
	return quic_header_read(in->data, &h) ? DP_PROBE_NO : DP_PROBE_YES;
}

static const struct dp_app_buffer quic_buffers[] = {
	{SIG_BUF_QUIC_SNI, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_QUIC_UA, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_QUIC_VERSION, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_QUIC_VERSION, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_QUIC_CYU_HASH, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_QUIC_CYU_STRING, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_JA3_HASH, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_JA3_STRING, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_JA4_HASH, SIG_DIR_TO_SERVER, 1},
	{SIG_BUF_JA3S_HASH, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_JA3S_STRING, SIG_DIR_TO_CLIENT, 1},
};

const struct dp_app_desc dp_app_quic = {
	.proto = SIG_PROTO_QUIC,
	.eve_type = "quic",
	.udp = true,
	.probe = quic_probe,
	.ports = {443, 80},
	.open = quic_open,
	.close = quic_close,
	.parse = quic_parse,
	.tx_free = quic_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffers = quic_buffers,
	.n_buffers = sizeof(quic_buffers) / sizeof(quic_buffers[0]),
	.buffer = quic_buffer,
	.log = quic_log,
};
