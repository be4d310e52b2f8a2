/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thinning of alerts: threshold, detection_filter in rules; suppress, threshold and rate_filter from
 * the site's threshold file. Counts live in a fixed table that all workers share, for the flows of
 * one address sit on several; what counts by flow is the worker's own. When a bucket is full the
 * entry that was idle longest gives way. Only signatures that matched come here, so claiming a bucket
 * (marks.h) is the price of a match, not of a packet.
 */
#include "inner.h"
#include "shared_state.h"
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

struct thresholds *dp_thresholds_create(void)
{
	struct thresholds *t;

	if (posix_memalign((void **)&t, 64, sizeof(*t)))
		return NULL;
	memset(t, 0, sizeof(*t));
	return t;
}

void dp_thresholds_destroy(struct thresholds *t)
{
	free(t);
}

void dp_thresholds_reset(struct thresholds *t)
{
	if (t->used)
		memset(t, 0, sizeof(*t));
}

/** What a threshold says, from a rule or from the site's file. */
struct terms {
	uint8_t type, track;
	bool filter; /**< a detection_filter, whatever the type */
	uint32_t count, seconds, multiplier, timeout_s;
};

static uint64_t key_of(const struct sig_img_sig *s, unsigned layer, unsigned salt, uint8_t track,
	const struct dp_pkt *p)
{
	struct {
		uint32_t gid, sid, layer, salt;
		union dp_addr a, b;
		uint64_t flow;
	} k = {.gid = s->gid, .sid = s->sid, .layer = layer, .salt = salt << 8 | track};

	switch (track) {
	case SIG_BY_SRC:
		k.a = p->src;
		break;
	case SIG_BY_DST:
		k.a = p->dst;
		break;
	case SIG_BY_BOTH:
		if (memcmp(&p->src, &p->dst, sizeof(p->src)) > 0) {
			k.a = p->dst;
			k.b = p->src;
		} else {
			k.a = p->src;
			k.b = p->dst;
		}
		break;
	case SIG_BY_FLOW:
		k.flow = p->flow ? p->flow->id : 0;
		break;
	default:
		break;
	}
	return sig_hash64(&k, sizeof(k)) | 1;
}

/** Claims the bucket of `key`; release() when done with the entry. */
static struct th_entry *lookup(struct dp_detect *d, uint64_t key, uint8_t track, uint32_t **claim,
	bool *fresh)
{
	struct dp_shared_state *all = d->ctx->shared;
	struct thresholds *t = all && track != SIG_BY_FLOW ? &all->th : d->th;
	struct th_bucket *b = &t->bucket[(key >> 8) & (TH_BUCKETS - 1)];
	struct th_entry *old = NULL;

	*claim = &b->claim;
	dp_bucket_claim(*claim);
	for (uint32_t i = 0; i < TH_WIDE; i++) {
		struct th_entry *e = &b->entry[i];

		if (e->key == key) {
			*fresh = false;
			return e;
		}
		if (!old || (old->key && (!e->key || e->last_ns < old->last_ns)))
			old = e;
	}
	memset(old, 0, sizeof(*old));
	old->key = key;
	old->first_ns = d->ctx->now_ns;
	if (!t->used)
		t->used = true;
	*fresh = true;
	return old;
}

static void restart(struct th_entry *e, uint64_t now)
{
	e->first_ns = now;
	e->count = 1;
}

static bool inside(const struct th_entry *e, const struct terms *w, uint64_t now)
{
	// Captures can step back in time: an earlier packet is still inside.
	return now <= e->first_ns + w->seconds * NS_PER_S;
}

static int limit(struct th_entry *e, const struct terms *w, uint64_t now, bool fresh)
{
	if (fresh || !inside(e, w, now)) {
		restart(e, now);
		return TH_ALERT;
	}
	return ++e->count <= w->count ? TH_ALERT : TH_SILENT;
}

/** One more in the time that runs, or the first of another. */
static void count(struct th_entry *e, const struct terms *w, uint64_t now, bool fresh)
{
	if (fresh || !inside(e, w, now))
		restart(e, now);
	else
		e->count++;
}

static int every(struct th_entry *e, const struct terms *w, uint64_t now, bool fresh)
{
	count(e, w, now, fresh);
	if (e->count < w->count)
		return TH_DENY;
	e->count = 0;
	return TH_ALERT;
}

/** Alerts once more than `count` matches fell into the time. */
static int filter(struct th_entry *e, const struct terms *w, uint64_t now, bool fresh)
{
	count(e, w, now, fresh);
	return e->count > w->count ? TH_ALERT : TH_DENY;
}

static int both(struct th_entry *e, const struct terms *w, uint64_t now, bool fresh)
{
	count(e, w, now, fresh);
	return e->count == w->count ? TH_ALERT : e->count > w->count ? TH_SILENT : TH_DENY;
}

static int backoff(struct th_entry *e, const struct terms *w, bool fresh)
{
	if (fresh)
		e->next = w->count;
	e->count++;
	if (e->count != e->next)
		return fresh ? TH_DENY : TH_SILENT;
	e->next *= w->multiplier ? w->multiplier : 1;
	if (e->next <= e->count)
		e->next = e->count + 1u;
	return TH_ALERT;
}

static int apply(struct dp_detect *d, uint64_t key, const struct terms *w)
{
	const uint64_t now = d->ctx->now_ns;
	struct th_entry *e;
	uint32_t *claim;
	bool fresh;
	int r;

	e = lookup(d, key, w->track, &claim, &fresh);
	if (w->filter)
		r = filter(e, w, now, fresh);
	else if (w->type == SIG_TH_LIMIT)
		r = limit(e, w, now, fresh);
	else if (w->type == SIG_TH_THRESHOLD)
		r = every(e, w, now, fresh);
	else if (w->type == SIG_TH_BOTH)
		r = both(e, w, now, fresh);
	else
		r = backoff(e, w, fresh);
	e->last_ns = now;
	dp_bucket_release(claim);
	return r;
}

/*
 * The same by different ports. Each port has an entry of its own, which remembers the window it was
 * counted in, so nothing has to hold a set. One bucket is claimed at a time.
 */
static int filter_unique(struct dp_detect *d, uint64_t key, const struct terms *w, uint16_t port)
{
	const uint64_t port_key[2] = {key, port};
	const uint64_t now = d->ctx->now_ns;
	struct th_entry *e;
	uint64_t window;
	uint32_t *claim;
	bool fresh, new_port;
	int r;

	e = lookup(d, key, w->track, &claim, &fresh);
	if (fresh || !inside(e, w, now)) {
		e->first_ns = now;
		e->count = 0;
	}
	e->last_ns = now;
	window = e->first_ns;
	dp_bucket_release(claim);

	e = lookup(d, sig_hash64(port_key, sizeof(port_key)) | 1, w->track, &claim, &fresh);
	new_port = fresh || e->next != window;
	e->next = window;
	e->last_ns = now;
	dp_bucket_release(claim);

	e = lookup(d, key, w->track, &claim, &fresh);
	e->count += new_port;
	r = e->count > w->count ? TH_ALERT : TH_DENY;
	dp_bucket_release(claim);
	return r;
}

// In whole seconds, as the peer counts them; the match that ends it is free.
static bool rated(struct th_entry *e, const struct terms *w, uint64_t now, bool fresh)
{
	if (e->until_s) {
		if (now / NS_PER_S <= e->until_s)
			return true;
		e->until_s = 0;
		return false;
	}
	if (fresh || !inside(e, w, now))
		restart(e, now);
	else
		e->count++;
	if (e->count <= w->count)
		return false;
	e->until_s = now / NS_PER_S + w->timeout_s;
	return true;
}

static void rate(struct dp_detect *d, uint64_t key, const struct terms *w, uint8_t how,
	uint8_t *action)
{
	const uint64_t now = d->ctx->now_ns;
	uint32_t *claim;
	bool fresh;
	struct th_entry *e = lookup(d, key, w->track, &claim, &fresh);

	e->last_ns = now;
	if (rated(e, w, now, fresh))
		*action = how;
	dp_bucket_release(claim);
}

static bool suppressed(const struct sig_image *img, const struct sig_img_global *g,
	const struct dp_pkt *p)
{
	if (g->addrs == SIG_IMG_NONE)
		return true;
	switch (g->side) {
	case SIG_SIDE_SRC:
		return dp_addr_in(img, g->addrs, p->ip_ver, &p->src);
	case SIG_SIDE_DST:
		return dp_addr_in(img, g->addrs, p->ip_ver, &p->dst);
	default:
		return dp_addr_in(img, g->addrs, p->ip_ver, &p->src) ||
			dp_addr_in(img, g->addrs, p->ip_ver, &p->dst);
	}
}

static int in_rule(struct dp_detect *d, const struct sig_image *img, const struct sig_img_sig *s,
	unsigned layer, const struct dp_pkt *p)
{
	int r = TH_ALERT;

	for (uint32_t i = 0; i < s->thr_n; i++) {
		const struct sig_img_op *o = &img->op[s->thr + i];
		const struct terms w = {.type = o->sub,
			.track = o->aux,
			.filter = o->kind == SIG_OPT_DETECTION_FILTER,
			.count = (uint32_t)o->num[0],
			.seconds = (uint32_t)o->num[1],
			.multiplier = (uint32_t)o->num[2]};
		const uint64_t key = key_of(s, layer, i, w.track, p);
		int one;

		if (o->num[3] != SIG_UNIQ_NONE)
			one = filter_unique(d, key, &w,
				o->num[3] == SIG_UNIQ_SRC_PORT ? p->sp : p->dp);
		else
			one = apply(d, key, &w);
		if (one == TH_DENY)
			return TH_DENY;
		if (one == TH_SILENT)
			r = TH_SILENT;
	}
	return r;
}

int dp_threshold(struct dp_detect *d, const struct sig_image *img, const struct sig_img_sig *s,
	unsigned layer, const struct dp_pkt *p, uint8_t *action)
{
	int r = TH_ALERT;

	for (uint32_t i = 0; i < s->gref_n; i++) {
		const struct sig_img_global *g = &img->global[img->gref[s->gref + i]];
		const struct terms w = {.type = g->type,
			.track = g->track,
			.count = g->count,
			.seconds = g->seconds,
			.timeout_s = g->timeout_s};
		const uint64_t key = key_of(s, layer, 0x100 + img->gref[s->gref + i], g->track, p);

		if (g->kind == SIG_IMG_SUPPRESS) {
			if (suppressed(img, g, p))
				return TH_SILENT; // not told, but done
		} else if (g->kind == SIG_IMG_RATE_FILTER) {
			rate(d, key, &w, g->new_action, action);
		} else if (s->thr_n == 0) { // a rule's own threshold goes before the site's
			const int one = apply(d, key, &w);

			if (one != TH_ALERT)
				r = one;
		}
	}
	if (r != TH_DENY && s->thr_n)
		r = in_rule(d, img, s, layer, p);
	return r;
}
