/* SPDX-License-Identifier: Apache-2.0 */
#include "quic.h"

struct ext_name {
	uint16_t type;
	const char *name;
};

/* IANA "TLS ExtensionType Values", spelled as events print them */
static const struct ext_name ext_names[] = {
	{0, "server_name"}, {1, "max_fragment_length"}, {5, "status_request"},
	{10, "supported_groups"}, {11, "ec_point_formats"}, {13, "signature_algorithms"},
	{14, "use_srtp"}, {15, "heartbeat"}, {16, "alpn"}, {18, "signed_certificate_timestamp"},
	{21, "padding"}, {22, "encrypt_then_mac"}, {23, "extended_master_secret"},
	{24, "token_binding"}, {27, "compress_certificate"}, {28, "record_size_limit"},
	{34, "delegated_credentials"}, {35, "session_ticket"}, {41, "pre_shared_key"},
	{42, "early_data"}, {43, "supported_versions"}, {44, "cookie"},
	{45, "psk_key_exchange_modes"}, {47, "certificate_authorities"}, {48, "oid_filters"},
	{49, "post_handshake_auth"}, {50, "signature_algorithms_cert"}, {51, "key_share"},
	{57, "quic_transport_parameters"}, {13172, "npn"}, {65281, "renegotiation_info"},
	{65486, "encrypted_server_name"},
};

static const char *ext_name(uint16_t type)
{
	for (unsigned i = 0; i < sizeof(ext_names) / sizeof(ext_names[0]); i++)
		if (ext_names[i].type == type)
			return ext_names[i].name;
	return NULL;
}

static void log_extensions(const struct quic_tx *tx, struct dp_rec *r)
{
	struct dp_cur c = dp_cur_of(tx->exts.p, tx->exts.n);

	dp_rec_arr(r, "extensions");
	while (dp_cur_left(&c) >= 4) {
		uint16_t type = dp_cur_be16(&c), count = dp_cur_be16(&c);
		const char *name = ext_name(type);

		dp_rec_obj(r, "");
		if (name)
			dp_rec_cstr(r, "name", name);
		dp_rec_u64(r, "type", type);
		if (count)
			dp_rec_arr(r, "values");
		for (unsigned i = 0; i < count; i++) {
			uint16_t n = dp_cur_be16(&c);
			const uint8_t *p = dp_cur_bytes(&c, n);

			if (p)
				dp_rec_str(r, "", p, n);
		}
		if (count)
			dp_rec_end(r);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

void quic_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct quic_tx *tx = (const struct quic_tx *)t;

	dp_rec_cstr(r, "version", tx->version);
	if (tx->sni.n)
		dp_rec_str(r, "sni", tx->sni.p, tx->sni.n);
	if (tx->ua.n)
		dp_rec_str(r, "ua", tx->ua.p, tx->ua.n);
	if (tx->n_cyu) {
		dp_rec_arr(r, "cyu");
		for (unsigned i = 0; i < tx->n_cyu; i++) {
			dp_rec_obj(r, "");
			dp_rec_cstr(r, "hash", tx->cyu[i].hash);
			dp_rec_str(r, "string", tx->cyu[i].text.p, tx->cyu[i].text.n);
			dp_rec_end(r);
		}
		dp_rec_end(r);
	}
	if (tx->ja3.n) {
		dp_rec_obj(r, tx->dir == SIG_DIR_TO_SERVER ? "ja3" : "ja3s");
		dp_rec_cstr(r, "hash", tx->ja3_hash);
		dp_rec_str(r, "string", tx->ja3.p, tx->ja3.n);
		dp_rec_end(r);
	}
	if (tx->ja4[0])
		dp_rec_cstr(r, "ja4", tx->ja4);
	if (tx->exts.n)
		log_extensions(tx, r);
}
