/* SPDX-License-Identifier: Apache-2.0 */
/** The parent: attached once, forks and restarts the workers, touches no packet. */
#ifndef PARENT_H
#define PARENT_H

#include "inspect.h"

/** So many own faults (struct in_options) within the window, and restarts pause. */
#define PA_WINDOW_NS (10 * DP_NS_PER_S)
#define PA_PAUSE_NS (10 * DP_NS_PER_S)

struct pa_child {
	int pid; /**< 0: none */
	struct dp_proc *proc;
	uint64_t id; /**< of that entry, which the guard clears and another parent may claim */
	uint64_t forked_ns;
	uint64_t fault_ns[IN_FAULTS_MAX]; /**< of its last own faults, a ring */
	unsigned n_faults;
	uint64_t not_before_ns; /**< breaker open until then */
	uint64_t pause_ns;      /**< grows with each trip */
};

struct pa {
	struct dp_seg *seg;
	struct dp_proc *self;
	uint64_t id;
	struct in_options opt;
	char **argv;
	struct dp_shared_state *shared; /**< NULL: it could not be mapped, each worker has its own */
	struct dp_range_link *link;     /**< NULL: files in ranges are joined by each worker alone */
	struct in_worker *worker[DP_MAX_SLOTS]; /**< prepared engines, inherited by each fork */
	struct pa_child child[DP_MAX_SLOTS];
	struct in_image image[DP_LAYER__COUNT];
	uint32_t epoch[DP_MAX_WIRES][2]; /**< of links whose memory is mapped */
	int signal_fd;
	bool stop;
};

/* children.c */
void pa_spawn_due(struct pa *pa, uint64_t now_ns);
void pa_reap(struct pa *pa);
/** Children that still live. */
unsigned pa_alive(const struct pa *pa);
void pa_signal_all(struct pa *pa, int sig);
/** A DP_EV_FAULT record in the parent's ring, and a log line. */
void pa_fault(struct pa *pa, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
