/* SPDX-License-Identifier: Apache-2.0 */
/**
 * QUIC: what a passive observer can read. Initial packets are decrypted (RFC 9001 section 5,
 * RFC 9369 for version 2, drafts 23 to 34), their CRYPTO frames put together, and the TLS hello
 * inside is read. Google's QUIC up to Q046 carries its hello in the clear.
 * A transaction per packet with a long header. Private to the folder.
 */
#ifndef DP_APP_QUIC_H
#define DP_APP_QUIC_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define QUIC_V1 0x00000001u
#define QUIC_V2 0x6b3343cfu
#define QUIC_PACKET_MAX 2048u  /**< Initial packets larger than that are not decrypted */
#define QUIC_CRYPTO_MAX 16384u /**< bytes of one hello */
#define QUIC_RANGES 32u        /**< pieces of a hello that may be apart */
#define QUIC_CYU_MAX 8u

enum quic_type { QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_VERSIONS,
	QUIC_SHORT };

struct quic_header {
	enum quic_type type;
	uint32_t version;
	bool is_long;
	uint8_t first;
	struct dp_span dcid;
	uint32_t payload; /**< offset of what follows the header, packet number included */
	uint32_t len;     /**< bytes of it that belong to this packet */
};

/** One direction's Initial keys. */
struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/** CRYPTO stream of one direction. */
struct quic_crypto {
	struct dp_bytes data;
	uint16_t from[QUIC_RANGES], to[QUIC_RANGES];
	unsigned n;
};

struct quic_cyu {
	struct dp_bytes text;
	char hash[33];
};

struct quic_tx {
	struct dp_tx tx;
	char version[12];       /**< as events print it */
	uint8_t raw_version[4]; /**< as it stood in the packet */
	bool is_version;        /**< it was in a long header, or is one of Google's */
	struct dp_bytes sni, ua;
	struct dp_bytes ja3;  /**< JA3 of a client's, JA3S of a server's hello */
	char ja3_hash[33], ja4[40];
	/** Extensions: u16 type, u16 count of values, each value u16 length and bytes. */
	struct dp_bytes exts;
	struct quic_cyu cyu[QUIC_CYU_MAX];
	unsigned n_cyu;
	uint8_t dir;
};

struct quic_state {
	bool have_keys;
	bool retried; /**< a client follows one Retry, no more (RFC 9000 section 17.2.5.2) */
	struct quic_keys keys[2];
	struct quic_crypto crypto[2];
	bool hello[2];
};

/** A number of 1 to 8 bytes (RFC 9000 section 16). */
uint64_t quic_varint(struct dp_cur *c);
/** 0, or -1: not a QUIC header. */
int quic_header_read(struct dp_span d, struct quic_header *h);
bool quic_is_google(uint32_t version);
void quic_version_name(uint32_t version, char out[12]);

/** False: no salt is known for that version. */
bool quic_keys_derive(uint32_t version, struct dp_span dcid, struct quic_keys keys[2]);
/** Decrypts packet->payload..; `out` has room for h->len bytes. Length, or -1. */
int quic_decrypt(const struct quic_keys *k, const struct quic_header *h, struct dp_span packet,
	uint8_t *out);

/** Frames of one packet into the transaction. -1: malformed. */
int quic_frames(struct dp_app_ctx *x, struct quic_state *s, struct quic_tx *tx,
	uint32_t version, struct dp_span d);
/** A whole handshake message; true when it was a hello. */
bool quic_hello(struct dp_app_ctx *x, struct quic_tx *tx, struct dp_span msg);

void quic_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r);

extern const struct dp_app_desc dp_app_quic;

#endif
