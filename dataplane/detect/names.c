/* SPDX-License-Identifier: Apache-2.0 */
/* Names behind the hashes that state is kept under, for the events that show it. */
#include "inner.h"
#include <errno.h>
#include <stdlib.h>

static int by_hash(const void *pa, const void *pb)
{
	const struct state_name *a = pa, *b = pb;

	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static uint64_t first_hash(const struct sig_image *g, const struct sig_img_op *o)
{
	return *(const uint64_t *)(const void *)(g->pool + o->data);
}

int dp_names_build(struct dp_ruleset *rs)
{
	const struct sig_image *g = &rs->img;
	const uint32_t caps = g->h->sec[SIG_SEC_CAP].count;
	uint32_t n = 0;

	rs->name = calloc((size_t)g->ops_n + caps + 1, sizeof(*rs->name));
	if (!rs->name)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->ops_n; i++) {
		const struct sig_img_op *o = &g->op[i];

		if (o->kind == SIG_OPT_FLOWBITS)
			rs->name[n++] = (struct state_name){first_hash(g, o), o->ref};
		else if (o->kind == SIG_OPT_FLOWINT)
			rs->name[n++] = (struct state_name){o->x, o->data};
	}
	for (uint32_t i = 0; i < caps; i++)
		rs->name[n++] = (struct state_name){g->cap[i].hash, g->cap[i].name};
	qsort(rs->name, n, sizeof(*rs->name), by_hash);
	for (uint32_t i = 0; i < n; i++)
		if (!rs->names_n || rs->name[rs->names_n - 1].hash != rs->name[i].hash)
			rs->name[rs->names_n++] = rs->name[i];
	return 0;
}

static const char *name_of(const struct dp_detect *d, uint64_t hash)
{
	for (unsigned l = 0; l < DP_LAYER__COUNT; l++) {
		const struct dp_ruleset *rs = d->layer[l].rs;
		const struct state_name key = {.hash = hash}, *at;

		if (!rs)
			continue;
		at = bsearch(&key, rs->name, rs->names_n, sizeof(key), by_hash);
		if (at)
			return rs->img.pool + at->name;
	}
	return NULL;
}

static void put_kind(const struct dp_detect *d, const struct dp_flow_detect *fd, uint8_t kind,
	struct dp_rec *tree)
{
	for (unsigned i = 0; i < fd->named_n; i++) {
		const struct named *v = &fd->named[i];
		const char *name = v->kind == kind ? name_of(d, v->name) : NULL;

		if (!name)
			continue;
		if (kind == NAMED_BIT) {
			dp_rec_cstr(tree, "", name);
		} else if (kind == NAMED_INT) {
			dp_rec_u64(tree, name, v->value);
		} else {
			dp_rec_obj(tree, "");
			dp_rec_str(tree, name, v->data, v->value);
			dp_rec_end(tree);
		}
	}
}

void dp_detect_alert_tree(const struct dp_detect *d, const struct dp_pkt *p,
	const struct dp_alert *a, struct dp_rec *tree)
{
	const struct dp_flow_detect *fd = p->flow ? p->flow->det : NULL;
	bool has[3] = {false};
	const uint32_t vars = dp_pktvars_count(d);

	for (unsigned i = 0; fd && i < fd->named_n; i++)
		if (name_of(d, fd->named[i].name))
			has[fd->named[i].kind] = true;
	if (!has[0] && !has[1] && !has[2] && !vars)
		return;
	dp_rec_obj(tree, "metadata");
	if (has[NAMED_BIT]) {
		dp_rec_arr(tree, "flowbits");
		put_kind(d, fd, NAMED_BIT, tree);
		dp_rec_end(tree);
	}
	if (has[NAMED_INT]) {
		dp_rec_obj(tree, "flowints");
		put_kind(d, fd, NAMED_INT, tree);
		dp_rec_end(tree);
	}
	if (has[NAMED_VAR]) {
		dp_rec_arr(tree, "flowvars");
		put_kind(d, fd, NAMED_VAR, tree);
		dp_rec_end(tree);
	}
	if (vars) {
		dp_rec_arr(tree, "pktvars");
		for (uint32_t i = 0; i < vars; i++) {
			struct dp_span v;
			const char *name = name_of(d, dp_pktvar(d, i, &v));

			if (!name)
				continue;
			dp_rec_obj(tree, "");
			dp_rec_str(tree, name, v.p, v.n);
			dp_rec_end(tree);
		}
		dp_rec_end(tree);
	}
	dp_rec_end(tree);
}
