/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bringing one image into force: published in the mailbox, awaited from every worker, given up by
 * name. Pure: the caller feeds what the shared segment says and the time; it posts and answers.
 */
#ifndef CTL_ACTIVATION_H
#define CTL_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ctl_act_state {
	CTL_ACT_IDLE,
	CTL_ACT_WAITING,
	CTL_ACT_DONE,    /**< every worker runs it (or there is none: the next one will) */
	CTL_ACT_REFUSED, /**< one said why not */
	CTL_ACT_LATE,    /**< one did not answer in time */
};

/** A worker, or the parent that opens images for its workers. */
struct ctl_act_worker {
	int pid;
	unsigned slot;
	bool parent;      /**< only its refusal matters */
	uint64_t adopted; /**< mailbox generation in force */
	uint64_t failed;  /**< last one refused */
	const char *error;
};

struct ctl_activation {
	enum ctl_act_state state;
	uint64_t mail;       /**< mailbox generation awaited */
	uint32_t image;      /**< image generation of the store */
	uint64_t posted_ns, deadline_ns, done_ns;
	unsigned workers, adopted; /**< as of the last step */
	char why[256];       /**< who does not run it, and why */
};

void ctl_activation_begin(struct ctl_activation *a, uint64_t mail, uint32_t image, uint64_t now_ns,
	uint64_t wait_ns);
enum ctl_act_state ctl_activation_step(struct ctl_activation *a, const struct ctl_act_worker *w,
	size_t n, uint64_t now_ns);

/** Delay before the next start of a program that keeps ending, and when to stop trying. */
struct ctl_backoff {
	unsigned failures;      /**< ends in short order */
	uint64_t last_start_ns; /**< 0: never */
	uint64_t open_until_ns; /**< breaker: no start before */
	unsigned trips;
};

#define CTL_BACKOFF_FIRST_MS 50u
#define CTL_BACKOFF_MAX_MS 5000u
#define CTL_BREAKER_FAILURES 8u
#define CTL_BREAKER_S 60u
#define CTL_STEADY_S 30u /**< a program that ran this long begins afresh */

/** It ended: milliseconds until it may start again. */
unsigned ctl_backoff_ended(struct ctl_backoff *b, uint64_t now_ns);

#endif
