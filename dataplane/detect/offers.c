/* SPDX-License-Identifier: Apache-2.0 */
/* What detection and the registered parsers can answer, for `sekisho rules keywords` and `check`. */
#include "inner.h"
#include <sig/rule.h>

bool dp_detect_offers_buffer(uint16_t buffer)
{
	// Files belong to transactions of any protocol, frames and packets to no transaction.
	if (sig_buffer_info[buffer].proto == SIG_PROTO_UNKNOWN)
		return true;
	for (unsigned i = 0; dp_app_registry[i]; i++)
		for (unsigned k = 0; k < dp_app_registry[i]->n_buffers; k++)
			if (dp_app_registry[i]->buffers[k].buf == buffer)
				return true;
	return false;
}

bool dp_detect_offers_number(uint16_t number)
{
	if (sig_number_info[number].proto == SIG_PROTO_UNKNOWN)
		return true;
	for (unsigned i = 0; dp_app_registry[i]; i++)
		for (unsigned k = 0; k < dp_app_registry[i]->n_numbers; k++)
			if (dp_app_registry[i]->numbers[k].num == number)
				return true;
	return false;
}

bool dp_detect_offers_test(uint16_t kind)
{
	switch (kind) {
	case SIG_OPT_NFQ_SET_MARK: // there is no netfilter queue
	case SIG_OPT_TLS_STORE:    // nobody writes certificates
		return false;
	default:
		break;
	}
	for (unsigned i = 0; dp_app_registry[i]; i++)
		for (unsigned k = 0; k < DP_APP_TESTS && dp_app_registry[i]->tests[k]; k++)
			if (dp_app_registry[i]->tests[k] == kind)
				return true;
	return false;
}
