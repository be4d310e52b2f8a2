/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

/** What the content of one shows while it is not encrypted (RFC 6520 section 4): type, length of the
 *  payload, payload, at least 16 bytes of padding. */
static void request(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d,
	uint32_t payload, uint32_t record)
{
	if (payload + 3 > record) // asks for more than it brings
		dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HEARTBEAT_OVERFLOW);
	else if (payload + 3 + 16 > record)
		dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HEARTBEAT_INVALID);
}

/** A request, its answer from the other side, and again. Of encrypted ones only lengths are seen: an
 *  answer that is longer than what was asked gives something away. */
void tls_heartbeat(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, struct dp_span s,
	uint32_t record)
{
	const bool hidden = t->side[0].cipher || t->side[1].cipher;

	if (s.n < 3)
		return;
	if (!hidden) {
		dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HEARTBEAT);
		if (s.p[0] != 1 && s.p[0] != 2) {
			dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HEARTBEAT_INVALID);
			return;
		}
	}
	if (!t->beat) {
		t->beat = true;
		t->beat_dir = (uint8_t)d;
		t->beat_len = hidden ? record : 0;
		if (!hidden)
			request(x, t, d, (uint32_t)(s.p[1] << 8 | s.p[2]), record);
	} else if (t->beat_dir == d) { // another, before the first is answered
		dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HEARTBEAT_INVALID);
	} else {
		t->beat = false;
		if (hidden && t->beat_len && t->beat_len < record)
			dp_tx_event(x, &t->tx, d, SIG_EV_TLS_HEARTBEAT_LEAK);
	}
}
