/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Remote framebuffer, VNC's protocol (RFC 6143): one transaction per connection, up to the server's
 * description of its screen; what follows is pictures.
 */
#ifndef DP_APP_RFB_H
#define DP_APP_RFB_H

#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>

#define RFB_TEXT_MAX 4096u /**< of a name or reason that is kept */

enum rfb_progress { RFB_START, RFB_SECTYPE, RFB_RESULT, RFB_DONE };

enum rfb_step {
	RFB_S_SERVER_VERSION, RFB_S_CLIENT_VERSION, RFB_S_TYPES, RFB_S_CHOICE, RFB_S_SERVER_TYPE,
	RFB_S_CHALLENGE, RFB_S_RESPONSE, RFB_S_RESULT, RFB_S_REASON, RFB_S_CLIENT_INIT,
	RFB_S_SERVER_INIT, RFB_S_SKIP,
};

enum rfb_has { /* what has been said */
	RFB_H_SERVER = 1, RFB_H_CLIENT = 2, RFB_H_TYPE = 4, RFB_H_CHALLENGE = 8, RFB_H_RESPONSE = 16,
	RFB_H_RESULT = 32, RFB_H_REASON = 64, RFB_H_SHARED = 128, RFB_H_SCREEN = 256,
};

struct rfb_tx {
	struct dp_tx tx;
	uint16_t has;             /**< enum rfb_has */
	char version[2][7];       /**< by direction: "003" and "008", each with its NUL's place kept */
	uint32_t type, result;
	uint8_t challenge[16], response[16], shared;
	uint16_t width, height;
	uint8_t format[13];       /**< PIXEL_FORMAT without padding (section 7.4) */
	struct dp_bytes name, reason;
};

struct rfb_state {
	struct rfb_tx *tx; /**< NULL: not begun, or freed */
	uint8_t step;      /**< enum rfb_step */
};

void rfb_log(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

#endif
