/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <plat/priority.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_lcore.h>

/** Rounds without a packet before the first nap; naps grow from the one to the other. */
#define SPIN_ROUNDS 100
#define NAP_MIN_NS 20000
#define NAP_MAX_NS 150000
/** Where the kernel wakes us for a packet, a nap only has to keep the guard's watchdog content. */
#define WAIT_NS 1000000
/** Engine housekeeping and looks at the world, at least this often under load. */
#define CHORES_NS 1000000

static volatile sig_atomic_t ending;

static void on_term(int sig)
{
	(void)sig;
	ending = 1;
}

/** Is our parent still the one whose workers count? */
static bool is_active(const struct in_worker *w)
{
	return __atomic_load_n(&w->seg->active_parent, __ATOMIC_ACQUIRE) == w->proc->parent;
}

/** A port was connected anew: its memory must be mapped before the fork, so we are of no use. */
static bool is_stale(const struct in_worker *w)
{
	for (unsigned i = 0; i < w->n_wires; i++)
		for (unsigned side = 0; side < 2; side++)
			if (w->renewed[i][side] &&
					w->seg->wire[i].port[side].epoch != w->epoch[i][side])
				return true;
	return false;
}

static void beat(struct in_worker *w, uint64_t now_ns)
{
	__atomic_store_n(&w->proc->beat_ns, now_ns, __ATOMIC_RELAXED);
	w->proc->loops++;
}

static void nap(struct in_worker *w, uint64_t ns)
{
	struct timespec t = {0, (long)ns};
	struct pollfd p[2 * DP_MAX_WIRES];
	uint64_t from = dp_mono_ns();

	for (unsigned i = 0; i < w->n_wait; i++)
		p[i] = (struct pollfd){.fd = w->wait_fd[i], .events = POLLIN};
	if (w->n_wait > 0)
		ppoll(p, w->n_wait, &t, NULL);
	else
		nanosleep(&t, NULL);
	w->proc->idle_ns += dp_mono_ns() - from;
}

/** The guard takes the slot from a dead process at once and in order: leaving is that simple. */
static _Noreturn void leave(struct in_worker *w)
{
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		in_image_save(&w->current[i]);
	_exit(0);
}

/** Without the slot: say that we would like it, and wait. */
static void stand_back(struct in_worker *w)
{
	uint64_t none = 0;
	struct timespec t = {0, 50000};

	if (!is_active(w) || ending)
		leave(w);
	__atomic_store_n(&w->proc->state, DP_WS_READY, __ATOMIC_RELEASE);
	if (__atomic_load_n(&w->slot->candidate, __ATOMIC_RELAXED) != w->id)
		__atomic_compare_exchange_n(&w->slot->candidate, &none, w->id, false, __ATOMIC_ACQ_REL,
				__ATOMIC_RELAXED);
	in_opener_poll(w);
	nanosleep(&t, NULL);
}

static void chores(struct in_worker *w, uint64_t now_ns)
{
	dp_worker_idle(w->engine, dp_wall_ns());
	in_opener_poll(w);
	in_stats_publish(w, now_ns);
	if (!is_active(w))
		__atomic_store_n(&w->proc->state, DP_WS_RETIRING, __ATOMIC_RELEASE);
	if (ending || is_stale(w))
		leave(w);
}

static void loop(struct in_worker *w)
{
	uint64_t chores_ns = 0, pause = NAP_MIN_NS;
	unsigned quiet = 0;
	bool away = false;

	for (;;) {
		uint64_t now = dp_mono_ns();
		bool some = false, mine = in_owner(w);

		beat(w, now);
		if (mine && away)
			dp_worker_blind(w->engine);
		away = false;
		for (unsigned i = 0; mine && i < 2 * w->n_wires; i++) {
			enum in_result r = in_burst(w, i / 2, i % 2);

			some |= r == IN_SOME;
			mine = r != IN_LOST;
		}
		if (mine)
			mine = in_flush(w) != IN_LOST;
		if (!mine) {
			stand_back(w);
			away = true;
			continue;
		}
		if (now - chores_ns >= CHORES_NS) {
			chores_ns = now;
			chores(w, now);
		}
		if (some) {
			quiet = 0;
			pause = NAP_MIN_NS;
		} else if (++quiet > SPIN_ROUNDS) {
			nap(w, w->n_wait > 0 ? WAIT_NS : pause);
			pause = pause * 2 < NAP_MAX_NS ? pause * 2 : NAP_MAX_NS;
		}
	}
}

static void pin(const struct in_options *o, unsigned index)
{
	const char *p = o->cpus;
	cpu_set_t set;

	for (unsigned i = 0; p != NULL && i < index; i++) {
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	if (p == NULL)
		return;
	CPU_ZERO(&set);
	CPU_SET(atoi(p), &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		in_log("warning", "not_pinned", "cpu=%d", atoi(p));
}

void in_worker_run(struct in_worker *w, const struct in_options *o)
{
	struct sigaction sa = {.sa_handler = on_term};
	sigset_t none;
	char name[16];

	snprintf(name, sizeof(name), "inspect/%u", w->index);
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_TIMERSLACK, 1);
	plat_priority_high();
	pin(o, w->index);
	// A fork inherits the parent's lcore id; two workers with one would share per-lcore state.
	RTE_PER_LCORE(_lcore_id) = w->seg->first_lcore + w->index;
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	in_leave_ipc();
	w->id = w->proc->id;
	w->proc->pid = getpid();
	in_life_begin(w);
	in_fault_handlers(w);
	in_stats_begin(w);
	if (w->link != NULL)
		dp_worker_link(w->engine, w->link);
	w->proc->settings = w->settings;
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		in_image_count(w, i, &w->current[i]);
		w->proc->layer[i].adopted = w->current[i].generation;
	}
	if (in_opener_start(w) < 0) {
		in_log("error", "no_opener", "hint=\"rule sets cannot be activated\"");
		_exit(1);
	}
	loop(w);
	_exit(0);
}
