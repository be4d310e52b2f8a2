/* SPDX-License-Identifier: Apache-2.0 */
/* sekisho rules compile: rule files to an image. */
#include "searches.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <sig/compile.h>
#include <sig/image.h>
#include <sig/load_args.h>
#include <sig/rule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct args {
	struct sig_load_args load;
	struct sig_compile_opts compile;
	const char *out, *searches;
	const char *rep_files[64];
	bool json, quiet, strict;
};

enum { OPT_CACHE = 1000, OPT_JSON, OPT_THREADS, OPT_LONGEST, OPT_SEARCHES,
	OPT_REP_CATEGORIES, OPT_REP_FILE, OPT_STRICT };

#define TOLD 20u /* refused rules whose reason is printed */

static const struct option longs[] = {SIG_LOAD_LONG_OPTIONS,
	{"output", required_argument, NULL, 'o'},
	{"cache", required_argument, NULL, OPT_CACHE},
	{"json", no_argument, NULL, OPT_JSON},
	{"quiet", no_argument, NULL, 'q'},
	{"strict", no_argument, NULL, OPT_STRICT},
	{"searches", required_argument, NULL, OPT_SEARCHES},
	{"longest-content", no_argument, NULL, OPT_LONGEST},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"reputation-categories", required_argument, NULL, OPT_REP_CATEGORIES},
	{"reputation-file", required_argument, NULL, OPT_REP_FILE},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0}};

static const char usage[] =
	"usage: sekisho rules compile -o IMAGE [options] FILE|FOLDER...\n"
	"  -o, --output IMAGE        where to write the image\n" SIG_LOAD_USAGE
	"      --cache DIR           keep compiled databases here; \"\" for none\n"
	"      --threads N           default: all processors\n"
	"      --searches FILE       write what is searched for, a line each\n"
	"      --longest-content     search for the longest content of each rule, whatever it costs\n"
	"                            (a yardstick, see tests/bench/prefilter)\n"
	"      --reputation-categories FILE, --reputation-file FILE\n"
	"                            IP reputation lists\n"
	"      --strict              make no image when a rule is refused\n"
	"      --json                print the report as JSON\n"
	"  -q, --quiet               no progress\n";

static int take(struct args *a, int c)
{
	switch (c) {
	case 'o':
		a->out = optarg;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case OPT_CACHE:
		a->compile.cache_dir = optarg;
		return 0;
	case OPT_JSON:
		a->json = true;
		return 0;
	case OPT_STRICT:
		a->strict = true;
		return 0;
	case OPT_SEARCHES:
		a->searches = optarg;
		return 0;
	case OPT_LONGEST:
		a->compile.longest_content = true;
		return 0;
	case OPT_THREADS:
		a->compile.threads = (unsigned)strtoul(optarg, NULL, 10);
		return 0;
	case OPT_REP_CATEGORIES:
		a->compile.rep_categories = optarg;
		return 0;
	case OPT_REP_FILE:
		if (a->compile.rep_files_n == sizeof(a->rep_files) / sizeof(a->rep_files[0]))
			return -1;
		a->rep_files[a->compile.rep_files_n++] = optarg;
		return 0;
	default:
		return sig_load_take(&a->load, c, optarg);
	}
}

static void progress(void *arg, const char *stage, uint32_t done, uint32_t total)
{
	(void)arg;
	if (total)
		fprintf(stderr, "\r%-12s %u of %u   ", stage, done, total);
	else
		fprintf(stderr, "\r%-12s %u   ", stage, done);
}

static json_t *report_json(const struct sig_ruleset *set, const struct sig_compile_report *r)
{
	json_t *j = json_object(), *rej = json_array(), *list[3] = {json_array(), json_array(), json_array()};

	json_object_set_new(j, "loaded", json_integer(set->loaded));
	json_object_set_new(j, "skipped", json_integer(set->skipped));
	json_object_set_new(j, "refused", json_integer(set->refused));
	json_object_set_new(j, "signatures", json_integer(r->sigs));
	json_object_set_new(j, "by_literal", json_integer(r->literal));
	json_object_set_new(j, "by_expression", json_integer(r->regex));
	json_object_set_new(j, "by_header", json_integer(r->header));
	json_object_set_new(j, "always", json_integer(r->always));
	json_object_set_new(j, "groups", json_integer(r->groups));
	json_object_set_new(j, "patterns", json_integer(r->patterns));
	json_object_set_new(j, "expressions", json_integer(r->regexes));
	json_object_set_new(j, "cache_hits", json_integer(r->cache_hits));
	json_object_set_new(j, "cache_misses", json_integer(r->cache_misses));
	json_object_set_new(j, "image_bytes", json_integer((json_int_t)r->image_bytes));
	json_object_set_new(j, "database_bytes", json_integer((json_int_t)r->db_bytes));
	json_object_set_new(j, "peak_bytes", json_integer((json_int_t)r->peak_bytes));
	json_object_set_new(j, "lower_ms", json_integer(r->ms_lower));
	json_object_set_new(j, "group_ms", json_integer(r->ms_group));
	json_object_set_new(j, "hyperscan_ms", json_integer(r->ms_hyperscan));
	json_object_set_new(j, "write_ms", json_integer(r->ms_write));
	json_object_set_new(j, "total_ms", json_integer(r->ms_total));
	for (uint32_t i = 0; i < r->rejected_n; i++)
		json_array_append_new(rej,
			json_pack("{s:i, s:i, s:s, s:i, s:s}", "gid", (int)r->rejected[i].gid, "sid",
				(int)r->rejected[i].sid, "file", r->rejected[i].file, "line",
				(int)r->rejected[i].line, "why", r->rejected[i].why));
	json_object_set_new(j, "rejected", rej);
	for (size_t i = 0; i < set->errors_n; i++)
		json_array_append_new(list[set->error[i].severity], sig_error_json(&set->error[i]));
	json_object_set_new(j, "refusals", list[SIG_SEV_REFUSED]);
	json_object_set_new(j, "skips", list[SIG_SEV_SKIPPED]);
	json_object_set_new(j, "warnings", list[SIG_SEV_WARNING]);
	json_object_set_new(j, "list_faults", json_integer(r->list_faults));
	json_object_set_new(j, "search_faults", json_integer(r->search_faults));
	return j;
}

/** Reasons of the first refused rules; the count of all. */
static unsigned tell_refused(const struct sig_ruleset *set)
{
	unsigned n = 0;

	for (size_t i = 0; i < set->errors_n; i++)
		if (set->error[i].severity == SIG_SEV_REFUSED && n++ < TOLD)
			sig_error_print(stderr, &set->error[i]);
	if (n > TOLD)
		fprintf(stderr, "and %u more: see `sekisho rules check`\n", n - TOLD);
	return n;
}

static void tell_rejected(const struct sig_compile_report *r)
{
	for (uint32_t i = 0; i < r->rejected_n; i++)
		fprintf(stderr, "%s:%u: sid %u rejected: %s\n", r->rejected[i].file,
			r->rejected[i].line, r->rejected[i].sid, r->rejected[i].why);
}

static void print_report(const struct args *a, const struct sig_ruleset *set,
	const struct sig_compile_report *r)
{
	if (a->json) {
		json_t *j = report_json(set, r);

		json_dumpf(j, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(j);
		return;
	}
	tell_refused(set);
	tell_rejected(r);
	if (r->list_faults)
		fprintf(stderr, "%s (%u entries of lists left out)\n", r->list_fault, r->list_faults);
	if (r->search_faults)
		fprintf(stderr, "%s (%u signatures searched without theirs)\n", r->search_fault,
			r->search_faults);
	printf("%s: %u signatures (%u by literal, %u by expression, %u by header, %u always), "
	       "%u groups, %.1f MB, %u ms (databases: %u from cache, %u compiled)\n",
		a->out, r->sigs, r->literal, r->regex, r->header, r->always, r->groups,
		(double)r->image_bytes / 1e6, r->ms_total, r->cache_hits, r->cache_misses);
	if (set->refused || set->skipped)
		printf("%u rule%s refused, %u skipped: see `sekisho rules check`\n", set->refused,
			set->refused == 1 ? "" : "s", set->skipped);
}

// Beside the target, then renamed: who maps the old image keeps it whole.
static int write_image(const struct args *a, const struct sig_ruleset *set)
{
	struct sig_compile_report r;
	char tmp[4096];
	bool strict;
	int fd, rc;

	if (snprintf(tmp, sizeof(tmp), "%s.new.%d", a->out, (int)getpid()) >= (int)sizeof(tmp)) {
		fprintf(stderr, "sekisho: the name of the image is too long\n");
		return 1;
	}
	fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		fprintf(stderr, "sekisho: %s: %s\n", tmp, strerror(errno));
		return 1;
	}
	rc = sig_compile_child(set, &a->compile, fd, &r);
	if (!a->quiet && a->compile.progress)
		fprintf(stderr, "\r%-40s\r", "");
	strict = rc == 0 && a->strict && r.rejected_n;
	if (rc == 0 && !strict && rename(tmp, a->out) < 0)
		rc = -errno;
	close(fd);
	if (strict) {
		unlink(tmp);
		tell_rejected(&r);
		fprintf(stderr, "sekisho: %u rejected: no image is made (--strict)\n", r.rejected_n);
	} else if (rc) {
		unlink(tmp);
		fprintf(stderr, "sekisho: %s: %s\n", a->out,
			rc == -EDEADLK ? "the compiler keeps dying; no rule could be blamed" :
					 strerror(-rc));
	} else {
		print_report(a, set, &r);
	}
	sig_compile_report_fini(&r);
	return rc || strict ? 1 : 0;
}

/** --strict: 1 when a rule was refused. */
static int refuse(const struct sig_ruleset *set)
{
	const unsigned n = tell_refused(set);

	if (n)
		fprintf(stderr, "sekisho: %u refused: no image is made (--strict)\n", n);
	return n ? 1 : 0;
}

int sig_cmd_compile(int argc, char **argv)
{
	struct args a = {0};
	struct sig_ruleset *set = NULL;
	int c, rc;

	optind = 1;
	a.compile.rep_files = a.rep_files;
	while ((c = getopt_long(argc, argv, "o:qh", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			sig_load_args_fini(&a.load);
			return 0;
		}
		if (c == '?' || take(&a, c) < 0) {
			fputs(usage, stderr);
			sig_load_args_fini(&a.load);
			return 2;
		}
	}
	if (!a.out || optind == argc) {
		fputs(usage, stderr);
		sig_load_args_fini(&a.load);
		return 2;
	}
	if (!a.quiet && isatty(2))
		a.compile.progress = progress;
	rc = sig_load_rules(&a.load, argv + optind, (size_t)(argc - optind), &set);
	if (rc == 0 && a.strict)
		rc = refuse(set);
	if (rc == 0)
		rc = write_image(&a, set);
	if (rc == 0 && a.searches)
		rc = searches_write(a.searches, a.out);
	sig_ruleset_destroy(set);
	sig_load_args_fini(&a.load);
	return rc;
}
