/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SSL and TLS up to the point where everything is encrypted: hellos, certificates, alerts,
 * heartbeats. One transaction per flow.
 */
#ifndef DP_APP_TLS_H
#define DP_APP_TLS_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define TLS_HANDSHAKE_MAX 524288u /* longest message kept; longer ones are skipped */
#define TLS_CERTS_MAX 16u
#define TLS_NAMES_MAX 65536u      /* bytes of subject alternative names kept */

/** Progress, to the server and to the client. */
enum tls_ts { TLS_TS_START, TLS_TS_HELLO, TLS_TS_CERT, TLS_TS_HANDSHAKE, TLS_TS_DONE };
enum tls_tc {
	TLS_TC_START, TLS_TC_HELLO, TLS_TC_CERT, TLS_TC_HELLO_DONE, TLS_TC_HANDSHAKE, TLS_TC_DONE
};

struct tls_cert {
	struct dp_bytes subject, issuer, serial; /**< as text */
	struct dp_bytes names;                   /**< u16 length and bytes of each */
	struct dp_bytes chain;                   /**< DER of all: u32 length and bytes of each */
	uint32_t chain_n;
	char fingerprint[60];                    /**< SHA-1 of the first, colons */
	int64_t not_before, not_after;           /**< seconds since the epoch */
	bool seen;
	bool odd_date;                           /**< a time that is not in GMT */
};

struct tls_side {
	struct dp_bytes hs;       /**< handshake message under construction */
	uint32_t hs_skip;         /**< bytes of an overlong message still to come */
	bool hs_unknown;          /**< ... or of one of unknown kind, at most to the end of its record */
	bool hs_more;             /**< something follows the message at hand in its record */
	uint32_t record_left;     /**< bytes of the current record still to come */
	uint8_t record_type;
	bool cipher;              /**< change cipher spec or application data seen */
	uint16_t record_version;
	uint16_t version;         /**< its own: offered first, or agreed to */
	bool bad_version;         /**< ... which is none, and that was told */
	uint8_t random[32];
	bool has_random;
	struct dp_bytes session_id;
	struct dp_bytes alpn;     /**< u8 length and bytes of each */
	struct dp_bytes ja3;
	char ja3_hash[33];
	struct tls_cert cert;
};

struct tls_tx {
	struct dp_tx tx;
	struct tls_side side[2];
	struct dp_bytes sni;
	struct dp_bytes sigs;     /**< signature algorithms offered, u16 each (WANT_TLS_HELLO) */
	uint16_t best_version;    /**< highest offered */
	char ja4[40];
	uint16_t version;         /**< as negotiated, or as offered while nothing was */
	bool server_hello, resumed, client_hello, ticket;
	bool may_resume;          /**< the client knows session tickets */
	bool v13;
	bool cert_asked;          /**< the server wants the client's certificate */
	bool sni_tried;
	bool beat;                /**< a heartbeat waits for its answer */
	uint8_t beat_dir;         /**< who sent it */
	uint32_t beat_len;        /**< length of its record, when it is encrypted */
	uint8_t messages;         /**< SIG_SSLS_* seen so far */
};

/** Handshake bodies (hello.c). */
void tls_client_hello(struct dp_app_ctx *x, struct tls_tx *t, struct dp_cur c);
void tls_server_hello(struct dp_app_ctx *x, struct tls_tx *t, struct dp_cur c);
bool tls_grease(uint16_t v);
bool tls_version_known(uint16_t v); /**< SSL 2 to TLS 1.3, drafts 16 to 28 of it */

/** The beginning of a heartbeat record of `record` bytes (heartbeat.c). */
void tls_heartbeat(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, struct dp_span s,
	uint32_t record);

/** What JA4 is made of (ja4.c; FoxIO's description). Also used for QUIC. */
struct tls_ja4 {
	uint16_t version;
	bool sni;
	uint8_t alpn[2];
	uint16_t cipher[128], ext[128], sig[128];
	unsigned n_cipher, n_ext, n_sig; /**< counts without GREASE; beyond 128 only counted */
};
void tls_ja4_text(const struct tls_ja4 *j, char lead, char out[40]);

/** certificate_list of a Certificate message (cert.c). */
void tls_certificates(struct dp_app_ctx *x, struct tls_tx *t, enum sig_dir d, struct dp_cur c);

enum dp_buf_state tls_buffer(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out);
bool tls_number(const struct dp_app_ctx *x, struct dp_tx *tx, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out);
/** Everything known, for alerts; and for the session's record, when there is something to report. */
void tls_log_alert(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
void tls_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
/** A handshake message of this type has been seen whole. */
void tls_note_message(struct tls_tx *t, enum sig_dir d, uint8_t type);
/** ssl_version and ssl_state. */
int tls_test(const struct dp_app_ctx *x, struct dp_tx *tx, unsigned kind, enum sig_dir dir,
	const void *arg, uint32_t arg_len);
/** The `index`th length-prefixed item (prefix of 1, 2 or 4 bytes). */
/** Item at *at, which moves behind it. */
bool tls_next(const struct dp_bytes *b, unsigned prefix, uint32_t *at, struct dp_span *out);
bool tls_item(const struct dp_bytes *b, unsigned prefix, uint32_t index, struct dp_span *out);

#endif
