/* SPDX-License-Identifier: Apache-2.0 */
/**
 * TCP: session tracking and in-order data.
 *
 * Two ways to judge data (conf.inline_mode). Inline: a segment's data counts on arrival, in order,
 * the first copy wins, and what differs later is replaced or dropped. Passive: data counts once
 * the receiver acknowledged it (what the peer does on captures). Either way the two readers, the
 * protocol parsers (app) and signatures on raw data (raw), each consume at their own pace from one
 * copy that this room keeps until both have passed it.
 *
 * Offsets are bytes since the first byte after the SYN, 64 bits, never wrapping.
 */
#ifndef DP_STREAM_H
#define DP_STREAM_H

#include <dp/flow.h>

struct dp_tcp;

/** Handle one TCP packet: state, sequence checks, reassembly. Sets p->flags, p->events, and
 *  p->verdict where policy wants it (stream errors inline). f = p->flow, not NULL. */
void dp_stream_packet(struct dp_ctx *ctx, struct dp_flow_table *t, struct dp_pkt *p);

enum dp_stream_flags {
	DP_SF_EOF = 1 << 0,   /**< nothing will follow */
	DP_SF_GAP = 1 << 1,   /**< `gap` bytes are missing before the data */
	DP_SF_DEPTH = 1 << 2, /**< depth reached: nothing more is kept */
	DP_SF_START = 1 << 3, /**< data begins at offset 0 */
	DP_SF_ASIDE = 1 << 4, /**< raw: shown once more, or ahead of a hole; nothing is done with it */
};

struct dp_stream_view {
	struct dp_span data; /**< contiguous; valid until the next call that changes the flow */
	uint64_t off;        /**< stream offset of data.p[0] */
	uint32_t gap;        /**< bytes lost before it (flag GAP) */
	uint32_t flags;
	/** With GAP, to the parser: bytes right before the hole that it was shown and had not consumed.
	 *  They are counted in `gap`, and not shown again. */
	struct dp_span head;
};

/** What the parser of `dir` has not consumed yet. False: nothing new since the last look. */
bool dp_stream_app_view(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir,
	struct dp_stream_view *v);
/** The parser is done with `n` more bytes (and the gap, when one was reported). */
void dp_stream_app_consume(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir, uint32_t n);
/** Let the next view show again what was shown and not consumed (the other direction has since
 *  told what it is). */
void dp_stream_app_again(struct dp_flow *f, enum sig_dir dir);
/** No parser will ever read this direction again: do not keep data for one. */
void dp_stream_app_off(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir);

/**
 * What raw signatures should look at now in `dir`, given this packet: new data preceded by up to a
 * window of what was there before (`*fresh` = offset within data of the first byte not inspected
 * before). Passive: collected until chunk_ts/chunk_tc bytes, or the end, or `flush`.
 */
bool dp_stream_raw_view(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir,
	struct dp_stream_view *v, uint32_t *fresh);
/** Copy what is kept of `dir` and counts, from the oldest byte that is still to be looked at, to show
 *  it with an alert; holes read "[N bytes missing]". Bytes written, at most cap. */
uint32_t dp_stream_copy(const struct dp_ctx *ctx, const struct dp_flow *f, enum sig_dir dir,
	uint8_t *out, uint32_t cap);
void dp_stream_raw_done(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir, uint64_t upto);
/** Ask that the next raw view deliver what there is (a transaction completed: the peer's trigger). */
void dp_stream_raw_flush(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir);
/** Raw inspection of this direction is not wanted any more (depth, encrypted, bypass): what has come
 *  and was not shown yet still is, nothing that comes later. */
void dp_stream_raw_off(struct dp_ctx *ctx, struct dp_flow *f, enum sig_dir dir);

/** Bytes of this direction count for inspection up to here (acknowledged ones, inline all). */
uint64_t dp_stream_edge(const struct dp_ctx *ctx, const struct dp_flow *f, enum sig_dir dir);
/** Same, acknowledged or not. */
uint64_t dp_stream_end(const struct dp_flow *f, enum sig_dir dir);
/** What the parser of this direction has consumed. UINT64_MAX: it reads no more. */
uint64_t dp_stream_app_offset(const struct dp_flow *f, enum sig_dir dir);
/** Kept bytes at `off`, or the first run behind it, up to `edge`. False: none. */
bool dp_stream_at(const struct dp_flow *f, enum sig_dir dir, uint64_t off, uint64_t edge,
	struct dp_stream_view *v);
/** Keep bytes from `off` on although both readers have passed them. UINT64_MAX: no more. */
void dp_stream_hold(struct dp_flow *f, enum sig_dir dir, uint64_t off);

/** How far raw views of `dir` have reached, before or after dp_stream_rescan: bytes before this were
 *  shown to whoever looked then. */
uint64_t dp_stream_raw_shown(const struct dp_flow *f, enum sig_dir dir);
/** New generation: let raw signatures see the retained window again. */
void dp_stream_rescan(struct dp_ctx *ctx, struct dp_flow *f);

/** Numbers for a reset. Host order. */
struct dp_stream_rst {
	uint32_t seq_to_server, ack_to_server; /**< next byte that server expects / client acked */
	uint32_t seq_to_client, ack_to_client;
	uint16_t win;
};
void dp_stream_reset_numbers(const struct dp_flow *f, const struct dp_pkt *p,
	struct dp_stream_rst *out);

enum dp_tcp_state dp_stream_state(const struct dp_flow *f);
uint64_t dp_stream_bytes(const struct dp_flow *f, enum sig_dir dir); /**< for stream_size */
void dp_stream_flow_log(const struct dp_flow *f, struct dp_ev_flow *ev);
/** Bytes per direction to keep for inspection from now on; 0 without limit (protocol limits). */
void dp_stream_set_depth(struct dp_flow *f, uint32_t bytes);
/** Has `dir` sent bytes that lie behind that limit? */
bool dp_stream_depth_reached(const struct dp_flow *f, enum sig_dir dir);
/** The flow ends: views from now on show all that arrived, acknowledged or not. */
void dp_stream_flush(struct dp_flow *f);
/** Is there data in `dir` that one of the readers has not seen? */
bool dp_stream_unread(const struct dp_flow *f, enum sig_dir dir);
/** Has the receiver acknowledged bytes of `dir` that its parser was not shown: a hole, known or to be? */
bool dp_stream_acked_unread(const struct dp_flow *f, enum sig_dir dir);
/** Is there something for dp_stream_raw_view? */
bool dp_stream_raw_pending(const struct dp_ctx *ctx, const struct dp_flow *f, enum sig_dir dir);
/** Client and server change places, in session and flow (met in the middle, the first to speak was
 *  the server). The caller turns the packet in hand. */
void dp_stream_swap(struct dp_flow *f);
/** Release what hangs on the flow. */
void dp_stream_free(struct dp_ctx *ctx, struct dp_flow *f);

#endif
