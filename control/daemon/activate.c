/* SPDX-License-Identifier: Apache-2.0 */
/** Images into force, one layer at a time. */
#include "daemon.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>

#define POLL_US 500 /**< while an answer is awaited */

const struct sig_image *image_get(struct daemon *d, unsigned layer, uint32_t generation)
{
	struct image_ref *oldest = &d->image[0];
	char path[320], err[160];

	if (layer >= CTL_LAYERS || generation == 0)
		return NULL;
	for (unsigned i = 0; i < IMAGE_CACHE; i++) {
		struct image_ref *r = &d->image[i];

		if (r->generation == generation && r->layer == layer) {
			r->used = d->events + 1;
			return &r->img;
		}
		if (r->generation == 0 || (oldest->generation && r->used < oldest->used))
			oldest = r;
	}
	if (oldest->generation)
		sig_image_close(&oldest->img);
	oldest->generation = 0;
	ctl_store_path(&d->store, layer, generation, path);
	if (sig_image_open(path, &oldest->img, err, sizeof(err))) {
		log_warn("msg=\"image of an event is gone\" path=\"%s\" error=\"%s\"", path, err);
		return NULL;
	}
	oldest->layer = layer;
	oldest->generation = generation;
	oldest->used = d->events + 1;
	return &oldest->img;
}

/** Publish; returns the mailbox generation, 0 without a segment. */
static uint64_t post(struct daemon *d, unsigned layer, uint32_t generation, uint32_t mode)
{
	char path[320] = "";

	if (d->seg == NULL)
		return 0;
	if (generation)
		ctl_store_path(&d->store, layer, generation, path);
	return dp_mail_post(d->seg, layer, path, generation, mode);
}

void activate_current(struct daemon *d)
{
	for (unsigned i = 0; i < CTL_LAYERS; i++) {
		struct dp_mail m;

		if (d->store.layer[i].current == 0)
			continue;
		// A restart of ours alone: the mailbox has it already, workers run it.
		if (dp_mail_read(d->seg, i, &m) == 0 && m.path[0] &&
				m.image_generation == d->store.layer[i].current)
			continue;
		post(d, i, d->store.layer[i].current, d->store.layer[i].mode);
	}
}

/** Who has to adopt: live workers of the parent in charge; a parent's refusal counts as well. */
static size_t workers_now(const struct daemon *d, unsigned layer, struct ctl_act_worker *w)
{
	size_t n = 0;

	for (unsigned i = 0; d->seg != NULL && i < DP_MAX_PROCS; i++) {
		const struct dp_proc *p = &d->seg->proc[i];
		bool parent = p->role == DP_ROLE_PARENT;

		if (p->id == 0 || p->role == DP_ROLE_FREE || !segment_alive(p->pid))
			continue;
		if (parent ? p->id != d->seg->active_parent :
				p->parent != d->seg->active_parent || p->state == DP_WS_RETIRING)
			continue;
		w[n++] = (struct ctl_act_worker){p->pid, p->slot, parent, p->layer[layer].adopted,
			p->layer[layer].failed, p->layer[layer].error};
	}
	return n;
}

static json_t *running(const struct daemon *d, unsigned layer)
{
	return json_pack("{s:s,s:i,s:i}", "layer", ctl_layer_name[layer], "generation",
		(int)d->store.layer[layer].current, "signatures", (int)d->layer[layer].signatures);
}

/** To whom waits for it, with what the compiler had to say. */
static void answer(struct layer_state *l, int code, json_t *v)
{
	if (l->report != NULL)
		json_object_set_new(v, "compiled", l->report);
	l->report = NULL;
	if (l->req != NULL)
		http_answer(l->req, code, v);
	else
		json_decref(v);
	l->req = NULL;
}

static void succeeded(struct daemon *d, unsigned layer)
{
	struct layer_state *l = &d->layer[layer];
	const struct sig_image *img;
	int rc;

	if (d->seg != NULL && l->act.workers)
		dp_hist_add(&d->seg->swap, l->act.done_ns - l->act.posted_ns);
	rc = ctl_store_commit(&d->store, layer, l->act.image, l->mode);
	if (rc)
		log_warn("msg=\"activation not recorded\" error=\"%s\"", strerror(-rc));
	img = image_get(d, layer, l->act.image);
	l->signatures = img ? img->sigs_n : 0;
	l->activated_wall_ns = dp_wall_ns();
	l->took_ms = (double)(dp_mono_ns() - l->act.posted_ns) / 1e6;
	log_info("msg=activated layer=%s generation=%u signatures=%u workers=%u ms=%.1f",
		ctl_layer_name[layer], l->act.image, l->signatures, l->act.workers, l->took_ms);
	answer(l, 200, json_pack("{s:b,s:s,s:i,s:i,s:i,s:f}", "ok", 1, "layer", ctl_layer_name[layer],
		"generation", (int)l->act.image, "signatures", (int)l->signatures, "workers",
		(int)l->act.workers, "ms", l->took_ms));
	rule_stats_activated(d);
}

static void failed(struct daemon *d, unsigned layer)
{
	struct layer_state *l = &d->layer[layer];

	log_warn("msg=\"activation failed\" layer=%s generation=%u why=\"%s\"",
		ctl_layer_name[layer], l->act.image, l->act.why);
	post(d, layer, d->store.layer[layer].current, d->store.layer[layer].mode);
	if (l->act.image > d->store.layer[layer].current)
		ctl_store_discard(&d->store, layer, l->act.image);
	answer(l, 409, json_pack("{s:b,s:s,s:i,s:i,s:o}", "ok", 0, "error", l->act.why, "workers",
		(int)l->act.workers, "adopted", (int)l->act.adopted, "running", running(d, layer)));
}

void activate_poll(struct daemon *d)
{
	struct ctl_act_worker w[DP_MAX_PROCS];
	bool again = false;

	for (unsigned i = 0; i < CTL_LAYERS; i++) {
		struct layer_state *l = &d->layer[i];

		if (l->act.state != CTL_ACT_WAITING)
			continue;
		switch (ctl_activation_step(&l->act, w, workers_now(d, i, w), dp_mono_ns())) {
		case CTL_ACT_DONE:
			succeeded(d, i);
			break;
		case CTL_ACT_REFUSED:
		case CTL_ACT_LATE:
			failed(d, i);
			break;
		default:
			again = true;
			break;
		}
	}
	if (again)
		evtimer_add(d->acts, &(struct timeval){.tv_usec = POLL_US});
}

void activate(struct daemon *d, unsigned layer, uint32_t generation, uint32_t mode, json_t *report,
		struct evhttp_request *req)
{
	struct layer_state *l = &d->layer[layer];

	if (l->act.state == CTL_ACT_WAITING) {
		if (req != NULL)
			http_error(req, 409, "another activation of this layer is under way");
		json_decref(report);
		return;
	}
	l->report = report;
	l->req = req;
	http_wait(&l->req);
	l->mode = mode;
	ctl_activation_begin(&l->act, post(d, layer, generation, mode), generation, dp_mono_ns(),
		(uint64_t)d->opt.wait_ms * 1000000);
	activate_poll(d);
}

void activate_upload(struct daemon *d, unsigned layer, uint32_t mode, struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);
	const void *bytes = evbuffer_pullup(in, -1);
	struct sig_image img;
	char path[320], err[160] = "";
	uint32_t generation;
	int rc;

	if (d->layer[layer].act.state == CTL_ACT_WAITING) {
		http_error(req, 409, "another activation of this layer is under way");
		return;
	}
	rc = n ? ctl_store_add(&d->store, layer, bytes, n, &generation) : -EINVAL;
	if (rc) {
		http_error(req, n ? 500 : 400, "%s", n ? strerror(-rc) : "an empty image");
		return;
	}
	ctl_store_path(&d->store, layer, generation, path);
	rc = sig_image_open(path, &img, err, sizeof(err));
	if (rc) {
		ctl_store_discard(&d->store, layer, generation);
		http_error(req, 422, "not a usable image: %s", err[0] ? err : strerror(-rc));
		return;
	}
	sig_image_close(&img);
	activate(d, layer, generation, mode, NULL, req);
}
