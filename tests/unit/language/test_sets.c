/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, ports and variables. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct sig_addrs *source(const char *expr, struct sig_ruleset **set)
{
	char text[512];

	snprintf(text, sizeof(text), "alert ip %s any -> any any (sid:1;)\n", expr);
	return load_one(text, set)->src;
}

static const struct sig_ports *port(const char *expr, struct sig_ruleset **set)
{
	char text[512];

	snprintf(text, sizeof(text), "alert tcp any %s -> any any (sid:1;)\n", expr);
	return load_one(text, set)->sport;
}

/* Ranges as text: "a-b,c-d". */
static void want4(const char *expr, const char *ranges)
{
	struct sig_ruleset *set;
	const struct sig_addrs *a = source(expr, &set);
	char got[512] = "";

	for (uint32_t i = 0; i < a->n4; i++)
		sprintf(got + strlen(got), "%s%x-%x", i ? "," : "", a->v4[i].lo, a->v4[i].hi);
	assert_string_equal(got, ranges);
	sig_ruleset_destroy(set);
}

static void want_ports(const char *expr, const char *ranges)
{
	struct sig_ruleset *set;
	const struct sig_ports *p = port(expr, &set);
	char got[512] = "";

	for (uint32_t i = 0; i < p->n; i++)
		sprintf(got + strlen(got), "%s%u-%u", i ? "," : "", p->range[i].lo, p->range[i].hi);
	assert_string_equal(got, ranges);
	sig_ruleset_destroy(set);
}

static void addresses(void **state)
{
	want4("10.0.0.1", "a000001-a000001");
	want4("10.0.0.0/8", "a000000-affffff");
	want4("10.0.0.77/255.255.255.0", "a000000-a0000ff");
	want4("0.0.0.0/0", "0-ffffffff");
	want4("192.0.2.1-192.0.2.9", "c0000201-c0000209");
	want4("[10.0.0.0/9,10.128.0.0/9]", "a000000-affffff"); /* adjacent: merged */
	want4("[10.0.0.0/8,!10.0.0.0/9]", "a800000-affffff");
	want4("[10.0.0.0/30,!10.0.0.1]", "a000000-a000000,a000002-a000003");
	want4("!0.0.0.0/1", "80000000-ffffffff");
	want4("[255.255.255.255,0.0.0.0]", "0-0,ffffffff-ffffffff");
	want4("[!10.0.0.0/8,![0.0.0.0/5,16.0.0.0/4]]",
		"8000000-9ffffff,b000000-fffffff,20000000-ffffffff");
	want4("$HOME_NET", "a000000-affffff,ac100000-ac1fffff,c0a80000-c0a8ffff");
	want4("[$HOME_NET,!10.0.0.0/8]", "ac100000-ac1fffff,c0a80000-c0a8ffff");
}

static void families(void **state)
{
	struct sig_ruleset *set;
	const struct sig_addrs *a = source("any", &set);

	assert_true(a->any);
	sig_ruleset_destroy(set);
	a = source("[0.0.0.0/0,::/0]", &set);
	assert_true(a->any);
	sig_ruleset_destroy(set);
	a = source("2001:db8::/32", &set);
	assert_int_equal(a->n4, 0);
	assert_int_equal(a->n6, 1);
	assert_int_equal(a->v6[0].lo[3], 0xb8);
	assert_int_equal(a->v6[0].hi[15], 0xff);
	sig_ruleset_destroy(set);
	/* Not one address of IPv4 leaves all of IPv6. */
	a = source("!10.0.0.0/8", &set);
	assert_int_equal(a->n6, 1);
	assert_false(a->any);
	sig_ruleset_destroy(set);
}

static void ports(void **state)
{
	want_ports("80", "80-80");
	want_ports("any", "0-65535");
	want_ports("1024:", "1024-65535");
	want_ports(":1023", "0-1023");
	want_ports("[80,443,81:90,!85]", "80-84,86-90,443-443");
	want_ports("!80", "0-79,81-65535");
	want_ports("![0:79,81:65535]", "80-80");
	want_ports("[65535,0]", "0-0,65535-65535");
	want_ports("$FILE_DATA_PORTS", "80-80,110-110,143-143");
}

static void equal_sets_are_one_object(void **state)
{
	struct sig_ruleset *set =
		load_text("alert tcp [10.0.0.0/8,192.0.2.1] any -> any any (sid:1;)\n"
			  "alert tcp [192.0.2.1, 10.0.0.0/9,10.128.0.0/9] 1: -> any any (sid:2;)\n"
			  "alert tcp any [1:65535] -> any any (sid:3;)\n",
			SIG_DIALECT_SURICATA);

	assert_int_equal(set->rules_n, 3);
	assert_ptr_equal(set->rule[0]->src, set->rule[1]->src);
	assert_ptr_equal(set->rule[1]->sport, set->rule[2]->sport);
	sig_ruleset_destroy(set);
}

static struct sig_ruleset *with_vars(const char *text, struct sig_vars *vars)
{
	struct sig_load_options opts = {.vars = vars, .dialect = SIG_DIALECT_SURICATA};
	struct sig_ruleset *set;

	assert_int_equal(sig_ruleset_load_text("t", text, strlen(text), &opts, &set), 0);
	return set;
}

static void variables(void **state)
{
	struct sig_vars *vars = sig_vars_create();
	struct sig_ruleset *set;

	assert_int_equal(sig_vars_set(vars, "HOME_NET", "[10.9.0.0/16]"), 0);
	assert_int_equal(sig_vars_set(vars, "vars.port-groups.MY_PORTS", "[1,2]"), 0);
	assert_int_equal(sig_vars_set(vars, "LOOP", "$LOOP"), 0);
	assert_int_equal(sig_vars_set(vars, "bad name", "x"), -22);
	assert_string_equal(sig_vars_get(vars, "MY_PORTS", true), "[1,2]");
	assert_null(sig_vars_get(vars, "MY_PORTS", false));
	set = with_vars("alert tcp $EXTERNAL_NET any -> $HOME_NET $MY_PORTS (sid:1;)\n", vars);
	assert_int_equal(set->rules_n, 1);
	assert_int_equal(set->rule[0]->dst->v4[0].lo, 0x0a090000);
	assert_int_equal(set->rule[0]->dport->range[0].hi, 2);
	sig_ruleset_destroy(set);
	set = with_vars("alert tcp $LOOP any -> any any (sid:1;)\n", vars);
	assert_int_equal(set->refused, 1);
	sig_ruleset_destroy(set);
	sig_vars_destroy(vars);
}

static char *temp_file(const char *content)
{
	char *path = strdup("/tmp/sekisho-test-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	return path;
}

static void variables_from_files(void **state)
{
	char *json = temp_file("{\"vars\": {\"address-groups\": {\"HOME_NET\": \"10.1.0.0/16\"},"
			       "\"port-groups\": {\"HTTP_PORTS\": 8080}}, \"ips\": false}");
	char *yaml = temp_file(
		"%YAML 1.1\n---\nother:\n  - a: {b: [c, d]}\nvars:\n  address-groups:\n"
		"    HOME_NET: \"[10.2.0.0/16]\"\n  port-groups:\n    HTTP_PORTS: \"81\"\nx: y\n");
	char *bad = temp_file("{\"vars\": ");
	struct sig_vars *vars = sig_vars_create();
	struct sig_error e;

	assert_int_equal(sig_vars_load_json(vars, json, &e), 0);
	assert_string_equal(sig_vars_get(vars, "HOME_NET", false), "10.1.0.0/16");
	assert_string_equal(sig_vars_get(vars, "HTTP_PORTS", true), "8080");
	assert_int_equal(sig_vars_load_yaml(vars, yaml, &e), 0);
	assert_string_equal(sig_vars_get(vars, "HOME_NET", false), "[10.2.0.0/16]");
	assert_string_equal(sig_vars_get(vars, "HTTP_PORTS", true), "81");
	assert_true(sig_vars_load_json(vars, bad, &e) < 0);
	assert_true(sig_vars_load_yaml(vars, "/nonexistent/x", &e) < 0);
	sig_vars_destroy(vars);
	unlink(json);
	unlink(yaml);
	unlink(bad);
	free(json);
	free(yaml);
	free(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(families),
		cmocka_unit_test(ports),
		cmocka_unit_test(equal_sets_are_one_object),
		cmocka_unit_test(variables),
		cmocka_unit_test(variables_from_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
