/* SPDX-License-Identifier: Apache-2.0 */
/** Searching bytes for what names candidates, and what is kept of it for the packets that follow. */
#ifndef DP_DETECT_SEARCH_H
#define DP_DETECT_SEARCH_H

#include "inner.h"

/* prefilter.c */
/** Bytes to search: p[0] is at `start` in what the contents of signatures count from. */
struct seek {
	const uint8_t *p;
	uint32_t n;
	uint32_t old; /**< of them were searched with their predecessors */
	uint64_t start;
	bool parts; /**< they come in parts: expressions have groups for that */
};
void dp_scan(struct eval *e, uint32_t group, const struct seek *k);
int dp_hits_build(struct dp_ruleset *rs);
/* recall.c: candidates of one packet that may become matches with the next. */
/** How many bytes of a view need no search: `fresh`, or 0 when all of it is to be searched again. */
uint32_t dp_recall_old(struct dp_flow *f, unsigned dir, const struct dp_stream_view *v, uint32_t fresh);
/** Before sv is searched: those found earlier in what it shows, and not searched for again, are
 *  candidates again. */
void dp_recall(struct eval *e);
/** The search in sv has found it. */
void dp_recall_add(struct eval *e, uint32_t sig);
/** What was shown of that direction was not searched, or what was found in it is not known any more. */
void dp_recall_missed(struct dp_flow *f, unsigned dir);
void dp_recalls_free(struct dp_detect *d, struct dp_flow_detect *fd);

#endif
