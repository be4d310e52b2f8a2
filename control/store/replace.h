/* SPDX-License-Identifier: Apache-2.0 */
/** Files of the store that are old or new after a crash, never half of either. */
#ifndef CTL_STORE_REPLACE_H
#define CTL_STORE_REPLACE_H

#include <stddef.h>

/** All of it, whatever interrupts. 0 or -errno. */
int store_write_all(int fd, const void *data, size_t n);
/**
 * `path` holds these bytes from now on: written whole to PATH.new and on the disk before it takes the
 * name. 0 or -errno, and then the file is as it was. A path has at most 350 bytes.
 */
int store_replace(const char *path, const void *data, size_t n);

#endif
