/* SPDX-License-Identifier: Apache-2.0 */
/* A data channel: everything in the expected direction is one file, or a listing. */
#include "ftp.h"
#include <sig/image.h>
#include <sig/rule.h>

struct data_tx {
	struct dp_tx tx;
	struct ftp_token k;
	struct dp_file *f;
	uint8_t dir;
	bool opened;
};

static int data_open(struct dp_app_ctx *x, void **state)
{
	struct data_tx *tx;
	uint32_t n = x->f->expect_token_len;

	if (!x->f->expect_token || n < offsetof(struct ftp_token, file))
		return -1;
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return -1;
	memcpy(&tx->k, x->f->expect_token, n < sizeof(tx->k) ? n : sizeof(tx->k));
	tx->dir = x->f->expect_dir;
	tx->tx.progress[!tx->dir] = 1;
	if (x->f->tcp)
		dp_stream_set_depth(x->f, 0);
	*state = tx;
	return 0;
}

static void data_close(struct dp_app_ctx *x, void *state)
{
}

static int data_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct data_tx *tx = state;

	*consumed = in->data.n;
	if (in->dir != tx->dir || x->a->tx_first != &tx->tx)
		return DP_APP_OK;
	if (!tx->opened && in->data.n) {
		tx->opened = true;
		if (tx->k.kind != FTP_LIST) // a listing is no file, as with the peer
			tx->f = dp_file_open(x, &tx->tx, in->dir, tx->k.file, tx->k.file_len);
	}
	if (tx->f && in->data.n)
		dp_file_data(x->c, tx->f, in->data.p, in->data.n);
	if (in->eof) {
		if (tx->f)
			dp_file_close(x->c, tx->f, false);
		tx->tx.progress[tx->dir] = 1;
	}
	return DP_APP_OK;
}

static int data_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct data_tx *tx = state;

	if (tx->f && in->dir == tx->dir)
		dp_file_gap(x->c, tx->f, in->gap);
	return DP_APP_OK;
}

static int data_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct dp_test_arg *a = arg;
	struct data_tx *tx = (struct data_tx *)t;

	return kind == SIG_OPT_FTPDATA_COMMAND && a && arg_len == sizeof(*a) &&
		a->op->len == strlen(tx->k.name) && !strncasecmp(a->data, tx->k.name, a->op->len);
}

static void data_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct data_tx *tx = (const struct data_tx *)t;

	if (tx->k.file_len)
		dp_rec_str(r, "filename", tx->k.file, tx->k.file_len);
	dp_rec_cstr(r, "command", tx->k.name);
}

const struct dp_app_desc dp_app_ftp_data = {
	.proto = SIG_PROTO_FTP_DATA,
	.eve_type = "ftp_data",
	.tcp = true,
	.open = data_open,
	.close = data_close,
	.parse = data_parse,
	.gap = data_gap,
	.complete = {1, 1},
	.test = data_test,
	.tests = {SIG_OPT_FTPDATA_COMMAND},
	.log = data_log,
};
