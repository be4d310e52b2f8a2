/* SPDX-License-Identifier: Apache-2.0 */
/** Rule files named by a REST client: compiled in a process of its own, never in this one. */
#include "daemon.h"

#include <ctl/program.h>
#include <ctl/site.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FILES 256

struct job {
	struct daemon *d;
	struct evhttp_request *req;
	struct event *ended;
	unsigned layer;
	uint32_t mode;
	pid_t pid;
	int pidfd, err_fd, out_fd; /**< out_fd: the report */
	bool strict;
	char out[320];
};

/** What stands in the file; NULL: not JSON. */
static json_t *report(int fd)
{
	lseek(fd, 0, SEEK_SET);
	return json_loadfd(fd, 0, NULL);
}

static void close_files(struct job *j)
{
	if (j->err_fd >= 0)
		close(j->err_fd);
	if (j->out_fd >= 0)
		close(j->out_fd);
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct job *j = arg;
	char text[2000] = "";
	int status = 0;
	uint32_t generation;
	ssize_t n;

	waitpid(j->pid, &status, 0);
	n = pread(j->err_fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	if (j->req == NULL)
		log_warn("msg=\"client left while rules were compiled\" layer=%s",
			ctl_layer_name[j->layer]);
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		http_error(j->req, 422, "compiling failed: %s", text[0] ? text : "the compiler died");
	else if (ctl_store_add_file(&j->d->store, j->layer, j->out, &generation))
		http_error(j->req, 500, "the image could not be stored");
	else
		activate(j->d, j->layer, generation, j->mode, report(j->out_fd), j->req);
	unlink(j->out);
	close(j->pidfd);
	close_files(j);
	event_free(j->ended);
	free(j);
}

static int start(struct job *j, json_t *files)
{
	const char *argv[MAX_FILES + CTL_SITE_COMPILE_WORDS + 8];
	posix_spawn_file_actions_t fa;
	char program[512], *word[CTL_SITE_COMPILE_WORDS];
	size_t i, n = 0, words = settings_compile_words(j->d, word, CTL_SITE_COMPILE_WORDS);
	json_t *v;
	int rc;

	ctl_program_path("sekisho", program, sizeof(program));
	argv[n++] = program;
	argv[n++] = "rules";
	argv[n++] = "compile";
	argv[n++] = "-o";
	argv[n++] = j->out;
	argv[n++] = "--json";
	if (j->strict)
		argv[n++] = "--strict";
	for (i = 0; i < words; i++)
		argv[n++] = word[i];
	json_array_foreach(files, i, v)
		if (json_is_string(v) && n < MAX_FILES + words + 7)
			argv[n++] = json_string_value(v);
	argv[n] = NULL;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, j->err_fd, 2);
	posix_spawn_file_actions_adddup2(&fa, j->out_fd, 1);
	rc = posix_spawnp(&j->pid, program, &fa, NULL, (char **)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	for (i = 0; i < words; i++)
		free(word[i]);
	if (rc)
		return -rc;
	j->pidfd = (int)syscall(SYS_pidfd_open, j->pid, 0);
	return j->pidfd < 0 ? -errno : 0;
}

void compile_files(struct daemon *d, unsigned layer, uint32_t mode, json_t *files, bool strict,
		struct evhttp_request *req)
{
	struct job *j = calloc(1, sizeof(*j));
	int rc;

	if (j == NULL) {
		http_error(req, 500, "out of memory");
		return;
	}
	*j = (struct job){.d = d, .req = req, .layer = layer, .mode = mode, .pidfd = -1,
		.strict = strict};
	j->err_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	j->out_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	snprintf(j->out, sizeof(j->out), "%s/.compile-%d-%p", d->store.dir, getpid(), (void *)j);
	rc = j->err_fd < 0 || j->out_fd < 0 ? -errno : start(j, files);
	if (rc == 0) {
		j->ended = event_new(d->base, j->pidfd, EV_READ, on_ended, j);
		event_add(j->ended, NULL);
		http_wait(&j->req);
		return;
	}
	http_error(req, 500, "the compiler did not start: %s", strerror(-rc));
	close_files(j);
	free(j);
}
