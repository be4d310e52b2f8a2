/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Telling the service manager that we are ready and alive (SOURCE: sd_notify(3), systemd 252).
 *
 *     struct plat_notify n;
 *     plat_notify_open(&n);                  // once, before forking
 *     plat_notify_ready(&n);
 *     for (;;) { ...; plat_notify_alive(&n, now_ns); }
 *
 * Without a service manager every call is a comparison and a return. One thread.
 */
#ifndef PLAT_NOTIFY_H
#define PLAT_NOTIFY_H

#include <stdint.h>

struct plat_notify {
	int fd;               /**< connected datagram socket, -1: nobody asked */
	uint64_t interval_ns; /**< half of WATCHDOG_USEC; 0: no watchdog for this process */
	uint64_t next_ns;
};

/** Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; a socket that cannot be used is as none. */
void plat_notify_open(struct plat_notify *n);
void plat_notify_ready(struct plat_notify *n);
/** Cheap: sends nothing before half of the watchdog's time is over. now_ns: any monotonic clock. */
void plat_notify_alive(struct plat_notify *n, uint64_t now_ns);
void plat_notify_close(struct plat_notify *n);

#endif
