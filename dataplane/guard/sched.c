/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's place among the programs of the machine. While workers forward it sleeps, and must have
 * a processor at once when one of them dies, however busy the machine is: real-time priority. While it
 * forwards it never sleeps, and must leave workers, which start meanwhile, their share: after a moment
 * it is an ordinary program of high priority again.
 */
#include "guard.h"

#include <plat/priority.h>

/** Forwarding for so long is no takeover but a state. */
#define URGENT_NS (5 * GD_MS)

static void set_urgent(struct gd *g, bool on)
{
	if (g->urgent == on || g->not_urgent)
		return;
	if (!on) {
		plat_priority_high();
	} else if (plat_priority_realtime() < 0) {
		// Not allowed (a container, a unit without the right): the nice value has to do.
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
