/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	segment_watch(d);
	site_recount(d);
	plat_notify_alive(&d->service, dp_mono_ns());
}

static void on_tidy(evutil_socket_t fd, short what, void *arg)
{
	site_tidy(arg);
}

static void on_acts(evutil_socket_t fd, short what, void *arg)
{
	activate_poll(arg);
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *d = arg;

	if (sig == SIGHUP) {
		drain_round(d);
		int rc = ctl_file_sink_reopen(&d->file);
		log_info("msg=\"event file opened anew\" path=\"%s\" result=\"%s\"", d->file.path,
			rc ? strerror(-rc) : "ok");
	} else {
		log_info("msg=stopping signal=%d", (int)sig);
		event_base_loopbreak(d->base);
	}
}

static int make_dir(const char *path)
{
	return mkdir(path, 0750) && errno != EEXIST ? -errno : 0;
}

/** One control plane per run directory. */
static int claim(const char *run_dir)
{
	char path[320];
	int fd;

	snprintf(path, sizeof(path), "%s/sekishod.lock", run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	return flock(fd, LOCK_EX | LOCK_NB) ? -EBUSY : fd;
}

static int prepare(struct daemon *d)
{
	const char *dirs[] = {d->opt.run_dir, d->opt.state_dir, d->opt.log_dir};
	int rc = 0;

	for (unsigned i = 0; i < 3 && rc == 0; i++) {
		rc = make_dir(dirs[i]);
		if (rc)
			log_warn("msg=\"cannot make\" path=\"%s\" error=\"%s\"", dirs[i], strerror(-rc));
	}
	if (rc == 0) {
		rc = claim(d->opt.run_dir);
		if (rc < 0)
			log_warn("msg=\"another sekishod has this run directory\" path=\"%s\" error=\"%s\"",
				d->opt.run_dir, strerror(-rc));
	}
	if (rc >= 0) {
		rc = ctl_store_open(&d->store, d->opt.state_dir);
		if (rc)
			log_warn("msg=\"image store\" path=\"%s\" error=\"%s\"", d->store.dir,
				strerror(-rc));
	}
	if (rc == 0) {
		rc = ctl_settings_open(&d->settings.store, d->opt.state_dir);
		if (rc)
			log_warn("msg=\"applied settings\" path=\"%s\" error=\"%s\"",
				d->settings.store.dir, strerror(-rc));
	}
	for (unsigned i = 0; rc == 0 && i < CTL_LAYERS; i++) {
		const struct sig_image *img = image_get(d, i, d->store.layer[i].current);

		d->layer[i].signatures = img ? img->sigs_n : 0;
	}
	return rc;
}

static int events_open(struct daemon *d)
{
	static const int signals[] = {SIGHUP, SIGTERM, SIGINT};
	struct timeval every = {.tv_usec = 200000}, minute = {.tv_sec = 60};

	d->watch = event_new(d->base, -1, EV_PERSIST, on_watch, d);
	d->acts = evtimer_new(d->base, on_acts, d);
	d->tidy = event_new(d->base, -1, EV_PERSIST, on_tidy, d);
	if (d->watch == NULL || d->acts == NULL || d->tidy == NULL)
		return -ENOMEM;
	evtimer_add(d->tidy, &minute);
	evtimer_add(d->watch, &every);
	for (unsigned i = 0; i < 3; i++) {
		d->sig[i] = evsignal_new(d->base, signals[i], on_signal, d);
		if (d->sig[i] == NULL)
			return -ENOMEM;
		evsignal_add(d->sig[i], NULL);
	}
	return 0;
}

static void close_all(struct daemon *d)
{
	http_close(d);
	supervise_stop(d);
	settings_close(d);
	rule_stats_close(d);
	drain_fini(d);
	site_close(d);
	for (unsigned i = 0; i < IMAGE_CACHE; i++)
		if (d->image[i].generation)
			sig_image_close(&d->image[i].img);
	for (unsigned i = 0; i < 3; i++)
		if (d->sig[i] != NULL)
			event_free(d->sig[i]);
	if (d->watch != NULL)
		event_free(d->watch);
	if (d->acts != NULL)
		event_free(d->acts);
	if (d->tidy != NULL)
		event_free(d->tidy);
	if (d->seg != NULL)
		dp_seg_close(d->seg);
	event_base_free(d->base);
}

int main(int argc, char **argv)
{
	static struct daemon d;
	int rc = options_read(&d.opt, argc, argv);

	if (rc)
		return rc;
	signal(SIGPIPE, SIG_IGN);
	d.start_ns = dp_mono_ns();
	if (prepare(&d) < 0)
		return 1;
	d.base = event_base_new();
	if (d.base == NULL || site_open(&d) || events_open(&d) || drain_init(&d))
		return 1;
	site_store(&d); // without it everything else works
	if (rule_stats_open(&d))
		return 1;
	segment_watch(&d);
	supervise_start(&d);
	rc = http_open(&d);
	if (rc) {
		log_warn("msg=\"cannot listen\" run_dir=\"%s\" error=\"%s\"", d.opt.run_dir,
			strerror(-rc));
		return 1;
	}
	log_info("msg=ready version=%s run_dir=\"%s\" segment=%s", SEKISHO_VERSION, d.opt.run_dir,
		d.seg ? "mapped" : "none");
	plat_notify_open(&d.service);
	plat_notify_ready(&d.service);
	event_base_dispatch(d.base);
	plat_notify_close(&d.service);
	close_all(&d);
	return 0;
}
