/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Part of sig/rule.h: where options look, buffers and what is done to their bytes first.
 */
#ifndef SIG_RULE_LIST_H
#define SIG_RULE_LIST_H

#include <sig/buffer.h>
#include <stdbool.h>
#include <stdint.h>

/** Bytes in the arena; not terminated, may contain zeroes. */
struct sig_bytes {
	const uint8_t *data;
	uint32_t len;
};

enum sig_transform_kind {
	SIG_XF_TO_MD5,
	SIG_XF_TO_SHA1,
	SIG_XF_TO_SHA256,
	SIG_XF_TO_LOWERCASE,
	SIG_XF_TO_UPPERCASE,
	SIG_XF_STRIP_WHITESPACE,
	SIG_XF_COMPRESS_WHITESPACE,
	SIG_XF_DOTPREFIX,
	SIG_XF_DOMAIN,
	SIG_XF_TLD,
	SIG_XF_URL_DECODE,
	SIG_XF_XOR,	    /**< arg = key bytes */
	SIG_XF_FROM_BASE64, /**< mode, offset, bytes */
	SIG_XF_PCREXFORM,   /**< arg = pattern; the buffer becomes its first capture */
	SIG_XF_HEADER_LOWERCASE,
	SIG_XF_STRIP_PSEUDO_HEADERS,
	SIG_XF_GUNZIP,	     /**< bytes = output limit */
	SIG_XF_ZLIB_DEFLATE, /**< bytes = output limit */
	SIG_XF_SUBSLICE,     /**< offset, bytes, may be negative: see from_end, truncate */
	SIG_XF__COUNT
};

enum sig_base64_mode { SIG_B64_RFC4648, SIG_B64_RFC2045, SIG_B64_STRICT };

struct sig_transform {
	enum sig_transform_kind kind;
	enum sig_base64_mode mode;
	int32_t offset;
	int32_t bytes; /**< 0 = no limit */
	bool bytes_set;
	bool truncate;
	struct sig_bytes arg;
};

/**
 * One thing that options look at: a buffer, which instance of it, and what is done to it first.
 * Options of one list are evaluated in order against the same bytes; the cursor ("relative") is
 * per list. Two lists on the same buffer with instances 0 and 1 need not match the same value:
 * each must match some instance.
 */
struct sig_list {
	enum sig_buffer buffer;
	uint16_t instance; /**< how often this (buffer, transforms) was opened before */
	uint8_t dirs;	   /**< SIG_BUF_TS | SIG_BUF_TC this list may match in */
	uint8_t transforms_n;
	const struct sig_transform *transform;
	const char *name; /**< frame name for SIG_BUF_FRAME; header name for Snort field forms */
	uint32_t opts_n;  /**< options that belong to it */
};
#define SIG_LIST_NONE UINT16_MAX

#endif
