/* SPDX-License-Identifier: Apache-2.0 */
/**
 * `sekisho lab`: an appliance on this machine between two namespaces whose only path to each other
 * is its wire. All it makes lies in one folder, or is named there: namespaces, processes, huge
 * pages. `down` undoes exactly that.
 */
#include "cli.h"
#include "remote.h"

#include <ctl/client.h>
#include <ctl/program.h>
#include <dp/segment.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_DIR "/run/sekisho-lab"
#define NR_PAGES "/proc/sys/vm/nr_hugepages"
#define PAGES 128L /**< of 2 MiB */
#define WAIT_MS 20000

struct lab {
	char dir[200], name[64]; /**< name: last part of dir, prefix of all it makes */
	char inside[96], outside[96], iface[2][16];
};

static int say(const char *what, const char *why)
{
	fprintf(stderr, "sekisho lab: %s%s%s\n", what, why ? ": " : "", why ? why : "");
	return CLI_FAILED;
}

static int lab_init(struct lab *l, const char *dir)
{
	const char *slash;

	if (dir == NULL)
		dir = DEFAULT_DIR;
	if (dir[0] != '/' || strlen(dir) >= sizeof(l->dir) - 40)
		return say(dir, "--dir takes an absolute path");
	snprintf(l->dir, sizeof(l->dir), "%s", dir);
	slash = strrchr(l->dir, '/');
	snprintf(l->name, sizeof(l->name), "%s", slash + 1);
	snprintf(l->inside, sizeof(l->inside), "%s-inside", l->name);
	snprintf(l->outside, sizeof(l->outside), "%s-outside", l->name);
	// Interface names have 15 characters: a hash of the folder keeps labs apart.
	unsigned h = 5381;
	for (const char *p = l->dir; *p; p++)
		h = h * 33 + (unsigned char)*p;
	for (unsigned i = 0; i < 2; i++)
		snprintf(l->iface[i], sizeof(l->iface[i]), "skl%06x%u", h & 0xffffff, i);
	if (geteuid() != 0)
		return say("namespaces and huge pages need root", NULL);
	return CLI_OK;
}

/** Run a program; its output only when it fails. Words end with NULL. */
static int run(const char *const *argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : 127;
}
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static long read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long v = -1;

	if (f != NULL) {
		if (fscanf(f, "%ld", &v) != 1)
			v = -1;
		fclose(f);
	}
	return v;
}

static int write_number(const char *path, long v)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		return -errno;
	fprintf(f, "%ld\n", v);
	return fclose(f) ? -errno : 0;
}

static void path_in(const struct lab *l, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", l->dir, name);
}

/** The number from before is kept in DIR/hugepages. */
static int huge_pages(const struct lab *l)
{
	long before = read_number(NR_PAGES), now;
	char path[256];

	path_in(l, "hugepages", path);
	if (before < 0)
		return say("this kernel has no huge pages", NULL);
	if (write_number(path, before) || write_number(NR_PAGES, before + PAGES))
		return say("huge pages", strerror(errno));
	now = read_number(NR_PAGES);
	if (now < before + PAGES) {
		write_number(NR_PAGES, before);
		return say("the kernel gave too few huge pages", "free memory first");
	}
	path_in(l, "huge", path);
	if (mkdir(path, 0700) || mount("sekisho-lab", path, "hugetlbfs", 0, "pagesize=2M"))
		return say(path, strerror(errno));
	return CLI_OK;
}

static int start_control(const struct lab *l, const char *workers, const char *mtu)
{
	char program[512], run_dir[256], state[256], log[256], guard[1600], inspect[320], out[300];
	pid_t pid;

	path_in(l, "run", run_dir);
	path_in(l, "state", state);
	path_in(l, "log", log);
	snprintf(out, sizeof(out), "%s/sekishod.log", log);
	snprintf(guard, sizeof(guard), "--run-dir %s --state-dir %s --file-prefix %s --huge-dir %s/huge "
		"--quiet --vdev net_tap0,iface=%s --vdev net_tap1,iface=%s --wire lab=net_tap0,net_tap1 "
		"--workers %s --mtu %s", run_dir, state, l->name, l->dir, l->iface[0], l->iface[1],
		workers, mtu);
	snprintf(inspect, sizeof(inspect), "--run-dir %s", run_dir);
	ctl_program_path("sekishod", program, sizeof(program));
	pid = fork();
	if (pid == 0) {
		int fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0640), null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execlp(program, program, "--run-dir", run_dir, "--state-dir", state, "--log-dir", log,
			"--keep-guard", guard, "--keep-inspect", inspect, (char *)NULL);
		_exit(127);
	}
	path_in(l, "pid", out);
	return pid > 0 && write_number(out, pid) == 0 ? CLI_OK : say("sekishod", strerror(errno));
}

/** Wait for run/segment: inotify says when something appears there. */
static int wait_segment(const struct lab *l)
{
	char dir[256], path[300], buf[1024];
	int fd = inotify_init1(IN_CLOEXEC), rc = CLI_FAILED;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	path_in(l, "run", dir);
	snprintf(path, sizeof(path), "%s/%s", dir, DP_SEG_NAME);
	if (fd < 0 || inotify_add_watch(fd, dir, IN_CREATE | IN_MOVED_TO) < 0)
		return say(dir, strerror(errno));
	for (uint64_t end = dp_mono_ns() + WAIT_MS * 1000000ull; dp_mono_ns() < end;) {
		if (access(path, R_OK) == 0) {
			rc = CLI_OK;
			break;
		}
		if (poll(&p, 1, 200) > 0 && read(fd, buf, sizeof(buf)) < 0)
			break;
	}
	close(fd);
	if (rc)
		fprintf(stderr, "sekisho lab: no guard within %d s; see %s/log/sekishod.log\n",
			WAIT_MS / 1000, l->dir);
	return rc;
}

static int plug(const char *ns, const char *iface, const char *address, const char *other)
{
	return RUN("ip", "netns", "add", ns) || RUN("ip", "link", "set", iface, "netns", ns) ||
		RUN("ip", "-n", ns, "link", "set", "lo", "up") ||
		RUN("ip", "-n", ns, "link", "set", iface, "up") ||
		RUN("ip", "-n", ns, "addr", "add", address, "dev", iface) ||
		RUN("ip", "-n", ns, "route", "add", other, "dev", iface) ?
		say(ns, "the namespace could not be set up") : CLI_OK;
}

static int make_dirs(const struct lab *l)
{
	static const char *const sub[] = {"run", "state", "log"};
	char path[256];

	if (mkdir(l->dir, 0750))
		return say(l->dir, errno == EEXIST ? "is there already: sekisho lab down first" :
			strerror(errno));
	for (unsigned i = 0; i < 3; i++) {
		path_in(l, sub[i], path);
		if (mkdir(path, 0750))
			return say(path, strerror(errno));
	}
	return CLI_OK;
}

static int take_down(const struct lab *l);

int cli_lab_up(int argc, char **argv)
{
	bool bad = false, json = take_flag(&argc, argv, "--json");
	const char *dir = take_value(&argc, argv, "--dir", &bad);
	const char *rules = take_value(&argc, argv, "--rules", &bad);
	const char *workers = take_value(&argc, argv, "--workers", &bad);
	const char *mtu = take_value(&argc, argv, "--mtu", &bad);
	char run_dir[256];
	struct lab l;
	int rc;

	if (bad || argc > 1) {
		fputs("usage: sekisho lab up [--dir DIR] [--rules FILE] [--workers N] [--mtu N] [--json]\n",
			stderr);
		return CLI_USAGE;
	}
	rc = lab_init(&l, dir);
	if (rc == CLI_OK)
		rc = make_dirs(&l);
	if (rc)
		return rc; // nothing of ours to undo, or not ours
	rc = huge_pages(&l);
	if (rc == CLI_OK)
		rc = start_control(&l, workers ? workers : "1", mtu ? mtu : "1500");
	if (rc == CLI_OK)
		rc = wait_segment(&l);
	if (rc == CLI_OK)
		rc = plug(l.inside, l.iface[0], "192.168.60.10/24", "198.51.100.0/24");
	if (rc == CLI_OK)
		rc = plug(l.outside, l.iface[1], "198.51.100.10/24", "192.168.60.0/24");
	path_in(&l, "run", run_dir);
	setenv("SEKISHO_RUN_DIR", run_dir, 1);
	if (rc == CLI_OK && rules != NULL) {
		char *words[] = {(char *)"activate", (char *)"--layer", (char *)"vendor", (char *)rules,
			NULL};
		int out = dup(STDOUT_FILENO);

		fflush(stdout);
		dup2(json ? STDERR_FILENO : out, STDOUT_FILENO); // one object on stdout
		rc = cli_rules_activate(4, words);
		fflush(stdout);
		dup2(out, STDOUT_FILENO);
		close(out);
	}
	if (rc) {
		take_down(&l);
		return rc;
	}
	if (json) {
		json_t *v = json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}}", "dir", l.dir, "run_dir", run_dir,
			"inside", "namespace", l.inside, "address", "192.168.60.10", "outside", "namespace",
			l.outside, "address", "198.51.100.10");

		print_json(v);
		json_decref(v);
		return CLI_OK;
	}
	printf("lab %s: namespaces %s (192.168.60.10) and %s (198.51.100.10)\n"
		"  export SEKISHO_RUN_DIR=%s\n  ip netns exec %s ping 198.51.100.10\n", l.dir,
		l.inside, l.outside, run_dir, l.inside);
	return CLI_OK;
}

/** End a process and wait for it: a pidfd becomes readable when it is gone. */
static void end_process(int pid)
{
	int fd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0)
		return;
	kill(pid, SIGTERM);
	if (poll(&p, 1, 5000) == 0) {
		kill(pid, SIGKILL);
		poll(&p, 1, 2000);
	}
	close(fd);
}

/** Control first, or it would start again what we end; then parents, workers, the guard. */
static void end_processes(const struct lab *l)
{
	char path[256];
	struct dp_seg *seg;

	path_in(l, "pid", path);
	end_process((int)read_number(path));
	path_in(l, "run", path);
	if (dp_seg_open(path, &seg))
		return;
	for (unsigned role = DP_ROLE_PARENT; role <= DP_ROLE_WORKER; role++)
		for (unsigned i = 0; i < DP_MAX_PROCS; i++)
			if (seg->proc[i].id && seg->proc[i].role == role)
				end_process(seg->proc[i].pid);
	end_process(seg->guard_pid);
	dp_seg_close(seg);
}

static int take_down(const struct lab *l)
{
	char path[256], prefix[160];
	long before, now;

	end_processes(l);
	RUN("ip", "netns", "del", l->inside);
	RUN("ip", "netns", "del", l->outside);
	path_in(l, "huge", path);
	umount2(path, MNT_DETACH);
	path_in(l, "hugepages", path);
	before = read_number(path);
	now = read_number(NR_PAGES);
	// Others may have taken pages since: only ours go back.
	if (before >= 0 && now >= 0)
		write_number(NR_PAGES, before > now - PAGES ? before : now - PAGES);
	snprintf(prefix, sizeof(prefix), "/var/run/dpdk/%s", l->name);
	RUN("rm", "-rf", "--one-file-system", prefix, l->dir);
	return access(l->dir, F_OK) ? CLI_OK : say(l->dir, "could not be removed");
}

int cli_lab_down(int argc, char **argv)
{
	bool bad = false, json = take_flag(&argc, argv, "--json");
	const char *dir = take_value(&argc, argv, "--dir", &bad);
	char mark[256];
	struct lab l;
	int rc;

	if (bad || argc > 1) {
		fputs("usage: sekisho lab down [--dir DIR] [--json]\n", stderr);
		return CLI_USAGE;
	}
	rc = lab_init(&l, dir);
	if (rc)
		return rc;
	path_in(&l, "hugepages", mark);
	if (access(mark, F_OK))
		return say(l.dir, "no lab there");
	rc = take_down(&l);
	if (json && rc == CLI_OK)
		printf("{\"removed\":true}\n");
	return rc;
}
