/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DNS over UDP and TCP, and multicast DNS. A transaction is one message, kept as it came; names and
 * records are read from it when they are asked for.
 */
#ifndef DP_APP_DNS_H
#define DP_APP_DNS_H

#include "../bytes.h"
#include <dp/app.h>

#define DNS_NAME_MAX 1025u  /* longer names are cut (the peer's limit) */
#define DNS_HOPS_MAX 255u   /* compression pointers followed for one name */
#define DNS_LABELS_MAX 255u
#define DNS_QR 0x8000u
#define DNS_AA 0x0400u
#define DNS_TC 0x0200u
#define DNS_RD 0x0100u
#define DNS_RA 0x0080u
#define DNS_Z 0x0040u

enum dns_type {
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_NULL = 10, DNS_PTR = 12,
	DNS_HINFO = 13, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_SRV = 33, DNS_OPT = 41,
	DNS_SSHFP = 44, DNS_NSEC = 47,
};

enum dns_section { DNS_QUERIES, DNS_ANSWERS, DNS_AUTHORITIES, DNS_ADDITIONALS, DNS_SECTIONS };

enum dns_name_flags { DNS_NF_CUT = 1, DNS_NF_LOOP = 2, DNS_NF_LABELS = 4 };

struct dns_name {
	uint8_t b[DNS_NAME_MAX];
	uint32_t n;
	unsigned flags; /**< enum dns_name_flags */
};

struct dns_rr {
	uint8_t section;     /**< enum dns_section */
	uint32_t name;       /**< offset in the message */
	uint16_t type, klass;
	uint32_t ttl;
	uint32_t data;       /**< offset of RDATA */
	uint16_t data_n;
};

struct dns_walk {
	const uint8_t *msg;
	uint32_t n, pos;
	uint16_t count[DNS_SECTIONS];
	uint8_t section;
	uint16_t index;
	bool bad;            /**< stopped at something that is no record */
	bool bad_opt;        /**< an OPT record whose options do not fit it (RFC 6891 section 6.1.2) */
	unsigned name_flags; /**< of all names passed */
};

/** Of a TCP connection. */
struct dns_state {
	bool lost[2]; /**< bytes are missing: the next message must be found */
};

struct dns_tx {
	struct dp_tx tx;
	struct dp_bytes msg;
	struct dp_bytes last; /**< name that a buffer call returned */
	uint16_t id, flags;
	uint16_t count[DNS_SECTIONS];
};

/** False when shorter than a header. */
bool dns_walk_init(struct dns_walk *w, const uint8_t *msg, uint32_t n);
bool dns_walk_next(struct dns_walk *w, struct dns_rr *rr);
/** Dotted text of the name at `off`; returns the offset after it, 0 when there is none. */
uint32_t dns_name_read(const uint8_t *msg, uint32_t n, uint32_t off, struct dns_name *out);
/** Offset of a name inside RDATA (CNAME, NS, PTR, MX, SOA, SRV), 0 when the type has none. */
uint32_t dns_rdata_name(const struct dns_rr *rr);

/** Keep a sound message of one direction, as the parser does. False: it is none, nothing is kept. */
bool dns_tx_fill(struct dp_ctx *c, struct dns_tx *tx, const uint8_t *p, uint32_t n, enum sig_dir d);
void dns_tx_release(struct dp_ctx *c, struct dns_tx *tx);
bool dns_is_buffer(enum sig_buffer b);
enum dp_buf_state dns_buffer(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_buffer b,
	enum sig_dir dir, uint32_t instance, struct dp_span *out);
bool dns_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n, enum sig_dir dir,
	uint32_t instance, uint64_t *out);
void dns_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);
void mdns_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
