/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Frames: a parser says where a piece of its protocol begins and how long it is; signatures
 * (`frame:NAME`) look at the bytes as the stream keeps them, event records print them.
 *
 * Names are in sig/frame.h: a protocol that wants frames adds its names there and calls
 * dp_frame_add() while it parses; nothing else is to be done. Calls cost nothing when neither a
 * signature nor an event output asks for that frame.
 *
 * A frame lives from dp_frame_add() until its last byte was there for inspection and the parser
 * has moved on. Bytes are not copied: the stream keeps up to DP_FRAME_KEEP bytes behind the newest
 * for each direction that has frames; what has gone by then is printed as missing. At most
 * DP_FRAMES_MAX live frames per direction, more are counted (app_layer.frames_lost) and left out.
 * Worker thread only.
 */
#ifndef DP_FRAME_H
#define DP_FRAME_H

#include <dp/app.h>
#include <sig/frame.h>

#define DP_FRAMES_MAX 256u
#define DP_FRAME_KEEP 8192u
/** Passive: a frame that is not whole yet is looked at again when so many more bytes came. Inline:
 *  so many bytes are shown again with each new piece. The peer's numbers. */
#define DP_FRAME_CHUNK 2500u
/** Inline: signatures of which a frame that is under way remembers what was found. */
#define DP_FRAME_NOTES 4u

/** Detection: a signature whose search was found in a frame, and up to where it was told of. */
struct dp_frame_note {
	uint64_t told; /**< bytes of the frame that were there then; 0: not told */
	uint32_t sig, generation;
	uint8_t layer, pad[7];
};

struct dp_frame {
	uint64_t off;   /**< of the first byte: in the stream, or in the datagram */
	int64_t len;    /**< -1: not known yet */
	uint64_t tx_id; /**< UINT64_MAX: none */
	uint64_t seen;  /**< detection: bytes from off it has looked at */
	uint64_t edge;  /**< detection: what counted when it last looked */
	uint32_t id;    /**< from 1, per direction */
	uint8_t type;   /**< enum sig_frame */
	bool logged, ended; /**< ended: detection was told that nothing follows */
	bool crowded;       /**< detection: something found was not noted: all is searched again */
	uint8_t notes;
	uint64_t rules_ns;  /**< detection: since when the rules hold that have searched it */
	struct dp_frame_note note[DP_FRAME_NOTES];
};

/** Hangs on dp_app_flow.frames once a flow has one. */
struct dp_frames {
	struct {
		struct dp_frame *f; /**< oldest first */
		uint16_t n, cap;
		uint32_t last_id;
		uint32_t stream_id; /**< of the frame that is the stream itself; 0: not made */
	} dir[2];
};

/**
 * A frame begins `rel` bytes into in->data and is `len` bytes long (-1: not known yet). Returns its
 * id for the calls below, 0 when nobody wants it or there is no room. The same frame reported again
 * (a parser that waits for more is shown its bytes again) keeps its id.
 */
uint32_t dp_frame_add(struct dp_app_ctx *x, const struct dp_app_in *in, enum sig_frame type,
	uint32_t rel, int64_t len);
/** Its length has become known: `len` bytes from its start. id 0 is allowed, as below. */
void dp_frame_length(struct dp_app_ctx *x, enum sig_dir dir, uint32_t id, int64_t len);
/** It ends where `rel` bytes of in->data do. */
void dp_frame_end(struct dp_app_ctx *x, const struct dp_app_in *in, uint32_t id, uint32_t rel);
/** It belongs to this transaction: alerts on it show that, too. */
void dp_frame_tx(struct dp_app_ctx *x, enum sig_dir dir, uint32_t id, const struct dp_tx *tx);

/** For the room: the stream frame of `in`'s direction, made at its first data. */
void dp_frame_stream(struct dp_app_ctx *x, const struct dp_app_in *in);
/** Write records that are due, forget what is done. After detection, for the packet's direction. */
void dp_frames_settle(struct dp_app_ctx *x);
/** Forget all (the protocol ends). */
void dp_frames_free(struct dp_app_ctx *x);

/** For detection and alerts. */
const struct dp_frame *dp_frame_by_id(const struct dp_app_flow *a, enum sig_dir dir, uint32_t id);
/** Member `frame` of an alert on it. */
void dp_frame_tree(struct dp_ctx *ctx, const struct dp_pkt *p, uint32_t id, struct dp_rec *r);

#endif
