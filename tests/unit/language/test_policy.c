/* SPDX-License-Identifier: Apache-2.0 */
/** Policies: what they change, and what they must not. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/policy-XXXXXX";

static struct sig_ruleset *with(const char *policy, const char *rules)
{
	struct sig_load_options opts = {.policy = path};
	struct sig_ruleset *set;
	FILE *f = fopen(path, "w");

	fputs(policy, f);
	fclose(f);
	assert_int_equal(
		sig_ruleset_load_text("rules/web-attacks.rules", rules, strlen(rules), &opts, &set), 0);
	return set;
}

/** -1: not in force. */
static int action(const struct sig_ruleset *set, uint32_t sid)
{
	for (size_t i = 0; i < set->rules_n; i++) {
		if (set->rule[i]->sid == sid)
			return (int)set->rule[i]->action;
	}
	return -1;
}

static const struct sig_change *change(const struct sig_ruleset *set, uint32_t sid)
{
	const struct sig_change *last = NULL;

	for (size_t i = 0; i < set->changes_n; i++) {
		if (set->change[i].rule->sid == sid)
			last = &set->change[i];
	}
	return last;
}

#define R(head, body) head " tcp any any -> any any (" body ")\n"

static void conditions(void **state)
{
	static const char rules[] =
		R("alert", "msg:\"one\"; classtype:trojan-activity; sid:1;")
		R("alert", "msg:\"two\"; priority:2; sid:2;")
		R("alert", "msg:\"three\"; metadata:tag Phishing, signature_severity Major; sid:3;")
		R("alert", "msg:\"four fair\"; metadata:deployment Perimeter; sid:4;")
		R("alert", "msg:\"five\"; gid:3; sid:5;") R("drop", "msg:\"six\"; sid:6;")
		R("reject", "msg:\"seven\"; sid:7;") R("pass", "msg:\"eight\"; sid:8;")
		R("# alert", "msg:\"nine\"; classtype:trojan-activity; sid:9;");
	static const struct {
		const char *line;
		uint32_t sid;
		int is;
	} one[] = {{"prevent class:trojan-activity", 1, SIG_ACT_DROP},
		{"prevent classtype:TROJAN-activity", 1, SIG_ACT_DROP},
		{"prevent severity:2", 2, SIG_ACT_DROP}, {"prevent severity:2", 1, SIG_ACT_ALERT},
		{"prevent tag:phishing", 3, SIG_ACT_DROP}, {"prevent severity:Major", 3, SIG_ACT_DROP},
		{"prevent metadata:deployment=perimeter", 4, SIG_ACT_DROP},
		{"prevent msg:*FAIR", 4, SIG_ACT_DROP}, {"prevent gid:3", 5, SIG_ACT_DROP},
		{"prevent gid:3", 4, SIG_ACT_ALERT}, {"prevent sid:5 gid:1", 5, SIG_ACT_ALERT},
		{"prevent re:sid: *4;", 4, SIG_ACT_DROP}, {"prevent group:web-*", 4, SIG_ACT_DROP},
		{"prevent group:mail*", 4, SIG_ACT_ALERT}, {"alert", 6, SIG_ACT_ALERT},
		{"alert", 7, SIG_ACT_ALERT}, {"prevent", 7, SIG_ACT_REJECT}, {"alert", 8, SIG_ACT_PASS},
		{"prevent", 8, SIG_ACT_PASS}, {"off action:pass", 8, -1}, {"off", 8, -1},
		{"prevent class:trojan-activity", 9, -1}, {"alert sid:9", 9, SIG_ACT_ALERT},
		{"prevent sid:9", 9, SIG_ACT_DROP}, {"off\nprevent sid:1", 1, SIG_ACT_DROP},
		{"prevent sid:1\noff", 1, -1}, {"# off", 1, SIG_ACT_ALERT}};

	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		struct sig_ruleset *set = with(one[i].line, rules);

		if (action(set, one[i].sid) != one[i].is)
			fail_msg("'%s': sid %u: %d instead of %d", one[i].line, one[i].sid,
				action(set, one[i].sid), one[i].is);
		assert_int_equal(set->errors_n, 0);
		sig_ruleset_destroy(set);
	}
}

static void setters_never_block(void **state)
{
	struct sig_ruleset *set = with("prevent\n",
		R("alert", "flowbits:set,a; flowbits:noalert; sid:1;")
		R("alert", "xbits:set,b,track ip_src; noalert; sid:2;")
		R("alert", "flowbits:isset,a; sid:3;") R("drop", "flowbits:set,c; noalert; sid:4;"));

	assert_int_equal(action(set, 1), SIG_ACT_ALERT);
	assert_int_equal(action(set, 2), SIG_ACT_ALERT);
	assert_int_equal(action(set, 3), SIG_ACT_DROP);
	assert_int_equal(action(set, 4), SIG_ACT_DROP); /* its author's wish */
	assert_int_equal(change(set, 1)->kind, SIG_CHG_SETTER);
	assert_int_equal(change(set, 3)->kind, SIG_CHG_ACTION);
	assert_null(change(set, 4));
	sig_ruleset_destroy(set);
}

static void setters_stay_on(void **state)
{
	struct sig_ruleset *set = with("off\nprevent sid:3\n",
		R("drop", "msg:\"s\"; flowbits:set,a; sid:1;") R("alert", "flowbits:set,z; sid:2;")
		R("alert", "flowbits:isset,b; sid:3;")
		R("alert", "flowbits:isset,a; flowbits:set,b; noalert; sid:4;"));

	assert_int_equal(set->loaded, 3);
	assert_int_equal(action(set, 1), SIG_ACT_ALERT); /* through 4, for 3: silent, no action */
	assert_int_equal(action(set, 2), -1);
	assert_int_equal(action(set, 3), SIG_ACT_DROP);
	assert_int_equal(action(set, 4), SIG_ACT_ALERT);
	assert_int_equal(change(set, 1)->kind, SIG_CHG_KEPT);
	assert_true(change(set, 1)->rule->flags & SIG_R_NOALERT);
	assert_int_equal(change(set, 2)->kind, SIG_CHG_OFF);
	sig_ruleset_destroy(set);
}

static void vendor_policies(void **state)
{
	static const char rules[] =
		R("alert", "metadata:policy balanced-ips drop, policy security-ips drop; sid:1;")
		R("alert", "metadata:policy balanced-ips alert; sid:2;") R("alert", "sid:3;")
		R("# alert", "metadata:policy security-ips drop; flowbits:isset,s; sid:4;")
		R("# alert", "metadata:policy max-detect-ips drop; flowbits:set,s; flowbits:noalert; sid:5;")
		R("alert", "metadata:policy balanced-ips drop; flowbits:set,q; noalert; sid:6;");
	static const int want[][6] = {{SIG_ACT_DROP, SIG_ACT_ALERT, -1, -1, -1, SIG_ACT_ALERT},
		{SIG_ACT_DROP, -1, -1, SIG_ACT_DROP, SIG_ACT_ALERT, -1}, {-1, -1, -1, -1, -1, -1},
		{SIG_ACT_DROP, SIG_ACT_ALERT, SIG_ACT_DROP, -1, -1, SIG_ACT_ALERT}};
	static const char *const policy[] = {"vendor balanced-ips", "vendor security",
		"vendor connectivity-ips", "vendor balanced\nprevent sid:3"};

	for (size_t i = 0; i < 4; i++) {
		struct sig_ruleset *set = with(policy[i], rules);

		for (uint32_t sid = 1; sid <= 6; sid++) {
			if (action(set, sid) != want[i][sid - 1])
				fail_msg("'%s': sid %u: %d instead of %d", policy[i], sid,
					action(set, sid), want[i][sid - 1]);
		}
		sig_ruleset_destroy(set);
	}
}

static void by_name(void **state)
{
	static const char rules[] = R("alert", "metadata:policy balanced-ips drop; sid:1;") R("alert", "sid:2;");
	struct sig_load_options opts = {.policy = "balanced"};
	struct sig_ruleset *set;

	assert_int_equal(sig_ruleset_load_text("t", rules, strlen(rules), &opts, &set), 0);
	assert_int_equal(action(set, 1), SIG_ACT_DROP);
	assert_int_equal(action(set, 2), -1);
	sig_ruleset_destroy(set);
	opts.policy = "no-such-policy";
	assert_int_not_equal(sig_ruleset_load_text("t", rules, strlen(rules), &opts, &set), 0);
	sig_ruleset_destroy(set);
}

static void mistakes(void **state)
{
	static const struct {
		const char *line, *word;
	} bad[] = {{"block sid:1", "block"}, {"prevent sid:x", "x"}, {"prevent colour:red", "colour:red"},
		{"prevent re:(", "("}, {"vendor", "vendor"}, {"off metadata:tag", "metadata:tag"},
		{"off group:", "group:"}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[100];
		struct sig_ruleset *set;

		snprintf(text, sizeof(text), "# head\n%s\n", bad[i].line);
		set = with(text, R("alert", "sid:1;"));
		assert_int_equal(set->errors_n, 1);
		assert_int_equal(set->error[0].line, 2);
		assert_string_equal(set->error[0].file, path);
		assert_string_equal(set->error[0].token, bad[i].word);
		assert_true(*set->error[0].cure);
		assert_int_equal(action(set, 1), SIG_ACT_ALERT);
		sig_ruleset_destroy(set);
	}
}

static int done(void **state)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions),
		cmocka_unit_test(setters_never_block),
		cmocka_unit_test(setters_stay_on),
		cmocka_unit_test(vendor_policies),
		cmocka_unit_test(by_name),
		cmocka_unit_test(mistakes),
	};

	close(mkstemp(path));
	return cmocka_run_group_tests(tests, NULL, done);
}
