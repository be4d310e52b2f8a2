/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/worker.h>
#include <stdlib.h>
#include <string.h>
struct dp_worker { struct dp_worker_setup s; };
int dp_worker_create(const struct dp_worker_setup *s, struct dp_worker **w) { *w = calloc(1, sizeof(**w)); (*w)->s = *s; return 0; }
void dp_worker_burst(struct dp_worker *w, struct dp_pkt *pkts, unsigned n, uint64_t now_ns)
{
	for (unsigned i = 0; i < n; i++) {
		*w->s.inspecting = i;
		w->s.counters->rx_pkts++;
	}
	*w->s.inspecting = DP_BURST;
}
void dp_worker_idle(struct dp_worker *w, uint64_t now_ns) {}
int dp_worker_prepare(struct dp_worker *w, struct dp_ruleset *rs) { return 0; }
void dp_worker_adopt(struct dp_worker *w, enum dp_layer_id layer, struct dp_ruleset *rs, uint32_t generation, struct dp_ruleset **old) { *old = NULL; }
void dp_worker_set_mode(struct dp_worker *w, enum dp_layer_id layer, enum dp_mode mode) {}
int dp_ruleset_open(const char *path, struct dp_ruleset **rs, char *err, size_t err_len) { *rs = NULL; return 0; }
void dp_ruleset_close(struct dp_ruleset *rs) {}
