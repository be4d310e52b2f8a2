/* SPDX-License-Identifier: Apache-2.0 */
/** Verbs about rule text that also know what the packet path answers. */
#include "cli.h"

#include <dp/detect.h>
#include <sig/tools.h>

static bool offers(enum sig_kw_source source, uint16_t id)
{
	switch (source) {
	case SIG_KW_BUFFER:
		return dp_detect_offers_buffer(id);
	case SIG_KW_NUMBER:
		return dp_detect_offers_number(id);
	case SIG_KW_TEST:
		return dp_detect_offers_test(id);
	default:
		return true;
	}
}

int cli_rules_check(int argc, char **argv)
{
	return sig_cmd_check(argc, argv, offers);
}

int cli_rules_keywords(int argc, char **argv)
{
	return sig_cmd_keywords(argc, argv, offers);
}
