/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/verdict.h>

const struct dp_reason_info dp_reason_info[DP_R__COUNT] = {
#define X(id, verdict, name, text) {verdict, name, text},
	DP_REASONS(X)
#undef X
};
