/* SPDX-License-Identifier: Apache-2.0 */
/** Between feeding a flow (feed.c) and finding out what it speaks (protocol.c). */
#ifndef DP_APP_FEED_H
#define DP_APP_FEED_H

#include <dp/app.h>

/** Of dp_app_flow.proto_news. */
#define DP_NEWS_BOTH (1u << SIG_DIR_TO_SERVER | 1u << SIG_DIR_TO_CLIENT)

/** Protocol of this direction; true when its bytes may go to the parser. */
bool dp_feed_detect(struct dp_app_ctx *x, const struct dp_app_in *in);
/** Both directions tried and nothing found, or one has run on alone for too long. */
bool dp_feed_bail(struct dp_app_ctx *x);
/** Start the parser of `proto`. */
bool dp_feed_adopt(struct dp_app_ctx *x, enum sig_proto proto);
/** To what the parser asked for (dp_app_change): a new protocol from here on. */
void dp_feed_change(struct dp_app_ctx *x);
/** Exchange client and server: the first packet seen was an answer. Datagrams only. */
void dp_feed_swap(struct dp_app_ctx *x, struct dp_pkt *p);
/** The parser gave up: what is open will see no more. */
void dp_feed_fail(struct dp_app_ctx *x);
/** No protocol fits, or not the one that was expected. */
void dp_feed_give_up(struct dp_app_ctx *x);

#endif
