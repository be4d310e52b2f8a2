/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sig/compile.h>
#include <sig/tools.h>

static int cli_version(int argc, char **argv);
static int cli_help(int argc, char **argv);
static int cli_completion(int argc, char **argv);

/** Options of every verb that reads rules (signatures/language/tools, signatures/compile/tools). */
#define READING                                                                                    \
	" --vars --suricata-yaml --classification --reference --threshold --policy --enable-conf"  \
	" --disable-conf --modify-conf --drop-conf --dialect --data-dir"

const struct cli_verb cli_verbs[] = {
	{NULL, "status", "[--json]", "what runs, what passes, what is in force", "--json", cli_status},
	{NULL, "events", "[--follow] [--last N] [--type T] [--json]", "the last events",
		"--follow --last --type --json", cli_events},
	{NULL, "counters", "[--json] [--all]", "every counter", "--json --all", cli_counters},
	{NULL, "bypass", "on [--for 10m] [--wire NAME] | off [--wire NAME] [--json]",
		"forward everything uninspected, or inspect again", "on off --for --wire --json",
		cli_bypass},
	{NULL, "replay", "--pcap FILE... (--rules FILE... | --image FILE) [...]",
		"run the inspection over captures",
		"--pcap --rules --image --eve --eve-dir --vars --suricata-yaml --set --simulate-ips "
		"-k --out --events --rule-stats --jobs --json --verbose --quiet "
		"--simulate-packet-flow-memcap --simulate-packet-tcp-ssn-memcap "
		"--simulate-packet-tcp-reassembly-memcap --simulate-packet-defrag-memcap "
		"--simulate-applayer-error-at-offset-ts --simulate-applayer-error-at-offset-tc",
		cli_replay},
	{"rules", "check", "FILE... [--strict] [--vars FILE] [--json]",
		"read rules, list what is refused, where and why", "--strict --quiet --json --set" READING,
		cli_rules_check},
	{"rules", "keywords", "[--json | --markdown | --man]",
		"every keyword of the language and its status",
		"--json --markdown --man", cli_rules_keywords},
	{"rules", "stats", "FILE... [--json]", "rules by action, protocol, class, keyword, buffer",
		"--json --set" READING, sig_cmd_stats},
	{"rules", "list", "FILE... [--where KEY=VALUE] [--json]", "the rules that satisfy conditions",
		"--where --json --disabled --set" READING, sig_cmd_list},
	{"rules", "diff", "OLD NEW [--json]", "rules added, removed and changed, and what that blocks",
		"--json --disabled --set" READING, sig_cmd_diff},
	{"rules", "plan", "--policy FILE|NAME FILE... [--quiet] [--json]",
		"what a policy changes, before it does", "--quiet --json --set" READING, sig_cmd_plan},
	{"rules", "compile", "FILE... -o IMAGE [--strict] [--policy P] [--vars FILE] [--json]",
		"make a signature image",
		"-o --output --cache --threads --literals --searches --longest-content --reputation-categories "
		"--reputation-file --strict --quiet --json --set" READING, sig_cmd_compile},
	{"rules", "activate",
		"[--layer L] [--mode M] [--policy P] [--dry-run | --strict] IMAGE | FILE... [--json]",
		"bring an image or rule files into force on every worker",
		"--layer --mode --dry-run --strict --json vendor jsig verdict off shadow alert prevent" READING,
		cli_rules_activate},
	{"rules", "rollback", "[--layer L] [--json]", "return to the generation before",
		"--layer --json vendor jsig verdict", cli_rules_rollback},
	{"rules", "active", "[--json]", "what is in force in each layer", "--json",
		cli_rules_show},
	{"rules", "explain", "SID FILE...", "how a signature is compiled and run",
		"--image --json --set" READING,
		sig_cmd_explain},
	{"rules", "top", "[--by ORDER] [--limit N] [--layer L] [--stats FILE] [--json]",
		"signatures that cost, match or miss most",
		"--by --limit --layer --stats --json cost matches misses evaluations hits", cli_rules_top},
	{"rules", "unused", "[--since 30d] [--layer L] [--stats FILE] [--json]",
		"signatures that have not matched", "--since --layer --stats --json", cli_rules_unused},
	{"settings", "show", "[--json]", "settings in force, and which of the site's are not", "--json",
		cli_settings_show},
	{"settings", "check", "[FILE] [--set PATH=VALUE]... [--json]",
		"what of a suricata.yaml would be in force on a wire", "--set --json",
		cli_settings_check},
	{"settings", "apply", "[FILE] [--set PATH=VALUE]... [--json]",
		"a suricata.yaml into force on every worker, while all runs", "--set --json",
		cli_settings_apply},
	{"settings", "undo", "[--json]", "take the last step back", "--json", cli_settings_undo},
	{"settings", "reset", "[--json]", "return to the settings of sekishod's command line", "--json",
		cli_settings_reset},
	{"lab", "up", "[--dir DIR] [--rules FILE] [--workers N] [--mtu N] [--json]",
		"two namespaces and a wire between them, on this machine",
		"--dir --rules --workers --mtu --json", cli_lab_up},
	{"lab", "down", "[--dir DIR] [--json]", "take the lab away", "--dir --json", cli_lab_down},
	{NULL, "version", "[--json]", "version of this program", "--json", cli_version},
	{NULL, "help", "[VERB]", "this text", "", cli_help},
	{NULL, "completion", "bash", "completion for a shell, to be sourced", "bash", cli_completion},
	{NULL, NULL, NULL, NULL, NULL, NULL},
};

static void usage(FILE *f)
{
	fputs("usage: sekisho VERB [ARGUMENT...]\n\n", f);
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%s%s", v->group ? v->group : "", v->group ? " " : "",
			v->name);
		fprintf(f, "  %-16s %s\n", name, v->text);
	}
	fputs("\nThe appliance is found by SEKISHO_RUN_DIR (default /run/sekisho).\n"
		"Exit status: 0 done, 1 failed, 2 wrong usage, 3 no daemon answers.\n", f);
}

static int cli_version(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--json") == 0)
		puts("{\"version\":\"" SEKISHO_VERSION "\"}");
	else
		puts("sekisho " SEKISHO_VERSION);
	return CLI_OK;
}

static void describe(const struct cli_verb *v)
{
	printf("usage: sekisho %s%s%s %s\n    %s\n    options: %s; what they mean: man sekisho\n",
		v->group ? v->group : "", v->group ? " " : "", v->name, v->args, v->text,
		*v->words ? v->words : "none");
}

/** Runs a verb; `--help` alone is answered from the table, except by verbs that know more themselves. */
static int run_verb(const struct cli_verb *v, int argc, char **argv)
{
	bool own = v->run == cli_replay || v->run == sig_cmd_compile || v->run == sig_cmd_explain;

	if (!own && argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		describe(v);
		return CLI_OK;
	}
	return v->run(argc, argv);
}

static int cli_help(int argc, char **argv)
{
	bool found = argc < 2;

	if (argc < 2)
		usage(stdout);
	for (const struct cli_verb *v = cli_verbs; argc > 1 && v->name != NULL; v++) {
		const char *last = argv[argc - 1];

		if (strcmp(last, v->name) != 0 && (v->group == NULL || strcmp(last, v->group) != 0))
			continue;
		describe(v);
		found = true;
	}
	if (!found)
		fprintf(stderr, "sekisho help: no verb '%s'\n", argv[1]);
	return found ? CLI_OK : CLI_USAGE;
}

static void completion_words(const char *group)
{
	const char *last = "";

	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++) {
		const char *word = group == NULL && v->group ? v->group : v->name;

		if ((group == NULL) == (v->group != NULL) && group != NULL)
			continue;
		if (group != NULL && strcmp(v->group, group) != 0)
			continue;
		if (strcmp(word, last) != 0)
			printf(" %s", word);
		last = word;
	}
}

/** The completion script, made from the table. */
static int cli_completion(int argc, char **argv)
{
	static const char *const groups[] = {"rules", "settings", "lab"};

	if (argc != 2 || strcmp(argv[1], "bash") != 0) {
		fputs("usage: sekisho completion bash\n", stderr);
		return CLI_USAGE;
	}
	puts("# bash completion for sekisho; made by: sekisho completion bash");
	puts("_sekisho()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]}\n\tlocal words=");
	puts("\tif [ \"$COMP_CWORD\" -eq 1 ]; then");
	fputs("\t\twords='", stdout);
	completion_words(NULL);
	puts("'\n\telse\n\t\tcase \"$verb ${COMP_WORDS[2]}\" in");
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++)
		if (v->group != NULL)
			printf("\t\t\"%s %s\") words='%s' ;;\n", v->group, v->name, v->words);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		printf("\t\t\"%s \"*) words='", groups[i]);
		completion_words(groups[i]);
		puts("' ;;");
	}
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++)
		if (v->group == NULL)
			printf("\t\t\"%s \"*) words='%s' ;;\n", v->name, v->words);
	puts("\t\tesac\n\tfi\n"
		"\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"; compgen -f -- \"$cur\")\n"
		"\t[ \"$COMP_CWORD\" -ne 1 ] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
		"}\ncomplete -o filenames -F _sekisho sekisho");
	return CLI_OK;
}

int main(int argc, char **argv)
{
	const char *group = argc > 1 ? argv[1] : NULL;
	bool known_group = false;

	if (argc < 2) {
		usage(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "--version") == 0)
		return cli_version(argc - 1, argv + 1);
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++) {
		if (v->group == NULL && strcmp(v->name, argv[1]) == 0)
			return run_verb(v, argc - 1, argv + 1);
		if (v->group == NULL || strcmp(v->group, group) != 0)
			continue;
		known_group = true;
		if (argc > 2 && strcmp(v->name, argv[2]) == 0)
			return run_verb(v, argc - 2, argv + 2);
	}
	if (known_group) {
		fprintf(stderr, "sekisho %s: %s%s; one of:", group, argc > 2 ? "no verb " :
			"a verb is missing", argc > 2 ? argv[2] : "");
		for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++)
			if (v->group != NULL && strcmp(v->group, group) == 0)
				fprintf(stderr, " %s", v->name);
		fputc('\n', stderr);
	} else {
		fprintf(stderr, "sekisho: no verb '%s' (see sekisho help)\n", argv[1]);
	}
	return CLI_USAGE;
}
