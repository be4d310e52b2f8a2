/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets that signatures change and that have a file (`save`, `state`): written at the end of a replay, and
 * on a wire when an image is retired or its worker leaves. Several workers share the file: each adds what
 * it learnt and takes out what it forgot, under a lock. Never in the packet path.
 */
#include "inner.h"
#include "sets.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct lines {
	char **line;
	size_t n, cap;
	bool oom;
};

static void add_line(struct lines *l, char *text)
{
	if (text && l->n == l->cap) {
		const size_t cap = l->cap ? 2 * l->cap : 64;
		char **grown = realloc(l->line, cap * sizeof(*grown));

		if (!grown) {
			free(text);
			text = NULL;
		} else {
			l->line = grown;
			l->cap = cap;
		}
	}
	if (text)
		l->line[l->n++] = text;
	else
		l->oom = true;
}

static void drop_lines(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->line[i]);
	free(l->line);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool among(const struct lines *sorted, const char *text)
{
	return sorted->n && bsearch(&text, sorted->line, sorted->n, sizeof(text), by_text);
}

static char *base64_line(const uint8_t *p, uint32_t n)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(4u * ((n + 2u) / 3u) + 1), *w = out;

	for (uint32_t i = 0; out && i < n; i += 3) {
		const uint32_t left = n - i;
		const uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			(left > 2 ? p[i + 2] : 0u);

		*w++ = abc[v >> 18];
		*w++ = abc[v >> 12 & 63];
		*w++ = left > 1 ? abc[v >> 6 & 63] : '=';
		*w++ = left > 2 ? abc[v & 63] : '=';
	}
	if (out)
		*w = 0;
	return out;
}

static char *hex_line(const uint8_t *p, uint32_t n)
{
	char *out = malloc(2u * n + 1);

	for (uint32_t i = 0; out && i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
	return out;
}

static char *ip_line(const uint8_t *p)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN] = "";

	if (memcmp(p, mapped, 12) == 0)
		inet_ntop(AF_INET, p + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, p, text, sizeof(text));
	return strdup(text);
}

/** A value as such files have it. */
static char *line_of(const struct dset *s, uint32_t i)
{
	switch (s->type) {
	case SIG_SETT_MD5:
	case SIG_SETT_SHA256:
		return hex_line(s->e[i].p, s->e[i].n);
	case SIG_SETT_IPV4:
	case SIG_SETT_IP:
		return ip_line(s->e[i].p);
	default:
		return base64_line(s->e[i].p, s->e[i].n);
	}
}

static void read_lines(FILE *f, struct lines *l)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) > 0) {
		while (n && strchr("\r\n", line[n - 1]))
			line[--n] = 0;
		if (n)
			add_line(l, strdup(line));
	}
	free(line);
}

/** What the set holds now; what it held and does no more, or another worker took out. */
static void split(const struct dp_ruleset *rs, uint32_t set, struct lines *live, struct lines *gone)
{
	const struct dset *s = rs->set[set];

	for (uint32_t i = 0; i <= s->mask; i++) {
		if (s->hash[i] > 1)
			add_line(dp_set_forgotten(rs, set, s->e[i].p, s->e[i].n) ? gone : live, line_of(s, i));
		else if (s->hash[i] == 1 && !dp_set_has(s, s->e[i].p, s->e[i].n, NULL))
			add_line(gone, line_of(s, i));
	}
	qsort(live->line, live->n, sizeof(*live->line), by_text);
	qsort(gone->line, gone->n, sizeof(*gone->line), by_text);
}

static int write_out(const char *path, const struct lines *old, const struct lines *live,
	const struct lines *gone)
{
	char tmp[600];
	FILE *f;
	int rc = 0;

	if (snprintf(tmp, sizeof(tmp), "%s.%d", path, getpid()) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	f = fopen(tmp, "we");
	if (!f)
		return -errno;
	for (size_t i = 0; i < old->n; i++)
		if (!among(gone, old->line[i]) && !among(live, old->line[i]))
			fprintf(f, "%s\n", old->line[i]);
	for (size_t i = 0; i < live->n; i++)
		fprintf(f, "%s\n", live->line[i]);
	if (fflush(f) || ferror(f))
		rc = -errno;
	fclose(f);
	if (rc == 0 && rename(tmp, path))
		rc = -errno;
	if (rc)
		unlink(tmp);
	return rc;
}

/** Others wait; the lock is a file of its own, for the set's is replaced. */
static int lock(const char *path)
{
	char name[600];
	int fd;

	if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -errno;
}

static int save_one(const struct dp_ruleset *rs, uint32_t set, const char *path, bool merge)
{
	struct lines old = {0}, live = {0}, gone = {0};
	int fd = merge ? lock(path) : -1, rc;
	FILE *f;

	if (merge && fd < 0)
		return fd;
	f = merge ? fopen(path, "re") : NULL;
	if (f) {
		read_lines(f, &old);
		fclose(f);
	}
	split(rs, set, &live, &gone);
	rc = old.oom || live.oom || gone.oom ? -ENOMEM : write_out(path, &old, &live, &gone);
	drop_lines(&old);
	drop_lines(&live);
	drop_lines(&gone);
	if (fd >= 0)
		close(fd);
	return rc;
}

int dp_ruleset_save_sets(struct dp_ruleset *rs, bool merge, char *err, size_t err_len)
{
	const struct sig_image *g = &rs->img;
	int rc = 0;

	for (uint32_t i = 0; rs->set && i < g->sets_n; i++) {
		const char *path = g->set[i].dynamic ? sig_img_str(g, g->set[i].save) : "";
		int one;

		if (!*path || (merge && !rs->set[i]->changed))
			continue;
		one = save_one(rs, i, path, merge);
		if (one == 0) {
			rs->set[i]->changed = false;
			continue;
		}
		if (rc == 0 && err_len)
			snprintf(err, err_len, "%s: %s", path, strerror(-one));
		rc = one;
	}
	return rc;
}

void dp_sets_inherit(struct dp_ruleset *rs, const struct dp_ruleset *old)
{
	for (uint32_t i = 0; rs->set && i < rs->img.sets_n; i++)
		for (uint32_t k = 0; old->set && k < old->img.sets_n; k++) {
			const struct dset *s = old->set[k];

			if (!s->spare || rs->img.set[i].hash != old->img.set[k].hash ||
				rs->set[i]->type != s->type)
				continue;
			for (uint32_t j = 0; j <= s->mask; j++)
				if (s->hash[j] > 1 && s->e[j].p >= s->spare &&
					s->e[j].p < s->spare + s->spare_used &&
					!dp_set_forgotten(old, k, s->e[j].p, s->e[j].n))
					dp_set_add(rs->set[i], s->e[j].p, s->e[j].n);
		}
}
