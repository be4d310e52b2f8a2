/* SPDX-License-Identifier: Apache-2.0 */
/** Which members of a TLS record an output shows. The engine may have made more than one wants. */
#include "eve_internal.h"

#include <string.h>

const char *const ctl_tls_field[] = {"subject", "issuer", "subjectaltname", "session_resumed",
	"version", "serial", "fingerprint", "not_before", "not_after", "sni", "ja3", "ja3s", "ja4",
	"client_alpns", "server_alpns", "client", "from_proto", "certificate", "chain",
	"client_certificate", "client_chain", "client_handshake", "server_handshake", NULL};

#define BASIC 0x1000fu    /* subject, issuer, names, resumption, the protocol before */
#define EXTENDED 0x1ffffu /* all but the certificates themselves and what hellos offer */

/** Bit of a member of `tls`, or of `client` within it. Unknown ones are shown. */
static uint32_t bit_of(const struct dp_rec_tok *t, bool client)
{
	static const struct {
		const char *key, *field;
	} other[] = {{"issuerdn", "issuer"}, {"notbefore", "not_before"}, {"notafter", "not_after"}};
	const char *key = t->key;
	size_t n = t->key_len;

	if (client && n == 11 && memcmp(key, "certificate", 11) == 0)
		return 1u << 19;
	if (client && n == 5 && memcmp(key, "chain", 5) == 0)
		return 1u << 20;
	if (client)
		return ~0u;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (n == strlen(other[i].key) && memcmp(key, other[i].key, n) == 0) {
			key = other[i].field;
			n = strlen(key);
			break;
		}
	}
	for (unsigned i = 0; ctl_tls_field[i] != NULL; i++)
		if (n == strlen(ctl_tls_field[i]) && memcmp(key, ctl_tls_field[i], n) == 0)
			return 1u << i;
	return ~0u;
}

static bool members(struct ctl_json *j, struct eve_tree in, uint32_t fields, bool client)
{
	struct eve_member m;
	bool good = true;

	for (uint32_t pos = 0; eve_tree_next(in, &pos, &m);) {
		uint32_t bit = bit_of(&m.tok, client);

		if (!client && bit == 1u << 15 && fields & (1u << 15 | 3u << 19)) {
			ctl_json_obj(j, "client");
			good &= members(j, m.inside, fields, true);
			ctl_json_end_obj(j);
		} else if (bit & fields) {
			good &= eve_tree_members(j, m.whole, NULL, NULL);
		}
	}
	return good;
}

bool eve_tls_wanted(const struct ctl_eve *e, struct eve_tree t)
{
	struct eve_member tls, m;

	return !e->opt.tls_no_resumption || !eve_tree_find(t, "tls", &tls) ||
		eve_tree_find(tls.inside, "subject", &m) ||
		!eve_tree_find(tls.inside, "session_resumed", &m);
}

bool eve_tls_members(struct ctl_eve *e, struct eve_tree t)
{
	uint32_t fields = e->opt.tls_fields;
	struct eve_member m;
	bool good = true;

	if (fields == 0)
		fields = e->opt.tls_extended ? EXTENDED : BASIC;
	for (uint32_t pos = 0; eve_tree_next(t, &pos, &m);) {
		if (m.tok.kind == DP_REC_OBJ && m.tok.key_len == 3 && memcmp(m.tok.key, "tls", 3) == 0) {
			ctl_json_obj(&e->out, "tls");
			good &= members(&e->out, m.inside, fields | 1u << 16, false);
			ctl_json_end_obj(&e->out);
		} else if (eve_keep_member(e, m.tok.key, m.tok.key_len)) {
			good &= eve_tree_members(&e->out, m.whole, NULL, NULL);
		}
	}
	return good;
}
