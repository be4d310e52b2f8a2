/* SPDX-License-Identifier: Apache-2.0 */
#include "eve_internal.h"

#include <ctl/filestore.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dp/verdict.h>
#include <sig/event.h>
#include <sig/proto.h>

#define MAX_STATS 2048

struct stat {
	char name[72];   /**< dotted: each dot opens an object */
	uint64_t value;
	bool is_signed;  /**< the value is an int64_t: what was added, which a gauge may have lost */
	const char *raw; /**< JSON instead of the value */
};

struct ctl_stats {
	size_t n;
	bool no_zeroes;
	struct stat s[MAX_STATS];
};

static void add(struct ctl_stats *all, const char *prefix, const char *name, const char *suffix,
		uint64_t value)
{
	struct stat *s = &all->s[all->n];

	if (all->n == MAX_STATS || (all->no_zeroes && value == 0))
		return;
	snprintf(s->name, sizeof(s->name), "%s%s%s", prefix, name, suffix);
	for (char *p = s->name + strlen(prefix); *p; p++)
		if (*p == ' ')
			*p = '_';
	s->value = value;
	s->is_signed = false;
	all->n++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stat *)a)->name, ((const struct stat *)b)->name);
}

static unsigned depth_of(const char *name, size_t n)
{
	unsigned dots = 0;

	for (size_t i = 0; i < n; i++)
		dots += name[i] == '.';
	return dots;
}

/** Length of the common prefix of two names that ends in a dot. */
static size_t common(const char *a, const char *b)
{
	size_t dot = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			dot = i + 1;
	return dot;
}

static const struct stat *find(const struct ctl_stats *all, const char *name)
{
	struct stat key;

	if (all == NULL)
		return NULL;
	snprintf(key.name, sizeof(key.name), "%s", name);
	return bsearch(&key, all->s, all->n, sizeof(key), by_name);
}

/** NAME_delta beside each counter: what was added since the last record. Keeps this one for the next. */
static void deltas(struct ctl_eve *e, struct ctl_stats *all)
{
	struct ctl_stats *now = malloc(sizeof(*now));
	const size_t n = all->n;
	size_t at;

	if (now == NULL)
		return;
	qsort(all->s, n, sizeof(all->s[0]), by_name);
	memcpy(now, all, sizeof(*now));
	for (size_t i = 0; i < n; i++) {
		const struct stat *before = find(e->last_stats, now->s[i].name);

		if (now->s[i].raw != NULL)
			continue;
		at = all->n;
		add(all, "", now->s[i].name, "_delta", now->s[i].value - (before ? before->value : 0));
		if (all->n > at)
			all->s[at].is_signed = true;
	}
	free(e->last_stats);
	e->last_stats = now;
}

/** Sorted dotted names become nested objects. */
static void nested(struct ctl_json *j, struct ctl_stats *all)
{
	const char *before = "";

	qsort(all->s, all->n, sizeof(all->s[0]), by_name);
	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->s[i].name, *at, *dot;
		size_t same = common(before, name), n = strlen(name);

		// A sum whose parts have names of their own below it cannot be both.
		if (i + 1 < all->n && strncmp(name, all->s[i + 1].name, n) == 0 &&
				all->s[i + 1].name[n] == '.')
			continue;

		for (unsigned d = depth_of(before + same, strlen(before + same)); d; d--)
			ctl_json_end_obj(j);
		for (at = name + same; (dot = strchr(at, '.')) != NULL; at = dot + 1) {
			ctl_json_key_bytes(j, at, (size_t)(dot - at));
			ctl_json_obj(j, NULL);
		}
		if (all->s[i].raw != NULL)
			ctl_json_raw(j, at, all->s[i].raw, strlen(all->s[i].raw));
		else if (all->s[i].is_signed)
			ctl_json_i64(j, at, (int64_t)all->s[i].value);
		else
			ctl_json_u64(j, at, all->s[i].value);
		before = name;
	}
	for (unsigned d = depth_of(before, strlen(before)); d; d--)
		ctl_json_end_obj(j);
}

/** Protocols of both transports are counted apart, as the peer does. */
static bool tcp_and_udp(unsigned proto)
{
	switch (proto) {
	case SIG_PROTO_DNS:
	case SIG_PROTO_SIP:
	case SIG_PROTO_DCERPC:
	case SIG_PROTO_KRB5:
	case SIG_PROTO_LDAP:
	case SIG_PROTO_NFS:
	case SIG_PROTO_ENIP:
		return true;
	default:
		return false;
	}
}

/** Events of the decoder and of streams, under the names that signatures use. */
static void packet_events(const struct ctl_eve *e, struct ctl_stats *all, const struct dp_counters *c)
{
	const char *prefix = e->opt.stats_decoder_prefix;
	char decoder[32];

	snprintf(decoder, sizeof(decoder), "%s.", prefix[0] ? prefix : "decoder.event");
	for (unsigned i = 0; i < SIG_EVENT__COUNT && i < 384; i++) {
		const struct sig_event_info *info = &sig_event_info[i];

		if (info->name == NULL || (info->stream ? !e->opt.stats_stream : e->opt.stats_no_decoder))
			continue;
		add(all, info->stream ? "stream." : decoder, info->name, "", c->events[i]);
	}
}

/** What made parsers give up. Of TCP only a stream has holes. */
static void errors(struct ctl_stats *all, unsigned p, const char *suffix, uint64_t all_errors,
		uint64_t gaps, uint64_t alloc)
{
	char name[48];

	snprintf(name, sizeof(name), "%s%s", sig_proto_event_name[p], suffix);
	add(all, "app_layer.error.", name, ".gap", gaps);
	add(all, "app_layer.error.", name, ".alloc", alloc);
	add(all, "app_layer.error.", name, ".parser", all_errors - gaps);
}

static void app_layer(struct ctl_stats *all, const struct dp_counters *c)
{
	for (unsigned p = SIG_PROTO_FAILED; p < SIG_PROTO__COUNT && p < 64; p++) {
		const char *name = sig_proto_event_name[p];
		const uint64_t err_udp = c->app_err_udp[p], err_tcp = c->app_err[p] - err_udp;

		if (p == SIG_PROTO_HTTP_ANY)
			continue;
		if (p != SIG_PROTO_FAILED && !tcp_and_udp(p)) {
			add(all, "app_layer.flow.", name, "", c->app_flow[p]);
			add(all, "app_layer.tx.", name, "", c->app_tx[p]);
			errors(all, p, "", c->app_err[p], c->app_gap[p], c->app_alloc[p]);
			continue;
		}
		add(all, "app_layer.flow.", name, "_tcp", c->app_flow[p] - c->app_flow_udp[p]);
		add(all, "app_layer.flow.", name, "_udp", c->app_flow_udp[p]);
		errors(all, p, "_tcp", err_tcp, c->app_gap[p], c->app_alloc[p]);
		if (p == SIG_PROTO_FAILED)
			continue;
		add(all, "app_layer.tx.", name, "_tcp", c->app_tx[p] - c->app_tx_udp[p]);
		add(all, "app_layer.tx.", name, "_udp", c->app_tx_udp[p]);
		errors(all, p, "_udp", err_udp, 0, 0);
	}
}

/** A packet is accepted or blocked; what the guard or a limit did to it counts as either. */
static void file_store(struct ctl_stats *all, const struct ctl_filestore *s,
		const struct dp_counters *c)
{
	add(all, "file_store.fs_errors", "", "", s->errors);
	add(all, "file_store.open_files", "", "", 0);
	add(all, "file_store.open_files_max_hit", "", "", 0);
	add(all, "file_store.stored", "", "", s->stored);
	add(all, "file_store.duplicates", "", "", s->duplicates);
	add(all, "file_store.refused", "", "", s->refused);
	add(all, "file_store.incomplete", "", "", s->incomplete);
	add(all, "file_store.spoiled", "", "", c->files_spoiled);
}

static void ips(struct ctl_stats *all, const struct dp_counters *c)
{
	uint64_t accepted = 0, blocked = 0;

	for (unsigned i = 0; i < DP_R__COUNT; i++) {
		if (dp_reason_info[i].verdict == DP_FORWARD)
			accepted += c->reason_pkts[i];
		if (dp_reason_info[i].verdict != DP_DROP)
			continue;
		blocked += c->reason_pkts[i];
		add(all, "ips.drop_reason.", dp_reason_info[i].name, "", c->reason_pkts[i]);
	}
	add(all, "ips.accepted", "", "", accepted);
	add(all, "ips.blocked", "", "", blocked);
	add(all, "ips.rejected", "", "", c->resp_rst + c->resp_icmp);
	add(all, "ips.replaced", "", "", 0);
}

void ctl_eve_exception_name(char *out, size_t len, unsigned cause, unsigned policy)
{
	static const char *const causes[] = {"app_layer.error", "tcp.midstream", "tcp.ssn_memcap",
		"tcp.reassembly", "defrag.memcap", "flow.memcap"};
	static const char *const policies[] = {"ignore", "drop_flow", "drop_packet", "reject",
		"reject_both", "bypass", "pass_flow", "pass_packet"};

	snprintf(out, len, "exception_policy.%s.%s", causes[cause], policies[policy]);
}

/** Of all causes and policies those that met: the others would be 48 zeros. */
static void exceptions(struct ctl_stats *all, const struct dp_counters *c)
{
	char name[64];

	for (unsigned cause = 0; cause < 6; cause++)
		for (unsigned policy = 0; policy < 8; policy++)
			if (c->exception[cause][policy] != 0) {
				ctl_eve_exception_name(name, sizeof(name), cause, policy);
				add(all, name, "", "", c->exception[cause][policy]);
			}
}

/** One engine: what was loaded, refused, skipped. */
static void engines(struct ctl_eve *e, struct ctl_stats *all, const struct ctl_eve_stats *s, char *text,
		size_t len)
{
	char when[32];

	ctl_eve_time(e, when, s->ts_ns);
	snprintf(text, len, "[{\"id\":0,\"last_reload\":\"%.31s\",\"rules_loaded\":%u,"
		"\"rules_failed\":%u,\"rules_skipped\":%u}]", when, s->rules_loaded,
		s->rules_failed, s->rules_skipped);
	add(all, "detect.engines", "", "", 1);
	if (all->n)
		all->s[all->n - 1].raw = text;
}

void ctl_eve_stats_line(struct ctl_eve *e, const struct ctl_eve_stats *s)
{
	const struct dp_counters *c = s->counters;
	struct ctl_json *j = &e->out;
	struct ctl_stats *all;
	size_t start = j->len;
	char engine_text[200];

	if (!(e->opt.types & CTL_EVE_BIT(CTL_EVE_STATS)))
		return;
	all = calloc(1, sizeof(*all));
	if (all == NULL) {
		e->bad++;
		return;
	}
	all->no_zeroes = e->opt.stats_no_zeroes;
#define X(field, unit, name, text) add(all, "", name, "", c->field);
	DP_COUNTERS(X)
#undef X
	app_layer(all, c);
	exceptions(all, c);
	packet_events(e, all, c);
	engines(e, all, s, engine_text, sizeof(engine_text));
	if (s->ips)
		ips(all, c);
	if (s->store != NULL)
		file_store(all, s->store, c);
	if (e->opt.stats_deltas)
		deltas(e, all);
	ctl_json_obj(j, NULL);
	eve_time_member(e, "timestamp", s->ts_ns);
	ctl_json_str(j, "event_type", "stats");
	ctl_json_obj(j, "stats");
	ctl_json_u64(j, "uptime", s->uptime_s);
	nested(j, all);
	ctl_json_end_obj(j);
	eve_finish(e, start, CTL_EVE_STATS);
	free(all);
}
