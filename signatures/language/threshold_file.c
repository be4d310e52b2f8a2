/* SPDX-License-Identifier: Apache-2.0 */
/* threshold.config: suppress, threshold (event_filter), rate_filter. */
#include "parser.h"

#include <string.h>

enum seen {
	GEN = 1,
	SIG = 2,
	TYPE = 4,
	TRACK = 8,
	COUNT = 16,
	SECONDS = 32,
	IP = 64,
	ACTION = 128,
	TIMEOUT = 256
};

static const struct sig_word_value types[] = {
	{"limit", SIG_TH_LIMIT}, {"threshold", SIG_TH_THRESHOLD}, {"both", SIG_TH_BOTH}, {NULL, 0}};
static const struct sig_word_value tracks[] = {{"by_src", SIG_BY_SRC}, {"by_dst", SIG_BY_DST},
	{"by_both", SIG_BY_BOTH}, {"by_rule", SIG_BY_RULE}, {"by_flow", SIG_BY_FLOW},
	{"by_either", -1}, {NULL, 0}};
static const struct sig_word_value new_actions[] = {{"alert", SIG_NEW_ALERT},
	{"pass", SIG_NEW_PASS}, {"drop", SIG_NEW_DROP}, {"reject", SIG_NEW_REJECT}, {NULL, 0}};

static int track(struct sig_parser *p, struct sig_str v, struct sig_global *g)
{
	int64_t x;

	if (!sig_lookup(tracks, v, &x) || (x < 0 && g->kind != SIG_GLOBAL_SUPPRESS))
		return SIG_FAIL_AT(
			p, v, "write by_src, by_dst, by_both, by_rule or by_flow", "unknown track");
	if (x < 0) {
		g->side = SIG_SIDE_ANY;
		return 0;
	}
	g->threshold.track = (enum sig_track)x;
	g->side = x == SIG_BY_SRC ? SIG_SIDE_SRC : x == SIG_BY_DST ? SIG_SIDE_DST : SIG_SIDE_BOTH;
	if (g->kind == SIG_GLOBAL_SUPPRESS && x > SIG_BY_DST)
		return SIG_FAIL_AT(
			p, v, "write by_src, by_dst or by_either", "unknown track of suppress");
	return 0;
}

static int word(struct sig_parser *p, struct sig_str f, struct sig_global *g, unsigned *seen)
{
	struct sig_str w, v = f;
	int64_t x;

	if (!sig_word(&v, &w))
		return SIG_FAIL_AT(p, f, "remove the extra comma", "an argument is empty");
	if (sig_is(w, "gen_id") && sig_u32(v, UINT32_MAX, &g->gid)) {
		*seen |= GEN;
	} else if (sig_is(w, "sig_id") && sig_u32(v, UINT32_MAX, &g->sid)) {
		*seen |= SIG;
	} else if (sig_is(w, "type") && sig_lookup(types, v, &x)) {
		*seen |= TYPE;
		g->threshold.type = (enum sig_threshold_type)x;
	} else if (sig_is(w, "track")) {
		*seen |= TRACK;
		return track(p, v, g);
	} else if (sig_is(w, "count") && sig_u32(v, UINT32_MAX, &g->threshold.count)) {
		*seen |= COUNT;
	} else if (sig_is(w, "seconds") && sig_u32(v, UINT32_MAX, &g->threshold.seconds)) {
		*seen |= SECONDS;
	} else if (sig_is(w, "timeout") && sig_u32(v, UINT32_MAX, &g->timeout_s)) {
		*seen |= TIMEOUT;
	} else if (sig_is(w, "new_action") && sig_lookup(new_actions, v, &x)) {
		*seen |= ACTION;
		g->new_action = (enum sig_new_action)x;
	} else if (sig_is(w, "ip") && v.n) {
		*seen |= IP;
		g->addrs = sig_addrs_parse(p, v);
		return g->addrs ? 0 : -1;
	} else {
		return SIG_FAIL_AT(p, f, "see sekisho-signatures(7), section THRESHOLDS",
			"this argument is not known here");
	}
	return 0;
}

/* Commas separate arguments, but not inside the brackets of an address list. */
static bool next_argument(struct sig_str *t, struct sig_str *f)
{
	int open = 0;
	size_t n = 0;

	if (!t->n)
		return false;
	for (; n < t->n && (t->s[n] != ',' || open); n++)
		open += t->s[n] == '[' ? 1 : t->s[n] == ']' ? -1 : 0;
	*f = sig_trim((struct sig_str){t->s, n});
	t->s += n < t->n ? n + 1 : n;
	t->n -= n < t->n ? n + 1 : n;
	return true;
}

static int line(struct sig_parser *p, struct sig_str t)
{
	static const struct sig_word_value kinds[] = {{"suppress", SIG_GLOBAL_SUPPRESS},
		{"threshold", SIG_GLOBAL_THRESHOLD}, {"event_filter", SIG_GLOBAL_THRESHOLD},
		{"rate_filter", SIG_GLOBAL_RATE_FILTER}, {NULL, 0}};
	static const unsigned needed[] = {GEN | SIG, GEN | SIG | TYPE | TRACK | COUNT | SECONDS,
		GEN | SIG | TRACK | COUNT | SECONDS | ACTION | TIMEOUT};
	struct sig_set *set = p->set;
	struct sig_global g = {0};
	struct sig_str kind = t, f;
	unsigned seen = 0, ip;
	int64_t k;

	if (!sig_word(&t, &kind) || !sig_lookup(kinds, kind, &k))
		return SIG_FAIL_AT(p, kind,
			"write suppress, threshold, event_filter or rate_filter",
			"this line is none of the known ones");
	g.kind = (enum sig_global_kind)k;
	while (next_argument(&t, &f)) {
		if (word(p, f, &g, &seen))
			return -1;
	}
	ip = seen & (IP | (g.kind == SIG_GLOBAL_SUPPRESS ? TRACK : 0));
	if ((seen & ~(unsigned)(IP | TRACK)) != (needed[k] & ~(unsigned)TRACK) ||
		(g.kind != SIG_GLOBAL_SUPPRESS && !(seen & TRACK)) ||
		(g.kind == SIG_GLOBAL_SUPPRESS && ip && ip != (IP | TRACK)))
		return SIG_FAIL_AT(p, kind, "see sekisho-signatures(7), section THRESHOLDS",
			"an argument is missing or does not belong here");
	set->global = sig_arena_grow(
		&set->arena, set->global, &set->globals_cap, set->globals_n, sizeof(g));
	set->global[set->globals_n++] = g;
	return 0;
}

int sig_threshold_load(struct sig_set *set)
{
	return set->opts.threshold ? sig_config_read(set, set->opts.threshold, line) : 0;
}
