/* SPDX-License-Identifier: Apache-2.0 */
#include "snort.h"

enum sig_dialect sig_snort_guess(const char *text, size_t len)
{
	return SIG_DIALECT_SURICATA;
}

int sig_snort_rule_parse(struct sig_parser *p, const struct sig_reading *in, const struct sig_rule **out)
{
	return sig_rule_parse(p, in, out);
}
