/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sig/compile.h>
#include <sig/image.h>
#include <sig/rule.h>
#include <sig/ruleset.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHOW_ERRORS 8 /**< refused rules shown without --verbose */

bool replay_sig_text(void *arg, unsigned layer, uint32_t generation, uint32_t index,
		struct ctl_sig_text *t)
{
	return ctl_sig_text_read(dp_ruleset_image(arg), index, t);
}

static int load_vars(struct replay_run *r, struct sig_vars *vars)
{
	struct sig_error err = {0};
	int rc = 0;

	if (r->o->yaml != NULL)
		rc = sig_vars_load_yaml(vars, r->o->yaml, &err);
	if (rc == 0 && r->o->vars != NULL)
		rc = sig_vars_load_json(vars, r->o->vars, &err);
	if (rc) {
		fprintf(stderr, "sekisho replay: %s:%u:%u: %s\n", err.file ? err.file : "variables",
			err.line, err.column, err.sentence ? err.sentence : strerror(-rc));
		return CLI_FAILED;
	}
	for (unsigned i = 0; i < r->site.vars; i++) {
		char *equal = strchr(r->site.var[i], '=');

		*equal = 0;
		rc = sig_vars_set(vars, r->site.var[i], equal + 1);
		*equal = '=';
		if (rc) {
			fprintf(stderr, "sekisho replay: --set %s: not a variable\n", r->site.var[i]);
			return CLI_FAILED;
		}
	}
	return CLI_OK;
}

/** A configured file that is not there: the built-in table, and a word about it. */
static const char *readable(const struct replay_run *r, const char *path)
{
	if (path == NULL || access(path, R_OK) == 0)
		return path;
	if (r->o->verbose)
		fprintf(stderr, "sekisho replay: %s: %s; going on without it\n", path, strerror(errno));
	return NULL;
}

static void show_errors(const struct replay_run *r, const struct sig_ruleset *set)
{
	size_t shown = 0;

	for (size_t i = 0; i < set->errors_n; i++) {
		const struct sig_error *e = &set->error[i];

		if (e->severity == SIG_SEV_WARNING && !r->o->verbose)
			continue;
		if (!r->o->verbose && ++shown > SHOW_ERRORS)
			continue;
		fprintf(stderr, "%s:%u:%u: %s%s%s%s%s\n", e->file, e->line, e->column, e->sentence,
			e->token[0] ? ": " : "", e->token, e->cure[0] ? "; " : "", e->cure);
	}
	if (shown > SHOW_ERRORS)
		fprintf(stderr, "sekisho replay: %zu more rules refused or skipped (--verbose)\n",
			shown - SHOW_ERRORS);
}

static void compile_progress(void *arg, const char *stage, uint32_t done, uint32_t total)
{
	if (total)
		fprintf(stderr, "\r\033[Kcompiling: %s %u/%u", stage, done, total);
	else
		fprintf(stderr, "\r\033[Kcompiling: %s", stage);
}

/** Reputation lists count from their folder. */
static const char *rep_path(const struct ctl_site *s, const char *name, char *buf, size_t len)
{
	if (name == NULL || name[0] == '/' || s->rep_path == NULL)
		return name;
	snprintf(buf, len, "%s/%s", s->rep_path, name);
	return buf;
}

static int compile(struct replay_run *r, const struct sig_ruleset *set, int fd)
{
	bool tty = isatty(STDERR_FILENO) && !r->o->quiet && set->rules_n > 2000;
	struct sig_compile_opts o = {.progress = tty ? compile_progress : NULL};
	char path[CTL_SITE_LISTS][512], cat[512];
	const char *rep[CTL_SITE_LISTS];
	struct sig_compile_report rep_out = {0};
	int rc;

	for (unsigned i = 0; i < r->site.rep_files; i++)
		rep[i] = rep_path(&r->site, r->site.rep_file[i], path[i], sizeof(path[i]));
	if (r->site.rep_categories != NULL && r->site.rep_files) {
		o.rep_categories = rep_path(&r->site, r->site.rep_categories, cat, sizeof(cat));
		o.rep_files = rep;
		o.rep_files_n = r->site.rep_files;
	}
	rc = sig_compile_child(set, &o, fd, &rep_out);
	if (tty)
		fputs("\r\033[K", stderr);
	if (rc)
		fprintf(stderr, "sekisho replay: compiling failed: %s\n", strerror(-rc));
	for (uint32_t i = 0; i < rep_out.rejected_n && (i < SHOW_ERRORS || r->o->verbose); i++)
		fprintf(stderr, "%s:%u: signature %u does not compile: %s\n",
			rep_out.rejected[i].file, rep_out.rejected[i].line, rep_out.rejected[i].sid,
			rep_out.rejected[i].why);
	if (rep_out.list_faults)
		fprintf(stderr, "%s (%u entries of lists left out)\n", rep_out.list_fault,
			rep_out.list_faults);
	if (rep_out.search_faults) // slower, but whole: no fault of the run
		fprintf(stderr, "%s (%u signatures searched without theirs)\n", rep_out.search_fault,
			rep_out.search_faults);
	r->rules_loaded = rep_out.sigs;
	r->rules_failed += rep_out.rejected_n;
	r->faults += rep_out.rejected_n + rep_out.list_faults;
	sig_compile_report_fini(&rep_out);
	return rc ? CLI_FAILED : CLI_OK;
}

static int from_text(struct replay_run *r)
{
	struct sig_load_options lo = {
		.classification = readable(r, r->site.classification),
		.reference = readable(r, r->site.reference),
		.threshold = readable(r, r->site.threshold),
	};
	struct sig_vars *vars = sig_vars_create();
	struct sig_ruleset *set = NULL;
	char err[200];
	int rc = CLI_FAILED, fd = -1, e;

	if (vars == NULL || load_vars(r, vars))
		goto out;
	lo.vars = vars;
	e = sig_ruleset_load(r->o->rules.item, r->o->rules.n, &lo, &set);
	if (set != NULL)
		show_errors(r, set);
	if (e) {
		if (set == NULL || set->errors_n == 0)
			fprintf(stderr, "sekisho replay: rules: %s\n", strerror(-e));
		goto out;
	}
	r->rules_failed = set->refused;
	r->faults += set->refused;
	r->rules_skipped = set->skipped;
	fd = memfd_create("sekisho-image", MFD_CLOEXEC);
	if (fd < 0 || compile(r, set, fd))
		goto out;
	e = dp_ruleset_open_fd(fd, &r->rs, err, sizeof(err));
	if (e) {
		fprintf(stderr, "sekisho replay: compiled image: %s\n", err);
		goto out;
	}
	rc = CLI_OK;
out:
	if (fd >= 0)
		close(fd);
	sig_ruleset_destroy(set);
	sig_vars_destroy(vars);
	return rc;
}

int replay_rules(struct replay_run *r)
{
	char err[200] = "";

	if (r->o->image == NULL)
		return r->o->rules.n ? from_text(r) : CLI_OK;
	if (dp_ruleset_open(r->o->image, &r->rs, err, sizeof(err))) {
		fprintf(stderr, "sekisho replay: %s: %s\n", r->o->image, err);
		return CLI_FAILED;
	}
	r->rules_loaded = dp_ruleset_count(r->rs);
	return CLI_OK;
}
