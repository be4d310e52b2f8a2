/* SPDX-License-Identifier: Apache-2.0 */
#include "ike.h"
#include <stdio.h>

struct name {
	uint16_t v;
	const char *name;
};

static const char *find(const struct name *t, size_t n, uint32_t v)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].v == v)
			return t[i].name;
	return NULL;
}
#define FIND(t, v) find(t, sizeof(t) / sizeof((t)[0]), v)

/* Payloads of version 1: RFC 2408 section 3.1, RFC 3547, RFC 3947. */
static const struct name exchanges1[] = {{1, "Base"}, {2, "IdentityProtection"},
	{3, "AuthenticationOnly"}, {4, "Aggressive"}, {5, "Informational"}, {6, "Transaction"},
	{32, "QuickMode"}, {33, "NewGroupMode"}};
static const struct name payloads1[] = {{1, "SecurityAssociation"}, {2, "Proposal"},
	{3, "Transform"}, {4, "KeyExchange"}, {5, "Identification"}, {6, "Certificate"},
	{7, "CertificateRequest"}, {8, "Hash"}, {9, "Signature"}, {10, "Nonce"},
	{11, "Notification"}, {12, "Delete"}, {13, "VendorID"}, {15, "SaKekPayload"},
	{16, "SaTekPayload"}, {17, "KeyDownload"}, {18, "SequenceNumber"},
	{19, "ProofOfPossession"}, {20, "NatDiscovery"}, {21, "NatOriginalAddress"},
	{22, "GroupAssociatedPolicy"}};
static const struct name attributes[] = {{1, "alg_enc"}, {2, "alg_hash"}, {3, "alg_auth"},
	{4, "alg_dh"}, {5, "sa_group_type"}, {6, "sa_group_prime"}, {7, "sa_group_generator_one"},
	{8, "sa_group_generator_two"}, {9, "sa_group_curve_a"}, {10, "sa_group_curve_b"},
	{11, "sa_life_type"}, {12, "sa_life_duration"}, {13, "alg_prf"}, {14, "sa_key_length"},
	{15, "sa_field_size"}, {16, "sa_group_order"}};
/* Values of attributes: RFC 2409 appendix A and its registry. */
static const struct name enc1[] = {{1, "EncDesCbc"}, {2, "EncIdeaCbc"}, {3, "EncBlowfishCbc"},
	{4, "EncRc5R16B64Cbc"}, {5, "EncTripleDesCbc"}, {6, "EncCastCbc"}, {7, "EncAesCbc"},
	{8, "EncCamelliaCbc"}};
static const struct name hash1[] = {{1, "HashMd5"}, {2, "HashSha"}, {3, "HashTiger"},
	{4, "HashSha2_256"}, {5, "HashSha2_384"}, {6, "HashSha2_512"}};
static const struct name auth1[] = {{1, "AuthPreSharedKey"}, {2, "AuthDssSignatures"},
	{3, "AuthRsaSignatures"}, {4, "AuthEncryptionWithRsa"},
	{5, "AuthRevisedEncryptionWithRsa"}, {6, "AuthReserved"}, {7, "AuthReserved"},
	{8, "AuthReserved"}, {9, "AuthEcdsaSha256"}, {10, "AuthEcdsaSha384"},
	{11, "AuthEcdsaSha512"}};
static const struct name group1[] = {{1, "GroupDefault768BitModp"},
	{2, "GroupAlternate1024BitModpGroup"}, {3, "GroupEc2nOnGp2p155"},
	{4, "GroupEc2nOnGp2p185"}, {5, "GroupModp1536Bit"}, {6, "GroupEc2nOverGf2p163"},
	{7, "GroupEc2nOverGf2p163"}, {8, "GroupEc2nOverGf2p283"}, {9, "GroupEc2nOverGf2p283"},
	{10, "GroupEc2nOverGf2p409"}, {11, "GroupEc2nOverGf2p409"}, {12, "GroupEc2nOverGf2p571"},
	{13, "GroupEc2nOverGf2p571"}, {14, "GroupModp2048Bit"}, {15, "GroupModp3072Bit"},
	{16, "GroupModp4096Bit"}, {17, "GroupModp6144Bit"}, {18, "GroupModp8192Bit"},
	{19, "GroupRandomEcp256"}, {20, "GroupRandomEcp384"}, {21, "GroupRandomEcp521"},
	{22, "GroupModp1024With160BitPrime"}, {23, "GroupModp2048With224BitPrime"},
	{24, "GroupModp2048With256BitPrime"}, {25, "GroupRandomEcp192"}, {26, "GroupRandomEcp224"},
	{27, "GroupBrainpoolEcp224"}, {28, "GroupBrainpoolEcp256"}, {29, "GroupBrainpoolEcp384"},
	{30, "GroupBrainpoolEcp512"}};
static const struct name life1[] = {{1, "LifeTypeSeconds"}, {2, "LifeTypeKilobytes"}};

/* Version 2: RFC 7296 sections 3.2 to 3.10 and the registry. */
static const struct name payloads2[] = {{0, "NoNextPayload"}, {33, "SecurityAssociation"},
	{34, "KeyExchange"}, {35, "IdentInitiator"}, {36, "IdentResponder"}, {37, "Certificate"},
	{38, "CertificateRequest"}, {39, "Authentication"}, {40, "Nonce"}, {41, "Notify"},
	{42, "Delete"}, {43, "VendorID"}, {44, "TrafficSelectorInitiator"},
	{45, "TrafficSelectorResponder"}, {46, "EncryptedAndAuthenticated"}, {47, "Configuration"},
	{48, "ExtensibleAuthentication"}, {49, "GenericSecurePasswordMethod"},
	{50, "GroupIdentification"}, {51, "GroupSecurityAssociation"}, {52, "KeyDownload"},
	{53, "EncryptedAndAuthenticatedFragment"}};
static const struct name enc2[] = {{1, "ENCR_DES_IV64"}, {2, "ENCR_DES"}, {3, "ENCR_3DES"},
	{4, "ENCR_RC5"}, {5, "ENCR_IDEA"}, {6, "ENCR_CAST"}, {7, "ENCR_BLOWFISH"}, {8, "ENCR_3IDEA"},
	{9, "ENCR_DES_IV32"}, {11, "ENCR_NULL"}, {12, "ENCR_AES_CBC"}, {13, "ENCR_AES_CTR"},
	{14, "ENCR_AES_CCM_8"}, {15, "ENCR_AES_CCM_12"}, {16, "ENCR_AES_CCM_16"},
	{18, "ENCR_AES_GCM_8"}, {19, "ENCR_AES_GCM_12"}, {20, "ENCR_AES_GCM_16"},
	{21, "ENCR_NULL_AUTH_AES_GMAC"}, {23, "ENCR_CAMELLIA_CBC"}, {24, "ENCR_CAMELLIA_CTR"},
	{25, "ENCR_CAMELLIA_CCM_8"}, {26, "ENCR_CAMELLIA_CCM_12"}, {27, "ENCR_CAMELLIA_CCM_16"},
	{28, "ENCR_CHACHA20_POLY1305"}};
static const struct name prf2[] = {{0, "PRF_NULL"}, {1, "PRF_HMAC_MD5"}, {2, "PRF_HMAC_SHA1"},
	{3, "PRF_HMAC_TIGER"}, {4, "PRF_AES128_XCBC"}, {5, "PRF_HMAC_SHA2_256"},
	{6, "PRF_HMAC_SHA2_384"}, {7, "PRF_HMAC_SHA2_512"}, {8, "PRF_AES128_CMAC"}};
static const struct name auth2[] = {{0, "NONE"}, {1, "AUTH_HMAC_MD5_96"}, {2, "AUTH_HMAC_SHA1_96"},
	{3, "AUTH_DES_MAC"}, {4, "AUTH_KPDK_MD5"}, {5, "AUTH_AES_XCBC_96"},
	{6, "AUTH_HMAC_MD5_128"}, {7, "AUTH_HMAC_SHA1_160"}, {8, "AUTH_AES_CMAC_96"},
	{9, "AUTH_AES_128_GMAC"}, {10, "AUTH_AES_192_GMAC"}, {11, "AUTH_AES_256_GMAC"},
	{12, "AUTH_HMAC_SHA2_256_128"}, {13, "AUTH_HMAC_SHA2_384_192"},
	{14, "AUTH_HMAC_SHA2_512_256"}};
static const struct name dh2[] = {{0, "None"}, {1, "Modp768"}, {2, "Modp1024"}, {5, "Modp1536"},
	{14, "Modp2048"}, {15, "Modp3072"}, {16, "Modp4096"}, {17, "Modp6144"}, {18, "Modp8192"},
	{19, "Ecp256"}, {20, "Ecp384"}, {21, "Ecp521"}, {22, "Modp1024s160"}, {23, "Modp2048s224"},
	{24, "Modp2048s256"}, {25, "Ecp192"}, {26, "Ecp224"}, {27, "BrainpoolP224r1"},
	{28, "BrainpoolP256r1"}, {29, "BrainpoolP384r1"}, {30, "BrainpoolP512r1"},
	{31, "Curve25519"}, {32, "Curve448"}};
static const struct name esn2[] = {{0, "NoESN"}, {1, "ESN"}};
static const struct name notify2[] = {{1, "UNSUPPORTED_CRITICAL_PAYLOAD"}, {4, "INVALID_IKE_SPI"},
	{5, "INVALID_MAJOR_VERSION"}, {7, "INVALID_SYNTAX"}, {9, "INVALID_MESSAGE_ID"},
	{11, "INVALID_SPI"}, {14, "NO_PROPOSAL_CHOSEN"}, {17, "INVALID_KE_PAYLOAD"},
	{24, "AUTHENTICATION_FAILED"}, {34, "SINGLE_PAIR_REQUIRED"}, {35, "NO_ADDITIONAL_SAS"},
	{36, "INTERNAL_ADDRESS_FAILURE"}, {37, "FAILED_CP_REQUIRED"}, {38, "TS_UNACCEPTABLE"},
	{39, "INVALID_SELECTORS"}, {43, "TEMPORARY_FAILURE"}, {44, "CHILD_SA_NOT_FOUND"},
	{16384, "INITIAL_CONTACT"}, {16385, "SET_WINDOW_SIZE"}, {16386, "ADDITIONAL_TS_POSSIBLE"},
	{16387, "IPCOMP_SUPPORTED"}, {16388, "NAT_DETECTION_SOURCE_IP"},
	{16389, "NAT_DETECTION_DESTINATION_IP"}, {16390, "COOKIE"}, {16391, "USE_TRANSPORT_MODE"},
	{16392, "HTTP_CERT_LOOKUP_SUPPORTED"}, {16393, "REKEY_SA"},
	{16394, "ESP_TFC_PADDING_NOT_SUPPORTED"}, {16395, "NON_FIRST_FRAGMENTS_ALSO"},
	{16404, "MULTIPLE_AUTH_SUPPORTED"}, {16406, "REDIRECT_SUPPORTED"},
	{16430, "IKEV2_FRAGMENTATION_SUPPORTED"}, {16431, "SIGNATURE_HASH_ALGORITHMS"}};

static void put(struct dp_rec *r, const char *key, const char *name, const char *kind, unsigned v)
{
	char text[48];

	snprintf(text, sizeof(text), "%s(%u / 0x%x)", kind, v, v);
	dp_rec_cstr(r, key, name ? name : text);
}

static const char *value_name(const struct ike_attr *a)
{
	const char *name = a->type == 1	 ? FIND(enc1, a->short_value)
			   : a->type == 2  ? FIND(hash1, a->short_value)
			   : a->type == 3  ? FIND(auth1, a->short_value)
			   : a->type == 4  ? FIND(group1, a->short_value)
			   : a->type == 11 ? FIND(life1, a->short_value)
					   : NULL;

	return name ? name : "Unknown";
}

static void put_transform(struct dp_rec *r, struct dp_span v)
{
	struct dp_cur c = dp_cur_of(v.p, v.n);
	uint32_t done = 0; // a key of an object stands once
	struct ike_attr a;

	while (dp_cur_left(&c) && ike_attribute(&c, &a)) {
		const char *name = FIND(attributes, a.type);
		char raw[40];

		if (a.type < 32 && (done >> a.type) & 1)
			continue;
		done |= a.type < 32 ? 1u << a.type : 0;
		name = name ? name : "unknown";
		snprintf(raw, sizeof(raw), "%s_raw", name);
		dp_rec_cstr(r, name, value_name(&a));
		if (a.has_number)
			dp_rec_u64(r, raw, a.number);
		else
			dp_rec_hex(r, raw, a.bytes.p, a.bytes.n);
	}
}

static void put_transforms(struct dp_rec *r, const char *key, const struct ike_tx *tx)
{
	dp_rec_arr(r, key);
	for (unsigned i = 0; i < tx->n_transform; i++) {
		dp_rec_obj(r, "");
		put_transform(r, ike_span(tx, tx->transform[i]));
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void put_side(struct dp_rec *r, const char *key, const struct ike_side *s,
	const struct ike_tx *proposals)
{
	dp_rec_obj(r, key);
	if (s->ke.n) {
		dp_rec_hex(r, "key_exchange_payload", s->ke.p, s->ke.n);
		dp_rec_u64(r, "key_exchange_payload_length", s->ke.n);
	}
	if (s->nonce.n) {
		dp_rec_hex(r, "nonce_payload", s->nonce.p, s->nonce.n);
		dp_rec_u64(r, "nonce_payload_length", s->nonce.n);
	}
	if (proposals && proposals->n_transform)
		put_transforms(r, "proposals", proposals);
	dp_rec_end(r);
}

static void log_first(const struct ike_state *st, const struct ike_tx *tx, struct dp_rec *r)
{
	bool up = tx->tx.only_dir == 1u << SIG_DIR_TO_SERVER, hidden = tx->flags & IKE_F1_ENCRYPTED;

	dp_rec_obj(r, "ikev1");
	if (st->has_doi)
		dp_rec_u64(r, "doi", st->doi);
	dp_rec_bool(r, "encrypted_payloads", hidden);
	if (!hidden) {
		put_side(r, "client", &st->side[SIG_DIR_TO_SERVER], up ? tx : NULL);
		put_side(r, "server", &st->side[SIG_DIR_TO_CLIENT], NULL);
		if (tx->n_vendor)
			dp_rec_arr(r, "vendor_ids");
		for (unsigned i = 0; i < tx->n_vendor; i++) {
			struct dp_span v = ike_span(tx, tx->vendor[i]);

			dp_rec_hex(r, "", v.p, v.n);
		}
		if (tx->n_vendor)
			dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void log_second(const struct ike_tx *tx, struct dp_rec *r)
{
	dp_rec_obj(r, "ikev2");
	dp_rec_u64(r, "errors", tx->errors);
	if (tx->n_notify)
		dp_rec_arr(r, "notify");
	for (unsigned i = 0; i < tx->n_notify; i++)
		put(r, "", FIND(notify2, tx->notify[i]), "NotifyType", tx->notify[i]);
	if (tx->n_notify)
		dp_rec_end(r);
	dp_rec_end(r);
}

static void log_chosen(const struct ike_state *st, const struct ike_tx *tx, struct dp_rec *r)
{
	if (tx->major == 1) {
		const struct ike_side *s = &st->side[SIG_DIR_TO_CLIENT];

		if (s->n_transform)
			put_transform(r, (struct dp_span){s->transform.p, s->transform.n});
		if (tx->tx.only_dir == 1u << SIG_DIR_TO_CLIENT && tx->n_transform > 1)
			put_transforms(r, "server_proposals", tx);
		return;
	}
	if (tx->flags & IKE_F2_INITIATOR) {
		dp_rec_cstr(r, "role", "initiator");
		return;
	}
	dp_rec_cstr(r, "role", "responder");
	put(r, "alg_enc", FIND(enc2, st->alg[IKE2_ENC]), "IkeTransformEncType", st->alg[IKE2_ENC]);
	put(r, "alg_auth", FIND(auth2, st->alg[IKE2_AUTH]), "IkeTransformAuthType",
		st->alg[IKE2_AUTH]);
	put(r, "alg_prf", FIND(prf2, st->alg[IKE2_PRF]), "IkeTransformPRFType", st->alg[IKE2_PRF]);
	put(r, "alg_dh", FIND(dh2, st->alg[IKE2_DH]), "IkeTransformDHType", st->alg[IKE2_DH]);
	put(r, "alg_esn", FIND(esn2, st->alg[IKE2_ESN]), "IkeTransformESNType", st->alg[IKE2_ESN]);
}

void ike_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct ike_tx *tx = (const struct ike_tx *)t;
	const struct ike_state *st = x->a->state;
	const char *verbose;

	dp_rec_u64(r, "version_major", tx->major);
	dp_rec_u64(r, "version_minor", tx->minor);
	dp_rec_cstr(r, "init_spi", tx->spi[0]);
	dp_rec_cstr(r, "resp_spi", tx->spi[1]);
	dp_rec_u64(r, "message_id", tx->msg_id);
	dp_rec_u64(r, "exchange_type", tx->exchange);
	verbose = tx->major == 1 && x->c->app_want & DP_APP_WANT_IKE_EXTENDED
		? FIND(exchanges1, tx->exchange) : NULL;
	if (verbose)
		dp_rec_cstr(r, "exchange_type_verbose", verbose);
	log_chosen(st, tx, r);
	dp_rec_arr(r, "payload");
	for (unsigned i = 0; i < tx->n_payload; i++) {
		const char *name = tx->major == 1 ? FIND(payloads1, tx->payload[i])
						  : FIND(payloads2, tx->payload[i]);

		if (name || tx->major == 2)
			put(r, "", name, "IkePayloadType", tx->payload[i]);
	}
	dp_rec_end(r);
	if (tx->major == 1)
		log_first(st, tx, r);
	else
		log_second(tx, r);
}
