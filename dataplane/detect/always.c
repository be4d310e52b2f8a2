/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the signatures that no search finds: by transport, direction and destination port, or by
 * protocol. Built when an image is opened. */
#include "inner.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int dp_run_append(struct sig_run *x, uint32_t sig)
{
	if ((x->n & (x->n + 1)) == 0 || x->n == 0) { // full at 0, 1, 3, 7, ...
		uint32_t *p = realloc(x->sig, (x->n * 2u + 1u) * sizeof(*p));

		if (!p)
			return -ENOMEM;
		x->sig = p;
	}
	x->sig[x->n++] = sig;
	return 0;
}

static bool is_packet_class(const struct sig_img_sig *s)
{
	return s->cls == SIG_CLS_PACKET || s->cls == SIG_CLS_PKT_STREAM ||
		s->cls == SIG_CLS_STREAM || s->cls == SIG_CLS_APP;
}

static bool in_class(const struct sig_img_sig *s, unsigned pc)
{
	static const uint8_t t[PC__COUNT] = {[PC_TCP] = SIG_T_TCP, [PC_UDP] = SIG_T_UDP,
		[PC_OTHER] = SIG_T_ICMP4 | SIG_T_ICMP6 | SIG_T_SCTP | SIG_T_OTHER,
		[PC_NONIP] = SIG_T_NONIP};

	return s->transports & t[pc];
}

static bool any_port(const struct sig_img_sig *s, unsigned pc)
{
	return s->dport == SIG_IMG_NONE || (s->flags & SIG_F_BOTH_WAYS) || pc > PC_UDP;
}

static int add_run(struct port_table *t, const uint32_t *sig, uint32_t n, uint32_t *id)
{
	void *p;

	for (uint32_t i = 0; i < t->runs_n; i++)
		if (t->run[i].n == n && memcmp(t->run[i].sig, sig, n * sizeof(*sig)) == 0) {
			*id = i;
			return 0;
		}
	if (t->runs_n == UINT16_MAX)
		return -E2BIG;
	p = realloc(t->run, (t->runs_n + 1) * sizeof(*t->run));
	if (!p)
		return -ENOMEM;
	t->run = p;
	t->run[t->runs_n].sig = malloc((n + 1) * sizeof(*sig));
	if (!t->run[t->runs_n].sig)
		return -ENOMEM;
	memcpy(t->run[t->runs_n].sig, sig, n * sizeof(*sig));
	t->run[t->runs_n].n = n;
	*id = t->runs_n++;
	return 0;
}

// Mark where the set of signatures changes along the port numbers.
static void mark_edges(const struct sig_image *g, uint32_t set, uint8_t *edge)
{
	const struct sig_img_ports *p = &g->ports[set];

	for (uint32_t i = 0; i < p->n; i++) {
		const struct sig_img_port_range *r = &g->pr[p->first + i];

		edge[r->lo] = 1;
		if (r->hi < UINT16_MAX)
			edge[r->hi + 1] = 1;
	}
}

static bool has_port(const struct sig_image *g, uint32_t set, uint32_t port)
{
	const struct sig_img_ports *p = &g->ports[set];

	for (uint32_t i = 0; i < p->n; i++)
		if (port >= g->pr[p->first + i].lo && port <= g->pr[p->first + i].hi)
			return true;
	return false;
}

static int fill_ports(const struct sig_image *g, const struct sig_run *named,
	struct port_table *t)
{
	uint8_t *edge = calloc(1, 65536);
	uint32_t *now = malloc((named->n + 1) * sizeof(*now));
	uint32_t id = 0;
	int rc = 0;

	t->group = calloc(65536, sizeof(*t->group));
	if (!edge || !now || !t->group) {
		rc = -ENOMEM;
		goto out;
	}
	edge[0] = 1;
	for (uint32_t i = 0; i < named->n; i++)
		mark_edges(g, g->sig[named->sig[i]].dport, edge);
	for (uint32_t port = 0; port < 65536; port++) {
		if (edge[port]) {
			uint32_t n = 0;

			for (uint32_t i = 0; i < named->n; i++)
				if (has_port(g, g->sig[named->sig[i]].dport, port))
					now[n++] = named->sig[i];
			rc = add_run(t, now, n, &id);
			if (rc)
				goto out;
		}
		t->group[port] = (uint16_t)id;
	}
out:
	free(edge);
	free(now);
	return rc;
}

static int build_ports(struct dp_ruleset *rs, unsigned pc, unsigned dir, unsigned payload)
{
	const struct sig_image *g = &rs->img;
	struct port_table *t = &rs->always[pc][dir][payload];
	struct sig_run any = {0}, named = {0};
	int rc = 0;

	for (uint32_t i = 0; i < g->sigs_n && rc == 0; i++) {
		const struct sig_img_sig *s = &g->sig[i];

		if ((s->flags & SIG_F_PREFILTER) || !is_packet_class(s) || !in_class(s, pc) ||
			!(s->dirs & (1u << dir)) ||
			((s->flags & SIG_F_NEED_PAYLOAD) != 0) != payload)
			continue;
		rc = dp_run_append(any_port(s, pc) ? &any : &named, i);
	}
	t->any = any.sig;
	t->any_n = any.n;
	if (rc == 0 && named.n)
		rc = fill_ports(g, &named, t);
	free(named.sig);
	return rc;
}

static bool events_only(const struct sig_image *g, const struct sig_img_sig *s)
{
	if (s->lists_n || !s->tx_n)
		return false;
	for (uint32_t i = 0; i < s->tx_n; i++)
		if (g->op[s->tx + i].kind != SIG_OPT_APP_EVENT)
			return false;
	return true;
}

// A protocol's transactions meet the signatures that name it and those that name none.
static int add_tx(struct dp_ruleset *rs, uint32_t i, struct sig_run (*tables)[2])
{
	const struct sig_img_sig *s = &rs->img.sig[i];
	int rc = 0;

	for (unsigned proto = 0; proto < SIG_PROTO__COUNT && rc == 0; proto++) {
		const struct dp_app_flow a = {.proto = (uint16_t)proto};

		if (!dp_app_matches(s->app, &a))
			continue;
		for (unsigned dir = 0; dir < 2 && rc == 0; dir++)
			if (s->dirs & (1u << dir))
				rc = dp_run_append(&tables[proto][dir], i);
	}
	return rc;
}

static int add_frame(struct dp_ruleset *rs, uint32_t i)
{
	const struct sig_img_sig *s = &rs->img.sig[i];

	for (uint32_t k = s->list; k < s->list + s->lists_n; k++) {
		const struct sig_img_list *l = &rs->img.list[k];

		if (l->buffer != SIG_BUF_FRAME)
			continue;
		if (l->instance != SIG_FRAME_STREAM)
			rs->frame_types[l->instance >> 6] |= UINT64_C(1) << (l->instance & 63);
		else if (s->app < 64)
			rs->frame_streams |= UINT64_C(1) << s->app;
	}
	return s->flags & SIG_F_PREFILTER ? 0 : add_tx(rs, i, rs->frame_always);
}

static int by_port_then_group(const void *pa, const void *pb)
{
	const struct port_group *a = pa, *b = pb;

	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->group < b->group ? -1 : 1;
}

static int add_ports(struct port_groups *x, const struct sig_image *g, uint32_t set, uint32_t group)
{
	for (uint32_t i = g->ports[set].first; i < g->ports[set].first + g->ports[set].n; i++) {
		const uint32_t n = (uint32_t)(g->pr[i].hi - g->pr[i].lo) + 1; // 512 at most: checked
		struct port_group *p;

		if (n > UINT32_MAX - x->n)
			return -E2BIG;
		p = realloc(x->v, ((size_t)x->n + n) * sizeof(*p));
		if (!p)
			return -ENOMEM;
		x->v = p;
		for (uint32_t k = 0; k < n; k++)
			x->v[x->n++] = (struct port_group){g->pr[i].lo + k, group};
	}
	return 0;
}

static int index_groups(struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	int rc = 0;

	for (uint32_t i = 0; i < g->groups_n && rc == 0; i++) {
		const struct sig_img_group *q = &g->group[i];

		if (q->scope == SIG_SCOPE_BUFFER) {
			if (rs->buf[q->buffer][q->dir].n++ == 0)
				rs->buf[q->buffer][q->dir].first = i;
		} else if (q->dport != SIG_IMG_NONE) {
			rc = add_ports(&rs->by_port[q->scope][q->dir][0], g, q->dport, i);
		} else if (q->sport != SIG_IMG_NONE) {
			rc = add_ports(&rs->by_port[q->scope][q->dir][1], g, q->sport, i);
		} else if (rs->scope[q->scope][q->dir].n++ == 0) {
			rs->scope[q->scope][q->dir].first = i;
		}
	}
	for (unsigned k = 0; k < SIG_SCOPE__COUNT * 4; k++) {
		struct port_groups *x = &rs->by_port[k >> 2][k >> 1 & 1][k & 1];

		if (x->n)
			qsort(x->v, x->n, sizeof(*x->v), by_port_then_group);
	}
	return rc;
}

int dp_tables_build(struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	int rc = index_groups(rs);

	for (unsigned pc = 0; pc < PC__COUNT && rc == 0; pc++)
		for (unsigned k = 0; k < 4 && rc == 0; k++)
			rc = build_ports(rs, pc, k & 1, k >> 1);
	for (uint32_t i = 0; i < g->sigs_n && rc == 0; i++) {
		const struct sig_img_sig *s = &g->sig[i];

		if (s->flags & SIG_F_NEED_STREAM)
			rs->has_raw = true;
		switch (s->cls) {
		case SIG_CLS_IPONLY:
			rc = dp_run_append(&rs->iponly, i);
			break;
		case SIG_CLS_DECODE:
			rc = dp_run_append(&rs->decode, i);
			break;
		case SIG_CLS_PDONLY:
			rc = dp_run_append(&rs->pdonly, i);
			break;
		case SIG_CLS_FRAME:
			rc = add_frame(rs, i);
			break;
		case SIG_CLS_TX:
			if (!(s->flags & SIG_F_PREFILTER))
				rc = add_tx(rs, i, rs->tx_always);
			if (rc == 0 && events_only(g, s))
				rc = dp_run_append(&rs->tx_event, i);
			break;
		default:
			break;
		}
	}
	return rc ? rc : dp_addrs_build(rs);
}

void dp_tables_free(struct dp_ruleset *rs)
{
	for (unsigned pc = 0; pc < PC__COUNT; pc++)
		for (unsigned k = 0; k < 4; k++) {
			struct port_table *t = &rs->always[pc][k & 1][k >> 1];

			for (uint32_t i = 0; i < t->runs_n; i++)
				free(t->run[i].sig);
			free(t->run);
			free(t->group);
			free(t->any);
		}
	for (unsigned proto = 0; proto < SIG_PROTO__COUNT; proto++) {
		free(rs->tx_always[proto][0].sig);
		free(rs->tx_always[proto][1].sig);
		free(rs->frame_always[proto][0].sig);
		free(rs->frame_always[proto][1].sig);
	}
	for (unsigned k = 0; k < SIG_SCOPE__COUNT * 4; k++)
		free(rs->by_port[k >> 2][k >> 1 & 1][k & 1].v);
	dp_addrs_free(rs);
	free(rs->iponly.sig);
	free(rs->decode.sig);
	free(rs->pdonly.sig);
	free(rs->tx_event.sig);
}
