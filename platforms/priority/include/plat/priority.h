/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A place before other programs, for those that the wire waits for.
 *
 * All of it is a request: where it is not allowed, nothing changes and nothing fails.
 */
#ifndef PLAT_PRIORITY_H
#define PLAT_PRIORITY_H

/**
 * Nice -20 for the calling thread, and turns of half a millisecond: the scheduler (EEVDF) lets such a
 * program in sooner when something wakes it, or its end. Kernels before 6.12 ignore that part.
 */
void plat_priority_high(void);

/** Real-time priority, the lowest there is. 0 or -errno; plat_priority_high() ends it. */
int plat_priority_realtime(void);

/**
 * The nice value of the calling program's session. With automatic groups (sched(7), Debian's default)
 * every session gets an equal share, and the nice values of programs count within theirs only.
 * Does nothing in a session that somebody else leads: a shell is not to be favoured.
 */
void plat_priority_session(void);

#endif
