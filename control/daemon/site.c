/* SPDX-License-Identifier: Apache-2.0 */
/** What the site's configuration says of records and stored files: applied here, posted to workers. */
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

int site_open(struct daemon *d)
{
	struct ctl_site *s = calloc(1, sizeof(*s));
	char err[300] = "";
	int rc = 0;

	if (s == NULL)
		return -ENOMEM;
	d->site = s;
	begin(s);
	if (d->opt.yaml != NULL)
		rc = ctl_site_load(s, d->opt.yaml, err, sizeof(err));
	for (unsigned i = 0; rc == 0 && i < d->opt.sets; i++)
		rc = ctl_site_set(s, d->opt.set[i], err, sizeof(err));
	if (rc) {
		log_warn("msg=\"configuration not usable\" error=\"%s\"", err[0] ? err : strerror(-rc));
		return rc;
	}
	ctl_site_finish(s);
	tell_notes(s);
	return 0;
}

const struct ctl_eve_options *site_eve(const struct daemon *d)
{
	return &d->site->eve[0].opt;
}

void site_post(struct daemon *d)
{
	int rc;

	if (d->seg == NULL || (d->opt.yaml == NULL && d->opt.sets == 0))
		return;
	rc = dp_seg_conf_post(d->seg, &d->site->conf, sizeof(d->site->conf));
	if (rc)
		log_warn("msg=\"settings not posted\" error=\"%s\"", strerror(-rc));
	if (d->storing && d->seg->file_ring_bytes == 0)
		log_warn("msg=\"the guard made no room for contents of files: none is stored\" "
			"hint=\"sekisho-guard --file-ring-kib\"");
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
	ctl_site_fini(d->site);
	free(d->site);
	d->site = NULL;
}
