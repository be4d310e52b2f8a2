/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What authors get wrong. Each mistake must be refused with the right line and column, the word at
 * fault, and a cure. The column is given by a mark: ^ stands before the character it points to and
 * is taken out before loading. Each rule stands on line 3 of its file.
 */
#include "load.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *rule;
	const char *sentence; /* part of it */
} mistakes[] = {
	{"^alrt tcp any any -> any any (sid:1;)", "unknown action"},
	{"alert tcp any any -> any any (hostbits:set,a,^both; sid:1;)", "of one host"},
	{"alert ^tpc any any -> any any (sid:1;)", "unknown protocol"},
	{"alert tcp ^$HOMENET any -> any any (sid:1;)", "unknown variable"},
	{"alert tcp any ^$HOME_NET -> any any (sid:1;)", "variable is of the other kind"},
	{"alert tcp ^10.0.0.0/33 any -> any any (sid:1;)", "mask is not valid"},
	{"alert tcp [10.0.0.1,^10.0.0.256] any -> any any (sid:1;)", "not an address"},
	{"alert tcp any ^70000 -> any any (sid:1;)", "not a port"},
	{"alert tcp any ^90:80 -> any any (sid:1;)", "backwards"},
	{"alert tcp ^!any any -> any any (sid:1;)", "matches nothing"},
	{"alert tcp [^10.1.0.0/16,!10.0.0.0/8] any -> any any (sid:1;)", "list is empty"},
	{"alert tcp any any ^<- any any (sid:1;)", "<- does not exist"},
	{"alert tcp any any -> ^any (sid:1;)", "before its destination port"},
	{"alert tcp any any -> any any (content:\"a\"; sid:1^; ", "not closed with a parenthesis"},
	{"alert tcp any any -> any any (content:\"a\"; ^sid:1)", "not ended"},
	{"alert tcp any any -> any any (content:\"a\";^)", "no sid"},
	{"alert tcp any any -> any any (sid:^0;)", "sid must be a number"},
	{"alert tcp any any -> any any (^contnet:\"a\"; sid:1;)", "unknown keyword"},
	{"alert tcp any any -> any any (content:^\"a; sid:1;)", "quotes of content are not closed"},
	{"alert tcp any any -> any any (content:^\"a;b\"; sid:1;)",
		"quotes of content are not closed"},
	{"alert tcp any any -> any any (content:^abc; sid:1;)", "must be in quotes"},
	{"alert tcp any any -> any any (^content:\"\"; sid:1;)", "pattern is empty"},
	{"alert tcp any any -> any any (frame:^pdu; content:\"a\"; sid:1;)", "what protocol"},
	{"alert mqtt any any -> any any (frame:^hdr; content:\"a\"; sid:1;)", "no frame of this name"},
	{"alert smb any any -> any any (^frame:http1.request; content:\"a\"; sid:1;)", "belongs to"},
	{"alert tcp any any -> any any (content:\"|^4|\"; sid:1;)", "two hexadecimal digits"},
	{"alert tcp any any -> any any (content:\"a^|41\"; sid:1;)", "not closed with a bar"},
	{"alert tcp any any -> any any (content:\"^\\d\"; sid:1;)", "can be escaped"},
	{"alert tcp any any -> any any (^nocase; content:\"a\"; sid:1;)",
		"needs a content before it"},
	{"alert tcp any any -> any any (content:\"abc\"; content:\"d\"; within:^-1; sid:1;)",
		"less than the 1 bytes"},
	{"alert tcp any any -> any any (content:\"abc\"; depth:^2; sid:1;)",
		"less than the 3 bytes"},
	{"alert tcp any any -> any any (content:\"abc\"; offset:1; ^distance:1; sid:1;)",
		"does not go with offset or depth"},
	{"alert tcp any any -> any any (content:\"a\"; startswith; ^offset:1; sid:1;)",
		"contradicts startswith"},
	{"alert tcp any any -> any any (content:\"a\"; fast_pattern; content:\"b\"; ^fast_pattern; "
	 "sid:1;)",
		"given twice in one rule"},
	{"alert http any any -> any any (^http.uri; sid:1;)", "nothing is looked for in http.uri"},
	{"alert http any any -> any any (http.uri; ^absent; content:!\"a\"; sid:1;)",
		"nothing can be asked of a buffer that is absent"},
	{"alert http any any -> any any (http.uri; ^absent:or_else; sid:1;)",
		"or_else needs a test"},
	{"alert http any any -> any any (http.uri; ^absent:or_else; content:\"a\"; sid:1;)",
		"cannot be asked for a content"},
	{"alert ip any any -> any any (detection_filter:^track by_src,count 1,seconds 1,"
	 "unique_on dst_port; sid:1;)",
		"needs a protocol with ports"},
	{"alert ldap any any -> any any (ldap.responses.operation:bind_response,oob_or ^x; sid:1;)",
		"not an index"},
	{"alert http any any -> any any (^http.uri; http.host; content:\"a\"; sid:1;)",
		"nothing is looked for in http.uri"},
	{"alert http any any -> any any (http.uri; content:\"a\"; ^http_uri; sid:1;)",
		"stands inside the sticky buffer"},
	{"alert http any any -> any any (^http_uri; content:\"a\"; sid:1;)",
		"needs a content before it"},
	{"alert tls any any -> any any (^http.uri; content:\"a\"; sid:1;)",
		"the rule is about tls"},
	{"alert http any any -> any any (http.host; ^content:\"EVIL.example\"; sid:1;)",
		"can never match"},
	{"alert http any any -> any any (flow:to_client; ^http.uri; content:\"a\"; sid:1;)",
		"does not exist in the direction"},
	{"alert http any any -> any any (http.uri; content:\"a\"; ^dsize:>1; sid:1;)",
		"looks at one packet"},
	{"alert http any any -> any any (http.uri; content:\"abcd\"; ^bsize:3; sid:1;)",
		"contents need 4 bytes"},
	{"alert tcp any any -> any any (pcre:\"^abc\"; sid:1;)", "not between slashes"},
	{"alert tcp any any -> any any (pcre:\"/a(b^/\"; sid:1;)",
		"regular expression is not valid"},
	{"alert tcp any any -> any any (pcre:\"/a/i^q\"; sid:1;)", "unknown flag of pcre"},
	{"alert tcp any any -> any any (byte_test:^1,>,2; sid:1;)", "at least four arguments"},
	{"alert tcp any any -> any any (byte_jump:^len,0; sid:1;)", "unknown byte variable"},
	{"alert tcp any any -> any any (flow:to_server,^to_client; sid:1;)", "contradicts"},
	{"alert tcp any any -> any any (flow:^establised; sid:1;)", "does not know this word"},
	{"alert tcp any any -> any any (flowbits:^sett,a; sid:1;)", "unknown command"},
	{"alert tcp any any -> any any (threshold:^type limit,track by_src; sid:1;)", "missing"},
	{"alert tcp any any -> any any (dsize:^abc; sid:1;)", "not a number"},
	{"alert tcp any any -> any any (dsize:^5<>6; sid:1;)", "range is empty"},
	{"alert tcp any any -> any any (^msg:\"a\"; msg:\"b\"; sid:1;)", "given twice"},
	{"alert ip any any -> any any (^bsize:1; sid:1;)", "needs a sticky buffer"},
	{"alert dns any any -> any any (^dataset:isset,x; sid:1;)", "needs a sticky buffer"},
	{"alert tcp any any -> any any (^to_md5; content:\"a\"; sid:1;)", "needs a sticky buffer"},
	{"alert http any any -> any any (^base64_data; content:\"a\"; sid:1;)",
		"without base64_decode"},
	{"alert tcp any any -> any any (flags:S^X; sid:1;)", "not a TCP flag"},
	{"alert tcp any any -> any any (^;sid:1;)", "option without a keyword"},
};

static int check(size_t i)
{
	char text[1024] = "# a comment\n\n";
	char *at = text + strlen(text), *mark;
	struct sig_ruleset *set;
	const struct sig_error *e = NULL;
	uint32_t column;
	int bad = 0;

	/* the second msg is at fault, not the first: the mark of that one case is moved there */
	strcat(text, mistakes[i].rule);
	mark = strchr(at, '^');
	assert_non_null(mark);
	column = (uint32_t)(mark - at) + 1;
	memmove(mark, mark + 1, strlen(mark));
	if (strstr(mistakes[i].rule, "msg:\"b\""))
		column = (uint32_t)(strstr(at, "msg:\"b\"") - at) + 1;
	strcat(text, "\nalert tcp any any -> any any (msg:\"sound\"; sid:99;)\n");
	set = load_text(text, SIG_DIALECT_SURICATA);
	for (size_t k = 0; k < set->errors_n && !e; k++) {
		if (set->error[k].severity == SIG_SEV_REFUSED)
			e = &set->error[k];
	}
	if (!e || !strstr(e->sentence, mistakes[i].sentence) || e->column != column ||
		e->line != 3 || !*e->cure)
		bad = 1, print_error("%s\n  wanted column %u, '%s'\n  got %u:%u '%s' cure '%s'\n",
				 mistakes[i].rule, column, mistakes[i].sentence, e ? e->line : 0,
				 e ? e->column : 0, e ? e->sentence : "no error", e ? e->cure : "");
	assert_int_equal(set->refused, 1);
	assert_int_equal(set->rules_n, 1); /* the rest loads */
	assert_int_equal(set->rule[0]->sid, 99);
	sig_ruleset_destroy(set);
	return bad;
}

static void each_mistake_has_place_and_cure(void **state)
{
	int bad = 0;

	assert_true(sizeof(mistakes) / sizeof(mistakes[0]) >= 40);
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		bad += check(i);
	assert_int_equal(bad, 0);
}

static void a_repeated_sid_names_the_first(void **state)
{
	struct sig_ruleset *set = load_text("alert tcp any any -> any any (sid:7; rev:1;)\n"
					    "alert udp any any -> any any (sid:7; rev:1;)\n",
		SIG_DIALECT_SURICATA);

	assert_int_equal(set->loaded, 1);
	assert_int_equal(set->refused, 1);
	assert_int_equal(set->error[0].line, 2);
	assert_int_equal(set->error[0].column, 31);
	assert_string_equal(set->error[0].token, "sid:7");
	assert_true(*set->error[0].cure);
	assert_non_null(strstr(set->error[0].sentence, "test.rules:1"));
	assert_int_equal(set->error[0].sid, 7);
	sig_ruleset_destroy(set);
}

// Loads, as at the peer; the author is told.
static void only_stream_without_streams(void **state)
{
	struct sig_ruleset *set = load_text("alert udp any any -> any any (flow:only_stream; "
		"content:\"a\"; sid:1;)\nalert ip any any -> any any (flow:only_stream; content:\"a\"; sid:2;)\n"
		"alert udp any any -> any any (flow:only_stream; sid:3;)\n", SIG_DIALECT_SURICATA);

	assert_int_equal(set->loaded, 3);
	assert_int_equal(set->errors_n, 1);
	assert_int_equal(set->error[0].severity, SIG_SEV_WARNING);
	assert_int_equal(set->error[0].column, 36);
	assert_non_null(strstr(set->error[0].sentence, "never match"));
	sig_ruleset_destroy(set);
}

static void a_repeated_sid_in_a_continued_rule(void **state)
{
	struct sig_ruleset *set = load_text("alert tcp any any -> any any (sid:7; rev:1;)\n"
					    "alert udp any any -> any any (msg:\"a\"; \\\n"
					    "  sid:7; rev:1;)\n",
		SIG_DIALECT_SURICATA);

	assert_int_equal(set->refused, 1);
	assert_int_equal(set->error[0].line, 3);
	assert_int_equal(set->error[0].column, 3);
	sig_ruleset_destroy(set);
}

static void a_newer_revision_replaces(void **state)
{
	struct sig_ruleset *set = load_text("alert tcp any any -> any any (sid:7; rev:1;)\n"
					    "alert udp any any -> any any (sid:7; rev:2;)\n",
		SIG_DIALECT_SURICATA);

	assert_int_equal(set->rules_n, 1);
	assert_int_equal(set->rule[0]->rev, 2);
	assert_int_equal(set->refused, 0);
	assert_int_equal(set->skipped, 1);
	sig_ruleset_destroy(set);
}

static void a_place_in_a_continued_line(void **state)
{
	struct sig_ruleset *set = load_text("alert tcp any any -> any any ( \\\n"
					    "    msg:\"x\"; \\\n"
					    "    contnet:\"a\"; sid:1;)\n",
		SIG_DIALECT_SURICATA);

	assert_int_equal(set->refused, 1);
	assert_int_equal(set->error[0].line, 3);
	assert_int_equal(set->error[0].column, 5);
	assert_string_equal(set->error[0].token, "contnet");
	assert_string_equal(set->error[0].cure, "did you mean content?");
	sig_ruleset_destroy(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_has_place_and_cure),
		cmocka_unit_test(a_repeated_sid_names_the_first),
		cmocka_unit_test(only_stream_without_streams),
		cmocka_unit_test(a_repeated_sid_in_a_continued_rule),
		cmocka_unit_test(a_newer_revision_replaces),
		cmocka_unit_test(a_place_in_a_continued_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
