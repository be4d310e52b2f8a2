/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DCE/RPC as it stands on the wire (C706 chapter 12, MS-RPCE section 2.2.2), for the parsers that
 * meet it: TCP and UDP (dcerpc.c) and SMB named pipes (../smb). Also what signatures ask of it:
 * interface, operation number, stub data.
 */
#ifndef DP_APP_DCE_H
#define DP_APP_DCE_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define DP_DCE_HDR 16u                   /**< common header of connection-oriented PDUs */
#define DP_DCE_STUB_MAX (1024u * 1024u)  /**< stub bytes kept per direction of a call */

enum dp_dce_type {
	DP_DCE_REQUEST = 0,
	DP_DCE_RESPONSE = 2,
	DP_DCE_FAULT = 3,
	DP_DCE_BIND = 11,
	DP_DCE_BINDACK = 12,
	DP_DCE_BINDNAK = 13,
	DP_DCE_ALTER = 14,
	DP_DCE_ALTER_RESP = 15,
	DP_DCE_AUTH3 = 16,
};

#define DP_DCE_FIRST 0x01u
#define DP_DCE_LAST 0x02u
#define DP_DCE_OBJECT 0x80u

struct dp_dce_hdr {
	uint8_t ver, ver_minor, type, flags;
	bool le;
	uint16_t frag_len, auth_len;
	uint32_t call_id;
};

struct dp_dce_iface {
	uint8_t uuid[16]; /**< in the order it is written */
	uint16_t ctx, ver, ver_minor;
	uint16_t result, reason;
	bool acked;
};

/** Interfaces offered by the last BIND, in its order. Array on the slab, account APP. */
struct dp_dce_ifaces {
	struct dp_dce_iface *v;
	uint16_t n, cap;
	bool known; /**< a BIND was seen */
};

/** 0, or -EAGAIN (fewer than 16 bytes), -EBADMSG. Consumes the header. */
int dp_dce_header(struct dp_cur *c, struct dp_dce_hdr *h);
/** Body of BIND or ALTER_CONTEXT. BIND replaces the list, ALTER_CONTEXT extends it. */
int dp_dce_bind(struct dp_ctx *c, struct dp_cur *body, const struct dp_dce_hdr *h,
	struct dp_dce_ifaces *l);
/** Body of BINDACK or ALTER_CONTEXT_RESP: results go to the interfaces not answered so far. */
int dp_dce_bindack(struct dp_cur *body, const struct dp_dce_hdr *h, struct dp_dce_ifaces *l);
void dp_dce_ifaces_free(struct dp_ctx *c, struct dp_dce_ifaces *l);

/** "REQUEST", "BINDACK", ...; "UNKNOWN". */
const char *dp_dce_type_name(unsigned type);
/** 36 characters and NUL, lower case; `u` in written order. */
void dp_uuid_text(const uint8_t u[16], char out[37]);
/** GUID as Windows stores it (first three groups little endian) into written order. */
void dp_uuid_swap(const uint8_t in[16], uint8_t out[16]);

/** Members uuid and version of one entry of the array "interfaces". */
void dp_dce_log_iface(struct dp_rec *r, const struct dp_dce_iface *i);

/** Does the call in context `ctx` use an accepted interface that dce_iface asks for? `arg` is the
 *  option's image form (struct sig_img_dce_iface). */
bool dp_dce_iface_match(const struct dp_dce_ifaces *l, uint16_t ctx, const void *arg,
	uint32_t arg_len);

extern const struct dp_app_desc dp_app_dcerpc;

#endif
