/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The condemned table: flows and hosts that have been judged, in shared memory, enforced by the
 * workers and, while no worker forwards, by the guard: fail-open does not release what was caught.
 *
 * Any number of writers, any number of readers, no lock. A writer claims a slot with one
 * compare-and-swap and publishes it with one store; killed in between, it leaves one claimed slot
 * that every reader skips and dp_table_sweep frees. Readers copy and check the slot's state word
 * before and after, so they never act on a half-written entry.
 *
 * A key is looked for in DP_TABLE_PROBE neighbouring slots and nowhere else; when these are full
 * dp_table_put fails (-ENOSPC), which the caller counts.
 */
#ifndef DP_CONDEMNED_H
#define DP_CONDEMNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DP_TABLE_PROBE 16u

enum dp_key_kind { DP_KEY_FLOW = 1, DP_KEY_HOST };

/** What is known about a key. */
enum dp_act { DP_ACT_NONE, DP_ACT_DROP, DP_ACT_BYPASS };

/**
 * A flow, both directions alike (the endpoints stand in canonical order), or a host (addr[0]).
 * Unused bytes are zero: keys are compared and hashed as bytes. Always the outermost IP header, so
 * that the guard, which knows no tunnels, computes the same key as a worker.
 */
struct dp_key {
	uint8_t kind; /**< enum dp_key_kind */
	uint8_t ip_ver;
	uint8_t proto;
	uint8_t n_vlan;
	uint16_t vlan[2]; /**< ids, outermost first, host order */
	/** Host order; 0 without ports (fragments after the first too). ICMP: the type that the endpoint
	 *  sends in this exchange, so that a condemned ping takes no other kind of message along. */
	uint16_t port[2];
	uint8_t addr[2][16]; /**< network order; IPv4 in the first four bytes */
};

struct dp_table;

struct dp_table_entry {
	struct dp_key key;
	uint8_t act;          /**< enum dp_act */
	uint8_t reason;       /**< enum dp_reason that led to it */
	uint16_t writer;
	uint32_t tag;         /**< sid of the signature, 0 without */
	uint64_t expires_ns;  /**< wall clock; UINT64_MAX: never */
};

/** Bytes for a table of `slots` (a power of two >= DP_TABLE_PROBE). */
size_t dp_table_bytes(uint32_t slots);
/** Format `mem` (64-byte aligned, zeroed). -EINVAL: slots not a power of two. */
int dp_table_init(void *mem, uint32_t slots, struct dp_table **t);
/** Check a table that somebody else formatted; NULL when it is not one. */
struct dp_table *dp_table_at(void *mem, size_t bytes);

/**
 * Add or replace. `writer` tells who, for dp_table_sweep: 0 control, 1 guard, 2 + n worker slot n.
 * 0, or -ENOSPC. Wait-free but for the bounded probe: fit for the packet path.
 */
int dp_table_put(struct dp_table *t, const struct dp_table_entry *e, uint64_t now_ns);
/** 0, or -ENOENT. */
int dp_table_del(struct dp_table *t, const struct dp_key *k);
enum dp_act dp_table_get(const struct dp_table *t, const struct dp_key *k, uint64_t now_ns);
/**
 * The packet path's question: the flow itself, then either host. `flow` as dp_key_of_frame made
 * it. Costs one load while the table is empty. A DROP of a host wins over a BYPASS of the flow.
 */
enum dp_act dp_table_check(const struct dp_table *t, const struct dp_key *flow, uint64_t now_ns);
/** Nothing was ever put: the caller may skip making a key. */
bool dp_table_idle(const struct dp_table *t);
/** Free slots claimed by a writer that died half-way. Call only when it is dead. */
unsigned dp_table_sweep(struct dp_table *t, uint16_t writer);
/** Remove everything that `writer` put, or of every writer when it is UINT16_MAX. */
unsigned dp_table_clear(struct dp_table *t, uint16_t writer);
uint32_t dp_table_slots(const struct dp_table *t);
/** Entry in slot i, for listings. False: none, or expired. */
bool dp_table_entry(const struct dp_table *t, uint32_t i, uint64_t now_ns,
	struct dp_table_entry *e);

/** Flow key from its parts; a, b and ports in packet order, host order ports. */
void dp_key_flow(struct dp_key *k, uint8_t ip_ver, uint8_t proto, const uint8_t *src,
	const uint8_t *dst, uint16_t sport, uint16_t dport, const uint16_t *vlan, uint8_t n_vlan);
/** The ICMP type that answers `type` or is answered by it (RFC 792, 4443, 4861, 4620); 0: none, as for
 *  errors. proto: 1 or 58. */
uint8_t dp_icmp_counterpart(uint8_t proto, uint8_t type);
void dp_key_host(struct dp_key *k, uint8_t ip_ver, const uint8_t *addr);

/**
 * The flow key of an Ethernet frame: up to two VLAN tags, IPv4 or IPv6 with extension headers.
 * Hostile bytes; reads within `len` only. -ENOENT: not IP, or cut short.
 * `*payload_off` (may be NULL) receives where the bytes after the L4 header begin.
 */
int dp_key_of_frame(struct dp_key *k, const uint8_t *frame, uint32_t len, uint32_t *payload_off);

/**
 * Digest of what a packet carries, to recognise it when sent again from elsewhere: the payload
 * after the L4 header, or the whole frame when it is not IP. 0 is never returned.
 */
uint64_t dp_payload_digest(const uint8_t *frame, uint32_t len);

#endif
