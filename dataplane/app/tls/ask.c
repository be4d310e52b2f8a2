/* SPDX-License-Identifier: Apache-2.0 */
/* What the keywords ssl_version, ssl_state, tls_cert_expired and tls_cert_valid ask. */
#include "tls.h"
#include <sig/image.h>
#include <sig/rule.h>

enum { OF_CLIENT = SIG_SSLS_CLIENT_HELLO | SIG_SSLS_CLIENT_KEYX,
	OF_SERVER = SIG_SSLS_SERVER_HELLO | SIG_SSLS_SERVER_KEYX };

void tls_note_message(struct tls_tx *t, enum sig_dir d, uint8_t type)
{
	static const struct {
		uint8_t type, dir, state;
	} of[] = {{1, SIG_DIR_TO_SERVER, SIG_SSLS_CLIENT_HELLO},
		{2, SIG_DIR_TO_CLIENT, SIG_SSLS_SERVER_HELLO},
		{12, SIG_DIR_TO_CLIENT, SIG_SSLS_SERVER_KEYX},
		{16, SIG_DIR_TO_SERVER, SIG_SSLS_CLIENT_KEYX}};

	for (unsigned i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (of[i].type == type && of[i].dir == d)
			t->messages |= of[i].state;
}

static uint32_t version_bit(uint16_t v)
{
	switch (v) {
	case 0x0002:
		return SIG_SSLV_SSL2;
	case 0x0300:
		return SIG_SSLV_SSL3;
	case 0x0301:
		return SIG_SSLV_TLS10;
	case 0x0302:
		return SIG_SSLV_TLS11;
	case 0x0303:
		return SIG_SSLV_TLS12;
	case 0x0304:
		return SIG_SSLV_TLS13;
	default:
		return (v >> 8) == 0x7f ? SIG_SSLV_TLS13 : 0; // drafts of 1.3
	}
}

// A state is each direction's own: what the client sent is asked of its side.
static int state_is(const struct tls_tx *t, enum sig_dir d, uint32_t want, uint32_t not)
{
	const uint32_t seen = t->messages & (d == SIG_DIR_TO_SERVER ? OF_CLIENT : OF_SERVER);

	if (!seen)
		return -1;
	return (seen & want & ~not) || (not & ~seen) ? 1 : -1;
}

static int version_is(const struct tls_tx *t, enum sig_dir d, uint32_t want, uint32_t not)
{
	const uint32_t bit = version_bit(t->side[d].version);

	if (d == SIG_DIR_TO_SERVER ? !t->client_hello : !t->server_hello)
		return -1;
	return bit && (not ? !(bit & not) : (bit & want) != 0);
}

/** Whether the server's certificate holds at the time of the newest packet. */
static int holds(const struct dp_app_ctx *x, const struct tls_tx *t, unsigned kind)
{
	const struct tls_cert *k = &t->side[SIG_DIR_TO_CLIENT].cert;
	const int64_t now = (int64_t)(x->c->now_ns / UINT64_C(1000000000));

	if (!k->seen)
		return -1;
	return kind == SIG_OPT_TLS_CERT_EXPIRED ? k->not_after < now
						: k->not_before < now && now < k->not_after;
}

int tls_test(const struct dp_app_ctx *x, struct dp_tx *tx, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len)
{
	const struct tls_tx *t = (const struct tls_tx *)tx;
	const struct dp_test_arg *a = arg;
	uint32_t want, not;

	if (kind == SIG_OPT_TLS_CERT_EXPIRED || kind == SIG_OPT_TLS_CERT_VALID)
		return dir == SIG_DIR_TO_CLIENT ? holds(x, t, kind) : 0;
	if (!a || (kind != SIG_OPT_SSL_VERSION && kind != SIG_OPT_SSL_STATE))
		return 0;
	want = (uint32_t)a->op->num[0];
	not = (uint32_t)a->op->num[1];
	return kind == SIG_OPT_SSL_STATE ? state_is(t, dir, want, not) : version_is(t, dir, want, not);
}
