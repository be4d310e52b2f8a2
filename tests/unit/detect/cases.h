/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DETECT_CASES_H
#define TESTS_DETECT_CASES_H

#include <stdbool.h>

/** Options of a UDP rule, a payload, and whether it matches. */
struct keyword_case {
	const char *options, *payload;
	unsigned n; /**< bytes; 0: strlen */
	bool hit;
};
extern const struct keyword_case keyword_cases[];
extern const unsigned keyword_cases_n;

#endif
