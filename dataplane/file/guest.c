/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that other workers see of files that this one joins. What they sent is checked like any input:
 * a worker may have written nonsense before it died. */
#include "link.h"
#include <dp/slab.h>
#include <string.h>

#define EXPIRE_BUCKETS 16u

struct guest {
	struct guest *next;
	uint8_t from;
	uint32_t life, part;
	struct dp_range *r;
};

static struct guest **find(struct dp_ranges *r, unsigned from, const struct link_head *h)
{
	struct guest **at = &r->guest[h->part % GUEST_BUCKETS];

	while (*at && ((*at)->from != from || (*at)->life != h->life || (*at)->part != h->part))
		at = &(*at)->next;
	return at;
}

static void leave(struct dp_ctx *c, struct guest **at, const struct dp_range_waiter *by, bool *full)
{
	struct guest *g = *at;

	*at = g->next;
	*full = dp_range_finish(c, g->r, by);
	dp_slab_free(c->slab, DP_MEM_RANGE, g, sizeof(*g));
}

static void opened(struct dp_ctx *c, unsigned from, const struct link_open *o)
{
	const uint8_t *name = (const uint8_t *)(o + 1);
	struct dp_range_spec spec = {.name = {name, o->name_len}, .start = o->start, .end = o->end,
		.total = o->total, .dir = o->dir & 1 ? SIG_DIR_TO_CLIENT : SIG_DIR_TO_SERVER};
	struct dp_app_ctx x = {.c = c};
	struct dp_range_owner own;
	struct guest *g;

	if (o->h.head.len < sizeof(*o) || o->name_len > o->h.head.len - sizeof(*o) ||
		o->start > o->end || o->end >= o->total || *find(c->ranges, from, &o->h))
		return;
	// It may have been whole, or forgotten, since they asked who joins it.
	own = dp_range_link_owner(c->range_link, o->key, c->worker);
	if (!own.listed || own.slot != c->worker) {
		c->cnt->ranges_dropped++;
		return;
	}
	g = dp_range_room(c, sizeof(*g));
	if (!g) {
		c->cnt->ranges_dropped++;
		dp_range_unlist(c, o->key);
		return;
	}
	*g = (struct guest){.from = (uint8_t)from, .life = o->h.life, .part = o->h.part};
	g->r = dp_range_begin(&x, o->key, &spec, true);
	if (!g->r) {
		dp_slab_free(c->slab, DP_MEM_RANGE, g, sizeof(*g));
		dp_range_unlist(c, o->key);
		return;
	}
	g->next = c->ranges->guest[g->part % GUEST_BUCKETS];
	c->ranges->guest[g->part % GUEST_BUCKETS] = g;
}

static void data(struct dp_ctx *c, unsigned from, const struct link_data *d)
{
	struct guest *g;

	if (d->h.head.len < sizeof(*d) || d->n > d->h.head.len - sizeof(*d))
		return;
	g = *find(c->ranges, from, &d->h);
	if (g)
		dp_range_data(c, g->r, (const uint8_t *)(d + 1), d->n);
}

static void no(struct dp_ctx *c, unsigned to, const struct link_head *h)
{
	struct link_answer a = {.h = {.head = {.type = LINK_ANSWER}, .life = h->life, .part = h->part}};

	dp_ev_ring_put(dp_range_link_ring(c->range_link, c->worker, to), &a.h.head, sizeof(a));
}

static void closed(struct dp_ctx *c, unsigned from, const struct link_close *e)
{
	struct dp_range_waiter by = {.guest = true, .slot = (uint8_t)from, .life = e->h.life,
		.part = e->h.part};
	struct guest **at;
	bool full = false;

	if (e->h.head.len < sizeof(*e))
		return;
	at = find(c->ranges, from, &e->h);
	if (*at)
		leave(c, at, e->waits ? &by : NULL, &full);
	if (!full && e->waits)
		no(c, from, &e->h);
}

void dp_guest_record(struct dp_ctx *c, unsigned from, const struct dp_ev_head *rec)
{
	const void *p = rec;

	if (rec->len < sizeof(struct link_head) ||
		!dp_range_link_alive(c->range_link, from, ((const struct link_head *)p)->life))
		return;
	switch (rec->type) {
	case LINK_OPEN:
		opened(c, from, p);
		break;
	case LINK_DATA:
		data(c, from, p);
		break;
	case LINK_CLOSE:
		closed(c, from, p);
		break;
	default:
		break;
	}
}

/** The beginning of the file, for signatures. False: there will be room later. */
static bool window(struct dp_ctx *c, struct dp_ev_ring *ring, const struct dp_range_waiter *by,
	const struct dp_file *f)
{
	const uint64_t used = ring->head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
	const uint64_t need = f->data_len + 16u * LINK_DATA_BYTES / 4; // heads, fill at the end, the answer
	struct link_data *m = (void *)c->ev_buf;

	if (!f->data_len || need > ring->size / 2)
		return true;
	if (need > ring->size - used)
		return false;
	for (uint32_t at = 0, n; at < f->data_len; at += n) {
		n = f->data_len - at < LINK_DATA_BYTES ? f->data_len - at : LINK_DATA_BYTES;
		*m = (struct link_data){.h = {.head = {.type = LINK_WINDOW}, .life = by->life,
			.part = by->part}, .n = n};
		memcpy(m + 1, f->data + at, n);
		dp_ev_ring_put(ring, &m->h.head, sizeof(*m) + n);
	}
	return true;
}

bool dp_guest_answer(struct dp_ctx *c, const struct dp_range_waiter *by, struct dp_file *f)
{
	struct link_answer a = {.h = {.head = {.type = LINK_ANSWER}, .life = by->life, .part = by->part},
		.whole = 1, .truncated = f->state != DP_FILE_CLOSED, .spoiled = f->spoiled,
		.has_md5 = f->has_md5, .has_sha1 = f->has_sha1, .has_sha256 = f->has_sha256,
		.beginning_len = f->head_len, .size = f->size, .spool = f->spool, .spooled = f->spooled,
		.upto = c->file_ring ? c->file_ring->head : 0};

	if (!dp_range_link_alive(c->range_link, by->slot, by->life))
		return true; // it has ended: whoever frees the file discards its contents
	if (!window(c, dp_range_link_ring(c->range_link, c->worker, by->slot), by, f))
		return false;
	memcpy(a.md5, f->md5, sizeof(a.md5));
	memcpy(a.sha1, f->sha1, sizeof(a.sha1));
	memcpy(a.sha256, f->sha256, sizeof(a.sha256));
	memcpy(a.beginning, f->head, f->head_len);
	if (!dp_ev_ring_put(dp_range_link_ring(c->range_link, c->worker, by->slot), &a.h.head, sizeof(a)))
		return false;
	f->spool = 0; // what becomes of its contents is theirs to say
	return true;
}

void dp_guest_expire(struct dp_ctx *c, bool all)
{
	struct dp_ranges *r = c->ranges;

	for (unsigned i = 0; i < (all ? GUEST_BUCKETS : EXPIRE_BUCKETS); i++) {
		struct guest **at = &r->guest[(r->look_at + i) % GUEST_BUCKETS];
		bool full;

		while (*at) {
			if (all || !dp_range_link_alive(c->range_link, (*at)->from, (*at)->life))
				leave(c, at, NULL, &full);
			else
				at = &(*at)->next;
		}
	}
	r->look_at = (r->look_at + EXPIRE_BUCKETS) % GUEST_BUCKETS;
}
