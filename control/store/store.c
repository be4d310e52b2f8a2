/* SPDX-License-Identifier: Apache-2.0 */
#include "replace.h"

#include <ctl/store.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const ctl_layer_name[CTL_LAYERS] = {"vendor", "jsig", "verdict"};

int ctl_layer_by_name(const char *name)
{
	for (unsigned i = 0; i < CTL_LAYERS; i++)
		if (strcmp(name, ctl_layer_name[i]) == 0)
			return (int)i;
	return -1;
}

void ctl_store_path(const struct ctl_store *s, unsigned layer, uint32_t generation, char out[320])
{
	snprintf(out, 320, "%s/%s/%u.img", s->dir, ctl_layer_name[layer], generation);
}

static int make_dirs(const char *path)
{
	char part[320];

	snprintf(part, sizeof(part), "%s", path);
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c != '/' && c != 0)
			continue;
		*p = 0;
		if (mkdir(part, 0750) && errno != EEXIST)
			return -errno;
		*p = c;
		if (c == 0)
			return 0;
	}
}

/** Number of an image's file name, 0 for any other name. */
static uint32_t number_of(const char *name)
{
	char *end;
	unsigned long n = strtoul(name, &end, 10);

	return end != name && strcmp(end, ".img") == 0 && n < UINT32_MAX ? (uint32_t)n : 0;
}

static int read_layer(struct ctl_store *s, unsigned layer)
{
	struct ctl_store_layer *l = &s->layer[layer];
	char path[320];
	struct dirent *e;
	FILE *f;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", s->dir, ctl_layer_name[layer]);
	d = opendir(path);
	if (d == NULL)
		return -errno;
	while ((e = readdir(d)) != NULL)
		if (number_of(e->d_name) > l->newest)
			l->newest = number_of(e->d_name);
	closedir(d);
	snprintf(path, sizeof(path), "%s/%s/current", s->dir, ctl_layer_name[layer]);
	f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ? 0 : -errno;
	if (fscanf(f, "%u %u %u", &l->current, &l->previous, &l->mode) != 3)
		l->current = l->previous = l->mode = 0;
	fclose(f);
	if (l->current > l->newest)
		l->newest = l->current;
	ctl_store_path(s, layer, l->current, path);
	if (l->current && access(path, R_OK))
		l->current = 0;
	ctl_store_path(s, layer, l->previous, path);
	if (l->previous && access(path, R_OK))
		l->previous = 0;
	return 0;
}

int ctl_store_open(struct ctl_store *s, const char *state_dir)
{
	int rc = 0;

	*s = (struct ctl_store){0};
	if ((size_t)snprintf(s->dir, sizeof(s->dir), "%s/images", state_dir) >= sizeof(s->dir))
		return -ENAMETOOLONG;
	for (unsigned i = 0; i < CTL_LAYERS && rc == 0; i++) {
		char path[320];

		snprintf(path, sizeof(path), "%s/%s", s->dir, ctl_layer_name[i]);
		rc = make_dirs(path);
		if (rc == 0)
			rc = read_layer(s, i);
	}
	return rc;
}

/** A new file under a temporary name beside its final one. */
static int begin(const struct ctl_store *s, unsigned layer, char tmp[320])
{
	int fd;

	snprintf(tmp, 320, "%s/%s/.new", s->dir, ctl_layer_name[layer]);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	return fd < 0 ? -errno : fd;
}

static int finish(struct ctl_store *s, unsigned layer, int fd, const char *tmp, int rc,
		uint32_t *generation)
{
	char path[320];

	if (rc == 0 && fsync(fd))
		rc = -errno;
	close(fd);
	ctl_store_path(s, layer, s->layer[layer].newest + 1, path);
	if (rc == 0 && rename(tmp, path))
		rc = -errno;
	if (rc)
		unlink(tmp);
	else
		*generation = ++s->layer[layer].newest;
	return rc;
}

int ctl_store_add(struct ctl_store *s, unsigned layer, const void *image, size_t n,
		uint32_t *generation)
{
	char tmp[320];
	int fd = begin(s, layer, tmp);

	if (fd < 0)
		return fd;
	return finish(s, layer, fd, tmp, store_write_all(fd, image, n), generation);
}

int ctl_store_add_file(struct ctl_store *s, unsigned layer, const char *path, uint32_t *generation)
{
	int in = open(path, O_RDONLY | O_CLOEXEC), fd, rc = 0;
	char tmp[320];
	struct stat st;

	if (in < 0 || fstat(in, &st)) {
		rc = -errno;
		if (in >= 0)
			close(in);
		return rc;
	}
	fd = begin(s, layer, tmp);
	if (fd < 0) {
		close(in);
		return fd;
	}
	for (off_t left = st.st_size; left && rc == 0;) {
		ssize_t n = sendfile(fd, in, NULL, (size_t)left);

		if (n <= 0)
			rc = n < 0 ? -errno : -EIO;
		else
			left -= n;
	}
	close(in);
	return finish(s, layer, fd, tmp, rc, generation);
}

void ctl_store_discard(struct ctl_store *s, unsigned layer, uint32_t generation)
{
	char path[320];

	ctl_store_path(s, layer, generation, path);
	unlink(path);
}

/** Only the newest CTL_STORE_KEEP stay, and what runs and what ran before. */
static void clean(const struct ctl_store *s, unsigned layer)
{
	const struct ctl_store_layer *l = &s->layer[layer];
	char path[320];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", s->dir, ctl_layer_name[layer]);
	d = opendir(path);
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		uint32_t n = number_of(e->d_name);

		if (n && n != l->current && n != l->previous && n + CTL_STORE_KEEP <= l->newest)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
}

int ctl_store_commit(struct ctl_store *s, unsigned layer, uint32_t generation, uint32_t mode)
{
	struct ctl_store_layer *l = &s->layer[layer], next = *l;
	char path[320], text[64];
	int rc, n;

	if (generation != l->current)
		next.previous = l->current;
	next.current = generation;
	next.mode = mode;
	snprintf(path, sizeof(path), "%s/%s/current", s->dir, ctl_layer_name[layer]);
	n = snprintf(text, sizeof(text), "%u %u %u\n", next.current, next.previous, next.mode);
	rc = store_replace(path, text, (size_t)n);
	if (rc)
		return rc;
	*l = next;
	clean(s, layer);
	return 0;
}
