/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void line(const char *level, const char *event, const char *text)
{
	static unsigned lost;
	struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};
	char out[512], gap[24] = "";
	uint64_t now = dp_wall_ns();
	int n;

	if (lost > 0)
		snprintf(gap, sizeof(gap), "lines_lost=%u ", lost);
	n = snprintf(out, sizeof(out), "ts=%llu.%06llu level=%s unit=guard event=%s %s%s\n",
			(unsigned long long)(now / DP_NS_PER_S),
			(unsigned long long)(now % DP_NS_PER_S / 1000), level, event, gap, text);

	if (n > (int)sizeof(out))
		n = (int)sizeof(out);
	// Whoever reads the log may be stuck: that must not hold up packets.
	if (poll(&err, 1, 0) != 1 || (err.revents & POLLOUT) == 0) {
		lost++;
		return;
	}
	lost = 0;
	// One write: lines of several programs on one stderr stay whole. Failure has no remedy.
	if (write(STDERR_FILENO, out, (size_t)n) < 0)
		return;
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
