/* SPDX-License-Identifier: Apache-2.0 */
/** Layout of what workers share. Grow SHARED_VERSION with every change of it. */
#ifndef DP_DETECT_SHARED_STATE_H
#define DP_DETECT_SHARED_STATE_H

#include "marks.h"
#include "threshold.h"
#include <dp/shared_state.h>

#define SHARED_VERSION 2u

struct dp_shared_head {
	uint64_t magic, bytes;
	uint32_t version, pad;
};

struct dp_shared_state {
	struct dp_shared_head head;
	struct marks bits;     /**< xbits, hostbits: by name and addresses */
	struct marks learnt;   /**< set entries that rules made: by set and value */
	struct marks forgotten; /**< and those that rules took out */
	struct thresholds th;
};

#endif
