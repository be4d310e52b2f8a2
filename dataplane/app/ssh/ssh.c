/* SPDX-License-Identifier: Apache-2.0 */
#include "ssh.h"
#include "../cursor.h"
#include <dp/frame.h>
#include <openssl/evp.h>

#define BANNER_MAX 256u    /* the peer's limit; RFC 4253 says 255 */
#define KEX_MAX 16384u     /* longest key exchange init that is parsed */
#define MSG_KEXINIT 20u
#define MSG_NEWKEYS 21u

static int ssh_open(struct dp_app_ctx *x, void **state)
{
	struct dp_ssh_tx *tx = dp_tx_add(x, sizeof(*tx));

	*state = tx;
	return tx ? 0 : -1;
}

static void ssh_close(struct dp_app_ctx *x, void *state)
{
}

static void ssh_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct dp_ssh_tx *tx = (struct dp_ssh_tx *)t;

	for (int d = 0; d < 2; d++) {
		dp_bytes_free(x->c, &tx->side[d].proto);
		dp_bytes_free(x->c, &tx->side[d].software);
		dp_bytes_free(x->c, &tx->side[d].hassh_string);
	}
	if (x->a->state == tx)
		x->a->state = NULL; // what follows is encrypted
}

/** "SSH-protocol-software[ comment]". False: not such a line. */
static bool banner_line(struct dp_app_ctx *x, struct dp_ssh_side *s, const uint8_t *p, uint32_t n)
{
	const uint8_t *end = p + n, *dash, *q;

	while (end > p && (end[-1] == '\r' || end[-1] == '\n'))
		end--;
	if (end - p < 4 || memcmp(p, "SSH-", 4))
		return false;
	p += 4;
	dash = memchr(p, '-', (size_t)(end - p));
	if (!dash || dash == p)
		return false;
	for (q = dash + 1; q < end && *q != ' ' && *q != '\r' && *q != '\n'; q++)
		;
	dp_bytes_set(x->c, &s->proto, p, (uint32_t)(dash - p), BANNER_MAX);
	dp_bytes_set(x->c, &s->software, dash + 1, (uint32_t)(q - dash - 1), BANNER_MAX);
	return true;
}

/** Consumes lines up to and including the banner. True: go on with records. */
static bool banner(struct dp_app_ctx *x, struct dp_ssh_tx *tx, enum sig_dir d, struct dp_cur *c)
{
	struct dp_ssh_side *s = &tx->side[d];
	const uint8_t *p = c->p + c->off;
	const uint8_t *nl = dp_cur_left(c) ? memchr(p, '\n', dp_cur_left(c)) : NULL;
	uint32_t n = nl ? (uint32_t)(nl - p) + 1 : dp_cur_left(c);

	if (!nl && n < BANNER_MAX && !s->wait_eol)
		return false;
	dp_cur_skip(c, n);
	if (s->wait_eol) {
		if (!nl)
			return false;
		s->wait_eol = false;
		if (s->proto.n)
			tx->tx.progress[d] = DP_SSH_BANNER;
		return tx->tx.progress[d] >= DP_SSH_BANNER;
	}
	if (!banner_line(x, s, p, n)) {
		// Lines before it are allowed (RFC 4253 section 4.2) and told of once, as by the peer.
		if (!s->bad_banner)
			dp_tx_event(x, &tx->tx, d, SIG_EV_SSH_BANNER);
		s->bad_banner = true;
		s->wait_eol = !nl;
		return false;
	}
	if (!nl) {
		dp_tx_event(x, &tx->tx, d, SIG_EV_SSH_LONG_BANNER);
		s->wait_eol = true;
		return false;
	}
	tx->tx.progress[d] = DP_SSH_BANNER;
	return true;
}

static void hassh(struct dp_app_ctx *x, struct dp_ssh_side *s, struct dp_span list[4])
{
	static const char digit[] = "0123456789abcdef";
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	for (int i = 0; i < 4; i++) {
		if (i)
			dp_bytes_add(x->c, &s->hassh_string, ";", 1, KEX_MAX);
		dp_bytes_add(x->c, &s->hassh_string, list[i].p, list[i].n, KEX_MAX);
	}
	if (!s->hassh_string.p ||
		!EVP_Digest(s->hassh_string.p, s->hassh_string.n, md, &n, EVP_md5(), NULL))
		return;
	for (unsigned i = 0; i < 16 && i < n; i++) {
		s->hassh[2 * i] = digit[md[i] >> 4];
		s->hassh[2 * i + 1] = digit[md[i] & 15];
	}
}

/** RFC 4253 section 7.1: cookie, then ten name lists. */
static void kexinit(struct dp_app_ctx *x, struct dp_ssh_tx *tx, enum sig_dir d, struct dp_cur c)
{
	struct dp_span list[10];
	unsigned to = d == SIG_DIR_TO_SERVER ? 0 : 1;

	dp_cur_skip(&c, 16);
	for (int i = 0; i < 10; i++) {
		list[i].n = dp_cur_be32(&c);
		list[i].p = dp_cur_bytes(&c, list[i].n);
	}
	if (c.bad) {
		dp_tx_event(x, &tx->tx, d, SIG_EV_SSH_RECORD);
		return;
	}
	if (tx->side[d].hassh_string.n == 0)
		hassh(x, &tx->side[d],
			(struct dp_span[4]){list[0], list[2 + to], list[4 + to], list[6 + to]});
}

static void frames(struct dp_app_ctx *x, const struct dp_ssh_tx *tx, const struct dp_app_in *in,
	uint32_t at, uint32_t len)
{
	uint32_t id[3];

	id[0] = dp_frame_add(x, in, SIG_FRAME_SSH_RECORD_PDU, at, 4 + (int64_t)len);
	id[1] = dp_frame_add(x, in, SIG_FRAME_SSH_RECORD_HDR, at, 6);
	id[2] = dp_frame_add(x, in, SIG_FRAME_SSH_RECORD_DATA, at + 6, (int64_t)len - 2);
	for (unsigned i = 0; i < 3; i++)
		dp_frame_tx(x, in->dir, id[i], &tx->tx);
}

/** One binary packet (RFC 4253 section 6). False: more bytes wanted, or nothing to do. */
static bool record(struct dp_app_ctx *x, struct dp_ssh_tx *tx, const struct dp_app_in *in,
	struct dp_cur *c)
{
	const enum sig_dir d = in->dir;
	struct dp_ssh_side *s = &tx->side[d];
	struct dp_cur peek = *c;
	uint32_t len = dp_cur_be32(&peek);
	uint8_t msg;

	dp_cur_skip(&peek, 1);
	msg = dp_cur_u8(&peek);
	if (peek.bad) {
		x->a->need[d] = 6;
		return false;
	}
	if (len < 2) {
		dp_tx_event(x, &tx->tx, d, SIG_EV_SSH_RECORD);
		x->a->failed = true;
		return false;
	}
	if (msg == MSG_KEXINIT && len > KEX_MAX)
		dp_tx_event(x, &tx->tx, d, SIG_EV_SSH_LONG_KEX);
	if (msg == MSG_KEXINIT && len <= KEX_MAX && dp_cur_left(c) - 4 < len) {
		x->a->need[d] = len + 4;
		return false;
	}
	frames(x, tx, in, c->off, len);
	if (msg == MSG_KEXINIT && len <= KEX_MAX)
		kexinit(x, tx, d, dp_cur_of(peek.p + peek.off, len - 2));
	if (msg == MSG_KEXINIT && tx->tx.progress[d] < DP_SSH_KEXINIT)
		tx->tx.progress[d] = DP_SSH_KEXINIT;
	if (msg == MSG_NEWKEYS)
		tx->tx.progress[d] = DP_SSH_NEWKEYS;
	dp_cur_skip(c, 4);
	s->record_left = len;
	return true;
}

static int ssh_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct dp_ssh_tx *tx = state;
	struct dp_ssh_side *s;
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);

	x->a->need[in->dir] = 0;
	*consumed = in->data.n;
	if (!tx)
		return DP_APP_OK;
	s = &tx->side[in->dir];
	while (dp_cur_left(&c)) {
		uint32_t before = c.off;

		if (s->record_left) {
			uint32_t n = dp_cur_left(&c) < s->record_left ? dp_cur_left(&c)
								      : s->record_left;
			dp_cur_skip(&c, n);
			s->record_left -= n;
		} else if (tx->tx.progress[in->dir] < DP_SSH_BANNER) {
			if (!banner(x, tx, in->dir, &c) && c.off == before)
				break;
		} else if (tx->tx.progress[in->dir] >= DP_SSH_NEWKEYS) {
			dp_cur_skip(&c, dp_cur_left(&c));
		} else if (!record(x, tx, in, &c)) {
			break;
		}
	}
	if (x->a->failed)
		return DP_APP_ERROR;
	if (tx->tx.progress[0] >= DP_SSH_NEWKEYS && tx->tx.progress[1] >= DP_SSH_NEWKEYS)
		x->a->encrypted = x->a->left_alone = true;
	*consumed = c.off;
	return DP_APP_OK;
}

static int ssh_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct dp_ssh_tx *tx = state;
	struct dp_ssh_side *s;

	if (!tx || tx->tx.progress[in->dir] >= DP_SSH_NEWKEYS)
		return DP_APP_OK;
	s = &tx->side[in->dir];
	if (s->record_left < in->gap)
		return DP_APP_ERROR;
	s->record_left -= in->gap;
	return DP_APP_OK;
}

static const struct dp_bytes *ssh_bytes(const struct dp_ssh_side *s, enum sig_buffer b)
{
	switch (b) {
	case SIG_BUF_SSH_PROTO:
		return &s->proto;
	case SIG_BUF_SSH_SOFTWARE:
		return &s->software;
	case SIG_BUF_SSH_HASSH_STRING:
	case SIG_BUF_SSH_HASSH_SERVER_STRING:
		return &s->hassh_string;
	default:
		return NULL;
	}
}

static enum dp_buf_state ssh_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct dp_ssh_tx *tx = (struct dp_ssh_tx *)t;
	const struct dp_ssh_side *s = &tx->side[dir];
	const struct dp_bytes *v = ssh_bytes(s, b);
	bool done = t->progress[dir] >= DP_SSH_NEWKEYS;

	if (instance)
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_SSH_HASSH || b == SIG_BUF_SSH_HASSH_SERVER)
		*out = (struct dp_span){(const uint8_t *)s->hassh, (uint32_t)strlen(s->hassh)};
	else if (v)
		*out = (struct dp_span){v->p, v->n};
	else
		return DP_BUF_ABSENT;
	if (out->n == 0)
		return done ? DP_BUF_ABSENT : DP_BUF_LATER;
	return DP_BUF_FULL;
}

static void log_side(struct dp_rec *r, const char *key, const struct dp_ssh_side *s, bool with_hassh)
{
	if (s->proto.n == 0)
		return;
	dp_rec_obj(r, key);
	dp_rec_str(r, "proto_version", s->proto.p, s->proto.n);
	if (s->software.n)
		dp_rec_str(r, "software_version", s->software.p, s->software.n);
	if (with_hassh && s->hassh_string.n) {
		dp_rec_obj(r, "hassh");
		dp_rec_cstr(r, "hash", s->hassh);
		dp_rec_str(r, "string", s->hassh_string.p, s->hassh_string.n);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void ssh_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct dp_ssh_tx *tx = (const struct dp_ssh_tx *)t;
	bool with_hassh = x->c->app_want & DP_APP_WANT_HASSH;

	log_side(r, "client", &tx->side[SIG_DIR_TO_SERVER], with_hassh);
	log_side(r, "server", &tx->side[SIG_DIR_TO_CLIENT], with_hassh);
}

static const struct dp_app_pattern ssh_patterns[] = {
	{.dir = 2, .off = 0, .depth = 0, .len = 4, .bytes = "SSH-"},
};

static const struct dp_app_buffer ssh_buffers[] = {
	{SIG_BUF_SSH_PROTO, SIG_DIR_TO_SERVER, DP_SSH_BANNER},
	{SIG_BUF_SSH_PROTO, SIG_DIR_TO_CLIENT, DP_SSH_BANNER},
	{SIG_BUF_SSH_SOFTWARE, SIG_DIR_TO_SERVER, DP_SSH_BANNER},
	{SIG_BUF_SSH_SOFTWARE, SIG_DIR_TO_CLIENT, DP_SSH_BANNER},
	{SIG_BUF_SSH_HASSH, SIG_DIR_TO_SERVER, DP_SSH_KEXINIT},
	{SIG_BUF_SSH_HASSH_STRING, SIG_DIR_TO_SERVER, DP_SSH_KEXINIT},
	{SIG_BUF_SSH_HASSH_SERVER, SIG_DIR_TO_CLIENT, DP_SSH_KEXINIT},
	{SIG_BUF_SSH_HASSH_SERVER_STRING, SIG_DIR_TO_CLIENT, DP_SSH_KEXINIT},
};

const struct dp_app_desc dp_app_ssh = {
	.proto = SIG_PROTO_SSH,
	.eve_type = "ssh",
	.tcp = true,
	.patterns = ssh_patterns,
	.n_patterns = sizeof(ssh_patterns) / sizeof(ssh_patterns[0]),
	.open = ssh_open,
	.close = ssh_close,
	.parse = ssh_parse,
	.gap = ssh_gap,
	.tx_free = ssh_tx_free,
	.complete = {DP_SSH_NEWKEYS, DP_SSH_NEWKEYS},
	.buffers = ssh_buffers,
	.n_buffers = sizeof(ssh_buffers) / sizeof(ssh_buffers[0]),
	.buffer = ssh_buffer,
	.log = ssh_log,
};
