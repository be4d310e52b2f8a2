/* SPDX-License-Identifier: Apache-2.0 */
/** replay --rule-stats: what each signature did, added up over captures and processes. */
#include "cli.h"
#include "replay.h"

#include <ctl/rule_stats.h>
#include <sig/image.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/mman.h>

int replay_stats_begin(struct replay_run *r, unsigned jobs)
{
	const size_t n = r->rs ? dp_ruleset_count(r->rs) : 0;

	if (r->o->rule_stats == NULL || n == 0)
		return CLI_OK;
	r->sig = mmap(NULL, n * jobs * sizeof(*r->sig), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r->sig != MAP_FAILED)
		return CLI_OK;
	fputs("sekisho replay: no memory for --rule-stats\n", stderr);
	return CLI_FAILED;
}

void replay_stats_join(const struct replay_run *r, unsigned job)
{
	if (r->sig != NULL)
		dp_ruleset_count_in(r->rs, r->sig + (size_t)job * dp_ruleset_count(r->rs));
}

static struct ctl_rule_item item_of(const struct replay_run *r, uint32_t i, unsigned jobs)
{
	const struct sig_image *img = dp_ruleset_image(r->rs);
	const struct sig_img_sig *s = &img->sig[i];
	struct ctl_rule_item it = {.rev = s->rev, .layer = "", .msg = sig_img_str(img, s->msg)};
	struct dp_sig_counters *sum = &it.s.c;

	it.s.key = (struct ctl_rule_key){0, s->gid, s->sid};
	for (unsigned j = 0; j < jobs; j++) {
		const struct dp_sig_counters *c = &r->sig[(size_t)j * img->sigs_n + i];

		sum->prefilter += c->prefilter;
		sum->evaluated += c->evaluated;
		sum->matched += c->matched;
		sum->cycles += c->cycles;
		sum->sampled += c->sampled;
		if (c->last_ns > sum->last_ns)
			sum->last_ns = c->last_ns;
	}
	return it;
}

int replay_stats_write(const struct replay_run *r, unsigned jobs)
{
	const char *path = r->o->rule_stats;
	json_t *all, *doc;
	int rc;

	if (path == NULL)
		return CLI_OK;
	all = json_array();
	for (uint32_t i = 0; r->sig != NULL && i < dp_ruleset_count(r->rs); i++) {
		const struct ctl_rule_item it = item_of(r, i, jobs);

		json_array_append_new(all, ctl_rule_item_json(&it));
	}
	doc = json_pack("{s:o}", "rules", all);
	rc = json_dump_file(doc, path, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(doc);
	if (rc)
		fprintf(stderr, "sekisho replay: %s: cannot be written\n", path);
	return rc ? CLI_FAILED : CLI_OK;
}
