/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What signatures remember beyond one flow, for all workers together: xbits and hostbits by address,
 * counts of thresholds, values that rules put into sets. The flows of one host are spread over the
 * workers by their ports; without this each worker would remember a part.
 *
 * A file in the run directory, mapped by the parent of the workers before it forks them. It outlives a
 * worker, and the parent: another one of the same layout goes on with it. Who asks takes no lock
 * (marks.h); a worker that dies inside leaves nothing that another waits for.
 */
#ifndef DP_SHARED_STATE_H
#define DP_SHARED_STATE_H

struct dp_shared_state;

/** Map `dir`/signature-state, made anew when there is none or its layout is another. 0 or -errno. */
int dp_shared_state_open(const char *dir, struct dp_shared_state **out);
/** In private memory, for tests. NULL: none to be had. Shared with children that are forked. */
struct dp_shared_state *dp_shared_state_anonymous(void);
void dp_shared_state_close(struct dp_shared_state *s);

#endif
