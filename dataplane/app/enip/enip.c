/* SPDX-License-Identifier: Apache-2.0 */
#include "enip.h"
#include "../proto_detect.h"
#include <dp/slab.h>
#include <sig/image.h>
#include <sig/rule.h>

#define PORT 44818
#define ENIP_KEPT_MAX (1u << 20) /* bytes of messages that wait for their answers */
#define ENIP_TX_MAX 1024u /* transactions open at a time (the peer's default) */

static int enip_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct enip_state));
	return *state ? 0 : -1;
}

static void enip_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct enip_state));
}

static uint32_t held(const struct enip_tx *tx)
{
	uint32_t n = tx->raw[0].n + tx->raw[1].n;

	for (unsigned i = 0; i < CIP_NUMBERS; i++)
		n += tx->number[i].n;
	return n;
}

static void enip_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	struct enip_tx *tx = (struct enip_tx *)t;
	struct enip_state *st = x->a->state;

	st->kept -= held(tx);
	if (st->over == t)
		st->over = t->prev;
	for (unsigned i = 0; i < 2; i++)
		dp_bytes_free(x->c, &tx->raw[i]);
	for (unsigned i = 0; i < CIP_NUMBERS; i++)
		dp_bytes_free(x->c, &tx->number[i]);
}

/* ---- recognition ----------------------------------------------------------------------------- */

/** A header whose fields agree with its command. */
static bool header_sound(struct dp_span s)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);
	uint16_t command = dp_cur_le16(&c), len = dp_cur_le16(&c), n;
	uint32_t status, options;

	dp_cur_skip(&c, 4);
	status = dp_cur_le32(&c);
	dp_cur_skip(&c, 8);
	options = dp_cur_le32(&c);
	if (c.bad || !enip_command_name(command) || !enip_status_name(status))
		return false;
	switch (command) {
	case ENIP_NOP:
		return options == 0;
	case ENIP_REGISTER:
		return len == 4;
	case ENIP_UNREGISTER:
		return len == 4 || len == 0;
	case ENIP_LIST_INTERFACES:
		n = len ? dp_cur_le16(&c) : 0;
		return dp_cur_left(&c) >= 2u * n;
	default:
		return true;
	}
}

static enum dp_probe enip_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	// How every session begins: register, version 1, no options. Elsewhere nothing less will do.
	static const uint8_t start[] = {0x65, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	uint32_t n = in->data.n < sizeof(start) ? in->data.n : sizeof(start);
	bool here = dp_app_on_port(x, SIG_PROTO_ENIP, PORT);

	if (!here && (x->f->ip_proto != 6 || memcmp(in->data.p, start, n) != 0))
		return DP_PROBE_NO;
	if (in->data.n < ENIP_HEADER)
		return x->f->ip_proto == 6 ? DP_PROBE_MORE : DP_PROBE_NO;
	return header_sound(in->data) ? DP_PROBE_YES : DP_PROBE_NO;
}

/* ---- messages -------------------------------------------------------------------------------- */

/** Whether the answer is this request's. Identifiers of connections differ by direction, sequence
 *  numbers of connected messages do not. */
static bool answers(const struct enip_tx *tx, const struct enip_pdu *p)
{
	if (tx->command != p->command || (tx->session != p->session && p->command != ENIP_REGISTER))
		return false;
	if (tx->has_cip != p->has_cip)
		return false;
	if (tx->has_cip && tx->connected && p->connected)
		return tx->seq == p->seq;
	return true;
}

/** The oldest request that waits for this answer; those before it will get none any more. */
static struct enip_tx *find_request(struct dp_app_ctx *x, const struct enip_pdu *p)
{
	struct enip_state *st = x->a->state;

	for (struct dp_tx *t = st->over ? st->over->next : x->a->tx_first; t; t = t->next) {
		struct enip_tx *tx = (struct enip_tx *)t;

		st->over = t;
		if (!tx->raw[SIG_DIR_TO_SERVER].n || tx->raw[SIG_DIR_TO_CLIENT].n)
			continue;
		if (t->progress[SIG_DIR_TO_CLIENT])
			continue;
		t->progress[0] = 1;
		if (answers(tx, p))
			return tx;
		t->progress[1] = 1;
	}
	return NULL;
}

static void flood(struct dp_app_ctx *x, struct enip_state *st, enum sig_dir dir)
{
	dp_tx_event(x, x->a->tx_first, dir, SIG_EV_ENIP_MANY_TX);
	if (st->flooded)
		return;
	st->flooded = true;
	for (struct dp_tx *t = x->a->tx_first; t; t = t->next)
		t->progress[0] = t->progress[1] = 1;
}

/** `at`: where the message begins in the input. */
static void frames(struct dp_app_ctx *x, const struct dp_app_in *in, const struct enip_pdu *p,
	uint32_t at, const struct dp_tx *tx)
{
	struct dp_span data;
	struct dp_cur c;
	uint16_t n, type;
	uint32_t id;

	id = dp_frame_add(x, in, SIG_FRAME_ENIP_HDR, at, ENIP_HEADER);
	dp_frame_tx(x, in->dir, id, tx);
	id = dp_frame_add(x, in, SIG_FRAME_ENIP_DATA, at + ENIP_HEADER, p->len);
	dp_frame_tx(x, in->dir, id, tx);
	id = dp_frame_add(x, in, SIG_FRAME_ENIP_PDU, at, (int64_t)ENIP_HEADER + p->len);
	dp_frame_tx(x, in->dir, id, tx);
	if (p->invalid || !enip_items(p, &c, &n))
		return;
	for (uint16_t i = 0; i < n; i++) {
		uint32_t start = at + ENIP_HEADER + c.off;

		if (!enip_item_next(&c, &type, &data))
			return;
		id = dp_frame_add(x, in, SIG_FRAME_ENIP_ITEM, start, (int64_t)data.n + 4);
		dp_frame_tx(x, in->dir, id, tx);
	}
	if (!p->cip.p)
		return;
	id = dp_frame_add(x, in, SIG_FRAME_ENIP_CIP, (uint32_t)(p->cip.p - in->data.p), p->cip.n);
	dp_frame_tx(x, in->dir, id, tx);
	struct cip_msg m;

	if (cip_read(p->cip, &m) && m.service == CIP_MULTIPLE)
		for (uint32_t i = 0; cip_part(&m, i, &data); i++) {
			id = dp_frame_add(x, in, SIG_FRAME_ENIP_CIP, (uint32_t)(data.p - in->data.p), data.n);
			dp_frame_tx(x, in->dir, id, tx);
		}
}

static void message(struct dp_app_ctx *x, const struct dp_app_in *in, const struct enip_pdu *p,
	uint32_t at)
{
	struct enip_tx *tx = in->dir == SIG_DIR_TO_CLIENT ? find_request(x, p) : NULL;
	struct enip_state *st = x->a->state;

	if (!tx && (x->a->tx_live >= ENIP_TX_MAX || st->kept >= ENIP_KEPT_MAX)) {
		flood(x, st, in->dir);
		frames(x, in, p, at, NULL);
		return;
	}
	if (!tx) {
		st->flooded = false;
		tx = dp_tx_add(x, sizeof(*tx));
		if (!tx)
			return;
		tx->command = p->command;
		tx->session = p->session;
		tx->has_cip = p->has_cip;
		tx->connected = p->connected;
		tx->seq = p->seq;
		if (in->dir == SIG_DIR_TO_CLIENT)
			tx->tx.only_dir = 1u << SIG_DIR_TO_CLIENT;
	}
	if (p->invalid)
		dp_tx_event(x, &tx->tx, in->dir, SIG_EV_ENIP_PDU);
	st->kept -= held(tx);
	dp_bytes_set(x->c, &tx->raw[in->dir], in->data.p + at, ENIP_HEADER + p->len, ENIP_PDU_MAX);
	enip_gather(x->c, tx, p->cip);
	st->kept += held(tx);
	tx->tx.progress[in->dir] = 1;
	frames(x, in, p, at, &tx->tx);
}

static int enip_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct enip_state *st = state;
	bool udp = x->f->ip_proto == 17;
	struct enip_pdu p;
	uint32_t at = 0;

	x->a->need[in->dir] = 0;
	if (st->lost[in->dir] && in->data.n) {
		if (!header_sound(in->data)) {
			*consumed = in->data.n;
			return DP_APP_OK;
		}
		st->lost[in->dir] = false;
	}
	while (at < in->data.n && enip_read((struct dp_span){in->data.p + at, in->data.n - at}, &p)) {
		message(x, in, &p, at);
		at += ENIP_HEADER + p.len;
		if (udp)
			break;
	}
	if (udp) {
		*consumed = in->data.n;
		return at ? DP_APP_OK : DP_APP_ERROR;
	}
	if (at < in->data.n)
		x->a->need[in->dir] = in->data.n - at + 1;
	*consumed = at;
	return DP_APP_OK;
}

static int enip_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	x->a->need[in->dir] = 0;
	((struct enip_state *)state)->lost[in->dir] = true;
	return DP_APP_OK;
}

/* ---- what signatures ask --------------------------------------------------------------------- */

static bool pdu_of(const struct enip_tx *tx, enum sig_dir dir, struct enip_pdu *p)
{
	return tx->raw[dir].n && enip_read(enip_raw(tx, dir), p);
}

static enum dp_buf_state enip_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct enip_pdu p;

	if (instance || !pdu_of((struct enip_tx *)t, dir, &p))
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_ENIP_PRODUCT_NAME && p.command == ENIP_LIST_IDENTITY && p.identity.n)
		*out = (struct dp_span){p.identity.p + 33, p.identity.p[32]};
	else if (b == SIG_BUF_ENIP_SERVICE_NAME && p.command == ENIP_LIST_SERVICES && p.services.n)
		*out = (struct dp_span){p.services.p + 4, 16};
	else
		return DP_BUF_ABSENT;
	return DP_BUF_FULL;
}

static bool cip_number(const struct enip_tx *tx, enum cip_number which, uint32_t k, uint64_t *out)
{
	const struct dp_bytes *b = &tx->number[which];
	uint32_t v;

	if (k >= b->n / sizeof(v))
		return false;
	memcpy(&v, b->p + k * sizeof(v), sizeof(v));
	*out = v;
	return true;
}

static uint64_t le(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static bool identity_number(struct dp_span id, enum sig_number n, uint64_t *out)
{
	static const struct {
		uint16_t number;
		uint8_t at, bytes;
	} fields[] = {{SIG_NUM_ENIP_PROTOCOL_VERSION, 0, 2}, {SIG_NUM_ENIP_VENDOR_ID, 18, 2},
		{SIG_NUM_ENIP_DEVICE_TYPE, 20, 2}, {SIG_NUM_ENIP_PRODUCT_CODE, 22, 2},
		{SIG_NUM_ENIP_IDENTITY_STATUS, 26, 2}, {SIG_NUM_ENIP_SERIAL, 28, 4}};

	if (n == SIG_NUM_ENIP_REVISION)
		*out = (uint64_t)id.p[24] << 8 | id.p[25];
	else if (n == SIG_NUM_ENIP_STATE)
		*out = id.p[33 + id.p[32]];
	else
		for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (fields[i].number == n) {
				*out = le(id.p + fields[i].at, fields[i].bytes);
				return true;
			}
	return n == SIG_NUM_ENIP_REVISION || n == SIG_NUM_ENIP_STATE;
}

static bool enip_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	static const uint16_t lists[CIP_NUMBERS] = {SIG_NUM_CIP_CLASS, SIG_NUM_CIP_INSTANCE,
		SIG_NUM_CIP_ATTRIBUTE, SIG_NUM_CIP_STATUS, SIG_NUM_CIP_EXTENDEDSTATUS};
	const struct enip_tx *tx = (const struct enip_tx *)t;
	struct enip_pdu p;

	for (unsigned i = 0; i < CIP_NUMBERS; i++)
		if (lists[i] == n)
			return cip_number(tx, (enum cip_number)i, instance, out);
	if (instance || !pdu_of(tx, dir, &p))
		return false;
	if (n == SIG_NUM_ENIP_COMMAND || n == SIG_NUM_ENIP_STATUS) {
		*out = n == SIG_NUM_ENIP_COMMAND ? p.command : p.status;
		return true;
	}
	if (n == SIG_NUM_ENIP_PROTOCOL_VERSION && p.command == ENIP_REGISTER && !p.invalid) {
		*out = le(p.body.p, 2);
		return true;
	}
	if (dir == SIG_DIR_TO_CLIENT && p.services.n && p.command == ENIP_LIST_SERVICES) {
		*out = le(p.services.p + (n == SIG_NUM_ENIP_CAPABILITIES ? 2 : 0), 2);
		return n == SIG_NUM_ENIP_CAPABILITIES || n == SIG_NUM_ENIP_PROTOCOL_VERSION;
	}
	return dir == SIG_DIR_TO_CLIENT && p.identity.n && p.command == ENIP_LIST_IDENTITY &&
		identity_number(p.identity, n, out);
}

static bool path_has(const struct cip_msg *m, unsigned kind, uint32_t want)
{
	struct dp_cur c = dp_cur_of(m->path.p, m->path.n);
	uint32_t v;
	uint8_t type;

	while (cip_segment(&c, &type, &v))
		if (type >> 2 == kind && v == want)
			return true;
	return false;
}

static bool has_attribute(const struct cip_msg *m, uint32_t want)
{
	struct dp_cur c = dp_cur_of(m->body.p, m->body.n);
	uint32_t n;

	if (path_has(m, 12, want))
		return true;
	if (m->service != CIP_GET_LIST && m->service != CIP_SET_LIST)
		return false;
	n = dp_cur_le16(&c);
	if (m->service == CIP_SET_LIST && n > 1)
		n = 1;
	for (uint32_t i = 0; i < n && !c.bad; i++)
		if (dp_cur_le16(&c) == want && !c.bad)
			return true;
	return false;
}

static bool service_fits(const struct cip_msg *m, const struct sig_cip *want)
{
	if (m->service != want->service)
		return false;
	if (want->class_set && (m->answer || !path_has(m, 8, want->class_id)))
		return false;
	return !want->attribute_set ||
		has_attribute(m, want->attribute) != want->attribute_negated;
}

/** cip_service: the message, or one of those packed into it. */
static int enip_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct dp_test_arg *a = arg;
	struct cip_msg m, inner;
	struct dp_span part;
	struct sig_cip want;
	struct enip_pdu p;

	if (kind != SIG_OPT_CIP_SERVICE || !a || arg_len != sizeof(*a) || a->op->len < sizeof(want))
		return 0;
	if (!t->progress[dir])
		return -1;
	memcpy(&want, a->data, sizeof(want));
	if (!pdu_of((struct enip_tx *)t, dir, &p) || !p.cip.p || !cip_read(p.cip, &m))
		return 0;
	if (service_fits(&m, &want))
		return 1;
	for (uint32_t i = 0; m.service == CIP_MULTIPLE && cip_part(&m, i, &part); i++)
		if (cip_read(part, &inner) && service_fits(&inner, &want))
			return 1;
	return 0;
}

#define BOTH(n) {n, SIG_DIR_TO_SERVER, 1}, {n, SIG_DIR_TO_CLIENT, 1}
#define UP(n) {n, SIG_DIR_TO_SERVER, 1}
#define DOWN(n) {n, SIG_DIR_TO_CLIENT, 1}

static const struct dp_app_buffer enip_buffers[] = {
	DOWN(SIG_BUF_ENIP_PRODUCT_NAME), DOWN(SIG_BUF_ENIP_SERVICE_NAME)};
static const struct dp_app_number enip_numbers[] = {BOTH(SIG_NUM_ENIP_COMMAND),
	BOTH(SIG_NUM_ENIP_STATUS), BOTH(SIG_NUM_ENIP_PROTOCOL_VERSION), DOWN(SIG_NUM_ENIP_STATE),
	DOWN(SIG_NUM_ENIP_SERIAL), DOWN(SIG_NUM_ENIP_VENDOR_ID), DOWN(SIG_NUM_ENIP_PRODUCT_CODE),
	DOWN(SIG_NUM_ENIP_REVISION), DOWN(SIG_NUM_ENIP_CAPABILITIES), DOWN(SIG_NUM_ENIP_DEVICE_TYPE),
	DOWN(SIG_NUM_ENIP_IDENTITY_STATUS), UP(SIG_NUM_CIP_ATTRIBUTE), UP(SIG_NUM_CIP_CLASS),
	UP(SIG_NUM_CIP_INSTANCE), DOWN(SIG_NUM_CIP_STATUS), DOWN(SIG_NUM_CIP_EXTENDEDSTATUS)};

const struct dp_app_desc dp_app_enip = {
	.proto = SIG_PROTO_ENIP,
	.eve_type = "enip",
	.tcp = true,
	.udp = true,
	.probe = enip_probe,
	.probe_any_port = true,
	.ports = {PORT},
	.open = enip_open,
	.close = enip_close,
	.parse = enip_parse,
	.gap = enip_gap,
	.tx_free = enip_tx_free,
	.complete = {1, 1},
	.log_flow_dir = true,
	.buffers = enip_buffers,
	.n_buffers = sizeof(enip_buffers) / sizeof(enip_buffers[0]),
	.numbers = enip_numbers,
	.n_numbers = sizeof(enip_numbers) / sizeof(enip_numbers[0]),
	.buffer = enip_buffer,
	.number = enip_number,
	.test = enip_test,
	.tests = {SIG_OPT_CIP_SERVICE},
	.log = enip_log,
};
