/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Notes by key, bounded by the caller: chains of those whose keys fall into the same bucket, and an order
 * by use, so that the oldest can go. The note is the caller's; a struct dp_recent_note is its first member.
 *
 *     struct note { struct dp_recent_note link; struct key k; };
 *
 *     for (n = dp_recent_first(r, hash); n && !same((struct note *)n, &k); n = n->next)
 *             ;
 *
 * Of one flow: one thread.
 */
#ifndef DP_APP_RECENT_H
#define DP_APP_RECENT_H

#include <stddef.h>
#include <stdint.h>

#define DP_RECENT_BUCKETS 64u

struct dp_recent_note {
	struct dp_recent_note *next, *newer, *older;
	uint32_t bucket;
};

/** Zeroed it is empty. */
struct dp_recent {
	struct dp_recent_note *bucket[DP_RECENT_BUCKETS], *newest, *oldest;
	uint32_t n;
};

/** Of those whose hash falls into the same bucket; the others by `next`. NULL: none. */
static inline struct dp_recent_note *dp_recent_first(const struct dp_recent *r, uint32_t hash)
{
	return r->bucket[hash % DP_RECENT_BUCKETS];
}

static inline void dp_recent_unlink_age(struct dp_recent *r, struct dp_recent_note *n)
{
	*(n->newer ? &n->newer->older : &r->newest) = n->older;
	*(n->older ? &n->older->newer : &r->oldest) = n->newer;
}

static inline void dp_recent_push_age(struct dp_recent *r, struct dp_recent_note *n)
{
	n->newer = NULL;
	n->older = r->newest;
	*(r->newest ? &r->newest->newer : &r->oldest) = n;
	r->newest = n;
}

/** It was used: the newest of all. */
static inline void dp_recent_use(struct dp_recent *r, struct dp_recent_note *n)
{
	dp_recent_unlink_age(r, n);
	dp_recent_push_age(r, n);
}

/** A new note, its key under `hash`. */
static inline void dp_recent_add(struct dp_recent *r, struct dp_recent_note *n, uint32_t hash)
{
	n->bucket = hash % DP_RECENT_BUCKETS;
	n->next = r->bucket[n->bucket];
	r->bucket[n->bucket] = n;
	dp_recent_push_age(r, n);
	r->n++;
}

/** The caller may free it now. */
static inline void dp_recent_remove(struct dp_recent *r, struct dp_recent_note *n)
{
	struct dp_recent_note **p = &r->bucket[n->bucket];

	while (*p != n)
		p = &(*p)->next;
	*p = n->next;
	dp_recent_unlink_age(r, n);
	r->n--;
}

#endif
