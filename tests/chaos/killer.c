/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills a worker between two instructions of its choice, many times.
 *
 *     killer RUN-DIR POINTS SEED
 *
 * For each point: attach with ptrace, single-step until the worker is where this point wants it, some
 * more steps by chance, kill -9; then wait for the guard to forward again and have it count every
 * buffer. Prints one line per kind of place and `worst_us`; exit status 1 when a promise was broken.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
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

#define MAX_STEPS 40000u
#define LIMIT_NS UINT64_C(10000000)

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
	{"between bursts", DP_PHASE_IDLE, M_PROGRAM, 0, 0, 0},
	{"anywhere", -1, -1, 0, 0, 0},
};
#define N_PLACES (sizeof(places) / sizeof(places[0]))

static struct dp_seg *seg;
static struct dp_slot *slot;
static struct range ranges[512];
static unsigned n_ranges;
static int guard_fd = -1;

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
	while (fgets(line, sizeof(line), f) != NULL && n_ranges < 512) {
		struct range *r = &ranges[n_ranges];
		char perms[8];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &r->from, &r->to, perms) != 3 ||
				perms[2] != 'x')
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

static bool is_there(int pid, const struct place *at)
{
	struct user_regs_struct regs;

	if (at->phase >= 0 && slot->flight.phase != (uint32_t)at->phase)
		return false;
	if (at->module < 0)
		return true;
	return ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0 && module_at(regs.rip) == (enum module)at->module;
}

/** Bring the stopped worker to `at`. False: it did not come there in time; it runs on. */
static bool lead(int pid, const struct place *at)
{
	unsigned extra = (unsigned)rand() % 400;

	for (unsigned i = 0; i < MAX_STEPS; i++) {
		if (is_there(pid, at))
			break;
		if (i + 1 == MAX_STEPS || !step(pid))
			return false;
	}
	// Somewhere in it, not always at its first instruction.
	for (unsigned i = 0; i < extra; i++) {
		struct user_regs_struct regs;

		if (!step(pid))
			return false;
		if (!is_there(pid, at)) {
			// Just beyond the edge is as good a place: a return, a store after the call.
			return ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0;
		}
	}
	return true;
}

static bool attach(int pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		return false;
	return waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);
}

/* --- one point ------------------------------------------------------------------------------- */

enum outcome { KILLED, ELSEWHERE, BROKEN };

/** Wait for the guard to poll again; by its own clock, not by when we look. */
static void check_after(struct place *at, uint64_t killed_ns)
{
	uint64_t took;

	while (slot->polled_ns < killed_ns && dp_mono_ns() - killed_ns < DP_NS_PER_S)
		usleep(200);
	took = slot->polled_ns < killed_ns ? DP_NS_PER_S : slot->polled_ns - killed_ns;
	at->kills++;
	at->sum_ns += took;
	if (took > at->worst_ns)
		at->worst_ns = took;
	if (took > LIMIT_NS)
		printf("late: %.1f ms after death %s\n", (double)took / 1e6, at->name);
}

static enum outcome one_point(struct place *at)
{
	struct dp_proc *p = wait_for_worker(0);
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
		ptrace(PTRACE_DETACH, pid, 0, 0);
		return ELSEWHERE;
	}
	killed_ns = dp_mono_ns();
	kill(pid, SIGKILL);
	waitpid(pid, &status, __WALL);
	check_after(at, killed_ns);
	ask("bypass on\n");
	whole = audit();
	ask("bypass off\n");
	if (!whole) {
		printf("buffers: %s\nnot whole after death %s\n", ask("audit\n"), at->name);
		return BROKEN;
	}
	return KILLED;
}

int main(int argc, char **argv)
{
	unsigned points, done = 0, missed = 0, late = 0;
	uint64_t worst = 0;
	int rc;

	if (argc != 4)
		return 2;
	rc = dp_seg_open(argv[1], &seg);
	if (rc < 0) {
		errno = -rc;
		die(argv[1]);
	}
	slot = &seg->slot[0];
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
		late += at->worst_ns > LIMIT_NS;
		printf("%-30s %5u kills, mean %.0f us, worst %.0f us\n", at->name, at->kills,
				at->kills ? (double)at->sum_ns / at->kills / 1e3 : 0,
				(double)at->worst_ns / 1e3);
	}
	printf("points %u worst_us %.0f\n", done, (double)worst / 1e3);
	return done == points && late == 0 ? 0 : 1;
}
