/* SPDX-License-Identifier: Apache-2.0 */
/** Rings to EVE lines, lines to the file, the memory of last events, and who follows. */
#include "daemon.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING_BUDGET 20000u /**< records of one ring in a round: commands must be heard too */
#define FILE_BUDGET (4u << 20)
#define BUSY_US 3000
#define IDLE_US 20000
#define IDLE_ROUNDS 50u

static bool sig_text(void *arg, unsigned layer, uint32_t generation, uint32_t index,
		struct ctl_sig_text *t)
{
	return ctl_sig_text_read(image_get(arg, layer, generation), index, t);
}

static void schedule(struct daemon *d)
{
	struct timeval tv = {.tv_usec = d->idle > IDLE_ROUNDS ? IDLE_US : BUSY_US};

	evtimer_add(d->drain, &tv);
}

/** What a follower has not seen yet. False: it is gone. */
static bool feed(struct daemon *d, struct follower *f)
{
	struct evbuffer *out;
	const char *line;

	if (f->next < ctl_last_oldest(&d->last))
		f->next = ctl_last_oldest(&d->last); // it reads slower than events come
	if (f->next >= d->last.next)
		return true;
	out = evbuffer_new();
	if (out == NULL)
		return true;
	for (; (line = ctl_last_get(&d->last, f->next)) != NULL; f->next++)
		evbuffer_add_printf(out, "%s\n", line);
	evhttp_send_reply_chunk(f->req, out);
	evbuffer_free(out);
	return true;
}

static void put_out(struct daemon *d)
{
	struct ctl_json *out = &d->eve.out;

	if (out->len == 0)
		return;
	if (ctl_file_sink_write(&d->file, out->buf, out->len))
		log_warn("msg=\"events lost: file not writable\" path=\"%s\" error=\"%s\"",
			d->file.path, strerror(d->file.error));
	ctl_last_put(&d->last, out->buf, out->len);
	ctl_json_reset(out);
	for (unsigned i = 0; i < FOLLOWERS; i++)
		if (d->follower[i].req != NULL)
			feed(d, &d->follower[i]);
}

/** Contents of files up to `upto` bytes of the ring's life, and of one round at most FILE_BUDGET. */
static unsigned contents(struct daemon *d, struct dp_ev_ring *ring, uint64_t upto)
{
	const struct dp_ev_head *rec;
	uint64_t from;
	unsigned n = 0;

	if (ring == NULL)
		return 0;
	for (from = ring->tail; ring->tail < upto && (rec = dp_ev_ring_peek(ring)) != NULL; n++) {
		if (upto == UINT64_MAX && ring->tail - from > FILE_BUDGET)
			break;
		if (d->storing)
			ctl_filestore_record(&d->files, rec);
		dp_ev_ring_pop(ring);
	}
	d->file_bytes += ring->tail - from;
	return n;
}

/** What the end of a file is said of must be written before it is believed. */
static void file_end(struct daemon *d, struct dp_ev_ring *files, const struct dp_ev_head *rec)
{
	const struct dp_ev_file *f = (const void *)rec;

	if (rec->type == DP_EV_FILE && rec->len >= sizeof(*f) && f->upto) {
		if (f->source && f->source <= d->seg->n_slots)
			files = dp_seg_file_ring(d->seg, f->source - 1u);
		contents(d, files, f->upto);
	}
	if (d->storing)
		ctl_filestore_record(&d->files, rec);
}

static unsigned one_ring(struct daemon *d, struct dp_ev_ring *ring, struct dp_ev_ring *files)
{
	const struct dp_ev_head *rec;
	unsigned n = 0;

	while (ring != NULL && n < RING_BUDGET && (rec = dp_ev_ring_peek(ring)) != NULL) {
		if (rec->type == DP_EV_FILE || rec->type == DP_EV_APP)
			file_end(d, files, rec);
		ctl_eve_record(&d->eve, rec);
		dp_ev_ring_pop(ring);
		n++;
	}
	return n;
}

unsigned drain_round(struct daemon *d)
{
	unsigned n = 0;

	if (d->seg == NULL)
		return 0;
	for (unsigned s = 0; s < d->seg->n_slots; s++)
		n += one_ring(d, dp_seg_ring(d->seg, s), dp_seg_file_ring(d->seg, s));
	n += one_ring(d, dp_seg_guard_ring(d->seg), NULL);
	n += one_ring(d, dp_seg_parent_ring(d->seg), NULL);
	d->events += n;
	for (unsigned s = 0; s < d->seg->n_slots; s++)
		n += contents(d, dp_seg_file_ring(d->seg, s), UINT64_MAX);
	put_out(d);
	return n;
}

static void on_drain(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	d->idle = drain_round(d) ? 0 : d->idle + 1;
	schedule(d);
}

void drain_stats(struct daemon *d)
{
	struct ctl_eve_stats s = {.ts_ns = dp_wall_ns(), .ips = true,
		.uptime_s = (dp_mono_ns() - d->start_ns) / DP_NS_PER_S};
	struct dp_counters *sum;

	if (d->seg == NULL)
		return;
	sum = malloc(sizeof(*sum));
	if (sum == NULL)
		return;
	segment_counters(d->seg, sum);
	s.counters = sum;
	s.store = d->storing ? &d->files : NULL;
	for (unsigned i = 0; i < CTL_LAYERS; i++)
		s.rules_loaded += d->layer[i].signatures;
	ctl_eve_stats_line(&d->eve, &s);
	free(sum);
	put_out(d);
}

static void on_stats(evutil_socket_t fd, short what, void *arg)
{
	drain_stats(arg);
}

static void on_follower_gone(struct evhttp_connection *c, void *arg)
{
	((struct follower *)arg)->req = NULL;
}

bool drain_follow(struct daemon *d, struct evhttp_request *req, uint64_t last)
{
	for (unsigned i = 0; i < FOLLOWERS; i++) {
		struct follower *f = &d->follower[i];

		if (f->req != NULL)
			continue;
		f->req = req;
		f->next = d->last.next > last ? d->last.next - last : 0;
		evhttp_connection_set_closecb(evhttp_request_get_connection(req), on_follower_gone, f);
		evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
			"application/x-ndjson");
		evhttp_send_reply_start(req, HTTP_OK, "OK");
		feed(d, f);
		return true;
	}
	return false;
}

void drain_options(struct daemon *d)
{
	d->eve.opt = *site_eve(d);
	d->eve.opt.wire_iface = segment_iface;
	d->eve.opt.wire_arg = d;
}

int drain_init(struct daemon *d)
{
	struct timeval stats = {.tv_sec = d->opt.stats_s};
	struct ctl_eve_options o = *site_eve(d);
	char path[320];
	int rc;

	o.wire_iface = segment_iface;
	o.wire_arg = d;
	ctl_eve_init(&d->eve, &o, sig_text, d);
	snprintf(path, sizeof(path), "%s/eve.json", d->opt.log_dir);
	rc = ctl_file_sink_open(&d->file, d->opt.eve ? d->opt.eve : path, false);
	if (rc) {
		log_warn("msg=\"cannot open\" path=\"%s\" error=\"%s\"", d->file.path, strerror(-rc));
		return rc;
	}
	rc = ctl_last_init(&d->last, d->opt.last);
	if (rc)
		return rc;
	d->drain = evtimer_new(d->base, on_drain, d);
	d->stats = event_new(d->base, -1, EV_PERSIST, on_stats, d);
	if (d->drain == NULL || d->stats == NULL)
		return -12;
	if (d->opt.stats_s)
		evtimer_add(d->stats, &stats);
	schedule(d);
	return 0;
}

void drain_fini(struct daemon *d)
{
	drain_round(d);
	if (d->drain != NULL)
		event_free(d->drain);
	if (d->stats != NULL)
		event_free(d->stats);
	ctl_file_sink_close(&d->file);
	ctl_last_fini(&d->last);
	ctl_eve_fini(&d->eve);
}
