/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whose bytes win where segments or fragments overlap depends on who receives them. A site names its
 * hosts' systems by address (`host-os-policy` of the peer); passive inspection follows. Inline nobody
 * has to guess: the receiver gets what was inspected, or nothing.
 */
#ifndef DP_OS_POLICY_H
#define DP_OS_POLICY_H

#include <dp/packet.h>

struct dp_conf;

/** In the order of dp_os_name. */
enum dp_os {
	DP_OS_BSD,
	DP_OS_BSD_RIGHT,
	DP_OS_OLD_LINUX,
	DP_OS_LINUX,
	DP_OS_OLD_SOLARIS,
	DP_OS_SOLARIS,
	DP_OS_HPUX10,
	DP_OS_HPUX11,
	DP_OS_IRIX,
	DP_OS_MACOS,
	DP_OS_WINDOWS,
	DP_OS_VISTA,
	DP_OS_WINDOWS2K3,
	DP_OS_FIRST, /**< not a system: the first copy wins */
	DP_OS_LAST,
	DP_OS__COUNT,
};

/** Names as the peer's configuration writes them. */
extern const char *const dp_os_name[DP_OS__COUNT];

/** One network and what its hosts run. */
struct dp_os_net {
	union dp_addr addr; /**< network order; IPv4 in the first four bytes */
	uint8_t ver, bits;  /**< 4 or 6; length of the prefix */
	uint8_t os;         /**< enum dp_os */
};

/** What the host at `addr` runs: the longest prefix of the site that holds it, else its default. */
enum dp_os dp_os_of(const struct dp_conf *conf, uint8_t ver, const union dp_addr *addr);

#endif
