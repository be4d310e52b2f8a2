/* SPDX-License-Identifier: Apache-2.0 */
/* `sekisho rules keywords` */
#include "common_args.h"

#include <sig/keyword.h>
#include <sig/tools.h>
#include <stdio.h>
#include <string.h>

static const char *status(const struct sig_keyword *kw, sig_offers_fn *offers)
{
	if (kw->status == SIG_KW_REFUSED)
		return "refused";
	return sig_keyword_idle(kw, offers) ? "idle" : "supported";
}

static void print_json(sig_offers_fn *offers)
{
	json_t *all = json_array();

	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];
		const char mark[2] = {kw->mark, '\0'};

		json_array_append_new(all,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", kw->name, "aliases",
				kw->aliases ? kw->aliases : "", "mark", mark, "status", status(kw, offers),
				"section", kw->section, "meaning", kw->doc));
	}
	sig_common_print_json(all);
}

/* The very table of docs/signatures.md, so that a test can compare the two. */
static void print_markdown(sig_offers_fn *offers)
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
			kw->mark, status(kw, offers), kw->doc);
	}
}

/* Names by section, for sekisho-signatures(7); held equal by the same test. */
static void print_man(sig_offers_fn *offers)
{
	const char *section = "";

	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];
		bool first = strcmp(section, kw->section) != 0;
		bool last = i + 1 == sig_keyword_count ||
			strcmp(sig_keyword_table[i + 1].section, kw->section) != 0;

		section = kw->section;
		if (first)
			printf(".TP\n.B %s\n", section);
		for (const char *c = kw->name; *c; c++)
			printf(*c == '-' ? "\\-" : "%c", *c);
		if (kw->status == SIG_KW_REFUSED || sig_keyword_idle(kw, offers))
			printf(" (%s)", status(kw, offers));
		puts(last ? "" : ",");
	}
}

static void print_text(sig_offers_fn *offers)
{
	size_t refused = 0, idle = 0;

	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];

		printf("%-36s %c %-10s %s%s%s%s\n", kw->name, kw->mark, status(kw, offers), kw->doc,
			kw->aliases ? " (also: " : "", kw->aliases ? kw->aliases : "",
			kw->aliases ? ")" : "");
		refused += kw->status == SIG_KW_REFUSED;
		idle += sig_keyword_idle(kw, offers);
	}
	printf("%zu keywords, %zu supported, %zu idle, %zu refused\n", sig_keyword_count,
		sig_keyword_count - refused - idle, idle, refused);
}

int sig_cmd_keywords(int argc, char **argv, sig_offers_fn *offers)
{
	struct sig_common_args a;
	int rc = sig_common_parse(&a, argc, argv, "keywords [--json | --markdown | --man]");

	if (!rc && a.json)
		print_json(offers);
	else if (!rc && a.markdown)
		print_markdown(offers);
	else if (!rc && a.man)
		print_man(offers);
	else if (!rc)
		print_text(offers);
	sig_common_fini(&a);
	return rc;
}
