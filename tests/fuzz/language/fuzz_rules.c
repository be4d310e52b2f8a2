/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule text in every dialect, and what the loader promises about the result: every error has a
 * place inside the text, every option a list that exists, every set of addresses is in order.
 */
#include <sig/keyword.h>
#include <sig/ruleset.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "broken promise: %s\n", what);
		abort();
	}
}

static void check_addrs(const struct sig_addrs *a)
{
	require(a->n4 || a->n6, "an address set is not empty");
	for (uint32_t i = 0; i < a->n4; i++) {
		require(a->v4[i].lo <= a->v4[i].hi, "an IPv4 range is forwards");
		require(!i || a->v4[i - 1].hi < a->v4[i].lo, "IPv4 ranges are in order");
	}
	for (uint32_t i = 0; i < a->n6; i++) {
		require(memcmp(a->v6[i].lo, a->v6[i].hi, 16) <= 0, "an IPv6 range is forwards");
		require(!i || memcmp(a->v6[i - 1].hi, a->v6[i].lo, 16) < 0,
			"IPv6 ranges are in order");
	}
}

static void check_rule(const struct sig_rule *r)
{
	require(r->sid != 0, "a rule has a sid");
	require(r->action < SIG_ACT__COUNT && r->hdr < SIG_HDR__COUNT && r->app < SIG_PROTO__COUNT,
		"enums are in range");
	check_addrs(r->src);
	check_addrs(r->dst);
	require(r->sport->n && r->dport->n, "a port set is not empty");
	for (uint16_t i = 0; i < r->lists_n; i++)
		require(r->list[i].buffer < SIG_BUF__COUNT && r->list[i].opts_n,
			"a list is in use");
	for (uint16_t i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		require(o->kind < SIG_OPT__COUNT && o->keyword < sig_keyword_count,
			"an option is known");
		require(o->list == SIG_LIST_NONE || o->list < r->lists_n,
			"an option's list exists");
		if (o->kind == SIG_OPT_CONTENT)
			require(o->u.content.pattern.len > 0, "a content is not empty");
	}
}

static void load(const char *text, size_t len, enum sig_dialect dialect)
{
	struct sig_load_options opts = {.dialect = dialect, .keep_disabled = true};
	struct sig_ruleset *set;

	if (sig_ruleset_load_text("fuzz.rules", text, len, &opts, &set) || !set)
		return;
	for (size_t i = 0; i < set->rules_n; i++)
		check_rule(set->rule[i]);
	for (size_t i = 0; i < set->errors_n; i++)
		require(set->error[i].line >= 1 && set->error[i].column >= 1 &&
				*set->error[i].sentence,
			"an error has a place and a reason");
	sig_ruleset_destroy(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The dialect that the text looks like, and one that it need not be. */
	load((const char *)data, size, SIG_DIALECT_AUTO);
	load((const char *)data, size, (enum sig_dialect)(SIG_DIALECT_SURICATA + size % 3));
	return 0;
}
