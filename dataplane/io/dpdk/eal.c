/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/nic.h>
#include <sched.h>
#include <stdio.h>

void dp_nic_lcores(char *out, size_t size, const char *list)
{
	size_t n;
	cpu_set_t set;

	if (list != NULL) {
		snprintf(out, size, "--lcores=0@(%s)", list);
		return;
	}
	n = (size_t)snprintf(out, size, "--lcores=0@(");
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		CPU_ZERO(&set);
	for (int i = 0, first = 1; i < CPU_SETSIZE && n + 8 < size; i++) {
		if (!CPU_ISSET(i, &set))
			continue;
		n += (size_t)snprintf(out + n, size - n, first ? "%d" : ",%d", i);
		first = 0;
	}
	snprintf(out + n, size - n, ")");
}
