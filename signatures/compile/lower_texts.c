/* SPDX-License-Identifier: Apache-2.0 */
/* What a signature says in alerts, and what the site's threshold file says of it. */
#include "lower.h"

void lower_texts(struct build *b, const struct sig_rule *r, struct sig_img_sig *s)
{
	s->sid = r->sid;
	s->gid = r->gid;
	s->rev = r->rev;
	s->priority = r->priority;
	s->msg = build_str(b, r->msg);
	s->classtype = build_str(b, r->classtype);
	s->classtype_text = build_str(b, r->classtype_text);
	s->text = build_str(b, r->text);
	s->file = build_str(b, r->file);
	s->line = r->line;
	s->target = (uint8_t)r->target;
	s->ref = build_count(b, SIG_SEC_REF, sizeof(struct sig_img_ref));
	s->refs_n = r->references_n;
	for (uint32_t i = 0; i < r->references_n; i++) {
		struct sig_img_ref q = {build_str(b, r->reference[i].type),
			build_str(b, r->reference[i].prefix), build_str(b, r->reference[i].value)};

		build_add(b, SIG_SEC_REF, &q, sizeof(q));
	}
	s->meta = build_count(b, SIG_SEC_META, sizeof(struct sig_img_meta));
	s->metas_n = r->metadata_n;
	for (uint32_t i = 0; i < r->metadata_n; i++) {
		struct sig_img_meta q = {
			build_str(b, r->metadata[i].key), build_str(b, r->metadata[i].value)};

		build_add(b, SIG_SEC_META, &q, sizeof(q));
	}
}

void lower_globals(struct build *b, const struct sig_rule *r, struct sig_img_sig *s)
{
	s->gref = build_count(b, SIG_SEC_GREF, sizeof(uint32_t));
	for (size_t i = 0; i < b->set->globals_n; i++) {
		const struct sig_global *g = &b->set->global[i];
		uint32_t at = (uint32_t)i;

		if ((g->gid && g->gid != r->gid) || (g->sid && g->sid != r->sid))
			continue;
		build_add(b, SIG_SEC_GREF, &at, sizeof(at));
		s->gref_n++;
	}
}

_Static_assert((int)SIG_IMG_SUPPRESS == (int)SIG_GLOBAL_SUPPRESS &&
		(int)SIG_IMG_THRESHOLD == (int)SIG_GLOBAL_THRESHOLD &&
		(int)SIG_IMG_RATE_FILTER == (int)SIG_GLOBAL_RATE_FILTER,
	"same numbers");

void lower_global_table(struct build *b)
{
	static const uint8_t action[] = {[SIG_NEW_ALERT] = SIG_ACT_ALERT,
		[SIG_NEW_PASS] = SIG_ACT_PASS, [SIG_NEW_DROP] = SIG_ACT_DROP,
		[SIG_NEW_REJECT] = SIG_ACT_REJECT};

	for (size_t i = 0; i < b->set->globals_n; i++) {
		const struct sig_global *g = &b->set->global[i];
		struct sig_img_global q = {.kind = (uint8_t)g->kind,
			.type = (uint8_t)g->threshold.type,
			.track = (uint8_t)g->threshold.track,
			.side = (uint8_t)g->side,
			.new_action = action[g->new_action],
			.count = g->threshold.count,
			.seconds = g->threshold.seconds,
			.timeout_s = g->timeout_s,
			.addrs = g->addrs ? lower_addrs(b, g->addrs) : SIG_IMG_NONE,
			.gid = g->gid,
			.sid = g->sid};

		build_add(b, SIG_SEC_GLOBAL, &q, sizeof(q));
	}
}
