/* SPDX-License-Identifier: Apache-2.0 */
/* The command channel. */
#include "ftp.h"
#include <sig/image.h>
#include <sig/rule.h>

#define EXPECT_S 300u
#define REPLIES_MAX 1024u /* lines kept per transaction */

struct ftp_state {
	bool active;
	uint16_t port;   /**< announced and not used yet */
	bool skip_line[2]; /**< rest of an overlong line */
};

static int ftp_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct ftp_state));
	return *state ? 0 : -1;
}

static void ftp_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct ftp_state));
}

static void ftp_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct ftp_tx *tx = (struct ftp_tx *)t;
	struct ftp_reply *r;

	dp_bytes_free(x->c, &tx->line);
	while ((r = tx->first)) {
		tx->first = r->next;
		dp_bytes_free(x->c, &r->text);
		dp_slab_free(x->c->slab, DP_MEM_APP, r, sizeof(*r));
	}
}

static void finish(struct ftp_tx *tx)
{
	tx->done = true;
	tx->tx.progress[SIG_DIR_TO_SERVER] = 1;
	tx->tx.progress[SIG_DIR_TO_CLIENT] = 1;
}

/** app-layer.protocols.ftp.max-line-length; 0 says nothing. */
static uint32_t line_max(const struct dp_conf *conf)
{
	uint32_t max = conf->app.ftp_line_max;

	return max && max < FTP_LINE_MAX ? max : FTP_LINE_MAX;
}

/** NULL: as many are open as may be; the oldest of them is told. */
static struct ftp_tx *add(struct dp_app_ctx *x)
{
	struct dp_tx *t = x->a->tx_first;

	if (!t || x->a->tx_next_id - t->id <= x->c->conf->app.ftp_tx_max)
		return dp_tx_add(x, sizeof(struct ftp_tx));
	while (t && t->next && ((struct ftp_tx *)t)->done)
		t = t->next;
	dp_tx_event(x, t, SIG_DIR_TO_SERVER, SIG_EV_FTP_MANY_TX);
	return NULL;
}

/** The transfer command uses the announced channel: whoever opens it carries this file. */
static void expect(struct dp_app_ctx *x, struct ftp_state *s, struct ftp_tx *tx)
{
	struct ftp_token k = {.kind = tx->cmd->kind};
	enum sig_dir dir = tx->cmd->kind == FTP_STOR ? SIG_DIR_TO_SERVER : SIG_DIR_TO_CLIENT;
	const union dp_addr *to = &x->f->addr[1];

	if (tx->cmd->kind != FTP_LIST && tx->line.n < 6) {
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_FTP_FILE_NO_NAME);
		return;
	}
	if (s->port == 0) {
		if (tx->cmd->kind != FTP_LIST)
			dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_FTP_FILE_BEFORE_PORT);
		return;
	}
	memcpy(k.name, tx->cmd->name, tx->cmd->len);
	if (tx->cmd->kind != FTP_LIST) {
		uint32_t n = tx->line.n - 5;

		k.file_len = (uint16_t)(n < sizeof(k.file) ? n : sizeof(k.file));
		memcpy(k.file, tx->line.p + 5, k.file_len);
	}
	if (s->active) {
		to = &x->f->addr[0];
		dir = dir == SIG_DIR_TO_SERVER ? SIG_DIR_TO_CLIENT : SIG_DIR_TO_SERVER;
	}
	if (x->table)
		dp_flow_expect(x->table, x->c, x->f, to, s->port, SIG_PROTO_FTP_DATA, dir, &k,
			(uint32_t)offsetof(struct ftp_token, file) + k.file_len, EXPECT_S);
	s->port = 0;
}

/** Length without the blanks at the end, which mean nothing to either side. */
static uint32_t trimmed(const uint8_t *p, uint32_t n)
{
	while (n && (p[n - 1] == ' ' || (p[n - 1] >= '\t' && p[n - 1] <= '\r')))
		n--;
	return n;
}

static void request(struct dp_app_ctx *x, struct ftp_state *s, const uint8_t *p, uint32_t n,
	bool cut)
{
	const struct ftp_command *cmd = ftp_command_find(p, n);
	struct ftp_tx *tx = cmd ? add(x) : NULL; /* what no server knows is no transaction */

	if (!tx)
		return;
	dp_bytes_set(x->c, &tx->line, p, trimmed(p, n), line_max(x->c->conf));
	tx->line_cut = cut;
	if (cut)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_FTP_REQUEST_LONG);
	tx->cmd = cmd;
	tx->tx.progress[SIG_DIR_TO_SERVER] = 1;
	if (tx->cmd->kind >= FTP_RETR && tx->cmd->kind <= FTP_LIST)
		expect(x, s, tx);
}

static bool code_is(const uint8_t *p, uint32_t n, const char *code)
{
	return n >= 4 && !memcmp(p, code, 4);
}

/** A reply that announces or confirms the data channel. */
static void channel(struct ftp_state *s, struct ftp_tx *tx, const uint8_t *p, uint32_t n)
{
	uint16_t port = 0;
	uint8_t ip[4];
	bool ok = false;

	switch (tx->cmd ? tx->cmd->kind : FTP_UNKNOWN) {
	case FTP_PORT:
		ok = code_is(p, n, "200 ") &&
			ftp_port_parse(tx->line.p + 4, tx->line.n - 4, ip, &port);
		break;
	case FTP_EPRT:
		ok = code_is(p, n, "200 ") &&
			ftp_eport_parse(tx->line.p + 4, tx->line.n - 4, &port);
		break;
	case FTP_PASV:
		ok = code_is(p, n, "227 ") && ftp_port_parse(p + 4, n - 4, ip, &port);
		break;
	case FTP_EPSV:
		ok = code_is(p, n, "229 ") && ftp_eport_parse(p + 4, n - 4, &port);
		break;
	default:
		return;
	}
	if (!ok)
		return;
	s->active = tx->active = tx->cmd->kind == FTP_PORT || tx->cmd->kind == FTP_EPRT;
	s->port = tx->port = port;
}

/** Oldest command without an answer; else the newest that is still being looked at. */
static struct ftp_tx *answered(struct dp_app_ctx *x)
{
	struct ftp_tx *tx, *last = NULL;

	for (tx = (struct ftp_tx *)x->a->tx_first; tx; tx = (struct ftp_tx *)tx->tx.next) {
		if (!tx->done)
			return tx;
		last = tx;
	}
	return last ? last : add(x);
}

static void reply_add(struct dp_app_ctx *x, struct ftp_tx *tx, const uint8_t *p, uint32_t n)
{
	struct ftp_reply *r;

	if (trimmed(p, n) == 0 || tx->replies++ >= REPLIES_MAX)
		return;
	r = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(*r));
	if (!r)
		return;
	if (n >= 4 && p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' && p[2] >= '0' &&
		p[2] <= '9' && p[3] == ' ') {
		memcpy(r->code, p, 3);
		p += 4;
		n -= 4;
	}
	dp_bytes_set(x->c, &r->text, p, trimmed(p, n), line_max(x->c->conf));
	if (tx->last)
		tx->last->next = r;
	else
		tx->first = r;
	tx->last = r;
}

static void reply(struct dp_app_ctx *x, struct ftp_state *s, struct ftp_tx *tx, const uint8_t *p,
	uint32_t n, bool cut)
{
	if (cut) {
		tx->reply_cut = true;
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_CLIENT, SIG_EV_FTP_RESPONSE_LONG);
	}
	channel(s, tx, p, n);
	reply_add(x, tx, p, n);
	/* 1xx says that another reply follows (RFC 959 section 4.2) */
	if (!(n >= 4 && p[0] == '1' && p[3] == ' '))
		finish(tx);
}

/** Next line without its end, at most `max` bytes of it. False: not complete yet. */
static bool line(struct dp_cur *c, uint32_t max, bool *skip, const uint8_t **p, uint32_t *n, bool *cut)
{
	const uint8_t *from = c->p + c->off;
	const uint8_t *lf = dp_cur_left(c) ? memchr(from, '\n', dp_cur_left(c)) : NULL;
	uint32_t len = lf ? (uint32_t)(lf - from) : dp_cur_left(c);

	*cut = false;
	if (!lf && len < max && !*skip)
		return false;
	dp_cur_skip(c, len + (lf != NULL));
	if (*skip) {
		*skip = !lf;
		return lf ? line(c, max, skip, p, n, cut) : false;
	}
	*skip = !lf;
	if (lf && len && from[len - 1] == '\r')
		len--;
	if (len > max || !lf) {
		len = len > max ? max : len;
		*cut = true;
	}
	*p = from;
	*n = len;
	return true;
}

static int ftp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct ftp_state *s = state;
	struct dp_cur c = dp_cur_of(in->data.p, in->data.n);
	struct ftp_tx *tx = NULL;
	const uint8_t *p;
	uint32_t n;
	bool cut;

	while (line(&c, line_max(x->c->conf), &s->skip_line[in->dir], &p, &n, &cut)) {
		if (in->dir == SIG_DIR_TO_SERVER) {
			request(x, s, p, n, cut);
			continue;
		}
		if (!tx)
			tx = answered(x);
		else if (tx->done && tx->tx.next && !((struct ftp_tx *)tx->tx.next)->done &&
			n >= 4 && p[3] == ' ')
			tx = (struct ftp_tx *)tx->tx.next;
		if (!tx)
			break;
		reply(x, s, tx, p, n, cut);
	}
	*consumed = c.off;
	return DP_APP_OK;
}

/** Bytes after the command and one blank. False: the line ends before. */
static bool argument(const struct ftp_tx *tx, struct dp_span *out)
{
	uint32_t from = tx->cmd ? tx->cmd->len + 1u : 0;

	if (!tx->cmd || tx->line.n < from)
		return false;
	*out = (struct dp_span){tx->line.p + from, tx->line.n - from};
	return true;
}

static enum dp_buf_state reply_buffer(const struct ftp_tx *tx, bool code, uint32_t instance,
	struct dp_span *out)
{
	const struct ftp_reply *r;

	for (r = tx->first; r; r = r->next) {
		if (code && !r->code[0])
			continue;
		if (instance--)
			continue;
		*out = code ? (struct dp_span){(const uint8_t *)r->code, 3}
			    : (struct dp_span){r->text.p, r->text.n};
		return DP_BUF_FULL;
	}
	return tx->done ? DP_BUF_ABSENT : DP_BUF_LATER;
}

static enum dp_buf_state ftp_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct ftp_tx *tx = (struct ftp_tx *)t;

	switch (b) {
	case SIG_BUF_FTP_COMMAND:
		if (!tx->cmd || instance)
			return DP_BUF_ABSENT;
		*out = (struct dp_span){(const uint8_t *)tx->cmd->name, tx->cmd->len};
		return DP_BUF_FULL;
	case SIG_BUF_FTP_COMMAND_DATA:
		return !instance && argument(tx, out) && out->n ? DP_BUF_FULL : DP_BUF_ABSENT;
	case SIG_BUF_FTP_REPLY:
		return reply_buffer(tx, false, instance, out);
	case SIG_BUF_FTP_COMPLETION_CODE:
		return reply_buffer(tx, true, instance, out);
	default:
		return DP_BUF_ABSENT;
	}
}

static bool ftp_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	struct ftp_tx *tx = (struct ftp_tx *)t;

	if (n != SIG_NUM_FTP_DYNAMIC_PORT || instance || !tx->port)
		return false;
	*out = tx->port;
	return true;
}

static bool text_is(const struct dp_test_arg *a, const char *s)
{
	return a->op->len == strlen(s) && !strncasecmp(a->data, s, a->op->len);
}

static int ftp_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct dp_test_arg *a = arg;
	struct ftp_tx *tx = (struct ftp_tx *)t;
	uint16_t port;
	uint8_t ip[4];

	switch (kind) {
	case SIG_OPT_FTPBOUNCE:
		return tx->cmd && tx->cmd->kind == FTP_PORT && tx->line.n > 4 &&
			ftp_port_parse(tx->line.p + 4, tx->line.n - 4, ip, &port) &&
			x->f->ip_ver == 4 && memcmp(ip, x->f->addr[0].b, 4);
	case SIG_OPT_FTP_MODE:
		if (!a || arg_len != sizeof(*a))
			return 0;
		if (!tx->port)
			return tx->done ? 0 : -1;
		return text_is(a, tx->active ? "active" : "passive");
	case SIG_OPT_FTP_REPLY_RECEIVED:
		if (!a || arg_len != sizeof(*a))
			return 0;
		return text_is(a, tx->done ? "yes" : "no") || text_is(a, tx->done ? "true" : "false");
	default:
		return 0;
	}
}

static void ftp_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct ftp_tx *tx = (const struct ftp_tx *)t;
	const struct ftp_reply *p;
	struct dp_span arg;
	bool any = false;

	if (tx->cmd) {
		dp_rec_cstr(r, "command", tx->cmd->name);
		if (argument(tx, &arg)) {
			if (arg.n)
				dp_rec_str(r, "command_data", arg.p, arg.n);
			dp_rec_bool(r, "command_truncated", tx->line_cut);
		}
	}
	for (p = tx->first; p; p = p->next)
		any |= p->code[0] != 0;
	if (any) {
		dp_rec_arr(r, "completion_code");
		for (p = tx->first; p; p = p->next)
			if (p->code[0])
				dp_rec_cstr(r, "", p->code);
		dp_rec_end(r);
	}
	if (tx->first) {
		dp_rec_arr(r, "reply");
		for (p = tx->first; p; p = p->next)
			dp_rec_text(r, "", p->text.p, p->text.n);
		dp_rec_end(r);
	}
	if (tx->port)
		dp_rec_u64(r, "dynamic_port", tx->port);
	if (tx->cmd && tx->cmd->kind >= FTP_PORT && tx->cmd->kind <= FTP_EPSV)
		dp_rec_cstr(r, "mode", tx->active ? "active" : "passive");
	dp_rec_cstr(r, "reply_received", tx->done ? "yes" : "no");
	dp_rec_bool(r, "reply_truncated", tx->reply_cut);
}

/** A greeting says no more than "220": it counts on the known port, or once the client is known. */
static enum dp_probe ftp_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	bool client = x->a->proto_dir[SIG_DIR_TO_SERVER] == SIG_PROTO_FTP;

	if (in->dir == SIG_DIR_TO_SERVER)
		return DP_PROBE_NO;
	if (in->data.n < 5)
		return DP_PROBE_MORE;
	if (memcmp(in->data.p, "220", 3) || (in->data.p[3] != ' ' && in->data.p[3] != '-'))
		return DP_PROBE_NO;
	if (!client && x->f->port[SIG_DIR_TO_CLIENT] != 21)
		return x->a->proto_dir[SIG_DIR_TO_SERVER] ? DP_PROBE_NO : DP_PROBE_MORE;
	return memchr(in->data.p, '\n', in->data.n) ? DP_PROBE_YES : DP_PROBE_MORE;
}

static const struct dp_app_pattern ftp_patterns[] = {
	{.dir = SIG_DIR_TO_SERVER, .nocase = true, .len = 5, .bytes = "USER "},
	{.dir = SIG_DIR_TO_SERVER, .nocase = true, .len = 5, .bytes = "PASS "},
	{.dir = SIG_DIR_TO_SERVER, .nocase = true, .len = 5, .bytes = "PORT "},
	{.dir = SIG_DIR_TO_SERVER, .nocase = true, .len = 4, .bytes = "FEAT"},
};

static const struct dp_app_buffer ftp_buffers[] = {
	{SIG_BUF_FTP_COMMAND, SIG_DIR_TO_SERVER, 0},
	{SIG_BUF_FTP_COMMAND_DATA, SIG_DIR_TO_SERVER, 0},
	{SIG_BUF_FTP_REPLY, SIG_DIR_TO_CLIENT, 1},
	{SIG_BUF_FTP_COMPLETION_CODE, SIG_DIR_TO_CLIENT, 1},
};

static const struct dp_app_number ftp_numbers[] = {
	{SIG_NUM_FTP_DYNAMIC_PORT, SIG_DIR_TO_SERVER, 1},
	{SIG_NUM_FTP_DYNAMIC_PORT, SIG_DIR_TO_CLIENT, 1},
};

const struct dp_app_desc dp_app_ftp = {
	.proto = SIG_PROTO_FTP,
	.eve_type = "ftp",
	.tcp = true,
	.raw_waits = true,
	.patterns = ftp_patterns,
	.n_patterns = sizeof(ftp_patterns) / sizeof(ftp_patterns[0]),
	.probe = ftp_probe,
	.probe_any_port = true,
	.open = ftp_open,
	.close = ftp_close,
	.parse = ftp_parse,
	.tx_free = ftp_tx_free,
	.complete = {1, 1},
	.buffers = ftp_buffers,
	.n_buffers = sizeof(ftp_buffers) / sizeof(ftp_buffers[0]),
	.numbers = ftp_numbers,
	.n_numbers = sizeof(ftp_numbers) / sizeof(ftp_numbers[0]),
	.buffer = ftp_buffer,
	.number = ftp_number,
	.test = ftp_test,
	.tests = {SIG_OPT_FTPBOUNCE, SIG_OPT_FTP_MODE, SIG_OPT_FTP_REPLY_RECEIVED},
	.log = ftp_log,
};
