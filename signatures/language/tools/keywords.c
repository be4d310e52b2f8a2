/* SPDX-License-Identifier: Apache-2.0 */
/* `sekisho rules keywords` */
#include "common_args.h"

#include <sig/keyword.h>
#include <sig/tools.h>
#include <stdio.h>
#include <string.h>

static const char *status(const struct sig_keyword *kw)
{
	return kw->status == SIG_KW_SUPPORTED ? "supported" : "refused";
}

static void print_json(void)
{
	json_t *all = json_array();

	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];
		const char mark[2] = {kw->mark, '\0'};

		json_array_append_new(all,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", kw->name, "aliases",
				kw->aliases ? kw->aliases : "", "mark", mark, "status", status(kw),
				"section", kw->section, "meaning", kw->doc));
	}
	sig_common_print_json(all);
}

/* The very table of docs/signatures.md, so that a test can compare the two. */
static void print_markdown(void)
{
	const char *section = "";

	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];

		if (strcmp(section, kw->section) != 0) {
			section = kw->section;
			printf("\n### %s\n\n| keyword | also | mark | status | meaning "
			       "|\n|---|---|---|---|---|\n",
				section);
		}
		printf("| %s | %s | %c | %s | %s |\n", kw->name, kw->aliases ? kw->aliases : "",
			kw->mark, status(kw), kw->doc);
	}
}

static void print_text(void)
{
	size_t refused = 0;

	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];

		printf("%-36s %c %-10s %s%s%s%s\n", kw->name, kw->mark, status(kw), kw->doc,
			kw->aliases ? " (also: " : "", kw->aliases ? kw->aliases : "",
			kw->aliases ? ")" : "");
		refused += kw->status == SIG_KW_REFUSED;
	}
	printf("%zu keywords, %zu supported, %zu refused\n", sig_keyword_count,
		sig_keyword_count - refused, refused);
}

int sig_cmd_keywords(int argc, char **argv)
{
	struct sig_common_args a;
	int rc = sig_common_parse(&a, argc, argv, "keywords [--json | --markdown]");

	if (!rc && a.json)
		print_json();
	else if (!rc && a.markdown)
		print_markdown();
	else if (!rc)
		print_text();
	sig_common_fini(&a);
	return rc;
}
