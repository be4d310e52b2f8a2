/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <time.h>

static int site(struct replay_run *r)
{
	const struct replay_opts *o = r->o;
	char err[300];

	ctl_site_init(&r->site);
	if (o->yaml != NULL && ctl_site_load(&r->site, o->yaml, err, sizeof(err))) {
		fprintf(stderr, "sekisho replay: %s\n", err);
		return CLI_FAILED;
	}
	for (unsigned i = 0; i < o->sets.n; i++) {
		if (ctl_site_set(&r->site, o->sets.item[i], err, sizeof(err))) {
			fprintf(stderr, "sekisho replay: %s\n", err);
			return CLI_USAGE;
		}
	}
	r->site.conf.simulate_ips = o->simulate_ips;
	r->site.conf.simulate = o->simulate;
	if (o->no_checksums)
		r->site.conf.checksum_check = false;
	for (unsigned i = 0; o->events != NULL && i < r->site.eves; i++)
		ctl_eve_options_only(&r->site.eve[i].opt, o->events);
	ctl_site_finish(&r->site);
	for (unsigned i = 0; o->verbose && i < r->site.notes; i++) {
		const struct ctl_site_note *n = &r->site.note[i];

		fprintf(stderr, "%s:%u: %s: %s: %s\n", n->line ? o->yaml : "--set", n->line, n->key,
			n->value, n->why);
	}
	for (unsigned i = 0; i < r->site.faults; i++)
		fprintf(stderr, "%s: %s\n", o->yaml ? o->yaml : "--set", r->site.fault[i]);
	r->faults += r->site.faults;
	if (!o->verbose && r->site.notes && !o->quiet)
		fprintf(stderr, "sekisho replay: %u settings are not understood (--verbose lists them)\n",
			r->site.notes);
	return CLI_OK;
}

struct sums {
	uint64_t packets, bytes, alerts, forwarded, dropped, held, lines, bad, lost;
	unsigned failed, damaged, unbalanced;
};

static struct sums add_up(const struct replay_run *r)
{
	struct sums s = {0};

	for (unsigned i = 0; i < r->captures; i++) {
		const struct replay_result *x = &r->result[i];

		s.packets += x->packets;
		s.bytes += x->bytes;
		s.alerts += x->alerts;
		s.forwarded += x->forwarded;
		s.dropped += x->dropped;
		s.held += x->held;
		s.lines += x->lines;
		s.bad += x->bad;
		s.lost += x->lost;
		s.failed += x->state != 2 && x->state != 4;
		s.damaged += x->state == 4;
		s.unbalanced += x->unbalanced != 0;
	}
	return s;
}

static uint64_t reason_sum(const struct replay_run *r, unsigned reason)
{
	unsigned jobs = r->o->jobs < r->captures ? r->o->jobs : r->captures;
	uint64_t n = 0;

	for (unsigned j = 0; j < jobs; j++)
		n += r->total[j].reason_pkts[reason];
	return n;
}

/** Mean of a sampled packet at a stage; DP_STAGE__COUNT: how many were sampled. */
static uint64_t stage_mean(const struct replay_run *r, unsigned stage)
{
	unsigned jobs = r->o->jobs < r->captures ? r->o->jobs : r->captures;
	uint64_t cycles = 0, samples = 0;

	for (unsigned j = 0; j < jobs; j++) {
		cycles += stage < DP_STAGE__COUNT ? r->total[j].stage_cycles[stage] : 0;
		samples += r->total[j].stage_samples;
	}
	if (stage == DP_STAGE__COUNT)
		return samples;
	return samples ? cycles / samples : 0;
}

static json_t *stages_json(const struct replay_run *r)
{
	json_t *v = json_object();

#define X(id, name, text) \
	json_object_set_new(v, name, json_integer((json_int_t)stage_mean(r, DP_STAGE_##id)));
	DP_STAGES(X)
#undef X
	json_object_set_new(v, "samples", json_integer((json_int_t)stage_mean(r, DP_STAGE__COUNT)));
	return v;
}

static void print_stages(const struct replay_run *r)
{
	if (stage_mean(r, DP_STAGE__COUNT) == 0)
		return;
	printf("cycles per packet, mean of %lu sampled\n", stage_mean(r, DP_STAGE__COUNT));
#define X(id, name, text) printf("  %-26s %10lu  %s\n", name, stage_mean(r, DP_STAGE_##id), text);
	DP_STAGES(X)
#undef X
}

static void print_json(const struct replay_run *r, const struct sums *s, double seconds)
{
	json_t *reasons = json_object();
	json_t *v;

	for (unsigned i = 0; i < DP_R__COUNT; i++)
		if (reason_sum(r, i))
			json_object_set_new(reasons, dp_reason_info[i].name,
				json_integer((json_int_t)reason_sum(r, i)));
	v = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:I,s:I,s:i,s:i,s:i,s:i,s:f,s:o}", "packets",
		(json_int_t)s->packets, "bytes", (json_int_t)s->bytes, "forwarded",
		(json_int_t)s->forwarded, "dropped", (json_int_t)s->dropped, "held",
		(json_int_t)s->held, "alerts", (json_int_t)s->alerts, "events",
		(json_int_t)s->lines, "reasons", reasons, "events_bad", (json_int_t)s->bad,
		"events_lost", (json_int_t)s->lost, "captures", (int)r->captures, "failed",
		(int)s->failed, "damaged", (int)s->damaged, "unbalanced", (int)s->unbalanced, "seconds", seconds,
		"cycles_per_packet", stages_json(r));
	json_dumpf(v, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(v);
}

static void print_text(const struct replay_run *r, const struct sums *s, double seconds)
{
	if (r->captures > 1)
		printf("%u captures, %u failed, %u damaged\n", r->captures, s->failed, s->damaged);
	printf("%lu packets = %lu forwarded + %lu dropped + %lu held%s\n", s->packets, s->forwarded,
		s->dropped, s->held, s->unbalanced ? "  DOES NOT ADD UP" : "");
	for (unsigned i = 0; i < DP_R__COUNT; i++)
		if (reason_sum(r, i))
			printf("  %-26s %10lu  %s\n", dp_reason_info[i].name, reason_sum(r, i),
				dp_reason_info[i].text);
	printf("%lu alerts, %lu event records, %u signatures, %.2f s\n", s->alerts, s->lines,
		r->rules_loaded, seconds);
	if (s->lost || s->bad)
		printf("%lu events lost, %lu could not be printed whole\n", s->lost, s->bad);
	if (r->o->verbose)
		print_stages(r);
}

int replay_report(struct replay_run *r, double seconds)
{
	struct sums s = add_up(r);

	for (unsigned i = 0; r->o->verbose && i < r->captures; i++)
		if (r->result[i].bad || r->result[i].lost)
			fprintf(stderr, "sekisho replay: %s: %lu events not printed whole, %lu lost\n",
				r->capture[i].path, r->result[i].bad, r->result[i].lost);
	for (unsigned i = 0; i < r->captures; i++)
		if (r->result[i].state != 2)
			fprintf(stderr, "sekisho replay: %s: %s\n", r->capture[i].path,
				r->result[i].err[0] ? r->result[i].err : "not run");
	if (r->o->json)
		print_json(r, &s, seconds);
	else if (!r->o->quiet)
		print_text(r, &s, seconds);
	return s.failed || s.unbalanced ? CLI_FAILED : CLI_OK;
}

/** What is shared between the processes of a run goes with them. */
static void forget(struct replay_run *r, struct replay_opts *o)
{
	dp_ruleset_close(r->rs);
	for (unsigned i = 0; i < r->captures; i++) {
		free(r->capture[i].path);
		free(r->capture[i].below);
	}
	free(r->capture);
	free(o->pcaps.item);
	free(o->rules.item);
	free(o->sets.item);
}

int cli_replay(int argc, char **argv)
{
	struct replay_opts o;
	struct replay_run r = {.o = &o};
	struct timespec a, b;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &a);
	rc = replay_parse(argc, argv, &o);
	if (rc)
		return rc;
	rc = site(&r);
	if (rc == 0)
		rc = replay_find(&r);
	if (rc == 0)
		rc = replay_rules(&r);
	if (rc == 0) {
		int run = replay_all(&r);

		clock_gettime(CLOCK_MONOTONIC, &b);
		rc = r.result == NULL ? CLI_FAILED : replay_report(&r,
			(double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
		if (rc == 0)
			rc = run;
	}
	if (rc == 0 && r.faults) // the captures ran, but not with all that was asked for
		rc = CLI_FAILED;
	forget(&r, &o);
	return rc;
}
