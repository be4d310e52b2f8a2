/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Part of sig/rule.h: numbers and comparisons, and the options that look at bytes of one buffer, in
 * order and with a cursor: content, pcre, byte_test and its like.
 */
#ifndef SIG_RULE_BYTES_H
#define SIG_RULE_BYTES_H

#include <sig/rule_list.h>

/** Index into sig_rule.var_name, or none. */
#define SIG_VAR_NONE UINT8_MAX

/** A number or a byte_extract / byte_math variable. */
struct sig_value {
	int64_t num;
	uint8_t var; /**< SIG_VAR_NONE: use num */
};

enum sig_op {
	SIG_OP_EQ,
	SIG_OP_NE,
	SIG_OP_LT,
	SIG_OP_LE,
	SIG_OP_GT,
	SIG_OP_GE,
	SIG_OP_RANGE,  /**< a < x < b (ends excluded) */
	SIG_OP_NRANGE, /**< x <= a or x >= b */
	SIG_OP_MASK,   /**< (x & a) == b */
	SIG_OP_NMASK,  /**< (x & a) != b */
	SIG_OP_SET,    /**< x is one of set[] */
	SIG_OP_NSET,   /**< x is none of set[] */
	SIG_OP_ISSET,  /**< a value exists (iprep, flowint) */
	SIG_OP_ISNOTSET
};

/** One test of an unsigned number. */
struct sig_cmp {
	enum sig_op op;
	uint64_t a, b;
	const uint64_t *set;
	uint32_t set_n;
};

#define SIG_C_NEGATED 0x0001u
#define SIG_C_NOCASE 0x0002u
#define SIG_C_DEPTH 0x0004u    /**< depth given: the whole pattern lies in [offset, offset+depth) */
#define SIG_C_OFFSET 0x0008u
#define SIG_C_DISTANCE 0x0010u
#define SIG_C_WITHIN 0x0020u
#define SIG_C_RELATIVE 0x0030u /**< either of the two: relative to the cursor */
#define SIG_C_STARTSWITH 0x0040u
#define SIG_C_ENDSWITH 0x0080u
#define SIG_C_FAST_PATTERN 0x0100u
#define SIG_C_FAST_ONLY 0x0200u
#define SIG_C_FAST_CHOP 0x0400u
#define SIG_C_RAWBYTES 0x0800u
#define SIG_C_REPLACE 0x1000u

/**
 * content. depth counts from the buffer start plus offset (Suricata: match must end at or before
 * offset + depth when depth is a constant). distance and within count from the cursor: match
 * start >= cursor + distance, match end <= cursor + distance + within (distance 0 if not given).
 */
struct sig_content {
	struct sig_bytes pattern;
	uint32_t flags;
	struct sig_value depth, offset, distance, within;
	uint16_t chop_offset, chop_len;
	struct sig_bytes replace;
};

#define SIG_P_RELATIVE 1u
#define SIG_P_NEGATED 2u
#define SIG_P_RAWBYTES 4u
#define SIG_P_HYPERSCAN 8u /**< from Snort 3 `regex:` */

enum sig_capture_scope { SIG_CAP_PKT, SIG_CAP_FLOW, SIG_CAP_ALERT };
struct sig_capture {
	enum sig_capture_scope scope;
	const char *name;
};
struct sig_pcre {
	const char *pattern; /**< zero-terminated; delimiters and flags removed */
	uint32_t pattern_len;
	uint32_t pcre2_options; /**< PCRE2_CASELESS ... as for pcre2_compile */
	uint32_t flags;
	uint32_t captures_n;
	const struct sig_capture *capture; /**< capture[i] receives group i + 1 */
};

/*
 * nbytes of 0: with SIG_B_STRING as many digits as follow; byte_jump: read nothing, value 0.
 */
#define SIG_B_RELATIVE 1u
#define SIG_B_LITTLE 2u
#define SIG_B_STRING 4u
#define SIG_B_DCE 8u	    /**< byte order from the DCERPC header */
#define SIG_B_NEGATED 16u
#define SIG_B_ALIGN 32u
#define SIG_B_FROM_BEGINNING 64u
#define SIG_B_FROM_END 128u
#define SIG_B_BITMASK 256u
#define SIG_B_END 512u	    /**< byte_math/extract offset counts from the end */

/** byte_test operators. AND: (x & value) != 0; XOR: (x ^ value) != 0. */
enum sig_test_op {
	SIG_BT_EQ,
	SIG_BT_LT,
	SIG_BT_GT,
	SIG_BT_LE,
	SIG_BT_GE,
	SIG_BT_AND,
	SIG_BT_XOR
};
struct sig_byte_test {
	struct sig_value nbytes;
	enum sig_test_op op; /**< SIG_B_NEGATED inverts the result */
	struct sig_value value, offset;
	uint32_t flags;
	uint8_t base; /**< for SIG_B_STRING: 8, 10, 16, or 0 = by prefix */
	uint64_t bitmask; /**< applied, then shifted right by its trailing zeroes */
};
struct sig_byte_jump {
	struct sig_value nbytes, offset;
	uint32_t flags;
	uint8_t base;
	uint32_t multiplier; /**< 1 when not given */
	struct sig_value post_offset;
	uint64_t bitmask;
};
struct sig_byte_extract {
	struct sig_value nbytes, offset;
	uint32_t flags;
	uint8_t base;
	uint8_t var; /**< result */
	uint32_t multiplier; /**< 1 when not given */
	uint16_t align;	     /**< 0, 2 or 4 */
	uint64_t bitmask;
};
enum sig_math_op { SIG_MATH_ADD, SIG_MATH_SUB, SIG_MATH_MUL, SIG_MATH_DIV, SIG_MATH_SHL, SIG_MATH_SHR };
struct sig_byte_math {
	struct sig_value nbytes, offset, rvalue;
	enum sig_math_op op;
	uint32_t flags;
	uint8_t base;
	uint8_t var;
	uint64_t bitmask;
};
/** Data exist at position value (relative: cursor + value; equality with the end counts). */
struct sig_isdataat {
	struct sig_value at;
	uint32_t flags; /**< SIG_B_RELATIVE, SIG_B_NEGATED */
	bool rawbytes;
};
struct sig_absent {
	bool or_else; /**< true: absent, or the list's other options match */
};
/** Shannon entropy in bits per byte (0..8) of `bytes` bytes from `offset`, against a (and b). */
struct sig_entropy {
	struct sig_value offset;
	uint32_t bytes; /**< 0 = all */
	enum sig_op op;
	uint32_t shown; /**< buffer + 1 whose value records show; 0: none */
	double a, b;
};
struct sig_base64 {
	uint32_t bytes; /**< 0 = not limited */
	uint32_t offset;
	bool relative;
};

#endif
