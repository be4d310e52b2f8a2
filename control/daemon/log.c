/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BURST 10u /**< lines of one format in a second */
#define FORMATS 64u

/** By format string: it stands for the message, whatever its arguments. */
static struct {
	const char *fmt;
	time_t second;
	unsigned lines, suppressed;
} seen[FORMATS];

/** True: print it. *suppressed: how many like it were not, in the seconds before. */
static bool allowed(const char *fmt, time_t now, unsigned *suppressed)
{
	unsigned i = (unsigned)((uintptr_t)fmt >> 3) % FORMATS;

	*suppressed = 0;
	if (seen[i].fmt != fmt || seen[i].second != now) {
		*suppressed = seen[i].fmt == fmt ? seen[i].suppressed : 0;
		seen[i].fmt = fmt;
		seen[i].second = now;
		seen[i].lines = seen[i].suppressed = 0;
	}
	if (seen[i].lines++ < BURST)
		return true;
	seen[i].suppressed++;
	return false;
}

void log_line(const char *level, const char *fmt, ...)
{
	struct timespec ts;
	char when[32], text[1024];
	unsigned suppressed;
	struct tm tm;
	va_list ap;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (!allowed(fmt, ts.tv_sec, &suppressed))
		return;
	gmtime_r(&ts.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "time=%s.%03ldZ level=%s %s", when, ts.tv_nsec / 1000000, level, text);
	if (suppressed)
		fprintf(stderr, " suppressed=%u", suppressed);
	fputc('\n', stderr);
}
