/* SPDX-License-Identifier: Apache-2.0 */
/** Settings changed while all runs: read and checked here, then posted; workers say when they have them. */
#include "daemon.h"

#include <ctl/site.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_US 1000 /**< while an answer is awaited */

static bool counts(const struct daemon *d, const struct dp_proc *p)
{
	return p->id != 0 && p->role == DP_ROLE_WORKER && p->parent == d->seg->active_parent &&
		p->state != DP_WS_RETIRING && segment_alive(p->pid);
}

/** Workers in charge, and how many of them have the settings in force. */
static unsigned workers(const struct daemon *d, unsigned *have)
{
	unsigned n = 0;

	*have = 0;
	for (unsigned i = 0; d->seg != NULL && i < DP_MAX_PROCS; i++) {
		const struct dp_proc *p = &d->seg->proc[i];

		if (!counts(d, p))
			continue;
		n++;
		*have += __atomic_load_n(&p->settings, __ATOMIC_ACQUIRE) == d->settings.seq;
	}
	return n;
}

/** Where the settings of that number come from. */
static void origin(const struct daemon *d, uint32_t number, json_t *v)
{
	struct ctl_settings_item item = {0};
	const char *const *set = number ? (const char *const *)item.set : d->opt.set;
	const char *yaml = number ? NULL : d->opt.yaml;
	unsigned sets = number ? 0 : d->opt.sets;
	json_t *all = json_array();

	if (number && ctl_settings_get(&d->settings.store, number, &item) == 0) {
		yaml = item.origin;
		sets = item.sets;
	}
	for (unsigned i = 0; i < sets; i++)
		json_array_append_new(all, json_string(set[i]));
	json_object_set_new(v, "yaml", yaml ? json_string(yaml) : json_null());
	json_object_set_new(v, "set", all);
	ctl_settings_item_fini(&item);
}

/** What `undo` would return to; null: nothing. */
static json_t *undo(const struct daemon *d)
{
	uint32_t number;
	json_t *v;

	if (ctl_settings_previous(&d->settings.store, &number))
		return json_null();
	v = json_pack("{s:i}", "number", (int)number);
	origin(d, number, v);
	return v;
}

json_t *settings_json(const struct daemon *d)
{
	const struct ctl_site *s = d->site;
	json_t *v = json_object(), *words = json_array();
	char *word[CTL_SITE_COMPILE_WORDS];
	unsigned have, n = workers(d, &have);
	size_t k;

	json_object_set_new(v, "ok", json_true());
	json_object_set_new(v, "number", json_integer(d->settings.store.current));
	origin(d, d->settings.store.current, v);
	json_object_set_new(v, "undo", undo(d));
	json_object_set_new(v, "applied", json_integer(s->applied));
	json_object_set_new(v, "without_effect", json_integer(s->without_effect));
	json_object_set_new(v, "notes", ctl_site_notes(s));
	json_object_set_new(v, "workers", json_integer(n));
	json_object_set_new(v, "have", json_integer(have));
	k = settings_compile_words(d, word, sizeof(word) / sizeof(word[0]));
	for (size_t i = 0; i < k; i++) {
		json_array_append_new(words, json_string(word[i]));
		free(word[i]);
	}
	json_object_set_new(v, "compile_with", words);
	return v;
}

static void done(struct daemon *d, bool late)
{
	struct settings_state *s = &d->settings;
	double ms = (double)(dp_mono_ns() - s->posted_ns) / 1e6;
	json_t *v = settings_json(d);
	long long have = json_integer_value(json_object_get(v, "have"));

	event_free(s->timer);
	s->timer = NULL;
	log_info("msg=\"settings in force\" number=%u workers=%lld ms=%.1f", s->store.current, have, ms);
	json_object_set_new(v, "ms", json_real(ms));
	json_object_set_new(v, "ok", json_boolean(!late));
	if (late)
		json_object_set_new(v, "error", json_sprintf("in force, but only %lld of %lld workers have "
			"said so; the others take them as soon as they turn round, if they are of this "
			"version", have, (long long)json_integer_value(json_object_get(v, "workers"))));
	if (s->req != NULL)
		http_answer(s->req, late ? 504 : 200, v);
	else
		json_decref(v);
	s->req = NULL;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeval soon = {.tv_usec = POLL_US};
	struct daemon *d = arg;
	unsigned have;

	if (workers(d, &have) == have)
		done(d, false);
	else if (dp_mono_ns() - d->settings.posted_ns > (uint64_t)d->opt.wait_ms * 1000000)
		done(d, true);
	else
		evtimer_add(d->settings.timer, &soon);
}

enum how { APPLIED, RESET, TAKEN_BACK };

/** `number` into force; req gets its answer when the workers have it. */
static void into_force(struct daemon *d, uint32_t number, enum how how, struct evhttp_request *req)
{
	struct settings_state *s = &d->settings;
	struct ctl_site *site;
	char err[400];
	int rc = site_read(d, number, &site, err, sizeof(err));

	if (rc) {
		if (how == APPLIED)
			ctl_settings_discard(&s->store, number);
		http_error(req, 422, "%s; nothing was changed", err);
		return;
	}
	s->timer = evtimer_new(d->base, on_timer, d);
	if (s->timer == NULL)
		rc = -ENOMEM;
	else
		rc = how == TAKEN_BACK ? ctl_settings_back(&s->store) : ctl_settings_commit(&s->store, number);
	if (rc) {
		if (how == APPLIED)
			ctl_settings_discard(&s->store, number);
		if (s->timer != NULL)
			event_free(s->timer);
		s->timer = NULL;
		ctl_site_fini(site);
		free(site);
		http_error(req, 500, "not kept, and so not in force: %s", strerror(-rc));
		return;
	}
	s->req = req;
	http_wait(&s->req);
	s->posted_ns = dp_mono_ns();
	site_adopt(d, site);
	on_timer(-1, 0, d);
}

void settings_apply(struct daemon *d, json_t *body, struct evhttp_request *req)
{
	const char *yaml = json_string_value(json_object_get(body, "yaml"));
	const json_t *text = json_object_get(body, "text");
	const char *set[CTL_SETTINGS_MAX];
	unsigned sets = 0;
	uint32_t number;
	json_t *v;
	size_t i;
	int rc;

	if (d->settings.timer != NULL) {
		http_error(req, 409, "other settings are on their way to the workers");
		return;
	}
	json_array_foreach(json_object_get(body, "set"), i, v) {
		if (!json_is_string(v) || strchr(json_string_value(v), '=') == NULL ||
				sets == CTL_SETTINGS_MAX) {
			http_error(req, 400, "set: expected up to %u texts PATH=VALUE", CTL_SETTINGS_MAX);
			return;
		}
		set[sets++] = json_string_value(v);
	}
	// The text comes with the request: whoever asks has read the file, not root for him.
	if ((yaml == NULL) != !json_is_string(text) || (yaml == NULL && sets == 0)) {
		http_error(req, 400, "expected {\"yaml\": path, \"text\": what stands there, "
			"\"set\": [\"PATH=VALUE\"]}, the first two or the last");
		return;
	}
	rc = ctl_settings_add(&d->settings.store, yaml, json_string_value(text),
		json_string_length(text), set, sets, &number);
	if (rc) {
		http_error(req, 422, "%s: %s; nothing was changed", yaml ? yaml : "settings",
			strerror(-rc));
		return;
	}
	into_force(d, number, APPLIED, req);
}

void settings_undo(struct daemon *d, struct evhttp_request *req)
{
	const struct ctl_settings *s = &d->settings.store;
	uint32_t number;

	if (d->settings.timer != NULL)
		http_error(req, 409, "other settings are on their way to the workers");
	else if (ctl_settings_previous(s, &number) == 0)
		into_force(d, number, TAKEN_BACK, req);
	else if (s->current == 0)
		http_error(req, 409, "nothing to take back: those of sekishod's command line hold");
	else
		http_error(req, 409, "nothing earlier is remembered; `settings reset` returns to those of "
			"sekishod's command line");
}

void settings_reset(struct daemon *d, struct evhttp_request *req)
{
	if (d->settings.timer != NULL)
		http_error(req, 409, "other settings are on their way to the workers");
	else if (d->settings.store.current == 0)
		http_error(req, 409, "nothing to reset: those of sekishod's command line hold");
	else
		into_force(d, 0, RESET, req);
}

struct words {
	char **word;
	size_t n, max;
	const char *yaml; /**< relative paths count from its folder */
	bool tell;        /**< what is left out is logged */
};

static void add(struct words *w, const char *option, const char *value)
{
	if (w->n + 2 > w->max)
		return;
	w->word[w->n++] = strdup(option);
	w->word[w->n++] = strdup(value);
}

/** By its whole path: who compiles may be in another directory. */
static void add_path(struct words *w, const char *option, const char *path)
{
	char *whole = realpath(path, NULL);

	add(w, option, whole ? whole : path);
	free(whole);
}

/** Two words, when the second is a file that can be read. `below`: a folder of its own, or NULL. */
static void add_file(struct words *w, const char *option, const char *below, const char *path)
{
	const char *slash = w->yaml ? strrchr(w->yaml, '/') : NULL;
	char name[500], full[900];

	if (path == NULL)
		return;
	snprintf(name, sizeof(name), "%s%s%s", below && path[0] != '/' ? below : "",
		below && path[0] != '/' ? "/" : "", path);
	if (name[0] == '/' || slash == NULL)
		snprintf(full, sizeof(full), "%s", name);
	else
		snprintf(full, sizeof(full), "%.*s/%s", (int)(slash - w->yaml), w->yaml, name);
	if (access(full, R_OK) == 0)
		add_path(w, option, full);
	else if (w->tell)
		log_warn("msg=\"rules are compiled without a list\" option=%s path=\"%s\" error=\"%s\"",
			option + 2, full, strerror(errno));
}

static void collect(const struct daemon *d, struct words *w)
{
	const uint32_t number = d->settings.store.current;
	const struct ctl_site *s = d->site;
	struct ctl_settings_item item = {0};

	w->yaml = d->opt.yaml;
	if (number && ctl_settings_get(&d->settings.store, number, &item) == 0)
		w->yaml = item.origin;
	if (s->yaml_path != NULL)
		add_path(w, "--suricata-yaml", s->yaml_path);
	add_file(w, "--classification", NULL, s->classification);
	add_file(w, "--reference", NULL, s->reference);
	add_file(w, "--threshold", NULL, s->threshold);
	if (s->rep_files)
		add_file(w, "--reputation-categories", s->rep_path, s->rep_categories);
	for (unsigned i = 0; i < s->rep_files; i++)
		add_file(w, "--reputation-file", s->rep_path, s->rep_file[i]);
	for (unsigned i = 0; i < s->vars; i++)
		add(w, "--set", s->var[i]);
	ctl_settings_item_fini(&item);
}

size_t settings_compile_words(const struct daemon *d, char **word, size_t max)
{
	struct words w = {.word = word, .max = max};

	collect(d, &w);
	return w.n;
}

void settings_tell_lists(const struct daemon *d)
{
	struct words w = {.tell = true};

	collect(d, &w);
}

void settings_close(struct daemon *d)
{
	if (d->settings.timer != NULL)
		event_free(d->settings.timer);
	d->settings.timer = NULL;
}
