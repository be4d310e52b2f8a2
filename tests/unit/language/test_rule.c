/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule becomes. */
#include "load.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

static void header_and_meta(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r = load_one("reject http $EXTERNAL_NET any <> $HOME_NET any "
					    "(msg:\"a\\;b \\\"c\\\"\"; content:\"x\"; "
					    "classtype:trojan-activity; reference:cve,2021-1; "
					    "reference:url,e.org/a; target:dest_ip; "
					    "metadata:policy balanced-ips drop, created_at "
					    "2024_01_01; sid:10; gid:3; rev:4;)\n",
		&set);

	assert_int_equal(r->action, SIG_ACT_REJECT);
	assert_int_equal(r->hdr, SIG_HDR_APP);
	assert_int_equal(r->app, SIG_PROTO_HTTP_ANY);
	assert_int_equal(r->arrow, SIG_ARROW_BOTH);
	assert_string_equal(r->msg, "a;b \"c\"");
	assert_int_equal(r->sid, 10);
	assert_int_equal(r->gid, 3);
	assert_int_equal(r->rev, 4);
	assert_int_equal(r->priority, 1);
	assert_string_equal(r->classtype_text, "A Network Trojan was detected");
	assert_int_equal(r->references_n, 2);
	assert_string_equal(r->reference[1].value, "e.org/a");
	assert_string_equal(r->reference[1].prefix, "https://");
	assert_int_equal(r->metadata_n, 2);
	assert_string_equal(r->metadata[0].key, "policy");
	assert_string_equal(r->metadata[0].value, "balanced-ips drop");
	assert_int_equal(r->target, SIG_TARGET_DEST_IP);
	assert_int_equal(r->line, 1);
	sig_ruleset_destroy(set);
}

static void contents(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("alert tcp any any -> any any (content:\"a|42 43|\\;\"; "
			 "offset:2; depth:10; nocase; content:!\"zz\"; distance:-3; within:9; "
			 "content:\"abcdef\"; "
			 "fast_pattern:1,3; endswith; sid:1;)\n",
			&set);
	const struct sig_content *c = &r->opt[0].u.content;

	assert_int_equal(r->opts_n, 3);
	assert_int_equal(c->pattern.len, 4);
	assert_memory_equal(c->pattern.data, "aBC;", 4);
	assert_int_equal(c->flags, SIG_C_OFFSET | SIG_C_DEPTH | SIG_C_NOCASE);
	assert_int_equal(c->offset.num, 2);
	assert_int_equal(c->depth.num, 10);
	assert_int_equal(c->depth.var, SIG_VAR_NONE);
	c = &r->opt[1].u.content;
	assert_int_equal(c->flags, SIG_C_NEGATED | SIG_C_DISTANCE | SIG_C_WITHIN);
	assert_int_equal(c->distance.num, -3);
	c = &r->opt[2].u.content;
	assert_int_equal(c->flags, SIG_C_FAST_PATTERN | SIG_C_FAST_CHOP | SIG_C_ENDSWITH);
	assert_int_equal(c->chop_offset, 1);
	assert_int_equal(c->chop_len, 3);
	assert_int_equal(r->lists_n, 1);
	assert_int_equal(r->list[0].buffer, SIG_BUF_PAYLOAD);
	assert_int_equal(r->flags & SIG_R_PAYLOAD, SIG_R_PAYLOAD);
	sig_ruleset_destroy(set);
}

static enum sig_buffer buffer_of(const struct sig_rule *r, int opt)
{
	return r->list[r->opt[opt].list].buffer;
}

static void legacy_modifiers_move_their_content(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("alert tcp any any -> any any (content:\"GET\"; http_method; "
			 "content:\"body\"; content:\"/x\"; http_uri; nocase; pcre:\"/y/Ui\"; "
			 "content:\"z\"; "
			 "uricontent:\"w\"; sid:1;)\n",
			&set);

	assert_int_equal(buffer_of(r, 0), SIG_BUF_HTTP_METHOD);
	assert_int_equal(buffer_of(r, 1), SIG_BUF_PAYLOAD);
	assert_int_equal(buffer_of(r, 2), SIG_BUF_HTTP_URI);
	assert_int_equal(r->opt[2].u.content.flags, SIG_C_NOCASE);
	assert_int_equal(buffer_of(r, 3), SIG_BUF_HTTP_URI);
	assert_int_equal(r->opt[3].u.pcre.pcre2_options, PCRE2_CASELESS);
	assert_int_equal(buffer_of(r, 4), SIG_BUF_PAYLOAD);
	assert_int_equal(buffer_of(r, 5), SIG_BUF_HTTP_URI);
	assert_int_equal(r->app, SIG_PROTO_HTTP_ANY);
	assert_int_equal(r->lists_n, 3);
	sig_ruleset_destroy(set);
}

static void sticky_buffers(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("alert http any any -> any any (http.uri; content:\"a\"; "
			 "http.method; content:\"b\"; http.uri; content:\"c\"; distance:0; "
			 "pkt_data; content:\"d\"; "
			 "sid:1;)\n",
			&set);

	/* a buffer with one instance, named again, is the same list */
	assert_int_equal(r->lists_n, 3);
	assert_int_equal(r->opt[0].list, r->opt[2].list);
	assert_int_equal(buffer_of(r, 3), SIG_BUF_PAYLOAD);
	assert_int_equal(r->dirs, SIG_BUF_TS);
	sig_ruleset_destroy(set);
	r = load_one(
		"alert dns any any -> any any (dns.query; content:\"a\"; dns.query; content:\"b\"; "
		"dns.query; to_lowercase; content:\"c\"; sid:1;)\n",
		&set);
	assert_int_equal(r->lists_n, 3);
	assert_int_equal(r->list[0].instance, 0);
	assert_int_equal(r->list[1].instance, 1);
	assert_int_equal(r->list[2].instance, 0); /* other transforms: another buffer */
	assert_int_equal(r->list[2].transforms_n, 1);
	sig_ruleset_destroy(set);
	r = load_one("alert http any any -> any any (http.uri; content:\"a\"; url_decode; "
		     "content:\"b\"; "
		     "sid:1;)\n",
		&set);
	assert_int_equal(r->lists_n, 2);
	assert_int_equal(r->list[0].transforms_n, 0);
	assert_int_equal(r->list[1].transforms_n, 1);
	sig_ruleset_destroy(set);
}

static void byte_variables(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("alert tcp any any -> any any (content:\"a\"; "
			 "byte_extract:2,1,len,relative,little,multiplier 2; byte_math:bytes "
			 "1,offset 0,oper -,"
			 "rvalue len,result rest; content:\"b\"; distance:len; within:rest; "
			 "byte_test:4,!&,0xffffffff,len,bitmask 0xf0; byte_jump:len,0,post_offset "
			 "-1; isdataat:!rest,relative; "
			 "sid:1;)\n",
			&set);
	const struct sig_byte_extract *x = &r->opt[1].u.byte_extract;
	const struct sig_byte_test *t = &r->opt[4].u.byte_test;

	assert_int_equal(r->vars_n, 2);
	assert_string_equal(r->var_name[x->var], "len");
	assert_int_equal(x->flags, SIG_B_RELATIVE | SIG_B_LITTLE);
	assert_int_equal(x->multiplier, 2);
	assert_int_equal(r->opt[2].u.byte_math.rvalue.var, x->var);
	assert_string_equal(r->var_name[r->opt[3].u.content.within.var], "rest");
	assert_int_equal(t->op, SIG_BT_AND);
	assert_int_equal(t->flags, SIG_B_NEGATED | SIG_B_BITMASK);
	assert_int_equal(t->value.num, 0xffffffff);
	assert_int_equal(t->offset.var, x->var);
	assert_int_equal(t->bitmask, 0xf0);
	assert_int_equal(r->opt[5].u.byte_jump.post_offset.num, -1);
	sig_ruleset_destroy(set);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		enum sig_op op;
		uint64_t a, b;
	} cases[] = {
		{"5", SIG_OP_EQ, 5, 0},
		{"!5", SIG_OP_NE, 5, 0},
		{"!=5", SIG_OP_NE, 5, 0},
		{"<5", SIG_OP_LT, 5, 0},
		{"<=5", SIG_OP_LE, 5, 0},
		{"> 5", SIG_OP_GT, 5, 0},
		{">=0x10", SIG_OP_GE, 16, 0},
		{"5<>10", SIG_OP_RANGE, 5, 10},
		{"5-10", SIG_OP_RANGE, 5, 10},
		{"!5-10", SIG_OP_NRANGE, 5, 10},
		{"&0xc0=0x80", SIG_OP_MASK, 0xc0, 0x80},
		{"&0xc0!=0", SIG_OP_NMASK, 0xc0, 0},
		{"255", SIG_OP_EQ, 255, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sig_ruleset *set;
		char text[256] = "alert ip any any -> any any (ttl:";
		const struct sig_number_opt *n;

		strcat(strcat(text, cases[i].text), "; sid:1;)\n");
		n = &load_one(text, &set)->opt[0].u.number;
		assert_int_equal(n->number, SIG_NUM_TTL);
		assert_int_equal(n->cmp.op, cases[i].op);
		assert_int_equal(n->cmp.a, cases[i].a);
		assert_int_equal(n->cmp.b, cases[i].b);
		sig_ruleset_destroy(set);
	}
	assert_false(body_loads("ip", "ttl:256;"));
	assert_false(body_loads("ip", "ttl:>255;"));
	assert_false(body_loads("ip", "ttl:<0;"));
	assert_false(body_loads("ip", "ttl:5-6;"));
	assert_false(body_loads("ip", "ttl:5 6;"));
	assert_false(body_loads("ip", "ttl:-1;"));
}

static void state_options(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("drop tcp any any -> any any (flow:established,to_server; "
			 "flowbits:isset,a|b; flowbits:noalert; flowint:n,+,1; flowint:n,>=,m; "
			 "xbits:set,x,track ip_pair,expire 60; hostbits:isset,h,dst; "
			 "threshold:type limit,track by_src,count 1,seconds 2m; sid:1;)\n",
			&set);

	assert_int_equal(
		r->flags & (SIG_R_NOALERT | SIG_R_SETS_STATE), SIG_R_NOALERT | SIG_R_SETS_STATE);
	assert_int_equal(r->opt[1].u.bits_named.n, 2);
	assert_int_equal(r->opt[1].u.bits_named.cmd, SIG_BIT_ISSET);
	assert_string_equal(r->opt[3].u.flowint.other, "m");
	assert_int_equal(r->opt[4].u.xbits.expire_s, 60);
	assert_int_equal(r->opt[5].u.xbits.track, SIG_XB_IP_DST);
	assert_int_equal(r->opt[6].u.threshold.seconds, 120);
	assert_int_equal(r->dirs, SIG_BUF_TS);
	sig_ruleset_destroy(set);
}

static void requires_decides_before_all_else(void **state)
{
	struct sig_ruleset *set = load_text(
		"alert nosuch any => any any (requires: version >= 99; nosuch:1; sid:1;)\n"
		"alert tcp any any -> any any (requires: keyword nosuch; sid:2;)\n"
		"alert tcp any any -> any any (requires: feature nosuch; sid:3;)\n"
		"alert tcp any any -> any any (requires: version >= 7.0.3 < 8 | >= 8.0.1, keyword "
		"bsize; sid:4;)\n"
		"alert tcp any any -> any any (requires: version nonsense; sid:5;)\n"
		"alert tcp any any -> any any (content:\"requires\"; msg:\"requires: x\"; "
		"sid:6;)\n",
		SIG_DIALECT_SURICATA);

	assert_int_equal(set->loaded, 2);
	assert_int_equal(set->skipped, 3);
	assert_int_equal(set->refused, 1);
	assert_int_equal(set->rule[0]->sid, 4);
	sig_ruleset_destroy(set);
}

static void transaction_arrow(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("alert http any any => any any (http.uri; content:\"a\"; "
			 "http.stat_code; content:\"200\"; file.data:to_client; content:\"b\"; "
			 "filesize:to_client,>10; sid:1;)\n",
			&set);

	assert_int_equal(r->arrow, SIG_ARROW_TX);
	assert_int_equal(r->dirs, SIG_BUF_BOTH);
	assert_int_equal(r->list[0].dirs, SIG_BUF_TS);
	assert_int_equal(r->list[1].dirs, SIG_BUF_TC);
	assert_int_equal(r->list[2].dirs, SIG_BUF_TC);
	assert_int_equal(find_opt(r, SIG_OPT_NUMBER)->u.number.dirs, SIG_BUF_TC);
	sig_ruleset_destroy(set);
	/* Without the arrow the two sides exclude each other. */
	assert_false(
		body_loads("http", "http.uri; content:\"a\"; http.stat_code; content:\"200\";"));
}

static void hooks(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("drop tls:client_hello_done any any -> any any (tls.sni; "
			 "content:\"a\"; sid:1;)\n",
			&set);

	assert_string_equal(r->hook, "client_hello_done");
	assert_int_equal(r->dirs, SIG_BUF_TS);
	sig_ruleset_destroy(set);
	set = load_text(
		"alert http1:request_started any any -> any any (sid:1;)\n"
		"alert http1:nosuch any any -> any any (http.uri; content:\"a\"; sid:2;)\n"
		"alert http1:response_line any any -> any any (http.uri; content:\"a\"; sid:3;)\n"
		"alert http1: any any -> any any (sid:4;)\n"
		"alert pgsql:request_body any any -> any any (sid:5;)\n",
		SIG_DIALECT_SURICATA);
	assert_int_equal(set->loaded, 1);
	assert_int_equal(set->skipped, 2);
	assert_int_equal(set->refused, 2);
	sig_ruleset_destroy(set);
}

static void pcre_flags_and_captures(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		load_one("alert http any any -> any any (http.header; "
			 "pcre:!\"/^a(b)(c)\\x2f/Rsm, flow:one, pkt:two\"; sid:1;)\n",
			&set);
	const struct sig_pcre *x = &r->opt[0].u.pcre;

	assert_string_equal(x->pattern, "^a(b)(c)\\x2f");
	assert_int_equal(x->pcre2_options, PCRE2_DOTALL | PCRE2_MULTILINE);
	assert_int_equal(x->flags, SIG_P_RELATIVE | SIG_P_NEGATED);
	assert_int_equal(x->captures_n, 2);
	assert_int_equal(x->capture[1].scope, SIG_CAP_PKT);
	assert_string_equal(x->capture[0].name, "one");
	sig_ruleset_destroy(set);
}

static void bad_arguments(void **state)
{
	struct sig_ruleset *set;

	assert_int_equal(sig_ruleset_load_text("x", "", 0, NULL, &set), 0);
	assert_int_equal(set->rules_n, 0);
	sig_ruleset_destroy(set);
	sig_ruleset_destroy(NULL);
	sig_vars_destroy(NULL);
	const char *missing = "/nonexistent/a.rules";

	assert_int_equal(sig_ruleset_load(&missing, 1, NULL, &set), -2);
	assert_int_equal(set->errors_n, 1);
	sig_ruleset_destroy(set);
	assert_null(sig_keyword_find("nosuch", 6));
	assert_string_equal(sig_keyword_find("tls_sni", 7)->name, "tls.sni");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_and_meta),
		cmocka_unit_test(contents),
		cmocka_unit_test(legacy_modifiers_move_their_content),
		cmocka_unit_test(sticky_buffers),
		cmocka_unit_test(byte_variables),
		cmocka_unit_test(numbers),
		cmocka_unit_test(state_options),
		cmocka_unit_test(requires_decides_before_all_else),
		cmocka_unit_test(transaction_arrow),
		cmocka_unit_test(hooks),
		cmocka_unit_test(pcre_flags_and_captures),
		cmocka_unit_test(bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
