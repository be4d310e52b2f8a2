/* SPDX-License-Identifier: Apache-2.0 */
/* sekisho rules explain: what the compiler made of one signature, in words. */
#include "explain.h"
#include <errno.h>
#include <getopt.h>
#include <sig/compile.h>
#include <sig/load_args.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char usage[] =
	"usage: sekisho rules explain SID [options] FILE|FOLDER...\n"
	"       sekisho rules explain SID --image IMAGE\n" SIG_LOAD_USAGE
	"      --json                as JSON\n";

enum { OPT_IMAGE = 1000, OPT_JSON };

static const struct option longs[] = {SIG_LOAD_LONG_OPTIONS,
	{"image", required_argument, NULL, OPT_IMAGE}, {"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

/** Compile just this rule: a set that borrows one rule of the loaded one. */
static int compile_one(const struct sig_ruleset *all, uint32_t sid, int fd)
{
	const struct sig_compile_opts opts = {.cache_dir = ""};
	struct sig_compile_report r;
	struct sig_ruleset one = *all;
	size_t i = 0;
	int rc;

	while (i < all->rules_n && all->rule[i]->sid != sid)
		i++;
	if (i == all->rules_n) {
		for (size_t k = 0; k < all->errors_n; k++)
			if (all->error[k].sid == sid)
				fprintf(stderr, "sekisho: %s:%u:%u: sid %u was not loaded: %s\n",
					all->error[k].file, all->error[k].line, all->error[k].column,
					sid, all->error[k].sentence);
		return -ENOENT;
	}
	one.rule = &all->rule[i];
	one.rules_n = 1;
	rc = sig_compile_child(&one, &opts, fd, &r);
	if (rc == 0 && r.rejected_n) {
		fprintf(stderr, "sekisho: sid %u: %s\n", sid, r.rejected[0].why);
		rc = -EINVAL;
	}
	sig_compile_report_fini(&r);
	return rc;
}

static int image_from_files(struct sig_load_args *a, uint32_t sid, char **paths, size_t n,
	struct sig_image *img)
{
	struct sig_ruleset *set = NULL;
	char err[256];
	int fd, rc;

	rc = sig_load_rules(a, paths, n, &set);
	fd = rc ? -1 : memfd_create("explain", MFD_CLOEXEC);
	if (rc == 0 && fd < 0)
		rc = -errno;
	if (rc == 0)
		rc = compile_one(set, sid, fd);
	if (rc == 0) {
		rc = sig_image_open_fd(fd, img, err, sizeof(err));
		if (rc)
			fprintf(stderr, "sekisho: %s\n", err);
	}
	if (fd >= 0)
		close(fd);
	sig_ruleset_destroy(set);
	return rc;
}

int sig_cmd_explain(int argc, char **argv)
{
	struct sig_load_args a = {0};
	struct sig_image img = {0};
	const char *image = NULL;
	char err[256], *end;
	uint32_t sid, i;
	bool json = false;
	int c, rc = 0;

	optind = 1;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == OPT_IMAGE) {
			image = optarg;
		} else if (c == OPT_JSON) {
			json = true;
		} else if (c == 'h' || sig_load_take(&a, c, optarg) < 0) {
			fputs(usage, c == 'h' ? stdout : stderr);
			sig_load_args_fini(&a);
			return c == 'h' ? 0 : 2;
		}
	}
	if (optind == argc || (!image && optind + 1 == argc)) {
		fputs(usage, stderr);
		sig_load_args_fini(&a);
		return 2;
	}
	sid = (uint32_t)strtoul(argv[optind], &end, 10);
	if (*end || !sid) {
		fprintf(stderr, "sekisho: '%s' is not a signature number\n", argv[optind]);
		sig_load_args_fini(&a);
		return 2;
	}
	if (image) {
		rc = sig_image_open(image, &img, err, sizeof(err));
		if (rc)
			fprintf(stderr, "sekisho: %s: %s\n", image, err);
	} else {
		rc = image_from_files(&a, sid, argv + optind + 1, (size_t)(argc - optind - 1), &img);
	}
	if (rc == 0) {
		i = sig_image_find(&img, 0, sid);
		if (i == SIG_IMG_NONE) {
			fprintf(stderr, "sekisho: no signature %u here\n", sid);
			rc = -ENOENT;
		} else if (json) {
			explain_json(&img, i);
		} else {
			explain_text(&img, i);
		}
	} else if (rc == -ENOENT && !image) {
		fprintf(stderr, "sekisho: no signature %u in these files\n", sid);
	}
	sig_image_close(&img);
	sig_load_args_fini(&a);
	return rc ? 1 : 0;
}
