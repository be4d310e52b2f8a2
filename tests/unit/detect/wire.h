/* SPDX-License-Identifier: Apache-2.0 */
/** A connection on a wire, segment by segment, under detection. */
#ifndef TEST_DETECT_WIRE_H
#define TEST_DETECT_WIRE_H

#include "../stream/session.h"
#include "harness.h"
#include <dp/detect.h>

#include "inner.h"

/** Two contents, the second behind the first. */
#define TWO "content:\"qwertyuiop\"; content:\"asdfghjk\"; distance:0;"

struct wire {
	struct net n;
	struct dp_detect *d;
	struct dp_flow *f;
	struct dp_alert alerts[16];
	uint32_t seq;
};

/** The layer's rules from now on. */
void adopt(struct wire *w, enum dp_layer_id layer, struct dp_ruleset *rs, uint32_t generation);
/** A connection under rules of the vendor's layer. */
void wire_begin(struct wire *w, struct dp_ruleset *rs);
void wire_open(struct wire *w, const char *rules);
/** The rules, which the caller may use again. */
struct dp_ruleset *wire_end(struct wire *w);
void wire_close(struct wire *w);
/** Alerts of the next segment from the client, with these DP_PF_* more. */
unsigned up_as(struct wire *w, const char *text, uint32_t flags);
unsigned up(struct wire *w, const char *text);

#endif
