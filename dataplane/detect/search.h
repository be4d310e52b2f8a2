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
/** Is all of a view to be searched again, the bytes that others have shown with it as well? */
bool dp_recall_all(struct dp_flow *f, unsigned dir, const struct dp_stream_view *v);
/** Before sv is searched: those found earlier in what it shows, and not searched for again, are
 *  candidates again. */
void dp_recall(struct eval *e);
/** The search in sv has found it. */
void dp_recall_add(struct eval *e, uint32_t sig);
/** It has matched in sv for what sv lacks, and is told of. */
void dp_recall_tell(struct eval *e, uint32_t sig);
/** It was told of, and some of the bytes that it was told of are still in sv. */
bool dp_recall_told(const struct eval *e, uint32_t sig);
/** What was shown of that direction was not searched, or what was found in it is not known any more. */
void dp_recall_missed(struct dp_flow *f, unsigned dir);
void dp_recalls_free(struct dp_detect *d, struct dp_flow_detect *fd);
/* meet.c: streams that are older than what is looked for in them. */
/** Before p is looked at: let its stream be seen again by the layers that have not. */
void dp_meet(struct dp_detect *d, struct dp_pkt *p);
/** False: the layer has seen all of the view. *fresh: what it has seen of it, when that is more. */
bool dp_meet_view(const struct dp_pkt *p, unsigned layer, const struct dp_stream_view *v,
	uint32_t *fresh);
/** A layer begins to look for something else: flows from then on are younger than that. */
uint64_t dp_meet_soon(struct dp_detect *d);
/** All layers have been asked about the view. */
void dp_meet_done(struct dp_flow *f, unsigned dir, const struct dp_stream_view *v);

#endif
