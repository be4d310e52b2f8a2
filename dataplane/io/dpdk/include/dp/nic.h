/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What sekisho must know about DPDK drivers and buffer pools to survive the death of the process
 * that was inside them.
 *
 * Thread: all functions are for the process that owns the queue at that moment (the guard, after
 * it has taken it); none is called per packet.
 */
#ifndef DP_NIC_H
#define DP_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;

/** How a receive queue is put in order after a process died inside its driver. */
enum dp_nic_repair {
	DP_NIC_NOTHING, /**< the driver keeps no buffer between calls (net_memif copies) */
	DP_NIC_TAP,     /**< net_tap: the chain of receive buffers is built anew */
	DP_NIC_RESTART, /**< stop and start the queue; needs the driver's runtime queue support */
};

struct dp_nic_driver {
	const char *name;     /**< as rte_eth_dev_info.driver_name */
	bool secondary;       /**< a secondary process can poll its queues */
	enum dp_nic_repair repair;
	const char *instead;  /**< when !secondary: what to use in its place */
};

/** EAL's word for one thread that may run on `list` (NULL: on every CPU this process may use), into
 *  `out`. */
void dp_nic_lcores(char *out, size_t size, const char *list);
/** NULL: a driver nobody has tried. */
const struct dp_nic_driver *dp_nic_driver(const char *name);

/* --- pools ---------------------------------------------------------------------------------- */

/**
 * A pool with exactly one owner at a time: the process that owns the slot. Its ring is single
 * producer, single consumer, so a process killed inside it blocks nobody; after such a death the
 * pool is rebuilt.
 */
struct dp_pool {
	struct rte_mempool *mp;
	struct rte_mbuf **all; /**< every buffer, by address order of the pool */
	uint32_t n;
};

/** Shared memory private area of each buffer (rte_mbuf_to_priv). */
struct dp_mbuf_priv {
	uint32_t held_at; /**< index in the slot's held table, or DP_NOT_HELD */
	uint32_t pad;
};
#define DP_NOT_HELD UINT32_MAX

#define DP_MBUF_ROOM 2048u /**< data bytes of one segment; longer frames take several */

/** 0 or -errno. The name must be unique in the EAL. */
int dp_pool_create(const char *name, uint32_t buffers, int socket, struct dp_pool *pool);
/** Every buffer free again, whoever held it; the caller has made sure that nobody does. */
void dp_pool_reset(struct dp_pool *pool);
/** Buffers free now. */
uint32_t dp_pool_free(const struct dp_pool *pool);
/** Every buffer is in the ring or in `held[]` exactly once: 0, else how many are missing (> 0) or
 * seen twice (< 0). Takes all out of the ring and puts them back. */
int dp_pool_audit(struct dp_pool *pool, struct rte_mbuf *const *held, uint32_t n_held);

/* --- net_tap -------------------------------------------------------------------------------- */

/**
 * net_tap keeps a chain of receive buffers in a private structure. Killed between two of its
 * stores, the chain and the addresses given to the kernel disagree, and the next packet would land
 * in a buffer that belongs to somebody else. The structure is found by what must be in it (pool,
 * chain, vector of addresses, all checked against each other), so another layout is noticed and
 * refused rather than guessed at.
 */
struct dp_tap_queue {
	struct rte_mbuf **chain; /**< where the driver keeps the head of its chain */
	void *iovecs;            /**< struct iovec[1 + n] */
	uint16_t n;              /**< buffers in the chain */
};

/** After the queue was set up, before the first packet. -EPROTO: not the layout we know. */
int dp_tap_find(uint16_t port, uint16_t queue, const struct dp_pool *pool, struct dp_tap_queue *q);
/** Give the driver fresh buffers from the (just reset) pool. -ENOBUFS. */
int dp_tap_refill(const struct dp_tap_queue *q, struct dp_pool *pool);
/** The buffers that the driver holds, for audits. Returns how many were written. */
uint32_t dp_tap_held(const struct dp_tap_queue *q, struct rte_mbuf **out, uint32_t max);

/**
 * net_tap claims 1,522 bytes as its largest frame although the kernel takes and gives up to 64 KiB;
 * it compares each packet with the port's MTU. Raise that limit for one queue, leaving the kernel
 * interface's MTU to whoever runs it. -EPROTO: the place was not recognised, 1,500 stays.
 */
int dp_tap_allow_mtu(uint16_t port, uint16_t queue, uint16_t mtu);

/** Keep net_tap from asking the kernel for a signal per packet: around rte_eal_init and port start. */
void dp_tap_no_signals_begin(void);
void dp_tap_no_signals_end(void);
/** Descriptor of the kernel interface behind a tap, found by name in this process; -ENOENT. */
int dp_tap_fd(const char *iface);
/** Is the kernel interface administratively up? In whatever network namespace it is now. */
bool dp_tap_is_up(int fd);
/** Set or clear carrier on the kernel's side. 0 or -errno. */
int dp_tap_carrier(int fd, bool on);

#endif
