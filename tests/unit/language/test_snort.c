/* SPDX-License-Identifier: Apache-2.0 */
/* Snort's dialects lower to the same rule. */
#include "load.h"

#include <string.h>

static const struct sig_rule *one(
	const char *text, enum sig_dialect dialect, struct sig_ruleset **set)
{
	*set = load_text(text, dialect);
	if ((*set)->rules_n != 1)
		print_error("%s\n  %s\n", text, (*set)->errors_n ? (*set)->error[0].sentence : "");
	assert_int_equal((*set)->rules_n, 1);
	return (*set)->rule[0];
}

static void snort3_contents(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		one("alert tcp any any -> any any ( msg:\"a;b\"; content:\"x;y\",fast_pattern,"
		    "nocase,offset 2,depth 9; content:!\"z\",within 4,distance 1; "
		    "content:\"abcdef\",fast_pattern_offset 1,fast_pattern_length 3; sid:1; )\n",
			SIG_DIALECT_AUTO, &set);
	const struct sig_content *c = &r->opt[0].u.content;

	assert_string_equal(r->msg, "a;b");
	assert_memory_equal(c->pattern.data, "x;y", 3);
	assert_int_equal(c->flags, SIG_C_FAST_PATTERN | SIG_C_NOCASE | SIG_C_OFFSET | SIG_C_DEPTH);
	assert_int_equal(c->depth.num, 9);
	assert_int_equal(r->opt[1].u.content.flags, SIG_C_NEGATED | SIG_C_WITHIN | SIG_C_DISTANCE);
	assert_int_equal(r->opt[2].u.content.chop_len, 3);
	sig_ruleset_destroy(set);
}

static void snort3_buffers(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		one("alert http ( msg:\"x\"; flow:to_server; http_uri; content:\"/a\"; "
		    "http_header:field User-Agent; content:\"b\"; http_raw_uri; bufferlen:5<=>9; "
		    "pkt_data; "
		    "content:\"c\"; service:http; rem:\"note\"; sid:1; )\n",
			SIG_DIALECT_SNORT3, &set);

	assert_int_equal(r->hdr, SIG_HDR_APP);
	assert_true(r->src->any && r->dport->any);
	assert_int_equal(r->list[0].buffer, SIG_BUF_HTTP_URI);
	assert_int_equal(r->list[1].buffer, SIG_BUF_HTTP_USER_AGENT);
	assert_int_equal(r->list[2].buffer, SIG_BUF_HTTP_URI_RAW);
	assert_int_equal(find_opt(r, SIG_OPT_BSIZE)->u.cmp.op, SIG_OP_RANGE);
	assert_int_equal(find_opt(r, SIG_OPT_BSIZE)->u.cmp.a, 4);
	assert_int_equal(find_opt(r, SIG_OPT_BSIZE)->u.cmp.b, 10);
	assert_int_equal(r->list[3].buffer, SIG_BUF_PAYLOAD);
	assert_string_equal(r->metadata[0].key, "service");
	sig_ruleset_destroy(set);
}

static void snort3_protocols(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r = one("alert udp any any -> any any ( sip_method:invite,bye; "
				       "sid:1; )\n",
		SIG_DIALECT_SNORT3, &set);

	assert_int_equal(r->app, SIG_PROTO_SIP);
	assert_string_equal(r->opt[0].u.pcre.pattern, "^(?:invite|bye)$");
	sig_ruleset_destroy(set);
	r = one("alert tcp any any -> any 445 ( dce_iface:uuid "
		"367abb81-9844-35f1-ad32-98f038001003; "
		"dce_opnum:\"1-2\"; sid:1; )\n",
		SIG_DIALECT_SNORT3, &set);
	assert_int_equal(r->opt[0].u.dce_iface.uuid[0], 0x36);
	assert_int_equal(r->opt[1].u.number.cmp.set_n, 2);
	sig_ruleset_destroy(set);
}

static void snort3_words(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r =
		one("block tcp any any -> any any ( ber_data:0x30; isdataat:5,relative; "
		    "tag:session,packets 5; stream_size:>9,to_client; flowbits:set,a&b; sid:1; )\n",
			SIG_DIALECT_SNORT3, &set);

	assert_int_equal(r->action, SIG_ACT_DROP);
	assert_int_equal(r->opt[0].kind, SIG_OPT_PCRE);
	assert_int_equal(r->opt[0].u.pcre.flags, SIG_P_RELATIVE);
	assert_int_equal(r->opt[1].u.isdataat.at.num, 6); /* Snort's end does not count */
	assert_int_equal(find_opt(r, SIG_OPT_TAG)->u.tag.count, 5);
	assert_int_equal(find_opt(r, SIG_OPT_STREAM_SIZE)->u.stream_size.side, SIG_SS_SERVER);
	assert_int_equal(r->opts_n, 6); /* two flowbits */
	sig_ruleset_destroy(set);
}

static void snort2(void **state)
{
	struct sig_ruleset *set;
	const struct sig_rule *r = one(
		"alert tcp $EXTERNAL_NET any -> $SIP_SERVERS 80 (msg:\"x\"; file_data; "
		"content:\"a\"; content:\"b\"; http_header; urilen:5<>10; isdataat:!0,relative; "
		"metadata:ruleset community; sid:1;)\n",
		SIG_DIALECT_AUTO, &set);

	assert_int_equal(r->list[r->opt[0].list].buffer, SIG_BUF_FILE_DATA);
	assert_int_equal(r->list[r->opt[1].list].buffer, SIG_BUF_HTTP_HEADER);
	assert_int_equal(r->opt[2].u.number.number, SIG_NUM_URILEN_RAW);
	assert_int_equal(r->opt[2].u.number.cmp.a, 4); /* ends count there */
	assert_int_equal(r->opt[2].u.number.cmp.b, 11);
	assert_int_equal(r->opt[3].u.isdataat.at.num, 1);
	sig_ruleset_destroy(set);
}

static void what_has_no_equal_is_named(void **state)
{
	struct sig_ruleset *set =
		load_text("alert tcp any any -> any any ( content:\"a\",nocase; sid:1; )\n"
			  "alert tcp any any -> any any ( http_param:\"id\",nocase; sid:2; )\n"
			  "rewrite tcp any any -> any any ( content:\"a\"; sid:3; )\n"
			  "alert tcp any any -> any any ( content:\"a\",nosuch; sid:4; )\n",
			SIG_DIALECT_AUTO);

	assert_int_equal(set->loaded, 1);
	assert_int_equal(set->skipped, 2);
	assert_int_equal(set->refused, 1);
	assert_string_equal(set->error[0].token, "http_param");
	assert_int_equal(set->error[0].column, 32);
	assert_string_equal(set->error[1].token, "rewrite");
	assert_string_equal(set->error[2].token, "nosuch");
	sig_ruleset_destroy(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snort3_contents),
		cmocka_unit_test(snort3_buffers),
		cmocka_unit_test(snort3_protocols),
		cmocka_unit_test(snort3_words),
		cmocka_unit_test(snort2),
		cmocka_unit_test(what_has_no_equal_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
