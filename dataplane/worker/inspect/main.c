/* SPDX-License-Identifier: Apache-2.0 */
#include "parent.h"

#include <errno.h>
#include <plat/notify.h>
#include <plat/priority.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <rte_eal.h>

/** How long to wait for a guard before giving up. */
#define GUARD_WAIT_NS (20 * DP_NS_PER_S)
/** The parent looks at the mailbox and the links so often; deaths of children wake it at once. */
#define LOOK_MS 20

static int wait_for_guard(const struct in_options *o, struct dp_seg **seg)
{
	uint64_t until = dp_mono_ns() + GUARD_WAIT_NS;
	int rc;

	while ((rc = dp_seg_open(o->run_dir, seg)) == -ENOENT && dp_mono_ns() < until)
		poll(NULL, 0, 20);
	if (rc == 0 && dp_mono_ns() - (*seg)->guard_beat_ns > 5 * DP_NS_PER_S)
		rc = -ESTALE;
	if (rc < 0)
		in_log("error", "no_guard", "run_dir=%s error=\"%s\"", o->run_dir, strerror(-rc));
	return rc;
}

static bool parent_lives(struct dp_seg *seg, uint64_t id)
{
	const struct dp_proc *p = dp_seg_proc(seg, id);
	struct pollfd ended = {.events = POLLIN};
	int n;

	if (p == NULL || p->pid <= 0)
		return false;
	ended.fd = pidfd_open(p->pid, 0);
	if (ended.fd < 0)
		return false;
	// Readable: it has ended, even if nobody has collected its status yet.
	n = poll(&ended, 1, 0);
	close(ended.fd);
	return n == 0;
}

/**
 * A former parent that is stopped (SIGSTOP, a debugger) reads no request of DPDK's: after a few, whoever
 * sends to all processes waits for it for ever, and nobody can attach. Its workers need it no more.
 */
static void end_if_stopped(int pid)
{
	struct pollfd ended = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	char path[32], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f != NULL && fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && (state == 'T' || state == 't') &&
			ended.fd >= 0 && pidfd_send_signal(ended.fd, SIGKILL, NULL, 0) == 0) {
		in_log("warning", "stopped_parent_ended", "pid=%d", pid);
		poll(&ended, 1, 1000);
	}
	if (f != NULL)
		fclose(f);
	if (ended.fd >= 0)
		close(ended.fd);
}

/** Become the parent whose workers count. Workers of the former one retire when ours are ready. */
static int claim(struct pa *pa)
{
	uint64_t was = __atomic_load_n(&pa->seg->active_parent, __ATOMIC_ACQUIRE);

	if (parent_lives(pa->seg, was) && !pa->opt.replace) {
		in_log("error", "already_running", "pid=%d hint=\"use --replace to take over from it\"",
				dp_seg_proc(pa->seg, was)->pid);
		return -EEXIST;
	}
	if (parent_lives(pa->seg, was))
		end_if_stopped(dp_seg_proc(pa->seg, was)->pid);
	pa->self = dp_seg_proc_claim(pa->seg, DP_ROLE_PARENT, 0);
	if (pa->self == NULL) {
		in_log("error", "too_many_processes", "limit=%u", DP_MAX_PROCS);
		return -EAGAIN;
	}
	pa->id = pa->self->id;
	pa->self->pid = getpid();
	return 0;
}

static void map_links(struct pa *pa)
{
	bool again = false;

	in_ports_map(pa->seg);
	for (unsigned w = 0; w < pa->seg->n_wires; w++) {
		for (unsigned side = 0; side < 2; side++) {
			const struct dp_seg_port *p = &pa->seg->wire[w].port[side];
			uint32_t now = __atomic_load_n(&p->epoch, __ATOMIC_RELAXED);

			if (pa->epoch[w][side] == now)
				continue;
			// The driver maps only once: a second connection needs a new attachment.
			again |= pa->epoch[w][side] != 0 && strcmp(p->driver, "net_memif") == 0;
			pa->epoch[w][side] = now;
		}
	}
	if (again) {
		in_log("notice", "attach_anew", "reason=\"a port was connected again\"");
		pa->self->beat_ns = 0;
		execv("/proc/self/exe", pa->argv);
	}
}

/** Keep the engines that forks inherit up to date with the mailbox. */
static void look_at_mail(struct pa *pa)
{
	for (unsigned s = 0; s < pa->seg->n_slots; s++)
		in_settings(pa->worker[s]);
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		struct dp_proc_layer *l = &pa->self->layer[i];
		struct in_image image, old = pa->image[i];
		struct dp_mail mail;
		char err[160];

		if (dp_mail_read(pa->seg, i, &mail) < 0 || mail.generation == old.generation ||
				mail.generation == l->failed)
			continue;
		if (in_image_open(&mail, &image, err, sizeof(err)) < 0) {
			snprintf(l->error, sizeof(l->error), "%s", err);
			l->failed = mail.generation;
			in_log("warning", "image_refused", "layer=%u error=\"%s\"", i, err);
			continue;
		}
		for (unsigned s = 0; s < pa->seg->n_slots; s++)
			in_worker_take(pa->worker[s], (enum dp_layer_id)i, &image);
		pa->image[i] = image;
		l->adopted = image.generation;
		if (old.rs != NULL)
			dp_ruleset_close(old.rs);
	}
}

/** Rings between workers, 4 MiB to each, however many write to it. */
static void open_link(struct pa *pa)
{
	unsigned n = pa->seg->n_slots;
	uint32_t ring = 4u << 20;
	int rc;

	if (n < 2)
		return;
	while (ring * (n - 1) > 4u << 20)
		ring /= 2;
	rc = dp_range_link_create(n, ring, &pa->link);
	if (rc < 0)
		in_log("warning", "ranges_not_shared", "error=\"%s\"", strerror(-rc));
}

static int prepare(struct pa *pa)
{
	int state = dp_shared_state_open(pa->opt.run_dir, &pa->shared);

	if (state < 0)
		in_log("warning", "state_not_shared", "run_dir=%s error=\"%s\"", pa->opt.run_dir,
			strerror(-state));
	open_link(pa);
	for (unsigned s = 0; s < pa->seg->n_slots; s++) {
		int rc;

		// Its own mapping: a fork copies only the pages that a worker writes.
		pa->worker[s] = mmap(NULL, sizeof(struct in_worker), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (pa->worker[s] == MAP_FAILED)
			return -errno;
		rc = in_worker_prepare(pa->worker[s], pa->seg, s, &pa->opt, pa->shared);
		if (rc < 0) {
			in_log("error", "engine_failed", "slot=%u error=\"%s\"", s, strerror(-rc));
			return rc;
		}
		pa->worker[s]->link = pa->link;
	}
	return 0;
}

static void take_signals(struct pa *pa)
{
	struct signalfd_siginfo si;

	while (read(pa->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		if (si.ssi_signo != SIGCHLD)
			pa->stop = true;
}

static int run(struct pa *pa)
{
	struct pollfd p = {.fd = pa->signal_fd, .events = POLLIN};
	struct plat_notify service;
	bool active = true;

	plat_notify_open(&service);
	plat_notify_ready(&service);
	while (!pa->stop && (active || pa_alive(pa) > 0)) {
		uint64_t now = dp_mono_ns();

		__atomic_store_n(&pa->self->beat_ns, now, __ATOMIC_RELAXED);
		plat_notify_alive(&service, now);
		// Before children are looked after: a fork of a parent that no longer counts leaves at
		// once, and its end would be the next reason to fork.
		if (active && __atomic_load_n(&pa->seg->active_parent, __ATOMIC_ACQUIRE) != pa->id) {
			active = false;
			in_log("notice", "replaced", "workers=%u", pa_alive(pa));
		}
		pa_reap(pa);
		// Links before forks: a worker made with a stale one would leave at once.
		if (active) {
			map_links(pa);
			pa_spawn_due(pa, now);
		}
		if (poll(&p, 1, LOOK_MS) > 0) {
			take_signals(pa);
			continue;
		}
		if (active)
			look_at_mail(pa);
	}
	pa->stop = true;
	pa_signal_all(pa, SIGTERM);
	for (unsigned i = 0; i < 100 && pa_alive(pa) > 0; i++) {
		poll(NULL, 0, 10);
		pa_reap(pa);
	}
	pa_signal_all(pa, SIGKILL);
	__atomic_store_n(&pa->self->id, 0, __ATOMIC_RELEASE);
	return 0;
}

static int open_signals(struct pa *pa)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	pa->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return pa->signal_fd < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	static struct pa pa;
	int rc = in_options_read(&pa.opt, argc, argv);

	if (rc != 0)
		return rc < 0 ? 2 : 0;
	pa.argv = argv;
	if (open_signals(&pa) < 0 || wait_for_guard(&pa.opt, &pa.seg) < 0)
		return 1;
	plat_priority_session();
	setpriority(PRIO_PROCESS, 0, -5);
	if (claim(&pa) < 0 || in_attach(pa.seg, &pa.opt, argv) < 0 || prepare(&pa) < 0) {
		if (pa.self != NULL)
			__atomic_store_n(&pa.self->id, 0, __ATOMIC_RELEASE);
		return 1;
	}
	map_links(&pa);
	look_at_mail(&pa);
	__atomic_store_n(&pa.seg->active_parent, pa.id, __ATOMIC_RELEASE);
	// It sleeps, and must be there at once when a worker has died, whoever polls meanwhile.
	plat_priority_high();
	in_log("notice", "ready", "workers=%u version=%s", pa.seg->n_slots, SEKISHO_VERSION);
	return run(&pa);
}
