/* SPDX-License-Identifier: Apache-2.0 */
/* `sekisho rules check` */
#include "common_args.h"

#include <sig/tools.h>
#include <stdio.h>
#include <string.h>

static void print_as_json(const struct sig_ruleset *set)
{
	json_t *root = json_object(), *files = json_array();
	json_t *list[3] = {json_array(), json_array(), json_array()};

	for (size_t i = 0; i < set->files_n; i++) {
		const struct sig_file_count *f = &set->file[i];

		json_array_append_new(files,
			json_pack("{s:o, s:i, s:i, s:i, s:i}", "file", sig_common_text(f->file),
				"loaded", (int)f->loaded, "skipped", (int)f->skipped, "refused",
				(int)f->refused, "disabled", (int)f->disabled));
	}
	for (size_t i = 0; i < set->errors_n; i++)
		json_array_append_new(list[set->error[i].severity], sig_error_json(&set->error[i]));
	json_object_set_new(root, "loaded", json_integer(set->loaded));
	json_object_set_new(root, "skipped", json_integer(set->skipped));
	json_object_set_new(root, "refused", json_integer(set->refused));
	json_object_set_new(root, "disabled", json_integer(set->disabled));
	json_object_set_new(root, "files", files);
	json_object_set_new(root, "refusals", list[SIG_SEV_REFUSED]);
	json_object_set_new(root, "skips", list[SIG_SEV_SKIPPED]);
	json_object_set_new(root, "warnings", list[SIG_SEV_WARNING]);
	sig_common_print_json(root);
}

static void print_as_text(const struct sig_common_args *a, const struct sig_ruleset *set)
{
	for (size_t i = 0; i < set->errors_n; i++) {
		if (set->error[i].severity != SIG_SEV_WARNING || !a->quiet)
			sig_error_print(stdout, &set->error[i]);
	}
	for (size_t i = 0; i < set->files_n; i++) {
		const struct sig_file_count *f = &set->file[i];

		printf("%s: %u loaded, %u skipped, %u refused, %u disabled\n", f->file, f->loaded,
			f->skipped, f->refused, f->disabled);
	}
	if (set->files_n != 1)
		printf("total: %u loaded, %u skipped, %u refused, %u disabled\n", set->loaded,
			set->skipped, set->refused, set->disabled);
}

int sig_cmd_check(int argc, char **argv, sig_offers_fn *offers)
{
	static const char usage[] =
		"check [--strict] [--json] [--quiet] [--vars FILE] [--set NAME=VALUE] "
		"[--suricata-yaml FILE] [--classification FILE] [--reference FILE] "
		"[--threshold FILE] [--policy FILE|NAME] [--enable-conf FILE] [--disable-conf FILE] "
		"[--modify-conf FILE] [--drop-conf FILE] [--dialect NAME] FILE|DIR...";
	struct sig_common_args a;
	struct sig_ruleset *set;
	int rc = sig_common_parse(&a, argc, argv, usage), load;

	if (!rc && !a.paths_n) {
		fprintf(stderr, "usage: %s\n", usage);
		rc = 2;
	}
	if (rc) {
		sig_common_fini(&a);
		return rc;
	}
	a.rules.opts.offers = offers;
	set = sig_common_load(&a, a.path, a.paths_n, &load);
	if (!set) {
		sig_common_fini(&a);
		return 1;
	}
	if (a.json)
		print_as_json(set);
	else
		print_as_text(&a, set);
	rc = load || (a.strict && sig_any_refusal(set)) ? 1 : 0;
	sig_ruleset_destroy(set);
	sig_common_fini(&a);
	return rc;
}
