/* SPDX-License-Identifier: Apache-2.0 */
/** Inside of a set: sets.c looks up and changes, set_save.c writes. */
#ifndef DP_DETECT_SETS_H
#define DP_DETECT_SETS_H

#include <stdbool.h>
#include <stdint.h>

struct dset {
	uint64_t *hash; /**< 0 free; 1 removed: its value is still known */
	struct {
		const uint8_t *p, *context;
		uint32_t context_n;
		uint16_t n, rep;
	} *e;
	uint32_t mask, used, max;
	uint8_t *spare;
	uint32_t spare_used;
	uint8_t type;
	bool changed; /**< since it was opened or written */
};

#endif
