/* SPDX-License-Identifier: Apache-2.0 */
#include <plat/notify.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static uint64_t watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10) * 1000 / 2;
}

void plat_notify_open(struct plat_notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;

	*n = (struct plat_notify){.fd = -1};
	if (len == 0 || len >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, path, len);
	if (a.sun_path[0] == '@') // an abstract address
		a.sun_path[0] = 0;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd < 0)
		return;
	if (connect(n->fd, (struct sockaddr *)&a,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0) {
		plat_notify_close(n);
		return;
	}
	n->interval_ns = watchdog_ns();
}

static void tell(struct plat_notify *n, const char *what)
{
	if (n->fd >= 0)
		(void)!send(n->fd, what, strlen(what), MSG_NOSIGNAL);
}

void plat_notify_ready(struct plat_notify *n)
{
	tell(n, "READY=1");
}

void plat_notify_alive(struct plat_notify *n, uint64_t now_ns)
{
	if (n->interval_ns == 0 || now_ns < n->next_ns)
		return;
	n->next_ns = now_ns + n->interval_ns;
	tell(n, "WATCHDOG=1");
}

void plat_notify_close(struct plat_notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
	n->interval_ns = 0;
}
