/* SPDX-License-Identifier: Apache-2.0 */
#include "pop3.h"
#include <string.h>

enum lines { ONE, MANY, MANY_WITHOUT_ARGS }; /* of a good reply */
static const struct {
	const char *name;
	uint8_t min, max; /* arguments */
	uint8_t lines;
} commands[] = {
	{"", 0, 255, ONE}, {"QUIT", 0, 0, ONE}, {"STAT", 0, 0, ONE}, {"LIST", 0, 1, MANY_WITHOUT_ARGS},
	{"RETR", 1, 1, MANY}, {"DELE", 1, 1, ONE}, {"NOOP", 0, 0, ONE}, {"RSET", 0, 0, ONE},
	{"TOP", 2, 2, MANY}, {"UIDL", 0, 1, MANY_WITHOUT_ARGS}, {"USER", 1, 1, ONE},
	{"PASS", 1, 1, ONE}, {"APOP", 2, 2, ONE}, {"CAPA", 0, 0, MANY}, {"STLS", 0, 0, ONE},
	{"AUTH", 1, 2, MANY_WITHOUT_ARGS}, {"SASL", 1, 255, ONE},
};
enum { C_UNKNOWN = 0, C_RETR = 4, C_STLS = 14, C_AUTH = 15, C__COUNT = 17 };

static int pop3_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct pop3_state));
	return *state ? 0 : -1;
}

static void pop3_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct pop3_state));
}

static void pop3_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct pop3_tx *tx = (struct pop3_tx *)t;
	struct pop3_state *s = x->a->state;

	if (s && s->multi == tx)
		s->multi = NULL;
	dp_bytes_free(x->c, &tx->line);
	dp_bytes_free(x->c, &tx->header);
	dp_bytes_free(x->c, &tx->data);
}

static void complete(struct pop3_tx *tx)
{
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
}

static struct pop3_tx *begin(struct dp_app_ctx *x, enum sig_dir d)
{
	if (x->a->tx_live < POP3_TX_MAX)
		return dp_tx_add(x, sizeof(struct pop3_tx));
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next) {
		if (t->progress[0])
			continue;
		dp_tx_event(x, t, d, SIG_EV_POP3_MANY_TX);
		complete((struct pop3_tx *)t);
	}
	return NULL;
}

static struct dp_span keyword(struct dp_span l)
{
	uint32_t n = 0;

	while (n < l.n && l.p[n] != ' ')
		n++;
	return (struct dp_span){l.p, n};
}

static uint8_t command_of(struct dp_span w)
{
	for (uint8_t i = 1; i < C__COUNT; i++)
		if (dp_span_is(w, commands[i].name))
			return i;
	return C_UNKNOWN;
}

static uint32_t arguments(struct dp_span l)
{
	uint32_t n = 0;

	for (uint32_t i = keyword(l).n; i < l.n; i++)
		n += l.p[i] != ' ' && l.p[i - 1] == ' ';
	return n;
}

/** A line of the client's. */
static bool command(struct dp_app_ctx *x, struct pop3_state *s, struct dp_span l, uint32_t eol)
{
	struct pop3_tx *tx = begin(x, SIG_DIR_TO_SERVER);
	uint32_t args;

	if (!tx)
		return false;
	x->a->flush[SIG_DIR_TO_SERVER] = true;
	tx->asked = true;
	if (s->sasl) {
		tx->sasl = true;
		return true;
	}
	tx->cmd = command_of(keyword(l));
	dp_bytes_set(x->c, &tx->line, l.p, l.n, POP3_LINE_MAX);
	args = arguments(l);
	// Commands may be written in small letters; it is unusual enough for the peer to say so.
	if (tx->cmd == C_UNKNOWN || memcmp(l.p, commands[tx->cmd].name, keyword(l).n) != 0)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_POP3_COMMAND);
	else if (args < commands[tx->cmd].min || args > commands[tx->cmd].max)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_POP3_ARGS);
	if (l.n + eol > POP3_COMMAND_MAX)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_SERVER, SIG_EV_POP3_REQUEST_LONG);
	return true;
}

static struct pop3_tx *waiting(struct dp_app_ctx *x)
{
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next)
		if (!((struct pop3_tx *)t)->answered)
			return (struct pop3_tx *)t;
	return NULL;
}

static bool goes_on(const struct pop3_tx *tx)
{
	const uint8_t lines = commands[tx->cmd].lines;
	const struct dp_span l = {tx->line.p, tx->line.n};

	return tx->asked && tx->ok && !tx->sasl &&
		(lines == MANY || (lines == MANY_WITHOUT_ARGS && arguments(l) == 0));
}

/** Status of a first line, and what stands behind it; -1: it is none. "+": a challenge. */
static int status_of(struct dp_span l, struct dp_span *header)
{
	const struct dp_span w = keyword(l);
	const uint32_t at = w.n < l.n ? w.n + 1 : w.n;

	*header = (struct dp_span){l.p + at, l.n - at};
	if (dp_span_is(w, "+OK") || (w.n == 1 && w.p[0] == '+'))
		return 1;
	return dp_span_is(w, "-ERR") ? 0 : -1;
}

/** First line of a reply. */
static bool reply(struct dp_app_ctx *x, struct pop3_state *s, struct dp_span l, uint32_t eol)
{
	struct dp_span header;
	const int status = status_of(l, &header);
	struct pop3_tx *tx;

	if (status < 0)
		return false;
	tx = waiting(x);
	if (!tx)
		tx = begin(x, SIG_DIR_TO_CLIENT); // the greeting
	if (!tx)
		return false;
	x->a->flush[SIG_DIR_TO_CLIENT] = true;
	s->sasl = l.n == 1 || l.p[1] == ' ';
	tx->answered = true;
	tx->ok = status;
	if (header.n)
		dp_bytes_set(x->c, &tx->header, header.p, header.n, POP3_LINE_MAX);
	if (l.n + eol > POP3_REPLY_MAX)
		dp_tx_event(x, &tx->tx, SIG_DIR_TO_CLIENT, SIG_EV_POP3_RESPONSE_LONG);
	if (goes_on(tx)) {
		s->multi = tx;
		s->drop = tx->cmd == C_RETR;
		return true;
	}
	complete(tx);
	if (tx->cmd == C_STLS && tx->ok && tx->asked)
		dp_app_change(x, SIG_PROTO_TLS);
	return true;
}

/** RFC 1939 section 3: a lone dot ends it, other leading dots were doubled. */
static void data(struct dp_app_ctx *x, struct pop3_state *s, struct dp_span l, bool part)
{
	struct pop3_tx *tx = s->multi;
	const bool start = !s->part[SIG_DIR_TO_CLIENT];

	if (start && !part && l.n == 1 && l.p[0] == '.') {
		complete(tx);
		s->multi = NULL;
		return;
	}
	if (start && l.n && l.p[0] == '.') {
		l.p++;
		l.n--;
	}
	if (s->drop || tx->data.n + l.n + 1 > POP3_DATA_MAX)
		return;
	if (l.n)
		dp_bytes_add(x->c, &tx->data, l.p, l.n, POP3_DATA_MAX);
	if (!part)
		dp_bytes_add(x->c, &tx->data, "\n", 1, POP3_DATA_MAX);
}

static bool line(struct dp_app_ctx *x, struct pop3_state *s, enum sig_dir d, struct dp_span l,
	uint32_t eol)
{
	const bool part = eol == 0, more = s->part[d];
	struct dp_span header;
	bool ok = true;

	if (s->lost[d]) {
		const bool sense = d ? status_of(l, &header) >= 0 : command_of(keyword(l)) != C_UNKNOWN;

		if (more || part || !sense) {
			s->part[d] = part;
			return true;
		}
		s->lost[d] = false;
	}
	if (d == SIG_DIR_TO_CLIENT && s->multi)
		data(x, s, l, part);
	else if (more)
		; // the rest of a line that was too long
	else
		ok = d ? reply(x, s, l, eol) : command(x, s, l, eol);
	s->part[d] = part;
	return ok;
}

static int pop3_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct pop3_state *s = state;
	uint32_t pos = 0;

	while (pos < in->data.n && !x->a->change_pending) {
		struct dp_span rest = {in->data.p + pos, in->data.n - pos};
		uint32_t eol, n = dp_span_line(rest, &eol);

		if (n == UINT32_MAX) {
			if (rest.n < POP3_LINE_MAX)
				break;
			n = POP3_LINE_MAX;
			eol = 0;
		}
		pos += n + eol;
		if (!line(x, s, in->dir, (struct dp_span){rest.p, n}, eol)) {
			*consumed = pos;
			return DP_APP_ERROR;
		}
	}
	*consumed = pos;
	return DP_APP_OK;
}

static int pop3_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	struct pop3_state *s = state;

	// Inside of a mail nothing is lost but some of it.
	if (in->dir == SIG_DIR_TO_SERVER || !s->multi)
		s->lost[in->dir] = true;
	s->part[in->dir] = true;
	return DP_APP_OK;
}

static enum dp_probe pop3_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	struct dp_span header;
	uint32_t eol, n = dp_span_line(in->data, &eol);

	if (in->data.n < 5)
		return DP_PROBE_MORE;
	if (in->dir == SIG_DIR_TO_CLIENT) {
		if (memcmp(in->data.p, "+OK", 3) != 0 && memcmp(in->data.p, "-ERR", 4) != 0)
			return DP_PROBE_NO;
		if (n == UINT32_MAX)
			return DP_PROBE_MORE;
		return status_of((struct dp_span){in->data.p, n}, &header) < 0 ? DP_PROBE_NO
									       : DP_PROBE_YES;
	}
	if (n == UINT32_MAX)
		return in->data.n > POP3_COMMAND_MAX ? DP_PROBE_NO : DP_PROBE_MORE;
	return command_of(keyword((struct dp_span){in->data.p, n})) == C_UNKNOWN ? DP_PROBE_NO
										: DP_PROBE_YES;
}

static enum dp_buf_state pop3_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	return DP_BUF_ABSENT;
}

const struct dp_app_desc dp_app_pop3 = {
	.proto = SIG_PROTO_POP3,
	.eve_type = "pop3",
	.tcp = true,
	.probe = pop3_probe,
	.ports = {110},
	.open = pop3_open,
	.close = pop3_close,
	.parse = pop3_parse,
	.gap = pop3_gap,
	.tx_free = pop3_tx_free,
	.complete = {1, 1},
	.buffer = pop3_buffer,
	.log = pop3_log,
};
