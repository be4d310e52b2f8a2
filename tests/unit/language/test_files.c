/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files as sites have them, and the files beside them. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static int make_dir(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/sekisho-test-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return system(cmd);
}

static const char *put(const char *name, const char *content)
{
	static char path[4][256];
	static int turn;
	char *p = path[turn++ % 4];
	FILE *f;

	snprintf(p, 256, "%s/%s", dir, name);
	f = fopen(p, "w");
	assert_non_null(f);
	fputs(content, f);
	fclose(f);
	return p;
}

static void comments_line_ends_and_continuations(void **state)
{
	struct sig_ruleset *set =
		load_text("\xef\xbb\xbf# heading\r\n"
			  "  alert tcp any any -> any any (sid:1;)\r\n"
			  "#alert tcp any any -> any any (sid:2;)\n"
			  "# see also alert (x)\n"
			  "\t\n;\n"
			  "alert tcp any any -> any any (msg:\"a \\\n  b\"; \\\r\n\tsid:3;)\n"
			  "alert udp any any -> any any (sid:4;)",
			SIG_DIALECT_AUTO);

	assert_int_equal(set->loaded, 3);
	assert_int_equal(set->refused, 0);
	assert_int_equal(set->disabled, 1);
	assert_int_equal(set->rule[0]->line, 2);
	assert_int_equal(set->rule[1]->line, 7);
	assert_string_equal(set->rule[1]->msg, "a   b");
	assert_int_equal(set->rule[2]->line, 10);
	sig_ruleset_destroy(set);
}

static void encodings(void **state)
{
	struct sig_ruleset *set =
		load_text("alert tcp any any -> any any (msg:\"caf\xe9 \xc3\xa9\"; "
			  "content:\"\xe9\"; sid:1;)\n",
			SIG_DIALECT_AUTO);

	assert_int_equal(set->loaded, 1);
	assert_string_equal(set->rule[0]->msg, "caf\xc3\xa9 \xc3\xa9"); /* events need UTF-8 */
	assert_int_equal(
		set->rule[0]->opt[0].u.content.pattern.len, 1); /* patterns keep their bytes */
	sig_ruleset_destroy(set);
	set = load_text("\xff\xfe"
			"a",
		SIG_DIALECT_AUTO);
	assert_int_equal(set->errors_n, 1);
	assert_non_null(strstr(set->error[0].sentence, "UTF-16"));
	sig_ruleset_destroy(set);
}

static void directories_and_several_files(void **state)
{
	struct sig_ruleset *set;
	const char *paths[2];

	put("b.rules", "alert tcp any any -> any any (dns.query; dataset:isset,x,type string,load "
		       "x.lst; sid:2;)\n");
	put("a.rules", "alert tcp any any -> any any (sid:1;)\nbroken\n");
	put("note.txt", "not a rule\n");
	paths[0] = dir;
	paths[1] = put("other", "alert tcp any any -> any any (sid:3;)\n");
	assert_int_equal(sig_ruleset_load(paths, 2, NULL, &set), 0);
	assert_int_equal(set->files_n, 3);
	assert_int_equal(set->loaded, 3);
	assert_int_equal(set->file[0].refused, 1);
	assert_int_equal(set->rule[1]->sid, 2);
	assert_true(strncmp(find_opt(set->rule[1], SIG_OPT_DATASET)->u.dataset.load, dir,
			    strlen(dir)) == 0);
	sig_ruleset_destroy(set);
}

static void classification_and_reference(void **state)
{
	struct sig_load_options opts = {0};
	struct sig_ruleset *set;
	const char *text =
		"alert tcp any any -> any any (classtype:mine; reference:wiki,a; sid:1;)\n";

	opts.classification =
		put("class", "# c\nconfig classification: mine,My class,4\nconfig nonsense\n");
	opts.reference = put("ref", "config reference: wiki https://wiki.example/\n");
	assert_int_equal(sig_ruleset_load_text("t", text, strlen(text), &opts, &set), 0);
	assert_int_equal(set->rule[0]->priority, 4);
	assert_string_equal(set->rule[0]->classtype_text, "My class");
	assert_string_equal(set->rule[0]->reference[0].prefix, "https://wiki.example/");
	assert_int_equal(set->errors_n, 1);
	assert_int_equal(set->error[0].line, 3);
	sig_ruleset_destroy(set);
}

static void thresholds(void **state)
{
	struct sig_load_options opts = {
		.threshold = put("threshold.config",
			"# t \\\nsuppress gen_id 1, sig_id 2002087\n" // a comment does not go on
			"suppress gen_id 1, sig_id 2, track by_src, ip [10.0.0.0/8,192.0.2.1]\n"
			"threshold gen_id 1, sig_id 3, type both, track by_dst, count 5, seconds "
			"60\n"
			"event_filter gen_id 0, sig_id 0, type limit, track by_both, count 1, "
			"seconds 2\n"
			"rate_filter gen_id 1, sig_id 4, track by_rule, count 9, \\\r\n\t seconds 8, "
			"new_action drop, timeout 7\n"
			"suppress gen_id 1, sig_id 2, track by_src\n"
			"threshold gen_id 1\n"
			"nonsense\n")};
	struct sig_ruleset *set;

	assert_int_equal(sig_ruleset_load_text("t", "", 0, &opts, &set), 0);
	assert_int_equal(set->globals_n, 5);
	assert_int_equal(set->global[1].side, SIG_SIDE_SRC);
	assert_int_equal(set->global[1].addrs->n4, 2);
	assert_int_equal(set->global[2].threshold.type, SIG_TH_BOTH);
	assert_int_equal(set->global[4].new_action, SIG_NEW_DROP);
	assert_int_equal(set->global[4].timeout_s, 7);
	assert_int_equal(set->errors_n, 3);
	assert_int_equal(set->error[0].line, 8);
	sig_ruleset_destroy(set);
}

// Lines are counted as an editor does, whatever stands at their ends.
static void lines_of_mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} cases[] = {{"\nnonsense\n", 2}, {"\\\n\nnonsense\n", 3}, {"# c\r\n\\\r\n\r\nnonsense\r\n", 4},
		{"suppress gen_id 1, \\\n\\\nsig_id 7\n\nnonsense", 5}, {"\\\n  nonsense\n", 2},
		{"#\r#\nnonsense\n", 2}, {"\\\n\\\n", 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sig_load_options opts = {.threshold = put("threshold.config", cases[i].text)};
		struct sig_ruleset *set;

		assert_int_equal(sig_ruleset_load_text("t", "", 0, &opts, &set), 0);
		assert_int_equal(set->errors_n, cases[i].line != 0);
		if (cases[i].line)
			assert_int_equal(set->error[0].line, cases[i].line);
		sig_ruleset_destroy(set);
	}
}

static const char filtered[] =
	"alert tcp any any -> any any (msg:\"one\"; classtype:misc-attack; sid:1;)\n"
	"# alert tcp any any -> any any (msg:\"two\"; metadata:tag Web, a b; sid:2;)\n"
	"alert tcp any any -> any any (msg:\"three\"; noalert; sid:3;)\n"
	"alert tcp any any -> any any (msg:\"four\"; sid:4; gid:9;)\n";

static void enable_disable_modify_drop(void **state)
{
	struct sig_load_options opts = {0};
	struct sig_ruleset *set;

	opts.enable = put("enable.conf", "metadata: tag web\n");
	opts.disable = put("disable.conf", "9:4\nclasstype:misc-attack\n");
	opts.drop = put("drop.conf", "group:t\n");
	opts.modify = put("modify.conf", "2 \"msg:\\\"(two)\\\"\" \"msg:\\\"\\1 more\\\"\"\n");
	assert_int_equal(
		sig_ruleset_load_text("rules/t.rules", filtered, strlen(filtered), &opts, &set), 0);
	assert_int_equal(set->rules_n, 2);
	assert_int_equal(set->disabled, 2);
	assert_int_equal(set->rule[0]->sid, 2);
	assert_string_equal(set->rule[0]->msg, "two more");
	assert_int_equal(set->rule[0]->action, SIG_ACT_DROP);
	/* A rule that only sets state is never turned into one that blocks. */
	assert_int_equal(set->rule[1]->sid, 3);
	assert_int_equal(set->rule[1]->action, SIG_ACT_ALERT);
	sig_ruleset_destroy(set);
	opts = (struct sig_load_options){
		.disable = put("d2", "re:msg:\"(one|three\nbad line here\n"),
		.keep_disabled = true};
	assert_int_equal(
		sig_ruleset_load_text("t.rules", filtered, strlen(filtered), &opts, &set), 0);
	assert_int_equal(set->loaded, 3); /* the expression is broken: nothing is disabled */
	assert_int_equal(set->rules_n, 4);
	assert_false(set->rule[1]->enabled);
	assert_int_equal(set->errors_n, 2);
	sig_ruleset_destroy(set);
}

/* Each line multiplies the rule by its length: it is refused with its place, the others load. */
static void modify_lines_that_explode(void **state)
{
	struct sig_load_options opts = {
		.modify = put("bomb", "1 \".\" \"oneoneoneo\"\nre:oneone \".\" \"oneoneoneo\"\n"
				      "re:oneone \".\" \"oneoneoneo\"\n")};
	struct sig_ruleset *set;

	assert_int_equal(
		sig_ruleset_load_text("t.rules", filtered, strlen(filtered), &opts, &set), 0);
	assert_int_equal(set->loaded, 2);
	assert_int_equal(set->refused, 1);
	assert_int_equal(set->errors_n, 1);
	assert_int_equal(set->error[0].line, 1);
	assert_int_equal(set->error[0].column, 1);
	assert_string_equal(set->error[0].token, "modify");
	assert_non_null(strstr(set->error[0].sentence, "longer than 65536 bytes"));
	sig_ruleset_destroy(set);
}

/* What only sets state for enabled rules stays, and neither alerts nor blocks. */
static void needed_setters_stay(void **state)
{
	static const char text[] =
		"drop tcp any any -> any any (flowbits:set,a; sid:1;)\n"
		"alert tcp any any -> any any (flowbits:isset,a|x; flowbits:set,b; sid:2;)\n"
		"alert tcp any any -> any any (flowbits:isset,b; sid:3;)\n"
		"alert tcp any any -> any any (flowbits:set,unused; sid:4;)\n"
		"alert tcp any any -> any any (metadata:policy balanced-ips drop; sid:5;)\n";
	struct sig_load_options opts = {.disable = put("setters", "1\n2\n4\n"),
		.drop = put("policy", "metadata: policy balanced-ips drop\n")};
	struct sig_ruleset *set;

	assert_int_equal(sig_ruleset_load_text("t", text, strlen(text), &opts, &set), 0);
	assert_int_equal(set->loaded, 4);
	assert_int_equal(set->disabled, 1);
	assert_int_equal(set->rules_n, 4);
	for (size_t i = 0; i < set->rules_n; i++) {
		const struct sig_rule *r = set->rule[i];

		assert_int_equal(!!(r->flags & SIG_R_NOALERT), r->sid < 3);
		assert_int_equal(r->action, r->sid == 5 ? SIG_ACT_DROP : SIG_ACT_ALERT);
		assert_int_not_equal(r->sid, 4);
	}
	sig_ruleset_destroy(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_line_ends_and_continuations),
		cmocka_unit_test(encodings),
		cmocka_unit_test_setup_teardown(
			directories_and_several_files, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(classification_and_reference, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(thresholds, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(lines_of_mistakes, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(enable_disable_modify_drop, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(modify_lines_that_explode, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(needed_setters_stay, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
