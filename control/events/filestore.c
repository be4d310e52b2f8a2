/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/filestore.h>
#include "eve_internal.h"

#include <dirent.h>
#include <dp/segment.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096u
#define FOLDERS 256u /* the first byte of the digest names it */

static void failed(struct ctl_filestore *s)
{
	s->errors++;
	s->error = errno;
}

static void let_go(struct ctl_filestore *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/** nftw has no argument of its own: one walk at a time. */
static struct ctl_filestore *walking;
static time_t walk_before; /**< files of tmp older than that go */

static int count(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	if (kind != FTW_F)
		return 0;
	if (at->level == 2 && strncmp(path + strlen(walking->dir), "/tmp/", 5) == 0) {
		if (st->st_mtime < walk_before)
			unlink(path);
	} else if (at->level == 2 && strlen(path + at->base) == 64) {
		walking->files++;
		walking->bytes += (uint64_t)st->st_size;
	}
	return 0;
}

static void walk(struct ctl_filestore *s, time_t tmp_before)
{
	s->bytes = s->files = 0;
	walking = s;
	walk_before = tmp_before;
	nftw(s->dir, count, 16, FTW_PHYS);
	walking = NULL;
}

void ctl_filestore_tidy(struct ctl_filestore *s, unsigned age_s)
{
	char path[PATH_BYTES];
	struct dirent *e;
	struct stat st;
	DIR *d;

	if ((size_t)snprintf(path, sizeof(path), "%s/tmp", s->dir) >= sizeof(path))
		return;
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
				S_ISREG(st.st_mode) && st.st_mtime + (time_t)age_s < time(NULL))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
}

static int folder(const char *dir, const char *below)
{
	char path[PATH_BYTES];

	if ((size_t)snprintf(path, sizeof(path), "%s%s", dir, below) >= sizeof(path))
		return -ENAMETOOLONG;
	return mkdir(path, 0750) && errno != EEXIST ? -errno : 0;
}

int ctl_filestore_open(struct ctl_filestore *s, const char *dir, bool fileinfo,
		uint64_t quota_bytes, uint64_t quota_files)
{
	struct ctl_eve_options o;
	int rc;

	*s = (struct ctl_filestore){.fd = -1, .fileinfo = fileinfo, .quota_bytes = quota_bytes,
		.quota_files = quota_files};
	s->dir = strdup(dir);
	if (s->dir == NULL)
		return -ENOMEM;
	rc = folder(s->dir, "");
	if (rc == 0)
		rc = folder(s->dir, "/tmp");
	if (rc) {
		free(s->dir);
		s->dir = NULL;
		return rc;
	}
	walk(s, (time_t)INT64_MAX);
	ctl_eve_options_default(&o);
	ctl_eve_init(&s->eve, &o, NULL, NULL);
	return 0;
}

void ctl_filestore_close(struct ctl_filestore *s)
{
	if (s->dir == NULL)
		return;
	let_go(s);
	ctl_eve_fini(&s->eve);
	free(s->dir);
	s->dir = NULL;
}

/** Whose contents they are. */
static uint16_t source(const struct dp_ev_file *f)
{
	return f->source ? (uint16_t)(f->source - 1) : f->worker;
}

static bool tmp_path(const struct ctl_filestore *s, const struct dp_ev_file *f, char path[PATH_BYTES])
{
	return (size_t)snprintf(path, PATH_BYTES, "%s/tmp/%u.%u.%lu", s->dir, (unsigned)getpid(),
		source(f), (unsigned long)f->id) < PATH_BYTES;
}

static bool at_hand(const struct ctl_filestore *s, const struct dp_ev_file *f)
{
	return s->fd >= 0 && s->fd_id == f->id && s->fd_worker == source(f);
}

/** Its file, ready for what begins at f->offset: the one at hand still is in most cases. */
static bool take_up(struct ctl_filestore *s, const struct dp_ev_file *f, const char *path)
{
	struct stat st;

	if (at_hand(s, f) && f->offset && f->offset == s->fd_size)
		return true;
	let_go(s);
	s->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | (f->offset ? 0 : O_CREAT | O_TRUNC), 0640);
	if (s->fd < 0) {
		if (f->offset == 0)
			failed(s);
		return false; // its beginning was lost, and counted
	}
	if (fstat(s->fd, &st) != 0 || (uint64_t)st.st_size != f->offset) {
		let_go(s); // what lies between was lost, or the file is another's
		unlink(path);
		return false;
	}
	s->fd_id = f->id;
	s->fd_worker = source(f);
	s->fd_size = f->offset;
	return true;
}

/** A piece that could not be written spoils its file: what is there goes. */
static void piece(struct ctl_filestore *s, const struct dp_ev_file *f)
{
	const uint8_t *p = (const uint8_t *)(f + 1);
	char path[PATH_BYTES];
	uint32_t at = 0;

	if (f->n > f->head.len - sizeof(*f) || !tmp_path(s, f, path) || !take_up(s, f, path))
		return;
	while (at < f->n) {
		ssize_t n = write(s->fd, p + at, f->n - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			failed(s);
			break;
		}
		at += (uint32_t)n;
	}
	s->fd_size += at;
	if (at < f->n || (s->quota_bytes && s->fd_size > s->quota_bytes)) {
		let_go(s); // not whole, or it will be refused anyway
		unlink(path);
	}
}

static void hex(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static bool full(struct ctl_filestore *s, uint64_t more)
{
	const bool is = (s->quota_files && s->files >= s->quota_files) ||
		(s->quota_bytes && s->bytes + more > s->quota_bytes);

	s->over |= is;
	return is;
}

void ctl_filestore_recount(struct ctl_filestore *s)
{
	char path[PATH_BYTES];
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (!s->over)
		return;
	if ((size_t)snprintf(path, sizeof(path), "%s/%02x", s->dir, s->folder) >= sizeof(path))
		return;
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strlen(e->d_name) != 64 ||
				fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		s->found_files++;
		s->found_bytes += (uint64_t)st.st_size;
	}
	if (d != NULL)
		closedir(d);
	if (++s->folder < FOLDERS)
		return;
	s->files = s->found_files;
	s->bytes = s->found_bytes;
	s->found_files = s->found_bytes = 0;
	s->folder = 0;
	s->over = false;
}

/** Move a whole file from tmp to its name. NULL, or why not. */
static const char *admit(struct ctl_filestore *s, const char *from, const char *to, const char *below,
		const struct dp_ev_file *f)
{
	struct stat st;
	int fd;

	if (s->quota_bytes && f->offset > s->quota_bytes) {
		s->refused++;
		return "quota";
	}
	if (f->offset == 0) { // empty: no piece ever came
		fd = open(from, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
		if (fd >= 0)
			close(fd);
	}
	if (stat(from, &st) != 0 || (uint64_t)st.st_size != f->offset) {
		s->incomplete++;
		return "incomplete";
	}
	if (access(to, F_OK) == 0) {
		s->duplicates++;
		utimensat(AT_FDCWD, to, NULL, 0); // seen again: the last to be cleared away
		unlink(from);
		return NULL;
	}
	if (full(s, (uint64_t)st.st_size)) {
		s->refused++;
		return "quota";
	}
	if (folder(s->dir, below) || rename(from, to)) {
		failed(s);
		return "filesystem";
	}
	s->stored++;
	s->files++;
	s->bytes += (uint64_t)st.st_size;
	if (f->sha256[0] < s->folder) { // the count under way has passed its folder
		s->found_files++;
		s->found_bytes += (uint64_t)st.st_size;
	}
	return NULL;
}

static void keep(struct ctl_filestore *s, const struct dp_ev_file *f)
{
	char from[PATH_BYTES], to[PATH_BYTES], below[4];
	struct ctl_filestore_last *l = &s->last[f->worker % DP_MAX_SLOTS];

	hex(f->sha256, sizeof(f->sha256), l->name);
	snprintf(below, sizeof(below), "/%.2s", l->name);
	if (!tmp_path(s, f, from) ||
			(size_t)snprintf(to, sizeof(to), "%s%s/%s", s->dir, below, l->name) >= sizeof(to))
		return;
	l->id = f->id;
	l->ts_ns = f->ts_ns;
	l->why = admit(s, from, to, below, f);
	l->expects = s->fileinfo && l->why == NULL;
	if (l->why != NULL)
		unlink(from);
}

static void describe(struct ctl_filestore *s, struct ctl_filestore_last *l, const struct dp_ev_head *rec)
{
	char path[PATH_BYTES];
	FILE *f;

	l->expects = false;
	ctl_eve_record(&s->eve, rec);
	if ((size_t)snprintf(path, sizeof(path), "%s/%.2s/%s.%lu.%lu.json", s->dir, l->name, l->name,
			(unsigned long)(l->ts_ns / 1000000000u), (unsigned long)l->id) < sizeof(path)) {
		f = fopen(path, "we");
		if (f == NULL || fwrite(s->eve.out.buf, 1, s->eve.out.len, f) != s->eve.out.len)
			failed(s);
		if (f != NULL)
			fclose(f);
	}
	ctl_json_reset(&s->eve.out);
}

void ctl_filestore_record(struct ctl_filestore *s, const struct dp_ev_head *rec)
{
	const struct dp_ev_file *f = (const void *)rec;
	char path[PATH_BYTES];
	const struct dp_ev_app *app = (const void *)rec;

	if (rec->type == DP_EV_APP && rec->len >= sizeof(*app) && app->c.worker < DP_MAX_SLOTS &&
			s->last[app->c.worker].expects &&
			strncmp(app->event_type, "fileinfo", sizeof(app->event_type)) == 0 &&
			eve_file_is_last(s, app, eve_app_tree(app)))
		describe(s, &s->last[app->c.worker], rec);
	if (rec->type != DP_EV_FILE || rec->len < sizeof(*f) || rec->version != DP_EV_VERSION)
		return;
	if (f->what != DP_EV_FILE_DATA && at_hand(s, f))
		let_go(s);
	switch (f->what) {
	case DP_EV_FILE_DATA:
		piece(s, f);
		break;
	case DP_EV_FILE_KEEP:
		keep(s, f);
		break;
	default:
		if (tmp_path(s, f, path))
			unlink(path);
		break;
	}
}
