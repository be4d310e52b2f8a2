/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images are opened by a thread of the worker that touches no packet; the loop adopts what is ready
 * between two bursts and hands the old one back to be closed. Each pointer has one writer at a time.
 */
#include "inspect.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int in_image_open(const struct dp_mail *mail, struct in_image *image, char *err, size_t err_len)
{
	*image = (struct in_image){
			.generation = mail->generation,
			.image_generation = mail->image_generation,
			.mode = mail->mode,
	};
	err[0] = 0;
	if (mail->path[0] == 0)
		return 0;
	return dp_ruleset_open(mail->path, &image->rs, err, err_len);
}

void in_image_count(const struct in_worker *w, unsigned layer, struct in_image *image)
{
	int rc;

	if (image->rs == NULL || image->counters != NULL)
		return;
	rc = dp_sig_file_open(w->run_dir, layer, image->image_generation, w->index,
			dp_ruleset_count(image->rs), &image->counters);
	if (rc == 0)
		dp_ruleset_count_in(image->rs, image->counters->sig);
	else // it inspects all the same
		in_log("warning", "signatures_not_counted", "layer=%u error=\"%s\"", layer,
				strerror(-rc));
}

void in_image_save(struct in_image *image)
{
	char err[200] = "";

	if (image->rs != NULL && dp_ruleset_save_sets(image->rs, true, err, sizeof(err)) < 0)
		in_log("warning", "set_not_saved", "error=\"%s\"", err);
}

static void close_image(struct in_image *image)
{
	if (image != NULL && image->rs != NULL) {
		in_image_save(image);
		dp_ruleset_close(image->rs);
	}
	if (image != NULL)
		dp_sig_file_close(image->counters);
	free(image);
}

static void refuse(struct in_worker *w, unsigned layer, uint64_t generation, const char *why)
{
	struct dp_proc_layer *l = &w->proc->layer[layer];

	snprintf(l->error, sizeof(l->error), "%s", why);
	__atomic_store_n(&l->failed, generation, __ATOMIC_RELEASE);
	in_log("warning", "image_refused", "layer=%u generation=%llu error=\"%s\"", layer,
			(unsigned long long)generation, why);
}

static void open_layer(struct in_worker *w, unsigned layer, uint64_t *done)
{
	struct in_image *image;
	struct dp_mail mail;
	char err[160];

	close_image(__atomic_exchange_n(&w->retired[layer], NULL, __ATOMIC_ACQ_REL));
	if (dp_mail_read(w->seg, layer, &mail) < 0 || mail.generation == *done)
		return;
	*done = mail.generation;
	image = calloc(1, sizeof(*image));
	if (image == NULL) {
		refuse(w, layer, mail.generation, "no memory");
		return;
	}
	if (in_image_open(&mail, image, err, sizeof(err)) < 0 ||
			(image->rs != NULL && dp_worker_prepare(w->engine, image->rs) < 0)) {
		refuse(w, layer, mail.generation, err[0] ? err : "cannot be prepared");
		close_image(image);
		return;
	}
	if (image->rs != NULL && dp_ruleset_lacks_countries(image->rs))
		in_log("warning", "geoip_without_database", "layer=%u hint=\"see --geoip\"", layer);
	in_image_count(w, layer, image);
	// One that the loop had not taken yet is superseded.
	close_image(__atomic_exchange_n(&w->ready[layer], image, __ATOMIC_ACQ_REL));
}

static void *opener(void *arg)
{
	struct in_worker *w = arg;
	uint64_t done[DP_LAYER__COUNT];

	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		done[i] = w->current[i].generation;
	for (;;) {
		if (sem_wait(&w->wake) < 0)
			continue;
		// At work it goes behind the poll loop. Asleep it costs nothing, and has priority for its
		// end: a killed process is gone, and the next forked, when its last thread has run once more.
		setpriority(PRIO_PROCESS, (id_t)gettid(), -5);
		for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
			open_layer(w, i, &done[i]);
		setpriority(PRIO_PROCESS, (id_t)gettid(), -20);
	}
	return NULL;
}

int in_opener_start(struct in_worker *w)
{
	sigset_t all, old;
	pthread_t t;
	int rc;

	if (sem_init(&w->wake, 0, 0) < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&t, NULL, opener, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

static void adopt(struct in_worker *w, unsigned layer, struct in_image *image)
{
	struct dp_proc_layer *l = &w->proc->layer[layer];
	struct dp_sig_file *counters = w->current[layer].counters;
	struct dp_ruleset *old = NULL;

	dp_worker_adopt(w->engine, (enum dp_layer_id)layer, image->rs, image->image_generation, &old);
	if (image->mode != 0)
		dp_worker_set_mode(w->engine, (enum dp_layer_id)layer, (enum dp_mode)(image->mode - 1));
	w->current[layer] = *image;
	l->adopted_ns = dp_mono_ns();
	__atomic_store_n(&l->adopted, image->generation, __ATOMIC_RELEASE);
	image->rs = old;
	image->counters = counters;
	__atomic_store_n(&w->retired[layer], image, __ATOMIC_RELEASE);
	sem_post(&w->wake);
}

void in_settings(struct in_worker *w)
{
	struct dp_conf conf;
	uint64_t seq;
	int rc;

	if (__atomic_load_n(&w->seg->conf.seq, __ATOMIC_RELAXED) == w->conf_seq)
		return;
	rc = dp_seg_conf_read(w->seg, &conf, sizeof(conf), &seq);
	if (rc == -EAGAIN)
		return;
	w->conf_seq = seq;
	if (rc == 0) {
		conf.midstream &= !w->midstream_off;
		dp_worker_reconfigure(w->engine, &conf);
		w->settings = seq;
	}
	if (w->proc != NULL)
		__atomic_store_n(&w->proc->settings, w->settings, __ATOMIC_RELEASE);
}

void in_opener_poll(struct in_worker *w)
{
	in_settings(w);
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		uint64_t seq = __atomic_load_n(&w->seg->mail[i].seq, __ATOMIC_ACQUIRE);

		if (seq != w->asked[i] && (seq & 1) == 0) {
			w->asked[i] = seq;
			sem_post(&w->wake);
		}
		// The old one must have been closed before another can be handed back.
		if (__atomic_load_n(&w->ready[i], __ATOMIC_RELAXED) != NULL &&
				__atomic_load_n(&w->retired[i], __ATOMIC_ACQUIRE) == NULL)
			adopt(w, i, __atomic_exchange_n(&w->ready[i], NULL, __ATOMIC_ACQ_REL));
	}
}
