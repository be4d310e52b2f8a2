/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LAST_NS UINT64_C(200000000)
#define QUEUE 64u /* lines; a power of two */

static struct queued {
	char text[512];
	size_t n;
} queue[QUEUE];
static uint32_t given, taken; /* the main thread, the writer */
static bool queueing;

// One write: lines of several programs on one stderr stay whole. Failure has no remedy.
static bool put(const char *text, size_t n)
{
	struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&err, 1, 0) == 1 && err.revents & POLLOUT && write(STDERR_FILENO, text, n) >= 0;
}

static void format(struct queued *q, const char *level, const char *event, const char *gap,
	const char *text)
{
	uint64_t now = dp_wall_ns();
	int n = snprintf(q->text, sizeof(q->text), "ts=%llu.%06llu level=%s unit=guard event=%s %s%s\n",
			(unsigned long long)(now / DP_NS_PER_S),
			(unsigned long long)(now % DP_NS_PER_S / 1000), level, event, gap, text);

	q->n = n < (int)sizeof(q->text) ? (size_t)n : sizeof(q->text) - 1;
}

/** Whoever reads the log, or the disk it lies on, may be slow: that must not hold up packets. */
static void line(const char *level, const char *event, const char *text)
{
	static unsigned lost;
	char gap[24] = "";

	if (given - __atomic_load_n(&taken, __ATOMIC_ACQUIRE) == QUEUE) {
		lost++;
		return;
	}
	if (lost > 0)
		snprintf(gap, sizeof(gap), "lines_lost=%u ", lost);
	format(&queue[given % QUEUE], level, event, gap, text);
	__atomic_store_n(&given, given + 1, __ATOMIC_RELEASE);
	lost = 0;
	if (queueing)
		gd_evidence_wake();
	else
		gd_log_write();
}

void gd_log_queue(bool on)
{
	uint64_t until = dp_mono_ns() + LAST_NS;

	queueing = on;
	while (!on && __atomic_load_n(&taken, __ATOMIC_ACQUIRE) != given && dp_mono_ns() < until)
		usleep(200); // the writer's thread is at it: the last lines, at the end of the program
}

void gd_log_write(void)
{
	uint32_t at = taken;

	for (; at != __atomic_load_n(&given, __ATOMIC_ACQUIRE); at++) {
		put(queue[at % QUEUE].text, queue[at % QUEUE].n);
		__atomic_store_n(&taken, at + 1, __ATOMIC_RELEASE);
	}
}

void gd_log(const char *level, const char *event, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line(level, event, text);
}

void gd_log_now(const char *level, const char *event, const char *fmt, ...)
{
	struct queued q;
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	format(&q, level, event, "", text);
	put(q.text, q.n);
}

void gd_fault(struct gd *g, unsigned wire, unsigned side, const char *what, const char *fmt, ...)
{
	struct dp_ev_fault ev = {.head = {.type = DP_EV_FAULT, .version = DP_EV_VERSION}};
	va_list ap;

	ev.c.ts_ns = dp_wall_ns();
	ev.c.wire = (uint8_t)wire;
	ev.c.side = (uint8_t)side;
	snprintf(ev.what, sizeof(ev.what), "%s", what);
	va_start(ap, fmt);
	vsnprintf(ev.detail, sizeof(ev.detail), fmt, ap);
	va_end(ap);
	dp_ev_ring_put(dp_seg_guard_ring(g->seg), &ev.head, sizeof(ev));
	line("warning", what, ev.detail);
}
