/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who polls a slot. FORWARDING (the guard) > LENT (a worker) > TAKING > FORWARDING. The worker's
 * half of the handshake is in sekisho-inspect; dp/segment.h states it.
 */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/** A worker that was replaced must be gone by then; it is killed otherwise. */
#define RETIRE_NS (200 * GD_MS)
/** A worker inside a driver, not stopped: it may only be waiting for a CPU. */
#define DRIVER_NS (100 * GD_MS)
/** So many times --hang a worker that gets no processor is borne with. */
#define STARVED 20

bool gd_bypassed(const struct gd *g, uint64_t now_ns)
{
	return g->seg->bypass_until_ns != 0 && (now_ns == 0 || now_ns < g->seg->bypass_until_ns);
}

/** State of a process as in proc(5): R runs or could, T and t are stopped; 0 when it is gone. */
static char state_of(int pid)
{
	char path[32], text[256], *p;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	p = strrchr(text, ')');
	return p != NULL && p[1] == ' ' ? p[2] : 0;
}

/** By SIGSTOP or a debugger: then waiting for it is pointless. */
static bool is_stopped(char state)
{
	return state == 'T' || state == 't';
}

static void kill_worker(struct gd *g, unsigned slot, const char *why)
{
	struct gd_slot *s = &g->slot[slot];

	if (s->killed || s->pidfd < 0 || pidfd_send_signal(s->pidfd, SIGKILL, NULL, 0) < 0)
		return;
	s->killed = true;
	g->seg->slot[slot].kills++;
	gd_log("warning", "worker_killed", "slot=%u reason=%s", slot, why);
}

static void forget_worker(struct gd *g, unsigned slot)
{
	struct gd_slot *s = &g->slot[slot];

	if (s->pidfd >= 0)
		close(s->pidfd); // leaves the epoll set by itself
	s->pidfd = -1;
	s->worker = 0;
	s->hung = s->killed = false;
}

/** The slot's buffers and queues in order after a death; packets it held back go out. */
static void bury(struct gd *g, unsigned slot)
{
	struct dp_flight *f = &g->seg->slot[slot].flight;
	uint64_t t0 = dp_mono_ns();

	gd_recover_held(g, slot);
	gd_ports_repair(g, slot);
	f->n_stock = f->n_trash = f->n_own = 0;
	dp_table_sweep(g->table, (uint16_t)(2 + slot));
	dp_hist_add(&g->seg->rebuild, dp_mono_ns() - t0);
	forget_worker(g, slot);
}

static const char *const cause_name[] = {"death", "stall", "replaced", "bypass", "stop"};

/** The slot is ours: first what the worker had received, then (when it is dead) the rest. */
static void arrive(struct gd *g, unsigned slot)
{
	struct gd_slot *s = &g->slot[slot];
	struct dp_slot *shared = &g->seg->slot[slot];
	struct dp_proc *p = dp_seg_proc(g->seg, s->worker);
	int signo = p != NULL ? (int)p->fault_signal : 0;
	uint64_t took;

	if (!s->flight_done) {
		gd_suspect_note(g, slot);
		gd_recover_flight(g, slot);
	}
	shared->taken_ns = dp_mono_ns();
	took = shared->taken_ns - s->noticed_ns;
	dp_hist_add(&g->seg->takeover, took);
	s->mode = GD_FORWARDING;
	gd_log("notice", "takeover", "slot=%u cause=%s took_us=%llu dead=%d", slot, cause_name[s->cause],
			(unsigned long long)(took / 1000), s->dead);
	if (!s->dead)
		return;
	if (signo != 0)
		gd_suspect_convict(g, slot, signo);
	if (p != NULL)
		__atomic_store_n(&p->id, 0, __ATOMIC_RELEASE);
	bury(g, slot);
}

/**
 * May the guard come in? Never while the worker is inside driver or pool. When there is no hurry a
 * burst under inspection is waited for: the worker then leaves it judged.
 */
static bool is_outside(const struct dp_slot *s, bool hurry)
{
	uint32_t phase = __atomic_load_n(&s->flight.phase, __ATOMIC_ACQUIRE);

	return phase < DP_PHASE_DRIVER && (hurry || phase != DP_PHASE_INSPECT);
}

void gd_slot_take(struct gd *g, unsigned slot, enum gd_cause cause, uint64_t now_ns)
{
	struct gd_slot *s = &g->slot[slot];
	struct dp_slot *shared = &g->seg->slot[slot];
	uint64_t *count[] = {&shared->deaths, &shared->stalls, &shared->replacements, &shared->bypasses,
		&shared->bypasses};

	if (s->mode != GD_LENT)
		return;
	s->mode = GD_TAKING;
	s->cause = cause;
	s->noticed_ns = now_ns;
	s->flight_done = false;
	shared->takeovers++;
	(*count[cause])++;
	// Dekker: our store, full fence, then their mark; theirs is the mirror image.
	__atomic_store_n(&shared->owner, 0, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (s->dead || is_outside(shared, cause == GD_STALL))
		arrive(g, slot);
}

void gd_slot_died(struct gd *g, unsigned slot)
{
	struct gd_slot *s = &g->slot[slot];
	uint64_t now = dp_mono_ns();

	if (s->dead)
		return;
	s->dead = true;
	s->died_ns = now;
	if (s->mode == GD_LENT) {
		gd_slot_take(g, slot, GD_DEATH, now);
	} else if (s->mode == GD_TAKING) {
		arrive(g, slot);
	} else {
		// It had lost the slot before it died; what it had in flight is long gone.
		struct dp_proc *p = dp_seg_proc(g->seg, s->worker);
		int signo = p != NULL ? (int)p->fault_signal : 0;

		if (signo != 0 || s->hung)
			gd_suspect_convict(g, slot, signo);
		if (p != NULL)
			__atomic_store_n(&p->id, 0, __ATOMIC_RELEASE);
		g->seg->slot[slot].deaths++;
		bury(g, slot);
	}
}

/** Waiting for a live worker to come out of the driver. */
static void press(struct gd *g, unsigned slot, uint64_t now_ns)
{
	struct gd_slot *s = &g->slot[slot];
	struct dp_proc *p = dp_seg_proc(g->seg, s->worker);
	uint64_t waited = now_ns - s->noticed_ns;

	if (is_outside(&g->seg->slot[slot], s->cause == GD_STALL || waited > g->opt.stall_ns)) {
		arrive(g, slot);
		return;
	}
	if (p == NULL)
		return;
	if (s->cause == GD_STALL && !s->killed && is_stopped(state_of(p->pid)))
		kill_worker(g, slot, "stopped_in_driver");
	else if (waited > DRIVER_NS)
		kill_worker(g, slot, "stuck_in_driver");
}

/** Processor time that a process has had; 0 when that cannot be told. */
static uint64_t cpu_time_ns(int pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		return 0;
	return (uint64_t)t.tv_sec * DP_NS_PER_S + (uint64_t)t.tv_nsec;
}

/**
 * No sign of life for --hang: is it the worker's doing? Not when somebody had stopped it, and not when it
 * got no processor to run on; the packet in its hands would be blamed for that. Each puts the judgement
 * off, a machine without processors not for ever.
 */
static bool is_hung(struct gd *g, struct gd_slot *s, const struct dp_proc *p, uint64_t now_ns)
{
	uint64_t beat = __atomic_load_n(&p->beat_ns, __ATOMIC_RELAXED);
	bool starved;
	char state;

	if (beat != s->beat_seen_ns) {
		s->beat_seen_ns = beat;
		s->hang_at_ns = beat + g->opt.hang_ns;
		s->cpu_seen_ns = cpu_time_ns(p->pid);
	}
	if (now_ns < s->hang_at_ns)
		return false;
	state = state_of(p->pid);
	starved = state == 'R' && cpu_time_ns(p->pid) - s->cpu_seen_ns < g->opt.hang_ns / 4;
	if (is_stopped(state) || (starved && now_ns < beat + STARVED * g->opt.hang_ns)) {
		s->hang_at_ns = now_ns + g->opt.hang_ns / 4;
		return false;
	}
	return true;
}

/** A worker without its slot: does it come back, leave, or hang? */
static void watch_outsider(struct gd *g, unsigned slot, uint64_t now_ns)
{
	struct gd_slot *s = &g->slot[slot];
	struct dp_proc *p = dp_seg_proc(g->seg, s->worker);

	if (p == NULL || s->hung)
		return;
	if (s->cause == GD_REPLACED && now_ns - s->noticed_ns > RETIRE_NS) {
		s->hung = true;
		s->suspect_len = 0;
		kill_worker(g, slot, "did_not_retire");
		return;
	}
	if (!is_hung(g, s, p, now_ns))
		return;
	s->hung = true;
	p->fault_signal = SIGALRM; // the parent counts it as the worker's own fault
	kill_worker(g, slot, "no_progress");
}

/** Lend the slot to `id`, which has asked for it. */
static void grant(struct gd *g, unsigned slot, uint64_t id, uint64_t now_ns)
{
	struct gd_slot *s = &g->slot[slot];
	struct dp_slot *shared = &g->seg->slot[slot];
	struct dp_proc *p = dp_seg_proc(g->seg, id);

	if (p == NULL || p->role != DP_ROLE_WORKER || p->slot != slot) {
		__atomic_store_n(&shared->candidate, 0, __ATOMIC_RELEASE);
		return;
	}
	if (s->worker != id) {
		struct epoll_event ev = {.events = EPOLLIN, .data.u64 = GD_WAKE(GD_WAKE_WORKER, slot)};

		// Its predecessor still has buffers of the pool: it must be dead and buried first.
		if (s->worker != 0)
			return;
		s->pidfd = pidfd_open(p->pid, 0);
		if (s->pidfd < 0 || epoll_ctl(g->epoll, EPOLL_CTL_ADD, s->pidfd, &ev) < 0) {
			forget_worker(g, slot);
			__atomic_store_n(&p->id, 0, __ATOMIC_RELEASE);
			__atomic_store_n(&shared->candidate, 0, __ATOMIC_RELEASE);
			return;
		}
		memset(&shared->flight, 0, sizeof(shared->flight));
	}
	shared->flight.phase = DP_PHASE_IDLE;
	shared->flight.inspecting = DP_FLIGHT_MAX;
	s->suspect_len = 0;
	s->worker = id;
	s->dead = false;
	s->mode = GD_LENT;
	shared->granted_ns = now_ns;
	shared->grants++;
	__atomic_store_n(&p->beat_ns, now_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&shared->candidate, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&shared->owner, id, __ATOMIC_RELEASE);
	// Its predecessor may have been buried in this very round, after the round's time was taken.
	if (s->died_ns != 0)
		dp_hist_add(&g->seg->restart, dp_mono_ns() - s->died_ns);
	s->died_ns = 0;
	gd_log("notice", "granted", "slot=%u pid=%d version=%.31s", slot, p->pid, p->version);
}

/** Somebody of the active parent waits while the owner belongs to a former one. */
static bool is_replaced(struct gd *g, unsigned slot, uint64_t candidate)
{
	struct dp_proc *old = dp_seg_proc(g->seg, g->slot[slot].worker);
	struct dp_proc *next = dp_seg_proc(g->seg, candidate);
	uint64_t active = __atomic_load_n(&g->seg->active_parent, __ATOMIC_ACQUIRE);

	return next != NULL && next->parent == active && (old == NULL || old->parent != active);
}

static void watch_slot(struct gd *g, unsigned slot, bool bypass, uint64_t now_ns)
{
	struct gd_slot *s = &g->slot[slot];
	struct dp_slot *shared = &g->seg->slot[slot];
	uint64_t candidate = __atomic_load_n(&shared->candidate, __ATOMIC_ACQUIRE);
	struct dp_proc *p = dp_seg_proc(g->seg, s->worker);

	if (p != NULL && __atomic_load_n(&p->life, __ATOMIC_ACQUIRE) & DP_LIFE_ENDED)
		gd_slot_died(g, slot);
	switch (s->mode) {
	case GD_LENT:
		if (bypass)
			gd_slot_take(g, slot, GD_BYPASS, now_ns);
		else if (candidate != 0 && is_replaced(g, slot, candidate))
			gd_slot_take(g, slot, GD_REPLACED, now_ns);
		else if (p == NULL || now_ns > p->beat_ns + g->opt.stall_ns)
			gd_slot_take(g, slot, GD_STALL, now_ns);
		break;
	case GD_TAKING:
		press(g, slot, now_ns);
		break;
	case GD_FORWARDING:
		if (s->worker != 0 && s->cause != GD_REPLACED && candidate != 0 &&
				is_replaced(g, slot, candidate)) {
			s->cause = GD_REPLACED;
			s->noticed_ns = now_ns;
		}
		if (s->worker != 0 && candidate != s->worker)
			watch_outsider(g, slot, now_ns);
		// What waits is forwarded first, also when a successor asks in the round of the taking: it may
		// need long for its first poll.
		if (candidate != 0 && !bypass && shared->polled_ns >= shared->taken_ns)
			grant(g, slot, candidate, now_ns);
		break;
	}
}

void gd_slots_watch(struct gd *g, uint64_t now_ns)
{
	bool bypass = gd_bypassed(g, now_ns);

	if (!bypass && g->seg->bypass_until_ns != 0) {
		__atomic_store_n(&g->seg->bypass_until_ns, 0, __ATOMIC_RELEASE);
		gd_fault(g, 0, 0, "bypass_off", "the time given to the operator bypass is over");
	}
	for (unsigned w = 0; w < g->opt.n_wires; w++) {
		struct dp_seg_wire *wire = &g->seg->wire[w];

		if (wire->bypass_until_ns != 0 && now_ns >= wire->bypass_until_ns)
			__atomic_store_n(&wire->bypass_until_ns, 0, __ATOMIC_RELEASE);
	}
	for (unsigned s = 0; s < g->opt.n_slots; s++)
		watch_slot(g, s, bypass, now_ns);
}
