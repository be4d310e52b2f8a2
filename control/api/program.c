/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/program.h>

#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

void ctl_program_path(const char *name, char *out, size_t len)
{
	static const char *const beside[] = {"", "/../bin", "/../sbin", "/../../bin"};
	char self[512];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *dir;

	self[n > 0 ? n : 0] = 0;
	dir = dirname(self);
	for (size_t i = 0; n > 0 && i < sizeof(beside) / sizeof(beside[0]); i++) {
		snprintf(out, len, "%s%s/%s", dir, beside[i], name);
		if (access(out, X_OK) == 0)
			return;
	}
	snprintf(out, len, "%s", name);
}
