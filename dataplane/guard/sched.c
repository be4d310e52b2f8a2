/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's place among the programs of the machine. While workers forward it sleeps, and must have
 * a processor at once when one of them dies, however busy the machine is: real-time priority. While it
 * forwards it never sleeps, and must leave workers, which start meanwhile, their share: after a moment
 * it is an ordinary program of high priority again.
 */
#include "guard.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Forwarding for so long is no takeover but a state. */
#define URGENT_NS (20 * GD_MS)

static void set_urgent(struct gd *g, bool on)
{
	// struct sched_attr, which glibc does not have. The last but two: turns of 0.5 ms, for which the
	// scheduler (EEVDF; ignored before Linux 6.12) lets a program in sooner when it wakes.
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = {.size = sizeof(attr), .policy = SCHED_OTHER, .nice = -20, .runtime = 500000};

	if (g->urgent == on || g->not_urgent)
		return;
	if (on) {
		attr.policy = SCHED_FIFO;
		attr.priority = 1;
		attr.nice = 0;
		attr.runtime = 0;
	}
	// Where it is not allowed (a container, a unit without the right) the nice value has to do.
	if (syscall(SYS_sched_setattr, 0, &attr, 0) < 0) {
		g->not_urgent = true;
		gd_log("notice", "no_realtime", "hint=\"a takeover may wait for other programs; give the "
			"guard CAP_SYS_NICE and a real-time limit\"");
		return;
	}
	g->urgent = on;
}

void gd_sched_watch(struct gd *g, bool forwarding, uint64_t now_ns)
{
	if (!forwarding) {
		g->forwarding_ns = 0;
		set_urgent(g, true);
	} else if (g->forwarding_ns == 0) {
		g->forwarding_ns = now_ns;
	} else if (now_ns - g->forwarding_ns > URGENT_NS) {
		set_urgent(g, false);
	}
}
