/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills a worker between two instructions of its choice, many times.
 *
 *     killer RUN-DIR POINTS SEED
 *
 * For each point: attach with ptrace; let the worker run until it writes the phase that is wanted into its
 * flight record (a watchpoint of the processor: no stepping on the way there); single-step into the
 * code that is wanted and some instructions further, by chance; kill -9. Then the guard must forward
 * again within 10 ms by its own clock, and count every buffer. Prints one line per kind of place and
 * `worst_us`; exit status 1 when a promise was broken. A late takeover is printed with the time that
 * the guard was ready to run and had no processor, and that the whole machine was not run (steal). What a
 * virtual machine's host keeps from it is nobody's promise: without that time the limit holds, and in one
 * of a hundred points at most.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dp/segment.h>

#define LIMIT_NS UINT64_C(10000000)
#define PHASES 60u     /**< phases of a kind that are looked at for a point, before another is tried */
#define SEEK_STEPS 4000u /**< instructions until the wanted code, within a phase */
#define EXTRA_STEPS 300u /**< and further, at most; inspection is longer */
/** Debug register 7: break after a write of four bytes at the address in register 0. */
#define WATCH_WRITE_4 ((3ul << 18) | (1ul << 16) | 1ul)
#define DEBUG_REG(n) (offsetof(struct user, u_debugreg) + (n) * sizeof(((struct user *)0)->u_debugreg[0]))

/** Where in the program: by the file that is mapped there. */
enum module { M_PROGRAM, M_TAP, M_POOL, M_LIBC, M_OTHER, M__COUNT };

struct range {
	uint64_t from, to;
	enum module m;
};

/** A kind of place: the phase its flight record tells, and the code it is in. */
struct place {
	const char *name;
	int phase; /**< -1: any */
	int module; /**< -1: any */
	unsigned kills;
	uint64_t worst_ns, sum_ns;
};

static struct place places[] = {
	{"receive, in the driver", DP_PHASE_RX, M_TAP, 0, 0, 0},
	{"receive, allocating a buffer", DP_PHASE_RX, M_POOL, 0, 0, 0},
	{"receive, handshake", DP_PHASE_RX, M_PROGRAM, 0, 0, 0},
	{"receive, system call", DP_PHASE_RX, M_LIBC, 0, 0, 0},
	{"inspection", DP_PHASE_INSPECT, M_PROGRAM, 0, 0, 0},
	{"transmit, in the driver", DP_PHASE_TX, M_TAP, 0, 0, 0},
	{"transmit, freeing a buffer", DP_PHASE_TX, M_POOL, 0, 0, 0},
	{"transmit, handshake", DP_PHASE_TX, M_PROGRAM, 0, 0, 0},
	{"transmit, system call", DP_PHASE_TX, M_LIBC, 0, 0, 0},
	{"accounts", DP_PHASE_COMMIT, M_PROGRAM, 0, 0, 0},
	{"stock of buffers", DP_PHASE_POOL, M_PROGRAM, 0, 0, 0},
	{"between bursts", DP_PHASE_IDLE, M_PROGRAM, 0, 0, 0},
	{"anywhere", -1, -1, 0, 0, 0},
};
#define N_PLACES (sizeof(places) / sizeof(places[0]))

static struct dp_seg *seg;
static struct dp_slot *slot;
static struct range ranges[512];
static unsigned n_ranges;
static uint64_t phase_at; /**< address of the flight record's phase in the worker */
static int guard_fd = -1;
static int guard_pid;
static unsigned late, held; /* held: late by what the host kept from the machine */
static unsigned blind; /**< times that a watchpoint did not stop a worker */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* --- the guard ------------------------------------------------------------------------------- */

static void guard_connect(const char *dir)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/guard.sock", dir);
	guard_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (guard_fd < 0 || connect(guard_fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("guard.sock");
}

static const char *ask(const char *command)
{
	static char answer[65536];
	size_t n = 0;

	if (write(guard_fd, command, strlen(command)) < 0)
		die("guard");
	while (n == 0 || answer[n - 1] != '\n') {
		ssize_t got = read(guard_fd, answer + n, sizeof(answer) - 1 - n);

		if (got <= 0)
			die("guard");
		n += (size_t)got;
	}
	answer[n] = 0;
	return answer;
}

/** Every buffer of the slot is where it must be, exactly once; asked while the guard has it. */
static bool audit(void)
{
	for (unsigned i = 0; i < 1000; i++) {
		const char *text = ask("audit\n"), *at = strstr(text, "\"audit\":");

		if (at != NULL)
			return strstr(at, "\"missing\":0}") == strstr(at, "\"missing\":");
		usleep(500); // a worker is still inside a driver
	}
	return false;
}

/* --- the worker ------------------------------------------------------------------------------ */

static struct dp_proc *wait_for_worker(uint64_t not_id)
{
	uint64_t until = dp_mono_ns() + 10 * DP_NS_PER_S;

	while (dp_mono_ns() < until) {
		uint64_t id = __atomic_load_n(&slot->owner, __ATOMIC_ACQUIRE);
		struct dp_proc *p = id != 0 && id != not_id ? dp_seg_proc(seg, id) : NULL;

		if (p != NULL && p->pid > 0)
			return p;
		usleep(200); // another program's state: there is nothing to wait on
	}
	return NULL;
}

static void read_maps(int pid)
{
	char path[64], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	if (f == NULL)
		die(path);
	n_ranges = 0;
	phase_at = 0;
	while (fgets(line, sizeof(line), f) != NULL && n_ranges < 512) {
		struct range *r = &ranges[n_ranges];
		char perms[8];
		uint64_t off;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64, &r->from, &r->to, perms, &off) != 4)
			continue;
		if (strstr(line, "/" DP_SEG_NAME "\n") != NULL && off == 0)
			phase_at = r->from + (uint64_t)((uint8_t *)&slot->flight.phase - (uint8_t *)seg);
		if (perms[2] != 'x')
			continue;
		r->m = strstr(line, "sekisho-inspect") ? M_PROGRAM
			: strstr(line, "librte_net_tap") ? M_TAP
			: strstr(line, "librte_mempool") ? M_POOL
			: strstr(line, "libc.so") ? M_LIBC
						  : M_OTHER;
		n_ranges++;
	}
	fclose(f);
}

static enum module module_at(uint64_t ip)
{
	for (unsigned i = 0; i < n_ranges; i++)
		if (ip >= ranges[i].from && ip < ranges[i].to)
			return ranges[i].m;
	return M_OTHER;
}

static bool step(int pid)
{
	int status;

	return ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0 && waitpid(pid, &status, __WALL) == pid &&
			WIFSTOPPED(status);
}

static bool is_phase(const struct place *at)
{
	return at->phase < 0 || slot->flight.phase == (uint32_t)at->phase;
}

static bool is_module(int pid, const struct place *at)
{
	return at->module < 0 || module_at((uint64_t)ptrace(PTRACE_PEEKUSER, pid,
			offsetof(struct user_regs_struct, rip), 0)) == (enum module)at->module;
}

/** Let it run until its phase is written, or a while has passed. */
static bool run_to_phase(int pid)
{
	int status;
	bool here;

	if (ptrace(PTRACE_CONT, pid, 0, 0) < 0)
		return false;
	alarm(3); // a worker writes its phase at least every millisecond
	here = waitpid(pid, &status, __WALL) == pid;
	alarm(0);
	if (!here && errno == EINTR) {
		if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0)
			waitpid(pid, &status, __WALL);
		if (++blind == 3) {
			printf("this machine's watchpoints do not work\n");
			exit(77);
		}
		return false;
	}
	return here && WIFSTOPPED(status);
}

/** Stop it wherever it is after a time by chance. */
static bool run_for_a_while(int pid)
{
	int status;

	if (ptrace(PTRACE_CONT, pid, 0, 0) < 0)
		return false;
	usleep((unsigned)rand() % 3000);
	return ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, &status, __WALL) == pid &&
			WIFSTOPPED(status);
}

/** Bring the stopped worker to `at`. False: it did not come there in time. */
static bool lead(int pid, const struct place *at)
{
	unsigned extra = (unsigned)rand() % (at->phase == DP_PHASE_INSPECT ? 10 * EXTRA_STEPS
									   : EXTRA_STEPS);

	if (at->phase < 0)
		return run_for_a_while(pid);
	for (unsigned n = 0; n < PHASES; n++) {
		if (!run_to_phase(pid))
			return false;
		for (unsigned i = 0; is_phase(at) && i < SEEK_STEPS; i++) {
			if (!is_module(pid, at)) {
				if (!step(pid))
					return false;
				continue;
			}
			// Somewhere in it, not always at its first instruction; just beyond its edge is as
			// good a place: a return, the store after a call.
			while (extra-- > 0 && is_phase(at))
				if (!step(pid))
					return false;
			return true;
		}
	}
	return false;
}

static bool attach(int pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		return false;
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return false;
	if (ptrace(PTRACE_POKEUSER, pid, DEBUG_REG(0), phase_at) == 0 &&
			ptrace(PTRACE_POKEUSER, pid, DEBUG_REG(7), WATCH_WRITE_4) == 0)
		return true;
	printf("this machine has no watchpoints: %s\n", strerror(errno));
	exit(77);
}

static void let_go(int pid)
{
	ptrace(PTRACE_POKEUSER, pid, DEBUG_REG(7), 0);
	ptrace(PTRACE_DETACH, pid, 0, 0);
}

/* --- what kept it waiting --------------------------------------------------------------------- */

struct waiting {
	uint64_t guard_ns;    /**< ready to run, without a processor */
	uint64_t steal_ticks; /**< of the whole machine, in hundredths of a second */
};

__attribute__((format(scanf, 2, 3))) static void scan(const char *path, const char *fmt, ...)
{
	FILE *f = fopen(path, "re");
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	if (vfscanf(f, fmt, ap) < 1)
		perror(path);
	va_end(ap);
	fclose(f);
}

static struct waiting look_at_waiting(void)
{
	struct waiting w = {0, 0};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/schedstat", guard_pid);
	scan(path, "%*u %" SCNu64, &w.guard_ns);
	scan("/proc/stat", "cpu %*u %*u %*u %*u %*u %*u %*u %" SCNu64, &w.steal_ticks);
	return w;
}

/* --- one point ------------------------------------------------------------------------------- */

enum outcome { KILLED, ELSEWHERE, BROKEN };

/** Wait for the guard to poll again; by its own clock, not by when we look. */
static void check_after(struct place *at, uint64_t killed_ns, const struct waiting *before)
{
	struct waiting now;
	uint64_t took, stolen;

	while (slot->polled_ns < killed_ns && dp_mono_ns() - killed_ns < DP_NS_PER_S)
		usleep(200);
	took = slot->polled_ns < killed_ns ? DP_NS_PER_S : slot->polled_ns - killed_ns;
	at->kills++;
	at->sum_ns += took;
	if (took > at->worst_ns)
		at->worst_ns = took;
	if (took <= LIMIT_NS)
		return;
	now = look_at_waiting();
	stolen = (now.steal_ticks - before->steal_ticks) * UINT64_C(10000000);
	if (took <= LIMIT_NS + stolen)
		held++;
	else
		late++;
	printf("late: %.1f ms after death (%s); noticed after %.1f ms; the guard waited %.1f ms for a "
	       "processor, the machine %.0f ms for its host\n",
			(double)took / 1e6, at->name, (double)(slot->taken_ns - killed_ns) / 1e6,
			(double)(now.guard_ns - before->guard_ns) / 1e6,
			(double)stolen / 1e6);
}

static enum outcome one_point(struct place *at)
{
	struct dp_proc *p = wait_for_worker(0);
	struct waiting before;
	uint64_t killed_ns;
	bool led, whole;
	int pid, status;

	if (p == NULL)
		return BROKEN;
	pid = p->pid;
	read_maps(pid);
	if (!attach(pid))
		return ELSEWHERE;
	led = lead(pid, at);
	if (!led) {
		let_go(pid);
		return ELSEWHERE;
	}
	before = look_at_waiting();
	killed_ns = dp_mono_ns();
	kill(pid, SIGKILL);
	waitpid(pid, &status, __WALL);
	check_after(at, killed_ns, &before);
	ask("bypass on\n");
	whole = audit();
	ask("bypass off\n");
	if (!whole) {
		printf("buffers: %s\nnot whole after death %s\n", ask("audit\n"), at->name);
		return BROKEN;
	}
	return KILLED;
}

static void on_alarm(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	struct sigaction wake = {.sa_handler = on_alarm}; // no SA_RESTART: it ends a wait
	unsigned points, done = 0, missed = 0;
	uint64_t worst = 0, began_ns = dp_mono_ns();
	int rc;

	if (argc != 4)
		return 2;
	sigaction(SIGALRM, &wake, NULL);
	rc = dp_seg_open(argv[1], &seg);
	if (rc < 0) {
		errno = -rc;
		die(argv[1]);
	}
	slot = &seg->slot[0];
	guard_pid = seg->guard_pid;
	guard_connect(argv[1]);
	// Each step is two switches between us and the worker: on a busy machine they must come first.
	setpriority(PRIO_PROCESS, 0, -20);
	points = (unsigned)atoi(argv[2]);
	srand((unsigned)atoi(argv[3]));
	while (done < points && missed < 20 * points) {
		enum outcome o = one_point(&places[(done + missed) % N_PLACES]);

		if (o == BROKEN)
			return 1;
		done += o == KILLED;
		missed += o == ELSEWHERE;
	}
	for (unsigned i = 0; i < N_PLACES; i++) {
		const struct place *at = &places[i];

		if (at->worst_ns > worst)
			worst = at->worst_ns;
		printf("%-30s %5u kills, mean %.0f us, worst %.0f us\n", at->name, at->kills,
				at->kills ? (double)at->sum_ns / at->kills / 1e3 : 0,
				(double)at->worst_ns / 1e3);
	}
	printf("points %u, elsewhere %u, late %u, held by the host %u, %.1f a second, worst_us %.0f\n", done,
			missed, late, held, (double)done / ((double)(dp_mono_ns() - began_ns) / 1e9), (double)worst / 1e3);
	return done == points && late == 0 && held <= points / 100 ? 0 : 1;
}
