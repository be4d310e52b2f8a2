/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIG_CHECK_H
#define SIG_CHECK_H

#include "parser.h"

/** Contents that can never match in their buffer. 0 or sig_fail(). */
int sig_check_contents(struct sig_parser *p);

#endif
