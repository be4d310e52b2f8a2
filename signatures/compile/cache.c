/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sig/image.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ENTRIES 512

struct entry_head {
	char magic[8];
	uint64_t key, size, sum;
};
#define ENTRY_MAGIC "SKSIGDB1"

static int make_dirs(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(path, 0755) < 0 && errno != EEXIST) {
			*p = '/';
			return -errno;
		}
		*p = '/';
	}
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

void cache_init(struct db_cache *c, const char *dir)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CACHE_HOME");
	int n;

	c->dir[0] = 0;
	if (dir && !*dir)
		return;
	if (dir)
		n = snprintf(c->dir, sizeof(c->dir), "%s", dir);
	else if (geteuid() == 0)
		n = snprintf(c->dir, sizeof(c->dir), "/var/cache/sekisho");
	else if (xdg && *xdg)
		n = snprintf(c->dir, sizeof(c->dir), "%s/sekisho", xdg);
	else if (home && *home)
		n = snprintf(c->dir, sizeof(c->dir), "%s/.cache/sekisho", home);
	else
		return;
	if (n < 0 || (size_t)n >= sizeof(c->dir) - 64 || make_dirs(c->dir) < 0 ||
		access(c->dir, W_OK | X_OK) < 0)
		c->dir[0] = 0;
}

static void entry_path(const struct db_cache *c, uint64_t key, char *path, size_t n)
{
	snprintf(path, n, "%s/%016llx.hsdb", c->dir, (unsigned long long)key);
}

char *cache_get(const struct db_cache *c, uint64_t key, size_t *size)
{
	struct entry_head h;
	char path[600];
	char *p = NULL;
	int fd;

	if (!c->dir[0])
		return NULL;
	entry_path(c, key, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (read(fd, &h, sizeof(h)) == (ssize_t)sizeof(h) &&
		memcmp(h.magic, ENTRY_MAGIC, 8) == 0 && h.key == key && h.size < SIG_IMG_MAX_BYTES)
		p = malloc(h.size + 1);
	if (p && (read(fd, p, h.size) != (ssize_t)h.size || sig_hash64(p, h.size) != h.sum)) {
		free(p);
		p = NULL;
	}
	if (p) {
		*size = h.size;
		futimens(fd, NULL);
	}
	close(fd);
	return p;
}

void cache_put(const struct db_cache *c, uint64_t key, const char *bytes, size_t size)
{
	struct entry_head h = {.key = key, .size = size, .sum = sig_hash64(bytes, size)};
	char path[600], tmp[640];
	int fd;
	bool ok;

	if (!c->dir[0])
		return;
	memcpy(h.magic, ENTRY_MAGIC, 8);
	entry_path(c, key, path, sizeof(path));
	snprintf(tmp, sizeof(tmp), "%s.%d", path, (int)getpid());
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	ok = write(fd, &h, sizeof(h)) == (ssize_t)sizeof(h) &&
		write(fd, bytes, size) == (ssize_t)size;
	if (close(fd) < 0 || !ok || rename(tmp, path) < 0)
		unlink(tmp);
}

struct aged {
	char name[64];
	time_t used;
};

static int by_age(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	return x->used < y->used ? -1 : x->used > y->used;
}

void cache_trim(const struct db_cache *c)
{
	struct aged *all = NULL;
	size_t n = 0, cap = 0;
	struct dirent *e;
	DIR *d = c->dir[0] ? opendir(c->dir) : NULL;

	while (d && (e = readdir(d))) {
		struct stat st;

		if (!strstr(e->d_name, ".hsdb") || strlen(e->d_name) >= sizeof(all->name) ||
			fstatat(dirfd(d), e->d_name, &st, 0) < 0)
			continue;
		if (n == cap) {
			struct aged *p = realloc(all, (cap = cap ? cap * 2 : 256) * sizeof(*p));

			if (!p)
				break;
			all = p;
		}
		strcpy(all[n].name, e->d_name);
		all[n++].used = st.st_mtime;
	}
	if (n > MAX_ENTRIES) {
		qsort(all, n, sizeof(*all), by_age);
		for (size_t i = 0; i < n - MAX_ENTRIES; i++)
			unlinkat(dirfd(d), all[i].name, 0);
	}
	if (d)
		closedir(d);
	free(all);
}
