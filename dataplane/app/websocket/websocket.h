/* SPDX-License-Identifier: Apache-2.0 */
/**
 * WebSocket (RFC 6455) after its upgrade from HTTP/1, with permessage-deflate (RFC 7692): a
 * transaction per frame. Messages in several frames are put together in the last one's.
 */
#ifndef DP_APP_WEBSOCKET_H
#define DP_APP_WEBSOCKET_H

#include "../bytes.h"
#include <dp/app.h>
#include <zlib.h>

#define WS_TX_MAX 1024u /**< live transactions of a flow: more frames are read and not kept */

enum { WS_FIN = 0x80, WS_PACKED = 0x40, WS_CONTROL = 0x08 }; /* first byte */

struct ws_tx {
	struct dp_tx tx;
	uint8_t head;           /**< the frame's first byte: flags and opcode */
	bool masked;
	uint32_t mask;
	struct dp_bytes payload; /**< unmasked; of a last frame: the whole message, unpacked */
};

struct ws_side {
	uint64_t skip;         /**< of a payload over the limit */
	struct dp_bytes parts; /**< a message under way */
	bool open, packed;     /**< parts: begun; compressed */
	bool z_open;
	z_stream z;
};

struct ws_state {
	struct ws_side side[2];
};

/* payload.c */
/** A frame's unmasked payload stands in tx->payload; *limit: it did not all fit. */
void ws_payload(struct dp_app_ctx *x, struct ws_side *s, struct ws_tx *tx, bool *limit);
void ws_side_free(struct dp_ctx *c, struct ws_side *s);

#endif
