/* SPDX-License-Identifier: Apache-2.0 */
/* Link frames and transport segments (IEEE 1815 clauses 8 and 9) into application messages. */
#include "dnp3.h"

#define BLOCK 16u /* user data between checksums */
#define CRC 2u
#define FC_CONFIRM 0
#define LINK_CONFIRMED_DATA 3 /* function of a primary frame, under LINK_FUNCTION */
#define LINK_UNCONFIRMED_DATA 4
#define LINK_FUNCTION 0x0fu

/** Polynomial 0x3d65, reflected, by half octets; the complement is sent, low octet first. */
static uint16_t crc(const uint8_t *p, uint32_t n)
{
	static const uint16_t half[16] = {0x0000, 0xb26b, 0x29af, 0x9bc4, 0x535e, 0xe135, 0x7af1,
		0xc89a, 0xa6bc, 0x14d7, 0x8f13, 0x3d78, 0xf5e2, 0x4789, 0xdc4d, 0x6e26};
	uint16_t v = 0;

	for (; n; n--, p++) {
		v = (uint16_t)(v >> 4 ^ half[(v ^ *p) & 15]);
		v = (uint16_t)(v >> 4 ^ half[(v ^ *p >> 4) & 15]);
	}
	return (uint16_t)~v;
}

static bool crc_sound(const uint8_t *p, uint32_t n)
{
	uint16_t v = crc(p, n);

	return p[n] == (v & 0xff) && p[n + 1] == v >> 8;
}

bool dnp3_header_sound(const uint8_t *p)
{
	return p[0] == 0x05 && p[1] == 0x64 && p[2] >= DNP3_LINK_COUNTED &&
		crc_sound(p, DNP3_LINK_HEADER - CRC);
}

/** Bytes of user data on the wire. */
static uint32_t wire_len(uint32_t n)
{
	return n + (n + BLOCK - 1) / BLOCK * CRC;
}

/** User data without checksums into out[255]. False: a checksum is wrong. */
static bool strip(const uint8_t *p, uint32_t n, uint8_t *out)
{
	while (n) {
		uint32_t k = n < BLOCK ? n : BLOCK;

		if (!crc_sound(p, k))
			return false;
		memcpy(out, p, k);
		out += k;
		p += k + CRC;
		n -= k;
	}
	return true;
}

/** On the newest transaction, or on the flow while there is none. */
static void event(struct dp_app_ctx *x, enum sig_dir d, unsigned ev)
{
	if (x->a->tx_last)
		dp_tx_event(x, x->a->tx_last, d, ev);
	else
		dp_app_event(x, d, ev);
}

void dnp3_end(struct dnp3_state *st, struct dnp3_tx *tx)
{
	st->open -= !tx->ended;
	tx->ended = true;
}

static void finish(struct dp_app_ctx *x, struct dnp3_tx *tx)
{
	dnp3_end(x->a->state, tx);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
}

/** The message that this side is in the middle of, between the same two stations. */
static struct dnp3_tx *unfinished(struct dp_app_ctx *x, enum sig_dir d, uint16_t dst, uint16_t src)
{
	const struct dnp3_state *st = x->a->state;

	for (struct dp_tx *t = st->open ? x->a->tx_last : NULL; t; t = t->prev) {
		struct dnp3_tx *tx = (struct dnp3_tx *)t;

		if (tx->response == (d == SIG_DIR_TO_CLIENT) && !tx->ended && tx->dst == dst &&
			tx->src == src)
			return tx;
	}
	return NULL;
}

static struct dnp3_tx *open_tx(struct dp_app_ctx *x, enum sig_dir d)
{
	struct dnp3_state *st = x->a->state;
	bool flooded = x->a->tx_live >= DNP3_TX_MAX || st->kept >= DNP3_KEPT_MAX;
	struct dnp3_tx *tx;

	if (flooded) {
		for (struct dp_tx *t = st->open ? x->a->tx_first : NULL; t; t = t->next) {
			if (((struct dnp3_tx *)t)->ended)
				continue;
			finish(x, (struct dnp3_tx *)t);
			break;
		}
		if (x->a->tx_live >= 2 * DNP3_TX_MAX || st->kept >= 2 * DNP3_KEPT_MAX)
			return NULL; // nobody inspects: not kept
	}
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return NULL;
	st->open++;
	tx->response = d == SIG_DIR_TO_CLIENT;
	tx->tx.only_dir = (uint8_t)(1u << d);
	if (flooded)
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNP3_FLOODED);
	return tx;
}

static void message(struct dp_app_ctx *x, struct dnp3_tx *tx, enum sig_dir d)
{
	enum dnp3_rc rc = dnp3_check(tx);

	finish(x, tx);
	tx->complete = rc == DNP3_OK;
	if (rc == DNP3_UNKNOWN)
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNP3_OBJECT);
	else if (rc == DNP3_MANY_POINTS)
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNP3_MANY_POINTS);
	else if (rc == DNP3_MANY_OBJECTS)
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNP3_MANY_OBJECTS);
}

/** First segment of a message. NULL: not one that is kept. */
static struct dnp3_tx *begin(struct dp_app_ctx *x, enum sig_dir d, const uint8_t *link,
	const uint8_t *data, uint32_t n)
{
	uint16_t dst = (uint16_t)(link[5] << 8 | link[4]), src = (uint16_t)(link[7] << 8 | link[6]);
	struct dnp3_tx *tx = unfinished(x, d, dst, src);

	if (tx)
		finish(x, tx); // the station began again
	if (n < (d == SIG_DIR_TO_CLIENT ? DNP3_HEADER_RESPONSE : DNP3_HEADER_REQUEST)) {
		event(x, d, SIG_EV_DNP3_LEN_SMALL);
		return NULL;
	}
	if (d == SIG_DIR_TO_SERVER && data[1] == FC_CONFIRM)
		return NULL; // says nothing but that an answer came
	tx = open_tx(x, d);
	if (!tx)
		return NULL;
	tx->link = link[3];
	tx->dst = dst;
	tx->src = src;
	return tx;
}

/** User data of a frame: a transport header and a piece of a message. */
static void segment(struct dp_app_ctx *x, enum sig_dir d, const uint8_t *link, const uint8_t *data,
	uint32_t n)
{
	struct dnp3_state *st = x->a->state;
	struct dnp3_tx *tx;

	if (n < 2) {
		event(x, d, SIG_EV_DNP3_LEN_SMALL);
		return;
	}
	if (data[0] & DNP3_SEG_FIR)
		tx = begin(x, d, link, data + 1, n - 1);
	else
		tx = unfinished(x, d, (uint16_t)(link[5] << 8 | link[4]),
			(uint16_t)(link[7] << 8 | link[6]));
	if (!tx || (!(data[0] & DNP3_SEG_FIR) &&
			   ((tx->segment + 1u) & DNP3_SEG_NUMBER) != (data[0] & DNP3_SEG_NUMBER)))
		return;
	tx->segment = data[0];
	if (tx->app.n + n - 1 > DNP3_APP_MAX) {
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNP3_REASSEMBLY);
		finish(x, tx);
		return;
	}
	if (st->kept >= 2 * DNP3_KEPT_MAX) { // of messages that were begun before
		dp_tx_event(x, &tx->tx, d, SIG_EV_DNP3_FLOODED);
		finish(x, tx);
		return;
	}
	st->kept -= tx->app.n;
	dp_bytes_add(x->c, &tx->app, data + 1, n - 1, DNP3_APP_MAX);
	st->kept += tx->app.n;
	if (data[0] & DNP3_SEG_FIN)
		message(x, tx, d);
}

/** One whole frame at `p`; its header is sound. */
static void frame(struct dp_app_ctx *x, enum sig_dir d, const uint8_t *p)
{
	uint32_t n = p[2] - DNP3_LINK_COUNTED;
	uint8_t data[256], function = p[3] & LINK_FUNCTION;

	if (function != LINK_CONFIRMED_DATA && function != LINK_UNCONFIRMED_DATA)
		return;
	if (!strip(p + DNP3_LINK_HEADER, n, data))
		event(x, d, SIG_EV_DNP3_TRANSPORT_CRC);
	else
		segment(x, d, p, data, n);
}

/** Bytes until something that begins a sound frame; all but a header's worth when nothing does. */
static uint32_t search(struct dp_span s)
{
	uint32_t i = 0;

	for (; s.n - i >= DNP3_LINK_HEADER; i++)
		if (dnp3_header_sound(s.p + i))
			break;
	return i;
}

/** Some outstations greet with a line of text. */
static bool greeting(struct dp_span s)
{
	static const char word[4] = {'D', 'N', 'P', '3'};

	for (uint32_t i = 0; i + sizeof(word) <= s.n; i++)
		if (memcmp(s.p + i, word, sizeof(word)) == 0)
			return true;
	return false;
}

static bool header_fault(struct dp_app_ctx *x, enum sig_dir d, const uint8_t *p)
{
	if (p[0] != 0x05 || p[1] != 0x64)
		return true;
	if (!crc_sound(p, DNP3_LINK_HEADER - CRC))
		event(x, d, SIG_EV_DNP3_LINK_CRC);
	else if (p[2] < DNP3_LINK_COUNTED)
		event(x, d, SIG_EV_DNP3_LEN_SMALL);
	else
		return false;
	return true;
}

int dnp3_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in, uint32_t *consumed)
{
	struct dnp3_state *st = state;
	enum sig_dir d = in->dir;
	uint32_t pos = 0;

	x->a->need[d] = 0;
	if (d == SIG_DIR_TO_CLIENT && !st->started[d] && greeting(in->data)) {
		*consumed = in->data.n;
		return DP_APP_OK;
	}
	if (st->lost[d])
		pos = search(in->data);
	while (in->data.n - pos >= DNP3_LINK_HEADER) {
		const uint8_t *p = in->data.p + pos;
		uint32_t len;

		if (header_fault(x, d, p))
			return DP_APP_ERROR;
		st->lost[d] = false;
		st->started[d] = true;
		len = DNP3_LINK_HEADER + wire_len(p[2] - DNP3_LINK_COUNTED);
		if (in->data.n - pos < len) {
			x->a->need[d] = len;
			break;
		}
		frame(x, d, p);
		pos += len;
	}
	*consumed = pos;
	return DP_APP_OK;
}
