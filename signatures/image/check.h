/* SPDX-License-Identifier: Apache-2.0 */
/** Private to the reader: the walk over every reference of an image. */
#ifndef SIG_IMAGE_CHECK_H
#define SIG_IMAGE_CHECK_H

#include <sig/image.h>

/** Print the sentence, return code. */
int sig_image_refuse(char *err, size_t err_len, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/** Sections are in place: check every record's references. 0 or -EBADMSG. */
int sig_image_check(const struct sig_image *g, char *err, size_t err_len);

#endif
