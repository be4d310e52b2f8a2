/* SPDX-License-Identifier: Apache-2.0 */
/** Envelopes: what stands before the innermost IP header, and how it is mended for another load. */
#ifndef DP_RESPOND_ENVELOPE_H
#define DP_RESPOND_ENVELOPE_H

#include <dp/packet.h>

#define ENVELOPE_MAX 96u /**< as dp_flow.env; longer stacks get no response (counted) */

/** What the bytes are, outermost first: enum dp_layer_type of the first header. */
struct envelope {
	uint8_t bytes[ENVELOPE_MAX];
	uint32_t len;
	bool ethernet; /**< false: raw IP capture, nothing before the IP header */
};

/** Turn an envelope seen in one direction into one for the other: swap MACs and outer addresses. */
void envelope_mirror(struct envelope *e);

/**
 * Write the lengths and checksums of the outer headers in frame[0..env_len) for a frame of
 * frame_len bytes. False when the envelope holds a header this cannot rewrite.
 */
bool envelope_fit(uint8_t *frame, uint32_t env_len, uint32_t frame_len, bool ethernet);

#endif
