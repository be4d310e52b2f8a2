/* SPDX-License-Identifier: Apache-2.0 */
/* The asker's side: parts seen here of files that another worker joins. */
#include "link.h"
#include <dp/slab.h>
#include <string.h>

#define PATIENCE_NS UINT64_C(1000000000) /* for an answer; the flow itself waits for nothing */

struct away {
	struct away *next, *next_waited;
	uint8_t to;
	uint32_t life;      /**< of that worker */
	uint32_t part;
	bool lost;          /**< a piece found no room: nothing behind it is sent */
	bool over, said;    /**< the part is; and they know */
	bool due, orphan;   /**< no answer will come; because that worker has ended */
	uint8_t dir;
	uint8_t *name;
	uint32_t name_len;
	uint8_t *data;      /**< beginning of the file, DP_FILE_WINDOW_BYTES, or NULL */
	uint32_t data_len;
	uint64_t until_ns;  /**< over: they should have answered by then */
	struct dp_flow *f;  /**< over: whose transaction waits; NULL: none */
	struct dp_tx *tx;
};

static bool send(struct dp_ctx *c, const struct away *a, struct link_head *h, enum link_kind kind, size_t n)
{
	h->head = (struct dp_ev_head){.type = (uint16_t)kind};
	h->life = c->range_life;
	h->part = a->part;
	return dp_ev_ring_put(dp_range_link_ring(c->range_link, c->worker, a->to), &h->head, n);
}

static void away_free(struct dp_ctx *c, struct away *a)
{
	struct away **at = &c->ranges->away[a->part % AWAY_BUCKETS];

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	if (a->name)
		dp_slab_free(c->slab, DP_MEM_RANGE, a->name, a->name_len);
	if (a->data)
		dp_slab_free(c->slab, DP_MEM_FILE, a->data, DP_FILE_WINDOW_BYTES);
	dp_slab_free(c->slab, DP_MEM_RANGE, a, sizeof(*a));
}

struct away *dp_away_open(struct dp_app_ctx *x, const uint8_t *key, const struct dp_range_spec *spec,
	const struct dp_range_owner *o)
{
	uint32_t n = spec->name.n < DP_FILE_NAME_MAX ? spec->name.n : DP_FILE_NAME_MAX;
	struct dp_ctx *c = x->c;
	struct away *a = dp_range_room(c, sizeof(*a));
	struct link_open *m = (void *)c->ev_buf;

	if (!a)
		return NULL;
	*a = (struct away){.to = o->slot, .life = o->life, .part = c->ranges->parts++, .dir = (uint8_t)spec->dir};
	a->next = c->ranges->away[a->part % AWAY_BUCKETS];
	c->ranges->away[a->part % AWAY_BUCKETS] = a;
	if (n)
		a->name = dp_range_room(c, n);
	if (a->name) {
		memcpy(a->name, spec->name.p, n);
		a->name_len = n;
	}
	*m = (struct link_open){.name_len = (uint16_t)a->name_len, .dir = a->dir, .start = spec->start,
		.end = spec->end, .total = spec->total};
	memcpy(m->key, key, sizeof(m->key));
	if (a->name_len)
		memcpy(m + 1, a->name, a->name_len);
	if (!send(c, a, &m->h, LINK_OPEN, sizeof(*m) + a->name_len)) {
		away_free(c, a);
		return NULL;
	}
	c->cnt->ranges_away++;
	return a;
}

void dp_away_data(struct dp_ctx *c, struct away *a, const uint8_t *p, uint32_t n)
{
	struct link_data *m = (void *)c->ev_buf;

	for (uint32_t part; n && !a->lost; p += part, n -= part) {
		part = n < LINK_DATA_BYTES ? n : LINK_DATA_BYTES;
		*m = (struct link_data){.n = part};
		memcpy(m + 1, p, part);
		a->lost = !send(c, a, &m->h, LINK_DATA, sizeof(*m) + part);
		c->cnt->ranges_dropped += a->lost;
	}
}

static bool say_over(struct dp_ctx *c, struct away *a)
{
	struct link_close m = {.waits = a->tx != NULL};

	a->said = a->said || send(c, a, &m.h, LINK_CLOSE, sizeof(m));
	return a->said;
}

void dp_link_tell(struct dp_app_ctx *x, struct dp_tx *tx, enum sig_dir dir, const void *name, uint32_t n)
{
	struct dp_file *f = dp_file_shell(x, dir, name, n);

	x->c->cnt->ranges_orphaned++;
	if (!f)
		return;
	f->gaps = true;
	f->external = true;
	dp_file_close(x->c, f, true);
	dp_file_attach(x, tx, f);
}

static struct away **waited(const struct dp_ctx *c, const struct dp_tx *tx)
{
	return &c->ranges->waited[((uintptr_t)tx >> 6) * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (AWAY_BUCKETS - 1)];
}

static void wait_for(struct dp_ctx *c, struct away *a, struct dp_flow *f, struct dp_tx *tx)
{
	struct away **at = waited(c, tx);

	a->f = f;
	a->tx = tx;
	a->next_waited = *at;
	*at = a;
	tx->held[a->dir]++;
}

static void wait_no_more(struct dp_ctx *c, struct away *a)
{
	struct away **at = waited(c, a->tx);

	while (*at != a)
		at = &(*at)->next_waited;
	*at = a->next_waited;
	a->tx->held[a->dir]--;
}

/** The transaction goes on. What it waited for died with a worker: it is told. */
static struct dp_flow *let_go(struct dp_ctx *c, struct away *a, bool orphan)
{
	struct dp_flow *f = a->f;
	struct dp_app_ctx x = {.c = c, .f = f};

	if (a->tx) {
		wait_no_more(c, a);
		x.a = f->app;
		if (orphan)
			dp_link_tell(&x, a->tx, (enum sig_dir)a->dir, a->name, a->name_len);
	}
	a->tx = NULL;
	a->f = NULL;
	return f;
}

void dp_away_close(struct dp_app_ctx *x, struct away *a, struct dp_tx *tx)
{
	struct dp_ctx *c = x->c;

	a->over = true;
	if (!dp_range_link_alive(c->range_link, a->to, a->life)) {
		if (tx)
			dp_link_tell(x, tx, (enum sig_dir)a->dir, a->name, a->name_len);
		away_free(c, a);
		return;
	}
	a->until_ns = c->now_ns + PATIENCE_NS;
	if (tx)
		wait_for(c, a, x->f, tx);
	if (say_over(c, a) && !tx)
		away_free(c, a);
}

void dp_away_release(struct dp_ctx *c, struct dp_tx *tx)
{
	for (struct away *a = c->ranges ? *waited(c, tx) : NULL, *next; a; a = next) {
		next = a->next_waited;
		if (a->tx == tx)
			let_go(c, a, false);
	}
}

/** The file as the worker that joined it has it, for the transaction that waited. */
static void receive(struct dp_ctx *c, struct away *a, unsigned from, const struct link_answer *m)
{
	struct dp_app_ctx x = {.c = c, .f = a->f, .a = a->tx ? a->f->app : NULL};
	struct dp_file *f = dp_file_shell(&x, (enum sig_dir)a->dir, a->name, a->name_len);

	if (!f)
		return;
	f->joined = true;
	f->external = !a->data;
	f->data = a->data;
	f->data_len = a->data_len;
	f->data_cap = a->data ? DP_FILE_WINDOW_BYTES : 0;
	a->data = NULL;
	f->state = m->truncated ? DP_FILE_TRUNCATED : DP_FILE_CLOSED;
	f->size = m->size;
	f->spool = m->spool;
	f->spooled = m->spooled;
	f->spool_of = (uint8_t)(from + 1);
	f->spool_upto = m->upto;
	f->spoiled = m->spoiled;
	f->has_md5 = m->has_md5;
	f->has_sha1 = m->has_sha1;
	f->has_sha256 = m->has_sha256;
	memcpy(f->md5, m->md5, sizeof(f->md5));
	memcpy(f->sha1, m->sha1, sizeof(f->sha1));
	memcpy(f->sha256, m->sha256, sizeof(f->sha256));
	f->head_len = m->beginning_len < sizeof(f->head) ? m->beginning_len : (uint16_t)sizeof(f->head);
	memcpy(f->head, m->beginning, f->head_len);
	if (c->conf->app.file_magic)
		dp_file_magic(c, f);
	if (a->tx)
		dp_file_attach(&x, a->tx, f);
	else
		dp_file_free(c, f); // nobody waits any more: its contents are discarded
}

static struct away *find(const struct dp_ctx *c, unsigned from, uint32_t part)
{
	struct away *a = c->ranges->away[part % AWAY_BUCKETS];

	while (a && (a->part != part || a->to != from))
		a = a->next;
	return a;
}

static void beginning(struct dp_ctx *c, unsigned from, const struct link_data *m)
{
	struct away *a;

	if (m->h.head.len < sizeof(*m) || m->n > m->h.head.len - sizeof(*m) || m->h.life != c->range_life)
		return;
	a = find(c, from, m->h.part);
	if (!a || !a->tx || m->n > DP_FILE_WINDOW_BYTES - a->data_len)
		return;
	if (!a->data)
		a->data = dp_slab_alloc(c->slab, DP_MEM_FILE, DP_FILE_WINDOW_BYTES);
	if (!a->data)
		return;
	memcpy(a->data + a->data_len, m + 1, m->n);
	a->data_len += m->n;
}

static struct dp_flow *answered(struct dp_ctx *c, unsigned from, const struct link_answer *m)
{
	struct away *a;
	struct dp_flow *f;

	if (m->h.head.len < sizeof(*m) || m->h.life != c->range_life)
		return NULL;
	a = find(c, from, m->h.part);
	if (!a || !a->over) { // it was not waited for so long: its contents are discarded
		if (m->whole)
			receive(c, &(struct away){.dir = SIG_DIR_TO_CLIENT}, from, m);
		return NULL;
	}
	if (m->whole)
		receive(c, a, from, m);
	f = let_go(c, a, false);
	away_free(c, a);
	return f;
}

/** One of those that wait for no answer any more. */
static struct dp_flow *give_up(struct dp_ctx *c)
{
	struct dp_ranges *r = c->ranges;

	for (unsigned i = 0; i < AWAY_BUCKETS; i++) {
		for (struct away *a = r->away[i]; a; a = a->next) {
			struct dp_flow *f;

			if (!a->due)
				continue;
			r->due--;
			f = let_go(c, a, a->orphan);
			if (a->said || a->orphan)
				away_free(c, a);
			else // there was no room to tell them: their end of it stays open until they know
				a->due = false;
			return f;
		}
	}
	r->due = 0;
	return NULL;
}

struct dp_flow *dp_link_work(struct dp_ctx *c)
{
	struct dp_ranges *r = c->ranges;
	const unsigned n = dp_range_link_slots(c->range_link);

	while (r->due) {
		struct dp_flow *f = give_up(c);

		if (f)
			return f;
	}

	for (unsigned i = 0; i < n; i++, r->next_ring = (r->next_ring + 1) % n) {
		const unsigned from = r->next_ring % n;
		const struct dp_ev_head *rec;
		struct dp_ev_ring *ring;

		if (from == c->worker)
			continue;
		ring = dp_range_link_ring(c->range_link, from, c->worker);
		while (r->intake && (rec = dp_ev_ring_peek(ring)) != NULL) {
			struct dp_flow *f = NULL;

			r->intake -= rec->len < r->intake ? rec->len : r->intake;
			if (rec->type == LINK_ANSWER)
				f = answered(c, from, (const void *)rec);
			else if (rec->type == LINK_WINDOW)
				beginning(c, from, (const void *)rec);
			else
				dp_guest_record(c, from, rec);
			dp_ev_ring_pop(ring);
			if (f)
				return f;
		}
	}
	return NULL;
}

void dp_link_expire(struct dp_ctx *c)
{
	struct dp_ranges *r = c->ranges;

	dp_guest_expire(c, false);
	for (unsigned i = 0; i < AWAY_BUCKETS; i++) {
		for (struct away *a = r->away[i]; a; a = a->next) {
			if (!a->over || a->due)
				continue;
			a->orphan = !dp_range_link_alive(c->range_link, a->to, a->life);
			a->due = a->orphan || (say_over(c, a) && !a->tx) || (a->tx && c->now_ns > a->until_ns);
			r->due += a->due;
			c->cnt->ranges_dropped += a->due && a->tx && !a->orphan;
		}
	}
}

void dp_link_clear(struct dp_ctx *c)
{
	if (c->range_link)
		dp_guest_expire(c, true);
	for (unsigned i = 0; i < AWAY_BUCKETS; i++)
		while (c->ranges->away[i])
			away_free(c, c->ranges->away[i]);
}
