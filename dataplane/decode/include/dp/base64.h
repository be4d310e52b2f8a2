/* SPDX-License-Identifier: Apache-2.0 */
/** The alphabet of base64 (RFC 4648 section 4), for all who undo it in their own way. */
#ifndef DP_BASE64_H
#define DP_BASE64_H

#include <stdint.h>

/** 0 to 63; -1 for a byte that is no digit. */
static inline int dp_base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

#endif
