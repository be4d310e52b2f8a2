/* SPDX-License-Identifier: Apache-2.0 */
/* The request of HTTP/1 that an upgrade answers becomes stream 1 (RFC 7540 section 3.2). */
#include "http2.h"

#define SETTINGS_TEXT_MAX 1024u

/** HTTP2-Settings: the payload of a SETTINGS frame in base64url (RFC 7540 section 3.2.1). */
static void settings(struct dp_app_ctx *x, struct dp_span text)
{
	struct dp_bytes b = {0};
	struct h2_tx *tx = h2_stream(x, 0);

	if (tx && text.n <= SETTINGS_TEXT_MAX && h2_base64url(x, text, &b) && b.n % 6 == 0)
		h2_settings(x, tx, SIG_DIR_TO_SERVER, (struct dp_span){b.p, b.n});
	else if (tx)
		dp_tx_event(x, &tx->h.tx, SIG_DIR_TO_SERVER, SIG_EV_HTTP2_HTTP1_SETTINGS);
	dp_bytes_free(x->c, &b);
}

void h2_carry(struct dp_app_ctx *x)
{
	struct dp_app_flow *a = x->a;
	struct dp_cur c = dp_cur_of(a->carry, a->carry_n);
	struct h2_tx *tx = NULL;

	while (dp_cur_left(&c)) {
		struct dp_span name, value;
		uint32_t n[2];
		const uint8_t *head = dp_cur_bytes(&c, sizeof(n));

		if (!head)
			break;
		memcpy(n, head, sizeof(n));
		name = (struct dp_span){dp_cur_bytes(&c, n[0]), n[0]};
		value = (struct dp_span){dp_cur_bytes(&c, n[1]), n[1]};
		if (c.bad)
			break;
		if (dp_span_is(name, "HTTP2-Settings")) {
			settings(x, value);
			continue;
		}
		if (!tx)
			tx = h2_stream(x, 1);
		if (!tx)
			break;
		tx->carried = true;
		h2_field(x, tx, SIG_DIR_TO_SERVER, name, value);
		h2_note_headers(tx, SIG_DIR_TO_SERVER);
	}
	if (tx) {
		h2_message(x, tx, SIG_DIR_TO_SERVER);
		h2_end(x, tx, SIG_DIR_TO_SERVER);
	}
	dp_slab_free(x->c->slab, DP_MEM_APP, a->carry, a->carry_cap);
	a->carry = NULL;
	a->carry_n = a->carry_cap = 0;
}
