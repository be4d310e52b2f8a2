/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(DP_LIFE_ENDED == FUTEX_OWNER_DIED, "the kernel writes it");

/** The one word the handler needs: async-signal-safe, and this process has one worker. */
static struct dp_proc *proc;

static void on_fault(int sig)
{
	// From here the guard knows that it was the worker's own doing, not somebody's kill -9.
	__atomic_store_n(&proc->fault_signal, (uint32_t)sig, __ATOMIC_RELEASE);
	// The poll loop goes no further, however long the kernel writes a core file.
	if ((uint32_t)gettid() == proc->life)
		__atomic_store_n(&proc->life, proc->life | DP_LIFE_ENDED, __ATOMIC_RELEASE);
	signal(sig, SIG_DFL);
	raise(sig);
}

void in_fault_handlers(struct in_worker *w)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
	stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
	struct sigaction sa = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_RESETHAND};

	proc = w->proc;
	if (alt.ss_sp != NULL)
		sigaltstack(&alt, NULL);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &sa, NULL);
}

void in_life_begin(struct in_worker *w)
{
	static struct robust_list_head head;
	static struct robust_list node;

	// A lock that is taken for life, on a list of our own: glibc's list of this thread is not used,
	// since no robust mutex is.
	node.next = &head.list;
	head.list.next = &node;
	head.futex_offset = (long)((uintptr_t)&w->proc->life - (uintptr_t)&node);
	__atomic_store_n(&w->proc->life, (uint32_t)gettid(), __ATOMIC_RELEASE);
	// Without it the guard waits for the whole process to end.
	if (syscall(SYS_set_robust_list, &head, sizeof(head)) < 0)
		in_log("warning", "no_robust_list", "hint=\"a death is noticed a little later\"");
}

#ifdef SEKISHO_FAULT_INJECTION
/** Only in a build for the chaos tests: packets that say so crash inspection, or never end it. */
void in_fault_inject(struct in_worker *w, unsigned n)
{
	static const char mark[] = "SEKISHO-FAULT-";

	for (unsigned i = 0; i < n; i++) {
		const struct dp_pkt *p = &w->pkts[w->flight->base + i];
		const uint8_t *at = memmem(p->data, p->len, mark, sizeof(mark) - 1);

		if (at == NULL || (size_t)(p->data + p->len - at) < sizeof(mark) + 3)
			continue;
		at += sizeof(mark) - 1;
		w->flight->inspecting = i;
		if (memcmp(at, "SEGV", 4) == 0) {
			volatile int *volatile nowhere = NULL;

			*nowhere = 1;
		}
		for (volatile int forever = memcmp(at, "LOOP", 4) == 0; forever;)
			;
	}
}
#endif
