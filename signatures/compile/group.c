/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: one Hyperscan database per kind of bytes that are scanned together, and of payload per set
 * of a few ports. Patterns that are equal within a group are one pattern with several signatures. */
#include "build.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** One (group, pattern, signature). */
struct use {
	uint8_t scope, dir, is_regex, xf_n;
	uint16_t buffer;
	uint32_t xf;
	uint32_t data, len;
	uint32_t hs_flags;
	uint32_t sig;
	uint32_t max_len;
	uint32_t sport, dport;
	uint8_t parts; /* SIG_G_WHOLE, SIG_G_PARTS or 0 */
	const struct pick *pick; /* of an expression */
};

#define PART_MAX 256u /* what a longer match begins with would be searched again with each piece */

struct uses {
	struct use *u;
	size_t n, cap;
	const uint8_t *pool;
};

static int add_one(struct uses *all, struct use u)
{
	if (all->n == all->cap) {
		size_t cap = all->cap ? all->cap * 2 : 4096;
		struct use *p = realloc(all->u, cap * sizeof(*p));

		if (!p)
			return -ENOMEM;
		all->u = p;
		all->cap = cap;
	}
	all->u[all->n++] = u;
	return 0;
}

/** Bytes that a transform makes anew are never searched in parts. */
static bool in_parts(const struct use *u)
{
	if (!u->is_regex || u->xf_n)
		return false;
	return u->scope == SIG_SCOPE_STREAM ||
		(u->scope == SIG_SCOPE_BUFFER && (sig_buffer_info[u->buffer].flags & SIG_BUF_GROWS));
}

static int add(struct uses *all, struct use u)
{
	struct use part = u;
	int rc;

	if (!in_parts(&u))
		return add_one(all, u);
	u.parts = SIG_G_WHOLE;
	rc = add_one(all, u);
	if (rc)
		return rc;
	part.parts = SIG_G_PARTS;
	if (u.pick->part) {
		part.data = u.pick->part;
		part.len = u.pick->part_len;
	}
	part.max_len = u.pick->part ? u.pick->part_width : u.pick->width;
	if (part.max_len > PART_MAX)
		part.max_len = SIG_IMG_NONE;
	return add_one(all, part);
}

static int add_dirs(struct uses *all, struct use u, uint8_t dirs)
{
	int rc = 0;

	for (uint8_t d = 0; d < 2 && rc == 0; d++)
		if (dirs & (1u << d)) {
			u.dir = d;
			rc = add(all, u);
		}
	return rc;
}

/** The set when it is few ports, else NONE. */
static uint32_t narrow(const struct build *b, uint32_t set)
{
	const struct sig_img_ports *p = (const void *)b->sec[SIG_SEC_PORTS].p;
	const struct sig_img_port_range *r = (const void *)b->sec[SIG_SEC_PR].p;
	uint32_t n = 0;

	if (set == SIG_IMG_NONE)
		return set;
	for (uint32_t i = p[set].first; i < p[set].first + p[set].n; i++)
		n += r[i].hi - r[i].lo + 1u;
	return n <= SIG_IMG_MAX_GROUP_PORTS ? set : SIG_IMG_NONE;
}

bool group_ports(const struct build *b, const struct sig_img_sig *s, uint32_t *sport, uint32_t *dport)
{
	*sport = *dport = SIG_IMG_NONE;
	if (b->opts->longest_content || (s->flags & SIG_F_BOTH_WAYS))
		return false;
	*dport = narrow(b, s->dport);
	if (*dport == SIG_IMG_NONE)
		*sport = narrow(b, s->sport);
	return *dport != SIG_IMG_NONE || *sport != SIG_IMG_NONE;
}

static int add_payload(struct uses *all, const struct sig_img_sig *s, struct use u, uint8_t dirs)
{
	int rc = 0;

	u.buffer = SIG_BUF_PAYLOAD;
	if ((s->transports & SIG_T_TCP) && (s->flags & SIG_F_NEED_PACKET)) {
		u.scope = SIG_SCOPE_TCP_PKT;
		rc = add_dirs(all, u, dirs);
	}
	if (rc == 0 && (s->transports & SIG_T_TCP) && (s->flags & SIG_F_NEED_STREAM)) {
		u.scope = SIG_SCOPE_STREAM;
		rc = add_dirs(all, u, dirs);
	}
	if (rc == 0 && (s->transports & SIG_T_UDP)) {
		u.scope = SIG_SCOPE_UDP;
		rc = add_dirs(all, u, dirs);
	}
	if (rc == 0 && (s->transports & ~(SIG_T_TCP | SIG_T_UDP))) {
		u.scope = SIG_SCOPE_OTHER;
		rc = add_dirs(all, u, dirs);
	}
	return rc;
}

/** Payload that stands beside a transaction is looked at in the stream, else in the packet. */
static int add_beside_tx(struct uses *all, const struct sig_img_sig *s, struct use u)
{
	struct sig_img_sig as = *s;

	as.flags = (as.flags & ~SIG_F_NEED_PACKET) | SIG_F_NEED_STREAM;
	return add_payload(all, &as, u, s->dirs);
}

static int collect(struct build *b, struct uses *all)
{
	const struct sig_img_sig *sigs = (const void *)b->sec[SIG_SEC_SIG].p;
	const struct sig_img_list *lists = (const void *)b->sec[SIG_SEC_LIST].p;
	const struct sig_img_op *ops = (const void *)b->sec[SIG_SEC_OP].p;
	const struct sig_img_regex *res = (const void *)b->sec[SIG_SEC_REGEX].p;
	const uint32_t n = build_count(b, SIG_SEC_SIG, sizeof(*sigs));
	int rc = 0;

	for (uint32_t i = 0; i < n && rc == 0; i++) {
		const struct pick *q = &b->pick[i];
		const struct sig_img_list *l;
		struct use u = {.sig = i, .sport = SIG_IMG_NONE, .dport = SIG_IMG_NONE};

		if (q->list == SIG_IMG_NONE)
			continue;
		l = &lists[q->list];
		u.is_regex = q->is_regex;
		u.buffer = l->buffer;
		u.xf = l->xf;
		u.xf_n = l->xf_n;
		if (q->is_regex) {
			u.data = q->text ? q->text : res[ops[q->op].ref].data;
			u.len = q->len;
			u.hs_flags = q->options;
			u.pick = q;
		} else {
			u.data = ops[q->op].data + q->off;
			u.len = u.max_len = q->len;
			u.hs_flags = (ops[q->op].flags & SIG_C_NOCASE) != 0;
		}
		if (sigs[i].cls == SIG_CLS_TX && l->buffer == SIG_BUF_PAYLOAD) {
			group_ports(b, &sigs[i], &u.sport, &u.dport);
			rc = add_beside_tx(all, &sigs[i], u);
		} else if (sigs[i].cls == SIG_CLS_TX || sigs[i].cls == SIG_CLS_FRAME) {
			u.scope = SIG_SCOPE_BUFFER;
			rc = add_dirs(all, u, l->dirs & sigs[i].dirs);
		} else {
			group_ports(b, &sigs[i], &u.sport, &u.dport);
			rc = add_payload(all, &sigs[i], u, sigs[i].dirs);
		}
	}
	return rc;
}

static int group_cmp(const struct use *a, const struct use *b)
{
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	if (a->buffer != b->buffer)
		return a->buffer < b->buffer ? -1 : 1;
	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	if (a->xf_n != b->xf_n)
		return a->xf_n < b->xf_n ? -1 : 1;
	if (a->xf_n && a->xf != b->xf)
		return a->xf < b->xf ? -1 : 1;
	if (a->dport != b->dport)
		return a->dport < b->dport ? -1 : 1;
	if (a->sport != b->sport)
		return a->sport < b->sport ? -1 : 1;
	if (a->is_regex != b->is_regex)
		return a->is_regex - b->is_regex;
	if (a->parts != b->parts)
		return a->parts - b->parts;
	return (a->max_len == SIG_IMG_NONE) - (b->max_len == SIG_IMG_NONE);
}

static int pattern_cmp(const struct use *a, const struct use *b, const uint8_t *pool)
{
	int c;

	if (a->hs_flags != b->hs_flags)
		return a->hs_flags < b->hs_flags ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	c = memcmp(pool + a->data, pool + b->data, a->len);
	return c < 0 ? -1 : c > 0;
}

static int by_use(const void *pa, const void *pb, void *pool)
{
	const struct use *a = pa, *b = pb;
	int c = group_cmp(a, b);

	if (c == 0)
		c = pattern_cmp(a, b, pool);
	return c ? c : a->sig < b->sig ? -1 : a->sig > b->sig;
}

int group_patterns(struct build *b)
{
	struct uses all = {0};
	uint8_t *pool = b->sec[SIG_SEC_POOL].p;
	struct sig_img_group g;
	struct sig_img_pat p;
	int rc = collect(b, &all);

	if (rc)
		goto out;
	if (all.n)
		qsort_r(all.u, all.n, sizeof(*all.u), by_use, pool);
	for (size_t i = 0; i < all.n;) {
		size_t k = i;

		memset(&g, 0, sizeof(g));
		g.buffer = all.u[i].buffer;
		g.scope = all.u[i].scope;
		g.dir = all.u[i].dir;
		g.flags = (uint8_t)((all.u[i].is_regex ? SIG_G_REGEX : 0) | all.u[i].parts);
		g.xf = all.u[i].xf_n ? all.u[i].xf : 0;
		g.xf_n = all.u[i].xf_n;
		g.sport = all.u[i].sport;
		g.dport = all.u[i].dport;
		g.pat = build_count(b, SIG_SEC_PAT, sizeof(p));
		while (k < all.n && group_cmp(&all.u[i], &all.u[k]) == 0) {
			size_t m = k;

			memset(&p, 0, sizeof(p));
			p.data = all.u[k].data;
			p.len = all.u[k].len;
			p.flags = all.u[k].hs_flags;
			p.hit = build_count(b, SIG_SEC_HIT, 4);
			for (; m < all.n && group_cmp(&all.u[k], &all.u[m]) == 0 &&
				pattern_cmp(&all.u[k], &all.u[m], pool) == 0;
				m++) {
				build_add(b, SIG_SEC_HIT, &all.u[m].sig, 4);
				p.hits_n++;
			}
			if (all.u[k].max_len > g.max_len)
				g.max_len = all.u[k].max_len;
			build_add(b, SIG_SEC_PAT, &p, sizeof(p));
			g.pats_n++;
			k = m;
		}
		build_add(b, SIG_SEC_GROUP, &g, sizeof(g));
		i = k;
	}
	rc = b->oom ? -ENOMEM : 0;
out:
	free(all.u);
	return rc;
}
