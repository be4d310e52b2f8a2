/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The reference matcher: what a list of options means, written as plainly as possible. No search
 * structure, no shared code with dataplane/detect: every placement of every content is tried.
 */
#ifndef TESTS_REFERENCE_MATCH_H
#define TESTS_REFERENCE_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ref_kind { REF_CONTENT, REF_ISDATAAT, REF_BYTE_TEST, REF_BYTE_JUMP, REF_DSIZE, REF_PCRE };

struct ref_opt {
	enum ref_kind kind;
	bool negated, nocase, relative, startswith, endswith;
	bool has_offset, has_depth, has_distance, has_within;
	int offset, depth, distance, within;
	unsigned char bytes[16];
	int n;     /**< length of content and of pcre's bytes; bytes read by byte_test and byte_jump */
	int at;    /**< isdataat, byte_*: position */
	char op;   /**< byte_test and dsize: < > = & */
	long value;
	bool little;
	/** pcre: /^.{skip}BYTES/ or with \b; flags m and s */
	char before; /**< '^', 'b', 0: neither */
	int skip;
	bool lines, any_dot;
};

#define REF_OPTS_MAX 8
#define REF_LEN_MAX 2048

/** n up to REF_OPTS_MAX, len up to REF_LEN_MAX. */
bool ref_match(const struct ref_opt *opt, int n, const unsigned char *data, int len);

#endif
