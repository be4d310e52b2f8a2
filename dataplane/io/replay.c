/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receive loop over a capture. What a poll-mode process does with ports is done here with a
 * mapped file: bursts in, verdicts out, buffers for packets of our own from a small pool.
 */
#include <dp/capture.h>
#include <dp/replay.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES (4u << 20)
#define N_BUFS 64u
#define BUF_BYTES 2048u

struct buffer {
	struct buffer *next;
	uint8_t bytes[BUF_BYTES];
};

struct dp_replay {
	struct dp_replay_conf rc;
	struct dp_worker *worker;
	struct dp_counters counters;
	struct dp_ev_ring *ring;
	void *ring_mem;
	struct dp_io io;
	struct buffer bufs[N_BUFS];
	struct buffer *free_bufs;
	struct dp_capture_writer *out;
	uint64_t num, last_ns;
	int out_error;
	bool out_open;
	uint16_t out_linktype;
	struct dp_pkt pkts[DP_BURST];
};

/* ---- what the engine asks of its I/O ---- */

static void *io_alloc(void *ctx, uint8_t wire, uint32_t len, uint8_t **data)
{
	struct dp_replay *r = ctx;
	struct buffer *b = r->free_bufs;

	if (!b || len > BUF_BYTES)
		return NULL;
	r->free_bufs = b->next;
	*data = b->bytes;
	return b;
}

static void io_free(void *ctx, void *buf)
{
	struct dp_replay *r = ctx;
	struct buffer *b = buf;

	b->next = r->free_bufs;
	r->free_bufs = b;
}

static void write_out(struct dp_replay *r, uint64_t ts_ns, const void *data, uint32_t len,
	uint32_t wire_len)
{
	int rc;

	if (!r->out)
		return;
	rc = dp_capture_write(r->out, ts_ns, data, len, wire_len);
	if (rc < 0)
		r->out_error = rc;
}

static int io_send(void *ctx, uint8_t wire, uint8_t side, void *buf, uint32_t len)
{
	struct dp_replay *r = ctx;
	struct buffer *b = buf;

	write_out(r, r->last_ns, b->bytes, len, len);
	io_free(r, b);
	return 0;
}

static void io_drain(void *ctx)
{
	struct dp_replay *r = ctx;
	const struct dp_ev_head *ev;

	while ((ev = dp_ev_ring_peek(r->ring)) != NULL) {
		if (r->rc.event)
			r->rc.event(r->rc.arg, ev);
		dp_ev_ring_pop(r->ring);
	}
}

/* ---- life ---- */

void dp_replay_conf_init(struct dp_replay_conf *rc)
{
	memset(rc, 0, sizeof(*rc));
	dp_conf_default(&rc->conf);
}

int dp_replay_create(const struct dp_replay_conf *rc, struct dp_replay **out)
{
	size_t bytes = rc->ring_bytes ? rc->ring_bytes : RING_BYTES;
	struct dp_replay *r = calloc(1, sizeof(*r));
	struct dp_worker_setup setup;
	int ret = -ENOMEM;

	if (!r)
		return -ENOMEM;
	r->rc = *rc;
	for (unsigned i = 0; i < N_BUFS; i++)
		io_free(r, &r->bufs[i]);
	r->io = (struct dp_io){.ctx = r, .alloc = io_alloc, .free = io_free, .send = io_send,
		.drain = io_drain};
	bytes += sizeof(struct dp_ev_ring);
	if (posix_memalign(&r->ring_mem, 64, bytes) != 0) {
		r->ring_mem = NULL;
		goto fail;
	}
	ret = dp_ev_ring_init(r->ring_mem, bytes, &r->ring);
	if (ret < 0)
		goto fail;
	setup = (struct dp_worker_setup){.conf = rc->conf, .io = &r->io, .counters = &r->counters,
		.ring = r->ring};
	ret = dp_worker_create(&setup, &r->worker);
	if (ret < 0)
		goto fail;
	*out = r;
	return 0;
fail:
	dp_replay_destroy(r);
	return ret;
}

void dp_replay_destroy(struct dp_replay *r)
{
	if (!r)
		return;
	dp_worker_destroy(r->worker);
	free(r->ring_mem);
	free(r);
}

int dp_replay_adopt(struct dp_replay *r, enum dp_layer_id layer, struct dp_ruleset *rs,
	struct dp_ruleset **old)
{
	int rc = rs ? dp_worker_prepare(r->worker, rs) : 0;

	if (rc < 0)
		return rc;
	dp_worker_adopt(r->worker, layer, rs, 1, old);
	return 0;
}

const struct dp_counters *dp_replay_counters(const struct dp_replay *r)
{
	return &r->counters;
}

void dp_replay_reset(struct dp_replay *r)
{
	memset(&r->counters, 0, sizeof(r->counters));
	dp_detect_reset(dp_worker_detect(r->worker));
	r->num = 0;
}

uint64_t dp_replay_last_ns(const struct dp_replay *r)
{
	return r->last_ns;
}

struct dp_worker *dp_replay_worker(struct dp_replay *r)
{
	return r->worker;
}

/* ---- a run ---- */

/** Make room in the output for this link type; the first packet decides, others cannot be kept. */
static int out_open(struct dp_replay *r, uint16_t linktype, char *err, size_t err_len)
{
	if (!r->rc.out_path || r->out_open)
		return 0;
	r->out_open = true;
	r->out_linktype = linktype;
	return dp_capture_create(r->rc.out_path, linktype, &r->out, err, err_len);
}

static void burst(struct dp_replay *r, unsigned n)
{
	if (n == 0)
		return;
	dp_worker_burst(r->worker, r->pkts, n, r->pkts[n - 1].ts_ns);
	for (unsigned i = 0; i < n; i++) {
		const struct dp_pkt *p = &r->pkts[i];

		if (p->verdict == DP_FORWARD && r->out && p->linktype == r->out_linktype)
			write_out(r, p->ts_ns, p->data, p->len, p->wire_len);
	}
	io_drain(r);
}

static int run_packets(struct dp_replay *r, struct dp_capture *c, char *err, size_t err_len)
{
	struct dp_capture_rec rec;
	unsigned n = 0;
	int rc;

	while ((rc = dp_capture_next(c, &rec, err, err_len)) > 0) {
		int ret = out_open(r, rec.linktype, err, err_len);

		if (ret < 0)
			return ret;
		// Only what decode does not set itself; the rest of the record is decode's to write.
		r->pkts[n].buf = NULL;
		r->pkts[n].data = rec.data;
		r->pkts[n].len = rec.len;
		r->pkts[n].wire_len = rec.wire_len;
		r->pkts[n].ts_ns = rec.ts_ns;
		r->pkts[n].num = ++r->num;
		r->pkts[n].linktype = rec.linktype;
		r->pkts[n].wire = 0;
		r->pkts[n].side = 0;
		r->last_ns = rec.ts_ns;
		if (++n == DP_BURST) {
			burst(r, n);
			n = 0;
			dp_capture_passed(c);
		}
	}
	burst(r, n);
	return rc;
}

int dp_replay_run(struct dp_replay *r, const char *path, char *err, size_t err_len)
{
	struct dp_capture *c;
	int rc = dp_capture_open(path, &c, err, err_len), ret;

	if (rc < 0)
		return rc;
	rc = run_packets(r, c, err, err_len);
	dp_worker_flush(r->worker, r->last_ns);
	io_drain(r);
	dp_capture_close(c);
	ret = dp_capture_finish(r->out);
	r->out = NULL;
	r->out_open = false;
	if (rc == 0 && (ret < 0 || r->out_error)) {
		rc = ret < 0 ? ret : r->out_error;
		snprintf(err, err_len, "%s: %s", r->rc.out_path, strerror(-rc));
	}
	return rc;
}
