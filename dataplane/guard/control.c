/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: one command a line, one JSON document a line back. It works without control,
 * so that an operator can switch to bypass when nothing else runs.
 */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS 8
#define ANSWER_BYTES (256 * 1024)

struct gd_client {
	int fd;
	size_t len;
	char line[512];
};

int gd_control_open(struct gd *g)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = GD_WAKE(GD_WAKE_LISTEN, 0)};

	g->clients = calloc(CLIENTS, sizeof(*g->clients));
	if (g->clients == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < CLIENTS; i++)
		g->clients[i].fd = -1;
	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s/guard.sock", g->opt.run_dir) >=
			(int)sizeof(a.sun_path))
		return -ENAMETOOLONG;
	unlink(a.sun_path);
	g->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (g->listen_fd < 0 || bind(g->listen_fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
			chmod(a.sun_path, 0660) < 0 || listen(g->listen_fd, CLIENTS) < 0 ||
			epoll_ctl(g->epoll, EPOLL_CTL_ADD, g->listen_fd, &ev) < 0)
		return -errno;
	return 0;
}

void gd_control_accept(struct gd *g)
{
	int fd = accept4(g->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	for (uint32_t i = 0; fd >= 0 && i < CLIENTS; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.u64 = GD_WAKE(GD_WAKE_CLIENT, i)};

		if (g->clients[i].fd >= 0)
			continue;
		g->clients[i] = (struct gd_client){.fd = fd};
		if (epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &ev) == 0)
			return;
		g->clients[i].fd = -1;
		break;
	}
	if (fd >= 0)
		close(fd);
}

static int refuse(char *out, size_t size, const char *why)
{
	return snprintf(out, size, "{\"ok\":false,\"error\":\"%s\"}\n", why);
}

/** bypass on [SECONDS] [wire NAME] | bypass off [wire NAME] */
static int do_bypass(struct gd *g, char **word, unsigned n, char *out, size_t size)
{
	uint64_t now = dp_mono_ns(), until = UINT64_MAX, *at = &g->seg->bypass_until_ns;
	bool on = n > 1 && strcmp(word[1], "on") == 0;
	unsigned i = 2;

	if (!on && (n < 2 || strcmp(word[1], "off") != 0))
		return refuse(out, size, "bypass on [SECONDS] [wire NAME] | bypass off [wire NAME]");
	if (on && n > i && strcmp(word[i], "wire") != 0) {
		char *end;
		unsigned long long s = strtoull(word[i++], &end, 10);

		if (*end != 0 || s == 0 || s > 31536000)
			return refuse(out, size, "SECONDS is a number from 1 to 31536000");
		until = now + s * DP_NS_PER_S;
	}
	if (n > i) {
		unsigned w = 0;

		if (n != i + 2 || strcmp(word[i], "wire") != 0)
			return refuse(out, size, "unexpected word; bypass on [SECONDS] [wire NAME]");
		while (w < g->opt.n_wires && strcmp(g->seg->wire[w].name, word[i + 1]) != 0)
			w++;
		if (w == g->opt.n_wires)
			return refuse(out, size, "no such wire");
		at = &g->seg->wire[w].bypass_until_ns;
	}
	__atomic_store_n(at, on ? until : 0, __ATOMIC_RELEASE);
	if (at == &g->seg->bypass_until_ns) {
		g->seg->bypass_since_ns = on ? now : 0;
		gd_fault(g, 0, 0, on ? "bypass_on" : "bypass_off", "by the operator");
		gd_slots_watch(g, now);
	}
	return snprintf(out, size, "{\"ok\":true,\"bypass\":%s}\n", on ? "true" : "false");
}

static int answer(struct gd *g, char *line, char *out, size_t size)
{
	char *word[8], *save = NULL;
	unsigned n = 0;

	for (char *w = strtok_r(line, " \t\r", &save); w != NULL && n < 8;
			w = strtok_r(NULL, " \t\r", &save))
		word[n++] = w;
	if (n == 0)
		return refuse(out, size, "empty command");
	if (strcmp(word[0], "ping") == 0)
		return snprintf(out, size, "{\"ok\":true}\n");
	if (strcmp(word[0], "status") == 0)
		return gd_status_json(g, false, out, size);
	if (strcmp(word[0], "audit") == 0)
		return gd_status_json(g, true, out, size);
	if (strcmp(word[0], "bypass") == 0)
		return do_bypass(g, word, n, out, size);
	if (strcmp(word[0], "stop") == 0) {
		g->stop = true;
		return snprintf(out, size, "{\"ok\":true}\n");
	}
	return refuse(out, size, "commands: ping, status, audit, bypass, stop");
}

static void drop(struct gd_client *c)
{
	close(c->fd);
	c->fd = -1;
}

void gd_control_read(struct gd *g, uint32_t index)
{
	static char out[ANSWER_BYTES]; // the guard has one thread
	struct gd_client *c = &g->clients[index % CLIENTS];
	char *end;
	ssize_t got = c->fd < 0 ? 0 : read(c->fd, c->line + c->len, sizeof(c->line) - 1 - c->len);

	if (c->fd < 0)
		return;
	if (got <= 0) {
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			drop(c);
		return;
	}
	c->len += (size_t)got;
	c->line[c->len] = 0;
	while ((end = strchr(c->line, '\n')) != NULL) {
		int n;

		*end = 0;
		n = answer(g, c->line, out, sizeof(out));
		c->len -= (size_t)(end + 1 - c->line);
		memmove(c->line, end + 1, c->len + 1);
		// A client that does not read loses its connection, not the guard its time.
		if (send(c->fd, out, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n) {
			drop(c);
			return;
		}
	}
	if (c->len == sizeof(c->line) - 1)
		drop(c);
}

void gd_control_close(struct gd *g)
{
	char path[128];

	if (g->listen_fd < 0)
		return;
	close(g->listen_fd);
	snprintf(path, sizeof(path), "%s/guard.sock", g->opt.run_dir);
	unlink(path);
}
