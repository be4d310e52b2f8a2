/* SPDX-License-Identifier: Apache-2.0 */
/* What detection may ask of a stream. */
#include "http2.h"
#include <sig/compare.h>
#include <sig/image.h>
#include <sig/rule.h>

/** Fields by name that were looked at as HTTP/1's when they came. */
static bool told_before(const struct h2_tx *tx, enum sig_buffer b, enum sig_dir dir)
{
	return tx->carried && dir == SIG_DIR_TO_SERVER &&
		(b == SIG_BUF_HTTP_USER_AGENT || b == SIG_BUF_HTTP_ACCEPT ||
			b == SIG_BUF_HTTP_ACCEPT_ENC || b == SIG_BUF_HTTP_ACCEPT_LANG ||
			b == SIG_BUF_HTTP_REFERER || b == SIG_BUF_HTTP_CONNECTION ||
			b == SIG_BUF_HTTP_CONTENT_TYPE || b == SIG_BUF_HTTP_CONTENT_LEN);
}

enum dp_buf_state h2_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out)
{
	struct h2_tx *tx = (struct h2_tx *)t;

	if (told_before(tx, b, dir))
		return DP_BUF_ABSENT;
	if (b == SIG_BUF_HTTP2_HEADER_NAME) {
		if (instance >= tx->h.side[dir].n_hdr)
			return DP_BUF_ABSENT;
		*out = http_header_name(&tx->h.side[dir], instance);
		return DP_BUF_FULL;
	}
	if (b == SIG_BUF_HTTP_COOKIE) {
		*out = (struct dp_span){tx->side[dir].cookie.p, tx->side[dir].cookie.n};
		return out->n && !instance ? DP_BUF_FULL : DP_BUF_ABSENT;
	}
	if (b == SIG_BUF_HTTP_PROTOCOL && !instance) { // said by the protocol itself
		*out = (struct dp_span){(const uint8_t *)"HTTP/2", 6};
		return DP_BUF_FULL;
	}
	if (b == SIG_BUF_HTTP_STAT_MSG && !instance) { // there is none: known, and empty
		*out = (struct dp_span){(const uint8_t *)"", 0};
		return DP_BUF_FULL;
	}
	return http_buffer(x, t, b, dir, instance, out);
}

static bool note(const struct h2_side *s, enum h2_note_kind kind, uint32_t instance,
	uint64_t *out)
{
	for (unsigned i = 0; i < s->n_note; i++) {
		if (s->note[i].kind != kind || instance--)
			continue;
		*out = s->note[i].value;
		return true;
	}
	return false;
}

static bool size_update(const struct h2_side *s, uint32_t instance, uint64_t *out)
{
	uint32_t v;

	for (uint32_t i = 0; i + 5 <= s->order.n; i += 5) {
		if (s->order.p[i] != 1 || instance--)
			continue;
		memcpy(&v, s->order.p + i + 1, 4);
		*out = v;
		return true;
	}
	return false;
}

bool h2_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out)
{
	const struct h2_side *s = &((struct h2_tx *)t)->side[dir];

	switch (n) {
	case SIG_NUM_HTTP2_FRAMETYPE:
		if (instance >= s->n_note)
			return false;
		*out = s->note[instance].type;
		return true;
	case SIG_NUM_HTTP2_ERRORCODE:
		return note(s, H2_NOTE_ERROR, instance, out);
	case SIG_NUM_HTTP2_PRIORITY:
		return note(s, H2_NOTE_PRIORITY, instance, out);
	case SIG_NUM_HTTP2_WINDOW:
		return note(s, H2_NOTE_WINDOW, instance, out);
	case SIG_NUM_HTTP2_SIZE_UPDATE:
		return size_update(s, instance, out);
	default:
		return http_number(x, t, n, dir, instance, out);
	}
}

int h2_test(const struct dp_app_ctx *x, struct dp_tx *t, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct h2_side *s = &((struct h2_tx *)t)->side[dir];
	const struct dp_test_arg *a = arg;

	if (kind != SIG_OPT_HTTP2_SETTINGS || !a || arg_len != sizeof(*a))
		return 0;
	for (unsigned i = 0; i < s->n_setting; i++)
		if (s->setting[i].id == (uint64_t)a->op->num[0] && sig_op_holds(a->op->sub, s->setting[i].value, (uint64_t)a->op->num[1],
				(uint64_t)a->op->num[2]))
			return 1;
	return 0;
}
