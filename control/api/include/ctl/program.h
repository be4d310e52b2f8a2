/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_PROGRAM_H
#define CTL_PROGRAM_H

#include <stddef.h>

/**
 * Where another program of this release is: beside the running one, in bin/ or sbin/ of the same
 * prefix, in bin/ of the build tree; else its bare name, for PATH. out of len bytes.
 */
void ctl_program_path(const char *name, char *out, size_t len);

#endif
