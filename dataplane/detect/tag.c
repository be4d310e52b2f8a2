/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tag keyword: after a match further packets are recorded, those of the flow or those from and to
 * a host, up to a number of packets, bytes or seconds. The packet that matched counts but is not
 * recorded again: its alert shows it. Hosts are kept per worker in a fixed table; the one that was
 * idle longest gives way.
 */
#include "inner.h"
#include <stdlib.h>
#include <string.h>

#define HOSTS 1024u      /* power of two */
#define PROBE 16u
#define PER_FLOW 50u     /* the peer's limits: tags of one flow, ... */
#define RENEWALS_MAX 10u /* ... and matches after which a tag is not renewed any more */
#define NS_PER_S UINT64_C(1000000000)

struct tag {
	uint32_t gid, sid, matches;
	uint32_t limit;
	uint8_t metric; /* SIG_TAG_* */
	bool began;     /* the packet that matched is behind us */
	uint64_t used;  /* packets or bytes */
	uint64_t since_s, last_ns;
};

struct host_tag {
	struct tag t;
	union dp_addr addr;
	uint8_t ip_ver; /* 0: free */
};

struct tags {
	uint32_t n; /* at least this many hosts are tagged */
	struct host_tag host[HOSTS];
};

struct tags *dp_tags_create(void)
{
	return calloc(1, sizeof(struct tags));
}

void dp_tags_destroy(struct tags *t)
{
	free(t);
}

void dp_tags_reset(struct tags *t)
{
	if (t->n)
		memset(t, 0, sizeof(*t));
}

static void begin(struct tag *t, const struct sig_img_sig *s, const struct sig_img_op *o, uint64_t now)
{
	*t = (struct tag){.gid = s->gid,
		.sid = s->sid,
		.limit = (uint32_t)o->num[0],
		.metric = (uint8_t)o->num[1],
		.since_s = now / NS_PER_S,
		.last_ns = now};
}

static void renew(struct tag *t, uint64_t now)
{
	if (++t->matches >= RENEWALS_MAX)
		return;
	t->used = 0;
	t->since_s = now / NS_PER_S;
	t->last_ns = now;
}

static void tag_flow(struct dp_detect *d, struct dp_pkt *p, const struct sig_img_sig *s,
	const struct sig_img_op *o)
{
	struct eval e = {.d = d, .f = p->flow, .p = p};
	struct dp_flow_detect *fd = dp_flow_state(&e, true);
	struct tag *more;

	if (!fd)
		return;
	for (uint32_t i = 0; i < fd->tags_n; i++)
		if (fd->tags[i].sid == s->sid && fd->tags[i].gid == s->gid) {
			renew(&fd->tags[i], d->ctx->now_ns);
			return;
		}
	if (fd->tags_n == PER_FLOW)
		return;
	more = dp_slab_realloc(d->ctx->slab, DP_MEM_DETECT, fd->tags, fd->tags_n * sizeof(*more),
		(fd->tags_n + 1u) * sizeof(*more));
	if (!more)
		return;
	fd->tags = more;
	begin(&fd->tags[fd->tags_n++], s, o, d->ctx->now_ns);
}

void dp_tags_flow_free(struct dp_detect *d, struct dp_flow_detect *fd)
{
	dp_slab_free(d->ctx->slab, DP_MEM_DETECT, fd->tags, fd->tags_n * sizeof(*fd->tags));
}

static uint32_t place(const union dp_addr *a)
{
	return (uint32_t)(sig_hash64(a, sizeof(*a)) >> 7);
}

static void tag_host(struct dp_detect *d, const struct dp_pkt *p, const struct sig_img_sig *s,
	const struct sig_img_op *o)
{
	const union dp_addr *a = o->sub == SIG_SIDE_DST ? &p->dst : &p->src;
	struct host_tag *old = NULL;

	for (uint32_t i = 0; i < PROBE; i++) {
		struct host_tag *h = &d->tags->host[(place(a) + i) & (HOSTS - 1)];

		if (h->ip_ver == p->ip_ver && memcmp(&h->addr, a, sizeof(*a)) == 0 &&
			h->t.sid == s->sid && h->t.gid == s->gid) {
			renew(&h->t, d->ctx->now_ns);
			return;
		}
		if (!old || (old->ip_ver && (!h->ip_ver || h->t.last_ns < old->t.last_ns)))
			old = h;
	}
	d->tags->n += !old->ip_ver;
	old->addr = *a;
	old->ip_ver = p->ip_ver;
	begin(&old->t, s, o, d->ctx->now_ns);
}

void dp_tag_add(struct dp_detect *d, struct dp_pkt *p, const struct sig_image *img,
	const struct sig_img_sig *s)
{
	for (uint32_t i = 0; i < s->post_n; i++) {
		const struct sig_img_op *o = &img->op[s->post + i];

		if (o->kind != SIG_OPT_TAG)
			continue;
		if (o->aux && p->ip_ver)
			tag_host(d, p, s, o);
		else if (!o->aux && p->flow)
			tag_flow(d, p, s, o);
	}
}

/** 1: p is recorded for it. -1: it is over. */
static int count(struct tag *t, const struct dp_pkt *p, uint64_t now)
{
	bool over;

	t->last_ns = now;
	t->used += t->metric == SIG_TAG_PACKETS ? 1 : t->metric == SIG_TAG_BYTES ? p->len : 0;
	if (!t->began) {
		t->began = true;
		return 0;
	}
	over = t->metric == SIG_TAG_SECONDS ? now / NS_PER_S > t->since_s + t->limit :
					      t->used > t->limit;
	return over ? -1 : 1;
}

static bool host_tagged(struct dp_detect *d, const struct dp_pkt *p, const union dp_addr *a)
{
	bool hit = false;

	for (uint32_t i = 0; i < PROBE; i++) {
		struct host_tag *h = &d->tags->host[(place(a) + i) & (HOSTS - 1)];
		int r;

		if (h->ip_ver != p->ip_ver || memcmp(&h->addr, a, sizeof(*a)) != 0)
			continue;
		r = count(&h->t, p, d->ctx->now_ns);
		hit |= r > 0;
		if (r < 0) {
			h->ip_ver = 0;
			d->tags->n--;
		}
	}
	return hit;
}

bool dp_tags_packet(struct dp_detect *d, const struct dp_pkt *p)
{
	struct dp_flow_detect *fd = p->flow ? p->flow->det : NULL;
	bool hit = false;

	for (uint32_t i = 0; fd && i < fd->tags_n; i++) {
		struct tag *t = &fd->tags[i];

		if (t->limit == 0)
			continue; // over
		switch (count(t, p, d->ctx->now_ns)) {
		case 1:
			hit = true;
			break;
		case -1:
			t->limit = 0;
			break;
		default:
			break;
		}
	}
	if (!d->tags->n || !p->ip_ver)
		return hit;
	hit |= host_tagged(d, p, &p->src);
	if (memcmp(&p->src, &p->dst, sizeof(p->src)) != 0)
		hit |= host_tagged(d, p, &p->dst);
	return hit;
}
