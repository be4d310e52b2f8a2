/* SPDX-License-Identifier: Apache-2.0 */
#include <ctl/eve.h>
#include <sig/image.h>

bool ctl_sig_text_read(const struct sig_image *img, uint32_t index, struct ctl_sig_text *t)
{
	const struct sig_img_sig *s;

	if (img == NULL || index >= img->sigs_n)
		return false;
	s = &img->sig[index];
	t->msg = sig_img_str(img, s->msg);
	t->category = sig_img_str(img, s->classtype_text);
	t->raw = sig_img_str(img, s->text);
	t->severity = s->priority;
	t->target = s->target;
	t->metas = s->metas_n < CTL_SIG_META ? s->metas_n : CTL_SIG_META;
	for (unsigned i = 0; i < t->metas; i++)
		t->meta[i] = (struct ctl_sig_pair){sig_img_str(img, img->meta[s->meta + i].key),
			sig_img_str(img, img->meta[s->meta + i].value)};
	t->refs = s->refs_n < CTL_SIG_REFS ? s->refs_n : CTL_SIG_REFS;
	for (unsigned i = 0; i < t->refs; i++)
		t->ref[i] = (struct ctl_sig_pair){sig_img_str(img, img->ref[s->ref + i].prefix),
			sig_img_str(img, img->ref[s->ref + i].value)};
	return true;
}
