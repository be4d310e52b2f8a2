/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp.h"

static void event(struct dp_app_ctx *x, struct smtp_conn *k, unsigned ev)
{
	struct dp_tx *tx = k->tx ? &k->tx->tx : x->a->tx_last;

	dp_tx_event(x, tx, SIG_DIR_TO_CLIENT, ev);
}

/** Each line of a reply that says no is an event of its own, as with the peer. */
static void refused(struct dp_app_ctx *x, struct smtp_conn *k, struct smtp_wait w, unsigned code)
{
	if (w.cmd == SMTP_C_STARTTLS && code != 220)
		event(x, k, SIG_EV_SMTP_TLS_REJECTED);
	if (w.cmd == SMTP_C_DATA && code != 354)
		event(x, k, SIG_EV_SMTP_DATA_REJECTED);
}

/** What the server said to the command that waited longest. */
static void answered(struct dp_app_ctx *x, struct smtp_conn *k, struct smtp_wait w, unsigned code)
{
	switch (w.cmd) {
	case SMTP_C_STARTTLS:
		k->tls_wait = false;
		if (code == 220 && !dp_app_change(x, SIG_PROTO_TLS))
			event(x, k, SIG_EV_SMTP_FAILED_CHANGE);
		break;
	case SMTP_C_DATA:
		if (code != 354)
			k->data_mode = false;
		break;
	case SMTP_C_DATA_END:
		smtp_mail_answered(x, w.tx_id);
		break;
	case SMTP_C_HELO: // a late reply says nothing of a mail begun behind the command
	case SMTP_C_RSET:
		if (code == 250 && (w.begun || w.cmd == SMTP_C_RSET))
			smtp_begin_anew(x, k, w.tx_id);
		break;
	default:
		break;
	}
}

void smtp_reply_line(struct dp_app_ctx *x, struct smtp_conn *k, struct dp_span l)
{
	struct dp_span digits = {l.p, 3};
	uint64_t code;
	bool last = l.n < 4 || l.p[3] != '-';

	if (l.n < 3 || !dp_span_u64(digits, &code)) {
		if (l.n)
			event(x, k, SIG_EV_SMTP_INVALID_REPLY);
		return;
	}
	// A greeting answers nothing, also where the client did not wait for it.
	if (!k->welcome && (k->queued == 0 || (code == 220 && k->queue[0].cmd != SMTP_C_STARTTLS))) {
		k->welcome = last;
		if (code != 220)
			event(x, k, SIG_EV_SMTP_INVALID_REPLY);
		return;
	}
	if (k->queued)
		x->a->flush[1] = true; // an answer is shown with the next packet, the greeting later
	if (k->queued && k->queue[0].cmd == SMTP_C_HELO && l.n > 4 &&
		dp_span_find((struct dp_span){l.p + 4, l.n - 4}, "PIPELINING") == 0)
		k->pipelining = true;
	if (k->queued)
		refused(x, k, k->queue[0], (unsigned)code);
	if (!last)
		return;
	if (k->queued == 0) {
		// Timeouts come unasked. A success that nobody asked for tells of a second mail
		// hidden in the first, to which the server replied (CVE-2023-51764). Not so where a
		// hole may hold the command.
		if (code / 100 == 2 && !dp_stream_acked_unread(x->f, SIG_DIR_TO_SERVER))
			event(x, k, SIG_EV_SMTP_UNMATCHED_REPLY);
		return;
	}
	struct smtp_wait w = k->queue[0];

	memmove(k->queue, k->queue + 1, --k->queued * sizeof(k->queue[0]));
	answered(x, k, w, (unsigned)code);
}
