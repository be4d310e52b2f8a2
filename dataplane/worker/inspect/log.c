/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void in_log(const char *level, const char *event, const char *fmt, ...)
{
	char text[400], out[512];
	uint64_t now = dp_wall_ns();
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = snprintf(out, sizeof(out), "ts=%llu.%06llu level=%s unit=inspect pid=%d event=%s %s\n",
			(unsigned long long)(now / DP_NS_PER_S),
			(unsigned long long)(now % DP_NS_PER_S / 1000), level, getpid(), event, text);
	if (n > (int)sizeof(out))
		n = (int)sizeof(out);
	if (write(STDERR_FILENO, out, (size_t)n) < 0)
		return;
}
