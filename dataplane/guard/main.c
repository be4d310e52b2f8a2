/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <plat/notify.h>
#include <plat/priority.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_lcore.h>

/** Sleep of a guard that forwards and finds nothing, growing to the latter: its added latency. */
#define NAP_MIN_NS 20000
#define NAP_MAX_NS 100000
/** Rounds without a packet before the first nap. */
#define SPIN_ROUNDS 200
/** Sleep when workers forward: how late a stall can be noticed. Deaths wake it at once. */
#define WATCH_NS 1000000

static int open_signals(struct gd *g)
{
	struct epoll_event ev = {.events = EPOLLIN};
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	ev.data.u64 = GD_WAKE(GD_WAKE_SIGNAL, fd);
	if (fd < 0 || epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	return 0;
}

static void handle(struct gd *g, uint64_t wake)
{
	uint32_t n = (uint32_t)wake;

	switch (wake >> 32) {
	case GD_WAKE_LISTEN:
		gd_control_accept(g);
		break;
	case GD_WAKE_CLIENT:
		gd_control_read(g, n);
		break;
	case GD_WAKE_WORKER:
		// Its death may have been noticed by other signs, and the slot lent again since.
		if (poll(&(struct pollfd){.fd = g->slot[n].pidfd, .events = POLLIN}, 1, 0) == 1)
			gd_slot_died(g, n);
		break;
	case GD_WAKE_SIGNAL:
		g->stop = true;
		break;
	}
}

static void sleep_until_event(struct gd *g, uint64_t ns)
{
	struct timespec t = {0, (long)ns};
	struct epoll_event ev[8];
	int n = epoll_pwait2(g->epoll, ev, 8, &t, NULL);

	for (int i = 0; i < n; i++)
		handle(g, ev[i].data.u64);
}

/**
 * Nothing to forward: sleep until a packet, where the kernel can tell, or for `nap`. While a worker
 * is still inside a driver packets may wait that are not ours: then only the nap is safe, and it
 * leaves the CPU to that worker.
 */
static void rest(struct gd *g, bool taking, uint64_t nap)
{
	struct pollfd p[2 * DP_MAX_WIRES + 1];
	struct timespec t = {0, WATCH_NS};
	unsigned n = 0;

	for (unsigned i = 0; i < 2 * g->opt.n_wires; i++)
		p[n++] = (struct pollfd){.fd = g->port[i / 2][i % 2].tap_fd, .events = POLLIN};
	for (unsigned i = 0; i < n; i++)
		if (p[i].fd < 0 || g->opt.n_slots > 1 || taking)
			t.tv_nsec = (long)nap;
	if (taking)
		n = 0;
	p[n++] = (struct pollfd){.fd = g->epoll, .events = POLLIN};
	if (ppoll(p, n, &t, NULL) > 0 && p[n - 1].revents != 0)
		sleep_until_event(g, 0);
}

static void loop(struct gd *g, struct plat_notify *service)
{
	uint64_t nap = NAP_MIN_NS;
	unsigned quiet = 0, round = 0;

	while (!g->stop) {
		uint64_t now = dp_mono_ns();
		unsigned got = 0, mine = 0, taking = 0;

		__atomic_store_n(&g->seg->guard_beat_ns, now, __ATOMIC_RELAXED);
		plat_notify_alive(service, now);
		gd_slots_watch(g, now);
		gd_link_watch(g, now);
		for (unsigned s = 0; s < g->opt.n_slots; s++) {
			if (g->slot[s].mode == GD_LENT)
				continue;
			mine++;
			taking += g->slot[s].mode == GD_TAKING;
			if (g->slot[s].mode == GD_FORWARDING)
				got += gd_forward(g, s);
		}
		gd_sched_watch(g, mine > 0, now);
		if (got > 0) {
			quiet = 0;
			nap = NAP_MIN_NS;
			if (++round % 64 == 0)
				sleep_until_event(g, 0);
		} else if (mine == 0) {
			sleep_until_event(g, WATCH_NS);
		} else if (taking > 0 || ++quiet > SPIN_ROUNDS) {
			rest(g, taking > 0, nap);
			nap = nap * 2 < NAP_MAX_NS ? nap * 2 : NAP_MAX_NS;
		}
	}
}

static int make_segment(struct gd *g)
{
	const struct gd_options *o = &g->opt;
	struct dp_seg_shape shape = {o->n_wires, o->n_slots, o->table_slots,
		o->ring_kib * 1024, o->file_ring_kib * 1024};
	int rc;

	if (mkdir(o->run_dir, 0750) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(o->state_dir, 0750) < 0 && errno != EEXIST)
		return -errno;
	rc = dp_seg_create(o->run_dir, &shape, &g->seg);
	if (rc < 0)
		return rc;
	g->table = dp_seg_table(g->seg);
	g->seg->guard_pid = getpid();
	g->seg->guard_start_ns = g->seg->guard_beat_ns = dp_mono_ns();
	g->seg->guard_start_wall_ns = dp_wall_ns();
	g->seg->first_lcore = 1;
	g->seg->poison_drop = o->poison_drop;
	for (unsigned i = 0; i < o->n_pci && i < 2 * DP_MAX_WIRES; i++, g->seg->n_pci++)
		snprintf(g->seg->pci[i], sizeof(g->seg->pci[i]), "%s", o->pci[i]);
	snprintf(g->seg->guard_version, sizeof(g->seg->guard_version), "%s", SEKISHO_VERSION);
	snprintf(g->seg->file_prefix, sizeof(g->seg->file_prefix), "%s", o->file_prefix);
	snprintf(g->seg->huge_dir, sizeof(g->seg->huge_dir), "%s", o->huge_dir ? o->huge_dir : "");
	return 0;
}

/** An orphaned worker of a former guard still polls the same interfaces: it must go first. */
static void end_orphans(const struct gd_options *o)
{
	struct dp_seg *old;

	if (dp_seg_open(o->run_dir, &old) < 0)
		return;
	if (old->guard_pid > 0 && kill(old->guard_pid, 0) == 0 &&
			dp_mono_ns() - old->guard_beat_ns < DP_NS_PER_S) {
		gd_log("error", "already_running", "pid=%d run_dir=%s", old->guard_pid, o->run_dir);
		exit(1);
	}
	for (unsigned i = 0; i < DP_MAX_PROCS; i++) {
		const struct dp_proc *p = &old->proc[i];

		if (p->id == 0 || p->pid <= 0 || dp_mono_ns() - p->beat_ns > 5 * DP_NS_PER_S)
			continue;
		gd_log("notice", "orphan_ended", "pid=%d", p->pid);
		kill(p->pid, SIGKILL);
	}
	dp_seg_close(old);
}

static int start(struct gd *g, const char *argv0)
{
	int rc;

	prctl(PR_SET_TIMERSLACK, 1);
	plat_priority_session();
	plat_priority_high();
	end_orphans(&g->opt);
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = make_segment(g);
	if (rc < 0) {
		gd_log("error", "segment_failed", "dir=%s error=\"%s\"", g->opt.run_dir, strerror(-rc));
		return rc;
	}
	// Before the EAL starts its threads: they inherit the mask, and none of them may take SIGTERM.
	rc = open_signals(g);
	dp_tap_no_signals_begin();
	if (rc == 0)
		rc = gd_eal_init(&g->opt, argv0);
	if (rc == 0)
		rc = gd_ports_open(g);
	dp_tap_no_signals_end();
	if (rc == 0)
		rc = gd_evidence_start();
	if (rc == 0)
		rc = gd_control_open(g);
	if (rc == 0)
		rc = dp_seg_publish(g->opt.run_dir);
	return rc;
}

static void finish(struct gd *g)
{
	char path[256];
	uint64_t end = dp_mono_ns() + DP_NS_PER_S;

	// Workers come back first: their descriptors and mappings are the wire's other leg.
	__atomic_store_n(&g->seg->bypass_until_ns, UINT64_MAX, __ATOMIC_RELEASE);
	for (bool lent = true; lent && dp_mono_ns() < end;) {
		lent = false;
		gd_slots_watch(g, dp_mono_ns());
		for (unsigned s = 0; s < g->opt.n_slots; s++)
			lent |= g->slot[s].mode != GD_FORWARDING;
	}
	gd_control_close(g);
	snprintf(path, sizeof(path), "%s/" DP_SEG_NAME, g->opt.run_dir);
	unlink(path);
	gd_ports_close(g);
}

int main(int argc, char **argv)
{
	static struct gd g; // a megabyte with its suspects: not for the stack
	struct plat_notify service;
	int rc = gd_options_read(&g.opt, argc, argv);

	if (rc != 0)
		return rc < 0 ? 2 : 0;
	g.listen_fd = -1;
	for (unsigned i = 0; i < DP_MAX_SLOTS; i++)
		g.slot[i].pidfd = -1;
	rc = start(&g, argv[0]);
	if (rc < 0) {
		gd_log("error", "start_failed", "error=\"%s\"", strerror(-rc));
		return 1;
	}
	gd_link_watch(&g, dp_mono_ns());
	gd_log("notice", "ready", "wires=%u workers=%u run_dir=%s", g.opt.n_wires, g.opt.n_slots,
			g.opt.run_dir);
	gd_log_queue(true);
	plat_notify_open(&service);
	plat_notify_ready(&service);
	loop(&g, &service);
	gd_log("notice", "stopping", "pid=%d", getpid());
	finish(&g);
	gd_log_queue(false);
	return 0;
}
