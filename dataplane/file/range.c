/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/hash.h>
#include <dp/range.h>
#include <dp/slab.h>
#include <string.h>

#include "link.h"

/** A resource of which parts have come. */
struct whole {
	struct whole *next;         /**< of the bucket */
	struct whole *older, *newer;
	uint8_t key[DP_RANGE_KEY_BYTES]; /**< SHA-1 of host and path */
	struct growth *g;
	uint64_t total;
	uint64_t expire_ns;
	uint32_t users;             /**< parts under way */
	uint32_t serial;            /**< of the file, among those of this resource */
	bool listed;                /**< other workers know that it is joined here */
};

enum mode { APPEND, AHEAD, SKIP, AWAY };

struct dp_range {
	struct whole *w;
	enum mode mode;
	uint64_t skip, left; /**< bytes that the file has already; that belong to this part */
	struct piece *piece; /**< AHEAD */
	struct away *away;   /**< AWAY: another worker joins the file */
	uint32_t serial;     /**< the file it is of */
	bool orphan;         /**< what was there of it died with a worker */
};

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

static void forget(struct dp_ctx *c, struct whole *w)
{
	struct dp_ranges *r = c->ranges;
	struct whole **at = &r->bucket[w->key[0]];

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	age_out(r, w);
	if (w->listed)
		dp_range_link_release(c->range_link, w->key, c->worker);
	if (w->g) {
		c->cnt->ranges_forgotten++;
		dp_file_close(c, w->g->file, true);
		dp_file_free(c, w->g->file);
		dp_growth_discard(c, w->g);
	}
	dp_slab_free(c->slab, DP_MEM_RANGE, w, sizeof(*w));
}

/** Memory for a part; where there is none the oldest file nobody works on makes room. */
void *dp_range_room(struct dp_ctx *c, size_t n)
{
	void *p = dp_slab_alloc(c->slab, DP_MEM_RANGE, n);
	struct whole *w;

	if (p || !c->ranges)
		return p;
	if (!c->ranges->trash) {
		for (w = c->ranges->oldest; w && w->users; w = w->newer)
			;
		if (!w)
			return NULL;
		forget(c, w);
	}
	dp_growth_scrap(c, 4);
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
	if (c->range_link && c->ranges)
		dp_link_expire(c);
}

void dp_ranges_clear(struct dp_ctx *c)
{
	struct growth *g;

	if (!c->ranges)
		return;
	dp_link_clear(c);
	while (c->ranges->oldest)
		forget(c, c->ranges->oldest);
	while ((g = c->ranges->queue) != NULL) { // full, and nobody waits any more
		dp_file_close(c, g->file, true);
		dp_file_free(c, g->file);
		dp_growth_discard(c, g);
	}
	while (c->ranges->trash)
		dp_growth_scrap(c, UINT32_MAX);
	dp_slab_free(c->slab, DP_MEM_RANGE, c->ranges, sizeof(*c->ranges));
	c->ranges = NULL;
}

bool dp_ranges_open(struct dp_ctx *c)
{
	struct dp_ranges *r = c->ranges;

	if (r)
		return true;
	c->ranges = r = dp_slab_zalloc(c->slab, DP_MEM_RANGE, sizeof(*r));
	if (!r)
		return false;
	r->queue_end = &r->queue;
	r->budget = r->intake = DP_RANGE_TURN_BYTES;
	r->hurry = DP_RANGE_HURRY_BYTES;
	return true;
}

void dp_ranges_link(struct dp_ctx *c, struct dp_range_link *link)
{
	if (!dp_ranges_open(c))
		return; // it joins what it sees
	c->range_life = dp_range_link_begin(link, c->worker);
	c->range_link = link;
}

static void key_of(const struct dp_range_spec *s, uint8_t key[DP_RANGE_KEY_BYTES])
{
	uint8_t both[2][20];

	dp_hash_sha1(s->host.p, s->host.n, both[0]);
	dp_hash_sha1(s->path.p, s->path.n, both[1]);
	dp_hash_sha1(both, sizeof(both), key);
}

static struct whole *known(struct dp_ctx *c, const uint8_t *key)
{
	struct whole *w = c->ranges->bucket[key[0]];

	while (w && memcmp(w->key, key, sizeof(w->key)) != 0)
		w = w->next;
	return w;
}

void dp_range_unlist(struct dp_ctx *c, const uint8_t *key)
{
	if (!known(c, key))
		dp_range_link_release(c->range_link, key, c->worker);
}

static struct whole *find(struct dp_ctx *c, const uint8_t *key)
{
	struct whole *w = known(c, key);

	if (w)
		return w;
	w = dp_range_room(c, sizeof(*w));
	if (!w)
		return NULL;
	memset(w, 0, sizeof(*w));
	memcpy(w->key, key, sizeof(w->key));
	w->next = c->ranges->bucket[key[0]];
	c->ranges->bucket[key[0]] = w;
	age_in(c->ranges, w);
	return w;
}

/** No part is under way and there is no file: nothing to remember. */
static void leave(struct dp_ctx *c, struct whole *w)
{
	if (!--w->users && !w->g)
		forget(c, w);
}

/** How the part lies to what the file has. */
static void place(struct dp_ctx *c, struct dp_range *r, uint64_t start)
{
	struct growth *g = r->w->g;
	uint64_t have = g->file->size;

	if (start <= have && have - start >= r->left) {
		r->mode = SKIP;
	} else if (start <= have && !g->appending) {
		r->mode = APPEND;
		r->skip = have - start;
		g->appending = true;
	} else {
		r->piece = dp_range_room(c, sizeof(*r->piece));
		r->mode = r->piece ? AHEAD : SKIP;
		if (r->piece)
			*r->piece = (struct piece){.start = start};
		else
			c->cnt->ranges_dropped++;
	}
}

/** The file that parts of `w` are joined to. */
static struct growth *growth_open(struct dp_app_ctx *x, const struct dp_range_spec *spec)
{
	struct growth *g = dp_range_room(x->c, sizeof(*g));

	if (!g)
		return NULL;
	*g = (struct growth){.file = dp_file_new(x, spec->dir, spec->name.p, spec->name.n)};
	if (!g->file) {
		dp_slab_free(x->c->slab, DP_MEM_RANGE, g, sizeof(*g));
		return NULL;
	}
	// Parts have been inspected as they came; what lies across their seams is found in the beginning.
	g->windowed = x->c->ranges->windows < WINDOWS_MAX;
	x->c->ranges->windows += g->windowed;
	g->file->joined = true;
	g->file->external = !g->windowed;
	return g;
}

struct dp_range *dp_range_begin(struct dp_app_ctx *x, const uint8_t *key,
	const struct dp_range_spec *spec, bool listed)
{
	struct dp_ctx *c = x->c;
	struct whole *w = find(c, key);
	struct dp_range *r;

	if (!w)
		return NULL;
	w->listed |= listed;
	w->users++; // must not go where room is made
	w->expire_ns = c->now_ns + (uint64_t)c->conf->app.range_timeout_s * 1000000000u;
	age_out(c->ranges, w);
	age_in(c->ranges, w);
	if (!w->g)
		w->g = growth_open(x, spec);
	r = w->g ? dp_range_room(c, sizeof(*r)) : NULL;
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

/** Another worker joins the file: pieces go there. */
static struct dp_range *begin_away(struct dp_app_ctx *x, const uint8_t *key,
	const struct dp_range_spec *spec, const struct dp_range_owner *o)
{
	struct dp_ctx *c = x->c;
	struct dp_range *r = dp_range_room(c, sizeof(*r));

	if (!r)
		return NULL;
	*r = (struct dp_range){.mode = AWAY, .left = spec->end - spec->start + 1,
		.away = dp_away_open(x, key, spec, o)};
	if (r->away)
		return r;
	c->cnt->ranges_dropped++;
	dp_slab_free(c->slab, DP_MEM_RANGE, r, sizeof(*r));
	return NULL;
}

struct dp_range *dp_range_open(struct dp_app_ctx *x, const struct dp_range_spec *spec)
{
	struct dp_ctx *c = x->c;
	uint8_t key[DP_RANGE_KEY_BYTES];
	struct dp_range_owner o = {.listed = false};
	struct dp_range *r;

	if (!dp_ranges_open(c))
		return NULL;
	key_of(spec, key);
	if (c->range_link)
		o = dp_range_link_owner(c->range_link, key, c->worker);
	if (o.listed && o.slot != c->worker)
		return begin_away(x, key, spec, &o);
	r = dp_range_begin(x, key, spec, o.listed);
	if (r)
		r->orphan = o.orphan;
	else if (o.listed)
		dp_range_unlist(c, key);
	return r;
}

/** Into the last chunk, or new ones. False: no memory; what is there stays good. */
static bool piece_add(struct dp_ctx *c, struct piece *p, const uint8_t *data, uint32_t n)
{
	while (n) {
		struct chunk *k = p->last;
		uint32_t m;

		if (!k || k->n == CHUNK_BYTES) {
			k = dp_range_room(c, sizeof(*k));
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
	if (r->mode == AWAY)
		dp_away_data(c, r->away, p, n);
	if (r->mode == SKIP || r->mode == AWAY)
		return;
	cut = r->skip < n ? (uint32_t)r->skip : n;
	r->skip -= cut;
	p += cut;
	n -= cut;
	if (r->mode == APPEND) {
		dp_file_data(c, r->w->g->file, p, n);
	} else if (!piece_add(c, r->piece, p, n)) {
		c->cnt->ranges_dropped++;
		r->left = 0;
	}
}

/** A piece whose file became whole without it is of no other. */
static void keep(struct dp_ctx *c, struct dp_range *r)
{
	struct whole *w = r->w;
	const bool own = w->g && w->serial == r->serial && r->piece->n;

	if (own && w->g->n_pieces < PIECES_MAX) {
		dp_piece_insert(w->g, r->piece);
		return;
	}
	c->cnt->ranges_dropped += own;
	dp_piece_discard(c, r->piece);
}

static void end(struct dp_ctx *c, struct dp_range *r)
{
	if (r->mode == APPEND)
		r->w->g->appending = false;
	if (r->mode == AHEAD)
		keep(c, r);
	dp_slab_free(c->slab, DP_MEM_RANGE, r, sizeof(*r));
}

/** Nothing is missing: the next part of the resource begins another file. */
static void fill(struct whole *w, const struct dp_range_waiter *by)
{
	struct growth *g = w->g;

	g->full = true;
	g->by = *by;
	if (by->tx)
		by->tx->held[g->file->dir]++;
	w->g = NULL;
	w->total = 0;
	w->serial++;
}

bool dp_range_finish(struct dp_ctx *c, struct dp_range *r, const struct dp_range_waiter *by)
{
	struct whole *w = r->w;
	struct growth *g;
	bool full = false;

	end(c, r);
	g = w->g;
	if (g && !g->appending) {
		if (by && dp_growth_reaches(g, w->total))
			fill(w, by);
		full = g->full;
		if (!dp_growth_merge(c, g)) {
			c->cnt->ranges_late += full;
			dp_growth_enqueue(c->ranges, g);
		} else if (full && !dp_growth_hand_over(c, g, false)) {
			dp_growth_enqueue(c->ranges, g);
		}
	}
	leave(c, w);
	return full;
}

void dp_range_close(struct dp_app_ctx *x, struct dp_range *r, struct dp_tx *tx)
{
	struct dp_ctx *c = x->c;

	if (r->orphan && r->w->g)
		dp_link_tell(x, tx, (enum sig_dir)r->w->g->file->dir, r->w->g->file->name,
			r->w->g->file->name_len);
	if (r->mode == AWAY) {
		dp_away_close(x, r->away, tx);
		dp_slab_free(c->slab, DP_MEM_RANGE, r, sizeof(*r));
	} else {
		dp_range_finish(c, r, &(struct dp_range_waiter){.f = x->f, .tx = tx});
	}
}

void dp_range_abandon(struct dp_ctx *c, struct dp_range *r)
{
	if (r->mode == AWAY) {
		dp_away_close(&(struct dp_app_ctx){.c = c}, r->away, NULL);
		dp_slab_free(c->slab, DP_MEM_RANGE, r, sizeof(*r));
	} else {
		dp_range_finish(c, r, NULL);
	}
}
