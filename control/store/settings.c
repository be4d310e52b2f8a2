/* SPDX-License-Identifier: Apache-2.0 */
#include "replace.h"

#include <ctl/settings.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 340

static void path_of(const struct ctl_settings *s, uint32_t number, const char *end, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/%u.%s", s->dir, number, end);
}

static bool exists(const struct ctl_settings *s, uint32_t number)
{
	char path[PATH_BYTES];

	path_of(s, number, "json", path);
	return access(path, R_OK) == 0;
}

static void remember(struct ctl_settings *s, uint32_t number)
{
	if (s->depth == CTL_SETTINGS_BACK)
		memmove(s->before, s->before + 1, --s->depth * sizeof(s->before[0]));
	s->before[s->depth++] = number;
}

static int read_current(struct ctl_settings *s)
{
	uint32_t n[1 + CTL_SETTINGS_BACK];
	char path[PATH_BYTES];
	unsigned k = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/current", s->dir);
	f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ? 0 : -errno;
	while (k < 1 + CTL_SETTINGS_BACK && fscanf(f, "%u", &n[k]) == 1)
		k++;
	fclose(f);
	while (k > 1) // the last one first
		if (n[--k] == 0 || exists(s, n[k]))
			remember(s, n[k]);
	if (k && (n[0] == 0 || exists(s, n[0])))
		s->current = n[0];
	return 0;
}

int ctl_settings_open(struct ctl_settings *s, const char *state_dir)
{
	struct dirent *e;
	DIR *d;

	*s = (struct ctl_settings){0};
	if ((size_t)snprintf(s->dir, sizeof(s->dir), "%s/settings", state_dir) >= sizeof(s->dir))
		return -ENAMETOOLONG;
	if (mkdir(s->dir, 0750) && errno != EEXIST)
		return -errno;
	d = opendir(s->dir);
	if (d == NULL)
		return -errno;
	while ((e = readdir(d)) != NULL) {
		unsigned long n = strtoul(e->d_name, NULL, 10);

		if (n < UINT32_MAX && n > s->newest)
			s->newest = (uint32_t)n;
	}
	closedir(d);
	return read_current(s);
}

static int describe(const struct ctl_settings *s, uint32_t number, const char *origin,
		const char *const *set, unsigned sets)
{
	char path[PATH_BYTES];
	json_t *all = json_array(), *v;
	char *text;
	int rc;

	for (unsigned i = 0; i < sets; i++)
		json_array_append_new(all, json_string(set[i]));
	v = json_pack("{s:s?,s:o}", "yaml", origin, "set", all);
	text = v ? json_dumps(v, JSON_INDENT(1)) : NULL;
	json_decref(v);
	path_of(s, number, "json", path);
	rc = text ? store_replace(path, text, strlen(text)) : -EINVAL; // not UTF-8
	free(text);
	return rc;
}

int ctl_settings_add(struct ctl_settings *s, const char *origin, const char *yaml, size_t bytes,
		const char *const *set, unsigned sets, uint32_t *number)
{
	char path[PATH_BYTES];
	int rc = 0;

	if (sets > CTL_SETTINGS_MAX || bytes > CTL_SETTINGS_YAML_MAX)
		return -E2BIG;
	*number = ++s->newest;
	path_of(s, *number, "yaml", path);
	if (yaml != NULL)
		rc = store_replace(path, yaml, bytes);
	if (rc == 0)
		rc = describe(s, *number, yaml ? origin : NULL, set, sets);
	if (rc)
		ctl_settings_discard(s, *number);
	return rc;
}

void ctl_settings_discard(struct ctl_settings *s, uint32_t number)
{
	char path[PATH_BYTES];

	path_of(s, number, "yaml", path);
	unlink(path);
	path_of(s, number, "json", path);
	unlink(path);
}

static bool needed(const struct ctl_settings *s, uint32_t number)
{
	bool yes = number == s->current;

	for (unsigned i = 0; i < s->depth; i++)
		yes |= s->before[i] == number;
	return yes;
}

/** Remove the copies that nothing leads to. */
static void tidy(struct ctl_settings *s)
{
	DIR *d = opendir(s->dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		const uint32_t number = (uint32_t)strtoul(e->d_name, NULL, 10);

		if (number && !needed(s, number))
			ctl_settings_discard(s, number);
	}
	if (d != NULL)
		closedir(d);
}

/** `next` is what holds now, on the disk first. */
static int adopt(struct ctl_settings *s, const struct ctl_settings *next)
{
	char path[PATH_BYTES], text[12 * (1 + CTL_SETTINGS_BACK) + 2];
	int n = sprintf(text, "%u", next->current), rc;

	for (unsigned i = next->depth; i > 0; i--)
		n += sprintf(text + n, " %u", next->before[i - 1]);
	n += sprintf(text + n, "\n");
	snprintf(path, sizeof(path), "%s/current", s->dir);
	rc = store_replace(path, text, (size_t)n);
	if (rc)
		return rc;
	*s = *next;
	tidy(s);
	return 0;
}

int ctl_settings_commit(struct ctl_settings *s, uint32_t number)
{
	struct ctl_settings next = *s;

	if (number && !exists(s, number))
		return -ENOENT;
	remember(&next, s->current);
	next.current = number;
	return adopt(s, &next);
}

int ctl_settings_previous(const struct ctl_settings *s, uint32_t *number)
{
	if (s->depth == 0)
		return -ENOENT;
	*number = s->before[s->depth - 1];
	return 0;
}

int ctl_settings_back(struct ctl_settings *s)
{
	struct ctl_settings next = *s;

	if (ctl_settings_previous(s, &next.current))
		return -ENOENT;
	next.depth--;
	return adopt(s, &next);
}

int ctl_settings_get(const struct ctl_settings *s, uint32_t number, struct ctl_settings_item *item)
{
	char path[PATH_BYTES];
	json_t *v, *one;
	const char *origin;
	size_t i;

	*item = (struct ctl_settings_item){0};
	path_of(s, number, "json", path);
	v = number ? json_load_file(path, 0, NULL) : NULL;
	if (v == NULL)
		return -ENOENT;
	json_array_foreach(json_object_get(v, "set"), i, one)
		if (json_is_string(one) && item->sets < CTL_SETTINGS_MAX)
			item->set[item->sets++] = strdup(json_string_value(one));
	origin = json_string_value(json_object_get(v, "yaml"));
	if (origin != NULL) {
		path_of(s, number, "yaml", path);
		item->origin = strdup(origin);
		item->yaml = strdup(path);
	}
	json_decref(v);
	return 0;
}

void ctl_settings_item_fini(struct ctl_settings_item *item)
{
	free(item->yaml);
	free(item->origin);
	for (unsigned i = 0; i < item->sets; i++)
		free(item->set[i]);
	*item = (struct ctl_settings_item){0};
}
