/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"
#include "file_priv.h"
#include <dp/emit.h>
#include <dp/file.h>
#include <dp/slab.h>
#include <string.h>

/** How much of a stream may be looked at where files are stored: never less than without. */
static uint32_t dp_file_depth(const struct dp_ctx *c)
{
	uint32_t store = c->conf->app.file_store_depth, stream = c->conf->stream_depth;

	if (stream == 0) // nothing else limits it: the store's own limit holds
		return store;
	return store == 0 || store > stream ? store : stream;
}

static struct dp_ev_file *spool_record(struct dp_ctx *c, const struct dp_file *f, uint8_t what)
{
	struct dp_ev_file *ev = (struct dp_ev_file *)(void *)c->ev_buf;

	memset(ev, 0, sizeof(*ev));
	ev->ts_ns = c->now_ns;
	ev->id = f->spool;
	ev->offset = f->spooled;
	ev->worker = c->worker;
	ev->source = f->spool_of;
	ev->what = what;
	return ev;
}

static void spoil(struct dp_ctx *c, struct dp_file *f)
{
	c->cnt->files_spoiled += !f->spoiled;
	f->spoiled = true;
}

/** A piece into the ring of contents, or among the events where there is only one. */
static void spool_piece(struct dp_ctx *c, struct dp_file *f, const uint8_t *p, uint32_t n)
{
	struct dp_ev_file *ev = spool_record(c, f, DP_EV_FILE_DATA);
	const uint64_t lost = c->cnt->ev_lost;
	const size_t len = sizeof(*ev) + n;

	ev->n = n;
	memcpy(c->ev_buf + sizeof(*ev), p, n);
	if (c->file_ring) {
		ev->head.type = DP_EV_FILE;
		ev->head.version = DP_EV_VERSION;
		if (!dp_ev_ring_put(c->file_ring, &ev->head, len))
			spoil(c, f);
	} else {
		dp_emit(c, &ev->head, DP_EV_FILE, len);
		if (c->cnt->ev_lost != lost)
			spoil(c, f);
	}
	f->spooled += n;
}

void dp_file_settle(struct dp_ctx *c, struct dp_file *f)
{
	bool keep = f->want_store || c->conf->app.file_store_force;
	const uint64_t lost = c->cnt->ev_lost;
	struct dp_ev_file *ev;

	if (!f->spool)
		return;
	f->stored = keep && !f->spoiled && f->has_sha256;
	ev = spool_record(c, f, f->stored ? DP_EV_FILE_KEEP : DP_EV_FILE_DISCARD);
	memcpy(ev->sha256, f->sha256, sizeof(ev->sha256));
	if (f->spool_of)
		ev->upto = f->spool_upto;
	else if (c->file_ring)
		ev->upto = c->file_ring->head;
	dp_emit(c, &ev->head, DP_EV_FILE, sizeof(*ev));
	if (c->cnt->ev_lost != lost)
		spoil(c, f);
	f->stored = f->stored && !f->spoiled;
	f->unstored = keep && f->spoiled;
	f->id = (uint32_t)f->spool; // the number its record and its description go by
	f->spool = 0;
}

struct dp_file *dp_file_shell(struct dp_app_ctx *x, enum sig_dir dir, const void *name,
	uint32_t name_len)
{
	struct dp_file *f = dp_slab_zalloc(x->c->slab, DP_MEM_FILE, sizeof(*f));

	if (!f)
		return NULL;
	if (name_len > DP_FILE_NAME_MAX)
		name_len = DP_FILE_NAME_MAX;
	if (name_len) {
		f->name = dp_slab_alloc(x->c->slab, DP_MEM_FILE, name_len);
		if (f->name) {
			memcpy(f->name, name, name_len);
			f->name_len = name_len;
		}
	}
	f->dir = (uint8_t)dir;
	return f;
}

struct dp_file *dp_file_new(struct dp_app_ctx *x, enum sig_dir dir, const void *name,
	uint32_t name_len)
{
	struct dp_file *f = dp_file_shell(x, dir, name, name_len);

	if (!f)
		return NULL;
	if (x->c->file_spool) {
		f->spool = ++x->c->file_serial;
		if (x->f && x->f->tcp && dp_file_depth(x->c) != x->c->conf->stream_depth)
			dp_stream_set_depth(x->f, dp_file_depth(x->c));
	}
	if (x->c->file_hash || f->spool)
		f->hash = dp_digest_open(x->c,
			x->c->file_hash | (f->spool ? DP_FILE_SHA256 : 0));
	return f;
}

void dp_file_attach(struct dp_app_ctx *x, struct dp_tx *tx, struct dp_file *f)
{
	struct dp_file **at;

	f->id = ++x->a->file_ids;
	f->want_store = x->a->store >> f->dir & 1;
	for (at = &tx->files; *at; at = &(*at)->next)
		;
	*at = f;
}

struct dp_file *dp_file_open(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir dir,
	const void *name, uint32_t name_len)
{
	struct dp_file *f = dp_file_new(x, dir, name, name_len);

	if (f)
		dp_file_attach(x, tx, f);
	return f;
}

/** Make room for `n` more bytes of window: what was inspected goes first, then the oldest. */
static bool window_room(struct dp_ctx *c, struct dp_file *f, uint32_t n)
{
	uint32_t cap = f->data_cap ? f->data_cap : 1024;
	uint8_t *p;

	if (f->data_len + n > DP_FILE_WINDOW_BYTES) {
		uint32_t cut = f->data_len + n - DP_FILE_WINDOW_BYTES;

		if (cut > f->data_len)
			cut = f->data_len;
		memmove(f->data, f->data + cut, f->data_len - cut);
		f->data_len -= cut;
		f->data_off += cut;
	}
	while (cap < f->data_len + n)
		cap *= 2;
	if (cap == f->data_cap)
		return true;
	p = f->data ? dp_slab_realloc(c->slab, DP_MEM_FILE, f->data, f->data_cap, cap)
		    : dp_slab_alloc(c->slab, DP_MEM_FILE, cap);
	if (!p)
		return false;
	f->data = p;
	f->data_cap = cap;
	return true;
}

static void window_add(struct dp_ctx *c, struct dp_file *f, const uint8_t *p, uint32_t n)
{
	uint64_t at = f->size;

	if (f->joined) {
		if (at != f->data_len) // it is full, or there was no memory
			return;
		n = n < DP_FILE_WINDOW_BYTES - f->data_len ? n : DP_FILE_WINDOW_BYTES - f->data_len;
	}
	if (n > DP_FILE_WINDOW_BYTES) {
		at += n - DP_FILE_WINDOW_BYTES;
		p += n - DP_FILE_WINDOW_BYTES;
		n = DP_FILE_WINDOW_BYTES;
	}
	if (at != f->data_off + f->data_len) { // a hole: the window begins anew
		f->data_len = 0;
		f->data_off = at;
	}
	if (!window_room(c, f, n))
		return;
	memcpy(f->data + f->data_len, p, n);
	f->data_len += n;
}

void dp_file_data(struct dp_ctx *c, struct dp_file *f, const uint8_t *p, uint32_t n)
{
	if (f->state != DP_FILE_OPEN || n == 0)
		return;
	if (f->size == f->head_len && f->head_len < sizeof(f->head)) {
		uint32_t m = (uint32_t)sizeof(f->head) - f->head_len;

		m = n < m ? n : m;
		memcpy(f->head + f->head_len, p, m);
		f->head_len = (uint16_t)(f->head_len + m);
	}
	if (f->hash)
		dp_digest_add(f->hash, p, n);
	if (!f->external)
		window_add(c, f, p, n);
	for (uint32_t at = 0; f->spool && !f->spoiled && at < n; at += DP_EV_FILE_BYTES)
		spool_piece(c, f, p + at,
			n - at < DP_EV_FILE_BYTES ? n - at : DP_EV_FILE_BYTES);
	f->size += n;
	if (c->conf->app.file_magic && !f->magic)
		dp_file_magic(c, f); // while its beginning is here
}

void dp_file_gap(struct dp_ctx *c, struct dp_file *f, uint64_t n)
{
	if (f->state != DP_FILE_OPEN)
		return;
	f->gaps = true;
	f->size += n;
}

void dp_file_close(struct dp_ctx *c, struct dp_file *f, bool truncated)
{
	if (f->state != DP_FILE_OPEN)
		return;
	f->state = truncated || f->gaps ? DP_FILE_TRUNCATED : DP_FILE_CLOSED;
	if (f->hash) {
		dp_digest_final(f->hash, f);
		dp_digest_free(c, f->hash);
		f->hash = NULL;
	}
	if (c->conf->app.file_magic)
		dp_file_magic(c, f);
}

void dp_file_free(struct dp_ctx *c, struct dp_file *f)
{
	dp_file_settle(c, f);
	dp_slab_free(c->slab, DP_MEM_FILE, f->name, f->name_len);
	if (f->data)
		dp_slab_free(c->slab, DP_MEM_FILE, f->data, f->data_cap);
	if (f->hash)
		dp_digest_free(c, f->hash);
	if (f->magic)
		dp_slab_free(c->slab, DP_MEM_FILE, f->magic, f->magic_len + 1);
	dp_slab_free(c->slab, DP_MEM_FILE, f, sizeof(*f));
}

void dp_file_free_all(struct dp_ctx *c, struct dp_file **list)
{
	struct dp_file *f, *next;

	for (f = *list; f; f = next) {
		next = f->next;
		dp_file_free(c, f);
	}
	*list = NULL;
}

bool dp_file_busy(const struct dp_file *list)
{
	for (; list; list = list->next)
		if (!list->logged)
			return true;
	return false;
}

void dp_file_log(const struct dp_file *f, uint64_t tx_id, struct dp_rec *r)
{
	dp_rec_obj(r, "fileinfo");
	dp_file_log_fields(f, tx_id, r);
	dp_rec_end(r);
}

void dp_file_log_fields(const struct dp_file *f, uint64_t tx_id, struct dp_rec *r)
{
	static const char *const states[] = {"UNKNOWN", "CLOSED", "TRUNCATED", "ERROR"};

	if (f->name_len)
		dp_rec_str(r, "filename", f->name, f->name_len);
	if (f->n_sid) {
		dp_rec_arr(r, "sid");
		for (unsigned i = 0; i < f->n_sid; i++)
			dp_rec_u64(r, "", f->sid[i]);
		dp_rec_end(r);
	}
	if (f->magic)
		dp_rec_str(r, "magic", f->magic, f->magic_len);
	dp_rec_bool(r, "gaps", f->gaps);
	dp_rec_cstr(r, "state", states[f->state & 3]);
	if (f->has_md5)
		dp_rec_hex(r, "md5", f->md5, sizeof(f->md5));
	if (f->has_sha1)
		dp_rec_hex(r, "sha1", f->sha1, sizeof(f->sha1));
	if (f->has_sha256)
		dp_rec_hex(r, "sha256", f->sha256, sizeof(f->sha256));
	dp_rec_bool(r, "stored", f->stored);
	if (f->stored)
		dp_rec_u64(r, "file_id", f->id);
	else if (f->want_store && f->spool && !f->unstored && f->state == DP_FILE_OPEN)
		dp_rec_bool(r, "storing", true);
	if (f->unstored)
		dp_rec_cstr(r, "store_error", DP_EV_FILE_LOST);
	dp_rec_u64(r, "size", f->size);
	if (f->ranged) {
		dp_rec_u64(r, "start", f->start);
		dp_rec_u64(r, "end", f->end);
	}
	dp_rec_u64(r, "tx_id", tx_id);
}
