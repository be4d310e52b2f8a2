/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling in a child with limits. The child keeps the number of what it works on in a page shared
 * with the parent; when it dies, that rule (or every rule of that group's expression) is left out
 * and the child is started again.
 */
#include "build.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_DEATHS 16
#define MAX_REJECTED 4096

struct shared {
	volatile uint32_t current; /**< rule index + 1 being lowered or tried */
	int rc;
	struct sig_compile_report rep;
	uint32_t rejected_n;
	struct sig_compile_rejected rejected[MAX_REJECTED];
};

static void limit(int what, uint64_t soft)
{
	struct rlimit r = {.rlim_cur = soft, .rlim_max = soft + 1};

	setrlimit(what, &r);
}

static _Noreturn void child(const struct sig_ruleset *set, const struct sig_compile_opts *opts,
	int fd, const bool *skip, bool careful, struct shared *sh)
{
	struct build b = {
		.set = set, .opts = opts, .rep = &sh->rep, .skip = skip, .careful = careful};

	limit(RLIMIT_CPU, opts->seconds ? opts->seconds : 300);
#if !defined(__SANITIZE_ADDRESS__) // whose shadow alone is terabytes of address space
	limit(RLIMIT_AS, opts->memory_bytes ? opts->memory_bytes : UINT64_C(4) << 30);
#endif
	limit(RLIMIT_CORE, 0);
	b.current = &sh->current;
	memset(&sh->rep, 0, sizeof(sh->rep));
	sh->rc = compile_with(&b, fd);
	for (uint32_t i = 0; i < sh->rep.rejected_n && i < MAX_REJECTED; i++)
		sh->rejected[i] = sh->rep.rejected[i];
	sh->rejected_n = sh->rep.rejected_n < MAX_REJECTED ? sh->rep.rejected_n : MAX_REJECTED;
	_exit(0);
}

static void take_report(const struct shared *sh, struct sig_compile_report *r,
	const struct sig_compile_rejected *dead, uint32_t dead_n)
{
	const uint32_t n = sh->rejected_n + dead_n;

	*r = sh->rep;
	r->rejected = calloc(n + 1, sizeof(*r->rejected));
	r->rejected_n = r->rejected ? n : 0;
	if (!r->rejected)
		return;
	memcpy(r->rejected, dead, dead_n * sizeof(*dead));
	memcpy(r->rejected + dead_n, sh->rejected, sh->rejected_n * sizeof(*dead));
}

static void blame(struct sig_compile_rejected *d, const struct sig_rule *r, int status)
{
	memset(d, 0, sizeof(*d));
	d->gid = r->gid;
	d->sid = r->sid;
	d->line = r->line;
	snprintf(d->file, sizeof(d->file), "%s", r->file ? r->file : "");
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
		snprintf(d->why, sizeof(d->why), "compiling it takes too much time or memory");
	else
		snprintf(d->why, sizeof(d->why), "the compiler died of it (status %d)", status);
}

int sig_compile_child(const struct sig_ruleset *set, const struct sig_compile_opts *opts, int out_fd,
	struct sig_compile_report *report)
{
	struct sig_compile_rejected dead[MAX_DEATHS];
	uint32_t dead_n = 0;
	bool careful = false;
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool *skip = calloc(set->rules_n + 1, sizeof(*skip));
	int rc = -ENOMEM;

	memset(report, 0, sizeof(*report));
	if (sh == MAP_FAILED || !skip)
		goto out;
	for (;;) {
		int status;
		pid_t pid;

		memset((void *)sh, 0, offsetof(struct shared, rejected));
		pid = fork();
		if (pid < 0) {
			rc = -errno;
			break;
		}
		if (pid == 0)
			child(set, opts, out_fd, skip, careful, sh);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && sh->rc != -ENOMEM) {
			take_report(sh, report, dead, dead_n);
			rc = sh->rc;
			break;
		}
		if (sh->current == 0 && !careful) { // it died among databases: find out of which
			careful = true;
			continue;
		}
		if (sh->current == 0 || sh->current > set->rules_n || dead_n == MAX_DEATHS) {
			rc = sh->rc == -ENOMEM ? -ENOMEM : -EDEADLK;
			break;
		}
		skip[sh->current - 1] = true;
		blame(&dead[dead_n++], set->rule[sh->current - 1], status);
	}
out:
	if (sh != MAP_FAILED)
		munmap(sh, sizeof(*sh));
	free(skip);
	return rc;
}
