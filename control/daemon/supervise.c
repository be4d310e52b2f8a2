/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Guard and inspection kept running, when asked to. One that runs already is adopted, found by the
 * shared segment and watched by its pidfd: our own restart touches neither.
 */
#include "daemon.h"

#include <ctl/program.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 64

static void start(struct daemon *d, struct program *p);

static void exec_program(const struct program *p)
{
	char path[512], *args = strdup(p->args), *save = NULL;
	char *argv[MAX_ARGS + 2];
	size_t argc = 0;
	sigset_t none;

	ctl_program_path(p->name, path, sizeof(path));
	argv[argc++] = path;
	for (char *w = strtok_r(args, " ", &save); w != NULL && argc < MAX_ARGS;
			w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid(); // it outlives us
	execvp(path, argv);
	_exit(127);
}

static struct daemon *owner; // of the two programs' timers

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	start(owner, arg);
}

static void again(struct program *p, unsigned ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

	evtimer_add(p->timer, &tv);
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct program *p = arg;
	unsigned trips = p->backoff.trips, ms = ctl_backoff_ended(&p->backoff, dp_mono_ns());
	int status = 0;

	if (!p->adopted)
		waitpid(p->pid, &status, WNOHANG);
	log_warn("msg=\"%s ended\" pid=%d %s=%d again_ms=%u", p->name, p->pid,
		WIFSIGNALED(status) ? "signal" : "exit",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), ms);
	if (p->backoff.trips != trips)
		log_warn("msg=\"%s keeps ending: the breaker is open\" seconds=%u", p->name,
			CTL_BREAKER_S);
	event_free(p->ended);
	p->ended = NULL;
	close(p->pidfd);
	p->pid = 0;
	again(p, ms);
}

/** The process that is there already, 0: none. */
static pid_t running(const struct daemon *d, const struct program *p)
{
	if (d->seg == NULL)
		return 0;
	if (p == &d->guard)
		return segment_alive(d->seg->guard_pid) ? d->seg->guard_pid : 0;
	for (unsigned i = 0; i < DP_MAX_PROCS; i++) {
		const struct dp_proc *q = &d->seg->proc[i];

		if (q->id && q->role == DP_ROLE_PARENT && q->id == d->seg->active_parent &&
				segment_alive(q->pid))
			return q->pid;
	}
	return 0;
}

static void watch(struct daemon *d, struct program *p)
{
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (p->pidfd < 0) {
		p->pid = 0;
		again(p, 1000);
		return;
	}
	p->ended = event_new(d->base, p->pidfd, EV_READ, on_ended, p);
	event_add(p->ended, NULL);
}

static void start(struct daemon *d, struct program *p)
{
	segment_watch(d);
	p->pid = running(d, p);
	p->adopted = p->pid != 0;
	// Inspection attaches to a guard; without one it would only end again.
	if (p->pid == 0 && p == &d->inspect && (d->seg == NULL || !segment_alive(d->seg->guard_pid))) {
		again(p, 100);
		return;
	}
	if (p->pid == 0) {
		p->pid = fork();
		if (p->pid == 0)
			exec_program(p);
		if (p->pid < 0) {
			p->pid = 0;
			again(p, 1000);
			return;
		}
		p->starts++;
	}
	p->backoff.last_start_ns = dp_mono_ns();
	log_info("msg=\"%s %s\" pid=%d", p->name, p->adopted ? "adopted" : "started", p->pid);
	watch(d, p);
}

static void begin(struct daemon *d, struct program *p, const char *name, const char *args)
{
	*p = (struct program){.name = name, .args = args, .pidfd = -1};
	if (args == NULL)
		return;
	p->timer = evtimer_new(d->base, on_timer, p);
	start(d, p);
}

void supervise_start(struct daemon *d)
{
	owner = d;
	begin(d, &d->guard, "sekisho-guard", d->opt.guard_args);
	begin(d, &d->inspect, "sekisho-inspect", d->opt.inspect_args);
}

/** Our end is not theirs. */
void supervise_stop(struct daemon *d)
{
	struct program *all[] = {&d->guard, &d->inspect};

	for (unsigned i = 0; i < 2; i++) {
		if (all[i]->ended != NULL)
			event_free(all[i]->ended);
		if (all[i]->timer != NULL)
			event_free(all[i]->timer);
	}
}
