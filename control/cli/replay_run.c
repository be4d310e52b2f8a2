/* SPDX-License-Identifier: Apache-2.0 */
/** The captures of a run, one after the other in each of several processes. */
#include "cli.h"
#include "replay.h"

#include <ctl/filestore.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libgen.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_BYTES (256u * 1024)

/** One process's share of the run. */
struct part {
	struct replay_run *r;
	struct dp_replay *engine;
	struct ctl_eve eve[CTL_SITE_EVES];
	struct ctl_file_sink sink[CTL_SITE_EVES];
	unsigned outputs; /**< open at the moment */
	struct ctl_filestore store;
	bool storing;
	uint64_t alerts;
};

static void flush(struct part *p, unsigned i)
{
	ctl_file_sink_write(&p->sink[i], p->eve[i].out.buf, p->eve[i].out.len);
	ctl_json_reset(&p->eve[i].out);
}

static void on_event(void *arg, const struct dp_ev_head *ev)
{
	struct part *p = arg;

	p->alerts += ev->type == DP_EV_ALERT;
	if (p->storing)
		ctl_filestore_record(&p->store, ev);
	for (unsigned i = 0; i < p->outputs; i++) {
		ctl_eve_record(&p->eve[i], ev);
		if (p->eve[i].out.len >= FLUSH_BYTES)
			flush(p, i);
	}
}

static int make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		int rc = mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (rc)
			return rc;
	}
	return 0;
}

/** Where output `i` of this capture goes; NULL: nowhere. Heap. */
static char *eve_path(const struct part *p, unsigned i, const struct replay_capture *c)
{
	const struct replay_opts *o = p->r->o;
	const char *name = p->r->site.eve[i].filename;
	bool main = i == 0 && (name == NULL || p->r->site.eves == 1);
	char *path = NULL, *folder;

	if (name != NULL && strcmp(name, "eve.json") == 0)
		main = true;
	if (o->eve_dir != NULL) {
		if (asprintf(&path, "%s/%s/%s", o->eve_dir, c->below, main ? "eve.json" : name) < 0)
			return NULL;
		return path;
	}
	if (o->eve == NULL)
		return NULL;
	if (main)
		return strdup(o->eve);
	folder = strdup(o->eve);
	if (asprintf(&path, "%s/%s", dirname(folder), name) < 0)
		path = NULL;
	free(folder);
	return path;
}

/** The folder that relative names of a site count from: where its events go. */
static int open_store(struct part *p, const struct replay_capture *c, char *err, size_t err_len)
{
	const struct ctl_site *s = &p->r->site;
	const char *dir = s->store_dir ? s->store_dir : "filestore";
	char *path = NULL, *eve = NULL;
	int rc, n;

	if (!s->conf.app.file_store || (p->r->o->eve == NULL && p->r->o->eve_dir == NULL))
		return 0;
	if (p->r->o->eve_dir != NULL) {
		n = asprintf(&path, "%s/%s/%s", p->r->o->eve_dir, c->below, dir);
	} else {
		eve = strdup(p->r->o->eve);
		n = dir[0] == '/' ? asprintf(&path, "%s", dir)
				  : asprintf(&path, "%s/%s", dirname(eve), dir);
	}
	free(eve);
	if (n < 0)
		return -ENOMEM;
	rc = make_folders(path);
	if (rc == 0)
		rc = ctl_filestore_open(&p->store, path, s->store_fileinfo, s->store_quota_bytes,
			s->store_quota_files);
	if (rc)
		snprintf(err, err_len, "%s: %s", path, strerror(-rc));
	p->storing = rc == 0;
	free(path);
	return rc;
}

static int open_outputs(struct part *p, const struct replay_capture *c, char *err, size_t err_len)
{
	for (unsigned i = 0; i < p->r->site.eves; i++) {
		char *path = eve_path(p, i, c);
		int rc;

		if (path == NULL)
			continue;
		rc = p->r->o->eve_dir != NULL ? make_folders(path) : 0;
		if (rc == 0)
			rc = ctl_file_sink_open(&p->sink[p->outputs], path, true);
		if (rc)
			snprintf(err, err_len, "%s: %s", path, strerror(-rc));
		free(path);
		if (rc)
			return rc;
		ctl_eve_init(&p->eve[p->outputs], &p->r->site.eve[i].opt, replay_sig_text, p->r->rs);
		ctl_eve_restart(&p->eve[p->outputs], c->path);
		p->eve[p->outputs].store = p->r->site.conf.app.file_store ? &p->store : NULL;
		p->outputs++;
	}
	return 0;
}

static void stats_line(struct part *p, unsigned i)
{
	struct ctl_eve_stats s = {
		.ts_ns = dp_replay_last_ns(p->engine),
		.counters = dp_replay_counters(p->engine),
		.rules_loaded = p->r->rules_loaded,
		.rules_failed = p->r->rules_failed,
		.rules_skipped = p->r->rules_skipped,
		.ips = p->r->site.conf.simulate_ips,
		.store = p->storing ? &p->store : NULL,
	};

	ctl_eve_stats_line(&p->eve[i], &s);
}

static int close_outputs(struct part *p, struct replay_result *res, bool whole)
{
	int rc = 0;

	for (unsigned i = 0; i < p->outputs; i++) {
		if (whole)
			stats_line(p, i);
		flush(p, i);
		res->lines += p->eve[i].lines;
		res->bad += p->eve[i].bad;
		if (p->sink[i].lost_bytes) {
			snprintf(res->err, sizeof(res->err), "%s: %s", p->sink[i].path,
				strerror(p->sink[i].error));
			rc = -EIO;
		}
		ctl_eve_fini(&p->eve[i]);
		ctl_file_sink_close(&p->sink[i]);
	}
	p->outputs = 0;
	if (p->storing)
		ctl_filestore_close(&p->store);
	p->storing = false;
	return rc;
}

static void account(struct replay_result *res, const struct dp_counters *c)
{
	res->packets = c->rx_pkts;
	res->bytes = c->rx_bytes;
	res->lost = c->ev_lost;
	res->unbalanced = dp_counters_balance(c);
	for (unsigned i = 0; i < DP_R__COUNT; i++) {
		switch (dp_reason_info[i].verdict) {
		case DP_FORWARD:
			res->forwarded += c->reason_pkts[i];
			break;
		case DP_DROP:
			res->dropped += c->reason_pkts[i];
			break;
		case DP_HELD:
			res->held += c->reason_pkts[i];
			break;
		}
	}
}

static void add_counters(struct dp_counters *sum, const struct dp_counters *c)
{
	for (unsigned i = 0; i < DP_R__COUNT; i++)
		sum->reason_pkts[i] += c->reason_pkts[i];
	for (unsigned i = 0; i < DP_STAGE__COUNT; i++)
		sum->stage_cycles[i] += c->stage_cycles[i];
	sum->stage_samples += c->stage_samples;
}

static void one_capture(struct part *p, unsigned index, struct dp_counters *sum)
{
	const struct replay_capture *c = &p->r->capture[index];
	struct replay_result *res = &p->r->result[index];
	int rc;

	res->state = 1;
	p->alerts = 0;
	dp_replay_reset(p->engine);
	rc = open_outputs(p, c, res->err, sizeof(res->err));
	if (rc == 0)
		rc = open_store(p, c, res->err, sizeof(res->err));
	if (rc == 0)
		rc = dp_replay_run(p->engine, c->path, res->err, sizeof(res->err));
	if (rc && res->err[0] == 0)
		snprintf(res->err, sizeof(res->err), "%s", strerror(-rc));
	account(res, dp_replay_counters(p->engine));
	add_counters(sum, dp_replay_counters(p->engine));
	res->alerts = p->alerts;
	if (close_outputs(p, res, true) && rc == 0)
		rc = -EIO;
	res->state = rc == -EBADMSG ? 4 : rc ? 3 : 2;
}

static int part_run(struct replay_run *r, unsigned job)
{
	struct part p = {.r = r};
	struct dp_replay_conf rc;
	char why[200] = "";
	uint32_t i;
	int err;

	dp_replay_conf_init(&rc);
	rc.conf = r->site.conf;
	rc.out_path = r->o->out;
	rc.event = on_event;
	rc.arg = &p;
	err = dp_replay_create(&rc, &p.engine);
	if (err == 0 && r->rs != NULL)
		err = dp_replay_adopt(p.engine, DP_LAYER_VENDOR, r->rs, NULL);
	if (err == 0 && r->rs != NULL && job == 0 && dp_ruleset_lacks_countries(r->rs))
		fputs("sekisho replay: rules ask for countries (geoip) and will not match: no database "
			"(--set geoip-database=FILE)\n", stderr);
	if (err == 0)
		replay_stats_join(r, job);
	if (err) {
		fprintf(stderr, "sekisho replay: engine: %s\n", strerror(-err));
		dp_replay_destroy(p.engine);
		return CLI_FAILED;
	}
	while ((i = atomic_fetch_add((_Atomic uint32_t *)r->next, 1)) < r->captures)
		one_capture(&p, i, &r->total[job]);
	if (r->sig != NULL)
		dp_ruleset_settle(r->rs);
	if (r->rs != NULL && dp_ruleset_save_sets(r->rs, r->o->jobs > 1 && r->captures > 1, why, sizeof(why)))
		fprintf(stderr, "sekisho replay: a set is not saved: %s\n", why);
	dp_replay_destroy(p.engine);
	return CLI_OK;
}

static void progress(const struct replay_run *r, bool last)
{
	uint64_t packets = 0;
	unsigned done = 0;

	for (unsigned i = 0; i < r->captures; i++) {
		done += r->result[i].state >= 2;
		packets += r->result[i].packets;
	}
	fprintf(stderr, "\r\033[K%u of %u captures, %lu packets%s", done, r->captures, packets,
		last ? "\n" : "");
}

static pid_t start(struct replay_run *r, unsigned job)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(part_run(r, job));
	return pid;
}

/** A process that dies takes one capture with it; another takes its place. */
static void bury(struct replay_run *r, int status, unsigned *crashes)
{
	if (!WIFSIGNALED(status))
		return;
	++*crashes;
	for (unsigned i = 0; i < r->captures; i++) {
		struct replay_result *res = &r->result[i];

		if (res->state == 1 && res->err[0] == 0) {
			res->state = 3;
			snprintf(res->err, sizeof(res->err), "the engine died here (%s)",
				strsignal(WTERMSIG(status)));
			return; // the oldest under way: others are still at work
		}
	}
}

static int many(struct replay_run *r, unsigned jobs)
{
	bool tty = isatty(STDERR_FILENO) && !r->o->quiet;
	unsigned live = 0, crashes = 0;
	pid_t *pid = calloc(jobs, sizeof(*pid));
	int rc = CLI_OK;

	if (pid == NULL)
		return CLI_FAILED;
	for (unsigned j = 0; j < jobs; j++) {
		pid[j] = start(r, j);
		live += pid[j] > 0;
	}
	while (live) {
		int status;
		pid_t who = waitpid(-1, &status, tty ? WNOHANG : 0);

		if (who > 0) {
			live--;
			if (WIFEXITED(status) && WEXITSTATUS(status))
				rc = CLI_FAILED;
			for (unsigned j = 0; j < jobs; j++) {
				if (pid[j] != who)
					continue;
				bury(r, status, &crashes);
				pid[j] = WIFSIGNALED(status) && *r->next < r->captures ? start(r, j) : 0;
				live += pid[j] > 0;
			}
		} else if (who < 0 && errno != EINTR) {
			break;
		} else if (tty) {
			progress(r, false);
			nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
		}
	}
	free(pid);
	if (tty)
		progress(r, true);
	return crashes ? CLI_FAILED : rc;
}

int replay_all(struct replay_run *r)
{
	unsigned jobs = r->o->jobs < r->captures ? r->o->jobs : r->captures;
	size_t bytes = r->captures * sizeof(*r->result) + jobs * sizeof(*r->total) + 64;
	int rc;
	char *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return CLI_FAILED;
	r->next = (uint32_t *)(void *)shared;
	r->total = (struct dp_counters *)(void *)(shared + 64);
	r->result = (struct replay_result *)(void *)(shared + 64 + jobs * sizeof(*r->total));
	if (replay_stats_begin(r, jobs))
		return CLI_FAILED;
	rc = jobs == 1 ? part_run(r, 0) : many(r, jobs);
	return replay_stats_write(r, jobs) ? CLI_FAILED : rc;
}
