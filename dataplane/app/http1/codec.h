/* SPDX-License-Identifier: Apache-2.0 */
/** Content codings: what a message names (encoding.c), and undoing it (decode.c). */
#ifndef DP_APP_HTTP1_CODEC_H
#define DP_APP_HTTP1_CODEC_H

#include "http1.h"

enum coding { CODING_GZIP, CODING_DEFLATE, CODING_BROTLI, CODING_LZMA };

/** Words of the value in order of application, at most HTTP_LAYERS_MAX; the last is undone first. */
unsigned http_codings(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, struct dp_span v,
	uint8_t *list);
/** By HTTP/1's number; a message of HTTP/2 has its own names for two of them, and none for the rest. */
void http_codec_event(struct dp_app_ctx *x, struct http_tx *t, enum sig_dir d, unsigned event);

#endif
