/* SPDX-License-Identifier: Apache-2.0 */
/** The site's configuration: records and stored files are our part, the rest is posted to workers. */
#include "daemon.h"

#include <ctl/site.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIDY_S 600u /**< a file without a new piece for so long has lost its worker */
#define NOTES_MAX 20u

static void tell_notes(const struct ctl_site *s)
{
	for (unsigned i = 0; i < s->faults; i++)
		log_warn("msg=\"output not made\" why=\"%s\"", s->fault[i]);
	for (unsigned i = 0; i < s->notes && i < NOTES_MAX; i++)
		log_warn("msg=\"setting without effect\" key=\"%s\" value=\"%s\" line=%u why=\"%s\"",
			s->note[i].key, s->note[i].value, s->note[i].line, s->note[i].why);
	if (s->notes > NOTES_MAX)
		log_warn("msg=\"more settings without effect\" count=%u", s->notes - NOTES_MAX);
}

/** What a worker would see if no configuration were given, and what sekishod prints beyond the peer. */
static void begin(struct ctl_site *s)
{
	ctl_site_init(s);
	dp_conf_wire(&s->conf);
	s->eve[0].opt.drop_verdict = true;
	s->eve[0].opt.community_id = true;
}

int site_store(struct daemon *d)
{
	struct ctl_site *s = d->site;
	const char *dir = s->store_dir ? s->store_dir : "filestore";
	char path[512];
	int rc;

	if (!s->conf.app.file_store)
		return 0;
	snprintf(path, sizeof(path), "%s%s%s", dir[0] == '/' ? "" : d->opt.log_dir,
		dir[0] == '/' ? "" : "/", dir);
	rc = ctl_filestore_open(&d->files, path, s->store_fileinfo, s->store_quota_bytes,
		s->store_quota_files);
	if (rc) {
		log_warn("msg=\"files are not stored\" path=\"%s\" error=\"%s\"", path, strerror(-rc));
		s->conf.app.file_store = false;
		return rc;
	}
	d->storing = true;
	d->eve.store = &d->files;
	log_info("msg=\"files are stored\" path=\"%s\" files=%lu bytes=%lu", path,
		(unsigned long)d->files.files, (unsigned long)d->files.bytes);
	return 0;
}

static void site_free(struct ctl_site *s)
{
	if (s == NULL)
		return;
	ctl_site_fini(s);
	free(s);
}

/** The operator's file is read as its copy: errors name the file. */
static void name_origin(char *err, size_t len, const struct ctl_settings_item *item)
{
	const size_t n = item->yaml ? strlen(item->yaml) : 0;
	char text[300];

	if (n == 0 || strncmp(err, item->yaml, n) != 0)
		return;
	snprintf(text, sizeof(text), "%s", err + n);
	snprintf(err, len, "%s%s", item->origin, text);
}

int site_read(const struct daemon *d, uint32_t number, struct ctl_site **site, char *err, size_t err_len)
{
	struct ctl_settings_item item = {0};
	const char *const *set = number ? (const char *const *)item.set : d->opt.set;
	struct ctl_site *s = calloc(1, sizeof(*s));
	unsigned sets = d->opt.sets;
	int rc = s == NULL ? -ENOMEM : 0;

	*site = NULL;
	err[0] = 0;
	if (rc == 0)
		begin(s);
	if (rc == 0 && number) {
		rc = ctl_settings_get(&d->settings.store, number, &item);
		sets = item.sets;
	}
	if (rc == 0 && (number ? item.yaml : d->opt.yaml) != NULL)
		rc = ctl_site_load(s, number ? item.yaml : d->opt.yaml, err, err_len);
	for (unsigned i = 0; rc == 0 && i < sets; i++)
		rc = ctl_site_set(s, set[i], err, err_len);
	if (rc && err[0] == 0)
		snprintf(err, err_len, "%s", strerror(-rc));
	name_origin(err, err_len, &item);
	if (number && s != NULL && s->beside != NULL) // the copy has not found it: that is why
		rc = ctl_site_alone(s, item.origin, err, err_len);
	ctl_settings_item_fini(&item);
	if (rc) {
		site_free(s);
		return rc;
	}
	ctl_site_finish(s);
	*site = s;
	return 0;
}

int site_open(struct daemon *d)
{
	uint32_t number = d->settings.store.current;
	char err[400];
	int rc = site_read(d, number, &d->site, err, sizeof(err));

	if (rc && number) {
		log_warn("msg=\"applied settings not usable: those of the command line hold\" number=%u "
			"error=\"%s\"", number, err);
		d->settings.store.current = number = 0;
		rc = site_read(d, 0, &d->site, err, sizeof(err));
	}
	if (rc) {
		log_warn("msg=\"configuration not usable\" error=\"%s\"", err);
		return rc;
	}
	if (number)
		log_info("msg=\"settings as applied\" number=%u undo=\"sekisho settings undo\"", number);
	tell_notes(d->site);
	settings_tell_lists(d);
	return 0;
}

const struct ctl_eve_options *site_eve(const struct daemon *d)
{
	return &d->site->eve[0].opt;
}

void site_post(struct daemon *d)
{
	int rc;

	if (d->seg == NULL)
		return;
	d->settings.seq = 0;
	// Where nothing was ever posted, workers have their own defaults; what another sekishod has left
	// in a segment is not ours.
	if (d->opt.yaml == NULL && d->opt.sets == 0 && d->settings.store.current == 0 &&
			d->seg->conf.seq == 0)
		return;
	rc = dp_seg_conf_post(d->seg, &d->site->conf, sizeof(d->site->conf), &d->settings.seq);
	if (rc)
		log_warn("msg=\"settings not posted\" error=\"%s\"", strerror(-rc));
	if (d->storing && d->seg->file_ring_bytes == 0)
		log_warn("msg=\"the guard made no room for contents of files: none is stored\" "
			"hint=\"sekisho-guard --file-ring-kib\"");
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_store(const struct ctl_site *a, const struct ctl_site *b)
{
	return a->conf.app.file_store == b->conf.app.file_store && same_text(a->store_dir, b->store_dir) &&
		a->store_fileinfo == b->store_fileinfo && a->store_quota_bytes == b->store_quota_bytes &&
		a->store_quota_files == b->store_quota_files;
}

void site_adopt(struct daemon *d, struct ctl_site *s)
{
	struct ctl_site *old = d->site;

	drain_round(d); // what there is was recorded by the old settings
	d->site = s;
	drain_options(d);
	if (!same_store(s, old)) {
		if (d->storing)
			ctl_filestore_close(&d->files);
		d->storing = false;
		d->eve.store = NULL;
		site_store(d);
	}
	tell_notes(s);
	settings_tell_lists(d);
	site_post(d);
	site_free(old);
}

void site_tidy(struct daemon *d)
{
	if (d->storing)
		ctl_filestore_tidy(&d->files, TIDY_S);
}

void site_recount(struct daemon *d)
{
	if (d->storing)
		ctl_filestore_recount(&d->files);
}

void site_close(struct daemon *d)
{
	struct dp_conf *c;

	if (d->site == NULL)
		return;
	if (d->storing && d->seg != NULL) { // nobody empties the ring from now on
		c = &d->site->conf;
		c->app.file_store = false;
		site_post(d);
	}
	if (d->storing)
		ctl_filestore_close(&d->files);
	d->storing = false;
	site_free(d->site);
	d->site = NULL;
}
