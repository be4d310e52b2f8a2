/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIG_SNORT3_H
#define SIG_SNORT3_H

#include "parser.h"

/** What only Snort 3 writes differently. Results as sig_snort_option(). */
int sig_snort3_option(
	struct sig_parser *p, struct sig_str name, struct sig_str value, bool present);

#endif
