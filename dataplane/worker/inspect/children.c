/* SPDX-License-Identifier: Apache-2.0 */
#include "parent.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void pa_fault(struct pa *pa, const char *what, const char *fmt, ...)
{
	struct dp_ev_fault ev = {.head = {.type = DP_EV_FAULT, .version = DP_EV_VERSION}};
	va_list ap;

	ev.c.ts_ns = dp_wall_ns();
	snprintf(ev.what, sizeof(ev.what), "%s", what);
	va_start(ap, fmt);
	vsnprintf(ev.detail, sizeof(ev.detail), fmt, ap);
	va_end(ap);
	dp_ev_ring_put(dp_seg_parent_ring(pa->seg), &ev.head, sizeof(ev));
	in_log("warning", what, "%s", ev.detail);
}

static void spawn(struct pa *pa, unsigned slot, uint64_t now_ns)
{
	struct pa_child *c = &pa->child[slot];
	struct in_worker *w = pa->worker[slot];
	int pid;

	c->proc = dp_seg_proc_claim(pa->seg, DP_ROLE_WORKER, slot);
	if (c->proc == NULL) {
		c->not_before_ns = now_ns + DP_NS_PER_S;
		in_log("error", "too_many_processes", "limit=%u", DP_MAX_PROCS);
		return;
	}
	c->id = c->proc->id;
	c->proc->parent = pa->id;
	w->proc = c->proc;
	memcpy(w->epoch, pa->epoch, sizeof(w->epoch));
	pid = fork();
	if (pid == 0)
		in_worker_run(w, &pa->opt);
	if (pid < 0) {
		in_log("error", "fork_failed", "slot=%u error=\"%s\"", slot, strerror(errno));
		__atomic_store_n(&c->proc->id, 0, __ATOMIC_RELEASE);
		return;
	}
	c->pid = pid;
	c->forked_ns = now_ns;
}

void pa_spawn_due(struct pa *pa, uint64_t now_ns)
{
	for (unsigned s = 0; s < pa->seg->n_slots; s++) {
		struct pa_child *c = &pa->child[s];

		if (c->pid != 0 || now_ns < c->not_before_ns)
			continue;
		spawn(pa, s, now_ns);
	}
}

unsigned pa_alive(const struct pa *pa)
{
	unsigned n = 0;

	for (unsigned s = 0; s < pa->seg->n_slots; s++)
		n += pa->child[s].pid != 0;
	return n;
}

void pa_signal_all(struct pa *pa, int sig)
{
	for (unsigned s = 0; s < pa->seg->n_slots; s++)
		if (pa->child[s].pid != 0)
			kill(pa->child[s].pid, sig);
}

/** Too many of its own faults in a short time: the guard forwards while we wait. */
static void trip(struct pa *pa, unsigned slot, uint64_t now_ns)
{
	struct pa_child *c = &pa->child[slot];
	unsigned limit = pa->opt.faults;
	uint64_t oldest;

	if (limit == 0)
		return;
	c->fault_ns[c->n_faults++ % limit] = now_ns;
	oldest = c->fault_ns[c->n_faults % limit];
	if (c->n_faults < limit || now_ns - oldest > PA_WINDOW_NS) {
		if (now_ns - c->not_before_ns > 10 * PA_WINDOW_NS)
			c->pause_ns = 0;
		return;
	}
	c->pause_ns = c->pause_ns == 0 ? PA_PAUSE_NS : 2 * c->pause_ns;
	if (c->pause_ns > 30 * PA_PAUSE_NS)
		c->pause_ns = 30 * PA_PAUSE_NS;
	c->not_before_ns = now_ns + c->pause_ns;
	c->n_faults = 0;
	pa->seg->breaker_trips++;
	__atomic_store_n(&pa->seg->breaker_until_ns, c->not_before_ns, __ATOMIC_RELEASE);
	pa_fault(pa, "breaker_open", "slot=%u faults=%u pause_s=%llu: the guard forwards", slot, limit,
			(unsigned long long)(c->pause_ns / DP_NS_PER_S));
}

static void child_ended(struct pa *pa, unsigned slot, int status)
{
	struct pa_child *c = &pa->child[slot];
	uint64_t now = dp_mono_ns();
	uint64_t id = __atomic_load_n(&c->proc->id, __ATOMIC_ACQUIRE);
	uint32_t signo = id == c->id || id == 0 ? c->proc->fault_signal : 0;

	c->pid = 0;
	if (pa->link != NULL)
		dp_range_link_end(pa->link, slot);
	// A guard that is gone cannot clear the entry of its dead.
	if (id == c->id && now - __atomic_load_n(&pa->seg->guard_beat_ns, __ATOMIC_RELAXED) >
			DP_NS_PER_S)
		__atomic_store_n(&c->proc->id, 0, __ATOMIC_RELEASE);
	if (pa->stop)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return; // asked to be renewed
	if (WIFSIGNALED(status))
		pa->seg->crashes++;
	pa->seg->restarts++;
	in_log("warning", "worker_died", "slot=%u signal=%d own_fault=%u lived_ms=%llu", slot,
			WIFSIGNALED(status) ? WTERMSIG(status) : 0, signo,
			(unsigned long long)((now - c->forked_ns) / 1000000));
	// Somebody's kill -9 is no reason to stop restarting; the worker's own doing is.
	if (signo != 0 || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		trip(pa, slot, now);
}

void pa_reap(struct pa *pa)
{
	int status, pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned s = 0; s < pa->seg->n_slots; s++)
			if (pa->child[s].pid == pid)
				child_ended(pa, s, status);
}
