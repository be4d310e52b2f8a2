/* SPDX-License-Identifier: Apache-2.0 */
/* threshold, detection_filter, tag, config. */
#include "kw.h"

#include <string.h>

static const struct sig_word_value types[] = {
	{"limit", SIG_TH_LIMIT},
	{"threshold", SIG_TH_THRESHOLD},
	{"both", SIG_TH_BOTH},
	{"backoff", SIG_TH_BACKOFF},
	{NULL, 0},
};
static const struct sig_word_value tracks[] = {
	{"by_src", SIG_BY_SRC},
	{"by_dst", SIG_BY_DST},
	{"by_both", SIG_BY_BOTH},
	{"by_rule", SIG_BY_RULE},
	{"by_flow", SIG_BY_FLOW},
	{NULL, 0},
};

enum seen { TYPE = 1, TRACK = 2, COUNT = 4, SECONDS = 8, MULTIPLIER = 16, UNIQUE = 32 };

/* Seconds with an optional unit. */
static bool read_seconds(struct sig_str t, uint32_t *out)
{
	static const struct sig_word_value units[] = {
		{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}, {NULL, 0}};
	uint64_t v;
	int64_t unit;

	t = sig_trim(t);
	if (!sig_take_u64(&t, &v) || !sig_lookup(units, sig_trim(t), &unit) ||
		v > UINT32_MAX / (uint64_t)unit)
		return false;
	*out = (uint32_t)(v * (uint64_t)unit);
	return true;
}

static int one_word(struct sig_parser *p, struct sig_str f, struct sig_threshold *t, unsigned *seen)
{
	static const struct sig_word_value unique[] = {
		{"src_port", SIG_UNIQ_SRC_PORT}, {"dst_port", SIG_UNIQ_DST_PORT}, {NULL, 0}};
	struct sig_str word, v = f;
	unsigned bit = 0;
	int64_t x = 0;

	if (!sig_word(&v, &word))
		return sig_fail(p, NULL, 0, "remove the extra comma", "an argument is empty");
	if (sig_is(word, "type") && sig_lookup(types, v, &x)) {
		bit = TYPE;
		t->type = (enum sig_threshold_type)x;
	} else if (sig_is(word, "track") && sig_lookup(tracks, v, &x)) {
		bit = TRACK;
		t->track = (enum sig_track)x;
	} else if (sig_is(word, "count") && sig_u32(v, UINT32_MAX, &t->count) && t->count) {
		bit = COUNT;
	} else if (sig_is(word, "seconds") && read_seconds(v, &t->seconds) && t->seconds) {
		bit = SECONDS;
	} else if (sig_is(word, "multiplier") && sig_u32(v, UINT32_MAX, &t->multiplier) &&
		   t->multiplier) {
		bit = MULTIPLIER;
	} else if (sig_is(word, "unique_on") && sig_lookup(unique, v, &x)) {
		bit = UNIQUE;
		t->unique_on = x;
	} else {
		return SIG_FAIL_AT(p, f, "write type limit, track by_src, count 1, seconds 60",
			"%s does not know this argument", p->kw->name);
	}
	if (*seen & bit)
		return SIG_FAIL_AT(p, f, "keep one of them", "this argument is given twice");
	*seen |= bit;
	return 0;
}

static int read_all(
	struct sig_parser *p, struct sig_str rest, struct sig_threshold *t, unsigned *seen)
{
	struct sig_str f;

	while (sig_next(&rest, ',', &f)) {
		if (one_word(p, f, t, seen))
			return -1;
	}
	return 0;
}

/* One rate option per rule: two would contradict each other. */
static int other_rate(struct sig_parser *p, enum sig_opt_kind other)
{
	for (size_t i = 0; i < p->opts_n; i++) {
		if (p->opt[i].kind == other)
			return sig_fail(p, NULL, 0, "keep one of the two",
				"threshold and detection_filter do not go together");
	}
	return 0;
}

SIG_KW_FN(threshold)
{
	struct sig_threshold t = {0};
	unsigned seen = 0, want;
	struct sig_opt *o;

	if (other_rate(p, SIG_OPT_DETECTION_FILTER) || read_all(p, arg->t, &t, &seen))
		return -1;
	want = TYPE | TRACK | COUNT | (t.type == SIG_TH_BACKOFF ? MULTIPLIER : SECONDS);
	if (seen != want)
		return SIG_FAIL_AT(p, arg->t,
			t.type == SIG_TH_BACKOFF
				? "write type backoff, track by_flow, count N, multiplier N"
				: "write type limit, track by_src, count N, seconds N",
			"an argument is missing or does not belong to this type");
	if (t.type == SIG_TH_BACKOFF && t.track != SIG_BY_FLOW)
		return SIG_FAIL_AT(p, arg->t, "write track by_flow", "backoff works by flow only");
	o = sig_opt_add(p, SIG_OPT_THRESHOLD);
	if (o)
		o->u.threshold = t;
	return o ? 0 : -1;
}

SIG_KW_FN(detection_filter)
{
	struct sig_threshold t = {0};
	unsigned seen = 0;
	struct sig_opt *o;

	if (other_rate(p, SIG_OPT_THRESHOLD) || read_all(p, arg->t, &t, &seen))
		return -1;
	if ((seen & ~(unsigned)UNIQUE) != (TRACK | COUNT | SECONDS))
		return SIG_FAIL_AT(p, arg->t, "write track by_src, count N, seconds N",
			"track, count and seconds are needed, nothing else");
	if (t.unique_on != SIG_UNIQ_NONE &&
		(p->rule->transports & ~(unsigned)(SIG_T_TCP | SIG_T_UDP | SIG_T_SCTP)))
		return SIG_FAIL_AT(p, arg->t, "write tcp, udp or sctp in the header",
			"unique_on needs a protocol with ports");
	o = sig_opt_add(p, SIG_OPT_DETECTION_FILTER);
	if (o)
		o->u.threshold = t;
	return o ? 0 : -1;
}

/* tag:session|host[,count,packets|seconds|bytes][,src|dst]. Alone: 256 packets. */
SIG_KW_FN(tag)
{
	static const struct sig_word_value metrics[] = {{"packets", SIG_TAG_PACKETS},
		{"seconds", SIG_TAG_SECONDS}, {"bytes", SIG_TAG_BYTES}, {NULL, 0}};
	static const struct sig_word_value sides[] = {
		{"src", SIG_SIDE_SRC}, {"dst", SIG_SIDE_DST}, {NULL, 0}};
	struct sig_tag t = {.side = SIG_SIDE_SRC, .count = 256, .metric = SIG_TAG_PACKETS};
	struct sig_str f[4];
	size_t n = sig_split(arg->t, ',', f, 4), i = 1;
	struct sig_opt *o;
	int64_t v;

	t.host = sig_is(f[0], "host");
	if (n > 4 || (!t.host && !sig_is(f[0], "session")))
		return SIG_FAIL_AT(p, arg->t,
			"write tag:session,10,packets or tag:host,100,packets,src",
			"tag begins with session or host");
	if (i < n && sig_is_digit(f[i].n ? f[i].s[0] : 'x')) {
		if (!sig_u32(f[i], UINT32_MAX, &t.count) || i + 1 == n ||
			!sig_lookup(metrics, f[i + 1], &v))
			return SIG_FAIL_AT(p, f[i],
				"write a number, then packets, seconds or bytes",
				"this is not an amount");
		t.metric = v;
		i += 2;
	}
	if (i < n && sig_lookup(sides, f[i], &v)) {
		t.side = (enum sig_side)v;
		i++;
	}
	if (i < n)
		return SIG_FAIL_AT(p, f[i], "write src or dst", "tag does not know this argument");
	o = sig_opt_add(p, SIG_OPT_TAG);
	if (o)
		o->u.tag = t;
	return o ? 0 : -1;
}

/* config: logging disable, type tx, scope tx */
SIG_KW_FN(config)
{
	struct sig_str f[3], word;
	struct sig_config_opt c;
	struct sig_opt *o;

	if (p->rule->action != SIG_ACT_CONFIG)
		return sig_fail(p, NULL, 0, "begin the rule with config",
			"config belongs to the action config");
	if (sig_split(arg->t, ',', f, 3) != 3 || !sig_word(&f[0], &word) || !f[0].n)
		return SIG_FAIL_AT(p, arg->t, "write config: logging disable, type tx, scope tx",
			"config takes a setting, a type and a scope");
	if (!sig_is(word, "logging") || !sig_is(f[0], "disable"))
		return SIG_FAIL_AT(p, word, "write logging disable", "this cannot be configured");
	if (!sig_word(&f[1], &word) || !sig_is(word, "type") ||
		(!sig_is(f[1], "tx") && !sig_is(f[1], "flow")))
		return SIG_FAIL_AT(p, f[1], "write type tx or type flow", "the type is missing");
	c.type_tx = sig_is(f[1], "tx");
	if (!sig_word(&f[2], &word) || !sig_is(word, "scope") ||
		(!sig_is(f[2], "tx") && !sig_is(f[2], "flow")))
		return SIG_FAIL_AT(p, f[2], "write scope tx or scope flow", "the scope is missing");
	c.scope_tx = c.type_tx && sig_is(f[2], "tx");
	o = sig_opt_add(p, SIG_OPT_CONFIG);
	if (o)
		o->u.config = c;
	return o ? 0 : -1;
}
