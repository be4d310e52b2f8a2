/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one narrow interface between the engine and whatever moves packets.
 *
 * The loop that owns the ports (DPDK poll loop, or replay over a capture) receives a burst, fills
 * struct dp_pkt, calls dp_worker_burst(), then sends or frees each buffer by its verdict. The
 * engine itself needs only what is below: buffers for packets it makes, and a way to send them
 * or a packet that it had held. Calls are made from the worker's thread only; none may block.
 */
#ifndef DP_IO_H
#define DP_IO_H

#include <stdint.h>

struct dp_io {
	void *ctx;
	/** A buffer of at least `len` bytes, or NULL. *data points at its first byte. */
	void *(*alloc)(void *ctx, uint8_t wire, uint32_t len, uint8_t **data);
	/** Give back a buffer that was not sent. */
	void (*free)(void *ctx, void *buf);
	/**
	 * Send out of `side` of `wire`; takes the buffer whatever happens. `len` bytes at its data.
	 * Returns 0 or -ENOBUFS (freed, to be counted by the caller).
	 */
	int (*send)(void *ctx, uint8_t wire, uint8_t side, void *buf, uint32_t len);
	/**
	 * Hand on what is in the event ring, now, on this thread. Only replay has it (reader and writer
	 * are one thread there, so nothing may be lost); NULL on a wire, where a full ring loses events.
	 */
	void (*drain)(void *ctx);
};

#endif
