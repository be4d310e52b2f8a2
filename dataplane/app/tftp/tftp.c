/* SPDX-License-Identifier: Apache-2.0 */
/* TFTP (RFC 1350): a transaction per request to read or write. Data goes between other ports. */
#include "../bytes.h"
#include "../cursor.h"
#include "../text.h"
#include <dp/app.h>
#include <string.h>

#define TFTP_TX_MAX 512u
#define NAME_MAX_BYTES 512u

enum tftp_op { TFTP_READ = 1, TFTP_WRITE, TFTP_DATA, TFTP_ACK, TFTP_ERROR };

struct tftp_tx {
	struct dp_tx tx;
	uint8_t op;
	char mode[9];
	struct dp_bytes file;
};

static void tftp_tx_free(struct dp_app_ctx *x, struct dp_tx *tx)
{
	dp_bytes_free(x->c, &((struct tftp_tx *)tx)->file);
}

/** Text up to a zero byte, which is passed. False: there is none. */
static bool text(struct dp_cur *c, struct dp_span *s)
{
	const uint8_t *p = c->p + c->off, *end = memchr(p, 0, dp_cur_left(c));

	if (!end)
		return false;
	*s = (struct dp_span){p, (uint32_t)(end - p)};
	dp_cur_skip(c, s->n + 1);
	return true;
}

static const char *mode_of(struct dp_span s)
{
	static const char *const modes[] = {"netascii", "octet", "mail"};

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (dp_span_is(s, modes[i]))
			return modes[i];
	return NULL;
}

static int tftp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	const uint16_t op = dp_cur_be16(&c);
	struct dp_span file, mode;
	struct tftp_tx *tx;

	*consumed = in->data.n;
	if (c.bad || (op != TFTP_READ && op != TFTP_WRITE) || x->a->tx_live >= TFTP_TX_MAX)
		return DP_APP_OK;
	if (!text(&c, &file) || !text(&c, &mode) || !mode_of(mode))
		return DP_APP_OK;
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return DP_APP_OK;
	tx->tx.only_dir = (uint8_t)(1u << in->dir);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	tx->op = (uint8_t)op;
	memcpy(tx->mode, mode_of(mode), strlen(mode_of(mode)));
	if (file.n)
		dp_bytes_set(x->c, &tx->file, file.p, file.n, NAME_MAX_BYTES);
	return DP_APP_OK;
}

static enum dp_probe tftp_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	const uint8_t *p = in->data.p;

	return in->data.n >= 4 && p[0] == 0 && p[1] >= TFTP_READ && p[1] <= TFTP_ERROR ?
		DP_PROBE_YES : DP_PROBE_NO;
}

static enum dp_buf_state tftp_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	return DP_BUF_ABSENT;
}

static void tftp_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct tftp_tx *tx = (const struct tftp_tx *)t;

	dp_rec_cstr(r, "packet", tx->op == TFTP_READ ? "read" : "write");
	dp_rec_str(r, "file", tx->file.n ? (const void *)tx->file.p : "", tx->file.n);
	dp_rec_cstr(r, "mode", tx->mode);
}

const struct dp_app_desc dp_app_tftp = {
	.proto = SIG_PROTO_TFTP,
	.eve_type = "tftp",
	.udp = true,
	.probe = tftp_probe,
	.ports = {69},
	.parse = tftp_parse,
	.tx_free = tftp_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.buffer = tftp_buffer,
	.log = tftp_log,
};
