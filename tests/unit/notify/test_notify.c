/* SPDX-License-Identifier: Apache-2.0 */
/* A real datagram socket plays the service manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <plat/notify.h>

static int manager(char *path, size_t size)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	snprintf(path, size, "@sekisho-notify-%d", getpid());
	memcpy(a.sun_path + 1, path + 1, strlen(path) - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
					 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))),
			0);
	return fd;
}

static void expect(int fd, const char *text)
{
	char got[64] = "";
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

	if (text == NULL) {
		assert_int_equal(n, -1);
		return;
	}
	assert_string_equal(got, text);
}

static void nobody_asked(void **state)
{
	struct plat_notify n;

	unsetenv("NOTIFY_SOCKET");
	plat_notify_open(&n);
	assert_int_equal(n.fd, -1);
	plat_notify_ready(&n);
	plat_notify_alive(&n, 1);
	plat_notify_close(&n);
}

static void unusable_sockets(void **state)
{
	struct plat_notify n;
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	setenv("NOTIFY_SOCKET", path, 1);
	plat_notify_open(&n);
	assert_int_equal(n.fd, -1);
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	plat_notify_open(&n);
	assert_int_equal(n.fd, -1);
	plat_notify_alive(&n, 1);
}

static void ready_and_alive(void **state)
{
	struct plat_notify n;
	char path[64], pid[16];
	int fd = manager(path, sizeof(path));

	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "2000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	plat_notify_open(&n);
	assert_int_equal(n.interval_ns, 1000000000);
	plat_notify_ready(&n);
	expect(fd, "READY=1");
	plat_notify_alive(&n, 5000000000);
	expect(fd, "WATCHDOG=1");
	plat_notify_alive(&n, 5999999999);
	expect(fd, NULL);
	plat_notify_alive(&n, 6000000000);
	expect(fd, "WATCHDOG=1");
	plat_notify_close(&n);
	plat_notify_alive(&n, 9000000000);
	expect(fd, NULL);
	close(fd);
}

static void watchdog_of_another_process(void **state)
{
	struct plat_notify n;
	char path[64];
	int fd = manager(path, sizeof(path));

	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "2000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	plat_notify_open(&n);
	assert_int_equal(n.interval_ns, 0);
	plat_notify_alive(&n, 1);
	expect(fd, NULL);
	plat_notify_close(&n);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_asked),
		cmocka_unit_test(unusable_sockets),
		cmocka_unit_test(ready_and_alive),
		cmocka_unit_test(watchdog_of_another_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
