/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's detection state: made at start, images adopted between bursts. */
#include "search.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JIT_STACK_MIN (32u << 10)
#define JIT_STACK_MAX (1u << 20)
#define MATCH_PAIRS 32u
#define QUEUE_MIN 1024u /* matches of one packet before thinning */

static void flow_tree(struct dp_ctx *ctx, const struct dp_flow *f, struct dp_rec *r)
{
	if (f->det)
		dp_detect_flow_tree(ctx->detect, f, r);
}

/** 0: PCRE2's own. */
static uint32_t limit(uint32_t wanted, uint32_t what)
{
	uint32_t own = 0;

	if (wanted)
		return wanted;
	pcre2_config(what, &own);
	return own;
}

int dp_detect_limits(struct dp_detect *d, const struct dp_conf *conf)
{
	const uint32_t cap = conf->max_alerts > QUEUE_MIN / 4 ? 4u * conf->max_alerts : QUEUE_MIN;

	pcre2_set_match_limit(d->mc, limit(conf->pcre_match_limit, PCRE2_CONFIG_MATCHLIMIT));
	pcre2_set_depth_limit(d->mc, limit(conf->pcre_recursion_limit, PCRE2_CONFIG_DEPTHLIMIT));
	if (cap > d->queue_cap) {
		void *queue = realloc(d->queue, cap * sizeof(*d->queue));

		if (!queue)
			return -ENOMEM;
		d->queue = queue;
		d->queue_cap = cap;
	}
	return 0;
}

int dp_detect_create(struct dp_ctx *ctx, struct dp_detect **out)
{
	struct dp_detect *d = calloc(1, sizeof(*d));

	*out = NULL;
	if (!d)
		return -ENOMEM;
	d->ctx = ctx;
	d->md = pcre2_match_data_create(MATCH_PAIRS, NULL);
	d->mc = pcre2_match_context_create(NULL);
	d->jit = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	d->arena = malloc(ARENA_BYTES);
	d->th = dp_thresholds_create();
	d->bits = dp_marks_create();
	d->tags = dp_tags_create();
	d->hashers = dp_hashers_create();
	d->pktvars = dp_pktvars_create();
	if (!d->md || !d->mc || !d->jit || !d->arena || !d->th || !d->bits || !d->tags || !d->hashers ||
		!d->pktvars || dp_detect_limits(d, ctx->conf)) {
		dp_detect_destroy(d);
		return -ENOMEM;
	}
	ctx->detect = d;
	ctx->flow_tree = flow_tree;
	ctx->tx_free = dp_detect_tx_free;
	pcre2_jit_stack_assign(d->mc, NULL, d->jit);
	*out = d;
	return 0;
}

void dp_detect_destroy(struct dp_detect *d)
{
	if (!d)
		return;
	d->ctx->flow_tree = NULL;
	pcre2_match_data_free(d->md);
	pcre2_match_context_free(d->mc);
	pcre2_jit_stack_free(d->jit);
	free(d->arena);
	free(d->queue);
	dp_thresholds_destroy(d->th);
	dp_marks_destroy(d->bits);
	dp_tags_destroy(d->tags);
	dp_hashers_destroy(d->hashers);
	free(d->pktvars);
	free(d);
}

void dp_detect_reset(struct dp_detect *d)
{
	dp_thresholds_reset(d->th);
	dp_marks_reset(d->bits);
	dp_tags_reset(d->tags);
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		d->layer[i].since_ns = d->layer[i].off_ns = d->layer[i].on_ns = 0;
	d->swap_ns = 0;
}

/** What the signatures of an image want to see in records. */
static uint32_t wants(const struct sig_image *img)
{
	uint32_t want = 0;

	for (uint32_t i = 0; i < img->lists_n; i++) {
		switch (img->list[i].buffer) {
		case SIG_BUF_SSH_HASSH:
		case SIG_BUF_SSH_HASSH_STRING:
		case SIG_BUF_SSH_HASSH_SERVER:
		case SIG_BUF_SSH_HASSH_SERVER_STRING:
			want |= DP_APP_WANT_HASSH;
			break;
		case SIG_BUF_JA3_HASH:
		case SIG_BUF_JA3_STRING:
		case SIG_BUF_JA3S_HASH:
		case SIG_BUF_JA3S_STRING:
			want |= DP_APP_WANT_JA3;
			break;
		case SIG_BUF_JA4_HASH:
			want |= DP_APP_WANT_JA4;
			break;
		case SIG_BUF_EMAIL_BODY_MD5:
			want |= DP_APP_WANT_BODY_MD5;
			break;
		default:
			break;
		}
	}
	return want;
}

void dp_detect_wants(struct dp_detect *d)
{
	const struct dp_conf *conf = d->ctx->conf;
	bool stores = conf->app.file_store_force;

	d->ctx->app_want = conf->app_want;
	d->ctx->file_hash = conf->app.file_hash;
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		const struct dp_ruleset *rs = d->layer[i].rs;

		stores |= rs && rs->stores;
		d->ctx->file_hash |= rs ? rs->file_hashes : 0;
		d->ctx->app_want |= d->layer[i].want;
	}
	// On a wire contents have a ring of their own or none: never that of the events.
	d->ctx->file_spool =
		conf->app.file_store && stores && (d->ctx->file_ring || !conf->on_wire);
	d->ctx->app_want &= ~conf->app_unwanted;
}

void dp_detect_adopt(struct dp_detect *d, enum dp_layer_id layer, struct dp_ruleset *rs,
	uint32_t generation, struct dp_ruleset **old)
{
	struct layer *l = &d->layer[layer];

	if (rs && l->rs) // learnt values go on; they are few, and this is once per image
		dp_sets_inherit(rs, l->rs);
	if (rs) {
		rs->shared = d->ctx->shared;
		rs->adopted_ns = d->ctx->now_ns;
		rs->generation = generation;
	}
	if (old)
		*old = l->rs;
	l->rs = rs;
	l->generation = generation;
	dp_frames_wanted(d);
	l->since_ns = dp_meet_soon(d);
	l->want = rs ? wants(&rs->img) : 0;
	dp_detect_wants(d);
}

void dp_detect_idle(struct dp_detect *d, uint32_t budget)
{
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++) {
		const struct dp_ruleset *rs = d->layer[i].rs;
		struct run *r = rs ? rs->run : NULL;

		for (uint32_t n = 0; r && n < budget && n < rs->img.sigs_n; n++) {
			if (r->swept >= rs->img.sigs_n)
				r->swept = 0;
			dp_sig_settle(r, r->swept++);
		}
	}
}

const struct dp_sig_counters *dp_detect_sig_counters(const struct dp_detect *d,
	enum dp_layer_id layer, uint32_t *n)
{
	struct dp_ruleset *rs = d->layer[layer].rs;

	if (rs)
		dp_ruleset_settle(rs);
	*n = rs && rs->run ? rs->img.sigs_n : 0;
	return *n ? rs->run->cnt : NULL;
}
