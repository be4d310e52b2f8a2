/* SPDX-License-Identifier: Apache-2.0 */
/** Signatures' counters: out of the workers' files into the store, and to whoever asks. */
#include "daemon.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAVE_S 300
#define TOP_DEFAULT 20

static void path_of(const struct daemon *d, char out[320])
{
	snprintf(out, 320, "%s/rule-counters", d->opt.state_dir);
}

static uint64_t now_s(void)
{
	return dp_wall_ns() / DP_NS_PER_S;
}

static struct ctl_rule_key key_of(const struct sig_image *img, unsigned layer, uint32_t i)
{
	return (struct ctl_rule_key){layer, img->sig[i].gid, img->sig[i].sid};
}

/** Signatures of what runs are present from now on, if they were not. */
static void mark_present(struct daemon *d)
{
	const uint64_t now = now_s();

	for (size_t i = 0; i < d->rules.n; i++)
		d->rules.stat[i].present = false;
	for (unsigned l = 0; l < CTL_LAYERS; l++) {
		const struct sig_image *img = image_get(d, l, d->store.layer[l].current);

		for (uint32_t i = 0; img && i < img->sigs_n; i++) {
			struct ctl_rule_stat *s = ctl_rule_stats_get(&d->rules, key_of(img, l, i), now);

			if (s)
				s->present = true;
		}
	}
}

/** False: what it counted cannot be told any more. */
static bool take(struct daemon *d, const struct dp_sig_file *f)
{
	const struct sig_image *img = image_get(d, f->layer, f->generation);
	struct ctl_rule_key *key;
	int rc;

	if (!img || img->sigs_n != f->n)
		return false;
	key = malloc((f->n + 1) * sizeof(*key));
	if (!key)
		return true;
	for (uint32_t i = 0; i < f->n; i++)
		key[i] = key_of(img, f->layer, i);
	rc = ctl_rule_stats_take(&d->rules, f, key, now_s());
	if (rc)
		log_warn("msg=\"counters of signatures not added\" error=\"%s\"", strerror(-rc));
	free(key);
	return true;
}

/** Files of images that run no more, and of no worker's, go when they have been added. */
static bool outlived(const struct daemon *d, const struct dp_sig_file *f)
{
	return f->layer >= CTL_LAYERS || (d->store.layer[f->layer].current != f->generation &&
						 d->layer[f->layer].act.state != CTL_ACT_WAITING);
}

void rule_stats_collect(struct daemon *d)
{
	DIR *dir = opendir(d->opt.run_dir);
	struct dirent *e;

	ctl_rule_stats_round(&d->rules);
	while (dir && (e = readdir(dir)) != NULL) {
		const struct dp_sig_file *f;
		unsigned l, g, s;
		char path[600];
		int end = 0;

		if (sscanf(e->d_name, DP_SIG_FILE_PREFIX "%u.%u.%u%n", &l, &g, &s, &end) != 3 ||
			e->d_name[end])
			continue;
		snprintf(path, sizeof(path), "%s/%s", d->opt.run_dir, e->d_name);
		if (dp_sig_file_read(path, &f))
			continue;
		if (!take(d, f) || outlived(d, f))
			unlink(path);
		dp_sig_file_close(f);
	}
	if (dir)
		closedir(dir);
	ctl_rule_stats_round_end(&d->rules);
}

void rule_stats_save(struct daemon *d)
{
	char path[320];
	int rc;

	rule_stats_collect(d);
	path_of(d, path);
	rc = ctl_rule_stats_save(&d->rules, path);
	if (rc)
		log_warn("msg=\"counters of signatures not kept\" path=\"%s\" error=\"%s\"", path,
			strerror(-rc));
}

void rule_stats_activated(struct daemon *d)
{
	rule_stats_collect(d);
	mark_present(d);
}

static void on_save(evutil_socket_t fd, short what, void *arg)
{
	rule_stats_save(arg);
}

int rule_stats_open(struct daemon *d)
{
	struct timeval every = {.tv_sec = SAVE_S};
	char path[320], aside[340];
	int rc;

	path_of(d, path);
	rc = ctl_rule_stats_load(&d->rules, path);
	if (rc) {
		snprintf(aside, sizeof(aside), "%s.bad", path);
		rename(path, aside);
		log_warn("msg=\"counters of signatures begin anew\" path=\"%s\" error=\"%s\"", path,
			strerror(-rc));
	}
	mark_present(d);
	d->rules_save = event_new(d->base, -1, EV_PERSIST, on_save, d);
	if (!d->rules_save)
		return -12;
	evtimer_add(d->rules_save, &every);
	return 0;
}

void rule_stats_close(struct daemon *d)
{
	rule_stats_save(d);
	if (d->rules_save != NULL)
		event_free(d->rules_save);
	ctl_rule_stats_fini(&d->rules);
}

/** Everything that is known of what runs in a layer (-1: in all). */
static json_t *items(struct daemon *d, int layer)
{
	json_t *all = json_array();

	for (unsigned l = 0; l < CTL_LAYERS; l++) {
		const struct sig_image *img = layer >= 0 && (unsigned)layer != l ? NULL :
			image_get(d, l, d->store.layer[l].current);

		for (uint32_t i = 0; img && i < img->sigs_n; i++) {
			const struct ctl_rule_stat *s =
				ctl_rule_stats_get(&d->rules, key_of(img, l, i), now_s());
			struct ctl_rule_item it = {.rev = img->sig[i].rev,
				.layer = ctl_layer_name[l], .msg = sig_img_str(img, img->sig[i].msg)};

			if (!s)
				continue;
			it.s = *s;
			json_array_append_new(all, ctl_rule_item_json(&it));
		}
	}
	return all;
}

json_t *rule_stats_top(struct daemon *d, int layer, const char *key, size_t limit)
{
	json_t *all, *top, *v;
	double cost = 0;
	size_t i;

	rule_stats_collect(d);
	all = items(d, layer);
	json_array_foreach(all, i, v)
		cost += json_number_value(json_object_get(v, "cost"));
	top = ctl_rule_top(all, key, limit ? limit : TOP_DEFAULT);
	json_decref(all);
	return json_pack("{s:f,s:o}", "cost", cost, "rules", top);
}

json_t *rule_stats_unused(struct daemon *d, int layer, uint64_t seconds)
{
	const uint64_t now = now_s();
	json_t *all, *none;
	size_t young, total;

	rule_stats_collect(d);
	all = items(d, layer);
	total = json_array_size(all);
	none = ctl_rule_unused(all, now > seconds ? now - seconds : 0, &young);
	json_decref(all);
	return json_pack("{s:I,s:I,s:o}", "signatures", (json_int_t)total, "younger",
		(json_int_t)young, "rules", none);
}
