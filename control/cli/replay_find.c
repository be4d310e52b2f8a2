/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/** pcap in both byte orders, microseconds, nanoseconds and Kuznetzov's variant; pcapng. */
static bool looks_like_capture(const char *path)
{
	static const uint32_t magic[] = {0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34,
		0x34cdb2a1, 0x0a0d0d0a};
	uint32_t first = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, &first, sizeof(first));
	close(fd);
	for (size_t i = 0; n == sizeof(first) && i < sizeof(magic) / sizeof(magic[0]); i++)
		if (first == magic[i])
			return true;
	return false;
}

static void add(struct replay_run *r, const char *path, const char *below)
{
	struct replay_capture *grown;

	if ((r->captures & (r->captures + 1)) == 0) { // room grows at 0, 1, 3, 7, ...
		grown = realloc(r->capture, (2 * r->captures + 1) * sizeof(*grown));
		if (grown == NULL)
			abort(); // start-up: nothing runs yet
		r->capture = grown;
	}
	r->capture[r->captures++] = (struct replay_capture){strdup(path), strdup(below)};
}

/** Everything under `dir` that begins like a capture, in order of name. */
static int walk(struct replay_run *r, const char *dir, size_t root_len)
{
	struct dirent **entry;
	int n = scandir(dir, &entry, NULL, alphasort);

	if (n < 0) {
		fprintf(stderr, "sekisho replay: %s: %s\n", dir, strerror(errno));
		return CLI_FAILED;
	}
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		struct stat st;
		char *path;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
				asprintf(&path, "%s/%s", dir, name) > 0) {
			if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
				walk(r, path, root_len);
			else if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && looks_like_capture(path))
				add(r, path, path + root_len + 1);
			free(path);
		}
		free(entry[i]);
	}
	free(entry);
	return CLI_OK;
}

int replay_find(struct replay_run *r)
{
	for (unsigned i = 0; i < r->o->pcaps.n; i++) {
		char *path = strdup(r->o->pcaps.item[i]);
		size_t n = strlen(path);
		struct stat st;
		int rc = CLI_OK;

		while (n > 1 && path[n - 1] == '/')
			path[--n] = 0;
		if (stat(path, &st)) {
			fprintf(stderr, "sekisho replay: %s: %s\n", path, strerror(errno));
			rc = CLI_FAILED;
		} else if (S_ISDIR(st.st_mode)) {
			rc = walk(r, path, n);
		} else {
			const char *slash = strrchr(path, '/');

			add(r, path, slash ? slash + 1 : path);
		}
		free(path);
		if (rc)
			return rc;
	}
	if (r->captures == 0) {
		fputs("sekisho replay: no capture found\n", stderr);
		return CLI_FAILED;
	}
	if (r->captures > 1 && (r->o->eve != NULL || r->o->out != NULL)) {
		fprintf(stderr, "sekisho replay: %u captures: use --eve-dir instead of --eve, no --out\n",
			r->captures);
		return CLI_USAGE;
	}
	return CLI_OK;
}
