/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/client.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX (1u << 20)

static int connect_guard(const char *run_dir)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval wait = {.tv_sec = 3};
	int fd;

	if ((size_t)snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", run_dir, CTL_GUARD_SOCKET) >=
			sizeof(a.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -ECONNREFUSED;
	}
	return fd;
}

int ctl_guard_command(const char *run_dir, const char *line, char **answer)
{
	int fd = connect_guard(run_dir), rc = -EIO;
	char *buf = NULL;
	size_t len = 0;

	*answer = NULL;
	if (fd < 0)
		return fd;
	if (dprintf(fd, "%s\n", line) < 0)
		goto out;
	buf = malloc(ANSWER_MAX);
	while (buf != NULL && len < ANSWER_MAX - 1) {
		ssize_t n = recv(fd, buf + len, ANSWER_MAX - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		if (buf[len - 1] == '\n') {
			buf[len - 1] = 0;
			*answer = buf;
			buf = NULL;
			rc = 0;
		}
	}
out:
	free(buf);
	close(fd);
	return rc;
}
