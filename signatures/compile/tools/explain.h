/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIG_TOOLS_EXPLAIN_H
#define SIG_TOOLS_EXPLAIN_H

#include <sig/image.h>

/** Print what signature i of an opened image is and does. */
void explain_text(const struct sig_image *g, uint32_t i);
void explain_json(const struct sig_image *g, uint32_t i);

#endif
