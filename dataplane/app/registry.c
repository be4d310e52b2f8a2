/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"
#include <stddef.h>

const struct dp_app_desc *const dp_app_registry[] = {
#define X(id) &dp_app_##id,
	DP_APP_PROTOCOLS(X)
#undef X
	NULL,
};

const struct dp_app_desc *dp_app_by_proto(enum sig_proto proto)
{
	for (unsigned i = 0; dp_app_registry[i]; i++)
		if (dp_app_registry[i]->proto == proto)
			return dp_app_registry[i];
	return NULL;
}
