/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/hash.h>
#include <dp/range.h>
#include <dp/slab.h>
#include <string.h>

#include "file_priv.h"

#define BUCKETS 256u
#define CHUNK_BYTES 8000u
#define PIECES_MAX 1024u /* of a file: as many steps to find the place of one */

/** Bytes ahead of what the file has, as they came. */
struct chunk {
	struct chunk *next;
	uint32_t n;
	uint8_t data[CHUNK_BYTES];
};

struct piece {
	struct piece *next; /**< of the file, by start */
	uint64_t start, n;
	struct chunk *first, *last;
};

/** A resource of which parts have come. */
struct whole {
	struct whole *next;         /**< of the bucket */
	struct whole *older, *newer;
	uint8_t key[20];            /**< SHA-1 of host and path */
	struct dp_file *file;
	uint64_t total;
	uint64_t expire_ns;
	uint32_t users;             /**< parts under way */
	bool appending;             /**< one of them grows the file */
	struct piece *pieces;       /**< complete, ahead of the file */
	uint32_t n_pieces;
	uint32_t serial;            /**< of the file, among those of this resource */
};

struct dp_ranges {
	struct whole *bucket[BUCKETS];
	struct whole *oldest, *newest;
};

enum mode { APPEND, AHEAD, SKIP };

struct dp_range {
	struct whole *w;
	enum mode mode;
	uint64_t skip, left; /**< bytes that the file has already; that belong to this part */
	struct piece *piece; /**< AHEAD */
	uint32_t serial;     /**< the file it is of */
};

static void piece_free(struct dp_ctx *c, struct piece *p)
{
	struct chunk *k, *next;

	for (k = p->first; k; k = next) {
		next = k->next;
		dp_slab_free(c->slab, DP_MEM_RANGE, k, sizeof(*k));
	}
	dp_slab_free(c->slab, DP_MEM_RANGE, p, sizeof(*p));
}

static void age_out(struct dp_ranges *r, struct whole *w)
{
	*(w->older ? &w->older->newer : &r->oldest) = w->newer;
	*(w->newer ? &w->newer->older : &r->newest) = w->older;
	w->older = w->newer = NULL;
}

static void age_in(struct dp_ranges *r, struct whole *w)
{
	w->older = r->newest;
	*(r->newest ? &r->newest->newer : &r->oldest) = w;
	r->newest = w;
}

static void pieces_free(struct dp_ctx *c, struct whole *w)
{
	struct piece *p;

	while ((p = w->pieces) != NULL) {
		w->pieces = p->next;
		piece_free(c, p);
	}
	w->n_pieces = 0;
}

static void forget(struct dp_ctx *c, struct whole *w)
{
	struct dp_ranges *r = c->ranges;
	struct whole **at = &r->bucket[w->key[0]];

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	age_out(r, w);
	pieces_free(c, w);
	if (w->file) {
		c->cnt->ranges_forgotten++;
		dp_file_close(c, w->file, true);
		dp_file_free(c, w->file);
	}
	dp_slab_free(c->slab, DP_MEM_RANGE, w, sizeof(*w));
}

/** Memory for a part; where there is none the oldest file nobody works on makes room. */
static void *room(struct dp_ctx *c, size_t n)
{
	void *p = dp_slab_alloc(c->slab, DP_MEM_RANGE, n);
	struct whole *w;

	if (p || !c->ranges)
		return p;
	for (w = c->ranges->oldest; w && w->users; w = w->newer)
		;
	if (!w)
		return NULL;
	forget(c, w);
	return dp_slab_alloc(c->slab, DP_MEM_RANGE, n);
}

void dp_ranges_expire(struct dp_ctx *c)
{
	struct whole *w = c->ranges ? c->ranges->oldest : NULL, *next;

	for (unsigned budget = 64; w && budget && w->expire_ns <= c->now_ns; w = next, budget--) {
		next = w->newer;
		if (!w->users)
			forget(c, w);
	}
}

void dp_ranges_clear(struct dp_ctx *c)
{
	if (!c->ranges)
		return;
	while (c->ranges->oldest)
		forget(c, c->ranges->oldest);
	dp_slab_free(c->slab, DP_MEM_RANGE, c->ranges, sizeof(*c->ranges));
	c->ranges = NULL;
}

static struct whole *find(struct dp_app_ctx *x, const struct dp_range_spec *spec)
{
	uint8_t both[2][20], key[20];
	struct dp_ctx *c = x->c;
	struct whole *w;

	dp_hash_sha1(spec->host.p, spec->host.n, both[0]);
	dp_hash_sha1(spec->path.p, spec->path.n, both[1]);
	dp_hash_sha1(both, sizeof(both), key);
	if (!c->ranges)
		c->ranges = dp_slab_zalloc(c->slab, DP_MEM_RANGE, sizeof(*c->ranges));
	if (!c->ranges)
		return NULL;
	for (w = c->ranges->bucket[key[0]]; w; w = w->next)
		if (memcmp(w->key, key, sizeof(key)) == 0)
			return w;
	w = room(c, sizeof(*w));
	if (!w)
		return NULL;
	memset(w, 0, sizeof(*w));
	memcpy(w->key, key, sizeof(key));
	w->next = c->ranges->bucket[key[0]];
	c->ranges->bucket[key[0]] = w;
	age_in(c->ranges, w);
	return w;
}

/** No part is under way and there is no file: nothing to remember. */
static void leave(struct dp_ctx *c, struct whole *w)
{
	if (!--w->users && !w->file)
		forget(c, w);
}

/** How the part lies to what the file has. */
static void place(struct dp_ctx *c, struct dp_range *r, uint64_t start)
{
	struct whole *w = r->w;
	uint64_t have = w->file->size;

	if (start <= have && have - start >= r->left) {
		r->mode = SKIP;
	} else if (start <= have && !w->appending) {
		r->mode = APPEND;
		r->skip = have - start;
		w->appending = true;
	} else {
		r->piece = room(c, sizeof(*r->piece));
		r->mode = r->piece ? AHEAD : SKIP;
		if (r->piece)
			*r->piece = (struct piece){.start = start};
		else
			c->cnt->ranges_dropped++;
	}
}

struct dp_range *dp_range_open(struct dp_app_ctx *x, const struct dp_range_spec *spec)
{
	struct dp_ctx *c = x->c;
	struct whole *w = find(x, spec);
	struct dp_range *r;

	if (!w)
		return NULL;
	w->users++; // must not go where room is made
	w->expire_ns = c->now_ns + (uint64_t)c->conf->app.range_timeout_s * 1000000000u;
	age_out(c->ranges, w);
	age_in(c->ranges, w);
	if (!w->file) {
		w->file = dp_file_new(x, spec->dir, spec->name.p, spec->name.n);
		if (w->file)
			w->file->external = true; // parts have been inspected as they came
	}
	r = w->file ? room(c, sizeof(*r)) : NULL;
	if (!r) {
		c->cnt->ranges_dropped++;
		leave(c, w);
		return NULL;
	}
	if (spec->total > w->total)
		w->total = spec->total;
	*r = (struct dp_range){.w = w, .left = spec->end - spec->start + 1, .serial = w->serial};
	place(c, r, spec->start);
	return r;
}

/** Into the last chunk, or new ones. False: no memory; what is there stays good. */
static bool piece_add(struct dp_ctx *c, struct piece *p, const uint8_t *data, uint32_t n)
{
	while (n) {
		struct chunk *k = p->last;
		uint32_t m;

		if (!k || k->n == CHUNK_BYTES) {
			k = room(c, sizeof(*k));
			if (!k)
				return false;
			k->next = NULL;
			k->n = 0;
			*(p->last ? &p->last->next : &p->first) = k;
			p->last = k;
		}
		m = CHUNK_BYTES - k->n;
		m = n < m ? n : m;
		memcpy(k->data + k->n, data, m);
		k->n += m;
		p->n += m;
		data += m;
		n -= m;
	}
	return true;
}

void dp_range_data(struct dp_ctx *c, struct dp_range *r, const uint8_t *p, uint32_t n)
{
	uint32_t cut;

	if (n > r->left)
		n = (uint32_t)r->left;
	r->left -= n;
	if (r->mode == SKIP)
		return;
	cut = r->skip < n ? (uint32_t)r->skip : n;
	r->skip -= cut;
	p += cut;
	n -= cut;
	if (r->mode == APPEND) {
		dp_file_data(c, r->w->file, p, n);
	} else if (!piece_add(c, r->piece, p, n)) {
		c->cnt->ranges_dropped++;
		r->left = 0;
	}
}

static void piece_insert(struct whole *w, struct piece *p)
{
	struct piece **at = &w->pieces;

	while (*at && (*at)->start < p->start)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	w->n_pieces++;
}

/** The file has grown to pieces that were kept: they are next. */
static void merge(struct dp_ctx *c, struct whole *w)
{
	struct piece *p;

	while ((p = w->pieces) != NULL && p->start <= w->file->size) {
		uint64_t skip = w->file->size - p->start;

		w->pieces = p->next;
		w->n_pieces--;
		for (struct chunk *k = p->first; k; k = k->next) {
			uint32_t cut = skip < k->n ? (uint32_t)skip : k->n;

			skip -= cut;
			dp_file_data(c, w->file, k->data + cut, k->n - cut);
		}
		piece_free(c, p);
	}
}

/** A piece whose file became whole without it is of no other. */
static void keep(struct dp_ctx *c, struct dp_range *r)
{
	struct whole *w = r->w;
	const bool own = w->file && w->serial == r->serial && r->piece->n;

	if (own && w->n_pieces < PIECES_MAX) {
		piece_insert(w, r->piece);
		return;
	}
	c->cnt->ranges_dropped += own;
	piece_free(c, r->piece);
}

/** True: the file is whole. */
static bool end(struct dp_ctx *c, struct dp_range *r)
{
	struct whole *w = r->w;
	enum mode mode = r->mode;

	if (mode == APPEND)
		w->appending = false;
	if (mode == AHEAD)
		keep(c, r);
	if (!w->appending && w->file)
		merge(c, w);
	dp_slab_free(c->slab, DP_MEM_RANGE, r, sizeof(*r));
	return mode != SKIP && !w->appending && w->file && w->file->size >= w->total;
}

void dp_range_close(struct dp_app_ctx *x, struct dp_range *r, struct dp_tx *tx)
{
	struct whole *w = r->w;

	if (end(x->c, r)) {
		x->c->cnt->ranges_joined++;
		dp_file_close(x->c, w->file, false);
		dp_file_attach(x, tx, w->file);
		pieces_free(x->c, w);
		w->file = NULL;
		w->total = 0;
		w->serial++;
	}
	leave(x->c, w);
}

void dp_range_abandon(struct dp_ctx *c, struct dp_range *r)
{
	struct whole *w = r->w;

	end(c, r);
	leave(c, w);
}
