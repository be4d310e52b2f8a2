/* SPDX-License-Identifier: Apache-2.0 */
#include <sig/image.h>
#include <sig/rule.h>

uint32_t sig_search_end(const struct sig_image *g, const struct sig_img_sig *s)
{
	const struct sig_img_op *o = s->pf_op == SIG_IMG_NONE ? NULL : &g->op[s->pf_op];
	const uint32_t behind = o ? o->len - s->pf_off - s->pf_len : 0;

	if (!o || *sig_img_str(g, s->pf_text) || o->kind != SIG_OPT_CONTENT ||
		!(o->flags & SIG_C_DEPTH) || (o->flags & SIG_C_RELATIVE) ||
		o->var[0] != SIG_VAR_NONE || o->num[0] < behind || o->num[0] >= UINT32_MAX ||
		s->pf_off + (uint64_t)s->pf_len > o->len)
		return UINT32_MAX;
	return (uint32_t)o->num[0] - behind;
}
