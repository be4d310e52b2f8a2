/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telnet (RFC 854): messages as frames, no transactions. A message is an option's negotiation or a
 * line; while a session logs in, what the server says ends with a colon and a blank.
 */
#include <dp/app.h>
#include <dp/frame.h>
#include <dp/slab.h>
#include <string.h>

#define PORT 23
#define IAC 0xffu
#define SUBOPTION 250u
#define MESSAGE_MAX 65536u /* a line longer than this ends there */

enum login { IDLE, NAME_ASKED, NAME_SAID, PASSWORD_ASKED, PASSWORD_SAID, IN, REFUSED };

struct telnet_state {
	uint8_t login; /* enum login */
};

static int telnet_open(struct dp_app_ctx *x, void **state)
{
	*state = dp_slab_zalloc(x->c->slab, DP_MEM_APP, sizeof(struct telnet_state));
	return *state ? 0 : -1;
}

static void telnet_close(struct dp_app_ctx *x, void *state)
{
	dp_slab_free(x->c->slab, DP_MEM_APP, state, sizeof(struct telnet_state));
}

/** Nothing in the bytes proves it: what speaks on its port counts. */
static enum dp_probe telnet_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	return in->data.n < 2 ? DP_PROBE_MORE : DP_PROBE_YES;
}

/** Bytes of the control message at the start; 0: more are needed. */
static uint32_t control(struct dp_span s)
{
	const uint8_t *end;

	if (s.n < 2)
		return 0;
	if (s.p[1] > SUBOPTION && s.p[1] < IAC)
		return s.n < 3 ? 0 : 3;
	if (s.p[1] != SUBOPTION)
		return 2;
	end = s.n > 3 ? memmem(s.p + 3, s.n - 3, "\xff\xf0", 2) : NULL;
	return end ? (uint32_t)(end - s.p) + 2 : 0;
}

static uint32_t line(struct dp_span s, bool asks)
{
	const uint8_t *end = asks ? memmem(s.p, s.n, ": ", 2) : memchr(s.p, '\n', s.n);

	return end ? (uint32_t)(end - s.p) + (asks ? 2 : 1) : 0;
}

static bool asks(const struct telnet_state *st, enum sig_dir dir)
{
	return dir == SIG_DIR_TO_CLIENT &&
		(st->login == IDLE || st->login == NAME_SAID || st->login == REFUSED);
}

/** How far the login has come after a line. */
static void advance(struct telnet_state *st, enum sig_dir dir, struct dp_span s)
{
	static const char refused[] = "Login incorrect";

	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	if (dir == SIG_DIR_TO_SERVER) {
		if (st->login == NAME_ASKED || st->login == PASSWORD_ASKED)
			st->login++;
	} else if (st->login == IDLE || st->login == REFUSED) {
		st->login = NAME_ASKED;
	} else if (st->login == NAME_SAID) {
		st->login = PASSWORD_ASKED;
	} else if (st->login == PASSWORD_SAID && s.n) {
		st->login = s.n == sizeof(refused) - 1 && memcmp(s.p, refused, s.n) == 0 ? REFUSED : IN;
	}
}

static int telnet_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct telnet_state *st = state;
	uint32_t at = 0;

	while (at < in->data.n) {
		struct dp_span s = {in->data.p + at, in->data.n - at};
		bool ctl = s.p[0] == IAC;
		uint32_t n = ctl ? control(s) : line(s, asks(st, in->dir));
		int64_t len;

		if (!n && s.n >= MESSAGE_MAX)
			n = s.n;
		len = n ? (int64_t)n : -1;
		dp_frame_add(x, in, SIG_FRAME_TELNET_PDU, at, len);
		dp_frame_add(x, in, ctl ? SIG_FRAME_TELNET_CTL : SIG_FRAME_TELNET_DATA, at, len);
		if (!n)
			break;
		if (!ctl)
			advance(st, in->dir, (struct dp_span){s.p, n});
		at += n;
	}
	*consumed = at;
	return DP_APP_OK;
}

static int telnet_gap(struct dp_app_ctx *x, void *state, const struct dp_app_in *in)
{
	return DP_APP_OK;
}

const struct dp_app_desc dp_app_telnet = {
	.proto = SIG_PROTO_TELNET,
	.tcp = true,
	.probe = telnet_probe,
	.ports = {PORT},
	.open = telnet_open,
	.close = telnet_close,
	.parse = telnet_parse,
	.gap = telnet_gap,
};
