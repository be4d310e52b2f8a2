/* SPDX-License-Identifier: Apache-2.0 */
/** Operations of a program in words: what `rules explain` prints of those that need more than a name. */
#ifndef SIG_TOOLS_WORDS_H
#define SIG_TOOLS_WORDS_H

#include <sig/image.h>
#include <stdbool.h>
#include <stdio.h>

/** False: nothing printed, the caller knows better. */
bool words_of(FILE *f, const struct sig_image *g, const struct sig_img_op *o);
/** "> 5", "from 3 to 9 without the ends", ...: a comparison of `num` a and b. */
void words_compare(FILE *f, const struct sig_img_op *o);

#endif
