/* SPDX-License-Identifier: Apache-2.0 */
/** Snort's dialects, lowered to the same rule. */
#ifndef SIG_SNORT_H
#define SIG_SNORT_H

#include "parser.h"

/** Which dialect a file is written in, from its first rules. */
enum sig_dialect sig_snort_guess(const char *text, size_t len);
/** sig_rule_parse() in the parser's dialect. */
int sig_snort_rule_parse(
	struct sig_parser *p, const struct sig_reading *in, const struct sig_rule **out);
/**
 * One option of a Snort rule. 1: it is the same in Suricata's language and not handled here;
 * 0 or -1 as keyword functions do.
 */
int sig_snort_option(struct sig_parser *p, struct sig_str name, struct sig_str value, bool present);

/** Run a Suricata keyword in place of Snort's; messages point to `at`, where Snort's stands. */
int sig_snort_run(struct sig_parser *p, const char *keyword, struct sig_str value, bool present,
	struct sig_str at);

#endif
