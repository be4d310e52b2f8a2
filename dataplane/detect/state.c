/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that signatures share by name: flow bits, integers and variables hang on the flow (bits by
 * address: bits.c). Names are 64-bit hashes, so state survives a change of images and is the same in
 * every layer.
 */
#include "search.h"
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 512u
struct dp_flow_detect *dp_flow_state(struct eval *e, bool make)
{
	if (!e->f)
		return NULL;
	if (!e->f->det && make)
		e->f->det = dp_slab_zalloc(e->d->ctx->slab, DP_MEM_DETECT, sizeof(*e->f->det));
	return e->f->det;
}

static struct named *find(const struct dp_flow_detect *fd, uint64_t name, uint8_t kind)
{
	for (unsigned i = 0; fd && i < fd->named_n; i++)
		if (fd->named[i].name == name && fd->named[i].kind == kind)
			return &fd->named[i];
	return NULL;
}

static struct named *find_or_make(struct eval *e, uint64_t name, uint8_t kind)
{
	struct dp_flow_detect *fd = dp_flow_state(e, true);
	struct named *v = find(fd, name, kind);

	if (v || !fd)
		return v;
	if (fd->named_n == fd->named_cap) {
		const uint32_t cap = fd->named_cap ? fd->named_cap * 2u : 4;
		struct named *p;

		if (cap > NAMED_MAX)
			return NULL;
		p = dp_slab_realloc(e->d->ctx->slab, DP_MEM_DETECT, fd->named,
			fd->named_cap * sizeof(*p), cap * sizeof(*p));
		if (!p)
			return NULL;
		fd->named = p;
		fd->named_cap = (uint16_t)cap;
	}
	v = &fd->named[fd->named_n++];
	memset(v, 0, sizeof(*v));
	v->name = name;
	v->kind = kind;
	return v;
}

static void forget(struct eval *e, struct dp_flow_detect *fd, struct named *v)
{
	if (v->kind == NAMED_VAR)
		dp_slab_free(e->d->ctx->slab, DP_MEM_DETECT, v->data, v->value);
	*v = fd->named[--fd->named_n];
}

void dp_detect_flow_free(struct dp_detect *d, struct dp_flow *f)
{
	struct dp_flow_detect *fd = f->det;

	if (!fd)
		return;
	for (unsigned i = 0; i < fd->named_n; i++)
		if (fd->named[i].kind == NAMED_VAR)
			dp_slab_free(d->ctx->slab, DP_MEM_DETECT, fd->named[i].data,
				fd->named[i].value);
	dp_tags_flow_free(d, fd);
	dp_recalls_free(d, fd);
	dp_slab_free(d->ctx->slab, DP_MEM_DETECT, fd->named, fd->named_cap * sizeof(*fd->named));
	dp_slab_free(d->ctx->slab, DP_MEM_DETECT, fd, sizeof(*fd));
	f->det = NULL;
}

bool dp_bit_get(const struct dp_flow *f, uint64_t name)
{
	return f && find(f->det, name, NAMED_BIT) != NULL;
}

void dp_flowvar_set(struct eval *e, uint64_t name, const uint8_t *p, uint32_t n)
{
	struct named *v;
	uint8_t *copy;

	copy = dp_slab_alloc(e->d->ctx->slab, DP_MEM_DETECT, n ? n : 1);
	v = copy ? find_or_make(e, name, NAMED_VAR) : NULL;
	if (!v) {
		dp_slab_free(e->d->ctx->slab, DP_MEM_DETECT, copy, n ? n : 1);
		return;
	}
	memcpy(copy, p, n);
	if (v->data)
		dp_slab_free(e->d->ctx->slab, DP_MEM_DETECT, v->data, v->value ? v->value : 1);
	v->data = copy;
	v->value = n ? n : 1;
}

void dp_entropy_note(struct eval *e, uint32_t buffer, double bits)
{
	struct named *v = find_or_make(e, buffer, NAMED_ENTROPY);

	if (v)
		v->number = bits;
}

/* ---- tests and changes ---------------------------------------------------------------------- */

static bool test_flowbits(const struct eval *e, const struct sig_img_op *o)
{
	const uint64_t *name = (const uint64_t *)(const void *)(e->img->pool + o->data);
	bool any = false;

	for (uint32_t i = 0; i < o->len / 8 && !any; i++)
		any = dp_bit_get(e->f, name[i]);
	return o->sub == SIG_BIT_ISSET ? any : !any;
}

static bool test_flowint(const struct eval *e, const struct sig_img_op *o)
{
	const struct named *v = e->f ? find(e->f->det, o->x, NAMED_INT) : NULL;
	uint32_t with = (uint32_t)o->num[0];

	if (o->sub == SIG_FI_ISSET)
		return v != NULL;
	if (o->sub == SIG_FI_ISNOTSET)
		return v == NULL;
	if (!v)
		return false;
	if (o->aux) {
		const struct named *w = find(e->f->det, (uint64_t)o->num[1], NAMED_INT);

		if (!w)
			return false;
		with = w->value;
	}
	switch (o->sub) {
	case SIG_FI_EQ:
		return v->value == with;
	case SIG_FI_NE:
		return v->value != with;
	case SIG_FI_LT:
		return v->value < with;
	case SIG_FI_LE:
		return v->value <= with;
	case SIG_FI_GT:
		return v->value > with;
	default:
		return v->value >= with;
	}
}

static bool test_var(const struct eval *e, const struct sig_img_op *o)
{
	const uint8_t *want = (const uint8_t *)e->img->pool + o->data;
	bool hit = false;

	if (o->kind == SIG_OPT_FLOWVAR) {
		const struct named *v = e->f ? find(e->f->det, o->x, NAMED_VAR) : NULL;

		if (!v)
			return false;
		hit = o->len == 0 || memmem(v->data, v->value, want, o->len);
	} else {
		bool seen;

		hit = dp_pktvar_test(e->d, o->x, want, o->len, &seen);
		if (!seen)
			return false;
	}
	return hit != (o->aux != 0);
}

int dp_test_state(struct eval *e, const struct sig_img_op *o)
{
	bool r;

	switch (o->kind) {
	case SIG_OPT_FLOWBITS:
		r = e->f && test_flowbits(e, o);
		break;
	case SIG_OPT_FLOWINT:
		r = e->f && test_flowint(e, o);
		break;
	case SIG_OPT_FLOWVAR:
	case SIG_OPT_PKTVAR:
		r = test_var(e, o);
		break;
	default:
		r = dp_bits_test(e, o) == (o->sub == SIG_BIT_ISSET);
		break;
	}
	return r ? V_YES : V_NO;
}

static void change_flowbits(struct eval *e, const struct sig_img_op *o)
{
	const uint64_t *name = (const uint64_t *)(const void *)(e->img->pool + o->data);

	for (uint32_t i = 0; i < o->len / 8; i++) {
		struct named *v = e->f ? find(e->f->det, name[i], NAMED_BIT) : NULL;

		if (o->sub == SIG_BIT_SET || (o->sub == SIG_BIT_TOGGLE && !v))
			find_or_make(e, name[i], NAMED_BIT);
		else if (v)
			forget(e, e->f->det, v);
	}
}

static void change_flowint(struct eval *e, const struct sig_img_op *o)
{
	struct named *v = e->f ? find(e->f->det, o->x, NAMED_INT) : NULL;
	uint32_t with = (uint32_t)o->num[0];

	if (o->aux) {
		const struct named *w = e->f ? find(e->f->det, (uint64_t)o->num[1], NAMED_INT) : NULL;

		if (!w)
			return;
		with = w->value;
	}
	if (!v)
		v = find_or_make(e, o->x, NAMED_INT);
	if (!v)
		return;
	if (o->sub == SIG_FI_ASSIGN)
		v->value = with;
	else if (o->sub == SIG_FI_ADD)
		v->value += with;
	else
		v->value = v->value > with ? v->value - with : 0;
}

/** Its record names the signatures that ask for it. */
static void want_file(struct dp_file *f, uint32_t sid)
{
	f->want_store = true;
	for (unsigned i = 0; i < f->n_sid; i++)
		if (f->sid[i] == sid)
			return;
	if (f->n_sid < sizeof(f->sid) / sizeof(f->sid[0]))
		f->sid[f->n_sid++] = sid;
}

static void want_files(struct eval *e, const struct sig_img_op *o)
{
	const bool both = o->sub == SIG_STORE_BOTH;
	const uint8_t dir = o->sub == SIG_STORE_TO_SERVER ? SIG_DIR_TO_SERVER :
		o->sub == SIG_STORE_TO_CLIENT		  ? SIG_DIR_TO_CLIENT :
							    e->dir;

	for (struct dp_file *f = e->tx ? e->tx->files : NULL; f; f = f->next)
		if (both || f->dir == dir)
			want_file(f, e->s->sid);
	if (e->f && e->f->app && o->aux == SIG_STORE_SSN)
		e->f->app->store |= both ? 3 : (uint8_t)(1u << dir);
}

// "logging disable" is what there is: of one transaction, of all of the flow, or of the flow itself.
static void configure(struct eval *e, const struct sig_img_op *o)
{
	if (o->sub == SIG_CFG_TX && e->tx) {
		e->tx->logged = true;
		if (e->f && e->f->app && e->f->app->desc && e->f->app->desc->quiet)
			e->f->app->desc->quiet(e->f->app, e->tx);
	}
	if (o->sub == SIG_CFG_FLOW_TXS && e->f)
		e->f->flags |= DP_FF_NOLOG_TX;
	else if (o->sub == SIG_CFG_FLOW && e->f)
		e->f->flags |= DP_FF_NOLOG_FLOW;
}

void dp_post(struct eval *e, const struct sig_img_op *o)
{
	switch (o->kind) {
	case SIG_OPT_FLOWBITS:
		if (e->f)
			change_flowbits(e, o);
		break;
	case SIG_OPT_FLOWINT:
		if (e->f)
			change_flowint(e, o);
		break;
	case SIG_OPT_XBITS:
	case SIG_OPT_HOSTBITS:
		if (e->p->ip_ver)
			dp_bits_change(e, o);
		break;
	case SIG_OPT_FILESTORE:
		want_files(e, o);
		break;
	case SIG_OPT_BYPASS:
		if (e->f)
			e->f->flags |= DP_FF_BYPASS;
		break;
	case SIG_OPT_CONFIG:
		configure(e, o);
		break;
	default:
		break; // tag: once thinned (alert.c); tls.store: nothing in the packet path yet
	}
}
