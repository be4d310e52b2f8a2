/* SPDX-License-Identifier: Apache-2.0 */
/** Parts of lower.c: one rule into records of the image. */
#ifndef SIG_COMPILE_LOWER_H
#define SIG_COMPILE_LOWER_H

#include "build.h"

/** A set of addresses; SIG_IMG_NONE: any. */
uint32_t lower_addrs(struct build *b, const struct sig_addrs *a);
/** The option is looked for in its buffer; else it stands among the signature's own tests. */
bool lower_in_list(const struct sig_opt *o);
/** lower_list.c: list `li` of the rule. 0 or -errno with a reason. */
int lower_list(struct build *b, const struct sig_rule *r, unsigned li, struct sig_img_list *out,
	const char **why);
/* lower_texts.c */
void lower_texts(struct build *b, const struct sig_rule *r, struct sig_img_sig *s);
void lower_globals(struct build *b, const struct sig_rule *r, struct sig_img_sig *s);

#endif
