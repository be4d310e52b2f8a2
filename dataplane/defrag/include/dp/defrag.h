/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IP fragments put together for inspection.
 *
 * Fragments are forwarded as they come, except the one that completes its datagram: that one is
 * judged together with the whole. What is dropped then never completes at the receiver either, and
 * the datagram's identity stays condemned until it would have expired, so that sending the missing
 * piece again does not help. Nothing is held back: a crash while a datagram is incomplete loses no
 * packet, and no fragment waits.
 *
 * Overlaps. Inline (conf.inline_mode): fragments of one datagram that overlap with other bytes, or
 * in other pieces, are an evasion and condemn it (RFC 5722, RFC 8200 4.5 say so for IPv6; no honest
 * IPv4 sender does it either). An exact repetition is forwarded. Passive: the receiver's system
 * decides whose bytes count (dp/os_policy.h), as with the peer.
 *
 * Memory: account DP_MEM_DEFRAG. One instance per worker, used on its thread only.
 */
#ifndef DP_DEFRAG_H
#define DP_DEFRAG_H

#include <dp/ctx.h>

/** Most fragments of one datagram; more condemn it inline and end its reassembly else. A 64 KiB
 *  datagram over an MTU of 576 has 120. */
#define DP_DEFRAG_MAX_FRAGMENTS 1024u

enum dp_defrag_rc {
	DP_DEFRAG_WAIT, /**< incomplete: let the fragment pass, inspect its headers only */
	DP_DEFRAG_DONE, /**< *datagram holds the whole: inspect it, then call dp_defrag_judged */
	DP_DEFRAG_DROP, /**< p->verdict and reason are set */
};

struct dp_defrag;

/** Allocated in the worker's arena. -ENOMEM. */
int dp_defrag_create(struct dp_ctx *ctx, struct dp_defrag **d);
void dp_defrag_destroy(struct dp_ctx *ctx, struct dp_defrag *d);

/**
 * p is a decoded fragment (DP_PF_FRAG). *datagram: an IP packet without fragmentation, borrowed
 * until the next call. Sets defragmentation events on p.
 */
enum dp_defrag_rc dp_defrag_packet(
	struct dp_defrag *d, struct dp_ctx *ctx, struct dp_pkt *p, struct dp_span *datagram);
/** The verdict on the datagram that the last DONE handed out. */
void dp_defrag_judged(struct dp_defrag *d, struct dp_ctx *ctx, bool dropped);
/** Forget what has expired, at most `budget` datagrams. */
void dp_defrag_expire(struct dp_defrag *d, struct dp_ctx *ctx, unsigned budget);
/** Forget everything (end of a capture). */
void dp_defrag_clear(struct dp_defrag *d, struct dp_ctx *ctx);
uint32_t dp_defrag_count(const struct dp_defrag *d);

#endif
